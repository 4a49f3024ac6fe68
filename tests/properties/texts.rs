//! Printed and loaded is the same scenario; broken text is refused with places, or loaded, and never more than that.
#![expect(clippy::disallowed_types, clippy::disallowed_methods, reason = "test: measures how long hostile texts take")]

use std::time::{Duration, Instant};

use kmslab::scenario::Scenario;
use kmslab::scenario::library::{FILE_SIZE_MAX, FileText};
use kmslab::scenario::load::{load_base_text, load_text};
use kmslab::scenario::print::print;
use kmslab::scenario::refusal::Refusal;
use notation::Id;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::changes::change;
use crate::{LIBRARY, SCENARIOS, cases};

/// How long a text of the largest size may take. Linear work needs a hundredth even unoptimized; what is worse than linear
/// needs minutes.
const PATIENCE: Duration = Duration::from_secs(20);

fn file(text: &str) -> FileText {
    FileText { path: "x.toml".to_owned(), text: text.into() }
}

#[track_caller]
fn comes_back(scenario: &Scenario) {
    let text = print(scenario);
    let read = load_text(&LIBRARY, &scenario.name, &file(&text)).unwrap_or_else(|refusal| panic!("{refusal}\n{text}"));
    assert_eq!(read, *scenario, "{text}");
    assert_eq!(print(&read), text, "printing settles");
}

#[test]
fn every_scenario_of_the_catalogue_is_printed_as_it_is() {
    for scenario in SCENARIOS.iter() {
        comes_back(scenario);
    }
}

/// A text that a title may be.
fn line() -> impl Strategy<Value = String> {
    "[^\\r\\n]{1,100}".prop_filter("titles are never empty", |line| !line.trim().is_empty())
}

proptest! {
    #![proptest_config(cases(64))]

    #[test]
    fn whatever_is_changed_is_printed_as_it_is(
        which in any::<prop::sample::Index>(),
        words in (line(), line(), vec(line(), 0..3), prop::option::of(line())),
        steps in vec((0..400_u64, vec(any::<u64>(), 0..5)), 1..4),
    ) {
        let model = which.get(&SCENARIOS);
        let mut environment = model.healthy.clone();
        let mut at = 0;
        let mut made = Scenario { steps: Vec::new(), ..model.clone() };
        (made.title, made.ticket, made.tags, made.known_gap) = words;
        for (later, seeds) in steps {
            at += later;
            let mut step = model.steps[0].clone();
            step.at = double::Moment::at(Duration::from_millis(at));
            step.change = change(&environment, &seeds).0;
            kmslab::environment::apply::apply(&mut environment, &step.change).expect("drawn to fit");
            step.environment = environment.clone();
            let known = |id: &Id| environment.client(id).is_some();
            step.run.retain(|run| known(&run.client));
            // Observers that the change took away would be refused, and rightly.
            step.expect.journal.must.clear();
            step.expect.journal.must_not.clear();
            step.expect.when = notation::Keyed::empty();
            made.steps.push(step);
        }
        comes_back(&made);
    }
}

/// One way to damage a text.
#[derive(Clone, Debug)]
enum Damage {
    Flip(prop::sample::Index, u8),
    Cut(prop::sample::Index),
    Remove(prop::sample::Index, usize),
    Repeat(prop::sample::Index, usize),
    Insert(prop::sample::Index, String),
}

fn damage() -> impl Strategy<Value = Damage> {
    let at = any::<prop::sample::Index>;
    prop_oneof![
        4 => (at(), any::<u8>()).prop_map(|(at, bits)| Damage::Flip(at, bits)),
        1 => at().prop_map(Damage::Cut),
        2 => (at(), 1..40_usize).prop_map(|(at, length)| Damage::Remove(at, length)),
        2 => (at(), 1..40_usize).prop_map(|(at, length)| Damage::Repeat(at, length)),
        3 => (at(), "[\"'\\[\\]{}=.,#\\\\\\n 0-9a-z\u{e9}\u{202e}]{1,6}").prop_map(|(at, text)| Damage::Insert(at, text)),
    ]
}

fn damaged(text: &str, damages: &[Damage]) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for damage in damages {
        let length = bytes.len().max(1);
        let place = |at: &prop::sample::Index| at.index(length).min(bytes.len());
        match damage {
            Damage::Flip(at, bits) => {
                let at = place(at);
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= bits;
                }
            }
            Damage::Cut(at) => bytes.truncate(place(at)),
            Damage::Remove(at, count) => {
                let at = place(at);
                bytes.drain(at..(at + count).min(bytes.len()));
            }
            Damage::Repeat(at, count) => {
                let at = place(at);
                let part = bytes[at..(at + count).min(bytes.len())].to_vec();
                bytes.splice(at..at, part);
            }
            Damage::Insert(at, text) => {
                let at = place(at);
                bytes.splice(at..at, text.bytes());
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A refusal says at least one thing, each in the file and drawn without what steers a terminal.
fn is_readable(refusal: &Refusal) {
    assert!(!refusal.problems.is_empty());
    let text = refusal.to_string();
    assert!(!text.contains(|c: char| c.is_control() && c != '\n'), "{text:?}");
    for problem in &refusal.problems {
        assert!(problem.span.start <= problem.span.end && problem.span.end <= refusal.file.text.len(), "{problem:?}");
        let (line, column) = refusal.line_and_column(problem.span);
        assert!(line >= 1 && column >= 1);
        assert!(!problem.reason.to_string().is_empty());
    }
}

proptest! {
    #![proptest_config(cases(1000))]

    #[test]
    fn damaged_text_is_refused_or_comes_back(which in any::<prop::sample::Index>(), damages in vec(damage(), 1..6)) {
        let names: Vec<&str> = LIBRARY.scenario_names().collect();
        let name = *which.get(&names);
        let text = damaged(&LIBRARY.scenario(name).expect("a name of the library").text, &damages);
        match load_text(&LIBRARY, name, &file(&text)) {
            Ok(scenario) => comes_back(&scenario),
            Err(refusal) => is_readable(&refusal),
        }
    }

    #[test]
    fn a_damaged_base_is_refused_or_loaded(which in any::<prop::sample::Index>(), damages in vec(damage(), 1..6)) {
        let names: Vec<&str> = LIBRARY.base_names().collect();
        let name = *which.get(&names);
        let text = damaged(&LIBRARY.base(name).expect("a name of the library").text, &damages);
        if let Err(refusal) = load_base_text(&LIBRARY, name, &file(&text)) {
            is_readable(&refusal);
        }
    }
}

/// A step with as many rules as fit.
fn full(step: u32) -> String {
    let rules: String =
        (0..100).map(|rule| format!("{{ add.rule = {{ id = \"r{step}-{rule}\", how = \"silent\" }} }},\n")).collect();
    format!("[[step]]\nexpect = {{}}\nchange = [\n{rules}]\n")
}

#[test]
fn hostile_texts_of_the_largest_size_take_bounded_time() {
    let repeat = |part: &str| part.repeat(FILE_SIZE_MAX / part.len());
    let head = "title = \"x\"\nticket = \"x\"\nbase = \"domain-member\"\nsources = [{ ref = \"x\", confidence = \"field\" }]\n";
    let texts = [
        repeat("["),
        repeat("a="),
        repeat("{a="),
        repeat("a."),
        repeat("\"\"\"\n"),
        repeat("\n"),
        repeat("[[step]]\n"),
        repeat("\u{0}"),
        (0..FILE_SIZE_MAX / 12).map(|number| format!("k{number} = 1\n")).collect::<String>(),
        format!("{head}[[step]]\nchange = [{}]\nexpect = {{}}\n", repeat("{ remove.machine = { id = \"a\" } },\n")),
        format!("{head}{}", repeat("[[step]]\nexpect = {}\n")),
        format!("{head}{}", (0..50).map(full).collect::<String>()),
        format!("{head}[[step]]\nexpect.journal.must = [{}]\n", repeat("\"a: query\",")),
        format!(
            "{head}[[step]]\nexpect = {{}}\nchange = [{{ add.zone = {{ at = \"dns1\", origin = \"x\", text = '''{}''' }} }}]\n",
            repeat("a IN SVR x\n")
        ),
    ];
    for text in texts {
        let begin = text.get(..40).unwrap_or(&text).to_owned();
        let started = Instant::now();
        if let Err(refusal) = load_text(&LIBRARY, "x", &file(&text)) {
            is_readable(&refusal);
        }
        assert!(started.elapsed() < PATIENCE, "{begin:?} took {:?}", started.elapsed());
    }
}
