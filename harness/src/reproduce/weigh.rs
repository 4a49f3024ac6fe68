//! Replays candidates on the simulated network and compares what they show with what was sent.
//!
//! It stands apart because it alone runs something. A fact that no source lets us predict is not judged, and never counts as
//! shown. Which candidates remain is a matter of counting: those that contradict the fewest facts.
#![expect(clippy::wildcard_enum_match_arm, reason = "picks a few kinds out of many")]

use std::cmp::Reverse;

use notation::Tree;

use super::answer::answer;
use super::candidate::Candidate;
use super::case::Case;
use super::look::Question;
use super::stand::Stand;
use crate::bench::Bench;
use crate::environment::Environment;
use crate::network::stage::NetworkKind;
use crate::runner::{Record, Settings, run_scenario};

/// The seed of every replay: the same evidence gives the same bytes.
const SEED: u64 = 1;

/// Most candidates whose findings are worked out and whose answers are compared for the next command.
pub const REMAINING_MAX: usize = 60;

/// What became of one fact at a candidate.
#[derive(Clone, Debug, PartialEq)]
pub struct Held {
    /// Which fact of the case.
    pub fact: usize,
    /// What the candidate shows instead; none where it shows the same.
    pub instead: Option<String>,
}

/// A candidate and what it shows.
#[derive(Debug)]
pub struct Weighed {
    /// The candidate.
    pub candidate: Candidate,
    /// The facts that could be judged.
    pub held: Vec<Held>,
    /// The environment to ask further questions of.
    pub bench: Bench,
}

impl Weighed {
    /// How many facts it shows, and how many were judged.
    #[must_use]
    pub fn score(&self) -> (usize, usize) {
        (self.held.iter().filter(|held| held.instead.is_none()).count(), self.held.len())
    }

    /// How many facts it contradicts.
    #[must_use]
    pub fn misses(&self) -> usize {
        let (shown, judged) = self.score();
        judged - shown
    }

    /// What it answers to a question.
    #[must_use]
    pub fn answer(&self, case: &Case, at: Stand, question: &Question) -> Vec<String> {
        answer(&self.bench, &case.stands, at, question)
    }

    /// Its one attempt with what a diagnosis finds; the remedies are tried.
    #[must_use]
    pub fn record(&self) -> Option<Record> {
        let scenario = self.candidate.scenario(self.candidate.change()?, &Tree::table([]))?;
        let record = run_scenario(&scenario, &Settings { network: NetworkKind::Simulated, seed: SEED });
        record.results.into_iter().next()
    }
}

/// Replays every candidate; the best first. Only those that contradict as few facts as the best, or one more, are kept.
#[must_use]
pub fn weigh(candidates: Vec<Candidate>, case: &Case) -> Vec<Weighed> {
    let mut kept: Vec<Weighed> = Vec::new();
    let mut best = usize::MAX;
    // What the facts alone show, without any fault of a known scenario.
    let mut facts_alone = usize::MAX;
    // What costs nothing to ask comes first: most candidates are out after it.
    let mut order: Vec<usize> = (0..case.facts.len()).collect();
    order.sort_by_key(|fact| case.facts.get(*fact).map_or(u8::MAX, |fact| cost(&fact.question)));
    for candidate in candidates {
        // Where the answers of DNS explain everything by themselves, nothing else is assumed to be wrong beside them.
        if candidate.as_answered && candidate.assumed > 0 && facts_alone == 0 {
            continue;
        }
        let plain = candidate.assumed == 0;
        if let Some(weighed) = weighed(candidate, case, &order, best.saturating_add(1)) {
            best = best.min(weighed.misses());
            if plain {
                facts_alone = facts_alone.min(weighed.misses());
            }
            kept.push(weighed);
        }
    }
    kept.retain(|weighed| weighed.misses() <= best.saturating_add(1));
    // One that shows nothing where others show what was sent explains less.
    kept.sort_by_key(|weighed| (weighed.misses(), Reverse(weighed.held.len()), weighed.candidate.assumed));
    let mut apart: Vec<Weighed> = Vec::with_capacity(kept.len());
    for weighed in kept {
        if apart
            .iter()
            .take(REMAINING_MAX)
            .all(|other| !same(&other.candidate.environment, &weighed.candidate.environment))
        {
            apart.push(weighed);
        }
    }
    apart
}

/// Whether two environments are the same. Zones are long and mostly alike: they are compared last.
fn same(first: &Environment, second: &Environment) -> bool {
    first.clients == second.clients
        && first.kms_hosts == second.kms_hosts
        && first.rules == second.rules
        && first == second
}

/// What a question costs: nothing, a message, or time-outs.
const fn cost(question: &Question) -> u8 {
    match question {
        Question::Lookup(..) => 1,
        Question::Port(..) | Question::Ping(_) => 2,
        _ => 0,
    }
}

/// One candidate; none as soon as it contradicts more than allowed.
fn weighed(candidate: Candidate, case: &Case, order: &[usize], allowed: usize) -> Option<Weighed> {
    let scenario = candidate.scenario(evidence::Change::default(), &Tree::table([]))?;
    let bench = Bench::of(&scenario, SEED).ok()?;
    let mut held = Vec::new();
    let mut misses = 0;
    for place in order {
        let fact = case.facts.get(*place)?;
        let shown = answer(&bench, &case.stands, fact.at, &fact.question);
        if shown.is_empty() {
            continue;
        }
        let fits = shown.contains(&fact.says);
        misses += usize::from(!fits);
        if misses > allowed {
            return None;
        }
        held.push(Held { fact: *place, instead: (!fits).then(|| shown.join(" or ")) });
    }
    held.sort_by_key(|held| held.fact);
    Some(Weighed { candidate, held, bench })
}
