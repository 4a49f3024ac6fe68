//! Journals whose moments tell nothing, held against the order that the simulated network gives them.

use std::cell::RefCell;
use std::time::Duration;

use double::{Entry, Moment};
use evidence::Event;
use evidence::timeline::Timeline;

use super::in_order;
use crate::environment::{Environment, How};
use crate::journal::conversation::Conversations;
use crate::network::stage::NetworkKind;
use crate::runner::{Settings, run_scenario};
use crate::scenario::catalogue;
use crate::scenario::load::load;

/// Longer than a message takes, shorter than anything that somebody waits for.
const PAUSE: Duration = Duration::from_millis(20);

/// Holds every attempt of the catalogue.
fn each_attempt(hold: impl Fn(&str, &Environment, &Timeline)) {
    let library = catalogue::embedded();
    for name in library.scenario_names() {
        let scenario = load(&library, name).expect("the catalogue is good");
        let record = run_scenario(&scenario, &Settings { network: NetworkKind::Simulated, seed: 1 });
        for result in &record.results {
            let environment = &scenario.steps[result.step - 1].environment;
            hold(name, environment, &result.timeline);
        }
    }
}

fn lines(entries: &[Entry<Event>]) -> Vec<String> {
    entries.iter().map(|entry| format!("{} {}", entry.at, Timeline::line(entry))).collect()
}

/// The entries of each exchange. What two machines begin for themselves has no order.
fn exchanges(entries: &[Entry<Event>], environment: &Environment, timeline: &Timeline) -> Vec<Vec<String>> {
    let timeline = Timeline { machines: timeline.machines.clone(), entries: entries.to_vec() };
    let conversations = Conversations::of(&timeline, environment);
    let mut exchanges = vec![Vec::new(); conversations.list().len()];
    for (place, entry) in entries.iter().enumerate() {
        if let Some(exchange) = conversations.at(place) {
            exchanges[exchange].push(Timeline::line(entry));
        }
    }
    exchanges.sort();
    exchanges
}

#[test]
fn what_is_in_order_stays() {
    each_attempt(|name, environment, timeline| {
        assert_eq!(lines(&in_order(timeline.entries.clone(), environment)), lines(&timeline.entries), "{name}");
    });
}

/// The same on a clock that stands still as long as somebody has something to do, machine by machine.
fn on_a_clock_that_stands(timeline: &Timeline) -> Vec<Entry<Event>> {
    let mut entries = timeline.entries.clone();
    let (mut shown, mut before) = (Moment::START, Moment::START);
    for entry in &mut entries {
        if entry.at.since(before) > PAUSE {
            shown = entry.at;
        }
        before = std::mem::replace(&mut entry.at, shown);
    }
    entries.sort_by_key(|entry| timeline.machines.iter().position(|(id, _)| *id == entry.machine));
    entries
}

#[test]
fn where_the_clock_stands_each_exchange_is_still_in_order() {
    let wrong = RefCell::new(Vec::new());
    each_attempt(|name, environment, timeline| {
        // No network with such a clock shows a lossy path, where only moments tell which packet was lost, or multicast.
        let multicast = timeline.entries.iter().any(|entry| Timeline::line(entry).contains("multicast"));
        if multicast || environment.rules.iter().any(|rule| matches!(rule.how, How::Lossy(_))) {
            return;
        }
        let ordered = in_order(on_a_clock_that_stands(timeline), environment);
        let of = |entries: &[Entry<Event>]| exchanges(entries, environment, timeline);
        if of(&ordered) != of(&timeline.entries) {
            wrong.borrow_mut().push(format!("{name}\n  {:#?}\n  {:#?}", of(&ordered), of(&timeline.entries)));
        }
    });
    let wrong = wrong.into_inner();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
