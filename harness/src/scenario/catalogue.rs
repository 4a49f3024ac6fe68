//! DRIVER: the scenarios that travel in the binary, and folders and files that add to them or replace them.
//!
//! Only regular files below the given folder are read, never more than the allowed size, and links that lead out are refused.
#![expect(clippy::disallowed_types, clippy::disallowed_methods, reason = "driver: reads scenario files")]

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::library::{FILE_SIZE_MAX, FileText, Library};
use super::refusal::Refusal;

/// (name, text) of every file below `scenarios/` but the refused ones; made by the build script.
const EMBEDDED: &[(&str, &str)] = &include!(concat!(env!("OUT_DIR"), "/catalogue.rs"));

/// Most files that a folder may hold; more is a mistake in the path.
const FILES_MAX: usize = 10_000;

/// Deepest folder below the given one.
const DEPTH_MAX: usize = 8;

/// The library that travels in the binary.
#[must_use]
pub fn embedded() -> Library {
    let mut library = Library::default();
    for (name, text) in EMBEDDED {
        library.insert(*name, FileText { path: format!("scenarios/{name}.toml"), text: (*text).into() });
    }
    library
}

/// Adds every scenario and base file of a folder; a name that is already there is replaced.
///
/// # Errors
/// The folder or a file in it cannot be read, is too large or no UTF-8.
pub fn add_folder(library: &mut Library, folder: &Path) -> Result<(), Refusal> {
    let shown = folder.display().to_string();
    let root = folder.canonicalize().map_err(|error| {
        Refusal::whole(&shown, format!("this folder cannot be read: {error}"), "--scenarios takes a folder")
    })?;
    let mut pending = vec![(root.clone(), 0)];
    let mut count = 0;
    while let Some((current, depth)) = pending.pop() {
        let cannot = |error: std::io::Error| {
            Refusal::whole(
                &current.display().to_string(),
                format!("this folder cannot be read: {error}"),
                "check its path",
            )
        };
        for entry in std::fs::read_dir(&current).map_err(cannot)? {
            let path = entry.map_err(cannot)?.path();
            let relative = path.strip_prefix(&root).unwrap_or(&path).with_extension("");
            let Some(name) = relative.to_str().map(|name| name.replace('\\', "/")) else { continue };
            if path.is_dir() && depth < DEPTH_MAX && name != "invalid" {
                pending.push((path, depth + 1));
            } else if path.extension().is_some_and(|extension| extension == "toml") {
                count += 1;
                if count > FILES_MAX {
                    let message = format!("this folder holds more than {FILES_MAX} files");
                    return Err(Refusal::whole(&shown, message, "is it the right one?"));
                }
                library.insert(name, read_within(&path, &root)?);
            }
        }
    }
    Ok(())
}

/// Reads a file that must lie below `root`, wherever links lead.
fn read_within(path: &Path, root: &Path) -> Result<FileText, Refusal> {
    let inside = path.canonicalize().is_ok_and(|real| real.starts_with(root));
    if !inside {
        let message = "this file leads out of its folder".to_owned();
        return Err(Refusal::whole(&path.display().to_string(), message, "replace the link by the file"));
    }
    read(path)
}

/// Reads one scenario file.
///
/// # Errors
/// It cannot be read, is no regular file, is too large or no UTF-8.
pub fn read(path: &Path) -> Result<FileText, Refusal> {
    let shown = path.display().to_string();
    let refuse = |message: String, hint: &str| Refusal::whole(&shown, message, hint);
    let cannot = |error: std::io::Error| refuse(format!("this file cannot be read: {error}"), "check its path");
    let file = File::open(path).map_err(cannot)?;
    if !file.metadata().map_err(cannot)?.is_file() {
        return Err(refuse("this is no regular file".to_owned(), "a scenario is a TOML file"));
    }
    let mut bytes = Vec::new();
    file.take(FILE_SIZE_MAX as u64 + 1).read_to_end(&mut bytes).map_err(cannot)?;
    if bytes.len() > FILE_SIZE_MAX {
        let message = format!("this file is larger than {FILE_SIZE_MAX} bytes");
        return Err(refuse(message, "is it a scenario?"));
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
        refuse(
            format!("this file is no UTF-8: byte {at}, in line {line}"),
            "save it as UTF-8 without a byte order mark",
        )
    })?;
    if text.starts_with('\u{feff}') {
        return Err(refuse("this file begins with a byte order mark".to_owned(), "save it as UTF-8 without one"));
    }
    Ok(FileText { path: shown, text: text.into() })
}
