//! The words of a text that name something: names of machines and domains, addresses, GUIDs, product keys.
//!
//! It stands apart because renaming a known environment and hiding what somebody sent walk over the same words. It decides nothing
//! about what becomes of a word, but for a product key: that is taken out before anything else sees the text.

use std::net::IpAddr;

/// What stands where a product key stood.
pub const KEY_REMOVED: &str = "XXXXX-XXXXX-XXXXX-XXXXX-XXXXX";

/// Groups of a product key, and characters of a group.
const GROUP: usize = 5;

/// What joins the groups of a key: the hyphen, and what word processors and mail programs make of it.
const HYPHENS: [char; 7] = ['-', '\u{2010}', '\u{2011}', '\u{2012}', '\u{2013}', '\u{2014}', '\u{2212}'];

/// Ends of file names of Windows: they look like names of machines and name nobody.
const PROGRAMS: [&str; 6] = [".vbs", ".exe", ".dll", ".txt", ".log", ".reg"];

/// A word that names something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word<'a> {
    /// A GUID, as it stands there.
    Guid(&'a str),
    /// An address.
    Address(IpAddr),
    /// Anything that could be the name of a machine or a domain, without a final dot.
    Name(&'a str),
}

/// The text with every product key taken out: five groups of five letters and digits.
#[must_use]
pub fn without_keys(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    let (mut out, mut at) = (String::with_capacity(text.len()), 0);
    while let Some(character) = characters.get(at) {
        if let Some(length) = characters.get(at..).and_then(key_at) {
            out.push_str(KEY_REMOVED);
            at += length;
        } else {
            out.push(*character);
            at += 1;
        }
    }
    out
}

/// How many characters a key has that begins here.
fn key_at(rest: &[char]) -> Option<usize> {
    let mut at = 0;
    for group in 0..GROUP {
        if group > 0 {
            // A line that was broken or spaced out between the groups is still a key.
            at += rest.get(at..)?.iter().take_while(|c| c.is_whitespace()).count();
            HYPHENS.contains(rest.get(at)?).then_some(())?;
            at += 1;
            at += rest.get(at..)?.iter().take_while(|c| c.is_whitespace()).count();
        }
        let letters = rest.get(at..at + GROUP)?;
        letters.iter().all(char::is_ascii_alphanumeric).then_some(())?;
        at += GROUP;
    }
    Some(at)
}

/// The text with words replaced, where `replace` gives something else.
#[must_use]
pub fn rewrite(text: &str, replace: &mut dyn FnMut(Word<'_>) -> Option<String>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let length = rest.find(|c| !belongs(c)).unwrap_or(rest.len());
        let (token, after) = rest.split_at(length);
        out.push_str(&token_rewritten(token, replace));
        let gap = after.find(belongs).unwrap_or(after.len());
        let (between, next) = after.split_at(gap);
        out.push_str(between);
        rest = next;
    }
    out
}

/// Whether a character can stand in a name, an address or a GUID.
fn belongs(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '-' | '.' | '_' | ':')
}

fn token_rewritten(token: &str, replace: &mut dyn FnMut(Word<'_>) -> Option<String>) -> String {
    let body = token.trim_end_matches(['.', ':', '-']);
    let tail = token.get(body.len()..).unwrap_or_default();
    if body.is_empty() {
        return token.to_owned();
    }
    let changed = |new: Option<String>| new.unwrap_or_else(|| body.to_owned()) + tail;
    if is_guid(body) {
        return changed(replace(Word::Guid(body)));
    }
    if let Ok(address) = body.parse() {
        return changed(replace(Word::Address(address)));
    }
    if let Some((name, port)) = body.rsplit_once(':') {
        // host:port, or label:value where somebody left out the blank.
        let first = token_rewritten(name, replace);
        return format!("{first}:{}{tail}", token_rewritten(port, replace));
    }
    let lower = body.to_ascii_lowercase();
    let names = body.contains(char::is_alphabetic) && !PROGRAMS.iter().any(|end| lower.ends_with(end));
    changed(if names { replace(Word::Name(body)) } else { None })
}

/// Whether a text is a GUID: 8-4-4-4-12 hexadecimal digits.
#[must_use]
pub fn is_guid(text: &str) -> bool {
    let lengths: Vec<usize> = text.split('-').map(str::len).collect();
    lengths == [8, 4, 4, 4, 12] && text.chars().all(|c| c == '-' || c.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::{KEY_REMOVED, Word, rewrite, without_keys};

    /// Invented; no product has it.
    const KEY: &str = "AB1CD-EF2GH-IJ3KL-MN4OP-QR5ST";

    #[test]
    fn a_key_is_taken_out_however_it_stands_there() {
        let dashes = KEY.replace('-', "\u{2013}");
        let spaced = KEY.replace('-', " - ");
        let broken = KEY.replace('-', "-\n");
        for text in [KEY, &dashes, &spaced, &broken, &KEY.to_lowercase()] {
            assert_eq!(without_keys(&format!("key={text}.")), format!("key={KEY_REMOVED}."));
        }
        let guid = "55c92734-d682-4d71-983e-d6ec3f16059f";
        assert_eq!(without_keys(guid), guid);
        assert_eq!(without_keys("AB1CD-EF2GH-IJ3KL-MN4OP"), "AB1CD-EF2GH-IJ3KL-MN4OP", "four groups are no key");
    }

    #[test]
    fn words_are_found_between_everything_else() {
        let mut seen = Vec::new();
        let text = "host=kms1.contoso.com:1688, [fd00::60]:1688 10.0.0.60:1688 {55c92734-d682-4d71-983e-d6ec3f16059f} slmgr.vbs";
        let out = rewrite(text, &mut |word| {
            seen.push(format!("{word:?}"));
            matches!(word, Word::Name("kms1.contoso.com")).then(|| "name".to_owned())
        });
        assert_eq!(out, text.replace("kms1.contoso.com", "name"));
        let expected = [
            "Name(\"host\")",
            "Name(\"kms1.contoso.com\")",
            "Address(fd00::60)",
            "Address(10.0.0.60)",
            "Guid(\"55c92734-d682-4d71-983e-d6ec3f16059f\")",
        ];
        assert_eq!(seen, expected);
    }
}
