//! DRIVER: sockets at which a packet ends: silent ones and closed ones, unprivileged and without a firewall.
//!
//! Silent for UDP is a socket that nobody reads. Silent for TCP is a listener whose queue is full: one with a backlog of 0 holds one
//! connection, which we make ourselves and never accept; the kernel then drops every further SYN. Closed is a socket that holds its
//! port against others and still lets the kernel say that nobody listens. Linux only.
#![expect(clippy::disallowed_types, reason = "driver: sockets that answer nothing")]

use std::io;
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::time::Duration;

use mock_dns::boundary::Transport;
use socket2::{Domain, Socket, Type};

/// How long, in real time, the connection that fills a queue may take to get there. It takes microseconds; a machine that needs
/// longer shows nothing in time.
const FILL_TIME: Duration = Duration::from_secs(5);

/// A port at which packets end, for as long as it lives.
#[derive(Debug)]
pub(super) struct DeadEnd {
    at: SocketAddr,
    _held: Held,
}

/// What holds the port.
#[derive(Debug)]
enum Held {
    Datagrams { _socket: UdpSocket },
    Full { _listener: Socket, _filler: TcpStream },
    Closed { _socket: Socket },
}

impl DeadEnd {
    /// Nothing comes back from it.
    pub(super) fn silent(at: SocketAddr, transport: Transport) -> io::Result<Self> {
        match transport {
            Transport::Udp => {
                let socket = UdpSocket::bind(at)?;
                Ok(Self { at: socket.local_addr()?, _held: Held::Datagrams { _socket: socket } })
            }
            Transport::Tcp => {
                let listener = bound(at, Transport::Tcp)?;
                listener.listen(0)?;
                let at = local_address(&listener)?;
                let filler = TcpStream::connect_timeout(&at, FILL_TIME)?;
                wait_until_queued(&listener)?;
                Ok(Self { at, _held: Held::Full { _listener: listener, _filler: filler } })
            }
        }
    }

    /// It says that nobody listens: RST, ICMP port unreachable.
    pub(super) fn closed(at: SocketAddr, transport: Transport) -> io::Result<Self> {
        let socket = bound(at, transport)?;
        let at = local_address(&socket)?;
        if transport == Transport::Udp {
            // Connected to itself it takes datagrams from nobody else.
            socket.connect(&at.into())?;
        }
        Ok(Self { at, _held: Held::Closed { _socket: socket } })
    }

    /// Its address.
    pub(super) const fn address(&self) -> SocketAddr {
        self.at
    }
}

fn bound(at: SocketAddr, transport: Transport) -> io::Result<Socket> {
    let kind = match transport {
        Transport::Udp => Type::DGRAM,
        Transport::Tcp => Type::STREAM,
    };
    let socket = Socket::new(Domain::for_address(at), kind, None)?;
    socket.bind(&at.into())?;
    Ok(socket)
}

fn local_address(socket: &Socket) -> io::Result<SocketAddr> {
    socket.local_addr()?.as_socket().ok_or_else(|| io::Error::from(io::ErrorKind::AddrNotAvailable))
}

/// Waits until the filler stands in the queue: before that, one more connection would get in.
#[cfg(target_os = "linux")]
fn wait_until_queued(listener: &Socket) -> io::Result<()> {
    use std::os::fd::AsFd;

    use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

    let timeout = PollTimeout::try_from(FILL_TIME).unwrap_or(PollTimeout::MAX);
    match poll(&mut [PollFd::new(listener.as_fd(), PollFlags::POLLIN)], timeout)? {
        0 => Err(io::Error::from(io::ErrorKind::TimedOut)),
        _ => Ok(()),
    }
}

/// Elsewhere a full queue answers with RST: `cannot_show` of the stage has said so before.
#[cfg(not(target_os = "linux"))]
fn wait_until_queued(_: &Socket) -> io::Result<()> {
    Err(io::Error::from(io::ErrorKind::Unsupported))
}

/// Lets ICMP errors be told on a socket that is not connected, which hears replies from everybody ([RFC 1122] 4.1.3.3 asks for
/// it; Linux tells them only if asked: ip(7), IP_RECVERR).
#[cfg(target_os = "linux")]
pub(super) fn hear_icmp_errors(socket: &UdpSocket) -> io::Result<()> {
    use nix::sys::socket::setsockopt;
    use nix::sys::socket::sockopt::{Ipv4RecvErr, Ipv6RecvErr};

    if socket.local_addr()?.is_ipv4() {
        setsockopt(socket, Ipv4RecvErr, &true)?;
    } else {
        setsockopt(socket, Ipv6RecvErr, &true)?;
    }
    Ok(())
}

/// Elsewhere nothing of this network runs.
#[cfg(not(target_os = "linux"))]
pub(super) fn hear_icmp_errors(_: &UdpSocket) -> io::Result<()> {
    Err(io::Error::from(io::ErrorKind::Unsupported))
}

#[cfg(target_os = "linux")]
#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_millis(200);

    #[track_caller]
    fn check_tcp(end: &DeadEnd, expected: io::ErrorKind) {
        for _ in 0..3 {
            let error = TcpStream::connect_timeout(&end.address(), PATIENCE).unwrap_err();
            assert_eq!(error.kind(), expected);
        }
    }

    #[track_caller]
    fn check_udp(end: &DeadEnd, expected: &[io::ErrorKind]) {
        let socket = UdpSocket::bind(SocketAddr::new(end.address().ip(), 0)).unwrap();
        hear_icmp_errors(&socket).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        socket.send_to(b"?", end.address()).unwrap();
        let error = socket.recv_from(&mut [0; 16]).unwrap_err();
        assert!(expected.contains(&error.kind()), "{error}");
    }

    #[test]
    fn silence_and_refusal() {
        for any in ["127.0.0.1:0", "[::1]:0"] {
            let any: SocketAddr = any.parse().unwrap();
            check_tcp(&DeadEnd::silent(any, Transport::Tcp).unwrap(), io::ErrorKind::TimedOut);
            check_tcp(&DeadEnd::closed(any, Transport::Tcp).unwrap(), io::ErrorKind::ConnectionRefused);
            let late = [io::ErrorKind::WouldBlock, io::ErrorKind::TimedOut];
            check_udp(&DeadEnd::silent(any, Transport::Udp).unwrap(), &late);
            check_udp(&DeadEnd::closed(any, Transport::Udp).unwrap(), &[io::ErrorKind::ConnectionRefused]);
        }
    }
}
