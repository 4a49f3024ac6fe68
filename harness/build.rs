//! Puts the scenario catalogue and the lessons into the binary: lists of (name, text) made from the files of `scenarios/` and
//! `harness/lessons/`.
//!
//! A list that a person keeps would make adding a scenario touch two files.
#![expect(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "driver: a build script reads files, and stops the build when it cannot"
)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Files that must be refused are test data, not part of the catalogue.
const NOT_IN_THE_CATALOGUE: &str = "invalid";

fn main() {
    embed("../scenarios", "catalogue.rs");
    embed("lessons", "lessons.rs");
}

/// Writes the list of the files below a folder.
fn embed(folder: &str, name: &str) {
    let root = Path::new(&std::env::var("CARGO_MANIFEST_DIR").unwrap()).join(folder).canonicalize().unwrap();
    println!("cargo::rerun-if-changed={}", root.display());
    let mut files = Vec::new();
    collect(&root, &mut files);
    files.sort();
    let mut list = String::from("[\n");
    for file in files {
        let entry = file.strip_prefix(&root).unwrap().with_extension("");
        let entry = entry.to_str().unwrap().replace('\\', "/");
        writeln!(list, "    ({entry:?}, include_str!({:?})),", file.to_str().unwrap()).unwrap();
    }
    list.push_str("]\n");
    let out = PathBuf::from(std::env::var("OUT_DIR").unwrap());
    std::fs::write(out.join(name), list).unwrap();
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    println!("cargo::rerun-if-changed={}", folder.display());
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && path.file_name().is_some_and(|name| name != NOT_IN_THE_CATALOGUE) {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "toml") {
            files.push(path);
        }
    }
}
