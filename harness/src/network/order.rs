//! One order for what several machines wrote down: by moment, and within one moment by cause and effect.
//!
//! Over real sockets each machine keeps a journal of its own, and all of them read one clock that hardly moves while packets travel: a
//! client may have written down an answer before its server wrote down what it sent. Here what was sent stands before what was received,
//! and is never later. `messages` says which entry sent what another received; this file knows moments and nothing else. The simulated network
//! needs none of it: there an entry is written when its turn comes.

mod messages;

use std::collections::BTreeMap;

use double::{Entry, MachineId, Moment};
use evidence::Event;

use crate::environment::Environment;

pub use messages::messages;
pub(crate) use messages::{answers, ends};

/// An entry, and what comes of it.
#[derive(Debug)]
struct Node {
    at: Moment,
    /// Messages that had to pass one after the other within this moment.
    messages: usize,
    effects: Vec<Effect>,
    /// Causes that have not had their turn.
    waits_for: usize,
}

/// A later entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Effect {
    entry: usize,
    /// Whether a message brought it about, and not merely the same machine going on.
    by_message: bool,
}

/// Puts the journals of several machines, each in its own order, into one.
///
/// An entry that was written after somebody else had received what it tells of gets the moment of that receipt, for it cannot have
/// happened later. Within one moment entries stand by the number of messages that had to pass one after the other, as they do where
/// messages take time.
#[must_use]
pub fn in_order(mut entries: Vec<Entry<Event>>, environment: &Environment) -> Vec<Entry<Event>> {
    entries.sort_by_key(|entry| entry.at);
    let mut nodes = Nodes::of(&entries, environment);
    let order = nodes.causes_first();
    for cause in order.iter().rev() {
        nodes.be_no_later_than_effects(*cause);
    }
    for cause in &order {
        nodes.count_messages(*cause);
    }
    let mut placed: Vec<(Node, Entry<Event>)> = nodes.0.into_iter().zip(entries).collect();
    placed.sort_by_key(|(node, _)| (node.at, node.messages));
    placed.into_iter().map(|(node, entry)| Entry { at: node.at, ..entry }).collect()
}

struct Nodes(Vec<Node>);

impl Nodes {
    fn of(entries: &[Entry<Event>], environment: &Environment) -> Self {
        // What guesses have tied into a knot stays behind everything else of its moment.
        let node =
            |entry: &Entry<Event>| Node { at: entry.at, messages: usize::MAX, effects: Vec::new(), waits_for: 0 };
        let mut nodes = Self(entries.iter().map(node).collect());
        let mut newest: BTreeMap<&MachineId, usize> = BTreeMap::new();
        for (place, entry) in entries.iter().enumerate() {
            if let Some(before) = newest.insert(&entry.machine, place) {
                nodes.tie(before, Effect { entry: place, by_message: false });
            }
        }
        for (cause, effect) in messages(entries, environment) {
            nodes.tie(cause, Effect { entry: effect, by_message: true });
        }
        nodes
    }

    fn tie(&mut self, cause: usize, effect: Effect) {
        if let Some(node) = self.0.get_mut(effect.entry) {
            node.waits_for += 1;
        }
        if let Some(node) = self.0.get_mut(cause) {
            node.effects.push(effect);
        }
    }

    /// All entries whose causes can be told, causes before effects.
    fn causes_first(&mut self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.0.len()).filter(|place| self.waits_for_nothing(*place)).collect();
        let mut turn = 0;
        while let Some(cause) = order.get(turn).copied() {
            for effect in self.effects(cause) {
                if let Some(node) = self.0.get_mut(effect.entry) {
                    node.waits_for -= 1;
                }
                if self.waits_for_nothing(effect.entry) {
                    order.push(effect.entry);
                }
            }
            turn += 1;
        }
        for place in &order {
            if let Some(node) = self.0.get_mut(*place) {
                node.messages = 0;
            }
        }
        order
    }

    fn waits_for_nothing(&self, place: usize) -> bool {
        self.0.get(place).is_some_and(|node| node.waits_for == 0)
    }

    fn effects(&self, cause: usize) -> Vec<Effect> {
        self.0.get(cause).map(|node| node.effects.clone()).unwrap_or_default()
    }

    fn be_no_later_than_effects(&mut self, cause: usize) {
        let first = self.effects(cause).iter().filter_map(|effect| self.0.get(effect.entry)).map(|node| node.at).min();
        if let Some((node, first)) = self.0.get_mut(cause).zip(first) {
            node.at = node.at.min(first);
        }
    }

    fn count_messages(&mut self, cause: usize) {
        let Some((at, before)) = self.0.get(cause).map(|node| (node.at, node.messages)) else { return };
        for effect in self.effects(cause) {
            if let Some(node) = self.0.get_mut(effect.entry).filter(|node| node.at == at && node.messages != usize::MAX)
            {
                node.messages = node.messages.max(before + usize::from(effect.by_message));
            }
        }
    }
}

#[cfg(test)]
mod tests;
