//! The wire between the stations and the servers of an environment: what becomes of each packet.
//!
//! Pure: a packet and `now` go in, packets with their delays come out. It is the one place where the rules of an environment bite, for
//! whatever program sent the packet; it also stands for the firewalls of machines without a listener, and answers echo requests for
//! every machine. Servers only ever see packets that a service of theirs is to answer. It does not journal: see [`super::watch`].

use std::collections::VecDeque;
use std::net::IpAddr;
use std::time::Duration;

use double::Seed;
use mock_dns::boundary::Transport;
use notation::Id;

use super::packet::{Carries, Packet};
use super::reply::{Undelivered, echo_reply, refusal, undelivered};
use super::station::{Station, stations};
use crate::environment::Environment;
use crate::environment::rule::{self, How};
use crate::network::loopback::path::{Meets, meets};

/// How many packets in parts are remembered until their later parts come.
const PARTS_MAX: usize = 64;

/// A side of the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// A machine in a network of its own, by its place among [`super::station::stations`].
    Station(usize),
    /// All other servers.
    Servers,
}

/// A packet that leaves the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Carry {
    pub(super) after: Duration,
    pub(super) to: Side,
    pub(super) bytes: Vec<u8>,
}

/// What a rule makes of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Arrives(Duration),
    Vanishes,
    Refused,
    Undelivered(Undelivered),
}

/// The wire of an environment.
#[derive(Debug)]
pub(super) struct Wire {
    /// Without its rules: what a packet meets that no rule catches.
    bare: Environment,
    rules: Vec<rule::Rule>,
    owners: Vec<(IpAddr, Id)>,
    stations: Vec<Station>,
    seed: Seed,
    packets: u64,
    /// What became of the first parts of packets.
    parts: VecDeque<((IpAddr, IpAddr, u32), Fate)>,
}

impl Wire {
    pub(super) fn new(environment: &Environment, seed: Seed) -> Self {
        let mut bare = environment.clone();
        let rules = std::mem::take(&mut bare.rules);
        let dns = bare.dns_servers.iter().map(|machine| (&machine.id, machine.addresses.clone()));
        let hosts = bare.kms_hosts.iter().map(|machine| (&machine.id, machine.addresses.clone()));
        let clients = bare.clients.iter().map(|machine| {
            (&machine.id, machine.ip.adapters.iter().map(|adapter| adapter.address).collect::<Vec<_>>())
        });
        let all = dns.chain(hosts).chain(clients);
        let owners = all.flat_map(|(id, list)| list.into_iter().map(|address| (address, id.clone()))).collect();
        let stations = stations(environment);
        Self { bare, rules, owners, stations, seed, packets: 0, parts: VecDeque::new() }
    }

    /// A packet comes from one side.
    pub(super) fn carry(&mut self, from: Side, packet: &Packet<'_>) -> Vec<Carry> {
        // Talk of stacks about links, which no environment knows.
        if packet.destination.is_multicast() || packet.source.is_unspecified() {
            return Vec::new();
        }
        match from {
            // A publishing host both serves and asks; nobody but a client is ever served by it.
            Side::Station(station) if !self.answers(station, packet) => self.station_sent(station, packet),
            Side::Station(_) | Side::Servers => self.servers_sent(packet),
        }
    }

    /// Whether what a station sends is what a server sends to a client.
    fn answers(&self, station: usize, packet: &Packet<'_>) -> bool {
        let serves = self.stations.get(station).is_some_and(|station| !station.client && station.owns(packet.source));
        serves && self.stations.iter().any(|station| station.client && station.owns(packet.destination))
    }

    fn station_sent(&mut self, number: usize, packet: &Packet<'_>) -> Vec<Carry> {
        let Some(station) = self.stations.get(number).filter(|station| station.owns(packet.source)) else {
            return Vec::new();
        };
        let id = station.id.clone();
        let router = station.gateway(packet.source.is_ipv4()).unwrap_or(packet.source);
        let back = |after, bytes| Carry { after, to: Side::Station(number), bytes };
        let owner = self.owner(packet.destination);
        let late = match self.fate(packet, &id, owner.as_ref()) {
            Fate::Arrives(late) => late,
            Fate::Vanishes => return Vec::new(),
            Fate::Refused => return refusal(packet).map(|bytes| back(Duration::ZERO, bytes)).into_iter().collect(),
            Fate::Undelivered(why) => {
                return vec![back(Duration::ZERO, undelivered(packet, router, why))];
            }
        };
        let (transport, to) = match packet.carries {
            Carries::Tcp(_) => (Transport::Tcp, packet.to()),
            Carries::Udp { .. } => (Transport::Udp, packet.to()),
            // Its first part has been carried, so somebody waits for it.
            Carries::Fragment { .. } => {
                let to = owner.map_or(Side::Servers, |owner| self.side(&owner));
                return vec![Carry { after: late, to, bytes: packet.whole() }];
            }
            Carries::Echo(request) => {
                let reply = echo_reply(packet, request);
                let fate = owner.and_then(|owner| Some(self.fate(&Packet::read(&reply)?, &owner, Some(&id))));
                return match fate {
                    Some(Fate::Arrives(way)) => vec![back(late + way, reply)],
                    Some(Fate::Vanishes | Fate::Refused | Fate::Undelivered(_)) | None => Vec::new(),
                };
            }
            Carries::Other => return Vec::new(),
        };
        match meets(&self.bare, &id, to, transport) {
            Meets::Service { machine, .. } => {
                vec![Carry { after: late, to: self.side(machine), bytes: packet.whole() }]
            }
            Meets::Closed(_) => refusal(packet).map(|bytes| back(late, bytes)).into_iter().collect(),
            Meets::Silence => Vec::new(),
        }
    }

    fn servers_sent(&mut self, packet: &Packet<'_>) -> Vec<Carry> {
        // What a stack says about packets is said by the wire.
        if matches!(packet.carries, Carries::Echo(_) | Carries::Other) {
            return Vec::new();
        }
        let owns = |station: &Station| station.owns(packet.destination);
        let Some(station) = self.stations.iter().position(owns) else { return Vec::new() };
        let to = self.owner(packet.destination);
        let fate = match self.owner(packet.source) {
            Some(server) => self.fate(packet, &server, to.as_ref()),
            // A reply that claims to come from nobody's address: no rule names its sender.
            None => Fate::Arrives(Duration::ZERO),
        };
        match fate {
            Fate::Arrives(after) => vec![Carry { after, to: Side::Station(station), bytes: packet.whole() }],
            // A server is told nothing about it.
            Fate::Vanishes | Fate::Refused | Fate::Undelivered(_) => Vec::new(),
        }
    }

    fn owner(&self, address: IpAddr) -> Option<Id> {
        self.owners.iter().find(|(owned, _)| *owned == address).map(|(_, id)| id.clone())
    }

    /// Where a machine stands.
    fn side(&self, machine: &Id) -> Side {
        self.stations.iter().position(|station| station.id == *machine).map_or(Side::Servers, Side::Station)
    }

    /// What the first rule that catches a packet makes of it; the later parts of a packet share the fate of the first.
    fn fate(&mut self, packet: &Packet<'_>, from: &Id, to: Option<&Id>) -> Fate {
        let asks = |tcp| rule::Packet { from, to, tcp, destination: packet.to() };
        let rules = self.rules.iter();
        let rule = match packet.carries {
            Carries::Tcp(_) => rules.clone().find(|rule| rule.catches(&asks(true))),
            Carries::Udp { .. } => rules.clone().find(|rule| rule.catches(&asks(false))),
            Carries::Fragment { number } => {
                let key = (packet.source, packet.destination, number);
                let known = self.parts.iter().rev().find(|(part, _)| *part == key);
                return known.map_or(Fate::Vanishes, |(_, fate)| *fate);
            }
            Carries::Echo(_) | Carries::Other => rules.clone().find(|rule| rule.catches_echo(from, to)),
        };
        let fate = match rule.map(|rule| &rule.how) {
            None => Fate::Arrives(Duration::ZERO),
            Some(How::Silent | How::ListenQueueFull) => Fate::Vanishes,
            Some(How::Refused) => Fate::Refused,
            Some(How::RejectedIcmp) => Fate::Undelivered(Undelivered::Prohibited),
            Some(How::Unreachable) => Fate::Undelivered(Undelivered::Host),
            Some(How::Delayed(delay)) => Fate::Arrives(delay.duration()),
            Some(How::Lossy(chance)) => {
                self.packets += 1;
                let lost = self.seed.nth(self.packets).fraction() < *chance;
                if lost { Fate::Vanishes } else { Fate::Arrives(Duration::ZERO) }
            }
        };
        if let Some(number) = packet.number() {
            if self.parts.len() >= PARTS_MAX {
                self.parts.pop_front();
            }
            self.parts.push_back(((packet.source, packet.destination, number), fate));
        }
        fate
    }
}

#[cfg(test)]
mod tests;
