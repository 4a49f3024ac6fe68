//! What a run writes: JSON Lines, files, colours, the log.

use std::io::Read;

use serde_json::Value;

use crate::program::{Folder, kmslab, program, run, scenario};

/// The keys of an object, in order.
fn keys(object: &Value) -> Vec<&str> {
    object.as_object().expect("an object").keys().map(String::as_str).collect()
}

#[test]
fn json_lines_have_their_keys() {
    let ran = kmslab(&["run", "dns/srv-owner-misspelt", "--format", "json"]).ends(0);
    let objects = ran.json();
    let [begin, result, .., summary] = objects.as_slice() else { panic!("{}", ran.out) };
    assert_eq!(keys(begin), ["type", "version", "scenarios", "network", "seed"]);
    let expected = [
        "type",
        "name",
        "network",
        "client",
        "profile",
        "step",
        "status",
        "outcome",
        "findings",
        "misses",
        "not_judged",
        "virtual_ms",
        "elapsed_ms",
    ];
    assert_eq!(keys(result), expected);
    assert_eq!(
        keys(&result["outcome"]),
        ["word", "slmgr", "settings", "ospp", "events", "host", "licence", "attempts"]
    );
    assert_eq!(keys(&result["outcome"]["slmgr"]), ["any", "confidence"]);
    assert_eq!(keys(summary), ["type", "passed", "failed", "skipped", "not_judged", "elapsed_ms"]);
    let text = |pointer: &str| result.pointer(pointer).and_then(Value::as_str).expect("a text");
    assert_eq!(text("/type"), "scenario");
    assert_eq!(text("/name"), "dns/srv-owner-misspelt");
    assert_eq!(text("/network"), "simulated");
    assert_eq!(text("/client"), "pc7");
    assert_eq!(text("/profile"), "windows-10");
    assert_eq!(text("/status"), "passed");
    assert_eq!(text("/outcome/word"), "no-kms-host-found");
    assert_eq!(text("/outcome/slmgr/any/0"), "0x8007232B");
    assert_eq!(text("/outcome/slmgr/confidence"), "documented");
    assert_eq!(result["step"], 1);
    let finding = &result["findings"][0];
    let expected = [
        "id",
        "severity",
        "procedures",
        "says",
        "evidence",
        "confidence",
        "remedy",
        "typed",
        "workaround",
        "filled",
        "fix_check",
        "next",
    ];
    assert_eq!(keys(finding), expected);
    assert_eq!(keys(&finding["typed"][0]), ["act", "on", "at", "shell", "line", "undo", "why"]);
    assert_eq!(
        (&finding["id"], &finding["fix_check"]),
        (&Value::from("dns-srv-owner-misspelt"), &Value::from("heals"))
    );
    let count = |key: &str| summary[key].as_u64().expect("a count");
    assert_eq!((count("passed") > 0, count("failed"), count("skipped")), (true, 0, 0));
}

#[test]
fn a_miss_says_criterion_expected_and_found() {
    let folder = Folder::new("miss");
    folder.write("mine/wrong.toml", &scenario("dns-failed"));
    let ran = kmslab(&["run", "mine/", "--scenarios", &folder.at(""), "--format", "json"]).ends(1);
    let miss = serde_json::json!({"criterion": "outcome", "expected": "dns-failed", "found": "activated"});
    assert_eq!(ran.results()[0]["misses"], serde_json::json!([miss]));
    assert_eq!(ran.summary()["failed"], 1);
}

#[test]
fn output_goes_to_the_file_alone() {
    let folder = Folder::new("output");
    let file = folder.write("report.json", "an older report\n");
    let ran = kmslab(&["run", "healthy/", "--format", "json", "--output", &file]).ends(0);
    assert_eq!((ran.out.as_str(), ran.err.as_str()), ("", ""));
    assert!(folder.read("report.json").starts_with("{\"type\":\"begin\""));
    assert_eq!(folder.names(), ["report.json"]);
}

#[test]
#[cfg(unix)]
fn output_follows_links_and_goes_into_what_is_no_file() {
    let folder = Folder::new("output-link");
    folder.write("real/report", "older");
    std::os::unix::fs::symlink(folder.at("real/report"), folder.at("link")).expect("a link");
    kmslab(&["run", "dns/srv-missing", "--format", "json", "--output", &folder.at("link")]).ends(0);
    assert!(folder.read("real/report").starts_with("{\"type\":\"begin\""));
    // Here a pipe: it is written to, not replaced.
    let ran = kmslab(&["run", "dns/srv-missing", "--format", "json", "--output", "/dev/stdout"]).ends(0);
    assert!(ran.out.starts_with("{\"type\":\"begin\""), "{}", ran.out);
    let refused = kmslab(&["run", "dns/srv-missing", "--output", &folder.at("real")]).ends(4);
    assert!(refused.err.contains("cannot be written"), "{}", refused.err);
}

#[test]
fn what_is_recorded_goes_to_standard_output_where_nothing_else_does() {
    let folder = Folder::new("recorded");
    let report = folder.at("report");
    let ran = kmslab(&["run", "dns/srv-missing", "--output", &report, "--journal", "-"]).ends(0);
    assert!(ran.out.starts_with("{\"type\":\"begin\"") && ran.out.contains("\"event\""), "{}", ran.out);
    let ran = kmslab(&["run", "dns/srv-missing", "--output", "-"]).ends(0);
    assert!(ran.out.starts_with("passed"), "{}", ran.out);
    for flag in ["--journal", "--pcap"] {
        let refused = kmslab(&["run", "dns/srv-missing", flag, "-"]).ends(2);
        let expected = format!("kmslab: `{flag} -`: standard output belongs to the report\nhint: give the report a");
        assert!(refused.err.starts_with(&expected), "{}", refused.err);
    }
    assert_eq!(folder.names(), ["report"]);
}

#[test]
fn no_file_takes_the_place_of_another() {
    let folder = Folder::new("same-file");
    let (one, roundabout) = (folder.at("one"), folder.at("./one"));
    for flags in [["--output", "--journal"], ["--output", "--pcap"], ["--journal", "--pcap"]] {
        let refused = kmslab(&["run", "dns/srv-missing", flags[0], &one, flags[1], &roundabout]).ends(2);
        let expected = format!("kmslab: `{}` and `{}` name the same place", flags[0], flags[1]);
        assert!(refused.err.starts_with(&expected), "{}", refused.err);
    }
    assert!(folder.names().is_empty());
    // A device takes everything.
    kmslab(&["run", "dns/srv-missing", "--journal", "/dev/null", "--pcap", "/dev/null"]).ends(0);
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_told_with_place_and_remedy() {
    for flag in ["--output", "--journal", "--pcap"] {
        let ran = kmslab(&["run", "dns/srv-missing", flag, "/dev/full"]).ends(4);
        let error =
            "kmslab: /dev/full cannot be written: No space left on device (os error 28)\nhint: there is no room";
        assert!(ran.err.starts_with(error), "{flag}: {}", ran.err);
    }
}

#[test]
fn a_run_that_cannot_begin_leaves_the_old_report() {
    let folder = Folder::new("old-report");
    let file = folder.write("report", "an older report\n");
    kmslab(&["run", "--scenarios", &folder.at("away"), "--output", &file]).ends(3);
    kmslab(&["run", "no-scenario-has-this-name", "--output", &file]).ends(2);
    assert_eq!(folder.read("report"), "an older report\n");
    assert_eq!(folder.names(), ["report"]);
}

#[test]
fn a_run_that_is_interrupted_leaves_nothing() {
    let folder = Folder::new("interrupted");
    let mut command = program();
    command.args(["run", "--format", "json", "--output", &folder.at("report")]).env("RUST_LOG", "kmslab=trace");
    let mut child = command.stderr(std::process::Stdio::piped()).spawn().expect("the program starts");
    // The log is as long as the run: after its first octet the run has begun, and a full pipe keeps it from ending.
    let mut log = child.stderr.take().expect("its standard error");
    log.read_exact(&mut [0]).expect("a log");
    child.kill().expect("it can be ended");
    child.wait().expect("it has ended");
    assert!(folder.names().is_empty(), "{:?}", folder.names());
}

#[test]
fn colours_only_where_they_are_wanted() {
    let escape = '\u{1b}';
    let coloured = |name: &str, value: &str| run(program().args(["run", "healthy/"]).env(name, value)).ends(0).out;
    assert!(!kmslab(&["run", "healthy/"]).out.contains(escape), "a pipe is no terminal");
    assert!(coloured("CLICOLOR_FORCE", "1").contains(escape));
    let both = run(program().args(["run", "healthy/"]).env("CLICOLOR_FORCE", "1").env("NO_COLOR", "1"));
    assert!(!both.out.contains(escape), "NO_COLOR comes first");
}

#[test]
fn text_from_files_cannot_write_to_the_terminal() {
    let folder = Folder::new("escape");
    let title = scenario("activated").replace("A scenario of a test", "A \\u001b[2Jtitle");
    folder.write("mine/escape.toml", &title);
    let ran = kmslab(&["list", "mine/", "--scenarios", &folder.at("")]);
    assert!(!ran.out.contains('\u{1b}') && !ran.err.contains('\u{1b}'), "{}{}", ran.out, ran.err);
}

#[test]
fn the_log_goes_to_standard_error_when_it_is_asked_for() {
    let ran = run(program().args(["run", "healthy/", "--format", "json"]).env("RUST_LOG", "kmslab=trace")).ends(0);
    assert!(!ran.results().is_empty(), "standard output is JSON alone");
    let spans = ["scenario{", "attempt{", "query{", "conversation{"];
    for span in spans {
        assert!(ran.err.contains(span), "no {span} in\n{}", ran.err);
    }
    assert!(!ran.err.contains('\u{1b}'));
}
