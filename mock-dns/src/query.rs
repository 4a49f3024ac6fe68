//! What a client asks, read from the wire without an allocation; and what deserves silence or FORMERR instead.
//!
//! The order of the tests is that of the reliable servers: QR=1 is met with silence before anything else is looked at, or two
//! servers could answer each other's answers for ever. Who may ask what is not decided here.

use crate::name::MAX_NAME;
use crate::record::RecordType;
use crate::wire::{DecodeError, HEADER, Malformed, Reader};
use crate::zone::index::WireName;

/// What a datagram or TCP message is.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "made once a query and never stored; a box would cost an allocation")]
pub enum Reading<'a> {
    /// A question.
    Query(Query<'a>),
    /// A well-formed header with another opcode: UPDATE, NOTIFY and their like.
    OtherOpcode(Header),
    /// A header, and something behind it that cannot be read.
    Unreadable(Header, DecodeError),
    /// Fewer octets than a header has.
    TooShort,
    /// A reply, which nobody asked for.
    IsReply,
}

/// The part of the header that a reply echoes (RFC 1035 4.1.1).
///
/// ```text
///  0  1  2  3  4  5  6  7  8  9 10 11 12 13 14 15
/// |                      ID                       |
/// |QR|   OPCODE  |AA|TC|RD|RA| Z|AD|CD|   RCODE   |
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// The transaction.
    pub id: u16,
    /// 0 is a query.
    pub opcode: u8,
    /// RD.
    pub recursion_desired: bool,
    /// CD (RFC 4035 3.2.2).
    pub checking_disabled: bool,
}

/// A question.
#[derive(Debug)]
pub struct Query<'a> {
    /// What the reply echoes.
    pub header: Header,
    /// The type asked for.
    pub record_type: RecordType,
    /// The class asked for.
    pub class: u16,
    /// What the client says in its OPT record, if it sends one.
    pub edns: Option<EdnsQuery>,
    /// The question section as it came.
    pub question: &'a [u8],
    written: &'a [u8],
    lower: [u8; MAX_NAME],
}

/// What an OPT record says (RFC 6891 6.1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EdnsQuery {
    /// The largest datagram that the client takes.
    pub payload: u16,
    /// Only 0 exists.
    pub version: u8,
    /// DO: the client wants signatures.
    pub dnssec_ok: bool,
}

impl Query<'_> {
    /// The name asked for.
    #[must_use]
    pub fn name(&self) -> WireName<'_> {
        WireName { written: self.written, lower: self.lower.get(..self.written.len()).unwrap_or_default() }
    }
}

/// Reads what came.
#[must_use]
pub fn read(bytes: &[u8]) -> Reading<'_> {
    let Some(&[id_high, id_low, flags_high, flags_low, ..]) = bytes.first_chunk::<HEADER>() else {
        return Reading::TooShort;
    };
    if flags_high & 0x80 != 0 {
        return Reading::IsReply;
    }
    let header = Header {
        id: u16::from_be_bytes([id_high, id_low]),
        opcode: (flags_high >> 3) & 0x0F,
        recursion_desired: flags_high & 0x01 != 0,
        checking_disabled: flags_low & 0x10 != 0,
    };
    if header.opcode != 0 {
        return Reading::OtherOpcode(header);
    }
    match read_query(header, bytes) {
        Ok(query) => Reading::Query(query),
        Err(error) => Reading::Unreadable(header, error),
    }
}

fn read_query(header: Header, bytes: &[u8]) -> Result<Query<'_>, DecodeError> {
    let mut reader = Reader::new(bytes);
    reader.take(4, "the header")?;
    let questions = reader.u16("the count of questions")?;
    let answers = reader.u16("the count of answers")?;
    let authorities = reader.u16("the count of authority records")?;
    let additionals = reader.u16("the count of additional records")?;
    if questions != 1 {
        let problem = Malformed::Count { found: questions, wanted: 1 };
        return Err(DecodeError { offset: 4, field: "the count of questions", problem });
    }
    let start = reader.at();
    let (written, whole) = reader.skip_name("the question's name")?;
    if !whole {
        // Nothing stands before it that it could point to but the header.
        return Err(DecodeError { offset: start, field: "the question's name", problem: Malformed::PointerForward });
    }
    let record_type = RecordType(reader.u16("the question's type")?);
    let class = reader.u16("the question's class")?;
    let question = bytes.get(start..reader.at()).unwrap_or_default();
    for _ in 0..u32::from(answers) + u32::from(authorities) {
        if read_opt(&mut reader)?.is_some() {
            return Err(reader.error("an OPT record", Malformed::Misplaced));
        }
    }
    let mut edns = None;
    for _ in 0..additionals {
        if let Some(found) = read_opt(&mut reader)?
            && edns.replace(found).is_some()
        {
            return Err(reader.error("an OPT record", Malformed::Second));
        }
    }
    if !reader.is_at_end() {
        return Err(reader.error("something", Malformed::Trailing));
    }
    let mut lower = [0; MAX_NAME];
    if let Some(room) = lower.get_mut(..written.len()) {
        room.copy_from_slice(written);
        room.make_ascii_lowercase();
    }
    Ok(Query { header, record_type, class, edns, question, written, lower })
}

/// Passes a record; gives what it says if it is an OPT record (RFC 6891 6.1.2).
///
/// ```text
/// name (root) | type 41 | class = payload | extended rcode, version, DO + zeros | length | options
/// ```
fn read_opt(reader: &mut Reader<'_>) -> Result<Option<EdnsQuery>, DecodeError> {
    let (owner, _) = reader.skip_name("a record's name")?;
    let record_type = RecordType(reader.u16("a record's type")?);
    let payload = reader.u16("a record's class")?;
    let [_, version, flags, _] = reader.array("a record's TTL")?;
    let length = reader.u16("a record's length")?;
    let content = reader.take(usize::from(length), "a record's content")?;
    if record_type != RecordType::OPT {
        return Ok(None);
    }
    if owner != [0] {
        return Err(reader.error("an OPT record", Malformed::Misplaced));
    }
    let mut options = Reader::new(content);
    while !options.is_at_end() {
        options.u16("an option's code").map_err(|_| reader.error("an option's code", Malformed::Short))?;
        let length = options.u16("an option's length").map_err(|_| reader.error("an option", Malformed::Short))?;
        options.take(usize::from(length), "an option").map_err(|_| reader.error("an option", Malformed::Short))?;
    }
    Ok(Some(EdnsQuery { payload, version, dnssec_ok: flags & 0x80 != 0 }))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `_VLMCS._tcp.contoso.com SRV IN`, id 0x1234, RD, written by hand from RFC 1035 4.1.
    const QUERY: &[u8] = b"\x12\x34\x01\x00\0\x01\0\0\0\0\0\0\x06_VLMCS\x04_tcp\x07contoso\x03com\0\0\x21\0\x01";
    /// An OPT record: 4096 octets, version 0, DO, no options.
    const OPT: &[u8] = b"\0\0\x29\x10\0\0\0\x80\0\0\0";

    fn with_additional(records: &[&[u8]]) -> Vec<u8> {
        let mut bytes = [QUERY, &records.concat()].concat();
        bytes[11] = u8::try_from(records.len()).unwrap();
        bytes
    }

    #[track_caller]
    fn check(bytes: &[u8], expected: &str) {
        let shown = match read(bytes) {
            Reading::Query(query) => {
                let Header { id, recursion_desired, .. } = query.header;
                let name = query.name().written.escape_ascii().to_string();
                format!("{id:04x} rd={recursion_desired} {name} {} {} {:?}", query.record_type, query.class, query.edns)
            }
            Reading::OtherOpcode(header) => format!("opcode {}", header.opcode),
            Reading::Unreadable(_, error) => error.to_string(),
            Reading::TooShort => "too short".to_owned(),
            Reading::IsReply => "reply".to_owned(),
        };
        assert_eq!(shown, expected);
    }

    #[test]
    fn what_is_asked() {
        let name = r"\x06_VLMCS\x04_tcp\x07contoso\x03com\x00";
        check(QUERY, &format!("1234 rd=true {name} SRV 1 None"));
        let edns = "Some(EdnsQuery { payload: 4096, version: 0, dnssec_ok: true })";
        check(&with_additional(&[OPT]), &format!("1234 rd=true {name} SRV 1 {edns}"));
        let Reading::Query(query) = read(QUERY) else { panic!("a query") };
        assert_eq!(query.name().lower, b"\x06_vlmcs\x04_tcp\x07contoso\x03com\0");
    }

    #[test]
    fn silence_comes_before_everything_else() {
        check(b"", "too short");
        check(&QUERY[..11], "too short");
        let mut reply = QUERY[..20].to_vec();
        reply[2] |= 0x80;
        check(&reply, "reply");
    }

    #[test]
    fn unreadable_queries() {
        check(&QUERY[..12], "at byte 12: the question's name runs past the end of the message");
        check(&QUERY[..QUERY.len() - 1], "at byte 39: the question's class runs past the end of the message");
        check(&[QUERY, b"\0"].concat(), "at byte 41: something follows the end of the message");
        check(&with_additional(&[OPT, OPT]), "at byte 63: an OPT record stands here a second time");
        check(
            &with_additional(&[b"\x01a\0\0\x29\x10\0\0\0\0\0\0\0"]),
            "at byte 54: an OPT record does not belong here",
        );
        check(
            &with_additional(&[b"\0\0\x29\x10\0\0\0\0\0\0\x02\0\x0a"]),
            "at byte 54: an option runs past the end of the message",
        );
        let mut two = QUERY.to_vec();
        two[5] = 2;
        check(&two, "at byte 4: the count of questions is 2, not 1");
        let mut claims = QUERY.to_vec();
        claims[6..8].copy_from_slice(&[0xFF, 0xFF]);
        check(&claims, "at byte 41: a record's name runs past the end of the message");
        let mut looped = QUERY.to_vec();
        looped[12..14].copy_from_slice(&[0xC0, 0x0C]);
        check(&looped, "at byte 12: the question's name has a compression pointer that does not lead backwards");
        let mut update = QUERY.to_vec();
        update[2] = 5 << 3;
        check(&update, "opcode 5");
    }

    #[test]
    fn every_cut_and_every_bit_is_survived() {
        let whole = with_additional(&[OPT]);
        for length in 0..whole.len() {
            assert!(!matches!(read(&whole[..length]), Reading::Query(_)), "cut at {length}");
        }
        for bit in 0..whole.len() * 8 {
            let mut flipped = whole.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let _survived = read(&flipped);
        }
    }
}
