//! The results of a class, summed up: who got how many points for which ticket, which wrong causes were named how often, and what a
//! teacher may want to ask about.
//!
//! A file that is not believed stands in the summary with the reason and counts for nothing. Points of different papers stand in
//! different tables. It reads no file; [`page`] draws it.

pub mod page;

use std::collections::BTreeMap;

use super::exam::{Exam, NotBelieved};
use super::generate::make;
use super::paper::Paper;
use crate::scenario::Library;

/// What the teacher set: a paper of another seed or length is not counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Set {
    /// The seed; any when absent.
    pub seed: Option<u64>,
    /// The number of tickets; any when absent.
    pub tickets: Option<u32>,
}

/// One file of the class.
#[derive(Clone, Debug)]
pub struct Row {
    /// The file.
    pub file: String,
    /// The exam in it, or why it is not believed.
    pub exam: Result<Exam, NotBelieved>,
}

impl Row {
    /// Reads and verifies a file.
    #[must_use]
    pub fn of(file: &str, text: &str, set: &Set, library: &Library) -> Self {
        let exam = Exam::read(text).and_then(|exam| {
            let Paper { seed, tickets, .. } = exam.paper;
            if set.seed.is_some_and(|set| set != seed) || set.tickets.is_some_and(|set| set != tickets) {
                return Err(NotBelieved::OtherPaper { seed, tickets });
            }
            exam.verify(library).map(|()| exam)
        });
        Self { file: file.to_owned(), exam }
    }
}

/// A class.
#[derive(Clone, Debug)]
pub struct Class {
    /// The results of each paper.
    pub sheets: Vec<Sheet>,
    /// Files that do not count, and why.
    pub refused: Vec<(String, NotBelieved)>,
    /// Wrong causes, the most frequent first.
    pub wrong: Vec<Misconception>,
    /// What no file can answer.
    pub questions: Vec<Question>,
}

/// The results of one paper.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// The paper.
    pub paper: Paper,
    /// Who sat it, in the order of their files.
    pub exams: Vec<(String, Exam)>,
}

/// How often a wrong cause was named for a ticket.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Misconception {
    /// The seed and the number of the ticket.
    pub ticket: (u64, u32),
    /// The cause that was named.
    pub named: String,
    /// By how many.
    pub times: usize,
}

/// Something that a teacher may want to ask: it proves nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// Two files have the same lines in every ticket.
    SameWork(String, String),
    /// A name stands in several files.
    SameName(String, usize),
}

impl Class {
    /// Sums files up.
    #[must_use]
    pub fn of(rows: Vec<Row>, library: &Library) -> Self {
        let mut class = Self { sheets: Vec::new(), refused: Vec::new(), wrong: Vec::new(), questions: Vec::new() };
        for row in rows {
            let exam = match row.exam {
                Ok(exam) => exam,
                Err(why) => {
                    class.refused.push((row.file, why));
                    continue;
                }
            };
            match class.sheets.iter_mut().find(|sheet| sheet.paper == exam.paper) {
                Some(sheet) => sheet.exams.push((row.file, exam)),
                None => class.sheets.push(Sheet { paper: exam.paper.clone(), exams: vec![(row.file, exam)] }),
            }
        }
        class.sheets.sort_by(|one, other| one.paper.cmp(&other.paper));
        class.wrong = misconceptions(&class.sheets, library);
        class.questions = class.sheets.iter().flat_map(questions).collect();
        class
    }
}

impl Sheet {
    /// The mean points of each ticket, rounded down.
    #[must_use]
    pub fn means(&self) -> Vec<u32> {
        let people = u32::try_from(self.exams.len()).unwrap_or(u32::MAX);
        let places = 0..self.paper.tickets as usize;
        let sum = |place: usize| -> u32 {
            self.exams.iter().filter_map(|(_, exam)| exam.sat.get(place)).map(|sat| sat.points).sum()
        };
        places.map(|place| sum(place).checked_div(people).unwrap_or_default()).collect()
    }
}

fn misconceptions(sheets: &[Sheet], library: &Library) -> Vec<Misconception> {
    let mut counted: BTreeMap<(u64, u32, String), usize> = BTreeMap::new();
    for sheet in sheets {
        for number in 1..=sheet.paper.tickets {
            let Ok(made) = make(library, sheet.paper.seed, number) else { continue };
            let sat = sheet.exams.iter().flat_map(|(_, exam)| &exam.sat).filter(|sat| sat.number == number);
            for finding in sat.filter_map(|sat| sat.answer.as_ref()).flat_map(|answer| &answer.findings) {
                if !made.ticket.named.lesson.is_right(finding) {
                    *counted.entry((sheet.paper.seed, number, finding.clone())).or_default() += 1;
                }
            }
        }
    }
    let misconception = |((seed, number, named), times)| Misconception { ticket: (seed, number), named, times };
    let mut all: Vec<Misconception> = counted.into_iter().map(misconception).collect();
    all.sort_by_key(|wrong| std::cmp::Reverse(wrong.times));
    all
}

fn questions(sheet: &Sheet) -> Vec<Question> {
    let mut questions = Vec::new();
    for (place, (file, exam)) in sheet.exams.iter().enumerate() {
        let earlier = &sheet.exams[..place];
        let worked = exam.sat.iter().any(|sat| !sat.lines.is_empty());
        let same = earlier.iter().find(|(_, other)| worked && other.sat == exam.sat);
        questions.extend(same.map(|(other, _)| Question::SameWork(other.clone(), file.clone())));
        let named = |(_, other): &&(String, Exam)| !exam.name.is_empty() && other.name == exam.name;
        let times = sheet.exams.iter().filter(named).count();
        if times > 1 && !earlier.iter().any(|other| named(&other)) {
            questions.push(Question::SameName(exam.name.clone(), times));
        }
    }
    questions
}

#[cfg(test)]
mod tests {
    use super::{Class, Question, Row, Set};
    use crate::learn::exam::{Exam, NotBelieved, Sat};
    use crate::learn::grade::Answer;
    use crate::learn::paper::Paper;
    use crate::learn::text::Language;
    use crate::scenario::catalogue::embedded;

    /// Somebody who answers the first of so many tickets with a cause that none has.
    fn exam(name: &str, seed: u64, tickets: u32, line: &str) -> Exam {
        let answer = Some(Answer { findings: vec!["nothing-wrong".to_owned()], because: Vec::new() });
        let first = Sat { number: 1, lines: vec![line.to_owned()], answer, points: 0 };
        let rest = (2..=tickets).map(|number| Sat { number, ..Sat::default() });
        let paper = Paper::of(&embedded(), seed, tickets);
        Exam { name: name.to_owned(), language: Language::En, paper, sat: [first].into_iter().chain(rest).collect() }
    }

    fn row(file: &str, exam: &Exam, set: &Set) -> Row {
        Row::of(file, &exam.text(), set, &embedded())
    }

    #[test]
    fn papers_are_not_mixed() {
        let any = Set::default();
        let line = "client> ipconfig /all";
        let rows =
            [exam("a", 3, 2, line), exam("b", 4, 2, line), exam("c", 3, 1, line), exam("d", 3, 2, "ping 1.1.1.1")];
        let rows = rows.iter().map(|exam| row(&exam.name, exam, &any)).collect();
        let class = Class::of(rows, &embedded());
        let sheets: Vec<_> =
            class.sheets.iter().map(|sheet| (sheet.paper.seed, sheet.paper.tickets, sheet.exams.len())).collect();
        assert_eq!(sheets, [(3, 1, 1), (3, 2, 2), (4, 2, 1)]);
        assert_eq!(class.sheets[1].means(), [0, 0]);
        assert_eq!(class.wrong.len(), 2, "{:?}", class.wrong);
        assert_eq!((class.wrong[0].ticket, class.wrong[0].times), ((3, 1), 3));
        assert_eq!(class.questions, []);
    }

    #[test]
    fn another_paper_than_the_one_that_was_set_does_not_count() {
        let exam = exam("a", 3, 1, "client> ipconfig /all");
        let check = |seed, tickets, believed: bool| {
            let row = row("a.json", &exam, &Set { seed, tickets });
            let expected = if believed { None } else { Some(NotBelieved::OtherPaper { seed: 3, tickets: 1 }) };
            assert_eq!(row.exam.err(), expected, "{seed:?} {tickets:?}");
        };
        check(Some(3), Some(1), true);
        check(None, None, true);
        check(Some(4), None, false);
        check(None, Some(2), false);
    }

    #[test]
    fn what_is_odd_about_a_class_is_asked() {
        let any = Set::default();
        let (one, two) = (exam("Kim", 3, 1, "client> ipconfig /all"), exam("Lee", 3, 1, "client> ipconfig /all"));
        let three = exam("Kim", 3, 1, "client> slmgr /ato");
        let rows = vec![row("1", &one, &any), row("2", &two, &any), row("3", &three, &any)];
        let class = Class::of(rows, &embedded());
        assert_eq!(
            class.questions,
            [Question::SameName("Kim".to_owned(), 2), Question::SameWork("1".to_owned(), "2".to_owned())]
        );
    }
}
