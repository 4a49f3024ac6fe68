//! Words that must not stand in any text file: places of one machine, hosts of package registries, promises without a reason.

use crate::judge;
use crate::workspace::text_files;

/// Cargo writes the registry's host into it by itself.
const NOT_WRITTEN_BY_US: &str = "Cargo.lock";

/// Written in two parts, so that this file does not hold them itself.
const FORBIDDEN: [&str; 10] = [
    concat!("/wo", "rk/"),
    concat!("/ro", "ot/"),
    concat!("/ho", "me/"),
    concat!("/Us", "ers/"),
    concat!("crates.io", "-index"),
    concat!("index.", "crates.io"),
    concat!("static.", "crates.io"),
    concat!("py", "pi.org"),
    concat!("python", "hosted.org"),
    concat!("deb.", "debian.org"),
];

/// Marks of work left undone, each to be followed by its reason: a colon and some words.
const PROMISES: [&str; 3] = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];

/// Fewer words than this are no reason.
const REASON_WORDS_MIN: usize = 4;

#[test]
fn no_file_names_a_machine_or_a_registry() {
    let wrong = lines_with(|line| FORBIDDEN.into_iter().find(|word| names(line, word)).map(str::to_owned));
    judge(
        &wrong,
        "Write paths from the root of the repository or as variables; name packages, not the hosts they come from.",
    );
}

#[test]
fn what_is_left_undone_has_a_reason() {
    let wrong = lines_with(|line| PROMISES.into_iter().find(|word| is_bare_promise(line, word)).map(str::to_owned));
    judge(&wrong, "Do it, or say after a colon what it waits for.");
}

/// A path that begins here, and not the middle of a longer one.
fn names(line: &str, word: &str) -> bool {
    let begins = |at: usize| {
        let before = line.get(..at).and_then(|text| text.chars().next_back());
        !word.starts_with('/') || !before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '}'))
    };
    line.match_indices(word).any(|(at, _)| begins(at))
}

fn is_bare_promise(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let before = line.get(..at).and_then(|text| text.chars().next_back());
        let after = line.get(at + word.len()..).unwrap_or_default();
        let whole =
            !before.is_some_and(char::is_alphanumeric) && !after.starts_with(|c: char| c.is_alphanumeric() || c == '-');
        let reason = after.strip_prefix(':').map_or(0, |reason| reason.split_whitespace().count());
        whole && reason < REASON_WORDS_MIN
    })
}

fn lines_with(wrong: impl Fn(&str) -> Option<String>) -> Vec<String> {
    let mut found = Vec::new();
    for file in text_files().iter().filter(|file| file.path != NOT_WRITTEN_BY_US) {
        for (number, line) in file.text.lines().enumerate() {
            found.extend(wrong(line).map(|word| format!("{}:{}: {word}", file.path, number + 1)));
        }
    }
    found
}

#[test]
fn only_whole_paths_and_bare_promises_are_found() {
    let [machine, promise] = [FORBIDDEN[0], PROMISES[0]];
    assert!(names(&format!("see {machine}main"), machine));
    assert!(!names(&format!("net{machine}main"), machine));
    assert!(!names(&format!("$TMPDIR/x.{machine}"), machine));
    assert!(is_bare_promise(&format!("// {promise} later"), promise));
    assert!(is_bare_promise(&format!("// {promise}: later"), promise));
    assert!(!is_bare_promise(&format!("// {promise}: waits for the next release of hickory"), promise));
    assert!(!is_bare_promise(&format!("a{promise}b"), promise));
}
