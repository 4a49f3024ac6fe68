//! The networks on which an environment can be set up.
//!
//! In reading order: [`stage`] (what every network gives a run), [`simulated`] (an event queue and a virtual clock), [`loopback`] (real
//! sockets), [`order`] (their journals as one), [`ip`] (packets as octets), [`icmp`] (what a socket is told of errors); a scenario must come out the same on each that can show it.
//! [`system`] is the real network of this machine: a diagnosis asks on it, and no scenario runs there.

mod icmp;
pub(crate) mod ip;
#[cfg(target_os = "linux")]
pub mod isolated;
pub mod loopback;
pub mod order;
pub mod simulated;
pub mod stage;
pub mod system;

pub use stage::{CannotShow, Stage};
