//! A diagnosis of a real network as text: what will be sent, what was seen, what it shows, what would mend it.
//!
//! It stands apart from the report of a run because there is no scenario here, and nothing is expected.

mod open;

use std::io::{self, Write};

use double::escape::Untrusted;
use evidence::diagnosis::{Evidence, Finding, Planned, Reading, Severity};
use serde::Serialize;

use self::open::{Open, open};
use super::json::FindingObject;
use super::remedy::{in_words, told};

notation::choice! {
    /// A format of a diagnosis.
    pub enum Form("format of a diagnosis") {
        /// Lines for a person; may change at any time.
        "human" => Human,
        /// JSON Lines: observations, findings, a summary. Stable.
        "json" => Json,
    }
}

/// Says what will be sent, and to whom, before anything is; and who told of the DNS servers and suffixes.
///
/// # Errors
/// When the text cannot be written.
pub fn announce(plan: &[Planned], told_by: &str, dry: bool, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "DNS servers and suffixes as told by {}", Untrusted(told_by))?;
    let opening = if dry { "would send" } else { "sends" };
    writeln!(out, "{opening}, and no KMS request:")?;
    for planned in plan {
        writeln!(out, "  {:10} {}", planned.step.name, Untrusted(&planned.what))?;
    }
    writeln!(out)
}

#[derive(Serialize)]
struct ObservationLine<'a> {
    r#type: &'static str,
    number: u32,
    step: &'static str,
    procedure: &'static str,
    at_ms: u64,
    fact: &'a str,
}

#[derive(Serialize)]
struct FindingLine<'a> {
    r#type: &'static str,
    #[serde(flatten)]
    finding: FindingObject<'a>,
}

#[derive(Serialize)]
struct SummaryLine<'a> {
    r#type: &'static str,
    outcome: &'a str,
    host: Option<&'a str>,
    errors: usize,
    warnings: usize,
    not_seen: Vec<&'static str>,
    open: Vec<Open>,
}

/// Tells evidence and findings.
///
/// # Errors
/// When the text cannot be written.
pub fn tell(evidence: &Evidence, findings: &[Finding], form: &Form, out: &mut dyn Write) -> io::Result<()> {
    match form {
        Form::Human => human(evidence, findings, out),
        Form::Json => json(evidence, findings, out),
    }
}

fn human(evidence: &Evidence, findings: &[Finding], out: &mut dyn Write) -> io::Result<()> {
    for finding in findings {
        let procedures = finding.entry.procedures.join(" ");
        writeln!(out, "{:8} {}  [{procedures}]", finding.severity.word(), finding.entry.id)?;
        writeln!(out, "         {}", finding.entry.sentence)?;
        writeln!(out, "         here: {}", Untrusted(&finding.says))?;
        for number in &finding.evidence {
            let Some(seen) = evidence.get(*number) else { continue };
            writeln!(out, "evidence #{number} {}", Untrusted(&seen.fact.to_string()))?;
        }
        for (place, remedy) in finding.remedies.iter().enumerate() {
            let word = match (place, remedy.workaround) {
                (0, false) => "fix",
                (_, false) => "or",
                (_, true) => "go round",
            };
            writeln!(out, "{word:8} {}", in_words(remedy))?;
            for line in told(remedy, evidence, "type", "kmslab diagnose --format json") {
                writeln!(out, "{:8} {}", line.word, line.text)?;
            }
        }
        if !finding.remedies.is_empty() {
            writeln!(out, "         not tried: nothing is changed here")?;
        }
        writeln!(out, "source   {} ({})\n", finding.entry.source, finding.entry.confidence.word())?;
    }
    let reading = Reading::of(evidence);
    let reached = reading.as_ref().and_then(|reading| reading.outcome.fact.host.as_deref());
    if let Some(host) = reached {
        let host = Untrusted(host);
        writeln!(out, "a KMS host accepts an RPC bind: {host}; whether it would activate was not asked")?;
    }
    for open in reading.as_ref().map(|reading| open(reading, findings)).unwrap_or_default() {
        let Open { possible, because, next, source, confidence, .. } = open;
        writeln!(out, "open     {possible}\n         because {because}\nnext     {next}")?;
        writeln!(out, "source   {source} ({confidence})\n")?;
    }
    let unseen = not_seen(evidence);
    if !unseen.is_empty() {
        writeln!(out, "not seen from here: {}", unseen.join(", "))?;
    }
    Ok(())
}

fn json(evidence: &Evidence, findings: &[Finding], out: &mut dyn Write) -> io::Result<()> {
    let mut line = |value: serde_json::Result<String>| writeln!(out, "{}", value.map_err(io::Error::other)?);
    for seen in &evidence.observations {
        let fact = seen.fact.to_string();
        let observation = ObservationLine {
            r#type: "observation",
            number: seen.number,
            step: seen.step.name,
            procedure: seen.step.procedure,
            at_ms: u64::try_from(seen.at.since_start().as_millis()).unwrap_or(u64::MAX),
            fact: &fact,
        };
        line(serde_json::to_string(&observation))?;
    }
    for finding in findings {
        let finding = FindingLine { r#type: "finding", finding: FindingObject::not_tried(finding, evidence) };
        line(serde_json::to_string(&finding))?;
    }
    let reading = Reading::of(evidence);
    let count = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
    let summary = SummaryLine {
        r#type: "summary",
        outcome: reading.as_ref().map_or("unknown", |reading| reading.word().word()),
        host: reading.as_ref().and_then(|reading| reading.outcome.fact.host.as_deref()),
        errors: count(Severity::Error),
        warnings: count(Severity::Warning),
        not_seen: not_seen(evidence),
        open: reading.as_ref().map(|reading| open(reading, findings)).unwrap_or_default(),
    };
    line(serde_json::to_string(&summary))
}

/// The steps that could not be done.
fn not_seen(evidence: &Evidence) -> Vec<&'static str> {
    let mut steps: Vec<&str> = evidence.denied.iter().map(|(step, _)| step.name).collect();
    steps.dedup();
    steps
}
