//! How many answers one source gets: the limit of a server that others than this machine can reach.
//!
//! It stands apart because it is no fault and no honest answer: a server on a network must not be of use to somebody who sends
//! queries under another's address. It looks at addresses and moments alone, and does nothing itself. Servers on loopback, and
//! those of scenarios, have none.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use double::Moment;

/// Answers a second to one source; NSD's suggestion for response rate limiting.
pub const ANSWERS_A_SECOND: u32 = 200;
/// Every so many answers over the limit one is sent, cut to TC: who is real asks again over TCP (BIND, Knot and NSD call it slip).
const SLIP: u32 = 2;
/// Sources that are remembered; one that was quiet goes for a new one. More than clients can be allowed.
const MAX_SOURCES: usize = 1024;
/// Bits of an IPv4 address that make one source, as the DNS servers have it.
const PREFIX_V4: u32 = 24;
/// Of an IPv6 address.
const PREFIX_V6: u32 = 56;

/// What becomes of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allowance {
    /// It is sent.
    Whole,
    /// It is sent with TC and without records.
    Truncated,
    /// It is not sent.
    Nothing,
}

/// Who was given how much.
#[derive(Clone, Debug)]
pub struct Throttle {
    a_second: u32,
    sources: BTreeMap<IpAddr, Source>,
}

/// One source: a second of answers in hand at most.
#[derive(Clone, Copy, Debug)]
struct Source {
    left: u32,
    /// Until when what is left was reckoned.
    reckoned: Moment,
    /// Answers over the limit.
    over: u32,
}

impl Throttle {
    /// So many answers a second to each source.
    #[must_use]
    pub const fn new(a_second: u32) -> Self {
        Self { a_second, sources: BTreeMap::new() }
    }

    /// What becomes of an answer to `client` at `now`.
    pub fn judge(&mut self, client: IpAddr, now: Moment) -> Allowance {
        let network = network(client);
        if self.sources.len() >= MAX_SOURCES && !self.sources.contains_key(&network) {
            let quiet = self.sources.iter().min_by_key(|(_, source)| source.reckoned).map(|(network, _)| *network);
            quiet.and_then(|quiet| self.sources.remove(&quiet));
        }
        let full = Source { left: self.a_second, reckoned: now, over: 0 };
        let source = self.sources.entry(network).or_insert(full);
        source.earn(self.a_second, now);
        if let Some(left) = source.left.checked_sub(1) {
            source.left = left;
            return Allowance::Whole;
        }
        source.over = source.over.wrapping_add(1);
        if source.over.is_multiple_of(SLIP) { Allowance::Truncated } else { Allowance::Nothing }
    }
}

impl Source {
    /// Adds what the time since the last look is worth.
    fn earn(&mut self, a_second: u32, now: Moment) {
        let Some(each) = Duration::from_secs(1).checked_div(a_second) else { return };
        let worth = now.since(self.reckoned).as_nanos() / each.as_nanos().max(1);
        let worth = u32::try_from(worth).unwrap_or(u32::MAX);
        if worth > 0 {
            let all = self.left.saturating_add(worth);
            // A part of an answer that was earned is kept, unless the hand is full.
            self.reckoned = if all >= a_second { now } else { self.reckoned.plus(each.saturating_mul(worth)) };
            self.left = all.min(a_second);
        }
    }
}

/// The network that counts as one source.
fn network(client: IpAddr) -> IpAddr {
    match client.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4((address.to_bits() & (u32::MAX << (u32::BITS - PREFIX_V4))).into()),
        IpAddr::V6(address) => IpAddr::V6((address.to_bits() & (u128::MAX << (u128::BITS - PREFIX_V6))).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(milliseconds: u64) -> Moment {
        Moment::at(Duration::from_millis(milliseconds))
    }

    /// `W` whole, `T` truncated, `-` nothing; one letter for each answer.
    #[track_caller]
    fn check(throttle: &mut Throttle, client: &str, milliseconds: u64, expected: &str) {
        let client = client.parse().expect("an address");
        let told: String = (0..expected.len())
            .map(|_| match throttle.judge(client, at(milliseconds)) {
                Allowance::Whole => 'W',
                Allowance::Truncated => 'T',
                Allowance::Nothing => '-',
            })
            .collect();
        assert_eq!(told, expected, "{client} at {milliseconds} ms");
    }

    #[test]
    fn a_source_gets_its_rate_and_a_hint_beyond_it() {
        let mut throttle = Throttle::new(4);
        check(&mut throttle, "10.0.0.1", 0, "WWWW-T-T");
        check(&mut throttle, "10.0.0.99", 0, "-T");
        check(&mut throttle, "10.0.1.1", 0, "WWWW-");
        check(&mut throttle, "10.0.0.1", 249, "-T");
        check(&mut throttle, "10.0.0.1", 251, "W-");
        check(&mut throttle, "10.0.0.1", 501, "WT");
        check(&mut throttle, "10.0.0.1", 90_000, "WWWW-");
    }

    #[test]
    fn half_of_an_answer_is_not_lost() {
        let mut throttle = Throttle::new(2);
        check(&mut throttle, "fd00::1", 0, "WW-");
        check(&mut throttle, "fd00::2", 499, "T");
        check(&mut throttle, "fd00::3", 900, "W-");
        check(&mut throttle, "fd00::4", 1_000, "WT");
        check(&mut throttle, "fd00:0:0:100::1", 1_000, "WW");
    }

    #[test]
    fn more_sources_than_fit_are_not_remembered() {
        let mut throttle = Throttle::new(1);
        for network in 0..=u32::try_from(MAX_SOURCES).unwrap() {
            throttle.judge(IpAddr::V4((network << 8).into()), at(u64::from(network)));
        }
        assert_eq!(throttle.sources.len(), MAX_SOURCES);
    }

    #[test]
    fn a_rate_of_none_is_none() {
        check(&mut Throttle::new(0), "10.0.0.1", 5_000, "-T-T");
    }
}
