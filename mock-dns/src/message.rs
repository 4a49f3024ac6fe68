//! The client's side of the wire: a query as Windows sends it, and any message read into plain data.
//!
//! It stands apart from the server's own reading of queries ([`crate::query`]), which is narrower and allocates nothing.
//! What a reply means, and whether it is believed, is the client's affair.

use crate::name::DomainName;
use crate::rcode::Rcode;
use crate::record::{Record, RecordData, RecordType, Soa, Srv};
use crate::wire::{CLASS_IN, DecodeError, HEADER, Malformed, Reader};

/// Octets of the fixed parts of a query: header, type, class.
const QUERY_OVERHEAD: usize = HEADER + 4;
/// No list is sized by more than this from a count on the wire, which may lie.
const TRUSTED_COUNT: u16 = 16;

/// Builds a query: RD set, no EDNS, as the DNS client of Windows asks.
#[must_use]
pub fn build_query(id: u16, name: &DomainName, record_type: RecordType) -> Vec<u8> {
    let name = name.as_wire();
    let mut bytes = Vec::with_capacity(QUERY_OVERHEAD + name.len());
    bytes.extend_from_slice(&id.to_be_bytes());
    // RD, then one question and nothing else.
    bytes.extend_from_slice(&[0x01, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
    bytes.extend_from_slice(name);
    bytes.extend_from_slice(&record_type.0.to_be_bytes());
    bytes.extend_from_slice(&CLASS_IN.to_be_bytes());
    bytes
}

/// Builds the same query with an OPT record that says how large a datagram the client takes (RFC 6891 6.1.2).
#[must_use]
pub fn build_query_with_edns(id: u16, name: &DomainName, record_type: RecordType, payload: u16) -> Vec<u8> {
    let mut bytes = build_query(id, name, record_type);
    if let Some(count) = bytes.get_mut(HEADER - 1) {
        *count = 1;
    }
    let [high, low] = payload.to_be_bytes();
    bytes.extend_from_slice(&[0, 0, 41, high, low, 0, 0, 0, 0, 0, 0]);
    bytes
}

/// A question section of one question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The name; equality ignores its case.
    pub name: DomainName,
    /// The type.
    pub record_type: RecordType,
    /// The class; 1 is IN.
    pub class: u16,
}

/// A message, read whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The transaction.
    pub id: u16,
    /// QR.
    pub is_reply: bool,
    /// 0 is a query.
    pub opcode: u8,
    /// AA.
    pub authoritative: bool,
    /// TC.
    pub truncated: bool,
    /// RD.
    pub recursion_desired: bool,
    /// RA.
    pub recursion_available: bool,
    /// The code, with the bits of the OPT record.
    pub rcode: Rcode,
    /// The question, if there is exactly one.
    pub question: Option<Question>,
    /// The answer section, records of class IN.
    pub answers: Vec<Record>,
    /// The authority section, records of class IN.
    pub authorities: Vec<Record>,
    /// The additional section, records of class IN without the OPT record.
    pub additionals: Vec<Record>,
    /// The payload size of the OPT record, if there is one.
    pub edns_payload: Option<u16>,
    /// Records of another class, which were left out.
    pub foreign_class: usize,
    /// Octets behind the message.
    pub trailing: usize,
}

impl Message {
    /// Reads a message; octets behind it are counted, not refused.
    ///
    /// # Errors
    /// Says where and why it cannot be read.
    pub fn read(bytes: &[u8]) -> Result<Self, DecodeError> {
        Self::read_with(bytes, |class| class)
    }

    /// Reads a message of multicast DNS, where the highest bit of a record's class is none of the class (RFC 6762 10.2).
    ///
    /// # Errors
    /// Says where and why it cannot be read.
    pub fn read_multicast(bytes: &[u8]) -> Result<Self, DecodeError> {
        Self::read_with(bytes, |class| class & 0x7FFF)
    }

    fn read_with(bytes: &[u8], class_of: fn(u16) -> u16) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(bytes);
        let id = reader.u16("the id")?;
        let [high, low] = reader.array("the flags")?;
        let counts = [
            reader.u16("the count of questions")?,
            reader.u16("the count of answers")?,
            reader.u16("the count of authority records")?,
            reader.u16("the count of additional records")?,
        ];
        let mut message = Self {
            id,
            is_reply: high & 0x80 != 0,
            opcode: (high >> 3) & 0x0F,
            authoritative: high & 0x04 != 0,
            truncated: high & 0x02 != 0,
            recursion_desired: high & 0x01 != 0,
            recursion_available: low & 0x80 != 0,
            rcode: Rcode(u16::from(low & 0x0F)),
            question: None,
            answers: Vec::new(),
            authorities: Vec::new(),
            additionals: Vec::new(),
            edns_payload: None,
            foreign_class: 0,
            trailing: 0,
        };
        let [questions, answers, authorities, additionals] = counts;
        for _ in 0..questions {
            let name = reader.name("the question's name")?;
            let record_type = RecordType(reader.u16("the question's type")?);
            let class = reader.u16("the question's class")?;
            message.question = (questions == 1).then_some(Question { name, record_type, class });
        }
        message.answers = message.section(&mut reader, answers, class_of)?;
        message.authorities = message.section(&mut reader, authorities, class_of)?;
        message.additionals = message.section(&mut reader, additionals, class_of)?;
        message.trailing = bytes.len() - reader.at();
        Ok(message)
    }

    /// The SOA of a negative answer: the zone that denies, and for how long (RFC 2308).
    #[must_use]
    pub fn soa(&self) -> Option<(&Record, &Soa)> {
        self.authorities.iter().find_map(|record| match &record.data {
            RecordData::Soa(soa) => Some((record, &**soa)),
            RecordData::A(_)
            | RecordData::Aaaa(_)
            | RecordData::Cname(_)
            | RecordData::Mx { .. }
            | RecordData::Ns(_)
            | RecordData::Ptr(_)
            | RecordData::Srv(_)
            | RecordData::Txt(_)
            | RecordData::Other { .. } => None,
        })
    }

    fn section(
        &mut self,
        reader: &mut Reader<'_>,
        count: u16,
        class_of: fn(u16) -> u16,
    ) -> Result<Vec<Record>, DecodeError> {
        let mut records = Vec::with_capacity(usize::from(count.min(TRUSTED_COUNT)));
        for _ in 0..count {
            records.extend(self.record(reader, class_of)?);
        }
        Ok(records)
    }

    /// Reads a record (RFC 1035 4.1.3); none for the OPT record and for classes other than IN.
    fn record(&mut self, reader: &mut Reader<'_>, class_of: fn(u16) -> u16) -> Result<Option<Record>, DecodeError> {
        let question = self.question.as_ref().map(|question| &question.name);
        let name = reader.name_or_question("a record's name", question)?;
        let record_type = RecordType(reader.u16("a record's type")?);
        let class = reader.u16("a record's class")?;
        let ttl = reader.u32("a record's TTL")?;
        let length = usize::from(reader.u16("a record's length")?);
        let start = *reader;
        let content = reader.take(length, "a record's content")?;
        if record_type == RecordType::OPT {
            // The first octet of the TTL holds the high bits of the code.
            self.rcode = Rcode(self.rcode.0 | u16::from(ttl.to_be_bytes()[0]) << 4);
            self.edns_payload = Some(class);
            return Ok(None);
        }
        if class_of(class) != CLASS_IN {
            self.foreign_class += 1;
            return Ok(None);
        }
        let data = read_data(record_type, start, content)?;
        Ok(Some(Record { name, ttl, data }))
    }
}

/// Reads a content that starts at `reader`, where names may point back into the message.
pub(crate) fn read_data(
    record_type: RecordType,
    mut reader: Reader<'_>,
    content: &[u8],
) -> Result<RecordData, DecodeError> {
    let start = reader.at();
    let data = match record_type {
        RecordType::A => RecordData::A(reader.array::<4>("an IPv4 address")?.into()),
        RecordType::AAAA => RecordData::Aaaa(reader.array::<16>("an IPv6 address")?.into()),
        RecordType::CNAME => RecordData::Cname(reader.name("the true name")?),
        RecordType::NS => RecordData::Ns(reader.name("the name server")?),
        RecordType::PTR => RecordData::Ptr(reader.name("the name")?),
        RecordType::MX => {
            let preference = reader.u16("the preference")?;
            RecordData::Mx { preference, exchange: reader.name("the mail exchange")? }
        }
        RecordType::SRV => {
            let priority = reader.u16("the priority")?;
            let weight = reader.u16("the weight")?;
            let port = reader.u16("the port")?;
            RecordData::Srv(Srv { priority, weight, port, target: reader.name("the target")? })
        }
        RecordType::SOA => {
            let primary = reader.name("the primary server")?;
            let mailbox = reader.name("the mailbox")?;
            let mut number = |field| reader.u32(field);
            RecordData::Soa(Box::new(Soa {
                primary,
                mailbox,
                serial: number("the serial")?,
                refresh: number("the refresh time")?,
                retry: number("the retry time")?,
                expire: number("the expire time")?,
                minimum: number("the minimum TTL")?,
            }))
        }
        RecordType::TXT => {
            let mut texts = Vec::new();
            while reader.at() - start < content.len() {
                let length = usize::from(reader.u8("the text")?);
                texts.push(reader.take(length, "the text")?.to_vec());
            }
            RecordData::Txt(texts)
        }
        other => return Ok(RecordData::Other { record_type: other, bytes: content.to_vec() }),
    };
    if reader.at() - start != content.len() {
        return Err(DecodeError { offset: start, field: "a record's content", problem: Malformed::Length });
    }
    Ok(data)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> DomainName {
        DomainName::parse(text).unwrap()
    }

    /// A reply written by hand from RFC 1035 4.1 and RFC 2782: one SRV record, the address of its target, an OPT record.
    const REPLY: &[u8] = b"\x12\x34\x85\x80\0\x01\0\x01\0\0\0\x02\
        \x06_vlmcs\x04_tcp\x07contoso\x03com\0\0\x21\0\x01\
        \xc0\x0c\0\x21\0\x01\0\0\x0e\x10\0\x18\0\0\0\0\x06\x98\x04kms1\x07contoso\x03com\0\
        \xc0\x3b\0\x01\0\x01\0\0\x00\x3c\0\x04\x0a\0\0\x05\
        \0\0\x29\x04\xd0\0\0\0\0\0\0";

    #[test]
    fn queries_are_those_of_windows() {
        let asked = name("_vlmcs._tcp.a");
        let plain = b"\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x06_vlmcs\x04_tcp\x01a\0\0\x21\0\x01";
        assert_eq!(build_query(0x1234, &asked, RecordType::SRV), plain);
        let edns = build_query_with_edns(0x1234, &asked, RecordType::SRV, 1232);
        assert_eq!(edns[..12], *b"\x12\x34\x01\0\0\x01\0\0\0\0\0\x01");
        assert_eq!(edns[plain.len()..], *b"\0\0\x29\x04\xd0\0\0\0\0\0\0");
    }

    #[test]
    fn a_reply_is_read() {
        let message = Message::read(REPLY).unwrap();
        assert_eq!((message.id, message.rcode, message.edns_payload), (0x1234, Rcode::NOERROR, Some(1232)));
        assert!(message.is_reply && message.authoritative && message.recursion_desired && message.recursion_available);
        assert!(!message.truncated);
        let asked = name("_vlmcs._tcp.contoso.com");
        assert_eq!(message.question, Some(Question { name: asked, record_type: RecordType::SRV, class: 1 }));
        let lines = |records: &[Record]| records.iter().map(ToString::to_string).collect::<Vec<_>>();
        let srv = "_vlmcs._tcp.contoso.com. 3600 IN SRV 0 0 1688 kms1.contoso.com.";
        assert_eq!(lines(&message.answers), [srv]);
        assert_eq!(lines(&message.additionals), ["kms1.contoso.com. 60 IN A 10.0.0.5"]);
        assert_eq!(message.trailing, 0);
        assert_eq!(Message::read(&[REPLY, b"??"].concat()).unwrap().trailing, 2);
    }

    #[test]
    fn the_soa_of_a_denial() {
        let denial = b"\0\0\x85\x03\0\0\0\0\0\x01\0\0\x01a\0\0\x06\0\x01\0\0\0\x3c\0\x1a\xc0\x0c\x01b\xc0\x0c\
            \0\0\0\x07\0\0\0\x01\0\0\0\x02\0\0\0\x03\0\0\0\x04";
        let message = Message::read(denial).unwrap();
        let (record, soa) = message.soa().unwrap();
        assert_eq!((record.to_string().as_str(), soa.serial), ("a. 60 IN SOA a. b.a. 7 1 2 3 4", 7));
        assert_eq!(message.rcode, Rcode::NXDOMAIN);
    }

    #[test]
    fn unreadable_replies() {
        #[track_caller]
        fn check(at: usize, octet: u8, expected: &str) {
            let mut bytes = REPLY.to_vec();
            bytes[at] = octet;
            assert_eq!(Message::read(&bytes).unwrap_err().to_string(), expected);
        }
        check(41, 0xFF, "at byte 41: a record's name has a compression pointer that does not lead backwards");
        check(52, 0x19, "at byte 53: a record's content has another length than its type");
        check(88, 0x05, "at byte 89: a record's content has another length than its type");
        check(7, 9, "at byte 104: a record's name runs past the end of the message");
    }

    #[test]
    fn every_cut_and_every_bit_is_survived() {
        for length in 0..REPLY.len() {
            assert!(Message::read(&REPLY[..length]).is_err(), "cut at {length}");
        }
        for bit in 0..REPLY.len() * 8 {
            let mut flipped = REPLY.to_vec();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let _survived = Message::read(&flipped);
        }
    }
}
