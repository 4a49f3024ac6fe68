//! Runs that end before their end: by a signal, by a reader that goes, by a full disk. Each leaves whole files or none, and no process.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "test: ends the program and looks for what it left, and says what was skipped"
)]

use std::io::Read as _;
use std::process::{Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::program::{Folder, interruptible, kmslab, program, run};

/// What a process of a test has in its environment, so that its children can be found.
const MARK: &str = "KMSLAB_INTERRUPTED";

/// The networks that this machine gives.
fn networks() -> Vec<&'static str> {
    let isolated = kmslab(&["run", "dns/srv-owner-misspelt", "--network", "isolated"]);
    if isolated.code != 0 {
        println!("SKIPPED: the isolated network, because this machine does not give it: {}", isolated.err);
        return vec!["simulated", "loopback"];
    }
    vec!["simulated", "loopback", "isolated"]
}

/// A run of the whole catalogue that leaves everything that can be left.
fn leaving(folder: &Folder, network: &str) -> Command {
    let mut command = interruptible();
    command.args(["run", "--network", network, "--format", "json"]);
    command.args(["--journal", &folder.at("journal"), "--pcap", &folder.at("capture")]);
    command
}

/// Processes with this mark.
fn marked(mark: &str) -> usize {
    let wanted = format!("{MARK}={mark}");
    let has_it = |entry: std::io::Result<std::fs::DirEntry>| {
        let environment = std::fs::read(entry.ok()?.path().join("environ")).ok()?;
        environment.split(|octet| *octet == 0).any(|variable| variable == wanted.as_bytes()).then_some(())
    };
    std::fs::read_dir("/proc").expect("processes are listed").filter_map(has_it).count()
}

#[test]
fn a_signal_leaves_nothing() {
    for network in networks() {
        for signal in [Signal::SIGINT, Signal::SIGTERM] {
            let mark = format!("{}-{network}-{signal}", std::process::id());
            let folder = Folder::new(&format!("interrupted-{network}-{signal}"));
            let mut command = leaving(&folder, network);
            command.args(["--output", &folder.at("report")]).env("RUST_LOG", "kmslab=trace").env(MARK, &mark);
            let mut child = command.stderr(Stdio::piped()).spawn().expect("the program starts");
            // The log is as long as the run: after its first octet the run has begun, and a full pipe keeps it from ending.
            let mut log = child.stderr.take().expect("its standard error");
            log.read_exact(&mut [0]).expect("a log");
            assert!(marked(&mark) > 0, "it runs");
            kill(Pid::from_raw(i32::try_from(child.id()).expect("a process id")), signal).expect("it can be ended");
            let ended = child.wait().expect("it has ended");
            assert!(!ended.success(), "{network}, {signal}: {ended}");
            assert!(folder.names().is_empty(), "{network}, {signal}: {:?}", folder.names());
            assert_eq!(marked(&mark), 0, "{network}, {signal}: a process goes on");
        }
    }
}

#[test]
fn a_reader_that_goes_costs_no_file() {
    let folder = Folder::new("interrupted-reader");
    let mut child = leaving(&folder, "simulated").stdout(Stdio::piped()).spawn().expect("the program starts");
    // The report is longer than a pipe holds: it is being written when the reader goes.
    let mut reader = child.stdout.take().expect("its standard output");
    reader.read_exact(&mut [0]).expect("a report");
    drop(reader);
    let ended = child.wait().expect("it has ended");
    assert!(ended.success(), "{ended}");
    assert_eq!(folder.names(), ["capture", "journal"]);
    let last = folder.read("journal").lines().last().map(str::to_owned).expect("a journal has lines");
    assert!(last.starts_with(r#"{"type":"end""#), "{last}");
}

#[test]
fn a_full_disk_is_told_and_leaves_nothing() {
    if !std::path::Path::new("/dev/full").exists() {
        return println!("SKIPPED: this machine has no /dev/full");
    }
    let ran = |flag: &str| {
        let folder = Folder::new(&format!("interrupted-full{flag}"));
        let ran = run(program().args(["run", "healthy/", "--format", "json", flag, "/dev/full"])).ends(4);
        assert!(ran.err.contains("/dev/full") && ran.err.contains("No space left"), "{}", ran.err);
        assert!(folder.names().is_empty());
    };
    ["--output", "--journal", "--pcap"].iter().for_each(|flag| ran(flag));
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("it can be opened");
    let folder = Folder::new("interrupted-full");
    let mut command = leaving(&folder, "simulated");
    let ended = command.stdout(full).stderr(Stdio::piped()).spawn().and_then(std::process::Child::wait_with_output);
    let ended = ended.expect("the program ends");
    assert_eq!(ended.status.code(), Some(4), "{}", String::from_utf8_lossy(&ended.stderr));
    assert!(folder.names().is_empty(), "{:?}", folder.names());
}
