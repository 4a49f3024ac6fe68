//! The client count of a KMS host: which CMIDs it has seen in the last thirty days.
//!
//! It stands apart because the count is the one thing that a host remembers of its clients. It decides nothing: a count
//! that is too low is granted all the same, and the client draws the conclusion.

use double::WallTime;

use super::config::HostConfig;
use crate::wire::Guid;

/// How long a client is counted after its last contact, in FILETIME ticks (30 days; Windows Server, "Plan for volume
/// activation").
const WINDOW: u64 = 30 * 24 * 60 * 60 * 10_000_000;

/// The highest required count of any product. Requests can claim more; the cap follows no such claim.
const HIGHEST_THRESHOLD: u32 = 25;
/// The lowest required count of any product.
const LOWEST_THRESHOLD: u32 = 5;

/// The CMIDs that are counted.
#[derive(Debug, Clone)]
pub(super) struct ClientCache {
    /// Counted clients outside the environment, which keep renewing.
    others: u32,
    /// The highest required count that any client named.
    threshold: u32,
    /// The client and its last contact; never more than the cap.
    clients: Vec<(Guid, WallTime)>,
}

impl ClientCache {
    pub(super) fn new(config: &HostConfig) -> Self {
        // A host that has counted more than ten must have met a product that wants 25.
        let threshold = if config.current_count > 2 * LOWEST_THRESHOLD { HIGHEST_THRESHOLD } else { LOWEST_THRESHOLD };
        let mut cache = Self { others: config.current_count, threshold, clients: Vec::new() };
        for client in &config.cached {
            cache.touch(client.cmid, client.seen);
        }
        cache
    }

    /// Counts a contact and gives the current count.
    pub(super) fn contact(&mut self, client: Guid, required: u32, now: WallTime) -> u32 {
        self.threshold = self.threshold.max(required.min(HIGHEST_THRESHOLD));
        self.clients.retain(|(_, seen)| is_counted(*seen, now));
        self.touch(client, now);
        self.count(now)
    }

    /// The current count: at most twice the highest threshold seen.
    pub(super) fn count(&self, now: WallTime) -> u32 {
        let clients = self.clients.iter().filter(|(_, seen)| is_counted(*seen, now)).count();
        let clients = u32::try_from(clients).unwrap_or(u32::MAX);
        self.others.saturating_add(clients).min(self.cap())
    }

    /// Follows a change of the number of clients outside the environment.
    pub(super) const fn set_others(&mut self, others: u32) {
        self.others = others;
    }

    fn touch(&mut self, client: Guid, now: WallTime) {
        self.clients.retain(|(counted, _)| *counted != client);
        self.clients.push((client, now));
        // "The most recent contacts are stored": the order of contacts is the order in the list.
        let excess = self.clients.len().saturating_sub(usize::try_from(self.cap()).unwrap_or(usize::MAX));
        self.clients.drain(..excess);
    }

    const fn cap(&self) -> u32 {
        2 * self.threshold
    }
}

/// Whether a client that was last seen then still counts now.
const fn is_counted(seen: WallTime, now: WallTime) -> bool {
    now.0.saturating_sub(seen.0) <= WINDOW
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: u64 = WINDOW / 30;

    fn cache(current_count: u32) -> ClientCache {
        ClientCache::new(&HostConfig { current_count, ..HostConfig::default() })
    }

    #[track_caller]
    fn check(cache: &mut ClientCache, client: u8, required: u32, day: u64, expected: u32) {
        assert_eq!(cache.contact(Guid([client; 16]), required, WallTime(day * DAY)), expected);
    }

    #[test]
    fn different_clients_count_and_the_same_one_does_not() {
        let mut cache = cache(3);
        check(&mut cache, 1, 25, 0, 4);
        check(&mut cache, 1, 25, 1, 4);
        check(&mut cache, 2, 25, 1, 5);
    }

    #[test]
    fn a_client_leaves_after_thirty_days() {
        let mut cache = cache(0);
        check(&mut cache, 1, 25, 0, 1);
        check(&mut cache, 2, 25, 30, 2);
        check(&mut cache, 3, 25, 31, 2);
    }

    #[test]
    fn the_cap_is_twice_the_highest_threshold() {
        let mut servers = cache(0);
        let mut clients = cache(0);
        for client in 1..=60 {
            check(&mut servers, client, 5, 0, u32::from(client).min(10));
            check(&mut clients, client, 25, 0, u32::from(client).min(50));
        }
        assert_eq!((servers.clients.len(), clients.clients.len()), (10, 50));
        check(&mut cache(50), 1, u32::MAX, 0, 50);
    }
}
