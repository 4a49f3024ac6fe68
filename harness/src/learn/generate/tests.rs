//! Made tickets, over many seeds: what is promised of each, held against it by typing, without asking the maker.

use std::collections::{BTreeMap, BTreeSet};

use super::{DECOYS, change, make};
use crate::environment::apply::apply;
use crate::learn::grade::{Answer, Marks, grade};
use crate::learn::lesson;
use crate::learn::rename::Names;
use crate::learn::session::Session;
use crate::learn::text::Language;
use crate::learn::ticket::Ticket;
use crate::scenario::catalogue::embedded;
use double::Seed;

/// How many seeds the properties are held against, one ticket of each.
const SEEDS: u64 = 240;

#[test]
fn every_decoy_can_be_read() {
    for decoy in DECOYS {
        assert_eq!(change(decoy).0.len(), 1, "{decoy}");
    }
}

/// What lines are worth, with every look as evidence and the right cause.
fn marks(ticket: &Ticket, lines: &[&[String]]) -> Marks {
    let lesson = &ticket.named.lesson;
    let mut session = Session::open(ticket, Language::Ko).expect("it can be played");
    for line in lines.iter().copied().flatten() {
        let reply = session.type_line(line);
        assert!(reply.understood, "{}: {line}: {}", ticket.named.name, reply.shown);
    }
    let because = session.entries().iter().filter_map(|entry| entry.number).collect();
    let findings = lesson.causes.iter().map(|cause| cause.value.clone()).collect();
    grade(ticket, &session, &Answer { findings, because }).expect("it can be played")
}

/// What is wrong with a ticket.
fn faults(ticket: &Ticket) -> Vec<String> {
    let lesson = &ticket.named.lesson;
    let mut faults = Vec::new();
    let mut must = |holds: bool, what: String| {
        if !holds {
            faults.push(format!("{}: {what}", ticket.named.name));
        }
    };
    must(!lesson.decoys.0.is_empty(), "no decoy".to_owned());
    let broken = marks(ticket, &[]);
    must(!broken.fix.is_good() && !broken.passed(), "solved at the start".to_owned());
    for fix in [&lesson.fix].into_iter().chain(&lesson.other_fixes) {
        let marks = marks(ticket, &[&lesson.look, fix]);
        must(marks.passed() && marks.points() == 100, format!("{fix:?} does not solve it: {:?}", marks.fix));
    }
    must(!lesson.wrong_fixes.is_empty(), "no fix is known to be wrong".to_owned());
    for fix in &lesson.wrong_fixes {
        must(!marks(ticket, &[&lesson.look, fix]).passed(), format!("{fix:?} passes"));
    }
    // A decoy is odd and harmless: without the fault, nothing is wrong.
    let mut healthy = ticket.scenario.clone();
    healthy.steps.clear();
    let mut session = Session::new(&healthy, ticket.client(), ticket.seed, Language::En).expect("it can be played");
    if ticket.scenario.healthy.client(ticket.client()).is_some() {
        let (activated, code) = session.try_again(ticket.client()).expect("it is a client");
        must(activated, format!("not healthy without the fault: {code}"));
    }
    faults
}

fn check_seeds(seeds: impl Iterator<Item = u64>) {
    let library = embedded();
    let faults: Vec<String> = seeds
        .flat_map(|seed| {
            let made = make(&library, seed, 1).unwrap_or_else(|refusal| panic!("{seed}: {refusal}"));
            faults(&made.ticket).into_iter().map(move |fault| format!("seed {seed}: {fault}"))
        })
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn made_tickets_are_unsolved_solvable_and_not_solved_by_a_wrong_fix_even_seeds() {
    check_seeds((0..SEEDS).step_by(2));
}

#[test]
fn made_tickets_are_unsolved_solvable_and_not_solved_by_a_wrong_fix_odd_seeds() {
    check_seeds((1..SEEDS).step_by(2));
}

#[test]
fn tickets_of_a_seed_differ_in_lesson_and_difficulty() {
    let library = embedded();
    let mut lessons: BTreeMap<String, usize> = BTreeMap::new();
    let mut difficulties: BTreeMap<u32, usize> = BTreeMap::new();
    let mut two_faults = 0;
    const TICKETS: u32 = 120;
    for number in 1..=TICKETS {
        let made = make(&library, 7, number).unwrap_or_else(|refusal| panic!("{refusal}"));
        *lessons.entry(made.ticket.named.name.clone()).or_default() += 1;
        *difficulties.entry(made.difficulty).or_default() += 1;
        two_faults += usize::from(made.ticket.named.lesson.causes.len() > 1);
    }
    assert!(lessons.len() > 30, "{lessons:?}");
    assert!(two_faults > 10 && two_faults < 60, "{two_faults}");
    // Easy ones, hard ones, and no single number for most of them.
    let (easiest, hardest) = (difficulties.keys().min(), difficulties.keys().max());
    assert!(easiest.is_some_and(|easiest| *easiest <= 7) && hardest.is_some_and(|hardest| *hardest >= 16));
    assert!(difficulties.len() >= 8 && difficulties.values().all(|times| *times < 40), "{difficulties:?}");
}

/// Every lesson can be behind a made ticket: none is refused under other names, whatever is drawn.
#[test]
fn every_lesson_can_be_read_under_other_names() {
    let library = embedded();
    for seed in 0..4 {
        let names = Names::draw(Seed::new(seed));
        let renamed = names.library(&library);
        for (name, file) in lesson::texts() {
            let file = crate::scenario::library::FileText { path: file.path, text: names.rename(&file.text).into() };
            let named = lesson::read(name, &file).unwrap_or_else(|refusal| panic!("{refusal}"));
            let ticket = Ticket::of(&named, &renamed, 1).unwrap_or_else(|refusal| panic!("{refusal}"));
            let healthy = &ticket.scenario.healthy;
            let fit = DECOYS.iter().filter(|decoy| apply(&mut healthy.clone(), &change(&names.rename(decoy))).is_ok());
            assert!(fit.count() > 2, "{name} has no decoys to choose from");
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let library = embedded();
    let tell = |seed, number| {
        let made = make(&library, seed, number).unwrap_or_else(|refusal| panic!("{refusal}"));
        let ticket = &made.ticket;
        let mut session = Session::open(ticket, Language::En).expect("it can be played");
        session.type_all(ticket.named.lesson.look.iter().map(String::as_str));
        let shown: String = session.entries().iter().map(|entry| entry.shown.as_str()).collect();
        format!("{} {} {:?} {shown}", made.difficulty, ticket.seed, ticket.named)
    };
    let first: Vec<String> = (1..=6).map(|number| tell(7, number)).collect();
    let again: Vec<String> = (1..=6).map(|number| tell(7, number)).collect();
    assert_eq!(first, again);
    let different: BTreeSet<&String> = first.iter().collect();
    assert_eq!(different.len(), first.len());
    assert_ne!(first[0], tell(8, 1));
}
