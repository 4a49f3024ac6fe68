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
//! [`view`] (all of it for one client), [`seen`], [`datagrams`] and [`stream`] (the network as the client sees it), [`lag`] (paths
//! that delay).

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
use std::time::Duration;

use double::{Clock, Entry, Moment, Seed};
use evidence::timeline::{Recorder, Timeline};
use evidence::{Event, Network};
use mock_dns::boundary::Transport;
use notation::Id;

use super::stage::{CannotShow, Stage};
use crate::environment::Environment;
use seen::Seen;
use servers::{Servers, is_datagram, is_end};
use view::Setting;

/// How long after the end of an attempt its last packets are waited for, as on the simulated network.
const SETTLE: Duration = Duration::from_secs(1);

/// How often the servers are let work until they have seen what a client did to them; once is enough unless the kernel is slow
/// to hand over a packet, and this is some ten seconds of that.
const LOOKS_MAX: usize = 5_000;

/// An environment on the loopback network.
#[derive(Debug)]
pub struct Loopback {
    // First, so that the servers stop before anything else goes.
    setting: Option<Setting>,
    servers: Servers,
    seed: Seed,
    clock: Clock,
    recorder: Recorder,
    awaited: RefCell<Vec<Awaited>>,
    trouble: RefCell<Option<String>>,
}

/// Something that a client did and that a server must see.
#[derive(Debug)]
struct Awaited {
    machine: Id,
    transport: Transport,
    due: Moment,
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
            awaited: RefCell::default(),
            trouble: RefCell::default(),
        }
    }

    /// Notes that a server will see a datagram, or the end of a connection that was made.
    fn await_at(&self, machine: &Id, transport: Transport, due: Moment) {
        self.awaited.borrow_mut().push(Awaited { machine: machine.clone(), transport, due });
    }

    /// Notes that the network could not be played as it should.
    fn trouble(&self, what: String) {
        self.trouble.borrow_mut().get_or_insert(what);
    }

    /// Waits until the servers have seen what the clients did, and hands out what they saw.
    fn settle(&self) -> Result<Vec<Entry<Event>>, CannotShow> {
        let Some(Setting { pace, .. }) = &self.setting else { return Ok(Vec::new()) };
        let broken = |error: std::io::Error| CannotShow(format!("waiting for the servers: {error}"));
        // What is on its way for longer is not waited for.
        let settled = self.clock.now().plus(SETTLE);
        let awaited: Vec<Awaited> = self.awaited.take().into_iter().filter(|awaited| awaited.due <= settled).collect();
        if let Some(last) = awaited.iter().map(|awaited| awaited.due).max() {
            pace.pass(last).map_err(broken)?;
        }
        let mut seen = Vec::new();
        let mut missing = None;
        for _ in 0..LOOKS_MAX {
            pace.let_servers_work().map_err(broken)?;
            self.servers.drain(&mut seen);
            missing = awaited.iter().find(|missing| is_missing(missing, &awaited, &seen));
            if missing.is_none() {
                return Ok(seen);
            }
            pace.rest();
        }
        let what = match missing {
            Some(Awaited { machine, transport: Transport::Tcp, .. }) => format!("`{machine}` the end of a connection"),
            Some(Awaited { machine, transport: Transport::Udp, .. }) => format!("`{machine}` a datagram"),
            None => "the servers what happened".to_owned(),
        };
        Err(CannotShow(format!("not seen in time: by {what}")))
    }
}

/// Whether a server has seen fewer things of a kind than it must.
fn is_missing(one: &Awaited, all: &[Awaited], seen: &[Entry<Event>]) -> bool {
    let same = |other: &&Awaited| other.machine == one.machine && other.transport == one.transport;
    let is_it = match one.transport {
        Transport::Udp => is_datagram,
        Transport::Tcp => is_end,
    };
    let there = seen.iter().filter(|entry| entry.machine.as_str() == one.machine.as_str() && is_it(&entry.event));
    there.count() < all.iter().filter(same).count()
}

impl Stage for Loopback {
    fn enter(&mut self, environment: &Environment, at: Moment) -> Result<(), CannotShow> {
        // Nobody is in the middle of something between two steps, so the old servers go and the clock may jump.
        self.setting = None;
        if !cfg!(target_os = "linux") {
            return Err(CannotShow(
                "the loopback network needs Linux: elsewhere no port can be made silent".to_owned(),
            ));
        }
        if let Some(reason) = path::cannot_show(environment) {
            return Err(CannotShow(reason));
        }
        self.clock = Clock::stepped(at.max(self.clock.now()));
        self.servers.set_up(environment, self.seed);
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

    fn timeline(&mut self) -> Result<Timeline, CannotShow> {
        let seen = self.settle()?;
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
        entries.sort_by_key(|entry| entry.at);
        let machines = self.setting.as_ref().map(|setting| setting.environment.machine_ids());
        Ok(Timeline { machines: machines.unwrap_or_default(), entries })
    }
}
