//! `kmslab list`: the scenarios, one a line.

use std::io::Write;

use clap::Args;
use double::escape::Untrusted;
use serde::Serialize;

use super::Sources;
use crate::cli_input;
use crate::error::{CommandError, ExitCode};
use crate::runner::filter::{Filter, picks};
use crate::scenario::Scenario;
use crate::scenario::load::load;

/// What `list` is asked.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// Only scenarios that one of these picks: a part of the name, or tag:, finding:, procedure:, code:, fault:
    #[arg(value_parser = Filter::new)]
    filter: Vec<Filter>,
    /// The format of the list
    #[arg(long, default_value = "human", value_parser = cli_input::words::<Format>(Format::WORDS))]
    format: Format,
    #[command(flatten)]
    sources: Sources,
}

notation::choice! {
    /// A format of the list.
    pub enum Format("format of a list") {
        /// Name and title, for a person.
        "human" => Human,
        /// JSON Lines: one object a scenario. Stable.
        "json" => Json,
    }
}

/// Lists the scenarios that the filter leaves; no scenario at all is an honest answer.
///
/// # Errors
/// The files that are refused, after all others are listed.
pub fn list(args: &ListArgs, out: &mut dyn Write) -> Result<ExitCode, CommandError> {
    let library = cli_input::library(&args.sources)?;
    let width = library.scenario_names().map(|name| name.chars().count()).max().unwrap_or_default();
    let mut refusals = Vec::new();
    for name in library.scenario_names() {
        match load(&library, name) {
            Ok(scenario) if picks(&args.filter, &scenario) => {
                // A reader sees each line at once, and not when the last file is loaded.
                let written = write(&args.format, &scenario, width, out).and_then(|()| out.flush());
                written.map_err(CommandError::Output)?;
            }
            Ok(_) => {}
            Err(refusal) => refusal.tell_once(&mut refusals),
        }
    }
    if refusals.is_empty() { Ok(ExitCode::AsExpected) } else { Err(CommandError::Refused(refusals)) }
}

fn write(format: &Format, scenario: &Scenario, width: usize, out: &mut dyn Write) -> std::io::Result<()> {
    match format {
        Format::Human => {
            let gap = if scenario.known_gap.is_some() { " (known gap)" } else { "" };
            writeln!(out, "{:<width$}  {}{gap}", Untrusted(&scenario.name).to_string(), Untrusted(&scenario.title))
        }
        Format::Json => {
            serde_json::to_writer(&mut *out, &Object::new(scenario))?;
            out.write_all(b"\n")
        }
    }
}

/// A scenario of the list in JSON. Keys are added, never changed.
#[derive(Serialize)]
struct Object<'a> {
    name: &'a str,
    title: &'a str,
    tags: &'a [String],
    procedures: Vec<&'static str>,
    base: &'a str,
    known_gap: Option<&'a str>,
}

impl<'a> Object<'a> {
    fn new(scenario: &'a Scenario) -> Self {
        Self {
            name: &scenario.name,
            title: &scenario.title,
            tags: &scenario.tags,
            procedures: scenario.procedures.iter().map(|procedure| procedure.word()).collect(),
            base: &scenario.base,
            known_gap: scenario.known_gap.as_deref(),
        }
    }
}
