//! Hints: what the solution looks at and the learner has not, told little by little.
//!
//! A hint depends on what was looked at, never on a list that is read from the top: whoever has seen the evidence gets none about it.

use std::collections::BTreeSet;

use super::session::{Session, Topic, placed};
use super::text::{Language, Phrase};
use super::ticket::Ticket;
use super::{command, typed};
use crate::learn::command::Command;

/// What can be said next: `told` hints were given since something new was looked at.
#[must_use]
pub fn hint(ticket: &Ticket, session: &Session, told: usize, language: &Language) -> String {
    let lesson = &ticket.named.lesson;
    let mut before: Vec<(&str, Topic)> = Vec::new();
    for line in &lesson.look {
        let Some((place, rest)) = placed(line) else { continue };
        let Ok(Command::Look(look)) = command::read(&typed::words(rest)) else { continue };
        // Two questions of one kind need two looks: which ones, the learner decides.
        let about = (place, Topic::of(&look));
        before.push(about);
        let needed = before.iter().filter(|earlier| **earlier == about).count();
        if looks(session, place, about.1) >= needed {
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

/// How many different looks of a kind there were at a place.
fn looks(session: &Session, place: &str, topic: Topic) -> usize {
    let entries = session.entries().iter();
    let at_place =
        entries.filter(|entry| entry.topic() == Some(topic) && same_place(session, entry.seat.word(), place));
    at_place.map(|entry| entry.line.as_str()).collect::<BTreeSet<_>>().len()
}

/// Whether a machine is the one that a lesson calls `client`, `host` or `dns`.
fn same_place(session: &Session, machine: &str, place: &str) -> bool {
    session.seat_of(place).is_some_and(|seat| seat.word() == machine)
}

#[cfg(test)]
mod tests {
    use super::hint;
    use crate::learn::session::Session;
    use crate::learn::text::Language;

    /// The hint after so many in vain, for somebody who has typed these lines.
    #[track_caller]
    fn check(lesson: &str, typed: &[&str], told: usize, expected: &str) {
        let (ticket, session) = Session::tried(lesson, typed);
        assert_eq!(hint(&ticket, &session, told, &Language::En), expected, "{typed:?} {told}");
    }

    const SETTINGS: &str = "client> ipconfig /all";
    const NAME: &str = "client> nslookup -type=srv _vlmcs._tcp.contoso.com";
    const ZONE: &str = "dns> dnscmd /zoneprint contoso.com";

    #[test]
    fn a_hint_is_told_little_by_little() {
        check("no-record", &[], 0, "Guideline, procedure G6, G7.");
        let place = "Something at client has not been looked at: addresses, DNS servers and suffixes.";
        check("no-record", &[], 1, place);
        check("no-record", &[], 2, "Type: client> ipconfig /all");
        check("no-record", &[], 9, "Type: client> ipconfig /all");
    }

    #[test]
    fn nothing_is_hinted_that_was_looked_at() {
        check("no-record", &[SETTINGS], 1, "Something at client has not been looked at: what DNS says.");
        check("no-record", &[NAME], 2, "Type: client> ipconfig /all");
        check("no-record", &[SETTINGS, NAME], 1, "Something at dns has not been looked at: the zone.");
        // Another tool, or another machine's name for the same place, is as good.
        check(
            "no-record",
            &[SETTINGS, "pc7> Resolve-DnsName _vlmcs._tcp.contoso.com -Type SRV"],
            1,
            "Something at dns has not been looked at: the zone.",
        );
        // At another machine it is not the same look.
        check("no-record", &["pc8> ipconfig /all"], 2, "Type: client> ipconfig /all");
        let enough = "You have seen enough to know the cause. `answer ?` lists what it can be.";
        check("no-record", &[SETTINGS, NAME, ZONE], 0, enough);
    }

    #[test]
    fn two_questions_of_a_kind_need_two_looks() {
        let (record, address) = (NAME, "client> nslookup kms1.contoso.com");
        let open = "Something at client has not been looked at: what DNS says.";
        check("missing-target", &[record], 1, open);
        check("missing-target", &[record, record], 1, open);
        let told = |typed: &[&str]| {
            let (ticket, session) = Session::tried("missing-target", typed);
            hint(&ticket, &session, 1, &Language::En)
        };
        assert_ne!(told(&[record, address]), open);
    }

    #[test]
    fn after_a_change_the_hint_is_about_the_fix() {
        let fix = "The cause is still there. Mend it on the machine where it is, then try slmgr /ato.";
        check("no-record", &[SETTINGS, NAME, ZONE, "client> ipconfig /flushdns"], 0, fix);
        check("no-record", &[SETTINGS, NAME, ZONE], 1, fix);
    }
}
