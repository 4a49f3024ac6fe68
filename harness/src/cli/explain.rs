//! `kmslab explain`: what a code, an event, a procedure or a word of kmslab means, without a network.

use std::io::Write;

use clap::Args;

use super::Sources;
use crate::cli_input;
use crate::error::{CommandError, ExitCode};
use crate::explain::{self, lookup, print, shown::shown};
use crate::scenario::Scenario;
use crate::scenario::load::load;
use crate::scenario::refusal::Refusal;

/// What `explain` is asked.
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// A code (0x8007232B, 8007232b or decimal), event (12288), procedure (G7), fault, rule, switch, outcome, finding or exit code
    /// (exit 3); all words are listed without it
    #[arg(value_name = "WHAT", allow_negative_numbers = true)]
    what: Vec<String>,
    /// The format of the page
    #[arg(long, default_value = "human", value_parser = cli_input::words::<Format>(Format::WORDS))]
    format: Format,
    #[command(flatten)]
    sources: Sources,
}

notation::choice! {
    /// A format of a page.
    pub enum Format("format of a page") {
        /// Text, for a person.
        "human" => Human,
        /// One JSON object. Stable.
        "json" => Json,
    }
}

/// Explains a word, or lists all of them.
///
/// # Errors
/// A word without a page; scenario files that are refused, after the page.
pub fn explain(args: &ExplainArgs, out: &mut dyn Write) -> Result<ExitCode, CommandError> {
    let pages = explain::all();
    if args.what.is_empty() {
        let written = match args.format {
            Format::Human => print::index(&pages, out),
            Format::Json => writeln!(out, "{}", print::index_json(&pages)),
        };
        return written.map(|()| ExitCode::AsExpected).map_err(CommandError::Output);
    }
    let asked = args.what.join(" ");
    let found = lookup::find(&pages, &asked)
        .map_err(|lookup::NotFound { message, hint }| CommandError::Usage { message, hint })?;
    let (scenarios, refusals) = loaded(args)?;
    let found: Vec<_> = found.into_iter().map(|page| (page, shown(page, &scenarios))).collect();
    let written = match args.format {
        Format::Human => found.iter().enumerate().try_for_each(|(at, (page, shown))| {
            if at > 0 {
                writeln!(out, "\n---\n")?;
            }
            print::human(page, shown, out)
        }),
        Format::Json => {
            let pages: Vec<_> = found.iter().map(|(page, shown)| print::json(page, shown)).collect();
            writeln!(out, "{}", notation::serde_json::json!({"type": "explanation", "asked": asked, "pages": pages}))
        }
    };
    written.map_err(CommandError::Output)?;
    if refusals.is_empty() { Ok(ExitCode::AsExpected) } else { Err(CommandError::Refused(refusals)) }
}

/// The scenarios that can be shown, and what is wrong with the others: a page is told all the same.
fn loaded(args: &ExplainArgs) -> Result<(Vec<Scenario>, Vec<Refusal>), CommandError> {
    let library = cli_input::library(&args.sources)?;
    let mut scenarios = Vec::new();
    let mut refusals = Vec::new();
    for name in library.scenario_names() {
        match load(&library, name) {
            Ok(scenario) => scenarios.push(scenario),
            Err(refusal) => refusals.push(refusal),
        }
    }
    Ok((scenarios, refusals))
}
