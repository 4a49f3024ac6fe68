//! What the KMS hosts of a run have logged and counted so far, as somebody who sits there reads it.
//!
//! It stands apart because it outlives an attempt: a log goes on from step to step, and a count is that of the running service, not
//! of its description. It reads the timeline, as an event log is written from what happened; what a start logs is written here.

use double::{Moment, WallTime};
use evidence::Event;
use evidence::outcome::{Confidence, LoggedEvent, Surface};
use evidence::timeline::Timeline;
use evidence::vantage::KmsRequest;
use mock_kms::host::config::StartEvent;
use mock_kms::journal::log::LogEvent;
use mock_kms::journal::{KmsEvent, What};
use mock_kms::wire::Hresult;
use mock_kms::wire::kms::BaseRequest;
use notation::Id;

use super::machine_id;
use crate::environment::Environment;
use crate::network::stage::Stage;

/// The logs and counts of all hosts.
#[derive(Clone, Debug, Default)]
pub struct HostLogs {
    entries: Vec<(Id, Logged)>,
    /// What each service logged when it last started.
    started: Vec<(Id, Vec<StartEvent>)>,
    counts: Vec<(Id, u32)>,
}

/// An event, and the request that it is about.
#[derive(Clone, Debug)]
struct Logged {
    event: LoggedEvent,
    request: Option<KmsRequest>,
}

impl HostLogs {
    /// Lets services start that are new or start differently: they log what they have to say.
    pub fn start(&mut self, stage: &dyn Stage, environment: &Environment) {
        for host in &environment.kms_hosts {
            let events = &host.service.at_start;
            let known = self.started.iter().any(|(id, before)| *id == host.id && before == events);
            if known || events.is_empty() {
                continue;
            }
            self.started.retain(|(id, _)| *id != host.id);
            self.started.push((host.id.clone(), events.clone()));
            let now = stage.seen_from(&host.id).now();
            for event in events {
                let event = Event::Kms(KmsEvent::new(0, What::Logged(event.logged())));
                stage.recorder().record(now, &machine_id(&host.id), event);
            }
        }
    }

    /// Reads on: what happened at the hosts, and what they count now.
    pub fn read(&mut self, stage: &dyn Stage, environment: &Environment, timeline: &Timeline) {
        for host in &environment.kms_hosts {
            let own = timeline.entries.iter().filter(|entry| entry.machine.as_str() == host.id.as_str());
            let mut asked: Option<(u64, &BaseRequest)> = None;
            for entry in own {
                let Event::Kms(KmsEvent { connection, what, .. }) = &entry.event else { continue };
                match what {
                    What::Request(request) => asked = request.base.as_deref().map(|base| (*connection, base)),
                    What::Response { hresult, .. } => {
                        let about = asked.take().filter(|(other, _)| other == connection);
                        if let Some((_, base)) = about {
                            self.entries.push((host.id.clone(), Logged::answer(entry.at, base, *hresult)));
                        }
                    }
                    What::Logged(event) => self.entries.push((host.id.clone(), Logged::other(event))),
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
            if let Some(count) = stage.current_count(&host.id) {
                self.counts.retain(|(id, _)| *id != host.id);
                self.counts.push((host.id.clone(), count));
            }
        }
    }

    /// How many events all hosts together have logged.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether no host has logged anything.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// What was logged after the first `known` events, and by whom.
    #[must_use]
    pub fn since(&self, known: usize) -> Vec<(Id, LoggedEvent)> {
        self.entries.iter().skip(known).map(|(host, logged)| (host.clone(), logged.event.clone())).collect()
    }

    /// The events of a host, oldest first.
    #[must_use]
    pub fn events(&self, host: &Id) -> Vec<LoggedEvent> {
        self.of(host).map(|logged| logged.event.clone()).collect()
    }

    /// The requests that a host has logged, oldest first.
    #[must_use]
    pub fn requests(&self, host: &Id) -> Vec<KmsRequest> {
        self.of(host).filter_map(|logged| logged.request.clone()).collect()
    }

    /// What a host counted when it was last looked at.
    #[must_use]
    pub fn count(&self, host: &Id) -> Option<u32> {
        self.counts.iter().find(|(id, _)| id == host).map(|(_, count)| *count)
    }

    fn of<'a>(&'a self, host: &'a Id) -> impl Iterator<Item = &'a Logged> {
        self.entries.iter().filter(move |(id, _)| id == host).map(|(_, logged)| logged)
    }
}

impl Logged {
    /// Event 12290 (table of events of the volume activation documents): N policy, client name, CMID, client time, virtual machine,
    /// licence status, minutes to expiry, activation id.
    fn answer(at: Moment, base: &BaseRequest, answered: Hresult) -> Self {
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
        Self { event: LoggedEvent { id: 12_290, code, fields }, request: Some(request) }
    }

    fn other(event: &LogEvent) -> Self {
        // Events of a success carry no code; it is what they say.
        let code = event.code();
        let fields = event.fields().into_iter().skip(usize::from(code.is_some())).collect();
        let code = Surface { any: vec![code.unwrap_or(Hresult::OK)], confidence: Confidence::Documented };
        Self { event: LoggedEvent { id: event.id(), code, fields }, request: None }
    }
}

/// `YYYY/M/D H:MM` in UTC, without zeros in front, as the sample of a host has it (support article for 0xC004F074).
fn time(time: WallTime) -> String {
    let ((year, month, day), second) = time.civil();
    format!("{year}/{month}/{day} {}:{:02}", second / 3600, second / 60 % 60)
}

#[cfg(test)]
mod tests;
