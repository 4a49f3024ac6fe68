//! The records that `nslookup` shows under one question: blocks of an SRV record, one-line records, name and addresses, the SOA
//! that stands for an empty answer.
//!
//! A block whose lines were run together is read as the same fields in the same order. A record of which a part is missing is
//! said to be cut off; priority and weight are taken as 0 only with a doubt.

use mock_dns::name::DomainName;
use mock_dns::record::{Record, RecordData, Srv};

use crate::claim::LookupResult;
use crate::label::Label;
use crate::read::Why;
use crate::read::field::{address, domain, labelled, number_in};
use crate::read::page::Line;
use crate::read::sink::Sink;
use crate::tool::Tool;

/// The fields of an SRV record; `nslookup` shows them in English everywhere.
const FIELDS: [&str; 4] = ["priority", "weight", "port", "svr hostname"];

/// The lines of an SOA record below its owner.
const SOA_FIELDS: [&str; 8] =
    ["primary name server", "responsible mail addr", "serial", "refresh", "retry", "expire", "default TTL", "minimum"];

/// What stands between owner and value of the records on one line.
const ONE_LINE: [&str; 5] =
    ["internet address =", "AAAA IPv6 address =", "nameserver =", "canonical name =", "service ="];

/// Collects the records of one answer.
#[derive(Default)]
pub(super) struct Reply {
    records: Vec<Record>,
    srv: Option<Block>,
    /// The name of `Name:`, to which addresses below it belong.
    named: Option<DomainName>,
    /// Whether addresses continue on the next line.
    addresses: bool,
    /// Whether an SOA was shown.
    soa: bool,
    /// A name alone on its line: the owner of the SOA that must follow.
    alone: Option<usize>,
    problems: Vec<(usize, Why)>,
    doubts: Vec<usize>,
}

/// An SRV record that is being read.
struct Block {
    line: usize,
    owner: Option<DomainName>,
    numbers: [Option<u16>; 3],
    target: Option<DomainName>,
}

/// Whether a line shows a field of an SRV record.
fn is_record_line(words: &str) -> bool {
    FIELDS.iter().any(|field| words.starts_with(field)) && words.contains('=')
}

impl Reply {
    /// Takes a line; false when it is none of the lines of an answer.
    pub(super) fn line(&mut self, line: Line<'_>) -> bool {
        let words = line.words();
        if let Some((owner, rest)) = words.split_once("SRV service location:") {
            self.end_block();
            let owner = domain(owner.trim());
            self.srv = Some(Block { line: line.number, owner, numbers: [None; 3], target: None });
            return rest.trim().is_empty() || self.fields(line, rest);
        }
        if is_record_line(words) {
            return self.fields(line, words);
        }
        if let Some(known) = self.one_line(line, words) {
            return known;
        }
        if let Some((field, _)) = words.split_once('=')
            && SOA_FIELDS.iter().any(|soa| field.trim() == *soa)
        {
            self.soa = true;
            self.alone = None;
            return true;
        }
        if self.addresses && address(words).is_some() && !words.contains(char::is_whitespace) {
            self.push_address(line, words);
            return true;
        }
        self.labelled(line, words)
    }

    /// `Name:`, `Address:` and what stands beside them.
    fn labelled(&mut self, line: Line<'_>, words: &str) -> bool {
        let Some((head, value)) = labelled(words) else {
            let alone = domain(words).is_some() && address(words).is_none() && words.contains('.');
            self.not_alone();
            self.alone = alone.then_some(line.number);
            return alone;
        };
        self.addresses = false;
        let is = |label: Label| label.languages_of(head).next().is_some();
        if is(Label::NslookupName) {
            self.named = domain(value);
        } else if is(Label::NslookupAddress) || head == "Addresses" {
            self.addresses = true;
            self.push_address(line, value);
        } else {
            let silent = head == "Authoritative answers can be found from";
            return silent || is(Label::NslookupAliases) || is(Label::NonAuthoritative);
        }
        true
    }

    /// The name that stood alone was no owner of an SOA.
    fn not_alone(&mut self) {
        if let Some(line) = self.alone.take() {
            self.problems.push((line, Why::Unknown(Tool::Nslookup)));
        }
    }

    fn push_address(&mut self, line: Line<'_>, value: &str) {
        match (self.named.clone(), address(value)) {
            (Some(name), Some(address)) => self.push(name, address.into_data()),
            (None, _) => {
                let why = Why::Incomplete("an address without the name it belongs to");
                self.problems.push((line.number, why));
            }
            (_, None) => self.problems.push((line.number, Why::value("address", value))),
        }
    }

    /// `owner  internet address = value` and its like; none when the line is not of this kind.
    fn one_line(&mut self, line: Line<'_>, words: &str) -> Option<bool> {
        let (kind, (owner, value)) = ONE_LINE.iter().find_map(|kind| Some((*kind, words.split_once(kind)?)))?;
        let value = value.trim();
        let data = match kind {
            "nameserver =" => domain(value).map(RecordData::Ns),
            "canonical name =" => domain(value).map(RecordData::Cname),
            "service =" => service(value),
            _ => address(value).map(IntoData::into_data),
        };
        match (domain(owner.trim()), data) {
            (Some(owner), Some(data)) => self.push(owner, data),
            _ => self.problems.push((line.number, Why::value("record", words))),
        }
        Some(true)
    }

    fn push(&mut self, name: DomainName, data: RecordData) {
        self.end_block();
        self.records.push(Record { name, ttl: 0, data });
    }

    /// The fields of an SRV record on this line: one, or all of them in a row.
    fn fields(&mut self, line: Line<'_>, words: &str) -> bool {
        if self.srv.as_ref().is_some_and(|block| block.target.is_some()) {
            self.end_block();
        }
        let block = self.srv.get_or_insert(Block { line: line.number, owner: None, numbers: [None; 3], target: None });
        let mut rest = words;
        let mut found = false;
        // No more than the fields of one record stand on one line.
        for _ in FIELDS {
            let next = FIELDS.iter().filter_map(|field| Some((rest.find(field)?, *field))).min();
            let Some((at, field)) = next else { break };
            let Some((_, value)) = rest.get(at..).and_then(|rest| rest.split_once('=')) else { break };
            let word = value.split_whitespace().next().unwrap_or_default();
            let slot = FIELDS.iter().position(|known| *known == field).and_then(|at| block.numbers.get_mut(at));
            match slot {
                Some(slot) => *slot = number_in(word).and_then(|number| u16::try_from(number).ok()),
                None => block.target = if word == "." { Some(DomainName::root()) } else { domain(word) },
            }
            found = true;
            rest = value;
        }
        found
    }

    fn end_block(&mut self) {
        let Some(block) = self.srv.take() else { return };
        let [priority, weight, port] = block.numbers;
        let (Some(port), Some(target)) = (port, block.target) else {
            self.problems.push((block.line, Why::Incomplete("an SRV record without its port or its host")));
            return;
        };
        if priority.is_none() || weight.is_none() {
            self.doubts.push(block.line);
        }
        let srv = Srv { priority: priority.unwrap_or(0), weight: weight.unwrap_or(0), port, target };
        // An owner that is not shown is filled with what was asked for, once that is known.
        let name = block.owner.unwrap_or_else(DomainName::root);
        self.records.push(Record { name, ttl: 0, data: RecordData::Srv(srv) });
    }

    /// What the answer is; none when nothing was shown. `asked` fills owners that are not shown.
    pub(super) fn end(mut self, asked: Option<&DomainName>, sink: &mut Sink<'_>) -> Option<LookupResult> {
        self.end_block();
        self.not_alone();
        for (line, why) in self.problems {
            sink.unread(line, why);
        }
        for line in self.doubts {
            sink.doubt(line, "priority and weight are not shown, taken as 0");
        }
        for record in &mut self.records {
            if let (true, Some(asked)) = (record.name.is_root(), asked) {
                record.name = asked.clone();
            }
        }
        if self.records.is_empty() {
            return self.soa.then_some(LookupResult::NoData);
        }
        Some(LookupResult::Records(self.records))
    }
}

/// `0 0 1688 kms1.contoso.com.` of BIND's program.
fn service(value: &str) -> Option<RecordData> {
    let mut words = value.split_whitespace();
    let mut number = || words.next()?.parse().ok();
    let (priority, weight, port) = (number()?, number()?, number()?);
    let target = words.next()?;
    let target = if target == "." { DomainName::root() } else { domain(target)? };
    Some(RecordData::Srv(Srv { priority, weight, port, target }))
}

/// An address as the record that holds it.
pub(super) trait IntoData {
    /// The record's data.
    fn into_data(self) -> RecordData;
}

impl IntoData for std::net::IpAddr {
    fn into_data(self) -> RecordData {
        match self {
            Self::V4(v4) => RecordData::A(v4),
            Self::V6(v6) => RecordData::Aaaa(v6),
        }
    }
}
