//! Lines of a bounded width: what is too long is wrapped or cut, never written past the edge.
//!
//! It stands apart because every part of a drawing needs it. Texts that come here are escaped already: one character is one
//! column. It knows nothing of scenarios.

/// Columns of the word that opens a section.
pub const WORD_WIDTH: usize = 9;

/// What stands for the part of a text that was cut out.
const ELLIPSIS: &str = "...";

/// Further lines of a paragraph stand this much further in.
const HANGING: usize = 2;

/// How a line may look where colours are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Look {
    /// As it is.
    Plain,
    /// It begins something.
    Heading,
    /// Something fails in it.
    Bad,
    /// It can be read over.
    Faint,
}

/// A line of a drawing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its text, without colours.
    pub text: String,
    /// How it may look.
    pub look: Look,
}

impl Line {
    /// A line without spaces at its end.
    #[must_use]
    pub fn new(look: Look, text: &str) -> Self {
        Self { text: text.trim_end().to_owned(), look }
    }
}

/// Lines that are written one after the other.
#[derive(Debug)]
pub struct Page {
    /// Most columns of a line.
    pub width: usize,
    /// What is written.
    pub lines: Vec<Line>,
}

impl Page {
    /// An empty page.
    #[must_use]
    pub const fn new(width: usize) -> Self {
        Self { width, lines: Vec::new() }
    }

    /// An empty line.
    pub fn blank(&mut self) {
        self.lines.push(Line::new(Look::Plain, ""));
    }

    /// A line, cut where it is too long.
    pub fn put(&mut self, look: Look, text: &str) {
        self.lines.push(Line::new(look, &cut(text, self.width)));
    }

    /// A word and its text, which is wrapped beside it.
    pub fn section(&mut self, word: &str, text: &str) {
        self.looking(Look::Plain, word, text);
    }

    /// A word and its text, which looks so.
    pub fn looking(&mut self, look: Look, word: &str, text: &str) {
        let room = self.width.saturating_sub(WORD_WIDTH);
        let mut opening = word;
        for line in wrap(text, room) {
            self.lines.push(Line::new(look, &format!("{opening:<WORD_WIDTH$}{line}")));
            opening = "";
        }
    }
}

/// The text in at most `room` columns: its middle gives way, because names differ at both ends.
#[must_use]
pub fn cut(text: &str, room: usize) -> String {
    let length = text.chars().count();
    if length <= room {
        return text.to_owned();
    }
    let Some(kept) = room.checked_sub(ELLIPSIS.len()).filter(|kept| *kept > 1) else {
        return text.chars().take(room).collect();
    };
    let tail = kept / 2;
    let head: String = text.chars().take(kept - tail).collect();
    let tail: String = text.chars().skip(length - tail).collect();
    format!("{head}{ELLIPSIS}{tail}")
}

/// The text in lines of at most `room` columns, broken between words where possible.
#[must_use]
pub fn wrap(text: &str, room: usize) -> Vec<String> {
    let room = room.max(HANGING + 1);
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    for word in text.split(' ') {
        let length = word.chars().count();
        let indent = if lines.is_empty() { 0 } else { HANGING };
        if used > indent && used + 1 + length > room {
            lines.push(std::mem::replace(&mut line, " ".repeat(HANGING)));
            used = HANGING;
        } else if used > indent {
            line.push(' ');
            used += 1;
        }
        for character in word.chars() {
            if used == room {
                lines.push(std::mem::replace(&mut line, " ".repeat(HANGING)));
                used = HANGING;
            }
            line.push(character);
            used += 1;
        }
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::{Look, Page, cut, wrap};

    #[track_caller]
    fn check_cut(text: &str, room: usize, expected: &str) {
        let shown = cut(text, room);
        assert_eq!(shown, expected);
        assert!(shown.chars().count() <= room, "{shown}");
    }

    #[test]
    fn the_middle_gives_way() {
        check_cut("kms1.contoso.com", 16, "kms1.contoso.com");
        check_cut("kms1-in-the-building-number-01.contoso.com", 20, "kms1-in-t...toso.com");
        check_cut("abcdef", 5, "a...f");
        check_cut("abcdef", 4, "abcd");
        check_cut("abcdef", 0, "");
    }

    #[track_caller]
    fn check_wrap(text: &str, room: usize, expected: &[&str]) {
        assert_eq!(wrap(text, room), expected);
    }

    #[test]
    fn lines_break_between_words_and_long_words_too() {
        check_wrap("", 10, &[""]);
        check_wrap("one two three", 20, &["one two three"]);
        check_wrap("one two three", 8, &["one two", "  three"]);
        check_wrap("abcdefghij", 6, &["abcdef", "  ghij"]);
        check_wrap("a abcdefghij", 6, &["a", "  abcd", "  efgh", "  ij"]);
    }

    #[test]
    fn a_section_hangs_behind_its_word() {
        let mut page = Page::new(20);
        page.section("ticket", "It does not work");
        let texts: Vec<&str> = page.lines.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(texts, ["ticket   It does not", "           work"]);
        assert!(page.lines.iter().all(|line| line.look == Look::Plain));
    }
}
