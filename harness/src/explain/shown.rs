//! Which scenarios of the catalogue show what a page is about: by their expectations, their changes and their procedures.
//!
//! Computed each time, so that a new scenario is on its pages without anybody writing it there.

use evidence::change::Operation;
use notation::{Format, Kind as TreeKind, Tree};

use super::{Kind, Page, findings};
use crate::runner::filter::Filter;
use crate::scenario::expect::{Expect, ExpectedCode};
use crate::scenario::{Scenario, Step};

/// The scenarios that show it, those that show little else first, and the words of outcomes or codes that come with it.
#[derive(Clone, Debug, Default)]
pub struct Shown<'a> {
    /// The scenarios.
    pub scenarios: Vec<&'a Scenario>,
    /// For an outcome the codes that `slmgr /ato` then shows, for everything else the outcomes.
    pub comes_with: Vec<String>,
    /// Findings that the scenarios of a fault require, or to which a procedure leads.
    pub findings: Vec<String>,
}

/// Looks through the catalogue for a page.
#[must_use]
pub fn shown<'a>(page: &Page, scenarios: &'a [Scenario]) -> Shown<'a> {
    let mut ranked: Vec<(usize, &Scenario)> = Vec::new();
    let mut comes_with = Vec::new();
    let mut required = Vec::new();
    for scenario in scenarios {
        let ranks = scenario.steps.iter().filter_map(|step| {
            let rank = rank(page, scenario, step)?;
            note_company(page, step, &mut comes_with);
            note_findings(page, step, &mut required);
            Some(rank)
        });
        let best = ranks.collect::<Vec<_>>().into_iter().min();
        if let Some(rank) = best.or_else(|| names_code(page, scenario).then_some(usize::MAX)) {
            ranked.push((rank, scenario));
        }
    }
    // A stable sort: those of one rank stay in the order of their names.
    ranked.sort_by_key(|(rank, _)| *rank);
    let findings = if page.kind == Kind::Procedure { findings::of_procedure(&page.word) } else { required };
    Shown { scenarios: ranked.into_iter().map(|(_, scenario)| scenario).collect(), comes_with, findings }
}

/// Whether the filter of `kmslab list` finds the page's code in a scenario, be it in a place that ranks nothing: what a page
/// counts must be what the list holds.
fn names_code(page: &Page, scenario: &Scenario) -> bool {
    page.kind == Kind::Code && Filter::Code(page.word.clone()).picks(scenario)
}

/// How much else a step shows, if it shows what the page is about.
fn rank(page: &Page, scenario: &Scenario, step: &Step) -> Option<usize> {
    let operations: usize = scenario.steps.iter().map(|step| step.change.0.len()).sum();
    let changes =
        |keys: &[&str]| any_entry(&step.change.write(), &|key, said| keys.contains(&key) && said == page.word);
    let shows = match page.kind {
        Kind::Code => return expectations(step).filter_map(|expect| alternatives(expect, &page.word)).min(),
        Kind::Event => {
            expectations(step).flat_map(|expect| &expect.events).any(|event| event.id.to_string() == page.word)
        }
        Kind::Procedure => scenario.procedures.iter().any(|procedure| procedure.word() == page.word),
        Kind::Rule => changes(&["how"]),
        Kind::DnsFault | Kind::KmsFault => changes(&["reply", "wire", "delivery"]),
        Kind::Switch => switched(step, &page.word),
        Kind::Outcome => outcomes(step).any(|outcome| outcome == page.word),
        Kind::Finding => required(step).any(|id| id == page.word),
        Kind::ExitCode => false,
    };
    shows.then_some(operations)
}

/// The expectation of a step, and those for single generations and clients.
fn expectations(step: &Step) -> impl Iterator<Item = &Expect> {
    std::iter::once(&step.expect).chain(step.expect.when.0.iter().map(|(_, other)| &other.0))
}

fn outcomes(step: &Step) -> impl Iterator<Item = &'static str> {
    expectations(step).filter_map(|expect| expect.outcome.as_ref().map(|outcome| outcome.word()))
}

/// How many other codes an expectation allows beside this one; none if it does not name it.
fn alternatives(expect: &Expect, code: &str) -> Option<usize> {
    let surfaces = [&expect.slmgr, &expect.ospp, &expect.settings].map(|codes| {
        let names = codes.iter().any(|expected| expected.to_string() == code);
        names.then(|| codes.len() - 1)
    });
    let logged = expect.events.iter().any(|event| event.code.to_string() == code).then_some(0);
    surfaces.into_iter().chain([logged]).flatten().min()
}

/// Whether a change turns a switch: as a key of a client, or in a client that it adds.
fn switched(step: &Step, switch: &str) -> bool {
    let path = format!("switches.{switch}");
    let turned = |operation: &Operation| {
        let tree = operation.write();
        any_entry(&tree, &|key, said| key == switch || (key == "key" && said == path))
    };
    step.change.0.iter().any(turned)
}

/// Adds what else the step expects, each word once.
fn note_company(page: &Page, step: &Step, words: &mut Vec<String>) {
    let found: Vec<String> = match page.kind {
        Kind::Outcome => {
            let expects = expectations(step).filter(|expect| {
                let outcome = expect.outcome.as_ref().or(step.expect.outcome.as_ref());
                outcome.is_some_and(|outcome| outcome.word() == page.word)
            });
            let codes = expects.flat_map(|expect| &expect.slmgr);
            codes.filter(|code| **code != ExpectedCode::Unknown).map(ToString::to_string).collect()
        }
        Kind::Code
        | Kind::Event
        | Kind::Procedure
        | Kind::Rule
        | Kind::DnsFault
        | Kind::KmsFault
        | Kind::Switch
        | Kind::Finding
        | Kind::ExitCode => outcomes(step).map(str::to_owned).collect(),
    };
    for word in found {
        if !words.contains(&word) {
            words.push(word);
        }
    }
}

/// The findings that a step requires, wherever somebody stands.
fn required(step: &Step) -> impl Iterator<Item = &str> {
    let lists = expectations(step).flat_map(|expect| [&expect.must, &expect.must_from.dns, &expect.must_from.host]);
    lists.flatten().map(|id| id.as_str())
}

/// Adds what the step of a fault requires, each finding once.
fn note_findings(page: &Page, step: &Step, ids: &mut Vec<String>) {
    if matches!(page.kind, Kind::Rule | Kind::DnsFault | Kind::KmsFault) {
        for id in required(step) {
            if !ids.iter().any(|known| known == id) {
                ids.push(id.to_owned());
            }
        }
    }
}

/// Whether any entry of any table in the tree fits: its key, and its value's word where it has one.
fn any_entry(tree: &Tree, fits: &dyn Fn(&str, &str) -> bool) -> bool {
    match &tree.kind {
        TreeKind::List(items) => items.iter().any(|item| any_entry(item, fits)),
        TreeKind::Table(table) => {
            table.0.iter().any(|(key, value)| fits(&key.text, word_of(value)) || any_entry(value, fits))
        }
        TreeKind::Text(_) | TreeKind::Integer(_) | TreeKind::Float(_) | TreeKind::Flag(_) | TreeKind::Moment(_) => {
            false
        }
    }
}

/// The word of a choice: the text, or the only key; nothing for other values.
fn word_of(value: &Tree) -> &str {
    match &value.kind {
        TreeKind::Text(word) => word,
        TreeKind::Table(table) => table.0.first().map(|(key, _)| key.text.as_str()).unwrap_or_default(),
        TreeKind::List(_) | TreeKind::Integer(_) | TreeKind::Float(_) | TreeKind::Flag(_) | TreeKind::Moment(_) => "",
    }
}
