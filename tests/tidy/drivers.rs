//! Where the outside world is touched: only in files that say they are drivers, and the list of them is documented.
//!
//! clippy bans single functions; this looks at whole modules of the standard library and of tokio, so a function that clippy
//! was not told of does not slip through.

use crate::documents::{paths_in, section};
use crate::judge;
use crate::rust_text::{paths, without_comments_and_strings};
use crate::workspace::{SourceFile, read, rust_files};

/// How a driver marks itself, within the attribute that lifts clippy's ban.
const MARK: &str = "reason = \"driver";

/// Paths that reach files, sockets, processes, threads or the clock; everything below them counts.
const OUTSIDE: [&str; 19] = [
    "Instant::now",
    "SystemTime::now",
    "rtnetlink",
    "socket2",
    "std::env",
    "std::fs",
    "std::net::TcpListener",
    "std::net::TcpStream",
    "std::net::UdpSocket",
    "std::os::fd",
    "std::os::unix",
    "std::process::Command",
    "std::process::exit",
    "std::thread",
    "std::time::Instant",
    "std::time::SystemTime",
    "tokio::net",
    "tokio::process",
    "tokio::time",
];

fn is_driver(file: &SourceFile) -> bool {
    !file.is_test() && file.production().contains(MARK)
}

/// The first path in `file` that leads outside.
fn leads_outside(file: &SourceFile) -> Option<String> {
    let found = paths(&without_comments_and_strings(file.production()));
    let found = found.iter().map(|path| path.join("::"));
    found.into_iter().find(|path| {
        OUTSIDE
            .iter()
            .any(|outside| path.strip_prefix(outside).is_some_and(|rest| rest.is_empty() || rest.starts_with("::")))
    })
}

#[test]
fn only_drivers_touch_the_outside() {
    let files = rust_files();
    for file in files.iter().filter(|file| is_driver(file)) {
        println!("driver: {}", file.path);
    }
    let quiet = files.iter().filter(|file| !file.is_test() && !is_driver(file));
    let wrong: Vec<String> =
        quiet.filter_map(|file| leads_outside(file).map(|path| format!("{}: {path}", file.path))).collect();
    judge(
        &wrong,
        "Pass bytes and `now` in instead, or make the file a driver: see clippy.toml for the line it opens with.",
    );
}

#[test]
fn the_architecture_document_lists_the_drivers() {
    let Some(document) = read("ARCHITECTURE.md") else { return };
    let Some(section) = section(&document, "Drivers") else {
        panic!("ARCHITECTURE.md has no section \"Drivers\"; it lists every file that does I/O or reads a clock");
    };
    let listed = paths_in(section);
    let drivers: Vec<String> = rust_files().into_iter().filter(is_driver).map(|file| file.path).collect();
    let missing = drivers.iter().filter(|path| !listed.contains(path)).map(|path| format!("{path} is not listed"));
    let is_file = |path: &&String| path.ends_with(".rs");
    let gone =
        listed.iter().filter(is_file).filter(|path| !drivers.contains(path)).map(|path| format!("{path} is no driver"));
    let wrong: Vec<String> = missing.chain(gone).collect();
    judge(&wrong, "Correct the list in the section \"Drivers\" of ARCHITECTURE.md.");
}

#[test]
fn what_leads_outside_is_found_however_it_is_written() {
    let check = |text: &str, expected: Option<&str>| {
        let file = SourceFile { path: "x.rs".to_owned(), text: text.to_owned() };
        assert_eq!(leads_outside(&file).as_deref(), expected, "{text}");
    };
    check("use std::{fmt, fs::File};", Some("std::fs::File"));
    check("let now = Instant::now();", Some("Instant::now"));
    check("use std::process::{Command, ExitCode};", Some("std::process::Command"));
    check("use std::process::ExitCode; use std::net::{IpAddr, SocketAddr};", None);
    check("// std::fs::read\nconst TEXT: &str = \"std::env::var\";", None);
    check("#[cfg(test)]\nmod tests {\nuse std::fs;\n}", None);
}
