//! Which files the workspace has. It reads what a clone would hold, and not what a build leaves behind.
#![expect(clippy::disallowed_methods, reason = "test: reads the workspace's own files")]

use std::fs;
use std::path::{Path, PathBuf};

use crate::rust_text;

/// Folders that no clone has, or that are not ours.
const NOT_OURS: [&str; 2] = [".git", "target"];

/// A text file of the workspace.
pub(crate) struct SourceFile {
    /// Its path from the root, with `/`.
    pub(crate) path: String,
    /// What stands in it.
    pub(crate) text: String,
}

impl SourceFile {
    /// Whether the whole file is test code: a target of its own, or the tests of the module beside it.
    pub(crate) fn is_test(&self) -> bool {
        let mut parts: Vec<&str> = self.path.split('/').collect();
        parts.pop() == Some("tests.rs") || parts.iter().any(|part| matches!(*part, "tests" | "benches" | "examples"))
    }

    /// What stands before the tests.
    pub(crate) fn production(&self) -> &str {
        rust_text::before_tests(&self.text)
    }
}

/// The folder of the workspace.
pub(crate) fn root() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().expect("the tests stand in a folder of the workspace").to_owned()
}

/// The text of a file, if there is one at this path from the root.
pub(crate) fn read(path: &str) -> Option<String> {
    fs::read_to_string(root().join(path)).ok()
}

/// All Rust files in the order of their paths.
pub(crate) fn rust_files() -> Vec<SourceFile> {
    text_files().into_iter().filter(|file| file.path.ends_with(".rs")).collect()
}

/// All files that are text, in the order of their paths.
pub(crate) fn text_files() -> Vec<SourceFile> {
    let mut files = Vec::new();
    collect(&root(), "", &mut files);
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

fn collect(folder: &Path, prefix: &str, files: &mut Vec<SourceFile>) {
    for entry in fs::read_dir(folder).expect("a folder that was listed just now") {
        let entry = entry.expect("an entry of a folder");
        let name = entry.file_name().into_string().expect("names of files are UTF-8");
        let path = format!("{prefix}{name}");
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            if !NOT_OURS.contains(&name.as_str()) {
                collect(&entry.path(), &format!("{path}/"), files);
            }
        } else if let Ok(text) = fs::read_to_string(entry.path()) {
            files.push(SourceFile { path, text });
        }
    }
}
