//! From a captured frame to what it carries: UDP or TCP between two addresses.
//!
//! ```text
//! Ethernet  6 to | 6 from | [4 tag]... | 2 type | IP
//! Linux     14 of "cooked" | 2 type | IP          (SLL; SLL2 has 20 octets with the type in front)
//! loopback  4 family | IP
//! IPv4      RFC 791 3.1; IPv6  RFC 8200 3, 4; UDP  RFC 768; TCP  RFC 9293 3.1
//! ```
//!
//! Fragments other than the first are passed over; checksums are not looked at, because a machine that captures its own packets
//! often has them filled in later.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Link types of the capture formats that are read (tcpdump.org/linktypes).
const NULL: u32 = 0;
const ETHERNET: u32 = 1;
const RAW: [u32; 4] = [12, 101, 228, 229];
const LINUX_SLL: u32 = 113;
const LINUX_SLL2: u32 = 276;

/// Types of Ethernet.
const IPV4: u16 = 0x0800;
const IPV6: u16 = 0x86DD;
const TAGS: [u16; 2] = [0x8100, 0x88A8];

/// Protocols of IP.
const TCP: u8 = 6;
const UDP: u8 = 17;
/// Extension headers of IPv6 that may stand before: hop-by-hop, routing, destination options.
const EXTENSIONS: [u8; 3] = [0, 43, 60];

/// Tags and extension headers that are followed.
const NESTED_MAX: usize = 8;

/// What a packet carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Packet<'a> {
    /// Source address and port.
    pub from: (IpAddr, u16),
    /// Destination address and port.
    pub to: (IpAddr, u16),
    /// The transport.
    pub carries: Carries<'a>,
}

/// The transport of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Carries<'a> {
    /// A datagram.
    Udp(&'a [u8]),
    /// A segment's flags.
    Tcp {
        /// SYN.
        syn: bool,
        /// ACK.
        ack: bool,
        /// RST.
        rst: bool,
    },
}

/// The packet in a frame; none when it is none of those that are read.
pub(super) fn read(link: u32, frame: &[u8]) -> Option<Packet<'_>> {
    match link {
        ETHERNET => {
            let mut at = 12;
            for _ in 0..NESTED_MAX {
                let kind = u16_at(frame, at)?;
                if !TAGS.contains(&kind) {
                    return network(kind, frame.get(at + 2..)?);
                }
                at += 4;
            }
            None
        }
        LINUX_SLL => network(u16_at(frame, 14)?, frame.get(16..)?),
        LINUX_SLL2 => network(u16_at(frame, 0)?, frame.get(20..)?),
        NULL => internet(frame.get(4..)?),
        link if RAW.contains(&link) => internet(frame),
        _ => None,
    }
}

fn network(kind: u16, bytes: &[u8]) -> Option<Packet<'_>> {
    [IPV4, IPV6].contains(&kind).then(|| internet(bytes))?
}

fn internet(bytes: &[u8]) -> Option<Packet<'_>> {
    match bytes.first()? >> 4 {
        4 => {
            let header = usize::from(bytes.first()? & 0x0F) * 4;
            let total = usize::from(u16_at(bytes, 2)?);
            if header < 20 || total < header || u16_at(bytes, 6)? & 0x1FFF != 0 {
                return None;
            }
            let from = Ipv4Addr::from(<[u8; 4]>::try_from(bytes.get(12..16)?).ok()?);
            let to = Ipv4Addr::from(<[u8; 4]>::try_from(bytes.get(16..20)?).ok()?);
            // What follows the packet is padding of the frame.
            let rest = bytes.get(header..total).or_else(|| bytes.get(header..))?;
            transport(*bytes.get(9)?, from.into(), to.into(), rest)
        }
        6 => {
            let from = Ipv6Addr::from(<[u8; 16]>::try_from(bytes.get(8..24)?).ok()?);
            let to = Ipv6Addr::from(<[u8; 16]>::try_from(bytes.get(24..40)?).ok()?);
            let (mut next, mut rest) = (*bytes.get(6)?, bytes.get(40..)?);
            for _ in 0..NESTED_MAX {
                if !EXTENSIONS.contains(&next) {
                    break;
                }
                let length = (usize::from(*rest.get(1)?) + 1) * 8;
                (next, rest) = (*rest.first()?, rest.get(length..)?);
            }
            transport(next, from.into(), to.into(), rest)
        }
        _ => None,
    }
}

fn transport(protocol: u8, from: IpAddr, to: IpAddr, bytes: &[u8]) -> Option<Packet<'_>> {
    let carries = match protocol {
        UDP => {
            let length = usize::from(u16_at(bytes, 4)?);
            Carries::Udp(bytes.get(8..length).or_else(|| bytes.get(8..))?)
        }
        TCP => {
            let flags = *bytes.get(13)?;
            Carries::Tcp { syn: flags & 2 != 0, ack: flags & 16 != 0, rst: flags & 4 != 0 }
        }
        _ => return None,
    };
    Some(Packet { from: (from, u16_at(bytes, 0)?), to: (to, u16_at(bytes, 2)?), carries })
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(bytes.get(at..at.checked_add(2)?)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A TCP segment with SYN from 10.0.0.107:50001 to 10.0.0.60:1688, by RFC 791 3.1 and RFC 9293 3.1.
    const SYN: [u8; 40] = [
        0x45, 0, 0, 40, 0, 1, 0x40, 0, 128, 6, 0, 0, 10, 0, 0, 107, 10, 0, 0, 60, // IPv4
        0xC3, 0x51, 0x06, 0x98, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 0x02, 0xFA, 0xF0, 0, 0, 0, 0, // TCP
    ];

    #[test]
    fn a_syn_is_found_below_every_link() {
        let expected = Packet {
            from: ("10.0.0.107".parse().unwrap(), 50001),
            to: ("10.0.0.60".parse().unwrap(), 1688),
            carries: Carries::Tcp { syn: true, ack: false, rst: false },
        };
        let ethernet = [&[2_u8; 12][..], &[8, 0], &SYN, &[0; 6]].concat();
        let tagged = [&[2_u8; 12][..], &[0x81, 0, 0, 7, 8, 0], &SYN].concat();
        let cooked = [&[0_u8; 14][..], &[8, 0], &SYN].concat();
        for (link, frame) in [(1, ethernet), (1, tagged), (113, cooked), (101, SYN.to_vec())] {
            assert_eq!(read(link, &frame), Some(expected), "{link}");
            for end in 0..frame.len().min(40) {
                assert_eq!(read(link, &frame[..end.min(20)]), None);
            }
        }
        assert_eq!(read(9999, &SYN), None);
    }
}
