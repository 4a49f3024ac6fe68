//! DRIVER: what the command line reads from the machine: folders of scenarios, the terminal, the output file.
#![expect(clippy::disallowed_types, reason = "driver: reads folders, opens the output file, looks at the terminal")]

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use notation::{Format, Problems, Tree};

use crate::cli::Sources;
use crate::error::CommandError;
use crate::network::stage::NetworkKind;
use crate::scenario::load::load;
use crate::scenario::{Library, Scenario, catalogue};

/// A word of a closed list, for a flag.
///
/// # Errors
/// The sentence of the list, with the nearest word.
pub fn word<T: Format>(text: &str) -> Result<T, String> {
    let mut problems = Problems::default();
    let value = T::read(&Tree::text(text), &mut problems);
    value.ok_or_else(|| {
        let problem = problems.in_order().into_iter().next();
        problem.map_or_else(String::new, |problem| {
            let hint = problem.hint.map(|hint| format!("; {hint}")).unwrap_or_default();
            format!("{}{hint}", problem.reason)
        })
    })
}

/// `I/N` with 1 <= I <= N.
///
/// # Errors
/// A sentence that says so.
pub fn shard(text: &str) -> Result<(usize, usize), String> {
    let parts = text.split_once('/').and_then(|(part, parts)| Some((part.parse().ok()?, parts.parse().ok()?)));
    parts
        .filter(|(part, parts)| (1..=*parts).contains(part))
        .ok_or_else(|| "expected I/N with I from 1 to N, e.g. 2/4".to_owned())
}

/// The catalogue, with the folders that were given.
///
/// # Errors
/// A folder or file that cannot be read.
pub fn library(sources: &Sources) -> Result<Library, CommandError> {
    let mut library = catalogue::embedded();
    for folder in &sources.scenarios {
        catalogue::add_folder(&mut library, folder).map_err(|refusal| CommandError::Refused(vec![refusal]))?;
    }
    Ok(library)
}

/// Every scenario, sorted by name.
///
/// # Errors
/// All files that are refused.
pub fn load_all(sources: &Sources) -> Result<Vec<Scenario>, CommandError> {
    let library = library(sources)?;
    let mut scenarios = Vec::new();
    let mut refusals = Vec::new();
    for name in library.scenario_names() {
        match load(&library, name) {
            Ok(scenario) => scenarios.push(scenario),
            Err(refusal) => refusals.push(refusal),
        }
    }
    if refusals.is_empty() { Ok(scenarios) } else { Err(CommandError::Refused(refusals)) }
}

/// What standard output is.
#[derive(Clone, Copy, Debug)]
pub struct Terminal {
    /// Whether colours are wanted there: NO_COLOR, CLICOLOR and the terminal decide.
    pub coloured: bool,
}

/// Looks at standard output.
#[must_use]
pub fn terminal() -> Terminal {
    let choice = anstream::AutoStream::choice(&io::stdout());
    Terminal { coloured: choice != anstream::ColorChoice::Never }
}

/// How many scenarios run at once when nobody says: all cores, but one where nothing ever waits.
#[must_use]
pub fn default_jobs(network: &NetworkKind) -> usize {
    match network {
        // A scenario takes microseconds here: a thread costs more than it brings.
        NetworkKind::Simulated => 1,
        // Here nearly all of the time is waiting, whatever the number of cores.
        NetworkKind::Loopback => 16,
    }
}

/// A report file that appears whole or not at all.
#[derive(Debug)]
pub struct OutputFile {
    file: BufWriter<File>,
    partial: PathBuf,
    path: PathBuf,
    kept: bool,
}

/// Opens the file of `--output`, if one is given.
///
/// # Errors
/// When it cannot be made.
pub fn output_file(path: Option<&Path>) -> Result<Option<OutputFile>, CommandError> {
    let Some(path) = path else { return Ok(None) };
    let mut partial = path.as_os_str().to_owned();
    partial.push(format!(".{}.part", std::process::id()));
    let partial = PathBuf::from(partial);
    let file = File::create_new(&partial).map_err(CommandError::Output)?;
    Ok(Some(OutputFile { file: BufWriter::new(file), partial, path: path.to_owned(), kept: false }))
}

impl OutputFile {
    /// Gives the file its name, now that it is whole.
    ///
    /// # Errors
    /// When it cannot be written or renamed.
    pub fn keep(mut self) -> Result<(), CommandError> {
        self.file.flush().and_then(|()| std::fs::rename(&self.partial, &self.path)).map_err(CommandError::Output)?;
        self.kept = true;
        Ok(())
    }
}

impl Write for OutputFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for OutputFile {
    fn drop(&mut self) {
        if !self.kept {
            // Half a report is worse than none; if it cannot be removed, its name says what it is.
            std::fs::remove_file(&self.partial).ok();
        }
    }
}
