//! Machines, event queue and clock of the simulated network.
//!
//! Nothing moves unless somebody waits: [`World::step`] takes the earliest event up to a moment, lets it happen and puts the
//! clock there. What happens at the same moment happens in the order in which it was planned.

mod copy;
mod echo;
mod group;

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use double::{MachineId, Moment, Seed, WallTime};
use evidence::Role;
use evidence::network::{Datagram, Failure};
use evidence::timeline::Recorder;
use mock_dns::aging::Scavenged;
use mock_dns::boundary::{Origin, Transport};
use mock_dns::zone::Zone;
use notation::Id;

use super::path::{Fate, LATENCY, Path};
use super::queue::{Arrival, Happening, Queue};
use super::service::{Door, Input, Machine, Output, Session};
use crate::environment::Environment;

/// How long after the end of an attempt its last packets are waited for: far longer than they are on their way.
const SETTLE: Duration = Duration::from_secs(1);

/// First of the ports that clients send from (RFC 6335 6, and the default of Windows).
const FIRST_DYNAMIC_PORT: u16 = 49_152;

/// A client's datagram socket.
#[derive(Debug)]
pub(super) struct Socket {
    pub(super) local: SocketAddr,
    pub(super) inbox: VecDeque<Result<Datagram, Failure>>,
}

/// A connection between a client and a server.
#[derive(Debug)]
pub(super) struct Link {
    /// The client's end.
    local: SocketAddr,
    /// The server's end.
    peer: SocketAddr,
    client: usize,
    server: usize,
    /// How long the answer to the SYN is on its way.
    handshake_back: Duration,
    /// Boxed: it is taken out and put back for each input.
    session: Option<Box<Session>>,
    /// What the client has not read yet.
    pub(super) inbox: VecDeque<Arrival>,
    /// Nothing overtakes on a stream: when the last octets arrive at either end.
    last_to_server: Moment,
    last_to_client: Moment,
}

/// The whole simulated network.
#[derive(Debug)]
pub(super) struct World {
    now: Moment,
    start: WallTime,
    seed: Seed,
    queue: Queue,
    machines: Vec<Machine>,
    names: Vec<(MachineId, Role)>,
    addresses: Vec<(IpAddr, usize)>,
    path: Path,
    pub(super) sockets: Vec<Socket>,
    pub(super) links: Vec<Link>,
    /// The connections that a server still holds: the only ones that can time out.
    held: Vec<usize>,
    ports: u16,
}

impl World {
    pub(super) fn new(seed: Seed) -> Self {
        Self {
            now: Moment::START,
            start: WallTime(0),
            seed,
            queue: Queue::default(),
            machines: Vec::new(),
            names: Vec::new(),
            addresses: Vec::new(),
            path: Path::new(Vec::new(), seed.child("path")),
            sockets: Vec::new(),
            links: Vec::new(),
            held: Vec::new(),
            ports: 0,
        }
    }

    /// Sets the machines of an environment up; a server that was there before keeps what it remembers.
    pub(super) fn set_up(&mut self, environment: &Environment) {
        let (start, seed, now) = (environment.start, self.seed, self.now);
        let mut before = std::mem::take(&mut self.machines);
        let mut take = |id: &Id| before.iter().position(|old| old.id == *id).map(|known| before.swap_remove(known));
        let Environment { dns_servers, kms_hosts, clients, .. } = environment;
        self.machines.extend(dns_servers.iter().map(|dns| Machine::dns(dns, start, seed, take(&dns.id), now)));
        self.machines.extend(kms_hosts.iter().map(|host| Machine::host(host, seed, take(&host.id))));
        self.machines.extend(clients.iter().map(|client| Machine::client(&client.id)));
        self.names = environment.machine_ids();
        let dns = dns_servers.iter().map(|machine| machine.addresses.clone());
        let hosts = kms_hosts.iter().map(|machine| machine.addresses.clone());
        let clients =
            clients.iter().map(|machine| machine.ip.adapters.iter().map(|adapter| adapter.address).collect::<Vec<_>>());
        let all = dns.chain(hosts).chain(clients).enumerate();
        self.addresses =
            all.flat_map(|(machine, list)| list.into_iter().map(move |address| (address, machine))).collect();
        self.path.set_rules(environment.rules.clone());
        self.start = environment.start;
        // Nobody can be in the middle of something between two steps.
        self.sockets.clear();
        self.links.clear();
        self.held.clear();
        self.queue.clear();
    }

    pub(super) fn now(&self) -> Moment {
        self.now
    }

    pub(super) fn machine_ids(&self) -> &[(MachineId, Role)] {
        &self.names
    }

    /// The place of a machine; a client that does not exist owns no address and reaches nothing.
    pub(super) fn machine(&self, id: &Id) -> usize {
        self.machines.iter().position(|machine| machine.id == *id).unwrap_or(usize::MAX)
    }

    /// What a KMS host counts now.
    pub(super) fn current_count(&self, host: &Id) -> Option<u32> {
        self.machines.iter().find(|machine| machine.id == *host)?.current_count(self.now, self.start)
    }

    pub(super) fn zones(&self, server: &Id) -> Option<Vec<Zone>> {
        self.machines.iter().find(|machine| machine.id == *server)?.zones()
    }

    pub(super) fn scavenged(&self, server: &Id) -> Vec<Scavenged> {
        self.machines.iter().find(|machine| machine.id == *server).map(Machine::scavenged).unwrap_or_default()
    }

    pub(super) fn owns(&self, machine: usize, address: IpAddr) -> bool {
        self.addresses.contains(&(address, machine))
    }

    pub(super) fn next_port(&mut self) -> u16 {
        self.ports = (self.ports + 1) % (u16::MAX - FIRST_DYNAMIC_PORT);
        FIRST_DYNAMIC_PORT + self.ports
    }

    fn plan(&mut self, at: Moment, what: Happening) {
        self.queue.plan(at, what);
    }

    fn owner(&self, address: IpAddr) -> Option<usize> {
        self.addresses.iter().find(|(owned, _)| *owned == address).map(|(_, machine)| *machine)
    }

    /// What becomes of a packet between two machines; also when nobody owns the address, or its port has no listener.
    fn fate(&mut self, from: usize, to: Option<usize>, tcp: bool, destination: SocketAddr) -> Fate {
        let Some(sender) = self.machines.get(from) else { return Fate::Bounces(Failure::Unreachable) };
        let receiver = to.and_then(|to| self.machines.get(to)).map(|machine| &machine.id);
        self.path.fate(&sender.id, receiver, tcp, destination)
    }

    fn door(&self, to: Option<usize>, tcp: bool, port: u16) -> (Option<usize>, Door) {
        // Nobody owns the address: nobody answers.
        let Some(machine) = to.and_then(|to| self.machines.get(to)) else { return (to, Door::Silent) };
        (to, if tcp { machine.tcp_door(port) } else { machine.udp_door(port) })
    }

    /// A client sends a datagram.
    pub(super) fn send(&mut self, client: usize, socket: usize, to: SocketAddr, bytes: &[u8]) {
        if to.ip().is_multicast() {
            return self.send_to_group(client, socket, to, bytes);
        }
        let owner = self.owner(to.ip());
        let fate = self.fate(client, owner, false, to);
        let delay = match fate {
            Fate::Arrives(delay) => delay,
            Fate::Vanishes => return,
            Fate::Bounces(failure) => {
                let what = Happening::Delivery { socket, what: Err(failure) };
                return self.plan(self.now.plus(LATENCY * 2), what);
            }
        };
        match self.door(owner, false, to.port()) {
            (Some(machine), Door::Open) => {
                let Some(peer) = self.sockets.get(socket).map(|socket| socket.local) else { return };
                let origin = Origin { peer, local: to, transport: Transport::Udp };
                self.plan(self.now.plus(delay), Happening::Datagram { machine, origin, bytes: bytes.to_vec() });
            }
            (_, Door::Closed) => {
                let what = Happening::Delivery { socket, what: Err(Failure::Refused) };
                self.plan(self.now.plus(delay + LATENCY), what);
            }
            (_, Door::Open | Door::Silent) => {}
        }
    }

    /// A client sends a SYN: the connection it may become, or how long it takes to hear that it will not.
    pub(super) fn connect(
        &mut self,
        client: usize,
        local: IpAddr,
        to: SocketAddr,
        until: Moment,
    ) -> Result<usize, (Failure, Moment)> {
        let owner = self.owner(to.ip());
        let never = Moment::at(Duration::MAX);
        let delay = match self.fate(client, owner, true, to) {
            Fate::Arrives(delay) => delay,
            Fate::Vanishes => return Err((Failure::TimedOut, never)),
            Fate::Bounces(failure) => return Err((failure, self.now.plus(LATENCY * 2))),
        };
        match self.door(owner, true, to.port()) {
            (Some(server), Door::Open) => {
                let local = SocketAddr::new(local, self.next_port());
                let arrival = self.now.plus(delay);
                // A server hears of no connection whose handshake is lost on its way back, or too late for the client.
                let back = match self.fate(server, Some(client), true, local) {
                    Fate::Arrives(back) if arrival.plus(back) <= until => back,
                    Fate::Arrives(_) | Fate::Vanishes | Fate::Bounces(_) => return Err((Failure::TimedOut, never)),
                };
                self.links.push(Link {
                    local,
                    peer: to,
                    client,
                    server,
                    handshake_back: back,
                    session: None,
                    inbox: VecDeque::new(),
                    last_to_server: arrival,
                    last_to_client: arrival,
                });
                let connection = self.links.len() - 1;
                self.plan(arrival, Happening::Syn { connection });
                Ok(connection)
            }
            (_, Door::Closed) => Err((Failure::Refused, self.now.plus(delay + LATENCY))),
            (_, Door::Open | Door::Silent) => Err((Failure::TimedOut, never)),
        }
    }

    /// A client sends octets, or closes its side.
    pub(super) fn write(&mut self, connection: usize, bytes: Option<&[u8]>) {
        let Some(link) = self.links.get(connection) else { return };
        let (client, server, peer) = (link.client, link.server, link.peer);
        let Fate::Arrives(delay) = self.fate(client, Some(server), true, peer) else { return };
        let at = self.now.plus(delay);
        let Some(link) = self.links.get_mut(connection) else { return };
        link.last_to_server = link.last_to_server.max(at);
        let at = link.last_to_server;
        self.plan(at, Happening::ToServer { connection, bytes: bytes.map(<[u8]>::to_vec) });
    }

    /// Lets the next event up to a moment happen, and puts the clock there; false when there is none, and then the clock stands at
    /// the moment.
    pub(super) fn step(&mut self, until: Moment, recorder: &Recorder) -> bool {
        let timeout = self.next_timeout();
        let planned = self.queue.next();
        if let Some((at, connection)) = timeout
            && at <= until
            && planned.is_none_or(|planned| at < planned)
        {
            self.now = self.now.max(at);
            self.input(connection, Input::Timeout, recorder);
            return true;
        }
        if planned.is_none_or(|planned| planned > until) {
            self.now = self.now.max(until);
            return false;
        }
        let Some((at, what)) = self.queue.take() else { return false };
        self.now = self.now.max(at);
        self.happen(what, recorder);
        true
    }

    fn next_timeout(&self) -> Option<(Moment, usize)> {
        let due = |connection: &usize| {
            let session = self.links.get(*connection)?.session.as_ref()?;
            session.next_timeout().map(|at| (at, *connection))
        };
        self.held.iter().filter_map(due).min()
    }

    fn happen(&mut self, what: Happening, recorder: &Recorder) {
        match what {
            Happening::Datagram { machine, origin, bytes } if origin.local.ip().is_multicast() => {
                self.hear(machine, origin, &bytes, recorder);
            }
            Happening::Datagram { machine, origin, bytes } => {
                let now = self.now;
                let Some(server) = self.machines.get_mut(machine) else { return };
                let outputs = server.datagram(&bytes, origin, now, recorder);
                outputs.into_iter().for_each(|output| self.reply(machine, origin, output));
            }
            Happening::Delivery { socket, what } => {
                let at = self.now;
                if let Some(socket) = self.sockets.get_mut(socket) {
                    socket.inbox.push_back(what.map(|(from, bytes)| Datagram { from, bytes, at }));
                }
            }
            Happening::Syn { connection } => self.accept(connection, recorder),
            Happening::ToServer { connection, bytes } => {
                let input = bytes.as_deref().map_or(Input::End, Input::Bytes);
                self.input(connection, input, recorder);
            }
            Happening::ToClient { connection, what } => {
                if let Some(link) = self.links.get_mut(connection) {
                    link.inbox.push_back(what);
                }
            }
        }
    }

    /// A datagram of a server goes on its way to the client's socket.
    fn reply(&mut self, server: usize, origin: Origin, output: Output) {
        let Output::Bytes { after, from, bytes } = output else { return };
        let client = self.owner(origin.peer.ip());
        let Fate::Arrives(delay) = self.fate(server, client, false, origin.peer) else { return };
        let Some(socket) = self.sockets.iter().rposition(|socket| socket.local == origin.peer) else { return };
        let at = self.now.plus(after + delay);
        self.plan(at, Happening::Delivery { socket, what: Ok((from.unwrap_or(origin.local), bytes)) });
    }

    fn accept(&mut self, connection: usize, recorder: &Recorder) {
        let Some(link) = self.links.get(connection) else { return };
        let (peer, local, server) = (link.local, link.peer, link.server);
        let now = self.now;
        let connected = now.plus(link.handshake_back);
        let Some(machine) = self.machines.get_mut(server) else { return };
        let Some((session, outputs)) = machine.accept(peer, local, now, recorder) else { return };
        self.plan(connected, Happening::ToClient { connection, what: Arrival::Connected });
        if let Some(link) = self.links.get_mut(connection) {
            link.last_to_client = connected;
            link.session = Some(Box::new(session));
            self.held.push(connection);
        }
        self.obey(connection, outputs);
    }

    fn input(&mut self, connection: usize, input: Input<'_>, recorder: &Recorder) {
        let (now, start) = (self.now, self.start);
        let Some(link) = self.links.get_mut(connection) else { return };
        let Some(mut session) = link.session.take() else { return };
        let Some(machine) = self.machines.get_mut(link.server) else { return };
        let outputs = machine.input(&mut session, input, now, start, recorder);
        if session.is_closed() {
            self.held.retain(|held| *held != connection);
        }
        link.session = Some(session);
        self.obey(connection, outputs);
    }

    /// Does what a server wants done on a connection.
    fn obey(&mut self, connection: usize, outputs: Vec<Output>) {
        for output in outputs {
            let (after, what) = match output {
                Output::Bytes { after, bytes, .. } => (after, Arrival::Bytes(bytes)),
                Output::Close { after } => (after, Arrival::End),
                Output::Reset { after } => (after, Arrival::Reset),
            };
            let Some(link) = self.links.get(connection) else { return };
            let (server, client, to) = (link.server, link.client, link.local);
            let Fate::Arrives(delay) = self.fate(server, Some(client), true, to) else { continue };
            let at = self.now.plus(after + delay);
            let Some(link) = self.links.get_mut(connection) else { return };
            link.last_to_client = link.last_to_client.max(at);
            let at = link.last_to_client;
            self.plan(at, Happening::ToClient { connection, what });
        }
    }

    /// Lets time pass up to a moment.
    pub(super) fn advance_to(&mut self, until: Moment, recorder: &Recorder) {
        while self.step(until, recorder) {}
    }

    /// Lets what is on its way arrive, without moving the clock of the run.
    pub(super) fn settle(&mut self, recorder: &Recorder) {
        let now = self.now;
        while self.step(now.plus(SETTLE), recorder) {}
        self.now = now;
    }
}
