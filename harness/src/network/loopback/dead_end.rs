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

use super::kernel::{self, Ready};

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
                // Before it stands in the queue, one more connection would get in.
                if !kernel::wait(&listener, Ready::ToRead, FILL_TIME)? {
                    return Err(io::Error::from(io::ErrorKind::TimedOut));
                }
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

#[cfg(target_os = "linux")]
#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::icmp::{hear_icmp, take_icmp};

    const PATIENCE: Duration = Duration::from_millis(200);

    #[track_caller]
    fn check_tcp(end: &DeadEnd, expected: io::ErrorKind) {
        for _ in 0..3 {
            let error = TcpStream::connect_timeout(&end.address(), PATIENCE).unwrap_err();
            assert_eq!(error.kind(), expected);
        }
    }

    #[track_caller]
    fn check_udp(end: &DeadEnd, refused: bool) {
        let socket = bound(SocketAddr::new(end.address().ip(), 0), Transport::Udp).unwrap();
        hear_icmp(&socket).unwrap();
        socket.send_to(b"?", &end.address().into()).unwrap();
        assert_eq!(kernel::wait(&socket, Ready::ToRead, PATIENCE).unwrap(), refused);
        assert_eq!(take_icmp(&socket).is_some(), refused);
        assert!(!kernel::wait(&socket, Ready::ToRead, Duration::ZERO).unwrap(), "taken once");
    }

    #[test]
    fn silence_and_refusal() {
        for any in ["127.0.0.1:0", "[::1]:0"] {
            let any: SocketAddr = any.parse().unwrap();
            check_tcp(&DeadEnd::silent(any, Transport::Tcp).unwrap(), io::ErrorKind::TimedOut);
            check_tcp(&DeadEnd::closed(any, Transport::Tcp).unwrap(), io::ErrorKind::ConnectionRefused);
            check_udp(&DeadEnd::silent(any, Transport::Udp).unwrap(), false);
            check_udp(&DeadEnd::closed(any, Transport::Udp).unwrap(), true);
        }
    }
}
