//! A class as a table for a terminal, and as an HTML page of its own.
//!
//! It stands apart from summing up because names come from files: here they are made harmless for where they go. Words come from
//! [`crate::learn::text`].

use std::fmt::Write as _;

use super::{Class, Question, Sheet};
use crate::learn::exam::Exam;
use crate::learn::grade;
use crate::learn::text::{Language, Phrase};

/// Columns of a name in the table; a wide letter takes two.
const NAME_WIDTH: usize = 24;

/// First letter of the scripts that terminals draw two columns wide (Hangul Jamo); Unicode Standard Annex 11 has them in detail.
const WIDE_FROM: char = '\u{1100}';

/// The class as a table for a terminal.
#[must_use]
pub fn table(class: &Class, language: &Language) -> String {
    let say = |phrase: Phrase, fill: &[&str]| phrase.say(language, fill);
    let mut page = String::new();
    for sheet in &class.sheets {
        writeln!(page, "{}", heading(sheet, language)).ok();
        let numbers: String =
            (1..=sheet.paper.tickets).fold(String::new(), |row, number| row + &format!(" {number:>4}"));
        let total = say(Phrase::ClassTotal, &[]);
        writeln!(page, "{} {}{numbers}", padded(&say(Phrase::ClassName, &[])), right(&total)).ok();
        let mut line = |name: &str, total: u32, points: &[u32]| {
            let points = points.iter().fold(String::new(), |row, points| row + &format!(" {points:>4}"));
            writeln!(page, "{} {total:>6}{points}", padded(&clean(name))).ok();
        };
        for (file, exam) in &sheet.exams {
            line(name(file, exam), exam.total(), &points(exam));
        }
        let means = sheet.means();
        line(&say(Phrase::ClassMean, &[]), means.iter().sum(), &means);
        page.push('\n');
    }
    if class.sheets.len() > 1 {
        writeln!(page, "{}\n", say(Phrase::ClassSeveralPapers, &[&class.sheets.len().to_string()])).ok();
    }
    for (heading, lines) in lists(class, language) {
        writeln!(page, "{heading}").ok();
        for line in lines {
            writeln!(page, "  {}", clean(&line)).ok();
        }
        page.push('\n');
    }
    page + &say(Phrase::ClassSeal, &[]) + "\n"
}

/// The same as a page of its own: a heat map of points, no script, nothing from elsewhere.
#[must_use]
pub fn html(class: &Class, language: &Language) -> String {
    let say = |phrase: Phrase, fill: &[&str]| escaped(&phrase.say(language, fill));
    let title = say(Phrase::ClassTitle, &[]);
    let mut page = format!(
        "<!doctype html>\n<html lang=\"{}\"><meta charset=\"utf-8\"><title>kmslab: {title}</title>\n\
         <style>body{{font-family:sans-serif}}td,th{{padding:.2em .6em;border:1px solid #ccc}}table{{border-collapse:collapse}}</style>\n\
         <h1>{title}</h1>\n",
        language.word()
    );
    for sheet in &class.sheets {
        let heads: String = (1..=sheet.paper.tickets).map(|number| format!("<th>{number}</th>")).collect();
        let (who, total) = (say(Phrase::ClassName, &[]), say(Phrase::ClassTotal, &[]));
        writeln!(page, "<h2>{}</h2>\n<table>", escaped(&heading(sheet, language))).ok();
        writeln!(page, "<tr><th>{who}</th><th>{total}</th>{heads}</tr>").ok();
        let mut line = |name: &str, total: u32, points: &[u32]| {
            let cells: String = points.iter().map(|points| cell(*points)).collect();
            writeln!(page, "<tr><td>{}</td><td>{total}</td>{cells}</tr>", escaped(name)).ok();
        };
        for (file, exam) in &sheet.exams {
            line(name(file, exam), exam.total(), &points(exam));
        }
        let means = sheet.means();
        line(&Phrase::ClassMean.say(language, &[]), means.iter().sum(), &means);
        page.push_str("</table>\n");
    }
    if class.sheets.len() > 1 {
        writeln!(page, "<p>{}</p>", say(Phrase::ClassSeveralPapers, &[&class.sheets.len().to_string()])).ok();
    }
    for (heading, lines) in lists(class, language) {
        let items: String = lines.iter().map(|line| format!("<li>{}</li>\n", escaped(line))).collect();
        writeln!(page, "<h2>{}</h2>\n<ul>\n{items}</ul>", escaped(&heading)).ok();
    }
    format!("{page}<p>{}</p>\n</html>\n", say(Phrase::ClassSeal, &[]))
}

fn heading(sheet: &Sheet, language: &Language) -> String {
    Phrase::ClassPaper.say(language, &[&sheet.paper.seed.to_string(), &sheet.paper.tickets.to_string()])
}

/// Who sat it; whoever gave no name is known by the file.
fn name<'a>(file: &'a str, exam: &'a Exam) -> &'a str {
    if exam.name.trim().is_empty() { file } else { &exam.name }
}

fn points(exam: &Exam) -> Vec<u32> {
    exam.sat.iter().map(|sat| sat.points).collect()
}

/// What stands below the points, those lists that are not empty.
fn lists(class: &Class, language: &Language) -> Vec<(String, Vec<String>)> {
    let say = |phrase: Phrase, fill: &[&str]| phrase.say(language, fill);
    let refused = class.refused.iter().map(|(file, why)| format!("{file}: {}", why.said(language)));
    let wrong = class.wrong.iter().map(|wrong| {
        let (seed, number) = wrong.ticket;
        let fill = [wrong.times.to_string(), wrong.named.clone(), seed.to_string(), number.to_string()];
        say(Phrase::ClassWrongOf, &fill.each_ref().map(String::as_str))
    });
    let questions = class.questions.iter().map(|question| match question {
        Question::SameWork(one, other) => say(Phrase::ClassSameWork, &[one, other]),
        Question::SameName(name, times) => say(Phrase::ClassSameName, &[name, &times.to_string()]),
    });
    let lists: [(Phrase, Vec<String>); 3] = [
        (Phrase::ClassNotCounted, refused.collect()),
        (Phrase::ClassWrong, wrong.collect()),
        (Phrase::ClassToAsk, questions.collect()),
    ];
    let full = lists.into_iter().filter(|(_, lines)| !lines.is_empty());
    full.map(|(heading, lines)| (say(heading, &[]), lines)).collect()
}

/// A cell whose colour goes from red to green with the points.
fn cell(points: u32) -> String {
    const GREEN: u32 = 120;
    let most = grade::CAUSE_POINTS + grade::EVIDENCE_POINTS + grade::FIX_POINTS;
    let hue = points.min(most) * GREEN / most;
    format!("<td style=\"background:hsl({hue},70%,80%)\">{points}</td>")
}

fn width(text: &str) -> usize {
    text.chars().map(|letter| if letter >= WIDE_FROM { 2 } else { 1 }).sum()
}

/// A text in the column of names.
fn padded(text: &str) -> String {
    let blanks = NAME_WIDTH.saturating_sub(width(text));
    format!("{text}{:blanks$}", "")
}

/// A heading above the column of totals, which is six wide.
fn right(text: &str) -> String {
    let blanks = 6_usize.saturating_sub(width(text));
    format!("{:blanks$}{text}", "")
}

/// A text from a file, without what a terminal would obey.
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
    use super::{html, table};
    use crate::learn::class::{Class, Misconception, Question, Sheet};
    use crate::learn::exam::{Exam, NotBelieved, Sat};
    use crate::learn::paper::Paper;
    use crate::learn::text::Language;

    fn class() -> Class {
        let sat = |number, points| Sat { number, points, ..Sat::default() };
        let paper = Paper { seed: 3, tickets: 2, made_from: String::new() };
        let exam = |name: &str, first, second| {
            let sat = vec![sat(1, first), sat(2, second)];
            Exam { name: name.to_owned(), language: Language::En, paper: paper.clone(), sat }
        };
        let exams = vec![
            ("kim.json".to_owned(), exam("<b>Kim\u{1b}[2J", 100, 40)),
            ("who.json".to_owned(), exam(" ", 70, 0)),
            ("ha.json".to_owned(), exam("하나", 0, 0)),
        ];
        Class {
            sheets: vec![Sheet { paper: paper.clone(), exams }],
            refused: vec![("lee.json".to_owned(), NotBelieved::Seal)],
            wrong: vec![Misconception { ticket: (3, 2), named: "tcp1688-silent".to_owned(), times: 2 }],
            questions: vec![Question::SameName("하나".to_owned(), 2)],
        }
    }

    #[test]
    fn a_class_is_a_table() {
        let expected = "Exam 3, 2 tickets
name                      total    1    2
<b>Kim[2J                   140  100   40
who.json                     70   70    0
하나                          0    0    0
mean                         69   56   13

not counted
  lee.json: its seal does not fit: it was changed after the exam

wrong causes
  2 x tcp1688-silent (exam 3, ticket 2)

worth a question
  하나 is there 2 times

Each ticket was played again from its seed. The seal of a file is tamper-evident, not tamper-proof: its key is public, and no file shows who typed it.
";
        assert_eq!(table(&class(), &Language::En), expected);
    }

    #[test]
    fn a_name_is_no_markup() {
        let page = html(&class(), &Language::En);
        assert!(page.contains("&lt;b&gt;Kim[2J") && !page.contains("<b>Kim"), "{page}");
        assert!(page.contains("hsl(120,70%,80%)\">100<") && page.contains("hsl(0,70%,80%)\">0<"), "{page}");
        assert!(page.contains("lang=\"en\"") && page.contains("<h1>Results of a class</h1>"), "{page}");
    }

    /// Whatever the program says of itself is said in Korean; names and ids stay.
    #[test]
    fn a_class_in_korean_has_no_english_words() {
        let page = html(&class(), &Language::Ko);
        assert!(page.contains("lang=\"ko\"") && page.contains("<h1>학급 결과</h1>"), "{page}");
        for (text, language) in [(table(&class(), &Language::Ko), "table"), (page, "html")] {
            for word in ["name", "total", "mean", "not counted", "wrong causes", "tamper", "Results", "Exam"] {
                let found = text.lines().filter(|line| !line.contains("style") && !line.contains("meta"));
                assert!(found.clone().all(|line| !line.contains(word)), "{language}: {word}");
            }
        }
    }
}
