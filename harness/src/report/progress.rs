//! One line on a terminal that says how far a run is, and vanishes.
//!
//! It stands apart from the reports because it goes to standard error and leaves nothing behind.

use std::io::{self, Write};

use crate::runner::{RunEvent, Status};

/// To the first column, and everything after it away (ECMA-48 CR, EL).
const CLEAR: &str = "\r\u{1b}[2K";

/// How far a run is.
#[derive(Debug, Default)]
pub struct Progress {
    scenarios: usize,
    done: usize,
    failed: usize,
}

impl Progress {
    /// Takes the line away, before something else is written to the same terminal.
    ///
    /// # Errors
    /// When the terminal cannot be written to.
    pub fn clear(&self, terminal: &mut dyn Write) -> io::Result<()> {
        terminal.write_all(CLEAR.as_bytes())?;
        terminal.flush()
    }

    /// Says how far the run is after an event; nothing after its end.
    ///
    /// # Errors
    /// When the terminal cannot be written to.
    pub fn event(&mut self, event: &RunEvent<'_>, terminal: &mut dyn Write) -> io::Result<()> {
        match event {
            RunEvent::Begin { scenarios, .. } => self.scenarios = *scenarios,
            RunEvent::Scenario(record) => {
                self.done += 1;
                self.failed += usize::from(record.status == Status::Failed);
            }
            RunEvent::Refused(_) | RunEvent::End(_) => return Ok(()),
        }
        let failed = if self.failed > 0 { format!(", {} not as expected", self.failed) } else { String::new() };
        write!(terminal, "{CLEAR}{} of {}{failed}", self.done, self.scenarios)?;
        terminal.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::Progress;
    use crate::runner::{RunEvent, Summary};

    #[test]
    fn the_line_says_how_far_and_vanishes() {
        let mut terminal = Vec::new();
        let mut progress = Progress::default();
        let begin = RunEvent::Begin { scenarios: 3, network: "simulated", seed: 1 };
        progress.event(&begin, &mut terminal).unwrap();
        assert_eq!(terminal, b"\r\x1b[2K0 of 3");
        terminal.clear();
        progress.clear(&mut terminal).unwrap();
        progress.event(&RunEvent::End(Summary::default()), &mut terminal).unwrap();
        assert_eq!(terminal, b"\r\x1b[2K");
    }
}
