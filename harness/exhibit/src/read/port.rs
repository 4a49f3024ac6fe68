//! Whether a port answers: `Test-NetConnection` and psping.
//!
//! Neither tells why a connection was not made. Test-NetConnection's list is not translated; its warnings, which come first and may
//! be all that is left of it, are from general knowledge. psping is told as Test-NetConnection: it says the same.

use std::net::IpAddr;

use crate::claim::{PortResult, Says};
use crate::read::Why;
use crate::read::field::{address, host_port, labelled, number_in};
use crate::read::page::{Line, typed};
use crate::read::recognise::{Mark, Piece};
use crate::read::sink::Sink;
use crate::tool::Tool;

/// The keys of the list that only this tool has.
const KEYS: [&str; 5] = ["RemotePort", "TcpTestSucceeded", "PingSucceeded", "RemoteAddress", "PingReplyDetails (RTT)"];

/// Keys that say nothing that is claimed.
const PASSED: [&str; 7] = [
    "InterfaceAlias",
    "SourceAddress",
    "PingReplyDetails (RTT)",
    "InterfaceDescription",
    "NetRoute (NextHop)",
    "NameResolutionSucceeded",
    "NameResolutionResults",
];

/// Lines of psping between its head and its sum.
const PSPING: [&str; 8] =
    ["PsPing", "Copyright", "Sysinternals", "Connecting to", "TCP connect", "Minimum", "TCP latency", "from "];

pub(super) fn mark(lines: &[Line<'_>]) -> Option<Mark> {
    let words = lines.first()?.words();
    if labelled(words).is_some_and(|(label, _)| KEYS.contains(&label)) || warning(words).is_some() {
        return Some(Mark::Body);
    }
    let names_next = words.starts_with("ComputerName")
        && lines.iter().take(4).any(|line| KEYS.iter().any(|key| line.words().starts_with(key)));
    let psping = words.starts_with("PsPing v") || words.starts_with("TCP connect to ") && words.ends_with(':');
    (names_next || psping).then_some(Mark::Body)
}

/// What a warning tells: the name or address that it is about.
fn warning(words: &str) -> Option<(Option<u16>, &str)> {
    let rest = words.split_once("WARNING: ").map(|(_, rest)| rest)?;
    if let Some(rest) = rest.strip_prefix("TCP connect to ") {
        let target = rest.trim_start_matches('(').split([')', ' ']).next()?;
        let port =
            rest.rsplit_once(':').and_then(|(_, port)| number_in(port)).and_then(|port| u16::try_from(port).ok());
        return Some((port, target.split_once(':').map_or(target, |(host, _)| host)));
    }
    let name = rest.strip_prefix("Name resolution of ")?;
    Some((None, name.split_whitespace().next()?))
}

/// One test, as far as it was read.
#[derive(Default)]
struct Test {
    line: usize,
    to: String,
    address: Option<IpAddr>,
    port: Option<u16>,
    tcp: Option<bool>,
    ping: Option<bool>,
    unresolved: bool,
}

pub(super) fn read(piece: Piece<'_>, sink: &mut Sink<'_>) {
    let mut test = Test::default();
    let mut psping: Option<(String, u16)> = None;
    for line in piece.lines.iter().filter(|line| !line.is_blank()) {
        let words = line.words();
        if let Some((port, target)) = warning(words) {
            match port {
                Some(port) => {
                    (test.port, test.tcp) = (Some(port), Some(false));
                    test.address = address(target);
                }
                None => test.unresolved = true,
            }
            if test.to.is_empty() {
                (test.line, test.to) = (line.number, target.to_owned());
            }
        } else if let Some(rest) = words.strip_prefix("TCP connect to ") {
            psping = host_port(rest.trim_end_matches(':')).map(|(host, port)| (host.to_owned(), port));
        } else if let (true, Some((host, port))) = (words.starts_with("Sent = "), &psping) {
            let received = words.split_once("Received = ").and_then(|(_, rest)| number_in(rest));
            let result = if received > Some(0) { PortResult::Open } else { PortResult::NotReached };
            let says = Says::Port { to: host.clone(), address: address(host), port: *port, result };
            sink.claim(line.number, Tool::TestNetConnection, says);
        } else if words.contains("WARNING: Ping to ") {
            // The list below says the same.
        } else if PSPING.iter().any(|start| words.starts_with(start)) || words.contains("iterations") {
        } else if let Some((label, value)) = labelled(words) {
            if test.line == 0 {
                test.line = line.number;
            }
            if label == "ComputerName" {
                // A new list; a warning before it belongs to it.
                if test.tcp.is_some() && test.line != 0 && !test.to.is_empty() && test.port.is_none() {
                    end(std::mem::take(&mut test), piece.command, sink);
                }
                (test.line, test.to) = (line.number, value.to_owned());
            } else if !field(&mut test, label, value) {
                sink.unread(line.number, Why::Unknown(Tool::TestNetConnection));
            }
            if label == "TcpTestSucceeded" {
                end(std::mem::take(&mut test), piece.command, sink);
            }
        } else {
            sink.unread(line.number, Why::Unknown(Tool::TestNetConnection));
        }
    }
    end(test, piece.command, sink);
}

/// Takes a line of the list; false when its key is not known.
fn field(test: &mut Test, label: &str, value: &str) -> bool {
    let truth = || Some(value.eq_ignore_ascii_case("true"));
    match label {
        "RemoteAddress" => test.address = address(value),
        "RemotePort" => test.port = value.parse().ok(),
        "TcpTestSucceeded" => test.tcp = truth(),
        "PingSucceeded" => test.ping = truth(),
        _ => return PASSED.contains(&label),
    }
    true
}

fn end(test: Test, command: Option<Line<'_>>, sink: &mut Sink<'_>) {
    if test.line == 0 {
        return;
    }
    if test.to.is_empty() && test.address.is_none() {
        sink.unread(test.line, Why::Incomplete("which machine was tried is missing"));
        return;
    }
    let words = command.map(|command| typed(command.text).unwrap_or(command.words())).unwrap_or_default();
    let after = words.split_once("-Port ").and_then(|(_, rest)| number_in(rest));
    let port = test.port.or_else(|| after.and_then(|port| u16::try_from(port).ok()));
    match (port, test.tcp, test.ping) {
        (Some(port), _, _) if test.unresolved => {
            let says = Says::Port { to: test.to, address: None, port, result: PortResult::NoSuchName };
            sink.claim(test.line, Tool::TestNetConnection, says);
        }
        (Some(port), Some(open), ping) => {
            let result = if open { PortResult::Open } else { PortResult::NotReached };
            if let Some(ping) = ping {
                let reply_from = test.address.filter(|_| ping);
                let says = Says::Ping { to: test.to.clone(), address: test.address, reply_from };
                sink.claim(test.line, Tool::TestNetConnection, says);
            }
            sink.claim(
                test.line,
                Tool::TestNetConnection,
                Says::Port { to: test.to, address: test.address, port, result },
            );
        }
        (_, _, Some(ping)) => {
            let reply_from = test.address.filter(|_| ping);
            let says = Says::Ping { to: test.to, address: test.address, reply_from };
            sink.claim(test.line, Tool::TestNetConnection, says);
        }
        (None, _, None) if test.unresolved => {
            let says = Says::Ping { to: test.to, address: None, reply_from: None };
            sink.claim(test.line, Tool::TestNetConnection, says);
        }
        (_, _, None) => sink.unread(test.line, Why::Incomplete("how the test of the port ended is missing")),
    }
}
