//! DRIVER: the loopback network as one client sees it: the body of the `Network` trait over real sockets.
//!
//! Calls block, on the clock of the run. Addresses are translated when a socket is bound or connected and when a datagram says whom
//! it comes from; what is sent and received is the octets themselves.
#![expect(clippy::disallowed_types, reason = "driver: sockets of a client")]

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use double::Moment;
use evidence::Network;
use evidence::network::{Datagrams, Failure, Stream};
use mock_dns::boundary::Transport;
use notation::Id;
use socket2::{Domain, Socket, Type};

use super::Loopback;
use super::datagrams::LoopbackSocket;
use super::kernel::{self, Ready};
use super::path::{self, Meets};
use super::stream::LoopbackStream;
use super::view::{Setting, View};

/// The network, and the client that stands on it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen<'a> {
    stage: &'a Loopback,
    place: Option<(&'a Setting, &'a View)>,
    /// The setting and the machine; a server has no view of its own, and can ping all the same.
    machine: Option<(&'a Setting, &'a Id)>,
}

/// A client that stands at one of its addresses: what its sockets share.
#[derive(Clone, Copy, Debug)]
pub(super) struct Standing<'a> {
    pub(super) stage: &'a Loopback,
    pub(super) setting: &'a Setting,
    pub(super) view: &'a View,
}

impl<'a> Seen<'a> {
    pub(super) fn new(stage: &'a Loopback, setting: Option<&'a Setting>, client: &Id) -> Self {
        let machine = setting.and_then(|setting| {
            let id = setting.environment.machines().map(|(id, _)| id).find(|id| *id == client)?;
            Some((setting, id))
        });
        Self { stage, place: setting.and_then(|setting| Some((setting, setting.view(client)?))), machine }
    }

    /// Where the client stands, if the address is one of its own.
    fn standing(&self, local: IpAddr) -> Result<Standing<'a>, Failure> {
        let (setting, view) =
            self.place.filter(|(_, view)| view.addresses.contains(&local)).ok_or(Failure::NoSuchAddress)?;
        Ok(Standing { stage: self.stage, setting, view })
    }
}

impl Network for Seen<'_> {
    fn now(&self) -> Moment {
        self.stage.clock.now()
    }

    fn wait_until(&self, until: Moment) {
        let Some((setting, _)) = self.place else { return self.stage.clock.step_to(until) };
        if let Err(error) = setting.pace.pass(until) {
            self.stage.trouble(format!("waiting: {error}"));
        }
    }

    fn open(&self, local: IpAddr) -> Result<Box<dyn Datagrams + '_>, Failure> {
        let standing = self.standing(local)?;
        let socket = LoopbackSocket::open(standing, SocketAddr::new(local, 0));
        Ok(Box::new(socket.map_err(|error| standing.trouble("no datagram socket", &error))?))
    }

    /// A plain socket: where somebody would answer, the step is skipped (see [`path::cannot_show`]), so there is nothing to hear.
    fn join(&self, local: IpAddr, _group: SocketAddr) -> Result<Box<dyn Datagrams + '_>, Failure> {
        self.open(local)
    }

    fn connect(&self, local: IpAddr, to: SocketAddr, until: Moment) -> Result<Box<dyn Stream + '_>, Failure> {
        let standing = self.standing(local)?;
        let local = SocketAddr::new(local, 0);
        let connected = standing.connect(local, to, until);
        let stream =
            connected.map_err(|error| standing.trouble(&format!("connecting to what stands for {to}"), &error))?;
        Ok(Box::new(stream?))
    }

    fn ping(&self, _local: IpAddr, to: IpAddr, until: Moment) -> Result<IpAddr, Failure> {
        let (setting, machine) = self.machine.ok_or(Failure::NoSuchAddress)?;
        let back = path::echo(&setting.environment, machine, to).map(|late| self.now().plus(late));
        let heard = back.filter(|back| *back <= until);
        self.wait_until(heard.unwrap_or(until));
        heard.map(|_| to).ok_or(Failure::TimedOut)
    }
}

impl<'a> Standing<'a> {
    /// Our own failure to play the network: the run is worthless and will say so.
    pub(super) fn trouble(&self, doing: &str, error: &io::Error) -> Failure {
        self.stage.trouble(format!("{doing}: {error}"));
        Failure::Unreachable
    }

    /// The connection, how it fails to be made, or how we fail to play it.
    fn connect(
        self,
        local: SocketAddr,
        to: SocketAddr,
        until: Moment,
    ) -> io::Result<Result<LoopbackStream<'a>, Failure>> {
        let pace = &self.setting.pace;
        let (real, meets) = self.setting.destination(self.view, to, Transport::Tcp)?;
        let handshake = match meets {
            Meets::Service { out, back, .. } => out + back,
            Meets::Closed(late) => late,
            Meets::Silence => Duration::ZERO,
        };
        let answer = pace.clock.now().plus(handshake);
        pace.pass(answer.min(until))?;
        if answer > until {
            return Ok(Err(Failure::TimedOut));
        }
        let socket = self.socket(local, real)?;
        socket.set_nonblocking(true)?;
        let error = match kernel::begin_to_connect(&socket, real) {
            Err(error) => Some(error),
            Ok(()) if pace.wait(&socket, Ready::ToWrite, until)? => socket.take_error()?,
            Ok(()) => return Ok(Err(Failure::TimedOut)),
        };
        let kind = error.as_ref().map(io::Error::kind);
        if kind == Some(io::ErrorKind::ConnectionRefused) {
            return Ok(Err(Failure::Refused));
        }
        // A host that resets at once: the stack had said "connected" before.
        let reset = kind == Some(io::ErrorKind::ConnectionReset);
        match (error, meets) {
            (Some(error), _) if !reset => Err(error),
            (_, Meets::Service { machine, out, back }) => {
                socket.set_nonblocking(false)?;
                Ok(Ok(LoopbackStream::new(self, machine, socket.into(), (out, back), reset)?))
            }
            (_, Meets::Closed(_) | Meets::Silence) => Err(io::Error::other("it takes connections")),
        }
    }

    /// A socket bound to an address of the client.
    fn socket(&self, local: SocketAddr, real: SocketAddr) -> io::Result<Socket> {
        let socket = Socket::new(Domain::for_address(real), Type::STREAM, None)?;
        socket.bind(&self.view.book.place(local)?.into())?;
        if let Some(bound) = socket.local_addr()?.as_socket() {
            // Before the server can ask who it is.
            self.view.book.bound(Transport::Tcp, local, bound);
        }
        Ok(socket)
    }
}
