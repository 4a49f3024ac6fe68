//! The command line: what can be typed, and one file for each command that does it.
//!
//! Names and meanings are a contract: they are added to, never silently changed.

pub mod answer;
pub mod check;
pub mod diagnose;
pub mod doctor;
pub mod evidence;
pub mod exam;
pub mod exec;
pub mod explain;
pub mod learn;
pub mod list;
pub mod new;
pub mod recording;
pub mod reproduce;
pub mod run;
pub mod schema;
pub mod show;
pub mod streams;

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::error::{CommandError, ExitCode};

/// KMS/DNS networks that are broken on purpose. Can you, or your tool, say why?
///
/// A test double with laboratory keys: it cannot activate a product.
#[derive(Debug, Parser)]
#[command(name = "kmslab", version, disable_help_subcommand = true, after_help = exit_codes())]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run a KMS client's discovery in every scenario and compare what comes out with what must
    Run(run::RunArgs),
    /// List scenarios, one a line
    List(list::ListArgs),
    /// Draw a scenario: what is wrong, who is there, what is said when, and what each surface shows
    Show(show::ShowArgs),
    /// Validate scenario files
    Check(check::CheckArgs),
    /// Make a new scenario file, which is valid and says what to write where
    New(new::NewArgs),
    /// Print the JSON Schema of scenario files, for editors, or of a line of a journal
    Schema(schema::SchemaArgs),
    /// Diagnose the real network of this machine: asks DNS, connects, binds; never asks for activation and changes nothing
    Diagnose(diagnose::DiagnoseArgs),
    /// Rebuild a customer's network from what they sent: what it fits, what is wrong there, what to ask next
    Reproduce(reproduce::ReproduceArgs),
    /// Explain a code, event, procedure, finding, fault, rule, switch, outcome or exit code; offline
    Explain(explain::ExplainArgs),
    /// Solve tickets: a broken network, the customer's words, and a prompt to find out and to mend it
    Learn(learn::LearnArgs),
    /// Answer the open ticket: the cause, the evidence for it, and the network as you left it are judged
    Answer(answer::AnswerArgs),
    /// Write what a customer would send from a scenario: ipconfig, nslookup, slmgr, events, registry, zones
    Evidence(evidence::EvidenceArgs),
    /// Run a program inside the network of a scenario, in the place of its client (Linux)
    Exec(exec::ExecArgs),
    /// Open a shell inside the network of a scenario, in the place of its client (Linux)
    Shell(exec::ShellArgs),
    /// Tell which networks this machine can give, and the command to gain the next
    Doctor(doctor::DoctorArgs),
    /// The first process inside, which the two above start
    #[command(hide = true)]
    Supervise(exec::SuperviseArgs),
}

/// Which scenarios there are.
#[derive(Debug, Args)]
pub struct Sources {
    /// A folder whose scenarios are added to the catalogue, or replace those of the same name; can be repeated
    #[arg(long, value_name = "DIR")]
    pub scenarios: Vec<PathBuf>,
}

/// The exit codes, as help shows them.
fn exit_codes() -> String {
    let lines = ExitCode::MEANINGS.iter().map(|(code, meaning)| format!("\n  {:>2}  {meaning}", *code as i32));
    format!("Exit codes:{}", lines.collect::<String>())
}

/// Does what the arguments say; data goes to `out`, everything else to `err`. Everything is written when it returns.
///
/// The exit code is one of [`ExitCode`], or that of a command that was run.
pub fn main(cli: &Cli, out: &mut dyn Write, err: &mut dyn Write) -> i32 {
    let result = match &cli.command {
        Command::Exec(args) => return exec::exec(args, err),
        Command::Shell(args) => return exec::shell(args, err),
        Command::Supervise(args) => return exec::supervise(args),
        Command::Run(args) => run::run(args, out, err),
        Command::List(args) => list::list(args, out),
        Command::Show(args) => show::show(args, out),
        Command::Check(args) => check::check(args, out),
        Command::New(args) => new::new(args, out, err),
        Command::Schema(args) => schema::schema(args, out),
        Command::Diagnose(args) => diagnose::diagnose(args, out, err),
        Command::Reproduce(args) => reproduce::reproduce(args, out, err),
        Command::Doctor(args) => doctor::doctor(args, out),
        Command::Learn(args) => learn::learn(args, out, err),
        Command::Answer(args) => answer::answer(args, out),
        Command::Explain(args) => explain::explain(args, out),
        Command::Evidence(args) => evidence::evidence(args, out, err),
    };
    let written = out.flush().map_err(CommandError::Output);
    match result.and_then(|code| written.map(|()| code)) {
        Ok(code) => code as i32,
        Err(error) => {
            // Nobody is left to tell when the error stream is closed.
            tell(&error, err).ok();
            error.exit_code() as i32
        }
    }
}

fn tell(error: &CommandError, err: &mut dyn Write) -> std::io::Result<()> {
    if let CommandError::Refused(refusals) = error {
        for refusal in refusals {
            writeln!(err, "{refusal}\n")?;
        }
    }
    writeln!(err, "kmslab: {error}")?;
    error.hint().map_or(Ok(()), |hint| writeln!(err, "hint: {hint}"))
}
