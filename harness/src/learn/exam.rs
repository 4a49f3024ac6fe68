//! The result of an exam: what was typed and answered for each ticket of a paper, sealed, and how a teacher's copy verifies it.
//!
//! Two things are verified. The seal is a chain of HMAC-SHA-256 with a key that stands here for everybody to read: it shows that a file
//! was changed by accident or by a careless hand, and nobody should take it for more. What counts is that the tickets are made again from
//! the seed, the lines typed again, and the answers judged again: points that do not come out so are not points. What no file can show is
//! who typed it, and how often before.

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use super::generate::make;
use super::grade::{Answer, grade};
use super::paper::Paper;
use super::session::{LINES_MAX, Session};
use super::text::{Language, Phrase};
use crate::scenario::Library;

/// The key of the seal. It is public, and says so.
const KEY: &[u8] = b"kmslab laboratory exam seal: public, tamper-evident and not tamper-proof";

/// The version of the result file.
pub const VERSION: u64 = 1;

/// Most tickets of an exam.
pub const TICKETS_MAX: u32 = 50;

/// One ticket of an exam.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sat {
    /// Its number, counted from 1.
    pub number: u32,
    /// What was typed, each line with its place.
    pub lines: Vec<String>,
    /// The answer, if one was given.
    pub answer: Option<Answer>,
    /// What it was worth.
    pub points: u32,
}

/// An exam that somebody sat.
#[derive(Clone, Debug, PartialEq)]
pub struct Exam {
    /// Who sat it, in their own words.
    pub name: String,
    /// The language in which the machines spoke.
    pub language: Language,
    /// Which tickets it has.
    pub paper: Paper,
    /// What became of each, in their order.
    pub sat: Vec<Sat>,
}

/// Why a result file is not believed, or not counted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.said(&Language::En))]
pub enum NotBelieved {
    /// It is no result file.
    NotAResult(String),
    /// The seal does not fit.
    Seal,
    /// Its tickets are made from other lessons or scenarios than those of this program.
    OtherTickets,
    /// It is not the paper that was set.
    OtherPaper {
        /// Its seed.
        seed: u64,
        /// How many tickets it has.
        tickets: u32,
    },
    /// A ticket does not stand at its place: one is missing, or there more than once.
    Place {
        /// The place, counted from 1.
        place: u32,
    },
    /// The points do not come out again.
    Points {
        /// The ticket.
        number: u32,
        /// What the file says.
        claimed: u32,
        /// What comes out.
        found: u32,
    },
}

impl NotBelieved {
    /// The reason in a language.
    #[must_use]
    pub fn said(&self, language: &Language) -> String {
        match self {
            Self::NotAResult(what) => Phrase::NotAResult.say(language, &[what]),
            Self::Seal => Phrase::SealBroken.say(language, &[]),
            Self::OtherTickets => Phrase::OtherTickets.say(language, &[]),
            Self::OtherPaper { seed, tickets } => {
                Phrase::OtherPaper.say(language, &[&seed.to_string(), &tickets.to_string()])
            }
            Self::Place { place } => Phrase::TicketMisplaced.say(language, &[&place.to_string()]),
            Self::Points { number, claimed, found } => {
                Phrase::PointsDiffer.say(language, &[&number.to_string(), &claimed.to_string(), &found.to_string()])
            }
        }
    }
}

impl Exam {
    /// All points of all tickets.
    #[must_use]
    pub fn total(&self) -> u32 {
        self.sat.iter().map(|sat| sat.points).sum()
    }

    /// The file.
    #[must_use]
    pub fn text(&self) -> String {
        let mut chain = seal(&[], &self.head().to_string());
        let mut tickets = Vec::new();
        for sat in &self.sat {
            let mut ticket = sat.json();
            chain = seal(&chain, &ticket.to_string());
            if let Some(table) = ticket.as_object_mut() {
                table.insert("seal".to_owned(), json!(hex(&chain)));
            }
            tickets.push(ticket);
        }
        let mut whole = self.head();
        if let Some(table) = whole.as_object_mut() {
            table.insert("tickets".to_owned(), json!(tickets));
            table.insert("seal".to_owned(), json!(hex(&chain)));
        }
        format!("{whole:#}\n")
    }

    fn head(&self) -> Value {
        let Paper { seed, tickets, made_from } = &self.paper;
        json!({
            "type": "exam-result",
            "version": VERSION,
            "name": self.name,
            "language": self.language.word(),
            "seed": seed,
            "count": tickets,
            "made_from": made_from,
        })
    }

    /// Reads a file and looks at its seal.
    ///
    /// # Errors
    /// Why it is not believed.
    pub fn read(text: &str) -> Result<Self, NotBelieved> {
        let wrong = |what: &str| NotBelieved::NotAResult(what.to_owned());
        let whole: Value = serde_json::from_str(text).map_err(|error| NotBelieved::NotAResult(error.to_string()))?;
        if whole["type"] != "exam-result" || whole["version"] != VERSION {
            return Err(wrong("type or version is another"));
        }
        let text = |key: &str| whole[key].as_str().ok_or_else(|| NotBelieved::NotAResult(format!("it has no `{key}`")));
        let number =
            |key: &str| whole[key].as_u64().ok_or_else(|| NotBelieved::NotAResult(format!("it has no `{key}`")));
        let (name, made_from) = (text("name")?.to_owned(), text("made_from")?.to_owned());
        let language = Language::of_word(text("language")?).ok_or_else(|| wrong("its language is not known"))?;
        let count = u32::try_from(number("count")?).ok().filter(|count| *count <= TICKETS_MAX);
        let count = count.ok_or_else(|| wrong("it has too many tickets"))?;
        let paper = Paper { seed: number("seed")?, tickets: count, made_from };
        let tickets = whole["tickets"].as_array().ok_or_else(|| wrong("it has no tickets"))?;
        if tickets.len() > TICKETS_MAX as usize {
            return Err(wrong("it has too many tickets"));
        }
        let sat = tickets.iter().map(Sat::read).collect::<Option<Vec<_>>>();
        let exam = Self { name, language, paper, sat: sat.ok_or_else(|| wrong("a ticket lacks something"))? };
        let sealed: Value =
            serde_json::from_str(&exam.text()).map_err(|error| NotBelieved::NotAResult(error.to_string()))?;
        if sealed == whole { Ok(exam) } else { Err(NotBelieved::Seal) }
    }

    /// Looks whether it has every ticket of its paper, once and in order, and plays each again.
    ///
    /// # Errors
    /// The first that is missing, or whose points do not come out.
    pub fn verify(&self, library: &Library) -> Result<(), NotBelieved> {
        if self.paper != Paper::of(library, self.paper.seed, self.paper.tickets) {
            return Err(NotBelieved::OtherTickets);
        }
        let numbers: Vec<u32> = self.sat.iter().map(|sat| sat.number).collect();
        let last = numbers.len().max(self.paper.tickets as usize);
        for (place, index) in (1..).zip(0..last) {
            if place > self.paper.tickets || numbers.get(index) != Some(&place) {
                return Err(NotBelieved::Place { place });
            }
        }
        for sat in &self.sat {
            let found = self.played(library, sat).unwrap_or_default();
            if found != sat.points {
                return Err(NotBelieved::Points { number: sat.number, claimed: sat.points, found });
            }
        }
        Ok(())
    }

    /// What a ticket is worth when it is played again; none when it cannot be.
    fn played(&self, library: &Library, sat: &Sat) -> Option<u32> {
        let Some(answer) = &sat.answer else { return Some(0) };
        let ticket = make(library, self.paper.seed, sat.number).ok()?.ticket;
        let mut session = Session::open(&ticket, self.language.clone()).ok()?;
        session.type_all(sat.lines.iter().map(String::as_str));
        grade(&ticket, &session, answer).ok().map(|marks| marks.points())
    }
}

impl Sat {
    fn json(&self) -> Value {
        let answer = self.answer.as_ref();
        json!({
            "number": self.number,
            "lines": self.lines,
            "findings": answer.map(|answer| &answer.findings),
            "because": answer.map(|answer| &answer.because),
            "points": self.points,
        })
    }

    fn read(value: &Value) -> Option<Self> {
        let texts = |value: &Value| value.as_array()?.iter().map(|text| text.as_str().map(str::to_owned)).collect();
        let lines: Vec<String> = texts(&value["lines"])?;
        let findings: Option<Vec<String>> = texts(&value["findings"]);
        let because = value["because"].as_array().map(|numbers| {
            numbers.iter().filter_map(|number| usize::try_from(number.as_u64()?).ok()).collect::<Vec<_>>()
        });
        let answer = findings.zip(because).map(|(findings, because)| Answer { findings, because });
        let number = |key: &str| value[key].as_u64().and_then(|number| u32::try_from(number).ok());
        let fits = lines.len() <= LINES_MAX;
        fits.then_some(Self { number: number("number")?, lines, answer, points: number("points")? })
    }
}

/// The next link of the chain.
fn seal(before: &[u8], text: &str) -> Vec<u8> {
    // A key of any length is taken (RFC 2104 3); the fallback is never needed.
    let Ok(mac) = Hmac::<Sha256>::new_from_slice(KEY) else { return Vec::new() };
    mac.chain_update(before).chain_update(text.as_bytes()).finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::{Exam, NotBelieved, Sat, seal};
    use crate::learn::generate::make;
    use crate::learn::grade::Answer;
    use crate::learn::paper::Paper;
    use crate::learn::session::Session;
    use crate::learn::text::Language;
    use crate::scenario::catalogue::embedded;

    /// Somebody who knows the solution sits the first ticket, and leaves the second.
    fn exam(language: Language) -> Exam {
        let library = embedded();
        let ticket = make(&library, 3, 1).unwrap_or_else(|refusal| panic!("{refusal}")).ticket;
        let lesson = &ticket.named.lesson;
        let mut session = Session::open(&ticket, language.clone()).expect("it can be played");
        session.type_all(lesson.look.iter().chain(&lesson.fix).map(String::as_str));
        let because = session.entries().iter().filter_map(|entry| entry.number).collect();
        let findings = lesson.causes.iter().map(|cause| cause.value.clone()).collect();
        let sat = Sat {
            number: 1,
            lines: session.lines().collect(),
            answer: Some(Answer { findings, because }),
            points: 100,
        };
        let paper = Paper::of(&library, 3, 2);
        Exam { name: "김 하나".to_owned(), language, paper, sat: vec![sat, Sat { number: 2, ..Sat::default() }] }
    }

    #[test]
    fn a_result_is_read_back_and_believed() {
        for language in Language::ALL {
            let exam = exam(language);
            let back = Exam::read(&exam.text()).expect("it is sealed");
            assert_eq!(back, exam);
            assert_eq!(back.verify(&embedded()), Ok(()));
            assert_eq!(back.total(), 100);
        }
    }

    #[test]
    fn a_changed_result_is_not() {
        let text = exam(Language::En).text();
        let check = |from: &str, to: &str| {
            let changed = text.replacen(from, to, 1);
            assert_ne!(changed, text, "{from}");
            assert_eq!(Exam::read(&changed), Err(NotBelieved::Seal), "{from}");
        };
        check("\"points\": 0", "\"points\": 90");
        check("\"name\": \"김", "\"name\": \"이");
        check("\"seed\": 3", "\"seed\": 4");
        check("\"count\": 2", "\"count\": 1");
        check("\"language\": \"en\"", "\"language\": \"ko\"");
        check("\"lines\": []", "\"lines\": [\"client> ipconfig\"]");
        check("\"number\": 2", "\"number\": 1");
        check("\"points\": 0", "\"points\": 0, \"more\": 1");
        for text in ["{}", "no json", "[]", r#"{"type": "exam-result", "version": 1, "tickets": 7}"#] {
            assert!(matches!(Exam::read(text), Err(NotBelieved::NotAResult(_))), "{text}");
        }
    }

    /// Whoever makes a new seal still has to play every ticket of the paper.
    #[track_caller]
    fn check_forged(forge: impl FnOnce(&mut Exam), expected: NotBelieved) {
        let mut exam = exam(Language::En);
        forge(&mut exam);
        let forged = Exam::read(&exam.text()).expect("the seal is public");
        assert_eq!(forged.verify(&embedded()), Err(expected));
    }

    #[test]
    fn a_result_that_is_sealed_anew_is_played_again() {
        check_forged(|exam| exam.sat[1].points = 90, NotBelieved::Points { number: 2, claimed: 90, found: 0 });
        check_forged(
            |exam| exam.sat[0].lines.truncate(1),
            NotBelieved::Points { number: 1, claimed: 100, found: points_of_one_look() },
        );
        // The ticket that went well, in the place of another.
        check_forged(|exam| exam.sat[1] = exam.sat[0].clone(), NotBelieved::Place { place: 2 });
        check_forged(|exam| exam.sat.swap(0, 1), NotBelieved::Place { place: 1 });
        check_forged(|exam| drop(exam.sat.pop()), NotBelieved::Place { place: 2 });
        check_forged(|exam| exam.sat.push(Sat { number: 3, ..Sat::default() }), NotBelieved::Place { place: 3 });
        check_forged(|exam| exam.paper.made_from = "0".repeat(16), NotBelieved::OtherTickets);
    }

    /// What the honest answer is worth when everything but the first line is left out.
    fn points_of_one_look() -> u32 {
        let mut exam = exam(Language::En);
        exam.sat[0].lines.truncate(1);
        let found = exam.played(&embedded(), &exam.sat[0]).expect("it can be played");
        assert!(found < 100, "{found}");
        found
    }

    /// HMAC-SHA-256 of RFC 4231 is the library's affair; here the chain depends on all that came before.
    #[test]
    fn each_link_depends_on_the_one_before() {
        assert_eq!(seal(b"", "a").len(), 32);
        assert_ne!(seal(b"", "a"), seal(b"x", "a"));
    }
}
