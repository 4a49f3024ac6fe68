//! `kmslab run`.

use std::io::Write;

use clap::Args;

use super::Sources;
use super::recording::{Beside, Recording, RecordingArgs};
use crate::cli_input::{self, STANDARD_OUTPUT, Terminal};
use crate::error::{CommandError, ExitCode};
use crate::network::stage::NetworkKind;
use crate::report::human::Style;
use crate::report::progress::Progress;
use crate::report::{Format, report};
use crate::runner::filter::{Filter, picks};
use crate::runner::parallel::run_all;
use crate::runner::{RunEvent, Settings};
use crate::scenario::Scenario;
use crate::scenario::refusal::Refusal;

/// What `run` is asked.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// Only scenarios that one of these picks: a part of the name, or tag:, finding:, procedure:, code:, fault:
    #[arg(value_parser = Filter::new)]
    filter: Vec<Filter>,
    /// The network to run on
    #[arg(long, default_value = "simulated", value_parser = cli_input::words::<NetworkKind>(NetworkKind::WORDS))]
    network: NetworkKind,
    /// The format of the report
    #[arg(long, default_value = "human", value_parser = cli_input::words::<Format>(Format::WORDS))]
    format: Format,
    /// Write the report to this file instead of standard output, which `-` is
    #[arg(long, value_name = "FILE")]
    output: Option<std::path::PathBuf>,
    #[command(flatten)]
    recording: RecordingArgs,
    #[command(flatten)]
    sources: Sources,
    /// How many scenarios run at once [default: what the machine has]
    #[arg(long, value_name = "N")]
    jobs: Option<usize>,
    /// The seed of every random choice: same seed, same bytes
    #[arg(long, default_value_t = 1, value_name = "N")]
    seed: u64,
    /// Run only the Ith of N equal parts of the list
    #[arg(long, value_name = "I/N", value_parser = cli_input::shard)]
    shard: Option<(usize, usize)>,
    /// Stop at the first scenario that is not as expected
    #[arg(long)]
    fail_fast: bool,
    /// Fail (exit code 4) when something had to be skipped
    #[arg(long)]
    require_all: bool,
}

/// Runs the scenarios that are meant.
///
/// # Errors
/// Refused files, when all others have been run; no scenario left, a report that cannot be written.
pub fn run(args: &RunArgs, out: &mut dyn Write, err: &mut dyn Write) -> Result<ExitCode, CommandError> {
    let (scenarios, refusals) = chosen(args)?;
    let settings = Settings { network: args.network.clone(), seed: args.seed };
    cli_input::prepare(&settings.network)?;
    let jobs = args.jobs.unwrap_or_else(|| cli_input::default_jobs(&settings.network));
    let Terminal { coloured, progress } = cli_input::terminal();
    let mut progress = (progress && args.format == Format::Human).then(Progress::default);
    let output = args.output.as_deref().filter(|path| path.as_os_str() != STANDARD_OUTPUT);
    let mut report = report(&args.format, Style { coloured: coloured && output.is_none(), again: again(args) });
    let mut file = cli_input::output_file(output)?;
    let standard = file.is_none().then_some(("the report", "give the report a place of its own: --output FILE"));
    let beside = Beside { standard, report: file.as_ref() };
    let mut recording = Recording::begin(&args.recording, args.network.word(), args.seed, beside)?;
    let mut written = Ok(());
    let mut tell = |event: &RunEvent<'_>| {
        let out: &mut dyn Write = file.as_mut().map_or(&mut *out, |file| file);
        if let Some(progress) = &progress {
            // What cannot be shown of the progress is no reason to fail.
            progress.clear(err).ok();
        }
        if written.is_ok() {
            written = report.event(event, out);
        }
        if let RunEvent::Begin { .. } = event
            && written.is_ok()
        {
            written = refusals.iter().try_for_each(|refusal| report.event(&RunEvent::Refused(refusal), out));
        }
        if let RunEvent::Scenario(record) = event
            && let Some(scenario) = scenarios.iter().find(|scenario| scenario.name == record.name)
        {
            recording.scenario(scenario, record);
        }
        if let Some(progress) = &mut progress {
            out.flush().and_then(|()| progress.event(event, err)).ok();
        }
    };
    let summary = run_all(&scenarios, &settings, jobs, args.fail_fast, &mut tell);
    written.map_err(CommandError::Output)?;
    if let Some(file) = file {
        file.keep()?;
    }
    recording.keep(out)?;
    if !refusals.is_empty() {
        return Err(CommandError::Refused(refusals));
    }
    Ok(match summary {
        _ if summary.failed > 0 => ExitCode::Differs,
        _ if args.require_all && summary.skipped > 0 => ExitCode::CannotDo,
        _ => ExitCode::AsExpected,
    })
}

/// What follows a scenario's name in the command that shows its result again.
fn again(args: &RunArgs) -> String {
    let folders =
        args.sources.scenarios.iter().map(|folder| format!(" --scenarios {}", quoted(&folder.display().to_string())));
    format!("{} --network {} --seed {}", folders.collect::<String>(), args.network.word(), args.seed)
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '/' | '_' | '-' | '+' | ':' | '@' | ',');
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

/// The scenarios that filter and shard leave, and the files of which nobody can tell.
fn chosen(args: &RunArgs) -> Result<(Vec<Scenario>, Vec<Refusal>), CommandError> {
    let (mut scenarios, refusals) = cli_input::load_all(&args.sources)?;
    scenarios.retain(|scenario| picks(&args.filter, scenario));
    if let Some((part, parts)) = args.shard {
        let mut index = 0;
        scenarios.retain(|_| {
            index += 1;
            (index - 1) % parts == part - 1
        });
    } else if scenarios.is_empty() && refusals.is_empty() {
        let message = "no scenario fits this filter".to_owned();
        return Err(CommandError::Usage { message, hint: "`kmslab run` without a filter runs all of them".to_owned() });
    }
    Ok((scenarios, refusals))
}
