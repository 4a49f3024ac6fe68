//! What can be wrong with a file, as data: a place, a reason and a hint.
//!
//! Reading never stops at the first problem; it collects them here. Drawing them for a person is left to the reader of the
//! file, who knows its name.

use std::fmt;
use std::ops::Range;

use crate::literal;
use crate::tree::Span;

/// Why something is refused.
#[derive(Clone, Debug, PartialEq)]
pub enum Reason {
    /// The text is not TOML; the parser's sentence.
    Syntax(String),
    /// The same key twice in one table.
    DuplicateKey(String),
    /// A key that the table does not have.
    UnknownKey {
        /// What was written.
        key: String,
        /// What the table is, for the message.
        table: &'static str,
    },
    /// A key that the table must have.
    MissingKey {
        /// Its name.
        key: &'static str,
        /// What the table is, for the message.
        table: &'static str,
    },
    /// A word that is not in a closed list.
    UnknownWord {
        /// What was written.
        word: String,
        /// What the list is, for the message.
        list: &'static str,
    },
    /// Another kind of value is wanted here.
    WrongKind {
        /// What is wanted.
        expected: &'static str,
        /// What stands there.
        found: &'static str,
    },
    /// A number outside its range.
    OutOfRange {
        /// What was written.
        found: String,
        /// The smallest and largest allowed.
        range: String,
    },
    /// A text that its type refuses; the sentence of the type.
    Refused(String),
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax(message) | Self::Refused(message) => f.write_str(message),
            Self::DuplicateKey(key) => write!(f, "the key `{}` stands here a second time", key.escape_debug()),
            Self::UnknownKey { key, table } => write!(f, "{table} has no key `{}`", key.escape_debug()),
            Self::MissingKey { key, table } => write!(f, "{table} needs the key `{key}`"),
            Self::UnknownWord { word, list } => write!(f, "`{}` is no {list}", word.escape_debug()),
            Self::WrongKind { expected, found } => write!(f, "expected {expected}, found {found}"),
            Self::OutOfRange { found, range } => write!(f, "{found} is outside {range}"),
        }
    }
}

/// A reason and its place.
#[derive(Clone, Debug)]
pub struct Problem {
    /// Where it is wrong.
    pub span: Span,
    /// Which part of the string that stands there: bytes of its value, not of the file.
    pub part: Option<Range<usize>>,
    /// Why it is wrong.
    pub reason: Reason,
    /// What would be right, if that can be said.
    pub hint: Option<String>,
}

impl Problem {
    /// A problem without a hint.
    #[must_use]
    pub fn new(span: Span, reason: Reason) -> Self {
        Self { span, part: None, reason, hint: None }
    }

    /// A problem in the words of the type that refuses the value.
    #[must_use]
    pub fn refused(span: Span, message: impl Into<String>) -> Self {
        Self::new(span, Reason::Refused(message.into()))
    }

    /// A problem with a text that its type refuses.
    #[must_use]
    pub fn of_text(span: Span, refused: RefusedText) -> Self {
        let RefusedText { message, part, hint } = refused;
        Self { span, part, reason: Reason::Refused(message), hint }
    }

    /// Says which part of the string is meant, in bytes of its value.
    #[must_use]
    pub fn at_part(mut self, part: Range<usize>) -> Self {
        self.part = Some(part);
        self
    }

    /// The same problem with its part turned into a place in `text`, which its span was read from.
    #[must_use]
    pub fn located(mut self, text: &str) -> Self {
        let place = self.part.take().and_then(|part| literal::place_of(text, self.span, &part));
        self.span = place.unwrap_or(self.span);
        self
    }

    /// Says what would be right.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Suggests the nearest of the right words, or lists them all when none is near.
    #[must_use]
    pub fn suggest<'a>(self, word: &str, right: impl IntoIterator<Item = &'a str>) -> Self {
        let right: Vec<&str> = right.into_iter().collect();
        match nearest(word, &right) {
            Some(near) => self.hint(format!("did you mean `{near}`?")),
            None if right.is_empty() => self,
            None => self.hint(listed(&right)),
        }
    }
}

/// Longer lists help nobody to choose.
const LISTED_MAX: usize = 24;

/// The right words, as a hint: all of them, unless they are too many.
fn listed(right: &[&str]) -> String {
    let shown = right.get(..LISTED_MAX).unwrap_or(right).join(", ");
    match right.len().checked_sub(LISTED_MAX) {
        None | Some(0) => format!("one of: {shown}"),
        Some(more) => format!("one of: {shown} and {more} more"),
    }
}

/// Why a text is refused, by the type that it should become: see [`crate::text_format!`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedText {
    /// What is wrong.
    pub message: String,
    /// Which bytes of the text are wrong; all when absent.
    pub part: Option<Range<usize>>,
    /// What would be right, if that can be said.
    pub hint: Option<String>,
}

impl From<String> for RefusedText {
    fn from(message: String) -> Self {
        Self { message, part: None, hint: None }
    }
}

/// The word of `right` that is most probably meant by `word`, if any is near enough.
#[must_use]
pub fn nearest<'a>(word: &str, right: &[&'a str]) -> Option<&'a str> {
    /// Below this similarity a suggestion confuses more than it helps (clap uses the same bound).
    const NEAR_ENOUGH: f64 = 0.7;
    /// What one wrong, missing, additional or swapped letter counts, which in short words looks like much.
    const ONE_SLIP: f64 = 0.75;
    /// In shorter words one letter is another word.
    const SLIP_LENGTH_MIN: usize = 3;
    let word = word.to_lowercase();
    let mut best = None;
    let mut best_score = NEAR_ENOUGH;
    for candidate in right {
        let lower = candidate.to_lowercase();
        let slip = word.len() >= SLIP_LENGTH_MIN && strsim::osa_distance(&word, &lower) <= 1;
        let score = strsim::jaro(&word, &lower).max(if slip { ONE_SLIP } else { 0.0 });
        if score > best_score {
            best_score = score;
            best = Some(*candidate);
        }
    }
    best
}

/// All problems of one file.
#[derive(Clone, Debug, Default)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// More than this many are not collected: a file of rubbish needs no longer list.
    pub const LIMIT: usize = 50;

    /// Adds one; silently full at [`Self::LIMIT`].
    pub fn push(&mut self, problem: Problem) {
        if self.0.len() < Self::LIMIT {
            self.0.push(problem);
        }
    }

    /// Adds all of another list.
    pub fn append(&mut self, other: Self) {
        other.0.into_iter().for_each(|problem| self.push(problem));
    }

    /// The problems with every part turned into a place in `text`, which they were read from.
    #[must_use]
    pub fn located(self, text: &str) -> Self {
        Self(self.0.into_iter().map(|problem| problem.located(text)).collect())
    }

    /// The problems without those that only follow from broken syntax: what the parser made of a broken line, and keys that
    /// may stand in what it left out.
    #[must_use]
    pub fn without_consequences(self, text: &str) -> Self {
        let line = |at: usize| text.get(..at).unwrap_or(text).matches('\n').count();
        let is_syntax = |problem: &Problem| matches!(problem.reason, Reason::Syntax(_));
        let broken: Vec<usize> =
            self.0.iter().filter(|problem| is_syntax(problem)).map(|problem| line(problem.span.start)).collect();
        let follows = |problem: &Problem| {
            let missing = matches!(problem.reason, Reason::MissingKey { .. });
            !is_syntax(problem) && !broken.is_empty() && (missing || broken.contains(&line(problem.span.start)))
        };
        // What is open at the end of the file is said from the outside in; the innermost is what was forgotten.
        let end = text.trim_end().len();
        let outer = |at: usize, problem: &Problem| {
            let inner = self.0.get(at + 1..).is_some_and(|rest| rest.iter().any(is_syntax));
            inner && is_syntax(problem) && problem.span.start >= end
        };
        let kept = self.0.iter().enumerate().filter(|(at, problem)| !follows(problem) && !outer(*at, problem));
        Self(kept.map(|(_, problem)| problem.clone()).collect())
    }

    /// Each problem, to put it right.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Problem> {
        self.0.iter_mut()
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether no more is collected, so that looking for more is wasted time.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.0.len() >= Self::LIMIT
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The problems in the order of the file.
    #[must_use]
    pub fn in_order(mut self) -> Vec<Problem> {
        self.0.sort_by_key(|problem| (problem.span.start, problem.span.end));
        self.0
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self(vec![problem])
    }
}
