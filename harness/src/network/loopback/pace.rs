//! DRIVER: how time passes on the loopback network: in steps, and only while nobody has anything left to do.
//!
//! A client that waits looks at its socket for a while of real time, lets the servers take up whatever has reached them, looks again,
//! and only then puts the clock forward. So a machine that is busy with other things makes a run slower and never different: no
//! time-out strikes because a thread was not scheduled. Whoever waits is the one who moves the clock; there is never more than one.
#![expect(clippy::disallowed_types, clippy::disallowed_methods, reason = "driver: waits in real time")]

use std::io;
use std::sync::mpsc;
use std::time::Duration;

use double::serve::ServerThread;
use double::{Clock, Moment};
use socket2::Socket;

use super::kernel::{self, Ready};

/// How far the clock moves in a step: small against the half second, the shortest pause of a client.
const STEP: Duration = Duration::from_millis(40);

/// How long a step takes in real time, at least: what the kernel needs to hand a packet from one socket to another, many times over.
/// With [`STEP`] this makes time run 20 times as fast as real time, or slower on a loaded machine: 21 s take one.
const PACE: Duration = Duration::from_millis(2);

/// How often the servers' thread looks at its sockets before it is believed that it has nothing left to do: an accept, the
/// first octets, an answer, and as many to spare.
const LOOKS: usize = 8;

/// How long, in real time, the servers' thread may take for that; longer only if it is stuck.
const STUCK: Duration = Duration::from_secs(30);

/// The time of a step's environment: its clock, and the thread of the servers that must have nothing to do when it moves.
#[derive(Debug)]
pub(in crate::network) struct Pace {
    pub(in crate::network) clock: Clock,
    // The servers stop when this goes.
    pub(in crate::network) thread: ServerThread,
}

impl Pace {
    /// Waits until a socket is ready, at most until a moment; false when it is not by then.
    pub(in crate::network) fn wait(&self, socket: &Socket, ready: Ready, until: Moment) -> io::Result<bool> {
        loop {
            let now = self.clock.now();
            let patience = if now < until { PACE } else { Duration::ZERO };
            if kernel::wait(socket, ready, patience)? {
                return Ok(true);
            }
            self.let_servers_work()?;
            if kernel::wait(socket, ready, Duration::ZERO)? {
                return Ok(true);
            }
            if now >= until {
                return Ok(false);
            }
            self.clock.step_to(now.plus(STEP).min(until));
        }
    }

    /// Lets time pass until a moment.
    pub(in crate::network) fn pass(&self, until: Moment) -> io::Result<()> {
        loop {
            let now = self.clock.now();
            if now >= until {
                return Ok(());
            }
            self.rest();
            self.let_servers_work()?;
            self.clock.step_to(now.plus(STEP).min(until));
        }
    }

    /// Waits a little in real time, and moves no clock.
    pub(in crate::network) fn rest(&self) {
        std::thread::sleep(PACE);
    }

    /// Waits until the servers have taken up what has reached their sockets or has become due.
    pub(in crate::network) fn let_servers_work(&self) -> io::Result<()> {
        let (done, wait) = mpsc::channel();
        self.thread.spawn(async move {
            for _ in 0..LOOKS {
                // Goes on when the other tasks have nothing to do and the runtime has looked at sockets and clock.
                tokio::task::yield_now().await;
            }
            done.send(()).ok();
        });
        wait.recv_timeout(STUCK).map_err(|_| io::Error::other("the servers are stuck"))
    }
}
