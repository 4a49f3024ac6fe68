//! DRIVER: how long the program takes: the whole catalogue from process start to its end, and `list` to its first byte.
//! `cargo bench -p kmslab --bench program`.
//!
//! The peers in the same run are the program's own start (`kmslab --version`), and a plain search for the titles in the files of
//! the catalogue (`grep`). What is reported is the ratio; absolute figures belong to a machine. All take turns, so that whatever else the machine
//! does meets each of them, and the median is told. `taskset -c 0` in front shows that one core suffices.
#![expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "driver: a benchmark starts processes, reads the clock and prints"
)]

use std::io::Read;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How often each is started.
const ROUNDS: usize = 41;

const PROGRAM: &str = env!("CARGO_BIN_EXE_kmslab");
const CATALOGUE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../scenarios");

/// What is started, up to which of its bytes it is waited for, and what it did before.
struct Subject {
    what: &'static str,
    command: &'static [&'static str],
    until: Until,
    took: Vec<Duration>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Until {
    FirstByte,
    End,
}

fn main() {
    // `cargo test --all-targets` runs this file too, without the flag: it need only build then.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let subject = |what, command, until| Subject { what, command, until, took: Vec::new() };
    let mut subjects = [
        subject("program start: --version", &[PROGRAM, "--version"], Until::End),
        subject("list, first byte", &[PROGRAM, "list"], Until::FirstByte),
        subject("list, whole", &[PROGRAM, "list"], Until::End),
        subject("grep for the titles, whole", &["grep", "-rh", "^title", CATALOGUE], Until::End),
        subject("run, whole catalogue", &[PROGRAM, "run"], Until::End),
    ];
    for _ in 0..ROUNDS {
        for subject in &mut subjects {
            // A machine without the peer still measures the program.
            let Some(took) = time(subject.command, subject.until) else { continue };
            subject.took.push(took);
        }
    }
    let start = median(&mut subjects[0].took).unwrap();
    for subject in &mut subjects {
        let Some(took) = median(&mut subject.took) else { continue };
        let (took, ratio) = (took.as_secs_f64() * 1000.0, took.as_secs_f64() / start.as_secs_f64());
        println!("{:<32} {took:>8.2} ms {ratio:>8.1} program starts", subject.what);
    }
}

/// How long it takes until that moment; none where there is no such program.
fn time(command: &[&str], until: Until) -> Option<Duration> {
    let started = Instant::now();
    let mut child = Command::new(command[0]).args(&command[1..]).stdout(Stdio::piped()).spawn().ok()?;
    let mut out = child.stdout.take().unwrap();
    out.read_exact(&mut [0]).unwrap();
    let first = started.elapsed();
    out.read_to_end(&mut Vec::new()).unwrap();
    child.wait().unwrap();
    Some(if until == Until::FirstByte { first } else { started.elapsed() })
}

fn median(took: &mut [Duration]) -> Option<Duration> {
    took.sort_unstable();
    took.get(took.len() / 2).copied()
}
