//! Reading what somebody sent: the bytes of a file in, claims out, and everything that was not understood.
//!
//! Pure: no file is opened here. What a text is, is recognised by its content alone, never by the name of the file; several
//! outputs may stand in one file, quoted in a mail, with prompts between them. A line that is not understood is kept and
//! counted, never taken for something else; what can be read and looks odd is claimed as it stands, with a doubt. Everything
//! is bounded by [`Bounds`], and nothing in a file can make reading fail: in the worst case nothing is claimed.
//!
//! In reading order: `decode` (bytes to text), `page` (text to lines), `sink` (where claims are put), `field` (pieces of a
//! line), a file for each tool, `recognise` (which lines belong to which tool); `packet`, `capture` and `event_log` read what is no text.

mod capture;
mod decode;
mod event;
#[cfg(feature = "event-log")]
mod event_log;
mod event_text;
mod event_xml;
mod field;
mod ipconfig;
mod licence;
mod nslookup;
mod nslookup_reply;
mod ospp;
mod packet;
mod page;
mod ping;
mod port;
mod recognise;
mod reg_file;
mod registry;
mod resolve;
mod sink;
mod slmgr;
mod zone;
mod zone_table;

use std::collections::BTreeSet;

pub use decode::Encoding;

use crate::claim::{Claim, Place};
use crate::tool::Tool;

/// How much of one file is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// Octets of a text.
    pub text: usize,
    /// Octets of a capture or an event log.
    pub binary: usize,
    /// Lines.
    pub lines: usize,
    /// Octets of a line.
    pub line: usize,
    /// Claims.
    pub claims: usize,
    /// Remarks of each kind that are kept; the others are counted.
    pub remarks: usize,
}

impl Default for Bounds {
    /// A text of 16 MiB and a capture of 64 MiB are far more than anybody sends; a line of 1 MiB is a registry value that
    /// is refused anyway.
    fn default() -> Self {
        Self { text: 16 << 20, binary: 64 << 20, lines: 400_000, line: 1 << 20, claims: 20_000, remarks: 1000 }
    }
}

/// What a file says.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// How its text is encoded.
    pub encoding: Encoding,
    /// The tools whose output was recognised.
    pub tools: BTreeSet<Tool>,
    /// What it says, in the order of the text.
    pub claims: Vec<Claim>,
    /// What was not understood, in the order of the text; at most [`Bounds::remarks`].
    pub unread: Vec<Unread>,
    /// How many lines were not understood, those that [`Reading::unread`] does not list too.
    pub unread_count: usize,
    /// What was understood and looks odd, in the order of the text; at most [`Bounds::remarks`].
    pub doubts: Vec<Doubt>,
}

/// A line that was not understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// Where it stands.
    pub place: Place,
    /// Why it was not understood.
    pub why: Why,
}

/// Something that was understood and may not be what was meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doubt {
    /// Where it stands.
    pub place: Place,
    /// What is odd about it: a sentence without its full stop. It may repeat words of the text.
    pub what: String,
}

/// Why a line was not understood. Words of the text in it come from outside and may be confidential.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    /// It belongs to no output that is known.
    #[error("it belongs to no tool's output that is known here")]
    NoTool,
    /// It stands in the output of a tool, and does not look like it.
    #[error("it is none of the lines of {0:?} that are known here")]
    Unknown(Tool),
    /// A value is not what stands there otherwise.
    #[error("`{text}` is no {what}")]
    Value {
        /// What stands there otherwise.
        what: &'static str,
        /// What was found, cut to [`SHOWN`] characters.
        text: String,
    },
    /// The output breaks off.
    #[error("cut off: {0}")]
    Incomplete(&'static str),
    /// The file is larger than what is read.
    #[error("{what} beyond the first {bound} are not read")]
    Bound {
        /// What there is too much of.
        what: &'static str,
        /// How much of it is read.
        bound: usize,
    },
    /// A file that is neither text nor a format that is known.
    #[error("neither a text nor a capture")]
    Binary,
    /// A log of events in the form in which Windows keeps it, and the program was built without what reads it.
    #[error(
        "this program was built without the feature `event-log`: build it with `--features event-log`, or send the log as XML: \
         `wevtutil qe FILE /lf /f:xml > events.xml` on a machine with Windows"
    )]
    EventLog,
    /// A binary file whose structure is broken.
    #[error("{0}")]
    Broken(String),
}

/// How many characters of an odd value a remark repeats.
pub const SHOWN: usize = 80;

impl Why {
    fn value(what: &'static str, text: &str) -> Self {
        Self::Value { what, text: text.chars().take(SHOWN).collect() }
    }
}

/// Reads one file.
///
/// `name` is how the file is called in the places of the claims.
#[must_use]
pub fn read(name: &str, bytes: &[u8], bounds: &Bounds) -> Reading {
    let (capture, log) = (capture::is_capture(bytes), is_event_log(bytes));
    let (encoding, text) =
        if capture || log { (Encoding::Binary, String::new()) } else { decode::decode(bytes, bounds.text) };
    let mut reading = Reading {
        encoding,
        tools: BTreeSet::new(),
        claims: Vec::new(),
        unread: Vec::new(),
        unread_count: 0,
        doubts: Vec::new(),
    };
    let mut sink = sink::Sink::new(name, bounds, &mut reading);
    let bounded = bytes.get(..bounds.binary).unwrap_or(bytes);
    if capture {
        capture::read(bounded, &mut sink);
        return in_order(reading);
    }
    if log {
        event_log(bounded, &mut sink);
        return in_order(reading);
    }
    if encoding == Encoding::Binary {
        sink.unread(1, Why::Binary);
        return reading;
    }
    let page = page::Page::new(&text, bounds);
    recognise::read(&page, &mut sink);
    if let Some((line, why)) = page.cut {
        sink.unread(line, why);
    } else if bytes.len() > bounds.text {
        sink.unread(page.lines.len().max(1), Why::Bound { what: "octets", bound: bounds.text });
    }
    in_order(reading)
}

/// Whether the file begins as an event log of Windows does.
fn is_event_log(bytes: &[u8]) -> bool {
    bytes.starts_with(b"ElfFile\0")
}

#[cfg(feature = "event-log")]
fn event_log(bytes: &[u8], sink: &mut sink::Sink<'_>) {
    event_log::read(bytes, sink);
}

#[cfg(not(feature = "event-log"))]
fn event_log(_: &[u8], sink: &mut sink::Sink<'_>) {
    sink.unread(1, Why::EventLog);
}

fn in_order(mut reading: Reading) -> Reading {
    reading.claims.sort_by(|a, b| a.place.cmp(&b.place));
    reading.unread.sort_by(|a, b| a.place.cmp(&b.place));
    reading.doubts.sort_by(|a, b| a.place.cmp(&b.place));
    reading
}
