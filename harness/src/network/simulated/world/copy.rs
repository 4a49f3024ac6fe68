//! The simulated network once more, as it stands between two attempts: for trying out what comes next.
//!
//! It stands apart because it says what of a network is memory, and what belongs to packets and connections that nobody waits for.

use super::{Machine, Queue, World};

impl World {
    /// The same network between two attempts, when nobody is in the middle of something.
    pub(in crate::network::simulated) fn without_connections(&self) -> Self {
        Self {
            now: self.now,
            start: self.start,
            seed: self.seed,
            queue: Queue::default(),
            machines: self.machines.iter().map(Machine::without_connections).collect(),
            names: self.names.clone(),
            addresses: self.addresses.clone(),
            path: self.path.clone(),
            sockets: Vec::new(),
            links: Vec::new(),
            held: Vec::new(),
            ports: self.ports,
        }
    }
}
