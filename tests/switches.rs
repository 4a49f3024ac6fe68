//! Every switch changes some scenario: one that changes nothing is a doubt that nobody can see.

use std::collections::BTreeMap;

use kmslab::environment::Environment;
use kmslab::environment::switches::Switches;
use kmslab::network::stage::NetworkKind;
use kmslab::runner::{Settings, run_scenario};
use kmslab::scenario::Scenario;
use kmslab::scenario::catalogue::embedded;
use kmslab::scenario::load::load;
use notation::{Format, Kind, Problems, Tree};

/// Seeds that are tried: a switch about chance shows itself in some of them.
const SEEDS: u64 = 4;

/// Every switch by its key, and the switches with that one set to the other of its values.
fn flipped() -> BTreeMap<&'static str, Vec<Switches>> {
    let with = |key: &str, value: bool| {
        let tree = Tree::table([(key, Tree::built(Kind::Flag(value)))]);
        Switches::read(&tree, &mut Problems::default()).expect("a key of the switches")
    };
    let other = |key: &'static str| {
        let both = [with(key, true), with(key, false)];
        (key, both.into_iter().filter(|switches| *switches != Switches::default()).collect())
    };
    Switches::KEYS.iter().copied().map(other).collect()
}

fn with_switches(scenario: &Scenario, switches: &Switches) -> Scenario {
    let set = |environment: &mut Environment| {
        environment.clients.iter_mut().for_each(|client| client.switches = switches.clone());
    };
    let mut scenario = scenario.clone();
    scenario.steps.iter_mut().for_each(|step| set(&mut step.environment));
    scenario
}

/// What came out, as text: outcomes and journals.
fn run(scenario: &Scenario, seed: u64) -> String {
    let settings = Settings { network: NetworkKind::Simulated, seed };
    let record = run_scenario(scenario, &settings);
    format!("{:?}", record.results.iter().map(|result| (&result.outcome, &result.timeline)).collect::<Vec<_>>())
}

#[test]
fn each_switch_changes_some_scenario() {
    let library = embedded();
    let scenarios: Vec<Scenario> =
        library.scenario_names().map(|name| load(&library, name).expect("the catalogue loads")).collect();
    for (key, settings) in flipped() {
        assert!(!settings.is_empty(), "the switch `{key}` has one value only");
        let shows = |scenario: &Scenario| {
            let before = with_switches(scenario, &Switches::default());
            (1..=SEEDS).any(|seed| {
                let plain = run(&before, seed);
                settings.iter().any(|switches| run(&with_switches(scenario, switches), seed) != plain)
            })
        };
        assert!(scenarios.iter().any(shows), "no scenario shows the switch `{key}`: add one that does");
    }
}
