//! The prompt: lines in, text out. Words of its own (`look`, `hint`, `answer`) are taken first; everything else is typed at a machine.
//!
//! It opens no stream and keeps no file, so that a piped session, a test and a terminal are the same.

use double::escape::Untrusted;

use super::choice::find;
use super::grade::{Answer, Marks, grade};
use super::session::Session;
use super::text::{Language, Phrase};
use super::ticket::Ticket;
use super::{hint, page};
use crate::bench::BenchError;

/// What a line led to.
#[derive(Clone, Debug, PartialEq)]
pub enum Went {
    /// The prompt goes on.
    On,
    /// The learner leaves; the ticket stays open.
    Quit,
    /// The learner wants the next ticket.
    Next,
    /// An answer was given, and what it is worth.
    Answered(Box<(Answer, Marks)>),
}

/// A learner at a ticket.
#[derive(Debug)]
pub struct Prompt {
    /// The ticket.
    pub ticket: Ticket,
    /// What was typed, and where.
    pub session: Session,
    language: Language,
    heading: String,
    exam: bool,
    /// Hints since something new was looked at: how many, and how much had been typed by then.
    hinted: (usize, usize),
    /// All hints.
    pub hints: u32,
}

impl Prompt {
    /// Opens a ticket under a heading. In an exam there are neither hints nor marks.
    ///
    /// # Errors
    /// What the simulated network cannot show.
    pub fn open(ticket: Ticket, heading: String, language: Language, exam: bool) -> Result<Self, BenchError> {
        let session = Session::open(&ticket, language.clone())?;
        Ok(Self { ticket, session, language, heading, exam, hinted: (0, 0), hints: 0 })
    }

    /// What stands in front of the cursor.
    #[must_use]
    pub fn mark(&self) -> String {
        format!("{}> ", self.session.seat().word())
    }

    /// What is shown when the ticket is opened.
    #[must_use]
    pub fn opening(&self) -> String {
        let page = page::ticket(&self.ticket, &self.heading, &self.language);
        format!("{page}\n{}\n", Phrase::Welcome.say(&self.language, &[]))
    }

    /// Takes a line.
    ///
    /// # Errors
    /// What the simulated network cannot show.
    pub fn line(&mut self, line: &str) -> Result<(String, Went), BenchError> {
        let words: Vec<&str> = line.split_whitespace().collect();
        let say = |phrase: Phrase, fill: &[&str]| phrase.say(&self.language, fill) + "\n";
        let on = |text: String| Ok((text, Went::On));
        match words.as_slice() {
            [] => on(String::new()),
            [word] if word.starts_with('#') => on(String::new()),
            ["quit" | "exit"] => Ok((String::new(), Went::Quit)),
            ["next"] => Ok((String::new(), Went::Next)),
            ["help" | "?", ..] => on(page::help(&self.language)),
            ["look"] => on(page::looks(&self.session, &self.language)),
            ["ticket"] => on(page::ticket(&self.ticket, &self.heading, &self.language)),
            ["hint"] => {
                let text = self.hint();
                on(text + "\n")
            }
            ["at", place] => on(self.sit(place)),
            ["at", role, name] => {
                let known = ["client", "host", "dns", "path"].contains(role);
                on(if known {
                    self.sit(name)
                } else {
                    say(Phrase::NoSuchPlace, &[&Untrusted(role).to_string(), "client, host, dns, path"])
                })
            }
            ["answer"] | ["answer", "?"] => on(page::answers(&self.ticket, &self.language)),
            ["answer", rest @ ..] => match self.read(rest) {
                Ok(answer) => self.answer(answer),
                Err(why) => on(why + "\n"),
            },
            _ => on(self.session.type_line(line).shown),
        }
    }

    /// Marks an answer.
    ///
    /// # Errors
    /// What the simulated network cannot show.
    pub fn answer(&self, answer: Answer) -> Result<(String, Went), BenchError> {
        let marks = grade(&self.ticket, &self.session, &answer)?;
        let text = match () {
            () if self.exam => Phrase::ExamTaken.say(&self.language, &[]) + "\n",
            () if marks.passed() => {
                format!("{}\n{}", page::marks(&marks, &self.language), page::solution(&self.ticket, &self.language))
            }
            () => page::marks(&marks, &self.language),
        };
        Ok((text, Went::Answered(Box::new((answer, marks)))))
    }

    /// Reads `FINDING... [--because N...]`.
    ///
    /// # Errors
    /// A sentence that says what is wrong with it.
    pub fn read(&self, words: &[&str]) -> Result<Answer, String> {
        let say = |phrase: Phrase, fill: &str| phrase.say(&self.language, &[&Untrusted(fill).to_string()]);
        let mut answer = Answer::default();
        let mut because = false;
        for word in words.iter().flat_map(|word| word.split(',')).filter(|word| !word.is_empty()) {
            if word == "--because" || word == "because" {
                because = true;
            } else if because {
                let number = word.trim_start_matches('#').parse().ok();
                let number = number.filter(|number| self.session.evidence(*number).is_some());
                answer.because.push(number.ok_or_else(|| say(Phrase::NoSuchEvidence, word))?);
            } else {
                let entry = find(&self.ticket, word).ok_or_else(|| say(Phrase::NoSuchFinding, word))?;
                answer.findings.push(entry.id.to_owned());
            }
        }
        if answer.findings.is_empty() { Err(say(Phrase::AnswerUsage, "")) } else { Ok(answer) }
    }

    fn sit(&mut self, place: &str) -> String {
        let phrase = match self.session.sit(place) {
            Ok(()) => Phrase::SittingAt.say(&self.language, &[self.session.seat().word()]),
            Err(why) => why,
        };
        phrase + "\n"
    }

    fn hint(&mut self) -> String {
        if self.exam {
            return Phrase::NoHintInExam.say(&self.language, &[]);
        }
        let typed = self.session.entries().len();
        if self.hinted.1 != typed {
            self.hinted = (0, typed);
        }
        let text = hint::hint(&self.ticket, &self.session, self.hinted.0, &self.language);
        self.hinted.0 += 1;
        self.hints = self.hints.saturating_add(1);
        text
    }
}
