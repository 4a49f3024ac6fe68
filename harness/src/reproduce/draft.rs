//! A candidate as a scenario file: base, operations, where each of them comes from, what is assumed, what must come out.
//!
//! The file passes `kmslab check` and runs. Notes stand in comments, because the format has no place for where a fact was read; what
//! somebody sent stands in them without line breaks and control characters.

use std::fmt::Write as _;

use double::escape::Untrusted;
use evidence::change::{Addition, Clearing, Operation, Removal, Setting};
use notation::{Format, Kind, Table, Tree};

use super::look::Question;
use super::{Explanation, Reproduction, Weighed};
use crate::scenario::print::print;

/// The file; none where the candidate cannot be written as a change.
#[must_use]
pub fn draft(reproduction: &Reproduction) -> Option<String> {
    let weighed = reproduction.chosen()?;
    let explanation = reproduction.explanations.first()?;
    let change = weighed.candidate.change()?;
    let notes: Vec<String> = change.0.iter().map(|operation| note(reproduction, weighed, operation)).collect();
    let scenario = weighed.candidate.scenario(change, &expected(explanation))?;
    let (shown, judged) = weighed.score();
    let mut text = String::new();
    // Writing into a string cannot fail.
    let mut line = |comment: &str| writeln!(text, "# {}", Untrusted(comment)).unwrap_or_default();
    line(&format!("Rebuilt by kmslab reproduce: shows {shown} of {judged} facts. {}.", verdict_note(reproduction)));
    line(&format!(
        "Assumed: what is wrong is what is wrong in {} ({}).",
        weighed.candidate.known, weighed.candidate.title
    ));
    for (number, note) in (1..).zip(&notes) {
        line(&format!("Operation {number}: {note}"));
    }
    for unknown in reproduction.case.unknown() {
        line(&format!("Unknown: {unknown}."));
    }
    Some(format!("{text}\n{}", print(&scenario)))
}

fn verdict_note(reproduction: &Reproduction) -> String {
    match reproduction.explanations.len() {
        1 => "One explanation remains".to_owned(),
        number => format!("{number} explanations remain; this is one of them"),
    }
}

/// What must come out, as the replay shows it.
fn expected(explanation: &Explanation) -> Tree {
    let mut table = Table::default();
    table.push("outcome", explanation.outcome.word.write());
    let causes = explanation.findings.iter().filter(|found| found.error).map(|found| Tree::text(found.id));
    let causes: Vec<Tree> = causes.collect();
    if !causes.is_empty() {
        table.push("must", Tree::built(Kind::List(causes)));
    }
    Tree::built(Kind::Table(table))
}

/// Where an operation comes from: places whose words stand in it, or nothing but the known scenario.
fn note(reproduction: &Reproduction, weighed: &Weighed, operation: &Operation) -> String {
    let text = notation::print::print(&operation.write()).to_lowercase();
    let mut places: Vec<String> = Vec::new();
    for fact in &reproduction.case.facts {
        if concerns(operation, &fact.question) && mentions(&text, &fact.says) {
            places.extend(fact.places.iter().map(|place| format!("{}:{}", place.file, place.line)));
        }
    }
    places.sort();
    places.dedup();
    if places.is_empty() {
        format!("{}, assumed as in {}", subject(operation), weighed.candidate.known)
    } else {
        format!("{}, from {}", subject(operation), places.join(", "))
    }
}

/// Whether what somebody was told has to do with what an operation changes.
fn concerns(operation: &Operation, question: &Question) -> bool {
    let of_dns = matches!(question, Question::Lookup(..) | Question::Zone(_) | Question::ZoneSrv);
    let of_registry = matches!(question, Question::Registered | Question::LookupDomain | Question::Registry(..));
    match operation {
        Operation::Add(Addition::Record(_) | Addition::Zone(_))
        | Operation::Remove(Removal::Records(_) | Removal::Zone(_)) => of_dns,
        Operation::Set(Setting::Registry(_)) | Operation::Clear(Clearing::Registry(_)) => of_registry,
        Operation::Set(Setting::Value(_)) | Operation::Clear(Clearing::Value(_)) => !of_dns && !of_registry,
        Operation::Add(_) | Operation::Remove(_) => false,
    }
}

fn mentions(text: &str, says: &str) -> bool {
    let words = says.split([',', ';', ' ']).filter(|word| word.len() > 3);
    words.clone().count() > 0 && words.into_iter().any(|word| text.contains(word))
}

/// What an operation changes, in a few words.
fn subject(operation: &Operation) -> String {
    match operation {
        Operation::Add(Addition::Record(record)) => format!("the record `{}`", record.text.value),
        Operation::Add(Addition::Zone(_)) => "a zone".to_owned(),
        Operation::Add(Addition::Rule(_)) | Operation::Remove(Removal::Rule(_)) => "a rule of the network".to_owned(),
        Operation::Add(Addition::Fault(_)) | Operation::Remove(Removal::Fault(_)) => "a fault of a server".to_owned(),
        Operation::Add(Addition::DnsServer(_) | Addition::KmsHost(_) | Addition::Client(_)) => "a machine".to_owned(),
        Operation::Remove(Removal::Records(records)) => format!("no record at {}", records.name.value),
        Operation::Remove(Removal::Zone(zone)) => format!("no zone {}", zone.origin.value),
        Operation::Remove(Removal::Machine(machine)) => format!("no machine {}", machine.id.value),
        Operation::Set(Setting::Value(value)) => format!("{} of {}", value.key.value, value.at.value),
        Operation::Clear(Clearing::Value(value)) => format!("{} of {}", value.key.value, value.at.value),
        Operation::Set(Setting::Registry(_)) | Operation::Clear(Clearing::Registry(_)) => "a registry value".to_owned(),
    }
}
