//! `kmslab learn`: tickets to be solved at a prompt.
//!
//! The prompt works piped as well as typed: answers go to standard output, the mark in front of the cursor to standard error, and only
//! where somebody types. The end of the input ends it.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;

use super::exam;
use crate::bench::BenchError;
use crate::cli_input;
use crate::error::{CommandError, ExitCode};
use crate::learn::generate::make;
use crate::learn::lesson::{self, Named};
use crate::learn::page;
use crate::learn::progress::{Open, Progress};
use crate::learn::prompt::{Prompt, Went};
use crate::learn::text::{Language, Phrase};
use crate::learn::ticket::Ticket;
use crate::learn::typed::LINE_MAX;
use crate::learn::which::Which;
use crate::scenario::Library;
use crate::scenario::catalogue::embedded;

/// The seed of the networks of lessons: everybody has the same.
const LESSON_SEED: u64 = 1;

/// What `learn` is asked.
#[derive(Debug, Args)]
pub struct LearnArgs {
    /// A lesson by its number or name, or a scenario that a lesson is about; all lessons are listed without it. With --seed the
    /// number of the ticket
    #[arg(value_name = "LESSON|SCENARIO")]
    what: Option<String>,
    /// Tickets without end, made from this seed: the same seed is the same paper for everybody
    #[arg(long, value_name = "N")]
    pub(super) seed: Option<u64>,
    #[command(flatten)]
    pub(super) exam: exam::ExamArgs,
    #[command(flatten)]
    pub(super) kept: Kept,
    /// Begin the ticket anew, although it is open
    #[arg(long)]
    again: bool,
}

/// Where progress is kept, and in which language is spoken.
#[derive(Debug, Args)]
pub struct Kept {
    /// The file in which progress is kept [default: kmslab/progress.toml in your folder for data]
    #[arg(long, value_name = "FILE")]
    progress: Option<PathBuf>,
    /// The language
    #[arg(long, default_value = "en", value_parser = cli_input::words::<Language>(Language::WORDS))]
    pub lang: Language,
}

impl Kept {
    /// The file, and what stands in it.
    ///
    /// # Errors
    /// A file that is refused.
    pub fn read(&self) -> Result<(PathBuf, Progress), CommandError> {
        let path = self.progress.clone().map_or_else(cli_input::progress_path, Ok)?;
        let Some(file) = cli_input::read_if_there(&path)? else { return Ok((path, Progress::default())) };
        let hint = "it stays as it is: mend or move it, or name another one with --progress";
        let progress = Progress::read_file(&file).map_err(|refusal| cli_input::refused_file(&refusal, hint))?;
        Ok((path, progress))
    }
}

/// The lessons.
///
/// # Errors
/// None that the tests let through.
pub fn course() -> Result<Vec<Named>, CommandError> {
    lesson::course().map_err(|refusal| CommandError::Refused(vec![refusal]))
}

/// Lists lessons, or opens a ticket.
///
/// # Errors
/// A lesson that does not exist, a progress file that is refused or cannot be written.
pub fn learn(args: &LearnArgs, out: &mut dyn Write, err: &mut dyn Write) -> Result<ExitCode, CommandError> {
    if !args.exam.class.is_empty() {
        return exam::class(args, out);
    }
    if args.exam.exam {
        return exam::sit(args, out, err);
    }
    let course = course()?;
    let (path, mut progress) = args.kept.read()?;
    let language = &args.kept.lang;
    let which = match (args.seed, &args.what) {
        (Some(seed), what) => Which::Made { seed, number: number(what.as_deref())? },
        (None, Some(what)) => find(&course, what)?,
        (None, None) => {
            put(out, &page::lessons(&course, &progress, language))?;
            return Ok(ExitCode::AsExpected);
        }
    };
    let mut prompt = open(&course, &embedded(), &which, language)?;
    put(out, &prompt.opening())?;
    let resumed = progress.open.take().filter(|open| open.which == which && !args.again);
    let mut tries = resumed.as_ref().map_or(0, |open| open.tries);
    if let Some(open) = resumed {
        prompt.hints = open.hints;
        prompt.session.type_all(open.lines.iter().map(String::as_str));
        put(out, &page::looks(&prompt.session, language))?;
    }
    loop {
        let (text, went) = match next(&prompt, out, err)? {
            Some(line) => prompt.line(&line).map_err(|error| cannot_play(&error))?,
            None => (String::new(), Went::Quit),
        };
        put(out, &text)?;
        let mut over = matches!(went, Went::Quit | Went::Next);
        if let Went::Answered(answered) = went {
            let marks = &answered.1;
            tries += 1;
            progress.answered(&which, marks.points(), marks.passed(), prompt.hints);
            over = marks.passed();
            if over {
                keep(&path, &progress)?;
                break;
            }
        }
        let open = Open { which: which.clone(), lines: prompt.session.lines().collect(), tries, hints: prompt.hints };
        keep(&path, &Progress { open: Some(open), ..progress.clone() })?;
        if over {
            break;
        }
    }
    Ok(ExitCode::AsExpected)
}

/// The next line that the learner types.
pub fn next(prompt: &Prompt, out: &mut dyn Write, err: &mut dyn Write) -> Result<Option<String>, CommandError> {
    out.flush().map_err(CommandError::Output)?;
    if cli_input::is_typed() {
        write!(err, "{}", prompt.mark()).and_then(|()| err.flush()).map_err(CommandError::Output)?;
    }
    cli_input::next_line(LINE_MAX).map_err(|error| CommandError::CannotDo {
        message: format!("standard input cannot be read: {error}"),
        hint: "type, or pipe lines into it".to_owned(),
    })
}

/// Writes the progress file, whole.
pub fn keep(path: &Path, progress: &Progress) -> Result<(), CommandError> {
    cli_input::write_whole(path, &progress.text())
}

pub(super) fn put(out: &mut dyn Write, text: &str) -> Result<(), CommandError> {
    out.write_all(text.as_bytes()).map_err(CommandError::Output)
}

/// What a network that cannot be played is: a bug of the lesson, told as what it is.
pub fn cannot_play(error: &BenchError) -> CommandError {
    CommandError::CannotDo {
        message: format!("this ticket cannot be played: {error}"),
        hint: "please report it".to_owned(),
    }
}

/// Opens a ticket of the course.
pub fn open(course: &[Named], library: &Library, which: &Which, language: &Language) -> Result<Prompt, CommandError> {
    let name = match which {
        Which::Lesson(name) => name,
        Which::Made { seed, number } => {
            let made = make(library, *seed, *number).map_err(|refusal| CommandError::Refused(vec![refusal]))?;
            let heading = Phrase::TicketHeading.say(language, &[&which.to_string()]);
            let heading = format!("{heading}, {}", Phrase::Difficulty.say(language, &[&made.difficulty.to_string()]));
            return Prompt::open(made.ticket, heading, language.clone(), false).map_err(|error| cannot_play(&error));
        }
    };
    let place = course.iter().position(|named| named.name == *name);
    let Some((place, named)) = place.and_then(|place| Some((place, course.get(place)?))) else {
        return Err(no_lesson(course, name));
    };
    let ticket = Ticket::of(named, library, LESSON_SEED).map_err(|refusal| CommandError::Refused(vec![refusal]))?;
    let heading = Phrase::TicketHeading.say(language, &[&(place + 1).to_string()]);
    Prompt::open(ticket, heading, language.clone(), false).map_err(|error| cannot_play(&error))
}

/// The number of a ticket that a seed makes.
fn number(what: Option<&str>) -> Result<u32, CommandError> {
    let number = what.map_or(Some(1), |what| what.parse().ok()).filter(|number| *number > 0);
    number.ok_or_else(|| CommandError::Usage {
        message: format!("`{}` is no number of a ticket", what.unwrap_or_default().escape_debug()),
        hint: "with --seed tickets are counted from 1".to_owned(),
    })
}

/// The ticket of a number, a name or a scenario.
fn find(course: &[Named], what: &str) -> Result<Which, CommandError> {
    let number =
        what.parse::<usize>().ok().and_then(|number| number.checked_sub(1)).and_then(|place| course.get(place));
    let named = number.or_else(|| course.iter().find(|named| named.name == what || *named.lesson.scenario == *what));
    named.map(|named| Which::Lesson(named.name.clone())).ok_or_else(|| no_lesson(course, what))
}

fn no_lesson(course: &[Named], what: &str) -> CommandError {
    let names = course.iter().flat_map(|named| [named.name.as_str(), named.lesson.scenario.value.as_str()]);
    let names: Vec<&str> = names.collect();
    let near = notation::problem::nearest(what, &names);
    let hint = near.map_or_else(
        || format!("lessons have numbers from 1 to {}; `kmslab learn` lists them", course.len()),
        |near| format!("did you mean `{near}`?"),
    );
    CommandError::Usage { message: format!("there is no lesson `{}`", what.escape_debug()), hint }
}
