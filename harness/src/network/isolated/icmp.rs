//! DRIVER: the ICMP errors that came for a socket, with what they say: two of them are one error number to a program.
#![expect(clippy::disallowed_types, reason = "driver: looks at sockets")]

use std::io;
use std::os::fd::AsRawFd;

use evidence::network::Failure;
use nix::sys::socket::sockopt::{Ipv4RecvErr, Ipv6RecvErr};
use nix::sys::socket::{ControlMessageOwned, MsgFlags, SockaddrStorage, recvmsg, setsockopt};
use socket2::Socket;

/// Where an error comes from (linux/errqueue.h): ICMP, ICMPv6.
const FROM_ICMP: u8 = 2;
const FROM_ICMPV6: u8 = 3;

/// Octets for what accompanies an error: a header, the error, who sent it.
const CONTROL: usize = 256;

/// Lets ICMP errors be told on a socket, with what they say (ip(7), IP_RECVERR).
pub(super) fn hear_icmp(socket: &Socket, v4: bool) -> io::Result<()> {
    if v4 {
        setsockopt(socket, Ipv4RecvErr, &true)?;
    } else {
        setsockopt(socket, Ipv6RecvErr, &true)?;
    }
    Ok(())
}

/// Takes an ICMP error that is waiting, if there is one.
pub(super) fn take_icmp(socket: &Socket) -> Option<Failure> {
    let mut control = vec![0; CONTROL];
    let flags = MsgFlags::MSG_ERRQUEUE | MsgFlags::MSG_DONTWAIT;
    let message = recvmsg::<SockaddrStorage>(socket.as_raw_fd(), &mut [], Some(&mut control), flags).ok()?;
    let error = message.cmsgs().ok()?.find_map(|control| {
        if let ControlMessageOwned::Ipv4RecvErr(error, _) | ControlMessageOwned::Ipv6RecvErr(error, _) = control {
            Some(error)
        } else {
            None
        }
    })?;
    failure(error.ee_origin, error.ee_type, error.ee_code)
}

/// What an ICMP error is to whoever sent the packet (RFC 1122 3.2.2.1, RFC 1812 5.2.7.1; RFC 4443 3.1).
const fn failure(origin: u8, kind: u8, code: u8) -> Option<Failure> {
    match (origin, kind, code) {
        (FROM_ICMP, 3, 3) | (FROM_ICMPV6, 1, 4) => Some(Failure::Refused),
        (FROM_ICMP, 3, 9 | 10 | 13) | (FROM_ICMPV6, 1, 1) => Some(Failure::Rejected),
        (FROM_ICMP, 3, _) | (FROM_ICMPV6, 1, _) => Some(Failure::Unreachable),
        _ => None,
    }
}
