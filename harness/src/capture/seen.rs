//! What a capture on one machine sees of an attempt: the part of the timeline of which packets left or reached that machine.
//!
//! Its own entries tell of both directions. What they cannot tell is taken from others: datagrams that it threw away, connections that it
//! refused or kept waiting, the ends of connections. Such a capture stands on the wire's side of the machine's own firewall:
//! what an outbound rule of its own stops is not in it, what an inbound one stops is. An answer that comes when its client has given up is
//! left out.

use std::net::{IpAddr, SocketAddr};

use double::{Entry, MachineId};
use evidence::Event;
use evidence::timeline::{ClientEvent, Timeline};
use mock_dns::boundary::{Origin, Transport};
use mock_dns::journal::{Closed, DnsEvent};
use mock_kms::journal::{KmsEvent, Side, What};
use notation::Id;

use crate::environment::rule::Packet;
use crate::environment::{Environment, How, Where};
use crate::journal::Attempt;
use crate::network::order::{ends, messages};

/// The entries of an attempt that tell of packets at a machine, without notes.
pub(super) fn seen(attempt: &Attempt<'_>, machine: &Id) -> Timeline {
    let entries = &attempt.timeline.entries;
    let here = Here { machine, environment: attempt.environment, entries };
    let sent: Vec<(usize, &Entry<Event>)> = messages(entries, attempt.environment)
        .into_iter()
        .filter_map(|(cause, effect)| Some((cause, entries.get(effect)?)))
        .collect();
    let keeps = |(place, entry): &(usize, &Entry<Event>)| {
        let received = sent.iter().find(|(cause, _)| cause == place).map(|(_, receipt)| *receipt);
        if here.is(&entry.machine) { here.leaves(*place, entry) } else { here.reached_by(*place, entry, received) }
    };
    let kept = entries.iter().enumerate().filter(keeps).map(|(_, entry)| Entry { note: None, ..entry.clone() });
    Timeline { machines: attempt.timeline.machines.clone(), entries: kept.collect() }
}

/// The machine that captures.
struct Here<'a> {
    machine: &'a Id,
    environment: &'a Environment,
    entries: &'a [Entry<Event>],
}

impl Here<'_> {
    fn is(&self, machine: &MachineId) -> bool {
        self.machine.as_str() == machine.as_str()
    }

    fn has(&self, address: IpAddr) -> bool {
        let client = self.environment.clients.iter().find(|client| client.id == *self.machine);
        client.is_some_and(|client| client.ip.adapters.iter().any(|adapter| adapter.address == address))
            || self.environment.owner(address) == Some(self.machine)
    }

    /// Whether what an entry of this machine tells of came past its own outbound firewall.
    fn leaves(&self, place: usize, entry: &Entry<Event>) -> bool {
        let packet = match &entry.event {
            Event::Client(ClientEvent::Connect { to } | ClientEvent::Connected { to, .. }) => {
                (!self.is_connected(place, *to)).then_some((true, *to))
            }
            Event::Dns(DnsEvent::Query { origin, .. } | DnsEvent::OtherRequest { origin, .. }) => {
                let (near, far) = ends(origin, &entry.machine, self.environment);
                (origin.transport == Transport::Udp && self.has(near.ip())).then_some((false, far))
            }
            Event::Dns(_) | Event::Kms(_) | Event::Client(_) => None,
        };
        let stopped = packet.and_then(|(tcp, to)| self.stopped(self.machine, tcp, to));
        stopped.is_none_or(|(_, place)| *place != Where::ClientOutbound)
    }

    /// Whether what an entry of another machine tells of shows here, and this machine's own entries do not say it.
    fn reached_by(&self, place: usize, entry: &Entry<Event>, receipt: Option<&Entry<Event>>) -> bool {
        match &entry.event {
            Event::Client(ClientEvent::Connect { to } | ClientEvent::Connected { to, .. }) => {
                self.has(to.ip()) && (self.is_connected(place, *to) || self.arrives(&entry.machine, true, *to))
            }
            Event::Dns(DnsEvent::Query { origin, .. } | DnsEvent::OtherRequest { origin, .. }) => {
                let (near, far) = ends(origin, &entry.machine, self.environment);
                let asks = self.has(far.ip()) && !self.has(near.ip()) && origin.transport == Transport::Udp;
                asks && receipt.is_none() && self.arrives(&entry.machine, false, far)
            }
            Event::Dns(DnsEvent::Reply { .. }) => receipt.is_some_and(|receipt| {
                self.is(&receipt.machine) && matches!(receipt.event, Event::Client(ClientEvent::Ignored { .. }))
            }),
            // When a server closes it has said everything, and here nothing of that may have come yet.
            Event::Dns(DnsEvent::TcpClosed { why: Closed::ByServer | Closed::Limit, .. }) => false,
            Event::Dns(DnsEvent::TcpAccepted { origin } | DnsEvent::TcpClosed { origin, .. }) => {
                self.is_client_of(origin, &entry.machine)
            }
            Event::Kms(event) => self.is_peer_of(event, &entry.machine),
            Event::Dns(_) | Event::Client(_) => false,
        }
    }

    fn is_client_of(&self, origin: &Origin, server: &MachineId) -> bool {
        self.has(ends(origin, server, self.environment).0.ip())
    }

    /// Whether an entry tells how a connection of this machine to a host began or ended.
    fn is_peer_of(&self, event: &KmsEvent, host: &MachineId) -> bool {
        let begins = |entry: &Entry<Event>| match &entry.event {
            Event::Kms(KmsEvent { connection, what: What::Accept { peer }, .. }) => {
                *connection == event.connection && entry.machine == *host && self.has(peer.ip())
            }
            Event::Kms(_) | Event::Dns(_) | Event::Client(_) => false,
        };
        let is_about_it =
            matches!(event.what, What::Accept { .. } | What::Close { by: Side::Client } | What::Reset { .. });
        is_about_it && self.entries.iter().any(begins)
    }

    /// Whether the attempt to connect that begins or ends at this place succeeds.
    fn is_connected(&self, place: usize, to: SocketAddr) -> bool {
        let from_here = self.entries.get(place..).unwrap_or_default();
        let same =
            from_here.iter().filter(|entry| from_here.first().is_some_and(|first| first.machine == entry.machine));
        let mut ends = same.filter_map(|entry| match &entry.event {
            Event::Client(ClientEvent::Connected { to: reached, result }) if *reached == to => Some(result.is_ok()),
            Event::Client(_) | Event::Dns(_) | Event::Kms(_) => None,
        });
        ends.next().unwrap_or(false)
    }

    /// Whether a packet that brought nothing about comes as far as this machine.
    fn arrives(&self, from: &MachineId, tcp: bool, to: SocketAddr) -> bool {
        let Some(from) = self.environment.machines().map(|(id, _)| id).find(|id| id.as_str() == from.as_str()) else {
            return false;
        };
        self.stopped(from, tcp, to).is_none_or(|(how, place)| match how {
            How::ListenQueueFull => true,
            How::Silent | How::Refused | How::RejectedIcmp | How::Unreachable => *place == Where::HostInbound,
            // Whether it is the one that was lost, nobody wrote down.
            How::Lossy(_) => false,
            How::Delayed(_) => true,
        })
    }

    /// The first rule that catches a packet: what it does and where.
    fn stopped(&self, from: &Id, tcp: bool, to: SocketAddr) -> Option<(&How, &Where)> {
        let packet = Packet { from, to: self.environment.owner(to.ip()), tcp, destination: to };
        let rule = self.environment.rule_for(&packet)?;
        Some((&rule.how, &rule.place))
    }
}
