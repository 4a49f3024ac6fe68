//! Events as XML: `wevtutil /f:xml`, the XML view of Event Viewer, `ToXml()`.
//!
//! Read as a stream, so that depth costs nothing; entities other than the five of XML are not resolved, and a document type is not
//! looked at. Only the few elements of an event that are needed are read; a broken document yields the events before the break.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event as Xml};

use crate::read::Why;
use crate::read::event::Event;
use crate::read::field::time;
use crate::read::page::Line;
use crate::read::recognise::{Mark, Piece};
use crate::read::sink::Sink;

/// Octets of the data of one event.
const DATA_MAX: usize = 64 << 10;

pub(super) fn mark(lines: &[Line<'_>]) -> Option<Mark> {
    let words = lines.first()?.words();
    let begins = words.starts_with("<Event ") || words.starts_with("<Event>") || words.starts_with("<Events");
    // PowerShell and browsers put signs in front of elements that can be folded.
    let folded = words.trim_start_matches(['-', '+', ' ']).starts_with("<Event ");
    let declared = words.starts_with("<?xml");
    (begins || folded || declared).then_some(Mark::Body)
}

pub(super) fn read(piece: Piece<'_>, sink: &mut Sink<'_>) {
    let text: String =
        piece.lines.iter().map(|line| line.text.trim_start_matches(['-', '+'])).collect::<Vec<_>>().join("\n");
    let Some(first) = piece.lines.first() else { return };
    read_document(&text, first.number, sink);
}

/// Reads a document whose first line has the number `first`.
pub(super) fn read_document(text: &str, first: usize, sink: &mut Sink<'_>) {
    let mut reader = Reader::from_str(text);
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_dangling_amp = true;
    let mut place = Place { text, first, offset: 0, lines: 0 };
    let mut event: Option<Event> = None;
    let mut inside = String::new();
    loop {
        let read = reader.read_event();
        let line = place.line(reader.buffer_position());
        match read {
            Ok(Xml::Start(element)) => {
                inside = local_name(&element);
                start(&element, &inside, line, &mut event, sink);
            }
            Ok(Xml::Empty(element)) => start(&element, &local_name(&element), line, &mut event, sink),
            Ok(Xml::Text(content)) => {
                if let Some(event) = &mut event {
                    take(event, &inside, &content.decode().unwrap_or_default());
                }
            }
            Ok(Xml::End(element)) => {
                inside.clear();
                if element.local_name().as_ref() == b"Event"
                    && let Some(event) = event.take()
                {
                    event.end(sink);
                }
            }
            Ok(Xml::Eof) => break,
            Ok(Xml::Comment(_) | Xml::CData(_) | Xml::Decl(_) | Xml::PI(_) | Xml::DocType(_) | Xml::GeneralRef(_)) => {}
            Err(error) => {
                sink.unread(line, Why::Broken(format!("broken XML: {error}")));
                break;
            }
        }
    }
    if let Some(event) = event {
        sink.unread(event.line, Why::Incomplete("the end of the event"));
        event.end(sink);
    }
}

fn start(element: &BytesStart<'_>, name: &str, line: usize, event: &mut Option<Event>, sink: &mut Sink<'_>) {
    match name {
        "Event" => {
            if let Some(open) = event.replace(Event { line, ..Event::default() }) {
                open.end(sink);
            }
        }
        "TimeCreated" => {
            let attribute = element.try_get_attribute("SystemTime").ok().flatten();
            if let (Some(event), Some(attribute)) = (event, attribute) {
                event.at = time(&String::from_utf8_lossy(&attribute.value));
            }
        }
        _ => {}
    }
}

fn take(event: &mut Event, inside: &str, content: &str) {
    let content = content.trim();
    match inside {
        "EventID" => event.id = content.parse().ok(),
        "Computer" if !content.is_empty() => event.computer = Some(content.to_owned()),
        "Data" if !content.is_empty() && event.text.len() < DATA_MAX => {
            if !event.text.is_empty() {
                event.text.push_str(", ");
            }
            event.text.push_str(content);
        }
        _ => {}
    }
}

fn local_name(element: &BytesStart<'_>) -> String {
    String::from_utf8_lossy(element.local_name().as_ref()).into_owned()
}

/// Counts lines as the reader moves on.
struct Place<'a> {
    text: &'a str,
    first: usize,
    offset: usize,
    lines: usize,
}

impl Place<'_> {
    fn line(&mut self, position: u64) -> usize {
        let position = usize::try_from(position).unwrap_or(usize::MAX).min(self.text.len());
        let passed = self.text.as_bytes().get(self.offset..position).unwrap_or_default();
        self.lines += passed.iter().filter(|byte| **byte == b'\n').count();
        self.offset = self.offset.max(position);
        self.first + self.lines
    }
}
