//! A reproduction for a person: facts, contradictions, candidates with scores, findings, what is unknown, what to ask for.
//!
//! Everything that somebody sent is escaped here, because it goes to a terminal.
#![expect(clippy::wildcard_enum_match_arm, reason = "picks a few kinds out of many")]

use std::io::{self, Write};

use double::escape::Untrusted;
use evidence::Role;

use super::look::{Question, command};
use super::{Explanation, Reproduction, Verdict};

/// Most facts that are listed; a zone has hundreds.
const FACTS_MAX: usize = 40;

/// Most explanations that are listed where too little was sent to tell any of them: what to ask for next counts more.
const SHORT_MAX: usize = 6;

/// Writes it.
///
/// # Errors
/// When it cannot be written.
pub fn tell(reproduction: &Reproduction, out: &mut dyn Write) -> io::Result<()> {
    let case = &reproduction.case;
    writeln!(out, "Facts ({})", case.facts.len())?;
    for fact in case.facts.iter().take(FACTS_MAX) {
        let places: Vec<String> = fact.places.iter().map(|place| format!("{}:{}", place.file, place.line)).collect();
        let text = format!("{} -> {}  ({})", asked(&fact.question), or_nothing(&fact.says), places.join(", "));
        writeln!(out, "  {}", Untrusted(&text))?;
    }
    if case.facts.len() > FACTS_MAX {
        writeln!(out, "  ... and {} more", case.facts.len() - FACTS_MAX)?;
    }
    if case.unused + case.dropped > 0 {
        writeln!(out, "  {} lines more say nothing that a network could be held against", case.unused + case.dropped)?;
    }
    if !case.contradictions.is_empty() {
        writeln!(out, "\nContradictions ({})", case.contradictions.len())?;
    }
    for wrong in &case.contradictions {
        let place = |(says, place): &(String, exhibit::claim::Place)| format!("{says} ({}:{})", place.file, place.line);
        let text = format!("{}: {} against {}", asked(&wrong.question), place(&wrong.first), place(&wrong.second));
        writeln!(out, "  {}", Untrusted(&text))?;
    }
    explanations(reproduction, out)?;
    let near: Vec<String> = reproduction
        .nearest()
        .into_iter()
        .map(|(name, misses)| if misses == 0 { name.to_owned() } else { format!("{name} (contradicts {misses})") })
        .collect();
    if !near.is_empty() {
        writeln!(out, "\nNearest known scenarios: {}", near.join(", "))?;
    }
    let unknown = case.unknown();
    if !unknown.is_empty() {
        writeln!(out, "Unknown: {}", unknown.join("; "))?;
    }
    next(reproduction, out)
}

fn explanations(reproduction: &Reproduction, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\n{}", said(reproduction))?;
    if reproduction.verdict == Verdict::TooLittle {
        return in_short(reproduction, out);
    }
    for (number, explanation) in (1..).zip(&reproduction.explanations) {
        let first = explanation.candidates.first().and_then(|place| reproduction.weighed.get(*place));
        let Some(first) = first else { continue };
        let (shown, judged) = first.score();
        writeln!(
            out,
            "  {number}. {}: {} ({shown} of {judged} facts)",
            explanation.in_short(),
            explanation.outcome.word.word()
        )?;
        for found in &explanation.findings {
            let fix = if found.error { format!("; fix {}", found.fix.word()) } else { String::new() };
            writeln!(out, "     {}: {}{fix}", found.id, found.sentence)?;
        }
        let more = explanation.candidates.len() - 1;
        let more = if more == 0 { String::new() } else { format!(" (and {more} more that look the same)") };
        writeln!(out, "     assumed: {}{more}", first.candidate.title)?;
        for held in &first.held {
            let (Some(instead), Some(fact)) = (&held.instead, reproduction.case.facts.get(held.fact)) else { continue };
            let text = format!("{}: sent {}, this shows {instead}", asked(&fact.question), fact.says);
            writeln!(out, "     not: {}", Untrusted(&text))?;
        }
    }
    Ok(())
}

/// The explanations by their causes, each with how the attempt ends and what the cause means.
fn in_short(reproduction: &Reproduction, out: &mut dyn Write) -> io::Result<()> {
    for explanation in reproduction.explanations.iter().take(SHORT_MAX) {
        let sentence = explanation.findings.iter().find(|found| found.error).map(|found| found.sentence);
        let sentence = sentence.map(|sentence| format!(": {sentence}")).unwrap_or_default();
        writeln!(out, "  {} ({}){sentence}", explanation.in_short(), explanation.outcome.word.word())?;
    }
    let more = reproduction.explanations.len().saturating_sub(SHORT_MAX);
    if more > 0 {
        writeln!(out, "  ... and {more} more that would show the same")?;
    }
    Ok(())
}

/// An answer, or the word for an empty one: a machine without a suffix shows none.
const fn or_nothing(answer: &str) -> &str {
    if answer.is_empty() { "nothing" } else { answer }
}

/// The verdict as a sentence.
fn said(reproduction: &Reproduction) -> String {
    match reproduction.verdict {
        Verdict::Explained => "One explanation shows everything that was sent.".to_owned(),
        Verdict::Several => {
            format!("{} explanations show everything that was sent.", reproduction.explanations.len())
        }
        Verdict::NothingFits => "Cannot tell: no known environment shows everything that was sent. The nearest:".to_owned(),
        Verdict::Contradictory => "Cannot tell: what was sent contradicts itself. Have both places collected again, on one machine, one after the other.".to_owned(),
        Verdict::TooLittle => "Cannot tell: too little was sent.".to_owned(),
    }
}

fn next(reproduction: &Reproduction, out: &mut dyn Write) -> io::Result<()> {
    let Some(next) = &reproduction.next else {
        if reproduction.explanations.len() > 1 {
            writeln!(out, "No command tells these explanations apart.")?;
        }
        return Ok(());
    };
    let at = match next.at {
        Role::Client => "the client",
        Role::Host => "the KMS host",
        Role::Dns => "the DNS server",
    };
    writeln!(out, "\nAsk next, at {at}: {}", Untrusted(&next.command))?;
    for (answer, numbers) in &next.answers {
        let left = numbers.iter().filter_map(|number| reproduction.explanations.get(*number));
        let left: Vec<String> = left.map(Explanation::in_short).collect();
        writeln!(out, "  {} -> {}", Untrusted(or_nothing(answer)), left.join("; "))?;
    }
    Ok(())
}

/// A question in the words of whoever answers it.
fn asked(question: &Question) -> String {
    match question {
        Question::Name => "computer name".to_owned(),
        Question::Suffix => "primary suffix".to_owned(),
        Question::SearchList => "suffix search list".to_owned(),
        Question::Servers(address) => format!("DNS servers of {address}"),
        Question::AdapterSuffix(address) => format!("suffix of {address}"),
        Question::Attempt => "attempt to activate".to_owned(),
        Question::Event(id) => format!("event {id}"),
        Question::EventHost(id) => format!("KMS host in event {id}"),
        Question::Registered => "registered KMS machine name".to_owned(),
        Question::Discovered => "KMS machine name from DNS".to_owned(),
        Question::LookupDomain => "lookup domain".to_owned(),
        Question::Key => "kind of product key".to_owned(),
        Question::Count => "current count".to_owned(),
        Question::HostPort => "port of the KMS host".to_owned(),
        Question::Zone(record) => format!("record {record}"),
        other => command(other),
    }
}
