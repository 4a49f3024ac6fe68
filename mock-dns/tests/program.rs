//! DRIVER: the program itself: where it refuses to listen, and what it says then.
#![expect(clippy::disallowed_methods, reason = "driver: runs the program")]

use std::process::Command;

/// Exit code of a command line that cannot be meant.
const USAGE: i32 = 2;

#[track_caller]
fn check(arguments: &[&str], says: &str) {
    let program = Command::new(env!("CARGO_BIN_EXE_mock-dns")).args(["--zone", "/nowhere"]).args(arguments).output();
    let output = program.expect("the program runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(USAGE), "{arguments:?}\n{said}");
    assert!(said.contains(says), "{arguments:?}\n{said}");
    assert!(output.stdout.is_empty(), "nothing was served");
}

#[test]
fn a_simulation_does_not_listen_where_it_was_not_told_to() {
    check(&["--listen", "10.0.0.1:53"], "10.0.0.1 is not a loopback address");
    check(&["--listen", "0.0.0.0:53"], "0.0.0.0 is not a loopback address");
    check(&["--lan", "10.0.0.1"], "--allow <CLIENT>");
    check(&["--allow", "10.0.0.2"], "--lan <ADDRESS[:PORT]>");
    check(&["--lan", "10.0.0.1", "--listen", "127.0.0.1:53", "--allow", "10.0.0.2"], "cannot be used with");
    check(&["--lan", "0.0.0.0", "--allow", "10.0.0.2"], "0.0.0.0 is not the address of one interface");
    check(&["--lan", "8.8.8.8:53", "--allow", "10.0.0.2"], "8.8.8.8 is a public address");
    check(&["--lan", "[2001:db8::1]:53", "--allow", "10.0.0.2"], "2001:db8::1 is a public address");
    check(&["--lan", "10.0.0.1", "--allow", "8.8.8.8"], "8.8.8.8 is a public address");
}
