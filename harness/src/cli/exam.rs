//! `kmslab learn --exam` and `kmslab learn --class`: tickets of one seed without hints and marks, a result file, and what becomes of the
//! files of a class.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use super::learn::{LearnArgs, cannot_play, next, put};
use crate::cli_input;
use crate::error::{CommandError, ExitCode};
use crate::learn::class::{Class, Row, Set, page};
use crate::learn::exam::{Exam, Sat, TICKETS_MAX};
use crate::learn::generate::make;
use crate::learn::paper::Paper;
use crate::learn::prompt::{Prompt, Went};
use crate::learn::text::Phrase;
use crate::scenario::catalogue::embedded;

/// How many tickets an exam has when nobody says it: an hour for somebody who needs ten minutes a ticket.
const TICKETS: u32 = 5;

/// What an exam is told.
#[derive(Debug, Args)]
pub struct ExamArgs {
    /// An exam: tickets of --seed, one after the other, without hints and marks; the result goes to --output
    #[arg(long, requires = "seed", requires = "output", conflicts_with = "what")]
    pub(super) exam: bool,
    /// How many tickets the exam has [default: 5]; with --class, another number does not count
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=i64::from(TICKETS_MAX)))]
    tickets: Option<u32>,
    /// Who sits the exam
    #[arg(long, default_value = "", value_name = "NAME", hide_default_value = true)]
    name: String,
    /// The file for the result of an exam; it is tamper-evident, not tamper-proof
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Sum up the results of a class: each ticket is played again, and the points compared. With --seed and --tickets another
    /// paper than that one does not count
    #[arg(long, value_name = "FILE", num_args = 1.., conflicts_with_all = ["exam", "what"])]
    pub(super) class: Vec<PathBuf>,
    /// The format of a class's results
    #[arg(long, default_value = "human", value_parser = cli_input::words::<Format>(Format::WORDS))]
    format: Format,
}

notation::choice! {
    /// A format of a class's results.
    pub enum Format("format of a class's results") {
        /// A table, for a terminal.
        "human" => Human,
        /// One HTML page, which needs nothing besides.
        "html" => Html,
    }
}

/// Sits an exam to its end; the result file appears whole when it is over.
///
/// # Errors
/// A ticket that cannot be played, a file that cannot be written.
pub fn sit(args: &LearnArgs, out: &mut dyn Write, err: &mut dyn Write) -> Result<ExitCode, CommandError> {
    let (exam, language) = (&args.exam, &args.kept.lang);
    let seed = args.seed.unwrap_or_default();
    let Some(output) = &exam.output else { return Ok(ExitCode::Usage) };
    // Nobody shall sit an exam in vain.
    drop(cli_input::output_file(Some(output))?);
    let library = embedded();
    let tickets = exam.tickets.unwrap_or(TICKETS);
    let paper = Paper::of(&library, seed, tickets);
    let mut result = Exam { name: exam.name.clone(), language: language.clone(), paper, sat: Vec::new() };
    put(out, &format!("{}\n\n", Phrase::ExamName.say(language, &[&seed.to_string()])))?;
    let mut over = false;
    for number in 1..=tickets {
        let mut sat = Sat { number, ..Sat::default() };
        if !over {
            let made = make(&library, seed, number).map_err(|refusal| CommandError::Refused(vec![refusal]))?;
            let heading = Phrase::ExamHeading.say(language, &[&number.to_string(), &tickets.to_string()]);
            let heading = format!("{heading}, {}", Phrase::Difficulty.say(language, &[&made.difficulty.to_string()]));
            let opened = Prompt::open(made.ticket, heading, language.clone(), true);
            let mut prompt = opened.map_err(|error| cannot_play(&error))?;
            over = ticket(&mut prompt, &mut sat, args, out, err)?;
        }
        result.sat.push(sat);
    }
    cli_input::write_whole(output, &result.text())?;
    let answered = result.sat.iter().filter(|sat| sat.answer.is_some()).count();
    put(out, &(Phrase::ExamOver.say(language, &[&answered.to_string(), &tickets.to_string()]) + "\n"))?;
    Ok(ExitCode::AsExpected)
}

/// One ticket; the last answer counts. True when the learner leaves the exam.
fn ticket(
    prompt: &mut Prompt,
    sat: &mut Sat,
    args: &LearnArgs,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<bool, CommandError> {
    put(out, &format!("{}{}\n\n", prompt.opening(), Phrase::NextTicket.say(&args.kept.lang, &[])))?;
    loop {
        let Some(line) = next(prompt, out, err)? else { return Ok(true) };
        let (text, went) = prompt.line(&line).map_err(|error| cannot_play(&error))?;
        put(out, &text)?;
        match went {
            Went::On => {}
            Went::Next => return Ok(false),
            Went::Quit => return Ok(true),
            Went::Answered(answered) => {
                let (answer, marks) = *answered;
                // What is typed afterwards is no part of what was answered.
                sat.lines = prompt.session.lines().collect();
                sat.points = marks.points();
                sat.answer = Some(answer);
            }
        }
    }
}

/// Sums up a class. It ends with 1 when a file does not count.
///
/// # Errors
/// A file that cannot be read.
pub fn class(args: &LearnArgs, out: &mut dyn Write) -> Result<ExitCode, CommandError> {
    let library = embedded();
    let (language, seed) = (&args.kept.lang, args.seed);
    let args = &args.exam;
    let set = Set { seed, tickets: args.tickets };
    let mut rows = Vec::new();
    for path in &args.class {
        let shown = path.display().to_string();
        let file = cli_input::read_if_there(path)?.ok_or_else(|| CommandError::Usage {
            message: format!("there is no file {}", shown.escape_debug()),
            hint: "name the result files of the class".to_owned(),
        })?;
        rows.push(Row::of(&shown, &file.text, &set, &library));
    }
    let class = Class::of(rows, &library);
    let page = match args.format {
        Format::Human => page::table(&class, language),
        Format::Html => page::html(&class, language),
    };
    put(out, &page)?;
    Ok(if class.refused.is_empty() { ExitCode::AsExpected } else { ExitCode::Differs })
}
