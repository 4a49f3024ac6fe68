//! What a run leaves beside its report: the journal, and a capture.
//!
//! It stands apart because `run` and `exec` leave the same. The files appear whole when the run is over, or not at all.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use double::Moment;

use crate::capture::Capture;
use crate::cli_input::{self, OutputFile, STANDARD_OUTPUT};
use crate::error::CommandError;
use crate::journal::{Attempt, Journal, attempts};
use crate::runner::ScenarioRecord;
use crate::scenario::Scenario;

/// What is to be left.
#[derive(Clone, Debug, Args)]
pub struct RecordingArgs {
    /// Write what happened at every machine to this file, as JSON Lines (`kmslab schema journal`); `-` is standard output, where nothing else goes there
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// Write what was said on the network to this file, as a capture (pcapng) for Wireshark and tshark; needs no right to capture; `-` as for the journal
    #[arg(long, value_name = "FILE")]
    pcap: Option<PathBuf>,
    /// Say in them also what only the laboratory knows, such as the fault that struck
    #[arg(long)]
    annotate: bool,
}

/// What else is written by the same command, so that nothing takes another's place.
#[derive(Clone, Copy, Debug)]
pub struct Beside<'a> {
    /// What goes to standard output, and how somebody gets it out of the way; none when nothing does.
    pub standard: Option<(&'static str, &'static str)>,
    /// The file of the report.
    pub report: Option<&'a OutputFile>,
}

impl Beside<'_> {
    /// The place that a flag names.
    fn place(&self, flag: &str, path: Option<&Path>) -> Result<Option<OutputFile>, CommandError> {
        match (path, self.standard) {
            (Some(path), Some((what, hint))) if path.as_os_str() == STANDARD_OUTPUT => Err(CommandError::Usage {
                message: format!("`{flag} {STANDARD_OUTPUT}`: standard output belongs to {what}"),
                hint: hint.to_owned(),
            }),
            (Some(path), None) if path.as_os_str() == STANDARD_OUTPUT => Ok(Some(OutputFile::standard())),
            (path, _) => cli_input::output_file(path),
        }
    }
}

/// Refuses two flags that name one place.
fn apart(one: (&str, Option<&OutputFile>), other: (&str, Option<&OutputFile>)) -> Result<(), CommandError> {
    match (one.1, other.1) {
        (Some(first), Some(second)) if first.collides(second) => Err(CommandError::Usage {
            message: format!("`{}` and `{}` name the same place, and one would replace the other", one.0, other.0),
            hint: "give each a file of its own".to_owned(),
        }),
        _ => Ok(()),
    }
}

/// What is being left.
#[derive(Debug)]
pub struct Recording {
    journal: Option<Journal<OutputFile>>,
    capture: Option<Capture<OutputFile>>,
    failed: Option<std::io::Error>,
}

impl Recording {
    /// Begins what is asked for.
    ///
    /// # Errors
    /// A place that cannot be written to or that something else has, so that nobody waits for a run in vain.
    pub fn begin(args: &RecordingArgs, network: &str, seed: u64, beside: Beside<'_>) -> Result<Self, CommandError> {
        if args.annotate && args.journal.is_none() && args.pcap.is_none() {
            return Err(CommandError::Usage {
                message: "`--annotate` says more in a file that is not asked for".to_owned(),
                hint: "add `--journal FILE` or `--pcap FILE`".to_owned(),
            });
        }
        let journal = beside.place("--journal", args.journal.as_deref())?;
        let capture = beside.place("--pcap", args.pcap.as_deref())?;
        apart(("--journal", journal.as_ref()), ("--pcap", capture.as_ref()))?;
        apart(("--output", beside.report), ("--journal", journal.as_ref()))?;
        apart(("--output", beside.report), ("--pcap", capture.as_ref()))?;
        let journal = journal.map(|file| Journal::begin(file, network, seed, args.annotate));
        let capture = capture.map(|file| Capture::begin(file, network, args.annotate));
        Ok(Self { journal: journal.transpose().map_err(CommandError::Output)?, capture, failed: None })
    }

    /// Writes the attempts of a scenario.
    pub fn scenario(&mut self, scenario: &Scenario, record: &ScenarioRecord) {
        for attempt in attempts(scenario, record) {
            self.attempt(&attempt);
        }
    }

    /// Writes an attempt of which the packets are known; they need not be made up.
    pub fn packets(&mut self, attempt: &Attempt<'_>, packets: &[(Moment, Vec<u8>)], lost: u64) {
        let mut write = || -> std::io::Result<()> {
            self.journal.as_mut().map_or(Ok(()), |journal| journal.attempt(attempt))?;
            self.capture.as_mut().map_or(Ok(()), |capture| capture.packets(attempt, packets, lost))
        };
        if self.failed.is_none() {
            self.failed = write().err();
        }
    }

    /// Whether packets are wanted.
    #[must_use]
    pub const fn captures(&self) -> bool {
        self.capture.is_some()
    }

    /// Writes an attempt; what cannot be written is told at the end.
    pub fn attempt(&mut self, attempt: &Attempt<'_>) {
        let mut write = || -> std::io::Result<()> {
            self.journal.as_mut().map_or(Ok(()), |journal| journal.attempt(attempt))?;
            self.capture.as_mut().map_or(Ok(()), |capture| capture.attempt(attempt))
        };
        if self.failed.is_none() {
            self.failed = write().err();
        }
    }

    /// Ends the files and puts them where they belong.
    ///
    /// # Errors
    /// When that cannot be done.
    pub fn keep(self, out: &mut dyn Write) -> Result<(), CommandError> {
        if let Some(error) = self.failed {
            return Err(CommandError::Output(error));
        }
        if let Some(journal) = self.journal {
            journal.end().map_err(CommandError::Output)?.keep_or_show(out)?;
        }
        self.capture.map_or(Ok(()), |capture| capture.end().keep_or_show(out))
    }
}
