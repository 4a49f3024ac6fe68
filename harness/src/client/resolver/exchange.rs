//! One question on its way through the servers: sent on a schedule, believed only when the reply fits.
//!
//! It stands apart from the resolver because nothing here knows names, caches or policies: servers and a question go in, a
//! believed message or a failure comes out.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use double::Moment;
use evidence::Event;
use evidence::network::{Datagram, Datagrams, Failure};
use evidence::reply::believe;
use evidence::timeline::{ClientEvent, NoReplyBecause};
use evidence::vantage::IpConfiguration;
use mock_dns::boundary::{Origin, Transport};
use mock_dns::journal::{Asked, DnsEvent, Summary};
use mock_dns::message::{Message, build_query};
use mock_dns::name::DomainName;
use mock_dns::rcode::Rcode;
use mock_dns::record::RecordType;

use super::{DnsFailure, tcp};
use crate::client::Stand;
use crate::client::profile::DnsTargets;

/// When a query is given up by the text that says otherwise: waits of 1, 1, 2, 4 and 4 s (Microsoft's stdqry blog, 2011).
const GIVEN_UP_LATE: Duration = Duration::from_secs(12);

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
pub(super) struct Exchange<'a> {
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
    pub(super) fn new(
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
    pub(super) fn run(mut self) -> Result<Message, DnsFailure> {
        let profile = self.stand.identity.profile;
        let longer = self.stand.identity.switches.gives_dns_up_at_12_s;
        let give_up = if longer { GIVEN_UP_LATE } else { profile.dns_give_up };
        let start = self.stand.now();
        let mut sends = profile.dns_schedule.iter().peekable();
        while let Some(send) = sends.next() {
            self.stand.network.wait_until(start.plus(send.after));
            self.send(send.to);
            let next = sends.peek().map_or(give_up, |next| next.after);
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
        while !self.servers.is_empty() {
            match self.receive(until) {
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

    /// Waits for a datagram on the socket of the preferred server's family; what came on the other one meanwhile is taken then.
    fn receive(&mut self, until: Moment) -> Result<Datagram, Failure> {
        let mut last = Err(Failure::TimedOut);
        for (_, socket) in &mut self.sockets {
            last = socket.receive(until);
            if !matches!(last, Err(Failure::TimedOut)) {
                break;
            }
        }
        last
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
        let decides = matches!(message.rcode, Rcode::NOERROR | Rcode::NXDOMAIN)
            || message.rcode == Rcode::SERVFAIL && self.stand.identity.switches.server_failure_ends_search;
        if decides {
            return Some(message);
        }
        self.servers.retain(|(_, server)| *server != datagram.from);
        self.failure = Some(message);
        None
    }

    /// Whether a datagram is a reply to this query, and from one who was asked.
    fn believe(&self, datagram: &Datagram) -> Result<Message, NoReplyBecause> {
        if !self.asked.contains(&datagram.from) {
            return Err(NoReplyBecause::ForeignSource);
        }
        believe(&datagram.bytes, self.id, self.name, self.kind)
    }

    /// The whole reply: a cut one is asked for again over TCP (RFC 7766 5).
    fn whole(&self, message: Message) -> Result<Message, DnsFailure> {
        if !message.truncated {
            return Ok(message);
        }
        let server = self.asked.last().copied().ok_or(DnsFailure::Truncated)?;
        tcp::ask(self.stand, self.name, self.kind, self.id, server, &self.query).ok_or(DnsFailure::Truncated)
    }
}
