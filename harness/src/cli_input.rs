//! DRIVER: what the command line reads from the machine: folders of scenarios, the terminal, the output file, a learner's lines and
//! progress.
#![expect(clippy::disallowed_types, reason = "driver: reads folders, opens the output file, looks at the terminal")]

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use notation::{Format, Problems, Tree};

use crate::cli::Sources;
use crate::error::CommandError;
#[cfg(target_os = "linux")]
use crate::lab::{doctor, probe};
use crate::network::stage::NetworkKind;
use crate::scenario::library::FileText;
use crate::scenario::load::load;
use crate::scenario::refusal::Refusal;
use crate::scenario::{Library, Scenario, catalogue};

/// The words of a closed list, for a flag: help shows what each means.
pub fn words<T>(words: &'static [(&'static str, &'static str)]) -> impl TypedValueParser<Value = T>
where
    T: Format + Clone + Send + Sync + 'static,
{
    let shown = words.iter().map(|(word, meaning)| PossibleValue::new(*word).help(meaning.trim()));
    PossibleValuesParser::new(shown).try_map(|text| read(&text))
}

/// A word that stands in the list.
fn read<T: Format>(text: &str) -> Result<T, String> {
    let mut problems = Problems::default();
    let value = T::read(&Tree::text(text), &mut problems);
    value.ok_or_else(|| problems.in_order().first().map(|problem| problem.reason.to_string()).unwrap_or_default())
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

/// Every scenario, sorted by name, and the files that are refused.
///
/// # Errors
/// A folder that cannot be read.
pub fn load_all(sources: &Sources) -> Result<(Vec<Scenario>, Vec<Refusal>), CommandError> {
    let library = library(sources)?;
    let mut scenarios = Vec::new();
    let mut refusals = Vec::new();
    for name in library.scenario_names() {
        match load(&library, name) {
            Ok(scenario) => scenarios.push(scenario),
            Err(refusal) => refusal.tell_once(&mut refusals),
        }
    }
    Ok((scenarios, refusals))
}

/// Largest evidence file in bytes: what the readers look at of a capture, and of a text less.
const EVIDENCE_MAX: u64 = 64 << 20;

/// The bytes of an evidence file, no more of them than are ever looked at.
///
/// # Errors
/// It cannot be read, or is no regular file.
pub fn evidence(path: &Path) -> Result<Vec<u8>, CommandError> {
    let shown = path.display().to_string();
    let refuse = |why: String, hint: &str| CommandError::Usage {
        message: double::escape::Untrusted(&format!("{shown}: {why}")).to_string(),
        hint: hint.to_owned(),
    };
    let cannot = |error: io::Error| refuse(format!("this file cannot be read: {error}"), "check its path");
    // Asked before it is opened: opening a pipe waits for somebody who writes into it.
    if !std::fs::metadata(path).map_err(cannot)?.is_file() {
        return Err(refuse("this is no regular file".to_owned(), "name the files, not their folder"));
    }
    let mut bytes = Vec::new();
    File::open(path).map_err(cannot)?.take(EVIDENCE_MAX).read_to_end(&mut bytes).map_err(cannot)?;
    Ok(bytes)
}

/// What the standard streams are.
#[derive(Clone, Copy, Debug)]
pub struct Terminal {
    /// Whether colours are wanted on standard output: NO_COLOR, CLICOLOR and the terminal decide.
    pub coloured: bool,
    /// Whether standard error is a terminal on which a line can be taken back.
    pub progress: bool,
}

/// Looks at the standard streams.
#[must_use]
pub fn terminal() -> Terminal {
    let choice = anstream::AutoStream::choice(&io::stdout());
    let dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
    Terminal { coloured: choice != anstream::ColorChoice::Never, progress: io::stderr().is_terminal() && !dumb }
}

/// How many scenarios run at once when nobody says: all cores, but one where nothing ever waits.
#[must_use]
pub fn default_jobs(network: &NetworkKind) -> usize {
    match network {
        // A scenario takes microseconds here: a thread costs more than it brings.
        NetworkKind::Simulated => 1,
        // Here nearly all of the time is waiting, whatever the number of cores.
        NetworkKind::Loopback | NetworkKind::Isolated => 16,
    }
}

/// Gets the process what a network needs; it must have one thread only.
///
/// # Errors
/// When the machine does not give it.
pub fn prepare(network: &NetworkKind) -> Result<(), CommandError> {
    match network {
        NetworkKind::Simulated | NetworkKind::Loopback => Ok(()),
        #[cfg(target_os = "linux")]
        NetworkKind::Isolated => {
            let entered = crate::network::isolated::namespace::enter();
            entered.map(|_| ()).map_err(|refused| CommandError::CannotDo {
                message: format!("this machine gives no isolated network: {refused}"),
                hint: how_to_get_isolated(),
            })
        }
        #[cfg(not(target_os = "linux"))]
        NetworkKind::Isolated => Err(CommandError::CannotDo {
            message: "isolated networks are to be had on Linux only".to_owned(),
            hint: "`--network simulated` works here".to_owned(),
        }),
    }
}

/// What to type so that this machine gives isolated networks.
#[cfg(target_os = "linux")]
#[must_use]
pub fn how_to_get_isolated() -> String {
    format!("{} (`kmslab doctor` tells more)", doctor::remedy(&probe::said()))
}

/// Where a learner's progress is kept when nobody says: below the folder for data of the user (XDG Base Directory Specification), or on
/// Windows that for local application data.
///
/// # Errors
/// Where no such folder is known.
pub fn progress_path() -> Result<PathBuf, CommandError> {
    let from = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let data = from("XDG_DATA_HOME").filter(|path| path.is_absolute()).or_else(|| from("LOCALAPPDATA"));
    let data = data.or_else(|| Some(from("HOME")?.join(".local/share")));
    data.map(|data| data.join("kmslab/progress.toml")).ok_or_else(|| CommandError::CannotDo {
        message: "no folder for the progress file is known: neither XDG_DATA_HOME nor HOME is set".to_owned(),
        hint: "name a file: --progress FILE".to_owned(),
    })
}

/// The text of a file that need not be there.
///
/// # Errors
/// It is there and cannot be read, is no regular file, is too large or no UTF-8.
pub fn read_if_there(path: &Path) -> Result<Option<FileText>, CommandError> {
    if !path.try_exists().unwrap_or(true) {
        return Ok(None);
    }
    catalogue::read(path)
        .map(Some)
        .map_err(|refusal| refused_file(&refusal, "the file stays as it is; name another one"))
}

/// A file of the user's that is no scenario was refused.
#[must_use]
pub fn refused_file(refusal: &Refusal, hint: &str) -> CommandError {
    CommandError::CannotDo { message: format!("a file was refused\n{refusal}"), hint: hint.to_owned() }
}

/// Writes a file of the user's: whole or not at all, with the folders above it.
///
/// # Errors
/// When it cannot be written.
pub fn write_whole(path: &Path, text: &str) -> Result<(), CommandError> {
    if let Some(above) = path.parent().filter(|above| !above.as_os_str().is_empty()) {
        std::fs::create_dir_all(above).map_err(|error| cannot_write(path, error))?;
    }
    let Some(mut file) = output_file(Some(path))? else { return Ok(()) };
    file.bytes.extend_from_slice(text.as_bytes());
    file.keep()
}

/// Whether somebody types on standard input.
#[must_use]
pub fn is_typed() -> bool {
    io::stdin().is_terminal()
}

/// The next line of standard input, of at most so many bytes, without its end; none when there is no more.
///
/// # Errors
/// When it cannot be read.
pub fn next_line(longest: usize) -> io::Result<Option<String>> {
    let mut bytes = Vec::new();
    let mut input = io::stdin().lock();
    let read = (&mut input).take(longest as u64 + 1).read_until(b'\n', &mut bytes)?;
    if read == 0 {
        return Ok(None);
    }
    // What is longer is told to be too long; the rest of it is no line of its own.
    if bytes.last() != Some(&b'\n') {
        while bytes.len() > longest
            && input.fill_buf()?.iter().all(|byte| *byte != b'\n')
            && !input.fill_buf()?.is_empty()
        {
            let length = input.fill_buf()?.len();
            input.consume(length);
        }
        if bytes.len() > longest {
            let mut rest = Vec::new();
            (&mut input).take(longest as u64).read_until(b'\n', &mut rest)?;
        }
    }
    let text = String::from_utf8_lossy(&bytes);
    Ok(Some(text.trim_end_matches(['\n', '\r']).trim_start_matches('\u{feff}').to_owned()))
}

/// The shell of the user: SHELL, or the one that every system has.
#[must_use]
pub fn shell() -> std::ffi::OsString {
    std::env::var_os("SHELL").filter(|shell| !shell.is_empty()).unwrap_or_else(|| "/bin/sh".into())
}

/// Makes a file below a folder, and the folders between; what is there already is never touched.
///
/// # Errors
/// When the file cannot be made, or a link between leads out of the folder.
pub fn new_file(folder: &Path, path: &Path, text: &str) -> Result<(), CommandError> {
    let make = || {
        let above = path.parent().unwrap_or(folder);
        std::fs::create_dir_all(above)?;
        if !above.canonicalize()?.starts_with(folder.canonicalize()?) {
            return Err(io::Error::other("a link leads out of the folder"));
        }
        File::create_new(path)?.write_all(text.as_bytes())
    };
    make().map_err(|error| cannot_write(path, error))
}

/// A report file that appears whole or not at all: it is kept in memory until the run is over, so that an interrupted run
/// leaves nothing behind, and an older report stays until there is a new one.
#[derive(Debug)]
pub struct OutputFile {
    bytes: Vec<u8>,
    path: PathBuf,
    place: Place,
}

/// How the file comes to its place.
#[derive(Debug)]
enum Place {
    /// Written beside this path, where links lead to, and renamed.
    Beside(PathBuf),
    /// Written into what is there: a pipe or a device must not be replaced by a file.
    Into,
    /// Written to standard output.
    Standard,
}

/// The word for standard output in the place of a file.
pub const STANDARD_OUTPUT: &str = "-";

/// Sees whether the file of `--output` can be written, if one is given.
///
/// # Errors
/// When it cannot, so that nobody waits for a run in vain; the word for standard output, which is no file.
pub fn output_file(path: Option<&Path>) -> Result<Option<OutputFile>, CommandError> {
    let Some(path) = path else { return Ok(None) };
    if path.as_os_str() == STANDARD_OUTPUT {
        return Err(CommandError::Usage {
            message: format!("`{STANDARD_OUTPUT}` does not mean standard output here"),
            hint: "name a file; one of this name is `./-`".to_owned(),
        });
    }
    let probe = || -> io::Result<Place> {
        match std::fs::metadata(path) {
            Ok(there) if there.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
            Ok(there) if !there.is_file() => Ok(Place::Into),
            there => {
                let target = if there.is_ok() { path.canonicalize()? } else { in_its_folder(path)? };
                drop(File::create_new(partial(&target))?);
                std::fs::remove_file(partial(&target))?;
                Ok(Place::Beside(target))
            }
        }
    };
    match probe() {
        Ok(place) => Ok(Some(OutputFile { bytes: Vec::new(), path: path.to_owned(), place })),
        Err(error) => Err(cannot_write(path, error)),
    }
}

/// A path to which nothing leads yet, with the folder as it is really called: so two ways to write it are seen to be one.
fn in_its_folder(path: &Path) -> io::Result<PathBuf> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    Ok(folder.canonicalize()?.join(name))
}

fn cannot_write(path: &Path, error: io::Error) -> CommandError {
    CommandError::File { path: path.display().to_string(), error }
}

/// Where a file is written before it gets its name; processes do not disturb each other.
fn partial(target: &Path) -> PathBuf {
    let mut name = target.as_os_str().to_owned();
    name.push(format!(".{}.part", std::process::id()));
    name.into()
}

impl OutputFile {
    /// What goes to standard output, once it is whole.
    #[must_use]
    pub fn standard() -> Self {
        Self { bytes: Vec::new(), path: PathBuf::new(), place: Place::Standard }
    }

    /// Whether one of both would take the other's place.
    #[must_use]
    pub fn collides(&self, other: &Self) -> bool {
        match (&self.place, &other.place) {
            (Place::Beside(one), Place::Beside(other)) => one == other,
            (Place::Standard, Place::Standard) => true,
            // A device takes what it is given from anybody.
            (Place::Beside(_) | Place::Into | Place::Standard, _) => false,
        }
    }

    /// Writes it where it belongs, standard output among the places.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep_or_show(self, out: &mut dyn Write) -> Result<(), CommandError> {
        match self.place {
            Place::Standard => out.write_all(&self.bytes).map_err(CommandError::Output),
            Place::Beside(_) | Place::Into => self.keep(),
        }
    }

    /// Writes the file, now that it is whole.
    ///
    /// # Errors
    /// When it cannot be written or renamed; then nothing of it is left.
    pub fn keep(self) -> Result<(), CommandError> {
        let written = match &self.place {
            Place::Standard => io::stdout().write_all(&self.bytes),
            Place::Into => {
                OpenOptions::new().write(true).open(&self.path).and_then(|mut file| file.write_all(&self.bytes))
            }
            Place::Beside(target) => {
                let partial = partial(target);
                let written = File::create_new(&partial)
                    .and_then(|mut file| file.write_all(&self.bytes))
                    .and_then(|()| std::fs::rename(&partial, target));
                if written.is_err() {
                    // If it cannot be removed either, its name says what it is.
                    std::fs::remove_file(&partial).ok();
                }
                written
            }
        };
        written.map_err(|error| cannot_write(&self.path, error))
    }
}

impl Write for OutputFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
