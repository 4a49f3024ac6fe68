//! What can be wrong with a zone text: a place, a reason and a hint, as data.
//!
//! Drawing it with the line and a caret is left to whoever knows the file; this file only says it in one line.

use std::fmt;

use crate::name::{DomainName, NameError};
use crate::record::{MAX_TTL, RecordType};

/// Problems and warnings beyond this many are not collected: a text of rubbish needs no longer list.
pub const MAX_PROBLEMS: usize = 50;

/// Why a zone text is refused, or what in it deserves a second look.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// More octets than the limit.
    #[error("the text has {length} octets, {limit} is the most")]
    TextTooLong {
        /// What it has.
        length: usize,
        /// What is allowed.
        limit: usize,
    },
    /// A quoted string runs to the end of its line.
    #[error("the quoted string is not closed on its line")]
    UnclosedQuote,
    /// `(` without `)`.
    #[error("this parenthesis is never closed")]
    UnclosedParenthesis,
    /// `)` without `(`.
    #[error("nothing is open that this parenthesis could close")]
    UnopenedParenthesis,
    /// A control character.
    #[error("the control character U+{0:04X} has no place in a zone text")]
    ControlCharacter(u32),
    /// `$INCLUDE`.
    #[error("$INCLUDE is not allowed: a zone text must not read other files")]
    Include,
    /// `$GENERATE`.
    #[error("$GENERATE is not allowed: every record of a test must be seen in its text")]
    Generate,
    /// Another word that starts with a dollar.
    #[error("`{}` is no directive", .0.escape_debug())]
    UnknownDirective(String),
    /// A record before any owner.
    #[error("the line starts with a blank, so it belongs to the owner before it, and there is none")]
    NoOwner,
    /// A relative name and no origin.
    #[error("the name is relative and no $ORIGIN is known here")]
    NoOrigin,
    /// Neither a SOA nor an origin says whose zone it is.
    #[error("nothing says which zone this is")]
    NoZone,
    /// A record outside the zone.
    #[error("{name} is not in the zone {origin}")]
    OutsideZone {
        /// Its owner.
        name: Box<DomainName>,
        /// The zone.
        origin: Box<DomainName>,
    },
    /// Not class IN.
    #[error("only class IN is served, not {}", .0.escape_debug())]
    WrongClass(String),
    /// No such type, or none that can stand in a zone.
    #[error("`{}` is no record type that is served here", .0.escape_debug())]
    UnknownType(String),
    /// The line ends early.
    #[error("{field} is missing")]
    Missing {
        /// What should stand here.
        field: &'static str,
    },
    /// The line goes on.
    #[error("`{}` is too much: the record ends before it", .0.escape_debug())]
    TooMuch(String),
    /// Not a name.
    #[error("{field}: {problem}")]
    BadName {
        /// What should stand here.
        field: &'static str,
        /// What is wrong.
        problem: NameError,
    },
    /// Not a number in range.
    #[error("{field} is a number from 0 to {most}, not `{}`", .found.escape_debug())]
    BadNumber {
        /// What should stand here.
        field: &'static str,
        /// The largest allowed.
        most: u32,
        /// What stands there.
        found: String,
    },
    /// Not an address of this family.
    #[error("{field} is wanted, not `{}`", .found.escape_debug())]
    BadAddress {
        /// What should stand here.
        field: &'static str,
        /// What stands there.
        found: String,
    },
    /// A text of more than 255 octets, or a bad escape in it.
    #[error("a text of a TXT record has at most 255 octets and escapes of three decimal digits")]
    BadText,
    /// Not a time.
    #[error("{field} is seconds or a time such as 1h30m up to {MAX_TTL} seconds, not `{}`", .found.escape_debug())]
    BadTime {
        /// What should stand here.
        field: &'static str,
        /// What stands there.
        found: String,
    },
    /// Too many records of one name and type.
    #[error("{name} has more than {limit} {record_type} records")]
    TooManyRecords {
        /// Their owner.
        name: Box<DomainName>,
        /// Their type.
        record_type: RecordType,
        /// What is allowed.
        limit: usize,
    },
    /// Warning: the relative name ends in the origin.
    #[error("without a final dot this means {meant}")]
    MissingFinalDot {
        /// What the name became.
        meant: Box<DomainName>,
    },
    /// Warning: an address where a name belongs.
    #[error("an IP address stands where a name belongs")]
    AddressAsName,
}

/// A reason and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextProblem {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// Why.
    pub reason: Reason,
}

impl TextProblem {
    /// What would be right, if that can be said.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        Some(match &self.reason {
            Reason::UnknownType(word) => match RecordType::nearest_word(word) {
                Some(near) => format!("did you mean {near}?"),
                None => format!("one of: {}", RecordType::zone_words().join(", ")),
            },
            Reason::UnknownDirective(_) => "one of: $ORIGIN, $TTL".to_owned(),
            Reason::Include => "put the records of the other file here".to_owned(),
            Reason::Generate => "write the records out".to_owned(),
            Reason::NoOrigin => "end the name with a dot, or put `$ORIGIN contoso.com.` at the top".to_owned(),
            Reason::NoZone => "add a SOA record, or `$ORIGIN contoso.com.` at the top".to_owned(),
            Reason::OutsideZone { .. } => "give it a zone of its own".to_owned(),
            Reason::UnclosedQuote => "end the text with a second \"".to_owned(),
            Reason::MissingFinalDot { .. } => "end the name with a dot if the short form was meant".to_owned(),
            Reason::AddressAsName => "give the host a name with an A record, and write the name".to_owned(),
            Reason::TooMuch(_) => "a text with blanks stands in quotes, a comment starts with `;`".to_owned(),
            Reason::TooManyRecords { .. } => {
                "BIND stops at 100 too; a test that needs more says so with its own limit".to_owned()
            }
            Reason::BadNumber { field: "the port", .. } => "SRV is: priority weight port target".to_owned(),
            Reason::TextTooLong { .. }
            | Reason::UnclosedParenthesis
            | Reason::UnopenedParenthesis
            | Reason::ControlCharacter(_)
            | Reason::NoOwner
            | Reason::WrongClass(_)
            | Reason::Missing { .. }
            | Reason::BadName { .. }
            | Reason::BadNumber { .. }
            | Reason::BadAddress { .. }
            | Reason::BadText
            | Reason::BadTime { .. } => return None,
        })
    }
}

impl fmt::Display for TextProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.reason)
    }
}

/// Everything that is wrong with a zone text, in its order; never empty.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct TextProblems(pub Vec<TextProblem>);

impl fmt::Display for TextProblems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, problem) in self.0.iter().enumerate() {
            if position > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{problem}")?;
            if let Some(hint) = problem.hint() {
                write!(f, " ({hint})")?;
            }
        }
        Ok(())
    }
}
