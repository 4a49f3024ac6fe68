//! A dynamic update (RFC 2136) as data: what must hold, and what is to change.
//!
//! It stands apart from queries because its message has other sections under the same header. Reading decides nothing: who may update
//! is said in [`policy`], what an update does to a zone in [`apply`], who signed it in [`tsig`].

pub mod apply;
pub mod policy;
pub mod tsig;

use std::fmt;

use crate::message::read_data;
use crate::name::DomainName;
use crate::record::{Record, RecordData, RecordType};
use crate::wire::{CLASS_IN, DecodeError, HEADER, Malformed, Reader};

/// The opcode of a dynamic update (RFC 2136 1.3).
pub const OPCODE: u8 = 5;

/// Class NONE and class ANY, which say in a record what is to be done with it (RFC 2136 1.3).
const CLASS_NONE: u16 = 254;
const CLASS_ANY: u16 = 255;

/// Types that name no record that could be stored (RFC 2136 3.4.1.2): transfers, mail aliases, any.
const META_TYPES: std::ops::RangeInclusive<u16> = 251..=255;

/// A dynamic update.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Update {
    /// The zone that is to be changed.
    pub zone: DomainName,
    /// What must hold, in order.
    pub prerequisites: Vec<Prerequisite>,
    /// What is to change, in order.
    pub changes: Vec<Change>,
}

/// What must hold before anything is changed (RFC 2136 2.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Prerequisite {
    /// The name has records.
    InUse(DomainName),
    /// The name has none.
    NotInUse(DomainName),
    /// The name has records of the type.
    SetExists(DomainName, RecordType),
    /// The name has none of the type.
    SetMissing(DomainName, RecordType),
    /// The record is there; all such records of one name and type are the whole set.
    Holds(Record),
}

/// What is to change (RFC 2136 2.5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A record is added.
    Add(Record),
    /// All records of a name go.
    RemoveName(DomainName),
    /// All records of a name and type go.
    RemoveSet(DomainName, RecordType),
    /// One record goes.
    RemoveRecord(DomainName, RecordData),
}

impl Prerequisite {
    /// The name that it speaks of.
    #[must_use]
    pub fn name(&self) -> &DomainName {
        match self {
            Self::InUse(name) | Self::NotInUse(name) | Self::SetExists(name, _) | Self::SetMissing(name, _) => name,
            Self::Holds(record) => &record.name,
        }
    }
}

impl Change {
    /// The name at which something changes.
    #[must_use]
    pub fn name(&self) -> &DomainName {
        match self {
            Self::Add(record) => &record.name,
            Self::RemoveName(name) | Self::RemoveSet(name, _) | Self::RemoveRecord(name, _) => name,
        }
    }
}

/// A record of an update, whose class says what it means.
struct Item {
    name: DomainName,
    record_type: RecordType,
    class: u16,
    ttl: u32,
    /// None where the length is zero.
    data: Option<RecordData>,
}

impl Update {
    /// Reads the sections of an update whose header has its opcode (RFC 2136 2): the same four counts, then
    ///
    /// ```text
    /// zone name, SOA, IN | prerequisites | changes | additional records (left out here)
    /// ```
    ///
    /// # Errors
    /// Says where and why it cannot be read; a server answers FORMERR.
    pub fn read(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        reader.take(4, "the header")?;
        let zones = reader.u16("the count of zones")?;
        if zones != 1 {
            let problem = Malformed::Count { found: zones, wanted: 1 };
            return Err(DecodeError { offset: 4, field: "the count of zones", problem });
        }
        let prerequisites = reader.u16("the count of prerequisites")?;
        let changes = reader.u16("the count of changes")?;
        reader.u16("the count of additional records")?;
        let zone = reader.name("the zone's name")?;
        let record_type = RecordType(reader.u16("the zone's type")?);
        let class = reader.u16("the zone's class")?;
        if (record_type, class) != (RecordType::SOA, CLASS_IN) {
            return Err(DecodeError { offset: HEADER, field: "the zone", problem: Malformed::Misplaced });
        }
        let mut update = Self { zone, prerequisites: Vec::new(), changes: Vec::new() };
        for _ in 0..prerequisites {
            let start = reader;
            let item = Item::read(&mut reader)?;
            let misplaced = start.error("a prerequisite", Malformed::Misplaced);
            update.prerequisites.push(item.prerequisite().ok_or(misplaced)?);
        }
        for _ in 0..changes {
            let start = reader;
            let item = Item::read(&mut reader)?;
            update.changes.push(item.change().ok_or(start.error("a change", Malformed::Misplaced))?);
        }
        Ok(update)
    }
}

impl Item {
    fn read(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let name = reader.name("a record's name")?;
        let record_type = RecordType(reader.u16("a record's type")?);
        let class = reader.u16("a record's class")?;
        let ttl = reader.u32("a record's TTL")?;
        let length = usize::from(reader.u16("a record's length")?);
        let start = *reader;
        let content = reader.take(length, "a record's content")?;
        let data = if content.is_empty() { None } else { Some(read_data(record_type, start, content)?) };
        Ok(Self { name, record_type, class, ttl, data })
    }

    fn is_meta(&self) -> bool {
        META_TYPES.contains(&self.record_type.0)
    }

    /// RFC 2136 2.4: the TTL is always zero.
    fn prerequisite(self) -> Option<Prerequisite> {
        let any = self.record_type == RecordType::ANY;
        match (self.class, self.ttl, self.data) {
            (CLASS_ANY, 0, None) if any => Some(Prerequisite::InUse(self.name)),
            (CLASS_NONE, 0, None) if any => Some(Prerequisite::NotInUse(self.name)),
            (CLASS_ANY, 0, None) => Some(Prerequisite::SetExists(self.name, self.record_type)),
            (CLASS_NONE, 0, None) => Some(Prerequisite::SetMissing(self.name, self.record_type)),
            (CLASS_IN, 0, Some(data)) => Some(Prerequisite::Holds(Record { name: self.name, ttl: 0, data })),
            _ => None,
        }
    }

    /// RFC 2136 2.5 and 3.4.1.
    fn change(self) -> Option<Change> {
        let meta = self.is_meta();
        match (self.class, self.ttl, self.data) {
            (CLASS_IN, ttl, Some(data)) if !meta => Some(Change::Add(Record { name: self.name, ttl, data })),
            (CLASS_ANY, 0, None) if self.record_type == RecordType::ANY => Some(Change::RemoveName(self.name)),
            (CLASS_ANY, 0, None) if !meta => Some(Change::RemoveSet(self.name, self.record_type)),
            (CLASS_NONE, 0, Some(data)) if !meta => Some(Change::RemoveRecord(self.name, data)),
            _ => None,
        }
    }
}

/// `update contoso.com: add _vlmcs._tcp.contoso.com SRV 0 0 1688 kms1.contoso.com`: a line of the journal.
impl fmt::Display for Update {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "update {}", self.zone)?;
        let mut between = ": ";
        for change in &self.changes {
            write!(f, "{between}{change}")?;
            between = ", ";
        }
        Ok(())
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Add(record) => write!(f, "add {} {} {}", record.name, record.record_type(), record.data),
            Self::RemoveName(name) => write!(f, "remove {name}"),
            Self::RemoveSet(name, record_type) => write!(f, "remove {name} {record_type}"),
            Self::RemoveRecord(name, data) => write!(f, "remove {name} {} {data}", data.record_type()),
        }
    }
}

#[cfg(test)]
mod tests;
