//! Which entry tells of the sending of what another entry received.
//!
//! Pure. Nothing in a journal ties two entries together, so this counts: the third of a kind that arrives was preceded by three that
//! were sent, whichever of them were lost. So it may say less than somebody who knew; moments say the rest. Connections have no name that
//! both ends know either: a server accepts the oldest attempt that nobody has accepted.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use double::{Entry, MachineId, Moment};
use evidence::Event;
use evidence::timeline::ClientEvent;
use mock_dns::boundary::{Origin, Transport};
use mock_dns::journal::{Closed, DnsEvent};
use mock_kms::journal::{KmsEvent, Side, What};

use crate::environment::Environment;
use crate::environment::machine::DNS_PORT;

/// How much later than its receipt a sending may be written down. What is later than that, on one clock, is another message.
const LATE_MAX: Duration = Duration::from_secs(1);

/// Places of entries: of those that send, and of those that receive the same, in their order.
#[derive(Debug, Default)]
struct Ways {
    sent: Vec<usize>,
    received: Vec<usize>,
}

impl Ways {
    const fn new() -> Self {
        Self { sent: Vec::new(), received: Vec::new() }
    }

    fn pairs(&self) -> impl Iterator<Item = (usize, usize)> {
        self.sent.iter().copied().zip(self.received.iter().copied())
    }
}

/// Datagrams, and messages of DNS over TCP, that cannot be told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    /// A request of this transaction from this address to this server.
    Request(IpAddr, SocketAddr, u16),
    /// The answer to it.
    Answer(IpAddr, SocketAddr, u16),
    /// A datagram to this address that somebody there throws away.
    Unwanted(IpAddr, SocketAddr),
}

/// An attempt of a client to connect to a server, and the connection that comes of it.
#[derive(Debug)]
struct Connection<'a> {
    client: &'a MachineId,
    server: &'a str,
    /// The entry that asks for it, and the one that tells that it is there.
    connect: usize,
    connected: Option<usize>,
    begun: Moment,
    failed: Option<Moment>,
    accepted: Option<usize>,
    /// The newest entry of the client that has to do with it.
    newest: usize,
    /// What the client said, and how much of it the server has written down.
    octets: Vec<u8>,
    heard: usize,
    by_client: Ways,
    by_server: Ways,
    closed_by_client: Option<usize>,
}

/// What has been read so far.
struct Reader<'a> {
    environment: &'a Environment,
    datagrams: BTreeMap<Kind, Ways>,
    connections: Vec<Connection<'a>>,
    /// The connection that a KMS host means by a number, and a DNS server by the far end.
    numbers: BTreeMap<(&'a MachineId, u64), usize>,
    peers: BTreeMap<(&'a MachineId, SocketAddr), usize>,
}

/// Each entry that sends something with the one that receives it, by their places. The entries stand in order of time.
#[must_use]
pub fn messages(entries: &[Entry<Event>], environment: &Environment) -> Vec<(usize, usize)> {
    let mut reader = Reader {
        environment,
        datagrams: BTreeMap::new(),
        connections: Vec::new(),
        numbers: BTreeMap::new(),
        peers: BTreeMap::new(),
    };
    for (place, entry) in entries.iter().enumerate() {
        match &entry.event {
            Event::Dns(event) => reader.dns(event, place, &entry.machine),
            Event::Kms(event) if !reader.is_host(&entry.machine) => reader.at_client(event, place, &entry.machine),
            Event::Client(event) => reader.client(event, place, entry),
            Event::Kms(_) => {}
        }
    }
    // What a server saw of a connection is understood when all is known of what clients did.
    for (place, entry) in entries.iter().enumerate() {
        match &entry.event {
            Event::Dns(event) => reader.dns_connection(event, place, entry),
            Event::Kms(event) if reader.is_host(&entry.machine) => reader.at_host(event, place, entry),
            Event::Kms(_) | Event::Client(_) => {}
        }
    }
    let at = |place: usize| entries.get(place).map(|entry| entry.at);
    let plausible = |(sent, received): &(usize, usize)| at(*sent) <= at(*received).map(|at| at.plus(LATE_MAX));
    let said = reader.connections.iter().flat_map(Connection::said);
    let said = reader.datagrams.values().flat_map(Ways::pairs).chain(said).filter(plausible);
    said.chain(reader.connections.iter().filter_map(Connection::made)).collect()
}

impl<'a> Reader<'a> {
    fn is_host(&self, machine: &MachineId) -> bool {
        self.environment.kms_hosts.iter().any(|host| host.id.as_str() == machine.as_str())
    }

    fn dns(&mut self, event: &DnsEvent, place: usize, machine: &'a MachineId) {
        let environment = self.environment;
        let is_server = |origin: &Origin| answers(origin, machine, environment);
        let (origin, kind, sent) = match event {
            DnsEvent::Query { origin, id, .. } => {
                let (near, far) = ends(origin, machine, self.environment);
                (origin, Kind::Request(near.ip(), far, *id), !is_server(origin))
            }
            DnsEvent::OtherRequest { origin, bytes, .. } => {
                let Some(id) = bytes.first_chunk().map(|id| u16::from_be_bytes(*id)) else { return };
                let (near, far) = ends(origin, machine, self.environment);
                (origin, Kind::Request(near.ip(), far, id), !is_server(origin))
            }
            DnsEvent::Reply { origin, from, id, .. } => {
                let (near, far) = ends(origin, machine, self.environment);
                let from = from.unwrap_or(far);
                if is_server(origin) {
                    self.datagrams.entry(Kind::Unwanted(near.ip(), from)).or_default().sent.push(place);
                }
                (origin, Kind::Answer(near.ip(), from, *id), is_server(origin))
            }
            DnsEvent::TcpAccepted { .. }
            | DnsEvent::TcpClosed { .. }
            | DnsEvent::Unreadable { .. }
            | DnsEvent::NoReply { .. }
            | DnsEvent::Scavenged { .. } => return,
        };
        if !is_server(origin) && origin.transport == Transport::Tcp {
            self.touch(place, machine);
        }
        let ways = self.datagrams.entry(kind).or_default();
        if sent { ways.sent.push(place) } else { ways.received.push(place) }
    }

    /// A connection to a DNS server begins or ends.
    fn dns_connection(&mut self, event: &DnsEvent, place: usize, entry: &'a Entry<Event>) {
        if let DnsEvent::TcpAccepted { origin } = event
            && let Some(known) = self.accepted(origin.peer, place, entry)
        {
            self.peers.insert((&entry.machine, origin.peer), known);
        } else if let DnsEvent::TcpClosed { origin, why: Closed::ByClient } = event
            && let Some(known) = self.peers.get(&(&entry.machine, origin.peer))
            && let Some(known) = self.connections.get_mut(*known)
        {
            known.closed_by_client = Some(place);
        }
    }

    /// The server that listens there.
    fn server_at(&self, at: SocketAddr) -> Option<&'a str> {
        if at.port() == DNS_PORT {
            let mut servers = self.environment.dns_servers.iter();
            return servers.find(|server| server.addresses.contains(&at.ip())).map(|server| server.id.as_str());
        }
        let mut hosts = self.environment.kms_hosts.iter();
        hosts.find(|host| host.addresses.contains(&at.ip()) && host.port() == at.port()).map(|host| host.id.as_str())
    }

    fn client(&mut self, event: &ClientEvent, place: usize, Entry { at, machine, .. }: &'a Entry<Event>) {
        match event {
            ClientEvent::Connect { to } => {
                let Some(server) = self.server_at(*to) else { return };
                self.connections.push(Connection::new(machine, server, place, *at));
            }
            ClientEvent::Connected { to, result } => {
                let server = self.server_at(*to);
                let open = |known: &&mut Connection<'_>| {
                    known.client == machine && Some(known.server) == server && !known.is_over()
                };
                let Some(known) = self.connections.iter_mut().find(open) else { return };
                known.failed = result.is_err().then_some(*at);
                known.connected = result.is_ok().then_some(place);
                known.newest = place;
            }
            ClientEvent::GaveUp { .. } => self.touch(place, machine),
            ClientEvent::Ignored { from, .. } => {
                let adapters = self.environment.clients.iter().filter(|client| client.id.as_str() == machine.as_str());
                let addresses: Vec<IpAddr> =
                    adapters.flat_map(|client| &client.ip.adapters).map(|adapter| adapter.address).collect();
                for address in addresses {
                    self.datagrams.entry(Kind::Unwanted(address, *from)).or_default().received.push(place);
                }
            }
            ClientEvent::NoReply { .. } | ClientEvent::Unheard { .. } => {}
        }
    }

    /// The connection that a client has: it talks on one at a time, the one that it made last.
    fn of_client(&mut self, machine: &MachineId) -> Option<&mut Connection<'a>> {
        self.connections.iter_mut().rfind(|known| known.client == machine && known.connected.is_some())
    }

    fn touch(&mut self, place: usize, machine: &MachineId) {
        if let Some(known) = self.of_client(machine) {
            known.newest = place;
        }
    }

    fn at_client(&mut self, event: &KmsEvent, place: usize, machine: &MachineId) {
        let Some(known) = self.of_client(machine) else { return };
        known.newest = place;
        if matches!(event.what, What::Bind { .. } | What::AlterContext { .. } | What::Request(_)) {
            known.octets.extend(&event.octets);
            known.by_client.sent.push(place);
        } else {
            known.by_server.received.push(place);
        }
    }

    fn at_host(&mut self, event: &KmsEvent, place: usize, entry: &'a Entry<Event>) {
        let number = (&entry.machine, event.connection);
        if let What::Accept { peer } = &event.what {
            if let Some(known) = self.accepted(*peer, place, entry) {
                self.numbers.insert(number, known);
            }
            return;
        }
        let Some(known) = self.numbers.get(&number).and_then(|known| self.connections.get_mut(*known)) else { return };
        match &event.what {
            What::Close { by: Side::Client } | What::Reset { by: Side::Client } => known.closed_by_client = Some(place),
            What::Bind { .. }
            | What::AlterContext { .. }
            | What::Fragment
            | What::Request(_)
            | What::Ignored { .. } => {
                known.hears(&event.octets);
                known.by_client.received.push(place);
            }
            // Heard or said: what the client did not say, the host did.
            What::Incomplete | What::NotRpc | What::Unreadable(_) if known.hears(&event.octets) => {
                known.by_client.received.push(place);
            }
            What::Incomplete
            | What::NotRpc
            | What::Unreadable(_)
            | What::BindAck { .. }
            | What::BindNak { .. }
            | What::AlterContextResp { .. }
            | What::Response { .. }
            | What::Fault { .. }
            | What::Close { by: Side::Host }
            | What::Reset { by: Side::Host } => known.by_server.sent.push(place),
            What::Accept { .. } | What::Logged(_) => {}
        }
    }

    /// A server accepts: the oldest attempt that waits, else one that its client has given up by now.
    fn accepted(&mut self, peer: SocketAddr, place: usize, Entry { at, machine, .. }: &Entry<Event>) -> Option<usize> {
        let client = machine_at(peer.ip(), self.environment)?;
        let open = |known: &Connection<'_>| {
            known.client.as_str() == client && known.server == machine.as_str() && known.accepted.is_none()
        };
        let waits = |known: &Connection<'_>| known.begun <= *at && known.failed.is_none_or(|failed| *at < failed);
        let found = self.connections.iter().position(|known| open(known) && waits(known));
        let found = found.or_else(|| self.connections.iter().position(open))?;
        self.connections.get_mut(found)?.accepted = Some(place);
        Some(found)
    }
}

impl<'a> Connection<'a> {
    const fn new(client: &'a MachineId, server: &'a str, place: usize, begun: Moment) -> Self {
        Self {
            client,
            server,
            connect: place,
            connected: None,
            begun,
            failed: None,
            accepted: None,
            newest: place,
            octets: Vec::new(),
            heard: 0,
            by_client: Ways::new(),
            by_server: Ways::new(),
            closed_by_client: None,
        }
    }

    /// Whether it is known how the attempt ended.
    const fn is_over(&self) -> bool {
        self.connected.is_some() || self.failed.is_some()
    }

    /// Whether the client said this, behind everything that the server has heard before.
    fn hears(&mut self, octets: &[u8]) -> bool {
        let rest = self.octets.get(self.heard..).unwrap_or_default();
        let found =
            if octets.is_empty() { Some(0) } else { rest.windows(octets.len()).position(|said| said == octets) };
        self.heard += found.map_or(0, |before| before + octets.len());
        found.is_some()
    }

    /// What both ends said on it, from the first packet to the last.
    fn said(&self) -> impl Iterator<Item = (usize, usize)> {
        let asked = self.accepted.map(|accepted| (self.connect, accepted));
        let closed = self.closed_by_client.map(|closed| (self.newest, closed));
        asked.into_iter().chain(closed).chain(self.by_client.pairs()).chain(self.by_server.pairs())
    }

    /// That it is there. A client is connected when the second packet of the handshake comes, a server accepts at the third, which a
    /// path may delay for long; yet a server was there to accept.
    fn made(&self) -> Option<(usize, usize)> {
        self.accepted.zip(self.connected)
    }
}

/// The end of whoever asks, and that of the server. Who asks may name the server as its peer, a server names who asks.
pub(crate) fn ends(origin: &Origin, machine: &MachineId, environment: &Environment) -> (SocketAddr, SocketAddr) {
    let asks =
        !answers(origin, machine, environment) && machine_at(origin.local.ip(), environment) == Some(machine.as_str());
    if asks { (origin.local, origin.peer) } else { (origin.peer, origin.local) }
}

/// Whether a machine answers what is told of, and did not ask: a DNS server; a KMS host that is asked for its own name by multicast.
pub(crate) fn answers(origin: &Origin, machine: &MachineId, environment: &Environment) -> bool {
    let is = |id: &notation::Id| id.as_str() == machine.as_str();
    environment.dns_servers.iter().any(|server| is(&server.id))
        || (origin.is_multicast() && environment.kms_hosts.iter().any(|host| is(&host.id)))
}

/// The machine that sends from an address.
fn machine_at(address: IpAddr, environment: &Environment) -> Option<&str> {
    let mut clients = environment.clients.iter();
    let client = clients.find(|client| client.ip.adapters.iter().any(|adapter| adapter.address == address));
    client.map(|client| client.id.as_str()).or_else(|| environment.owner(address).map(notation::Id::as_str))
}
