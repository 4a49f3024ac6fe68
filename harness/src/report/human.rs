//! Lines for a person: one for each scenario; for what is not as expected each criterion, what happened, and how to see it
//! again.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style as Look};
use double::escape::Untrusted;
use evidence::timeline::Timeline;

use super::Report;
use super::phrase::{count, found, known_gap, milliseconds, outcomes, place};
use crate::runner::{Record, RunEvent, ScenarioRecord, Status, Summary};
use crate::verdict::Miss;

/// Columns of a scenario's name: the names of the catalogue fit.
const NAME_WIDTH: usize = 40;

/// Columns of a criterion: the longest is `journal.must_not`.
const CRITERION_WIDTH: usize = 16;

/// Criteria of one result that are told; the rest is counted.
const MISSES_SHOWN: usize = 8;

/// Lines of what happened that are told: a conversation with discovery and activation fits.
const JOURNAL_SHOWN: usize = 30;

/// Failed scenarios that are named again at the end.
const NAMES_SHOWN: usize = 20;

/// How a report may look.
#[derive(Clone, Debug, Default)]
pub struct Style {
    /// Whether the reader sees colours.
    pub coloured: bool,
    /// What follows the name of a scenario in the command that shows it again: every flag that matters to it.
    pub again: String,
}

/// The report.
#[derive(Debug)]
pub struct Human {
    style: Style,
    failed: Vec<String>,
}

impl Human {
    /// A report that looks like this.
    #[must_use]
    pub const fn new(style: Style) -> Self {
        Self { style, failed: Vec::new() }
    }

    fn paint(&self, look: Look, text: &str) -> String {
        if self.style.coloured { format!("{look}{text}{look:#}") } else { text.to_owned() }
    }

    fn dim(&self, text: &str) -> String {
        self.paint(Look::new().dimmed(), text)
    }

    fn scenario(&mut self, record: &ScenarioRecord, out: &mut dyn Write) -> io::Result<()> {
        let word = self.paint(look(record.status), &format!("{:<7}", record.status.word()));
        let name = format!("{:<NAME_WIDTH$}", Untrusted(&record.name).to_string());
        writeln!(out, "{}", format!("{word} {name} {}", outcomes(record)).trim_end())?;
        if let Some(gap) = known_gap(record) {
            writeln!(out, "        {gap}")?;
        }
        if record.status == Status::Passed {
            return Ok(());
        }
        if record.status == Status::Failed {
            self.failed.push(record.name.clone());
            writeln!(out, "        {}", self.dim(&Untrusted(&record.title).to_string()))?;
        }
        record.results.iter().try_for_each(|result| self.result(result, out))?;
        if record.status == Status::Failed {
            let Style { again, .. } = &self.style;
            writeln!(out, "        again: kmslab run {}{again}\n", Untrusted(&record.name))?;
        }
        Ok(())
    }

    fn result(&self, record: &Record, out: &mut dyn Write) -> io::Result<()> {
        if let Some(reason) = &record.reason {
            writeln!(out, "        {}: {}", place(record), Untrusted(reason))?;
        }
        if record.misses.is_empty() {
            return Ok(());
        }
        writeln!(out, "        {}", place(record))?;
        for miss in record.misses.iter().take(MISSES_SHOWN) {
            let (called, text) = found(miss);
            let expected = if miss.criterion.ends_with("must_not") { "forbidden" } else { "expected" };
            let criterion = format!("{:<CRITERION_WIDTH$}", miss.criterion);
            let blank = "";
            writeln!(out, "          {criterion}  {expected:<9}  {}", Untrusted(&miss.expected))?;
            let text = self.paint(look(Status::Failed), &text);
            writeln!(out, "          {blank:<CRITERION_WIDTH$}  {called:<9}  {text}")?;
        }
        if let Some(more @ 1..) = record.misses.len().checked_sub(MISSES_SHOWN) {
            writeln!(out, "          and {more} more: `--format json` tells them all")?;
        }
        self.findings(record, out)?;
        self.journal(&record.timeline, out)
    }

    /// What was found instead, where a finding is not as expected.
    fn findings(&self, record: &Record, out: &mut dyn Write) -> io::Result<()> {
        let about_findings = |miss: &Miss| miss.criterion.starts_with("must") || miss.criterion == "forbid_others";
        let Some(diagnosis) = &record.diagnosis else { return Ok(()) };
        if !record.misses.iter().any(about_findings) {
            return Ok(());
        }
        writeln!(out, "          what was found, with the numbers of its evidence:")?;
        for found in diagnosis.findings.iter().map(|found| &found.finding) {
            let numbers: Vec<String> = found.evidence.iter().map(|number| format!("#{number}")).collect();
            let line = format!(
                "            {} ({}): {} {}",
                found.entry.id,
                found.severity.word(),
                Untrusted(&found.says),
                numbers.join(" ")
            );
            writeln!(out, "{}", self.dim(line.trim_end()))?;
        }
        Ok(())
    }

    /// What happened, so that a person need not run it again to see why.
    fn journal(&self, timeline: &Timeline, out: &mut dyn Write) -> io::Result<()> {
        let left_out = timeline.entries.len().saturating_sub(JOURNAL_SHOWN);
        if timeline.entries.is_empty() {
            return writeln!(out, "          nothing happened");
        }
        writeln!(out, "          what happened, in seconds of the run:")?;
        if left_out > 0 {
            writeln!(out, "            {} before", count(left_out, "line"))?;
        }
        let names = timeline.entries.iter().map(|entry| entry.machine.as_str().len());
        let width = names.max().unwrap_or_default();
        for entry in timeline.entries.iter().skip(left_out) {
            let at = entry.at.since(double::Moment::START);
            let note = entry.note.as_ref().map(|note| format!("   [{}]", Untrusted(note))).unwrap_or_default();
            let line = format!(
                "            {:>5}.{:03}  {:<width$}  {}{note}",
                at.as_secs(),
                at.subsec_millis(),
                entry.machine.as_str(),
                Untrusted(&entry.event.to_string())
            );
            writeln!(out, "{}", self.dim(&line))?;
        }
        Ok(())
    }

    fn end(&self, summary: Summary, out: &mut dyn Write) -> io::Result<()> {
        let Summary { passed, failed, skipped, not_judged, .. } = summary;
        let worst = match summary {
            Summary { failed: 1.., .. } => Status::Failed,
            Summary { skipped: 1.., .. } => Status::Skipped,
            _ => Status::Passed,
        };
        let not = if failed > 0 { format!(", {failed} not as expected") } else { String::new() };
        let scenarios = count(summary.total(), "scenario");
        let took = milliseconds(summary.elapsed);
        let line = format!("{scenarios}, {passed} as expected{not}, {skipped} skipped, {took}");
        writeln!(out, "{}", self.paint(look(worst), &line))?;
        if !self.failed.is_empty() && summary.total() > 1 {
            let names = self.failed.iter().take(NAMES_SHOWN).map(|name| Untrusted(name).to_string());
            let mut names = names.collect::<Vec<_>>().join(", ");
            if let Some(more @ 1..) = self.failed.len().checked_sub(NAMES_SHOWN) {
                names.push_str(&format!(" and {more} more"));
            }
            writeln!(out, "not as expected: {names}")?;
        }
        if not_judged > 0 {
            writeln!(out, "{not_judged} of them expect something that was not judged: `--format json` names it")?;
        }
        Ok(())
    }
}

impl Report for Human {
    fn event(&mut self, event: &RunEvent<'_>, out: &mut dyn Write) -> io::Result<()> {
        match event {
            // A refused file is drawn for a person where errors go.
            RunEvent::Begin { .. } | RunEvent::Refused(_) => Ok(()),
            RunEvent::Scenario(record) => self.scenario(record, out),
            RunEvent::End(summary) => self.end(*summary, out),
        }
    }
}

fn look(status: Status) -> Look {
    let colour = match status {
        Status::Passed => AnsiColor::Green,
        Status::Skipped => AnsiColor::Yellow,
        Status::Failed => AnsiColor::Red,
    };
    Look::new().fg_color(Some(colour.into()))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use double::{Entry, MachineId, Moment};
    use evidence::Event;
    use evidence::diagnosis::{Evidence, Finding};
    use evidence::timeline::{ClientEvent, Timeline};

    use super::{Human, JOURNAL_SHOWN, MISSES_SHOWN, Style};
    use crate::report::Report;
    use crate::runner::{Diagnosis, FixCheck, Found, Record, RunEvent, ScenarioRecord, Status};
    use crate::verdict::Miss;

    /// A failure with this many criteria and lines.
    fn failed(misses: usize, lines: usize) -> ScenarioRecord {
        let to = "10.0.0.60:1688".parse().unwrap();
        let entry = Entry::new(Moment::START, MachineId::new("pc7"), Event::Client(ClientEvent::Connect { to }));
        let miss = Miss { criterion: "host", expected: "a\u{1b}[2J".to_owned(), found: "b".to_owned() };
        let record = Record {
            misses: vec![miss; misses],
            timeline: Timeline { machines: Vec::new(), entries: vec![entry; lines] },
            ..Record::broken(1, "pc7", "windows-10", "a reason")
        };
        ScenarioRecord {
            name: "dns/one".to_owned(),
            title: "One".to_owned(),
            network: "simulated",
            status: Status::Failed,
            known_gap: None,
            results: vec![record],
            elapsed: Duration::ZERO,
        }
    }

    fn told(record: &ScenarioRecord, coloured: bool) -> String {
        let mut text = Vec::new();
        let mut report = Human::new(Style { coloured, again: " --seed 1".to_owned() });
        report.event(&RunEvent::Scenario(record), &mut text).unwrap();
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn long_lists_are_bounded_and_counted() {
        let text = told(&failed(100, 1000), false);
        assert_eq!(text.matches("expected").count(), MISSES_SHOWN);
        assert_eq!(text.matches("connect 10.0.0.60 1688").count(), JOURNAL_SHOWN);
        assert!(text.contains("and 92 more") && text.contains("970 lines before"), "{text}");
        let exact = told(&failed(MISSES_SHOWN, JOURNAL_SHOWN), false);
        assert!(!exact.contains("more") && !exact.contains("before"), "{exact}");
    }

    #[test]
    fn only_our_own_escape_sequences_come_out() {
        assert!(!told(&failed(1, 1), false).contains('\u{1b}'));
        let coloured = told(&failed(1, 1), true);
        assert!(coloured.contains('\u{1b}') && !coloured.contains("\u{1b}[2J"), "{coloured}");
    }

    #[test]
    fn a_wrong_finding_is_told_with_its_evidence() {
        let mut record = failed(1, 1);
        let finding = Finding::new("tcp1688-silent", [9, 4], "nobody\u{1b}answers").unwrap();
        let fix = FixCheck::not_tried();
        let diagnosis = Diagnosis {
            evidence: Evidence::default(),
            findings: vec![Found { finding, fix }],
            from_dns: None,
            from_host: None,
        };
        record.results[0].diagnosis = Some(diagnosis);
        assert!(!told(&record, false).contains("what was found"), "nothing is wrong with the findings");
        record.results[0].misses[0].criterion = "must";
        let text = told(&record, false);
        assert!(text.contains("tcp1688-silent (error): nobody\\u{1b}answers #4 #9"), "{text}");
    }

    #[test]
    fn nothing_that_happened_is_said_too() {
        assert!(told(&failed(1, 0), false).contains("nothing happened"));
    }
}
