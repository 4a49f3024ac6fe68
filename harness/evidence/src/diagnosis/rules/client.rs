//! Rules about the client itself: whether it asks for a KMS host at all, and under which names.

mod memory;
mod pins;

use super::{Finding, Rule};
use crate::diagnosis::reading::Reading;
use crate::diagnosis::remedy::{Act, DNS_SERVER, KMS_DOMAIN, Known};
use crate::outcome::OutcomeWord;
use crate::vantage::KeyChannel;

pub(super) const RULES: &[Rule] = &[
    not_kms,
    adba,
    no_dns_server,
    no_suffix,
    pins::broken,
    pins::unread,
    pins::hides_discovery,
    pins::left_by_test,
    memory::hosts_file,
    memory::stale_answer,
    memory::remembered_denial,
    memory::discovered_gone,
    memory::licence_expired,
];

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

/// Active Directory takes care of it: no packet to a KMS host is to be expected.
fn adba(reading: &Reading<'_>) -> Vec<Finding> {
    let left = reading.licensing.filter(|licensing| licensing.fact.adba && *reading.word() == OutcomeWord::LeftKms);
    let says = "an activation object of Active Directory activates the machine, so it asks no KMS host";
    let finding =
        left.and_then(|licensing| Finding::new("adba-instead", [licensing.number, reading.outcome.number], says));
    finding.into_iter().collect()
}

/// No adapter has a DNS server.
fn no_dns_server(reading: &Reading<'_>) -> Vec<Finding> {
    let Some(ip) = reading.ip.filter(|_| *reading.word() == OutcomeWord::NothingSent) else { return Vec::new() };
    let has_server = ip.fact.adapters.iter().any(|adapter| !adapter.dns.is_empty());
    if has_server || ip.fact.nrpt.iter().any(|rule| !rule.dns.is_empty()) {
        return Vec::new();
    }
    let finding =
        Finding::new("client-no-dns-server", [ip.number, reading.outcome.number], "no adapter has a DNS server");
    let acts = vec![Act::AskServerFirst(Known::Blank(DNS_SERVER)), Act::FlushDns];
    finding.map(|finding| finding.repair(acts)).into_iter().collect()
}

/// No source gives a suffix, so there is no name to ask for.
fn no_suffix(reading: &Reading<'_>) -> Vec<Finding> {
    // From outside of the machine a suffix that nobody told is no suffix that is not there.
    let nothing_sent = *reading.word() == OutcomeWord::NothingSent && reading.sees_whole_client();
    let Some(ip) = reading.ip.filter(|_| nothing_sent) else { return Vec::new() };
    let named = ip.fact.search_list.iter().chain(&ip.fact.primary_suffix).chain(&ip.fact.ad_domain);
    let by_connection = ip.fact.adapters.iter().filter_map(|adapter| adapter.suffix.as_ref());
    let has_server = ip.fact.adapters.iter().any(|adapter| !adapter.dns.is_empty());
    if named.chain(by_connection).next().is_some() || reading.lookup_domain().is_some() || !has_server {
        return Vec::new();
    }
    let says = "neither primary suffix, search list, DHCP option 15 nor lookup domain names a domain";
    let finding = Finding::new("client-no-suffix", [ip.number, reading.outcome.number], says);
    let acts = vec![Act::SetPrimarySuffix(Known::Blank(KMS_DOMAIN)), Act::FlushDns];
    finding.map(|finding| finding.repair(acts)).into_iter().collect()
}
