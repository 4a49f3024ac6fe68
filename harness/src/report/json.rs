//! JSON Lines: one object for each result and one summary. Stable: keys are added, never changed.
//!
//! `elapsed_ms` is the one field that differs between two runs with one seed.

use std::io::{self, Write};
use std::time::Duration;

use evidence::diagnosis::{Evidence, Finding, Typed, typed};
use evidence::outcome::{Licence, LoggedEvent, Outcome, Surface};
use notation::Problem;
use serde::Serialize;

use super::Report;
use crate::runner::{Diagnosis, FixCheck, FixWord, Found, Record, RunEvent, ScenarioRecord, Summary};
use crate::scenario::refusal::Refusal;

/// The report.
#[derive(Debug)]
pub struct Json;

impl Report for Json {
    fn event(&mut self, event: &RunEvent<'_>, out: &mut dyn Write) -> io::Result<()> {
        match event {
            RunEvent::Begin { scenarios, network, seed } => {
                line(out, &BeginLine { r#type: "begin", version: 1, scenarios: *scenarios, network, seed: *seed })
            }
            RunEvent::Refused(refusal) => line(out, &RefusedLine::new("refused", refusal)),
            RunEvent::Scenario(scenario) => {
                scenario.results.iter().try_for_each(|record| line(out, &ResultLine::new(scenario, record)))
            }
            RunEvent::End(summary) => line(out, &SummaryLine::new(*summary)),
        }
    }
}

/// Writes a value as a line.
pub(crate) fn line(out: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, value)?;
    out.write_all(b"\n")
}

#[derive(Serialize)]
struct BeginLine<'a> {
    r#type: &'static str,
    version: u32,
    scenarios: usize,
    network: &'a str,
    seed: u64,
}

/// A file that was refused, and all that is wrong with it.
#[derive(Serialize)]
pub(crate) struct RefusedLine<'a> {
    r#type: &'static str,
    file: &'a str,
    status: &'static str,
    problems: Vec<ProblemObject<'a>>,
}

#[derive(Serialize)]
struct ProblemObject<'a> {
    line: usize,
    column: usize,
    says: String,
    hint: Option<&'a str>,
}

impl<'a> RefusedLine<'a> {
    pub(crate) fn new(r#type: &'static str, refusal: &'a Refusal) -> Self {
        let problem = |problem: &'a Problem| {
            let (line, column) = refusal.line_and_column(problem.span);
            ProblemObject { line, column, says: problem.reason.to_string(), hint: problem.hint.as_deref() }
        };
        let problems = refusal.problems.iter().map(problem).collect();
        Self { r#type, file: &refusal.file.path, status: "refused", problems }
    }
}

#[derive(Serialize)]
struct ResultLine<'a> {
    r#type: &'static str,
    name: &'a str,
    network: &'a str,
    client: &'a str,
    profile: &'a str,
    step: usize,
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    known_gap: Option<&'a str>,
    outcome: Option<OutcomeObject<'a>>,
    /// What the logs of the KMS hosts gained.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    host_events: Vec<HostEventObject<'a>>,
    findings: Vec<FindingObject<'a>>,
    /// What only shows from somewhere else, where the scenario asks for it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    sharper: Vec<SharperObject<'a>>,
    misses: Vec<MissObject<'a>>,
    not_judged: &'a [String],
    virtual_ms: u64,
    elapsed_ms: f64,
}

#[derive(Serialize)]
struct OutcomeObject<'a> {
    word: &'static str,
    slmgr: Option<SurfaceObject>,
    settings: Option<SurfaceObject>,
    ospp: Option<SurfaceObject>,
    events: Vec<EventObject<'a>>,
    host: Option<&'a str>,
    licence: Option<LicenceObject>,
    attempts: u32,
}

#[derive(Serialize)]
struct HostEventObject<'a> {
    host: &'a str,
    #[serde(flatten)]
    event: EventObject<'a>,
}

/// The licence after an attempt.
#[derive(Serialize)]
struct LicenceObject {
    state: &'static str,
    minutes_left: Option<u32>,
    days_left: Option<u32>,
    reason: Option<SurfaceObject>,
    activation_interval: u32,
    renewal_interval: u32,
    confidence: &'static str,
    source: &'static str,
}

impl LicenceObject {
    fn new(licence: &Licence) -> Self {
        Self {
            state: licence.word.word(),
            minutes_left: licence.minutes_left,
            days_left: licence.days_left(),
            reason: licence.reason.as_ref().map(SurfaceObject::new),
            activation_interval: licence.activation_interval,
            renewal_interval: licence.renewal_interval,
            confidence: licence.confidence.word(),
            source: licence.source,
        }
    }
}

#[derive(Serialize)]
struct SurfaceObject {
    any: Vec<String>,
    confidence: &'static str,
}

#[derive(Serialize)]
struct EventObject<'a> {
    id: u32,
    any: Vec<String>,
    confidence: &'static str,
    fields: &'a [String],
}

impl<'a> EventObject<'a> {
    fn new(event: &'a LoggedEvent) -> Self {
        let SurfaceObject { any, confidence } = SurfaceObject::new(&event.code);
        Self { id: event.id, any, confidence, fields: &event.fields }
    }
}

/// A finding as programs read it.
#[derive(Serialize)]
pub(super) struct FindingObject<'a> {
    id: &'static str,
    severity: &'static str,
    procedures: &'static [&'static str],
    says: &'a str,
    evidence: &'a [u32],
    confidence: &'static str,
    remedy: Vec<String>,
    typed: Vec<TypedObject>,
    workaround: bool,
    filled: Vec<BlankObject<'a>>,
    fix_check: &'static str,
    next: Option<&'static str>,
}

/// A finding that is made standing at the DNS servers or the KMS hosts too; its evidence is numbered from there.
#[derive(Serialize)]
struct SharperObject<'a> {
    from: &'static str,
    #[serde(flatten)]
    finding: FindingObject<'a>,
}

/// A line that somebody types: `undo` takes it back, `act` is its place in `remedy`, counted from 1.
#[derive(Serialize)]
struct TypedObject {
    act: usize,
    on: &'static str,
    at: Option<String>,
    shell: &'static str,
    line: String,
    undo: Option<String>,
    why: Option<&'static str>,
}

#[derive(Serialize)]
struct BlankObject<'a> {
    blank: &'static str,
    value: &'a str,
}

impl<'a> FindingObject<'a> {
    fn new(found: &'a Found, evidence: &Evidence) -> Self {
        Self::of(&found.finding, evidence, Some(&found.fix))
    }

    /// A finding where nothing can be tried.
    pub(super) fn not_tried(finding: &'a Finding, evidence: &Evidence) -> Self {
        Self::of(finding, evidence, None)
    }

    fn of(finding: &'a Finding, evidence: &Evidence, fix: Option<&'a FixCheck>) -> Self {
        // The remedy that was tried; else the best one.
        let remedy = finding.remedies.get(fix.and_then(|fix| fix.remedy).unwrap_or(0));
        let acts = remedy.into_iter().flat_map(|remedy| &remedy.acts);
        let filled = fix.into_iter().flat_map(|fix| &fix.filled);
        Self {
            id: finding.entry.id,
            severity: finding.severity.word(),
            procedures: finding.entry.procedures,
            says: &finding.says,
            evidence: &finding.evidence,
            confidence: finding.entry.confidence.word(),
            remedy: acts.map(ToString::to_string).collect(),
            typed: remedy.map(|remedy| typed(remedy, evidence)).into_iter().flatten().map(TypedObject::from).collect(),
            workaround: remedy.is_some_and(|remedy| remedy.workaround),
            filled: filled.map(|(blank, value)| BlankObject { blank, value }).collect(),
            fix_check: fix.map_or(FixWord::NotTried, |fix| fix.word.clone()).word(),
            next: fix.and_then(|fix| fix.next),
        }
    }
}

impl From<Typed> for TypedObject {
    fn from(typed: Typed) -> Self {
        let Typed { act, on, at, shell, line, undo, why } = typed;
        Self { act, on: on.word(), at, shell: shell.word(), line, undo, why }
    }
}

#[derive(Serialize)]
struct MissObject<'a> {
    criterion: &'a str,
    expected: &'a str,
    found: &'a str,
}

#[derive(Serialize)]
struct SummaryLine {
    r#type: &'static str,
    passed: usize,
    failed: usize,
    skipped: usize,
    not_judged: usize,
    elapsed_ms: f64,
}

impl<'a> ResultLine<'a> {
    fn new(scenario: &'a ScenarioRecord, record: &'a Record) -> Self {
        let misses = record.misses.iter().map(|miss| MissObject {
            criterion: miss.criterion,
            expected: &miss.expected,
            found: &miss.found,
        });
        let findings = record.diagnosis.iter().flat_map(|diagnosis| {
            diagnosis.findings.iter().map(|found| FindingObject::new(found, &diagnosis.evidence))
        });
        let sharper = record.diagnosis.iter().flat_map(Diagnosis::sharper);
        let sharper = sharper.map(|(from, evidence, found)| SharperObject {
            from: from.word(),
            finding: FindingObject::new(found, evidence),
        });
        Self {
            r#type: "scenario",
            name: &scenario.name,
            network: scenario.network,
            client: &record.client,
            profile: record.profile,
            step: record.step,
            status: record.status.word(),
            reason: record.reason.as_deref(),
            known_gap: scenario.known_gap.as_deref(),
            outcome: record.outcome.as_ref().map(OutcomeObject::new),
            host_events: record
                .host_events
                .iter()
                .map(|(host, event)| HostEventObject { host: host.as_str(), event: EventObject::new(event) })
                .collect(),
            findings: findings.collect(),
            sharper: sharper.collect(),
            misses: misses.collect(),
            not_judged: &record.not_judged,
            virtual_ms: u64::try_from(record.took.as_millis()).unwrap_or(u64::MAX),
            elapsed_ms: millis(scenario.elapsed),
        }
    }
}

impl<'a> OutcomeObject<'a> {
    fn new(outcome: &'a Outcome) -> Self {
        Self {
            word: outcome.word.word(),
            slmgr: outcome.slmgr.as_ref().map(SurfaceObject::new),
            settings: outcome.settings.as_ref().map(SurfaceObject::new),
            ospp: outcome.ospp.as_ref().map(SurfaceObject::new),
            events: outcome.events.iter().map(EventObject::new).collect(),
            host: outcome.host.as_deref(),
            licence: outcome.licence.as_ref().map(LicenceObject::new),
            attempts: outcome.attempts,
        }
    }
}

impl SurfaceObject {
    fn new(surface: &Surface) -> Self {
        let any = surface.any.iter().map(ToString::to_string).collect();
        Self { any, confidence: surface.confidence.word() }
    }
}

impl SummaryLine {
    fn new(summary: Summary) -> Self {
        Self {
            r#type: "summary",
            passed: summary.passed,
            failed: summary.failed,
            skipped: summary.skipped,
            not_judged: summary.not_judged,
            elapsed_ms: millis(summary.elapsed),
        }
    }
}

/// Milliseconds to the microsecond.
fn millis(duration: Duration) -> f64 {
    let micros = u32::try_from(duration.as_micros()).unwrap_or(u32::MAX);
    f64::from(micros) / 1000.0
}
