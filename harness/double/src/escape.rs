//! Text from outside, made safe for terminals and logs: names in packets can hold escape sequences and right-to-left marks.

use std::fmt;

/// Shows a text with every control, formatting and non-ASCII character escaped.
#[derive(Clone, Copy, Debug)]
pub struct Untrusted<'a>(pub &'a str);

impl fmt::Display for Untrusted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            if matches!(character, ' '..='~') {
                fmt::Write::write_char(f, character)?;
            } else {
                write!(f, "{}", character.escape_unicode())?;
            }
        }
        Ok(())
    }
}

/// Shows a page of text in any language: lines and tabs stay, other controls and marks that turn the direction of writing are escaped
/// (Unicode Standard Annex 9, 2: explicit formatting).
#[derive(Clone, Copy, Debug)]
pub struct Page<'a>(pub &'a str);

impl fmt::Display for Page<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            let turns = matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
            if turns || (character.is_control() && !matches!(character, '\n' | '\t')) {
                write!(f, "{}", character.escape_unicode())?;
            } else {
                fmt::Write::write_char(f, character)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Page, Untrusted};

    #[test]
    fn only_printable_ascii_comes_out() {
        assert_eq!(Untrusted("a\u{1b}[2J\u{202e}é\n").to_string(), "a\\u{1b}[2J\\u{202e}\\u{e9}\\u{a}");
    }

    #[test]
    fn a_page_keeps_its_lines_and_its_language() {
        assert_eq!(Page("주소\t\u{1b}[2J\u{202e}é\n\r").to_string(), "주소\t\\u{1b}[2J\\u{202e}é\n\\u{d}");
    }
}
