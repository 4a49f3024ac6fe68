//! Rules about SRV records and what they lead to.

use mock_dns::record::RecordType;

use super::{Finding, Rule};
use crate::diagnosis::reading::Reading;
use crate::diagnosis::remedy::{Act, KMS_ADDRESS, Known};

pub(super) const RULES: &[Rule] = &[target_unresolvable];

/// A record that the client saw, whose target has no address.
fn target_unresolvable(reading: &Reading<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for offer in reading.offers().into_iter().filter(|offer| offer.by_client && !offer.srv.target.is_root()) {
        let target = &offer.srv.target;
        let asked: Vec<_> =
            reading.lookups.iter().filter(|lookup| lookup.name == target && lookup.is_denied()).collect();
        if asked.is_empty() || !reading.addresses_of(target).is_empty() {
            continue;
        }
        let said = [RecordType::A, RecordType::AAAA]
            .map(|kind| reading.said(target, kind).map(|said| said.number).collect::<Vec<_>>());
        let numbers = offer
            .numbers
            .iter()
            .copied()
            .chain(asked.iter().flat_map(|lookup| lookup.numbers()))
            .chain(said.into_iter().flatten());
        let says = format!("{} names {target}, which has no address", offer.owner);
        let acts = vec![Act::AddAddress { name: target.clone(), address: Known::Blank(KMS_ADDRESS) }, Act::FlushDns];
        findings.extend(Finding::new("srv-target-unresolvable", numbers, says).map(|finding| finding.repair(acts)));
    }
    findings
}
