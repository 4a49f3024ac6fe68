//! Captures of real sockets, as tshark opens them: those of `run` on loopback and in isolated networks, and those of `exec`.
//!
//! That of the whole catalogue on the simulated network is opened in `tests/drivers.rs`; here stand the kinds of packets that real stacks
//! send: datagrams, TCP, RPC, IPv6, and what each rule makes of them. A machine without tshark says so and skips; under `KMSLAB_CI`
//! that is a failure.
#![expect(clippy::disallowed_methods, reason = "test: starts tshark")]

use std::process::Command;

use crate::exec::{has, kmslab_exec, possible};
use crate::program::{Folder, kmslab, run};

/// Severity "warning" of an expert item (Wireshark: PI_WARN); errors are above it, chat and notes below.
const WARNING: &str = "_ws.expert.severity >= 0x600000";

/// What is a warning for Wireshark, and the way of TCP to say that a port is closed.
const RESET: &str = "Connection reset (RST)";

/// The fields of the packets that a filter picks, one packet a line; tshark itself says nothing.
#[track_caller]
fn dissected(capture: &str, filter: &str, field: &str) -> Vec<String> {
    let mut tshark = Command::new("tshark");
    for checked in ["ip.check_checksum:TRUE", "tcp.check_checksum:TRUE", "udp.check_checksum:TRUE"] {
        tshark.args(["-o", checked]);
    }
    tshark.args(["-n", "-r", capture, "-Y", filter, "-T", "fields", "-e", field]).env("LC_ALL", "C");
    let ran = run(&mut tshark).ends(0);
    let complaints: Vec<&str> = ran.err.lines().filter(|line| !line.starts_with("Running as user")).collect();
    assert!(complaints.is_empty(), "{capture}: {complaints:?}");
    ran.out.lines().map(str::to_owned).collect()
}

/// Fails unless there is a packet of each of these kinds, and nothing remarkable but resets, where some are meant.
#[track_caller]
fn check(capture: &str, kinds: &[&str], resets: bool) {
    for kind in kinds {
        assert!(!dissected(capture, kind, "frame.number").is_empty(), "{capture}: no packet is `{kind}`");
    }
    let warnings = dissected(capture, WARNING, "_ws.expert.message");
    let unexpected: Vec<&String> = warnings.iter().filter(|warning| *warning != RESET).collect();
    assert!(unexpected.is_empty(), "{capture}: {unexpected:?}");
    assert_eq!(!warnings.is_empty(), resets, "{capture}: resets");
    assert_eq!(dissected(capture, "data && !icmp && !icmpv6", "frame.number"), Vec::<String>::new(), "{capture}");
}

/// Scenarios that both networks can show: answers over UDP and TCP, both families, whole conversations and refused ones.
const RUN: [&str; 6] = [
    "healthy/domain-member",
    "healthy/ipv6-only",
    "healthy/truncated-tcp-works",
    "kms/count-too-low",
    "network/tcp1688-refused",
    "network/tcp1688-silent",
];

/// What the captures of these hold.
const KINDS: [&str; 6] = [
    "udp.port == 53 && ip",
    "dns && tcp",
    "dns && ipv6",
    "dcerpc.pkt_type == 0 && ip",
    "dcerpc.pkt_type == 2 && ipv6",
    "tcp.flags.reset == 1",
];

#[test]
fn a_run_with_real_sockets_leaves_a_good_capture() {
    if !has("tshark") {
        return;
    }
    let folder = Folder::new("dissected-run");
    for network in ["loopback", "isolated"] {
        if network == "isolated" && !possible() {
            continue;
        }
        let capture = folder.at(network);
        kmslab(&[&["run"], &RUN[..], &["--network", network, "--pcap", &capture]].concat()).ends(0);
        check(&capture, &KINDS, true);
    }
}

/// Asks over UDP and over TCP, then connects to the KMS host, and never fails.
const PROGRAM: &str = "
import socket, struct, sys
server, host = sys.argv[1:]
name = b''.join(bytes([len(label)]) + label for label in b'_vlmcs _tcp contoso com'.split()) + b'\\0'
query = struct.pack('>6H', 1, 0x0100, 1, 0, 0, 0) + name + struct.pack('>2H', 33, 1)
def attempt(step):
    try:
        step()
    except OSError:
        pass
def by_udp():
    with socket.socket(socket.AF_INET6 if ':' in server else socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(1)
        s.sendto(query, (server, 53))
        s.recv(4096)
def by_tcp():
    with socket.create_connection((server, 53), 1) as s:
        s.sendall(struct.pack('>H', len(query)) + query)
        s.recv(4096)
def connect():
    socket.create_connection((host, 1688), 2).close()
for step in (by_udp, by_tcp, connect):
    attempt(step)
";

#[test]
fn a_program_in_a_scenario_leaves_a_good_capture() {
    const PYTHON: &str = "/usr/bin/python3";
    if !possible() || !has("tshark") || !has(PYTHON) {
        return;
    }
    let folder = Folder::new("dissected-exec");
    let asked = ["udp.port == 53 && dns.flags.response == 1", "tcp.port == 53 && dns.flags.response == 1"];
    for (scenario, kind, resets) in [
        ("healthy/domain-member", "tcp.port == 1688 && tcp.flags.fin == 1", false),
        ("healthy/ipv6-only", "tcp.port == 1688 && ipv6", false),
        ("healthy/slow-path", "tcp.port == 1688 && tcp.flags.fin == 1", false),
        ("network/tcp1688-silent", "tcp.port == 1688 && tcp.flags.syn == 1", false),
        ("network/tcp1688-refused", "tcp.srcport == 1688 && tcp.flags.reset == 1", true),
        ("network/tcp1688-rejected", "icmp.code == 13 && tcp.dstport == 1688", false),
        ("network/host-unreachable", "icmp.code == 1 && tcp.dstport == 1688", false),
    ] {
        let capture = folder.at(&scenario.replace('/', "-"));
        let (server, host) =
            if scenario.contains("ipv6") { ("fd00::53", "fd00::60") } else { ("10.0.0.53", "10.0.0.60") };
        let command = [PYTHON, "-c", PROGRAM, server, host];
        kmslab_exec(&["-q", "--pcap", &capture, scenario], &command).ends(0);
        check(&capture, &[&asked[..], &[kind]].concat(), resets);
    }
}
