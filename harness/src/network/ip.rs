//! IP packets as octets: headers, checksums, and the ICMP errors that quote them.
//!
//! Pure. It stands apart because two write packets: the wire of the isolated network, which answers for machines, and captures, which
//! show what was said on networks without any.
//!
//! ```text
//! IPv4 (RFC 791 3.1)                                 IPv6 (RFC 8200 3)
//!  0  version, header length in words                 0  version, traffic class, flow label
//!  2  total length                                    4  payload length
//!  4  identification                                  6  next header, 7 hop limit
//!  6  flags, fragment offset                          8  source
//!  8  time to live, 9 protocol, 10 checksum          24  destination
//! 12  source, 16 destination                         40  next header's data
//! ```

use std::net::IpAddr;

/// Protocol numbers (IANA; RFC 792, 9293, 768, 4443).
pub(crate) const ICMP: u8 = 1;
pub(crate) const TCP: u8 = 6;
pub(crate) const UDP: u8 = 17;
pub(crate) const ICMPV6: u8 = 58;

/// Octets of an IPv4 header without options, and of an IPv6 header.
pub(crate) const IPV4_HEADER: usize = 20;
pub(crate) const IPV6_HEADER: usize = 40;

/// TCP flags (RFC 9293 3.1).
pub(crate) const FIN: u8 = 0x01;
pub(crate) const SYN: u8 = 0x02;
pub(crate) const RST: u8 = 0x04;
pub(crate) const PSH: u8 = 0x08;
pub(crate) const ACK: u8 = 0x10;

/// Places of the checksums in the headers of TCP, UDP and ICMP.
pub(crate) const TCP_CHECKSUM: usize = 16;
pub(crate) const UDP_CHECKSUM: usize = 6;
pub(crate) const ICMP_CHECKSUM: usize = 2;

/// What the time to live of a packet begins with: that of Windows.
pub(crate) const HOPS: u8 = 128;

/// And that of a packet to a group, which no router passes on anyway (RFC 6762 11).
pub(crate) const GROUP_HOPS: u8 = 255;

/// Most octets of an ICMP error: what every path carries (RFC 1812 4.3.2.3 for IPv4, RFC 4443 2.4 for IPv6).
const ERROR_MAX_V4: usize = 576;
const ERROR_MAX_V6: usize = 1280;

/// Octets of an ICMP header.
const ICMP_HEADER: usize = 8;

/// Why a packet does not arrive, in the words of ICMP (RFC 792 and RFC 1812 5.2.7.1; RFC 4443 3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Undelivered {
    /// 3/3; for IPv6 1/4.
    Port,
    /// 3/13; for IPv6 1/1.
    Prohibited,
    /// 3/1; for IPv6 1/3.
    Host,
}

/// The ICMP error of whoever has the address `by` for a packet of `to`'s that does not arrive.
pub(crate) fn undelivered(by: IpAddr, to: IpAddr, quoted: &[u8], why: Undelivered) -> Vec<u8> {
    let v4 = to.is_ipv4();
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
    bytes.extend(quoted.iter().take(most));
    packet(by, to, if v4 { ICMP } else { ICMPV6 }, &bytes, Some(ICMP_CHECKSUM))
}

/// A packet, with its checksum at this place of what it carries.
pub(crate) fn packet(from: IpAddr, to: IpAddr, protocol: u8, carried: &[u8], checksum: Option<usize>) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(IPV6_HEADER + carried.len());
    let length = |length: usize| u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes();
    let hops = if to.is_multicast() { GROUP_HOPS } else { HOPS };
    let header = match (from, to) {
        (IpAddr::V4(from), IpAddr::V4(to)) => {
            bytes.extend([0x45, 0]);
            bytes.extend(length(IPV4_HEADER + carried.len()));
            // No identification: it is whole and must stay so.
            bytes.extend([0, 0, 0x40, 0, hops, protocol, 0, 0]);
            bytes.extend(from.octets());
            bytes.extend(to.octets());
            fill_checksum(&mut bytes, 0, 10, None);
            IPV4_HEADER
        }
        (IpAddr::V6(_) | IpAddr::V4(_), _) => {
            bytes.extend([0x60, 0, 0, 0]);
            bytes.extend(length(carried.len()));
            bytes.extend([protocol, hops]);
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

/// The pseudo-header of a checksum (RFC 9293 3.1, RFC 8200 8.1), whose length is that of what follows it.
pub(crate) type PseudoHeader = (IpAddr, IpAddr, u8);

/// Fills in the checksum at `place`, over the octets from `start` on.
pub(crate) fn fill_checksum(bytes: &mut [u8], start: usize, place: usize, pseudo: Option<PseudoHeader>) {
    let Some(field) = bytes.get_mut(place..place + 2) else { return };
    field.fill(0);
    let covered = bytes.get(start..).unwrap_or_default();
    let mut sum = sum_of(covered);
    if let Some((source, destination, protocol)) = pseudo {
        sum += [source, destination].map(sum_of_address).iter().sum::<u64>();
        sum += u64::from(protocol) + covered.len() as u64;
    }
    while sum > 0xFFFF {
        sum = (sum & 0xFFFF) + (sum >> 16);
    }
    // A UDP checksum of zero would mean that there is none (RFC 768); for the others the two zeros are the same.
    let checksum = match !u16::try_from(sum).unwrap_or_default() {
        0 => 0xFFFF,
        checksum => checksum,
    };
    if let Some(field) = bytes.get_mut(place..place + 2) {
        field.copy_from_slice(&checksum.to_be_bytes());
    }
}

fn sum_of_address(address: IpAddr) -> u64 {
    match address {
        IpAddr::V4(address) => sum_of(&address.octets()),
        IpAddr::V6(address) => sum_of(&address.octets()),
    }
}

/// The sum of the words; an odd octet at the end counts as the upper half of one (RFC 1071 1).
fn sum_of(bytes: &[u8]) -> u64 {
    let word = |pair: &[u8]| match pair {
        [high, low] => u64::from(u16::from_be_bytes([*high, *low])),
        [high] => u64::from(*high) << 8,
        _ => 0,
    };
    bytes.chunks(2).map(word).sum()
}
