//! `exec` and `shell`: any program in the place of a scenario's client, for ordinary users, with nothing left behind.
//!
//! Where this machine gives no namespaces, each test says so and ends; under `KMSLAB_CI` that is a failure.
#![cfg(target_os = "linux")]
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "test: starts and ends programs, and says what was skipped"
)]

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use crate::program::{Folder, Ran, program, run};

/// Whether programs can be run inside here.
pub(crate) fn possible() -> bool {
    let ran = kmslab_exec(&["-q", "healthy/domain-member"], &["true"]);
    if ran.code == 0 {
        return true;
    }
    assert!(std::env::var_os("KMSLAB_CI").is_none(), "no namespaces here: {}", ran.err);
    println!("skipped: {}", ran.err);
    false
}

pub(crate) fn kmslab_exec(flags: &[&str], command: &[&str]) -> Ran {
    run(program().arg("exec").args(flags).arg("--").args(command))
}

/// A Python program that says how connecting to the KMS host ended, as its errno or 0.
const CONNECT: &str = "
import errno, socket
s = socket.socket()
s.settimeout(1)
try:
    s.connect(('10.0.0.60', 1688))
    print('connected')
except socket.timeout:
    print('timed out')
except OSError as error:
    print(errno.errorcode[error.errno])
";

#[track_caller]
fn connects(scenario: &str, expected: &str) {
    let ran = kmslab_exec(&["-q", scenario], &["/usr/bin/python3", "-c", CONNECT]).ends(0);
    assert_eq!((ran.out.trim_end(), ran.err.as_str()), (expected, ""), "{scenario}");
}

pub(crate) fn has(program: &str) -> bool {
    let there = Command::new("sh").args(["-c", &format!("command -v {program}")]).stdout(Stdio::null()).status();
    let there = there.is_ok_and(|status| status.success());
    if !there {
        assert!(std::env::var_os("KMSLAB_CI").is_none(), "{program} is missing");
        println!("skipped: {program} is missing");
    }
    there
}

#[test]
fn every_rule_works_for_a_program_that_knows_nothing_of_us() {
    if !possible() || !has("/usr/bin/python3") {
        return;
    }
    connects("healthy/domain-member", "connected");
    connects("healthy/slow-path", "connected");
    connects("network/tcp1688-silent", "timed out");
    connects("network/listen-queue-full", "timed out");
    connects("network/tcp1688-refused", "ECONNREFUSED");
    connects("network/tcp1688-rejected", "EHOSTUNREACH");
    connects("network/host-unreachable", "EHOSTUNREACH");
    connects("kms/service-stopped-no-firewall", "ECONNREFUSED");
}

#[test]
fn a_resolver_asks_the_servers_of_the_client_and_is_told_what_they_say() {
    if !possible() || !has("dig") {
        return;
    }
    let dig = |scenario| kmslab_exec(&[scenario], &["dig", "+short", "srv", "_vlmcs._tcp.contoso.com"]).ends(0);
    assert_eq!(dig("healthy/domain-member").out, "0 0 1688 kms1.contoso.com.\n");
    let misspelt = dig("dns/srv-owner-misspelt");
    assert_eq!(misspelt.out, "");
    let lines: Vec<&str> = misspelt.err.lines().collect();
    assert_eq!(lines.len(), 3, "{}", misspelt.err);
    assert!(lines[0].starts_with("kmslab: asked:       query _vlmcs._tcp.contoso.com SRV"), "{}", lines[0]);
    assert!(lines[1].starts_with("kmslab: was told:    query _vlmcs._tcp.contoso.com SRV -> NXDOMAIN"), "{}", lines[1]);
    assert_eq!(
        lines[2],
        "kmslab: never asked: _vmlcs._tcp.contoso.com SRV, one label off _vlmcs._tcp.contoso.com; KMS host 10.0.0.60 1688"
    );
}

#[test]
fn system_files_are_those_of_the_client_and_the_network_is_out_of_its_hands() {
    if !possible() {
        return;
    }
    let script = "cat /etc/resolv.conf; cat /proc/sys/kernel/hostname; grep -c . /proc/net/dev; echo $#";
    let ran = kmslab_exec(&["-q", "healthy/domain-member"], &["sh", "-c", script]).ends(0);
    // Two lines of heading, lo, eth0.
    assert_eq!(ran.out, "nameserver 10.0.0.53\nsearch contoso.com\npc7\n4\n0\n");
}

#[test]
fn nothing_tells_the_program_which_scenario_it_is_in() {
    if !possible() {
        return;
    }
    let script = "tr '\\0' '\\n' < /proc/1/cmdline; cat /proc/*/cmdline /proc/*/environ 2>/dev/null | tr '\\0' '\\n'; env; pwd; cat /etc/hosts";
    let ran = kmslab_exec(&["-q", "dns/srv-owner-misspelt"], &["sh", "-c", script]).ends(0);
    assert!(ran.out.starts_with("init\n"), "{}", ran.out);
    for word in ["misspelt", "vmlcs", "dns/srv"] {
        assert!(!ran.out.contains(word), "`{word}` in\n{}", ran.out);
    }
}

#[test]
fn exit_codes_are_the_commands_own() {
    if !possible() {
        return;
    }
    let shell = |script| kmslab_exec(&["-q", "healthy/domain-member"], &["sh", "-c", script]).code;
    assert_eq!(shell("exit 0"), 0);
    assert_eq!(shell("exit 7"), 7);
    assert_eq!(shell("kill -TERM $$"), 128 + 15);
    assert_eq!(shell("kill -KILL $$"), 128 + 9);
    let code = |command| kmslab_exec(&["-q", "healthy/domain-member"], &[command]).code;
    assert_eq!(code("/no/such/program"), 127);
    assert_eq!(code("/etc"), 126);
    let late = kmslab_exec(&["-q", "--timeout", "0.2", "healthy/domain-member"], &["sleep", "60"]);
    assert_eq!(late.code, 124);
}

#[test]
fn a_failure_of_ours_is_125() {
    let unknown = kmslab_exec(&["dns/srv-owner-mispelt"], &["true"]).ends(125);
    assert!(unknown.err.contains("did you mean `dns/srv-owner-misspelt`?"), "{}", unknown.err);
    let step = kmslab_exec(&["--step", "9", "healthy/domain-member"], &["true"]).ends(125);
    assert!(step.err.contains("it has steps from 1 to 1"), "{}", step.err);
    let client = kmslab_exec(&["--client", "pc9", "healthy/domain-member"], &["true"]).ends(125);
    assert!(client.err.contains("its clients are: pc7"), "{}", client.err);
}

#[test]
fn standard_input_passes_through_and_a_shell_is_a_shell() {
    if !possible() {
        return;
    }
    let mut command = program();
    command.args(["shell", "-q", "healthy/domain-member"]).env("SHELL", "/bin/sh");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    std::io::Write::write_all(&mut child.stdin.take().expect("a pipe"), b"echo inside; exit 5\n").expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(5), b"inside\n".as_slice()));
}

#[test]
fn an_update_is_told_as_one() {
    if !possible() || !has("nsupdate") {
        return;
    }
    let script = "printf 'server 10.0.0.53\\nzone contoso.com\\nupdate add pc99.contoso.com 600 A 10.0.0.199\\nsend\\n' | nsupdate";
    let ran = kmslab_exec(&["publishing/aging-and-a-record-by-hand"], &["sh", "-c", script]).ends(0);
    let mut lines = ran.err.lines();
    assert_eq!(lines.next(), Some("kmslab: asked:       update contoso.com: add pc99.contoso.com A 10.0.0.199"));
    assert_eq!(lines.next(), Some("kmslab: was told:    update -> NOERROR"));
}

#[test]
fn two_at_once_have_the_same_ports() {
    if !possible() || !has("/usr/bin/python3") {
        return;
    }
    let mut both: Vec<_> = (0..2)
        .map(|_| {
            let mut command = program();
            command.args(["exec", "-q", "healthy/domain-member", "--", "/usr/bin/python3", "-c", CONNECT]);
            command.stdout(Stdio::piped()).spawn().expect("the program starts")
        })
        .collect();
    for child in both.drain(..) {
        assert_eq!(child.wait_with_output().expect("it ends").stdout, b"connected\n");
    }
}

#[test]
fn whatever_ends_it_nothing_is_left() {
    if !possible() {
        return;
    }
    for signal in ["TERM", "KILL"] {
        let mut command = program();
        // A grandchild in a session of its own holds standard output until it is gone.
        let script = "setsid sleep 600 & echo $$; exec sleep 600";
        command.args(["exec", "-q", "healthy/domain-member", "--", "sh", "-c", script]).stdout(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        assert!(lines.next().is_some(), "it has started");
        let pid = child.id().to_string();
        let sent = Command::new("kill").args(["-s", signal, &pid]).status().expect("kill runs");
        assert!(sent.success());
        let code = child.wait().expect("it ends").code();
        assert_eq!(code, (signal == "TERM").then_some(128 + 15));
        assert!(lines.next().is_none(), "the pipe closes when the last of them is gone");
    }
}

#[test]
fn it_leaves_a_journal_and_the_packets_that_were_sent() {
    if !possible() {
        return;
    }
    let folder = Folder::new("exec-recording");
    let (journal, pcap) = (folder.at("journal"), folder.at("pcap"));
    let flags = ["-q", "network/tcp1688-refused", "--journal", &journal, "--pcap", &pcap];
    let ran = kmslab_exec(&flags, &["/usr/bin/python3", "-c", CONNECT]).ends(0);
    assert_eq!((ran.out.trim_end(), ran.err.as_str()), ("ECONNREFUSED", ""));
    let journal = folder.read("journal");
    assert!(
        journal.contains("\"event\":\"not-connected\"") && journal.ends_with("\"entries\":2,\"logged\":0}\n"),
        "{journal}"
    );
    let pcap = std::fs::read(pcap).expect("it was written");
    assert_eq!(pcap[..4], [0x0A, 0x0D, 0x0D, 0x0A], "a section of pcapng begins");
    // From the client to port 1688: source, destination, ports behind the IPv4 header.
    let syn = [&[10, 0, 0, 107, 10, 0, 0, 60][..]].concat();
    assert!(pcap.windows(syn.len()).any(|window| window == syn), "the SYN is in it");
}
