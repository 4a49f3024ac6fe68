//! What the diagnosis found after an attempt: evidence, finding, what is typed, what became of it, what had stayed hidden.
//!
//! It stands apart from the surfaces because a diagnosis is made after the attempt and judged apart. It diagnoses nothing: the
//! record holds what was observed and found.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use double::escape::Untrusted;
use evidence::diagnosis::{Evidence, Severity};
use evidence::outcome::Outcome;
use evidence::timeline::{ClientEvent, Event, Role, Timeline};

use super::page::{Look, Page};
use super::{ladder, timeline};
use crate::report::remedy::{in_words, told};
use crate::runner::{FixCheck, FixWord, Found, Record};
use crate::scenario::Step;

/// Most observations of one finding that are told; the rest is counted.
const OBSERVATIONS_SHOWN: usize = 8;

/// Writes what was found after an attempt: what the client shows, then what only shows from somewhere else.
pub(super) fn draw(page: &mut Page, step: &Step, record: &Record) {
    let Some(diagnosis) = &record.diagnosis else { return };
    for found in &diagnosis.findings {
        finding(page, step, record, &diagnosis.evidence, found, None);
    }
    for (place, evidence, found) in diagnosis.sharper() {
        let place = if place == Role::Dns { "DNS server" } else { "KMS host" };
        finding(page, step, record, evidence, found, Some(place));
    }
}

/// One finding; `place` is where one has to stand besides the client.
fn finding(page: &mut Page, step: &Step, record: &Record, evidence: &Evidence, found: &Found, place: Option<&str>) {
    page.blank();
    let Found { finding, fix: checks } = found;
    let entry = finding.entry;
    let procedures =
        if entry.procedures.is_empty() { String::new() } else { format!("  [{}]", entry.procedures.join(" ")) };
    let look = if finding.severity == Severity::Error { Look::Bad } else { Look::Plain };
    let word = if place.is_some() { "sharper" } else { "finding" };
    page.looking(look, word, &format!("{}  {}{procedures}", entry.id, finding.severity.word()));
    if let Some(place) = place {
        page.section("", &format!("standing at the {place} too"));
    }
    page.section("", entry.sentence);
    page.section("", &format!("here: {}", Untrusted(&finding.says)));
    observations(page, evidence, &finding.evidence);
    fix(page, evidence, found);
    checked(page, record, checks);
    page.section("source", &format!("{} ({})", entry.source, entry.confidence.word()));
    with_the_fix(page, step, record, checks);
}

fn observations(page: &mut Page, evidence: &Evidence, numbers: &[u32]) {
    for (place, number) in numbers.iter().take(OBSERVATIONS_SHOWN).enumerate() {
        let Some(seen) = evidence.get(*number) else { continue };
        let opening = if place == 0 { "evidence" } else { "" };
        page.section(opening, &format!("#{number} {}: {}", seen.step.name, Untrusted(&seen.fact.to_string())));
    }
    if let Some(more @ 1..) = numbers.len().checked_sub(OBSERVATIONS_SHOWN) {
        page.section("", &format!("and {more} more: `kmslab run --format json` has all numbers"));
    }
}

/// The remedy that was tried, else the best one, as it is typed; the others in words.
fn fix(page: &mut Page, evidence: &Evidence, found: &Found) {
    let remedies = &found.finding.remedies;
    let tried = found.fix.remedy.unwrap_or(0);
    let Some(remedy) = remedies.get(tried) else { return };
    let word = if remedy.workaround { "go round" } else { "fix" };
    for line in told(remedy, evidence, word, "kmslab run --format json") {
        page.looking(if line.faint { Look::Faint } else { Look::Plain }, line.word, &line.text);
    }
    for (number, other) in remedies.iter().enumerate().filter(|(number, _)| *number != tried) {
        let note = if other.workaround { " (goes round the cause)" } else { "" };
        page.section(if number > 0 { "or" } else { "first" }, &format!("{}{note}", in_words(other)));
    }
    for (blank, value) in &found.fix.filled {
        page.section("filled", &format!("<{blank}> was {} here", Untrusted(value)));
    }
}

/// What became of the remedy in simulation.
fn checked(page: &mut Page, record: &Record, fix: &FixCheck) {
    let with = fix.with.as_ref().map(|(outcome, _)| ended(outcome));
    let with = with.map(|with| format!("with the fix: {with}")).unwrap_or_default();
    let back = fix.without.as_ref().map(|outcome| format!("; fix taken back: {} again", ended(outcome)));
    let back = back.unwrap_or_default();
    let text = match fix.word {
        FixWord::Heals => format!("{with}{back}"),
        FixWord::NextFault => {
            format!("{with}; this cause is gone, and the next is {}{back}", fix.next.unwrap_or("unknown"))
        }
        FixWord::LeavesKms => format!("{with}: no KMS host is asked any more{back}"),
        FixWord::NoEffect => format!("not proven; {with}{back}"),
        FixWord::NotPossible => {
            format!("not possible here: {}", Untrusted(fix.reason.as_deref().unwrap_or("no remedy applies")))
        }
        FixWord::NotTried => return,
    };
    page.section("checked", &text);
    let Some((_, after)) = &fix.with else { return };
    let unseen = unseen(&record.timeline, after);
    for (place, line) in unseen.iter().enumerate() {
        page.section(if place == 0 { "unseen" } else { "" }, line);
    }
}

/// What is said with the fix.
fn with_the_fix(page: &mut Page, step: &Step, record: &Record, fix: &FixCheck) {
    let Some((_, after)) = &fix.with else { return };
    page.blank();
    page.put(Look::Heading, "with the fix");
    page.blank();
    let conversation = timeline::read(&step.environment, after, &record.client);
    page.lines.extend(ladder::draw(&conversation, page.width));
}

/// What could not be seen before the fix: ports that were tried only with it.
fn unseen(before: &Timeline, after: &Timeline) -> Vec<String> {
    let tried = ports(before);
    let newly = ports(after).into_iter().filter(|(to, _)| !tried.iter().any(|(known, _)| known == to));
    let said = |(to, answered): (SocketAddr, bool)| {
        let after = if answered { "it answered" } else { "it did not answer" };
        format!("{to} was not reached for before; with the fix {after}")
    };
    newly.map(said).collect()
}

/// The ports to which a client's connections went, and whether they were opened.
fn ports(timeline: &Timeline) -> BTreeSet<(SocketAddr, bool)> {
    let mut ports = BTreeSet::new();
    for entry in &timeline.entries {
        if let Event::Client(ClientEvent::Connected { to, result }) = &entry.event {
            ports.insert((*to, result.is_ok()));
        }
    }
    ports
}

/// How an attempt ended, in a few words.
fn ended(outcome: &Outcome) -> String {
    let surface = outcome.slmgr.as_ref().or(outcome.ospp.as_ref());
    let codes = surface.map(|surface| surface.any.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or "));
    let host = outcome.host.as_ref().map(|host| format!(" by {}", Untrusted(host)));
    let told = host.unwrap_or_else(|| codes.map(|codes| format!(" {codes}")).unwrap_or_default());
    format!("{}{told}", outcome.word.word())
}
