//! The house's rules that no compiler checks: what each file opens with, how it is called, how long it may be, what may use
//! what, and that documents name only what exists.
//!
//! It reads this workspace's own files and judges their text; it runs nothing and knows nothing of DNS or KMS. Each rule is a
//! test of its own, and its message says what to do. In reading order: [`workspace`] (which files there are), [`rust_text`]
//! (Rust source without comments and strings, and the paths in it), then the rules with tables: [`edges`], [`drivers`],
//! [`documents`], [`words`].

#[path = "tidy/documents.rs"]
mod documents;
#[path = "tidy/drivers.rs"]
mod drivers;
#[path = "tidy/edges.rs"]
mod edges;
#[path = "tidy/rust_text.rs"]
mod rust_text;
#[path = "tidy/words.rs"]
mod words;
#[path = "tidy/workspace.rs"]
mod workspace;

use workspace::{SourceFile, rust_files};

/// Longest production part of a file: beyond it a file has a second reason to exist.
const PRODUCTION_LINES_MAX: usize = 400;

/// File names that say nothing, and therefore only grow.
const NAMES_WITHOUT_MEANING: [&str; 7] = ["common", "helpers", "imp", "misc", "mod", "types", "utils"];

/// Fails with every complaint and what to do about them.
#[track_caller]
fn judge(complaints: &[String], remedy: &str) {
    assert!(complaints.is_empty(), "\n  {}\n\n{remedy}\n", complaints.join("\n  "));
}

/// The paths of the files for which `wrong` has something to say, with what it says.
fn complaints(files: &[SourceFile], wrong: impl Fn(&SourceFile) -> Option<String>) -> Vec<String> {
    files.iter().filter_map(|file| wrong(file).map(|said| format!("{}: {said}", file.path))).collect()
}

#[test]
fn every_file_opens_with_a_module_doc() {
    let wrong = complaints(&rust_files(), |file| {
        let first = file.text.lines().find(|line| !line.trim().is_empty() && !line.starts_with("#!"));
        (!first.unwrap_or_default().starts_with("//!")).then(|| "no module doc".to_owned())
    });
    judge(&wrong, "Begin the file with `//!`: what it is for, why it stands apart, what it does not do.");
}

#[test]
fn names_have_a_meaning() {
    let wrong = complaints(&rust_files(), |file| {
        let name = file.path.rsplit('/').next().unwrap_or_default().trim_end_matches(".rs");
        NAMES_WITHOUT_MEANING.contains(&name).then(|| format!("`{name}` says nothing"))
    });
    judge(&wrong, "Name the file after the one thing it holds; a module with parts is `foo.rs` beside `foo/`.");
}

#[test]
fn no_production_file_is_too_long() {
    let wrong = complaints(&rust_files(), |file| {
        let lines = file.production().lines().count();
        (!file.is_test() && lines > PRODUCTION_LINES_MAX).then(|| format!("{lines} lines before its tests"))
    });
    judge(&wrong, &format!("At most {PRODUCTION_LINES_MAX} lines: split it where its second reason to exist begins."));
}

#[test]
fn nothing_is_ignored() {
    let attribute = concat!("#[", "ignore");
    let block = concat!("```", "ignore");
    let wrong = complaints(&rust_files(), |file| {
        let found = [attribute, block].into_iter().find(|word| file.text.contains(word))?;
        Some(format!("`{found}`"))
    });
    judge(&wrong, "Nobody runs what is ignored: assert today's behaviour instead; `no_run` at worst for an example.");
}
