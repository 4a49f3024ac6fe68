//! Events as text: copied from Event Viewer, `wevtutil` as text, `Get-WinEvent` and `Get-EventLog` as list or table.
//!
//! An event begins at the line that opens its block (the log's name, the time, a row of the table); its id stands behind a
//! label in some language, and is believed when it is one of the events that are read. All other lines up to the next event are
//! its text. What a label means is not asked, but for the computer's.

use crate::read::Why;
use crate::read::event::{EVENTS, Event, id_of_list, list};
use crate::read::field::{labelled, time};
use crate::read::page::Line;
use crate::read::recognise::{Mark, Piece};
use crate::read::sink::Sink;
use crate::tool::Tool;

/// Labels of the id. All but English are from general knowledge.
const IDS: [&str; 9] = [
    "Event ID",
    "EventID",
    "Id",
    "InstanceId",
    "이벤트 ID",
    "Ereignis-ID",
    "ID de l'événement",
    "ID de l’événement",
    "事件 ID",
];

/// Labels with which a block begins. All but English are from general knowledge.
const OPENINGS: [&str; 9] = [
    "Log Name",
    "TimeCreated",
    "Index",
    "로그 이름",
    "Protokollname",
    "Nom du journal",
    "日志名称",
    "Event",
    "EventID",
];

/// Labels of the computer.
const COMPUTERS: [&str; 7] = ["Computer", "MachineName", "컴퓨터", "Ordinateur", "Computername", "计算机", "Rechner"];

/// Labels of a time.
const TIMES: [&str; 7] = ["Date", "TimeCreated", "TimeGenerated", "날짜", "Datum", "日期", "SystemTime"];

/// What stands beside the id in an event and says nothing more.
const SILENT: [&str; 3] = ["---", "===", "TimeCreated "];

pub(super) fn mark(lines: &[Line<'_>]) -> Option<Mark> {
    let line = lines.first()?;
    let words = line.words();
    if row_id(words).is_some() || id_line(words).is_some() {
        return Some(Mark::Body);
    }
    if opens(words) {
        // The id follows within a few lines; otherwise it is some other list.
        let near = lines.iter().take(BLOCK_HEAD);
        return near.into_iter().any(|line| id_line(line.words()).is_some()).then_some(Mark::Body);
    }
    list(words).as_deref().and_then(id_of_list).map(|_| Mark::Body)
}

/// How many lines after the first of a block its id stands at the latest.
const BLOCK_HEAD: usize = 12;

/// Whether a block of an event may begin here.
fn opens(words: &str) -> bool {
    words.starts_with("Event[") || labelled(words).is_some_and(|(label, _)| OPENINGS.contains(&label))
}

/// The id on a line of its own behind its label.
fn id_line(words: &str) -> Option<u32> {
    let (label, value) = labelled(words)?;
    let id = value.parse().ok()?;
    (IDS.contains(&label) && EVENTS.contains(&id)).then_some(id)
}

/// The id in a row of `Get-WinEvent`'s table: time, id, level, message.
fn row_id(words: &str) -> Option<u32> {
    let starts = words.starts_with(|c: char| c.is_ascii_digit()) && words.contains(':');
    let mut parts = words.split_whitespace().skip(1).take(5);
    starts.then(|| parts.find_map(|part| part.parse().ok().filter(|id| EVENTS.contains(id))))?
}

pub(super) fn read(piece: Piece<'_>, sink: &mut Sink<'_>) {
    let mut event: Option<Event> = None;
    for line in piece.lines {
        let words = line.words();
        if words.is_empty() || SILENT.iter().any(|silent| words.starts_with(silent)) && labelled(words).is_none() {
            continue;
        }
        if opens(words) && event.as_ref().is_none_or(|event| event.id.is_some()) {
            finish(event.replace(Event { line: line.number, ..Event::default() }), sink);
        }
        if let Some(id) = row_id(words) {
            let cut = words.ends_with("...") || words.ends_with('…');
            let text = words.to_owned();
            finish(event.replace(Event { line: line.number, id: Some(id), text, cut, ..Event::default() }), sink);
            continue;
        }
        if event.is_none() {
            let alone = id_line(words).is_some() || list(words).is_some();
            if !alone {
                sink.unread(line.number, Why::Unknown(Tool::Events));
                continue;
            }
        }
        let event = event.get_or_insert_with(|| Event { line: line.number, ..Event::default() });
        take(event, words);
    }
    finish(event, sink);
}

fn take(event: &mut Event, words: &str) {
    if let Some(id) = id_line(words) {
        event.id = Some(id);
        return;
    }
    if let Some((label, value)) = labelled(words) {
        if COMPUTERS.contains(&label) && !value.is_empty() {
            event.computer = Some(value.to_owned());
            return;
        }
        if TIMES.contains(&label) {
            event.at = time(value);
            return;
        }
    }
    event.cut |= words.ends_with("...") || words.ends_with('…');
    event.text.push_str(words);
    event.text.push('\n');
}

fn finish(event: Option<Event>, sink: &mut Sink<'_>) {
    if let Some(mut event) = event {
        // The list may be broken over lines; the sentence before it holds no code.
        let joined = event.text.split('\n').collect::<Vec<_>>().join(" ");
        event.text = joined;
        event.end(sink);
    }
}
