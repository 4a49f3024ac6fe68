//! Rules about the client itself.

use super::{Finding, Rule};
use crate::diagnosis::reading::Reading;
use crate::diagnosis::remedy::Act;
use crate::outcome::OutcomeWord;
use crate::vantage::KeyChannel;

pub(super) const RULES: &[Rule] = &[not_kms, pin_stale];

/// The product key is no client setup key: nothing is asked of anybody.
fn not_kms(reading: &Reading<'_>) -> Vec<Finding> {
    let Some(licensing) = reading.licensing.filter(|_| !reading.is_activated()) else { return Vec::new() };
    if licensing.fact.key == KeyChannel::Gvlk || licensing.fact.adba {
        return Vec::new();
    }
    let says = match licensing.fact.key {
        KeyChannel::Mak => "the product key is a multiple activation key",
        KeyChannel::Gvlk | KeyChannel::None => "there is no product key",
    };
    let finding = Finding::new("client-not-kms", [licensing.number, reading.outcome.number], says);
    finding.map(|finding| finding.repair(vec![Act::InstallClientKey])).into_iter().collect()
}

/// A registered host that nobody answers for, while discovery is not even tried.
fn pin_stale(reading: &Reading<'_>) -> Vec<Finding> {
    let Some(registered) = reading.registered().filter(|_| !reading.is_activated()) else { return Vec::new() };
    if !matches!(reading.word(), OutcomeWord::NoKmsHostFound | OutcomeWord::KmsHostNotReached) {
        return Vec::new();
    }
    let mut evidence = vec![registered.value.number, reading.outcome.number];
    evidence.extend(reading.connects().map(|connect| connect.number));
    evidence.extend(reading.lookups.iter().flat_map(|lookup| lookup.numbers()));
    let says = format!("{} is registered by hand, and does not answer", registered.name);
    let finding = Finding::new("client-pin-stale", evidence, says);
    let mended = vec![Act::ClearRegisteredHost, Act::FlushDns];
    finding.map(|finding| finding.repair(mended)).into_iter().collect()
}
