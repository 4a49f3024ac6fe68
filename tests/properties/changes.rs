//! A change and what undoes it: back is where it was, and undoing the undoing is the change again.

use std::collections::BTreeSet;

use evidence::Change;
use evidence::change::Operation;
use kmslab::environment::Environment;
use kmslab::environment::apply::apply;
use notation::{Format, Problems};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::draw::{Draw, KINDS, operation};
use crate::{BASES, SCENARIOS, cases};

/// As many of the drawn operations as fit one after another, and their kinds.
pub(crate) fn change(environment: &Environment, seeds: &[u64]) -> (Change, BTreeSet<usize>) {
    let mut change = Change::default();
    let mut kinds = BTreeSet::new();
    let mut now = environment.clone();
    for seed in seeds {
        let Some((kind, operation)) = operation(&mut Draw::new(*seed), &now) else { continue };
        let mut next = now.clone();
        if apply(&mut next, &Change(vec![operation.clone()])).is_ok() {
            now = next;
            kinds.insert(kind);
            change.0.push(operation);
        }
    }
    (change, kinds)
}

/// Applies a change that fits, and gives what undoes it.
#[track_caller]
fn applied(environment: &Environment, change: &Change) -> (Environment, Change) {
    let mut after = environment.clone();
    let undo = apply(&mut after, change).unwrap_or_else(|problems| panic!("{problems:?}\n{change:?}"));
    (after, undo)
}

/// The change as it would be read from a file in which it was printed.
fn printed(change: &Change) -> Change {
    let file = notation::Tree::table([("change", change.write())]);
    let text = notation::print::print(&file);
    let mut problems = Problems::default();
    let tree = notation::parse::parse(&text, &mut problems);
    let tree = tree.as_table().and_then(|table| table.find("change")).expect("the key that was printed");
    let read = Change::read(tree, &mut problems);
    read.filter(|_| problems.is_empty()).unwrap_or_else(|| panic!("{problems:?}\n{text}"))
}

#[track_caller]
fn holds(before: &Environment, change: &Change) {
    let (after, undo) = applied(before, change);
    let (back, redo) = applied(&after, &undo);
    assert_eq!(back, *before, "undone by {undo:?}");
    let (again, undo_again) = applied(&back, &redo);
    assert_eq!(again, after, "done again by {redo:?}");
    assert_eq!(applied(&again, &undo_again).0, *before);
    assert_eq!(printed(change), *change);
    assert_eq!(applied(&after, &printed(&undo)).0, *before, "an undoing can be written into a file");
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn what_is_undone_is_as_it_was(base in any::<prop::sample::Index>(), seeds in vec(any::<u64>(), 1..16)) {
        let before = base.get(&BASES);
        holds(before, &change(before, &seeds).0);
    }

    #[test]
    fn a_change_that_does_not_fit_is_refused_with_reasons(
        base in any::<prop::sample::Index>(),
        other in any::<prop::sample::Index>(),
        seeds in vec(any::<u64>(), 1..16),
    ) {
        // Drawn for one environment, applied to another.
        let (change, _) = change(other.get(&BASES), &seeds);
        let mut environment = base.get(&BASES).clone();
        match apply(&mut environment, &change) {
            Ok(undo) => {
                apply(&mut environment, &undo).expect("an undoing fits");
                prop_assert_eq!(&environment, base.get(&BASES));
            }
            Err(problems) => prop_assert!(!problems.is_empty()),
        }
    }
}

#[test]
fn every_kind_of_operation_is_drawn() {
    let mut seen = BTreeSet::new();
    for (number, base) in (0..400).flat_map(|number| BASES.iter().map(move |base| (number, base))) {
        let seeds: Vec<u64> = (0..12).map(|seed| number * 100 + seed).collect();
        seen.extend(change(base, &seeds).1);
        if seen.len() == KINDS.len() {
            break;
        }
    }
    let missing: Vec<_> = (0..KINDS.len()).filter(|kind| !seen.contains(kind)).map(|kind| KINDS[kind]).collect();
    assert!(missing.is_empty(), "never drawn, or never fitting: {missing:?}");
}

#[test]
fn every_verb_is_in_the_table() {
    let things = [
        ("add", evidence::change::Addition::WORDS),
        ("remove", evidence::change::Removal::WORDS),
        ("set", evidence::change::Setting::WORDS),
        ("clear", evidence::change::Clearing::WORDS),
    ];
    let known: Vec<(&str, &str)> =
        things.iter().flat_map(|(verb, words)| words.iter().map(move |(word, _)| (*verb, *word))).collect();
    assert_eq!(known.iter().collect::<BTreeSet<_>>(), KINDS.iter().collect(), "draw.rs draws every kind");
    assert_eq!(Operation::WORDS.len(), things.len());
}

#[test]
fn every_change_of_the_catalogue_can_be_undone() {
    for scenario in SCENARIOS.iter() {
        let mut environment = scenario.healthy.clone();
        for step in &scenario.steps {
            holds(&environment, &step.change);
            environment = step.environment.clone();
        }
    }
}
