//! `kmslab exec` and `kmslab shell`: another program in the place of a scenario's client.

use std::ffi::OsString;
use std::io::Write;
use std::time::Duration;

use clap::Args;

use super::Sources;
use super::recording::RecordingArgs;
use crate::error::CommandError;

/// The exit code of a failure of ours, as env(1) and timeout(1) give it: a command's own is told by everything else.
const OUR_FAILURE: i32 = 125;

/// The word of the network that it stands in.
#[cfg(target_os = "linux")]
const ISOLATED: &str = "isolated";

/// What goes to standard output is said by the command alone.
#[cfg(target_os = "linux")]
const OUTPUT_IS_TAKEN: super::recording::Beside<'static> = super::recording::Beside {
    standard: Some(("the command", "name a file, or a pipe such as /dev/fd/3")),
    report: None,
};

/// Where a program is to stand.
#[derive(Debug, Args)]
pub struct Place {
    /// The client in whose place it stands [default: the first]
    #[arg(long, value_name = "ID")]
    client: Option<String>,
    /// The step whose environment it is
    #[arg(long, default_value_t = 1, value_name = "N")]
    step: usize,
    /// The seed of every random choice
    #[arg(long, default_value_t = 1, value_name = "N")]
    seed: u64,
    /// Do not say afterwards what it asked, was told and never asked
    #[arg(long, short)]
    quiet: bool,
    #[command(flatten)]
    recording: RecordingArgs,
    #[command(flatten)]
    sources: Sources,
}

/// What `exec` is asked.
#[derive(Debug, Args)]
pub struct ExecArgs {
    /// The scenario, by its whole name as `kmslab list` shows it
    scenario: String,
    /// End the command after this time; the exit code is then 124
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    timeout: Option<Duration>,
    #[command(flatten)]
    place: Place,
    /// The command and its arguments
    #[arg(last = true, required = true, value_name = "CMD")]
    command: Vec<OsString>,
}

/// What `shell` is asked.
#[derive(Debug, Args)]
pub struct ShellArgs {
    /// The scenario, by its whole name as `kmslab list` shows it
    scenario: String,
    #[command(flatten)]
    place: Place,
}

/// What the first process inside is told.
#[derive(Debug, Args)]
pub struct SuperviseArgs {
    /// The descriptor of the pipe that closes when the laboratory ends
    #[arg(long)]
    alive: i32,
    /// The descriptor of the pipe into which the exit code goes
    #[arg(long)]
    tell: i32,
    /// The descriptor of the socket from which the sockets come that are to be kept open
    #[arg(long)]
    keep: i32,
    /// The user and group of the command
    #[arg(long, value_parser = user_and_group)]
    user: Option<(u32, u32)>,
    /// Whether the terminal is to be the command's
    #[arg(long)]
    terminal: bool,
    /// The command and its arguments
    #[arg(last = true, required = true)]
    command: Vec<OsString>,
}

/// Longest time that can be given: a year.
const TIMEOUT_MAX: f64 = 366.0 * 86_400.0;

fn seconds(text: &str) -> Result<Duration, String> {
    let number: f64 = text.parse().map_err(|_| "expected seconds, e.g. 30 or 0.5".to_owned())?;
    if !(0.0..=TIMEOUT_MAX).contains(&number) {
        return Err("expected between 0 seconds and a year".to_owned());
    }
    Ok(Duration::from_secs_f64(number))
}

fn user_and_group(text: &str) -> Result<(u32, u32), String> {
    let parts = text.split_once(':').and_then(|(user, group)| Some((user.parse().ok()?, group.parse().ok()?)));
    parts.ok_or_else(|| "expected USER:GROUP in numbers".to_owned())
}

/// What is to run.
#[cfg_attr(not(target_os = "linux"), expect(dead_code, reason = "elsewhere nothing can be run, so nobody reads it"))]
struct Wanted {
    command: Vec<OsString>,
    limit: Option<Duration>,
    is_shell: bool,
}

/// Runs a command; its exit code.
pub fn exec(args: &ExecArgs, err: &mut dyn Write) -> i32 {
    let errand = Wanted { command: args.command.clone(), limit: args.timeout, is_shell: false };
    ended(run(&args.scenario, &args.place, errand, err), err)
}

/// Opens the shell of the user; its exit code.
pub fn shell(args: &ShellArgs, err: &mut dyn Write) -> i32 {
    let errand = Wanted { command: vec![crate::cli_input::shell()], limit: None, is_shell: true };
    ended(run(&args.scenario, &args.place, errand, err), err)
}

fn ended(result: Result<i32, CommandError>, err: &mut dyn Write) -> i32 {
    match result {
        Ok(code) => code,
        Err(error) => {
            // Nobody is left to tell when the error stream is closed.
            super::tell(&error, err).ok();
            OUR_FAILURE
        }
    }
}

#[cfg(target_os = "linux")]
fn run(scenario: &str, place: &Place, wanted: Wanted, err: &mut dyn Write) -> Result<i32, CommandError> {
    use crate::journal::Attempt;
    use crate::lab::exec::{Errand, Trouble, exec};
    use crate::lab::published::published;
    use crate::runner::seed_of;

    let library = crate::cli_input::library(&place.sources)?;
    let scenario = super::show::find(&library, scenario)?;
    let steps = scenario.steps.get(..place.step).filter(|steps| !steps.is_empty());
    let environment = steps.and_then(|steps| published(steps, seed_of(&scenario, place.seed)));
    let environment = &environment.ok_or_else(|| CommandError::Usage {
        message: format!("the scenario has no step {}", place.step),
        hint: format!("it has steps from 1 to {}", scenario.steps.len()),
    })?;
    let mut clients = environment.clients.iter();
    let named = place.client.as_deref();
    let client = clients.find(|client| named.is_none_or(|named| client.id.as_str() == named));
    let client = client.ok_or_else(|| {
        let ids: Vec<&str> = environment.clients.iter().map(|client| client.id.as_str()).collect();
        CommandError::Usage {
            message: format!("there is no client `{}`", named.unwrap_or_default().escape_debug()),
            hint: format!("its clients are: {}", ids.join(", ")),
        }
    })?;
    let seed = seed_of(&scenario, place.seed).child("network");
    let mut recording = super::recording::Recording::begin(&place.recording, ISOLATED, place.seed, OUTPUT_IS_TAKEN)?;
    let Wanted { command, limit, is_shell } = wanted;
    let errand = Errand { environment, client, seed, command, limit, is_shell, keeps_packets: recording.captures() };
    let ended = exec(&errand).map_err(|trouble| CommandError::CannotDo {
        message: trouble.to_string(),
        hint: match trouble {
            Trouble::Refused(_) => crate::cli_input::how_to_get_isolated(),
            Trouble::SetUp(_) => "`kmslab doctor` says what this machine lacks and how to get it".to_owned(),
        },
    })?;
    if !place.quiet {
        for line in ended.told {
            // What was told is no part of what the command does.
            writeln!(err, "kmslab: {line}").ok();
        }
    }
    let attempt = Attempt {
        scenario: &scenario.name,
        step: place.step,
        client,
        environment,
        timeline: &ended.timeline,
        outcome: None,
        events: &[],
        took: ended.took,
    };
    recording.packets(&attempt, &ended.packets.0, ended.packets.1);
    recording.keep(&mut std::io::sink())?;
    Ok(ended.code)
}

#[cfg(not(target_os = "linux"))]
fn run(_: &str, _: &Place, _: Wanted, _: &mut dyn Write) -> Result<i32, CommandError> {
    Err(CommandError::CannotDo {
        message: "other programs can be run in a scenario on Linux only".to_owned(),
        hint: "use a virtual machine or container with Linux; `kmslab run` works here".to_owned(),
    })
}

/// Is the first process inside; the exit code of its command.
#[must_use]
#[cfg(target_os = "linux")]
pub fn supervise(args: &SuperviseArgs) -> i32 {
    use crate::lab::supervise::{Inside, supervise};

    let &SuperviseArgs { alive, tell, keep, user, terminal, ref command } = args;
    supervise(&Inside { alive, tell, keep, user, terminal, command: command.clone() })
}

/// There is no such process here.
#[must_use]
#[cfg(not(target_os = "linux"))]
pub fn supervise(_: &SuperviseArgs) -> i32 {
    OUR_FAILURE
}
