//! DRIVER: one client's translation between the addresses of the scenario and those of the sockets.
//!
//! Each client has its own: to each of them a server stands at an address that no other client uses, so that a rule about one
//! client says nothing about the others. IPv4 addresses stand for IPv4 addresses, and ports for themselves. IPv6 has the one
//! loopback address ::1, so there a port stands for an address and a port.
#![expect(clippy::disallowed_types, reason = "driver: looks for a free port of ::1")]

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv6Addr, SocketAddr, UdpSocket};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mock_dns::boundary::Transport;

use super::claim::{Claim, real_port, shown_port};

/// A socket of ::1 and what it stands for.
#[derive(Debug)]
struct Pair {
    transport: Transport,
    shown: SocketAddr,
    port: u16,
}

/// What stands for what.
#[derive(Debug, Default)]
struct Pages {
    claims: Vec<(IpAddr, Claim)>,
    pairs: Vec<Pair>,
    /// Addresses from which only replies come that nobody asked for: their owner may listen on the same port.
    senders: Vec<(IpAddr, Claim)>,
    trouble: Option<String>,
}

/// What is done before somebody sends from an address.
type Prepare = Arc<dyn Fn(SocketAddr) + Send + Sync>;

/// A client's translation; copies are the same book.
#[derive(Clone, Default)]
pub(in crate::network) struct Book {
    pages: Arc<Mutex<Pages>>,
    /// Where sockets have the addresses of the scenario, nothing is translated; a foreign sender is made possible by this.
    as_is: Option<Prepare>,
}

impl fmt::Debug for Book {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Book").field("pages", &self.pages).field("as_is", &self.as_is.is_some()).finish()
    }
}

impl Book {
    /// For a network in which every address is itself; `prepare` is called before a datagram is sent from an address.
    #[cfg(target_os = "linux")]
    pub(in crate::network) fn as_is(prepare: impl Fn(SocketAddr) + Send + Sync + 'static) -> Self {
        Self { pages: Arc::default(), as_is: Some(Arc::new(prepare)) }
    }

    /// Whether a peer may be one of the scenario's.
    pub(in crate::network) fn admits(&self, peer: SocketAddr) -> bool {
        self.as_is.is_some() || peer.ip().is_loopback()
    }

    /// Where to bind what stands for an address of the scenario, which may be port 0; then tell [`Self::bound`].
    pub(in crate::network) fn place(&self, shown: SocketAddr) -> io::Result<SocketAddr> {
        if self.as_is.is_some() {
            return Ok(shown);
        }
        if shown.is_ipv6() {
            return Ok((Ipv6Addr::LOCALHOST, 0).into());
        }
        let mut pages = self.lock();
        let known = pages.claims.iter().find(|(ip, _)| *ip == shown.ip()).map(|(_, claim)| claim.address());
        let address = match known {
            Some(address) => address,
            None => {
                let claim = Claim::new()?;
                let address = claim.address();
                pages.claims.push((shown.ip(), claim));
                address
            }
        };
        Ok((address, real_port(shown.port())).into())
    }

    /// Where a socket stands that was told to [`Self::bound`]; for IPv4 the same as [`Self::place`].
    pub(in crate::network) fn real(&self, transport: Transport, shown: SocketAddr) -> io::Result<SocketAddr> {
        if shown.is_ipv4() {
            return self.place(shown);
        }
        let pages = self.lock();
        let pair = pages.pairs.iter().rev().find(|pair| pair.transport == transport && pair.shown == shown);
        let port = pair.map(|pair| pair.port).ok_or(io::ErrorKind::AddrNotAvailable)?;
        Ok((Ipv6Addr::LOCALHOST, port).into())
    }

    /// Says where a socket that stands for `shown` was bound. A client's own socket has no port in the scenario before: there the
    /// port that the system chose is the port.
    pub(in crate::network) fn bound(&self, transport: Transport, shown: SocketAddr, real: SocketAddr) {
        if real.is_ipv6() && self.as_is.is_none() {
            let port = if shown.port() == 0 { real.port() } else { shown.port() };
            let shown = SocketAddr::new(shown.ip(), port);
            self.lock().pairs.push(Pair { transport, shown, port: real.port() });
        }
    }

    /// The address of the scenario that a socket's address stands for.
    pub(in crate::network) fn shown(&self, transport: Transport, real: SocketAddr) -> SocketAddr {
        if self.as_is.is_some() {
            return real;
        }
        let pages = self.lock();
        if real.is_ipv6() {
            // The newest first: the system may give a port out again.
            let mut pairs = pages.pairs.iter().rev();
            let pair = pairs.find(|pair| pair.transport == transport && pair.port == real.port());
            return pair.map_or(real, |pair| pair.shown);
        }
        let stands_for = |claims: &[(IpAddr, Claim)]| {
            claims.iter().find(|(_, claim)| IpAddr::V4(claim.address()) == real.ip()).map(|(shown, _)| *shown)
        };
        let ip = stands_for(&pages.claims).or_else(|| stands_for(&pages.senders)).unwrap_or(real.ip());
        SocketAddr::new(ip, shown_port(real.port()))
    }

    /// Where to bind to send a datagram that claims to come from `shown`.
    pub(in crate::network) fn sender(&self, shown: SocketAddr) -> SocketAddr {
        if let Some(prepare) = &self.as_is {
            prepare(shown);
            return shown;
        }
        self.find_sender(shown).unwrap_or_else(|error| {
            self.lock().trouble = Some(format!("no address to send from as {shown}: {error}"));
            shown
        })
    }

    fn find_sender(&self, shown: SocketAddr) -> io::Result<SocketAddr> {
        if shown.is_ipv6() {
            // Freed at once; the pair stays, and the mock binds to the port again.
            let real = UdpSocket::bind((Ipv6Addr::LOCALHOST, 0))?.local_addr()?;
            self.bound(Transport::Udp, shown, real);
            return Ok(real);
        }
        let mut pages = self.lock();
        let known = pages.senders.iter().find(|(ip, _)| *ip == shown.ip()).map(|(_, claim)| claim.address());
        let address = match known {
            Some(address) => address,
            None => {
                let claim = Claim::new()?;
                let address = claim.address();
                pages.senders.push((shown.ip(), claim));
                address
            }
        };
        Ok((address, real_port(shown.port())).into())
    }

    /// What went wrong where nobody could be told.
    pub(in crate::network) fn trouble(&self) -> Option<String> {
        self.lock().trouble.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Pages> {
        // Every change to the pages is whole, whatever became of its thread.
        self.pages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use mock_dns::boundary::Transport;

    use super::Book;

    #[track_caller]
    fn check(book: &Book, shown: &str) {
        let shown: SocketAddr = shown.parse().unwrap();
        let real = book.place(shown).unwrap();
        assert_eq!(book.place(shown).unwrap().ip(), real.ip(), "one address for one address");
        // What the system would choose for port 0.
        let real = if real.port() == 0 { SocketAddr::new(real.ip(), 40_000) } else { real };
        book.bound(Transport::Tcp, shown, real);
        assert!(real.ip().is_loopback());
        assert_eq!(book.shown(Transport::Tcp, real), shown);
    }

    #[test]
    fn what_is_translated_comes_back() {
        let book = Book::default();
        check(&book, "10.0.0.60:1688");
        check(&book, "10.0.0.53:53");
        check(&book, "[fd00::60]:1688");
        let sender = book.sender("10.0.0.53:53".parse().unwrap());
        assert_ne!(sender.ip(), book.place("10.0.0.53:53".parse().unwrap()).unwrap().ip());
        assert_eq!(book.shown(Transport::Udp, sender), "10.0.0.53:53".parse().unwrap());
    }

    #[test]
    fn two_clients_share_no_address() {
        let shown = "10.0.0.60:1688".parse().unwrap();
        assert_ne!(Book::default().place(shown).unwrap(), Book::default().place(shown).unwrap());
    }
}
