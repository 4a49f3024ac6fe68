//! A reply as data, before it has a size: what is said, section by section.
//!
//! It stands between the honest answer, which fills it, and the encoding, which cuts it to what the client takes; the faults
//! of the first stage rewrite it. It borrows everything from the question and from the zones.

use crate::query::{Header, Query};
use crate::rcode::Rcode;
use crate::record::{RecordData, RecordType};
use crate::zone::index::{IndexedRecord, WireName};

/// The largest datagram that we send, whatever the client would take (DNS flag day 2020): nothing on the way cuts it.
pub const MAX_DATAGRAM: usize = 1232;
/// The largest datagram without EDNS (RFC 1035 2.3.4).
pub const PLAIN_DATAGRAM: usize = 512;
/// The largest message over TCP: its length has two octets (RFC 1035 4.2.2).
pub const MAX_STREAM: usize = 65_535;

/// A record in a section.
#[derive(Clone, Debug)]
pub struct Line<'a> {
    /// Its owner, which a wildcard may have lent it.
    pub owner: WireName<'a>,
    /// Seconds.
    pub ttl: u32,
    /// Type and content.
    pub record: LineRecord<'a>,
}

/// A record of a zone, or one that a fault made up.
#[derive(Clone, Debug)]
pub enum LineRecord<'a> {
    /// Of a zone.
    Zone(&'a IndexedRecord),
    /// Made up: only records without names in them.
    MadeUp(Box<IndexedRecord>),
}

impl<'a> Line<'a> {
    /// A record of a zone under this owner.
    #[must_use]
    pub fn new(owner: WireName<'a>, record: &'a IndexedRecord) -> Self {
        Self { owner, ttl: record.ttl, record: LineRecord::Zone(record) }
    }

    /// A record of a fault under this owner; `data` must hold no names.
    #[must_use]
    pub fn made_up(owner: WireName<'a>, ttl: u32, data: &RecordData) -> Self {
        Self { owner, ttl, record: LineRecord::MadeUp(Box::new(IndexedRecord::new(ttl, data))) }
    }

    /// Its type and content.
    #[must_use]
    pub fn data(&self) -> &RecordData {
        match &self.record {
            LineRecord::Zone(record) => &record.data,
            LineRecord::MadeUp(record) => &record.data,
        }
    }

    /// Its type.
    #[must_use]
    pub fn record_type(&self) -> RecordType {
        self.data().record_type()
    }
}

/// The OPT record of a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EdnsReply {
    /// DO, as the client had it (RFC 3225 3).
    pub dnssec_ok: bool,
}

/// What is said.
#[derive(Clone, Debug)]
pub struct Reply<'a> {
    /// The echo of the query's header.
    pub header: Header,
    /// AA: the first name of the answer is in a zone of ours.
    pub authoritative: bool,
    /// TC, set on purpose; the encoding sets it too when the reply does not fit.
    pub truncated: bool,
    /// RA: this server would ask others.
    pub recursion_available: bool,
    /// The code.
    pub rcode: Rcode,
    /// The question section as it came; none when it could not be read.
    pub question: Option<(&'a [u8], WireName<'a>)>,
    /// The answer section.
    pub answers: Vec<Line<'a>>,
    /// The authority section.
    pub authorities: Vec<Line<'a>>,
    /// The additional section without the OPT record. Dropped record set by record set if it does not fit.
    pub additionals: Vec<Line<'a>>,
    /// Whether TC is set when an additional record does not fit: a referral is useless without its glue (RFC 9471 3.1).
    pub needs_additionals: bool,
    /// The OPT record: one for every query that has one (RFC 6891 6.1.1).
    pub edns: Option<EdnsReply>,
    /// How many octets the client takes.
    pub limit: usize,
}

impl<'a> Reply<'a> {
    /// A reply of nothing but a header, for what cannot be read and for other opcodes.
    #[must_use]
    pub fn header_only(header: Header, rcode: Rcode) -> Self {
        Self {
            header,
            authoritative: false,
            truncated: false,
            recursion_available: false,
            rcode,
            question: None,
            answers: Vec::new(),
            authorities: Vec::new(),
            additionals: Vec::new(),
            needs_additionals: false,
            edns: None,
            limit: PLAIN_DATAGRAM,
        }
    }

    /// An empty reply to a question; `stream` says that it goes over TCP.
    #[must_use]
    pub fn to(query: &'a Query<'_>, stream: bool) -> Self {
        let taken = query.edns.map_or(PLAIN_DATAGRAM, |edns| usize::from(edns.payload));
        Self {
            question: Some((query.question, query.name())),
            edns: query.edns.map(|edns| EdnsReply { dnssec_ok: edns.dnssec_ok }),
            limit: if stream { MAX_STREAM } else { taken.clamp(PLAIN_DATAGRAM, MAX_DATAGRAM) },
            ..Self::header_only(query.header, Rcode::NOERROR)
        }
    }

    /// Takes all records out.
    pub fn clear(&mut self) {
        self.answers.clear();
        self.authorities.clear();
        self.additionals.clear();
        self.needs_additionals = false;
    }
}
