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
    assert_eq!((&lines[6]["entries"], &lines[6]["logged"]), (&4.into(), &0.into()));
}

/// The events of a scenario's first attempt that its logs gained: machine, log, id, codes and what each parameter says.
#[track_caller]
fn check_logged(name: &str, expected: &[&str]) {
    let lines = journal(name, false);
    let first = lines.iter().skip(2).take_while(|line| line["type"] != "attempt" && line["type"] != "end");
    let told: Vec<String> = first
        .filter(|line| line["type"] == "logged")
        .map(|line| {
            // Lists without items are left out.
            let list = |key: &str| line[key].as_array().cloned().unwrap_or_default();
            let parameters = list("parameters").into_iter();
            let parameters = parameters.map(|field| format!("{}={}", text(&field["name"]), text(&field["value"])));
            // Ids are drawn or long.
            let parameters = parameters.filter(|field| !field.contains("_id=")).collect::<Vec<_>>().join(" ");
            let word = |key: &str| text(&line[key]);
            format!("{} {} {} {}: {parameters}", word("machine"), word("log"), line["event"], Value::from(list("code")))
        })
        .collect();
    assert_eq!(told, expected);
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The parameters and their order are those of the event table of the volume activation documents (ff793440).
#[test]
fn events_of_both_ends_stand_with_every_parameter() {
    check_logged(
        "kms/count-too-low",
        &[
            "pc7 Application 12288 [\"0x00000000\"]: status_flags=0x00000000 kms_host=kms1.contoso.com:1688 \
             client_time=2026/03/02 09:00 virtual_machine=0 license_status=2 minutes_left=43200 required_clients=25",
            "pc7 Application 12289 [\"0x00000000\"]: status_flags=0x04000000 activated=0 unused=0 current_count=4 \
             activation_interval=120 renewal_interval=10080 client_time=2026/03/02 09:00",
            "kms1 Key Management Service 12290 [\"0x00000000\"]: required_clients=25 client_name=PC7 \
             client_time=2026/3/2 9:00 virtual_machine=0 license_status=2 minutes_left=43200",
        ],
    );
    check_logged(
        "kms/not-initialised",
        &[
            "pc7 Application 12288 [\"0x800706BA\"]: status_flags=0x00000000 kms_host=kms1.contoso.com:1688 \
             client_time=2026/03/02 09:00 virtual_machine=0 license_status=2 minutes_left=43200 required_clients=25",
            "pc7 Application 8198 [\"0xC0020017\",\"0x8007139F\"]: ",
            "kms1 Application 12291 []: ",
        ],
    );
    check_logged("dns/srv-owner-misspelt", &[]);
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
