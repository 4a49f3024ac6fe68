//! Where a part of a string's value stands in the text of the file: quotes, escapes and line ends lie between the two.
//!
//! A type that refuses one word of a string (a record in the text of a zone, the verb of an expectation) counts bytes of the
//! value; a person looks at the file. It only counts: what a string means is the parser's affair, and a text that is no
//! string literal gives no answer.

use std::ops::Range;

use crate::tree::Span;

/// The place in `text` of the bytes `part` of the value whose literal stands at `literal`; an empty part is the point before
/// which it lies. `None` when no string literal (or bare key) stands there, or it has no such part.
#[must_use]
pub fn place_of(text: &str, literal: Span, part: &Range<usize>) -> Option<Span> {
    let source = text.get(literal.range())?;
    let (body, form) = Form::of(source)?;
    let mut at = literal.start + (source.len() - body.len());
    let mut rest = body.get(..body.len().checked_sub(form.quotes())?)?;
    let mut value = 0;
    let mut start = None;
    while let Some(piece) = form.next(rest)? {
        let end = value + piece.value;
        if start.is_none() && part.start < end {
            start = Some(at);
        }
        if let Some(start) = start
            && (part.end <= end || part.is_empty())
        {
            let stop = if part.is_empty() { start } else { at + piece.source };
            return Some(Span { start, end: stop });
        }
        value = end;
        at += piece.source;
        rest = rest.get(piece.source..)?;
    }
    (part.start == value && part.end == value).then_some(Span { start: at, end: at })
}

/// How a string is written.
#[derive(Clone, Copy)]
enum Form {
    Bare,
    Literal { quotes: usize },
    Basic { quotes: usize },
}

/// A piece that means one character of the value, or none.
struct Piece {
    /// Its bytes in the file.
    source: usize,
    /// The bytes of the value that it means.
    value: usize,
}

impl Form {
    /// The form of a literal, and what follows its opening quotes (and the newline that is trimmed behind three of them).
    fn of(source: &str) -> Option<(&str, Self)> {
        let opened = [
            ("\"\"\"", Self::Basic { quotes: 3 }),
            ("'''", Self::Literal { quotes: 3 }),
            ("\"", Self::Basic { quotes: 1 }),
            ("'", Self::Literal { quotes: 1 }),
        ];
        let found = opened.into_iter().find_map(|(quotes, form)| Some((source.strip_prefix(quotes)?, form)));
        if let Some((body, form)) = found {
            let trimmed = body.strip_prefix("\r\n").or_else(|| body.strip_prefix('\n'));
            return Some((trimmed.filter(|_| form.quotes() == 3).unwrap_or(body), form));
        }
        let bare = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_');
        source.chars().all(bare).then_some((source, Self::Bare))
    }

    const fn quotes(self) -> usize {
        match self {
            Self::Bare => 0,
            Self::Literal { quotes } | Self::Basic { quotes } => quotes,
        }
    }

    /// The first piece of what is left; `None` inside when nothing is left, outside when it is no string.
    fn next(self, rest: &str) -> Option<Option<Piece>> {
        let Some(first) = rest.chars().next() else { return Some(None) };
        match self {
            Self::Basic { .. } if first == '\\' => escape(rest.get(1..)?).map(Some),
            Self::Bare | Self::Literal { .. } | Self::Basic { .. } => {
                Some(Some(Piece { source: first.len_utf8(), value: first.len_utf8() }))
            }
        }
    }
}

/// The piece that a backslash begins; `rest` is what follows it.
fn escape(rest: &str) -> Option<Piece> {
    let kind = rest.chars().next()?;
    let digits = match kind {
        'x' => 2,
        'u' => 4,
        'U' => 8,
        ' ' | '\t' | '\n' | '\r' => {
            // A backslash at the end of a line takes all blanks and line ends behind it away.
            let blank = rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len();
            return Some(Piece { source: 1 + blank, value: 0 });
        }
        _ => return Some(Piece { source: 1 + kind.len_utf8(), value: 1 }),
    };
    let number = u32::from_str_radix(rest.get(1..=digits)?, 16).ok()?;
    Some(Piece { source: 2 + digits, value: char::from_u32(number)?.len_utf8() })
}

#[cfg(test)]
mod tests {
    use super::place_of;
    use crate::parse::parse;
    use crate::{Problems, Tree};

    /// Every character of the value is held against the place it is said to stand at.
    #[track_caller]
    fn check(literal: &str, expected: &[&str]) {
        let text = format!("\"é\" = 1\nkey = {literal} # end");
        let mut problems = Problems::default();
        let tree = parse(&text, &mut problems);
        assert!(problems.is_empty(), "{problems:?}");
        let value: &Tree = tree.as_table().unwrap().find("key").unwrap();
        let decoded = value.as_text().unwrap();
        let places = decoded.char_indices().map(|(at, c)| {
            let place = place_of(&text, value.span, &(at..at + c.len_utf8())).unwrap();
            &text[place.range()]
        });
        assert_eq!(places.collect::<Vec<_>>(), expected, "{decoded:?}");
        let end = place_of(&text, value.span, &(decoded.len()..decoded.len())).unwrap();
        assert!(text[end.start..].starts_with(['"', '\'']), "the end lies before the closing quotes");
        assert!(place_of(&text, value.span, &(0..decoded.len() + 1)).is_none());
    }

    #[test]
    fn each_form_of_string() {
        check("\"ab\"", &["a", "b"]);
        check("'a\\b'", &["a", "\\", "b"]);
        check("\"a\\n\\u00e9\\U0001F600\\x41é\"", &["a", "\\n", "\\u00e9", "\\U0001F600", "\\x41", "é"]);
        check("\"\"\"\na\nb\"\"\"", &["a", "\n", "b"]);
        check("\"\"\"a \\\n   b\"\"\"", &["a", " ", "b"]);
        check("'''\na'b\n'''", &["a", "'", "b", "\n"]);
        check("\"\"\"\"a\"\"\"", &["\"", "a"]);
        check("\"\"\"\r\na\r\nb\"\"\"", &["a", "\r", "\n", "b"]);
        check("\"\"", &[]);
    }

    #[test]
    fn a_range_of_several_characters() {
        let text = "k = \"one\\ttwo\"";
        let literal = crate::Span { start: 4, end: text.len() };
        assert_eq!(&text[place_of(text, literal, &(2..5)).unwrap().range()], "e\\tt");
        assert_eq!(place_of(text, literal, &(4..4)).unwrap().range(), 10..10);
    }

    #[test]
    fn what_is_no_string_has_no_parts() {
        for text in ["", "\"", "\"\"\"", "[1, 2]", "{ a = 1 }", "\"\\u12\"", "\"\\uD800\""] {
            let literal = crate::Span { start: 0, end: text.len() };
            let place = place_of(text, literal, &(0..1));
            assert!(place.is_none(), "{text}: {place:?}");
        }
        assert_eq!(place_of("bare", crate::Span { start: 0, end: 4 }, &(1..2)).unwrap().range(), 1..2);
    }
}
