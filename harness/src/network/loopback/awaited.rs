//! What clients did and servers must see before a run is told: datagrams on their way, connections that end.
//!
//! It stands apart because every network of real sockets needs it: a journal is whole only when the last packet has been taken up.

use std::cell::RefCell;
use std::time::Duration;

use double::{Entry, Moment};
use evidence::Event;
use mock_dns::boundary::Transport;
use notation::Id;

use super::pace::Pace;
use super::servers::{Servers, is_datagram, is_end};
use crate::network::stage::CannotShow;

/// How long after the end of an attempt its last packets are waited for, as on the simulated network.
const SETTLE: Duration = Duration::from_secs(1);

/// How often the servers are let work until they have seen what a client did to them; once is enough unless the kernel is slow
/// to hand over a packet, and this is some ten seconds of that.
const LOOKS_MAX: usize = 5_000;

/// Something that a client did and that a server must see.
#[derive(Debug)]
struct Awaited {
    machine: Id,
    transport: Transport,
    due: Moment,
}

/// All of it.
#[derive(Debug, Default)]
pub(in crate::network) struct Expected(RefCell<Vec<Awaited>>);

impl Expected {
    /// Notes that a server will see a datagram, or the end of a connection that was made.
    pub(in crate::network) fn await_at(&self, machine: &Id, transport: Transport, due: Moment) {
        self.0.borrow_mut().push(Awaited { machine: machine.clone(), transport, due });
    }

    /// Waits until the servers have seen what the clients did, and hands out what they saw.
    pub(in crate::network) fn settle(&self, pace: &Pace, servers: &Servers) -> Result<Vec<Entry<Event>>, CannotShow> {
        let broken = |error: std::io::Error| CannotShow(format!("waiting for the servers: {error}"));
        // What is on its way for longer is not waited for.
        let settled = pace.clock.now().plus(SETTLE);
        let awaited: Vec<Awaited> = self.0.take().into_iter().filter(|awaited| awaited.due <= settled).collect();
        if let Some(last) = awaited.iter().map(|awaited| awaited.due).max() {
            pace.pass(last).map_err(broken)?;
        }
        let mut seen = Vec::new();
        let mut missing = None;
        for _ in 0..LOOKS_MAX {
            pace.let_servers_work().map_err(broken)?;
            servers.drain(&mut seen);
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
