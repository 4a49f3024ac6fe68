//! A zone text cut into entries and words (RFC 1035 5.1): comments, quotes and parentheses end here.
//!
//! It stands apart from the meaning of the words, so that places are counted in one loop only. Escapes stay in the words:
//! a name and a text read them differently.

use crate::zone::problem::{MAX_PROBLEMS, Reason, TextProblem};

/// A word with its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Word<'a> {
    /// As written, without the quotes.
    pub text: &'a str,
    /// Whether it stood in quotes.
    pub quoted: bool,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
}

/// The words of one line, or of several that parentheses join; at least one.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct EntryLine<'a> {
    /// Whether it starts with a blank, which means: the owner of the entry before.
    pub indented: bool,
    /// Its words.
    pub words: Vec<Word<'a>>,
}

/// Cuts a text; problems go to `problems`, and their lines are left out as far as they are unreadable.
pub(crate) fn entries<'a>(text: &'a str, problems: &mut Vec<TextProblem>) -> Vec<EntryLine<'a>> {
    let mut cutter = Cutter { text, line: 1, column: 1, open: Vec::new(), entries: Vec::new(), fresh: true };
    let mut characters = text.char_indices().peekable();
    while let Some(&(start, character)) = characters.peek() {
        match character {
            '\n' => {
                characters.next();
                cutter.end_line();
            }
            ';' => while characters.next_if(|&(_, next)| next != '\n').is_some() {},
            ' ' | '\t' | '\r' => {
                characters.next();
                cutter.blank();
            }
            '(' | ')' => {
                characters.next();
                cutter.parenthesis(character == '(', problems);
            }
            '"' => {
                characters.next();
                let end = cutter.skip_quoted(&mut characters);
                match end {
                    Some(end) => cutter.word(start + 1, end, true),
                    None => cutter.refuse(Reason::UnclosedQuote, problems),
                }
                cutter.column += text.get(start..end.map_or(start, |end| end + 1)).map_or(1, |t| t.chars().count());
            }
            control if control.is_control() => {
                characters.next();
                cutter.refuse(Reason::ControlCharacter(u32::from(control)), problems);
                cutter.column += 1;
            }
            _ => {
                let end = skip_word(&mut characters, text.len());
                cutter.word(start, end, false);
                cutter.column += text.get(start..end).map_or(0, |word| word.chars().count());
            }
        }
    }
    for (line, column) in std::mem::take(&mut cutter.open).into_iter().take(MAX_PROBLEMS) {
        problems.push(TextProblem { line, column, reason: Reason::UnclosedParenthesis });
    }
    cutter.entries.retain(|entry| !entry.words.is_empty());
    cutter.entries
}

struct Cutter<'a> {
    text: &'a str,
    line: usize,
    column: usize,
    /// Places of the parentheses that are open.
    open: Vec<(usize, usize)>,
    entries: Vec<EntryLine<'a>>,
    /// Whether the next thing starts an entry.
    fresh: bool,
}

type Characters<'a> = std::iter::Peekable<std::str::CharIndices<'a>>;

impl<'a> Cutter<'a> {
    fn end_line(&mut self) {
        self.line += 1;
        self.column = 1;
        self.fresh = self.open.is_empty();
    }

    fn blank(&mut self) {
        self.start(true);
        self.column += 1;
    }

    /// Opens an entry at the first thing of a line that no parenthesis continues.
    fn start(&mut self, indented: bool) {
        if self.fresh {
            self.entries.push(EntryLine { indented, words: Vec::new() });
            self.fresh = false;
        }
    }

    fn word(&mut self, start: usize, end: usize, quoted: bool) {
        self.start(false);
        let word = Word { text: self.text.get(start..end).unwrap_or(""), quoted, line: self.line, column: self.column };
        if let Some(entry) = self.entries.last_mut() {
            entry.words.push(word);
        }
    }

    fn parenthesis(&mut self, opens: bool, problems: &mut Vec<TextProblem>) {
        self.start(false);
        if opens {
            self.open.push((self.line, self.column));
        } else if self.open.pop().is_none() {
            self.refuse(Reason::UnopenedParenthesis, problems);
        }
        self.column += 1;
    }

    fn refuse(&mut self, reason: Reason, problems: &mut Vec<TextProblem>) {
        self.start(false);
        if problems.len() < MAX_PROBLEMS {
            problems.push(TextProblem { line: self.line, column: self.column, reason });
        }
    }

    /// Runs to the closing quote and over it; none if the line ends first.
    fn skip_quoted(&self, characters: &mut Characters<'a>) -> Option<usize> {
        while let Some((position, character)) = characters.next_if(|&(_, next)| next != '\n') {
            match character {
                '"' => return Some(position),
                '\\' => {
                    characters.next_if(|&(_, next)| next != '\n');
                }
                _ => {}
            }
        }
        None
    }
}

/// Runs over a word and returns its end.
fn skip_word(characters: &mut Characters<'_>, length: usize) -> usize {
    let ends = |next: char| matches!(next, ' ' | '\t' | '\r' | '\n' | ';' | '(' | ')' | '"') || next.is_control();
    while let Some((_, character)) = characters.next_if(|&(_, next)| !ends(next)) {
        if character == '\\' {
            characters.next_if(|&(_, next)| !next.is_control());
        }
    }
    characters.peek().map_or(length, |&(position, _)| position)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str], complaints: &[&str]) {
        let mut problems = Vec::new();
        let lines: Vec<String> = entries(text, &mut problems)
            .iter()
            .map(|entry| {
                let words: Vec<String> =
                    entry.words.iter().map(|word| format!("{}@{}:{}", word.text, word.line, word.column)).collect();
                format!("{}{}", if entry.indented { "+ " } else { "" }, words.join(" "))
            })
            .collect();
        assert_eq!(lines, expected);
        assert_eq!(problems.iter().map(ToString::to_string).collect::<Vec<_>>(), complaints);
    }

    #[test]
    fn words_lines_and_comments() {
        check("a b ; c\n\n d\n;e\n", &["a@1:1 b@1:3", "+ d@3:2"], &[]);
        check("a ( b\nc ; d\n e ) f\r\ng", &["a@1:1 b@1:5 c@2:1 e@3:2 f@3:6", "g@4:1"], &[]);
        check("a \"b ; (c\" d", &["a@1:1 b ; (c@1:3 d@1:12"], &[]);
        check(r#"a\ b\;c "d\"e""#, &[r#"a\ b\;c@1:1 d\"e@1:9"#], &[]);
    }

    #[test]
    fn unreadable_places() {
        check("a \"b\nc", &["a@1:1", "c@2:1"], &["line 1, column 3: the quoted string is not closed on its line"]);
        check("a (\nb", &["a@1:1 b@2:1"], &["line 1, column 3: this parenthesis is never closed"]);
        check("a )", &["a@1:1"], &["line 1, column 3: nothing is open that this parenthesis could close"]);
        check("a\u{1b}", &["a@1:1"], &["line 1, column 2: the control character U+001B has no place in a zone text"]);
    }
}
