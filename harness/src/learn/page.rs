//! Pages for a person: the ticket, what was looked at, what an answer is worth, the solution.
//!
//! Text from scenarios and machines is escaped. Words come from [`super::text`]; nothing is decided here.

use std::fmt::Write as _;

use super::choice::choices;
use super::grade::{Marks, method::Weight};
use super::lesson::Named;
use super::progress::Progress;
use super::session::Session;
use super::text::{Language, Phrase, findings, titles};
use super::ticket::Ticket;
use super::which::Which;
use crate::scenario::format::Procedure;
use crate::show::story;

/// Characters of a ticket in the list of lessons.
const OPENING: usize = 48;

/// A text without what a terminal would obey: control characters and those that turn the direction of writing. Letters of any script
/// stay.
fn clean(text: &str) -> String {
    let obeyed = |letter: char| {
        letter.is_control()
            || matches!(letter, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
    };
    text.chars()
        .map(|letter| if obeyed(letter) { letter.escape_unicode().to_string() } else { letter.to_string() })
        .collect()
}

/// The lessons and what became of each.
#[must_use]
pub fn lessons(course: &[Named], progress: &Progress, language: &Language) -> String {
    let mut page = Phrase::Lessons.say(language, &[]) + "\n";
    let mut solved = 0;
    for (number, named) in (1..).zip(course) {
        let which = Which::Lesson(named.name.clone());
        let done = progress.of(&which);
        let open = progress.open.as_ref().is_some_and(|open| open.which == which);
        solved += usize::from(done.is_some_and(|done| done.solved));
        let state = match done {
            Some(done) if done.solved => format!("{} {}", Phrase::Solved.say(language, &[]), done.points),
            Some(_) => Phrase::Begun.say(language, &[]),
            None if open => Phrase::Begun.say(language, &[]),
            None => Phrase::NotBegun.say(language, &[]),
        };
        let procedures: Vec<&str> = named.lesson.procedures.iter().map(Procedure::word).collect();
        let first: String = named.lesson.ticket.of(language).chars().take(OPENING).collect();
        writeln!(page, "{number:>3}  {state:<12} {:<9} {}...", procedures.join(" "), clean(&first)).ok();
    }
    page + &Phrase::ProgressLine.say(language, &[&solved.to_string(), &course.len().to_string()]) + "\n"
}

/// The ticket and who is there.
#[must_use]
pub fn ticket(ticket: &Ticket, heading: &str, language: &Language) -> String {
    let mut page = format!(
        "{heading}\n\n  \"{}\"\n\n{}\n",
        clean(ticket.named.lesson.ticket.of(language)),
        Phrase::Machines.say(language, &[])
    );
    let environment = ticket.start();
    let mut line = |id: &str, addresses: &str, what: String| {
        writeln!(page, "  {id:<8} {addresses:<15} {what}").ok();
    };
    for client in &environment.clients {
        let addresses: Vec<_> = client.ip.adapters.iter().map(|adapter| adapter.address).collect();
        let role = if client.id == *ticket.client() { Phrase::RoleClient } else { Phrase::RoleNeighbour };
        line(
            client.id.as_str(),
            &story::list(&addresses),
            format!("{}, {}", role.say(language, &[]), story::windows(&client.profile)),
        );
    }
    for server in &environment.dns_servers {
        line(server.id.as_str(), &story::list(&server.addresses), Phrase::RoleDns.say(language, &[]));
    }
    for host in &environment.kms_hosts {
        line(host.id.as_str(), &story::list(&host.addresses), Phrase::RoleHost.say(language, &[]));
    }
    page
}

/// What was looked at, with numbers.
#[must_use]
pub fn looks(session: &Session, language: &Language) -> String {
    let mut page = String::new();
    for entry in session.entries() {
        if let Some(number) = entry.number {
            writeln!(page, "#{number:<3} {}", clean(&entry.placed())).ok();
        }
    }
    if page.is_empty() { Phrase::LookedAtNothing.say(language, &[]) + "\n" } else { page }
}

/// What can be answered.
#[must_use]
pub fn answers(ticket: &Ticket, language: &Language) -> String {
    let mut page = Phrase::Choices.say(language, &[]) + "\n";
    for (number, entry) in (1..).zip(choices(ticket)) {
        writeln!(page, "{number:>3}  {:<32} {}", entry.id, findings::sentence(entry, language)).ok();
    }
    page + &Phrase::AnswerUsage.say(language, &[]) + "\n"
}

/// What an answer is worth.
#[must_use]
pub fn marks(marks: &Marks, language: &Language) -> String {
    let say = |phrase: Phrase, fill: &[&str]| phrase.say(language, fill);
    let mut sections = vec![
        (Phrase::MarkCause, cause(marks, language)),
        (Phrase::MarkEvidence, evidence(marks, language)),
        (Phrase::MarkFix, fix(marks, language)),
    ];
    let sign = |weight| match weight {
        Weight::Essential => "!",
        Weight::Advice => "-",
        Weight::Praise => "+",
    };
    let method = marks.method.iter().map(|comment| {
        let fill: Vec<&str> = comment.fill.iter().map(String::as_str).collect();
        format!("{} {}", sign(comment.weight), say(comment.phrase, &fill))
    });
    sections.push((Phrase::MarkMethod, method.collect()));
    let mut page = String::new();
    for (heading, lines) in sections {
        let mut opening = say(heading, &[]);
        for line in lines {
            writeln!(page, "{opening:<9}{}", clean(&line)).ok();
            opening = String::new();
        }
    }
    writeln!(page, "{}", say(Phrase::Points, &[&marks.points().to_string()])).ok();
    page + &say(if marks.passed() { Phrase::Passed } else { Phrase::NotPassed }, &[]) + "\n"
}

fn cause(marks: &Marks, language: &Language) -> Vec<String> {
    let named = marks.named.iter().map(|(id, right)| {
        let phrase = if *right { Phrase::CauseRight } else { Phrase::CauseWrong };
        phrase.say(language, &[id])
    });
    let missing = (marks.missing > 0).then(|| Phrase::CauseMissing.say(language, &[]));
    named.chain(missing).collect()
}

/// Which look-alikes are left is told only to somebody who has solved the ticket: their titles would be the answer's neighbours.
fn evidence(marks: &Marks, language: &Language) -> Vec<String> {
    let mut lines = Vec::new();
    if marks.rivals.iter().all(|rival| rival.excluded_by.is_none())
        && marks.in_vain.is_empty()
        && !marks.rivals.is_empty()
    {
        lines.push(Phrase::NothingCited.say(language, &[]));
    }
    for rival in &marks.rivals {
        let title = titles::title(&rival.name, &rival.title, language);
        lines.push(match rival.excluded_by {
            Some(number) => Phrase::RivalExcluded.say(language, &[&number.to_string(), title]),
            None if marks.cause_is_right() => Phrase::RivalOpen.say(language, &[title]),
            None => Phrase::RivalCase.say(language, &[]),
        });
    }
    lines.dedup();
    lines.extend(marks.in_vain.iter().map(|number| Phrase::CitedInVain.say(language, &[&number.to_string()])));
    lines
}

fn fix(marks: &Marks, language: &Language) -> Vec<String> {
    let fix = &marks.fix;
    let mut lines: Vec<String> = Vec::new();
    for (client, fails) in &fix.clients {
        lines.push(match fails {
            None => Phrase::Healed.say(language, &[client.as_str()]),
            Some(code) => Phrase::NotHealed.say(language, &[client.as_str(), code]),
        });
    }
    lines.extend(fix.lost_records.iter().map(|record| Phrase::BrokenRecord.say(language, &[record])));
    lines.extend(fix.stopped.iter().map(|machine| Phrase::BrokenService.say(language, &[machine.as_str()])));
    lines.extend(fix.insecure.iter().map(|line| Phrase::Insecure.say(language, &[line])));
    lines.extend(fix.pinned.iter().map(|machine| Phrase::PinLeft.say(language, &[machine.as_str()])));
    lines
}

/// The solution, other solutions, what decides, and who says so.
#[must_use]
pub fn solution(ticket: &Ticket, language: &Language) -> String {
    let lesson = &ticket.named.lesson;
    let say = |phrase: Phrase| phrase.say(language, &[]);
    let mut page = format!("{}\n", say(Phrase::Solution));
    for cause in &lesson.causes {
        let sentence =
            evidence::diagnosis::table::find(&cause.value).map(|(_, entry)| findings::sentence(entry, language));
        writeln!(page, "  {}: {}", cause.value, sentence.unwrap_or_default()).ok();
    }
    let mut list = |heading: Phrase, lines: &[String]| {
        if !lines.is_empty() {
            writeln!(page, "{}", say(heading)).ok();
            for line in lines {
                writeln!(page, "  {}", clean(line)).ok();
            }
        }
    };
    list(Phrase::Decisive, &lesson.look);
    list(Phrase::MarkFix, &lesson.fix);
    list(Phrase::OtherSolutions, &lesson.other_fixes.iter().map(|lines| lines.join("; ")).collect::<Vec<_>>());
    let sources =
        ticket.scenario.sources.iter().map(|source| format!("{} ({})", source.reference, source.confidence.word()));
    list(Phrase::Sources, &sources.collect::<Vec<_>>());
    list(Phrase::Remember, &[lesson.debrief.of(language).to_owned()]);
    let cause = lesson.causes.first().map(|cause| cause.value.as_str()).unwrap_or_default();
    page + &Phrase::More.say(language, &[cause, &ticket.scenario.name]) + "\n"
}

/// What can be typed.
#[must_use]
pub fn help(language: &Language) -> String {
    let tools = super::command::TOOLS.iter().map(|tool| format!("  {}\n", tool.usage));
    format!("{}\n{}", Phrase::HelpWords.say(language, &[]), tools.collect::<String>())
}
