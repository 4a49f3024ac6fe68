//! DRIVER: the program: standard streams, tracing, panics, exit code.
#![expect(clippy::disallowed_methods, reason = "driver: reads RUST_LOG and ends the process")]

use std::io::{self, BufWriter, Write};
use std::panic;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::Parser;
use kmslab::cli::streams::{Reader, bug_message, or_bug};
use kmslab::cli::{self, Cli};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

fn main() {
    let cli = Cli::parse();
    start_tracing();
    panic::set_hook(Box::new(|panic| {
        // The first one is the bug; others, of threads that depend on the first, say nothing new.
        static TOLD: AtomicBool = AtomicBool::new(false);
        if !TOLD.swap(true, Ordering::Relaxed) {
            writeln!(io::stderr(), "{}", bug_message(panic)).ok();
        }
    }));
    let code = or_bug(|| {
        let mut out = BufWriter::new(Reader::new(io::stdout().lock()));
        cli::main(&cli, &mut out, &mut Reader::new(io::stderr()))
    });
    std::process::exit(code);
}

/// Spans and events go to standard error when RUST_LOG asks for them, e.g. `RUST_LOG=kmslab=debug`.
fn start_tracing() {
    let Ok(wanted) = std::env::var("RUST_LOG") else { return };
    let targets: Targets = wanted.parse().unwrap_or_else(|_| Targets::new().with_default(tracing::Level::INFO));
    let layer = tracing_subscriber::fmt::layer().with_writer(io::stderr).with_ansi(false).without_time();
    tracing_subscriber::registry().with(targets).with(layer).init();
}
