//! `doctor` says what `exec` and `run` then find.
#![cfg_attr(
    target_os = "linux",
    expect(clippy::disallowed_methods, reason = "test: starts the program where namespaces are scarce")
)]

#[cfg(target_os = "linux")]
use std::process::Command;

#[cfg(target_os = "linux")]
use crate::exec::{has, possible};
use crate::program::kmslab;
#[cfg(target_os = "linux")]
use crate::program::run;

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

/// Runs the program as root of a user namespace that allows no further ones, with these words before it.
#[cfg(target_os = "linux")]
#[track_caller]
fn without_user_namespaces(before: &str, arguments: &str, code: i32) -> crate::program::Ran {
    let program = env!("CARGO_BIN_EXE_kmslab");
    let script = format!("echo 0 > /proc/sys/user/max_user_namespaces && exec {before} {program} {arguments}");
    run(Command::new("unshare").args(["--user", "--map-root-user", "sh", "-c", &script])).ends(code)
}

#[cfg(target_os = "linux")]
#[test]
fn root_needs_no_user_namespace_and_who_has_neither_is_told_what_to_do() {
    if !possible() || !has("unshare") || !has("setpriv") {
        return;
    }
    let exec = "exec -q healthy/domain-member -- sh -c 'exit 3'";
    let run = "run --network isolated healthy/domain-member";
    without_user_namespaces("", exec, 3);
    without_user_namespaces("", run, 0);
    let powerless = "setpriv --bounding-set -sys_admin";
    let reason = "this machine gives no isolated network: a user namespace: their number is limited, by user.max_user_namespaces";
    // Which remedy is right depends on whether this is a container, too.
    let told = without_user_namespaces(powerless, "doctor", 4);
    let last = told.out.lines().last().unwrap_or_default();
    let remedy = last.strip_prefix("this machine gives simulated, loopback; next, for isolated: ");
    let remedy = remedy.unwrap_or_else(|| panic!("{}", told.out));
    for (arguments, code) in [(exec, 125), (run, 4)] {
        let ran = without_user_namespaces(powerless, arguments, code);
        assert!(ran.err.contains(reason) && ran.err.contains(&format!("hint: {remedy} (")), "{}", ran.err);
    }
}
