//! DRIVER: what a scenario's network costs a program that runs in it: `kmslab exec SCENARIO -- true` against `true`.
//! `cargo bench -p kmslab --bench exec`.
//!
//! The peers in the same run are the bare program and the program's own start (`kmslab --version`), which `exec` does twice: for the
//! laboratory and for the first process inside. All take turns, so that whatever else the machine does meets each of them; the median is told and,
//! for a machine that is never idle, the least.
#![cfg_attr(
    target_os = "linux",
    expect(
        clippy::disallowed_types,
        clippy::disallowed_methods,
        clippy::print_stdout,
        clippy::unwrap_used,
        reason = "driver: a benchmark starts processes, reads the clock and prints"
    )
)]

#[cfg(target_os = "linux")]
fn main() {
    use std::process::{Command, Stdio};
    use std::time::Instant;

    /// How often each is started.
    const ROUNDS: usize = 101;
    const PROGRAM: &str = env!("CARGO_BIN_EXE_kmslab");

    // `cargo test --all-targets` runs this file too, without the flag: it need only build then.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let inside = [PROGRAM, "exec", "-q", "healthy/domain-member", "--", "true"];
    let subjects: [(&str, &[&str]); 3] =
        [("true", &["true"]), ("kmslab --version", &[PROGRAM, "--version"]), ("kmslab exec -- true", &inside)];
    let mut took = subjects.map(|_| Vec::new());
    for _ in 0..ROUNDS {
        for ((_, command), took) in subjects.iter().zip(&mut took) {
            let started = Instant::now();
            let status = Command::new(command[0]).args(&command[1..]).stdout(Stdio::null()).status().unwrap();
            assert!(status.success(), "{command:?}");
            took.push(started.elapsed().as_secs_f64() * 1000.0);
        }
    }
    took.iter_mut().for_each(|took| took.sort_unstable_by(f64::total_cmp));
    let (bare_median, bare_least) = (took[0][ROUNDS / 2], took[0][0]);
    for ((what, _), took) in subjects.iter().zip(&took) {
        let (median, least) = (took[ROUNDS / 2], took[0]);
        let (more, least_more) = (median - bare_median, least - bare_least);
        println!("{what:<20} median {median:>7.2} ms ({more:>+7.2})   least {least:>7.2} ms ({least_more:>+7.2})");
    }
}

#[cfg(not(target_os = "linux"))]
fn main() {}
