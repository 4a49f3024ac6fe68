//! A reproduction as JSON Lines: one object a line with a `type`, the summary last.

use std::io::{self, Write};

use exhibit::claim::Place;
use serde_json::{Value, json};

use super::Reproduction;
use super::look::command;

/// Writes it.
///
/// # Errors
/// When it cannot be written.
pub fn lines(reproduction: &Reproduction, out: &mut dyn Write) -> io::Result<()> {
    let case = &reproduction.case;
    for fact in &case.facts {
        let places: Vec<Value> = fact.places.iter().map(place).collect();
        let asked = command(&fact.question);
        put(out, &json!({"type": "fact", "command": asked, "says": fact.says, "places": places}))?;
    }
    for wrong in &case.contradictions {
        let side = |(says, at): &(String, Place)| json!({"says": says, "place": place(at)});
        let asked = command(&wrong.question);
        put(
            out,
            &json!({"type": "contradiction", "command": asked, "first": side(&wrong.first), "second": side(&wrong.second)}),
        )?;
    }
    for unknown in case.unknown() {
        put(out, &json!({"type": "unknown", "what": unknown}))?;
    }
    for (number, explanation) in reproduction.explanations.iter().enumerate() {
        let findings: Vec<Value> = explanation
            .findings
            .iter()
            .map(|found| json!({"id": found.id, "error": found.error, "fix_check": found.fix.word()}))
            .collect();
        let candidates: Vec<Value> = explanation
            .candidates
            .iter()
            .filter_map(|place| reproduction.weighed.get(*place))
            .map(|weighed| {
                let (shown, judged) = weighed.score();
                let not: Vec<Value> = weighed
                    .held
                    .iter()
                    .filter_map(|held| Some((held.instead.as_ref()?, case.facts.get(held.fact)?)))
                    .map(|(instead, fact)| json!({"command": command(&fact.question), "sent": fact.says, "shown": instead}))
                    .collect();
                json!({"known": weighed.candidate.known, "shown": shown, "judged": judged, "not": not})
            })
            .collect();
        put(
            out,
            &json!({"type": "explanation", "number": number, "outcome": explanation.outcome.word.word(), "findings": findings, "candidates": candidates}),
        )?;
    }
    if let Some(next) = &reproduction.next {
        let answers: Vec<Value> =
            next.answers.iter().map(|(answer, left)| json!({"answer": answer, "explanations": left})).collect();
        put(
            out,
            &json!({"type": "next", "at": next.at.word(), "command": next.command, "bits": next.bits.0, "of": next.bits.1, "answers": answers}),
        )?;
    }
    let nearest: Vec<Value> =
        reproduction.nearest().into_iter().map(|(name, misses)| json!({"name": name, "contradicts": misses})).collect();
    put(
        out,
        &json!({
            "type": "summary", "verdict": reproduction.verdict.word(), "facts": case.facts.len(),
            "contradictions": case.contradictions.len(), "explanations": reproduction.explanations.len(),
            "candidates": reproduction.remaining, "nearest": nearest,
        }),
    )
}

fn place(place: &Place) -> Value {
    json!({"file": place.file, "line": place.line})
}

fn put(out: &mut dyn Write, line: &Value) -> io::Result<()> {
    writeln!(out, "{line}")
}
