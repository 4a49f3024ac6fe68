//! `kmslab exec SCENARIO -- kmslab diagnose`, for the first attempt of each client in each step of every scenario: who stands at the client alone, with real sockets, finds
//! what the run found that sees the whole network; what a client alone cannot see is left open by name, with the next observation.
//!
//! A program of its own, because it waits in real time, two minutes or three: many are run at once. Where this machine gives no namespaces, it
//! says so and ends; under `KMSLAB_CI` that is a failure.
#![cfg(target_os = "linux")]
#![expect(clippy::disallowed_methods, reason = "test: starts programs, and looks whether nothing may be skipped")]

use std::process::{Command, Stdio};
use std::sync::Mutex;

use serde_json::Value;

const PROGRAM: &str = env!("CARGO_BIN_EXE_kmslab");

/// How many are run at a time: nearly all of the time they wait.
const JOBS: usize = 64;

/// How many find exactly what the run finds, at least: that a client alone does not know must not become the rule.
const FOUND_MIN: usize = 290;

/// What a person at the client has registered by hand, which no namespace knows: scenario, step, and what `--host` is told then.
const REGISTERED: [(&str, u64, &str); 3] = [
    ("client/routing-test-left-behind", 1, "10.0.0.60:1688"),
    ("dns/routing-test-by-address-works", 3, "10.0.0.60:1688"),
    ("dns/routing-test-by-name-works", 2, "kms1.contoso.com:1688"),
];

/// Where a client alone finds something else, and why: scenario, step.
const OTHERWISE: [(&str, u64, &str); 1] = [(
    "publishing/scavenged-while-publishing-was-off",
    3,
    "the client goes on with the host that it remembers, and finds nothing wrong; whoever remembers none sees that the record is gone",
)];

/// What a client alone cannot see, and the word of the summary or the warning that leaves it open then. Whatever is not in the list must
/// be found.
const LEFT_OPEN: [(&str, &[&str]); 21] = [
    ("client-lookup-domain-wrong", &["client-settings"]),
    ("client-no-suffix", &["no-suffix"]),
    ("client-not-kms", &["client-settings"]),
    ("client-pin-ipv6-unbracketed", &["client-settings"]),
    ("client-pin-port-wrong", &["client-settings"]),
    ("client-pin-stale", &["client-settings"]),
    ("client-pin-unresolvable", &["client-settings"]),
    ("client-resolver-cache-negative", &["client-resolver"]),
    ("client-resolver-cache-stale", &["client-resolver"]),
    ("clock-skew", &["clock"]),
    // The suffix comes from the lookup domain, which only the registry of Windows has.
    ("dns-no-data", &["no-suffix"]),
    ("dns-server-wrong", &["dns-suffix-mismatch", "client-resolver"]),
    ("dns-suffix-mismatch", &["dns-suffix-mismatch", "client-settings"]),
    ("kms-count-too-low", &["host-refuses"]),
    ("kms-host-not-activated", &["host-refuses"]),
    ("kms-host-not-enabled", &["host-refuses"]),
    ("kms-host-refused-request", &["host-refuses"]),
    ("kms-product-not-covered", &["host-refuses"]),
    ("rpc-*", &["host-refuses"]),
    // Of a host that is registered by hand.
    ("tcp1688-silent", &["client-settings"]),
    ("tcp1688-refused", &["client-settings"]),
];

/// A client of a scenario, and what the run finds there.
#[derive(Debug)]
struct Case {
    scenario: String,
    step: u64,
    client: String,
    profile: String,
    found: Vec<String>,
}

fn text(of: &Value, key: &str) -> String {
    of[key].as_str().unwrap_or_default().to_owned()
}

/// The ids of the findings that are errors.
fn errors<'a>(findings: impl Iterator<Item = &'a Value>) -> Vec<String> {
    let mut ids: Vec<String> =
        findings.filter(|finding| finding["severity"] == "error").map(|finding| text(finding, "id")).collect();
    ids.sort_unstable();
    ids
}

fn objects(out: &[u8]) -> Vec<Value> {
    let lines = std::str::from_utf8(out).expect("the program writes UTF-8").lines();
    lines.map(|line| serde_json::from_str(line).expect("JSON Lines")).collect()
}

fn run(arguments: &[&str]) -> std::process::Output {
    let mut command = Command::new(PROGRAM);
    command.args(arguments).stdin(Stdio::null()).env_remove("RUST_LOG");
    command.output().expect("the program starts")
}

/// The first attempt of each client in each step of every scenario.
fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    for result in objects(&run(&["run", "--format", "json"]).stdout) {
        let (scenario, client) = (text(&result, "name"), text(&result, "client"));
        let step = result["step"].as_u64().unwrap_or_default();
        let known = cases.iter().any(|case| case.scenario == scenario && case.client == client && case.step == step);
        if result["type"] != "scenario" || known {
            continue;
        }
        let found = errors(result["findings"].as_array().into_iter().flatten());
        cases.push(Case { scenario, step, client, profile: text(&result, "profile"), found });
    }
    cases
}

/// What whoever stands at the client says.
#[derive(Debug)]
struct Said {
    /// The findings that are errors.
    found: Vec<String>,
    /// Warnings, and what is left open with the next observation.
    open: Vec<String>,
}

/// What is found by whoever stands at the client, or what was said instead.
fn diagnose(case: &Case) -> Result<Said, String> {
    let Case { scenario, step, client, profile, .. } = case;
    let place = ["exec", "-q", "--client", client, "--step", &step.to_string(), scenario, "--"];
    let command = [PROGRAM, "diagnose", "--as", profile, "--format", "json"];
    let registered = REGISTERED.iter().find(|(of, at, _)| of == scenario && at == step);
    let told = registered.map(|(_, _, host)| ["--host", host]);
    let output = run(&[&place[..], &command, told.as_ref().map_or(&[], |told| &told[..])].concat());
    let objects = objects(&output.stdout);
    let found = errors(objects.iter().filter(|object| object["type"] == "finding"));
    let summary = objects.last().is_some_and(|last| last["type"] == "summary");
    if !summary || output.status.code() != Some(i32::from(!found.is_empty())) {
        return Err(format!("{:?} {}", output.status.code(), String::from_utf8_lossy(&output.stderr)));
    }
    let warnings = objects.iter().filter(|object| object["severity"] == "warning").map(|object| text(object, "id"));
    let left = objects.last().and_then(|last| last["open"].as_array()).into_iter().flatten();
    let left = left.filter(|open| !text(open, "next").is_empty()).map(|open| text(open, "id"));
    Ok(Said { open: warnings.chain(left).collect(), found })
}

/// Whether what the run finds is left open, by the word that stands for it.
fn is_left_open(finding: &str, said: &Said) -> bool {
    let is_it = |listed: &str| listed.strip_suffix('*').map_or(listed == finding, |start| finding.starts_with(start));
    let listed = LEFT_OPEN.iter().find(|(listed, _)| is_it(listed));
    listed.is_some_and(|(_, words)| words.iter().any(|word| said.open.iter().any(|open| open == word)))
}

#[test]
fn a_client_alone_finds_the_cause_or_does_not_know() {
    let tried = run(&["exec", "-q", "healthy/domain-member", "--", "true"]);
    if !tried.status.success() {
        let why = String::from_utf8_lossy(&tried.stderr);
        assert!(std::env::var_os("KMSLAB_CI").is_none(), "no namespaces here: {why}");
        println!("skipped: {why}");
        return;
    }
    let cases = cases();
    let (next, results) = (Mutex::new(cases.iter()), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..JOBS {
            scope.spawn(|| {
                while let Some(case) = next.lock().ok().and_then(|mut next| next.next()) {
                    let found = diagnose(case);
                    results.lock().expect("nobody panics with it").push((case, found));
                }
            });
        }
    });
    let results = results.into_inner().expect("nobody panics with it");
    let is_same = |case: &Case, said: &Result<Said, String>| said.as_ref().is_ok_and(|said| said.found == case.found);
    let same = results.iter().filter(|(case, said)| is_same(case, said)).count();
    let is_honest = |case: &Case, said: &Result<Said, String>| {
        said.as_ref()
            .is_ok_and(|said| said.found.is_empty() && case.found.iter().all(|finding| is_left_open(finding, said)))
    };
    let otherwise =
        |case: &Case| OTHERWISE.iter().find(|(scenario, step, _)| *scenario == case.scenario && *step == case.step);
    let mut wrong = Vec::new();
    for (case, said) in results.iter().filter(|(case, said)| !is_same(case, said) && !is_honest(case, said)) {
        match otherwise(case) {
            Some((scenario, step, why)) if said.is_ok() => println!("{scenario}, step {step}: {said:?}, because {why}"),
            Some(_) | None => {
                let Case { scenario, step, client, found, .. } = case;
                wrong.push(format!("{scenario} step {step} {client}: {found:?}, said {said:?}"));
            }
        }
    }
    println!("{same} of {} find what the run finds", results.len());
    assert_eq!(results.len(), cases.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(same >= FOUND_MIN, "only {same} find what the run finds");
}
