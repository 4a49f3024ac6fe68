//! DRIVER: the isolated network as one machine sees it: sockets in that machine's network, and what the kernel says about them.
//!
//! Addresses are themselves and nothing is translated. Delay, refusal and loss happen on the wire; here is only told how the kernel
//! reports them.
#![expect(clippy::disallowed_types, reason = "driver: sockets of a client")]

use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::time::Duration;

use double::Moment;
use evidence::Network;
use evidence::network::{Datagram, Datagrams, Failure, Stream};
use mock_dns::boundary::Transport;
use notation::Id;
use socket2::{Domain, SockRef, Socket, Type};

use super::Isolated;
use super::echo::Echo;
use super::ground::{Ground, LINK};
use super::namespace::Namespace;
use super::station::Station;
use super::stream::IsolatedStream;
use crate::environment::Environment;
use crate::network::icmp::{hear_icmp, take_icmp};
use crate::network::ip::GROUP_HOPS;
use crate::network::loopback::kernel::{self, Ready};
use crate::network::loopback::path::{Meets, echo, meets};

/// The largest datagram there is.
const MAX_UDP: usize = 65_535;

/// The network, and the machine that stands on it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen<'a> {
    stage: &'a Isolated,
    known: Option<(&'a Environment, &'a Id)>,
    /// None for a server that stands in the network of all servers.
    place: Option<Standing<'a>>,
}

/// A machine in its network: what its sockets share.
#[derive(Clone, Copy, Debug)]
pub(super) struct Standing<'a> {
    pub(super) stage: &'a Isolated,
    pub(super) ground: &'a Ground,
    namespace: &'a Namespace,
    station: &'a Station,
}

impl<'a> Seen<'a> {
    pub(super) fn new(stage: &'a Isolated, machine: &Id) -> Self {
        let place = stage.ground.as_ref().and_then(|ground| {
            let (station, namespace) = ground.station(machine)?;
            Some(Standing { stage, ground, namespace, station })
        });
        let known = stage.environment.as_ref().and_then(|environment| {
            let (id, _) = environment.machines().find(|(id, _)| *id == machine)?;
            Some((environment, id))
        });
        Self { stage, known, place }
    }

    /// Where the machine stands, if the address is one of its own.
    fn standing(&self, local: IpAddr) -> Result<Standing<'a>, Failure> {
        self.place.filter(|standing| standing.station.owns(local)).ok_or(Failure::NoSuchAddress)
    }
}

impl Network for Seen<'_> {
    fn now(&self) -> Moment {
        self.stage.clock.now()
    }

    fn wait_until(&self, until: Moment) {
        let Some(standing) = self.place else { return self.stage.clock.step_to(until) };
        if let Err(error) = standing.ground.pace.pass(until) {
            self.stage.trouble(format!("waiting: {error}"));
        }
    }

    fn open(&self, local: IpAddr) -> Result<Box<dyn Datagrams + '_>, Failure> {
        let standing = self.standing(local)?;
        let open = move || {
            let socket = UdpSocket::bind((local, 0))?;
            socket.set_nonblocking(true)?;
            hear_icmp(&SockRef::from(&socket))?;
            Ok(socket)
        };
        let socket = standing.namespace.run(open).and_then(std::convert::identity);
        let socket = socket.map_err(|error| standing.trouble("no datagram socket", &error))?;
        Ok(Box::new(IsolatedSocket { standing, socket, buffer: vec![0; MAX_UDP] }))
    }

    /// What is sent really goes to the group; nothing comes back, because the wire carries no multicast.
    fn join(&self, local: IpAddr, group: SocketAddr) -> Result<Box<dyn Datagrams + '_>, Failure> {
        let standing = self.standing(local)?;
        let open = move || {
            let socket = UdpSocket::bind((local, group.port()))?;
            socket.set_nonblocking(true)?;
            let options = SockRef::from(&socket);
            hear_icmp(&options)?;
            if local.is_ipv4() {
                options.set_multicast_ttl_v4(GROUP_HOPS.into())?;
            } else {
                options.set_multicast_if_v6(nix::net::if_::if_nametoindex(LINK)?)?;
                options.set_multicast_hops_v6(GROUP_HOPS.into())?;
            }
            io::Result::Ok(socket)
        };
        let socket = standing.namespace.run(open).and_then(std::convert::identity);
        let socket = socket.map_err(|error| standing.trouble("no datagram socket for a group", &error))?;
        Ok(Box::new(IsolatedSocket { standing, socket, buffer: vec![0; MAX_UDP] }))
    }

    fn connect(&self, local: IpAddr, to: SocketAddr, until: Moment) -> Result<Box<dyn Stream + '_>, Failure> {
        let standing = self.standing(local)?;
        let connected = standing.connect(local, to, until);
        let stream = connected.map_err(|error| standing.trouble(&format!("connecting to {to}"), &error))?;
        Ok(Box::new(stream?))
    }

    fn ping(&self, local: IpAddr, to: IpAddr, until: Moment) -> Result<IpAddr, Failure> {
        let Some((environment, machine)) = self.known else { return Err(Failure::NoSuchAddress) };
        if self.place.is_none() && environment.owner(local) == Some(machine) {
            // Nobody stands there, so what it would hear is told from the environment.
            let heard = echo(environment, machine, to).map(|late| self.now().plus(late));
            let heard = heard.filter(|heard| *heard <= until);
            self.wait_until(heard.unwrap_or(until));
            return heard.map(|_| to).ok_or(Failure::TimedOut);
        }
        let standing = self.standing(local)?;
        let heard = standing.ping(local, to, until);
        heard.map_err(|error| standing.trouble(&format!("an echo request to {to}"), &error))?
    }
}

impl<'a> Standing<'a> {
    /// Our own failure to play the network: the run is worthless and will say so.
    pub(super) fn trouble(&self, doing: &str, error: &io::Error) -> Failure {
        self.stage.trouble(format!("{doing}: {error}"));
        Failure::Unreachable
    }

    /// The machine whose service a packet reaches, and after what time; told from the environment, so that a run can wait for it.
    fn service(&self, to: SocketAddr, transport: Transport) -> Option<(&'a Id, Duration)> {
        let environment = self.stage.environment.as_ref()?;
        match meets(environment, &self.station.id, to, transport) {
            Meets::Service { machine, out, .. } => Some((machine, out)),
            Meets::Closed(_) | Meets::Silence => None,
        }
    }

    /// The connection, how it fails to be made, or how we fail to play it.
    fn connect(self, local: IpAddr, to: SocketAddr, until: Moment) -> io::Result<Result<IsolatedStream<'a>, Failure>> {
        let pace = &self.ground.pace;
        let make = move || {
            let socket = Socket::new(Domain::for_address(to), Type::STREAM, None)?;
            socket.bind(&SocketAddr::new(local, 0).into())?;
            hear_icmp(&socket)?;
            socket.set_nonblocking(true)?;
            io::Result::Ok(socket)
        };
        let socket = self.namespace.run(make)??;
        let error = match kernel::begin_to_connect(&socket, to) {
            Err(error) => Some(error),
            Ok(()) if pace.wait(&socket, Ready::ToWrite, until)? => socket.take_error()?,
            Ok(()) => return Ok(Err(Failure::TimedOut)),
        };
        let reset = error.as_ref().is_some_and(|error| error.kind() == io::ErrorKind::ConnectionReset);
        if let Some(error) = error.filter(|_| !reset) {
            return Ok(Err(take_icmp(&socket).or_else(|| failure(&error)).ok_or(error)?));
        }
        let Some((machine, out)) = self.service(to, Transport::Tcp) else {
            return Err(io::Error::other("something takes connections that serves nothing"));
        };
        socket.set_nonblocking(false)?;
        Ok(Ok(IsolatedStream::new(self, machine, socket.into(), out, reset)?))
    }
}

impl Standing<'_> {
    /// Who answers an echo request, how it failed to be answered, or how we fail to play it.
    fn ping(self, local: IpAddr, to: IpAddr, until: Moment) -> io::Result<Result<IpAddr, Failure>> {
        let pace = &self.ground.pace;
        let echo = self.namespace.run(move || Echo::open(local))??;
        if let Err(error) = echo.send(to) {
            return failure(&error).map(Err).ok_or(error);
        }
        loop {
            if !pace.wait(&echo.socket, Ready::ToRead, until)? {
                return Ok(Err(Failure::TimedOut));
            }
            if let Some(failure) = take_icmp(&echo.socket) {
                return Ok(Err(failure));
            }
            if let Some(from) = echo.take()? {
                return Ok(Ok(from));
            }
        }
    }
}

/// What an error of the kernel means where no ICMP explains it.
fn failure(error: &io::Error) -> Option<Failure> {
    let kind = error.kind();
    let known = [
        (io::ErrorKind::ConnectionRefused, Failure::Refused),
        (io::ErrorKind::HostUnreachable, Failure::Unreachable),
        (io::ErrorKind::NetworkUnreachable, Failure::Unreachable),
        (io::ErrorKind::TimedOut, Failure::TimedOut),
    ];
    known.into_iter().find(|(listed, _)| *listed == kind).map(|(_, failure)| failure)
}

/// A datagram socket of a client.
#[derive(Debug)]
struct IsolatedSocket<'a> {
    standing: Standing<'a>,
    socket: UdpSocket,
    buffer: Vec<u8>,
}

impl IsolatedSocket<'_> {
    /// Waits once for something to come, at most until a moment.
    fn listen(&mut self, until: Moment) -> io::Result<Option<Result<Datagram, Failure>>> {
        let pace = &self.standing.ground.pace;
        if !pace.wait(&SockRef::from(&self.socket), Ready::ToRead, until)? {
            return Ok(None);
        }
        if let Some(failure) = take_icmp(&SockRef::from(&self.socket)) {
            return Ok(Some(Err(failure)));
        }
        match self.socket.recv_from(&mut self.buffer) {
            Ok((length, from)) => {
                let bytes = self.buffer.get(..length).unwrap_or_default().to_vec();
                Ok(Some(Ok(Datagram { from, bytes, at: pace.clock.now() })))
            }
            // What it is about has been told already.
            Err(error) if error.kind() == io::ErrorKind::WouldBlock || failure(&error).is_some() => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl Datagrams for IsolatedSocket<'_> {
    fn send(&mut self, to: SocketAddr, bytes: &[u8]) -> Result<(), Failure> {
        if let Some((machine, out)) = self.standing.service(to, Transport::Udp) {
            let due = self.standing.ground.pace.clock.now().plus(out);
            self.standing.stage.expected.await_at(machine, Transport::Udp, due);
        }
        let again = |error: &io::Error| failure(error).is_some();
        let sent = match self.socket.send_to(bytes, to) {
            // This is about an earlier datagram and stays in the queue for whoever receives.
            Err(error) if again(&error) => self.socket.send_to(bytes, to),
            sent => sent,
        };
        match sent {
            Ok(_) => Ok(()),
            Err(error) if again(&error) => Err(Failure::Unreachable),
            Err(error) => Err(self.standing.trouble(&format!("sending to {to}"), &error)),
        }
    }

    fn receive(&mut self, until: Moment) -> Result<Datagram, Failure> {
        loop {
            let listened = self.listen(until).map_err(|error| self.standing.trouble("receiving a datagram", &error))?;
            if let Some(come) = listened {
                return come;
            }
            if self.standing.ground.pace.clock.now() >= until {
                return Err(Failure::TimedOut);
            }
        }
    }
}
