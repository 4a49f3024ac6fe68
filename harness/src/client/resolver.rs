//! Asking DNS as the Windows resolver does: hosts file, cache, policy table, then the servers on their schedule, then the link.
//!
//! One datagram at a time, every sending and every reply in the journal, so that a person can see which server, which try, what
//! was thrown away and why. A reply is believed when source, id and question are those of the query.

mod exchange;
mod multicast;
mod tcp;

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use double::Moment;
use evidence::network::Failure;
use evidence::vantage::IpConfiguration;
use mock_dns::message::Message;
use mock_dns::multicast::is_local;
use mock_dns::name::DomainName;
use mock_dns::rcode::Rcode;
use mock_dns::record::{Record, RecordData, RecordType};

use super::Stand;
use super::state::{ClientState, Remembered, RememberedAnswer};
use crate::environment::machine::DNS_PORT;
use crate::environment::switches::Switches;
use exchange::Exchange;

/// How long a negative answer without SOA is remembered: not at all (RFC 2308 5).
const NO_SOA_TTL: u32 = 0;

/// Most alias steps that are followed.
const ALIASES_MAX: usize = 8;

/// Why DNS gave no records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DnsFailure {
    /// The name does not exist.
    NameError,
    /// The name exists, without such records.
    NoData,
    /// RCODE 2.
    ServerFailure,
    /// RCODE 5.
    Refused,
    /// RCODE 4.
    NotImplemented,
    /// RCODE 1.
    FormatError,
    /// Any other RCODE.
    OtherRcode,
    /// No usable reply.
    NoReply(Failure),
    /// No DNS server is configured, or none that the machine's addresses can reach.
    NoServers,
    /// The reply was cut, and the whole one cannot be had over TCP.
    Truncated,
}

/// The records of a name and type, with whatever else the answer section holds.
///
/// # Errors
/// Why there are none.
pub fn lookup(
    stand: &Stand<'_>,
    state: &mut ClientState,
    name: &DomainName,
    kind: RecordType,
) -> Result<Vec<Record>, DnsFailure> {
    if let Some(remembered) = recall(state, name, kind, stand.now()) {
        return match remembered {
            RememberedAnswer::Records(records) => Ok(records),
            RememberedAnswer::NoSuchName => Err(DnsFailure::NameError),
            RememberedAnswer::NoData => Err(DnsFailure::NoData),
        };
    }
    let ip = stand.vantage.ip_configuration().map_err(|_| DnsFailure::NoServers)?;
    let servers = servers_for(&stand.identity.switches, ip, name);
    if servers.is_empty() {
        return Err(DnsFailure::NoServers);
    }
    let span = tracing::debug_span!("query", name = %name, kind = %kind);
    let _entered = span.enter();
    let reply = Exchange::new(stand, ip, name, kind, &servers).run()?;
    let answer = classify(&reply, name, kind);
    remember(state, name, kind, &reply, &answer, stand.now());
    answer
}

/// The addresses of a host name, in the order in which they are tried: hosts file, then DNS, then multicast DNS for a name below
/// `.local`. Whether that is also asked when DNS has an answer was not measured: it is not.
///
/// # Errors
/// Why there are none: of the last question asked.
pub fn addresses(stand: &Stand<'_>, state: &mut ClientState, name: &DomainName) -> Result<Vec<IpAddr>, DnsFailure> {
    let ip = stand.vantage.ip_configuration().map_err(|_| DnsFailure::NoServers)?;
    let same = |text: &str| DomainName::parse(text).is_ok_and(|listed| listed == *name);
    let listed: Vec<IpAddr> = ip.hosts.iter().filter(|host| same(&host.name)).map(|host| host.address).collect();
    if !listed.is_empty() {
        return Ok(listed);
    }
    let mut found = Vec::new();
    let mut failure = DnsFailure::NoServers;
    // A family is asked for when the machine has an address of it (the address configuration rule of getaddrinfo).
    let families = [(RecordType::A, IpAddr::from([0, 0, 0, 0])), (RecordType::AAAA, IpAddr::from([0; 16]))];
    let families = families.into_iter().filter(|(_, family)| ip.has_family_of(*family));
    let kinds: Vec<RecordType> = families.map(|(kind, _)| kind).collect();
    for kind in &kinds {
        match lookup(stand, state, name, *kind) {
            Ok(records) => found.extend(records.iter().filter_map(|record| address(&record.data))),
            Err(why) => failure = why,
        }
        if failure == DnsFailure::NameError {
            break;
        }
    }
    if found.is_empty() && stand.identity.profile.multicasts_addresses && is_local(name) {
        found.extend(heard(stand, state, ip, name, &kinds));
    }
    if found.is_empty() { Err(failure) } else { Ok(found) }
}

/// The addresses of a name below `.local` that somebody on the link answers with.
fn heard(
    stand: &Stand<'_>,
    state: &mut ClientState,
    ip: &IpConfiguration,
    name: &DomainName,
    kinds: &[RecordType],
) -> Vec<IpAddr> {
    let mut addresses = Vec::new();
    for (kind, records) in multicast::ask(stand, ip, name, kinds) {
        addresses.extend(records.iter().filter_map(|record| address(&record.data)));
        remember_records(state, name, kind, records, stand.now());
    }
    addresses
}

fn address(data: &RecordData) -> Option<IpAddr> {
    if let RecordData::A(address) = data {
        return Some(IpAddr::from(*address));
    }
    if let RecordData::Aaaa(address) = data { Some(IpAddr::from(*address)) } else { None }
}

/// The servers that are asked for a name: those of the policy rule with the longest fitting namespace, else those of the
/// adapters in the order of their metrics.
fn servers_for(switches: &Switches, ip: &IpConfiguration, name: &DomainName) -> Vec<SocketAddr> {
    let rules = ip.nrpt.iter().filter(|_| switches.follows_name_resolution_policy);
    let rule = rules.filter(|rule| name.is_within(&rule.namespace)).max_by_key(|rule| rule.namespace.depth());
    let listed: Vec<IpAddr> = match rule {
        Some(rule) => rule.dns.clone(),
        None => ip.adapters_by_metric().into_iter().flat_map(|adapter| adapter.dns.clone()).collect(),
    };
    let mut servers: Vec<SocketAddr> = Vec::new();
    for address in listed {
        let server = SocketAddr::new(address, DNS_PORT);
        if ip.source_for(address).is_some() && !servers.contains(&server) {
            servers.push(server);
        }
    }
    servers
}

fn recall(state: &mut ClientState, name: &DomainName, kind: RecordType, now: Moment) -> Option<RememberedAnswer> {
    state.cache.retain(|entry| entry.until > now);
    let entry = state.cache.iter().find(|entry| entry.kind == kind && entry.name == *name)?;
    Some(entry.answer.clone())
}

fn remember(
    state: &mut ClientState,
    name: &DomainName,
    kind: RecordType,
    reply: &Message,
    answer: &Result<Vec<Record>, DnsFailure>,
    now: Moment,
) {
    let negative_ttl = || reply.soa().map_or(NO_SOA_TTL, |(record, soa)| record.ttl.min(soa.minimum));
    let (answer, ttl) = match answer {
        Ok(records) => return remember_records(state, name, kind, records.clone(), now),
        Err(DnsFailure::NameError) => (RememberedAnswer::NoSuchName, negative_ttl()),
        Err(DnsFailure::NoData) => (RememberedAnswer::NoData, negative_ttl()),
        Err(_) => return,
    };
    if ttl > 0 {
        let until = now.plus(Duration::from_secs(ttl.into()));
        state.cache.push(Remembered { name: name.clone(), kind, answer, until });
    }
}

fn remember_records(state: &mut ClientState, name: &DomainName, kind: RecordType, records: Vec<Record>, now: Moment) {
    let ttl = records.iter().map(|record| record.ttl).min().unwrap_or(0);
    if ttl > 0 {
        let until = now.plus(Duration::from_secs(ttl.into()));
        state.cache.push(Remembered { name: name.clone(), kind, answer: RememberedAnswer::Records(records), until });
    }
}

/// What a believed reply says about the question.
fn classify(reply: &Message, name: &DomainName, kind: RecordType) -> Result<Vec<Record>, DnsFailure> {
    match reply.rcode {
        Rcode::NOERROR => {}
        Rcode::NXDOMAIN => return Err(DnsFailure::NameError),
        Rcode::SERVFAIL => return Err(DnsFailure::ServerFailure),
        Rcode::REFUSED => return Err(DnsFailure::Refused),
        Rcode::NOTIMP => return Err(DnsFailure::NotImplemented),
        Rcode::FORMERR => return Err(DnsFailure::FormatError),
        _ => return Err(DnsFailure::OtherRcode),
    }
    let mut owner = name;
    for _ in 0..=ALIASES_MAX {
        let records = reply.answers.iter().filter(|record| record.name == *owner);
        let wanted: Vec<Record> = records.clone().filter(|record| record.record_type() == kind).cloned().collect();
        if !wanted.is_empty() {
            return Ok(wanted);
        }
        let alias = records.into_iter().find(|record| record.record_type() == RecordType::CNAME);
        let Some(target) = alias.and_then(|record| record.data.target()) else { break };
        owner = target;
    }
    Err(DnsFailure::NoData)
}
