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

#[cfg(test)]
mod tests {
    use super::Untrusted;

    #[test]
    fn only_printable_ascii_comes_out() {
        assert_eq!(Untrusted("a\u{1b}[2J\u{202e}é\n").to_string(), "a\\u{1b}[2J\\u{202e}\\u{e9}\\u{a}");
    }
}
