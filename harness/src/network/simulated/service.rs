//! What listens on a port of a simulated machine, and one connection to it: the pure cores of the mocks, put behind one face.

use std::net::SocketAddr;
use std::time::Duration;

use double::{MachineId, Moment, Seed, WallTime};
use evidence::Event;
use evidence::timeline::Recorder;
use mock_dns::aging::Scavenged;
use mock_dns::boundary::{Origin, Transport};
use mock_dns::multicast::Responder;
use mock_dns::server_core::{DnsServer, TcpService};
use mock_dns::stream::{StreamLimits, TcpSession};
use mock_dns::zone::Zone;
use mock_kms::connection::{Connection, Reaction, Service as KmsService};
use notation::Id;

use crate::environment::machine::{DNS_PORT, DnsMachine, KmsMachine};

/// What a server does on a connection, or a datagram that it sends.
#[derive(Debug)]
pub(super) enum Output {
    Bytes { after: Duration, from: Option<SocketAddr>, bytes: Vec<u8> },
    Close { after: Duration },
    Reset { after: Duration },
}

/// What a port says to a SYN or a datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Door {
    Open,
    /// No listener, and the machine says so.
    Closed,
    /// No listener, and the firewall swallows the packet (stealth mode).
    Silent,
}

fn no_listener(stealth: bool) -> Door {
    if stealth { Door::Silent } else { Door::Closed }
}

/// A machine and what runs on it.
#[derive(Debug)]
pub(super) struct Machine {
    pub(super) id: Id,
    pub(super) body: Body,
}

#[derive(Debug)]
pub(super) enum Body {
    Dns {
        server: Box<DnsServer>,
        running: bool,
        stealth: bool,
    },
    Host {
        service: Box<KmsService>,
        port: u16,
        running: bool,
        stealth: bool,
        clock_offset_s: i64,
        /// Who answers multicast DNS there.
        responder: Option<Responder>,
    },
    /// A client listens on nothing, and its firewall says nothing.
    Client,
}

impl Machine {
    /// A DNS server as it is described; what the server that was there before remembers stays.
    pub(super) fn dns(machine: &DnsMachine, start: WallTime, seed: Seed, before: Option<Self>, now: Moment) -> Self {
        let server = match before {
            Some(Self { body: Body::Dns { mut server, .. }, .. }) => {
                // Until now the old intervals held.
                server.age(now);
                // Most changes touch another machine; compiling the zones again would find the same.
                if *server.config() != machine.service {
                    server.reconfigure(|config| *config = machine.service.clone());
                    server.age(now);
                }
                server
            }
            Some(_) | None => {
                let name = MachineId::new(machine.id.as_str());
                let mut server = DnsServer::new(name, machine.service.clone(), seed.child(machine.id.as_str()));
                server.set_clock(start);
                server.age(now);
                Box::new(server)
            }
        };
        let body = Body::Dns { server, running: machine.running, stealth: machine.stealth };
        Self { id: machine.id.clone(), body }
    }

    /// A KMS host as it is described; what the service that was there before remembers stays.
    pub(super) fn host(machine: &KmsMachine, seed: Seed, before: Option<Self>) -> Self {
        let (config, faults) = (machine.service_config(), machine.faults.clone());
        let service = match before {
            Some(Self { body: Body::Host { mut service, .. }, .. }) => {
                service.host.reconfigure(config);
                service.faults.replace(faults);
                service
            }
            Some(_) | None => {
                let name = MachineId::new(machine.id.as_str());
                Box::new(KmsService::new(name, config, faults, seed.child(machine.id.as_str())))
            }
        };
        let body = Body::Host {
            service,
            port: machine.port(),
            running: machine.running && machine.service.state.listens(),
            stealth: machine.stealth,
            clock_offset_s: machine.clock_offset_s,
            responder: machine.responder(),
        };
        Self { id: machine.id.clone(), body }
    }

    /// A client: nothing of it runs here.
    pub(super) fn client(id: &Id) -> Self {
        Self { id: id.clone(), body: Body::Client }
    }

    /// The same machine with all that it remembers, and without its connections.
    pub(super) fn without_connections(&self) -> Self {
        let body = match &self.body {
            Body::Dns { server, running, stealth } => {
                Body::Dns { server: server.clone(), running: *running, stealth: *stealth }
            }
            Body::Host { service, port, running, stealth, clock_offset_s, responder } => Body::Host {
                service: Box::new(service.without_connections()),
                port: *port,
                running: *running,
                stealth: *stealth,
                clock_offset_s: *clock_offset_s,
                responder: responder.clone(),
            },
            Body::Client => Body::Client,
        };
        Self { id: self.id.clone(), body }
    }

    /// What the port says to TCP.
    pub(super) fn tcp_door(&self, to: u16) -> Door {
        match &self.body {
            Body::Dns { server, running: true, .. } if to == DNS_PORT => match server.config().tcp {
                TcpService::Open => Door::Open,
                TcpService::Refused => Door::Closed,
            },
            Body::Host { port, running: true, .. } if to == *port => Door::Open,
            Body::Dns { stealth, .. } | Body::Host { stealth, .. } => no_listener(*stealth),
            Body::Client => Door::Silent,
        }
    }

    /// What a KMS host counts; `start` is the true time at the start of the run.
    pub(super) fn current_count(&self, now: Moment, start: WallTime) -> Option<u32> {
        match &self.body {
            Body::Host { service, clock_offset_s, .. } => {
                Some(service.host.current_count(start.at(now).shifted(*clock_offset_s)))
            }
            Body::Dns { .. } | Body::Client => None,
        }
    }

    /// The zones of a DNS server as they stand now.
    pub(super) fn zones(&self) -> Option<Vec<Zone>> {
        match &self.body {
            Body::Dns { server, .. } => Some(server.zones().to_vec()),
            Body::Host { .. } | Body::Client => None,
        }
    }

    /// What a DNS server has scavenged.
    pub(super) fn scavenged(&self) -> Vec<Scavenged> {
        match &self.body {
            Body::Dns { server, .. } => server.scavenged().to_vec(),
            Body::Host { .. } | Body::Client => Vec::new(),
        }
    }

    /// What the port says to UDP.
    pub(super) fn udp_door(&self, to: u16) -> Door {
        match &self.body {
            Body::Dns { running: true, .. } if to == DNS_PORT => Door::Open,
            Body::Dns { stealth, .. } | Body::Host { stealth, .. } => no_listener(*stealth),
            Body::Client => Door::Silent,
        }
    }

    /// Who answers multicast DNS there.
    pub(super) fn responder(&self) -> Option<&Responder> {
        match &self.body {
            Body::Host { responder, .. } => responder.as_ref(),
            Body::Dns { .. } | Body::Client => None,
        }
    }

    /// A datagram for the DNS service.
    pub(super) fn datagram(&mut self, bytes: &[u8], origin: Origin, now: Moment, recorder: &Recorder) -> Vec<Output> {
        let Body::Dns { server, .. } = &mut self.body else { return Vec::new() };
        let actions = server.receive(bytes, origin, now);
        take_journal(server, recorder);
        dns_outputs(actions)
    }

    /// A connection to an open door.
    pub(super) fn accept(
        &mut self,
        peer: SocketAddr,
        local: SocketAddr,
        now: Moment,
        recorder: &Recorder,
    ) -> Option<(Session, Vec<Output>)> {
        match &mut self.body {
            Body::Dns { server, .. } => {
                let origin = Origin { peer, local, transport: Transport::Tcp };
                let session = TcpSession::open(server, origin, StreamLimits::default(), now);
                take_journal(server, recorder);
                Some((Session::Dns(session), Vec::new()))
            }
            Body::Host { service, .. } => {
                let (connection, reaction) = Connection::accept(service, peer, now);
                Some((Session::Kms(connection), kms_outputs(reaction, recorder)))
            }
            Body::Client => None,
        }
    }

    /// Something arrived on a connection, or its time is over.
    pub(super) fn input(
        &mut self,
        session: &mut Session,
        input: Input<'_>,
        now: Moment,
        start: WallTime,
        recorder: &Recorder,
    ) -> Vec<Output> {
        match (&mut self.body, session) {
            (Body::Dns { server, .. }, Session::Dns(session)) => {
                let actions = match input {
                    Input::Bytes(bytes) => session.receive(server, bytes, now),
                    Input::End => {
                        session.closed_by_client(server, now);
                        Vec::new()
                    }
                    Input::Timeout => session.expire(server, now),
                };
                take_journal(server, recorder);
                dns_outputs(actions)
            }
            (Body::Host { service, clock_offset_s, .. }, Session::Kms(connection)) => {
                let wall = start.at(now).shifted(*clock_offset_s);
                let reaction = match input {
                    Input::Bytes(bytes) => connection.receive(service, bytes, now, wall),
                    Input::End => connection.end_of_input(service, now),
                    Input::Timeout => connection.timeout(service, now),
                };
                kms_outputs(reaction, recorder)
            }
            (Body::Dns { .. } | Body::Host { .. } | Body::Client, _) => Vec::new(),
        }
    }
}

/// What happens to a connection from outside.
#[derive(Clone, Copy, Debug)]
pub(super) enum Input<'a> {
    Bytes(&'a [u8]),
    End,
    Timeout,
}

/// A connection as its server knows it.
#[derive(Debug)]
pub(super) enum Session {
    Dns(TcpSession),
    Kms(Connection),
}

impl Session {
    /// Whether the server is done with it.
    pub(super) fn is_closed(&self) -> bool {
        match self {
            Self::Dns(session) => session.is_closed(),
            Self::Kms(connection) => !connection.is_open(),
        }
    }

    pub(super) fn next_timeout(&self) -> Option<Moment> {
        match self {
            Self::Dns(session) => session.next_timeout(),
            Self::Kms(connection) => connection.next_timeout(),
        }
    }
}

fn take_journal(server: &mut DnsServer, recorder: &Recorder) {
    for entry in server.take_journal() {
        recorder.push(entry.map(Event::Dns));
    }
}

fn dns_outputs(actions: Vec<mock_dns::boundary::Action>) -> Vec<Output> {
    use mock_dns::boundary::Action;
    let output = |action| match action {
        Action::Send { after, from, bytes } => Output::Bytes { after, from, bytes: bytes.into() },
        Action::Close { after } => Output::Close { after },
        Action::Reset { after } => Output::Reset { after },
    };
    actions.into_iter().map(output).collect()
}

fn kms_outputs(reaction: Reaction, recorder: &Recorder) -> Vec<Output> {
    use mock_kms::action::Action;
    for entry in reaction.entries {
        recorder.push(entry.map(Event::Kms));
    }
    let output = |action| match action {
        Action::Send { after, bytes } => Output::Bytes { after, from: None, bytes },
        Action::Close { after } => Output::Close { after },
        Action::Reset { after } => Output::Reset { after },
    };
    reaction.actions.into_iter().map(output).collect()
}
