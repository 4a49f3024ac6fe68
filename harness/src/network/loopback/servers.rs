//! DRIVER: the mocks of an environment behind their own drivers: what they remember from step to step, and their sockets.
//!
//! One thread serves all machines of a scenario. Every client sees a server at an address of its own ([`super::book`]), with one
//! server behind all of them; the drivers translate what goes into the journal.
#![expect(clippy::disallowed_types, reason = "driver: binds the sockets of the mocks")]

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use double::serve::Limits;
use double::{Entry, MachineId, Moment, Ring, Seed, WallTime};
use evidence::{Event, Role};
use mock_dns::aging::Scavenged;
use mock_dns::boundary::Transport;
use mock_dns::journal::DnsEvent;
use mock_dns::server::{Addresses, Service as DnsService};
use mock_dns::server_core::DnsServer;
use mock_kms::connection::Service as KmsService;
use mock_kms::journal::{KmsEvent, What};
use mock_kms::server::Server as KmsServer;
use notation::Id;

use super::book::Book;
use super::pace::Pace;
use super::path::Port;
use crate::environment::{DnsMachine, Environment, KmsMachine};

/// The servers of an environment.
#[derive(Debug, Default)]
pub(in crate::network) struct Servers {
    dns: Vec<Dns>,
    hosts: Vec<Host>,
}

#[derive(Debug)]
struct Dns {
    id: Id,
    server: Arc<Mutex<DnsServer>>,
    journal: Arc<Mutex<Ring<DnsEvent>>>,
}

#[derive(Debug)]
struct Host {
    id: Id,
    service: Arc<Mutex<KmsService>>,
    journal: Arc<Mutex<Ring<KmsEvent>>>,
    wall: WallTime,
}

impl Servers {
    /// Sets the machines of an environment up; one that was there before keeps what it remembers.
    pub(in crate::network) fn set_up(&mut self, environment: &Environment, seed: Seed, now: Moment) {
        let mut before = std::mem::take(self);
        for machine in &environment.dns_servers {
            let known = before.dns.iter().position(|dns| dns.id == machine.id);
            self.dns.push(match known {
                Some(known) => before.dns.swap_remove(known).with_set_up_of(machine, now),
                None => Dns::new(machine, environment.start, seed, now),
            });
        }
        for machine in &environment.kms_hosts {
            let known = before.hosts.iter().position(|host| host.id == machine.id);
            let wall = environment.start.shifted(machine.clock_offset_s);
            self.hosts.push(match known {
                Some(known) => before.hosts.swap_remove(known).with_set_up_of(machine, wall),
                None => Host::new(machine, seed, wall),
            });
        }
    }

    /// Serves a port of a machine for one client.
    pub(in crate::network) fn open(&self, port: &Port<'_>, book: &Book, pace: &Pace) -> io::Result<()> {
        let place = book.place(port.at)?;
        match port.transport {
            Transport::Udp => {
                let socket = std::net::UdpSocket::bind(place)?;
                book.bound(Transport::Udp, port.at, socket.local_addr()?);
                self.serve_dns(port, book, pace, socket, None)
            }
            Transport::Tcp => {
                let listener = std::net::TcpListener::bind(place)?;
                book.bound(Transport::Tcp, port.at, listener.local_addr()?);
                match port.role {
                    Role::Host => self.serve_kms(port, book, pace, listener),
                    Role::Dns | Role::Client => {
                        // The driver wants a datagram socket as well: one at which nobody knocks.
                        let idle = std::net::UdpSocket::bind((place.ip(), 0))?;
                        self.serve_dns(port, book, pace, idle, Some(listener))
                    }
                }
            }
        }
    }

    fn serve_dns(
        &self,
        port: &Port<'_>,
        book: &Book,
        pace: &Pace,
        udp: std::net::UdpSocket,
        tcp: Option<std::net::TcpListener>,
    ) -> io::Result<()> {
        let Some(dns) = self.dns.iter().find(|dns| dns.id == *port.machine) else { return Ok(()) };
        let transport = port.transport;
        let (shown, sender) = (book.clone(), book.clone());
        let service = DnsService {
            server: Arc::clone(&dns.server),
            journal: Arc::clone(&dns.journal),
            clock: pace.clock.clone(),
            addresses: Addresses::translated(
                move |real| shown.shown(transport, real),
                move |shown| sender.sender(shown),
            ),
            limits: mock_dns::server::Limits::default(),
        };
        udp.set_nonblocking(true)?;
        let (udp, tcp) = {
            let _runtime = pace.thread.enter();
            let tcp = tcp.map(|listener| {
                listener.set_nonblocking(true)?;
                tokio::net::TcpListener::from_std(listener)
            });
            (tokio::net::UdpSocket::from_std(udp)?, tcp.transpose()?)
        };
        pace.thread.spawn(mock_dns::server::serve(service, udp, tcp, pace.thread.stop()));
        Ok(())
    }

    fn serve_kms(&self, port: &Port<'_>, book: &Book, pace: &Pace, listener: std::net::TcpListener) -> io::Result<()> {
        let Some(host) = self.hosts.iter().find(|host| host.id == *port.machine) else { return Ok(()) };
        let book = book.clone();
        let server = KmsServer {
            service: Arc::clone(&host.service),
            journal: Arc::clone(&host.journal),
            clock: pace.clock.clone(),
            wall: host.wall,
            admit: Arc::new(move |peer| book.admits(peer).then(|| book.shown(Transport::Tcp, peer))),
        };
        listener.set_nonblocking(true)?;
        let listener = {
            let _runtime = pace.thread.enter();
            tokio::net::TcpListener::from_std(listener)?
        };
        pace.thread.spawn(mock_kms::server::serve(listener, server, Limits::default(), pace.thread.stop()));
        Ok(())
    }

    /// What a host counts at a moment.
    pub(in crate::network) fn current_count(&self, host: &Id, now: Moment) -> Option<u32> {
        let host = self.hosts.iter().find(|known| known.id == *host)?;
        Some(lock(&host.service).host.current_count(host.wall.at(now)))
    }

    /// What a DNS server has scavenged so far.
    pub(in crate::network) fn scavenged(&self, server: &Id) -> Vec<Scavenged> {
        let dns = self.dns.iter().find(|known| known.id == *server);
        dns.map(|dns| lock(&dns.server).scavenged().to_vec()).unwrap_or_default()
    }

    /// Moves what was seen since the last call to `into`.
    pub(in crate::network) fn drain(&self, into: &mut Vec<Entry<Event>>) {
        for dns in &self.dns {
            into.extend(lock(&dns.journal).drain().into_iter().map(|entry| entry.map(Event::Dns)));
        }
        for host in &self.hosts {
            into.extend(lock(&host.journal).drain().into_iter().map(|entry| entry.map(Event::Kms)));
        }
    }

    /// How many entries found no room.
    pub(in crate::network) fn lost(&self) -> u64 {
        let dns = self.dns.iter().map(|dns| lock(&dns.journal).lost());
        dns.chain(self.hosts.iter().map(|host| lock(&host.journal).lost())).sum()
    }
}

/// Whether an entry of a server is what a datagram of a client leaves there, whatever it holds.
pub(in crate::network) fn is_datagram(event: &Event) -> bool {
    matches!(event,
        Event::Dns(DnsEvent::Query { origin, .. } | DnsEvent::OtherRequest { origin, .. } | DnsEvent::Unreadable { origin, .. })
            if origin.transport == Transport::Udp)
}

/// Whether an entry of a server is the end of a connection.
pub(in crate::network) fn is_end(event: &Event) -> bool {
    match event {
        Event::Dns(event) => matches!(event, DnsEvent::TcpClosed { .. }),
        Event::Kms(event) => matches!(event.what, What::Close { .. } | What::Reset { .. }),
        Event::Client(_) => false,
    }
}

impl Dns {
    fn new(machine: &DnsMachine, start: WallTime, seed: Seed, now: Moment) -> Self {
        let name = MachineId::new(machine.id.as_str());
        let mut server = DnsServer::new(name, machine.service.clone(), seed.child(machine.id.as_str()));
        server.set_clock(start);
        server.age(now);
        Self { id: machine.id.clone(), server: Arc::new(Mutex::new(server)), journal: Arc::default() }
    }

    fn with_set_up_of(self, machine: &DnsMachine, now: Moment) -> Self {
        {
            let mut server = lock(&self.server);
            server.age(now);
            server.reconfigure(|config| *config = machine.service.clone());
            server.age(now);
        }
        self
    }
}

impl Host {
    fn new(machine: &KmsMachine, seed: Seed, wall: WallTime) -> Self {
        let name = MachineId::new(machine.id.as_str());
        let seed = seed.child(machine.id.as_str());
        let service = KmsService::new(name, machine.service_config(), machine.faults.clone(), seed);
        Self { id: machine.id.clone(), service: Arc::new(Mutex::new(service)), journal: Arc::default(), wall }
    }

    fn with_set_up_of(mut self, machine: &KmsMachine, wall: WallTime) -> Self {
        {
            let mut service = lock(&self.service);
            service.host.reconfigure(machine.service_config());
            service.faults.replace(machine.faults.clone());
        }
        self.wall = wall;
        self
    }
}

/// A panic while a lock was held is told elsewhere; what it guards are plain values.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
