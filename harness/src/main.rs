//! DRIVER: the program: standard streams, tracing, exit code.
#![expect(clippy::disallowed_methods, reason = "driver: reads RUST_LOG and ends the process")]

use std::io::{self, Write};

use clap::Parser;
use kmslab::cli::{self, Cli};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

fn main() {
    let cli = Cli::parse();
    start_tracing();
    let mut out = io::BufWriter::new(io::stdout().lock());
    let code = cli::main(&cli, &mut out, &mut io::stderr().lock());
    // A reader that has gone (a closed pipe) is no failure of ours.
    out.flush().ok();
    drop(out);
    std::process::exit(code as i32);
}

/// Spans and events go to standard error when RUST_LOG asks for them, e.g. `RUST_LOG=kmslab=debug`.
fn start_tracing() {
    let Ok(wanted) = std::env::var("RUST_LOG") else { return };
    let targets: Targets = wanted.parse().unwrap_or_else(|_| Targets::new().with_default(tracing::Level::INFO));
    let layer = tracing_subscriber::fmt::layer().with_writer(io::stderr).with_ansi(false).without_time();
    tracing_subscriber::registry().with(targets).with(layer).init();
}
