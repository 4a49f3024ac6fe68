//! The diagnosis cannot be fooled: the same cause is found under other symptoms' company, beside decoys, and on healthy controls.
//!
//! The catalogue says what must be found in each scenario; here scenarios are changed in ways that must not matter, or that must.

#[path = "diagnosis/complete.rs"]
mod complete;
#[path = "diagnosis/controls.rs"]
mod controls;
#[path = "diagnosis/decoys.rs"]
mod decoys;
#[path = "diagnosis/fixes.rs"]
mod fixes;
#[path = "diagnosis/masking.rs"]
mod masking;
#[path = "diagnosis/planted.rs"]
mod planted;
#[path = "diagnosis/real.rs"]
mod real;
#[path = "diagnosis/repairs.rs"]
mod repairs;

use std::sync::LazyLock;

use evidence::change::Change;
use evidence::diagnosis::Severity;
use kmslab::environment::Environment;
use kmslab::environment::apply::apply;
use kmslab::network::stage::NetworkKind;
use kmslab::runner::{Diagnosis, FixWord, Found, Settings, run_scenario};
use kmslab::scenario::catalogue::embedded;
use kmslab::scenario::library::FileText;
use kmslab::scenario::load::{load, load_text};
use kmslab::scenario::{Library, Scenario};

const SEED: u64 = 1;

static LIBRARY: LazyLock<Library> = LazyLock::new(embedded);

/// Every scenario of the catalogue, but known gaps.
static CATALOGUE: LazyLock<Vec<Scenario>> = LazyLock::new(|| {
    let all = LIBRARY.scenario_names().map(|name| load(&LIBRARY, name).expect("the catalogue loads"));
    all.filter(|scenario| scenario.known_gap.is_none()).collect()
});

/// A one-step scenario from a base and a list of operations, as it stands in a file.
fn planted(base: &str, change: &str) -> Scenario {
    planted_steps(base, &[&format!("change = [{change}]\n[step.expect]\n")])
}

/// A scenario from a base and its steps, each the keys of one step as they stand in a file.
fn planted_steps(base: &str, steps: &[&str]) -> Scenario {
    let head = format!(
        "title = \"Planted\"\nticket = \"It does not work.\"\nbase = \"{base}\"\n\
         sources = [{{ ref = \"-\", confidence = \"inferred\" }}]\n"
    );
    let steps = steps.iter().map(|keys| format!("[[step]]\n{keys}"));
    let text: String = std::iter::once(head).chain(steps).collect();
    let file = FileText { path: "planted.toml".to_owned(), text: text.into() };
    load_text(&LIBRARY, "planted", &file).unwrap_or_else(|refusal| panic!("{refusal}"))
}

/// What is found after one attempt.
#[derive(Debug)]
struct Result {
    activated: bool,
    diagnosis: Diagnosis,
}

impl Result {
    /// The errors that the client alone shows.
    fn errors(&self) -> impl Iterator<Item = &Found> {
        self.diagnosis.findings.iter().filter(|found| found.finding.severity == Severity::Error)
    }

    /// The errors that are seen from the client, the DNS servers and the KMS hosts.
    fn errors_from_everywhere(&self) -> impl Iterator<Item = &Found> {
        let elsewhere = [&self.diagnosis.from_dns, &self.diagnosis.from_host];
        let elsewhere = elsewhere.into_iter().flatten().flat_map(|seen| &seen.findings);
        self.errors().chain(elsewhere.filter(|found| found.finding.severity == Severity::Error))
    }

    /// The ids of all findings, in order, with what became of their remedies.
    fn short(&self) -> Vec<(&'static str, FixWord)> {
        self.diagnosis.findings.iter().map(|found| (found.finding.entry.id, found.fix.word.clone())).collect()
    }

    fn ids(&self) -> Vec<&'static str> {
        self.diagnosis.findings.iter().map(|found| found.finding.entry.id).collect()
    }
}

/// Runs a scenario: what is found after each attempt, in order.
fn diagnosed(scenario: &Scenario) -> Vec<Result> {
    let record = run_scenario(scenario, &Settings { network: NetworkKind::Simulated, seed: SEED });
    let results = record.results.into_iter().filter_map(|result| {
        let activated = result.outcome?.word == evidence::outcome::OutcomeWord::Activated;
        Some(Result { activated, diagnosis: result.diagnosis? })
    });
    results.collect()
}

/// The same scenario with something more in the environment of each step.
fn with(scenario: &Scenario, mut more: impl FnMut(&mut Environment)) -> Scenario {
    let mut scenario = scenario.clone();
    scenario.steps.iter_mut().for_each(|step| more(&mut step.environment));
    scenario
}

/// Reads operations as they stand in a file and applies them.
#[track_caller]
fn operate(environment: &mut Environment, operations: &str) {
    let mut problems = notation::Problems::default();
    let tree = notation::parse::parse(&format!("change = [{operations}]"), &mut problems);
    let list = tree.as_table().and_then(|table| table.find("change")).expect("the key was just written");
    let change: Change = notation::Format::read(list, &mut problems).expect("operations that can be read");
    apply(environment, &change).unwrap_or_else(|problems| panic!("{operations}: {problems:?}"));
}
