//! DRIVER: the scenarios that travel in the binary, and folders and files that add to them or replace them.
//!
//! Only regular files below the given folder are read, never more than the allowed size, and links that lead out are refused.
#![expect(clippy::disallowed_types, clippy::disallowed_methods, reason = "driver: reads scenario files")]

use std::fs::File;
use std::io::Read;
use std::path::Path;

use notation::{Problem, Span};

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
    // Each folder with its path as messages show it: below the one that was given, as it was given.
    let mut pending = vec![(root.clone(), folder.to_owned(), 0)];
    let mut count = 0;
    while let Some((current, shown_as, depth)) = pending.pop() {
        let cannot = |error: std::io::Error| {
            let message = format!("this folder cannot be read: {error}");
            Refusal::whole(&shown_as.display().to_string(), message, "check its path")
        };
        for entry in std::fs::read_dir(&current).map_err(cannot)? {
            let entry = entry.map_err(cannot)?;
            let path = entry.path();
            let shown_path = shown_as.join(entry.file_name());
            let Some(name) = name_of(&path, &root) else {
                let message = "the name of this file is no UTF-8".to_owned();
                return Err(Refusal::whole(&shown_path.display().to_string(), message, "rename it"));
            };
            // Links to folders are not followed: they can lead round in a circle.
            let is_folder = entry.file_type().map_err(cannot)?.is_dir();
            if is_folder && depth < DEPTH_MAX && name != "invalid" {
                pending.push((path, shown_path, depth + 1));
            } else if !is_folder && path.extension().is_some_and(|extension| extension == "toml") {
                count += 1;
                if count > FILES_MAX {
                    let message = format!("this folder holds more than {FILES_MAX} files");
                    return Err(Refusal::whole(&shown, message, "is it the right one?"));
                }
                library.insert(name, read_within(&path, &shown_path, &root)?);
            }
        }
    }
    Ok(())
}

/// The name of a scenario: its path below the folder of all, without the ending.
fn name_of(path: &Path, root: &Path) -> Option<String> {
    let relative = path.strip_prefix(root).unwrap_or(path).with_extension("");
    relative.to_str().map(|name| name.replace('\\', "/"))
}

/// Reads a file that must lie below `root`, wherever links lead.
fn read_within(path: &Path, shown: &Path, root: &Path) -> Result<FileText, Refusal> {
    let shown = shown.display().to_string();
    match path.canonicalize() {
        Ok(real) if real.starts_with(root) => read_as(path, &shown),
        Ok(_) => {
            let message = "this file leads out of its folder".to_owned();
            Err(Refusal::whole(&shown, message, "replace the link by the file"))
        }
        Err(error) => Err(Refusal::whole(&shown, format!("this file cannot be read: {error}"), "check the link")),
    }
}

/// Reads one scenario file.
///
/// # Errors
/// It cannot be read, is no regular file, is too large or no UTF-8.
pub fn read(path: &Path) -> Result<FileText, Refusal> {
    read_as(path, &path.display().to_string())
}

fn read_as(path: &Path, shown: &str) -> Result<FileText, Refusal> {
    let refuse = |message: String, hint: &str| Refusal::whole(shown, message, hint);
    let cannot = |error: std::io::Error| refuse(format!("this file cannot be read: {error}"), "check its path");
    // Asked before it is opened: opening a pipe waits for somebody who writes into it.
    if !std::fs::metadata(path).map_err(cannot)?.is_file() {
        return Err(refuse("this is no regular file".to_owned(), "a scenario is a TOML file"));
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(cannot)?;
    file.take(FILE_SIZE_MAX as u64 + 1).read_to_end(&mut bytes).map_err(cannot)?;
    if bytes.len() > FILE_SIZE_MAX {
        let message = format!("this file is larger than {FILE_SIZE_MAX} bytes");
        return Err(refuse(message, "is it a scenario?"));
    }
    let text = String::from_utf8(bytes).map_err(|error| no_utf8(shown, &error))?;
    let file = FileText { path: shown.to_owned(), text: text.into() };
    if file.text.starts_with('\u{feff}') {
        let problem = Problem::refused(Span { start: 0, end: 0 }, "this file begins with a byte order mark");
        return Err(Refusal::new(&file, problem.hint("save it as UTF-8 without one").into()));
    }
    Ok(file)
}

/// The place of the first octets that are no UTF-8, in a text that shows them as replacement characters.
fn no_utf8(shown: &str, error: &std::string::FromUtf8Error) -> Refusal {
    let at = error.utf8_error().valid_up_to();
    let file = FileText { path: shown.to_owned(), text: String::from_utf8_lossy(error.as_bytes()).into() };
    let span = Span { start: at, end: at + char::REPLACEMENT_CHARACTER.len_utf8() };
    let starts = |mark: &[u8]| error.as_bytes().starts_with(mark);
    if starts(b"\xff\xfe") || starts(b"\xfe\xff") {
        return Refusal::whole(shown, "this file is UTF-16".to_owned(), "save it as UTF-8 without a byte order mark");
    }
    let octet = error.as_bytes().get(at).copied().unwrap_or_default();
    let problem = Problem::refused(span, format!("this file is no UTF-8: the octet 0x{octet:02X} has no meaning here"));
    Refusal::new(&file, problem.hint("save it as UTF-8 without a byte order mark").into())
}
