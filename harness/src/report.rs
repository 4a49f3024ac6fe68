//! Reports: functions from what came out of a run to text. They reach back to nothing.

pub mod diagnosis;
pub mod html;
pub mod human;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod phrase;
pub mod progress;
pub mod remedy;
pub mod tap;

use std::io::{self, Write};

use crate::runner::RunEvent;

notation::choice! {
    /// A format of a report.
    pub enum Format("report format") {
        /// Lines for a person; may change at any time.
        "human" => Human,
        /// JSON Lines: one object an event. Stable.
        "json" => Json,
        /// JUnit XML, as CI systems read it.
        "junit" => Junit,
        /// TAP version 14.
        "tap" => Tap,
        /// Markdown, for tickets and the summary pages of CI systems.
        "markdown" => Markdown,
        /// One page of HTML with nothing outside of it, to be read, printed or kept.
        "html" => Html,
    }
}

/// Writes a report, event by event.
pub trait Report {
    /// Writes what there is to say about an event.
    ///
    /// # Errors
    /// When the text cannot be written.
    fn event(&mut self, event: &RunEvent<'_>, out: &mut dyn Write) -> io::Result<()>;
}

/// The report of a format.
#[must_use]
pub fn report(format: &Format, style: human::Style) -> Box<dyn Report> {
    match format {
        Format::Human => Box::new(human::Human::new(style)),
        Format::Json => Box::new(json::Json),
        Format::Junit => Box::new(junit::Junit::new()),
        Format::Tap => Box::new(tap::Tap::default()),
        Format::Markdown => Box::new(markdown::Markdown::default()),
        Format::Html => Box::new(html::Html::new(style.again)),
    }
}
