//! The loopback network: real sockets on 127.0.0.0/8, as an ordinary user, with the mocks behind their own drivers.
//!
//! Each machine of a scenario has, to each of its clients, an address of its own, so that port 1688 is really 1688 for all
//! scenarios at the same time, and a rule about one client binds that client alone. What is on the wire and in the journal are the
//! scenario's addresses: they are translated where a socket is bound or connected, and nowhere else. On ::1, which is one address,
//! ports are translated as well. Time runs faster than real time, for clients and servers alike, and stands still while anybody has
//! something to do: a busy machine makes a run slower, never different.
//!
//! In reading order: [`path`] (what a packet meets, and what cannot be shown), [`claim`] (addresses that nobody else has), [`book`]
//! (translation), [`dead_end`] (silence and refusal), [`kernel`] (what only Linux tells), [`pace`] (time), [`servers`] (the mocks),
//! [`awaited`] (what they must have seen at the end), [`view`] (all of it for one client), [`seen`], [`datagrams`] and [`stream`] (the network as the client sees it), [`lag`] (paths
//! that delay).

pub(in crate::network) mod awaited;
pub(in crate::network) mod book;
mod claim;
mod datagrams;
mod dead_end;
pub(in crate::network) mod kernel;
mod lag;
pub(in crate::network) mod pace;
pub(in crate::network) mod path;
mod seen;
pub(in crate::network) mod servers;
mod stream;
mod view;

use std::cell::RefCell;

use double::{Clock, Moment, Seed};
use evidence::Network;
use evidence::timeline::{Recorder, Timeline};
use mock_dns::aging::Scavenged;
use mock_dns::boundary::Transport;
use notation::Id;

use super::order::in_order;
use super::stage::{CannotShow, Stage};
use crate::environment::Environment;
use awaited::Expected;
use seen::Seen;
use servers::Servers;
use view::Setting;

/// An environment on the loopback network.
#[derive(Debug)]
pub struct Loopback {
    // First, so that the servers stop before anything else goes.
    setting: Option<Setting>,
    servers: Servers,
    seed: Seed,
    clock: Clock,
    recorder: Recorder,
    expected: Expected,
    trouble: RefCell<Option<String>>,
}

impl Loopback {
    /// A network without machines.
    #[must_use]
    pub fn new(seed: Seed) -> Self {
        Self {
            setting: None,
            servers: Servers::default(),
            // The same as of the simulated network, so that chance strikes alike.
            seed: seed.child("network"),
            clock: Clock::stepped(Moment::START),
            recorder: Recorder::default(),
            expected: Expected::default(),
            trouble: RefCell::default(),
        }
    }

    /// Notes that a server will see a datagram, or the end of a connection that was made.
    fn await_at(&self, machine: &Id, transport: Transport, due: Moment) {
        self.expected.await_at(machine, transport, due);
    }

    /// Notes that the network could not be played as it should.
    fn trouble(&self, what: String) {
        self.trouble.borrow_mut().get_or_insert(what);
    }
}

impl Stage for Loopback {
    fn enter(&mut self, environment: &Environment, at: Moment) -> Result<(), CannotShow> {
        // Nobody is in the middle of something between two steps, so the old servers go and the clock may jump.
        self.setting = None;
        if !cfg!(target_os = "linux") {
            return Err(CannotShow("real sockets need Linux: elsewhere no port can be made silent".to_owned()));
        }
        if let Some(reason) = path::cannot_show(environment) {
            return Err(CannotShow(reason));
        }
        self.clock = Clock::stepped(at.max(self.clock.now()));
        self.servers.set_up(environment, self.seed, self.clock.now());
        let setting = Setting::new(environment, &self.servers, self.clock.clone());
        self.setting = Some(setting.map_err(|error| CannotShow(format!("no sockets for the machines: {error}")))?);
        Ok(())
    }

    fn seen_from(&self, client: &Id) -> Box<dyn Network + '_> {
        Box::new(Seen::new(self, self.setting.as_ref(), client))
    }

    fn recorder(&self) -> &Recorder {
        &self.recorder
    }

    fn current_count(&self, host: &Id) -> Option<u32> {
        self.servers.current_count(host, self.clock.now())
    }

    fn scavenged(&self, server: &Id) -> Vec<Scavenged> {
        self.servers.scavenged(server)
    }

    fn timeline(&mut self) -> Result<Timeline, CannotShow> {
        let seen = match &self.setting {
            Some(setting) => self.expected.settle(&setting.pace, &self.servers)?,
            None => Vec::new(),
        };
        let trouble = || self.setting.as_ref().and_then(Setting::trouble);
        if let Some(trouble) = self.trouble.take().or_else(trouble) {
            return Err(CannotShow(trouble));
        }
        let lost = self.recorder.lost() + self.servers.lost();
        if lost > 0 {
            return Err(CannotShow(format!("the journal lost {lost} entries")));
        }
        let mut entries = self.recorder.take();
        entries.extend(seen);
        let Some(setting) = &self.setting else { return Ok(Timeline::default()) };
        let entries = in_order(entries, &setting.environment);
        Ok(Timeline { machines: setting.environment.machine_ids(), entries })
    }
}
