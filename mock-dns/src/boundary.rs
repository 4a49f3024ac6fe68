//! The border between the core and whoever owns the sockets: where a request comes from, and what is to be done about it.
//!
//! The core does nothing itself and opens no socket; a driver, or a simulated network, obeys.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;

use crate::framing;

/// The UDP port of multicast DNS (RFC 6762 3).
pub const MULTICAST_PORT: u16 = 5353;

notation::choice! {
    /// How a query came.
    pub enum Transport("transport") {
        /// One datagram.
        "udp" => Udp,
        /// A connection; each message has its length before it (RFC 1035 4.2.2).
        "tcp" => Tcp,
    }
}

impl Transport {
    /// The message in octets that were on the wire; none where a stream was cut before its end.
    #[must_use]
    pub fn message(self, octets: &[u8]) -> Option<&[u8]> {
        match self {
            Self::Udp => Some(octets),
            Self::Tcp => framing::first(octets),
        }
    }
}

impl Copy for Transport {}
impl Eq for Transport {}

/// Where a query comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The client.
    pub peer: SocketAddr,
    /// The address of ours that it asked.
    pub local: SocketAddr,
    /// How.
    pub transport: Transport,
}

impl Origin {
    /// Whether it is multicast DNS: then at least one end stands at its port (RFC 6762 3, 6.7).
    #[must_use]
    pub fn is_multicast(&self) -> bool {
        self.transport == Transport::Udp && (self.peer.port() == MULTICAST_PORT || self.local.port() == MULTICAST_PORT)
    }
}

/// Something to do to the datagram socket or connection on which a request came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// Send octets: a datagram, or a part of a stream.
    Send {
        /// How long from now.
        after: Duration,
        /// From this address instead of the one that was asked.
        from: Option<SocketAddr>,
        /// What.
        bytes: Bytes,
    },
    /// Close the connection in order.
    Close {
        /// How long from now.
        after: Duration,
    },
    /// Reset the connection.
    Reset {
        /// How long from now.
        after: Duration,
    },
}

impl Action {
    /// How long from now.
    #[must_use]
    pub fn after(&self) -> Duration {
        match self {
            Self::Send { after, .. } | Self::Close { after } | Self::Reset { after } => *after,
        }
    }

    /// How many octets are sent.
    #[must_use]
    pub fn length(&self) -> usize {
        match self {
            Self::Send { bytes, .. } => bytes.len(),
            Self::Close { .. } | Self::Reset { .. } => 0,
        }
    }

    /// The same, later by `more`.
    #[must_use]
    pub fn later(mut self, more: Duration) -> Self {
        match &mut self {
            Self::Send { after, .. } | Self::Close { after } | Self::Reset { after } => {
                *after = after.saturating_add(more);
            }
        }
        self
    }

    /// The same, sent from another address.
    #[must_use]
    pub fn sent_from(self, address: SocketAddr) -> Self {
        match self {
            Self::Send { after, bytes, .. } => Self::Send { after, from: Some(address), bytes },
            Self::Close { .. } | Self::Reset { .. } => self,
        }
    }

    /// The same with the first half of the octets.
    #[must_use]
    pub fn halved(self) -> Self {
        match self {
            Self::Send { after, from, bytes } => Self::Send { after, from, bytes: bytes.slice(..bytes.len() / 2) },
            Self::Close { .. } | Self::Reset { .. } => self,
        }
    }
}
