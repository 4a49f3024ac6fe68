//! What can be wrong with a file, as data: a place, a reason and a hint.
//!
//! Reading never stops at the first problem; it collects them here. Drawing them for a person is left to the reader of the
//! file, who knows its name.

use std::fmt;

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
    /// Why it is wrong.
    pub reason: Reason,
    /// What would be right, if that can be said.
    pub hint: Option<String>,
}

impl Problem {
    /// A problem without a hint.
    #[must_use]
    pub fn new(span: Span, reason: Reason) -> Self {
        Self { span, reason, hint: None }
    }

    /// A problem in the words of the type that refuses the value.
    #[must_use]
    pub fn refused(span: Span, message: impl Into<String>) -> Self {
        Self::new(span, Reason::Refused(message.into()))
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
            None => self.hint(format!("one of: {}", right.join(", "))),
        }
    }
}

/// The word of `right` that is most probably meant by `word`, if any is near enough.
#[must_use]
pub fn nearest<'a>(word: &str, right: &[&'a str]) -> Option<&'a str> {
    /// Below this similarity a suggestion confuses more than it helps (clap uses the same bound).
    const NEAR_ENOUGH: f64 = 0.7;
    let mut best = None;
    let mut best_score = NEAR_ENOUGH;
    for candidate in right {
        let score = strsim::jaro(word, candidate);
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

    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
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
