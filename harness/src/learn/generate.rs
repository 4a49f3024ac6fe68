//! Tickets without end: a lesson under other names, with decoys and sometimes a second fault, all drawn from a seed.
//!
//! What is drawn is tried before anybody sees it: broken at the start, mended by its solution, not by half of it nor by a fix that is known
//! to be wrong, and its evidence excludes every look-alike. What fails that is drawn again, so that a seed always gives the same ticket,
//! and a fair one. Difficulty is computed from what was drawn, not written down.

use std::collections::BTreeSet;

use double::Seed;
use evidence::Change;
use notation::{Format, Problems};

use super::grade::{Answer, grade};
use super::lesson::{self, Named};
use super::rename::Names;
use super::session::{Session, placed};
use super::text::Language;
use super::ticket::{Ticket, id};
use crate::environment::apply::apply;
use crate::scenario::Library;
use crate::scenario::library::FileText;
use crate::scenario::load::load;
use crate::scenario::refusal::Refusal;

/// How often something is drawn before the ticket is made without a second fault and with one decoy.
const DRAWS: u64 = 6;

/// How often at all.
const DRAWS_MAX: u64 = 24;

/// Most decoys of a ticket.
const DECOYS_MAX: usize = 3;

/// Lessons whose fault can stand behind another one: it lies later on the way to a KMS host.
const SECOND: [&str; 4] = ["host-firewall", "stopped-service", "not-activated", "wrong-clock"];

/// Odd and harmless: operations as they stand in a scenario, before they are renamed.
const DECOYS: [&str; 6] = [
    r#"{ add.record = { at = "dns1", text = "www.contoso.com. 300 IN A 10.0.0.200" } }"#,
    r#"{ add.record = { at = "dns1", text = "_sip._tcp.contoso.com. 3600 IN SRV 0 0 5060 pc7.contoso.com." } }"#,
    r#"{ add.record = { at = "dns1", text = 'kms-old.contoso.com. 3600 IN TXT "switched off"' } }"#,
    r#"{ set.value = { at = "kms1", key = "clock_offset_s", to = 900 } }"#,
    r#"{ add.rule = { id = "netbios", protocol = "udp", port = 137, where = "path", how = "silent" } }"#,
    r#"{ add.rule = { id = "web", protocol = "tcp", port = 8080, where = "host-inbound", how = "silent" } }"#,
];

/// A ticket that a seed made.
#[derive(Clone, Debug)]
pub struct Made {
    /// The ticket.
    pub ticket: Ticket,
    /// How hard it is: see [`difficulty`].
    pub difficulty: u32,
}

/// Makes the nth ticket of a seed, counted from 1.
///
/// # Errors
/// A lesson that is refused under other names; the tests see to it that none is.
pub fn make(library: &Library, seed: u64, number: u32) -> Result<Made, Refusal> {
    let texts: Vec<(&str, FileText)> = lesson::texts().collect();
    let mut last = Refusal::whole("a ticket", "nothing could be drawn".to_owned(), "try another seed");
    for draw in 0..DRAWS_MAX {
        let seed = Seed::new(seed).child("tickets").nth(u64::from(number)).nth(draw);
        match drawn(library, &texts, seed, draw < DRAWS) {
            Ok(Some(made)) => return Ok(made),
            Ok(None) => {}
            Err(refusal) => last = refusal,
        }
    }
    Err(last)
}

/// One draw; none when it is no fair ticket.
fn drawn(library: &Library, texts: &[(&str, FileText)], seed: Seed, rich: bool) -> Result<Option<Made>, Refusal> {
    let names = Names::draw(seed);
    let renamed = names.library(library);
    let mut rng = seed.child("ticket").rng();
    let read = |name: &str, file: &FileText| {
        let file = FileText { path: file.path.clone(), text: names.rename(&file.text).into() };
        lesson::read(name, &file).map(|mut named| {
            named.lesson.client = id(&names.rename("pc7")).unwrap_or(named.lesson.client);
            named
        })
    };
    let Some((name, file)) = texts.get(rng.usize(..texts.len().max(1))) else { return Ok(None) };
    let mut named = read(name, file)?;
    let mut pool = DECOYS.to_vec();
    rng.shuffle(&mut pool);
    let wanted = if rich { rng.usize(1..=DECOYS_MAX) } else { 1 };
    named.lesson.decoys = fitting(&named, &renamed, pool.iter().map(|decoy| change(&names.rename(decoy))), wanted)?;
    let second = SECOND[rng.usize(..SECOND.len())];
    let second = texts.iter().find(|(known, _)| *known == second && known != name);
    if let Some((name, file)) = second.filter(|_| rich && rng.u8(..3) == 0) {
        let second = read(name, file)?;
        let scenario = load(&renamed, &second.lesson.scenario.value)?;
        join(&mut named, &second, scenario.steps.first().map(|step| step.change.clone()).unwrap_or_default());
    }
    let seed = rng.u64(..);
    let Ok(ticket) = Ticket::of(&named, &renamed, seed) else { return Ok(None) };
    Ok(is_fair(&ticket).then(|| Made { difficulty: difficulty(&ticket), ticket }))
}

/// The first decoys that fit the network of a lesson: not every network has every machine.
fn fitting(
    named: &Named,
    library: &Library,
    decoys: impl Iterator<Item = Change>,
    wanted: usize,
) -> Result<Change, Refusal> {
    let healthy = load(library, &named.lesson.scenario.value)?.healthy;
    let mut taken = Change::default();
    for decoy in decoys.filter(|decoy| apply(&mut healthy.clone(), decoy).is_ok()).take(wanted) {
        taken.0.extend(decoy.0);
    }
    Ok(taken)
}

/// Puts the fault of a second lesson behind that of the first.
fn join(first: &mut Named, second: &Named, fault: Change) {
    let lesson = &mut first.lesson;
    lesson.extra = fault;
    lesson.wrong_fixes = vec![lesson.fix.clone(), second.lesson.fix.clone()];
    lesson.other_fixes.clear();
    lesson.causes.extend(second.lesson.causes.iter().cloned());
    for (own, more) in [(&mut lesson.look, &second.lesson.look), (&mut lesson.fix, &second.lesson.fix)] {
        own.extend(more.iter().filter(|line| !own.contains(line)).cloned().collect::<Vec<_>>());
    }
}

fn change(operations: &str) -> Change {
    let mut problems = Problems::default();
    let tree = notation::parse::parse(&format!("change = [{operations}]"), &mut problems);
    let change = tree.as_table().and_then(|table| table.find("change")).cloned();
    change.and_then(|tree| Change::read(&tree, &mut problems)).unwrap_or_default()
}

/// Whether the ticket has a decoy, is broken at first, mended by its solution and by nothing that is known to be wrong, and its
/// look-alikes can be excluded.
fn is_fair(ticket: &Ticket) -> bool {
    let lesson = &ticket.named.lesson;
    // A line that cannot be typed would prove nothing, so it makes no marks.
    let marks = |looks: &[String], fix: &[String]| {
        let mut session = Session::open(ticket, Language::En).ok()?;
        if !session.type_all(looks.iter().chain(fix).map(String::as_str)) {
            return None;
        }
        let because = session.entries().iter().filter_map(|entry| entry.number).collect();
        let findings = lesson.causes.iter().map(|cause| cause.value.clone()).collect();
        grade(ticket, &session, &Answer { findings, because }).ok()
    };
    let is_unsolved = |fix: &[String]| marks(&[], fix).is_some_and(|marks| !marks.fix.is_good());
    let is_solved = |fix: &[String]| marks(&lesson.look, fix).is_some_and(|marks| marks.passed());
    !lesson.decoys.0.is_empty()
        && is_unsolved(&[])
        && is_solved(&lesson.fix)
        && lesson.other_fixes.iter().all(|fix| is_solved(fix))
        && lesson.wrong_fixes.iter().all(|fix| is_unsolved(fix))
}

/// Two for each fault, two more where one hides another; one for each look-alike, each decoy, each look of the solution, and each
/// machine at which one has to sit besides the first.
#[must_use]
pub fn difficulty(ticket: &Ticket) -> u32 {
    let lesson = &ticket.named.lesson;
    let faults = lesson.causes.len();
    let hidden = faults.saturating_sub(1);
    let lines = lesson.look.iter().chain(&lesson.fix);
    let places: BTreeSet<&str> = lines.filter_map(|line| Some(placed(line)?.0)).collect();
    let points = (faults + hidden) * 2
        + ticket.rivals.len()
        + lesson.decoys.0.len()
        + lesson.look.len()
        + places.len().saturating_sub(1);
    u32::try_from(points).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
