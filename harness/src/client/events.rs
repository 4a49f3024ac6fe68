//! The events of the licensing service: 12288 for a request that was sent or could not be, 12289 for an answer that was processed.
//!
//! Their fields are those of the event table in Microsoft's volume activation documents (ff793440), in order. What starts an
//! event and what its code means is told there too; the codes of failures below KMS are inferred (see [`super::codes`]).

use evidence::outcome::{Confidence, Licence, LoggedEvent, Surface};

use super::Stand;
use super::call::Answer;
use super::codes::RPC_SERVER_UNAVAILABLE;

/// Status flag: the host has not counted enough (VA 2.0 Operations Guide, page 29).
const NOT_ENOUGH_COUNT: u32 = 0x0400_0000;

/// Event 12288 for a host that could not be reached: the field is expected to hold "RPC server unavailable" (inferred).
pub(super) fn not_reached(stand: &Stand<'_>, host: &str, licence: &Licence) -> LoggedEvent {
    request(stand, host, Surface::new(&[RPC_SERVER_UNAVAILABLE], Confidence::Inferred), licence)
}

/// The events of a conversation.
pub(super) fn of_answer(stand: &Stand<'_>, host: &str, answer: &Answer, licence: &Licence) -> Vec<LoggedEvent> {
    match answer {
        Answer::NotAsked => Vec::new(),
        Answer::Broken(how) => vec![request(stand, host, how.code(), licence)],
        Answer::Refused(code) => {
            let code = Surface { any: vec![*code], confidence: Confidence::Documented };
            vec![request(stand, host, code, licence)]
        }
        Answer::Granted(granted) => {
            let fine = Surface::new(&[0], Confidence::Documented);
            let enough = granted.current_count >= stand.identity.product.required_clients;
            let flags = if enough { 0 } else { NOT_ENOUGH_COUNT };
            let fields = vec![
                format!("{flags:#010x}"),
                u8::from(enough).to_string(),
                "0".to_owned(),
                granted.current_count.to_string(),
                granted.activation_interval.to_string(),
                granted.renewal_interval.to_string(),
                client_time(stand),
            ];
            vec![request(stand, host, fine.clone(), licence), LoggedEvent { id: 12289, code: fine, fields }]
        }
    }
}

/// Event 12288: status flags, host:port, CMID, client time, VM, licence status, minutes to expiry, activation id, N policy.
fn request(stand: &Stand<'_>, host: &str, code: Surface, licence: &Licence) -> LoggedEvent {
    let identity = stand.identity;
    let fields = vec![
        format!("{:#010x}", 0),
        host.to_owned(),
        identity.cmid.to_string(),
        client_time(stand),
        "0".to_owned(),
        licence.word.number().to_string(),
        licence.minutes_left.unwrap_or_default().to_string(),
        identity.product.sku.to_string(),
        identity.product.required_clients.to_string(),
    ];
    LoggedEvent { id: 12288, code, fields }
}

/// `YYYY/MM/DD HH:MM`, in UTC, with zeros as Windows 7 and later write it.
fn client_time(stand: &Stand<'_>) -> String {
    let time = stand.vantage.clock(stand.now()).unwrap_or(double::WallTime(0));
    let ((year, month, day), second) = time.civil();
    format!("{year:04}/{month:02}/{day:02} {:02}:{:02}", second / 3600, second / 60 % 60)
}
