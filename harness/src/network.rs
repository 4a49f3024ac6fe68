//! The networks on which an environment can be set up.
//!
//! In reading order: [`stage`] (what every network gives a run), [`simulated`] (an event queue and a virtual clock), [`loopback`] (real
//! sockets). A scenario must come out the same on each network that can show it.

#[cfg(target_os = "linux")]
pub mod isolated;
pub mod loopback;
pub mod simulated;
pub mod stage;

pub use stage::{CannotShow, Stage};
