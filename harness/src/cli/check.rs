//! `kmslab check`: validates scenario files, and says everything that is wrong with each.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use super::Sources;
use crate::cli_input;
use crate::error::{CommandError, ExitCode};
use crate::scenario::load::{load, load_text};
use crate::scenario::refusal::Refusal;

/// What `check` is asked.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// Scenario files; the whole catalogue when none is given
    file: Vec<PathBuf>,
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
    let mut good = 0;
    let mut take = |result: Result<_, Refusal>| match result {
        Ok(_) => good += 1,
        Err(refusal) => refusals.push(refusal),
    };
    if args.file.is_empty() {
        library.scenario_names().for_each(|name| take(load(&library, name)));
    }
    for path in &args.file {
        let name = path.with_extension("").display().to_string();
        take(crate::scenario::catalogue::read(path).and_then(|file| load_text(&library, &name, &file)));
    }
    if !refusals.is_empty() {
        return Err(CommandError::Refused(refusals));
    }
    writeln!(out, "{good} scenario {} good", if good == 1 { "file is" } else { "files are" })
        .map_err(CommandError::Output)?;
    Ok(ExitCode::AsExpected)
}
