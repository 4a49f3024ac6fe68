//! DRIVER: what only Linux tells about a socket: whether it is ready, and how connecting ended.
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
