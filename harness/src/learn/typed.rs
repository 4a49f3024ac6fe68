//! A typed line as its commands and words: quotes, brackets and separators as `cmd` and PowerShell take them.
//!
//! It stands apart because both shells are read at one prompt, and because nothing a learner types may be misread by chance. It knows
//! no tool; what a word means is said in [`super::command`].

/// Longest line that is read, in bytes; a command of an administrator has a tenth of it.
pub const LINE_MAX: usize = 4096;

/// The commands of a line, separated by `&`, `&&` or `;`. What is sent to a pager or a file is shown all the same.
#[must_use]
pub fn commands(line: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut inside = Inside::default();
    let mut skipped = false;
    for (at, character) in line.char_indices() {
        if inside.takes(character) {
            continue;
        }
        if matches!(character, '|' | '>') && !skipped {
            found.push(&line[start..at]);
            skipped = true;
        }
        if matches!(character, '&' | ';') {
            if !skipped {
                found.push(&line[start..at]);
            }
            skipped = false;
            start = at + character.len_utf8();
        }
    }
    if !skipped {
        found.push(&line[start..]);
    }
    found.retain(|command| !command.trim().is_empty());
    found.iter_mut().for_each(|command| *command = command.trim());
    found
}

/// What stands behind the first `|` of a command, if it is not only a pager or a filter that shows less.
#[must_use]
pub fn piped(line: &str) -> Option<&str> {
    let mut inside = Inside::default();
    let at = line.char_indices().find(|(_, character)| !inside.takes(*character) && *character == '|')?.0;
    let behind = line[at + 1..].trim();
    let word = behind.split_whitespace().next().unwrap_or_default().to_ascii_lowercase();
    let shows =
        ["more", "clip", "findstr", "find", "select-string", "format-list", "fl", "format-table", "ft", "out-host"];
    (!shows.contains(&word.as_str())).then_some(behind)
}

/// The words of a command, without their quotes. What stands in brackets is one word.
#[must_use]
pub fn words(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut open = false;
    let mut inside = Inside::default();
    for character in command.chars() {
        let was_quoted = inside.quote.is_some();
        let held = inside.takes(character);
        let is_quote = inside.quote.is_some() != was_quoted;
        if is_quote && inside.depth == 0 {
            open = true;
        } else if held || !character.is_whitespace() {
            word.push(character);
            open = true;
        } else if std::mem::take(&mut open) {
            words.push(std::mem::take(&mut word));
        }
    }
    if open {
        words.push(word);
    }
    words
}

/// The items of `@('a','b')`, `a,b` or `a`.
#[must_use]
pub fn items(word: &str) -> Vec<String> {
    let inner = word.strip_prefix("@(").and_then(|word| word.strip_suffix(')')).unwrap_or(word);
    let bare = |item: &str| item.trim().trim_matches(['\'', '"']).to_owned();
    inner.split(',').map(bare).filter(|item| !item.is_empty()).collect()
}

/// Whether a character stands inside quotes or brackets, told one character after the other.
#[derive(Default)]
struct Inside {
    quote: Option<char>,
    depth: usize,
}

impl Inside {
    /// Takes a character; true when it is part of something that is held together, the brackets and quotes themselves included.
    fn takes(&mut self, character: char) -> bool {
        match (self.quote, character) {
            (Some(quote), _) => {
                if character == quote {
                    self.quote = None;
                }
                true
            }
            (None, '"' | '\'') => {
                self.quote = Some(character);
                true
            }
            (None, '(' | '{') => {
                self.depth += 1;
                true
            }
            (None, ')' | '}') => {
                self.depth = self.depth.saturating_sub(1);
                true
            }
            (None, _) => self.depth > 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{commands, items, piped, words};

    #[track_caller]
    fn check_words(line: &str, expected: &[&str]) {
        assert_eq!(words(line), expected, "{line}");
    }

    #[test]
    fn words_lose_their_quotes_and_nothing_else() {
        check_words("slmgr  /skms kms1.contoso.com:1688", &["slmgr", "/skms", "kms1.contoso.com:1688"]);
        check_words(
            r#"reg query "HKLM\SOFTWARE\Windows NT" /v "NV Domain""#,
            &["reg", "query", r"HKLM\SOFTWARE\Windows NT", "/v", "NV Domain"],
        );
        check_words(
            r#"netsh add rule name="TCP 1688 in" dir=in"#,
            &["netsh", "add", "rule", "name=TCP 1688 in", "dir=in"],
        );
        check_words("-SuffixSearchList @('contoso.com', 'b.com')", &["-SuffixSearchList", "@('contoso.com', 'b.com')"]);
        check_words("a '' b", &["a", "", "b"]);
        check_words("", &[]);
        check_words("\"never closed", &["never closed"]);
    }

    #[test]
    fn a_line_may_hold_several_commands() {
        assert_eq!(commands("net stop sppsvc & net start sppsvc"), ["net stop sppsvc", "net start sppsvc"]);
        assert_eq!(commands("a && b; c"), ["a", "b", "c"]);
        assert_eq!(commands("nslookup -type=all _vlmcs._tcp>kms.txt"), ["nslookup -type=all _vlmcs._tcp"]);
        assert_eq!(commands("ipconfig /all | more"), ["ipconfig /all"]);
        assert_eq!(commands("echo \"a & b\""), ["echo \"a & b\""]);
        assert_eq!(commands(" ; "), Vec::<&str>::new());
    }

    #[test]
    fn a_pager_is_no_second_command() {
        assert_eq!(piped("ipconfig /all | more"), None);
        assert_eq!(piped("Get-X | Remove-X -Force"), Some("Remove-X -Force"));
        assert_eq!(piped("Where-Object { $_.a -eq '|' }"), None);
    }

    #[test]
    fn lists_of_powershell() {
        assert_eq!(items("@('a.com','b.com')"), ["a.com", "b.com"]);
        assert_eq!(items("a.com,b.com"), ["a.com", "b.com"]);
        assert_eq!(items("@()"), Vec::<String>::new());
    }
}
