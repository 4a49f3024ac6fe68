//! A KMS host that makes itself known: when it publishes its SRV record, where, and what it logs about it.
//!
//! It stands apart from the host because publishing is DNS and nothing of it shows on port 1688. It speaks bytes: [`conversation`]
//! says what to send to whom and reads what comes back, a driver or a simulated network carries it. What an administrator set
//! is read in [`settings`]; updates are signed in [`signature`]. A record that was published is never taken back: Microsoft's
//! texts know only removal by hand and scavenging, so a host that is gone leaves it behind.

pub mod conversation;
pub mod settings;
pub mod signature;

use std::time::Duration;

use double::Moment;

pub use crate::journal::log::LogEvent;
pub use conversation::{Ask, Conversation, To};
pub use settings::{Publishing, Target};

/// How often a host publishes (Microsoft, "Guidelines for troubleshooting KMS": every 24 hours).
pub const REPEAT: Duration = Duration::from_secs(24 * 60 * 60);

/// When a host publishes next: at its start, every 24 hours, and at once when something has changed, which the service
/// remembers as KeyManagementServiceRegisteredDomainName and its kin.
#[derive(Debug, Clone, Default)]
pub struct Schedule {
    last: Option<(Moment, Publishing)>,
}

impl Schedule {
    /// Whether the host publishes now. If so, it is taken as done.
    pub fn is_due(&mut self, now: Moment, publishing: &Publishing) -> bool {
        let rests = self.last.as_ref().is_some_and(|(at, then)| now.since(*at) < REPEAT && then == publishing);
        if !rests {
            self.last = Some((now, publishing.clone()));
        }
        !rests && !publishing.disabled
    }

    /// When the next publication is due, if nothing changes.
    #[must_use]
    pub fn next(&self) -> Option<Moment> {
        self.last.as_ref().filter(|(_, publishing)| !publishing.disabled).map(|(at, _)| at.plus(REPEAT))
    }
}

#[cfg(test)]
mod tests;
