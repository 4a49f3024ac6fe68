//! From what somebody sent to environments that would have shown it: `kmslab reproduce`.
//!
//! Facts fix a part of an environment; what they leave open is filled from known environments, and each of these is replayed: would it have
//! shown what was sent? What remains is a list of candidates with scores, never one guess, and the command whose answer
//! would shorten the list most. In reading order:
//! - [`words`], [`redact`]: names in texts, and pseudonyms for them
//! - [`look`], [`answer`](mod@answer): questions, and what the simulated network answers
//! - [`stand`]: at which machine each text was collected
//! - [`case`](mod@case): what all files together say
//! - [`cast`], [`fit`], [`candidate`]: known environments under the customer's names, with the facts put in
//! - [`difference`]: the change between two environments
//! - [`weigh`], [`next`](mod@next): what remains, and what to ask
//! - [`draft`]: a candidate as a scenario file
//! - [`tell`], [`json`]: what is said about it

pub mod answer;
pub mod candidate;
pub mod case;
pub mod cast;
pub mod difference;
pub mod draft;
pub mod fit;
pub mod json;
pub mod look;
pub mod next;
pub mod redact;
pub mod stand;
pub mod tell;
pub mod weigh;
pub mod words;

use evidence::outcome::{Outcome, OutcomeWord};
use exhibit::claim::Claim;

use crate::runner::{FixWord, Record};
pub use candidate::{Known, known};
pub use case::Case;
pub use next::Next;
pub use weigh::Weighed;

/// Most explanations between which one can still speak of a result; of more, nothing is known.
const EXPLANATIONS_MAX: usize = 12;

/// How many candidates of one explanation are asked what they would answer next: they explain it alike, and asking takes long.
const ASKED_EACH: usize = 5;

/// How many of the nearest known scenarios are named.
const NEAREST: usize = 3;

/// A finding as it is told.
#[derive(Clone, Debug, PartialEq)]
pub struct FoundHere {
    /// Its id.
    pub id: &'static str,
    /// What it says.
    pub sentence: &'static str,
    /// Whether it is why the machine is not activated.
    pub error: bool,
    /// Whether its remedy heals.
    pub fix: FixWord,
}

/// One way to explain everything, and the candidates that do it.
#[derive(Debug)]
pub struct Explanation {
    /// How the attempt ends.
    pub outcome: Outcome,
    /// What a diagnosis finds from the client.
    pub findings: Vec<FoundHere>,
    /// The candidates, by their place in [`Reproduction::weighed`]; the one with the fewest assumptions first.
    pub candidates: Vec<usize>,
}

/// What can be said at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// One explanation shows everything.
    Explained,
    /// Several do.
    Several,
    /// No known environment shows everything.
    NothingFits,
    /// What was sent contradicts itself.
    Contradictory,
    /// Too little was sent to say anything.
    TooLittle,
}

impl Verdict {
    /// The word in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Explained => "explained",
            Self::Several => "several-explanations",
            Self::NothingFits => "nothing-fits",
            Self::Contradictory => "contradictory",
            Self::TooLittle => "too-little",
        }
    }
}

/// What came of it.
#[derive(Debug)]
pub struct Reproduction {
    /// What was sent.
    pub case: Case,
    /// The candidates that were kept, the best first.
    pub weighed: Vec<Weighed>,
    /// How many of them contradict as little as the best.
    pub remaining: usize,
    /// The ways to explain it.
    pub explanations: Vec<Explanation>,
    /// What to ask for next.
    pub next: Option<Next>,
    /// What can be said.
    pub verdict: Verdict,
}

impl Reproduction {
    /// The candidate that is written down: the best of those that remain.
    #[must_use]
    pub fn chosen(&self) -> Option<&Weighed> {
        let first = self.explanations.first().and_then(|explanation| explanation.candidates.first());
        first.and_then(|place| self.weighed.get(*place))
    }

    /// The nearest known scenarios with the number of facts that each contradicts.
    #[must_use]
    pub fn nearest(&self) -> Vec<(&str, usize)> {
        let mut near: Vec<(&str, usize)> = Vec::new();
        for weighed in &self.weighed {
            let name = weighed.candidate.known.as_str();
            if near.len() < NEAREST && near.iter().all(|(known, _)| *known != name) {
                near.push((name, weighed.misses()));
            }
        }
        near
    }
}

/// Rebuilds environments that would have shown what somebody sent.
#[must_use]
pub fn reproduce(known: &[Known], claims: &[Claim]) -> Reproduction {
    let case = Case::of(claims);
    let candidates = candidate::candidates(known, &case);
    let weighed = weigh::weigh(candidates, &case);
    let fewest = weighed.first().map_or(0, Weighed::misses);
    let remaining = weighed.iter().filter(|weighed| weighed.misses() == fewest).count();
    let explanations = explained(&weighed, remaining);
    let verdict = verdict(&case, fewest, &explanations);
    let (asked, numbers) = asked(&weighed, &explanations);
    let next = next::next(&case, &asked, &numbers);
    Reproduction { case, weighed, remaining, explanations, next, verdict }
}

/// Who is asked for the next command: some candidates of each explanation, and the number of the explanation of each.
fn asked<'a>(weighed: &'a [Weighed], explanations: &[Explanation]) -> (Vec<&'a Weighed>, Vec<usize>) {
    let of = |(number, explanation): (usize, &Explanation)| {
        let some = explanation.candidates.iter().take(ASKED_EACH).filter_map(|place| weighed.get(*place));
        some.map(|weighed| (weighed, number)).collect::<Vec<_>>()
    };
    explanations.iter().enumerate().flat_map(of).unzip()
}

/// The candidates that remain, put together by how they explain it.
fn explained(weighed: &[Weighed], remaining: usize) -> Vec<Explanation> {
    let mut explanations: Vec<Explanation> = Vec::new();
    for (place, one) in weighed.iter().take(remaining.min(weigh::REMAINING_MAX)).enumerate() {
        let Some((outcome, findings)) = one.record().and_then(found) else { continue };
        let causes = |findings: &[FoundHere]| -> Vec<&'static str> {
            findings.iter().filter(|found| found.error).map(|found| found.id).collect()
        };
        let same = explanations
            .iter()
            .position(|other| other.outcome.word == outcome.word && causes(&other.findings) == causes(&findings));
        let number = same.unwrap_or_else(|| {
            explanations.push(Explanation { outcome, findings, candidates: Vec::new() });
            explanations.len() - 1
        });
        if let Some(explanation) = explanations.get_mut(number) {
            explanation.candidates.push(place);
        }
    }
    explanations
}

fn found(record: Record) -> Option<(Outcome, Vec<FoundHere>)> {
    let outcome = record.outcome?;
    let findings = record.diagnosis.map(|diagnosis| diagnosis.findings).unwrap_or_default();
    let told = findings.into_iter().map(|found| FoundHere {
        id: found.finding.entry.id,
        sentence: found.finding.entry.sentence,
        error: found.finding.severity == evidence::diagnosis::Severity::Error,
        fix: found.fix.word,
    });
    Some((outcome, told.collect()))
}

fn verdict(case: &Case, fewest: usize, explanations: &[Explanation]) -> Verdict {
    if !case.contradictions.is_empty() {
        Verdict::Contradictory
    } else if case.facts.is_empty() || explanations.len() > EXPLANATIONS_MAX {
        Verdict::TooLittle
    } else if fewest > 0 || explanations.is_empty() {
        Verdict::NothingFits
    } else if explanations.len() == 1 {
        Verdict::Explained
    } else {
        Verdict::Several
    }
}

impl Explanation {
    /// What explains it, in one line: the causes, or the outcome where there is none.
    #[must_use]
    pub fn in_short(&self) -> String {
        let causes: Vec<&str> = self.findings.iter().filter(|found| found.error).map(|found| found.id).collect();
        if !causes.is_empty() {
            return causes.join(", ");
        }
        if self.outcome.word == OutcomeWord::Activated {
            "nothing is wrong".to_owned()
        } else {
            "no cause is known".to_owned()
        }
    }
}
