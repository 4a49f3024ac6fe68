//! Just enough of Rust to judge a file by its text: comments and strings blanked, tests cut off, paths with their groups
//! spelt out. It is no parser: macros are read as they stand.

use std::iter::Peekable;

/// What stands before the module of unit tests; all of it when there is none.
pub(crate) fn before_tests(text: &str) -> &str {
    let mut at = 0;
    let mut tested = None;
    for line in text.split_inclusive('\n') {
        if line.starts_with("#[cfg(test)]") {
            tested = Some(at);
        } else if let Some(start) = tested {
            if line.starts_with("mod ") && line.contains('{') {
                return text.get(..start).unwrap_or(text);
            }
            if !line.starts_with("#[") {
                tested = None;
            }
        }
        at += line.len();
    }
    text
}

/// The same text with every comment and the content of every string and character replaced by blanks.
pub(crate) fn without_comments_and_strings(text: &str) -> String {
    let bytes = text.as_bytes();
    let at = |index: usize| bytes.get(index).copied().unwrap_or_default();
    let mut code = String::with_capacity(text.len());
    let mut i = 0;
    while i < bytes.len() {
        let word_before = i > 0 && is_word(at(i - 1));
        let end = match (at(i), at(i + 1)) {
            (b'/', b'/') => find(bytes, i, |j| at(j) == b'\n'),
            (b'/', b'*') => end_of_block_comment(bytes, i),
            (b'r', b'"' | b'#') if !word_before || at(i - 1) == b'b' => end_of_raw_string(bytes, i).unwrap_or(i),
            (b'"', _) => end_of_quoted(bytes, i, b'"'),
            (b'\'', b'\\') => end_of_quoted(bytes, i, b'\''),
            // A character, and not a lifetime: one character between quotes.
            (b'\'', _) => text
                .get(i + 1..)
                .and_then(|rest| rest.chars().next())
                .map(|c| i + 1 + c.len_utf8())
                .filter(|end| at(*end) == b'\'')
                .map_or(i, |end| end + 1),
            _ => i,
        };
        if end > i {
            code.extend(bytes[i..end].iter().map(|byte| if *byte == b'\n' { '\n' } else { ' ' }));
            i = end;
        } else {
            code.push(char::from(at(i)));
            i += 1;
        }
    }
    code
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn find(bytes: &[u8], from: usize, is_end: impl Fn(usize) -> bool) -> usize {
    (from..bytes.len()).find(|j| is_end(*j)).unwrap_or(bytes.len())
}

fn end_of_block_comment(bytes: &[u8], start: usize) -> usize {
    let mut depth = 0_usize;
    let mut i = start;
    while i < bytes.len() {
        match bytes.get(i..i + 2) {
            Some(b"/*") => depth += 1,
            Some(b"*/") if depth == 1 => return i + 2,
            Some(b"*/") => depth -= 1,
            _ => {
                i += 1;
                continue;
            }
        }
        i += 2;
    }
    bytes.len()
}

fn end_of_raw_string(bytes: &[u8], start: usize) -> Option<usize> {
    let hashes = bytes.get(start + 1..)?.iter().take_while(|byte| **byte == b'#').count();
    let open = start + 1 + hashes;
    if bytes.get(open) != Some(&b'"') {
        return None;
    }
    let close: Vec<u8> = std::iter::once(b'"').chain(std::iter::repeat_n(b'#', hashes)).collect();
    let length = bytes.get(open + 1..)?.windows(close.len()).position(|window| window == close)?;
    Some(open + 1 + length + close.len())
}

fn end_of_quoted(bytes: &[u8], start: usize, quote: u8) -> usize {
    let mut i = start + 1;
    while let Some(byte) = bytes.get(i) {
        match *byte {
            b'\\' => i += 2,
            byte if byte == quote => return i + 1,
            _ => i += 1,
        }
    }
    bytes.len()
}

/// Every path of two or more names, groups spelt out: `use a::{b, c::d}` gives `a::b` and `a::c::d`.
pub(crate) fn paths(code: &str) -> Vec<Vec<String>> {
    let mut tokens = tokens(code).into_iter().peekable();
    let mut found = Vec::new();
    let mut before = String::new();
    while let Some(token) = tokens.next() {
        // `$crate::x` is the macro's crate, `<T>::x` and `a::<T>::x` begin with no name.
        if token.starts_with(is_name_start) && before != "$" && before != "::" {
            path(vec![token.clone()], &mut tokens, &mut found);
        }
        before = token;
    }
    found.retain(|path| path.len() > 1);
    found
}

fn is_name_start(c: char) -> bool {
    c.is_alphabetic() || c == '_'
}

/// Continues a path after its first names; pushes one path, or one for each branch of a group.
fn path(mut names: Vec<String>, tokens: &mut Peekable<std::vec::IntoIter<String>>, found: &mut Vec<Vec<String>>) {
    while tokens.next_if(|token| token == "::").is_some() {
        if tokens.next_if(|token| token == "{").is_some() {
            while let Some(token) = tokens.next() {
                match token.as_str() {
                    "}" => return,
                    "," => {}
                    _ => path([names.clone(), vec![token]].concat(), tokens, found),
                }
            }
            return;
        }
        let Some(name) = tokens.next_if(|token| token.starts_with(is_name_start) || token == "*") else { break };
        names.push(name);
    }
    // `a as b` renames; the path is that of a.
    if tokens.next_if(|token| token == "as").is_some() {
        tokens.next();
    }
    found.push(names);
}

/// Names, `::`, and every other character alone.
fn tokens(code: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let mut rest = code;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            c if is_name_start(c) => rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len()),
            ':' if rest.starts_with("::") => 2,
            c => c.len_utf8(),
        };
        let (token, after) = rest.split_at(length);
        if !first.is_whitespace() {
            tokens.push(token.to_owned());
        }
        rest = after;
    }
    tokens
}

#[test]
fn comments_and_strings_are_blanked() {
    let check = |text: &str, expected: &str| {
        let code = without_comments_and_strings(text);
        assert_eq!(code.split_whitespace().collect::<Vec<_>>().join(" "), expected, "{text}");
    };
    check("a // b::c\nd /* e /* f */ g */ h", "a d h");
    check("a(\"b \\\" c\", 'd', '\\'', b\"e\")", "a( , , , b )");
    check("r\"a\\\" b r#\"c \" d\"# e br##\"f\"# g\"## h", "b e b h");
    check("fn f<'a>(x: &'a str) -> char { '\"' }", "fn f<'a>(x: &'a str) -> char { }");
    check("for x in 'é'..'z' {}", "for x in .. {}");
}

#[test]
fn groups_are_spelt_out() {
    let check = |code: &str, expected: &[&str]| {
        let found: Vec<String> = paths(code).iter().map(|path| path.join("::")).collect();
        assert_eq!(found, expected, "{code}");
    };
    check("use a::{b, c::{self, d as e}, f::*}; g::h(i)", &["a::b", "a::c::self", "a::c::d", "a::f::*", "g::h"]);
    check("$crate::a::b; <T>::c; d::<E>::f::g", &[]);
    check("fn f(a: b::C<d::E>) {}", &["b::C", "d::E"]);
}

#[test]
fn tests_are_cut_off() {
    assert_eq!(before_tests("a\n#[cfg(test)]\nmod tests {\n}\n"), "a\n");
    assert_eq!(before_tests("#[cfg(test)]\nmod tests;\na\n"), "#[cfg(test)]\nmod tests;\na\n");
    assert_eq!(before_tests("a\n#[cfg(test)]\nuse b;\nmod c {\n}\n"), "a\n#[cfg(test)]\nuse b;\nmod c {\n}\n");
}
