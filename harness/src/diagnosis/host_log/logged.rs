//! What one attempt leaves in the event log of a KMS host: event 12290 for each answered request, 12291 to 12294 as the service
//! wrote them.
//!
//! It stands apart from the logs of a run because a journal tells of one attempt and knows no run.

use double::{Moment, WallTime};
use evidence::Event;
use evidence::outcome::{Confidence, LoggedEvent, Surface};
use evidence::timeline::Timeline;
use evidence::vantage::KmsRequest;
use mock_kms::journal::log::LogEvent;
use mock_kms::journal::{KmsEvent, What};
use mock_kms::wire::Hresult;
use mock_kms::wire::kms::BaseRequest;

/// An event, when it was written, and the request that it is about.
#[derive(Clone, Debug)]
pub struct Logged {
    /// When.
    pub at: Moment,
    /// The event.
    pub event: LoggedEvent,
    /// The request; none where none was answered.
    pub request: Option<KmsRequest>,
}

/// What a host logs in the course of a timeline, oldest first. A request that cannot be read leaves no event that could be told.
#[must_use]
pub fn logged(timeline: &Timeline, host: &str) -> Vec<Logged> {
    let mut logged = Vec::new();
    let mut asked: Option<(u64, &BaseRequest)> = None;
    for entry in timeline.entries.iter().filter(|entry| entry.machine.as_str() == host) {
        let Event::Kms(KmsEvent { connection, what, .. }) = &entry.event else { continue };
        match what {
            What::Request(request) => asked = request.base.as_deref().map(|base| (*connection, base)),
            What::Response { hresult, .. } => {
                if let Some((_, base)) = asked.take().filter(|(other, _)| other == connection) {
                    logged.push(Logged::answer(entry.at, base, *hresult));
                }
            }
            What::Logged(event) => logged.push(Logged::other(entry.at, event)),
            What::Accept { .. }
            | What::Bind { .. }
            | What::BindAck { .. }
            | What::BindNak { .. }
            | What::AlterContext { .. }
            | What::AlterContextResp { .. }
            | What::Fragment
            | What::Fault { .. }
            | What::Ignored { .. }
            | What::Incomplete
            | What::NotRpc
            | What::Unreadable(_)
            | What::Close { .. }
            | What::Reset { .. } => {}
        }
    }
    logged
}

impl Logged {
    /// Event 12290 (table of events of the volume activation documents): N policy, client name, CMID, client time, virtual machine,
    /// licence status, minutes to expiry, activation id.
    pub(super) fn answer(at: Moment, base: &BaseRequest, answered: Hresult) -> Self {
        let name = base.workstation.to_string();
        let fields = vec![
            base.required_clients.to_string(),
            name.clone(),
            base.client.to_string(),
            time(base.client_time),
            base.virtual_machine.to_string(),
            base.license_status.to_string(),
            base.minutes_left.to_string(),
            base.sku.to_string(),
        ];
        let code = Surface { any: vec![answered], confidence: Confidence::Documented };
        let request = KmsRequest { at, name, cmid: base.client, licence_status: base.license_status, answered };
        Self { at, event: LoggedEvent { id: 12_290, code, fields }, request: Some(request) }
    }

    fn other(at: Moment, event: &LogEvent) -> Self {
        // Events of a success carry no code; it is what they say.
        let code = event.code();
        let fields = event.fields().into_iter().skip(usize::from(code.is_some())).collect();
        let code = Surface { any: vec![code.unwrap_or(Hresult::OK)], confidence: Confidence::Documented };
        Self { at, event: LoggedEvent { id: event.id(), code, fields }, request: None }
    }
}

/// `YYYY/M/D H:MM` in UTC, without zeros in front, as the sample of a host has it (support article for 0xC004F074).
fn time(time: WallTime) -> String {
    let ((year, month, day), second) = time.civil();
    format!("{year}/{month}/{day} {}:{:02}", second / 3600, second / 60 % 60)
}
