//! Rules for somebody who stands at a DNS server: what its zones hold against what the client was told.

use mock_dns::record::RecordType;

use super::denied::Denial;
use crate::diagnosis::investigation::KMS_PORT;
use crate::diagnosis::reading::Reading;
use crate::diagnosis::remedy::{Act, KMS_ADDRESS, KMS_FQDN, Known};
use crate::diagnosis::rules::Finding;

/// The zone holds the record, and the client was told that it does not.
pub(super) fn filtered(reading: &Reading<'_>) -> Vec<Finding> {
    let Some(denial) = Denial::of(reading) else { return Vec::new() };
    let zones = reading.zones().filter(|zone| {
        zone.fact
            .records()
            .iter()
            .any(|record| record.name == denial.name && record.data.record_type() == RecordType::SRV)
    });
    let found = zones.filter_map(|zone| {
        let says = format!(
            "the zone {} holds an SRV record of {}, and {} tells the client that there is none",
            zone.fact.origin(),
            denial.name,
            denial.server
        );
        Some(denial.finding("dns-srv-filtered", [zone.number], says)?.repair(denial.repair_server("dns-srv-filtered")))
    });
    found.take(1).collect()
}

/// None of the servers where somebody stands holds a zone for the client's domain.
pub(super) fn missing(reading: &Reading<'_>) -> Vec<Finding> {
    let Some(denial) = Denial::of(reading) else { return Vec::new() };
    let stands = reading.evidence.observations.iter().any(|observation| {
        *observation.step == crate::diagnosis::step::ZONES || *observation.step == crate::diagnosis::step::DNS_CAPTURE
    });
    let joined = reading.ip.and_then(|ip| ip.fact.ad_domain.as_ref()).is_some_and(|joined| *joined == denial.domain);
    let held = reading.zones().any(|zone| denial.domain.is_within(zone.fact.origin()));
    if !stands || held || !joined {
        return Vec::new();
    }
    let says = format!("no DNS server holds a zone for {}, of which the machine is a member", denial.domain);
    let finding = denial.finding("dns-zone-missing", reading.zones().map(|zone| zone.number), says);
    let mut acts = vec![
        Act::AddZone(denial.domain.clone()),
        Act::AddAddress { name: Known::Blank(KMS_FQDN), address: Known::Blank(KMS_ADDRESS) },
    ];
    acts.extend(denial.publish(Known::Blank(KMS_FQDN), KMS_PORT));
    finding.map(|finding| finding.repair(acts)).into_iter().collect()
}
