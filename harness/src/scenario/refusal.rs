//! A refused file, drawn for a person: path, line, column, the line with a caret, the reason and a hint.

use std::fmt;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
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
        let title = Level::ERROR.primary_title(Untrusted(&reason).to_string());
        let span = problem.span.range();
        let mut group = if self.file.text.is_empty() {
            Group::with_title(title).element(annotate_snippets::Origin::path(self.file.path.as_str()))
        } else {
            let annotation = AnnotationKind::Primary.span(first_line(&self.file.text, span));
            let snippet = Snippet::source(&*self.file.text).path(self.file.path.as_str()).annotation(annotation);
            Group::with_title(title).element(snippet)
        };
        if let Some(hint) = &problem.hint {
            group = group.element(Level::HELP.message(Untrusted(hint).to_string()));
        }
        renderer.render(&[group])
    }
}

/// The part of a place that lies on its first line: a table that goes on for a page needs one caret.
fn first_line(text: &str, span: std::ops::Range<usize>) -> std::ops::Range<usize> {
    let start = span.start.min(text.len());
    let line_end = text.get(start..).and_then(|rest| rest.find('\n')).map_or(text.len(), |at| start + at);
    start..span.end.clamp(start, line_end)
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let renderer = Renderer::plain();
        for (number, problem) in self.problems.iter().enumerate() {
            let gap = if number == 0 { "" } else { "\n\n" };
            write!(f, "{gap}{}", self.draw(problem, &renderer))?;
        }
        Ok(())
    }
}
