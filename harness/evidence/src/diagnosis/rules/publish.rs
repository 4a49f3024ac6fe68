//! Rules about how a KMS host publishes itself: what its registry says, beside what the client found in DNS.
//!
//! They need somebody at the KMS host: from the client, a host that does not publish itself looks like one that nobody published.

use mock_dns::name::DomainName;
use mock_kms::journal::What;
use mock_kms::journal::log::LogEvent;

use super::{Finding, Rule};
use crate::diagnosis::investigation::{KMS_PORT, SERVICE};
use crate::diagnosis::reading::{Cited, Reading};
use crate::diagnosis::remedy::{Act, KMS_FQDN, Known};
use crate::registry::{Data, RegistryValue, SOFTWARE_PROTECTION, ValueType};

pub(super) const RULES: &[Rule] = &[disabled, list_incomplete, update_failed, port_ignored];

/// The value that stops publishing when it is not 0 (kms-behaviour: registry).
const DISABLED: &str = "DisableDnsPublishing";
/// The domains in which the host publishes itself, one a line: "domain, priority, weight".
const LIST: &str = "DnsDomainPublishList";
/// The port on which the host listens; a text.
const LISTENING_PORT: &str = "KeyManagementServiceListeningPort";

/// DNS_ERROR_RCODE_BADSIG, _REFUSED, _NOT_IMPLEMENTED and _NOTAUTH (winerror.h: 9016, 9005, 9004, 9009): what event 12293 tells of an update
/// (support article for 12293 with 0x80072338; the others are inferred).
const NOT_SIGNED_BY_OWNER: u32 = 0x8007_2338;
const UPDATE_REFUSED: u32 = 0x8007_232D;
const UPDATE_NOT_IMPLEMENTED: u32 = 0x8007_232C;
const UPDATE_NOT_HERE: u32 = 0x8007_2331;

/// The client's own questions that were denied; none where any of its names holds a record.
fn unpublished(reading: &Reading<'_>) -> Vec<u32> {
    if reading.is_activated() || reading.published().iter().any(|published| published.is_own) {
        return Vec::new();
    }
    let denied = reading.discovery().filter(|lookup| lookup.is_denied());
    denied.flat_map(|lookup| lookup.numbers()).collect()
}

/// The record that the host would publish of itself for the client.
fn published_for(reading: &Reading<'_>, port: u16) -> Option<Act> {
    let owner = reading.domains().first()?.child(SERVICE).ok()?;
    Some(Act::AddSrv { owner, target: Known::Blank(KMS_FQDN), port })
}

/// The port on which the service at the place of an observation listens.
fn port_at(reading: &Reading<'_>, number: u32) -> Option<Cited<u16>> {
    let place = |number: u32| reading.evidence.get(number).map(|observation| &observation.place);
    let service = reading.services().find(|service| place(service.number) == place(number))?;
    Some(Cited { number: service.number, fact: service.fact.port })
}

fn machine(reading: &Reading<'_>, number: u32) -> String {
    reading.evidence.get(number).map(|observation| observation.place.to_string()).unwrap_or_default()
}

fn set(reading: &Reading<'_>, number: u32, path: &str, name: &str, to: Option<RegistryValue>) -> Act {
    Act::HostRegistry { at: machine(reading, number), path: path.to_owned(), name: name.to_owned(), to }
}

fn disabled(reading: &Reading<'_>) -> Vec<Finding> {
    let denied = unpublished(reading);
    if denied.is_empty() {
        return Vec::new();
    }
    let off = |data: &Data| matches!(data, Data::Number(number) if *number != 0);
    let values =
        reading.host_registry().filter(|value| value.fact.is(SOFTWARE_PROTECTION, DISABLED) && off(&value.fact.data));
    let found = values.filter_map(|value| {
        let says = format!("{} is told not to publish itself, and nobody else did", machine(reading, value.number));
        let port = port_at(reading, value.number)?;
        let mut acts = vec![set(reading, value.number, SOFTWARE_PROTECTION, DISABLED, None)];
        acts.extend(published_for(reading, port.fact));
        acts.push(Act::FlushDns);
        let numbers = denied.iter().copied().chain([value.number, port.number]);
        Some(Finding::new("host-publishing-disabled", numbers, says)?.repair(acts))
    });
    found.collect()
}

fn list_incomplete(reading: &Reading<'_>) -> Vec<Finding> {
    let denied = unpublished(reading);
    let domains = reading.domains();
    let Some(domain) = domains.first().filter(|_| !denied.is_empty()) else { return Vec::new() };
    let mut findings = Vec::new();
    for value in reading.host_registry().filter(|value| value.fact.is(SOFTWARE_PROTECTION, LIST)) {
        let Data::List(lines) = &value.fact.data else { continue };
        let listed = |line: &String| line.split(',').next().and_then(|name| DomainName::parse(name.trim()).ok());
        if lines.iter().filter_map(listed).any(|listed| domains.contains(&listed)) {
            continue;
        }
        let Some(port) = port_at(reading, value.number) else { continue };
        let domain = domain.to_string();
        let lines = lines.iter().cloned().chain([domain.trim_end_matches('.').to_owned()]).collect();
        let list = RegistryValue { data: Data::List(lines), ..value.fact.clone() };
        let mut acts = vec![set(reading, value.number, &value.fact.path, LIST, Some(list))];
        acts.extend(published_for(reading, port.fact));
        acts.push(Act::FlushDns);
        let says =
            format!("{} publishes itself in a list of domains, and not in {domain}", machine(reading, value.number));
        let numbers = denied.iter().copied().chain([value.number, port.number]);
        findings
            .extend(Finding::new("host-publish-list-incomplete", numbers, says).map(|finding| finding.repair(acts)));
    }
    findings
}

/// Event 12293: the host tried to publish itself, and the DNS server would not take it.
fn update_failed(reading: &Reading<'_>) -> Vec<Finding> {
    let denied = unpublished(reading);
    let mut findings = Vec::new();
    for seen in reading.host_conversation() {
        let What::Logged(LogEvent::Failed { code, domain }) = &seen.fact.what else { continue };
        let host = machine(reading, seen.number);
        let (id, says) = match code.0 {
            NOT_SIGNED_BY_OWNER => (
                "dns-update-owned-by-other-host",
                format!("{host} may not change the records of {domain}: another host made them and owns them"),
            ),
            UPDATE_REFUSED | UPDATE_NOT_IMPLEMENTED | UPDATE_NOT_HERE => (
                "dns-update-refused",
                format!("the DNS server of {domain} does not take the update with which {host} publishes itself"),
            ),
            _ => continue,
        };
        let numbers = denied.iter().copied().chain([seen.number]);
        let Some(finding) = Finding::new(id, numbers, says) else { continue };
        let port = port_at(reading, seen.number).map_or(KMS_PORT, |port| port.fact);
        let acts: Vec<Act> = published_for(reading, port).into_iter().chain([Act::FlushDns]).collect();
        findings.push(finding.repair(acts));
    }
    findings
}

fn port_ignored(reading: &Reading<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for value in reading.host_registry().filter(|value| value.fact.name.eq_ignore_ascii_case(LISTENING_PORT)) {
        let told: Option<u16> = match &value.fact.data {
            Data::Text(text) => text.parse().ok(),
            Data::Number(number) => u16::try_from(*number).ok(),
            Data::List(_) => None,
        };
        let Some(port) = port_at(reading, value.number).filter(|port| told != Some(port.fact)) else { continue };
        let right_key = value.fact.path.eq_ignore_ascii_case(SOFTWARE_PROTECTION);
        let why = match (right_key, &value.fact.kind) {
            (true, ValueType::Sz) => "its data is no port",
            (true, ValueType::Dword | ValueType::MultiSz) => "its type is not REG_SZ",
            (false, _) => "it stands under a key that this generation does not read",
        };
        let shown = told.map_or_else(|| "a listening port".to_owned(), |told| format!("the listening port {told}"));
        let says = format!("{shown} is written in the registry, and the service listens on {}: {why}", port.fact);
        let remove = set(reading, value.number, &value.fact.path, &value.fact.name, None);
        let finding = Finding::new("host-port-value-ignored", [value.number, port.number], says);
        findings.extend(finding.map(|finding| finding.repair(vec![remove])));
    }
    findings
}
