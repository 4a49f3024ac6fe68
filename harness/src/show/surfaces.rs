//! What each surface shows, how sure that is, and what was expected of it.
//!
//! It judges nothing: what is not as expected comes from the verdict. Of findings it names those that were expected.

use double::escape::Untrusted;
use evidence::outcome::{Licence, Outcome, Surface};

use super::page::{Look, Page};
use crate::report::phrase::{found, seconds};
use crate::runner::{Diagnosis, Record};
use crate::scenario::expect::ExpectedCode;
use crate::scenario::{Expect, Step};

/// Columns of the name of a surface: `event 12288`.
const NAME: usize = 11;

/// Most columns of what is shown that others are lined up with: two codes.
const SHOWN_MAX: usize = 24;

/// Columns of a confidence: `documented`.
const CONFIDENCE: usize = 10;

/// A line of the table.
struct Shown {
    name: String,
    shows: String,
    confidence: &'static str,
    expected: Vec<String>,
}

/// Writes what one attempt showed.
pub fn draw(page: &mut Page, step: &Step, record: &Record) {
    let Some(outcome) = &record.outcome else { return };
    let expect = step.expect.for_client(record.profile, &record.client);
    let word = outcome.word.word();
    let wanted: Vec<String> = expect.outcome.iter().map(|word| word.word().to_owned()).collect();
    let ended = format!("{word} after {}", seconds(record.took));
    page.section("outcome", [ended, against(word, &wanted)].join("  ").trim_end());
    let table = shown(outcome, &expect);
    let widths = table.iter().map(|line| line.shows.chars().count());
    let width = widths.filter(|width| *width <= SHOWN_MAX).max().unwrap_or_default();
    for (number, Shown { name, shows, confidence, expected }) in table.iter().enumerate() {
        let expected = against(shows, expected);
        let line = format!("{name:<NAME$}  {shows:<width$}  {confidence:<CONFIDENCE$}  {expected}");
        page.section(if number == 0 { "shows" } else { "" }, line.trim_end());
    }
    journal_lines(page, &expect);
    finding_lines(page, &expect, record.diagnosis.as_ref());
    for miss in &record.misses {
        let (called, text) = found(miss);
        let text = format!("{}: expected {}; {called} {text}", miss.criterion, Untrusted(&miss.expected));
        page.looking(Look::Bad, "differs", &text);
    }
}

/// What was expected beside what is shown: not said twice where both are the same text.
fn against(shows: &str, expected: &[String]) -> String {
    let expected = expected.join(" or ");
    match expected.as_str() {
        "" => expected,
        same if same == shows => "as expected".to_owned(),
        other => format!("expected {other}"),
    }
}

fn shown(outcome: &Outcome, expect: &Expect) -> Vec<Shown> {
    let surface = |name: &str, surface: Option<&Surface>, expected: &[ExpectedCode]| Shown {
        name: name.to_owned(),
        shows: surface.map_or_else(|| "unknown".to_owned(), codes),
        confidence: surface.map_or("no source", |surface| surface.confidence.word()),
        expected: expected.iter().map(ToString::to_string).collect(),
    };
    let mut table = vec![
        surface("slmgr /ato", outcome.slmgr.as_ref(), &expect.slmgr),
        surface("Settings", outcome.settings.as_ref(), &expect.settings),
    ];
    let mut wanted: Vec<_> = expect.events.clone();
    for event in &outcome.events {
        let mine = wanted.extract_if(.., |wanted| wanted.id == event.id);
        let codes: Vec<ExpectedCode> = mine.map(|wanted| ExpectedCode::Code(wanted.code)).collect();
        table.push(surface(&format!("event {}", event.id), Some(&event.code), &codes));
    }
    let none = |name: String, expected: Vec<String>| Shown { name, shows: "none".to_owned(), confidence: "", expected };
    table.extend(wanted.iter().map(|event| none(format!("event {}", event.id), vec![event.code.to_string()])));
    if outcome.events.is_empty() && wanted.is_empty() {
        table.push(none("events".to_owned(), Vec::new()));
    }
    table.extend(outcome.licence.as_ref().map(|licence| of_licence(licence, expect)));
    let host: Vec<String> = expect.host.iter().map(|host| Untrusted(host).to_string()).collect();
    match &outcome.host {
        None if host.is_empty() => {}
        None => table.push(none("KMS host".to_owned(), host)),
        Some(answered) => {
            let shows = Untrusted(answered).to_string();
            table.push(Shown { shows, ..none("KMS host".to_owned(), host) });
        }
    }
    table
}

/// The licence afterwards, as `slmgr /dlv` names it, and its days.
fn of_licence(licence: &Licence, expect: &Expect) -> Shown {
    let days = |count: String| format!("{count} days");
    let left = licence.days_left().map(|left| days(left.to_string()));
    let word = licence.word.word();
    let wanted = expect.licence.as_ref().map(|word| word.word().to_owned());
    let wanted_days = expect.days_left.as_ref();
    // Days that fit are not said twice.
    let fits = wanted_days.is_none_or(|wanted| licence.days_left().is_some_and(|left| wanted.holds(left)));
    let shows = [Some(word.to_owned()), left].into_iter().flatten().collect::<Vec<_>>().join(", ");
    let expected = match (wanted, wanted_days) {
        (Some(wanted), _) if fits && wanted == word => vec![shows.clone()],
        (None, Some(_)) if fits => vec![shows.clone()],
        (wanted, wanted_days) => {
            let parts = wanted.into_iter().chain(wanted_days.map(|wanted| days(wanted.to_string())));
            let parts = parts.collect::<Vec<_>>();
            if parts.is_empty() { parts } else { vec![parts.join(", ")] }
        }
    };
    Shown { name: "licence".to_owned(), shows, confidence: licence.confidence.word(), expected }
}

fn codes(surface: &Surface) -> String {
    surface.any.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ")
}

fn journal_lines(page: &mut Page, expect: &Expect) {
    let mut opening = "journal";
    for (word, patterns) in [("must hold", &expect.journal.must), ("must not", &expect.journal.must_not)] {
        for pattern in patterns {
            page.section(opening, &format!("{word:<NAME$}  {}", Untrusted(&pattern.to_string())));
            opening = "";
        }
    }
}

/// The expected findings, and whether they were made.
fn finding_lines(page: &mut Page, expect: &Expect, diagnosis: Option<&Diagnosis>) {
    let found = diagnosis.map(Diagnosis::in_short);
    let client: Option<Vec<&str>> = found.as_ref().map(|found| found.client.iter().map(|(id, _)| *id).collect());
    let lists = [
        ("", &expect.must, client.clone()),
        (", standing at the DNS server too", &expect.must_from.dns, found.as_ref().and_then(|found| found.dns.clone())),
        (", standing at the KMS host too", &expect.must_from.host, found.as_ref().and_then(|found| found.host.clone())),
    ];
    let said = |is_right: Option<bool>| match is_right {
        Some(true) => "as expected",
        Some(false) => "not as expected",
        None => "not judged",
    };
    let mut opening = "findings";
    for (from, ids, made) in lists {
        for id in ids {
            let is_right = made.as_ref().map(|made| made.contains(&id.as_str()));
            page.section(opening, &format!("{id}{from}: {}", said(is_right)));
            opening = "";
        }
    }
    for id in &expect.must_not {
        let is_right = client.as_ref().map(|made| !made.contains(&id.as_str()));
        page.section(opening, &format!("not {id}: {}", said(is_right)));
        opening = "";
    }
    if expect.forbid_others {
        page.section(opening, "no other above a notice");
    }
}

#[cfg(test)]
mod tests {
    use super::super::page::Page;
    use super::super::tests_support::scenario;
    use super::draw;
    use crate::network::stage::NetworkKind;
    use crate::runner::{Settings, run_scenario};

    #[test]
    fn found_and_expected_stand_side_by_side() {
        let scenario = scenario(
            "[step.expect]\noutcome = \"dns-failed\"\nslmgr = [\"0x00000000\"]\nmust = [\"dns-x\"]\n[step.expect.when.\"windows-7\"]",
        );
        let record = run_scenario(&scenario, &Settings { network: NetworkKind::Simulated, seed: 1 });
        let mut page = Page::new(80);
        draw(&mut page, &scenario.steps[0], &record.results[0]);
        let texts: Vec<&str> = page.lines.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(
            texts,
            [
                "outcome  activated after 0.006 s  expected dns-failed",
                "shows    slmgr /ato   0x00000000             documented  as expected",
                "         Settings     0x00000000             inferred",
                "         event 12288  0x00000000             documented",
                "         event 12289  0x00000000             documented",
                "         licence      licensed, 180 days     documented",
                "         KMS host     kms1.contoso.com:1688",
                "findings dns-x: not as expected",
                "differs  outcome: expected dns-failed; found activated",
                "differs  must: expected dns-x; found nothing-wrong",
            ]
        );
    }
}
