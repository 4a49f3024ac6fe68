//! `Get-DnsServerResourceRecord`: a zone as a table of PowerShell.
//!
//! The zone is not in it, only in the command. A console cuts the last column with dots; such a row is said to be cut off, not
//! completed. An SOA is shown in a form without most of its numbers, and passed over.

use mock_dns::name::DomainName;
use mock_dns::record::{Record, RecordData, RecordType, Srv};

use crate::claim::Says;
use crate::read::Why;
use crate::read::field::{address, domain};
use crate::read::nslookup_reply::IntoData;
use crate::read::page::{Line, typed};
use crate::read::recognise::{Mark, Piece};
use crate::read::sink::Sink;
use crate::tool::Tool;

pub(super) fn mark(lines: &[Line<'_>]) -> Option<Mark> {
    let words = lines.first()?.words();
    (words.starts_with("HostName ") && words.contains("RecordType") && words.contains("RecordData"))
        .then_some(Mark::Body)
}

pub(super) fn read(piece: Piece<'_>, sink: &mut Sink<'_>) {
    let zone = piece.command.and_then(|command| zone_of(typed(command.text).unwrap_or(command.words())));
    for line in piece.lines.iter().filter(|line| !line.is_blank()) {
        let words = line.words();
        if words.starts_with("HostName ") || words.starts_with("---") {
            continue;
        }
        if words.ends_with("...") || words.ends_with('…') {
            sink.unread(line.number, Why::Incomplete("a narrow window cut the record's data"));
            continue;
        }
        match row(words, zone.as_ref()) {
            Some(Some(record)) => {
                sink.claim(line.number, Tool::GetDnsServerResourceRecord, Says::Record { zone: zone.clone(), record });
            }
            Some(None) => {}
            None => sink.unread(line.number, Why::Unknown(Tool::GetDnsServerResourceRecord)),
        }
    }
}

/// The zone that the command names: behind `-ZoneName`, or the first word that is no option.
fn zone_of(command: &str) -> Option<DomainName> {
    let words: Vec<&str> = command.split_whitespace().collect();
    let at = words.iter().position(|word| word.eq_ignore_ascii_case("-zonename"));
    let named = at.and_then(|at| words.get(at + 1)).or_else(|| words.get(1).filter(|word| !word.starts_with('-')));
    named.and_then(|name| domain(name.trim_matches(['"', '\''])))
}

/// The record of a row; none inside where it is one that is passed over.
fn row(words: &str, zone: Option<&DomainName>) -> Option<Option<Record>> {
    let cells: Vec<&str> = words.split_whitespace().collect();
    let (owner, kind) = (cells.first()?, RecordType::parse(cells.get(1)?)?);
    if kind == RecordType::SOA {
        return Some(None);
    }
    let root = DomainName::root();
    let name = DomainName::parse_under(owner, zone.unwrap_or(&root)).ok()?;
    // The TTL stands last before the data; a timestamp before it may have a time too.
    let data_at = cells.iter().position(|cell| cell.starts_with('[')).unwrap_or(cells.len().checked_sub(1)?);
    let ttl = cells.get(..data_at)?.iter().rev().find_map(|cell| span(cell))?;
    let text = cells.get(data_at..)?.join("");
    let data = match kind {
        RecordType::SRV => {
            let mut parts = text.split(['[', ']']).filter(|part| !part.is_empty());
            let mut number = || parts.next()?.parse().ok();
            let (priority, weight, port) = (number()?, number()?, number()?);
            RecordData::Srv(Srv { priority, weight, port, target: domain(parts.next()?)? })
        }
        RecordType::A | RecordType::AAAA => address(&text)?.into_data(),
        RecordType::CNAME => RecordData::Cname(domain(&text)?),
        RecordType::NS => RecordData::Ns(domain(&text)?),
        RecordType::PTR => RecordData::Ptr(domain(&text)?),
        _ => return None,
    };
    Some(Some(Record { name, ttl, data }))
}

/// Seconds of a time span: `01:00:00`, `1.00:00:00`.
fn span(cell: &str) -> Option<u32> {
    let (days, time) = cell.split_once('.').unwrap_or(("0", cell));
    let mut parts = time.split(':').map(|part| part.parse::<u32>().ok());
    let (hours, minutes, seconds) = (parts.next()??, parts.next()??, parts.next()??);
    let days: u32 = days.parse().ok()?;
    days.checked_mul(86_400)?
        .checked_add(hours.checked_mul(3600)?)?
        .checked_add(minutes.checked_mul(60)?)?
        .checked_add(seconds)
}
