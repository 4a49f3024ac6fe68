//! The list in an event of the licensing service: its fields by event, and which event it is where only the list was pasted.
//!
//! ```text
//! 12288  HRESULT, flags, host:port, client machine id, time, VM, status, minutes, activation id[, required count]
//! 12289  HRESULT, flags, activated, -, count, activation interval, renewal interval, time
//! 12290  HRESULT, required count, client, client machine id, time, VM, status, minutes, activation id
//! ```
//!
//! Text and XML carry the same list (kms-behaviour: Events). Sentences around it are translated and misspelt, so they are not
//! looked at, but for a domain in quotes.

use double::WallTime;
use mock_kms::wire::Hresult;

use crate::claim::{EventClaim, Says};
use crate::read::Why;
use crate::read::field::{code, host_port};
use crate::read::sink::Sink;
use crate::tool::Tool;

/// The events that are read: activation of client and host, publishing, and the failure of automatic activation.
pub(super) const EVENTS: [u32; 8] = [12288, 12289, 12290, 12291, 12292, 12293, 12294, 8198];

/// An event as far as it was read.
#[derive(Default)]
pub(super) struct Event {
    /// Where it begins.
    pub line: usize,
    /// Its id.
    pub id: Option<u32>,
    /// The computer.
    pub computer: Option<String>,
    /// When.
    pub at: Option<WallTime>,
    /// The text, or the data of the XML.
    pub text: String,
    /// Whether the text ends with three dots of a narrow table.
    pub cut: bool,
}

/// The fields of a list that begins with an HRESULT.
pub(super) fn list(text: &str) -> Option<Vec<String>> {
    let start = text.find("0x")?;
    let fields: Vec<String> = text.get(start..)?.split(',').map(|field| field.trim().to_owned()).collect();
    let begins = fields.first().is_some_and(|first| first.len() == 10 && code(first).is_some());
    (begins && fields.len() > 1).then_some(fields)
}

/// Which event has such a list.
pub(super) fn id_of_list(fields: &[String]) -> Option<u32> {
    let is_guid = |at: usize| fields.get(at).is_some_and(|field| field.parse::<mock_kms::wire::Guid>().is_ok());
    match fields.len() {
        9 | 10 if is_guid(3) && fields.get(2).is_some_and(|field| host_port(field).is_some()) => Some(12288),
        9 if is_guid(3) => Some(12290),
        8 if fields.get(2).is_some_and(|field| ["0", "1"].contains(&field.as_str())) => Some(12289),
        _ => None,
    }
}

impl Event {
    /// Claims what was read.
    pub(super) fn end(self, sink: &mut Sink<'_>) {
        let fields = list(&self.text);
        let id = self.id.or_else(|| {
            let id = id_of_list(fields.as_deref()?)?;
            sink.doubt(self.line, format!("the event's id is not shown: its fields are those of {id}"));
            Some(id)
        });
        let Some(id) = id else {
            if !self.text.trim().is_empty() || self.computer.is_some() {
                sink.unread(self.line, Why::Incomplete("an event without its id"));
            }
            return;
        };
        if !EVENTS.contains(&id) {
            sink.unread(self.line, Why::NoTool);
            return;
        }
        let complete = match id {
            12288..=12290 => fields.as_deref().and_then(id_of_list) == Some(id),
            _ => true,
        };
        if !complete {
            // Without its fields the event says neither success nor failure: a code of 0 would be invented.
            let why =
                if self.cut { "the narrow table hides the fields of the event" } else { "the fields of the event" };
            sink.unread(self.line, Why::Incomplete(why));
            return;
        }
        let code = fields.as_ref().and_then(|fields| code(fields.first()?)).or_else(|| code(&self.text));
        let fields = match (fields, id) {
            (Some(fields), 12288..=12290) => fields.into_iter().skip(1).collect(),
            (_, 12293 | 12294) => domain_of(&self.text).into_iter().collect(),
            _ => Vec::new(),
        };
        let event = EventClaim { id, computer: self.computer, at: self.at, code: code.unwrap_or(Hresult::OK), fields };
        sink.claim(self.line, Tool::Events, Says::Event(event));
    }
}

/// The domain in the sentence of a publishing event: in quotes, or alone behind the comma of the list.
fn domain_of(text: &str) -> Option<String> {
    let is_domain = |word: &str| word.contains('.') && crate::read::field::domain(word).is_some();
    let quoted = text.split(['\'', '"', '‘', '’', '“', '”', '„', '«', '»']).map(str::trim).find(|part| is_domain(part));
    let listed = || text.split([',', ' ', '\n']).map(str::trim).find(|part| is_domain(part.trim_end_matches('.')));
    quoted.or_else(listed).map(|word| word.trim_end_matches('.').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_tell_their_event() {
        let check = |text: &str, expected: Option<u32>| {
            assert_eq!(list(text).as_deref().and_then(id_of_list), expected, "{text}");
        };
        let guid = "11111111-2222-3333-4444-555555555555";
        check(
            &format!("0xC004F06C, 0x00000000, kms1:1688, {guid}, 2026/03/02 09:00, 0, 2, 41760, {guid}, 5"),
            Some(12288),
        );
        check(
            &format!("0xC004F06C, 0x00000000, kms1:1688, {guid}, 2026/03/02 09:00, 0, 2, 41760, {guid}"),
            Some(12288),
        );
        check("0x00000000, 0x00000000, 1, 0, 10, 120, 10080, 2026/03/02 09:00", Some(12289));
        check(&format!("0x00000000,25,pc7.contoso.com,{guid},2026/3/2 9:00,0,2,41760,{guid}"), Some(12290));
        check("0x00000000, 0x00000000", None);
        check("nothing", None);
    }

    #[test]
    fn publishing_events_name_a_domain() {
        assert_eq!(domain_of("to DNS in the 'contoso.com' domain is successful").as_deref(), Some("contoso.com"));
        assert_eq!(domain_of("0x80072338, contoso.com").as_deref(), Some("contoso.com"));
        assert_eq!(domain_of("Publishing failed. Info: 0x80072338"), None);
    }
}
