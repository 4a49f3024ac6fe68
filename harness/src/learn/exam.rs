//! The result of an exam: what was typed and answered for each ticket of a seed, sealed, and how a teacher's copy verifies it.
//!
//! Two things are verified. The seal is a chain of HMAC-SHA-256 with a key that stands here for everybody to read: it shows that a file
//! was changed by accident or by a careless hand, and nobody should take it for more. What counts is that the tickets are made again from
//! the seed, the lines typed again, and the answers judged again: points that do not come out so are not points.

use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use super::generate::make;
use super::grade::{Answer, grade};
use super::session::{LINES_MAX, Session};
use super::text::Language;
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exam {
    /// Who sat it, in their own words.
    pub name: String,
    /// The seed of its tickets.
    pub seed: u64,
    /// Its tickets.
    pub sat: Vec<Sat>,
}

/// Why a result file is not believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotBelieved {
    /// It is no result file.
    #[error("it is no result of an exam: {0}")]
    NotAResult(String),
    /// The seal does not fit.
    #[error("its seal does not fit: it was changed after the exam")]
    Seal,
    /// The points do not come out again.
    #[error("ticket {number}: {claimed} points are claimed, {found} come out when it is played again")]
    Points {
        /// The ticket.
        number: u32,
        /// What the file says.
        claimed: u32,
        /// What comes out.
        found: u32,
    },
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
        json!({ "type": "exam-result", "version": VERSION, "name": self.name, "seed": self.seed })
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
        let name = whole["name"].as_str().ok_or_else(|| wrong("it has no name"))?.to_owned();
        let seed = whole["seed"].as_u64().ok_or_else(|| wrong("it has no seed"))?;
        let tickets = whole["tickets"].as_array().ok_or_else(|| wrong("it has no tickets"))?;
        if tickets.len() > TICKETS_MAX as usize {
            return Err(wrong("it has too many tickets"));
        }
        let sat = tickets.iter().map(Sat::read).collect::<Option<Vec<_>>>();
        let exam = Self { name, seed, sat: sat.ok_or_else(|| wrong("a ticket lacks something"))? };
        let sealed: Value =
            serde_json::from_str(&exam.text()).map_err(|error| NotBelieved::NotAResult(error.to_string()))?;
        if sealed == whole { Ok(exam) } else { Err(NotBelieved::Seal) }
    }

    /// Plays every ticket again.
    ///
    /// # Errors
    /// The first whose points do not come out.
    pub fn verify(&self, library: &Library) -> Result<(), NotBelieved> {
        for sat in &self.sat {
            let found = played(library, self.seed, sat).unwrap_or_default();
            if found != sat.points {
                return Err(NotBelieved::Points { number: sat.number, claimed: sat.points, found });
            }
        }
        Ok(())
    }
}

/// What a ticket is worth when it is played again; none when it cannot be.
fn played(library: &Library, seed: u64, sat: &Sat) -> Option<u32> {
    let Some(answer) = &sat.answer else { return Some(0) };
    let ticket = make(library, seed, sat.number).ok()?.ticket;
    let mut session = Session::new(&ticket.scenario, ticket.client(), ticket.seed, Language::En).ok()?;
    session.type_all(sat.lines.iter().map(String::as_str));
    grade(&ticket, &session, answer).ok().map(|marks| marks.points())
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
    use crate::learn::session::Session;
    use crate::learn::text::Language;
    use crate::scenario::catalogue::embedded;

    /// Somebody who knows the solution sits the first ticket, and leaves the second.
    fn exam() -> Exam {
        let library = embedded();
        let ticket = make(&library, 3, 1).unwrap_or_else(|refusal| panic!("{refusal}")).ticket;
        let lesson = &ticket.named.lesson;
        let mut session =
            Session::new(&ticket.scenario, ticket.client(), ticket.seed, Language::En).expect("it can be played");
        session.type_all(lesson.look.iter().chain(&lesson.fix).map(String::as_str));
        let because = session.entries().iter().filter_map(|entry| entry.number).collect();
        let findings = lesson.causes.iter().map(|cause| cause.value.clone()).collect();
        let sat = Sat {
            number: 1,
            lines: session.lines().collect(),
            answer: Some(Answer { findings, because }),
            points: 100,
        };
        Exam { name: "김 하나".to_owned(), seed: 3, sat: vec![sat, Sat { number: 2, ..Sat::default() }] }
    }

    #[test]
    fn a_result_is_read_back_and_believed() {
        let exam = exam();
        let back = Exam::read(&exam.text()).expect("it is sealed");
        assert_eq!(back, exam);
        assert_eq!(back.verify(&embedded()), Ok(()));
        assert_eq!(back.total(), 100);
    }

    #[test]
    fn a_changed_result_is_not() {
        let exam = exam();
        let text = exam.text();
        let changed = text.replace("\"points\": 0", "\"points\": 90");
        assert_ne!(changed, text);
        assert_eq!(Exam::read(&changed), Err(NotBelieved::Seal));
        assert!(matches!(Exam::read("{}"), Err(NotBelieved::NotAResult(_))));
        assert!(matches!(Exam::read("no json"), Err(NotBelieved::NotAResult(_))));
        // Whoever makes a new seal still has to play the tickets.
        let mut forged = exam;
        forged.sat[1].points = 90;
        let forged = Exam::read(&forged.text()).expect("the seal is public");
        assert_eq!(forged.verify(&embedded()), Err(NotBelieved::Points { number: 2, claimed: 90, found: 0 }));
    }

    /// HMAC-SHA-256 of RFC 4231 is the library's affair; here the chain depends on all that came before.
    #[test]
    fn each_link_depends_on_the_one_before() {
        assert_eq!(seal(b"", "a").len(), 32);
        assert_ne!(seal(b"", "a"), seal(b"x", "a"));
    }
}
