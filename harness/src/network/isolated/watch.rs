//! What clients do and hear on the wire, as entries of the journal: queries, replies, attempts to connect and how they end.
//!
//! Pure. It is what a capture at the client's network card would show, for programs that keep no journal themselves. It reads DNS in
//! datagrams; what is said on connections the servers journal.

use std::collections::VecDeque;
use std::net::SocketAddr;

use bytes::Bytes;
use double::{Entry, MachineId, Moment, Ring};
use evidence::network::Failure;
use evidence::timeline::{ClientEvent, Event};
use mock_dns::boundary::{Origin, Transport};
use mock_dns::journal::{Asked, DnsEvent, Summary};
use mock_dns::message::Message;
use mock_dns::update::{OPCODE, Update};

use super::packet::{ACK, Carries, ICMP, ICMPV6, Packet, RST, SYN};
use crate::environment::machine::DNS_PORT;

/// Attempts to connect whose end is waited for; a program that makes more has its oldest forgotten.
const OPEN_MAX: usize = 1024;

/// Most octets of packets that are kept; a program that sends more has its later ones left out of its capture.
const PACKETS_MAX: usize = 64 * 1024 * 1024;

/// Packets of clients, as they left and as they arrived.
#[derive(Debug, Default)]
pub(crate) struct Packets {
    /// When, and the octets from the IP header on.
    pub(crate) list: Vec<(Moment, Vec<u8>)>,
    octets: usize,
    /// How many found no room.
    pub(crate) lost: u64,
}

/// What was seen of clients.
#[derive(Debug)]
pub(super) struct Watch {
    clients: Vec<MachineId>,
    journal: Ring<Event>,
    /// Attempts to connect that have not ended: from, to.
    open: VecDeque<(SocketAddr, SocketAddr)>,
    /// Where somebody wants a capture.
    packets: Option<Packets>,
}

impl Watch {
    /// Of these clients, in the order of the environment.
    pub(super) fn new(clients: Vec<MachineId>) -> Self {
        Self { clients, journal: Ring::default(), open: VecDeque::new(), packets: None }
    }

    /// Keeps packets from now on.
    pub(super) fn keep_packets(&mut self) {
        self.packets = Some(Packets::default());
    }

    /// Takes out the packets that were kept.
    pub(super) fn take_packets(&mut self) -> Packets {
        self.packets.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// Keeps a packet, without what stacks say about links.
    fn keep(&mut self, packet: &Packet<'_>, now: Moment) {
        let Some(packets) = &mut self.packets else { return };
        if packet.destination.is_multicast() || packet.source.is_unspecified() {
            return;
        }
        let octets = packet.whole();
        if packets.octets + octets.len() > PACKETS_MAX {
            packets.lost += 1;
            return;
        }
        packets.octets += octets.len();
        packets.list.push((now, octets));
    }

    /// Takes out what was seen.
    pub(super) fn drain(&mut self) -> Vec<Entry<Event>> {
        self.journal.drain().into()
    }

    /// How many entries found no room.
    pub(super) const fn lost(&self) -> u64 {
        self.journal.lost()
    }

    /// Attempts to connect that nothing ended: from, to.
    pub(super) fn unanswered(&self) -> impl Iterator<Item = (SocketAddr, SocketAddr)> {
        self.open.iter().copied()
    }

    /// A client sends a packet.
    pub(super) fn sent(&mut self, client: usize, packet: &Packet<'_>, now: Moment) {
        self.keep(packet, now);
        match packet.carries {
            Carries::Tcp(segment) if segment.is_syn() => {
                let ends = (packet.from(), packet.to());
                // A stack repeats a SYN that is not answered; that is one attempt.
                if self.open.contains(&ends) {
                    return;
                }
                if self.open.len() >= OPEN_MAX {
                    self.open.pop_front();
                }
                self.open.push_back(ends);
                self.push(client, Event::Client(ClientEvent::Connect { to: ends.1 }), now);
            }
            Carries::Udp { to: DNS_PORT, payload, .. } => {
                let origin = Origin { peer: packet.from(), local: packet.to(), transport: Transport::Udp };
                if let Some(event) = asks(origin, payload) {
                    self.push(client, Event::Dns(event), now);
                }
            }
            Carries::Tcp(_) | Carries::Udp { .. } | Carries::Echo(_) | Carries::Fragment { .. } | Carries::Other => {}
        }
    }

    /// A packet reaches a client.
    pub(super) fn delivered(&mut self, client: usize, packet: &Packet<'_>, now: Moment) {
        self.keep(packet, now);
        match packet.carries {
            Carries::Tcp(segment) if segment.flags & RST != 0 => {
                self.ended((packet.to(), packet.from()), Err(Failure::Refused), client, now);
            }
            Carries::Tcp(segment) if segment.flags & (SYN | ACK) == SYN | ACK => {
                self.ended((packet.to(), packet.from()), Ok(()), client, now);
            }
            Carries::Udp { from: DNS_PORT, payload, .. } => {
                let origin = Origin { peer: packet.to(), local: packet.from(), transport: Transport::Udp };
                let Some((id, asked, summary)) = read_dns(payload) else { return };
                let bytes = Bytes::copy_from_slice(payload);
                self.push(client, Event::Dns(DnsEvent::Reply { origin, from: None, id, asked, summary, bytes }), now);
            }
            Carries::Other => self.icmp(client, packet, now),
            Carries::Tcp(_) | Carries::Udp { .. } | Carries::Echo(_) | Carries::Fragment { .. } => {}
        }
    }

    /// An ICMP error quotes the packet that it is about.
    fn icmp(&mut self, client: usize, packet: &Packet<'_>, now: Moment) {
        let header = if packet.source.is_ipv4() { super::packet::IPV4_HEADER } else { super::packet::IPV6_HEADER };
        let protocol = if packet.source.is_ipv4() { packet.bytes.get(9) } else { packet.bytes.get(6) };
        let Some([kind, code, ..]) = packet.bytes.get(header..header + 8) else { return };
        let failure = match (protocol, kind, code) {
            (Some(&ICMP), 3, 13) | (Some(&ICMPV6), 1, 1) => Failure::Rejected,
            (Some(&ICMP), 3, 1) | (Some(&ICMPV6), 1, 3) => Failure::Unreachable,
            (Some(&ICMP), 3, 3) | (Some(&ICMPV6), 1, 4) => Failure::Refused,
            _ => return,
        };
        let Some(about) = packet.bytes.get(header + 8..).and_then(Packet::read) else { return };
        match about.carries {
            Carries::Tcp(_) => self.ended((about.from(), about.to()), Err(failure), client, now),
            Carries::Udp { to: DNS_PORT, payload, .. } => {
                let Some((_, Some(asked), _)) = read_dns(payload) else { return };
                let event = ClientEvent::NoReply { name: asked.name, kind: asked.record_type, failure };
                self.push(client, Event::Client(event), now);
            }
            Carries::Udp { .. } | Carries::Echo(_) | Carries::Fragment { .. } | Carries::Other => {}
        }
    }

    fn ended(&mut self, ends: (SocketAddr, SocketAddr), result: Result<(), Failure>, client: usize, now: Moment) {
        let Some(known) = self.open.iter().position(|open| *open == ends) else { return };
        self.open.remove(known);
        self.push(client, Event::Client(ClientEvent::Connected { to: ends.1, result }), now);
    }

    fn push(&mut self, client: usize, event: Event, now: Moment) {
        if let Some(machine) = self.clients.get(client) {
            self.journal.push(Entry::new(now, machine.clone(), event));
        }
    }
}

/// What a client sends: an update is no question, although its zone stands where a question would (RFC 2136 2.3).
fn asks(origin: Origin, payload: &[u8]) -> Option<DnsEvent> {
    let (id, asked, _) = read_dns(payload)?;
    let bytes = Bytes::copy_from_slice(payload);
    if Message::read(payload).ok()?.opcode == OPCODE {
        let update = Update::read(payload).ok().map(Box::new);
        return Some(DnsEvent::OtherRequest { origin, opcode: OPCODE, update, bytes });
    }
    Some(DnsEvent::Query { origin, id, asked: asked?, bytes })
}

fn read_dns(payload: &[u8]) -> Option<(u16, Option<Asked>, Summary)> {
    let message = Message::read(payload).ok()?;
    let asked = message.question.as_ref();
    let asked = asked.map(|question| Asked { name: question.name.clone(), record_type: question.record_type });
    Some((message.id, asked, Summary::from(&message)))
}
