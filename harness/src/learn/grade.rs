//! What an answer is worth: the cause that was named, the evidence that was cited for it, the state in which the network was left.
//!
//! Nothing here is a matter of taste. Evidence is good when it excludes: the learner's own lines are typed again in the network of each
//! look-alike, and what was cited must show something else there. A fix is good when every client activates, what was right before is
//! still right, and nothing was opened or pinned that need not be. In reading order: this file, [`method`] (comments on the way).

pub mod method;

use evidence::registry::HOST_NAME;
use notation::Id;

use super::session::{Entry, Session};
use super::text::Language;
use super::ticket::Ticket;
use crate::bench::BenchError;
use crate::environment::Environment;
use crate::scenario::Scenario;
pub use method::Comment;

/// Points for the cause, the evidence and the fix.
pub const CAUSE_POINTS: u32 = 40;
/// Points when every look-alike is excluded.
pub const EVIDENCE_POINTS: u32 = 30;
/// Points when the network is mended and nothing else is broken.
pub const FIX_POINTS: u32 = 30;

/// What a learner answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Ids of findings.
    pub findings: Vec<String>,
    /// Numbers of evidence.
    pub because: Vec<usize>,
}

/// What it is worth.
#[derive(Clone, Debug, PartialEq)]
pub struct Marks {
    /// Findings that were named, and whether each is right.
    pub named: Vec<(String, bool)>,
    /// How many causes were not named.
    pub missing: usize,
    /// Each look-alike, and the evidence that excludes it.
    pub rivals: Vec<Rival>,
    /// Evidence that was cited and excludes nothing.
    pub in_vain: Vec<usize>,
    /// The state of the network.
    pub fix: Fix,
    /// Comments on the way.
    pub method: Vec<Comment>,
}

/// A look-alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rival {
    /// The name of its scenario.
    pub name: String,
    /// What it is, in the words of its scenario.
    pub title: String,
    /// The first cited evidence that excludes it.
    pub excluded_by: Option<usize>,
}

/// The state in which the network was left.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fix {
    /// Each client, and how its attempt ended if it is not activated.
    pub clients: Vec<(Id, Option<String>)>,
    /// Records that were right and are gone.
    pub lost_records: Vec<String>,
    /// Machines whose service ran and does not run.
    pub stopped: Vec<Id>,
    /// Lines that opened more than is needed.
    pub insecure: Vec<String>,
    /// Clients that have a registered KMS host now and had none.
    pub pinned: Vec<Id>,
}

impl Fix {
    /// Whether the network is mended, and nothing besides is worse than before.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.is_healed()
            && self.lost_records.is_empty()
            && self.stopped.is_empty()
            && self.insecure.is_empty()
            && self.pinned.is_empty()
    }

    fn is_healed(&self) -> bool {
        !self.clients.is_empty() && self.clients.iter().all(|(_, fails)| fails.is_none())
    }
}

impl Marks {
    /// Whether the cause is named, all of it and nothing else.
    #[must_use]
    pub fn cause_is_right(&self) -> bool {
        self.missing == 0 && !self.named.is_empty() && self.named.iter().all(|(_, right)| *right)
    }

    /// Whether every look-alike is excluded.
    #[must_use]
    pub fn evidence_is_right(&self) -> bool {
        self.rivals.iter().all(|rival| rival.excluded_by.is_some())
    }

    /// Whether the ticket is solved.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.cause_is_right() && self.evidence_is_right() && self.fix.is_good()
    }

    /// Points, of 100. What is half right gets half of its points, or as many as look-alikes are excluded.
    #[must_use]
    pub fn points(&self) -> u32 {
        let right = self.named.iter().filter(|(_, right)| *right).count();
        let wrong = self.named.len() - right;
        let cause = share(CAUSE_POINTS, right.saturating_sub(wrong), right + self.missing);
        let excluded = self.rivals.iter().filter(|rival| rival.excluded_by.is_some()).count();
        // Whoever names the wrong cause has no evidence for the right one.
        let evidence = if right > 0 { share(EVIDENCE_POINTS, excluded, self.rivals.len()) } else { 0 };
        let fix = match () {
            () if self.fix.is_good() => FIX_POINTS,
            () if self.fix.is_healed() => FIX_POINTS / 2,
            () => 0,
        };
        cause + evidence + fix
    }
}

/// A share of points; all of them where there is nothing to share.
fn share(points: u32, got: usize, of: usize) -> u32 {
    let [got, of] = [got, of].map(|number| u32::try_from(number).unwrap_or(u32::MAX));
    points.saturating_mul(got).checked_div(of).unwrap_or(points)
}

/// Marks an answer to a ticket, after the lines of a session.
///
/// # Errors
/// What the simulated network cannot show.
pub fn grade(ticket: &Ticket, session: &Session, answer: &Answer) -> Result<Marks, BenchError> {
    let lesson = &ticket.named.lesson;
    let mut named = Vec::new();
    for finding in &answer.findings {
        let entry = (finding.clone(), lesson.is_right(finding));
        if !named.contains(&entry) {
            named.push(entry);
        }
    }
    let first_or_also = |finding: &str| lesson.also.iter().any(|also| also.value == finding);
    let is_named = |(place, cause): (usize, &str)| {
        named.iter().any(|(finding, _)| finding == cause || (place == 0 && first_or_also(finding)))
    };
    let causes = lesson.causes.iter().map(|cause| cause.value.as_str()).enumerate();
    let missing = causes.filter(|cause| !is_named(*cause)).count();
    let lines: Vec<String> = session.lines().collect();
    let (rivals, in_vain) = evidence(ticket, session, &lines, &answer.because)?;
    let fix = fix(ticket, session, &lines)?;
    Ok(Marks { named, missing, rivals, in_vain, fix, method: method::comments(ticket, session) })
}

/// Which look-alike each cited look excludes.
fn evidence(
    ticket: &Ticket,
    session: &Session,
    lines: &[String],
    because: &[usize],
) -> Result<(Vec<Rival>, Vec<usize>), BenchError> {
    let mut rivals = Vec::new();
    let mut useful: Vec<usize> = Vec::new();
    for (name, scenario) in ticket.named.lesson.rivals.iter().zip(&ticket.rivals) {
        let there = replay(scenario, ticket, lines, session.language())?;
        let excluding: Vec<usize> =
            because.iter().filter(|number| tells_apart(session, &there, **number)).copied().collect();
        let (name, title) = (name.value.clone(), scenario.title.clone());
        rivals.push(Rival { name, title, excluded_by: excluding.first().copied() });
        useful.extend(excluding);
    }
    let in_vain = because.iter().filter(|number| !useful.contains(number)).copied().collect();
    Ok((rivals, in_vain))
}

/// Whether a look shows something else in another network.
fn tells_apart(session: &Session, there: &Session, number: usize) -> bool {
    let Some(here) = session.evidence(number) else { return false };
    // The same lines have the same numbers, unless one of them could not be done there; then this one is looked for.
    let same = |entry: &&Entry| entry.placed() == here.placed();
    let earlier = session.entries().iter().filter(|entry| entry.number < here.number && same(entry)).count();
    let there = there.entries().iter().filter(same).nth(earlier);
    there.is_none_or(|there| timeless(&there.shown) != timeless(&here.shown))
}

/// What was shown, without times of day: they differ for many reasons.
fn timeless(shown: &str) -> String {
    let is_time = |word: &str| {
        word.len() >= 4
            && word.contains(':')
            && word.chars().all(|letter| letter.is_ascii_digit() || matches!(letter, ':' | '.' | 'Z' | 'T' | '-'))
    };
    let words = shown.split_whitespace().filter(|word| !is_time(word) || word.parse::<std::net::IpAddr>().is_ok());
    words.collect::<Vec<_>>().join(" ")
}

/// Types lines in a network.
fn replay(scenario: &Scenario, ticket: &Ticket, lines: &[String], language: &Language) -> Result<Session, BenchError> {
    let mut session = Session::new(scenario, ticket.client(), ticket.seed, language.clone())?;
    session.type_all(lines.iter().map(String::as_str));
    Ok(session)
}

/// Lets every client try in the network as it was left, and compares it with what it was.
fn fix(ticket: &Ticket, session: &Session, lines: &[String]) -> Result<Fix, BenchError> {
    let mut left = replay(&ticket.scenario, ticket, lines, session.language())?;
    let (healthy, start) = (&ticket.scenario.healthy, ticket.start());
    let now = left.environment().clone();
    let mut fix = Fix {
        lost_records: lost_records(healthy, start, &now),
        stopped: stopped(start, &now),
        insecure: session.entries().iter().filter(|entry| entry.insecure).map(|entry| entry.placed()).collect(),
        pinned: pinned(start, &now),
        ..Fix::default()
    };
    for client in now.clients.iter().map(|client| &client.id) {
        if client != ticket.client() {
            // What a bystander's resolver remembers, time mends.
            left.flush(client)?;
        }
        let (activated, code) = left.try_again(client)?;
        fix.clients.push((client.clone(), (!activated).then_some(code)));
    }
    Ok(fix)
}

/// Records that were there when all was well and when the ticket came, and are not there now.
fn lost_records(healthy: &Environment, start: &Environment, now: &Environment) -> Vec<String> {
    let records = |environment: &Environment| -> Vec<(Id, String)> {
        let servers = environment.dns_servers.iter().map(|server| (&server.id, &server.service.zones));
        let zones = servers.flat_map(|(id, zones)| zones.iter().map(move |zone| (id, zone)));
        zones
            .flat_map(|(id, zone)| {
                zone.records().iter().map(move |record| {
                    (id.clone(), format!("{} {} {}", record.name, record.record_type(), record.data))
                })
            })
            .collect()
    };
    let (healthy, now) = (records(healthy), records(now));
    let lost = records(start).into_iter().filter(|record| healthy.contains(record) && !now.contains(record));
    lost.map(|(_, record)| record).collect()
}

fn running(environment: &Environment) -> impl Iterator<Item = (&Id, bool)> {
    let dns = environment.dns_servers.iter().map(|server| (&server.id, server.running));
    dns.chain(environment.kms_hosts.iter().map(|host| (&host.id, host.running)))
}

fn stopped(start: &Environment, now: &Environment) -> Vec<Id> {
    let ran = |id: &Id| running(start).any(|(known, running)| known == id && running);
    running(now).filter(|(id, running)| !running && ran(id)).map(|(id, _)| id.clone()).collect()
}

/// Clients with a registered KMS host that they had not, or another one.
fn pinned(start: &Environment, now: &Environment) -> Vec<Id> {
    let pins = |environment: &Environment, id: &Id| -> Vec<String> {
        let values = environment.client(id).into_iter().flat_map(|client| client.registry.clone());
        values
            .filter(|value| value.name.eq_ignore_ascii_case(HOST_NAME))
            .map(|value| format!("{} {}", value.path, value.data))
            .collect()
    };
    let new = |id: &&Id| {
        let before = pins(start, id);
        pins(now, id).iter().any(|pin| !before.contains(pin))
    };
    now.clients.iter().map(|client| &client.id).filter(new).cloned().collect()
}

#[cfg(test)]
mod tests;
