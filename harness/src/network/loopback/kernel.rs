//! DRIVER: what only Linux tells about a socket: whether it is ready, how connecting ended, and the ICMP errors that came for it.
//!
//! Elsewhere everything here says that it is not supported, and the stage has said so before.
#![expect(clippy::disallowed_types, reason = "driver: looks at sockets")]

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use socket2::Socket;

/// What a socket is watched for; errors and ends always count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::network) enum Ready {
    /// Something can be read or accepted.
    ToRead,
    /// A connection is made, or octets can be written.
    ToWrite,
}

/// Waits until a socket is ready, for so long; false when it is not.
#[cfg(target_os = "linux")]
pub(in crate::network) fn wait(socket: &Socket, ready: Ready, patience: Duration) -> io::Result<bool> {
    use std::os::fd::AsFd;

    use nix::errno::Errno;
    use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

    let flags = match ready {
        Ready::ToRead => PollFlags::POLLIN,
        Ready::ToWrite => PollFlags::POLLOUT,
    };
    let timeout = PollTimeout::try_from(patience).unwrap_or(PollTimeout::MAX);
    match poll(&mut [PollFd::new(socket.as_fd(), flags)], timeout) {
        Ok(count) => Ok(count > 0),
        // A signal: whoever waits looks again.
        Err(Errno::EINTR) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Lets ICMP errors be told on a datagram socket that is not connected, which hears replies from everybody (RFC 1122 4.1.3.3
/// asks for it; Linux keeps them only if asked: ip(7), IP_RECVERR).
#[cfg(target_os = "linux")]
pub(in crate::network) fn hear_icmp_errors(socket: &Socket) -> io::Result<()> {
    use nix::sys::socket::setsockopt;
    use nix::sys::socket::sockopt::{Ipv4RecvErr, Ipv6RecvErr};

    if socket.local_addr()?.is_ipv4() {
        setsockopt(socket, Ipv4RecvErr, &true)?;
    } else {
        setsockopt(socket, Ipv6RecvErr, &true)?;
    }
    Ok(())
}

/// Takes an ICMP error that is waiting, if there is one; it is taken for "port unreachable", the only one that loopback sends.
#[cfg(target_os = "linux")]
pub(in crate::network) fn take_icmp_error(socket: &Socket) -> bool {
    use std::os::fd::AsRawFd;

    use nix::sys::socket::{MsgFlags, recv};

    // The queue gives back the beginning of the datagram that was refused.
    let mut refused = [0; 64];
    recv(socket.as_raw_fd(), &mut refused, MsgFlags::MSG_ERRQUEUE | MsgFlags::MSG_DONTWAIT).is_ok()
}

/// Begins to connect a socket that does not block; it is ready to write when it has ended, and then tells how.
#[cfg(target_os = "linux")]
pub(in crate::network) fn begin_to_connect(socket: &Socket, to: SocketAddr) -> io::Result<()> {
    use nix::errno::Errno;

    match socket.connect(&to.into()) {
        Err(error) if error.raw_os_error() == Some(Errno::EINPROGRESS as i32) => Ok(()),
        ended => ended,
    }
}

#[cfg(not(target_os = "linux"))]
pub(in crate::network) fn wait(_: &Socket, _: Ready, _: Duration) -> io::Result<bool> {
    Err(io::Error::from(io::ErrorKind::Unsupported))
}

#[cfg(not(target_os = "linux"))]
pub(in crate::network) fn begin_to_connect(_: &Socket, _: SocketAddr) -> io::Result<()> {
    Err(io::Error::from(io::ErrorKind::Unsupported))
}

#[cfg(not(target_os = "linux"))]
pub(in crate::network) fn hear_icmp_errors(_: &Socket) -> io::Result<()> {
    Err(io::Error::from(io::ErrorKind::Unsupported))
}

#[cfg(not(target_os = "linux"))]
pub(in crate::network) fn take_icmp_error(_: &Socket) -> bool {
    false
}
