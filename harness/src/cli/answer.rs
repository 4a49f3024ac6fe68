//! `kmslab answer`: an answer to the ticket that is open in the progress file, as at the prompt.

use std::io::Write;

use clap::Args;

use super::learn::{Kept, cannot_play, course, keep, open, put};
use crate::error::{CommandError, ExitCode};
use crate::learn::page;
use crate::learn::prompt::Went;
use crate::learn::text::Phrase;
use crate::scenario::catalogue::embedded;

/// What `answer` is told.
#[derive(Debug, Args)]
pub struct AnswerArgs {
    /// The finding that is the cause, by its id or number; several, if there are several causes; `?` lists what can be answered
    #[arg(value_name = "FINDING", required = true)]
    findings: Vec<String>,
    /// Numbers of evidence, as `look` lists them at the prompt
    #[arg(long, value_name = "N", num_args = 1..)]
    because: Vec<String>,
    #[command(flatten)]
    kept: Kept,
}

/// Judges an answer.
///
/// # Errors
/// No open ticket, a finding or number that does not exist.
pub fn answer(args: &AnswerArgs, out: &mut dyn Write) -> Result<ExitCode, CommandError> {
    let (path, mut progress) = args.kept.read()?;
    let language = &args.kept.lang;
    let usage = |message: String, hint: String| CommandError::Usage { message, hint };
    let Some(ticket) = progress.open.take() else {
        return Err(usage(Phrase::NoTicketOpen.say(language, &[]), Phrase::OpenOne.say(language, &[])));
    };
    let mut prompt = open(&course()?, &embedded(), &ticket.which, language)?;
    prompt.hints = ticket.hints;
    prompt.session.type_all(ticket.lines.iter().map(String::as_str));
    if args.findings == ["?"] {
        put(out, &page::answers(&prompt.ticket, language))?;
        put(out, &page::looks(&prompt.session, language))?;
        return Ok(ExitCode::AsExpected);
    }
    let mut words: Vec<&str> = args.findings.iter().map(String::as_str).collect();
    words.push("--because");
    words.extend(args.because.iter().map(String::as_str));
    let answer = prompt.read(&words).map_err(|why| usage(why, Phrase::AnswerUsage.say(language, &[])))?;
    let (text, went) = prompt.answer(answer).map_err(|error| cannot_play(&error))?;
    put(out, &text)?;
    let Went::Answered(answered) = went else { return Ok(ExitCode::Differs) };
    let marks = &answered.1;
    progress.answered(&ticket.which, marks.points(), marks.passed(), prompt.hints);
    if !marks.passed() {
        progress.open = Some(crate::learn::progress::Open { tries: ticket.tries + 1, ..ticket });
    }
    keep(&path, &progress)?;
    Ok(if marks.passed() { ExitCode::AsExpected } else { ExitCode::Differs })
}
