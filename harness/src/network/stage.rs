//! A stage: an environment that is set up on some network, and the places from which a client sees it.

use double::{Moment, Seed};
use evidence::Network;
use evidence::timeline::{Recorder, Timeline};
use mock_dns::aging::Scavenged;
use mock_dns::zone::Zone;
use notation::Id;

use crate::environment::Environment;

notation::choice! {
    /// A network on which scenarios can run.
    pub enum NetworkKind("network") {
        /// An event queue with a virtual clock: no sockets, the same bytes.
        "simulated" => Simulated,
        /// Real sockets on 127.0.0.0/8, on a clock that runs faster.
        "loopback" => Loopback,
        /// Real sockets in namespaces of Linux, with the addresses and ports of the scenario.
        "isolated" => Isolated,
    }
}

/// What cannot be shown on a network, and why: the reason of a skip.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct CannotShow(pub String);

/// An environment on a network.
pub trait Stage {
    /// Sets the environment of a step up, at its time. What servers remember of earlier steps stays.
    ///
    /// # Errors
    /// What this network cannot show.
    fn enter(&mut self, environment: &Environment, at: Moment) -> Result<(), CannotShow>;

    /// The network as seen from a client.
    fn seen_from(&self, client: &Id) -> Box<dyn Network + '_>;

    /// Where the client of the current run writes what it does.
    fn recorder(&self) -> &Recorder;

    /// What a KMS host counts now, by its own clock: the running service, not its description. None where nobody can look.
    fn current_count(&self, _host: &Id) -> Option<u32> {
        None
    }

    /// The zones of a DNS server as they stand now, with what updates have changed. None where nobody can look.
    fn zones(&self, _server: &Id) -> Option<Vec<Zone>> {
        None
    }

    /// The same network as it stands between two attempts, for trying out what comes next. None where it cannot be had twice.
    fn copy(&self) -> Option<Box<dyn Stage>> {
        None
    }

    /// What scavenging took at a DNS server so far, oldest first.
    fn scavenged(&self, server: &Id) -> Vec<Scavenged>;

    /// Everything that happened since the last call, at every machine, in one order.
    ///
    /// # Errors
    /// That entries were lost, which makes a run worthless.
    fn timeline(&mut self) -> Result<Timeline, CannotShow>;
}

/// The stage of a kind.
#[must_use]
pub fn stage(kind: &NetworkKind, seed: Seed) -> Box<dyn Stage> {
    match kind {
        NetworkKind::Simulated => Box::new(super::simulated::Simulated::new(seed)),
        NetworkKind::Loopback => Box::new(super::loopback::Loopback::new(seed)),
        #[cfg(target_os = "linux")]
        NetworkKind::Isolated => Box::new(super::isolated::Isolated::new(seed)),
        // It says itself that it needs Linux.
        #[cfg(not(target_os = "linux"))]
        NetworkKind::Isolated => Box::new(super::loopback::Loopback::new(seed)),
    }
}
