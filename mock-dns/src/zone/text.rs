//! Standard zone text (RFC 1035 5) to records: all problems at once, each with line, column, reason and hint.
//!
//! hickory's own parser gives no places, keeps no order, reads `$INCLUDE` files and `\DDD` wrongly. Deliberately wrong zones
//! load: a test of diagnosis needs them. What looks like a slip (a missing final dot, an address as a target) is a warning.

use std::collections::BTreeMap;

use crate::name::DomainName;
use crate::record::{MAX_TTL, Record, RecordType};
use crate::zone::problem::{MAX_PROBLEMS, Reason, TextProblem, TextProblems};
use crate::zone::rdata::{self, Cursor};
use crate::zone::token::{EntryLine, Word, entries};

/// The TTL in seconds where neither line, `$TTL`, a line before nor a SOA says one: the default of Windows DNS Manager.
pub const DEFAULT_TTL: u32 = 3600;

/// How large a zone text may be.
#[derive(Clone, Copy, Debug)]
pub struct TextLimits {
    /// Octets of the text.
    pub text: usize,
    /// Records of one name and type.
    pub rrset: usize,
}

impl Default for TextLimits {
    /// 1 MiB, and 100 records of one name and type as in BIND (max-records-per-type).
    fn default() -> Self {
        Self { text: 1 << 20, rrset: 100 }
    }
}

/// What a text says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZoneText {
    /// The zone: as given, or the owner of the SOA, or the first `$ORIGIN`.
    pub origin: DomainName,
    /// The records in the order of the text.
    pub records: Vec<Record>,
    /// What deserves a second look, in the order of the text.
    pub warnings: Vec<TextProblem>,
}

/// Reads a zone text. With `origin`, relative names start below it and every record must be in it.
///
/// # Errors
/// Everything that is wrong, in the order of the text.
pub fn read(text: &str, origin: Option<&DomainName>, limits: &TextLimits) -> Result<ZoneText, TextProblems> {
    if text.len() > limits.text {
        let reason = Reason::TextTooLong { length: text.len(), limit: limits.text };
        return Err(TextProblems(vec![TextProblem { line: 1, column: 1, reason }]));
    }
    let mut problems = Vec::new();
    let lines = entries(text, &mut problems);
    let mut reader = Reader::new(origin, limits.rrset, problems);
    for line in &lines {
        if reader.problems.len() >= MAX_PROBLEMS {
            break;
        }
        reader.line(line);
    }
    reader.finish(origin)
}

/// Reads one record, e.g. `_vlmcs._tcp.contoso.com. 3600 IN SRV 0 0 1688 kms1.contoso.com.`
///
/// # Errors
/// Everything that is wrong with the line, also when it holds no record or several.
pub fn parse_record(line: &str, origin: &DomainName) -> Result<Record, TextProblems> {
    let mut problems = Vec::new();
    let lines = entries(line, &mut problems);
    let mut reader = Reader::new(Some(origin), TextLimits::default().rrset, problems);
    let single = lines.iter().take(2);
    single.for_each(|line| reader.line(line));
    let (column, reason) = match reader.records.len() {
        1 => (1, None),
        0 => (1, Some(Reason::Missing { field: "the record" })),
        _ => (1, Some(Reason::TooMuch("a second record".to_owned()))),
    };
    if reader.problems.is_empty()
        && let Some(reason) = reason
    {
        reader.problems.push(TextProblem { line: 1, column, reason });
    }
    match reader.records.pop() {
        Some((record, _)) if reader.problems.is_empty() => Ok(record),
        _ => Err(in_order(reader.problems)),
    }
}

fn in_order(mut problems: Vec<TextProblem>) -> TextProblems {
    problems.sort_by_key(|problem| (problem.line, problem.column));
    problems.truncate(MAX_PROBLEMS);
    TextProblems(problems)
}

struct Reader {
    origin: Option<DomainName>,
    /// The first `$ORIGIN`, which names the zone if nothing better does.
    first_origin: Option<DomainName>,
    owner: Option<DomainName>,
    /// `$TTL`.
    default_ttl: Option<u32>,
    /// The TTL of the record before (RFC 1035 5.1).
    last_ttl: Option<u32>,
    records: Vec<(Record, (usize, usize))>,
    /// How many records each name and type has.
    counts: BTreeMap<(DomainName, RecordType), usize>,
    rrset_limit: usize,
    problems: Vec<TextProblem>,
    warnings: Vec<TextProblem>,
}

impl Reader {
    fn new(origin: Option<&DomainName>, rrset_limit: usize, problems: Vec<TextProblem>) -> Self {
        Self {
            origin: origin.cloned(),
            first_origin: None,
            owner: None,
            default_ttl: None,
            last_ttl: None,
            records: Vec::new(),
            counts: BTreeMap::new(),
            rrset_limit,
            problems,
            warnings: Vec::new(),
        }
    }

    /// One entry: a directive or a record.
    fn line(&mut self, line: &EntryLine<'_>) {
        let Some(first) = line.words.first() else { return };
        let mut cursor = Cursor::new(&line.words, self.origin.as_ref());
        let done = if first.text.starts_with('$') && !first.quoted && !line.indented {
            self.directive(&mut cursor)
        } else {
            self.record(line.indented, &mut cursor)
        };
        if let Err(problem) = done {
            self.problems.push(problem);
        }
    }

    fn directive(&mut self, cursor: &mut Cursor<'_>) -> Result<(), TextProblem> {
        let word = cursor.next("the directive")?;
        let reason = match word.text.to_ascii_uppercase().as_str() {
            "$ORIGIN" => {
                let origin = cursor.name("the origin")?;
                cursor.end()?;
                self.first_origin.get_or_insert_with(|| origin.clone());
                self.origin = Some(origin);
                return Ok(());
            }
            "$TTL" => {
                self.default_ttl = Some(cursor.time("the TTL")?);
                return cursor.end();
            }
            "$INCLUDE" => Reason::Include,
            "$GENERATE" => Reason::Generate,
            _ => Reason::UnknownDirective(word.text.to_owned()),
        };
        Err(rdata::problem_at(&word, reason))
    }

    fn record(&mut self, indented: bool, cursor: &mut Cursor<'_>) -> Result<(), TextProblem> {
        let first = cursor.peek().copied();
        if !indented {
            // A bad owner must not lend the owner before it to the lines that follow.
            self.owner = None;
            self.owner = Some(cursor.name("the owner")?);
        }
        let at = first.map_or((1, 1), |word| (word.line, word.column));
        let Some(name) = self.owner.clone() else {
            return Err(TextProblem { line: at.0, column: at.1, reason: Reason::NoOwner });
        };
        let ttl = ttl_and_class(cursor)?;
        let data = rdata::read(cursor)?;
        cursor.end()?;
        self.warnings.append(&mut cursor.warnings);
        self.warnings.truncate(MAX_PROBLEMS);
        let ttl = ttl.or(self.default_ttl).or(self.last_ttl).unwrap_or_else(|| rdata::soa_minimum(&data, DEFAULT_TTL));
        self.last_ttl = Some(ttl);
        let record = Record { name, ttl, data };
        let key = (record.name.clone(), record.record_type());
        let count = self.counts.entry(key).or_default();
        *count += 1;
        if *count == self.rrset_limit + 1 {
            let record_type = record.record_type();
            let reason = Reason::TooManyRecords { name: record.name.into(), record_type, limit: self.rrset_limit };
            return Err(TextProblem { line: at.0, column: at.1, reason });
        }
        if *count <= self.rrset_limit {
            self.records.push((record, at));
        }
        Ok(())
    }

    fn finish(mut self, origin: Option<&DomainName>) -> Result<ZoneText, TextProblems> {
        let soa = self.records.iter().find(|(record, _)| record.record_type() == RecordType::SOA);
        let soa = soa.map(|(record, _)| record.name.clone());
        let Some(origin) = origin.cloned().or(soa).or(self.first_origin) else {
            if self.problems.is_empty() {
                self.problems.push(TextProblem { line: 1, column: 1, reason: Reason::NoZone });
            }
            return Err(in_order(self.problems));
        };
        for (record, (line, column)) in &self.records {
            if !record.name.is_within(&origin) {
                let reason = Reason::OutsideZone { name: record.name.clone().into(), origin: origin.clone().into() };
                self.problems.push(TextProblem { line: *line, column: *column, reason });
            }
        }
        if !self.problems.is_empty() {
            return Err(in_order(self.problems));
        }
        let records = self.records.into_iter().map(|(record, _)| record).collect();
        Ok(ZoneText { origin, records, warnings: self.warnings })
    }
}

/// `[TTL] [class]` in either order (RFC 1035 5.1), both optional; leaves the cursor at the type.
fn ttl_and_class(cursor: &mut Cursor<'_>) -> Result<Option<u32>, TextProblem> {
    let mut ttl = None;
    let mut class = false;
    while let Some(word) = cursor.peek().copied() {
        // A sign makes it no TTL, but it is meant as one: the time's own message is the better one.
        let is_time = |first: char| first.is_ascii_digit() || first == '-' || first == '+';
        if ttl.is_none() && word.text.starts_with(is_time) {
            ttl = Some(cursor.time("the TTL")?);
        } else if !class && is_class(&word) {
            if !word.text.eq_ignore_ascii_case("IN") {
                return Err(rdata::problem_at(&word, Reason::WrongClass(word.text.to_owned())));
            }
            class = true;
            cursor.next("the class")?;
        } else {
            break;
        }
    }
    debug_assert!(ttl.is_none_or(|ttl| ttl <= MAX_TTL), "Cursor::time keeps the range of a TTL");
    Ok(ttl)
}

fn is_class(word: &Word<'_>) -> bool {
    ["IN", "CH", "HS", "CS", "ANY", "NONE"].iter().any(|class| word.text.eq_ignore_ascii_case(class))
}

#[cfg(test)]
mod tests;
