//! `kmslab check`: validates scenario files, and says everything that is wrong with each.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use super::Sources;
use crate::cli_input;
use crate::error::{CommandError, ExitCode};
use crate::scenario::load::{is_base, load, load_base, load_base_text, load_text};
use crate::scenario::refusal::Refusal;

/// What `check` is asked.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// Scenario and base files; the whole catalogue when none is given
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
    let mut take = |result: Result<(), Refusal>| match result {
        Ok(()) => good += 1,
        Err(refusal) => refusal.tell_once(&mut refusals),
    };
    if args.file.is_empty() {
        let scenarios: Vec<_> = library.scenario_names().map(|name| load(&library, name).map(drop)).collect();
        let all_good = scenarios.iter().all(Result::is_ok);
        scenarios.into_iter().for_each(&mut take);
        // A broken base is told with the scenarios that start from it; then only those that none starts from are left.
        if all_good {
            library.base_names().for_each(|name| take(load_base(&library, name).map(drop)));
        }
    }
    for path in &args.file {
        let name = path.with_extension("").display().to_string();
        take(crate::scenario::catalogue::read(path).and_then(|file| {
            if is_base(&file) {
                load_base_text(&library, &name, &file).map(drop)
            } else {
                load_text(&library, &name, &file).map(drop)
            }
        }));
    }
    if !refusals.is_empty() {
        return Err(CommandError::Refused(refusals));
    }
    writeln!(out, "{good} {} good", if good == 1 { "file is" } else { "files are" }).map_err(CommandError::Output)?;
    Ok(ExitCode::AsExpected)
}
