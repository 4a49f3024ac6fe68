//! The namespaces of an environment, joined by the wire: one for each client, one for all servers, one for the wire itself.
//!
//! The wire has a namespace to itself because a kernel that sees a packet for an address of its own answers it, whatever the rules say.
//! Nothing of this is visible outside, and all of it goes when this is dropped or the process ends.

use std::io;
use std::net::{IpAddr, SocketAddr};

use double::serve::ServerThread;
use double::{Clock, Entry, MachineId, Seed};
use evidence::Event;
use notation::Id;

use super::link::{Links, frames_of, wait_until_running};
use super::namespace::Namespace;
use super::netlink::End;
use super::relay::{Port, Relay};
use super::watch::Watch;
use super::wire::{Side, Wire};
use crate::environment::{ClientMachine, Environment};
use crate::network::loopback::book::Book;
use crate::network::loopback::pace::Pace;
use crate::network::loopback::path::ports;
use crate::network::loopback::servers::Servers;

/// The link of a machine, as a program there sees it.
const LINK: &str = "eth0";

/// The link of a machine to itself.
const LOOPBACK: &str = "lo";

/// The wire's link to the servers.
const TO_SERVERS: &str = "servers";

/// Bits of the subnet of an IPv6 adapter.
const IPV6_PREFIX: u8 = 64;

/// Bits of an address that is nobody's subnet.
const HOST_V4: u8 = 32;
const HOST_V6: u8 = 128;

/// An environment set up in namespaces.
#[derive(Debug)]
pub(crate) struct Ground {
    // First, so that the servers have stopped when their network goes.
    _pace: Pace,
    relay: Relay,
    pub(crate) clients: Vec<(Id, Namespace)>,
    servers: Servers,
    _server_side: Namespace,
    _wire_side: Namespace,
}

impl Ground {
    /// Makes the networks and starts the servers.
    pub(crate) fn new(environment: &Environment, clock: Clock, seed: Seed) -> io::Result<Self> {
        let mut servers = Servers::default();
        servers.set_up(environment, seed);
        let server_side = Namespace::new()?;
        let wire_side = Namespace::new()?;
        let mut clients = Vec::new();
        for client in &environment.clients {
            clients.push((client.id.clone(), Namespace::new()?));
        }
        let ends: Vec<i32> = clients.iter().map(|(_, namespace)| namespace.descriptor()).collect();
        let to_servers = server_side.descriptor();
        let wire_ports = wire_side.run(move || lay_wire(to_servers, &ends))??;
        for ((_, namespace), machine) in clients.iter().zip(&environment.clients) {
            let machine = machine.clone();
            namespace.run(move || set_client_up(&machine))??;
        }
        let for_servers = environment.clone();
        let open = move || {
            let links = set_servers_up(&for_servers)?;
            // Its thread is born here, so what it binds later is bound here too.
            let pace = Pace { clock, thread: ServerThread::start("servers")? };
            let book = Book::as_is(move |sender| {
                // A sender that cannot be had sends nothing, which its client will see.
                links.add_address(LINK, sender.ip(), host_prefix(sender.ip())).ok();
            });
            for port in ports(&for_servers) {
                servers.open(&port, &book, &pace)?;
            }
            io::Result::Ok((pace, servers))
        };
        let (pace, servers) = server_side.run(open)??;
        let links: Vec<String> = wire_ports.iter().map(|port| near_name(port.side)).collect();
        wire_side.run(move || links.iter().try_for_each(|link| wait_until_running(link)))??;
        for namespace in clients.iter().map(|(_, namespace)| namespace).chain([&server_side]) {
            namespace.run(|| wait_until_running(LINK))??;
        }
        let names = environment.clients.iter().map(|client| MachineId::new(client.id.as_str())).collect();
        let wire = Wire::new(environment, seed.child("path"));
        let relay = Relay::start(&pace.thread, wire_ports, wire, Watch::new(names), pace.clock.clone())?;
        Ok(Self { _pace: pace, relay, clients, servers, _server_side: server_side, _wire_side: wire_side })
    }

    /// The network of a client.
    pub(crate) fn client(&self, id: &Id) -> Option<&Namespace> {
        self.clients.iter().find(|(client, _)| client == id).map(|(_, namespace)| namespace)
    }

    /// Everything that was seen since the last call, at servers and by the wire of clients, in the order of its moments.
    pub(crate) fn drain(&self) -> Seen {
        let mut watch = self.relay.watch();
        let mut entries = watch.drain();
        self.servers.drain(&mut entries);
        entries.sort_by_key(|entry| entry.at);
        Seen { entries, unanswered: watch.unanswered().collect(), lost: watch.lost() + self.servers.lost() }
    }
}

/// What was seen.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) entries: Vec<Entry<Event>>,
    /// Attempts to connect that nothing has ended so far: from, to.
    pub(crate) unanswered: Vec<(SocketAddr, SocketAddr)>,
    /// How many entries found no room.
    pub(crate) lost: u64,
}

/// Makes the links of the wire, whose far ends are born where they belong, and listens at the near ones.
fn lay_wire(to_servers: i32, to_clients: &[i32]) -> io::Result<Vec<Port>> {
    let links = Links::new()?;
    let mut ports = Vec::new();
    let clients = to_clients.iter().enumerate().map(|(at, namespace)| (Side::Client(at), *namespace));
    for (number, (side, namespace)) in (1..).zip(std::iter::once((Side::Servers, to_servers)).chain(clients)) {
        let name = near_name(side);
        let (near, far) = (hardware(number, 1), hardware(number, 2));
        links.add_pair(
            &End { name: &name, hardware: near, namespace: None },
            &End { name: LINK, hardware: far, namespace: Some(namespace) },
        )?;
        ports.push(Port { side, frames: frames_of(&name)?, far, near });
    }
    Ok(ports)
}

/// The name of the wire's link to a side.
fn near_name(side: Side) -> String {
    match side {
        Side::Servers => TO_SERVERS.to_owned(),
        Side::Client(at) => format!("client{at}"),
    }
}

/// A hardware address that is administered locally (IEEE 802c: the second bit of the first octet).
const fn hardware(number: u16, end: u8) -> [u8; 6] {
    let [high, low] = number.to_be_bytes();
    [0x02, 0, 0, high, low, end]
}

fn set_client_up(machine: &ClientMachine) -> io::Result<()> {
    let links = Links::new()?;
    links.up(LOOPBACK)?;
    links.up(LINK)?;
    for adapter in &machine.ip.adapters {
        let prefix = match adapter.address {
            IpAddr::V4(_) => u8::try_from(u32::from(adapter.mask).leading_ones()).unwrap_or(HOST_V4),
            IpAddr::V6(_) => IPV6_PREFIX,
        };
        links.add_address(LINK, adapter.address, prefix)?;
    }
    for v4 in [true, false] {
        let adapters = machine.ip.adapters_by_metric();
        let mut gateways = adapters.iter().filter_map(|adapter| adapter.gateway);
        if let Some(gateway) = gateways.find(|gateway| gateway.is_ipv4() == v4) {
            links.add_default_route(LINK, v4, Some(gateway))?;
        }
    }
    Ok(())
}

fn set_servers_up(environment: &Environment) -> io::Result<Links> {
    let links = Links::new()?;
    links.up(LOOPBACK)?;
    links.up(LINK)?;
    let dns = environment.dns_servers.iter().flat_map(|machine| &machine.addresses);
    let hosts = environment.kms_hosts.iter().flat_map(|machine| &machine.addresses);
    let addresses: Vec<IpAddr> = dns.chain(hosts).copied().collect();
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

const fn host_prefix(address: IpAddr) -> u8 {
    if address.is_ipv4() { HOST_V4 } else { HOST_V6 }
}
