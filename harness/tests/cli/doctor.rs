//! `doctor` says what `exec` and `run` then find.

use crate::program::kmslab;

#[test]
fn it_tells_each_network_and_the_verdict_last() {
    let ran = kmslab(&["doctor", "--format", "json"]);
    let objects = ran.json();
    let names: Vec<_> = objects.iter().filter_map(|object| object["name"].as_str()).collect();
    assert_eq!(names, ["simulated", "loopback", "isolated"]);
    let missing = objects.iter().filter(|object| object["available"] == false).count();
    for object in objects.iter().filter(|object| object["type"] == "network") {
        let told = object["reason"].is_string() && object["remedy"].is_string();
        assert_eq!(object["available"] == false, told, "{object}");
    }
    assert_eq!(objects.last().map(|object| &object["type"]), Some(&"verdict".into()));
    assert_eq!(ran.code, if missing == 0 { 0 } else { 4 });
    let human = kmslab(&["doctor"]);
    assert!(human.out.lines().last().is_some_and(|last| last.starts_with("this machine gives ")), "{}", human.out);
}

#[cfg(target_os = "linux")]
#[test]
fn what_it_says_of_isolated_networks_is_true() {
    let says = kmslab(&["doctor", "--format", "json"])
        .json()
        .iter()
        .any(|object| object["name"] == "isolated" && object["available"] == true);
    let ran = kmslab(&["exec", "-q", "healthy/domain-member", "--", "true"]);
    assert_eq!(ran.code, if says { 0 } else { 125 }, "{}", ran.err);
}
