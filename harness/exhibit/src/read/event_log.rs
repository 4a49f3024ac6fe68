//! Event logs as Windows keeps them (.evtx): each record of the services for licensing, by way of its XML.
//!
//! A crate reads the container ("Windows XML Event Log format", libyal), which is nothing of ours; it is large, so it is built with
//! the feature `event-log` only. Places are numbers of records, in the order of the file. What else was logged is counted
//! nowhere: it is other people's business. Checksums are not looked at: a log that is copied while it is in use has wrong ones.

use evtx::{EvtxParser, ParserSettings};

use crate::read::event::EVENTS;
use crate::read::sink::Sink;
use crate::read::{Why, event_xml};
use crate::tool::Tool;

/// Octets of XML that are made of a log. A chunk of 64 KiB may be crafted to unfold into 64 MiB.
const UNFOLDED_MAX: usize = 512 << 20;

pub(super) fn read(bytes: &[u8], sink: &mut Sink<'_>) {
    let mut log = match EvtxParser::from_buffer(bytes.to_vec()) {
        // On one line, so that a place is the record.
        Ok(log) => log.with_configuration(ParserSettings::new().indent(false)),
        Err(error) => return sink.unread(1, Why::Broken(format!("broken event log: {error}"))),
    };
    sink.seen(Tool::Events);
    let mut unfolded = 0;
    for (number, record) in (1..).zip(log.records()) {
        let xml = match record {
            Ok(record) => record.data,
            Err(error) => {
                sink.unread(number, Why::Broken(format!("broken record of the event log: {error}")));
                continue;
            }
        };
        unfolded += xml.len();
        if unfolded > UNFOLDED_MAX {
            sink.unread(number, Why::Bound { what: "octets of XML in an event log", bound: UNFOLDED_MAX });
            return;
        }
        if is_ours(&xml) {
            // Without the declaration, which stands on a line of its own.
            let event = xml.find("<Event").and_then(|start| xml.get(start..)).unwrap_or(&xml);
            event_xml::read_document(event, number, sink);
        }
    }
}

/// Whether it is one of the events that are read, told before the XML is walked: an application log holds thousands of others.
fn is_ours(xml: &str) -> bool {
    let id = xml.split_once("</EventID>").and_then(|(before, _)| before.rsplit_once('>'));
    id.and_then(|(_, id)| id.trim().parse().ok()).is_some_and(|id: u32| EVENTS.contains(&id))
}
