//! IP packets as the wire meets them: who sends to whom, which port, and the checksums that a sending machine leaves to its
//! network card.
//!
//! Pure, and for octets of any program: what cannot be read is `None` and goes nowhere. It reads headers, never what they carry.
//! How the headers lie: [`crate::network::ip`].

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

pub(super) use crate::network::ip::{
    ACK, FIN, ICMP, ICMPV6, IPV4_HEADER, IPV6_HEADER, RST, SYN, TCP, UDP, fill_checksum,
};

/// A part of a packet (RFC 8200 4.5).
const IPV6_FRAGMENT: u8 = 44;

/// ICMP echo request (RFC 792, RFC 4443 4.1).
const ECHO_REQUEST_V4: u8 = 8;
const ECHO_REQUEST_V6: u8 = 128;

/// A packet, read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Packet<'a> {
    pub(super) source: IpAddr,
    pub(super) destination: IpAddr,
    pub(super) carries: Carries<'a>,
    /// From the IP header to the end, without what the link added.
    pub(super) bytes: &'a [u8],
}

/// What a packet carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Carries<'a> {
    Tcp(Segment<'a>),
    Udp {
        from: u16,
        to: u16,
        payload: &'a [u8],
    },
    /// An ICMP echo request, from its type on.
    Echo(&'a [u8]),
    /// A later part of a packet; parts of one have the same number.
    Fragment {
        number: u32,
    },
    Other,
}

/// A TCP segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Segment<'a> {
    pub(super) from: u16,
    pub(super) to: u16,
    pub(super) sequence: u32,
    pub(super) acknowledged: u32,
    pub(super) flags: u8,
    pub(super) payload: &'a [u8],
}

impl Segment<'_> {
    /// Whether it asks for a connection.
    pub(super) const fn is_syn(&self) -> bool {
        self.flags & (SYN | ACK) == SYN
    }
}

impl<'a> Packet<'a> {
    /// Reads the headers.
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        match bytes.first()? >> 4 {
            4 => Self::read_v4(bytes),
            6 => Self::read_v6(bytes),
            _ => None,
        }
    }

    fn read_v4(bytes: &'a [u8]) -> Option<Self> {
        let header = usize::from(bytes.first()? & 0x0F) * 4;
        let bytes = bytes.get(..usize::from(u16_at(bytes, 2)?))?;
        if header < IPV4_HEADER {
            return None;
        }
        let fragment = u16_at(bytes, 6)?;
        let address = |at: usize| Some(IpAddr::from(Ipv4Addr::from(u32_at(bytes, at)?)));
        let carries = if fragment & 0x1FFF != 0 {
            Carries::Fragment { number: u32::from(u16_at(bytes, 4)?) }
        } else {
            read_carried(*bytes.get(9)?, bytes.get(header..)?)?
        };
        Some(Self { source: address(12)?, destination: address(16)?, carries, bytes })
    }

    fn read_v6(bytes: &'a [u8]) -> Option<Self> {
        let bytes = bytes.get(..IPV6_HEADER + usize::from(u16_at(bytes, 4)?))?;
        let address = |at: usize| {
            let octets: [u8; 16] = bytes.get(at..at + 16)?.try_into().ok()?;
            Some(IpAddr::from(Ipv6Addr::from(octets)))
        };
        let payload = bytes.get(IPV6_HEADER..)?;
        let carries = match *bytes.get(6)? {
            // RFC 8200 4.5: next header, reserved, offset and flags, identification.
            IPV6_FRAGMENT if u16_at(payload, 2)? & 0xFFF8 != 0 => Carries::Fragment { number: u32_at(payload, 4)? },
            IPV6_FRAGMENT => read_carried(*payload.first()?, payload.get(8..)?)?,
            protocol => read_carried(protocol, payload)?,
        };
        Some(Self { source: address(8)?, destination: address(24)?, carries, bytes })
    }

    /// Where it goes; port 0 where it has none.
    pub(super) fn to(&self) -> SocketAddr {
        let port = match self.carries {
            Carries::Tcp(segment) => segment.to,
            Carries::Udp { to, .. } => to,
            Carries::Echo(_) | Carries::Fragment { .. } | Carries::Other => 0,
        };
        SocketAddr::new(self.destination, port)
    }

    /// Where it comes from; port 0 where it has none.
    pub(super) fn from(&self) -> SocketAddr {
        let port = match self.carries {
            Carries::Tcp(segment) => segment.from,
            Carries::Udp { from, .. } => from,
            Carries::Echo(_) | Carries::Fragment { .. } | Carries::Other => 0,
        };
        SocketAddr::new(self.source, port)
    }

    /// The number that it shares with its later parts.
    pub(super) fn number(&self) -> Option<u32> {
        if self.bytes.first()? >> 4 == 4 {
            return u16_at(self.bytes, 4).map(u32::from);
        }
        let fragment = self.bytes.get(6) == Some(&IPV6_FRAGMENT);
        if fragment { u32_at(self.bytes, IPV6_HEADER + 4) } else { None }
    }

    /// The packet with its checksums filled in, which the sender's stack left to a network card that is none.
    pub(super) fn whole(&self) -> Vec<u8> {
        let mut bytes = self.bytes.to_vec();
        // Parts of a packet come with the checksum of the whole.
        let v4 = bytes.first().is_some_and(|first| first >> 4 == 4);
        let (protocol, header, in_parts) = if v4 {
            let header = bytes.first().map_or(0, |first| usize::from(first & 0x0F) * 4);
            let in_parts = u16_at(&bytes, 6).is_none_or(|fragment| fragment & 0x3FFF != 0);
            (bytes.get(9).copied(), header, in_parts)
        } else {
            let protocol = bytes.get(6).copied();
            (protocol, IPV6_HEADER, protocol == Some(IPV6_FRAGMENT))
        };
        let Some(place) = protocol.and_then(checksum_place).filter(|_| !in_parts) else { return bytes };
        let Some(protocol) = protocol else { return bytes };
        fill_checksum(&mut bytes, header, header + place, Some((self.source, self.destination, protocol)));
        bytes
    }
}

/// Where the checksum stands in what a packet carries; ICMP is never left to a card.
const fn checksum_place(protocol: u8) -> Option<usize> {
    match protocol {
        TCP => Some(16),
        UDP => Some(6),
        _ => None,
    }
}

fn read_carried(protocol: u8, bytes: &[u8]) -> Option<Carries<'_>> {
    Some(match protocol {
        TCP => {
            let header = usize::from(bytes.get(12)? >> 4) * 4;
            Carries::Tcp(Segment {
                from: u16_at(bytes, 0)?,
                to: u16_at(bytes, 2)?,
                sequence: u32_at(bytes, 4)?,
                acknowledged: u32_at(bytes, 8)?,
                flags: *bytes.get(13)?,
                payload: bytes.get(header..)?,
            })
        }
        UDP => Carries::Udp { from: u16_at(bytes, 0)?, to: u16_at(bytes, 2)?, payload: bytes.get(8..)? },
        ICMP if bytes.first() == Some(&ECHO_REQUEST_V4) => Carries::Echo(bytes),
        ICMPV6 if bytes.first() == Some(&ECHO_REQUEST_V6) => Carries::Echo(bytes),
        _ => Carries::Other,
    })
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// UDP from 10.0.0.107:40000 to 10.0.0.53:53 with the payload "ab", its checksums computed by hand.
    const UDP_V4: [u8; 30] = [
        0x45, 0, 0, 30, 0x12, 0x34, 0, 0, 64, 17, 0x53, 0xFC, 10, 0, 0, 107, 10, 0, 0, 53, 0x9C, 0x40, 0, 53, 0, 10,
        0xED, 0x62, b'a', b'b',
    ];

    #[test]
    fn a_datagram_is_read_and_completed() {
        let packet = Packet::read(&UDP_V4).unwrap();
        assert_eq!(packet.from(), "10.0.0.107:40000".parse().unwrap());
        assert_eq!(packet.to(), "10.0.0.53:53".parse().unwrap());
        assert_eq!(packet.carries, Carries::Udp { from: 40_000, to: 53, payload: b"ab" });
        let mut unfinished = UDP_V4;
        unfinished[26..28].fill(0x77);
        assert_eq!(Packet::read(&unfinished).unwrap().whole(), UDP_V4);
    }

    #[test]
    fn what_the_link_added_does_not_count() {
        let mut padded = UDP_V4.to_vec();
        padded.extend([0; 16]);
        assert_eq!(Packet::read(&padded).unwrap().bytes, UDP_V4);
    }

    #[test]
    fn any_octets_are_read_without_harm() {
        for length in 0..UDP_V4.len() {
            assert_eq!(Packet::read(&UDP_V4[..length]), None, "{length}");
        }
        let rng = &mut double::Seed::new(1).rng();
        for _ in 0..20_000 {
            let mut bytes: Vec<u8> = (0..rng.usize(..80)).map(|_| rng.u8(..)).collect();
            if let Some(first) = bytes.first_mut() {
                *first = if rng.bool() { 0x45 } else { 0x60 };
            }
            if let Some(packet) = Packet::read(&bytes) {
                assert_eq!(packet.whole().len(), packet.bytes.len());
            }
        }
    }

    #[test]
    fn a_later_part_is_told_from_a_first() {
        let mut part = UDP_V4;
        part[6..8].copy_from_slice(&[0x20, 0x01]);
        assert_eq!(Packet::read(&part).unwrap().carries, Carries::Fragment { number: 0x1234 });
        // A first part keeps the checksum that it came with.
        part[6..8].copy_from_slice(&[0x20, 0x00]);
        assert_eq!(Packet::read(&part).unwrap().whole(), part);
    }
}
