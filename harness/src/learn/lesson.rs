//! Lessons as data: which scenario is behind a ticket, what the customer says of it, what shows its cause and what mends it.
//!
//! A lesson names a scenario of the catalogue and adds what a scenario has no use for: words in each language, look-alikes to be
//! excluded, what one types. What is right about it is tested, never believed: unsolved at the start, solved by its fix, not by a fix
//! that is known to be wrong.

use evidence::Change;
use evidence::diagnosis::table;
use notation::{Format, Id, Placed, Problem, Problems};

use super::text::Language;
use crate::scenario::format::Procedure;
use crate::scenario::library::FileText;
use crate::scenario::refusal::Refusal;

/// (file name without ending, text) of every lesson in its order; made by the build script.
const EMBEDDED: &[(&str, &str)] = &include!(concat!(env!("OUT_DIR"), "/lessons.rs"));

notation::record! {
    /// The same words in each language.
    pub struct Words("words") {
        /// English.
        "en" => en: String,
        /// Korean.
        "ko" => ko: String,
    }
}

notation::record! {
    /// A ticket to be solved.
    pub struct Lesson("a lesson") check Lesson::check {
        /// The scenario that is played, by its name.
        "scenario" => scenario: Placed<String>,
        /// How many of its steps are played; all when absent.
        "steps" => steps: Option<usize>,
        /// The client that the ticket is about.
        "client" => client: Id = pc7(),
        /// What the customer says; some of it may be wrong.
        "ticket" => ticket: Words,
        /// What is worth remembering, told afterwards.
        "debrief" => debrief: Words,
        /// The findings that are the cause; each has to be named.
        "causes" => causes: Vec<Placed<String>>,
        /// Findings that are as right as the first cause.
        "also" => also: Vec<Placed<String>>,
        /// The procedures of the guideline that it teaches.
        "procedures" => procedures: Vec<Procedure>,
        /// Scenarios that look alike from the ticket and have another cause: evidence must tell them apart.
        "rivals" => rivals: Vec<Placed<String>>,
        /// What is broken besides what the scenario breaks, in its look-alikes too.
        "extra" => extra: Change,
        /// What is odd in the network and has nothing to do with it.
        "decoys" => decoys: Change,
        /// Whether a second client stands beside, set up as the first one was when it was healthy.
        "neighbour" => neighbour: bool = true,
        /// What is typed to see the cause and nothing but the cause, in the order of the guideline.
        "look" => look: Vec<String>,
        /// What is typed to mend it.
        "fix" => fix: Vec<String>,
        /// Other ways that are as good.
        "other_fixes" => other_fixes: Vec<Vec<String>>,
        /// Known ways that are wrong.
        "wrong_fixes" => wrong_fixes: Vec<Vec<String>>,
    }
}

fn pc7() -> Id {
    Id::new("pc7").unwrap_or_else(|_| unreachable!("a constant that is an id"))
}

impl Words {
    /// The words of a language.
    #[must_use]
    pub fn of(&self, language: &Language) -> &str {
        match language {
            Language::En => &self.en,
            Language::Ko => &self.ko,
        }
    }
}

impl Lesson {
    /// Refuses findings that are in no table, and lessons that could not be solved.
    fn check(&self, tree: &notation::Tree) -> Result<(), Problem> {
        for cause in self.causes.iter().chain(&self.also) {
            if table::find(&cause.value).is_none() {
                let problem = Problem::refused(cause.span, format!("there is no finding `{}`", cause.value));
                return Err(problem.suggest(&cause.value, table::all().map(|entry| entry.id)));
            }
        }
        for (key, empty) in
            [("causes", self.causes.is_empty()), ("look", self.look.is_empty()), ("fix", self.fix.is_empty())]
        {
            if empty {
                return Err(Problem::refused(tree.span, format!("a lesson needs at least one entry of `{key}`")));
            }
        }
        Ok(())
    }

    /// Whether a finding is one of the causes, or as right as the first.
    #[must_use]
    pub fn is_right(&self, finding: &str) -> bool {
        self.causes.iter().chain(&self.also).any(|right| right.value == finding)
    }
}

/// A lesson and the name of its file.
#[derive(Clone, Debug, PartialEq)]
pub struct Named {
    /// The name of the file, without its number and ending. Progress is kept under it, so that lessons may move.
    pub name: String,
    /// The lesson.
    pub lesson: Lesson,
}

/// The texts of the lessons that travel in the program, in their order: name and file.
pub fn texts() -> impl Iterator<Item = (&'static str, FileText)> {
    EMBEDDED.iter().map(|(name, text)| {
        let bare = name.split_once('-').map_or(*name, |(_, bare)| bare);
        (bare, FileText { path: format!("lessons/{name}.toml"), text: (*text).into() })
    })
}

/// Reads a lesson.
///
/// # Errors
/// Everything that is wrong with it.
pub fn read(name: &str, file: &FileText) -> Result<Named, Refusal> {
    let mut problems = Problems::default();
    let tree = notation::parse::parse(&file.text, &mut problems);
    let lesson = if problems.is_empty() { Lesson::read(&tree, &mut problems) } else { None };
    match lesson {
        Some(lesson) if problems.is_empty() => Ok(Named { name: name.to_owned(), lesson }),
        Some(_) | None => Err(Refusal::new(file, problems)),
    }
}

/// The lessons that travel in the program, in their order.
///
/// # Errors
/// The first that is refused; the tests see to it that none is.
pub fn course() -> Result<Vec<Named>, Refusal> {
    texts().map(|(name, file)| read(name, &file)).collect()
}
