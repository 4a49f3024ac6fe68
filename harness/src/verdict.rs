//! Expected against found: the only part that knows both.
//!
//! Each criterion that is not met becomes a [`Miss`], with what came nearest, so that a person need not run it again to see why.
//! What cannot be judged yet is said by name and never counted as met.

use std::time::Duration;

use evidence::diagnosis::Severity;
use evidence::outcome::{Licence, LoggedEvent, Outcome, Surface};
use evidence::timeline::Timeline;
use notation::Id;

use crate::scenario::Expect;
use crate::scenario::expect::{Between, ExpectedCode, ExpectedEvent};

/// A criterion that is not met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Miss {
    /// The key of the expectation, e.g. `journal.must`.
    pub criterion: &'static str,
    /// What was expected.
    pub expected: String,
    /// What came out instead.
    pub found: String,
}

/// What became of an expectation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// What is not met.
    pub misses: Vec<Miss>,
    /// What could not be judged, as `key: value`.
    pub not_judged: Vec<String>,
}

/// How long an attempt took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Took {
    /// On a clock that moves only when somebody waits.
    Exactly(Duration),
    /// On a clock that the machine's other work disturbs.
    Inexactly,
}

/// What a diagnosis found, by where somebody stood.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// From the client alone.
    pub client: Vec<(&'static str, Severity)>,
    /// At the DNS servers too, where that was asked for.
    pub dns: Option<Vec<&'static str>>,
    /// At the KMS hosts too, where that was asked for.
    pub host: Option<Vec<&'static str>>,
}

/// Judges what came out for one client in one step.
#[must_use]
pub fn judge(
    expect: &Expect,
    outcome: &Outcome,
    host_events: &[(Id, LoggedEvent)],
    timeline: &Timeline,
    took: Took,
    diagnosis: Option<&Findings>,
) -> Verdict {
    let mut misses = Vec::new();
    if let Some(expected) = &expect.outcome
        && *expected != outcome.word
    {
        misses.push(miss("outcome", expected.word(), outcome.word.word()));
    }
    misses.extend(judge_surface("slmgr", &expect.slmgr, outcome.slmgr.as_ref()));
    misses.extend(judge_surface("ospp", &expect.ospp, outcome.ospp.as_ref()));
    misses.extend(judge_surface("settings", &expect.settings, outcome.settings.as_ref()));
    let logged: Vec<&LoggedEvent> = outcome.events.iter().chain(host_events.iter().map(|(_, event)| event)).collect();
    misses.extend(expect.events.iter().filter_map(|expected| judge_event(expected, &logged)));
    if let Some(expected) = &expect.host {
        let found = outcome.host.as_deref().unwrap_or("none");
        if !expected.eq_ignore_ascii_case(found) {
            misses.push(miss("host", expected, found));
        }
    }
    misses.extend(judge_licence(expect, outcome.licence.as_ref()));
    if let Some(expected) = &expect.attempts
        && !expected.holds(outcome.attempts)
    {
        misses.push(miss("attempts", &expected.to_string(), &outcome.attempts.to_string()));
    }
    if let (Some(Between { from, to }), Took::Exactly(took)) = (&expect.took, took)
        && !(from.duration()..=to.duration()).contains(&took)
    {
        misses.push(miss("took_ms", &format!("{} to {}", from.0, to.0), &took.as_millis().to_string()));
    }
    for pattern in &expect.journal.must {
        if pattern.find(timeline).is_none() {
            let nearest = pattern
                .nearest(timeline)
                .map_or_else(|| "an empty journal".to_owned(), |line| format!("nearest: {line}"));
            misses.push(miss("journal.must", &pattern.to_string(), &nearest));
        }
    }
    for pattern in &expect.journal.must_not {
        if let Some(entry) = pattern.find(timeline) {
            misses.push(miss("journal.must_not", &pattern.to_string(), &Timeline::line(entry)));
        }
    }
    if let Some(found) = diagnosis {
        misses.extend(judge_findings(expect, found));
    }
    Verdict { misses, not_judged: not_judged(expect, took, diagnosis.is_some()) }
}

/// The licence afterwards, and how long it lasts.
fn judge_licence(expect: &Expect, found: Option<&Licence>) -> Vec<Miss> {
    let mut misses = Vec::new();
    if let Some(expected) = &expect.licence
        && found.is_none_or(|found| found.word != *expected)
    {
        misses.push(miss("licence", expected.word(), found.map_or("unknown", |found| found.word.word())));
    }
    let days = found.and_then(Licence::days_left);
    if let Some(expected) = &expect.days_left
        && days.is_none_or(|days| !expected.holds(days))
    {
        let found = days.map_or_else(|| "no end".to_owned(), |days| days.to_string());
        misses.push(miss("days_left", &expected.to_string(), &found));
    }
    misses
}

/// Findings that must be there, must not be there, and must be there from elsewhere.
fn judge_findings(expect: &Expect, found: &Findings) -> Vec<Miss> {
    let shown = |ids: &mut dyn Iterator<Item = &'static str>| {
        let ids: Vec<&str> = ids.collect();
        if ids.is_empty() { "no finding".to_owned() } else { ids.join(", ") }
    };
    let client = || found.client.iter().map(|(id, _)| *id);
    let mut misses = Vec::new();
    let lists = [
        ("must", &expect.must, Some(client().collect::<Vec<_>>())),
        ("must_from.dns", &expect.must_from.dns, found.dns.clone()),
        ("must_from.host", &expect.must_from.host, found.host.clone()),
    ];
    for (criterion, wanted, ids) in lists {
        let ids = ids.unwrap_or_default();
        let missing = wanted.iter().filter(|wanted| !ids.contains(&wanted.as_str()));
        misses.extend(missing.map(|wanted| miss(criterion, wanted.as_str(), &shown(&mut ids.iter().copied()))));
    }
    let everywhere = client().chain(found.dns.iter().flatten().copied()).chain(found.host.iter().flatten().copied());
    for id in everywhere {
        if expect.must_not.iter().any(|unwanted| unwanted.as_str() == id)
            && !misses.iter().any(|miss| miss.criterion == "must_not" && miss.expected == id)
        {
            misses.push(miss("must_not", id, "it is found"));
        }
    }
    if expect.forbid_others {
        let others = found.client.iter().filter(|(id, severity)| {
            *severity > Severity::Notice && !expect.must.iter().any(|wanted| wanted.as_str() == *id)
        });
        misses.extend(others.map(|(id, _)| miss("forbid_others", "no other finding", id)));
    }
    misses
}

/// A surface fits when every code that it may show is expected; one that no source speaks of fits the word `unknown`.
fn judge_surface(criterion: &'static str, expected: &[ExpectedCode], found: Option<&Surface>) -> Option<Miss> {
    if expected.is_empty() {
        return None;
    }
    let fits = match found {
        None => expected.contains(&ExpectedCode::Unknown),
        Some(surface) => surface.any.iter().all(|code| expected.contains(&ExpectedCode::Code(*code))),
    };
    let list = |codes: Vec<String>| codes.join(" or ");
    (!fits).then(|| {
        let found = found.map_or_else(
            || "unknown".to_owned(),
            |surface| list(surface.any.iter().map(ToString::to_string).collect()),
        );
        miss(criterion, &list(expected.iter().map(ToString::to_string).collect()), &found)
    })
}

fn judge_event(expected: &ExpectedEvent, found: &[&LoggedEvent]) -> Option<Miss> {
    let fits = |event: &&&LoggedEvent| event.id == expected.id && event.code.any.contains(&expected.code);
    let shown = |event: &&LoggedEvent| {
        let codes: Vec<String> = event.code.any.iter().map(ToString::to_string).collect();
        format!("{} {}", event.id, codes.join(" or "))
    };
    found.iter().find(fits).is_none().then(|| {
        let found: Vec<String> = found.iter().map(shown).collect();
        let found = if found.is_empty() { "no event".to_owned() } else { found.join(", ") };
        miss("events", &expected.to_string(), &found)
    })
}

/// Findings cannot be judged where no diagnosis could be made.
fn not_judged(expect: &Expect, took: Took, diagnosed: bool) -> Vec<String> {
    let lists = [
        ("must", &expect.must),
        ("must_not", &expect.must_not),
        ("must_from.dns", &expect.must_from.dns),
        ("must_from.host", &expect.must_from.host),
    ];
    let named = lists.iter().flat_map(|(key, ids)| ids.iter().map(move |id| format!("{key}: {id}")));
    let named = named.chain(expect.forbid_others.then(|| "forbid_others".to_owned())).filter(|_| !diagnosed);
    let clock =
        (took == Took::Inexactly && expect.took.is_some()).then(|| "took_ms: the clock is not exact here".to_owned());
    named.chain(clock).collect()
}

fn miss(criterion: &'static str, expected: &str, found: &str) -> Miss {
    Miss { criterion, expected: expected.to_owned(), found: found.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::{Took, Verdict, judge};
    use evidence::outcome::{Confidence, Outcome, OutcomeWord, Surface};
    use evidence::timeline::Timeline;
    use notation::{Format, Problems};
    use std::time::Duration;

    use crate::scenario::Expect;

    #[track_caller]
    fn check(expect: &str, misses: &[&str]) -> Verdict {
        let mut problems = Problems::default();
        let tree = notation::parse::parse(expect, &mut problems);
        let expect = Expect::read(&tree, &mut problems).unwrap();
        let outcome = Outcome {
            slmgr: Some(Surface::new(&[0x8007_232A, 0x8007_05B4], Confidence::Documented)),
            ..Outcome::of(OutcomeWord::DnsFailed)
        };
        let verdict = judge(&expect, &outcome, &[], &Timeline::default(), Took::Exactly(Duration::from_secs(10)), None);
        let found: Vec<String> =
            verdict.misses.iter().map(|miss| format!("{}: {}", miss.criterion, miss.found)).collect();
        assert_eq!(found, misses);
        verdict
    }

    #[test]
    fn each_criterion_can_be_missed() {
        check("", &[]);
        check("outcome = \"dns-failed\"", &[]);
        check("outcome = \"activated\"", &["outcome: dns-failed"]);
        check("slmgr = [\"0x8007232A\", \"0x800705B4\"]", &[]);
        check("slmgr = [\"0x8007232A\"]", &["slmgr: 0x8007232A or 0x800705B4"]);
        check("ospp = [\"0x8007232A\"]", &["ospp: unknown"]);
        check("settings = [\"unknown\"]", &[]);
        check("settings = [\"0x8007232A\"]", &["settings: unknown"]);
        check("events = [\"12288 0xC004F041\"]", &["events: no event"]);
        check("host = \"kms1.contoso.com:1688\"", &["host: none"]);
        check("licence = \"licensed\"", &["licence: unknown"]);
        check("days_left = { to = 180 }", &["days_left: no end"]);
        check("attempts = { from = 2, to = 13 }", &["attempts: 1"]);
        check("took_ms = { from = 10000, to = 10000 }", &[]);
        check("took_ms = { to = 9999 }", &["took_ms: 10000"]);
        check("journal.must = [\"query * SRV\"]", &["journal.must: an empty journal"]);
        check("journal.must_not = [\"query * SRV\"]", &[]);
    }

    #[test]
    fn findings_are_not_judged_and_said_so() {
        let verdict = check("must = [\"dns-srv-missing\"]\nforbid_others = true", &[]);
        assert_eq!(verdict.not_judged, ["must: dns-srv-missing", "forbid_others"]);
    }
}
