//! Rules about what a client remembers or has written down: hosts file, resolver cache, the host that discovery found last time.

use std::net::IpAddr;

use mock_dns::record::{RecordData, RecordType};

use crate::diagnosis::reading::Reading;
use crate::diagnosis::remedy::Act;
use crate::diagnosis::rules::Finding;
use crate::outcome::OutcomeWord;

/// The client's failed connections to an address.
fn failed_at(reading: &Reading<'_>, address: IpAddr) -> Vec<u32> {
    let failed = reading.connects().filter(|connect| connect.fact.0.ip() == address && connect.fact.1.is_err());
    failed.map(|connect| connect.number).collect()
}

/// The hosts file gives a KMS host another address than DNS does, and nobody answers there.
pub(super) fn hosts_file(reading: &Reading<'_>) -> Vec<Finding> {
    let Some(ip) = reading.ip else { return Vec::new() };
    let lines = ip.fact.hosts.iter().filter_map(|line| {
        let failed = failed_at(reading, line.address);
        let name = mock_dns::name::DomainName::parse(&line.name).ok()?;
        let told = reading.told_addresses(&name);
        if failed.is_empty() || told.is_empty() || told.iter().any(|told| told.fact == line.address) {
            return None;
        }
        let right: Vec<String> = told.iter().map(|told| told.fact.to_string()).collect();
        let says =
            format!("the hosts file gives {} the address {}, DNS says {}", line.name, line.address, right.join(", "));
        let numbers = [ip.number].into_iter().chain(failed).chain(told.iter().map(|told| told.number));
        let acts = vec![Act::RemoveHostsLine(line.name.clone()), Act::FlushDns];
        Some(Finding::new("client-hosts-file-stale", numbers, says)?.repair(acts))
    });
    lines.collect()
}

/// A remembered answer that the server does not give any more, and that leads nowhere.
pub(super) fn stale_answer(reading: &Reading<'_>) -> Vec<Finding> {
    if reading.is_activated() {
        return Vec::new();
    }
    let found = reading.cached().filter(|cached| !cached.fact.records.is_empty()).filter_map(|cached| {
        let said: Vec<_> = reading.said(&cached.fact.name, cached.fact.kind).collect();
        let is_said =
            |data: &RecordData| said.iter().flat_map(|said| said.fact.1.records()).any(|record| record.data == *data);
        let something_else = said.iter().any(|said| !said.fact.1.records().is_empty());
        if !something_else || cached.fact.records.iter().any(|record| is_said(&record.data)) {
            return None;
        }
        let addresses =
            cached.fact.records.iter().filter_map(|record| crate::diagnosis::reading::address(&record.data));
        let failed: Vec<u32> = addresses.flat_map(|address| failed_at(reading, address)).collect();
        if failed.is_empty() && cached.fact.kind != RecordType::SRV {
            return None;
        }
        let now: Vec<String> = said.iter().map(|said| said.fact.1.to_string()).collect();
        let then: Vec<String> = cached.fact.records.iter().map(|record| record.data.to_string()).collect();
        let says = format!(
            "the resolver remembers {} for {}; asked now, the server says {}",
            then.join(", "),
            cached.fact.name,
            now.join(", ")
        );
        let numbers = [cached.number].into_iter().chain(failed).chain(said.iter().map(|said| said.number));
        Some(Finding::new("client-resolver-cache-stale", numbers, says)?.repair(vec![Act::FlushDns]))
    });
    found.take(1).collect()
}

/// A remembered denial of a name that a server publishes by now.
pub(super) fn remembered_denial(reading: &Reading<'_>) -> Vec<Finding> {
    if *reading.word() != OutcomeWord::NoKmsHostFound || reading.registered().is_some() {
        return Vec::new();
    }
    let found = reading.published_but_remembered_missing().into_iter().filter_map(|(number, name, now)| {
        let says = format!(
            "the resolver remembers that {name} does not exist; asked now, {} names {}",
            now.server, now.srv.target
        );
        let numbers = [number, now.number, reading.outcome.number];
        Some(Finding::new("client-resolver-cache-negative", numbers, says)?.repair(vec![Act::FlushDns]))
    });
    found.collect()
}

/// A time ran out on a client that reaches no KMS host.
pub(super) fn licence_expired(reading: &Reading<'_>) -> Vec<Finding> {
    let unanswered = matches!(
        reading.word(),
        OutcomeWord::NothingSent
            | OutcomeWord::NoKmsHostFound
            | OutcomeWord::DnsFailed
            | OutcomeWord::KmsHostNotReached
            | OutcomeWord::RpcFailed
    );
    let Some(licensing) = reading.licensing.filter(|_| unanswered) else { return Vec::new() };
    let Some(licence) = licensing.fact.licence.as_ref().filter(|licence| licence.has_run_out()) else {
        return Vec::new();
    };
    let says = format!("the licence is in {licence}, and no KMS host answers");
    let finding = Finding::new("client-licence-expired", [licensing.number, reading.outcome.number], says);
    // G1: a machine that reaches no KMS host in 180 days is not one for KMS.
    finding.map(|finding| finding.workaround(vec![Act::InstallMak])).into_iter().collect()
}

/// The host that was found last time does not answer; discovery then found another.
pub(super) fn discovered_gone(reading: &Reading<'_>) -> Vec<Finding> {
    if !reading.is_activated() || reading.registered().is_some() {
        return Vec::new();
    }
    let Some(discovery) = reading.discovery().flat_map(|lookup| &lookup.queries).map(|query| query.number).min() else {
        return Vec::new();
    };
    let before = reading.connects().filter(|connect| connect.number < discovery && connect.fact.1.is_err());
    let silent = before.map(|connect| (connect.number, format!("{}, does not answer", connect.fact.0)));
    let names = reading.lookups.iter().filter(|lookup| lookup.kind != RecordType::SRV && lookup.is_denied());
    let nameless = names.filter_map(|lookup| {
        let number = lookup.reply()?.number;
        (number < discovery).then(|| (number, format!("{}, has no address any more", lookup.name)))
    });
    let found = silent.chain(nameless).filter_map(|(number, what)| {
        let says = format!("the host found last time, {what}; discovery found another");
        let numbers = [number, discovery, reading.outcome.number];
        Some(Finding::new("client-discovered-host-gone", numbers, says)?.repair(vec![Act::ClearRegisteredHost]))
    });
    found.take(1).collect()
}
