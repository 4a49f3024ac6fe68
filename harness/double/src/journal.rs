//! The envelope of everything that was seen: who saw it, when, and what the double knows about it beyond the wire.
//!
//! What an event is, each double says for itself.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

/// The id of the machine at which something was seen; cheap to clone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MachineId(Arc<str>);

impl MachineId {
    /// The machine with this id.
    #[must_use]
    pub fn new(id: &str) -> Self {
        Self(Arc::from(id))
    }

    /// The id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MachineId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One line of a journal.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry<E> {
    /// When it was seen.
    pub at: Moment,
    /// Where it was seen.
    pub machine: MachineId,
    /// What was seen.
    pub event: E,
    /// What only the double knows, such as the fault that struck: for people, never for a diagnosis.
    pub note: Option<String>,
}

use crate::moment::Moment;

impl<E> Entry<E> {
    /// An entry without a note.
    #[must_use]
    pub const fn new(at: Moment, machine: MachineId, event: E) -> Self {
        Self { at, machine, event, note: None }
    }

    /// The same entry with its event told in other words.
    pub fn map<F>(self, change: impl FnOnce(E) -> F) -> Entry<F> {
        Entry { at: self.at, machine: self.machine, event: change(self.event), note: self.note }
    }
}

/// How much memory an event holds besides itself.
pub trait Held {
    /// About how many octets: what somebody else decides the size of, and no more.
    fn held(&self) -> usize;
}

/// The newest entries, up to a bound on their number and on the memory that they hold; what had to go is counted, so that a gap is
/// visible. Who sends large messages shortens what is remembered, and nothing else.
#[derive(Clone, Debug)]
pub struct Ring<E> {
    entries: VecDeque<Entry<E>>,
    bound: usize,
    octets_bound: usize,
    octets: usize,
    lost: u64,
}

impl<E: Held> Ring<E> {
    /// Enough for every scenario by two orders of magnitude, and a few megabytes for a server that runs for days.
    pub const DEFAULT_BOUND: usize = 10_000;

    /// Octets that entries may hold: 1600 for each of as many as there may be, which is more than a KMS host says at once.
    pub const DEFAULT_OCTETS: usize = 16 << 20;

    /// An empty ring that keeps `bound` entries, and of these as many as hold `octets` together; at least the newest.
    #[must_use]
    pub const fn new(bound: usize, octets: usize) -> Self {
        Self { entries: VecDeque::new(), bound, octets_bound: octets, octets: 0, lost: 0 }
    }

    /// Adds an entry; the oldest go until there is room.
    pub fn push(&mut self, entry: Entry<E>) {
        self.octets = self.octets.saturating_add(entry.held());
        self.entries.push_back(entry);
        while self.entries.len() > 1 && (self.entries.len() > self.bound || self.octets > self.octets_bound) {
            let oldest = self.entries.pop_front();
            self.octets = self.octets.saturating_sub(oldest.map_or(0, |oldest| oldest.held()));
            self.lost += 1;
        }
    }

    /// The entries, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &Entry<E>> {
        self.entries.iter()
    }

    /// Takes all entries out, oldest first. Nothing is copied, and the ring has room for as many again: whoever writes into it
    /// waits for this, and does not have to make room.
    pub fn drain(&mut self) -> VecDeque<Entry<E>> {
        self.octets = 0;
        let room = VecDeque::with_capacity(self.entries.len());
        std::mem::replace(&mut self.entries, room)
    }

    /// How many entries had to go since the ring was made.
    #[must_use]
    pub const fn lost(&self) -> u64 {
        self.lost
    }
}

impl<E: Held> Held for Entry<E> {
    fn held(&self) -> usize {
        self.event.held() + self.note.as_ref().map_or(0, String::len)
    }
}

impl<E: Held> Default for Ring<E> {
    fn default() -> Self {
        Self::new(Self::DEFAULT_BOUND, Self::DEFAULT_OCTETS)
    }
}

#[cfg(test)]
mod tests {
    use super::{Entry, Held, MachineId, Moment, Ring};

    /// An event that holds as many octets as it says.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    struct Holding(usize);

    impl Held for Holding {
        fn held(&self) -> usize {
            self.0
        }
    }

    #[track_caller]
    fn check(bound: usize, octets: usize, events: &[usize], kept: &[usize]) {
        let mut ring = Ring::new(bound, octets);
        for event in events {
            ring.push(Entry::new(Moment::START, MachineId::new("dns1"), Holding(*event)));
        }
        assert_eq!(ring.iter().map(|entry| entry.event.0).collect::<Vec<_>>(), kept);
        assert_eq!(ring.lost(), (events.len() - kept.len()) as u64);
        assert_eq!(ring.drain().len(), kept.len());
        ring.push(Entry::new(Moment::START, MachineId::new("dns1"), Holding(octets)));
        assert_eq!(ring.iter().count(), 1, "a ring that was emptied has room");
    }

    #[test]
    fn a_full_ring_loses_the_oldest_and_says_so() {
        check(2, 100, &[1, 2, 3], &[2, 3]);
        check(9, 100, &[50, 50], &[50, 50]);
        check(9, 100, &[50, 50, 1], &[50, 1]);
        check(9, 100, &[10, 20, 30, 90], &[90]);
        check(9, 100, &[10, 500], &[500]);
        check(9, 100, &[500, 10], &[10]);
    }
}
