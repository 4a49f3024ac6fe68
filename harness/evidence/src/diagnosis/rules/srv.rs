//! Rules about SRV records and what they lead to.

mod targets;

use std::net::SocketAddr;

use mock_dns::name::DomainName;
use mock_dns::record::{RecordData, RecordType};

use super::{Finding, Rule};
use crate::diagnosis::investigation::as_written;
use crate::diagnosis::reading::{Offer, Reach, Reading};
use crate::diagnosis::remedy::{Act, KMS_ADDRESS, Known};
use crate::outcome::OutcomeWord;

pub(super) const RULES: &[Rule] = &[
    targets::null,
    targets::unresolvable,
    targets::other_family,
    targets::alias,
    port_wrong,
    address_stale,
    some_hosts_dead,
    priority_ignored,
];

/// The records that the client saw itself, unless a host is registered by hand.
fn seen<'a>(reading: &Reading<'a>) -> Vec<Offer<'a>> {
    let offers = reading.offers().into_iter().filter(|_| reading.registered().is_none());
    offers.filter(|offer| offer.by_client).collect()
}

/// The sockets of a record, as the servers tell its addresses now, at which the client itself failed.
fn failed_sockets(reading: &Reading<'_>, offer: &Offer<'_>) -> Vec<SocketAddr> {
    let told = reading.told_addresses(&offer.srv.target);
    let mut sockets: Vec<SocketAddr> = Vec::new();
    for socket in told.iter().map(|told| SocketAddr::new(told.fact, offer.srv.port)) {
        let failed = reading.connects().any(|connect| connect.fact.0 == socket && connect.fact.1.is_err());
        if failed && !sockets.contains(&socket) {
            sockets.push(socket);
        }
    }
    sockets
}

/// The record's port is closed, and the KMS interface answers on another port of the same address.
fn port_wrong(reading: &Reading<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for offer in seen(reading) {
        let sockets = failed_sockets(reading, &offer);
        let found = sockets.into_iter().find_map(|socket| Some((socket, reading.other_port(socket)?)));
        let Some((socket, other)) = found else { continue };
        let right = other.fact.port();
        let says =
            format!("{} names port {}, and {} answers on {right}", as_written(offer.owner), socket.port(), socket.ip());
        let (_, numbers) = reading.reach(socket);
        let numbers = offer.numbers.iter().copied().chain(numbers).chain([other.number]);
        let acts = vec![
            Act::RemoveRecord { owner: as_written(offer.owner), data: RecordData::Srv(offer.srv.clone()) },
            Act::AddSrv { owner: as_written(offer.owner), target: Known::Is(offer.srv.target.clone()), port: right },
            Act::FlushDns,
        ];
        findings.extend(Finding::new("srv-port-wrong", numbers, says).map(|finding| finding.repair(acts)));
    }
    findings
}

/// Nobody is at the address of the host that the record names.
fn address_stale(reading: &Reading<'_>) -> Vec<Finding> {
    if *reading.word() != OutcomeWord::KmsHostNotReached {
        return Vec::new();
    }
    let mut findings = Vec::new();
    let mut told: Vec<&DomainName> = Vec::new();
    for offer in seen(reading) {
        let target = &offer.srv.target;
        for socket in failed_sockets(reading, &offer) {
            let (reach, numbers) = reading.reach(socket);
            if reach != Reach::Nobody || told.contains(&target) {
                continue;
            }
            told.push(target);
            let says = format!("{target} has the address {}, where nobody answers", socket.ip());
            let said = reading.told_addresses(target).into_iter().map(|said| said.number);
            let numbers = offer.numbers.iter().copied().chain(numbers).chain(said);
            let data = match socket.ip() {
                std::net::IpAddr::V4(address) => RecordData::A(address),
                std::net::IpAddr::V6(address) => RecordData::Aaaa(address),
            };
            let acts = vec![
                Act::RemoveRecord { owner: target.clone(), data },
                Act::AddAddress { name: Known::Is(target.clone()), address: Known::Blank(KMS_ADDRESS) },
                Act::FlushDns,
            ];
            findings.extend(Finding::new("srv-address-stale", numbers, says).map(|finding| finding.repair(acts)));
        }
    }
    findings
}

/// A host answered, and another was tried in vain before.
fn some_hosts_dead(reading: &Reading<'_>) -> Vec<Finding> {
    if !reading.was_answered() {
        return Vec::new();
    }
    let found = seen(reading).into_iter().filter_map(|offer| {
        let socket = *failed_sockets(reading, &offer).first()?;
        let (reach, numbers) = reading.reach(socket);
        let says = format!("{} of {} does not answer on {socket}; another host does", offer.srv.target, offer.owner);
        let numbers = offer.numbers.iter().copied().chain(numbers);
        let acts = if reach == Reach::Nobody {
            let data = RecordData::Srv(offer.srv.clone());
            vec![Act::RemoveRecord { owner: as_written(offer.owner), data }, Act::FlushDns]
        } else {
            // The machine is there: its service or the way is what is missing, not the record wrong.
            vec![Act::OpenPath { to: socket, tcp_only: true }, Act::StartService(socket)]
        };
        Some(Finding::new("srv-some-hosts-dead", numbers, says)?.repair(acts))
    });
    found.collect()
}

/// Records with different priorities, asked for by a generation that does not look at them.
fn priority_ignored(reading: &Reading<'_>) -> Vec<Finding> {
    let Some(licensing) = reading.licensing.filter(|licensing| licensing.fact.generation == "windows-vista") else {
        return Vec::new();
    };
    let offers: Vec<_> = seen(reading).into_iter().filter(|offer| offer.srv.port != 0).collect();
    let ranked = |offer: &Offer<'_>| (offer.srv.priority, offer.srv.weight);
    let Some(first) = offers.first().map(ranked) else { return Vec::new() };
    if offers.iter().all(|offer| ranked(offer) == first) {
        return Vec::new();
    }
    let numbers = offers.iter().flat_map(|offer| offer.numbers.iter().copied()).chain([licensing.number]);
    let says = "the records differ in priority or weight, and this generation takes any of them";
    Finding::new("srv-priority-ignored", numbers, says).into_iter().collect()
}

/// Whether a lookup of the client's asked for an address of a name.
fn asks_address_of(lookup: &crate::diagnosis::reading::Lookup<'_>, name: &DomainName) -> bool {
    lookup.name == name && (lookup.kind == RecordType::A || lookup.kind == RecordType::AAAA)
}
