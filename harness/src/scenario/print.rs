//! A scenario as the text of its file. What is read back is the same scenario; comments and layout of the first text are gone.

use notation::{Format, Millis, Placed};

use super::format::{ScenarioFile, StepFile};
use super::load::everybody;
use super::{Scenario, Step};

/// The text of a scenario's file.
#[must_use]
pub fn print(scenario: &Scenario) -> String {
    let file = ScenarioFile {
        title: scenario.title.clone().into(),
        ticket: scenario.ticket.clone().into(),
        base: scenario.base.clone().into(),
        tags: scenario.tags.clone(),
        procedures: scenario.procedures.clone(),
        sources: scenario.sources.clone().into(),
        known_gap: scenario.known_gap.clone().map(Placed::from),
        steps: scenario.steps.iter().map(|step| step_file(step).into()).collect::<Vec<_>>().into(),
    };
    notation::print::print(&file.write())
}

fn step_file(step: &Step) -> StepFile {
    // Steps are written to the millisecond, so nothing is lost.
    let at = u64::try_from(step.at.since_start().as_millis()).unwrap_or(Millis::MAX);
    StepFile {
        at: Millis(at).into(),
        change: step.change.clone(),
        run: (step.run != everybody(&step.environment)).then(|| step.run.clone()),
        expect: step.expect.clone(),
    }
}
