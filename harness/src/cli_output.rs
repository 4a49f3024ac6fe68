//! DRIVER: a folder of files that appears whole: made beside its place and renamed, so that an interrupted command leaves nothing that
//! looks finished.
#![expect(clippy::disallowed_methods, reason = "driver: makes a folder and the files in it")]

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use exhibit::write::list::Written;

use crate::error::CommandError;

/// A folder that will be written.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    /// Whether something stands there already that is kept.
    into: bool,
}

/// Sees whether a folder can be made: it must not be there yet, or be empty, unless files in it may be replaced.
///
/// # Errors
/// When it cannot, so that nobody waits in vain.
pub fn folder(path: &Path, force: bool) -> Result<Folder, CommandError> {
    let holds_something = match fs::read_dir(path) {
        Ok(mut entries) => entries.next().is_some(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => false,
        Err(error) => return Err(cannot_write(path, error)),
    };
    if holds_something && !force {
        return Err(CommandError::CannotDo {
            message: format!("{} is there and holds something", path.display()),
            hint: "name a folder that is not there yet, or use --force to replace files in it".to_owned(),
        });
    }
    Ok(Folder { path: path.to_owned(), into: holds_something })
}

impl Folder {
    /// Writes the files, whose names may hold one folder; none of them leads out.
    ///
    /// # Errors
    /// When one cannot be written; then nothing of the folder is left, or each replaced file is either old or new.
    pub fn keep(self, files: &[Written]) -> Result<(), CommandError> {
        let partial = partial(&self.path);
        let made = self.make(&partial, files);
        if made.is_err() {
            // If it cannot be removed either, its name says what it is.
            fs::remove_dir_all(&partial).ok();
        }
        made.map_err(|error| cannot_write(&self.path, error))
    }

    fn make(&self, partial: &Path, files: &[Written]) -> io::Result<()> {
        if let Some(above) = self.path.parent().filter(|above| !above.as_os_str().is_empty()) {
            fs::create_dir_all(above)?;
        }
        fs::create_dir(partial)?;
        for file in files {
            let path = partial.join(&file.name);
            fs::create_dir_all(path.parent().unwrap_or(partial))?;
            fs::write(path, &file.octets)?;
        }
        if !self.into {
            if self.path.is_dir() {
                fs::remove_dir(&self.path)?;
            }
            return fs::rename(partial, &self.path);
        }
        for file in files {
            let place = self.path.join(&file.name);
            fs::create_dir_all(place.parent().unwrap_or(&self.path))?;
            fs::rename(partial.join(&file.name), place)?;
        }
        fs::remove_dir_all(partial)
    }
}

/// Where the folder is made before it gets its name; processes do not disturb each other.
fn partial(target: &Path) -> PathBuf {
    let mut name = target.as_os_str().to_owned();
    // A trailing separator would put it inside.
    while name.to_string_lossy().ends_with(std::path::MAIN_SEPARATOR) && name.len() > 1 {
        name = name.to_string_lossy().trim_end_matches(std::path::MAIN_SEPARATOR).to_owned().into();
    }
    name.push(format!(".{}.part", std::process::id()));
    name.into()
}

fn cannot_write(path: &Path, error: io::Error) -> CommandError {
    CommandError::File { path: path.display().to_string(), error }
}
