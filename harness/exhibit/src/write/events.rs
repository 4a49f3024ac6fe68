//! The events of the licensing service, as Event Viewer copies them as text.
//!
//! Form, sentences of 12288 and 12290 and the order of fields from Microsoft's articles (kms-behaviour 3); the sentence of 12289 from a
//! field report, those of 12293 and 12294 in the words of the operations guide. An event here knows its time to the minute, from its own fields. The
//! dates of Event Viewer are those of the country: here of the United States or Korea.

use double::WallTime;
use evidence::outcome::LoggedEvent;

use super::NotShown;
use crate::desk::Desk;
use crate::label::Language;

/// The events in the logs of the machine, oldest first.
///
/// # Errors
/// On a machine whose logs cannot be read, or hold nothing of it.
pub fn events(desk: &Desk<'_>, language: Language) -> Result<String, NotShown> {
    let events = desk.vantage.events()?;
    if events.is_empty() {
        return Err(NotShown::Nothing);
    }
    let source = match desk.vantage.licensing().map(|licensing| licensing.generation) {
        Ok("windows-vista") => "Microsoft-Windows-Security-Licensing-SLC",
        _ => "Microsoft-Windows-Security-SPP",
    };
    let suffix = desk.vantage.ip_configuration().ok().and_then(|ip| ip.primary_suffix.clone());
    let computer = suffix.map_or_else(|| desk.name.to_owned(), |suffix| format!("{}.{suffix}", desk.name));
    let mut known = None;
    let shown = events.iter().map(|event| {
        // 8198 has no time in its fields; it follows the attempt that it tells of.
        known = time_of(event).or(known);
        // 12290 stands in a log of its own.
        let log = if event.id == 12_290 { "Key Management Service" } else { "Application" };
        let level = if matches!(event.id, 8198 | 12_293) { "Error" } else { "Information" };
        let date = known.map(|time| local(language, time)).unwrap_or_default();
        format!(
            "Log Name:      {log}\nSource:        {source}\nDate:          {date}\nEvent ID:      {}\nTask Category: None\nLevel:         {level}\nKeywords:      Classic\nUser:          N/A\nComputer:      {computer}\nDescription:\n{}\n{}\n\n",
            event.id,
            sentence(event.id),
            info(event)
        )
    });
    Ok(shown.collect())
}

const fn sentence(id: u32) -> &'static str {
    match id {
        8198 => "License Activation (slui.exe) failed with the following error code:",
        12_288 => "The client has sent an activation request to the key management service machine.",
        12_289 => "The client has processed an activation response from the key management service machine.",
        12_290 => "An activation request has been processed.",
        12_293 => "Publishing the Key Management Service (KMS) to DNS failed.",
        12_294 => "Publishing the Key Management Service (KMS) to DNS is successful.",
        _ => "",
    }
}

/// The fields of an event: the HRESULT first, where it has one. 8198 names what it holds (general knowledge).
fn info(event: &LoggedEvent) -> String {
    let code = event.code.any.first().map(ToString::to_string);
    if let (8198, Some(code), [application, sku]) = (event.id, &code, &*event.fields) {
        return format!("hr={code}\nCommand-line arguments:\nAppId={application};SkuId={sku}");
    }
    let fields = code.into_iter().filter(|_| event.id != 12_294).chain(event.fields.iter().cloned());
    // The host's event has no blanks behind its commas (sample).
    let between = if event.id == 12_290 { "," } else { ", " };
    format!("Info:\n{}", fields.collect::<Vec<_>>().join(between))
}

/// The time in an event's fields, to the minute: `2026/03/02 09:00`.
fn time_of(event: &LoggedEvent) -> Option<WallTime> {
    event.fields.iter().find_map(|field| {
        let (date, time) = field.split_once(' ')?;
        let mut date = date.split('/').map(|part| part.parse().ok());
        let (year, month, day) = (date.next()??, date.next()??, date.next()??);
        let (hour, minute) = time.split_once(':')?;
        let (hour, minute): (u64, u64) = (hour.parse().ok()?, minute.parse().ok()?);
        WallTime::from_civil(year, month, day, hour * 3600 + minute * 60)
    })
}

/// A time as the country writes it; machines here live in UTC.
pub(super) fn local(language: Language, time: WallTime) -> String {
    let ((year, month, day), second) = time.civil();
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    let twelve = if hour % 12 == 0 { 12 } else { hour % 12 };
    match language {
        Language::Korean => {
            let half = if hour < 12 { "오전" } else { "오후" };
            format!("{year:04}-{month:02}-{day:02} {half} {twelve}:{minute:02}:{second:02}")
        }
        Language::English | Language::German | Language::French | Language::Chinese => {
            let half = if hour < 12 { "AM" } else { "PM" };
            format!("{month}/{day}/{year} {twelve}:{minute:02}:{second:02} {half}")
        }
    }
}
