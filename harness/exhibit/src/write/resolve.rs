//! `Resolve-DnsName`: really asked, as the resolver of Windows asks, and laid out as PowerShell prints records.
//!
//! Tables, lists and the ids of errors from public samples (kms-behaviour 5.6); the sentence beside an id is general knowledge. It
//! appends no suffix to a name with a dot, and follows the name resolution policy. Windows 7 and older have no such command.
#![expect(clippy::wildcard_enum_match_arm, reason = "picks one kind of record out of many")]

use evidence::network::Failure;
use evidence::question::NoReply;
use mock_dns::name::DomainName;
use mock_dns::rcode::Rcode;
use mock_dns::record::{Record, RecordData, RecordType};

use super::ask::{Asker, SERVICE};
use super::tnc::PROMPT;
use super::{NotShown, has_powershell_network};
use crate::desk::Desk;

/// How an answer is missed: the sentence, and the id behind "FullyQualifiedErrorId".
type Missed = (&'static str, &'static str);

const NO_SUCH_NAME: Missed = ("DNS name does not exist", "DNS_ERROR_RCODE_NAME_ERROR");
const NO_RECORDS: Missed = ("No records found for given DNS query", "DNS_INFO_NO_RECORDS");
const SERVER_FAILURE: Missed = ("DNS server failure", "DNS_ERROR_RCODE_SERVER_FAILURE");
const REFUSED: Missed = ("DNS operation refused", "DNS_ERROR_RCODE_REFUSED");
const NO_SERVERS: Missed = ("No DNS servers configured for local system", "DNS_ERROR_NO_DNS_SERVERS");
const TIMED_OUT: Missed = ("This operation returned because the timeout period expired", "ERROR_TIMEOUT");

/// What `Resolve-DnsName -Type TYPE NAME` prints, with `-Server` of one server.
///
/// # Errors
/// On a machine whose configuration cannot be read, or that has no such command.
pub fn resolve(desk: &Desk<'_>, kind: RecordType, typed: &str, server: Option<&str>) -> Result<String, NotShown> {
    has_powershell_network(desk)?;
    let asker = Asker::new(desk, "resolve")?;
    let missed = |why: Missed| Ok(error(&command(kind, typed, server), typed, why));
    let Ok(name) = DomainName::parse(typed) else { return missed(NO_SUCH_NAME) };
    let reply = match server.map(|server| asker.addresses(server)) {
        None if asker.servers_for(&name).is_empty() => return missed(NO_SERVERS),
        None => asker.resolve(kind, &name),
        Some(servers) => match servers.first() {
            Some(server) => asker.one(kind, *server, &name),
            None => return missed(TIMED_OUT),
        },
    };
    match reply {
        Ok(message) => match message.rcode {
            Rcode::NOERROR if message.answers.is_empty() => missed(NO_RECORDS),
            Rcode::NOERROR => Ok(page(&message.answers, &message.additionals)),
            Rcode::NXDOMAIN => missed(NO_SUCH_NAME),
            Rcode::REFUSED => missed(REFUSED),
            _ => missed(SERVER_FAILURE),
        },
        Err(NoReply::Nothing(Failure::TimedOut) | NoReply::Unusable(_)) => missed(TIMED_OUT),
        Err(NoReply::Nothing(_) | NoReply::Truncated(_)) => missed(TIMED_OUT),
    }
}

/// A console in which the SRV record of each suffix was asked for.
///
/// # Errors
/// As [`resolve()`]; on a machine without any suffix.
pub fn console(desk: &Desk<'_>, _: crate::label::Language) -> Result<String, NotShown> {
    has_powershell_network(desk)?;
    let suffixes = desk.vantage.ip_configuration()?.suffixes_tried();
    if suffixes.is_empty() {
        return Err(NotShown::Nothing);
    }
    let pages = suffixes.iter().map(|suffix| {
        let name = format!("{SERVICE}.{suffix}");
        let page = resolve(desk, RecordType::SRV, &name, None)?;
        Ok(format!("{PROMPT}{}\n{page}\n", command(RecordType::SRV, &name, None)))
    });
    pages.collect()
}

fn command(kind: RecordType, name: &str, server: Option<&str>) -> String {
    let server = server.map(|server| format!(" -Server {server}")).unwrap_or_default();
    format!("Resolve-DnsName -Type {kind} {name}{server}")
}

/// An error record of PowerShell.
fn error(command: &str, name: &str, (sentence, id): Missed) -> String {
    format!(
        "Resolve-DnsName : {name} : {sentence}\nAt line:1 char:1\n+ {command}\n+ {}\n    + CategoryInfo          : ResourceUnavailable: ({name}:String) [Resolve-DnsName], Win32Exception\n    + FullyQualifiedErrorId : {id},Microsoft.DnsClient.Commands.ResolveDnsName\n \n",
        "~".repeat(command.len())
    )
}

/// The answers as a table where they have one, then the rest as lists.
fn page(answers: &[Record], additionals: &[Record]) -> String {
    let mut text = String::new();
    let aliases: Vec<&Record> = answers.iter().filter(|record| record.record_type() == RecordType::CNAME).collect();
    let places: Vec<&Record> = answers.iter().filter(|record| record.record_type() == RecordType::SRV).collect();
    if !places.is_empty() {
        text.push_str(&table(&SRV_COLUMNS, &places.into_iter().map(srv_row).collect::<Vec<_>>()));
    }
    if !aliases.is_empty() {
        text.push_str(&table(&ALIAS_COLUMNS, &aliases.into_iter().map(alias_row).collect::<Vec<_>>()));
    }
    text.push('\n');
    for (section, records) in [("Answer", answers), ("Additional", additionals)] {
        for record in records {
            let (kind, label, value) = match &record.data {
                RecordData::A(address) => ("A", "IP4Address", address.to_string()),
                RecordData::Aaaa(address) => ("AAAA", "IP6Address", address.to_string()),
                _ => continue,
            };
            text.push_str(&format!(
                "Name       : {}\nQueryType  : {kind}\nTTL        : {}\nSection    : {section}\n{label} : {value}\n\n\n",
                record.name, record.ttl
            ));
        }
    }
    text
}

/// A column: heading and width. The last takes what it needs.
type Column = (&'static str, usize);

const SRV_COLUMNS: [Column; 8] = [
    ("Name", 40),
    ("Type", 6),
    ("TTL", 5),
    ("Section", 10),
    ("NameTarget", 30),
    ("Priority", 8),
    ("Weight", 6),
    ("Port", 4),
];

const ALIAS_COLUMNS: [Column; 5] = [("Name", 40), ("Type", 6), ("TTL", 5), ("Section", 10), ("NameHost", 8)];

fn srv_row(record: &Record) -> Vec<String> {
    let RecordData::Srv(srv) = &record.data else { return Vec::new() };
    let mut row = head(record, "SRV");
    row.extend([srv.target.to_string(), srv.priority.to_string(), srv.weight.to_string(), srv.port.to_string()]);
    row
}

fn alias_row(record: &Record) -> Vec<String> {
    let mut row = head(record, "CNAME");
    row.extend(record.data.target().map(ToString::to_string));
    row
}

fn head(record: &Record, kind: &str) -> Vec<String> {
    vec![record.name.to_string(), kind.to_owned(), record.ttl.to_string(), "Answer".to_owned()]
}

/// A table of PowerShell: headings, dashes, rows. A value that is too long goes on in the next line (samples).
fn table(columns: &[Column], rows: &[Vec<String>]) -> String {
    let line = |cells: Vec<String>| {
        let padded = cells.iter().zip(columns).map(|(cell, (_, width))| format!("{cell:width$} "));
        format!("{}\n", padded.collect::<String>().trim_end())
    };
    let mut text = format!("\n{}", line(columns.iter().map(|(heading, _)| (*heading).to_owned()).collect()));
    text.push_str(&line(columns.iter().map(|(heading, _)| "-".repeat(heading.len())).collect()));
    for row in rows {
        let mut rest = row.clone();
        while rest.iter().any(|cell| !cell.is_empty()) {
            let last = columns.len() - 1;
            let cut = |(place, cell): (usize, &mut String)| {
                let width = columns.get(place).filter(|_| place < last).map_or(usize::MAX, |(_, width)| *width);
                let at = cell.char_indices().nth(width).map_or(cell.len(), |(at, _)| at);
                let tail = cell.split_off(at);
                std::mem::replace(cell, tail)
            };
            let now: Vec<String> = rest.iter_mut().enumerate().map(cut).collect();
            text.push_str(&line(now));
        }
    }
    text
}
