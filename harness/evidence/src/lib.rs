//! What can be seen of a network, and what can be done about it, without knowing what the network is made of.
//!
//! A client and a diagnosis stand somewhere: they see a network through [`Network`], their machine through [`Vantage`], and
//! what happened through the [`Timeline`] cut to where they stand. Neither an environment nor a scenario can be named in this
//! crate, so nothing that is built on it alone can peek at the planted fault: Cargo keeps that promise. The bodies of the
//! traits stand above, in the harness.
//!
//! In reading order:
//! - [`network`]: the network as seen from one machine
//! - [`vantage`]: read-only facts of that machine
//! - [`registry`]: registry values, raw
//! - [`timeline`]: what happened, in one order
//! - [`reply`]: what is believed to be the reply to a DNS question
//! - [`question`]: one question to one DNS server
//! - [`pattern`]: expectations about the timeline, and how near a line came
//! - [`outcome`]: how an attempt to activate ended, on each surface
//! - [`change`]: typed, invertible operations on things with stable ids
//! - [`finding`]: the names under which causes are known
//! - [`diagnosis`]: which cause the evidence shows, and what would mend it

pub mod change;
pub mod diagnosis;
pub mod finding;
pub mod network;
pub mod outcome;
pub mod pattern;
pub mod question;
pub mod registry;
pub mod reply;
pub mod timeline;
pub mod vantage;

pub use change::Change;
pub use finding::FindingId;
pub use network::Network;
pub use timeline::{Event, Role, Timeline};
pub use vantage::Vantage;
