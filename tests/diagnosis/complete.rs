//! Nothing without its counterpart: no finding that no scenario requires, no fault that no finding explains, no scenario that
//! leaves open what may be found.

use std::collections::BTreeSet;

use evidence::diagnosis::table;
use kmslab::remedy::service::{Explained, dns_delivery, dns_reply, dns_wire, kms_delivery, kms_reply, kms_wire};
use kmslab::scenario::{Expect, Scenario};

use crate::CATALOGUE;

/// All that a scenario expects, step by step, for everybody and for one client or generation.
fn expectations(scenario: &Scenario) -> impl Iterator<Item = &Expect> {
    scenario.steps.iter().flat_map(|step| {
        let when = step.expect.when.0.iter().map(|(_, other)| &other.0);
        std::iter::once(&step.expect).chain(when)
    })
}

/// The findings that a scenario requires, from wherever.
fn required(scenario: &Scenario) -> BTreeSet<&str> {
    let all = expectations(scenario);
    all.flat_map(|expect| expect.must.iter().chain(&expect.must_from.dns).chain(&expect.must_from.host))
        .map(|id| id.as_str())
        .collect()
}

#[test]
fn every_finding_is_required_by_a_scenario() {
    let required: BTreeSet<&str> = CATALOGUE.iter().flat_map(required).collect();
    let missing: Vec<&str> = table::all().map(|entry| entry.id).filter(|id| !required.contains(id)).collect();
    assert!(missing.is_empty(), "no scenario requires {}", missing.join(", "));
    let unknown: Vec<&&str> = required.iter().filter(|id| table::find(id).is_none()).collect();
    assert!(unknown.is_empty(), "scenarios require what is in no table: {unknown:?}");
}

#[test]
fn every_scenario_says_what_may_be_found() {
    let silent = CATALOGUE.iter().filter(|scenario| {
        expectations(scenario).all(|expect| {
            let from = &expect.must_from;
            let lists = [&expect.must, &expect.must_not, &from.dns, &from.host];
            lists.iter().all(|list| list.is_empty()) && !expect.forbid_others
        })
    });
    let silent: Vec<&str> = silent.map(|scenario| scenario.name.as_str()).collect();
    assert!(silent.is_empty(), "neither must, must_not, must_from nor forbid_others: {}", silent.join(", "));
}

/// Each fault of a scenario, with the word for it and what explains it.
fn faults(scenario: &Scenario) -> Vec<(&'static str, Explained)> {
    let mut faults = Vec::new();
    for step in &scenario.steps {
        for rule in step.environment.dns_servers.iter().flat_map(|machine| &machine.service.faults) {
            faults.extend(rule.reply.iter().map(|fault| (fault.word(), dns_reply(fault))));
            faults.extend(rule.wire.iter().map(|fault| (fault.word(), dns_wire(fault))));
            faults.extend(rule.delivery.iter().map(|fault| (fault.word(), dns_delivery(fault))));
        }
        for rule in step.environment.kms_hosts.iter().flat_map(|machine| &machine.faults) {
            faults.extend(rule.reply.iter().map(|fault| (fault.word(), kms_reply(fault))));
            faults.extend(rule.wire.iter().map(|fault| (fault.word(), kms_wire(fault))));
            faults.extend(rule.delivery.iter().map(|fault| (fault.word(), kms_delivery(fault))));
        }
    }
    faults
}

#[test]
fn every_fault_has_its_finding() {
    let mut shown = BTreeSet::new();
    let mut used = BTreeSet::new();
    for scenario in &*CATALOGUE {
        let required = required(scenario);
        for (word, explained) in faults(scenario) {
            let kind = if explained.is_ok() { "explained" } else { "harmless" };
            used.insert((word, kind));
            let is_shown = match explained {
                Ok(findings) => {
                    findings
                        .iter()
                        .for_each(|id| assert!(table::find(id).is_some(), "{word}: no finding is called {id}"));
                    findings.iter().any(|id| required.contains(id))
                }
                // Beside another cause: its remedy heals, and the fault stays.
                Err(why) => !why.is_empty() && (scenario.name.starts_with("healthy/") || !required.is_empty()),
            };
            if is_shown {
                shown.insert((word, kind));
            }
        }
    }
    let missing: Vec<_> = used.difference(&shown).collect();
    assert!(missing.is_empty(), "no scenario shows what becomes of {missing:?}");
}
