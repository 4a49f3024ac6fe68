//! Each exit code of the contract, and that the reason stands on standard error alone.

use crate::program::{Folder, kmslab, program, run, scenario};

#[test]
fn zero_when_all_is_as_expected() {
    let ran = kmslab(&["run", "healthy/domain-member"]).ends(0);
    assert!(ran.out.contains("passed  healthy/domain-member "), "{}", ran.out);
    assert_eq!(ran.err, "");
}

#[test]
fn one_when_something_differs() {
    let folder = Folder::new("differs");
    folder.write("mine/wrong.toml", &scenario("dns-failed"));
    let ran = kmslab(&["run", "mine/wrong", "--scenarios", &folder.at("")]).ends(1);
    for part in ["failed", "mine/wrong", "outcome", "dns-failed", "activated", "kmslab run mine/wrong"] {
        assert!(ran.out.contains(part), "no `{part}` in\n{}", ran.out);
    }
    assert_eq!(ran.err, "");
}

#[test]
fn two_when_the_command_line_makes_no_sense() {
    let refused = |arguments: &[&str], said: &str| {
        let ran = kmslab(arguments).ends(2);
        assert!(ran.err.contains(said), "no `{said}` in\n{}", ran.err);
        assert_eq!(ran.out, "");
    };
    refused(&[], "Usage");
    refused(&["chek"], "'check'");
    refused(&["run", "--no-such-flag"], "--no-such-flag");
    refused(&["run", "x:dns"], "one of: tag, finding, procedure, code, fault");
    refused(&["run", "tga:dns"], "did you mean `tag:`?");
    refused(&["run", "--network", "simulatd"], "similar value exists: 'simulated'");
    refused(&["run", "--format", "jsn"], "similar value exists: 'json'");
    refused(&["run", "--shard", "3/2"], "I/N with I from 1 to N");
    refused(&["run", "--shard", "0/2"], "I/N with I from 1 to N");
    refused(&["run", "--jobs", "many"], "many");
    refused(&["run", "--seed", "-1"], "-1");
    refused(&["run", "no-scenario-has-this-name"], "no scenario fits this filter");
}

#[test]
fn three_when_a_file_is_refused() {
    let folder = Folder::new("refused");
    let file = folder.write("mine/bad.toml", &scenario("activatd").replace("ticket", "tickt"));
    let check = kmslab(&["check", &file]).ends(3);
    // Both mistakes are told at once, each with its place and the nearest right word.
    for part in ["bad.toml:2:1", "`ticket`", "bad.toml:8:11", "`activated`", "1 scenario file refused"] {
        assert!(check.err.contains(part), "no `{part}` in\n{}", check.err);
    }
    assert_eq!(check.out, "");
    let scenarios = folder.at("");
    assert!(kmslab(&["run", "--scenarios", &scenarios]).ends(3).err.contains("bad.toml:2:1"));
    assert!(kmslab(&["check", &folder.at("away.toml")]).ends(3).err.contains("cannot be read"));
    assert!(kmslab(&["list", "--scenarios", &folder.at("away")]).ends(3).err.contains("cannot be read"));
}

#[test]
fn one_refused_file_does_not_hide_the_list() {
    let folder = Folder::new("list");
    folder.write("mine/bad.toml", "title = 1\n");
    folder.write("mine/good.toml", &scenario("activated"));
    let ran = kmslab(&["list", "mine/", "--scenarios", &folder.at("")]).ends(3);
    assert!(ran.out.contains("mine/good"), "{}", ran.out);
    assert!(ran.err.contains("bad.toml:1:9"), "{}", ran.err);
}

#[test]
fn one_refused_file_does_not_stop_the_run() {
    let folder = Folder::new("run-refused");
    let bad = folder.write("mine/bad.toml", "title = 1\n");
    let good = folder.write("mine/good.toml", &scenario("activated"));
    let run = |format: &str| {
        let ran = kmslab(&["run", "mine/", "--scenarios", &folder.at(""), "--format", format]).ends(3);
        assert!(ran.err.contains("bad.toml:1:9"), "{}", ran.err);
        ran.out
    };
    assert!(run("human").contains("passed  mine/good"));
    assert!(run("tap").contains("bad.toml # refused\n# 1:1: "));
    assert!(run("junit").contains("the file was refused"));
    assert!(run("markdown").contains("refused"));
    assert!(run("html").contains("<h2 id=\"refused\">Refused files</h2>"));
    let json = run("json");
    let lines: Vec<serde_json::Value> = json.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines[1]["type"], "refused");
    let title = lines[1]["problems"].as_array().unwrap().iter().find(|problem| problem["column"] == 9);
    assert_eq!(title.expect("the title's place")["line"], 1);
    assert_eq!(lines.last().unwrap()["passed"], 1);
    let checked = kmslab(&["check", &bad, &good, "--format", "json"]).ends(3);
    let lines: Vec<serde_json::Value> = checked.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&lines[0]["file"], &lines[0]["status"]), (&good.into(), &"good".into()));
    assert_eq!((&lines[1]["file"], &lines[1]["status"]), (&bad.into(), &"refused".into()));
    assert_eq!(lines[2], serde_json::json!({"type": "summary", "good": 1, "refused": 1}));
}

#[test]
fn four_when_the_machine_cannot_do_it() {
    let folder = Folder::new("cannot");
    let ran = kmslab(&["run", "healthy/", "--output", &folder.at("no/such/folder/report")]).ends(4);
    assert!(ran.err.contains("cannot be written"), "{}", ran.err);
    assert_eq!(ran.out, "");
}

#[test]
#[cfg(target_os = "linux")]
fn four_when_everything_is_required_and_something_is_skipped() {
    // ICMP cannot be sent from ordinary sockets.
    let arguments = ["run", "network/tcp1688-rejected", "--network", "loopback"];
    let ran = kmslab(&arguments).ends(0);
    assert!(ran.out.contains("skipped network/tcp1688-rejected"), "{}", ran.out);
    assert!(ran.out.contains("0 as expected, 1 skipped"), "{}", ran.out);
    kmslab(&[&arguments[..], &["--require-all"]].concat()).ends(4);
}

#[test]
#[cfg(target_os = "linux")]
fn four_when_there_is_no_room_for_the_output() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("Linux has it");
    let output = program().args(["run", "healthy/"]).stdout(full).output().expect("the program starts");
    assert_eq!(output.status.code(), Some(4));
    assert!(String::from_utf8_lossy(&output.stderr).contains("cannot be written"));
}

#[test]
fn zero_when_the_reader_has_gone() {
    for arguments in [&["list"][..], &["list", "--format", "json"], &["run", "healthy/"], &["--help"]] {
        let mut child = program();
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        child.args(arguments).stdout(writer);
        let ran = run(child.stderr(std::process::Stdio::piped()));
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{arguments:?}");
    }
}
