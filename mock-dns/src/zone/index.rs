//! A zone compiled for answering: every name that exists, with its records already in wire form.
//!
//! It stands apart from the zone because it is built once and read a hundred thousand times a second; it is never edited.
//! It only finds: what a find means for the answer is decided in [`crate::answer`].

use std::collections::HashMap;

use crate::name::DomainName;
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

/// A [`WireName`] that owns its octets.
#[derive(Clone, Debug)]
pub struct WireNameBuf {
    written: Box<[u8]>,
    lower: Box<[u8]>,
}

impl WireNameBuf {
    fn new(name: &DomainName) -> Self {
        let written = name.to_wire();
        // Length octets are at most 63, below the letters.
        let lower = written.to_ascii_lowercase().into();
        Self { written: written.into(), lower }
    }

    /// Borrows it.
    #[must_use]
    pub fn as_name(&self) -> WireName<'_> {
        WireName { written: &self.written, lower: &self.lower }
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
    /// The content, uncompressed.
    pub rdata: Box<[u8]>,
    /// Where names stand in it.
    pub shape: Shape,
    /// The name that the content leads to, if it has one.
    pub target: Option<WireNameBuf>,
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
        let target = data.target().map(WireNameBuf::new);
        Self { ttl, rdata: data.to_wire().into(), shape, target, data: data.clone() }
    }
}

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
    origin: WireNameBuf,
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
        let origin = WireNameBuf::new(zone.origin());
        let mut nodes: HashMap<Box<[u8]>, Node> = HashMap::new();
        nodes.insert(origin.lower.clone(), Node::default());
        let mut has_cuts = false;
        for record in zone.records() {
            let name = record.name.to_wire().to_ascii_lowercase();
            has_cuts |= record.record_type() == RecordType::NS && *name != *origin.lower;
            for ancestor in suffixes(&name).skip(1).take_while(|ancestor| ancestor.len() > origin.lower.len()) {
                if nodes.contains_key(ancestor) {
                    break;
                }
                nodes.insert(ancestor.into(), Node::default());
            }
            nodes.entry(name.into()).or_default().push(record);
        }
        let apex = nodes.get(&origin.lower).and_then(|node| node.find(RecordType::SOA));
        let negative_soa = apex.and_then(|rrset| rrset.records.first()).map(|record| {
            let mut soa = record.clone();
            if let RecordData::Soa(data) = &soa.data {
                soa.ttl = soa.ttl.min(data.minimum);
            }
            soa
        });
        Self { origin, nodes, has_cuts, negative_soa }
    }

    /// The name at the top.
    #[must_use]
    pub fn origin(&self) -> WireName<'_> {
        self.origin.as_name()
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
        let below_origin = suffixes(name.lower).take_while(|suffix| suffix.len() > self.origin.lower.len());
        let mut highest = None;
        for suffix in below_origin {
            if let Some(servers) = self.node(suffix).and_then(|node| node.find(RecordType::NS)) {
                highest = Some((tail(name, suffix.len()), servers));
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

/// The last `length` octets of a name, which start at a label.
fn tail(name: WireName<'_>, length: usize) -> WireName<'_> {
    let cut = |octets: &'_ [u8]| octets.len().saturating_sub(length);
    WireName {
        written: name.written.get(cut(name.written)..).unwrap_or_default(),
        lower: name.lower.get(cut(name.lower)..).unwrap_or_default(),
    }
}

/// A name in wire form, then each name above it, down to the root.
pub(crate) fn suffixes(wire: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(wire);
    std::iter::from_fn(move || {
        let current = rest?;
        let (&length, below) = current.split_first()?;
        rest = if length == 0 { None } else { below.get(usize::from(length)..) };
        Some(current)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index(text: &str) -> ZoneIndex {
        ZoneIndex::new(&Zone::load(&DomainName::parse("contoso.com").unwrap(), text).unwrap().0)
    }

    fn wire(name: &str) -> Vec<u8> {
        DomainName::parse(name).unwrap().to_wire().to_ascii_lowercase()
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
        let covering = |name: &str| {
            index.wildcard(&wire(name)).map(|node| node.rrsets[0].records[0].data.to_string())
        };
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
