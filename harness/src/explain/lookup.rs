//! From what somebody types to pages: codes in the forms in which people copy them, event ids, words without case.
//!
//! A word may stand for several things (`silent` is a rule and a fault of a DNS server): then all their pages are meant,
//! and `rule:silent` names one of them.

use super::{Kind, Page};

/// Longest question. No word, code or event is as long.
const ASKED_MAX: usize = 100;

/// Why nothing is found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotFound {
    /// What is wrong.
    pub message: String,
    /// What would be right.
    pub hint: String,
}

/// The pages that are meant.
///
/// # Errors
/// A sentence and the nearest word, when no page has this name.
pub fn find<'a>(pages: &'a [Page], asked: &str) -> Result<Vec<&'a Page>, NotFound> {
    let asked: Vec<&str> = asked.split_whitespace().collect();
    let asked = asked.join(" ");
    if asked.chars().count() > ASKED_MAX {
        let message = format!("there is no page with a name of more than {ASKED_MAX} characters");
        return Err(NotFound { message, hint: "`kmslab explain` lists all words".to_owned() });
    }
    let (kinds, word) = split_kind(&asked);
    let of_kind = |page: &&Page| kinds.is_none_or(|kinds| kinds.contains(&page.kind));
    let names = readings(word);
    let means = |page: &&Page| page.words().any(|own| names.iter().any(|name| same(name, own)));
    let found: Vec<&Page> = pages.iter().filter(of_kind).filter(means).collect();
    if found.is_empty() { Err(not_found(pages.iter().filter(of_kind), word)) } else { Ok(found) }
}

/// What stands before the word and says what kind of thing it is: `rule:silent`, `event 12288`, `exit 3`.
fn split_kind(asked: &str) -> (Option<&'static [Kind]>, &str) {
    const FAULTS: &[Kind] = &[Kind::DnsFault, Kind::KmsFault, Kind::Rule];
    const PREFIXES: [(&str, &[Kind]); 21] = [
        ("code:", &[Kind::Code]),
        ("event:", &[Kind::Event]),
        ("procedure:", &[Kind::Procedure]),
        ("rule:", &[Kind::Rule]),
        ("dns-fault:", &[Kind::DnsFault]),
        ("kms-fault:", &[Kind::KmsFault]),
        // As the filters of `run` and `list` call all three.
        ("fault:", FAULTS),
        ("switch:", &[Kind::Switch]),
        ("outcome:", &[Kind::Outcome]),
        ("finding:", &[Kind::Finding]),
        ("exit-code:", &[Kind::ExitCode]),
        ("exit code ", &[Kind::ExitCode]),
        ("exit-code ", &[Kind::ExitCode]),
        ("exit-code-", &[Kind::ExitCode]),
        ("exit ", &[Kind::ExitCode]),
        ("exit-", &[Kind::ExitCode]),
        ("event id ", &[Kind::Event]),
        ("event ", &[Kind::Event]),
        ("error ", &[Kind::Code]),
        ("hresult ", &[Kind::Code]),
        ("switches.", &[Kind::Switch]),
    ];
    let matching = PREFIXES.iter().find_map(|(prefix, kinds)| {
        let head = asked.get(..prefix.len())?;
        let rest = asked.get(prefix.len()..)?;
        // `hresult` and `fault ...` alone are words.
        (head.eq_ignore_ascii_case(prefix) && !rest.trim().is_empty()).then(|| (Some(*kinds), rest.trim()))
    });
    matching.unwrap_or((None, asked))
}

/// The names that a text may mean.
fn readings(text: &str) -> Vec<String> {
    let mut names = vec![text.to_owned()];
    let hex = |value: u32| format!("0x{value:08X}");
    names.extend(hexadecimal(text).or_else(|| decimal(text)).map(hex));
    names
}

/// The severity bit and facility 7 of an HRESULT that carries a Win32 code ([MS-ERREF] 2.1.1).
const FACILITY_WIN32: u32 = 0x8007_0000;

/// A code in decimal, as scripts and management tools show it: -2147015893, 2147951403, or a Win32 code such as 9003.
fn decimal(text: &str) -> Option<u32> {
    let number = text.parse::<i64>().ok()?;
    match u16::try_from(number) {
        Ok(small) => (small > 0).then_some(FACILITY_WIN32 | u32::from(small)),
        Err(_) => i32::try_from(number).map(i32::cast_unsigned).or_else(|_| u32::try_from(number)).ok(),
    }
}

/// An HRESULT in hexadecimal, with or without 0x.
fn hexadecimal(text: &str) -> Option<u32> {
    let bare = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    let digits = bare.unwrap_or(text);
    let length = if bare.is_some() { 1..=8 } else { 8..=8 };
    let fits = length.contains(&digits.len()) && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    if fits { u32::from_str_radix(digits, 16).ok() } else { None }
}

/// Whether two names differ at most in case and in what joins their words.
fn same(left: &str, right: &str) -> bool {
    let plain = |text: &str| text.to_ascii_lowercase().replace([' ', '_'], "-");
    plain(left) == plain(right)
}

fn not_found<'a>(candidates: impl Iterator<Item = &'a Page>, word: &str) -> NotFound {
    let words: Vec<&str> = candidates.flat_map(Page::words).collect();
    let code = hexadecimal(word).or_else(|| decimal(word)).filter(|code| code >> 31 == 1);
    let parts = code.map(|code| {
        let facility = code >> 16 & 0x7FF;
        let number = code & 0xFFFF;
        let carried =
            if code & 0xFFFF_0000 == FACILITY_WIN32 { "Win32".to_owned() } else { format!("facility {facility},") };
        format!(" (0x{code:08X}: {carried} code {number})")
    });
    let message = format!("there is no page for `{}`{}", word.escape_debug(), parts.unwrap_or_default());
    let written = code.map_or_else(|| word.to_owned(), |code| format!("0x{code:08X}"));
    let hint = notation::problem::nearest(&written, &words).map_or_else(
        || "`kmslab explain` lists all words".to_owned(),
        |near| format!("did you mean `{near}`? `kmslab explain` lists all words"),
    );
    NotFound { message, hint }
}
