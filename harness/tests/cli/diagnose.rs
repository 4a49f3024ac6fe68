//! `kmslab diagnose`: says beforehand what it sends, refuses what it cannot ask, and is honest where nobody answers.
//!
//! Its network is loopback: an address on which nobody serves DNS.

#[cfg(target_os = "linux")]
use crate::exec::possible;
use crate::program::kmslab;

/// An address of this machine that no test and no service uses.
const NOBODY: &str = "127.9.8.7";

#[test]
fn a_dry_run_says_what_would_be_sent_and_to_whom() {
    let ran = kmslab(&["diagnose", "--dns", NOBODY, "--suffix", "emea.contoso.com", "--dry-run"]).ends(0);
    assert_eq!(ran.out, "", "data is what was found, and nothing was");
    for line in [
        "DNS servers and suffixes as told by the command line",
        "would send, and no KMS request:",
        "ICMP echo to 127.9.8.7",
        "DNS to 127.9.8.7: _vlmcs._tcp.emea.contoso.com SRV, and the SOA of its domain",
        "DNS to 127.9.8.7: _vlmcs._tcp.contoso.com SRV",
        "DNS to 127.9.8.7: _vlmcs._tcp.emea.contoso.com ANY, until one answers",
        "names one letter off",
        "TCP to each host that the answers name",
    ] {
        assert!(ran.err.contains(line), "no `{line}` in\n{}", ran.err);
    }
}

#[test]
fn a_registered_host_is_asked_for_by_name() {
    let flags =
        ["diagnose", "--dns", NOBODY, "--suffix", "contoso.com", "--host", "kms9.contoso.com:1689", "--dry-run"];
    let ran = kmslab(&flags).ends(0);
    assert!(ran.err.contains("DNS to each of them: kms9.contoso.com A and AAAA"), "{}", ran.err);
    assert!(ran.err.contains("TCP to kms9.contoso.com port 1689, then an RPC bind"), "{}", ran.err);
}

#[test]
fn a_server_that_nobody_is_is_found_unreachable() {
    let flags = ["diagnose", "--dns", NOBODY, "--suffix", "contoso.com", "--as", "windows-10", "--format", "json"];
    let ran = kmslab(&flags).ends(1);
    let objects = ran.json();
    let found: Vec<_> = objects.iter().filter(|object| object["type"] == "finding").collect();
    assert_eq!(found[0]["id"], "dns-server-unreachable", "{}", ran.out);
    assert_eq!(found[0]["fix_check"], "not-tried");
    let cited = found[0]["evidence"].as_array().expect("numbers");
    assert!(!cited.is_empty());
    for number in cited {
        let seen = objects.iter().find(|object| object["type"] == "observation" && object["number"] == *number);
        assert!(seen.is_some(), "evidence {number} is an observation");
    }
    let last = objects.last().expect("a summary");
    assert_eq!((&last["type"], &last["outcome"]), (&"summary".into(), &"dns-failed".into()));
}

#[test]
fn for_people_each_remedy_is_told_as_it_is_typed_with_its_undo() {
    let ran = kmslab(&["diagnose", "--dns", NOBODY, "--suffix", "contoso.com", "--as", "windows-10"]).ends(1);
    let opening = |word: &str| ran.out.lines().filter(|line| line.starts_with(word)).count();
    assert_eq!((opening("fix "), opening("type "), opening("undo ")), (1, 1, 1), "{}", ran.out);
    for line in [
        "         client: ipconfig /flushdns",
        "         also as sh: `kmslab diagnose --format json`",
        "undo     net stop dns",
        "         not tried: nothing is changed here",
    ] {
        assert!(ran.out.lines().any(|found| found == line), "no `{line}` in\n{}", ran.out);
    }
}

#[test]
fn what_cannot_be_asked_is_refused_with_a_reason() {
    for (flags, reason) in [
        (["--host", "kms1:port"], "the port is no number; an IPv6 address stands in brackets"),
        (["--host", ":1688"], "a name or an address comes before the port"),
        (["--host", "fd00::60:1688"], "the port is no number; an IPv6 address stands in brackets"),
        (["--suffix", "."], "the root is no suffix"),
        (["--suffix", "a..b"], "a..b"),
        (["--dns", "dns1"], "invalid IP address syntax"),
        (["--as", "windows-12"], "windows-11"),
    ] {
        let ran = kmslab(&["diagnose", flags[0], flags[1], "--dry-run"]).ends(2);
        assert!(ran.err.contains(reason), "{flags:?}: {}", ran.err);
    }
}

/// Inside a scenario's network the real diagnosis finds what the catalogue asks for, with the system's own resolver configuration.
#[cfg(target_os = "linux")]
#[test]
fn inside_a_scenario_it_finds_the_cause() {
    if !possible() {
        return;
    }
    for (scenario, id, outcome) in [
        ("healthy/domain-member", None, "unknown"),
        ("dns/srv-owner-misspelt", Some("dns-srv-owner-misspelt"), "no-kms-host-found"),
        ("dns/srv-missing", Some("dns-srv-missing"), "no-kms-host-found"),
        ("network/tcp1688-refused", Some("tcp1688-refused"), "kms-host-not-reached"),
        ("kms/bind-nak-not-specified", Some("rpc-bind-refused"), "rpc-failed"),
    ] {
        let program = env!("CARGO_BIN_EXE_kmslab");
        let flags = ["exec", "-q", scenario, "--", program, "diagnose", "--as", "windows-10", "--format", "json"];
        let ran = kmslab(&flags).ends(i32::from(id.is_some()));
        let objects = ran.json();
        let found = objects.iter().find(|object| object["type"] == "finding" && object["severity"] == "error");
        assert_eq!(found.and_then(|found| found["id"].as_str()), id, "{scenario}: {}", ran.out);
        assert_eq!(objects.last().expect("a summary")["outcome"], outcome, "{scenario}");
    }
}

/// What is left open inside a scenario, by word and why.
#[cfg(target_os = "linux")]
#[track_caller]
fn leaves_open(scenario: &str, flags: &[&str], expected: &[(&str, &str)]) {
    let place = ["exec", "-q", scenario, "--", env!("CARGO_BIN_EXE_kmslab"), "diagnose", "--format", "json"];
    let ran = kmslab(&[&place[..], flags].concat());
    let summary = ran.json().pop().expect("a summary");
    let open = summary["open"].as_array().cloned().unwrap_or_default();
    let found: Vec<_> = open
        .iter()
        .map(|open| (open["id"].as_str().unwrap_or_default(), open["because"].as_str().unwrap_or_default()))
        .collect();
    assert_eq!(found, expected, "{}", ran.out);
    for open in open {
        assert_eq!(open["confidence"], "documented");
        assert!(
            ["possible", "next", "source"].iter().all(|key| open[key].as_str().is_some_and(|text| !text.is_empty()))
        );
    }
}

#[cfg(target_os = "linux")]
#[test]
fn what_is_left_open_follows_from_what_was_not_seen() {
    if !possible() {
        return;
    }
    let refuses = ("host-refuses", "it accepts an RPC bind, and no KMS request was sent");
    let settings =
        ("client-settings", "nobody has told of a registered host, and the registry of a Windows client was not read");
    let resolver = (
        "client-resolver",
        "the DNS servers were asked directly, and what the client's resolver remembers was not read",
    );
    let clock = ("clock", "neither clock was read");
    leaves_open("healthy/domain-member", &[], &[refuses, settings, resolver, clock]);
    // Whoever is told of a host by its address asks no resolver.
    let told = ("client-settings", "the registered host is as told, and the registry of a Windows client was not read");
    leaves_open("healthy/domain-member", &["--host", "10.0.0.60"], &[refuses, told, clock]);
    let suffix = ("no-suffix", "without a suffix there is no name to ask for, and nothing was sent");
    leaves_open("client/no-suffix", &[], &[suffix, settings]);
    leaves_open("network/tcp1688-refused", &[], &[]);
}
