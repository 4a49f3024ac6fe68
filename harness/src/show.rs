//! A scenario drawn for a person: story, change, map, the conversation of each step, and what each surface shows.
//!
//! A pure function from a scenario and the record of its run to lines. It judges nothing and runs nothing: what is expected
//! and what was found stand side by side, and which of them differ is what the verdict said. In reading order: [`page`] (lines of a
//! bounded width), [`change`] (operations as sentences), [`map`] (who is there, and what stands between), [`timeline`] (the journal as arrows),
//! [`ladder`] (arrows as text), [`surfaces`] (what is shown, and what was expected), `diagnosis` (what was found, and what became
//! of its fix), `typed` (what is typed before an attempt), [`story`] (what a customer would tell).

pub mod change;
mod diagnosis;
pub mod ladder;
pub mod map;
pub mod page;
mod publishing;
pub mod story;
pub mod surfaces;
pub mod timeline;
mod typed;

use std::time::Duration;

use double::Moment;
use double::escape::Untrusted;

use crate::report::phrase::{known_gap, place};
use crate::runner::{Record, ScenarioRecord};
use crate::scenario::{Scenario, Step};
use page::Page;
pub use page::{Line, Look};

/// From here on a time is told in days.
const DAY: Duration = Duration::from_secs(86_400);

/// From here on a time is told in minutes.
const MINUTES: Duration = Duration::from_secs(120);

/// From here on a time is told in hours.
const HOURS: Duration = Duration::from_secs(7200);

/// Draws a scenario and what came out of it, in lines of at most `width` columns.
#[must_use]
pub fn draw(scenario: &Scenario, record: &ScenarioRecord, width: usize) -> Vec<Line> {
    let mut page = Page::new(width);
    page.section("title", &Untrusted(&scenario.title).to_string());
    for (number, line) in story::ticket_lines(scenario).iter().enumerate() {
        page.section(if number == 0 { "ticket" } else { "" }, line);
    }
    for (number, source) in scenario.sources.iter().enumerate() {
        let text = format!("{} ({})", Untrusted(&source.reference), source.confidence.word());
        page.section(if number > 0 { "" } else { "sources" }, &text);
    }
    if let Some(gap) = known_gap(record) {
        page.section("but", &gap);
    }
    let mut drawn: Option<Vec<Line>> = None;
    for (number, step) in (1..).zip(&scenario.steps) {
        page.blank();
        step_heading(&mut page, scenario, number, step);
        let map = map::draw(&step.environment, width);
        if drawn.as_ref() != Some(&map) {
            page.blank();
            page.lines.extend(map.iter().cloned());
            drawn = Some(map);
        }
        let mut results = record.results.iter().filter(|result| result.step == number).peekable();
        let skipped = results.peek().is_some_and(|first| first.client.is_empty());
        // What is typed stands before the attempt that it changes.
        let mut blank = true;
        for run in step.run.iter().filter(|_| !skipped) {
            if run.action.tries() {
                let Some(result) = results.next() else { continue };
                page.blank();
                draw_result(&mut page, step, result);
                blank = true;
                continue;
            }
            if std::mem::take(&mut blank) {
                page.blank();
            }
            typed::draw(&mut page, run);
        }
        for result in results {
            page.blank();
            draw_result(&mut page, step, result);
        }
    }
    page.lines
}

/// When the step happens, if there are several, and what it changes.
fn step_heading(page: &mut Page, scenario: &Scenario, number: usize, step: &Step) {
    if scenario.steps.len() > 1 {
        page.put(Look::Heading, &format!("step {number}, {}", when(step.at)));
    }
    let before = match number {
        _ if typed::is_typed_in(step) => "nothing but what is typed",
        1 => "nothing: the environment is healthy",
        _ => "nothing",
    };
    let sentences = change::sentences(&step.change);
    if sentences.is_empty() {
        page.section("change", before);
    }
    for (place, sentence) in sentences.iter().enumerate() {
        page.section(if place == 0 { "change" } else { "" }, sentence);
    }
}

/// One attempt: its conversation, and how it ended.
fn draw_result(page: &mut Page, step: &Step, result: &Record) {
    if result.outcome.is_some() {
        if publishing::draw(page, &result.timeline) {
            page.blank();
        }
        page.put(Look::Heading, &format!("{}; times in seconds of the run", tries(result)));
        page.blank();
        let conversation = timeline::read(&step.environment, &result.timeline, &result.client);
        let lines = ladder::draw(&conversation, page.width);
        page.lines.extend(lines);
        page.blank();
        surfaces::draw(page, step, result);
        diagnosis::draw(page, step, result);
    }
    if let Some(reason) = &result.reason {
        let word = if result.status == crate::runner::Status::Skipped { "skipped" } else { "broken" };
        page.section(word, &Untrusted(reason).to_string());
    }
}

/// Who tries to activate, and how often by itself before what is drawn.
fn tries(result: &Record) -> String {
    let place = place(result);
    match result.outcome.as_ref().map_or(1, |outcome| outcome.attempts) {
        0 => format!("{place} waits, and its timer is not due"),
        1 => format!("{place} tries to activate"),
        attempts => format!("{place} tries to activate {attempts} times by itself; drawn is the last"),
    }
}

/// A moment as somebody would tell it.
fn when(at: Moment) -> String {
    let since = at.since_start();
    let told = |unit: u64, name: &str| {
        let number = since.as_secs() / unit;
        format!("{number} {name}{} after the start", if number == 1 { "" } else { "s" })
    };
    match since {
        Duration::ZERO => "at the start".to_owned(),
        _ if since >= DAY => told(DAY.as_secs(), "day"),
        _ if since >= HOURS => told(3600, "hour"),
        _ if since >= MINUTES => told(60, "minute"),
        _ if since < Duration::from_secs(1) => format!("{} ms after the start", since.as_millis()),
        _ => told(1, "second"),
    }
}

#[cfg(test)]
mod tests_support {
    //! A scenario from a fragment of a step, for the tests of the parts.

    use crate::scenario::Scenario;
    use crate::scenario::catalogue::embedded;
    use crate::scenario::library::FileText;
    use crate::scenario::load::load_text;

    /// A domain member whose only step says this.
    #[track_caller]
    pub(super) fn scenario(step: &str) -> Scenario {
        let text = format!(
            "title = \"A fragment\"\nticket = \"It does not work.\"\nbase = \"domain-member\"\n\
             sources = [{{ ref = \"-\", confidence = \"inferred\" }}]\n[[step]]\n{step}\n{}",
            if step.contains("[step.expect]") { "" } else { "[step.expect]\n" }
        );
        let file = FileText { path: "fragment.toml".to_owned(), text: text.into() };
        load_text(&embedded(), "fragment", &file).unwrap_or_else(|refusal| panic!("{refusal}"))
    }
}
