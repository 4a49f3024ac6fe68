//! DRIVER: the program at its limits: connections, descriptors, memory; from outside, as an attacker has it.
#![cfg(target_os = "linux")]
#![expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "driver: runs the program, opens sockets, reads /proc"
)]

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use mock_kms::wire::client_side::bind_windows_10;

/// Longer than anything here takes; only a failing test waits for it.
const PATIENCE: Duration = Duration::from_secs(20);
/// Longer than a connection must do nothing to be idle.
const IDLE: Duration = Duration::from_millis(1_200);

/// The program, ended when this is dropped.
struct Program {
    child: Child,
    address: SocketAddr,
    journal: BufReader<ChildStdout>,
}

impl Program {
    /// Runs a line of the shell in which `$0` is the program and its address.
    fn start(line: &str) -> Self {
        let mut child = Command::new("sh")
            .args(["-c", line, env!("CARGO_BIN_EXE_mock-kms")])
            .stdout(Stdio::piped())
            .spawn()
            .expect("a shell");
        let mut journal = BufReader::new(child.stdout.take().expect("piped"));
        let mut banner = String::new();
        journal.read_line(&mut banner).expect("a banner");
        assert!(banner.starts_with("SIMULATION"), "{banner}");
        let address = banner.split([' ', ','].as_slice()).find_map(|word| word.trim_end_matches(':').parse().ok());
        Self { child, address: address.expect("the banner says where it listens"), journal }
    }

    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).expect("it listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("set");
        stream
    }

    /// Reads the journal until a line holds `words`.
    fn journal_until(&mut self, words: &str) -> String {
        let mut line = String::new();
        while !line.contains(words) {
            line.clear();
            assert!(self.journal.read_line(&mut line).expect("a line") > 0, "the journal ends before `{words}`");
        }
        line
    }

    /// A number of /proc/PID/status, in KiB.
    fn resident_kib(&self) -> usize {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("it runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("a size");
        line.split_whitespace().next().and_then(|kib| kib.parse().ok()).expect("a number")
    }

    /// Ticks of a processor that it has used: fields 14 and 15 of proc_pid_stat(5).
    fn ticks(&self) -> u64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.child.id())).expect("it runs");
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        [11, 12].iter().map(|field| fields[*field].parse::<u64>().expect("ticks")).sum()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it has ended");
    }
}

/// Whether a bind is answered on this connection.
fn is_answered(stream: &mut TcpStream) -> bool {
    let mut ack = [0; 108];
    stream.write_all(&bind_windows_10()).is_ok() && stream.read_exact(&mut ack).is_ok() && ack[2] == 12
}

/// Whether the host has closed the connection, waiting for it.
fn is_closed(stream: &mut TcpStream) -> bool {
    match stream.read(&mut [0]) {
        Ok(length) => length == 0,
        Err(error) => error.kind() == ErrorKind::ConnectionReset,
    }
}

/// Waits by listening to a connection on which nothing is said.
fn pass_time(quiet: &mut TcpStream, how_long: Duration) {
    quiet.set_read_timeout(Some(how_long)).expect("set");
    let nothing = quiet.read(&mut [0]);
    assert!(nothing.is_err(), "nothing was to come: {nothing:?}");
    quiet.set_read_timeout(Some(PATIENCE)).expect("set");
}

#[test]
fn at_the_limit_the_newest_is_refused_or_the_idlest_closed_and_the_journal_says_so() {
    let mut program = Program::start("exec $0 --connections 2 127.0.0.1:0");
    let (mut first, mut second) = (program.connect(), program.connect());
    assert!(is_answered(&mut first) && is_answered(&mut second));
    assert!(is_closed(&mut program.connect()), "two are there, and neither is idle yet");
    let line = program.journal_until("the limit of");
    assert!(line.contains("accept from 127.0.0.1") && line.contains("(the limit of 2 connections)"), "{line}");
    pass_time(&mut second, IDLE);
    let mut third = program.connect();
    assert!(is_answered(&mut third), "the host goes on");
    assert!(is_closed(&mut first), "the first has done nothing for longest");
    let line = program.journal_until("#1 close by host");
    assert!(line.contains("(the limit of 2 connections)"), "{line}");
}

#[test]
fn one_client_has_a_limit_of_its_own() {
    let mut program = Program::start("exec $0 --connections-per-client 1 127.0.0.1:0");
    let mut first = program.connect();
    assert!(is_answered(&mut first));
    assert!(is_closed(&mut program.connect()));
    program.journal_until("(the limit of 1 connections of one client)");
    drop(first);
    program.journal_until("close by client");
    assert!(is_answered(&mut program.connect()));
}

#[test]
fn without_descriptors_it_waits_and_recovers() {
    /// A whole second of a processor has 100 ticks; waiting takes next to none.
    const TICKS: u64 = 30;
    // A limit of connections that the descriptors cannot hold is refused at the start.
    let output = Command::new("sh")
        .args(["-c", "ulimit -n 64; exec $0 --connections 60 127.0.0.1:0", env!("CARGO_BIN_EXE_mock-kms")])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(4), "{said}");
    assert!(said.contains("60 connections need 124 descriptors, and this process may have 64"), "{said}");

    // One that was lowered behind its back shows what happens when they are gone all the same.
    let mut program = Program::start("exec $0 --connections 200 127.0.0.1:0");
    let id = program.child.id().to_string();
    let lowered = Command::new("prlimit").args(["--pid", &id, "--nofile=40:40"]).status().unwrap();
    assert!(lowered.success());
    let mut held: Vec<TcpStream> = (0..60).map(|_| program.connect()).collect();
    program.journal_until("no descriptor was free");
    let before = program.ticks();
    let mut newest = held.pop().unwrap();
    assert!(is_answered(&mut newest), "idle connections give their descriptors back");
    assert!(program.ticks() - before < TICKS, "it waits without burning a processor");
    program.journal_until("(no descriptor was free)");
    drop(held);
    let mut after = program.connect();
    assert!(is_answered(&mut after), "it is back once descriptors are");
}

#[test]
fn slow_clients_cost_a_bounded_amount_of_memory() {
    /// Connections of one wave.
    const WAVE: usize = 400;
    /// For each: what it sent, the buffer that may be twice as large, the task, and what the allocator adds.
    const KIB_EACH: usize = 16;
    double::descriptors::allow(WAVE * 2).unwrap();
    let program = Program::start("exec $0 --connections 1000 127.0.0.1:0");
    assert!(is_answered(&mut program.connect()));
    let before = program.resident_kib();
    // A PDU of 5840 octets of which 5000 come: version 5.0, bind, whole, little-endian.
    let mut begun = vec![0; 5000];
    begun[..16].copy_from_slice(&[5, 0, 11, 3, 0x10, 0, 0, 0, 0xd0, 0x16, 0, 0, 1, 0, 0, 0]);
    for wave in 1..=2 {
        let mut slow: Vec<TcpStream> = (0..WAVE).map(|_| program.connect()).collect();
        for stream in &mut slow {
            stream.write_all(&begun).unwrap();
        }
        let grown = program.resident_kib().saturating_sub(before);
        assert!(grown < WAVE * KIB_EACH, "wave {wave}: {grown} KiB");
        assert!(slow.iter_mut().all(is_closed), "an unfinished PDU meets its deadline");
    }
    assert!(is_answered(&mut program.connect()));
}
