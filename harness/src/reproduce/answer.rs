//! What an environment answers to a question: the simulated network is really asked, the machine's own facts are read.
//!
//! It stands apart from the questions because it needs somebody who sits at a machine. What no source knows has no answer.
#![expect(clippy::wildcard_enum_match_arm, reason = "picks a few kinds out of many")]

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use evidence::network::{Failure, Network};
use evidence::outcome::Surface;
use evidence::question::Question as Query;
use evidence::registry;
use evidence::vantage::{Handshake, IpConfiguration};
use exhibit::claim::{LookupResult, PortResult};
use exhibit::desk::Desk;
use mock_dns::name::DomainName;
use mock_dns::rcode::Rcode;
use mock_dns::record::{RecordData, RecordType};

use super::look::{NONE, Question, host_only, listed, lookup_text, names, port_text, record_text, shown_kind};
use super::stand::{Stand, Stands};
use crate::bench::Bench;

/// How long a port test and a ping wait.
const PATIENCE: Duration = Duration::from_secs(25);

/// What an environment answers: any one of these; none where no source knows, or nobody stands there.
#[must_use]
pub fn answer(bench: &Bench, stands: &Stands, at: Stand, question: &Question) -> Vec<String> {
    let environment = bench.environment();
    let Some(machine) = stands.machine(at, environment) else { return Vec::new() };
    match question {
        Question::Name => environment.client(machine).map(|client| client.name.to_lowercase()).into_iter().collect(),
        Question::Zone(record) => {
            let mut zones = environment.dns_servers.iter().flat_map(|server| &server.service.zones);
            let there = zones.any(|zone| zone.records().iter().any(|held| record_text(held) == *record));
            vec![if there { "there" } else { "not there" }.to_owned()]
        }
        Question::ZoneSrv => {
            let zones = environment.dns_servers.iter().flat_map(|server| &server.service.zones);
            let records = zones.flat_map(mock_dns::zone::Zone::records);
            let services = records.filter(|record| record.record_type() == RecordType::SRV);
            let mut lines: Vec<String> =
                services.filter(|record| !record.name.to_string().contains("_msdcs")).map(record_text).collect();
            lines.sort();
            vec![if lines.is_empty() { NONE.to_owned() } else { lines.join("; ") }]
        }
        question => bench.at(machine, |desk| at_desk(desk, question)).ok().flatten().unwrap_or_default(),
    }
}

fn codes(surface: Option<&Surface>) -> Vec<String> {
    surface.map(|surface| surface.any.iter().map(ToString::to_string).collect()).unwrap_or_default()
}

fn at_desk(desk: &Desk<'_>, question: &Question) -> Option<Vec<String>> {
    let ip = || desk.vantage.ip_configuration().ok();
    let one = |text: String| Some(vec![text]);
    match question {
        Question::Suffix => one(names(ip()?.primary_suffix.as_slice())),
        Question::SearchList => one(names(&ip()?.suffixes_tried())),
        Question::Servers(address) => {
            one(listed(&ip()?.adapters.iter().find(|adapter| adapter.address == *address)?.dns))
        }
        Question::AdapterSuffix(address) => {
            one(names(ip()?.adapters.iter().find(|adapter| adapter.address == *address)?.suffix.as_slice()))
        }
        Question::Lookup(server, name, kind) => {
            let kind = RecordType::parse(kind)?;
            looked_up(desk, *server, &DomainName::parse(name).ok()?, kind)
        }
        Question::Port(to, port) => one(port_text(try_port(desk, to, *port)).to_owned()),
        Question::Ping(to) => one(ping(desk, to).to_owned()),
        Question::Attempt => {
            let outcome = desk.outcome?;
            Some(codes(outcome.slmgr.as_ref().or(outcome.ospp.as_ref())))
        }
        Question::Event(id) => {
            let events = desk.vantage.events().ok()?;
            // A log goes back further than the attempt that is replayed: what is missing in this one contradicts nothing.
            events.iter().rfind(|event| event.id == *id).map(|event| codes(Some(&event.code)))
        }
        Question::EventHost(id) => {
            let events = desk.vantage.events().ok()?;
            let last = events.iter().rfind(|event| event.id == *id).and_then(|event| event.fields.get(1).cloned());
            last.map(|host| vec![host.to_lowercase()])
        }
        question => told(desk, question),
    }
}

/// What the licensing service and the registry of a machine tell.
fn told(desk: &Desk<'_>, question: &Question) -> Option<Vec<String>> {
    let one = |text: String| Some(vec![text]);
    match question {
        Question::Registered => registered(desk),
        Question::Discovered => {
            let found = desk.vantage.licensing().ok()?.discovered;
            one(found.map_or_else(|| NONE.to_owned(), |(name, port)| format!("{name}:{port}").to_lowercase()))
        }
        Question::LookupDomain => {
            let values = desk.vantage.registry().ok()?;
            let value = values.iter().find(|value| value.name.eq_ignore_ascii_case(registry::LOOKUP_DOMAIN));
            one(value.map_or_else(|| NONE.to_owned(), |value| value.data.to_string().to_lowercase()))
        }
        Question::Key => one(desk.vantage.licensing().ok()?.key.word().to_owned()),
        Question::Registry(path, name) => {
            let values = desk.vantage.registry().ok()?;
            let value = values.iter().find(|value| value.is(path, name));
            one(value.map_or_else(|| NONE.to_owned(), |value| value.data.to_string().to_lowercase()))
        }
        Question::Count => one(desk.vantage.kms_service().ok()?.current_count.to_string()),
        Question::HostPort => one(desk.vantage.kms_service().ok()?.port.to_string()),
        Question::OwnPort(port) => {
            let open = desk.vantage.own_port(*port).ok()?;
            one(if open.is_ok() { "open" } else { "not reached" }.to_owned())
        }
        Question::HostRequests => {
            let requests = desk.vantage.requests().ok()?;
            one(requests
                .last()
                .map_or_else(|| "no event 12290".to_owned(), |request| format!("12290 {}", request.answered)))
        }
        Question::HostCapture(port) => {
            let to = SocketAddr::new(*desk.addresses.first()?, *port);
            one(match desk.vantage.handshake(to).ok()? {
                Handshake::Unseen => "no SYN".to_owned(),
                Handshake::Unanswered => "a SYN without an answer".to_owned(),
                Handshake::Reset => "a SYN and a RST".to_owned(),
                Handshake::Answered => "a SYN and its answer".to_owned(),
            })
        }
        _ => None,
    }
}

fn registered(desk: &Desk<'_>) -> Option<Vec<String>> {
    let values = desk.vantage.registry().ok()?;
    let value = values.iter().find(|value| value.name.eq_ignore_ascii_case(registry::HOST_NAME));
    Some(vec![value.map_or_else(|| NONE.to_owned(), |value| host_only(&value.data.to_string()))])
}

/// What a tool shows of a name. With a server it is nslookup, which tries what was typed below each suffix too, and may show any of
/// these; without one it is the resolver of the machine, which asks the servers that are responsible in turn.
fn looked_up(desk: &Desk<'_>, server: Option<IpAddr>, name: &DomainName, kind: RecordType) -> Option<Vec<String>> {
    let ip = desk.vantage.ip_configuration().ok();
    let Some(server) = server else {
        // Which servers a machine asks by itself is known of clients only.
        let servers = responsible(ip?, name);
        let mut results = servers.into_iter().map(|server| look_up(desk, server, name, kind));
        let result = results.find(|result| *result != LookupResult::NoAnswer).unwrap_or(LookupResult::NoAnswer);
        return Some(vec![shown(&result, name, kind)]);
    };
    let suffixes = ip.map(IpConfiguration::suffixes_tried).unwrap_or_default();
    let below = suffixes.iter().filter_map(|suffix| DomainName::parse(&format!("{name}.{suffix}")).ok());
    let results: Vec<LookupResult> =
        [name.clone()].into_iter().chain(below).map(|name| look_up(desk, server, &name, kind)).collect();
    let is_found = |result: &LookupResult| matches!(result, LookupResult::Records(_));
    let found = results.iter().any(is_found);
    let mut texts: Vec<String> = Vec::new();
    for result in results.iter().filter(|result| !found || is_found(result)) {
        let text = shown(result, name, kind);
        if !texts.contains(&text) {
            texts.push(text);
        }
    }
    Some(texts)
}

fn shown(result: &LookupResult, name: &DomainName, kind: RecordType) -> String {
    lookup_text(result, shown_kind(&name.to_string(), kind))
}

/// The servers that a client asks for a name: those of the policy rule that covers it, else those of its adapters.
fn responsible(ip: &IpConfiguration, name: &DomainName) -> Vec<IpAddr> {
    let rule = ip.nrpt.iter().find(|rule| name.is_within(&rule.namespace));
    let of_adapters = || ip.adapters_by_metric().into_iter().flat_map(|adapter| adapter.dns.iter().copied()).collect();
    rule.map_or_else(of_adapters, |rule| rule.dns.clone())
}

/// One question to a DNS server, as nslookup puts it.
fn look_up(desk: &Desk<'_>, server: IpAddr, name: &DomainName, kind: RecordType) -> LookupResult {
    let Some(local) = source(desk, server) else { return LookupResult::NoAnswer };
    let id = u16::from_le_bytes([desk.seed.bytes16()[0], desk.seed.bytes16()[1]]);
    match (Query { id, name, kind }).put(desk.network, local, server) {
        Ok(message) => match message.rcode {
            Rcode::NOERROR if message.answers.is_empty() => LookupResult::NoData,
            Rcode::NOERROR => LookupResult::Records(message.answers),
            Rcode::NXDOMAIN => LookupResult::NoSuchName,
            Rcode::REFUSED => LookupResult::Refused,
            _ => LookupResult::ServerFailure,
        },
        Err(_) => LookupResult::NoAnswer,
    }
}

/// The address that is meant by a name or an address.
fn resolve(desk: &Desk<'_>, to: &str) -> Option<IpAddr> {
    if let Ok(address) = to.parse() {
        return Some(address);
    }
    let name = DomainName::parse(to).ok()?;
    let ip = desk.vantage.ip_configuration().ok()?;
    let suffix = ip.primary_suffix.clone();
    let below = suffix.filter(|_| name.depth() == 1).and_then(|suffix| suffix.child(to.trim_end_matches('.')).ok());
    [below, Some(name)].into_iter().flatten().find_map(|name| {
        match look_up(desk, *responsible(ip, &name).first()?, &name, RecordType::A) {
            LookupResult::Records(records) => records.iter().find_map(|record| match &record.data {
                RecordData::A(address) => Some(IpAddr::V4(*address)),
                RecordData::Aaaa(address) => Some(IpAddr::V6(*address)),
                _ => None,
            }),
            _ => None,
        }
    })
}

fn try_port(desk: &Desk<'_>, to: &str, port: u16) -> PortResult {
    let Some(address) = resolve(desk, to) else { return PortResult::NoSuchName };
    let Some(local) = source(desk, address) else { return PortResult::NotReached };
    let until = desk.network.now().plus(PATIENCE);
    let connected = desk.network.connect(local, SocketAddr::new(address, port), until).map(drop);
    connected.map_or(PortResult::NotReached, |()| PortResult::Open)
}

fn ping(desk: &Desk<'_>, to: &str) -> &'static str {
    let reply = resolve(desk, to).ok_or(Failure::Unreachable).and_then(|address| {
        let local = source(desk, address).ok_or(Failure::NoSuchAddress)?;
        let network: &dyn Network = desk.network;
        network.ping(local, address, network.now().plus(PATIENCE))
    });
    if reply.is_ok() { "reply" } else { "no reply" }
}

fn source(desk: &Desk<'_>, to: IpAddr) -> Option<IpAddr> {
    let ip = desk.vantage.ip_configuration().ok();
    ip.map_or_else(|| desk.addresses.first().copied(), |ip| ip.source_for(to))
}
