//! DRIVER: the real network of this machine: the body of the `Network` trait over the system's own sockets, in real time.
//!
//! It is for a diagnosis that only asks. The system chooses addresses and ports to send from; nothing is translated. It knows no
//! scenario and plays nothing.
#![expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    clippy::wildcard_enum_match_arm,
    reason = "driver: sockets, and the time that passes on them; errors of the system are an open list"
)]

use std::io::{ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, UdpSocket};
use std::time::Duration;

use super::icmp::{hear_icmp, take_icmp};
use double::{Clock, Moment};
use evidence::Network;
use evidence::network::{Datagram, Datagrams, Failure, Stream};
use socket2::{Domain, Protocol, SockRef, Socket, Type};

/// The largest datagram.
const DATAGRAM_MAX: usize = 65_535;

/// Octets that are read from a stream at once.
const READ_MAX: usize = 16 * 1024;

/// Types of ICMP and ICMPv6 messages: echo request and echo reply (RFC 792, RFC 4443).
const ECHO: [(u8, u8); 2] = [(8, 0), (128, 129)];

/// The network of this machine.
#[derive(Clone, Debug)]
pub struct SystemNetwork {
    clock: Clock,
}

impl SystemNetwork {
    /// The network, on a clock that begins now.
    #[must_use]
    pub fn new() -> Self {
        Self { clock: Clock::start(1) }
    }

    /// The address from which this machine sends to another; none when there is no way to it. Nothing is sent.
    #[must_use]
    pub fn source_for(to: IpAddr) -> Option<IpAddr> {
        let socket = UdpSocket::bind(SocketAddr::new(unspecified(to), 0)).ok()?;
        socket.connect(SocketAddr::new(to, 53)).ok()?;
        socket.local_addr().ok().map(|local| local.ip())
    }

    /// How long there is until a moment; none when it is past.
    fn left(&self, until: Moment) -> Option<Duration> {
        Some(until.since(self.clock.now())).filter(|left| !left.is_zero())
    }
}

impl Default for SystemNetwork {
    fn default() -> Self {
        Self::new()
    }
}

fn unspecified(like: IpAddr) -> IpAddr {
    if like.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() }
}

/// What an error of the system means to the one who tried.
fn failure(error: &std::io::Error) -> Failure {
    match error.kind() {
        ErrorKind::ConnectionRefused => Failure::Refused,
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe => Failure::Reset,
        ErrorKind::TimedOut | ErrorKind::WouldBlock => Failure::TimedOut,
        ErrorKind::AddrNotAvailable => Failure::NoSuchAddress,
        ErrorKind::PermissionDenied => Failure::Rejected,
        _ => Failure::Unreachable,
    }
}

/// What an error on a socket means: what the ICMP message says that brought it, or else what the error number says.
fn told(socket: &Socket, error: &std::io::Error) -> Failure {
    take_icmp(socket).unwrap_or_else(|| failure(error))
}

impl Network for SystemNetwork {
    fn now(&self) -> Moment {
        self.clock.now()
    }

    fn wait_until(&self, until: Moment) {
        if let Some(left) = self.left(until) {
            std::thread::sleep(left);
        }
    }

    fn open(&self, local: IpAddr) -> Result<Box<dyn Datagrams + '_>, Failure> {
        let socket = Socket::new(Domain::for_address(SocketAddr::new(local, 0)), Type::DGRAM, None);
        let socket = socket.map_err(|error| failure(&error))?;
        socket.bind(&SocketAddr::new(unspecified(local), 0).into()).map_err(|error| failure(&error))?;
        // Where the system cannot tell of them, a closed port looks silent.
        hear_icmp(&socket).ok();
        Ok(Box::new(SystemSocket { network: self, socket: socket.into() }))
    }

    fn connect(&self, _local: IpAddr, to: SocketAddr, until: Moment) -> Result<Box<dyn Stream + '_>, Failure> {
        let left = self.left(until).ok_or(Failure::TimedOut)?;
        let socket = Socket::new(Domain::for_address(to), Type::STREAM, None).map_err(|error| failure(&error))?;
        // Where the system cannot tell of them, "prohibited" looks like "unreachable".
        hear_icmp(&socket).ok();
        socket.connect_timeout(&to.into(), left).map_err(|error| told(&socket, &error))?;
        Ok(Box::new(SystemStream { network: self, stream: socket.into() }))
    }

    fn ping(&self, _local: IpAddr, to: IpAddr, until: Moment) -> Result<IpAddr, Failure> {
        self.echo(to, until)
    }
}

impl SystemNetwork {
    /// One echo request over an unprivileged ICMP socket; the system fills in identifier and checksum.
    fn echo(&self, to: IpAddr, until: Moment) -> Result<IpAddr, Failure> {
        let (domain, protocol, (request, reply)) = if to.is_ipv4() {
            (Domain::IPV4, Protocol::ICMPV4, ECHO[0])
        } else {
            (Domain::IPV6, Protocol::ICMPV6, ECHO[1])
        };
        // Without the right to it there is no way to know: see `Failure::NotPermitted`.
        let socket = Socket::new(domain, Type::DGRAM, Some(protocol)).map_err(|_| Failure::NotPermitted)?;
        hear_icmp(&socket).ok();
        let mut socket = UdpSocket::from(socket);
        socket.connect(SocketAddr::new(to, 0)).map_err(|error| failure(&error))?;
        // Type, code, checksum, identifier, sequence number 1.
        socket.send(&[request, 0, 0, 0, 0, 0, 0, 1]).map_err(|error| failure(&error))?;
        let mut buffer = [0; 128];
        while let Some(left) = self.left(until) {
            socket.set_read_timeout(Some(left)).map_err(|error| failure(&error))?;
            let (size, from) = receive(&mut socket, &mut buffer)?;
            if size > 0 && buffer[0] == reply {
                return Ok(from.ip());
            }
        }
        Err(Failure::TimedOut)
    }
}

fn receive(socket: &mut UdpSocket, buffer: &mut [u8]) -> Result<(usize, SocketAddr), Failure> {
    let received = socket.recv_from(buffer);
    received.map_err(|error| told(&SockRef::from(&*socket), &error))
}

/// A datagram socket of this machine.
struct SystemSocket<'a> {
    network: &'a SystemNetwork,
    socket: UdpSocket,
}

impl Datagrams for SystemSocket<'_> {
    fn send(&mut self, to: SocketAddr, bytes: &[u8]) -> Result<(), Failure> {
        let sent = self.socket.send_to(bytes, to);
        sent.map(drop).map_err(|error| told(&SockRef::from(&self.socket), &error))
    }

    fn receive(&mut self, until: Moment) -> Result<Datagram, Failure> {
        let left = self.network.left(until).ok_or(Failure::TimedOut)?;
        self.socket.set_read_timeout(Some(left)).map_err(|error| failure(&error))?;
        let mut buffer = vec![0; DATAGRAM_MAX];
        let (size, from) = receive(&mut self.socket, &mut buffer)?;
        buffer.truncate(size);
        Ok(Datagram { from, bytes: buffer, at: self.network.now() })
    }
}

/// A connection of this machine.
struct SystemStream<'a> {
    network: &'a SystemNetwork,
    stream: TcpStream,
}

impl Stream for SystemStream<'_> {
    fn read(&mut self, into: &mut Vec<u8>, until: Moment) -> Result<usize, Failure> {
        let left = self.network.left(until).ok_or(Failure::TimedOut)?;
        self.stream.set_read_timeout(Some(left)).map_err(|error| failure(&error))?;
        let mut buffer = vec![0; READ_MAX];
        let size = self.stream.read(&mut buffer).map_err(|error| failure(&error))?;
        into.extend_from_slice(buffer.get(..size).unwrap_or_default());
        Ok(size)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.stream.write_all(bytes).map_err(|error| failure(&error))
    }
}
