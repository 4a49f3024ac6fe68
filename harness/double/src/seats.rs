//! Who may hold a connection at once, and who has to go when there is no room.
//!
//! It stands apart from the accept loop because the rule is worth testing without a socket: at a limit, the connection
//! that has done nothing for longest makes room; where everybody is busy, the newest is refused. So a server that
//! somebody fills with connections goes on answering, and a client in the middle of a conversation keeps it. It closes nothing
//! itself.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::Moment;

/// A connection that has done nothing for so long is idle. A conversation waits milliseconds between two messages; keeping
/// one open longer is a courtesy.
pub const IDLE_AFTER: Duration = Duration::from_secs(1);

/// How much a server takes on at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Connections at a time.
    pub connections: usize,
    /// Connections at a time of one client address.
    pub per_client: usize,
}

impl Limits {
    /// Of one client elsewhere on a network: a machine has one KMS client and one resolver, and a laboratory may have several
    /// behind one address.
    pub const PER_REMOTE_CLIENT: usize = 16;

    /// So many in all, from whatever address: on loopback all clients have the same one.
    #[must_use]
    pub const fn of(connections: usize) -> Self {
        Self { connections, per_client: connections }
    }
}

impl Default for Limits {
    /// 256 connections: with every buffer of each filled to its bound that is some 20 MB, and it fits below the 1024
    /// descriptors that an ordinary process has.
    fn default() -> Self {
        Self::of(256)
    }
}

/// What became of a client that wants to come in.
#[derive(Clone, Debug)]
pub enum Verdict {
    /// There was room.
    Seated(Seat),
    /// There is room once another has left.
    InPlaceOf {
        /// The newcomer's.
        seat: Seat,
        /// Whose connection is to be closed; its seat is free already.
        leaves: u64,
        /// At which limit.
        why: Crowded,
    },
    /// There is none.
    Refused(Crowded),
}

/// Why somebody is refused, or has to leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Crowded {
    /// So many connections are open.
    InAll(usize),
    /// So many of this client are open.
    OfClient(usize),
    /// The process has no descriptor left.
    Descriptors,
}

impl fmt::Display for Crowded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InAll(limit) => write!(f, "the limit of {limit} connections"),
            Self::OfClient(limit) => write!(f, "the limit of {limit} connections of one client"),
            Self::Descriptors => f.write_str("no descriptor was free"),
        }
    }
}

/// A place that somebody has. Clones are the same place.
#[derive(Clone, Debug)]
pub struct Seat {
    number: u64,
    /// Microseconds at which its owner last did something.
    last: Arc<AtomicU64>,
}

impl Seat {
    /// Which.
    #[must_use]
    pub const fn number(&self) -> u64 {
        self.number
    }

    /// Its owner has done something at `now`: it is not idle.
    pub fn active(&self, now: Moment) {
        // Nothing else is ordered by it: a stale value closes one idle connection instead of another.
        self.last.store(micros(now), Ordering::Relaxed);
    }
}

/// The places of a server.
#[derive(Debug)]
pub struct Seats {
    limits: Limits,
    taken: BTreeMap<u64, (IpAddr, Seat)>,
    of_client: BTreeMap<IpAddr, usize>,
    given: u64,
}

impl Seats {
    /// Nobody is there.
    #[must_use]
    pub const fn new(limits: Limits) -> Self {
        Self { limits, taken: BTreeMap::new(), of_client: BTreeMap::new(), given: 0 }
    }

    /// Somebody comes in from `client`.
    pub fn enter(&mut self, client: IpAddr, now: Moment) -> Verdict {
        let client = client.to_canonical();
        let own = self.of_client.get(&client).copied().unwrap_or_default();
        // Where both are reached, a limit that only this client has reached is its own affair.
        let crowded = if own >= self.limits.per_client && own < self.limits.connections {
            Crowded::OfClient(self.limits.per_client)
        } else if self.taken.len() >= self.limits.connections {
            Crowded::InAll(self.limits.connections)
        } else {
            return Verdict::Seated(self.seat(client, now));
        };
        let whose = matches!(crowded, Crowded::OfClient(_)).then_some(client);
        match self.oldest_idle(whose, now) {
            Some(leaves) => {
                self.leave(leaves);
                Verdict::InPlaceOf { seat: self.seat(client, now), leaves, why: crowded }
            }
            None => Verdict::Refused(crowded),
        }
    }

    /// Somebody has left; more than once is once.
    pub fn leave(&mut self, number: u64) {
        let Some((client, _)) = self.taken.remove(&number) else { return };
        if let Some(own) = self.of_client.get_mut(&client) {
            *own -= 1;
            if *own == 0 {
                self.of_client.remove(&client);
            }
        }
    }

    /// The place whose owner has done nothing for longest, if that is long enough; of one client, or of all.
    #[must_use]
    pub fn oldest_idle(&self, of: Option<IpAddr>, now: Moment) -> Option<u64> {
        let latest = micros(now).checked_sub(u64::try_from(IDLE_AFTER.as_micros()).ok()?)?;
        let candidates = self.taken.iter().filter(|(_, (client, _))| of.is_none_or(|of| of == *client));
        let last = candidates.map(|(number, (_, seat))| (seat.last.load(Ordering::Relaxed), *number));
        last.filter(|(last, _)| *last <= latest).min().map(|(_, number)| number)
    }

    /// How many are there.
    #[must_use]
    pub fn taken(&self) -> usize {
        self.taken.len()
    }

    fn seat(&mut self, client: IpAddr, now: Moment) -> Seat {
        self.given += 1;
        let seat = Seat { number: self.given, last: Arc::new(AtomicU64::new(micros(now))) };
        self.taken.insert(seat.number, (client, seat.clone()));
        *self.of_client.entry(client).or_default() += 1;
        seat
    }
}

fn micros(moment: Moment) -> u64 {
    u64::try_from(moment.since(Moment::START).as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 1));
    const TWO: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 2));

    fn at(seconds: u64) -> Moment {
        Moment::at(Duration::from_secs(seconds))
    }

    /// `3`: seated as the third; `3 for 1`: the first has to go; else why there is no room.
    #[track_caller]
    fn check(seats: &mut Seats, client: IpAddr, now: u64, expected: &str) -> Option<Seat> {
        let (told, seat) = match seats.enter(client, at(now)) {
            Verdict::Seated(seat) => (seat.number().to_string(), Some(seat)),
            Verdict::InPlaceOf { seat, leaves, .. } => (format!("{} for {leaves}", seat.number()), Some(seat)),
            Verdict::Refused(why) => (why.to_string(), None),
        };
        assert_eq!(told, expected);
        seat
    }

    #[test]
    fn the_oldest_idle_makes_room_and_the_busy_keep_theirs() {
        let mut seats = Seats::new(Limits::of(2));
        let first = check(&mut seats, ONE, 0, "1").unwrap();
        check(&mut seats, TWO, 0, "2");
        check(&mut seats, ONE, 0, "the limit of 2 connections");
        first.active(at(5));
        check(&mut seats, ONE, 5, "3 for 2");
        check(&mut seats, ONE, 5, "the limit of 2 connections");
        check(&mut seats, TWO, 6, "4 for 1");
        assert_eq!(seats.taken(), 2);
    }

    #[test]
    fn one_client_pushes_out_nobody_but_itself() {
        let mut seats = Seats::new(Limits { connections: 4, per_client: 2 });
        check(&mut seats, TWO, 0, "1");
        check(&mut seats, ONE, 1, "2");
        check(&mut seats, ONE, 9, "3");
        check(&mut seats, ONE, 9, "4 for 2");
        check(&mut seats, ONE, 9, "the limit of 2 connections of one client");
        check(&mut seats, "::ffff:10.0.0.1".parse().unwrap(), 9, "the limit of 2 connections of one client");
        check(&mut seats, TWO, 9, "5");
    }

    #[test]
    fn a_place_is_free_once_and_once_only() {
        let mut seats = Seats::new(Limits::of(1));
        for number in 1..=3_u64 {
            check(&mut seats, ONE, 0, &number.to_string());
            seats.leave(number);
            seats.leave(number);
        }
        assert_eq!((seats.taken(), seats.of_client.len()), (0, 0));
    }
}
