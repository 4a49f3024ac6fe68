//! Packets that the wire itself sends: the reset of a closed port, ICMP errors, the echo reply.
//!
//! Pure. A machine without a listener and a firewall that rejects send the same octets, and neither is asked here: what is sent is
//! decided by [`super::wire`].

use std::net::IpAddr;

use super::packet::{
    ACK, Carries, FIN, ICMP, ICMPV6, IPV4_HEADER, IPV6_HEADER, Packet, RST, SYN, Segment, TCP, fill_checksum,
};

/// What the time to live of such a packet begins with: that of Windows.
const HOPS: u8 = 128;

/// Most octets of an ICMP error: what every path carries (RFC 1812 4.3.2.3 for IPv4, RFC 4443 2.4 for IPv6).
const ERROR_MAX_V4: usize = 576;
const ERROR_MAX_V6: usize = 1280;

/// Octets of an ICMP header.
const ICMP_HEADER: usize = 8;

/// Why a packet does not arrive, in the words of ICMP (RFC 792 and RFC 1812 5.2.7.1; RFC 4443 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Undelivered {
    /// 3/3; for IPv6 1/4.
    Port,
    /// 3/13; for IPv6 1/1.
    Prohibited,
    /// 3/1; for IPv6 1/3.
    Host,
}

/// The answer of a port where nobody listens, or of whoever pretends that: a reset to a segment (RFC 9293 3.10.7.1), ICMP "port
/// unreachable" to a datagram. Nothing answers a reset.
pub(super) fn refusal(packet: &Packet<'_>) -> Option<Vec<u8>> {
    match packet.carries {
        Carries::Tcp(segment) if segment.flags & RST != 0 => None,
        Carries::Tcp(segment) => Some(reset(packet, &segment)),
        Carries::Udp { .. } => Some(undelivered(packet, packet.destination, Undelivered::Port)),
        Carries::Echo(_) | Carries::Fragment { .. } | Carries::Other => None,
    }
}

fn reset(packet: &Packet<'_>, segment: &Segment<'_>) -> Vec<u8> {
    let counted = u32::from(segment.flags & SYN != 0) + u32::from(segment.flags & FIN != 0);
    let length = u32::try_from(segment.payload.len()).unwrap_or(u32::MAX).wrapping_add(counted);
    let (sequence, acknowledged, flags) = if segment.flags & ACK != 0 {
        (segment.acknowledged, 0, RST)
    } else {
        (0, segment.sequence.wrapping_add(length), RST | ACK)
    };
    let mut bytes = Vec::with_capacity(20);
    bytes.extend(segment.to.to_be_bytes());
    bytes.extend(segment.from.to_be_bytes());
    bytes.extend(sequence.to_be_bytes());
    bytes.extend(acknowledged.to_be_bytes());
    // Five words of header, no window, no urgent data.
    bytes.extend([5 << 4, flags, 0, 0, 0, 0, 0, 0]);
    sent(packet.destination, packet.source, TCP, &bytes, Some(16))
}

/// The ICMP error of whoever has the address `by` for a packet that does not arrive.
pub(super) fn undelivered(packet: &Packet<'_>, by: IpAddr, why: Undelivered) -> Vec<u8> {
    let v4 = packet.source.is_ipv4();
    let (kind, code) = match (v4, why) {
        (true, Undelivered::Port) => (3, 3),
        (true, Undelivered::Prohibited) => (3, 13),
        (true, Undelivered::Host) => (3, 1),
        (false, Undelivered::Port) => (1, 4),
        (false, Undelivered::Prohibited) => (1, 1),
        (false, Undelivered::Host) => (1, 3),
    };
    let most = if v4 { ERROR_MAX_V4 - IPV4_HEADER } else { ERROR_MAX_V6 - IPV6_HEADER } - ICMP_HEADER;
    let mut bytes = vec![kind, code, 0, 0, 0, 0, 0, 0];
    bytes.extend(packet.bytes.iter().take(most));
    sent(by, packet.source, if v4 { ICMP } else { ICMPV6 }, &bytes, Some(2))
}

/// The echo reply of the machine that a request is for.
pub(super) fn echo_reply(packet: &Packet<'_>, request: &[u8]) -> Vec<u8> {
    let v4 = packet.source.is_ipv4();
    let mut bytes = request.to_vec();
    if let Some(kind) = bytes.first_mut() {
        *kind = if v4 { 0 } else { 129 };
    }
    sent(packet.destination, packet.source, if v4 { ICMP } else { ICMPV6 }, &bytes, Some(2))
}

/// A packet, with its checksum at this place of what it carries.
fn sent(from: IpAddr, to: IpAddr, protocol: u8, carried: &[u8], checksum: Option<usize>) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(IPV6_HEADER + carried.len());
    let length = |length: usize| u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes();
    let header = match (from, to) {
        (IpAddr::V4(from), IpAddr::V4(to)) => {
            bytes.extend([0x45, 0]);
            bytes.extend(length(IPV4_HEADER + carried.len()));
            // No identification: it is whole and must stay so.
            bytes.extend([0, 0, 0x40, 0, HOPS, protocol, 0, 0]);
            bytes.extend(from.octets());
            bytes.extend(to.octets());
            fill_checksum(&mut bytes, 0, 10, None);
            IPV4_HEADER
        }
        (IpAddr::V6(_) | IpAddr::V4(_), _) => {
            bytes.extend([0x60, 0, 0, 0]);
            bytes.extend(length(carried.len()));
            bytes.extend([protocol, HOPS]);
            for address in [from, to] {
                bytes.extend(match address {
                    IpAddr::V4(address) => address.to_ipv6_mapped().octets(),
                    IpAddr::V6(address) => address.octets(),
                });
            }
            IPV6_HEADER
        }
    };
    bytes.extend(carried);
    if let Some(place) = checksum {
        let pseudo = (protocol != ICMP).then_some((from, to, protocol));
        fill_checksum(&mut bytes, header, header + place, pseudo);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A SYN from 10.0.0.107:40000 to 10.0.0.60:1688, sequence number 0x01020304.
    const SYN_V4: [u8; 40] = [
        0x45, 0, 0, 40, 0, 0, 0x40, 0, 64, 6, 0, 0, 10, 0, 0, 107, 10, 0, 0, 60, 0x9C, 0x40, 0x06, 0x98, 1, 2, 3, 4, 0,
        0, 0, 0, 0x50, 0x02, 0xFF, 0xFF, 0, 0, 0, 0,
    ];

    /// Adds words as RFC 1071 says; all ones means that the checksum is right.
    fn is_right(bytes: &[u8]) -> bool {
        let sum: u32 =
            bytes.chunks(2).map(|pair| u32::from(pair[0]) << 8 | u32::from(*pair.get(1).unwrap_or(&0))).sum();
        let sum = (sum & 0xFFFF) + (sum >> 16);
        (sum & 0xFFFF) + (sum >> 16) == 0xFFFF
    }

    #[test]
    fn a_closed_port_resets() {
        let bytes = refusal(&Packet::read(&SYN_V4).unwrap()).unwrap();
        assert!(is_right(&bytes[..20]));
        assert_eq!(bytes[12..20], [10, 0, 0, 60, 10, 0, 0, 107]);
        // Ports turned, sequence 0, acknowledged one more than the SYN's, RST and ACK (RFC 9293 3.10.7.1).
        assert_eq!(bytes[20..34], [0x06, 0x98, 0x9C, 0x40, 0, 0, 0, 0, 1, 2, 3, 5, 0x50, 0x14]);
        let pseudo = [&bytes[12..20], &[0, 6, 0, 20], &bytes[20..]].concat();
        assert!(is_right(&pseudo));
        assert_eq!(refusal(&Packet::read(&bytes).unwrap()), None, "a reset is not answered");
    }

    #[test]
    fn an_icmp_error_quotes_what_it_is_about() {
        let packet = Packet::read(&SYN_V4).unwrap();
        let bytes = undelivered(&packet, "10.0.0.1".parse().unwrap(), Undelivered::Prohibited);
        assert_eq!(bytes[8..10], [HOPS, ICMP]);
        assert_eq!(bytes[12..20], [10, 0, 0, 1, 10, 0, 0, 107]);
        assert_eq!(bytes[20..22], [3, 13]);
        assert_eq!(bytes[28..], SYN_V4);
        assert!(is_right(&bytes[..20]) && is_right(&bytes[20..]));
    }

    #[test]
    fn an_echo_comes_back() {
        let mut request = vec![0x60, 0, 0, 0, 0, 12, ICMPV6, 64];
        request.extend("fd00::107".parse::<std::net::Ipv6Addr>().unwrap().octets());
        request.extend("fd00::60".parse::<std::net::Ipv6Addr>().unwrap().octets());
        request.extend([128, 0, 0, 0, 0, 7, 0, 1, b'p', b'i', b'n', b'g']);
        let packet = Packet::read(&request).unwrap();
        let Carries::Echo(echo) = packet.carries else { panic!("no echo request") };
        let reply = echo_reply(&packet, echo);
        assert_eq!(reply[40], 129);
        assert_eq!(reply[44..], *b"\0\x07\0\x01ping");
        let pseudo = [&reply[8..40], &[0, 12, 0, ICMPV6], &reply[40..]].concat();
        assert!(is_right(&pseudo));
    }
}
