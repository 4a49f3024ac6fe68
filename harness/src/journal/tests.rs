//! Journals of scenarios of the catalogue: what is tied together, and what is told to whom.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Journal, attempts};
use crate::network::stage::NetworkKind;
use crate::runner::{Settings, run_scenario};
use crate::scenario::catalogue;
use crate::scenario::load::load;

const SETTINGS: Settings = Settings { network: NetworkKind::Simulated, seed: 1 };

/// The journal of a scenario of the catalogue.
fn journal(name: &str, annotated: bool) -> Vec<Value> {
    let scenario = load(&catalogue::embedded(), name).expect("it is in the catalogue");
    let record = run_scenario(&scenario, &SETTINGS);
    let mut journal = Journal::begin(Vec::new(), "simulated", 1, annotated).expect("memory can be written to");
    for attempt in attempts(&scenario, &record) {
        journal.attempt(&attempt).expect("memory can be written to");
    }
    let bytes = journal.end().expect("memory can be written to");
    let text = String::from_utf8(bytes).expect("JSON is UTF-8");
    text.lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect()
}

/// Each exchange as its entries: machine and event.
#[track_caller]
fn check(name: &str, expected: &[&str]) {
    let mut exchanges: BTreeMap<u64, Vec<String>> = BTreeMap::new();
    for line in journal(name, false) {
        if let Some(conversation) = line["conversation"].as_u64() {
            let word = |key: &str| line[key].as_str().unwrap_or_default().to_owned();
            exchanges.entry(conversation).or_default().push(format!("{} {}", word("machine"), word("event")));
        }
    }
    let exchanges: Vec<String> = exchanges.values().map(|entries| entries.join(", ")).collect();
    assert_eq!(exchanges, expected);
}

#[test]
fn both_ends_of_an_exchange_are_tied_together() {
    check("dns/srv-owner-misspelt", &["pc7 query, dns1 query, dns1 reply, pc7 reply"]);
    check(
        "network/tcp1688-refused",
        &[
            "pc7 query, dns1 query, dns1 reply, pc7 reply",
            "pc7 query, dns1 query, dns1 reply, pc7 reply",
            "pc7 connect, pc7 not-connected",
            "pc7 connect, pc7 not-connected",
            "pc7 connect, pc7 not-connected",
            "pc7 connect, pc7 not-connected",
            "pc7 connect, pc7 not-connected",
        ],
    );
}

#[test]
fn a_journal_says_what_it_is_and_that_it_is_whole() {
    let lines = journal("dns/srv-owner-misspelt", false);
    let types: Vec<&str> = lines.iter().filter_map(|line| line["type"].as_str()).collect();
    assert_eq!(types, ["begin", "attempt", "entry", "entry", "entry", "entry", "end"]);
    assert_eq!(lines[0]["simulation"], true);
    assert_eq!(lines[1]["outcome"], "no-kms-host-found");
    assert_eq!(lines[3]["text"], "query _VLMCS._TCP.contoso.com SRV");
    assert_eq!(lines[5]["rcode"], "NXDOMAIN");
    assert_eq!(lines[6]["entries"], 4);
}

#[test]
fn what_only_the_laboratory_knows_is_told_when_asked_for() {
    let notes = |annotated| {
        let lines = journal("kms/bind-nak-not-specified", annotated);
        lines.iter().filter(|line| line.get("note").is_some()).count()
    };
    assert_eq!(notes(false), 0);
    assert!(notes(true) > 0);
}
