//! TAP version 14: a test point for each scenario, what is not as expected in comments below it.

use std::io::{self, Write};

use double::escape::Untrusted;

use super::Report;
use super::phrase::{found, known_gap, place, problems};
use crate::runner::{RunEvent, ScenarioRecord, Status};

/// The report.
#[derive(Debug, Default)]
pub struct Tap {
    points: usize,
}

impl Tap {
    fn scenario(&mut self, scenario: &ScenarioRecord, out: &mut dyn Write) -> io::Result<()> {
        self.points += 1;
        let reasons = scenario.results.iter().filter_map(|record| record.reason.as_deref());
        // A known gap is `todo`: a point that fails and is not counted as a failure.
        let (word, directive) = match (scenario.status, known_gap(scenario)) {
            (Status::Passed, Some(gap)) => ("not ok", format!(" # todo {gap}")),
            (Status::Passed, None) => ("ok", String::new()),
            (Status::Skipped, _) => ("ok", format!(" # SKIP {}", Untrusted(&reasons.collect::<Vec<_>>().join("; ")))),
            (Status::Failed, _) => ("not ok", String::new()),
        };
        writeln!(out, "{word} {} - {}{directive}", self.points, Untrusted(&scenario.name))?;
        if scenario.status != Status::Failed {
            return Ok(());
        }
        if let Some(gap) = known_gap(scenario) {
            writeln!(out, "# {gap}")?;
        }
        for record in &scenario.results {
            for miss in &record.misses {
                let (called, text) = found(miss);
                let (place, expected) = (place(record), Untrusted(&miss.expected));
                writeln!(out, "# {place}: {}: expected {expected}; {called} {text}", miss.criterion)?;
            }
            if let Some(reason) = &record.reason {
                writeln!(out, "# {}: {}", place(record), Untrusted(reason))?;
            }
        }
        Ok(())
    }
}

impl Report for Tap {
    fn event(&mut self, event: &RunEvent<'_>, out: &mut dyn Write) -> io::Result<()> {
        match event {
            RunEvent::Begin { network, seed, .. } => {
                writeln!(out, "TAP version 14\n# network {network}, seed {seed}")
            }
            RunEvent::Refused(refusal) => {
                self.points += 1;
                writeln!(out, "not ok {} - {} # refused", self.points, Untrusted(&refusal.file.path))?;
                problems(refusal).iter().try_for_each(|problem| writeln!(out, "# {problem}"))
            }
            RunEvent::Scenario(scenario) => self.scenario(scenario, out),
            // The plan comes last: a run may stop at its first failure.
            RunEvent::End(_) => writeln!(out, "1..{}", self.points),
        }
    }
}
