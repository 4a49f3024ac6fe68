//! The journal as a file: one timeline over DNS, TCP, RPC and KMS for each attempt of a client, as JSON Lines.
//!
//! It stands apart from the reports because it tells what happened and not what was expected of it, and because programs of others
//! read it: its lines are declared once, in [`mod@line`], from which writing and the published schema follow. In reading order: [`mod@line`],
//! [`event`] (what an entry says), [`conversation`] (which entries tell of one exchange), `logged` (what it left in event logs). Same seed, same bytes.

pub mod conversation;
pub mod event;
pub mod line;
mod logged;

use std::io::{self, Write};
use std::time::Duration;

use double::Entry;
use evidence::Event;
use evidence::outcome::LoggedEvent;
use evidence::timeline::Timeline;
use serde_json::Value;

use crate::environment::{ClientMachine, Environment};
use crate::runner::ScenarioRecord;
use crate::scenario::Scenario;
use conversation::Conversations;
use line::{AttemptLine, BeginLine, EndLine, EntryLine, MachineLine, VERSION};

/// One attempt of a client, or what a program did in its place: what a journal or a capture is written of.
#[derive(Clone, Copy, Debug)]
pub struct Attempt<'a> {
    /// The scenario's name.
    pub scenario: &'a str,
    /// The step, counted from 1.
    pub step: usize,
    /// The client.
    pub client: &'a ClientMachine,
    /// Who is there.
    pub environment: &'a Environment,
    /// What happened.
    pub timeline: &'a Timeline,
    /// How it ended; none where a program decides that itself.
    pub outcome: Option<&'a str>,
    /// What it left in the client's event log; nothing where a program stood in the client's place.
    pub events: &'a [LoggedEvent],
    /// How long it took on the clock of the run.
    pub took: Duration,
}

/// The attempts of a scenario that was run, in their order. What was skipped made none.
pub fn attempts<'a>(scenario: &'a Scenario, record: &'a ScenarioRecord) -> impl Iterator<Item = Attempt<'a>> {
    record.results.iter().filter_map(move |result| {
        let step = scenario.steps.get(result.step.checked_sub(1)?)?;
        let outcome = result.outcome.as_ref()?;
        let client = step.environment.clients.iter().find(|client| client.id.as_str() == result.client)?;
        Some(Attempt {
            scenario: &scenario.name,
            step: result.step,
            client,
            environment: &step.environment,
            timeline: &result.timeline,
            outcome: Some(outcome.word.word()),
            events: &outcome.events,
            took: result.took,
        })
    })
}

/// A journal that is being written.
#[derive(Debug)]
pub struct Journal<W> {
    out: W,
    annotated: bool,
    attempts: u64,
    entries: u64,
    logged: u64,
}

impl<W: Write> Journal<W> {
    /// Begins a journal. `annotated` adds what only the laboratory knows, such as the fault that struck.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn begin(out: W, network: &str, seed: u64, annotated: bool) -> io::Result<Self> {
        let mut journal = Self { out, annotated, attempts: 0, entries: 0, logged: 0 };
        let program = format!("kmslab {}", env!("CARGO_PKG_VERSION"));
        let line = BeginLine { version: VERSION, program, simulation: true, network: network.to_owned(), seed };
        journal.line(line::json("begin", &line))?;
        Ok(journal)
    }

    /// Writes an attempt, its entries and what it left in event logs.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn attempt(&mut self, attempt: &Attempt<'_>) -> io::Result<()> {
        self.attempts += 1;
        self.line(line::json("attempt", &attempt_line(attempt)))?;
        let conversations = Conversations::of(attempt.timeline, attempt.environment);
        for (place, entry) in attempt.timeline.entries.iter().enumerate() {
            self.entries += 1;
            let line = self.entry(attempt, place, entry, &conversations);
            self.line(line::json("entry", &line))?;
        }
        for line in logged::lines(attempt) {
            self.logged += 1;
            self.line(line::json("logged", &line))?;
        }
        Ok(())
    }

    /// Ends the journal.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn end(mut self) -> io::Result<W> {
        let line = EndLine { attempts: self.attempts, entries: self.entries, logged: self.logged };
        self.line(line::json("end", &line))?;
        Ok(self.out)
    }

    fn entry(&self, attempt: &Attempt<'_>, place: usize, entry: &Entry<Event>, among: &Conversations) -> EntryLine {
        let role = attempt.timeline.role(&entry.machine);
        EntryLine {
            number: number(place + 1),
            at_us: line::microseconds(entry.at),
            machine: entry.machine.to_string(),
            role: role.map(|role| role.word().to_owned()),
            conversation: among.at(place).map(|conversation| number(conversation + 1)),
            text: entry.event.to_string(),
            note: entry.note.clone().filter(|_| self.annotated),
            ..event::line(&entry.event)
        }
    }

    fn line(&mut self, value: Value) -> io::Result<()> {
        writeln!(self.out, "{value}")
    }
}

fn number(place: usize) -> u64 {
    u64::try_from(place).unwrap_or(u64::MAX)
}

fn attempt_line(attempt: &Attempt<'_>) -> AttemptLine {
    let environment = attempt.environment;
    let dns = environment.dns_servers.iter().map(|machine| (&machine.id, &machine.addresses, "dns"));
    let hosts = environment.kms_hosts.iter().map(|machine| (&machine.id, &machine.addresses, "host"));
    let servers = dns.chain(hosts).map(|(id, addresses, role)| MachineLine {
        id: id.to_string(),
        role: role.to_owned(),
        addresses: addresses.iter().map(ToString::to_string).collect(),
    });
    let clients = environment.clients.iter().map(|machine| MachineLine {
        id: machine.id.to_string(),
        role: "client".to_owned(),
        addresses: machine.ip.adapters.iter().map(|adapter| adapter.address.to_string()).collect(),
    });
    AttemptLine {
        scenario: attempt.scenario.to_owned(),
        step: number(attempt.step),
        client: attempt.client.id.to_string(),
        profile: attempt.client.profile.word().to_owned(),
        start: environment.start.to_string(),
        machines: servers.chain(clients).collect(),
        outcome: attempt.outcome.map(str::to_owned),
        virtual_ms: u64::try_from(attempt.took.as_millis()).unwrap_or(u64::MAX),
    }
}

#[cfg(test)]
mod tests;
