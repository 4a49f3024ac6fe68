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

/// The newest entries, up to a bound; what had to go is counted, so that a gap is visible.
#[derive(Clone, Debug)]
pub struct Ring<E> {
    entries: VecDeque<Entry<E>>,
    bound: usize,
    lost: u64,
}

impl<E> Ring<E> {
    /// Enough for every scenario by two orders of magnitude, and a few megabytes for a server that runs for days.
    pub const DEFAULT_BOUND: usize = 10_000;

    /// An empty ring that keeps `bound` entries.
    #[must_use]
    pub const fn new(bound: usize) -> Self {
        Self { entries: VecDeque::new(), bound, lost: 0 }
    }

    /// Adds an entry; the oldest goes if the ring is full.
    pub fn push(&mut self, entry: Entry<E>) {
        if self.entries.len() >= self.bound {
            self.entries.pop_front();
            self.lost += 1;
        }
        self.entries.push_back(entry);
    }

    /// The entries, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &Entry<E>> {
        self.entries.iter()
    }

    /// Takes all entries out, oldest first.
    pub fn drain(&mut self) -> Vec<Entry<E>> {
        self.entries.drain(..).collect()
    }

    /// How many entries had to go since the ring was made.
    #[must_use]
    pub const fn lost(&self) -> u64 {
        self.lost
    }
}

impl<E> Default for Ring<E> {
    fn default() -> Self {
        Self::new(Self::DEFAULT_BOUND)
    }
}

#[cfg(test)]
mod tests {
    use super::{Entry, MachineId, Moment, Ring};

    #[test]
    fn a_full_ring_loses_the_oldest_and_says_so() {
        let mut ring = Ring::new(2);
        for event in 1..=3 {
            ring.push(Entry::new(Moment::START, MachineId::new("dns1"), event));
        }
        assert_eq!(ring.iter().map(|entry| entry.event).collect::<Vec<_>>(), [2, 3]);
        assert_eq!(ring.lost(), 1);
    }
}
