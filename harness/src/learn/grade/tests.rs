//! Every lesson: unsolved when it is opened, solved by its solution, not by a fix that is known to be wrong.

use super::{Answer, Marks, grade};
use crate::learn::lesson::{Named, course};
use crate::learn::session::Session;
use crate::learn::text::Language;
use crate::learn::ticket::Ticket;
use crate::scenario::catalogue::embedded;

/// Marks what lines of a lesson are worth, with all of its looks as evidence.
fn marks(ticket: &Ticket, looks: &[String], fix: &[String]) -> Marks {
    let lesson = &ticket.named.lesson;
    let mut session =
        Session::new(&ticket.scenario, ticket.client(), ticket.seed, Language::En).expect("it can be played");
    for line in looks.iter().chain(fix) {
        let reply = session.type_line(line);
        assert!(reply.understood, "{}: {line}: {}", ticket.named.name, reply.shown);
    }
    let numbers = session.entries().iter().filter_map(|entry| entry.number);
    let answer = Answer {
        findings: lesson.causes.iter().map(|cause| cause.value.clone()).collect(),
        because: numbers.collect(),
    };
    grade(ticket, &session, &answer).expect("it can be played")
}

fn tickets() -> Vec<Ticket> {
    let library = embedded();
    let lessons: Vec<Named> = course().unwrap_or_else(|refusal| panic!("{refusal}"));
    lessons.iter().map(|named| Ticket::of(named, &library, 1).unwrap_or_else(|refusal| panic!("{refusal}"))).collect()
}

#[test]
fn every_lesson_is_unsolved_solvable_and_not_solved_by_a_wrong_fix() {
    let mut wrong = Vec::new();
    for ticket in tickets() {
        let (name, lesson) = (&ticket.named.name, &ticket.named.lesson);
        if marks(&ticket, &[], &[]).fix.is_good() {
            wrong.push(format!("{name}: solved before anybody did anything"));
        }
        for fix in [&lesson.fix].into_iter().chain(&lesson.other_fixes) {
            let marks = marks(&ticket, &lesson.look, fix);
            if !marks.passed() || marks.points() != 100 {
                wrong.push(format!("{name}: {fix:?} does not solve it: {:?} {:?}", marks.rivals, marks.fix));
            }
        }
        for fix in &lesson.wrong_fixes {
            if marks(&ticket, &lesson.look, fix).passed() {
                wrong.push(format!("{name}: {fix:?} passes"));
            }
        }
        if lesson.wrong_fixes.is_empty() {
            wrong.push(format!("{name}: no fix is known to be wrong"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The look-alikes of a lesson that evidence leaves open.
#[track_caller]
fn check_open(lesson: &str, looks: &[&str], expected: &[&str]) {
    let ticket = tickets().into_iter().find(|ticket| ticket.named.name == lesson).expect("there is such a lesson");
    let looks: Vec<String> = looks.iter().map(|line| (*line).to_owned()).collect();
    let marks = marks(&ticket, &looks, &[]);
    let open = marks.rivals.iter().filter(|rival| rival.excluded_by.is_none()).map(|rival| rival.title.as_str());
    assert_eq!(open.collect::<Vec<_>>(), expected, "{looks:?}");
}

#[test]
fn evidence_is_worth_the_same_in_every_language() {
    let ticket = tickets().into_iter().next().expect("there is a lesson");
    let open = |language: Language| {
        let mut session = Session::new(&ticket.scenario, ticket.client(), 1, language).expect("it can be played");
        session.type_line("client> ipconfig /all");
        let marks =
            grade(&ticket, &session, &Answer { findings: Vec::new(), because: vec![1] }).expect("it can be played");
        marks.rivals.iter().filter(|rival| rival.excluded_by.is_none()).count()
    };
    assert_eq!((open(Language::En), open(Language::Ko)), (3, 3));
}

#[test]
fn evidence_excludes_what_it_shows_and_nothing_else() {
    let misspelt = "The SRV record's owner name is misspelt";
    let suffix = "The client's suffixes name another zone than the one with the record";
    let cached = "The resolver remembers that the name does not exist";
    let lookup = "A lookup domain sends the client to the wrong zone";
    check_open("no-record", &[], &[misspelt, suffix, cached, lookup]);
    check_open("no-record", &["client> ipconfig /all"], &[misspelt, cached, lookup]);
    check_open("no-record", &["client> nslookup -type=srv _vlmcs._tcp.contoso.com"], &[misspelt]);
    check_open("no-record", &["dns> dnscmd /zoneprint contoso.com"], &[]);
    check_open("no-record", &["client> slmgr /ato"], &[misspelt, suffix, cached, lookup]);
}
