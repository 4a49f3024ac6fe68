//! What happens to a packet on its way: the first rule that catches it decides, else it arrives.

use std::net::SocketAddr;
use std::time::Duration;

use double::Seed;
use evidence::network::Failure;
use notation::Id;

use crate::environment::rule::{How, Packet, Rule};

/// How long a packet is on its way in one direction: a switched office network, so that a query takes a millisecond.
pub(super) const LATENCY: Duration = Duration::from_micros(500);

/// How long a sender waits before it repeats a lost TCP segment: the initial value of Windows 10 (kms-behaviour: time-outs).
const RETRANSMIT: Duration = Duration::from_secs(1);

/// Repeats of a lost segment after which it is taken as lost for good: 1, 3, 7, 15 s, as SYNs are repeated.
const REPEATS_MAX: u32 = 4;

/// What becomes of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It arrives after this time.
    Arrives(Duration),
    /// It vanishes.
    Vanishes,
    /// The sender hears that it cannot arrive.
    Bounces(Failure),
}

/// Decides about packets; counts them, because chance is drawn for each.
#[derive(Clone, Debug)]
pub(super) struct Path {
    rules: Vec<Rule>,
    seed: Seed,
    packets: u64,
}

impl Path {
    pub(super) fn new(rules: Vec<Rule>, seed: Seed) -> Self {
        Self { rules, seed, packets: 0 }
    }

    /// The same seed and count, other rules.
    pub(super) fn set_rules(&mut self, rules: Vec<Rule>) {
        self.rules = rules;
    }

    /// What becomes of an ICMP echo request or reply.
    pub(super) fn fate_of_echo(&mut self, from: &Id, to: Option<&Id>) -> Fate {
        let rule = self.rules.iter().position(|rule| rule.catches_echo(from, to));
        self.fate_by(rule, false)
    }

    /// What becomes of a packet. TCP repeats what is lost, so a lossy path makes it late before it makes it fail.
    pub(super) fn fate(&mut self, from: &Id, to: Option<&Id>, tcp: bool, destination: SocketAddr) -> Fate {
        let packet = Packet { from, to, tcp, destination };
        let rule = self.rules.iter().position(|rule| rule.catches(&packet));
        self.fate_by(rule, tcp)
    }

    /// What becomes of a packet that the rule at this place catches, if one does.
    fn fate_by(&mut self, rule: Option<usize>, tcp: bool) -> Fate {
        let Some(rule) = rule.and_then(|rule| self.rules.get(rule)) else { return Fate::Arrives(LATENCY) };
        match rule.how {
            How::Silent | How::ListenQueueFull => Fate::Vanishes,
            How::Refused => Fate::Bounces(Failure::Refused),
            How::RejectedIcmp => Fate::Bounces(Failure::Rejected),
            How::Unreachable => Fate::Bounces(Failure::Unreachable),
            How::Delayed(delay) => Fate::Arrives(LATENCY + delay.duration()),
            How::Lossy(chance) => {
                let mut lost = || {
                    self.packets += 1;
                    self.seed.nth(self.packets).fraction() < chance
                };
                let mut late = Duration::ZERO;
                for repeat in 0..=(if tcp { REPEATS_MAX } else { 0 }) {
                    if !lost() {
                        return Fate::Arrives(LATENCY + late);
                    }
                    late += RETRANSMIT * 2_u32.pow(repeat);
                }
                Fate::Vanishes
            }
        }
    }
}
