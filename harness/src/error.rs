//! What a command can fail with, and the exit code of each.

use std::io::ErrorKind;

use crate::scenario::refusal::Refusal;

/// The exit codes of kmslab. They are a contract: scripts and CI systems branch on them. What ends with which code is decided
/// in [`CommandError::exit_code`], and for results by the command itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitCode {
    /// Everything is as expected.
    AsExpected = 0,
    /// Something differs.
    Differs = 1,
    /// The command line makes no sense.
    Usage = 2,
    /// A scenario file was refused.
    Refused = 3,
    /// The environment cannot do it: a port is taken, a right is missing, something had to be skipped and may not be.
    CannotDo = 4,
    /// A bug of kmslab.
    Bug = 70,
}

impl ExitCode {
    /// Every code and what it means to whoever calls the program.
    pub const MEANINGS: [(Self, &'static str); 6] = [
        (Self::AsExpected, "everything is as expected"),
        (Self::Differs, "something differs"),
        (Self::Usage, "the command line makes no sense"),
        (Self::Refused, "a scenario file was refused"),
        (Self::CannotDo, "this machine cannot do it, or something was skipped under `--require-all`"),
        (Self::Bug, "a bug of kmslab"),
    ];
}

/// Why a command did not do what it was asked for.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// The command line makes no sense beyond what its parser sees.
    #[error("{message}")]
    Usage {
        /// What is wrong.
        message: String,
        /// What would be right.
        hint: String,
    },
    /// Scenario files were refused.
    #[error("{} refused", count(.0.len()))]
    Refused(Vec<Refusal>),
    /// Standard output cannot be written to.
    #[error("the report cannot be written: {0}")]
    Output(std::io::Error),
    /// A file cannot be written.
    #[error("{path} cannot be written: {error}")]
    File {
        /// Which, as it was given.
        path: String,
        /// Why.
        error: std::io::Error,
    },
    /// The machine cannot do it.
    #[error("{message}")]
    CannotDo {
        /// What cannot be done.
        message: String,
        /// How to change that.
        hint: String,
    },
}

fn count(files: usize) -> String {
    format!("{files} scenario {}", if files == 1 { "file" } else { "files" })
}

impl CommandError {
    /// The exit code of this failure.
    #[must_use]
    pub const fn exit_code(&self) -> ExitCode {
        match self {
            Self::Usage { .. } => ExitCode::Usage,
            Self::Refused(_) => ExitCode::Refused,
            Self::Output(_) | Self::File { .. } | Self::CannotDo { .. } => ExitCode::CannotDo,
        }
    }

    /// What a person can do about it.
    #[must_use]
    pub fn hint(&self) -> Option<&str> {
        match self {
            Self::Usage { hint, .. } | Self::CannotDo { hint, .. } => Some(hint),
            Self::File { error, .. } | Self::Output(error) if error.kind() == ErrorKind::StorageFull => {
                Some("there is no room left: make some, or write to another place")
            }
            Self::File { .. } => Some("is its folder there, and may you write to it?"),
            Self::Refused(_) | Self::Output(_) => None,
        }
    }
}
