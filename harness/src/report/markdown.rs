//! Markdown for tickets and the summary pages of CI systems: what is not as expected first, all scenarios behind it.

use std::io::{self, Write};

use double::escape::Untrusted;

use super::Report;
use super::phrase::{count, found, known_gap, milliseconds, outcomes, place, problems};
use crate::runner::{RunEvent, ScenarioRecord, Status, Summary};

/// The report. The rows wait for the end, because what failed comes first.
#[derive(Debug, Default)]
pub struct Markdown {
    run: String,
    failures: Vec<String>,
    rows: Vec<String>,
}

impl Markdown {
    fn scenario(&mut self, scenario: &ScenarioRecord) {
        let reasons = scenario.results.iter().filter_map(|record| record.reason.clone());
        let said: Vec<String> = [outcomes(scenario)].into_iter().chain(reasons).chain(known_gap(scenario)).collect();
        let said: Vec<&str> = said.iter().map(String::as_str).filter(|text| !text.is_empty()).collect();
        let cells = [&*scenario.name, scenario.status.word(), &*scenario.title, &*said.join("; ")].map(cell);
        self.rows.push(format!("| {} |\n", cells.join(" | ")));
        if scenario.status == Status::Failed {
            self.failures.push(failure(scenario));
        }
    }

    fn end(&self, summary: Summary, out: &mut dyn Write) -> io::Result<()> {
        let Summary { passed, failed, skipped, not_judged, .. } = summary;
        let scenarios = count(summary.total(), "scenario");
        writeln!(out, "# kmslab: {scenarios}, {passed} as expected, {failed} not as expected, {skipped} skipped\n")?;
        write!(out, "{}, {}", self.run, milliseconds(summary.elapsed))?;
        if not_judged > 0 {
            write!(out, "; {} with expectations that were not judged", count(not_judged, "scenario"))?;
        }
        writeln!(out, "\n")?;
        write!(out, "{}", self.failures.concat())?;
        writeln!(
            out,
            "| Scenario | Status | Title | What came out |\n|---|---|---|---|\n{}",
            self.rows.concat().trim_end()
        )
    }
}

impl Report for Markdown {
    fn event(&mut self, event: &RunEvent<'_>, out: &mut dyn Write) -> io::Result<()> {
        match event {
            RunEvent::Begin { network, seed, .. } => {
                self.run = format!("Network {network}, seed {seed}");
                Ok(())
            }
            RunEvent::Refused(refusal) => {
                let path = cell(&refusal.file.path);
                let list: String = problems(refusal).iter().map(|problem| format!("- {}\n", cell(problem))).collect();
                self.failures.push(format!("## {path}\n\nrefused\n\n{list}\n"));
                self.rows.push(format!("| {path} | refused |  |  |\n"));
                Ok(())
            }
            RunEvent::Scenario(scenario) => {
                self.scenario(scenario);
                Ok(())
            }
            RunEvent::End(summary) => self.end(*summary, out),
        }
    }
}

fn failure(scenario: &ScenarioRecord) -> String {
    let mut text = format!("## {}\n\n{}\n\n", cell(&scenario.name), cell(&scenario.title));
    text.extend(known_gap(scenario).map(|gap| format!("- {}\n", cell(&gap))));
    for record in &scenario.results {
        text.extend(record.reason.as_ref().map(|reason| format!("- {}: {}\n", place(record), cell(reason))));
        for miss in &record.misses {
            let (called, text_found) = found(miss);
            let expected = code(&Untrusted(&miss.expected).to_string());
            let found = code(&text_found);
            text.push_str(&format!("- {}, {}: expected {expected}, {called} {found}\n", place(record), miss.criterion));
        }
    }
    text.push('\n');
    text
}

/// Text that means nothing to Markdown or HTML.
fn cell(text: &str) -> String {
    let mut escaped = String::new();
    for character in Untrusted(text).to_string().chars() {
        match character {
            '<' => escaped.push_str("&lt;"),
            '&' => escaped.push_str("&amp;"),
            '|' | '`' | '*' | '_' | '[' | ']' | '\\' | '#' => escaped.extend(['\\', character]),
            _ => escaped.push(character),
        }
    }
    escaped
}

/// Text as code; a back-tick in it would end it.
fn code(text: &str) -> String {
    format!("`{}`", text.replace('`', "'"))
}
