//! DRIVER: the ICMP errors that came for a socket, with what they say: two of them are one error number to a program.
//!
//! Only Linux tells them; elsewhere nobody hears any, and the error number is all there is.
#![expect(clippy::disallowed_types, reason = "driver: looks at sockets")]

use std::io;

use evidence::network::Failure;
use socket2::Socket;

/// Where an error comes from (linux/errqueue.h): ICMP, ICMPv6.
#[cfg(any(target_os = "linux", test))]
const FROM_ICMP: u8 = 2;
#[cfg(any(target_os = "linux", test))]
const FROM_ICMPV6: u8 = 3;

/// Octets for what accompanies an error: a header, the error, who sent it.
#[cfg(target_os = "linux")]
const CONTROL: usize = 256;

/// Lets ICMP errors be told on a socket, with what they say (ip(7), IP_RECVERR). A datagram socket that is not connected hears of none
/// otherwise, although RFC 1122 4.1.3.3 asks for it.
#[cfg(target_os = "linux")]
pub(super) fn hear_icmp(socket: &Socket) -> io::Result<()> {
    use nix::sys::socket::setsockopt;
    use nix::sys::socket::sockopt::{Ipv4RecvErr, Ipv6RecvErr};

    if socket.local_addr()?.is_ipv4() {
        setsockopt(socket, Ipv4RecvErr, &true)?;
    } else {
        setsockopt(socket, Ipv6RecvErr, &true)?;
    }
    Ok(())
}

/// Takes an ICMP error that is waiting, if there is one.
#[cfg(target_os = "linux")]
pub(super) fn take_icmp(socket: &Socket) -> Option<Failure> {
    use std::os::fd::AsRawFd;

    use nix::sys::socket::{ControlMessageOwned, MsgFlags, SockaddrStorage, recvmsg};

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
#[cfg(any(target_os = "linux", test))]
const fn failure(origin: u8, kind: u8, code: u8) -> Option<Failure> {
    match (origin, kind, code) {
        (FROM_ICMP, 3, 3) | (FROM_ICMPV6, 1, 4) => Some(Failure::Refused),
        (FROM_ICMP, 3, 9 | 10 | 13) | (FROM_ICMPV6, 1, 1) => Some(Failure::Rejected),
        (FROM_ICMP, 3, _) | (FROM_ICMPV6, 1, _) => Some(Failure::Unreachable),
        _ => None,
    }
}

#[cfg(not(target_os = "linux"))]
pub(super) fn hear_icmp(_: &Socket) -> io::Result<()> {
    Err(io::Error::from(io::ErrorKind::Unsupported))
}

#[cfg(not(target_os = "linux"))]
pub(super) const fn take_icmp(_: &Socket) -> Option<Failure> {
    None
}

#[cfg(test)]
mod tests {
    use evidence::network::Failure::{Refused, Rejected, Unreachable};

    use super::{FROM_ICMP, FROM_ICMPV6, Failure, failure};

    #[track_caller]
    fn check(origin: u8, kind: u8, code: u8, expected: Option<Failure>) {
        assert_eq!(failure(origin, kind, code), expected, "type {kind}, code {code}");
    }

    #[test]
    fn prohibited_is_not_unreachable() {
        // RFC 792: net 0, host 1, port 3; RFC 1122: administratively prohibited 9 and 10; RFC 1812: 13.
        check(FROM_ICMP, 3, 0, Some(Unreachable));
        check(FROM_ICMP, 3, 1, Some(Unreachable));
        check(FROM_ICMP, 3, 3, Some(Refused));
        check(FROM_ICMP, 3, 9, Some(Rejected));
        check(FROM_ICMP, 3, 10, Some(Rejected));
        check(FROM_ICMP, 3, 13, Some(Rejected));
        // RFC 4443 3.1: no route 0, prohibited 1, address 3, port 4.
        check(FROM_ICMPV6, 1, 0, Some(Unreachable));
        check(FROM_ICMPV6, 1, 1, Some(Rejected));
        check(FROM_ICMPV6, 1, 3, Some(Unreachable));
        check(FROM_ICMPV6, 1, 4, Some(Refused));
        // Time exceeded is no answer; nor is an error of this machine's own.
        check(FROM_ICMP, 11, 0, None);
        check(1, 3, 13, None);
    }
}
