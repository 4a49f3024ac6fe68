//! `kmslab reproduce`: from what a customer sent to environments that would have shown it, and what to ask next.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;
use exhibit::claim::Claim;
use exhibit::read::{Bounds, Reading, Why, read};

use super::Sources;
use super::evidence::NOTICE;
use crate::cli_input;
use crate::error::{CommandError, ExitCode};
use crate::report::diagnosis::Form;
use crate::reproduce::redact::Pseudonyms;
use crate::reproduce::words::without_keys;
use crate::reproduce::{Verdict, draft, json, known, reproduce as rebuild, tell};

/// What `reproduce` is asked.
#[derive(Debug, Args)]
pub struct ReproduceArgs {
    /// What was sent: output of ipconfig, nslookup, slmgr, events, registry exports, zones, captures, event logs (.evtx, if built with `event-log`); in any order, recognised by content
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Write the best candidate to this file, as a scenario with pseudonyms
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Show pseudonyms on standard output too
    #[arg(long)]
    redact: bool,
    /// Write real names into the file; product keys are taken out all the same
    #[arg(long, conflicts_with = "redact")]
    real_names: bool,
    /// For people or, as JSON Lines, for programs
    #[arg(long, default_value = "human", value_parser = cli_input::words::<Form>(Form::WORDS))]
    format: Form,
    #[command(flatten)]
    sources: Sources,
}

/// Rebuilds. Ends with 0 when one explanation shows everything, with 1 when it cannot be told.
///
/// # Errors
/// A file that cannot be read, or none that says anything; a file that cannot be written.
pub fn reproduce(args: &ReproduceArgs, out: &mut dyn Write, err: &mut dyn Write) -> Result<ExitCode, CommandError> {
    let known = known(&cli_input::library(&args.sources)?);
    let mut file = cli_input::output_file(args.output.as_deref())?;
    let claims = claims(args, err)?;
    let hidden = Pseudonyms::default().claims(&claims);
    let shown = rebuild(&known, if args.redact { &hidden } else { &claims });
    match args.format {
        Form::Human => tell::tell(&shown, out),
        Form::Json => json::lines(&shown, out),
    }
    .map_err(CommandError::Output)?;
    if let Some(mut file) = file.take() {
        let hides = !args.real_names && !args.redact;
        let written = if hides { draft::draft(&rebuild(&known, &hidden)) } else { draft::draft(&shown) };
        let Some(text) = written else {
            return Err(CommandError::CannotDo {
                message: "there is no candidate to write down".to_owned(),
                hint: "what was sent contradicts every known environment; send more of it".to_owned(),
            });
        };
        file.write_all(text.as_bytes()).map_err(CommandError::Output)?;
        file.keep()?;
    }
    Ok(if shown.verdict == Verdict::Explained { ExitCode::AsExpected } else { ExitCode::Differs })
}

/// What all files say. What was not understood is told on standard error.
fn claims(args: &ReproduceArgs, err: &mut dyn Write) -> Result<Vec<Claim>, CommandError> {
    let mut claims = Vec::new();
    for path in &args.files {
        let shown = without_keys(&path.display().to_string());
        let bytes = cli_input::evidence(path)?;
        if bytes == NOTICE.as_bytes() {
            let text = format!("{shown}: passed over, it says that these files are a simulation's");
            writeln!(err, "{}", double::escape::Untrusted(&text)).map_err(CommandError::Output)?;
            continue;
        }
        let reading = read(&shown, &bytes, &Bounds::default());
        if let Some(why) = not_understood(&reading) {
            let text = format!("{shown}: {why}");
            writeln!(err, "{}", double::escape::Untrusted(&text)).map_err(CommandError::Output)?;
        }
        claims.extend(reading.claims);
    }
    if claims.is_empty() {
        return Err(CommandError::Usage {
            message: "nothing in these files is output of a tool that is known here".to_owned(),
            hint: "send `ipconfig /all`, `nslookup -type=SRV _vlmcs._tcp.<domain>` and `slmgr /ato` from the client"
                .to_owned(),
        });
    }
    Ok(claims)
}

/// What of a file was not understood. A file that is no text is told with its reason, which repeats nothing of it; lines are counted.
fn not_understood(reading: &Reading) -> Option<String> {
    let whole = reading.unread.iter().find(|unread| matches!(unread.why, Why::EventLog | Why::Binary));
    match (whole, reading.unread_count) {
        (Some(unread), _) => Some(unread.why.to_string()),
        (None, 0) => None,
        (None, 1) => Some("1 line not understood".to_owned()),
        (None, count) => Some(format!("{count} lines not understood")),
    }
}
