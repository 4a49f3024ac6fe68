//! What is said to the kernel about links, addresses and routes: six rtnetlink messages and the answers to them.
//!
//! Pure: octets out, octets in. It is written out here because the netlink crates cost a newcomer 25 seconds of building each, for
//! these six messages. Numbers are in the byte order of the machine, addresses in that of the network.
//!
//! ```text
//! nlmsghdr (linux/netlink.h)                    attribute (rtattr, linux/rtnetlink.h)
//!  0  length, with this header                   0  length, with this header and without padding
//!  4  type, 6 flags                              2  type
//!  8  sequence number                            4  value, padded to 4 octets
//! 12  port, 0 for the kernel
//! 16  ifinfomsg, ifaddrmsg or rtmsg; then attributes
//! ```

use std::net::IpAddr;

/// Types of messages (linux/rtnetlink.h); an acknowledgement is an error whose number is 0 (linux/netlink.h).
const RTM_NEWLINK: u16 = 16;
const RTM_GETLINK: u16 = 18;
const RTM_NEWADDR: u16 = 20;
const RTM_NEWROUTE: u16 = 24;
const RTM_GETROUTE: u16 = 26;
const NLMSG_ERROR: u16 = 2;

/// Flags of a request (linux/netlink.h): REQUEST; with ACK; CREATE and EXCL.
const READ: u16 = 0x001;
const ASK: u16 = READ | 0x004;
const CREATE: u16 = 0x400 | 0x200;

/// Octets of a message's header.
const HEADER: usize = 16;

/// Attributes of links (linux/if_link.h, linux/veth.h).
const IFLA_ADDRESS: u16 = 1;
const IFLA_IFNAME: u16 = 3;
const IFLA_OPERSTATE: u16 = 16;
const IFLA_LINKINFO: u16 = 18;
const IFLA_NET_NS_PID: u16 = 19;
const IFLA_INFO_KIND: u16 = 1;
const IFLA_INFO_DATA: u16 = 2;
const IFLA_GSO_MAX_SEGS: u16 = 40;
const VETH_INFO_PEER: u16 = 1;

/// A link that sends (linux/if.h, IF_OPER_UP; RFC 2863 3.1.14).
const IF_OPER_UP: u8 = 6;

/// Octets of an ifinfomsg.
const IFINFO: usize = 16;

/// Flags of links (linux/if.h).
const IFF_UP: u32 = 0x01;
const IFF_NOARP: u32 = 0x80;

/// Attributes of addresses (linux/if_addr.h), and the flag that an IPv6 address need not be looked for before it is used.
const IFA_ADDRESS: u16 = 1;
const IFA_LOCAL: u16 = 2;
const IFA_F_NODAD: u8 = 0x02;

/// Attributes and numbers of routes (linux/rtnetlink.h).
const RTA_DST: u16 = 1;
const RTA_OIF: u16 = 4;
const RTA_GATEWAY: u16 = 5;
const RT_TABLE_MAIN: u8 = 254;
const RTPROT_STATIC: u8 = 4;
const RT_SCOPE_UNIVERSE: u8 = 0;
const RT_SCOPE_LINK: u8 = 253;
const RTN_UNICAST: u8 = 1;
const RTN_LOCAL: u8 = 2;
const RTNH_F_ONLINK: u32 = 4;

/// One end of a pair of links.
#[derive(Clone, Copy, Debug)]
pub(super) struct End<'a> {
    /// Its name.
    pub(super) name: &'a str,
    /// Its hardware address.
    pub(super) hardware: [u8; 6],
    /// The network in which it is born, by a thread that stands there; that of the asking socket without one.
    pub(super) namespace: Option<i32>,
}

/// A pair of Ethernet links, each the other's cable; the near one goes up, the far one cannot before the pair is whole. Neither asks for hardware addresses, because whoever reads the far end takes all
/// frames; neither sends more than one segment at a time, because the far end is no network card that would cut them.
pub(super) fn new_pair(near: &End<'_>, far: &End<'_>) -> Vec<u8> {
    let mut peer = link_header(0, IFF_NOARP);
    end_attributes(&mut peer, far);
    let mut data = Vec::new();
    attribute(&mut data, VETH_INFO_PEER, &peer);
    let mut info = Vec::new();
    attribute(&mut info, IFLA_INFO_KIND, b"veth");
    attribute(&mut info, IFLA_INFO_DATA, &data);
    let mut body = link_header(0, IFF_UP | IFF_NOARP);
    end_attributes(&mut body, near);
    attribute(&mut body, IFLA_LINKINFO, &info);
    message(RTM_NEWLINK, ASK | CREATE, &body)
}

/// A link goes up.
pub(super) fn up(link: u32) -> Vec<u8> {
    message(RTM_NEWLINK, ASK, &link_header(link, IFF_UP))
}

/// What there is to know about a link. Kernels from 6.9 on first bring what they tell up to date with the cable.
pub(super) fn about(link: u32) -> Vec<u8> {
    message(RTM_GETLINK, READ, &link_header(link, 0))
}

/// Whether a link sends, in the answer to [`about`]; none when it is no such answer.
pub(super) fn sends(answer: &[u8]) -> Option<bool> {
    let kind = u16::from_ne_bytes(answer.get(4..6)?.try_into().ok()?);
    let mut attributes = answer.get(HEADER + IFINFO..)?;
    while let Some((length, kind)) = attributes.get(..2).zip(attributes.get(2..4)) {
        let length = usize::from(u16::from_ne_bytes(length.try_into().ok()?));
        if u16::from_ne_bytes(kind.try_into().ok()?) == IFLA_OPERSTATE {
            return Some(attributes.get(4) == Some(&IF_OPER_UP));
        }
        // One that is shorter than its own header would be read for ever.
        attributes = attributes.get(length.max(4).next_multiple_of(4)..).unwrap_or_default();
    }
    (kind == RTM_NEWLINK).then_some(false)
}

/// A link has an address in a subnet of so many bits.
pub(super) fn new_address(link: u32, address: IpAddr, prefix: u8) -> Vec<u8> {
    let mut body = vec![family(address), prefix, if address.is_ipv6() { IFA_F_NODAD } else { 0 }, RT_SCOPE_UNIVERSE];
    body.extend(link.to_ne_bytes());
    attribute(&mut body, IFA_LOCAL, &octets(address));
    attribute(&mut body, IFA_ADDRESS, &octets(address));
    message(RTM_NEWADDR, ASK | CREATE, &body)
}

/// What nothing else says where it goes goes to a link: to a gateway on it, or straight.
pub(super) fn new_default_route(link: u32, v4: bool, gateway: Option<IpAddr>) -> Vec<u8> {
    let scope = if gateway.is_some() { RT_SCOPE_UNIVERSE } else { RT_SCOPE_LINK };
    let mut body = vec![family_of(v4), 0, 0, 0, RT_TABLE_MAIN, RTPROT_STATIC, scope, RTN_UNICAST];
    body.extend(if gateway.is_some() { RTNH_F_ONLINK } else { 0 }.to_ne_bytes());
    attribute(&mut body, RTA_OIF, &link.to_ne_bytes());
    if let Some(gateway) = gateway {
        attribute(&mut body, RTA_GATEWAY, &octets(gateway));
    }
    message(RTM_NEWROUTE, ASK | CREATE, &body)
}

/// Where a packet for an address would go.
pub(super) fn way_to(address: IpAddr) -> Vec<u8> {
    let bits = if address.is_ipv4() { 32 } else { 128 };
    let mut body = vec![family(address), bits, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    attribute(&mut body, RTA_DST, &octets(address));
    message(RTM_GETROUTE, READ, &body)
}

/// Whether the answer to [`way_to`] says that it would stay on this machine.
pub(super) fn stays(answer: &[u8]) -> bool {
    // rtmsg: family, bits, bits, tos, table, protocol, scope, type.
    answer.get(4..6) == Some(&RTM_NEWROUTE.to_ne_bytes()) && answer.get(HEADER + 7) == Some(&RTN_LOCAL)
}

/// The number of the error in an answer, 0 where all went well; none when it is no answer.
pub(super) fn error_in(answer: &[u8]) -> Option<i32> {
    let kind = u16::from_ne_bytes(answer.get(4..6)?.try_into().ok()?);
    let number = i32::from_ne_bytes(answer.get(HEADER..HEADER + 4)?.try_into().ok()?);
    (kind == NLMSG_ERROR).then_some(number.saturating_neg())
}

fn message(kind: u16, flags: u16, body: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEADER + body.len());
    bytes.extend(u32::try_from(HEADER + body.len()).unwrap_or(u32::MAX).to_ne_bytes());
    bytes.extend(kind.to_ne_bytes());
    bytes.extend(flags.to_ne_bytes());
    // One question at a time needs no number, and the kernel has port 0.
    bytes.extend([0; 8]);
    bytes.extend(body);
    bytes
}

/// ifinfomsg: family, kind of hardware, index, flags, which flags are meant.
fn link_header(index: u32, flags: u32) -> Vec<u8> {
    let mut bytes = vec![0; 4];
    bytes.extend(index.to_ne_bytes());
    bytes.extend(flags.to_ne_bytes());
    bytes.extend(flags.to_ne_bytes());
    bytes
}

fn end_attributes(body: &mut Vec<u8>, end: &End<'_>) {
    let mut name = end.name.as_bytes().to_vec();
    name.push(0);
    attribute(body, IFLA_IFNAME, &name);
    attribute(body, IFLA_ADDRESS, &end.hardware);
    attribute(body, IFLA_GSO_MAX_SEGS, &1_u32.to_ne_bytes());
    if let Some(namespace) = end.namespace {
        attribute(body, IFLA_NET_NS_PID, &namespace.to_ne_bytes());
    }
}

fn attribute(body: &mut Vec<u8>, kind: u16, value: &[u8]) {
    body.extend(u16::try_from(4 + value.len()).unwrap_or(u16::MAX).to_ne_bytes());
    body.extend(kind.to_ne_bytes());
    body.extend(value);
    body.resize(body.len().next_multiple_of(4), 0);
}

/// Address families of Linux: AF_INET, AF_INET6.
const fn family_of(v4: bool) -> u8 {
    if v4 { 2 } else { 10 }
}

const fn family(address: IpAddr) -> u8 {
    family_of(address.is_ipv4())
}

fn octets(address: IpAddr) -> Vec<u8> {
    match address {
        IpAddr::V4(address) => address.octets().to_vec(),
        IpAddr::V6(address) => address.octets().to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers of this machine's byte order, 16 and 32 bits.
    fn golden(parts: &[&[u8]]) -> Vec<u8> {
        parts.concat()
    }

    #[test]
    fn an_address_as_the_kernel_reads_it() {
        let (h, w) = (u16::to_ne_bytes, u32::to_ne_bytes);
        let expected = golden(&[
            // Length, RTM_NEWADDR, REQUEST|ACK|EXCL|CREATE, sequence, port.
            &w(40),
            &h(20),
            &h(0x605),
            &w(0),
            &w(0),
            // AF_INET, /24, no flags, scope universe, link 2.
            &[2, 24, 0, 0],
            &w(2),
            // IFA_LOCAL, IFA_ADDRESS.
            &h(8),
            &h(2),
            &[10, 0, 0, 107],
            &h(8),
            &h(1),
            &[10, 0, 0, 107],
        ]);
        assert_eq!(new_address(2, "10.0.0.107".parse().unwrap(), 24), expected);
    }

    #[test]
    fn a_route_as_the_kernel_reads_it() {
        let (h, w) = (u16::to_ne_bytes, u32::to_ne_bytes);
        let expected = golden(&[
            &w(44),
            &h(24),
            &h(0x605),
            &w(0),
            &w(0),
            // AF_INET, to everywhere, from everywhere, tos 0, main, static, universe, unicast; on link.
            &[2, 0, 0, 0, 254, 4, 0, 1],
            &w(4),
            &h(8),
            &h(4),
            &w(2),
            &h(8),
            &h(5),
            &[10, 0, 0, 1],
        ]);
        assert_eq!(new_default_route(2, true, Some("10.0.0.1".parse().unwrap())), expected);
    }

    #[test]
    fn attributes_are_padded_and_say_their_own_length() {
        let mut body = Vec::new();
        attribute(&mut body, 3, b"w0\0");
        assert_eq!(body, golden(&[&u16::to_ne_bytes(7), &u16::to_ne_bytes(3), b"w0\0\0"]));
    }

    #[test]
    fn whether_a_link_sends() {
        let (h, w) = (u16::to_ne_bytes, u32::to_ne_bytes);
        let answer = |state: u8| {
            let name = [&h(9)[..], &h(3), b"eth0\0\0\0\0"].concat();
            golden(&[&w(52), &h(16), &[0; 10], &[0; 16], &name, &h(5), &h(16), &[state, 0, 0, 0]])
        };
        assert_eq!(sends(&answer(6)), Some(true));
        assert_eq!(sends(&answer(0)), Some(false), "not known yet");
        assert_eq!(sends(&answer(6)[..40]), Some(false));
        assert_eq!(sends(&answer(6)[..20]), None);
        let endless = golden(&[&w(36), &h(16), &[0; 10], &[0; 16], &h(0), &h(0)]);
        assert_eq!(sends(&endless), Some(false));
    }

    #[test]
    fn whether_a_packet_stays() {
        let (h, w) = (u16::to_ne_bytes, u32::to_ne_bytes);
        let asked = golden(&[&w(36), &h(26), &h(1), &w(0), &w(0), &[2, 32, 0, 0, 0, 0, 0, 0], &w(0), &h(8), &h(1)]);
        assert_eq!(way_to("10.0.0.53".parse().unwrap()), [asked, vec![10, 0, 0, 53]].concat());
        let answer =
            |kind: u16, route: u8| golden(&[&w(28), &h(kind), &[0; 10], &[10, 128, 0, 0, 255, 0, 0, route], &w(0)]);
        assert!(stays(&answer(24, 2)));
        assert!(!stays(&answer(24, 1)), "it would leave");
        assert!(!stays(&answer(2, 2)), "no answer, an error");
        assert!(!stays(&answer(24, 2)[..20]));
    }

    #[test]
    fn answers() {
        let answer = |kind: u16, number: i32| {
            golden(&[&u32::to_ne_bytes(36), &kind.to_ne_bytes(), &[0; 10], &number.to_ne_bytes(), &[0; 16]])
        };
        assert_eq!(error_in(&answer(2, 0)), Some(0));
        assert_eq!(error_in(&answer(2, -17)), Some(17), "EEXIST");
        assert_eq!(error_in(&answer(2, i32::MIN)), Some(i32::MAX));
        assert_eq!(error_in(&answer(16, 0)), None);
        assert_eq!(error_in(&[0; 7]), None);
    }
}
