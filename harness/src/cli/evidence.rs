//! `kmslab evidence`: what a customer would send from the environment of a scenario.
//!
//! The scenario is played to its end, then somebody sits down at each machine and runs the tools, one after the other, on the simulated
//! network. The folder names neither the scenario nor what is wrong.

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use evidence::Role;
use exhibit::label::Language;
use exhibit::write::NotShown;
use exhibit::write::list::{EXHIBITS, Exhibit, Written};
use notation::Id;

use super::Sources;
use super::show::find;
use crate::bench::{Bench, BenchError};
use crate::error::{CommandError, ExitCode};
use crate::scenario::Scenario;
use crate::{cli_input, cli_output};

/// What stands in each folder, so that nobody takes it for a real machine's.
pub(super) const NOTICE: &str = "SIMULATION\r\n\r\nThese files show what the tools on a machine would show that does not exist.\r\nkmslab made them: a test double that cannot activate a product. Names, addresses\r\nand GUIDs are invented. In ipconfig.txt the make of the adapter says so too.\r\n";

/// The name of that file.
const NOTICE_FILE: &str = "README.txt";

/// What `evidence` is asked.
#[derive(Debug, Args)]
pub struct EvidenceArgs {
    /// The scenario, by its whole name as `kmslab list` shows it
    scenario: String,
    /// The folder that is made; it must not be there yet, or be empty
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
    /// Where somebody collects: files of the client stand in the folder, those of each other machine in a folder of its own; can be
    /// repeated
    #[arg(long, value_enum, default_value = "client")]
    from: Vec<From>,
    /// The language of the machines; a tool whose labels no public sample shows in it stays English
    #[arg(long, value_enum, default_value = "en")]
    lang: Lang,
    /// Which client, where the scenario has several; the first that tried to activate unless told
    #[arg(long, value_name = "ID")]
    client: Option<String>,
    /// After which step; the last unless told, 0 is the healthy environment before the first
    #[arg(long, value_name = "N")]
    step: Option<usize>,
    /// The seed of every random choice: same seed, same files
    #[arg(long, default_value_t = 1, value_name = "N")]
    seed: u64,
    /// Write texts in UTF-8 instead of the code page of a console
    #[arg(long)]
    utf8: bool,
    /// Write into a folder that holds something: files of the same names are replaced
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    sources: Sources,
}

/// Where somebody collects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum From {
    /// At the client
    Client,
    /// At every KMS host
    Host,
    /// At every DNS server
    Dns,
}

/// The language of the machines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Lang {
    /// English
    En,
    /// Korean
    Ko,
}

impl Lang {
    const fn language(self) -> Language {
        match self {
            Self::En => Language::English,
            Self::Ko => Language::Korean,
        }
    }
}

/// Writes the folder; its files go to `out`, what could not be made and why to `err`.
///
/// # Errors
/// A name that is no scenario's or no client's, a folder that holds something, a file that cannot be written.
pub fn evidence(args: &EvidenceArgs, out: &mut dyn Write, err: &mut dyn Write) -> Result<ExitCode, CommandError> {
    let library = cli_input::library(&args.sources)?;
    let scenario = find(&library, &args.scenario)?;
    let step = args.step.unwrap_or(scenario.steps.len());
    if step > scenario.steps.len() {
        return Err(CommandError::Usage {
            message: format!("the scenario has no step {step}"),
            hint: format!("its last is step {}", scenario.steps.len()),
        });
    }
    let folder = cli_output::folder(&args.output, args.force)?;
    let bench = Bench::after_step(&scenario, args.seed, step).map_err(cannot)?;
    let client = client(args, &scenario, &bench)?;
    let mut files = vec![Written { name: NOTICE_FILE.to_owned(), octets: NOTICE.as_bytes().to_vec() }];
    for (machine, role) in bench.environment().machines() {
        let wanted = match role {
            Role::Client => args.from.contains(&From::Client) && *machine == client,
            Role::Host => args.from.contains(&From::Host),
            Role::Dns => args.from.contains(&From::Dns),
        };
        if wanted {
            collect(args, &bench, machine, role, &mut files, err)?;
        }
    }
    folder.keep(&files)?;
    for file in &files {
        writeln!(out, "{}", args.output.join(&file.name).display()).map_err(CommandError::Output)?;
    }
    Ok(ExitCode::AsExpected)
}

/// The client at which somebody sits.
fn client(args: &EvidenceArgs, scenario: &Scenario, bench: &Bench) -> Result<Id, CommandError> {
    let clients = &bench.environment().clients;
    let ids = || clients.iter().map(|client| client.id.as_str()).collect::<Vec<_>>().join(", ");
    let found = match &args.client {
        Some(wanted) => clients.iter().find(|client| client.id.as_str() == wanted),
        None => clients.iter().find(|client| bench.outcome(&client.id).is_some()).or_else(|| clients.first()),
    };
    found.map(|client| client.id.clone()).ok_or_else(|| CommandError::Usage {
        message: format!("{} has no such client", scenario.name.escape_debug()),
        hint: format!("its clients are: {}", ids()),
    })
}

/// Runs every tool at one machine.
fn collect(
    args: &EvidenceArgs,
    bench: &Bench,
    machine: &Id,
    role: Role,
    files: &mut Vec<Written>,
    err: &mut dyn Write,
) -> Result<(), CommandError> {
    let language = args.lang.language();
    for exhibit in EXHIBITS.iter().filter(|exhibit| exhibit.is_for(role)) {
        let place = |name: &str| if role == Role::Client { name.to_owned() } else { format!("{machine}/{name}") };
        let written = bench.at(machine, |desk| exhibit.write(desk, language, args.utf8)).map_err(cannot)?;
        let note = match written {
            Ok(written) => {
                files.extend(written.into_iter().map(|file| Written { name: place(&file.name), ..file }));
                in_english(exhibit, language).map(str::to_owned)
            }
            // Every machine has one of the two: the other is not missing.
            Err(NotShown::OtherProduct) => None,
            Err(why) => Some(format!("not written: {why}")),
        };
        if let Some(note) = note {
            writeln!(err, "{}: {note}", place(&exhibit.shown_name())).map_err(CommandError::Output)?;
        }
    }
    Ok(())
}

fn in_english(exhibit: &Exhibit, language: Language) -> Option<&'static str> {
    let falls_back = language == Language::Korean && !exhibit.korean;
    falls_back.then_some("in English: no public sample shows its labels in Korean")
}

fn cannot(error: BenchError) -> CommandError {
    CommandError::CannotDo {
        message: error.to_string(),
        hint: "`kmslab run` with the scenario says what the simulated network cannot show".to_owned(),
    }
}
