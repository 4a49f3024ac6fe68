//! JUnit XML, as CI systems read it: a test case for each result. It is written whole, at the end of a run.

use std::io::{self, Write};

use quick_junit::{NonSuccessKind, Property, TestCase, TestCaseStatus, TestSuite};

use super::Report;
use super::phrase::{found, known_gap, place, problems};
use crate::runner::{Record, RunEvent, ScenarioRecord, Status};

/// What every class name begins with, so that results of several tools can stand beside each other.
const PACKAGE: &str = "kmslab";

/// The report.
#[derive(Debug)]
pub struct Junit {
    suite: TestSuite,
}

impl Junit {
    /// A report without results.
    #[must_use]
    pub fn new() -> Self {
        Self { suite: TestSuite::new(PACKAGE) }
    }

    fn scenario(&mut self, scenario: &ScenarioRecord) {
        for (number, record) in scenario.results.iter().enumerate() {
            let mut case = TestCase::new(place(record), status(scenario, record));
            case.set_classname(format!("{PACKAGE}.{}", scenario.name.replace('/', ".")));
            if number == 0 {
                // What is measured is the scenario; counted once, the sum is right.
                case.set_time(scenario.elapsed);
            }
            case.add_property(Property::new("title", scenario.title.as_str()));
            if let Some(outcome) = &record.outcome {
                case.add_property(Property::new("outcome", outcome.word.word()));
            }
            case.add_properties(record.not_judged.iter().map(|what| Property::new("not-judged", what.as_str())));
            case.add_property(Property::new("virtual-ms", record.took.as_millis().to_string()));
            self.suite.add_test_case(case);
        }
    }
}

impl Default for Junit {
    fn default() -> Self {
        Self::new()
    }
}

impl Report for Junit {
    fn event(&mut self, event: &RunEvent<'_>, out: &mut dyn Write) -> io::Result<()> {
        match event {
            RunEvent::Begin { network, seed, .. } => {
                self.suite.add_property(Property::new("network", *network));
                self.suite.add_property(Property::new("seed", seed.to_string()));
                Ok(())
            }
            RunEvent::Refused(refusal) => {
                let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
                status.set_message("the file was refused").set_description(problems(refusal).join("\n"));
                let mut case = TestCase::new(refusal.file.path.as_str(), status);
                case.set_classname(format!("{PACKAGE}.refused"));
                self.suite.add_test_case(case);
                Ok(())
            }
            RunEvent::Scenario(scenario) => {
                self.scenario(scenario);
                Ok(())
            }
            RunEvent::End(summary) => {
                self.suite.set_time(summary.elapsed);
                let mut report = quick_junit::Report::new(PACKAGE);
                report.set_time(summary.elapsed);
                report.add_test_suite(std::mem::replace(&mut self.suite, TestSuite::new(PACKAGE)));
                report.serialize(out).map_err(io::Error::other)
            }
        }
    }
}

/// A known gap is neither a success nor news: it is skipped with the reason. When it is gone, that is the failure.
fn status(scenario: &ScenarioRecord, record: &Record) -> TestCaseStatus {
    if let Some(gap) = known_gap(scenario) {
        let mut status = match scenario.status {
            Status::Failed => TestCaseStatus::non_success(NonSuccessKind::Failure),
            Status::Passed | Status::Skipped => TestCaseStatus::skipped(),
        };
        status.set_type("known-gap").set_message(gap);
        return status;
    }
    match record.status {
        Status::Passed => TestCaseStatus::success(),
        Status::Skipped => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(record.reason.as_deref().unwrap_or_default());
            status
        }
        Status::Failed => {
            let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
            let criteria: Vec<&str> = record.misses.iter().map(|miss| miss.criterion).collect();
            let message = record.reason.clone().unwrap_or_else(|| format!("not as expected: {}", criteria.join(", ")));
            status.set_type("not-as-expected").set_message(message).set_description(misses(record));
            status
        }
    }
}

fn misses(record: &Record) -> String {
    let text = record.misses.iter().map(|miss| {
        let (called, text) = found(miss);
        format!("{}\n  expected {}\n  {called} {text}\n", miss.criterion, miss.expected)
    });
    text.collect()
}
