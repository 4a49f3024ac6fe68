//! Packets that the wire itself sends: the reset of a closed port, ICMP errors, the echo reply.
//!
//! Pure. A machine without a listener and a firewall that rejects send the same octets, and neither is asked here: what is sent is
//! decided by [`super::wire`].

use std::net::IpAddr;

use super::packet::{ACK, Carries, FIN, ICMP, ICMPV6, Packet, RST, SYN, Segment, TCP};
pub(super) use crate::network::ip::Undelivered;
use crate::network::ip::{self, ICMP_CHECKSUM, TCP_CHECKSUM};

/// The answer of a port where nobody listens, or of whoever pretends that: a reset to a segment (RFC 9293 3.10.7.1), ICMP "port
/// unreachable" to a datagram or an echo request. Nothing answers a reset.
pub(super) fn refusal(packet: &Packet<'_>) -> Option<Vec<u8>> {
    match packet.carries {
        Carries::Tcp(segment) if segment.flags & RST != 0 => None,
        Carries::Tcp(segment) => Some(reset(packet, &segment)),
        Carries::Udp { .. } | Carries::Echo(_) => Some(undelivered(packet, packet.destination, Undelivered::Port)),
        Carries::Fragment { .. } | Carries::Other => None,
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
    ip::packet(packet.destination, packet.source, TCP, &bytes, Some(TCP_CHECKSUM))
}

/// The ICMP error of whoever has the address `by` for a packet that does not arrive: it quotes what would have come out of a network card.
pub(super) fn undelivered(packet: &Packet<'_>, by: IpAddr, why: Undelivered) -> Vec<u8> {
    ip::undelivered(by, packet.source, &packet.whole(), why)
}

/// The echo reply of the machine that a request is for.
pub(super) fn echo_reply(packet: &Packet<'_>, request: &[u8]) -> Vec<u8> {
    let v4 = packet.source.is_ipv4();
    let mut bytes = request.to_vec();
    if let Some(kind) = bytes.first_mut() {
        *kind = if v4 { 0 } else { 129 };
    }
    ip::packet(packet.destination, packet.source, if v4 { ICMP } else { ICMPV6 }, &bytes, Some(ICMP_CHECKSUM))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::ip::HOPS;

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
        // The sender's stack left the checksum of TCP open; whoever quotes it has seen it filled in.
        let (before, quoted) = (28 + 20 + TCP_CHECKSUM, &bytes[28..]);
        assert_eq!((&bytes[28..before], &bytes[before + 2..]), (&SYN_V4[..36], &SYN_V4[38..]));
        assert!(is_right(&[&quoted[12..20], &[0, 6, 0, 20], &quoted[20..]].concat()));
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
