//! What a connection asks of whoever carries it: a driver with sockets, or a simulated network.
//!
//! It stands apart because faults rewrite actions and connections hand them out. Nothing here is carried out.

use std::time::Duration;

/// What is to be done, in the order of the list. Every `after` counts from the moment that was passed in; none is before
/// that of an earlier action of the same connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Send these bytes.
    Send {
        /// When.
        after: Duration,
        /// What.
        bytes: Vec<u8>,
    },
    /// Close the connection (FIN).
    Close {
        /// When.
        after: Duration,
    },
    /// Reset the connection (RST).
    Reset {
        /// When.
        after: Duration,
    },
}

impl Action {
    /// When it is to be done, from the moment that was passed in.
    #[must_use]
    pub const fn after(&self) -> Duration {
        match self {
            Self::Send { after, .. } | Self::Close { after } | Self::Reset { after } => *after,
        }
    }
}
