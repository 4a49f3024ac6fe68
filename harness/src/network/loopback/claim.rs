//! DRIVER: addresses of 127.0.0.0/8 that belong to one machine of one running scenario and to nobody else.
//!
//! An address is claimed by a datagram socket on a port that nothing else uses, for as long as the claim lives. So scenarios that
//! run at the same time, in this process or in others, never meet, and each has all ports of its addresses.
#![expect(clippy::disallowed_types, reason = "driver: claims an address by a socket bound to it")]

use std::io;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// The claim's port: above the ports that Linux gives out (32768 to 60999), below [`LOW_PORTS`].
const CLAIM_PORT: u16 = 64_511;

/// Where the ports below 1024 are found when this process may not use them.
const LOW_PORTS: u16 = 64_512;

/// The first port that needs no rights (Linux: `net.ipv4.ip_unprivileged_port_start`).
const FIRST_FREE_PORT: u16 = 1024;

/// Addresses are claimed from 127.64.0.0/10: no distribution puts anything of its own there.
const FIRST: Ipv4Addr = Ipv4Addr::new(127, 64, 0, 0);

/// How many addresses there are.
const COUNT: u32 = 1 << 22;

/// How far apart neighbouring process ids begin to look: a prime, more than a process has at a time.
const STRIDE: u32 = 4_099;

/// How many taken addresses are passed over before it is said that there are none.
const TRIES: u32 = 1_000;

/// The next address of this process that is tried.
static NEXT: AtomicU32 = AtomicU32::new(0);

/// An address that nobody else has; given back when dropped.
#[derive(Debug)]
pub(super) struct Claim {
    address: Ipv4Addr,
    _claim: UdpSocket,
}

impl Claim {
    /// Finds a free address.
    ///
    /// # Errors
    /// When this machine does not let one bind to 127.x.y.z (macOS), or descriptors have run out.
    pub(super) fn new() -> io::Result<Self> {
        for _ in 0..TRIES {
            let next = NEXT.fetch_add(1, Ordering::Relaxed);
            let offset = std::process::id().wrapping_mul(STRIDE).wrapping_add(next) % COUNT;
            let address = Ipv4Addr::from_bits(FIRST.to_bits() + offset);
            match UdpSocket::bind((address, CLAIM_PORT)) {
                Ok(claim) => return Ok(Self { address, _claim: claim }),
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
                Err(error) => return Err(error),
            }
        }
        Err(io::Error::from(io::ErrorKind::AddrInUse))
    }

    /// The address.
    pub(super) const fn address(&self) -> Ipv4Addr {
        self.address
    }
}

/// The port that stands for a port of the scenario.
pub(super) fn real_port(shown: u16) -> u16 {
    if shown == 0 || shown >= FIRST_FREE_PORT || may_use_low_ports() { shown } else { LOW_PORTS + shown }
}

/// The port of the scenario that a port stands for.
pub(super) fn shown_port(real: u16) -> u16 {
    if real >= LOW_PORTS && !may_use_low_ports() { real - LOW_PORTS } else { real }
}

/// Whether this process may serve on port 53 of an address that it claimed; asked of the system once.
fn may_use_low_ports() -> bool {
    /// The port of DNS, the only low one that scenarios use without need.
    const LOW: u16 = 53;
    static MAY: OnceLock<bool> = OnceLock::new();
    *MAY.get_or_init(|| {
        let Ok(claim) = Claim::new() else { return false };
        UdpSocket::bind(SocketAddr::from((claim.address(), LOW))).is_ok()
    })
}

#[cfg(test)]
mod tests {
    use super::{Claim, real_port, shown_port};

    #[test]
    fn two_claims_are_two_addresses() {
        let (one, other) = (Claim::new().unwrap(), Claim::new().unwrap());
        assert_ne!(one.address(), other.address());
    }

    #[test]
    fn ports_come_back() {
        for port in [0, 1, 53, 135, 1023, 1024, 1688, 1689, 49_152, 60_999] {
            assert_eq!(shown_port(real_port(port)), port);
        }
        assert_eq!(real_port(1688), 1688, "1688 is really 1688");
    }
}
