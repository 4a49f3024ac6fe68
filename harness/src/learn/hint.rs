//! Hints: what the solution looks at and the learner has not, told little by little.
//!
//! A hint depends on what was looked at, never on a list that is read from the top: whoever has seen the evidence gets none about it.

use super::session::{Session, Topic, placed};
use super::text::{Language, Phrase};
use super::ticket::Ticket;
use super::{command, typed};
use crate::learn::command::{Command, Look};

/// What can be said next: `told` hints were given since something new was looked at.
#[must_use]
pub fn hint(ticket: &Ticket, session: &Session, told: usize, language: &Language) -> String {
    let lesson = &ticket.named.lesson;
    let seen = |place: &str, look: &Look| {
        session
            .entries()
            .iter()
            .any(|entry| entry.topic() == Some(Topic::of(look)) && same_place(session, entry.seat.word(), place))
    };
    for line in &lesson.look {
        let Some((place, rest)) = placed(line) else { continue };
        let Ok(Command::Look(look)) = command::read(&typed::words(rest)) else { continue };
        if seen(place, &look) {
            continue;
        }
        return match told {
            0 => {
                let procedures: Vec<&str> =
                    lesson.procedures.iter().map(crate::scenario::format::Procedure::word).collect();
                Phrase::HintProcedure.say(language, &[&procedures.join(", ")])
            }
            1 => Phrase::HintPlace.say(language, &[place, &Topic::of(&look).phrase().say(language, &[])]),
            _ => Phrase::HintCommand.say(language, &[line]),
        };
    }
    let changed = session.entries().iter().any(|entry| entry.changed);
    let phrase = if changed || told > 0 { Phrase::HintFix } else { Phrase::HintEnough };
    phrase.say(language, &[])
}

/// Whether a machine is the one that a lesson calls `client`, `host` or `dns`.
fn same_place(session: &Session, machine: &str, place: &str) -> bool {
    session.seat_of(place).is_some_and(|seat| seat.word() == machine)
}
