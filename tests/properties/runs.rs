//! Same seed, same bytes; what is expected does not change what comes out; whatever loads can be run.

use std::time::Duration;

use kmslab::network::stage::NetworkKind;
use kmslab::report::human::Style;
use kmslab::report::{Format, report};
use kmslab::runner::parallel::run_all;
use kmslab::runner::{RunEvent, Settings, run_scenario};
use kmslab::scenario::Scenario;
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::Value;

use crate::changes::change;
use crate::{SCENARIOS, cases};

/// Keys that say whether something was as expected, and not what came out; and what is only looked for where it is expected.
const JUDGEMENT: [&str; 6] = ["sharper", "misses", "not_judged", "status", "passed", "failed"];

/// The report of a run as JSON Lines, without the one key that may differ.
fn lines(scenarios: &[Scenario], seed: u64, jobs: usize) -> Vec<Value> {
    let mut text = Vec::new();
    let mut json = report(&Format::Json, Style::default());
    let settings = Settings { network: NetworkKind::Simulated, seed };
    run_all(scenarios, &settings, jobs, false, &mut |event: &RunEvent<'_>| {
        json.event(event, &mut text).expect("a list takes everything");
    });
    let text = String::from_utf8(text).expect("JSON is UTF-8");
    text.lines().map(|line| without(line, &["elapsed_ms"])).collect()
}

fn without(line: &str, keys: &[&str]) -> Value {
    let mut value: Value = serde_json::from_str(line).expect("a line is an object");
    let object = value.as_object_mut().expect("a line is an object");
    for key in keys {
        object.shift_remove(*key);
    }
    value
}

#[test]
fn the_same_seed_gives_the_same_bytes_however_many_threads_run() {
    let scenarios = &*SCENARIOS;
    for seed in [1, 2, 7, u64::MAX] {
        let one = lines(scenarios, seed, 1);
        assert!(one.len() > scenarios.len());
        assert_eq!(one, lines(scenarios, seed, 1), "seed {seed}, again");
        assert_eq!(one, lines(scenarios, seed, 4), "seed {seed}, in four threads");
    }
}

#[test]
fn a_scenario_comes_out_the_same_whatever_runs_beside_it() {
    let scenarios = &*SCENARIOS;
    let all = lines(scenarios, 5, 2);
    for scenario in scenarios.iter().step_by(7) {
        let alone = lines(std::slice::from_ref(scenario), 5, 1);
        let beside = all.iter().filter(|line| line["name"] == scenario.name.as_str());
        assert_eq!(beside.collect::<Vec<_>>(), alone[1..alone.len() - 1].iter().collect::<Vec<_>>());
    }
}

#[test]
fn what_is_expected_does_not_leak_into_what_comes_out() {
    let scenarios = &*SCENARIOS;
    let mut bare = scenarios.clone();
    for step in bare.iter_mut().flat_map(|scenario| &mut scenario.steps) {
        let mut problems = notation::Problems::default();
        let nothing = notation::Tree::table([]);
        step.expect =
            notation::Format::read(&nothing, &mut problems).expect("every key of an expectation may be absent");
    }
    let judged = |line: Value| without(&line.to_string(), &JUDGEMENT);
    let with: Vec<Value> = lines(scenarios, 1, 1).into_iter().map(judged).collect();
    let without: Vec<Value> = lines(&bare, 1, 1).into_iter().map(judged).collect();
    assert_eq!(with, without);
    assert!(with.iter().any(|line| line.get("outcome").is_some_and(Value::is_object)), "outcomes are compared");
}

/// Longer than any attempt: what the longest time-outs of client and servers add up to, many times.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

proptest! {
    #![proptest_config(cases(128))]

    #[test]
    fn whatever_is_changed_can_be_run(
        which in any::<prop::sample::Index>(),
        seeds in vec(any::<u64>(), 1..10),
        seed in any::<u64>(),
    ) {
        let mut scenario = which.get(&SCENARIOS).clone();
        let step = scenario.steps.last_mut().expect("a scenario has a step");
        let (change, _) = change(&step.environment, &seeds);
        kmslab::environment::apply::apply(&mut step.environment, &change).expect("drawn to fit");
        let settings = Settings { network: NetworkKind::Simulated, seed };
        let record = run_scenario(&scenario, &settings);
        prop_assert_eq!(&record, &run_scenario(&scenario, &settings));
        for result in &record.results {
            prop_assert!(result.took < LONGEST, "{:?}", result.took);
            let moments: Vec<_> = result.timeline.entries.iter().map(|entry| entry.at).collect();
            prop_assert!(moments.is_sorted(), "a timeline is in order");
        }
    }
}
