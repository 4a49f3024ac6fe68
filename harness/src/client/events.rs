//! The events of the licensing service: 12288 for a request that was sent or could not be, 12289 for an answer that was processed,
//! 8198 for an activation that failed.
//!
//! Their fields are those of the event table in Microsoft's volume activation documents (ff793440), in order. What starts an
//! event and what its code means is told there too; the codes of failures below KMS are inferred (see [`super::codes`]).

use evidence::outcome::{Confidence, Licence, LoggedEvent, Surface};

use super::Stand;
use super::call::Answer;
use super::codes::{Ending, INVALID_NAME, NO_SERVERS, RPC_SERVER_UNAVAILABLE};
use super::resolver::DnsFailure;

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

/// RPC_NT_SERVER_UNAVAILABLE.
const RPC_NT_SERVER_UNAVAILABLE: u32 = 0xC002_0017;
/// ERROR_INVALID_STATE.
const INVALID_STATE: u32 = 0x8007_139F;

/// Event 8198, with which the service says that an activation failed, where a source shows its code.
///
/// The support article on event 8198 pairs the two codes with a host that cannot be reached; field reports show the other two.
/// No source tells whether `slmgr /ato` alone writes it, or only an attempt that Windows makes by itself; Vista has no such event.
pub(super) fn of_failure(stand: &Stand<'_>, ending: &Ending) -> Option<LoggedEvent> {
    let identity = stand.identity;
    if identity.profile.shows_inner_code || identity.product.is_office() {
        return None;
    }
    let code = match ending {
        Ending::NotReached => Surface::new(&[RPC_NT_SERVER_UNAVAILABLE, INVALID_STATE], Confidence::Documented),
        Ending::NoSuffix => Surface::new(&[INVALID_NAME], Confidence::Field),
        Ending::Dns(DnsFailure::NoServers) => Surface::new(&[NO_SERVERS], Confidence::Field),
        Ending::Outside(_)
        | Ending::NotFound { .. }
        | Ending::Dns(_)
        | Ending::RegisteredNameUnresolved(_)
        | Ending::Rpc(_)
        | Ending::Refused(_)
        | Ending::CountTooLow { .. }
        | Ending::Activated { .. }
        | Ending::NotAsked { .. } => return None,
    };
    Some(LoggedEvent {
        id: 8198,
        code,
        fields: vec![identity.product.application.to_string(), identity.product.sku.to_string()],
    })
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
