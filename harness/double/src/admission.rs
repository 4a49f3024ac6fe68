//! Where a double may listen, and who may talk to it.
//!
//! A simulation that a whole network can reach is no longer a test double. So the rule is here once, as a value: loopback by
//! default; another address of a private network only when it is named together with the clients that are allowed; a public
//! address never. It opens no socket: drivers ask it before they bind and at each accept.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Most clients that can be allowed: a laboratory, not a company.
pub const MAX_ALLOWED: usize = 64;

/// A place to listen that was judged, with the clients that may come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admission {
    listen: IpAddr,
    allowed: Vec<IpAddr>,
}

/// Why a double does not listen there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotAdmitted {
    /// Another address than loopback, and nobody said that it is meant.
    #[error("{0} is not a loopback address; name a private one with --lan, and its clients with --allow")]
    NotLoopback(IpAddr),
    /// 0.0.0.0, `::`, multicast or broadcast.
    #[error("{0} is not the address of one interface; name the one that is meant")]
    NotOneInterface(IpAddr),
    /// An address that others can route to.
    #[error("{0} is a public address, and a simulation never listens on one, nor serves one")]
    Public(IpAddr),
    /// A LAN address without clients.
    #[error("{0} needs the clients that may come: --allow ADDRESS, once for each")]
    NobodyAllowed(IpAddr),
    /// More than [`MAX_ALLOWED`].
    #[error("at most 64 clients can be allowed")]
    TooMany,
}

impl Admission {
    /// Loopback, where every client of this machine may come.
    ///
    /// # Errors
    /// The address is another.
    pub fn loopback(listen: IpAddr) -> Result<Self, NotAdmitted> {
        if listen.to_canonical().is_loopback() {
            return Ok(Self { listen, allowed: Vec::new() });
        }
        Err(NotAdmitted::NotLoopback(listen))
    }

    /// A named address of a private network, for named clients.
    ///
    /// # Errors
    /// The address or a client is public or no single host, or no client is named.
    pub fn lan(listen: IpAddr, allowed: &[IpAddr]) -> Result<Self, NotAdmitted> {
        for address in std::iter::once(&listen).chain(allowed) {
            match Reach::of(*address) {
                Reach::Machine | Reach::Private => {}
                Reach::Several => return Err(NotAdmitted::NotOneInterface(*address)),
                Reach::Public => return Err(NotAdmitted::Public(*address)),
            }
        }
        if allowed.is_empty() {
            return Err(NotAdmitted::NobodyAllowed(listen));
        }
        if allowed.len() > MAX_ALLOWED {
            return Err(NotAdmitted::TooMany);
        }
        Ok(Self { listen, allowed: allowed.iter().map(IpAddr::to_canonical).collect() })
    }

    /// Where to listen.
    #[must_use]
    pub const fn listen(&self) -> IpAddr {
        self.listen
    }

    /// Whether a client at `peer` may talk to the double. Without a list it is those of this machine.
    #[must_use]
    pub fn admits(&self, peer: IpAddr) -> bool {
        let peer = peer.to_canonical();
        if self.allowed.is_empty() { peer.is_loopback() } else { self.allowed.contains(&peer) }
    }
}

/// Who can reach an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    Machine,
    /// RFC 1918, RFC 3927, RFC 4193, RFC 4291 2.5.6.
    Private,
    /// More than one host, or none in particular.
    Several,
    Public,
}

impl Reach {
    const fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self::of_v4(address),
            IpAddr::V6(address) => Self::of_v6(address),
        }
    }

    const fn of_v4(address: Ipv4Addr) -> Self {
        if address.is_loopback() {
            Self::Machine
        } else if address.is_unspecified() || address.is_multicast() || address.is_broadcast() {
            Self::Several
        } else if address.is_private() || address.is_link_local() {
            Self::Private
        } else {
            Self::Public
        }
    }

    const fn of_v6(address: Ipv6Addr) -> Self {
        if address.is_loopback() {
            Self::Machine
        } else if address.is_unspecified() || address.is_multicast() {
            Self::Several
        } else if address.is_unique_local() || address.is_unicast_link_local() {
            Self::Private
        } else {
            Self::Public
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    /// What comes of listening there: without a flag, named without clients, named with one client.
    #[track_caller]
    fn check(listen: &str, [alone, named, with_client]: [bool; 3]) {
        let listen = address(listen);
        assert_eq!(Admission::loopback(listen).is_ok(), alone, "{listen} without a flag");
        assert_eq!(Admission::lan(listen, &[]).is_ok(), named, "{listen} without clients");
        assert_eq!(Admission::lan(listen, &[address("10.0.0.7")]).is_ok(), with_client, "{listen} with a client");
    }

    #[test]
    fn the_matrix_of_addresses() {
        for loopback in ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"] {
            check(loopback, [true, false, true]);
        }
        for private in ["10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.1.1", "fd00::1", "fe80::1"]
        {
            check(private, [false, false, true]);
        }
        for never in [
            "0.0.0.0",
            "::",
            "255.255.255.255",
            "224.0.0.1",
            "ff02::1",
            "8.8.8.8",
            "172.32.0.1",
            "100.64.0.1",
            "192.0.2.1",
            "2001:db8::1",
            "2606:4700::1",
            "::ffff:8.8.8.8",
            "::ffff:0.0.0.0",
        ] {
            check(never, [false, false, false]);
        }
    }

    #[test]
    fn clients_are_private_too_and_few() {
        let lan = address("10.0.0.1");
        assert_eq!(Admission::lan(lan, &[address("8.8.8.8")]), Err(NotAdmitted::Public(address("8.8.8.8"))));
        assert_eq!(Admission::lan(lan, &[address("0.0.0.0")]), Err(NotAdmitted::NotOneInterface(address("0.0.0.0"))));
        assert_eq!(Admission::lan(lan, &[address("10.0.0.2"); MAX_ALLOWED + 1]), Err(NotAdmitted::TooMany));
    }

    #[test]
    fn nobody_else_may_come() {
        let lan = Admission::lan(address("10.0.0.1"), &[address("10.0.0.2"), address("fd00::2")]).unwrap();
        for (peer, admitted) in [
            ("10.0.0.2", true),
            ("::ffff:10.0.0.2", true),
            ("fd00::2", true),
            ("10.0.0.3", false),
            ("127.0.0.1", false),
            ("8.8.8.8", false),
        ] {
            assert_eq!(lan.admits(address(peer)), admitted, "{peer}");
        }
        let here = Admission::loopback(address("127.0.0.1")).unwrap();
        assert!(here.admits(address("127.0.0.9")) && here.admits(address("::1")));
        assert!(!here.admits(address("10.0.0.2")));
    }
}
