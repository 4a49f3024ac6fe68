//! DRIVER: the loopback network as one client sees it: the body of the `Network` trait over real sockets.
//!
//! Calls block, on the clock of the run. Addresses are translated when a socket is bound or connected and when a datagram says whom
//! it comes from; what is sent and received is the octets themselves.
#![expect(clippy::disallowed_types, reason = "driver: sockets of a client")]

use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::time::Duration;

use double::{Clock, Moment};
use evidence::Network;
use evidence::network::{Datagram, Datagrams, Failure, Stream};
use mock_dns::boundary::Transport;
use notation::Id;
use socket2::{Domain, Socket, Type};

use super::Loopback;
use super::dead_end::hear_icmp_errors;
use super::lag::{Held, send_later};
use super::path::{Meets, way_back};
use super::stream::LoopbackStream;
use super::view::{Setting, View};

/// The largest datagram there is.
const MAX_UDP: usize = 65_535;

/// The shortest time for which a socket can be told to wait; zero would mean for ever.
pub(super) const SHORTEST_WAIT: Duration = Duration::from_millis(1);

/// The network, and the client that stands on it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen<'a> {
    stage: &'a Loopback,
    place: Option<(&'a Setting, &'a View)>,
}

impl<'a> Seen<'a> {
    pub(super) fn new(stage: &'a Loopback, setting: Option<&'a Setting>, client: &Id) -> Self {
        Self { stage, place: setting.and_then(|setting| Some((setting, setting.view(client)?))) }
    }

    /// Where the client stands, if the address is one of its own.
    fn standing(&self, local: IpAddr) -> Result<(&'a Setting, &'a View), Failure> {
        self.place.filter(|(_, view)| view.addresses.contains(&local)).ok_or(Failure::NoSuchAddress)
    }

    /// Our own failure to play the network: the run is worthless and will say so.
    fn trouble(&self, doing: &str, error: &io::Error) -> Failure {
        self.stage.trouble(format!("{doing}: {error}"));
        Failure::Unreachable
    }
}

impl Network for Seen<'_> {
    fn now(&self) -> Moment {
        self.stage.clock.now()
    }

    fn wait_until(&self, until: Moment) {
        self.stage.clock.block_until(until);
    }

    fn open(&self, local: IpAddr) -> Result<Box<dyn Datagrams + '_>, Failure> {
        let (setting, view) = self.standing(local)?;
        let local = SocketAddr::new(local, 0);
        let open = || -> io::Result<UdpSocket> {
            let socket = UdpSocket::bind(view.book.place(local)?)?;
            hear_icmp_errors(&socket)?;
            view.book.bound(Transport::Udp, local, socket.local_addr()?);
            Ok(socket)
        };
        let socket = open().map_err(|error| self.trouble("no datagram socket", &error))?;
        let buffer = vec![0; MAX_UDP];
        Ok(Box::new(SeenSocket { seen: *self, setting, view, socket, buffer, held: Held::new() }))
    }

    fn connect(&self, local: IpAddr, to: SocketAddr, until: Moment) -> Result<Box<dyn Stream + '_>, Failure> {
        let (setting, view) = self.standing(local)?;
        let clock = self.stage.clock;
        let (real, meets) = setting
            .destination(view, to, Transport::Tcp)
            .map_err(|error| self.trouble(&format!("no socket stands for {to}"), &error))?;
        let handshake = match meets {
            Meets::Service { out, back, .. } => out + back,
            Meets::Closed(late) => late,
            Meets::Silence => Duration::ZERO,
        };
        let answer = clock.now().plus(handshake);
        clock.block_until(answer.min(until));
        if answer > until {
            return Err(Failure::TimedOut);
        }
        let local = SocketAddr::new(local, 0);
        let socket = Self::socket(view, local, real).map_err(|error| self.trouble("no socket", &error))?;
        let connected = socket.connect_timeout(&real.into(), clock.real_until(until).max(SHORTEST_WAIT));
        // A host that resets at once: the stack had said "connected" before.
        let reset = connected.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::ConnectionReset);
        if let Err(error) = connected
            && !reset
        {
            return Err(self.told(&error, to, until));
        }
        let Meets::Service { machine, out, back } = meets else {
            let open = io::Error::from(io::ErrorKind::AddrInUse);
            return Err(self.trouble(&format!("what stands for {to} takes connections"), &open));
        };
        let stream = LoopbackStream::new(self.stage, machine, socket.into(), &setting.thread, (out, back));
        let mut stream = stream.map_err(|error| self.trouble("a connection", &error))?;
        if reset {
            stream.was_reset();
        }
        Ok(Box::new(stream))
    }
}

impl Seen<'_> {
    /// A socket bound to an address of the client.
    fn socket(view: &View, local: SocketAddr, real: SocketAddr) -> io::Result<Socket> {
        let socket = Socket::new(Domain::for_address(real), Type::STREAM, None)?;
        socket.bind(&view.book.place(local)?.into())?;
        if let Some(bound) = socket.local_addr()?.as_socket() {
            // Before the server can ask who it is.
            view.book.bound(Transport::Tcp, local, bound);
        }
        Ok(socket)
    }

    /// What an error of connecting means to the client.
    fn told(&self, error: &io::Error, to: SocketAddr, until: Moment) -> Failure {
        let kind = error.kind();
        if kind == io::ErrorKind::ConnectionRefused {
            Failure::Refused
        } else if kind == io::ErrorKind::TimedOut {
            self.stage.clock.block_until(until);
            Failure::TimedOut
        } else {
            self.trouble(&format!("connecting to what stands for {to}"), error)
        }
    }
}

/// Whether a socket has only waited long enough.
pub(super) fn is_time_over(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut | io::ErrorKind::Interrupted)
}

/// A datagram socket of a client.
struct SeenSocket<'a> {
    seen: Seen<'a>,
    setting: &'a Setting,
    view: &'a View,
    socket: UdpSocket,
    buffer: Vec<u8>,
    held: Held<Result<(SocketAddr, Vec<u8>), Failure>>,
}

impl SeenSocket<'_> {
    fn clock(&self) -> Clock {
        self.seen.stage.clock
    }

    /// Waits for something to come, at most until a moment, and holds it until it is due.
    fn listen(&mut self, until: Moment) {
        let wait = self.clock().real_until(until).max(SHORTEST_WAIT);
        let received = self.socket.set_read_timeout(Some(wait)).and_then(|()| self.socket.recv_from(&mut self.buffer));
        let now = self.clock().now();
        match received {
            Ok((length, from)) => {
                let from = self.view.book.shown(Transport::Udp, from);
                let environment = &self.setting.environment;
                let late = way_back(environment, from.ip(), &self.view.client, Transport::Udp);
                if let Some(late) = late {
                    let bytes = self.buffer.get(..length).unwrap_or_default().to_vec();
                    self.held.push(now.plus(late), Ok((from, bytes)));
                }
            }
            Err(error) if is_time_over(&error) => {}
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                self.held.push(now, Err(Failure::Refused));
            }
            Err(error) => {
                let failure = self.seen.trouble("receiving a datagram", &error);
                self.held.push(now, Err(failure));
            }
        }
    }
}

impl Datagrams for SeenSocket<'_> {
    fn send(&mut self, to: SocketAddr, bytes: &[u8]) -> Result<(), Failure> {
        let (real, meets) = self
            .setting
            .destination(self.view, to, Transport::Udp)
            .map_err(|error| self.seen.trouble(&format!("no socket stands for {to}"), &error))?;
        let now = self.clock().now();
        let late = match meets {
            Meets::Service { machine, out, .. } => {
                self.seen.stage.await_at(machine, Transport::Udp, now.plus(out));
                out
            }
            Meets::Closed(late) => late,
            Meets::Silence => Duration::ZERO,
        };
        if !late.is_zero() {
            let socket =
                self.socket.try_clone().map_err(|error| self.seen.trouble("a second handle of a socket", &error))?;
            send_later(&self.setting.thread, self.clock(), now.plus(late), socket, real, bytes.to_vec());
            return Ok(());
        }
        let sent = self.socket.send_to(bytes, real).or_else(|error| {
            if error.kind() != io::ErrorKind::ConnectionRefused {
                return Err(error);
            }
            // An ICMP error about an earlier datagram is told at the first chance: it is for whoever receives.
            self.held.push(now, Err(Failure::Refused));
            self.socket.send_to(bytes, real)
        });
        sent.map(|_| ()).map_err(|error| self.seen.trouble(&format!("sending to what stands for {to}"), &error))
    }

    fn receive(&mut self, until: Moment) -> Result<Datagram, Failure> {
        let mut listened = false;
        loop {
            let now = self.clock().now();
            if let Some(arrived) = self.held.take(now) {
                return arrived.map(|(from, bytes)| Datagram { from, bytes, at: now });
            }
            if listened && now >= until {
                return Err(Failure::TimedOut);
            }
            let next = self.held.next_due().map_or(until, |due| due.min(until));
            self.listen(next);
            // At least once, also when the caller's time is over already.
            listened = true;
        }
    }
}
