//! What a learner has done, as a file: which tickets are solved, and the one that is open with the lines that were typed in it.
//!
//! A session is its lines, so nothing else of it is kept. The file is versioned and belongs to the learner: a broken one is refused with
//! its place, never repaired or overwritten. Reading and writing is the command line's affair.

use notation::{Format, Placed, Problem, Problems};

use super::which::Which;
use crate::scenario::library::FileText;
use crate::scenario::refusal::Refusal;

/// The version of the file that this program writes, and the only one that it reads.
pub const VERSION: u32 = 1;

notation::record! {
    /// What a learner has done.
    pub struct Progress("a progress file") check Progress::check {
        /// The version of this file.
        "version" => version: Placed<u32>,
        /// The open ticket.
        "open" => open: Option<Open>,
        /// The tickets that were answered, each once.
        "ticket" => tickets: Vec<Done>,
    }
}

notation::record! {
    /// The ticket that is open.
    pub struct Open("an open ticket") {
        /// Which it is.
        "ticket" => which: Which,
        /// What was typed, each line with its place.
        "lines" => lines: Vec<String>,
        /// How many answers were given.
        "tries" => tries: u32 = 0,
        /// How many hints were asked for.
        "hints" => hints: u32 = 0,
    }
}

notation::record! {
    /// A ticket that was answered.
    pub struct Done("an answered ticket") {
        /// Which it is.
        "ticket" => which: Which,
        /// The best points so far.
        "points" => points: u32,
        /// Whether it was solved.
        "solved" => solved: bool,
        /// How many answers were given.
        "tries" => tries: u32,
        /// How many hints were asked for.
        "hints" => hints: u32,
    }
}

impl Default for Progress {
    fn default() -> Self {
        Self { version: VERSION.into(), open: None, tickets: Vec::new() }
    }
}

impl Progress {
    fn check(&self, _: &notation::Tree) -> Result<(), Problem> {
        if self.version.value == VERSION {
            return Ok(());
        }
        let message = format!("this file has version {}, and this program knows version {VERSION}", self.version.value);
        Err(Problem::refused(self.version.span, message)
            .hint("use the program that wrote it, or begin another with --progress"))
    }

    /// Reads the file.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn read_file(file: &FileText) -> Result<Self, Refusal> {
        let mut problems = Problems::default();
        let tree = notation::parse::parse(&file.text, &mut problems);
        let read = if problems.is_empty() { Self::read(&tree, &mut problems) } else { None };
        read.filter(|_| problems.is_empty()).ok_or_else(|| Refusal::new(file, problems))
    }

    /// The file.
    #[must_use]
    pub fn text(&self) -> String {
        notation::print::print(&self.write())
    }

    /// What became of a ticket.
    #[must_use]
    pub fn of(&self, which: &Which) -> Option<&Done> {
        self.tickets.iter().find(|done| done.which == *which)
    }

    /// Keeps an answer; the better one stays.
    pub fn answered(&mut self, which: &Which, points: u32, solved: bool, hints: u32) {
        let Some(known) = self.tickets.iter_mut().find(|done| done.which == *which) else {
            self.tickets.push(Done { which: which.clone(), points, solved, tries: 1, hints });
            return;
        };
        known.points = known.points.max(points);
        known.solved |= solved;
        known.tries = known.tries.saturating_add(1);
        known.hints = known.hints.max(hints);
    }
}

#[cfg(test)]
mod tests {
    use super::{Open, Progress};
    use crate::learn::which::Which;
    use crate::scenario::library::FileText;

    fn read(text: &str) -> Result<Progress, String> {
        let file = FileText { path: "progress.toml".to_owned(), text: text.into() };
        Progress::read_file(&file).map_err(|refusal| refusal.to_string())
    }

    #[test]
    fn what_is_written_is_read_back() {
        let mut progress = Progress::default();
        let which = Which::Lesson("no-record".to_owned());
        progress.answered(&which, 40, false, 2);
        progress.answered(&which, 100, true, 0);
        progress.answered(&which, 70, false, 1);
        let lines = vec!["client> reg query \"HKLM\\SOFTWARE\"".to_owned()];
        progress.open = Some(Open { which: Which::Made { seed: 7, number: 4 }, lines, tries: 1, hints: 3 });
        let back = read(&progress.text()).expect("it is good");
        assert_eq!(
            back.of(&which).map(|done| (done.points, done.solved, done.tries, done.hints)),
            Some((100, true, 3, 2))
        );
        assert_eq!(back.open, progress.open);
    }

    #[test]
    fn a_broken_file_says_where() {
        let refused = read("version = 2\n").expect_err("it is from the future");
        assert!(refused.contains("version 2") && refused.contains("progress.toml:1"), "{refused}");
        assert!(read("version = 1\n[[ticket]]\nticket = \"x\"\n").is_err());
        assert!(read("version =").is_err());
        assert!(read("").is_err());
    }
}
