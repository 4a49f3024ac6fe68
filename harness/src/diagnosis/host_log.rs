//! What the KMS hosts of a run have logged and counted so far, as somebody who sits there reads it.
//!
//! It stands apart because it outlives an attempt: a log goes on from step to step, and a count is that of the running service, not
//! of its description. It reads the timeline, as an event log is written from what happened ([`mod@logged`]); what a start logs is
//! written here.

pub mod logged;

use evidence::Event;
use evidence::outcome::LoggedEvent;
use evidence::timeline::Timeline;
use evidence::vantage::KmsRequest;
use mock_kms::host::config::StartEvent;
use mock_kms::journal::{KmsEvent, What};
use notation::Id;

use self::logged::{Logged, logged};

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
            let logged = logged(timeline, host.id.as_str());
            self.entries.extend(logged.into_iter().map(|logged| (host.id.clone(), logged)));
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

#[cfg(test)]
mod tests;
