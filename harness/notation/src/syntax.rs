//! What the TOML parser says, in words for somebody who writes a scenario, with what would be right.
//!
//! The parser names what its grammar expected; a person wants to know what to type. A sentence that is not known here is
//! passed on as it is, so a newer parser costs clarity and never a message.

use crate::problem::{Problem, Reason};
use crate::tree::Span;

/// A sentence of the parser, what is said instead, and the hint.
const SENTENCES: [(&str, &str, &str); 9] = [
    ("invalid basic string, expected `\"`", "this string is not closed on its line", "end it with \""),
    ("invalid literal string, expected `'`", "this string is not closed on its line", "end it with '"),
    ("cannot recurse further; max recursion depth met", "nested too deep", "nobody needs so many levels"),
    (
        "invalid basic string, expected non-double-quote visible characters, `\\`",
        "a control character cannot stand in a string as it is",
        "write it as an escape such as \\u001b",
    ),
    (
        "unexpected key or value, expected newline, `#`",
        "nothing but a comment may follow a value on its line",
        "give it a line of its own, or put both into [ ]",
    ),
    ("unclosed table, expected `]`", "the header of this table is not closed", "end it with ]"),
    (
        "unquoted keys cannot be empty, expected letters, numbers, `-`, `_`",
        "a line begins with a key",
        "key = value, or [table]",
    ),
    ("unclosed array, expected `]`", "this array is never closed", "end it with ]"),
    ("unclosed inline table, expected `}`", "this table is never closed", "end it with }"),
];

/// What the parser says of a text of several lines that has no end.
const ENDLESS_TEXT: &str = "invalid multi-line basic string, expected `\"`";

/// Between these a text has several lines.
const TEXT_QUOTES: &str = "\"\"\"";

/// What the parser says of a value that is no value.
const NO_VALUE: &str = "string values must be quoted, expected literal string";

/// What the parser says where a key should begin.
const NO_KEY: &str = "invalid key-value pair, expected key";

/// The problem that the parser found at a place of `text`.
pub(crate) fn problem(message: &str, span: Span, text: &str) -> Problem {
    let found = text.get(span.range()).unwrap_or_default();
    if message.contains("duplicate key") {
        let problem = Problem::new(span, Reason::DuplicateKey(found.to_owned()));
        return problem.hint("a key has one value; things of one kind go into an array");
    }
    if let Some((_, said, hint)) = SENTENCES.iter().find(|(sentence, _, _)| *sentence == message) {
        return Problem::new(span, Reason::Syntax((*said).to_owned())).hint(*hint);
    }
    let said = |said: &str| Problem::new(span, Reason::Syntax(said.to_owned()));
    match message {
        ENDLESS_TEXT => {
            // The parser says it at the end of the file; the mistake is where the text begins.
            let start = text.get(..span.start).and_then(|before| before.rfind(TEXT_QUOTES)).unwrap_or(span.start);
            let opening = Span { start, end: start + TEXT_QUOTES.len() };
            let reason = Reason::Syntax("this text is never closed".to_owned());
            Problem::new(opening, reason).hint(format!("end it with {TEXT_QUOTES}"))
        }
        NO_VALUE if found.trim().is_empty() => said("a value is missing here"),
        NO_VALUE => said("a string stands in quotes").hint(format!("write \"{}\"", found.trim().escape_debug())),
        // A brace is how JSON begins.
        NO_KEY if text.trim_start().starts_with('{') => said("a line begins with a key").hint("this is JSON, not TOML"),
        NO_KEY => said("a line begins with a key").hint("key = value, or [table]"),
        _ => said(message),
    }
}

#[cfg(test)]
mod tests {
    use crate::Problems;
    use crate::parse::parse;

    /// The first problem of a text: what is said, what is hinted.
    #[track_caller]
    fn check(text: &str, said: &str, hint: &str) {
        let mut problems = Problems::default();
        drop(parse(text, &mut problems));
        let first = problems.in_order().into_iter().next().expect("a problem");
        assert_eq!((first.reason.to_string().as_str(), first.hint.as_deref().unwrap_or_default()), (said, hint));
    }

    #[test]
    fn each_sentence_is_the_one_that_the_parser_says() {
        check("a = \"x\nb = 1", "this string is not closed on its line", "end it with \"");
        check("a = 'x\nb = 1", "this string is not closed on its line", "end it with '");
        check("a = \"\"\"x\nb = 1", "this text is never closed", "end it with \"\"\"");
        let escape = "write it as an escape such as \\u001b";
        check("a = \"\u{1b}\"", "a control character cannot stand in a string as it is", escape);
        let own_line = "give it a line of its own, or put both into [ ]";
        check("a = \"1\" 2", "nothing but a comment may follow a value on its line", own_line);
        check("[a\nb = 1", "the header of this table is not closed", "end it with ]");
        check("a = [1,", "this array is never closed", "end it with ]");
        check("a = { b = 1", "this table is never closed", "end it with }");
        check("a =", "a value is missing here", "");
        check("a = dns", "a string stands in quotes", "write \"dns\"");
        check("{ \"a\": 1 }", "a line begins with a key", "this is JSON, not TOML");
        check("{ a = 1 }", "a line begins with a key", "this is JSON, not TOML");
        check("= 1", "a line begins with a key", "key = value, or [table]");
        let array = "a key has one value; things of one kind go into an array";
        check("a = 1\na = 2", "the key `a` stands here a second time", array);
    }
}
