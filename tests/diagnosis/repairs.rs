//! A repair takes away what its finding explains: other faults of the same service stay, even those of the same rule.

use kmslab::environment::Environment;
use kmslab::environment::apply::apply;
use kmslab::runner::FixWord;

use crate::{diagnosed, planted};

/// Plants faults, and gives what the first error's remedy leaves of the environment.
#[track_caller]
fn repaired(change: &str, id: &str) -> Environment {
    let scenario = planted("domain-member", change);
    let results = diagnosed(&scenario);
    let found = results.first().and_then(|result| result.errors().next()).expect("an error is found");
    assert_eq!((found.finding.entry.id, &found.fix.word), (id, &FixWord::Heals));
    let mut environment = scenario.steps[0].environment.clone();
    apply(&mut environment, &found.fix.change).expect("the remedy applies");
    environment
}

#[track_caller]
fn kms_faults_left(change: &str, id: &str) -> Vec<String> {
    let environment = repaired(change, id);
    let faults = environment.kms_hosts.iter().flat_map(|host| &host.faults);
    faults.map(|rule| format!("{} {:?} {:?} {:?}", rule.id, rule.reply, rule.wire, rule.delivery)).collect()
}

#[track_caller]
fn dns_faults_left(change: &str, id: &str) -> Vec<String> {
    let environment = repaired(change, id);
    let faults = environment.dns_servers.iter().flat_map(|server| &server.service.faults);
    faults.map(|rule| format!("{} {:?} {:?} {:?}", rule.id, rule.reply, rule.wire, rule.delivery)).collect()
}

#[test]
fn a_slow_host_that_refuses_stays_slow() {
    let left = kms_faults_left(
        r#"{ add.fault = { at = "kms1", id = "line", delivery = { late = 500 } } },
           { add.fault = { at = "kms1", id = "policy", reply = { rpc-fault = "0x00000005" } } }"#,
        "rpc-fault",
    );
    assert_eq!(left, ["line None None Some(Late(Millis(500)))"]);
}

#[test]
fn of_one_rule_the_other_half_stays_in_its_place() {
    let left = kms_faults_left(
        r#"{ add.fault = { at = "kms1", id = "both", reply = { bind-nak = "congestion" }, delivery = { late = 500 } } },
           { add.fault = { at = "kms1", id = "small", wire = { fragments = 64 } } }"#,
        "rpc-bind-refused",
    );
    assert_eq!(left, ["both None None Some(Late(Millis(500)))", "small None Some(Fragments(64)) None"]);
}

#[test]
fn a_server_that_fails_keeps_its_other_habits() {
    let left = dns_faults_left(
        r#"{ add.fault = { at = "dns1", id = "minimal", reply = "no-additionals" } },
           { add.fault = { at = "dns1", id = "broken", type = "SRV", reply = "servfail" } },
           { add.fault = { at = "dns1", id = "slow", delivery = { delayed = 300 } } }"#,
        "dns-server-failure",
    );
    assert_eq!(left, ["minimal Some(NoAdditionals) None None", "slow None None Some(Delayed(Millis(300)))"]);
}
