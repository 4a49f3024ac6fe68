//! Asking DNS as the Windows resolver does: hosts file, cache, policy table, then the servers on their schedule.
//!
//! One datagram at a time, every sending and every reply in the journal, so that a person can see which server, which try, what
//! was thrown away and why. A reply is believed when source, id and question are those of the query.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use bytes::Bytes;
use double::Moment;
use evidence::Event;
use evidence::network::{Datagram, Datagrams, Failure};
use evidence::timeline::{ClientEvent, NoReplyBecause};
use evidence::vantage::IpConfiguration;
use mock_dns::boundary::{Origin, Transport};
use mock_dns::journal::{Asked, DnsEvent, Summary};
use mock_dns::message::{Message, build_query};
use mock_dns::name::DomainName;
use mock_dns::rcode::Rcode;
use mock_dns::record::{Record, RecordData, RecordType};

use super::Stand;
use super::profile::DnsTargets;
use super::state::{ClientState, Remembered, RememberedAnswer};
use crate::environment::machine::DNS_PORT;

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
    let servers = servers_for(ip, name);
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

/// The addresses of a host name, in the order in which they are tried: hosts file, then DNS.
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
    for (kind, family) in families {
        if !ip.has_family_of(family) {
            continue;
        }
        match lookup(stand, state, name, kind) {
            Ok(records) => found.extend(records.iter().filter_map(|record| address(&record.data))),
            Err(why) => failure = why,
        }
        if failure == DnsFailure::NameError {
            break;
        }
    }
    if found.is_empty() { Err(failure) } else { Ok(found) }
}

fn address(data: &RecordData) -> Option<IpAddr> {
    if let RecordData::A(address) = data {
        return Some(IpAddr::from(*address));
    }
    if let RecordData::Aaaa(address) = data { Some(IpAddr::from(*address)) } else { None }
}

/// The servers that are asked for a name: those of the policy rule with the longest fitting namespace, else those of the
/// adapters in the order of their metrics.
fn servers_for(ip: &IpConfiguration, name: &DomainName) -> Vec<SocketAddr> {
    let rule = ip.nrpt.iter().filter(|rule| name.is_within(&rule.namespace)).max_by_key(|rule| rule.namespace.depth());
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
        Ok(records) => {
            let ttl = records.iter().map(|record| record.ttl).min().unwrap_or(0);
            (RememberedAnswer::Records(records.clone()), ttl)
        }
        Err(DnsFailure::NameError) => (RememberedAnswer::NoSuchName, negative_ttl()),
        Err(DnsFailure::NoData) => (RememberedAnswer::NoData, negative_ttl()),
        Err(_) => return,
    };
    if ttl > 0 {
        let until = now.plus(Duration::from_secs(ttl.into()));
        state.cache.push(Remembered { name: name.clone(), kind, answer, until });
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

/// The journal's words for a query that leaves.
pub(super) fn query_sent(name: &DomainName, kind: RecordType, id: u16, origin: Origin, query: &[u8]) -> Event {
    let asked = Asked { name: name.clone(), record_type: kind };
    Event::Dns(DnsEvent::Query { origin, id, asked, bytes: Bytes::copy_from_slice(query) })
}

/// The journal's words for a reply that is believed.
pub(super) fn reply_received(
    name: &DomainName,
    kind: RecordType,
    message: &Message,
    origin: Origin,
    bytes: &[u8],
) -> Event {
    let asked = Some(Asked { name: name.clone(), record_type: kind });
    let summary = Summary::from(message);
    let bytes = Bytes::copy_from_slice(bytes);
    Event::Dns(DnsEvent::Reply { origin, from: None, id: message.id, asked, summary, bytes })
}

/// One question on its way through the servers.
struct Exchange<'a> {
    stand: &'a Stand<'a>,
    ip: &'a IpConfiguration,
    name: &'a DomainName,
    kind: RecordType,
    /// The servers that have not failed yet; each keeps its place in the configuration.
    servers: Vec<(usize, SocketAddr)>,
    count: usize,
    id: u16,
    query: Vec<u8>,
    sockets: Vec<(bool, Box<dyn Datagrams + 'a>)>,
    asked: Vec<SocketAddr>,
    failure: Option<Message>,
}

impl<'a> Exchange<'a> {
    fn new(
        stand: &'a Stand<'a>,
        ip: &'a IpConfiguration,
        name: &'a DomainName,
        kind: RecordType,
        servers: &[SocketAddr],
    ) -> Self {
        // The id belongs to the question and the moment, so that a run repeats itself exactly.
        let seed = stand
            .identity
            .seed
            .child("dns id")
            .nth(u64::from(kind.0) << 32 ^ stand.now().since_start().as_micros() as u64);
        let id = seed.rng().u16(..);
        Self {
            stand,
            ip,
            name,
            kind,
            servers: servers.iter().copied().enumerate().collect(),
            count: servers.len(),
            id,
            query: build_query(id, name, kind),
            sockets: Vec::new(),
            asked: Vec::new(),
            failure: None,
        }
    }

    /// Follows the schedule until a reply decides.
    fn run(mut self) -> Result<Message, DnsFailure> {
        let profile = self.stand.identity.profile;
        let start = self.stand.now();
        let mut sends = profile.dns_schedule.iter().peekable();
        while let Some(send) = sends.next() {
            self.stand.network.wait_until(start.plus(send.after));
            self.send(send.to);
            let next = sends.peek().map_or(profile.dns_give_up, |next| next.after);
            if let Some(message) = self.listen(start.plus(next)) {
                return self.whole(message);
            }
            if self.servers.is_empty() {
                break;
            }
        }
        if let Some(reply) = self.failure {
            return Ok(reply);
        }
        let failure = if self.servers.is_empty() { Failure::Refused } else { Failure::TimedOut };
        let event = ClientEvent::NoReply { name: self.name.clone(), kind: self.kind, failure };
        self.stand.record_own(event);
        Err(DnsFailure::NoReply(failure))
    }

    fn send(&mut self, targets: DnsTargets) {
        let chosen: Vec<SocketAddr> = match targets {
            DnsTargets::All => self.servers.iter().map(|(_, server)| *server).collect(),
            DnsTargets::Nth(nth) => {
                let place = nth.min(self.count - 1);
                // The turn of a server that has failed falls to the next one.
                let at_or_after = self.servers.iter().find(|(index, _)| *index >= place);
                at_or_after.or_else(|| self.servers.last()).map(|(_, server)| *server).into_iter().collect()
            }
        };
        for server in chosen {
            let local = SocketAddr::new(self.ip.source_for(server.ip()).unwrap_or(server.ip()), 0);
            let origin = Origin { peer: server, local, transport: Transport::Udp };
            self.stand.record(query_sent(self.name, self.kind, self.id, origin, &self.query));
            let query = std::mem::take(&mut self.query);
            let sent = self.socket(server.is_ipv4()).map(|socket| socket.send(server, &query));
            self.query = query;
            self.asked.push(server);
            if !matches!(sent, Some(Ok(()))) {
                self.servers.retain(|(_, other)| *other != server);
            }
        }
    }

    /// The socket of a family, opened when first needed; every sending of a question leaves from it.
    fn socket(&mut self, ipv4: bool) -> Option<&mut Box<dyn Datagrams + 'a>> {
        if !self.sockets.iter().any(|(family, _)| *family == ipv4) {
            let to = self.servers.iter().map(|(_, server)| server.ip()).find(|ip| ip.is_ipv4() == ipv4)?;
            let local = self.ip.source_for(to)?;
            self.sockets.push((ipv4, self.stand.network.open(local).ok()?));
        }
        self.sockets.iter_mut().find(|(family, _)| *family == ipv4).map(|(_, socket)| socket)
    }

    /// Waits for a reply that decides; a server that answers with a failure is asked no more.
    fn listen(&mut self, until: Moment) -> Option<Message> {
        // Two sockets are never waited on at once: the schedule asks one family at a time unless servers of both are listed, and
        // then the first that was opened is the one with the preferred server.
        while !self.servers.is_empty() {
            let (_, socket) = self.sockets.first_mut()?;
            match socket.receive(until) {
                Ok(datagram) => {
                    if let Some(message) = self.judge(&datagram) {
                        return Some(message);
                    }
                    if self.failure.is_some() {
                        // The next server's turn comes at once.
                        return if self.servers.is_empty() { self.failure.take() } else { None };
                    }
                }
                Err(Failure::TimedOut) => return None,
                // An ICMP error is about the server asked last.
                Err(_) => {
                    if let Some(last) = self.asked.last().copied() {
                        self.servers.retain(|(_, server)| *server != last);
                    }
                }
            }
        }
        None
    }

    /// The reply in a datagram, if it decides the question.
    fn judge(&mut self, datagram: &Datagram) -> Option<Message> {
        let ignored = |why| ClientEvent::Ignored { from: datagram.from, why };
        let message = match self.believe(datagram) {
            Ok(message) => message,
            Err(why) => {
                self.stand.record_own(ignored(why));
                return None;
            }
        };
        let local = SocketAddr::new(self.ip.source_for(datagram.from.ip()).unwrap_or(datagram.from.ip()), 0);
        let origin = Origin { peer: datagram.from, local, transport: Transport::Udp };
        self.stand.record(reply_received(self.name, self.kind, &message, origin, &datagram.bytes));
        if matches!(message.rcode, Rcode::NOERROR | Rcode::NXDOMAIN) {
            return Some(message);
        }
        self.servers.retain(|(_, server)| *server != datagram.from);
        self.failure = Some(message);
        None
    }

    /// Whether a datagram is a reply to this query (RFC 5452 9.1).
    fn believe(&self, datagram: &Datagram) -> Result<Message, NoReplyBecause> {
        if !self.asked.contains(&datagram.from) {
            return Err(NoReplyBecause::ForeignSource);
        }
        let message = Message::read(&datagram.bytes).map_err(|_| NoReplyBecause::Unreadable)?;
        if message.id != self.id {
            return Err(NoReplyBecause::WrongId);
        }
        if !message.is_reply {
            return Err(NoReplyBecause::NotAResponse);
        }
        let fits =
            |question: &mock_dns::message::Question| question.name == *self.name && question.record_type == self.kind;
        // A FORMERR comes with the header alone: there is no question to compare.
        let headless = message.question.is_none() && message.rcode == Rcode::FORMERR;
        if !headless && !message.question.as_ref().is_some_and(fits) {
            return Err(NoReplyBecause::WrongQuestion);
        }
        Ok(message)
    }

    /// The whole reply: a cut one is asked for again over TCP (RFC 7766 5).
    fn whole(&self, message: Message) -> Result<Message, DnsFailure> {
        if !message.truncated {
            return Ok(message);
        }
        let server = self.asked.last().copied().ok_or(DnsFailure::Truncated)?;
        super::resolver_tcp::ask(self.stand, self.name, self.kind, self.id, server, &self.query)
            .ok_or(DnsFailure::Truncated)
    }
}
