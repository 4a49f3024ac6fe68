//! A refused file, drawn for a person: path, line, column, the line with a caret, the reason and a hint.

use std::fmt;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use double::escape::Untrusted;
use notation::{Problem, Problems, Reason, Span};

use super::library::FileText;

/// A file and everything that is wrong with it.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// The file.
    pub file: FileText,
    /// What is wrong with it, in the order of the file; at least one.
    pub problems: Vec<Problem>,
}

impl Refusal {
    /// Adds the refusal to a list, unless its file is told there already: a base is refused once, not with each of its scenarios.
    pub fn tell_once(self, told: &mut Vec<Self>) {
        if !told.iter().any(|other| other.file == self.file) {
            told.push(self);
        }
    }

    /// A refusal with all the problems of a file.
    #[must_use]
    pub fn new(file: &FileText, problems: Problems) -> Self {
        Self { file: file.clone(), problems: problems.located(&file.text).without_consequences(&file.text).in_order() }
    }

    /// A refusal with one problem about the file as a whole.
    #[must_use]
    pub fn whole(path: &str, message: String, hint: &str) -> Self {
        let problem = Problem::new(Span::default(), Reason::Refused(message)).hint(hint);
        Self { file: FileText { path: path.to_owned(), text: "".into() }, problems: vec![problem] }
    }

    /// Line and column of a place, both counted from 1; the column in characters.
    #[must_use]
    pub fn line_and_column(&self, span: Span) -> (usize, usize) {
        let before = self.file.text.get(..span.start).unwrap_or(&self.file.text);
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    }

    fn draw(&self, problem: &Problem, renderer: &Renderer) -> String {
        let reason = problem.reason.to_string();
        let title = Group::with_title(Level::ERROR.primary_title(Untrusted(&reason).to_string()));
        let path = self.file.path.as_str();
        let (number, column) = self.line_and_column(problem.span);
        let line = Line::of(&self.file.text, problem.span);
        let mut group = if self.file.text.is_empty() {
            title.element(Origin::path(path))
        } else if line.text.len() > LINE_SHOWN_MAX {
            title.element(Origin::path(path).line(number).char_column(column))
        } else {
            let annotation = AnnotationKind::Primary.span(line.place);
            title.element(Snippet::source(line.text).line_start(number).path(path).annotation(annotation))
        };
        if let Some(hint) = &problem.hint {
            group = group.element(Level::HELP.message(Untrusted(hint).to_string()));
        }
        renderer.render(&[group])
    }
}

/// A longer line is only named: nobody reads it, and drawing it takes long.
const LINE_SHOWN_MAX: usize = 8 * 1024;

/// The first line of a place, which is enough: a table that goes on for a page needs one caret.
struct Line<'a> {
    text: &'a str,
    /// The part of the place that lies on it, counted from the beginning of the line.
    place: Range<usize>,
}

impl<'a> Line<'a> {
    fn of(text: &'a str, span: Span) -> Self {
        let at = span.start.min(text.len());
        let before = text.get(..at).unwrap_or(text);
        let start = before.rfind('\n').map_or(0, |end| end + 1);
        let rest = text.get(start..).unwrap_or_default();
        let line = rest.split('\n').next().unwrap_or_default().trim_end_matches('\r');
        let from = (at - start).min(line.len());
        Self { text: line, place: from..span.end.saturating_sub(start).clamp(from, line.len()) }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let renderer = Renderer::plain();
        for (number, problem) in self.problems.iter().enumerate() {
            let gap = if number == 0 { "" } else { "\n\n" };
            write!(f, "{gap}{}", self.draw(problem, &renderer))?;
        }
        if self.problems.len() < Problems::LIMIT {
            return Ok(());
        }
        write!(f, "\n\nthere may be more: no more than {} problems of a file are told", Problems::LIMIT)
    }
}
