//! Where claims and remarks are put: bounded, each with its place.
//!
//! It stands apart so that no reader of a tool can forget a bound or the file's name.

use double::escape::Untrusted;

use crate::claim::{Claim, Place, Says};
use crate::read::{Bounds, Doubt, Reading, Unread, Why};
use crate::tool::Tool;

/// Takes what is read from one file.
pub(super) struct Sink<'a> {
    file: &'a str,
    bounds: &'a Bounds,
    reading: &'a mut Reading,
}

impl<'a> Sink<'a> {
    pub(super) fn new(file: &'a str, bounds: &'a Bounds, reading: &'a mut Reading) -> Self {
        Self { file, bounds, reading }
    }

    /// Something that the text says.
    pub(super) fn claim(&mut self, line: usize, tool: Tool, says: Says) {
        self.reading.tools.insert(tool);
        if self.reading.claims.len() < self.bounds.claims {
            self.reading.claims.push(Claim { place: self.place(line), tool, says });
        } else if self.reading.claims.len() == self.bounds.claims {
            self.unread(line, Why::Bound { what: "claims", bound: self.bounds.claims });
        }
    }

    /// The output of this tool was recognised, whatever it says.
    pub(super) fn seen(&mut self, tool: Tool) {
        self.reading.tools.insert(tool);
    }

    /// A line that was not understood.
    pub(super) fn unread(&mut self, line: usize, why: Why) {
        self.reading.unread_count += 1;
        if self.reading.unread.len() < self.bounds.remarks {
            self.reading.unread.push(Unread { place: self.place(line), why });
        }
    }

    /// Something that was understood and looks odd.
    pub(super) fn doubt(&mut self, line: usize, what: impl Into<String>) {
        if self.reading.doubts.len() < self.bounds.remarks {
            self.reading.doubts.push(Doubt { place: self.place(line), what: what.into() });
        }
    }

    /// The same, where the remark repeats a word of the text.
    pub(super) fn doubt_word(&mut self, line: usize, word: &str, what: &str) {
        let shown: String = word.chars().take(crate::read::SHOWN).collect();
        self.doubt(line, format!("`{}` {what}", Untrusted(&shown)));
    }

    fn place(&self, line: usize) -> Place {
        Place { file: self.file.to_owned(), line }
    }
}
