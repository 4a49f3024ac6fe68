//! What will happen on the simulated network, in order of time; at equal moments in the order in which it was planned.
//!
//! It knows no machines and moves no clock.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::net::SocketAddr;

use double::Moment;
use evidence::network::Failure;
use mock_dns::boundary::Origin;

/// Something that will happen.
#[derive(Debug)]
pub(super) enum Happening {
    /// A datagram reaches a server.
    Datagram { machine: usize, origin: Origin, bytes: Vec<u8> },
    /// A datagram or an ICMP error reaches a client's socket.
    Delivery { socket: usize, what: Result<(SocketAddr, Vec<u8>), Failure> },
    /// A SYN reaches a listener.
    Syn { connection: usize },
    /// Octets (or the end of them) reach the server's side of a connection.
    ToServer { connection: usize, bytes: Option<Vec<u8>> },
    /// Octets, end or reset reach the client's side.
    ToClient { connection: usize, what: Arrival },
}

/// What reaches a client on a connection.
#[derive(Debug)]
pub(super) enum Arrival {
    Connected,
    Bytes(Vec<u8>),
    End,
    Reset,
}

#[derive(Debug)]
struct Planned {
    at: Moment,
    order: u64,
    what: Happening,
}

impl PartialEq for Planned {
    fn eq(&self, other: &Self) -> bool {
        (self.at, self.order) == (other.at, other.order)
    }
}

impl Eq for Planned {}

impl PartialOrd for Planned {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Planned {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.order).cmp(&(other.at, other.order))
    }
}

/// The events to come.
#[derive(Debug, Default)]
pub(super) struct Queue {
    heap: BinaryHeap<Reverse<Planned>>,
    planned: u64,
}

impl Queue {
    pub(super) fn plan(&mut self, at: Moment, what: Happening) {
        self.planned += 1;
        self.heap.push(Reverse(Planned { at, order: self.planned, what }));
    }

    /// When the next event is.
    pub(super) fn next(&self) -> Option<Moment> {
        self.heap.peek().map(|Reverse(planned)| planned.at)
    }

    pub(super) fn take(&mut self) -> Option<(Moment, Happening)> {
        self.heap.pop().map(|Reverse(planned)| (planned.at, planned.what))
    }

    pub(super) fn clear(&mut self) {
        self.heap.clear();
    }
}
