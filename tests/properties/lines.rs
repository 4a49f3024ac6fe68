//! Expectations about the journal, held against every line that the catalogue brings forth.

use std::collections::BTreeSet;

use double::Entry;
use evidence::Timeline;
use evidence::pattern::{LENGTH_MAX, Pattern};
use evidence::timeline::Event;
use kmslab::network::stage::NetworkKind;
use kmslab::runner::{Settings, run_scenario};
use notation::Id;
use proptest::prelude::*;

use crate::{SCENARIOS, cases};

/// Every timeline of the catalogue.
fn timelines() -> Vec<Timeline> {
    let settings = Settings { network: NetworkKind::Simulated, seed: 1 };
    let records = SCENARIOS.iter().map(|scenario| run_scenario(scenario, &settings));
    records.flat_map(|record| record.results).map(|result| result.timeline).collect()
}

/// The entries with different texts, each with its timeline: those that an expectation with an observer can spell out.
fn entries(timelines: &[Timeline]) -> Vec<(&Timeline, &Entry<Event>)> {
    let mut seen = BTreeSet::new();
    let all = timelines.iter().flat_map(|timeline| timeline.entries.iter().map(move |entry| (timeline, entry)));
    let short = |line: &String| line.len() + Id::LENGTH_MAX <= LENGTH_MAX;
    all.filter(|(_, entry)| Some(Timeline::line(entry)).filter(short).is_some_and(|line| seen.insert(line))).collect()
}

#[track_caller]
fn fits(text: &str, timeline: &Timeline, entry: &Entry<Event>) -> bool {
    Pattern::new(text).unwrap_or_else(|refused| panic!("{text}: {refused:?}")).fits(timeline, entry)
}

#[test]
fn a_line_fits_itself_its_beginnings_and_its_gaps() {
    let timelines = timelines();
    let entries = entries(&timelines);
    assert!(entries.len() > 100);
    for (timeline, entry) in entries {
        // An asterisk within a line stands for any text, so a line always fits itself.
        let line = entry.event.to_string();
        let words: Vec<&str> = line.split(' ').collect();
        assert!(fits(&line, timeline, entry), "{line}");
        assert!(fits(&line.to_uppercase(), timeline, entry), "case does not count: {line}");
        assert!(fits("*", timeline, entry));
        for end in 1..=words.len() {
            let beginning = words[..end].join(" ");
            assert!(fits(&beginning, timeline, entry), "{beginning} of {line}");
            assert!(fits(&format!("* {}", words[end - 1]), timeline, entry) || end == 1, "{line}");
            let mut gapped = words.clone();
            gapped[end - 1] = "*";
            assert!(fits(&gapped.join(" "), timeline, entry), "{gapped:?} of {line}");
        }
        assert!(!fits(&format!("{line} more"), timeline, entry), "{line}");
        let cut = &line[..line.len() - line.chars().next_back().map_or(0, char::len_utf8)];
        if !cut.ends_with(' ') && cut.contains(' ') && !cut.contains('*') {
            assert!(!fits(cut, timeline, entry), "a word that is cut is another word: {cut}");
        }
    }
}

#[test]
fn an_observer_is_a_machine_or_its_role_and_nobody_else() {
    let timelines = timelines();
    for (timeline, entry) in entries(&timelines) {
        let line = entry.event.to_string();
        let role = timeline.role(&entry.machine).expect("every observer is a machine").word();
        for (machine, other) in &timeline.machines {
            let own = *machine == entry.machine;
            assert_eq!(fits(&format!("{machine}: {line}"), timeline, entry), own, "{machine}: {line}");
            assert_eq!(fits(&format!("{}: {line}", other.word()), timeline, entry), other.word() == role);
        }
    }
}

#[test]
fn the_first_line_that_fits_is_found_and_the_nearest_exists() {
    for timeline in timelines() {
        for entry in timeline.entries.iter().filter(|entry| entry.event.to_string().len() <= LENGTH_MAX) {
            let pattern = Pattern::new(&entry.event.to_string()).expect("a line is an expectation");
            let found = pattern.find(&timeline).expect("the line itself fits");
            assert!(found.at <= entry.at);
        }
        let never = Pattern::new("query never.invalid TXT").expect("an expectation");
        assert!(never.find(&timeline).is_none());
        assert_eq!(never.nearest(&timeline).is_some(), !timeline.entries.is_empty());
    }
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn any_text_is_an_expectation_or_refused_within_itself(text in "\\PC{0,60}|(client: )?[a-z_*]{0,8}( [a-z*.]{0,6}){0,4}") {
        match Pattern::new(&text) {
            Ok(pattern) => prop_assert_eq!(pattern.to_string(), text),
            Err(refused) => {
                prop_assert!(!refused.message.is_empty());
                if let Some(part) = refused.part {
                    prop_assert!(text.get(part).is_some(), "a part of the text");
                }
            }
        }
    }
}
