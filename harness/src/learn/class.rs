//! The results of a class, summed up: who got how many points for which ticket, and which wrong causes were named how often.
//!
//! A file that is not believed stands in the table with the reason and counts for nothing. It reads no file and plays nothing by itself.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::exam::{Exam, NotBelieved};
use super::generate::make;
use crate::scenario::Library;

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
    pub fn of(file: &str, text: &str, library: &Library) -> Self {
        let exam = Exam::read(text).and_then(|exam| exam.verify(library).map(|()| exam));
        Self { file: file.to_owned(), exam }
    }
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

/// Wrong causes, the most frequent first.
#[must_use]
pub fn misconceptions(rows: &[Row], library: &Library) -> Vec<Misconception> {
    let mut counted: BTreeMap<(u64, u32, String), usize> = BTreeMap::new();
    for exam in rows.iter().filter_map(|row| row.exam.as_ref().ok()) {
        for sat in &exam.sat {
            let Some(answer) = &sat.answer else { continue };
            let Ok(made) = make(library, exam.seed, sat.number) else { continue };
            for finding in answer.findings.iter().filter(|finding| !made.ticket.named.lesson.is_right(finding)) {
                *counted.entry((exam.seed, sat.number, finding.clone())).or_default() += 1;
            }
        }
    }
    let misconception = |((seed, number, named), times)| Misconception { ticket: (seed, number), named, times };
    let mut all: Vec<Misconception> = counted.into_iter().map(misconception).collect();
    all.sort_by_key(|wrong| std::cmp::Reverse(wrong.times));
    all
}

/// The class as a table for a terminal.
#[must_use]
pub fn table(rows: &[Row], wrong: &[Misconception]) -> String {
    let tickets = columns(rows);
    let mut page = format!("{:<24} {:>6}", "name", "total");
    for number in 1..=tickets {
        write!(page, " {number:>4}").ok();
    }
    page.push('\n');
    for row in rows {
        match &row.exam {
            Ok(exam) => {
                write!(page, "{:<24} {:>6}", clean(&exam.name), exam.total()).ok();
                for sat in &exam.sat {
                    write!(page, " {:>4}", sat.points).ok();
                }
                page.push('\n');
            }
            Err(why) => {
                writeln!(page, "{:<24} not believed: {}", clean(&row.file), clean(&why.to_string())).ok();
            }
        }
    }
    if !wrong.is_empty() {
        page.push_str("\nwrong causes\n");
    }
    for wrong in wrong {
        let (seed, number) = wrong.ticket;
        writeln!(page, "  {:>3} x  {} (ticket {number} of seed {seed})", wrong.times, clean(&wrong.named)).ok();
    }
    page
}

/// The same as a page of its own: a heat map of points, no script, nothing from elsewhere.
#[must_use]
pub fn html(rows: &[Row], wrong: &[Misconception]) -> String {
    let tickets = columns(rows);
    let heads: String = (1..=tickets).map(|number| format!("<th>{number}</th>")).collect();
    let mut body = String::new();
    for row in rows {
        match &row.exam {
            Ok(exam) => {
                let cells: String = exam.sat.iter().map(|sat| cell(sat.points)).collect();
                writeln!(body, "<tr><td>{}</td><td>{}</td>{cells}</tr>", escaped(&exam.name), exam.total()).ok();
            }
            Err(why) => {
                let reason = escaped(&why.to_string());
                writeln!(
                    body,
                    "<tr><td>{}</td><td colspan=\"{}\">not believed: {reason}</td></tr>",
                    escaped(&row.file),
                    tickets + 1
                )
                .ok();
            }
        }
    }
    let wrong: String = wrong
        .iter()
        .map(|wrong| {
            let (seed, number) = wrong.ticket;
            format!("<li>{} &times; {} (ticket {number} of seed {seed})</li>\n", wrong.times, escaped(&wrong.named))
        })
        .collect();
    format!(
        "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>kmslab: results of a class</title>\n\
         <style>body{{font-family:sans-serif}}td,th{{padding:.2em .6em;border:1px solid #ccc}}table{{border-collapse:collapse}}</style>\n\
         <h1>Results of a class</h1>\n<table>\n<tr><th>name</th><th>total</th>{heads}</tr>\n{body}</table>\n\
         <h2>Wrong causes</h2>\n<ul>\n{wrong}</ul>\n\
         <p>Each ticket was played again from its seed. The seal of a file is tamper-evident, not tamper-proof: its key is public.</p>\n</html>\n"
    )
}

fn columns(rows: &[Row]) -> usize {
    rows.iter().filter_map(|row| row.exam.as_ref().ok()).map(|exam| exam.sat.len()).max().unwrap_or_default()
}

/// A cell whose colour goes from red to green with the points.
fn cell(points: u32) -> String {
    let hue = points.min(100) * 120 / 100;
    format!("<td style=\"background:hsl({hue},70%,80%)\">{points}</td>")
}

/// A name from a file, without what a terminal would obey.
fn clean(text: &str) -> String {
    text.chars()
        .filter(|letter| {
            !letter.is_control()
                && !matches!(letter, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
        })
        .collect()
}

fn escaped(text: &str) -> String {
    clean(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::{Misconception, Row, html, table};
    use crate::learn::exam::{Exam, NotBelieved, Sat};

    fn rows() -> Vec<Row> {
        let sat = |number, points| Sat { number, points, ..Sat::default() };
        let exam = Exam { name: "<b>Kim\u{1b}[2J".to_owned(), seed: 3, sat: vec![sat(1, 100), sat(2, 40)] };
        vec![
            Row { file: "kim.json".to_owned(), exam: Ok(exam) },
            Row { file: "lee.json".to_owned(), exam: Err(NotBelieved::Seal) },
        ]
    }

    #[test]
    fn a_class_is_summed_up() {
        let wrong = [Misconception { ticket: (3, 2), named: "tcp1688-silent".to_owned(), times: 2 }];
        let text = table(&rows(), &wrong);
        assert!(text.contains("<b>Kim[2J") && text.contains(" 140  100   40"), "{text}");
        assert!(text.contains("lee.json") && text.contains("not believed: its seal"), "{text}");
        assert!(text.contains("2 x  tcp1688-silent (ticket 2 of seed 3)"), "{text}");
    }

    #[test]
    fn a_name_is_no_markup() {
        let page = html(&rows(), &[]);
        assert!(page.contains("&lt;b&gt;Kim[2J") && !page.contains("<b>Kim"), "{page}");
        assert!(page.contains("hsl(120,70%,80%)\">100<"), "{page}");
    }
}
