//! Lines for a person: one for each scenario, a failing expectation criterion by criterion, and how to see it again.

use std::io::{self, Write};
use std::time::Duration;

use anstyle::{AnsiColor, Style as Colour};
use double::escape::Untrusted;

use super::Report;
use crate::runner::{Record, RunEvent, ScenarioRecord, Status, Summary};

/// How a report may look.
#[derive(Clone, Copy, Debug, Default)]
pub struct Style {
    /// Whether the reader sees colours.
    pub coloured: bool,
    /// Whether what passed is told too.
    pub terse: bool,
}

/// The report.
#[derive(Debug)]
pub struct Human {
    style: Style,
    seed: u64,
    network: &'static str,
}

impl Human {
    /// A report that looks like this.
    #[must_use]
    pub const fn new(style: Style) -> Self {
        Self { style, seed: 0, network: "" }
    }

    fn paint(&self, status: Status, text: &str) -> String {
        let colour = match status {
            Status::Passed => AnsiColor::Green,
            Status::Skipped => AnsiColor::Yellow,
            Status::Failed => AnsiColor::Red,
        };
        if !self.style.coloured {
            return text.to_owned();
        }
        let style = Colour::new().fg_color(Some(colour.into()));
        format!("{style}{text}{style:#}")
    }

    fn scenario(&self, record: &ScenarioRecord, out: &mut dyn Write) -> io::Result<()> {
        if self.style.terse && record.status == Status::Passed {
            return Ok(());
        }
        let word = self.paint(record.status, &format!("{:<7}", record.status.word()));
        writeln!(out, "{word} {:<34} {}", record.name, summary_of(record))?;
        if let Some(gap) = &record.known_gap {
            let said = if record.status == Status::Passed {
                "known gap"
            } else {
                "the known gap is gone: take `known_gap` out"
            };
            writeln!(out, "        {said}: {}", Untrusted(gap))?;
        }
        if record.status != Status::Passed {
            record.results.iter().try_for_each(|result| self.result(result, out))?;
        }
        if record.status == Status::Failed {
            writeln!(out, "        again: kmslab run {} --network {} --seed {}", record.name, self.network, self.seed)?;
        }
        Ok(())
    }

    fn result(&self, record: &Record, out: &mut dyn Write) -> io::Result<()> {
        let place =
            format!("step {}{}{}", record.step, if record.client.is_empty() { "" } else { ", " }, record.client);
        if let Some(reason) = &record.reason {
            writeln!(out, "        {place}: {}", Untrusted(reason))?;
        }
        for miss in &record.misses {
            writeln!(out, "        {place}: {}", miss.criterion)?;
            writeln!(out, "            expected {}", Untrusted(&miss.expected))?;
            writeln!(out, "            found    {}", Untrusted(&miss.found))?;
        }
        Ok(())
    }

    fn end(&self, summary: Summary, out: &mut dyn Write) -> io::Result<()> {
        let worst = match summary {
            Summary { failed: 1.., .. } => Status::Failed,
            Summary { skipped: 1.., .. } => Status::Skipped,
            _ => Status::Passed,
        };
        let Summary { passed, failed, skipped, not_judged, .. } = summary;
        let mut line = format!("{} scenarios, {passed} as expected", summary.total());
        if failed > 0 {
            line.push_str(&format!(", {failed} not as expected"));
        }
        line.push_str(&format!(", {skipped} skipped, {}", milliseconds(summary.elapsed)));
        writeln!(out, "{}", self.paint(worst, &line))?;
        if not_judged > 0 {
            writeln!(out, "{not_judged} of them name findings, which are not judged: there is no diagnosis yet")?;
        }
        Ok(())
    }
}

impl Report for Human {
    fn event(&mut self, event: &RunEvent<'_>, out: &mut dyn Write) -> io::Result<()> {
        match event {
            RunEvent::Begin { network, seed, .. } => {
                self.network = network;
                self.seed = *seed;
                Ok(())
            }
            RunEvent::Scenario(record) => self.scenario(record, out),
            RunEvent::End(summary) => self.end(*summary, out),
        }
    }
}

/// What came out, in a line: the outcome and code of each distinct result.
fn summary_of(record: &ScenarioRecord) -> String {
    let mut parts: Vec<String> = Vec::new();
    for result in &record.results {
        let Some(outcome) = &result.outcome else { continue };
        let codes = outcome.slmgr.as_ref().map_or_else(
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

fn seconds(duration: Duration) -> String {
    format!("{}.{:03} s", duration.as_secs(), duration.subsec_millis())
}

fn milliseconds(duration: Duration) -> String {
    format!("{}.{} ms", duration.as_millis(), duration.subsec_micros() / 100 % 10)
}
