//! The namespaces of an environment, joined by the wire: one for each station, one for all servers and the wire.
//!
//! A kernel that sees a packet for an address of its own answers it, whatever the rules say. It does not see what comes out of a link for
//! another hardware address (packet(7), PACKET_OTHERHOST), and no machine here addresses the ends of the wire; only the wire does.
//! Nothing of this is visible outside, and all of it goes when this is dropped or the process ends.

use std::io;
use std::net::{IpAddr, SocketAddr};

use double::serve::ServerThread;
use double::{Clock, Entry, MachineId, Seed};
use evidence::Event;
use notation::Id;

use super::link::{Links, frames_of, wait_until_ready};
use super::namespace::Namespace;
use super::netlink::End;
use super::relay::{Port, Relay};
use super::station::{Station, host_prefix, stations as stations_of};
use super::watch::{Packets, Watch};
use super::wire::{Side, Wire};
use crate::environment::Environment;
use crate::network::loopback::book::Book;
use crate::network::loopback::pace::Pace;
use crate::network::loopback::path::ports;
use crate::network::loopback::servers::Servers;
use crate::network::order::in_order;

/// The link of a machine, as a program there sees it.
pub(super) const LINK: &str = "eth0";

/// The link of a machine to itself.
const LOOPBACK: &str = "lo";

/// The wire's link to the servers.
const TO_SERVERS: &str = "servers";

/// An environment set up in namespaces.
#[derive(Debug)]
pub(crate) struct Ground {
    // First, so that the servers have stopped when their network goes.
    pub(in crate::network) pace: Pace,
    relay: Relay,
    stations: Vec<(Station, Namespace)>,
    pub(in crate::network) servers: Servers,
    _server_side: Namespace,
}

impl Ground {
    /// Makes the networks and starts the servers.
    ///
    /// Servers of an earlier step, if there are any, keep what they remember.
    pub(crate) fn new(environment: &Environment, earlier: Option<Self>, clock: Clock, seed: Seed) -> io::Result<Self> {
        // Everything else of the earlier step goes here.
        let mut servers = earlier.map(|Self { servers, .. }| servers).unwrap_or_default();
        servers.set_up(environment, seed, clock.now());
        let server_side = Namespace::new()?;
        let mut stations = Vec::new();
        for station in stations_of(environment) {
            stations.push((station, Namespace::new()?));
        }
        let ends: Vec<i32> = stations.iter().map(|(_, namespace)| namespace.number()).collect();
        let for_servers = environment.clone();
        let open = move || {
            let wire_ports = lay_wire(&ends)?;
            let links = set_servers_up(&for_servers)?;
            // Its thread is born here, so what it binds later is bound here too.
            let pace = Pace { clock, thread: ServerThread::start("servers")? };
            let book = Book::as_is(move |sender| {
                // A sender that cannot be had sends nothing, which its client will see.
                links.add_address(LINK, sender.ip(), host_prefix(sender.ip())).ok();
            });
            let stations = stations_of(&for_servers);
            let elsewhere = |machine: &Id| stations.iter().any(|station| station.id == *machine);
            for port in ports(&for_servers).into_iter().filter(|port| !elsewhere(port.machine)) {
                servers.open(&port, &book, &pace)?;
            }
            io::Result::Ok((wire_ports, pace, servers))
        };
        let (wire_ports, mut pace, mut servers) = server_side.run(open)??;
        for (station, namespace) in &stations {
            let (station, environment) = (station.clone(), environment.clone());
            let open = move || {
                set_station_up(&station)?;
                for port in ports(&environment).into_iter().filter(|port| *port.machine == station.id) {
                    servers.open(&port, &Book::as_is(|_| {}), &pace)?;
                }
                let own: Vec<IpAddr> = station.addresses.iter().map(|(address, _)| *address).collect();
                wait_until_ready(&[LINK], &own)?;
                io::Result::Ok((pace, servers))
            };
            (pace, servers) = namespace.run(open)??;
        }
        let near: Vec<String> = wire_ports.iter().map(|port| near_name(port.side)).collect();
        let shared = addresses_of_servers(environment);
        server_side.run(move || {
            let links: Vec<&str> = std::iter::once(LINK).chain(near.iter().map(String::as_str)).collect();
            wait_until_ready(&links, &shared)
        })??;
        let names = stations.iter().map(|(station, _)| MachineId::new(station.id.as_str())).collect();
        let wire = Wire::new(environment, seed.child("path"));
        let relay = Relay::start(&pace.thread, wire_ports, wire, Watch::new(names), pace.clock.clone())?;
        Ok(Self { pace, relay, stations, servers, _server_side: server_side })
    }

    /// The network of a machine that has one of its own.
    pub(super) fn station(&self, id: &Id) -> Option<(&Station, &Namespace)> {
        self.stations.iter().find(|(station, _)| station.id == *id).map(|(station, namespace)| (station, namespace))
    }

    /// The network of a client, in which a program can be started.
    pub(crate) fn client(&self, id: &Id) -> Option<&Namespace> {
        self.station(id).map(|(_, namespace)| namespace)
    }

    /// The packet sockets of the wire, by their descriptors. Whoever closes the last copy of one waits for the kernel, some 15 ms.
    pub(crate) fn packet_sockets(&self) -> Vec<i32> {
        self.relay.sockets()
    }

    /// Throws away what the wire saw of stations.
    pub(crate) fn forget_stations(&self) {
        drop(self.relay.watch().drain());
    }

    /// Keeps the packets of clients from now on, for a capture.
    pub(crate) fn keep_packets(&self) {
        self.relay.watch().keep_packets();
    }

    /// Everything that was seen since the last call, at servers and by the wire of clients, in one order.
    pub(crate) fn drain(&self, environment: &Environment) -> Seen {
        let mut watch = self.relay.watch();
        let mut entries = watch.drain();
        self.servers.drain(&mut entries);
        Seen {
            entries: in_order(entries, environment),
            unanswered: watch.unanswered().collect(),
            packets: watch.take_packets(),
            lost: watch.lost() + self.servers.lost(),
        }
    }
}

/// What was seen.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) entries: Vec<Entry<Event>>,
    /// Attempts to connect that nothing has ended so far: from, to.
    pub(crate) unanswered: Vec<(SocketAddr, SocketAddr)>,
    /// The packets of clients, where they are kept.
    pub(crate) packets: Packets,
    /// How many entries found no room.
    pub(crate) lost: u64,
}

/// Makes the links of the wire, whose far ends are born where they belong, and listens at the near ones.
fn lay_wire(to_stations: &[i32]) -> io::Result<Vec<Port>> {
    let links = Links::new()?;
    let stations = to_stations.iter().enumerate().map(|(at, thread)| (Side::Station(at), Some(*thread)));
    let sides: Vec<(Side, Option<i32>)> = std::iter::once((Side::Servers, None)).chain(stations).collect();
    let names: Vec<String> = sides.iter().map(|(side, _)| near_name(*side)).collect();
    let mut ends = Vec::new();
    for (number, ((side, namespace), name)) in (1..).zip(sides.into_iter().zip(&names)) {
        let (near, far) = (hardware(number, 1), hardware(number, 2));
        links
            .add_pair(&End { name, hardware: near, namespace: None }, &End { name: LINK, hardware: far, namespace })?;
        ends.push((side, near, far));
    }
    let frames = frames_of(&names)?;
    Ok(frames.into_iter().zip(ends).map(|(frames, (side, near, far))| Port { side, frames, far, near }).collect())
}

/// The name of the wire's link to a side.
fn near_name(side: Side) -> String {
    match side {
        Side::Servers => TO_SERVERS.to_owned(),
        Side::Station(at) => format!("station{at}"),
    }
}

/// A hardware address that is administered locally (IEEE 802c: the second bit of the first octet).
const fn hardware(number: u16, end: u8) -> [u8; 6] {
    let [high, low] = number.to_be_bytes();
    [0x02, 0, 0, high, low, end]
}

fn set_station_up(station: &Station) -> io::Result<()> {
    let links = Links::new()?;
    links.up(LOOPBACK)?;
    links.up(LINK)?;
    for (address, prefix) in &station.addresses {
        links.add_address(LINK, *address, *prefix)?;
    }
    for v4 in [true, false] {
        let gateway = station.gateway(v4);
        // A client without a gateway reaches its own subnet only; a server reaches everybody.
        let straight = !station.client && station.addresses.iter().any(|(address, _)| address.is_ipv4() == v4);
        if gateway.is_some() || straight {
            links.add_default_route(LINK, v4, gateway)?;
        }
    }
    Ok(())
}

fn set_servers_up(environment: &Environment) -> io::Result<Links> {
    let links = Links::new()?;
    links.up(LOOPBACK)?;
    links.up(LINK)?;
    let addresses = addresses_of_servers(environment);
    for address in &addresses {
        links.add_address(LINK, *address, host_prefix(*address))?;
    }
    for v4 in [true, false] {
        if addresses.iter().any(|address| address.is_ipv4() == v4) {
            links.add_default_route(LINK, v4, None)?;
        }
    }
    Ok(links)
}

/// The addresses of all machines that stand in the network of the servers.
fn addresses_of_servers(environment: &Environment) -> Vec<IpAddr> {
    let stations = stations_of(environment);
    let here = |address: &IpAddr| !stations.iter().any(|station| station.owns(*address));
    let dns = environment.dns_servers.iter().flat_map(|machine| &machine.addresses);
    let hosts = environment.kms_hosts.iter().flat_map(|machine| &machine.addresses);
    dns.chain(hosts).copied().filter(here).collect()
}
