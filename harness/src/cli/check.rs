//! `kmslab check`: validates scenario files, and says everything that is wrong with each.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use super::Sources;
use crate::cli_input;
use crate::error::{CommandError, ExitCode};
use crate::report::json::{RefusedLine, line};
use crate::scenario::load::{is_base, load, load_base, load_base_text, load_text};
use crate::scenario::refusal::Refusal;

notation::choice! {
    /// A format of what is told.
    pub enum Format("format of a check") {
        /// Drawings of what is wrong, for a person.
        "human" => Human,
        /// JSON Lines: one object a file, and a summary. Stable.
        "json" => Json,
    }
}

/// What `check` is asked.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// Scenario and base files; the whole catalogue when none is given
    file: Vec<PathBuf>,
    /// The format
    #[arg(long, default_value = "human", value_parser = cli_input::words::<Format>(Format::WORDS))]
    format: Format,
    #[command(flatten)]
    sources: Sources,
}

/// Checks the files.
///
/// # Errors
/// The files that are refused.
pub fn check(args: &CheckArgs, out: &mut dyn Write) -> Result<ExitCode, CommandError> {
    let library = cli_input::library(&args.sources)?;
    let mut refusals: Vec<Refusal> = Vec::new();
    let mut good: Vec<String> = Vec::new();
    let mut take = |file: &str, result: Result<(), Refusal>| match result {
        Ok(()) => good.push(file.to_owned()),
        Err(refusal) => refusal.tell_once(&mut refusals),
    };
    if args.file.is_empty() {
        let scenarios: Vec<_> = library.scenario_names().map(|name| (name, load(&library, name).map(drop))).collect();
        let all_good = scenarios.iter().all(|(_, result)| result.is_ok());
        scenarios.into_iter().for_each(|(name, result)| take(name, result));
        // A broken base is told with the scenarios that start from it; then only those that none starts from are left.
        if all_good {
            library.base_names().for_each(|name| take(name, load_base(&library, name).map(drop)));
        }
    }
    for path in &args.file {
        let name = path.with_extension("").display().to_string();
        let result = crate::scenario::catalogue::read(path).and_then(|file| {
            if is_base(&file) {
                load_base_text(&library, &name, &file).map(drop)
            } else {
                load_text(&library, &name, &file).map(drop)
            }
        });
        take(&path.display().to_string(), result);
    }
    if args.format == Format::Json {
        in_json(&good, &refusals, out).map_err(CommandError::Output)?;
    }
    if !refusals.is_empty() {
        return Err(CommandError::Refused(refusals));
    }
    if args.format == Format::Human {
        let are = if good.len() == 1 { "file is" } else { "files are" };
        writeln!(out, "{} {are} good", good.len()).map_err(CommandError::Output)?;
    }
    Ok(ExitCode::AsExpected)
}

/// One object a file, as it was given or as the catalogue names it, and a summary.
fn in_json(good: &[String], refusals: &[Refusal], out: &mut dyn Write) -> std::io::Result<()> {
    for file in good {
        line(out, &serde_json::json!({"type": "file", "file": file, "status": "good"}))?;
    }
    for refusal in refusals {
        line(out, &RefusedLine::new("file", refusal))?;
    }
    line(out, &serde_json::json!({"type": "summary", "good": good.len(), "refused": refusals.len()}))
}
