//! DRIVER: one echo request of a machine, and the reply to it.
//!
//! On a raw socket, because whether a datagram socket may send echo requests is a setting that not every container lets be written
//! (icmp(7), ping_group_range); in a network of our own a raw one may always be opened.
#![expect(clippy::disallowed_types, reason = "driver: a raw socket")]

use std::io::{self, Read};
use std::net::{IpAddr, SocketAddr};

use socket2::{Domain, Protocol, Socket, Type};

use super::packet::{IPV4_HEADER, fill_checksum};
use crate::network::icmp::hear_icmp;

/// Types (RFC 792; RFC 4443 4.1 and 4.2): what is sent, and what is waited for.
const REQUEST_V4: u8 = 8;
const REPLY_V4: u8 = 0;
const REQUEST_V6: u8 = 128;
const REPLY_V6: u8 = 129;

/// Identifier, sequence number and content of the one request of a socket: nobody else pings in a network of our own meanwhile.
const SAYS: [u8; 8] = [0x06, 0x98, 0, 1, b'p', b'i', b'n', b'g'];

/// Where the checksum stands (RFC 792).
const CHECKSUM: usize = 2;

/// Octets of a packet that are looked at.
const LOOKED_AT: usize = 128;

/// A socket for one echo request.
#[derive(Debug)]
pub(super) struct Echo {
    pub(super) socket: Socket,
    v4: bool,
}

impl Echo {
    /// On the network of the calling thread.
    pub(super) fn open(local: IpAddr) -> io::Result<Self> {
        let v4 = local.is_ipv4();
        let at = SocketAddr::new(local, 0);
        let protocol = if v4 { Protocol::ICMPV4 } else { Protocol::ICMPV6 };
        let socket = Socket::new(Domain::for_address(at), Type::RAW, Some(protocol))?;
        socket.bind(&at.into())?;
        socket.set_nonblocking(true)?;
        hear_icmp(&socket)?;
        Ok(Self { socket, v4 })
    }

    pub(super) fn send(&self, to: IpAddr) -> io::Result<()> {
        let mut request = vec![if self.v4 { REQUEST_V4 } else { REQUEST_V6 }, 0, 0, 0];
        request.extend(SAYS);
        if self.v4 {
            // For IPv6 the kernel does it (RFC 3542 3.1).
            fill_checksum(&mut request, 0, CHECKSUM, None);
        }
        self.socket.send_to(&request, &SocketAddr::new(to, 0).into())?;
        Ok(())
    }

    /// Takes the packet that is there; who sent it, if it is the reply.
    pub(super) fn take(&self) -> io::Result<Option<IpAddr>> {
        let peer = match self.socket.peek_sender() {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
            peer => peer?.as_socket(),
        };
        let mut buffer = [0; LOOKED_AT];
        let length = (&self.socket).read(&mut buffer)?;
        let packet = buffer.get(..length).unwrap_or_default();
        // IPv4 packets come with their header, which here has no options (raw(7)); IPv6 packets without.
        let (carried, reply) = if self.v4 { (packet.get(IPV4_HEADER..), REPLY_V4) } else { (Some(packet), REPLY_V6) };
        let is_reply =
            carried.is_some_and(|carried| carried.first() == Some(&reply) && carried.get(4..) == Some(&SAYS));
        Ok(peer.filter(|_| is_reply).map(|peer| peer.ip()))
    }
}
