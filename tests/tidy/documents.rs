//! Documents rot by naming what is gone: every path that they name must exist.

use crate::judge;
use crate::workspace::{read, root};

/// The documents that name files of this repository.
const DOCUMENTS: [&str; 5] = ["ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md", "README.md", "docs/decisions.md"];

/// Endings by which a word without a `/` is a path too.
const ENDINGS: [&str; 3] = [".md", ".rs", ".toml"];

#[test]
fn documents_name_only_files_that_exist() {
    let mut wrong = Vec::new();
    for document in DOCUMENTS {
        let Some(text) = read(document) else { continue };
        let gone = paths_in(&text).into_iter().filter(|path| !root().join(path).exists());
        wrong.extend(gone.map(|path| format!("{document}: `{path}`")));
    }
    judge(&wrong, "Correct the path, counted from the root of the repository, or do not write it as one.");
}

/// The paths among the words that stand in back-ticks; fenced blocks are examples and do not count.
pub(crate) fn paths_in(text: &str) -> Vec<String> {
    let mut fenced = false;
    let prose = text.lines().filter(|line| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        !fence && !fenced
    });
    // Every second part of a line stands in back-ticks.
    let quoted = prose.flat_map(|line| line.split('`').skip(1).step_by(2));
    quoted.filter(|word| is_path(word)).map(|word| word.trim_end_matches('/').to_owned()).collect()
}

/// Whether a word is meant as a path of this repository: not a network (10.0.0.0/8), an option (/ato), a choice (I/N) or
/// a pattern.
fn is_path(word: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '/' | '_' | '-');
    let begins = word.starts_with(|c: char| c.is_ascii_lowercase() || c == '.')
        || ENDINGS.iter().any(|ending| word.ends_with(ending) && word.starts_with(|c: char| c.is_ascii_uppercase()));
    let shaped = word.contains('/') || ENDINGS.iter().any(|ending| word.len() > ending.len() && word.ends_with(ending));
    begins && shaped && word.chars().all(allowed)
}

/// The text of a section, up to the next heading that is not below it.
pub(crate) fn section<'a>(text: &'a str, title: &str) -> Option<&'a str> {
    let level = |line: &str| line.bytes().take_while(|byte| *byte == b'#').count();
    let mut at = 0;
    let mut start: Option<(usize, usize)> = None;
    for line in text.split_inclusive('\n') {
        match start {
            Some((from, own)) if (1..=own).contains(&level(line)) => return text.get(from..at),
            None if level(line) > 0 && line.trim_start_matches('#').trim() == title => {
                start = Some((at + line.len(), level(line)));
            }
            _ => {}
        }
        at += line.len();
    }
    start.and_then(|(from, _)| text.get(from..))
}

#[test]
fn paths_are_told_from_other_words() {
    let text = "`mock-kms/src/` and `README.md`, `Cargo.toml`, `.ci/run`; not `10.0.0.0/8`, `/ato`, `slmgr /ato`, `I/N`, \
                `scenarios/*.toml`, `.rs`, `x`\n```\n`gone/away.rs`\n```\n`src/a.rs`";
    assert_eq!(paths_in(text), ["mock-kms/src", "README.md", "Cargo.toml", ".ci/run", "src/a.rs"]);
}

#[test]
fn a_section_ends_at_the_next_heading_of_its_level() {
    let text = "# A\n## Drivers\none\n### more\ntwo\n## B\nthree\n";
    assert_eq!(section(text, "Drivers"), Some("one\n### more\ntwo\n"));
    assert_eq!(section(text, "B"), Some("three\n"));
    assert_eq!(section(text, "C"), None);
}
