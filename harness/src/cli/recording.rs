//! What a run leaves beside its report: the journal.
//!
//! It stands apart because `run` and `exec` leave the same. The files appear whole when the run is over, or not at all.

use std::path::PathBuf;

use clap::Args;

use crate::cli_input::{self, OutputFile};
use crate::error::CommandError;
use crate::journal::{Attempt, Journal, attempts};
use crate::runner::ScenarioRecord;
use crate::scenario::Scenario;

/// What is to be left.
#[derive(Clone, Debug, Args)]
pub struct RecordingArgs {
    /// Write what happened at every machine to this file, as JSON Lines (`kmslab schema journal`)
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// Say in it also what only the laboratory knows, such as the fault that struck
    #[arg(long)]
    annotate: bool,
}

/// What is being left.
#[derive(Debug)]
pub struct Recording {
    journal: Option<Journal<OutputFile>>,
    failed: Option<std::io::Error>,
}

impl Recording {
    /// Begins what is asked for.
    ///
    /// # Errors
    /// A file that cannot be written, so that nobody waits for a run in vain.
    pub fn begin(args: &RecordingArgs, network: &str, seed: u64) -> Result<Self, CommandError> {
        if args.annotate && args.journal.is_none() {
            return Err(CommandError::Usage {
                message: "`--annotate` says more in a file that is not asked for".to_owned(),
                hint: "add `--journal FILE`".to_owned(),
            });
        }
        let file = cli_input::output_file(args.journal.as_deref())?;
        let journal = file.map(|file| Journal::begin(file, network, seed, args.annotate));
        Ok(Self { journal: journal.transpose().map_err(CommandError::Output)?, failed: None })
    }

    /// Writes the attempts of a scenario.
    pub fn scenario(&mut self, scenario: &Scenario, record: &ScenarioRecord) {
        for attempt in attempts(scenario, record) {
            self.attempt(&attempt);
        }
    }

    /// Writes an attempt; what cannot be written is told at the end.
    pub fn attempt(&mut self, attempt: &Attempt<'_>) {
        let Some(journal) = self.journal.as_mut().filter(|_| self.failed.is_none()) else { return };
        self.failed = journal.attempt(attempt).err();
    }

    /// Ends the files and puts them where they belong.
    ///
    /// # Errors
    /// When that cannot be done.
    pub fn keep(self) -> Result<(), CommandError> {
        if let Some(error) = self.failed {
            return Err(CommandError::Output(error));
        }
        self.journal.map_or(Ok(()), |journal| journal.end().map_err(CommandError::Output)?.keep())
    }
}
