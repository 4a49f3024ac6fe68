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
