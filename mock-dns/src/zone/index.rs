//! A zone compiled for answering: every name that exists, with its records already in wire form.
//!
//! It stands apart from the zone because it is built once and read a hundred thousand times a second; it is never edited.
//! It only finds: what a find means for the answer is decided in [`crate::answer`].

use std::collections::HashMap;

use crate::name::suffixes;
use crate::record::{Record, RecordData, RecordType};
use crate::zone::Zone;

/// A name in wire form, as written and in lower case. Both have the same length and the same label boundaries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WireName<'a> {
    /// As written.
    pub written: &'a [u8],
    /// For comparing.
    pub lower: &'a [u8],
}

impl<'a> WireName<'a> {
    /// What lies behind `start` up to and with the root label; empty if that is not in the name.
    fn from(self, start: usize) -> Self {
        let behind = |octets: &'a [u8]| octets.get(start..).unwrap_or_default();
        Self { written: behind(self.written), lower: behind(self.lower) }
    }

    /// The name at the start, if anything follows it.
    pub(crate) fn first(self) -> (Self, usize) {
        let length = suffixes(self.lower).last().map_or(0, |root| self.lower.len() - root.len() + 1);
        let head = |octets: &'a [u8]| octets.get(..length).unwrap_or_default();
        (Self { written: head(self.written), lower: head(self.lower) }, length)
    }
}

/// Where names stand in the content of a record, and whether they may be compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Nothing but octets.
    Opaque,
    /// One compressible name behind so many octets (CNAME, NS, PTR: 0; MX: 2; RFC 1035 4.1.4).
    Name(usize),
    /// Two compressible names at the start (SOA).
    TwoNames,
    /// A name behind six octets that must not be compressed (RFC 2782), though later names may point into it.
    Srv,
}

/// A record ready to be sent.
#[derive(Clone, Debug)]
pub struct IndexedRecord {
    /// Seconds.
    pub ttl: u32,
    /// Type and content, for the journal.
    pub data: RecordData,
    /// Where names stand in the content.
    pub shape: Shape,
    /// The content, uncompressed.
    rdata: Box<[u8]>,
    /// The content in lower case if names stand in it, else nothing.
    lower: Box<[u8]>,
}

impl IndexedRecord {
    /// Compiles a record.
    #[must_use]
    pub fn new(ttl: u32, data: &RecordData) -> Self {
        let shape = match data {
            RecordData::Cname(_) | RecordData::Ns(_) | RecordData::Ptr(_) => Shape::Name(0),
            RecordData::Mx { .. } => Shape::Name(2),
            RecordData::Soa(_) => Shape::TwoNames,
            RecordData::Srv(_) => Shape::Srv,
            RecordData::A(_) | RecordData::Aaaa(_) | RecordData::Txt(_) | RecordData::Other { .. } => Shape::Opaque,
        };
        let rdata: Box<[u8]> = data.to_wire().into();
        let lower = if shape == Shape::Opaque { Box::default() } else { rdata.to_ascii_lowercase().into() };
        Self { ttl, data: data.clone(), shape, rdata, lower }
    }

    /// The content, uncompressed.
    #[must_use]
    pub fn rdata(&self) -> &[u8] {
        &self.rdata
    }

    /// The content from `start`, for the names in it.
    #[must_use]
    pub fn names(&self, start: usize) -> WireName<'_> {
        WireName { written: &self.rdata, lower: &self.lower }.from(start)
    }

    /// The name that the content leads to, if it has one.
    #[must_use]
    pub fn target(&self) -> Option<WireName<'_>> {
        match self.shape {
            Shape::Name(start) => Some(self.names(start)),
            Shape::Srv => Some(self.names(SRV_TARGET)),
            Shape::Opaque | Shape::TwoNames => None,
        }
    }
}

/// Where the target starts in the content of an SRV record: behind priority, weight and port (RFC 2782).
pub const SRV_TARGET: usize = 6;

/// All records of one name and type, in the order of the zone.
#[derive(Clone, Debug)]
pub struct RrSet {
    /// Their type.
    pub record_type: RecordType,
    /// At least one.
    pub records: Vec<IndexedRecord>,
}

/// A name that exists: because it has records, or because a name below it has (an empty non-terminal, RFC 4592 2.2.2).
#[derive(Clone, Debug, Default)]
pub struct Node {
    /// Its records by type, in the order of the zone.
    pub rrsets: Vec<RrSet>,
}

impl Node {
    /// The records of one type.
    #[must_use]
    pub fn find(&self, record_type: RecordType) -> Option<&RrSet> {
        self.rrsets.iter().find(|rrset| rrset.record_type == record_type)
    }

    fn push(&mut self, record: &Record) {
        let record_type = record.record_type();
        let compiled = IndexedRecord::new(record.ttl, &record.data);
        match self.rrsets.iter_mut().find(|rrset| rrset.record_type == record_type) {
            Some(rrset) => rrset.records.push(compiled),
            None => self.rrsets.push(RrSet { record_type, records: vec![compiled] }),
        }
    }
}

/// A compiled zone.
#[derive(Clone, Debug)]
pub struct ZoneIndex {
    /// The name at the top, in lower case and as written.
    origin: Box<[u8]>,
    origin_written: Box<[u8]>,
    nodes: HashMap<Box<[u8]>, Node>,
    /// Whether any name below the origin has an NS record: without, nobody looks for a delegation.
    has_cuts: bool,
    /// The SOA for negative answers, with the TTL of RFC 2308 5.
    negative_soa: Option<IndexedRecord>,
}

impl ZoneIndex {
    /// Compiles a zone.
    #[must_use]
    pub fn new(zone: &Zone) -> Self {
        let origin_written: Box<[u8]> = zone.origin().as_wire().into();
        let origin: Box<[u8]> = origin_written.to_ascii_lowercase().into();
        let mut nodes: HashMap<Box<[u8]>, Node> = HashMap::new();
        nodes.insert(origin.clone(), Node::default());
        let mut has_cuts = false;
        for record in zone.records() {
            let name = record.name.as_wire().to_ascii_lowercase();
            has_cuts |= record.record_type() == RecordType::NS && *name != *origin;
            for ancestor in suffixes(&name).skip(1).take_while(|ancestor| ancestor.len() > origin.len()) {
                if nodes.contains_key(ancestor) {
                    break;
                }
                nodes.insert(ancestor.into(), Node::default());
            }
            nodes.entry(name.into()).or_default().push(record);
        }
        let apex = nodes.get(&origin).and_then(|node| node.find(RecordType::SOA));
        let negative_soa = apex.and_then(|rrset| rrset.records.first()).map(|record| {
            let mut soa = record.clone();
            if let RecordData::Soa(data) = &soa.data {
                soa.ttl = soa.ttl.min(data.minimum);
            }
            soa
        });
        Self { origin, origin_written, nodes, has_cuts, negative_soa }
    }

    /// The name at the top, in lower case.
    #[must_use]
    pub fn origin(&self) -> &[u8] {
        &self.origin
    }

    /// The name at the top.
    #[must_use]
    pub fn origin_name(&self) -> WireName<'_> {
        WireName { written: &self.origin_written, lower: &self.origin }
    }

    /// Whether a lower-case name is in the zone or in one that it delegates away.
    #[must_use]
    pub fn contains(&self, lower: &[u8]) -> bool {
        suffixes(lower).any(|suffix| *suffix == *self.origin)
    }

    /// The SOA as a negative answer carries it: its TTL is the smaller of its own and its minimum (RFC 2308 5).
    #[must_use]
    pub fn negative_soa(&self) -> Option<&IndexedRecord> {
        self.negative_soa.as_ref()
    }

    /// What stands at exactly this lower-case name.
    #[must_use]
    pub fn node(&self, lower: &[u8]) -> Option<&Node> {
        self.nodes.get(lower)
    }

    /// The highest name above or at `name` where the zone is delegated away: its owner and its NS records.
    #[must_use]
    pub fn cut<'a>(&'a self, name: WireName<'a>) -> Option<(WireName<'a>, &'a RrSet)> {
        if !self.has_cuts {
            return None;
        }
        let below_origin = suffixes(name.lower).take_while(|suffix| suffix.len() > self.origin.len());
        let mut highest = None;
        for suffix in below_origin {
            if let Some(servers) = self.node(suffix).and_then(|node| node.find(RecordType::NS)) {
                highest = Some((name.from(name.lower.len() - suffix.len()), servers));
            }
        }
        highest
    }

    /// The wildcard that covers a name which does not exist (RFC 4592 3.3.1): `*` below its closest encloser.
    #[must_use]
    pub fn wildcard(&self, lower: &[u8]) -> Option<&Node> {
        /// The octets of the label `*`.
        const ASTERISK: &[u8] = b"\x01*";
        let encloser = suffixes(lower).skip(1).find(|suffix| self.nodes.contains_key(*suffix))?;
        let mut source = Vec::with_capacity(ASTERISK.len() + encloser.len());
        source.extend_from_slice(ASTERISK);
        source.extend_from_slice(encloser);
        self.node(&source)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::DomainName;

    fn index(text: &str) -> ZoneIndex {
        ZoneIndex::new(&Zone::load(&DomainName::parse("contoso.com").unwrap(), text).unwrap().0)
    }

    fn wire(name: &str) -> Vec<u8> {
        DomainName::parse(name).unwrap().as_wire().to_ascii_lowercase()
    }

    #[test]
    fn names_exist_by_their_records_or_by_those_below() {
        let index = index("_vlmcs._tcp SRV 0 0 1688 kms1");
        for (name, exists) in
            [("contoso.com", true), ("_tcp.contoso.com", true), ("_VLMCS._tcp.contoso.com", true), ("com", false)]
        {
            assert_eq!(index.node(&wire(name)).is_some(), exists, "{name}");
        }
        assert!(index.node(&wire("_tcp.contoso.com")).unwrap().rrsets.is_empty());
    }

    #[test]
    fn a_wildcard_covers_what_its_parent_encloses_closest() {
        let index = index("* TXT x\n*.a TXT y\nb.a TXT z");
        let covering = |name: &str| index.wildcard(&wire(name)).map(|node| node.rrsets[0].records[0].data.to_string());
        assert_eq!(covering("q.contoso.com").as_deref(), Some("\"x\""));
        assert_eq!(covering("q.q.contoso.com").as_deref(), Some("\"x\""));
        assert_eq!(covering("q.a.contoso.com").as_deref(), Some("\"y\""));
        // b.a exists and has no wildcard below it (RFC 4592 2.2.1).
        assert_eq!(covering("q.b.a.contoso.com"), None);
    }

    #[test]
    fn the_highest_cut_counts() {
        let index = index("@ NS dns1\nx NS dns2\ny.x NS dns3");
        let name = wire("z.y.x.contoso.com");
        let (owner, servers) = index.cut(WireName { written: &name, lower: &name }).unwrap();
        assert_eq!((owner.lower, servers.records.len()), (&*wire("x.contoso.com"), 1));
        let apex = wire("contoso.com");
        assert!(index.cut(WireName { written: &apex, lower: &apex }).is_none());
    }

    #[test]
    fn the_negative_ttl_is_the_smaller_one() {
        let ttl = |text| index(text).negative_soa().map(|soa| soa.ttl);
        assert_eq!(ttl("@ 300 SOA a b 1 2 3 4 60"), Some(60));
        assert_eq!(ttl("@ 60 SOA a b 1 2 3 4 300"), Some(60));
        assert_eq!(ttl("a A 10.0.0.1"), None);
    }
}
