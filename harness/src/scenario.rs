//! A scenario: a healthy environment, changes in steps, and what must come out.
//!
//! In reading order: [`mod@format`] (the file as types), [`expect`] (what must come out), [`library`] (texts by name), [`load`]
//! (text to scenario, all problems at once), [`mod@print`] (scenario to text), [`refusal`] (problems drawn for a person), [`catalogue`] (the scenarios that
//! travel in the binary, and DRIVER: folders that add to them), [`schema`] (the format for editors). It runs nothing.

pub mod catalogue;
pub mod expect;
pub mod format;
pub mod library;
pub mod load;
pub mod print;
pub mod refusal;
pub mod schema;

use double::Moment;
use evidence::Change;

use crate::environment::Environment;
pub use expect::Expect;
pub use format::{Action, Run, Source, Wait};
pub use library::Library;

/// A scenario whose every reference was checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Scenario {
    /// Its name: the path of its file below the scenarios folder, without the ending.
    pub name: String,
    /// One sentence that a support engineer would say.
    pub title: String,
    /// What the customer says; it does not give the answer away.
    pub ticket: String,
    /// The base environment it starts from.
    pub base: String,
    /// Words to filter by.
    pub tags: Vec<String>,
    /// The guideline's procedures that it exercises.
    pub procedures: Vec<format::Procedure>,
    /// Where it is known from.
    pub sources: Vec<Source>,
    /// Why it fails today, if it is known to: it must then still fail.
    pub known_gap: Option<String>,
    /// The environment before the first step.
    pub healthy: Environment,
    /// Its steps, in order of time.
    pub steps: Vec<Step>,
}

/// One step of a scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// When it happens.
    pub at: Moment,
    /// What changes.
    pub change: Change,
    /// The environment after the change.
    pub environment: Environment,
    /// What is then done, in order.
    pub run: Vec<Run>,
    /// What must come out.
    pub expect: Expect,
}
