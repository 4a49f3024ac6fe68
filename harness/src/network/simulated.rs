//! The simulated network: an event queue with a virtual clock. No sockets, no threads, the same bytes.
//!
//! A wait costs nothing: 21 seconds of a connect time-out or 180 days to a renewal are one step of the queue. In reading
//! order: [`path`] (what happens to a packet on its way), [`queue`] (what will happen), [`service`] (what listens on a port), [`world`] (machines and clock),
//! [`seen`] (the network as a client sees it). Same seed, same bytes.

mod path;
mod queue;
mod seen;
mod service;
mod world;

use std::cell::RefCell;

use double::{Moment, Seed};
use evidence::Network;
use evidence::timeline::{Recorder, Timeline};
use mock_dns::aging::Scavenged;
use mock_dns::zone::Zone;
use notation::Id;

use super::stage::{CannotShow, Stage};
use crate::environment::Environment;
use seen::Seen;
use world::World;

/// An environment on the simulated network.
#[derive(Debug)]
pub struct Simulated {
    world: RefCell<World>,
    recorder: Recorder,
}

impl Simulated {
    /// A network without machines.
    #[must_use]
    pub fn new(seed: Seed) -> Self {
        Self { world: RefCell::new(World::new(seed.child("network"))), recorder: Recorder::default() }
    }
}

impl Stage for Simulated {
    fn enter(&mut self, environment: &Environment, at: Moment) -> Result<(), CannotShow> {
        let world = self.world.get_mut();
        world.advance_to(at, &self.recorder);
        world.set_up(environment);
        Ok(())
    }

    fn seen_from(&self, client: &Id) -> Box<dyn Network + '_> {
        let machine = self.world.borrow().machine(client);
        Box::new(Seen::new(&self.world, &self.recorder, machine))
    }

    fn recorder(&self) -> &Recorder {
        &self.recorder
    }

    fn current_count(&self, host: &Id) -> Option<u32> {
        self.world.borrow().current_count(host)
    }

    fn zones(&self, server: &Id) -> Option<Vec<Zone>> {
        self.world.borrow().zones(server)
    }

    fn copy(&self) -> Option<Box<dyn Stage>> {
        let world = RefCell::new(self.world.borrow().without_connections());
        Some(Box::new(Self { world, recorder: Recorder::default() }))
    }

    fn scavenged(&self, server: &Id) -> Vec<Scavenged> {
        self.world.borrow().scavenged(server)
    }

    fn timeline(&mut self) -> Result<Timeline, CannotShow> {
        let world = self.world.get_mut();
        world.settle(&self.recorder);
        if self.recorder.lost() > 0 {
            return Err(CannotShow(format!("the journal lost {} entries", self.recorder.lost())));
        }
        let mut entries = self.recorder.take();
        // Stable: what is planned for later moves there, equal moments keep the order of cause and effect.
        if !entries.is_sorted_by_key(|entry| entry.at) {
            entries.sort_by_key(|entry| entry.at);
        }
        Ok(Timeline { machines: world.machine_ids().to_vec(), entries })
    }
}
