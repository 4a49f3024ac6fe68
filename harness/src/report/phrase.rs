//! What several reports for people say in the same words: where, what came out, how many.
//!
//! Everything is escaped here, because names, codes and journal lines hold what others wrote.

use std::time::Duration;

use double::escape::Untrusted;

use crate::runner::{Record, ScenarioRecord, Status};
use crate::scenario::refusal::Refusal;
use crate::verdict::Miss;

/// Where a result belongs: `step 1, pc7 (windows-10)`.
#[must_use]
pub fn place(record: &Record) -> String {
    if record.client.is_empty() {
        return format!("step {}", record.step);
    }
    format!("step {}, {} ({})", record.step, Untrusted(&record.client), record.profile)
}

/// What came out of a scenario, in a line: outcome and code of each distinct result.
#[must_use]
pub fn outcomes(record: &ScenarioRecord) -> String {
    let mut parts: Vec<String> = Vec::new();
    for result in &record.results {
        let Some(outcome) = &result.outcome else { continue };
        let codes = outcome.slmgr.as_ref().or(outcome.ospp.as_ref()).map_or_else(
            || "unknown code".to_owned(),
            |surface| surface.any.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or "),
        );
        let part = format!("{} {codes} after {}", outcome.word.word(), seconds(result.took));
        if parts.last() != Some(&part) {
            parts.push(part);
        }
    }
    parts.join("; ")
}

/// What was found instead of what a miss expected, and what to call it: the nearest line of a journal is no find.
#[must_use]
pub fn found(miss: &Miss) -> (&'static str, String) {
    let (called, text) =
        miss.found.strip_prefix("nearest: ").map_or(("found", miss.found.as_str()), |line| ("nearest", line));
    (called, Untrusted(text).to_string())
}

/// Why a scenario is as it is, if its author knows that it fails, and whether that still holds.
#[must_use]
pub fn known_gap(record: &ScenarioRecord) -> Option<String> {
    let gap = Untrusted(record.known_gap.as_deref()?);
    Some(match record.status {
        Status::Passed | Status::Skipped => format!("known gap: {gap}"),
        Status::Failed => format!("the known gap is gone, take `known_gap` out: {gap}"),
    })
}

/// A duration of the run: seconds with milliseconds.
#[must_use]
pub fn seconds(duration: Duration) -> String {
    format!("{}.{:03} s", duration.as_secs(), duration.subsec_millis())
}

/// A duration that really passed: milliseconds with a tenth.
#[must_use]
pub fn milliseconds(duration: Duration) -> String {
    format!("{}.{} ms", duration.as_millis(), duration.subsec_micros() / 100 % 10)
}

/// A number and its noun.
#[must_use]
pub fn count(number: usize, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// What is wrong with a refused file, each with line and column.
#[must_use]
pub fn problems(refusal: &Refusal) -> Vec<String> {
    let said = refusal.problems.iter().map(|problem| {
        let (line, column) = refusal.line_and_column(problem.span);
        let hint = problem.hint.as_ref().map(|hint| format!(" ({hint})")).unwrap_or_default();
        format!("{line}:{column}: {}", Untrusted(&format!("{}{hint}", problem.reason)))
    });
    said.collect()
}
