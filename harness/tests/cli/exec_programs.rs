//! `exec` holds for every kind of program: static ones with resolvers of their own, hand-made packets, IPv6, echo requests; and for
//! whatever becomes of either side.
//!
//! What a machine lacks is said and skipped; under `KMSLAB_CI` that is a failure.
#![cfg(target_os = "linux")]
#![expect(clippy::disallowed_methods, reason = "test: compiles, starts and ends programs")]

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use crate::exec::{has, kmslab_exec, possible};
use crate::program::{Folder, interruptible, program};

/// Asks the first server of resolv.conf for the SRV record of a name, with octets of its own, and prints host and port of the answer.
const OWN_RESOLVER: &str = r"
import socket, struct, sys
server = next(line.split()[1] for line in open('/etc/resolv.conf') if line.startswith('nameserver'))
name = b''.join(bytes([len(label)]) + label.encode() for label in sys.argv[1].split('.')) + b'\0'
query = struct.pack('>6H', 0x2A2A, 0x0100, 1, 0, 0, 0) + name + struct.pack('>2H', 33, 1)
s = socket.socket(socket.AF_INET6 if ':' in server else socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(5)
s.sendto(query, (server, 53))
reply = s.recv(4096)
rcode, answers = reply[3] & 15, struct.unpack('>H', reply[6:8])[0]
if not answers:
    sys.exit(f'rcode {rcode}')
rdata = reply[len(query) + 12:]
port = struct.unpack('>H', rdata[4:6])[0]
labels, at = [], 6
while rdata[at] and rdata[at] < 192:
    labels.append(rdata[at + 1:at + 1 + rdata[at]].decode())
    at += rdata[at] + 1
if rdata[at] >= 192:
    at = struct.unpack('>H', rdata[at:at + 2])[0] & 0x3FFF
    while reply[at]:
        labels.append(reply[at + 1:at + 1 + reply[at]].decode())
        at += reply[at] + 1
print(port, '.'.join(labels))
";

/// The same question from a program without a C library to load: it prints the code of the reply and how many answers it has.
const STATIC_RESOLVER: &str = r#"
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
int main(int count, char **words) {
    char line[256], server[64] = "";
    FILE *file = fopen("/etc/resolv.conf", "r");
    while (file && fgets(line, sizeof line, file))
        if (!server[0]) sscanf(line, "nameserver %63s", server);
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(53) };
    if (count != 2 || inet_pton(AF_INET, server, &to.sin_addr) != 1) return 2;
    unsigned char bytes[512] = { 0x2A, 0x2A, 1, 0, 0, 1 };
    size_t at = 12;
    for (char *label = strtok(words[1], "."); label; label = strtok(0, ".")) {
        bytes[at++] = (unsigned char)strlen(label);
        memcpy(bytes + at, label, strlen(label));
        at += strlen(label);
    }
    bytes[at + 2] = 33;
    bytes[at + 4] = 1;
    int s = socket(AF_INET, SOCK_DGRAM, 0);
    struct timeval limit = { 5, 0 };
    setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    sendto(s, bytes, at + 5, 0, (struct sockaddr *)&to, sizeof to);
    if (recv(s, bytes, sizeof bytes, 0) < 12) return 3;
    printf("%d %d\n", bytes[3] & 15, bytes[6] * 256 + bytes[7]);
    return 0;
}
"#;

/// Sends one echo request as any program may, and says what came of it.
const ECHO: &str = r"
import errno, socket, sys
v6 = ':' in sys.argv[1]
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM, socket.getprotobyname('ipv6-icmp')) if v6 else \
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP)
s.settimeout(1)
if not v6:
    s.setsockopt(socket.SOL_IP, 11, 1)
try:
    s.connect((sys.argv[1], 0))
    s.send(bytes([128 if v6 else 8, 0, 0, 0, 0, 0, 0, 1]) + b'kms')
    print('reply' if s.recv(100)[0] == (129 if v6 else 0) else 'something else')
except socket.timeout:
    print('no reply')
except OSError as error:
    print(errno.errorcode[error.errno])
";

const PYTHON: &str = "/usr/bin/python3";

/// Connects and says how that ended.
const CONNECT: &str = "
import socket, sys
socket.create_connection((sys.argv[1], 1688), 5)
print('connected')
";

#[track_caller]
fn says(scenario: &str, command: &[&str], expected: &str) {
    let ran = kmslab_exec(&["-q", scenario], command).ends(0);
    assert_eq!((ran.out.trim_end(), ran.err.as_str()), (expected, ""), "{command:?} in {scenario}");
}

#[test]
fn resolvers_of_every_kind_are_told_the_same() {
    if !possible() || !has(PYTHON) || !has("nslookup") {
        return;
    }
    let name = "_vlmcs._tcp.contoso.com";
    says("healthy/domain-member", &[PYTHON, "-c", OWN_RESOLVER, name], "1688 kms1.contoso.com");
    let lookup = kmslab_exec(&["-q", "healthy/domain-member"], &["nslookup", "-type=srv", name]).ends(0);
    assert!(lookup.out.contains("service = 0 0 1688 kms1.contoso.com."), "{}", lookup.out);
    let nothing = kmslab_exec(&["-q", "dns/srv-owner-misspelt"], &[PYTHON, "-c", OWN_RESOLVER, name]).ends(1);
    assert_eq!(nothing.err, "rcode 3\n");
    let lookup = kmslab_exec(&["-q", "dns/srv-owner-misspelt"], &["nslookup", "-type=srv", name]).ends(1);
    assert!(lookup.out.contains("NXDOMAIN"), "{}", lookup.out);
}

#[test]
fn a_static_program_is_told_the_same() {
    if !possible() || !has("cc") {
        return;
    }
    let folder = Folder::new("exec-static");
    let (source, binary) = (folder.at("resolver.c"), folder.at("resolver"));
    std::fs::write(&source, STATIC_RESOLVER).expect("it can be written");
    let made = Command::new("cc").args(["-static", "-o", &binary, &source]).status().expect("cc starts");
    if !made.success() {
        assert!(std::env::var_os("KMSLAB_CI").is_none(), "there is no static C library");
        return;
    }
    says("healthy/domain-member", &[&binary, "_vlmcs._tcp.contoso.com"], "0 1");
    says("dns/srv-owner-misspelt", &[&binary, "_vlmcs._tcp.contoso.com"], "3 0");
}

#[test]
fn it_is_ipv6_all_the_way() {
    if !possible() || !has(PYTHON) {
        return;
    }
    let scenario = "healthy/ipv6-only";
    says(scenario, &[PYTHON, "-c", OWN_RESOLVER, "_vlmcs._tcp.contoso.com"], "1688 kms1.contoso.com");
    says(scenario, &[PYTHON, "-c", CONNECT, "kms1.contoso.com"], "connected");
    says(scenario, &[PYTHON, "-c", ECHO, "fd00::60"], "reply");
}

#[test]
fn echo_requests_are_answered_as_the_scenario_says() {
    if !possible() || !has(PYTHON) {
        return;
    }
    says("healthy/domain-member", &[PYTHON, "-c", ECHO, "10.0.0.60"], "reply");
    says("network/tcp1688-silent", &[PYTHON, "-c", ECHO, "10.0.0.60"], "reply");
    says("network/host-unreachable", &[PYTHON, "-c", ECHO, "10.0.0.60"], "EHOSTUNREACH");
    says("healthy/domain-member", &[PYTHON, "-c", ECHO, "10.0.0.99"], "no reply");
}

#[test]
fn hosts_have_published_when_a_program_starts() {
    if !possible() || !has("dig") {
        return;
    }
    let dig = ["dig", "+short", "srv", "_vlmcs._tcp.contoso.com"];
    says("publishing/published", &dig, "0 0 1688 kms1.contoso.com.");
    says("publishing/refused", &dig, "");
}

#[test]
fn the_network_does_not_say_what_it_is() {
    if !possible() || !has("dig") {
        return;
    }
    let script = "hostname 2>/dev/null || cat /proc/sys/kernel/hostname; pwd; ls -a /tmp /run; cat /etc/hosts /etc/resolv.conf /etc/nsswitch.conf; \
        mount; cat /proc/net/dev; for name in contoso.com kmslab.contoso.com; do dig txt $name; done; dig ch txt version.bind; dig ch txt hostname.bind";
    let ran = kmslab_exec(&["-q", "dns/srv-owner-misspelt"], &["sh", "-c", script]).ends(0);
    assert!(ran.out.starts_with("pc7\n"), "{}", ran.out);
    let said = ran.out.replace("kmslab.contoso.com", "");
    for word in ["misspelt", "vmlcs", "dns/srv", "scenario", "simulat"] {
        assert!(!said.contains(word), "`{word}` in\n{said}");
    }
}

/// The numbers of the processes that a process has started.
fn children(of: u32) -> Vec<String> {
    let tasks = std::fs::read_dir(format!("/proc/{of}/task")).expect("it runs");
    let lists = tasks.flatten().map(|task| std::fs::read_to_string(task.path().join("children")).unwrap_or_default());
    lists.flat_map(|list| list.split_whitespace().map(str::to_owned).collect::<Vec<_>>()).collect()
}

fn kill(signal: &str, pid: &str) {
    let sent = Command::new("kill").args(["-s", signal, pid]).status().expect("kill runs");
    assert!(sent.success());
}

#[test]
fn whoever_ends_the_first_process_ends_all() {
    if !possible() {
        return;
    }
    let mut command = program();
    let script = "setsid sleep 600 & echo started; exec sleep 600";
    command.args(["exec", "-q", "healthy/domain-member", "--", "sh", "-c", script]).stdout(Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    assert!(lines.next().is_some(), "it has started");
    let first = children(child.id());
    assert_eq!(first.len(), 1, "one process stands between");
    kill("KILL", &first[0]);
    assert_eq!(child.wait().expect("it ends").code(), Some(128 + 9));
    assert!(lines.next().is_none(), "the pipe closes when the last of them is gone");
}

#[test]
fn what_a_command_leaves_behind_ends_before_its_exit_code_is_told() {
    if !possible() {
        return;
    }
    let script = "setsid sleep 600 & setsid sh -c 'trap \"\" TERM; sleep 600' & exit 3";
    let ran = kmslab_exec(&["-q", "healthy/domain-member"], &["sh", "-c", script]).ends(3);
    assert_eq!((ran.out.as_str(), ran.err.as_str()), ("", ""));
}

#[test]
fn a_run_that_is_interrupted_leaves_nothing() {
    if !possible() {
        return;
    }
    for signal in ["INT", "KILL"] {
        let mut command = interruptible();
        command.args(["run", "--network", "isolated", "--jobs", "4", "--format", "json", "network/"]);
        command.stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("the program starts");
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        assert!(lines.next().is_some(), "it has begun");
        assert_eq!(children(child.id()), Vec::<String>::new(), "its networks are threads, which end with it");
        kill(signal, &child.id().to_string());
        assert_eq!(child.wait().expect("it ends").code(), None, "{signal} ends it");
        assert!(lines.all(|line| !line.expect("it is UTF-8").contains("\"summary\"")), "it was not over");
    }
}
