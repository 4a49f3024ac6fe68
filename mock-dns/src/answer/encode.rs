//! A reply to octets, cut to what the client takes, with compressed owners.
//!
//! Our own encoder because hickory's leaves octets behind the message when it takes a record back, and repeats owners. What
//! does not fit is cut as NSD and Knot do: answer or authority too large means TC with question and OPT record alone; an
//! additional record set that does not fit is left out in silence.

use crate::answer::reply::{EdnsReply, Line, LineRecord, MAX_DATAGRAM, Reply};
use crate::name::suffixes;
use crate::rcode::Rcode;
use crate::record::RecordType;
use crate::wire::{CLASS_IN, HEADER};
use crate::zone::index::{IndexedRecord, SRV_TARGET, Shape, WireName};

/// Octets of an OPT record without options (RFC 6891 6.1.2).
const OPT: usize = 11;
/// Names beyond this many are sent uncompressed: looking for them would cost more than they take.
const MAX_REMEMBERED: usize = 64;
/// Offsets beyond the 14 bits of a pointer cannot be pointed to (RFC 1035 4.1.4).
const MAX_POINTER: usize = 0x3FFF;
/// Room for the replies that discovery sees, so that the buffers rarely grow.
const USUAL_REPLY: usize = 256;
/// Names in such a reply, with the names above them.
const USUAL_NAMES: usize = 12;

/// The octets of a reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encoded {
    /// The message.
    pub bytes: Vec<u8>,
    /// Whether TC is set.
    pub truncated: bool,
    /// Records in the additional section without the OPT record: those that found room.
    pub additionals: u16,
}

/// Encodes a reply.
#[must_use]
pub fn encode<'a>(reply: &Reply<'a>) -> Encoded {
    let mut writer: Writer<'a> =
        Writer { bytes: Vec::with_capacity(USUAL_REPLY), names: Vec::with_capacity(USUAL_NAMES) };
    writer.bytes.extend_from_slice(&[0; HEADER]);
    if let Some((octets, name)) = reply.question {
        writer.remember(name.lower);
        writer.bytes.extend_from_slice(octets);
    }
    let room = reply.limit.saturating_sub(reply.edns.map_or(0, |_| OPT));
    let question_end = writer.mark();
    let mut counts = [u16::from(reply.question.is_some()), 0, 0, 0];
    let mut truncated = reply.truncated;
    let fits = writer.section(&reply.answers, room, &mut counts[1])
        && writer.section(&reply.authorities, room, &mut counts[2]);
    if fits && !truncated {
        truncated |= !writer.additionals(&reply.additionals, room, &mut counts[3]) && reply.needs_additionals;
    } else {
        truncated = true;
    }
    if truncated {
        writer.rewind(question_end);
        counts = [counts[0], 0, 0, 0];
    }
    let additionals = counts[3];
    if let Some(edns) = reply.edns {
        writer.opt(edns, reply.rcode);
        counts[3] += 1;
    }
    writer.header(reply, truncated, counts);
    Encoded { bytes: writer.bytes, truncated, additionals }
}

struct Writer<'a> {
    bytes: Vec<u8>,
    /// Names already written, in lower case, and where.
    names: Vec<(&'a [u8], u16)>,
}

/// A state to come back to.
#[derive(Clone, Copy)]
struct Mark {
    bytes: usize,
    names: usize,
}

impl<'a> Writer<'a> {
    fn mark(&self) -> Mark {
        Mark { bytes: self.bytes.len(), names: self.names.len() }
    }

    fn rewind(&mut self, mark: Mark) {
        self.bytes.truncate(mark.bytes);
        self.names.truncate(mark.names);
    }

    /// Writes a whole section; says whether it fits.
    fn section(&mut self, lines: &[Line<'a>], room: usize, count: &mut u16) -> bool {
        lines.iter().all(|line| {
            self.line(line);
            *count += 1;
            self.bytes.len() <= room
        })
    }

    /// Writes the record sets that fit; says whether all did.
    fn additionals(&mut self, lines: &[Line<'a>], room: usize, count: &mut u16) -> bool {
        let same_set = |a: &Line<'_>, b: &Line<'_>| a.owner == b.owner && a.record_type() == b.record_type();
        for rrset in lines.chunk_by(same_set) {
            let before = self.mark();
            let mut written = 0;
            if !self.section(rrset, room, &mut written) {
                self.rewind(before);
                return false;
            }
            *count += written;
        }
        true
    }

    /// A record (RFC 1035 4.1.3): name, type, class, TTL, length, content.
    fn line(&mut self, line: &Line<'a>) {
        self.name(line.owner, true);
        self.u16(line.record_type().0);
        self.u16(CLASS_IN);
        self.bytes.extend_from_slice(&line.ttl.to_be_bytes());
        let length_at = self.bytes.len();
        self.u16(0);
        match &line.record {
            LineRecord::Zone(record) => self.content(record),
            LineRecord::MadeUp(record) => self.bytes.extend_from_slice(record.rdata()),
        }
        let length = u16::try_from(self.bytes.len() - length_at - 2).unwrap_or(u16::MAX);
        if let Some(room) = self.bytes.get_mut(length_at..length_at + 2) {
            room.copy_from_slice(&length.to_be_bytes());
        }
    }

    fn content(&mut self, record: &'a IndexedRecord) {
        let rdata = record.rdata();
        match record.shape {
            Shape::Opaque => self.bytes.extend_from_slice(rdata),
            Shape::Name(start) => {
                self.bytes.extend_from_slice(rdata.get(..start).unwrap_or_default());
                self.name(record.names(start), true);
            }
            Shape::TwoNames => {
                let (first, length) = record.names(0).first();
                let (second, more) = record.names(length).first();
                self.name(first, true);
                self.name(second, true);
                self.bytes.extend_from_slice(rdata.get(length + more..).unwrap_or_default());
            }
            Shape::Srv => {
                self.bytes.extend_from_slice(rdata.get(..SRV_TARGET).unwrap_or_default());
                self.name(record.names(SRV_TARGET), false);
            }
        }
    }

    /// Writes a name, with a pointer to the longest end of it that was written before if `compress` allows one.
    fn name(&mut self, name: WireName<'a>, compress: bool) {
        let start = self.bytes.len();
        let known = suffixes(name.lower)
            .take_while(|suffix| compress && suffix.len() > 1)
            .find_map(|suffix| self.names.iter().find(|(seen, _)| *seen == suffix).map(|(_, at)| (suffix.len(), *at)));
        let (fresh, pointer) = match known {
            Some((length, at)) => (name.lower.len() - length, Some(at)),
            None => (name.lower.len(), None),
        };
        self.remember_at(name.lower, fresh, start);
        self.bytes.extend_from_slice(name.written.get(..fresh).unwrap_or_default());
        if let Some(at) = pointer {
            self.u16(0xC000 | at);
        }
    }

    /// Remembers a name that is about to be written at the end, with every name above it.
    fn remember(&mut self, lower: &'a [u8]) {
        self.remember_at(lower, lower.len(), self.bytes.len());
    }

    /// Remembers the names that start within the first `fresh` octets of a name written at `start`.
    fn remember_at(&mut self, lower: &'a [u8], fresh: usize, start: usize) {
        for suffix in suffixes(lower) {
            let offset = lower.len() - suffix.len();
            let Ok(at) = u16::try_from(start + offset) else { return };
            if offset >= fresh
                || suffix.len() == 1
                || usize::from(at) > MAX_POINTER
                || self.names.len() >= MAX_REMEMBERED
            {
                return;
            }
            self.names.push((suffix, at));
        }
    }

    /// name (root) | type 41 | class = payload | extended rcode, version 0, DO + zeros | length 0 (RFC 6891 6.1.2)
    fn opt(&mut self, edns: EdnsReply, rcode: Rcode) {
        self.bytes.push(0);
        self.u16(RecordType::OPT.0);
        self.u16(u16::try_from(MAX_DATAGRAM).unwrap_or(u16::MAX));
        self.bytes.extend_from_slice(&[rcode.high(), 0, if edns.dnssec_ok { 0x80 } else { 0 }, 0]);
        self.u16(0);
    }

    fn u16(&mut self, number: u16) {
        self.bytes.extend_from_slice(&number.to_be_bytes());
    }

    /// Fills in the header, drawn at [`crate::query::Header`].
    fn header(&mut self, reply: &Reply<'_>, truncated: bool, counts: [u16; 4]) {
        let [id_high, id_low] = reply.header.id.to_be_bytes();
        let bit = |flag: bool, mask: u8| if flag { mask } else { 0 };
        let high = 0x80
            | (reply.header.opcode << 3)
            | bit(reply.authoritative, 0x04)
            | bit(truncated, 0x02)
            | bit(reply.header.recursion_desired, 0x01);
        let low = bit(reply.recursion_available, 0x80) | bit(reply.header.checking_disabled, 0x10) | reply.rcode.low();
        let mut header = [id_high, id_low, high, low, 0, 0, 0, 0, 0, 0, 0, 0];
        for (room, count) in header.iter_mut().skip(4).zip(counts.iter().flat_map(|count| count.to_be_bytes())) {
            *room = count;
        }
        if let Some(room) = self.bytes.first_chunk_mut::<HEADER>() {
            *room = header;
        }
    }
}
