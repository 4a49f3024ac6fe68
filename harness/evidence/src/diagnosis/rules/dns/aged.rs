//! A record that was there, and that scavenging took: seen by whoever stands at the DNS server, and told apart by why it grew stale.
//!
//! It stands apart from the other reasons for a denial because it is the only one that speaks of what was: from the client alone a record
//! that was scavenged and one that nobody ever made look the same.

use mock_dns::record::RecordData;

use super::denied::Denial;
use crate::diagnosis::remedy::{Act, Known};
use crate::diagnosis::rules::Finding;

/// Every how many hours a KMS host publishes itself (Microsoft, guidelines for troubleshooting KMS).
const PUBLISHED_EVERY_H: u32 = 24;

/// Scavenging took the record that is asked for, and nobody has brought it back.
pub(super) fn scavenged(denial: &Denial<'_, '_>) -> Option<Finding> {
    let own = denial.reading.scavenged().filter(|seen| seen.fact.record.name == denial.name);
    let records =
        own.filter_map(|seen| if let RecordData::Srv(srv) = &seen.fact.record.data { Some((seen, srv)) } else { None });
    let (seen, srv) = records.last()?;
    let aging = denial.reading.aging().find(|aging| aging.fact.zone == seen.fact.zone);
    let hasty = aging.filter(|aging| aging.fact.refresh_h < PUBLISHED_EVERY_H);
    let lost = format!("{} SRV of {} was scavenged at {}", denial.name, srv.target, seen.fact.at);
    let says = match &hasty {
        Some(aging) => format!(
            "{lost}: the zone gives {} hours for a refresh, and a KMS host publishes itself every {PUBLISHED_EVERY_H}",
            aging.fact.refresh_h
        ),
        None => format!("{lost}, because nobody refreshed it after {}", seen.fact.stamped),
    };
    let more = [seen.number].into_iter().chain(aging.map(|aging| aging.number));
    let finding = denial.finding("dns-srv-scavenged", more, says)?;
    let by_hand = || denial.publish(Known::Is(srv.target.clone()), srv.port);
    let again = Act::PublishAgain(srv.target.clone());
    Some(match hasty {
        Some(aging) => {
            let zone = aging.fact.zone.clone();
            finding.repair([vec![Act::SetAging(zone)], by_hand()].concat()).repair(by_hand())
        }
        None => finding.repair(vec![again, Act::FlushDns]).repair(by_hand()),
    })
}
