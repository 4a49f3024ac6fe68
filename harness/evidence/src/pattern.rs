//! Expectations about the timeline: `client: query _vlmcs._tcp.contoso.com SRV -> NXDOMAIN`, `connect * 1688`.
//!
//! An optional observer (a machine's id, or `client`, `dns`, `host` for any machine of that role), then the beginning of a line,
//! without case; `*` stands for any text. A pattern ends where a word of the line ends.

use std::fmt::{self, Write as _};

use double::Entry;
use notation::RefusedText;

use crate::timeline::{Event, Timeline};

/// An expectation about one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    observer: Option<String>,
    /// Lower-case pieces between the asterisks.
    pieces: Vec<String>,
    text: String,
}

/// Longest allowed; a longer line (a reply of a hundred records) is known by its beginning.
pub const LENGTH_MAX: usize = 512;

/// What a line can begin with, so that a misspelt expectation is not one that simply never holds: the first words of the lines
/// of both mocks' journals and of the client's.
pub const VERBS: [&str; 29] = [
    "query",
    "multicast",
    "request",
    "inverse",
    "status",
    "notify",
    "update",
    "scavenged",
    "malformed",
    "a",
    "connection",
    "connect",
    "ignored",
    "waiting",
    "accept",
    "bind",
    "bind_ack",
    "bind_nak",
    "alter_context",
    "alter_context_resp",
    "fragment",
    "response",
    "fault",
    "incomplete",
    "not",
    "unreadable",
    "close",
    "reset",
    "event",
];

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// What is wrong, where, and the nearest verb.
    pub fn new(text: &str) -> Result<Self, RefusedText> {
        if text.trim().is_empty() || text.len() > LENGTH_MAX {
            return Err(format!("an expectation about the journal has 1 to {LENGTH_MAX} characters").into());
        }
        let (observer, line) = match text.split_once(": ") {
            Some((observer, line)) if !observer.contains(' ') => (Some(observer.to_owned()), line),
            _ => (None, text),
        };
        let verb = line.split(' ').next().unwrap_or_default();
        let lower = verb.to_ascii_lowercase();
        if !verb.contains('*') && !VERBS.contains(&lower.as_str()) {
            let at = text.len() - line.len();
            let hint = notation::problem::nearest(&lower, &VERBS)
                .map_or_else(|| format!("one of: {}", VERBS.join(", ")), |near| format!("did you mean `{near}`?"));
            return Err(RefusedText {
                message: format!("no line of the journal begins with `{}`", verb.escape_debug()),
                part: Some(at..at + verb.len()),
                hint: Some(hint),
            });
        }
        let pieces = line.to_ascii_lowercase().split('*').map(str::to_owned).collect();
        Ok(Self { observer, pieces, text: text.to_owned() })
    }

    /// The machine id or role word before the colon.
    #[must_use]
    pub fn observer(&self) -> Option<&str> {
        self.observer.as_deref()
    }

    /// Whether an entry is what is expected.
    #[must_use]
    pub fn fits(&self, timeline: &Timeline, entry: &Entry<Event>) -> bool {
        let seen_by = |observer: &str| {
            entry.machine.as_str() == observer
                || timeline.role(&entry.machine).is_some_and(|role| role.word() == observer)
        };
        self.observer.as_deref().is_none_or(seen_by)
            && self.pieces.first().is_none_or(|first| Beginning::of(&entry.event, first))
            && begins(&entry.event.to_string().to_ascii_lowercase(), &self.pieces)
    }

    /// The first entry that fits.
    #[must_use]
    pub fn find<'a>(&self, timeline: &'a Timeline) -> Option<&'a Entry<Event>> {
        timeline.entries.iter().find(|entry| self.fits(timeline, entry))
    }

    /// The line that comes nearest to fitting, for a person to compare.
    #[must_use]
    pub fn nearest(&self, timeline: &Timeline) -> Option<String> {
        let wanted = self.text.to_ascii_lowercase();
        let likeness = |line: &String| {
            let line = line.to_ascii_lowercase();
            let shared = wanted.split([' ', ':']).filter(|word| !word.is_empty() && line.contains(word)).count();
            // Words first; a line that is longer than it must be counts less.
            (shared, usize::MAX - line.len())
        };
        timeline.entries.iter().map(Timeline::line).max_by_key(likeness)
    }
}

/// What a line must still begin with, while it is being written: most lines differ in their first word, and nobody needs the rest.
struct Beginning<'a>(&'a [u8]);

impl<'a> Beginning<'a> {
    /// Whether the line of an event begins with a text, without case.
    fn of(event: &Event, text: &'a str) -> bool {
        let mut left = Self(text.as_bytes());
        // It ends early in both cases; what is left tells which it was.
        write!(left, "{event}").ok();
        left.0.is_empty()
    }
}

impl fmt::Write for Beginning<'_> {
    fn write_str(&mut self, written: &str) -> fmt::Result {
        let (now, later) = self.0.split_at(written.len().min(self.0.len()));
        let same = written.as_bytes().get(..now.len()).is_some_and(|start| start.eq_ignore_ascii_case(now));
        if same {
            self.0 = later;
        }
        if same && !later.is_empty() { Ok(()) } else { Err(fmt::Error) }
    }
}

/// Whether `line` begins with the pieces, anything between them, and the last one ends at the end of a word.
fn begins(line: &str, pieces: &[String]) -> bool {
    let Some((first, rest)) = pieces.split_first() else { return true };
    let Some(remaining) = line.strip_prefix(first.as_str()) else { return false };
    let Some((last, middle)) = rest.split_last() else {
        return ends_word(remaining);
    };
    let mut remaining = remaining;
    for piece in middle {
        let Some(at) = remaining.find(piece.as_str()) else { return false };
        remaining = &remaining[at + piece.len()..];
    }
    last.is_empty() || remaining.match_indices(last.as_str()).any(|(at, _)| ends_word(&remaining[at + last.len()..]))
}

fn ends_word(remaining: &str) -> bool {
    remaining.is_empty() || remaining.starts_with(' ')
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

notation::text_format!(
    Pattern,
    "an expectation about the journal, e.g. client: query * SRV",
    Pattern::new,
    ToString::to_string
);

#[cfg(test)]
mod tests {
    use super::{Pattern, begins};

    #[track_caller]
    fn check(pattern: &str, line: &str, fits: bool) {
        let pattern = Pattern::new(pattern).unwrap();
        assert_eq!(begins(&line.to_ascii_lowercase(), &pattern.pieces), fits, "{pattern:?} {line}");
    }

    #[test]
    fn lines_that_fit_and_lines_that_do_not() {
        let query = "query _VLMCS._TCP.contoso.com SRV -> NXDOMAIN";
        check("query _vlmcs._tcp.contoso.com SRV", query, true);
        check("client: query _vlmcs._tcp.contoso.com SRV -> nxdomain", query, true);
        check("query _vlmcs._tcp.contoso.co", query, false);
        check("query * SRV -> *", query, true);
        check("query * A", query, false);
        check("query", query, true);
        check("connect * 1688", "connect 10.0.0.60 1688 -> refused", true);
        check("connect * 1688", "connect 10.0.0.60 16880", false);
        check("connect * 168", "connect 10.0.0.60 1688", false);
    }

    #[test]
    fn a_misspelt_verb_is_refused_with_the_nearest() {
        let refused = Pattern::new("client: qurey * SRV").unwrap_err();
        assert_eq!((refused.part, refused.hint.as_deref()), (Some(8..13), Some("did you mean `query`?")));
        assert!(Pattern::new(" ").is_err());
    }
}
