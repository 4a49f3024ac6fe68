//! DRIVER: zone text as `named-checkzone` reads it against our own reading, and our printing against its reading.
#![expect(clippy::disallowed_methods, reason = "driver: starts a program")]

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use mock_dns::Zone;

use crate::{name, say};

/// Of the distribution's package bind9-utils.
const PROGRAM: &str = "/usr/bin/named-checkzone";

/// What BIND reads, in its canonical form; none if it is not here.
fn read_by_bind(text: &str) -> Option<String> {
    if !Path::new(PROGRAM).exists() {
        say(&format!("NOT COMPARED: {PROGRAM} is not installed"));
        return None;
    }
    let mut child = Command::new(PROGRAM)
        .args(["-D", "-q", "-i", "none", "-k", "ignore", "contoso.com", "/dev/stdin"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("a program that is there");
    child.stdin.take().expect("a pipe").write_all(text.as_bytes()).expect("a reader");
    let output = child.wait_with_output().expect("an end");
    let read = String::from_utf8(output.stdout).expect("ASCII");
    assert!(output.status.success(), "BIND refuses the zone: {read}");
    Some(read)
}

/// The records without their order.
fn sorted(text: &str) -> Vec<String> {
    let (zone, _) = Zone::load(&name("@"), text).expect("a zone that BIND reads too");
    let mut records: Vec<String> = zone.records().iter().map(ToString::to_string).collect();
    records.sort();
    records
}

#[track_caller]
fn check(text: &str) {
    let ours = sorted(text);
    if let Some(theirs) = read_by_bind(text) {
        assert_eq!(sorted(&theirs), ours, "read by BIND, read by us");
    }
    if let Some(theirs) = read_by_bind(&ours.join("\n")) {
        assert_eq!(sorted(&theirs), ours, "printed by us, read by BIND");
    }
}

#[test]
fn text_is_read_as_bind_reads_it() {
    check(include_str!("contoso.zone"));
    check(include_str!("odd.zone"));
}
