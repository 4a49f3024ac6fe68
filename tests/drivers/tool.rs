//! DRIVER: programs of others, for a bounded time and never longer than the test.
//!
//! What is not installed is skipped loudly, and is a failure where `KMSLAB_CI` says that everything is there.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "driver: runs programs, says loudly what is missing"
)]

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

/// How long a program may take; on a loaded machine Python alone takes seconds to start.
const LIMIT: Duration = Duration::from_secs(60);

/// Most octets that are taken of what a program says.
const OUTPUT_MAX: u64 = 1024 * 1024;

/// The exit code with which our scripts say that something they need is not installed (as automake's tests do).
const MISSING: i32 = 77;

/// The Python that Debian's packages are for.
pub(crate) const DEBIAN_PYTHON: &str = "/usr/bin/python3";

/// The Python that has impacket: the one that `KMSLAB_PYTHON` names, else Debian's.
pub(crate) fn impacket_python() -> String {
    let named = std::env::var("KMSLAB_PYTHON").ok().filter(|named| !named.is_empty());
    named.unwrap_or_else(|| DEBIAN_PYTHON.to_owned())
}

/// One of our scripts.
pub(crate) fn script(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tools").join(name);
    path.to_str().expect("the workspace lies at a UTF-8 path").to_owned()
}

/// A child that does not outlive this.
pub(crate) struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        // Either fails when it has ended already.
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// What a program prints when it is given arguments and input; none, loudly, when it is not installed.
#[track_caller]
pub(crate) fn output(program: &str, arguments: &[&str], input: &[u8]) -> Option<String> {
    let (succeeded, said) = run(program, arguments, input)?;
    assert!(succeeded, "{program} {arguments:?}\n{said}");
    Some(said)
}

/// Whether a program succeeds, and what it prints; what it complains of follows where it fails.
#[track_caller]
pub(crate) fn run(program: &str, arguments: &[&str], input: &[u8]) -> Option<(bool, String)> {
    let spawned = Command::new(program)
        .args(arguments.iter().map(OsStr::new))
        .env("LC_ALL", "C")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = match spawned {
        Ok(child) => Killed(child),
        Err(error) => return missing(&format!("{program}: {error}")),
    };
    let mut stdin = child.0.stdin.take().expect("asked for a pipe");
    let said = text_of(child.0.stdout.take().expect("asked for a pipe"));
    let complaint = text_of(child.0.stderr.take().expect("asked for a pipe"));
    // A program that does not read what we give says why.
    stdin.write_all(input).ok();
    drop(stdin);
    let within = |text: mpsc::Receiver<String>| text.recv_timeout(LIMIT);
    let (Ok(said), Ok(complaint)) = (within(said), within(complaint)) else {
        panic!("{program} did not end within {LIMIT:?}");
    };
    let status = child.0.wait().expect("it has closed its output");
    if status.code() == Some(MISSING) {
        let script = arguments.first().copied().unwrap_or_default();
        return missing(&format!("{program} {script}: {}", complaint.trim()));
    }
    Some(if status.success() { (true, said) } else { (false, format!("{said}\n{complaint}")) })
}

/// Starts a program that serves until it is dropped; gives the first line that it prints. None, loudly, when it is not installed.
#[track_caller]
pub(crate) fn server(program: &str, arguments: &[&str]) -> Option<(String, Killed)> {
    let spawned = Command::new(program).args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
    let mut child = match spawned {
        Ok(child) => Killed(child),
        Err(error) => return missing(&format!("{program}: {error}")),
    };
    let stdout = child.0.stdout.take().expect("asked for a pipe");
    let (send, receive) = mpsc::channel();
    std::thread::spawn(move || {
        let mut line = String::new();
        // A line that does not come is an empty one, and nobody may listen any more.
        BufReader::new(stdout).read_line(&mut line).ok();
        send.send(line.trim().to_owned()).ok();
    });
    let line = receive.recv_timeout(LIMIT).unwrap_or_default();
    if line.is_empty() {
        let status = child.0.try_wait().expect("a child of ours");
        return missing(&format!("{program} {arguments:?} said nothing ({status:?})"));
    }
    Some((line, child))
}

/// Reads on a thread, because a program may fill one pipe while it waits at another.
fn text_of(mut pipe: impl Read + Send + 'static) -> mpsc::Receiver<String> {
    let (send, receive) = mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        pipe.by_ref().take(OUTPUT_MAX).read_to_end(&mut bytes).ok();
        // Nobody listens any more when the time was over.
        send.send(String::from_utf8_lossy(&bytes).into_owned()).ok();
    });
    receive
}

/// Says loudly that something is not installed.
#[track_caller]
pub(crate) fn missing<T>(what: &str) -> Option<T> {
    assert!(std::env::var_os("KMSLAB_CI").is_none(), "needed here: {what}");
    eprintln!("SKIPPED, a program is missing: {what}");
    None
}
