//! Where a query comes from: addresses and transport.
//!
//! It stands apart because faults, journal and server all speak of it; it opens no socket.

use std::net::SocketAddr;

notation::choice! {
    /// How a query came.
    pub enum Transport("transport") {
        /// One datagram.
        "udp" => Udp,
        /// A connection; each message has its length before it (RFC 1035 4.2.2).
        "tcp" => Tcp,
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
