//! What came out of a run, as data: the one thing that reports read.

use std::time::Duration;

use evidence::diagnosis::{Evidence, Finding};
use evidence::outcome::{LoggedEvent, Outcome};
use evidence::timeline::{Role, Timeline};
use notation::Id;

use crate::scenario::Scenario;
use crate::scenario::refusal::Refusal;
use crate::verdict::{Findings, Miss};

/// What became of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// Everything that was judged is as expected.
    Passed,
    /// This network cannot show it. Never counted as passed.
    Skipped,
    /// Something differs.
    Failed,
}

impl Status {
    /// The word in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Skipped => "skipped",
            Self::Failed => "failed",
        }
    }
}

notation::choice! {
    /// What became of a finding's remedy in simulation.
    pub enum FixWord("fix check") {
        /// With it the machine is activated; without it, not.
        "heals" => Heals,
        /// The cause is gone, and another one is next.
        "next-fault" => NextFault,
        /// The machine asks no KMS host any more.
        "leaves-kms" => LeavesKms,
        /// The cause is still there, or it went away without the remedy.
        "no-effect" => NoEffect,
        /// No remedy applies here.
        "not-possible" => NotPossible,
        /// There is nothing to try.
        "not-tried" => NotTried,
    }
}

/// What became of a finding's remedy in simulation: applied to a copy, run again, taken back, run again.
#[derive(Clone, Debug, PartialEq)]
pub struct FixCheck {
    /// In one word.
    pub word: FixWord,
    /// Which of the finding's remedies was tried, if one applies.
    pub remedy: Option<usize>,
    /// The blanks that were filled: name and value.
    pub filled: Vec<(&'static str, String)>,
    /// The operations that the remedy meant here.
    pub change: evidence::Change,
    /// How the attempt with the remedy ended, and what happened in it.
    pub with: Option<(Outcome, Timeline)>,
    /// How the attempt ended after it was taken back.
    pub without: Option<Outcome>,
    /// The finding that comes next with the remedy.
    pub next: Option<&'static str>,
    /// Why no remedy applies.
    pub reason: Option<String>,
}

/// A finding, and what became of its remedy.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The finding.
    pub finding: Finding,
    /// What became of its remedy.
    pub fix: FixCheck,
}

/// What a diagnosis found after an attempt.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnosis {
    /// What was observed from the client alone.
    pub evidence: Evidence,
    /// What that shows, the masking cause first.
    pub findings: Vec<Found>,
    /// What is found standing at the DNS servers too, where the scenario asks for it.
    pub from_dns: Option<Elsewhere>,
    /// What is found standing at the KMS hosts too, where the scenario asks for it.
    pub from_host: Option<Elsewhere>,
}

/// What a diagnosis found from the client and from another place to stand.
#[derive(Clone, Debug, PartialEq)]
pub struct Elsewhere {
    /// What was observed from both; its numbers are not those of the client alone.
    pub evidence: Evidence,
    /// What that shows, the masking cause first; what the client alone shows is among it.
    pub findings: Vec<Found>,
}

impl Diagnosis {
    /// The findings that the client alone does not show, each with where one stands and what is observed from there.
    pub fn sharper(&self) -> impl Iterator<Item = (Role, &Evidence, &Found)> {
        let elsewhere = [(Role::Dns, &self.from_dns), (Role::Host, &self.from_host)];
        let seen = elsewhere.into_iter().filter_map(|(place, seen)| Some((place, seen.as_ref()?)));
        let each = seen.flat_map(|(place, seen)| seen.findings.iter().map(move |found| (place, &seen.evidence, found)));
        each.filter(|(_, _, found)| self.findings.iter().all(|own| own.finding.entry.id != found.finding.entry.id))
    }

    /// The ids, as expectations name them.
    #[must_use]
    pub fn in_short(&self) -> Findings {
        let ids = |seen: &Elsewhere| seen.findings.iter().map(|found| found.finding.entry.id).collect();
        Findings {
            client: self.findings.iter().map(|found| (found.finding.entry.id, found.finding.severity)).collect(),
            dns: self.from_dns.as_ref().map(ids),
            host: self.from_host.as_ref().map(ids),
        }
    }
}

/// What came out for one client in one step.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// The step, counted from 1.
    pub step: usize,
    /// The client's id; empty where a whole step was skipped.
    pub client: String,
    /// The client's profile.
    pub profile: &'static str,
    /// What became of it.
    pub status: Status,
    /// How the attempt ended, if one was made.
    pub outcome: Option<Outcome>,
    /// What a diagnosis found, if one was made.
    pub diagnosis: Option<Diagnosis>,
    /// What is not as expected.
    pub misses: Vec<Miss>,
    /// What could not be judged.
    pub not_judged: Vec<String>,
    /// Why it was skipped or could not be judged at all.
    pub reason: Option<String>,
    /// How long the attempt took on the clock of the run.
    pub took: Duration,
    /// What the logs of the KMS hosts gained in the last attempt, by host.
    pub host_events: Vec<(Id, LoggedEvent)>,
    /// What happened.
    pub timeline: Timeline,
}

impl Record {
    /// A step that this network cannot show.
    #[must_use]
    pub fn skipped(step: usize, reason: &str) -> Self {
        Self::without_attempt(step, "", "", Status::Skipped, reason)
    }

    /// An attempt whose journal lost entries: nothing can be said about it.
    #[must_use]
    pub fn broken(step: usize, client: &str, profile: &'static str, reason: &str) -> Self {
        Self::without_attempt(step, client, profile, Status::Failed, reason)
    }

    fn without_attempt(step: usize, client: &str, profile: &'static str, status: Status, reason: &str) -> Self {
        Self {
            step,
            client: client.to_owned(),
            profile,
            status,
            outcome: None,
            diagnosis: None,
            misses: Vec::new(),
            not_judged: Vec::new(),
            reason: Some(reason.to_owned()),
            took: Duration::ZERO,
            host_events: Vec::new(),
            timeline: Timeline::default(),
        }
    }
}

/// What came out of a scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct ScenarioRecord {
    /// Its name.
    pub name: String,
    /// Its title.
    pub title: String,
    /// The network it ran on.
    pub network: &'static str,
    /// What became of it as a whole: failed if any result failed, else skipped if any was skipped.
    pub status: Status,
    /// Why it is as it is, where the results alone do not say so: a known gap.
    pub known_gap: Option<String>,
    /// Its results, in order.
    pub results: Vec<Record>,
    /// How long it really took. The one field that differs between two runs with one seed.
    pub elapsed: Duration,
}

impl ScenarioRecord {
    /// Puts the results of a scenario together. A scenario with a known gap passes exactly when it fails.
    #[must_use]
    pub fn new(scenario: &Scenario, network: &'static str, results: Vec<Record>) -> Self {
        let worst = results.iter().map(|record| record.status).max().unwrap_or(Status::Passed);
        let status = match (&scenario.known_gap, worst) {
            (Some(_), Status::Failed) => Status::Passed,
            (Some(_), Status::Passed) => Status::Failed,
            (_, worst) => worst,
        };
        Self {
            name: scenario.name.clone(),
            title: scenario.title.clone(),
            network,
            status,
            known_gap: scenario.known_gap.clone(),
            results,
            elapsed: Duration::ZERO,
        }
    }

    /// Whether something in it was not judged.
    #[must_use]
    pub fn has_not_judged(&self) -> bool {
        self.results.iter().any(|record| !record.not_judged.is_empty())
    }
}

/// Scenarios counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// As expected, in everything that was judged.
    pub passed: usize,
    /// Something differs.
    pub failed: usize,
    /// This network cannot show them.
    pub skipped: usize,
    /// With expectations that were not judged; by the rest they are counted above.
    pub not_judged: usize,
    /// How long the run really took.
    pub elapsed: Duration,
}

impl Summary {
    /// Counts a scenario.
    pub fn count(&mut self, record: &ScenarioRecord) {
        match record.status {
            Status::Passed => self.passed += 1,
            Status::Skipped => self.skipped += 1,
            Status::Failed => self.failed += 1,
        }
        self.not_judged += usize::from(record.has_not_judged());
    }

    /// All scenarios that were run or skipped.
    #[must_use]
    pub const fn total(&self) -> usize {
        self.passed + self.failed + self.skipped
    }
}

/// What a report is told, in order.
#[derive(Clone, Debug)]
pub enum RunEvent<'a> {
    /// The run begins.
    Begin {
        /// How many scenarios there are.
        scenarios: usize,
        /// On which network.
        network: &'static str,
        /// With which seed.
        seed: u64,
    },
    /// A scenario file was refused; the others are run.
    Refused(&'a Refusal),
    /// A scenario ended.
    Scenario(&'a ScenarioRecord),
    /// The run ended.
    End(Summary),
}
