//! DRIVER: packets that a rule delays: on their way out they wait on the thread of the servers, on their way in they wait here.
//!
//! So a client that sends goes on at once, and what it sends arrives late; what comes back is read when it comes and handed out late.
#![expect(clippy::disallowed_types, reason = "driver: sends on sockets, later")]

use std::collections::VecDeque;
use std::io::Write;
use std::net::{Shutdown, SocketAddr, TcpStream, UdpSocket};

use double::Moment;
use tokio::sync::mpsc;

use super::pace::Pace;

/// Sends a datagram later. One that cannot be sent is lost, as datagrams are.
pub(super) fn send_later(pace: &Pace, due: Moment, socket: UdpSocket, to: SocketAddr, bytes: Vec<u8>) {
    let clock = pace.clock.clone();
    pace.thread.spawn(async move {
        clock.sleep_until(due).await;
        socket.send_to(&bytes, to).ok();
    });
}

/// The way out of a connection whose octets are late; they keep their order. Closed when dropped.
#[derive(Debug)]
pub(super) struct LateWriter {
    queue: mpsc::UnboundedSender<(Moment, Written)>,
}

/// What goes out.
#[derive(Debug)]
enum Written {
    Octets(Vec<u8>),
    End,
}

impl LateWriter {
    pub(super) fn new(pace: &Pace, mut stream: TcpStream) -> Self {
        let (queue, mut due) = mpsc::unbounded_channel();
        let clock = pace.clock.clone();
        pace.thread.spawn(async move {
            while let Some((moment, what)) = due.recv().await {
                clock.sleep_until(moment).await;
                // A connection that is gone takes nothing; its reader hears of that. A client's octets fit every socket buffer, so
                // the write does not hold up the servers.
                match what {
                    Written::Octets(bytes) => stream.write_all(&bytes).ok(),
                    Written::End => stream.shutdown(Shutdown::Write).ok(),
                };
            }
        });
        Self { queue }
    }

    pub(super) fn write(&self, due: Moment, bytes: Vec<u8>) {
        // The task lives as long as the servers do; afterwards nobody is left to write to.
        self.queue.send((due, Written::Octets(bytes))).ok();
    }

    pub(super) fn end(&self, due: Moment) {
        self.queue.send((due, Written::End)).ok();
    }
}

/// What has come and is not handed out yet, in order.
#[derive(Debug)]
pub(super) struct Held<T>(VecDeque<(Moment, T)>);

impl<T> Held<T> {
    pub(super) const fn new() -> Self {
        Self(VecDeque::new())
    }

    /// Holds something until a moment; what is due at the same one keeps its order.
    pub(super) fn push(&mut self, due: Moment, what: T) {
        let place = self.0.partition_point(|(other, _)| *other <= due);
        self.0.insert(place, (due, what));
    }

    /// When the next is due.
    pub(super) fn next_due(&self) -> Option<Moment> {
        self.0.front().map(|(due, _)| *due)
    }

    /// The next, if it is due.
    pub(super) fn take(&mut self, now: Moment) -> Option<T> {
        let is_due = self.next_due().is_some_and(|due| due <= now);
        if is_due { self.0.pop_front().map(|(_, what)| what) } else { None }
    }
}
