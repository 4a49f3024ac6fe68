//! Text from outside in a command line: as it is where it is plain, quoted where that is safe, refused where it is not.
//!
//! A record's name and a registry value are written by whoever runs the network. A line that is copied from here must
//! do what it says whatever they hold, so each shell has its own rule, and what no rule makes safe is not written out.

/// Why a line is not written out.
pub const WHY: &str =
    "not written as a command: the text holds characters that a command line would read as something else";

/// Longest text that is put into a line: no name of the DNS and no registry path that matters is longer.
const TEXT_MAX: usize = 512;

/// What needs no quotes in any shell.
const fn is_plain(character: char) -> bool {
    matches!(character, 'A'..='Z' | 'a'..='z' | '0'..='9' | '.' | '_' | '-' | ':')
}

/// Whether a text may stand in some line: printable ASCII that no program reads as an option.
fn is_sound(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= TEXT_MAX
        && text.bytes().all(|byte| matches!(byte, 0x20..=0x7E))
        && !text.starts_with(['-', '/'])
}

/// For cmd.exe: in double quotes `%` is still expanded and `!` can be, and no escape of `"` is understood by all programs.
#[must_use]
pub fn cmd(text: &str) -> Option<String> {
    if !is_sound(text) || text.contains(['"', '%', '!', '^']) || text.ends_with('\\') {
        return None;
    }
    Some(if text.chars().all(is_plain) { text.to_owned() } else { format!("\"{text}\"") })
}

/// For PowerShell: a text in single quotes is not read at all but for `'`, which is doubled (about_Quoting_Rules).
#[must_use]
pub fn powershell(text: &str) -> Option<String> {
    is_sound(text).then(|| format!("'{}'", text.replace('\'', "''")))
}

/// For a POSIX shell: a text in single quotes is not read at all; `'` ends it and is written apart (XCU 2.2.2).
#[must_use]
pub fn sh(text: &str) -> Option<String> {
    is_sound(text).then(|| format!("'{}'", text.replace('\'', r"'\''")))
}

/// A host name or an address, as slmgr.vbs and dnscmd take it: letters, digits, and what joins them.
#[must_use]
pub fn name(text: &str) -> Option<&str> {
    let body = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let plain = body.chars().all(|character| is_plain(character) || character == '*');
    (is_sound(text) && !body.is_empty() && plain).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::{cmd, name, powershell, sh};

    #[track_caller]
    fn check(text: &str, in_cmd: Option<&str>, in_powershell: Option<&str>, in_sh: Option<&str>) {
        assert_eq!(cmd(text).as_deref(), in_cmd, "cmd: {text}");
        assert_eq!(powershell(text).as_deref(), in_powershell, "PowerShell: {text}");
        assert_eq!(sh(text).as_deref(), in_sh, "sh: {text}");
    }

    #[test]
    fn a_pasted_line_does_nothing_else() {
        check("kms1.contoso.com", Some("kms1.contoso.com"), Some("'kms1.contoso.com'"), Some("'kms1.contoso.com'"));
        check("a b", Some("\"a b\""), Some("'a b'"), Some("'a b'"));
        check("a&calc", Some("\"a&calc\""), Some("'a&calc'"), Some("'a&calc'"));
        check("a;b|c>d", Some("\"a;b|c>d\""), Some("'a;b|c>d'"), Some("'a;b|c>d'"));
        check("a'; calc; '", Some("\"a'; calc; '\""), Some("'a''; calc; '''"), Some(r"'a'\''; calc; '\'''"));
        check("a\"&calc", None, Some("'a\"&calc'"), Some("'a\"&calc'"));
        check("%COMSPEC%", None, Some("'%COMSPEC%'"), Some("'%COMSPEC%'"));
        check("!x!", None, Some("'!x!'"), Some("'!x!'"));
        check("$(calc)`x", Some("\"$(calc)`x\""), Some("'$(calc)`x'"), Some("'$(calc)`x'"));
    }

    #[test]
    fn what_is_no_text_is_refused_everywhere() {
        // A typographic quote ends a text in PowerShell too.
        for text in ["", "a\nb", "a\u{2019}; calc", "/f", "-Force", "a\u{1b}[2J", &"x".repeat(600)] {
            check(text, None, None, None);
        }
    }

    #[test]
    fn names_are_letters_digits_and_what_joins_them() {
        for good in ["kms1.contoso.com", "10.0.0.60", "[fd00::10]", "KMS_1", "*.contoso.com"] {
            assert_eq!(name(good), Some(good));
        }
        for bad in ["", "[]", "a b", "a&b", "a\"b", "a\\;b", "a%b", "-x", "/cpky", "a'b", "[a", "a]"] {
            assert_eq!(name(bad), None, "{bad}");
        }
    }
}
