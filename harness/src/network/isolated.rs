//! The isolated network: namespaces of Linux, without root, with the addresses and ports of the scenario for real.
//!
//! Each client stands in a network of its own, and all servers in another; between them lies a wire that takes every packet out of the
//! kernel and asks the rules of the environment what becomes of it. So every rule works for any program, and nothing else is needed:
//! no firewall, no traffic control, no tool.
//!
//! In reading order: [`namespace`] (the right to make networks, and threads that stand in one), [`station`] (who stands in one), [`packet`] and [`reply`] (octets), [`wire`]
//! (what becomes of a packet), [`watch`] (what clients were seen to do), [`netlink`] and [`link`] (links, addresses, routes), [`relay`]
//! (the wire at work), [`ground`] (all of it for one environment), [`seen`], [`echo`] and [`stream`] (the network as our own client sees it).

mod echo;
pub(crate) mod ground;
mod link;
pub mod namespace;
mod netlink;
mod packet;
mod relay;
mod reply;
mod seen;
mod station;
mod stream;
mod watch;
mod wire;

use std::cell::RefCell;

use double::{Clock, Moment, Seed};
use evidence::Network;
use evidence::timeline::{Recorder, Timeline};
use mock_dns::aging::Scavenged;
use notation::Id;

use super::loopback::awaited::Expected;
use super::loopback::path::needs_multicast;
use super::order::in_order;
use super::stage::{CannotShow, Stage};
use crate::environment::Environment;
use crate::environment::rule::How;
use ground::Ground;
use seen::Seen;

/// An environment on the isolated network, for our own client. The process must have [entered](namespace::enter) its rights.
#[derive(Debug)]
pub struct Isolated {
    // First, so that the servers stop before anything else goes.
    ground: Option<Ground>,
    environment: Option<Environment>,
    seed: Seed,
    clock: Clock,
    recorder: Recorder,
    expected: Expected,
    trouble: RefCell<Option<String>>,
}

impl Isolated {
    /// A network without machines.
    #[must_use]
    pub fn new(seed: Seed) -> Self {
        Self {
            ground: None,
            environment: None,
            // The same as of the simulated network, so that chance strikes alike.
            seed: seed.child("network"),
            clock: Clock::stepped(Moment::START),
            recorder: Recorder::default(),
            expected: Expected::default(),
            trouble: RefCell::default(),
        }
    }

    /// Notes that the network could not be played as it should.
    fn trouble(&self, what: String) {
        self.trouble.borrow_mut().get_or_insert(what);
    }
}

/// Why this network cannot show an environment to our own client, whose time is not that of the kernel.
fn cannot_show(environment: &Environment) -> Option<String> {
    if let Some(reason) = needs_multicast(environment) {
        return Some(reason);
    }
    let lossy = environment.rules.iter().find(|rule| matches!(rule.how, How::Lossy(_)))?;
    let what =
        "a path that loses single packets is repaired by the kernel in real time, and a run has a clock of its own";
    Some(format!("rule `{}`: {what}", lossy.id))
}

impl Stage for Isolated {
    fn enter(&mut self, environment: &Environment, at: Moment) -> Result<(), CannotShow> {
        if let Some(reason) = cannot_show(environment) {
            self.ground = None;
            return Err(CannotShow(reason));
        }
        self.clock = Clock::stepped(at.max(self.clock.now()));
        let ground = Ground::new(environment, self.ground.take(), self.clock.clone(), self.seed);
        self.ground = Some(ground.map_err(|error| CannotShow(format!("no isolated network: {error}")))?);
        self.environment = Some(environment.clone());
        Ok(())
    }

    fn seen_from(&self, client: &Id) -> Box<dyn Network + '_> {
        Box::new(Seen::new(self, client))
    }

    fn recorder(&self) -> &Recorder {
        &self.recorder
    }

    fn current_count(&self, host: &Id) -> Option<u32> {
        self.ground.as_ref()?.servers.current_count(host, self.clock.now())
    }

    fn scavenged(&self, server: &Id) -> Vec<Scavenged> {
        self.ground.as_ref().map(|ground| ground.servers.scavenged(server)).unwrap_or_default()
    }

    fn timeline(&mut self) -> Result<Timeline, CannotShow> {
        let Some(ground) = &self.ground else { return Ok(Timeline::default()) };
        let seen = self.expected.settle(&ground.pace, &ground.servers)?;
        if let Some(trouble) = self.trouble.take() {
            return Err(CannotShow(trouble));
        }
        let lost = self.recorder.lost() + ground.servers.lost();
        if lost > 0 {
            return Err(CannotShow(format!("the journal lost {lost} entries")));
        }
        // Our client keeps its own journal.
        ground.forget_stations();
        let mut entries = self.recorder.take();
        entries.extend(seen);
        let Some(environment) = &self.environment else { return Ok(Timeline::default()) };
        Ok(Timeline { machines: environment.machine_ids(), entries: in_order(entries, environment) })
    }
}
