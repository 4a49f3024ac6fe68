//! A zone as data: its origin and its records in the order they were written, printable and editable.
//!
//! It says what stands in the zone and nothing of how a question is answered: an index is compiled from it for that
//! ([`index`]). Wrong zones are zones too: a target that is an alias or an address, a CNAME beside other data, a missing SOA,
//! the same record twice are kept as they are.

pub mod index;
pub mod problem;
mod rdata;
pub mod text;
mod token;

use std::fmt;
use std::sync::Arc;

use notation::{Format, Kind, Problem, Problems, RefusedText, Table, Tree};

use crate::name::DomainName;
use crate::record::{Record, RecordData, RecordType};
use crate::zone::problem::{TextProblem, TextProblems};
use crate::zone::text::TextLimits;

/// Records under an origin, in the order of their text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Zone {
    origin: DomainName,
    /// Shared with copies of the zone until one of them is changed: networks are copied more often than changed.
    records: Arc<Vec<Record>>,
}

impl TextProblem {
    /// The problem as the file format tells it: which bytes of `text` it is about, without line and column.
    #[must_use]
    pub fn refused(&self, text: &str) -> RefusedText {
        let line_start = self
            .line
            .checked_sub(2)
            .map_or(Some(0), |last| text.match_indices('\n').nth(last).map(|(end_of_line, _)| end_of_line + 1));
        let line_start = line_start.unwrap_or(text.len());
        let line = text.get(line_start..).and_then(|rest| rest.lines().next()).unwrap_or_default();
        let start = line.char_indices().nth(self.column.saturating_sub(1)).map_or(line.len(), |(at, _)| at);
        let word = line.get(start..).unwrap_or_default();
        let length = word.find([' ', '\t', '\r', ';']).unwrap_or(word.len());
        let part = line_start + start..line_start + start + length;
        RefusedText { message: self.reason.to_string(), part: Some(part), hint: self.hint() }
    }
}

/// Why a zone cannot be changed so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ZoneError {
    /// The owner is in another zone.
    #[error("{name} is not in the zone {origin}: give it a zone of its own")]
    OutsideZone {
        /// The owner.
        name: Box<DomainName>,
        /// The zone.
        origin: Box<DomainName>,
    },
}

/// Which records of a zone are meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordSelector {
    /// Their owner.
    pub name: DomainName,
    /// Only this type.
    pub record_type: Option<RecordType>,
    /// Only this content.
    pub data: Option<RecordData>,
}

impl RecordSelector {
    /// Whether this record is meant.
    #[must_use]
    pub fn picks(&self, record: &Record) -> bool {
        self.name == record.name
            && self.record_type.is_none_or(|wanted| wanted == record.record_type())
            && self.data.as_ref().is_none_or(|wanted| *wanted == record.data)
    }
}

/// A record that was taken out, and where it stood before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Removed {
    /// Its place before the removal.
    pub position: usize,
    /// The record.
    pub record: Record,
}

impl Zone {
    /// A zone without records. It has no SOA: its negative answers carry none, which clients then cannot cache.
    #[must_use]
    pub fn new(origin: DomainName) -> Self {
        Self { origin, records: Arc::default() }
    }

    /// Reads a zone text below `origin`; gives the zone and what in the text deserves a second look.
    ///
    /// # Errors
    /// Everything that is wrong with the text.
    pub fn load(origin: &DomainName, text: &str) -> Result<(Self, Vec<TextProblem>), TextProblems> {
        text::read(text, Some(origin), &TextLimits::default()).map(Self::of_text)
    }

    /// Reads a zone text that names its zone itself, by its SOA or by `$ORIGIN`.
    ///
    /// # Errors
    /// Everything that is wrong with the text.
    pub fn load_named(text: &str) -> Result<(Self, Vec<TextProblem>), TextProblems> {
        text::read(text, None, &TextLimits::default()).map(Self::of_text)
    }

    fn of_text(read: text::ZoneText) -> (Self, Vec<TextProblem>) {
        (Self { origin: read.origin, records: Arc::new(read.records) }, read.warnings)
    }

    /// The name at the top of the zone.
    #[must_use]
    pub fn origin(&self) -> &DomainName {
        &self.origin
    }

    /// The records in their order.
    #[must_use]
    pub fn records(&self) -> &[Record] {
        &self.records
    }

    /// Adds a record at the end and gives its position.
    ///
    /// # Errors
    /// When its owner is in another zone.
    pub fn add(&mut self, record: Record) -> Result<usize, ZoneError> {
        self.insert(self.records.len(), record)
    }

    /// Adds a record at a position (the end, if there are fewer records) and gives the position.
    ///
    /// # Errors
    /// When its owner is in another zone.
    pub fn insert(&mut self, position: usize, record: Record) -> Result<usize, ZoneError> {
        if !record.name.is_within(&self.origin) {
            return Err(ZoneError::OutsideZone { name: record.name.into(), origin: self.origin.clone().into() });
        }
        let position = position.min(self.records.len());
        Arc::make_mut(&mut self.records).insert(position, record);
        Ok(position)
    }

    /// Takes out all records that are meant; [`Self::restore`] undoes it exactly.
    pub fn remove(&mut self, which: &RecordSelector) -> Vec<Removed> {
        let mut removed = Vec::new();
        let mut kept = Vec::with_capacity(self.records.len());
        for (position, record) in std::mem::take(Arc::make_mut(&mut self.records)).into_iter().enumerate() {
            if which.picks(&record) {
                removed.push(Removed { position, record });
            } else {
                kept.push(record);
            }
        }
        self.records = Arc::new(kept);
        removed
    }

    /// Takes out the record at a position, which undoes [`Self::add`] and [`Self::insert`].
    pub fn remove_at(&mut self, position: usize) -> Option<Record> {
        (position < self.records.len()).then(|| Arc::make_mut(&mut self.records).remove(position))
    }

    /// Puts back what one [`Self::remove`] took out.
    pub fn restore(&mut self, removed: Vec<Removed>) {
        // The positions are those before the removal, in rising order: each insertion restores the places behind it.
        let records = Arc::make_mut(&mut self.records);
        for Removed { position, record } in removed {
            records.insert(position.min(records.len()), record);
        }
    }
}

/// Canonical text: one absolute line for each record, in order. [`Zone::load`] reads it back to an equal zone.
impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.records.iter().try_for_each(|record| writeln!(f, "{record}"))
    }
}

/// In TOML: `{ origin = "contoso.com", text = """...""" }`.
impl Format for Zone {
    fn read(tree: &Tree, problems: &mut Problems) -> Option<Self> {
        const CALLED: &str = "a zone";
        let table = notation::format::expect_table(tree, problems)?;
        notation::format::refuse_unknown_keys(table, CALLED, &["origin", "text"], problems);
        let origin = notation::format::read_key::<DomainName>(tree, table, CALLED, "origin", None, problems);
        let text = notation::format::read_key::<String>(tree, table, CALLED, "text", Some(String::new()), problems);
        let span = table.find("text").map_or(tree.span, |text| text.span);
        let text = &text?;
        match Self::load(&origin?, text) {
            Ok((zone, _warnings)) => Some(zone),
            Err(TextProblems(found)) => {
                for problem in found {
                    problems.push(Problem::of_text(span, problem.refused(text)));
                }
                None
            }
        }
    }

    fn write(&self) -> Tree {
        let mut table = Table::default();
        table.push("origin", self.origin.write());
        table.push("text", Tree::text(self.to_string()));
        Tree::built(Kind::Table(table))
    }

    fn schema() -> notation::serde_json::Value {
        notation::serde_json::json!({
            "type": "object",
            "description": "A zone of a DNS server.",
            "additionalProperties": false,
            "required": ["origin"],
            "properties": {
                "origin": DomainName::schema(),
                "text": {"type": "string", "description": "Zone text as RFC 1035 5 has it; names without a final dot are below the origin."},
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(text: &str) -> Zone {
        Zone::load(&DomainName::parse("contoso.com").unwrap(), text).unwrap().0
    }

    #[test]
    fn a_removal_is_undone_exactly() {
        let mut edited = zone("a A 10.0.0.1\nb A 10.0.0.2\na TXT x\na A 10.0.0.3\nc A 10.0.0.4");
        let before = edited.clone();
        let name = DomainName::parse("A.contoso.com").unwrap();
        let mut which = RecordSelector { name, record_type: Some(RecordType::A), data: None };
        let removed = edited.remove(&which);
        assert_eq!(removed.iter().map(|removed| removed.position).collect::<Vec<_>>(), [0, 3]);
        assert_eq!(edited, zone("b A 10.0.0.2\na TXT x\nc A 10.0.0.4"));
        edited.restore(removed);
        assert_eq!(edited, before);

        which.data = Some(RecordData::A([10, 0, 0, 3].into()));
        assert_eq!(edited.remove(&which).len(), 1);
        which.record_type = Some(RecordType::SRV);
        assert_eq!(edited.remove(&which), []);
    }

    #[test]
    fn an_addition_is_undone_exactly() {
        let mut edited = zone("a A 10.0.0.1");
        let before = edited.clone();
        let record = text::parse_record("b A 10.0.0.2", edited.origin()).unwrap();
        let position = edited.add(record).unwrap();
        assert_eq!(edited, zone("a A 10.0.0.1\nb A 10.0.0.2"));
        edited.remove_at(position).unwrap();
        assert_eq!(edited, before);
        let foreign = text::parse_record("b.fabrikam.com. A 10.0.0.2", edited.origin()).unwrap();
        assert!(edited.add(foreign).is_err());
    }

    #[test]
    fn in_toml() {
        let mut problems = Problems::default();
        let tree =
            notation::parse::parse("origin = \"contoso.com\"\ntext = \"\"\"\nkms1 A 10.0.0.5\n\"\"\"", &mut problems);
        let read = Zone::read(&tree, &mut problems).unwrap();
        assert_eq!(read, zone("kms1 A 10.0.0.5"));
        assert_eq!(Zone::read(&read.write(), &mut problems), Some(read));
        assert!(problems.is_empty());

        let tree = notation::parse::parse("origin = \"contoso.com\"\ntext = \"a SVR 1\\nb A x\"", &mut problems);
        assert_eq!(Zone::read(&tree, &mut problems), None);
        let found = problems.in_order();
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].span.start, found[0].part.clone()), (30, Some(2..5)));
        assert_eq!(found[0].reason.to_string(), "`SVR` is no record type that is served here");
        assert_eq!(found[1].part, Some(12..13), "the second line");
        assert_eq!(found[0].hint.as_deref(), Some("did you mean SRV?"));
    }
}
