//! `Resolve-DnsName`: tables, lists and exceptions. Column heads, keys and error ids are not translated.
//!
//! A table in a narrow window drops columns, and ends values with dots or goes on with them in the next line: the first is said to
//! be cut off, the second is joined. A table that shows nothing but an SOA means that the name has no record of the type.

use std::borrow::Cow;

use mock_dns::name::DomainName;
use mock_dns::record::{Record, RecordData, RecordType, Srv};

use crate::claim::{Lookup, LookupResult, Says};
use crate::read::Why;
use crate::read::field::{address, domain, labelled};
use crate::read::nslookup_reply::IntoData;
use crate::read::page::{Line, typed};
use crate::read::recognise::{Mark, Piece};
use crate::read::sink::Sink;
use crate::tool::Tool;

/// The ids of errors and what they mean.
const ERRORS: [(&str, LookupResult); 6] = [
    ("DNS_ERROR_RCODE_NAME_ERROR", LookupResult::NoSuchName),
    ("DNS_INFO_NO_RECORDS", LookupResult::NoData),
    ("DNS_ERROR_RCODE_SERVER_FAILURE", LookupResult::ServerFailure),
    ("DNS_ERROR_RCODE_REFUSED", LookupResult::Refused),
    ("ERROR_TIMEOUT", LookupResult::NoAnswer),
    ("DNS_ERROR_NO_DNS_SERVERS", LookupResult::NoAnswer),
];

pub(super) fn mark(lines: &[Line<'_>]) -> Option<Mark> {
    let words = lines.first()?.words();
    let table = words.starts_with("Name ") && words.contains(" Type ") && words.contains(" TTL ");
    let error = words.starts_with("Resolve-DnsName :") || ERRORS.iter().any(|(id, _)| words.contains(id));
    let listed = labelled(words).is_some_and(|(label, _)| ["QueryType", "IP4Address", "IP6Address"].contains(&label));
    let named = || words.starts_with("Name ") && lines.get(1).is_some_and(|next| next.words().starts_with("QueryType"));
    (table || error || listed || named()).then_some(Mark::Body)
}

pub(super) fn read(piece: Piece<'_>, sink: &mut Sink<'_>) {
    let mut reader = Reader::new(piece.command);
    for line in piece.lines {
        reader.line(*line, sink);
    }
    reader.end(sink);
}

/// The keys of one block of a list.
#[derive(Default)]
struct Block<'a> {
    line: usize,
    keys: Vec<(&'a str, Cow<'a, str>)>,
}

impl<'a> Block<'a> {
    fn get(&self, key: &str) -> Option<&str> {
        self.keys.iter().find(|(known, _)| *known == key).map(|(_, value)| value.as_ref())
    }
}

struct Reader<'a> {
    name: Option<DomainName>,
    kind: Option<RecordType>,
    server: Option<std::net::IpAddr>,
    start: Option<usize>,
    /// The headings of the table, and at which octet of its line each begins.
    columns: Vec<(usize, &'a str)>,
    block: Block<'a>,
    records: Vec<Record>,
    soa: bool,
    error: Option<LookupResult>,
    in_error: bool,
}

impl<'a> Reader<'a> {
    fn new(command: Option<Line<'a>>) -> Self {
        let words = command.map(|command| typed(command.text).unwrap_or(command.words())).unwrap_or_default();
        let words: Vec<&str> = words.split_whitespace().collect();
        let option = |names: &[&str]| {
            let at = words.iter().position(|word| names.iter().any(|name| word.eq_ignore_ascii_case(name)))?;
            words.get(at + 1).copied()
        };
        // A word is the name when neither it nor the word before it is an option.
        let option_at = |at: usize| words.get(at).is_some_and(|word| word.starts_with('-'));
        let first =
            (1..words.len()).find(|at| !option_at(*at) && !option_at(at - 1)).and_then(|at| words.get(at).copied());
        Self {
            name: option(&["-name"]).or(first).and_then(domain),
            kind: option(&["-type"]).and_then(RecordType::parse),
            server: option(&["-server"]).and_then(address),
            start: None,
            columns: Vec::new(),
            block: Block::default(),
            records: Vec::new(),
            soa: false,
            error: None,
            in_error: false,
        }
    }

    fn line(&mut self, line: Line<'a>, sink: &mut Sink<'_>) {
        let words = line.words();
        if words.is_empty() {
            self.end_block(sink);
            self.columns.clear();
            return;
        }
        let start = *self.start.get_or_insert(line.number);
        if words.starts_with("Resolve-DnsName :") {
            self.end_block(sink);
            if self.error.is_some() || !self.records.is_empty() {
                self.claim(start, sink);
                self.start = Some(line.number);
            }
            self.in_error = true;
            self.name = words.split(':').nth(1).and_then(|name| domain(name.trim())).or(self.name.take());
        } else if let Some((_, error)) = ERRORS.iter().find(|(id, _)| words.contains(id)) {
            self.error = Some(error.clone());
        } else if self.in_error {
            // The place in the script, the category: an exception is several lines long.
        } else if words.starts_with("Name ") && words.contains(" TTL ") && !words.contains(':') {
            self.columns = cells(line.text);
        } else if words.starts_with("---") {
        } else if !self.columns.is_empty() {
            self.row(line, words, sink);
        } else if let Some((label, value)) = labelled(words) {
            if label == "Name" {
                self.end_block(sink);
            }
            if self.block.keys.is_empty() {
                self.block.line = line.number;
            }
            self.block.keys.push((label, Cow::Borrowed(value)));
        } else {
            sink.unread(line.number, Why::Unknown(Tool::ResolveDnsName));
        }
    }

    /// A row of the table; values have no blanks in them. It ends with the next, because a value may go on in the line below.
    fn row(&mut self, line: Line<'a>, words: &'a str, sink: &mut Sink<'_>) {
        let values: Vec<&str> = words.split_whitespace().collect();
        let cut = values.iter().any(|cell| cell.ends_with("...") || cell.ends_with('…'));
        let known = values.get(1).is_some_and(|kind| RecordType::parse(kind).is_some());
        if !known && self.goes_on(line) {
            return;
        }
        self.end_block(sink);
        if !known {
            sink.unread(line.number, Why::Unknown(Tool::ResolveDnsName));
            return;
        }
        if cut {
            sink.unread(line.number, Why::Incomplete("a narrow window cut the row"));
            return;
        }
        let headings = self.columns.iter().map(|(_, heading)| *heading);
        let keys = headings.zip(values.into_iter().map(Cow::Borrowed)).collect();
        self.block = Block { line: line.number, keys };
    }

    /// Joins the rest of values to the row above; false where a word stands below no heading of it.
    fn goes_on(&mut self, line: Line<'a>) -> bool {
        let heading = |at: usize| self.columns.iter().find(|(start, _)| *start == at).map(|(_, heading)| *heading);
        let below =
            |(at, rest)| heading(at).filter(|heading| self.block.get(heading).is_some()).map(|found| (found, rest));
        let Some(rests) = cells(line.text).into_iter().map(below).collect::<Option<Vec<_>>>() else { return false };
        for (heading, rest) in rests {
            if let Some((_, value)) = self.block.keys.iter_mut().find(|(key, _)| *key == heading) {
                value.to_mut().push_str(rest);
            }
        }
        true
    }

    fn end_block(&mut self, sink: &mut Sink<'_>) {
        let block = std::mem::take(&mut self.block);
        if block.keys.is_empty() {
            return;
        }
        let kind = block.get("QueryType").or_else(|| block.get("Type")).and_then(RecordType::parse);
        let Some(kind) = kind else {
            sink.unread(block.line, Why::Incomplete("a record without its type"));
            return;
        };
        if kind == RecordType::SOA {
            self.soa = true;
            return;
        }
        let ttl = block.get("TTL").and_then(|ttl| ttl.parse().ok()).unwrap_or(0);
        let name = block.get("Name").and_then(domain);
        match (name, data(kind, &block)) {
            (Some(name), Some(data)) => self.records.push(Record { name, ttl, data }),
            _ => sink.unread(block.line, Why::Incomplete("a record of which the window shows a part")),
        }
    }

    fn claim(&mut self, line: usize, sink: &mut Sink<'_>) {
        let records = std::mem::take(&mut self.records);
        let result = match self.error.take() {
            Some(error) => error,
            None if !records.is_empty() => LookupResult::Records(records),
            None if self.soa => LookupResult::NoData,
            None => return,
        };
        let lookup =
            Lookup { server: self.server, server_name: None, name: self.name.clone(), kind: self.kind, result };
        sink.claim(line, Tool::ResolveDnsName, Says::Lookup(lookup));
        (self.soa, self.in_error) = (false, false);
    }

    fn end(mut self, sink: &mut Sink<'_>) {
        self.end_block(sink);
        if let Some(line) = self.start {
            self.claim(line, sink);
        }
    }
}

/// The words of a line, and at which octet each begins.
fn cells(line: &str) -> Vec<(usize, &str)> {
    let mut at = 0;
    let mut cells = Vec::new();
    for piece in line.split_inclusive(char::is_whitespace) {
        let word = piece.trim_end();
        if !word.is_empty() {
            cells.push((at, word));
        }
        at += piece.len();
    }
    cells
}

fn data(kind: RecordType, block: &Block<'_>) -> Option<RecordData> {
    let number = |key: &str| block.get(key)?.parse().ok();
    let host = || domain(block.get("NameTarget").or_else(|| block.get("NameHost"))?);
    match kind {
        RecordType::SRV => {
            let target = host()?;
            Some(RecordData::Srv(Srv {
                priority: number("Priority")?,
                weight: number("Weight")?,
                port: number("Port")?,
                target,
            }))
        }
        RecordType::A | RecordType::AAAA => {
            let text =
                block.get("IPAddress").or_else(|| block.get("IP4Address")).or_else(|| block.get("IP6Address"))?;
            address(text).map(IntoData::into_data)
        }
        RecordType::CNAME => host().map(RecordData::Cname),
        RecordType::NS => host().map(RecordData::Ns),
        RecordType::PTR => host().map(RecordData::Ptr),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::claim::{LookupResult, Says};
    use crate::read::{Bounds, read};

    /// The record that a table shows, and how many lines of it were not understood.
    #[track_caller]
    fn check(text: &str, name: &str, target: &str, unread: usize) {
        let reading = read("pasted.txt", text.as_bytes(), &Bounds::default());
        let Some(Says::Lookup(lookup)) = reading.claims.first().map(|claim| &claim.says) else {
            panic!("no lookup: {reading:?}");
        };
        let LookupResult::Records(records) = &lookup.result else { panic!("no records: {lookup:?}") };
        let shown: Vec<_> = records
            .iter()
            .map(|record| (record.name.to_string(), record.data.target().map(ToString::to_string)))
            .collect();
        assert_eq!(shown, [(name.to_owned(), Some(target.to_owned()))]);
        assert_eq!(reading.unread_count, unread, "{:?}", reading.unread);
    }

    const HEAD: &str = "Name          Type TTL  Section NameTarget     Priority Weight Port\n----          ---- ---  ------- ----------     -------- ------ ----\n";

    #[test]
    fn a_value_goes_on_below_its_heading() {
        let row = "_vlmcs._tcp.c SRV  3600 Answer  kms1.contoso.c 0        0      1688\nontoso.com                      om\n\n";
        check(&format!("{HEAD}{row}"), "_vlmcs._tcp.contoso.com", "kms1.contoso.com", 0);
    }

    #[test]
    fn what_stands_below_no_heading_is_no_rest_of_a_value() {
        let row = "_vlmcs._tcp.c SRV  3600 Answer  kms1.contoso.c 0        0      1688\n  ontoso.com\n\n";
        check(&format!("{HEAD}{row}"), "_vlmcs._tcp.c", "kms1.contoso.c", 1);
    }
}
