//! Multicast DNS as far as a host name goes (RFC 6762): a question to the group, and a machine that answers for its own name.
//!
//! It stands apart from the server because nothing of a zone applies: no delegation, no negative answer from strangers, other rules for id,
//! class and TTL. Left out, because nobody here asks for it: probing and announcing (8), known answers (7.1), several questions in a message
//! (5.3), services. A machine that answers is taken to have announced itself lately, so that it grants a unicast reply when asked (5.4).
//!
//! ```text
//! question    12  name | type | class, highest bit: a unicast reply is welcome (5.4)
//! record      ..  name | type | class, highest bit: flush what you know (10.2) | TTL | length | content
//! NSEC        ..  the name itself | block 0 | octets of bitmap | a bit for each type that exists (6.1, RFC 4034 4.1.2)
//! ```

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use bytes::Bytes;

use crate::boundary::Origin;
use crate::journal::{Asked, DnsEvent, Summary};
use crate::message::Message;
use crate::name::DomainName;
use crate::rcode::Rcode;
use crate::record::{Record, RecordData, RecordType};
use crate::wire::CLASS_IN;

/// The UDP port.
pub use crate::boundary::MULTICAST_PORT as PORT;

/// The groups (RFC 6762 3).
pub const GROUPS: [IpAddr; 2] =
    [IpAddr::V4(Ipv4Addr::new(224, 0, 0, 251)), IpAddr::V6(Ipv6Addr::new(0xff02, 0, 0, 0, 0, 0, 0, 0xfb))];

/// The highest bit of a class: "unicast reply welcome" in a question (RFC 6762 5.4), "flush" in a record (10.2).
pub const TOP_BIT: u16 = 0x8000;

/// Seconds that a record of a host name is remembered (RFC 6762 10).
const HOST_TTL: u32 = 120;

/// Seconds that a simple querier may remember a record (RFC 6762 6.7).
const SIMPLE_TTL: u32 = 10;

/// The flags of a response: QR and AA (RFC 6762 18.2, 18.4).
const RESPONSE: [u8; 2] = [0x84, 0];

/// NSEC: which types exist (RFC 4034 4).
const NSEC: RecordType = RecordType(47);

/// Class ANY (RFC 1035 3.2.5).
const CLASS_ANY: u16 = 255;

/// Whether names below this one are asked for by multicast (RFC 6762 3).
#[must_use]
pub fn is_local(name: &DomainName) -> bool {
    name.depth() > 1 && name.labels().last().is_some_and(|label| label.eq_ignore_ascii_case(b"local"))
}

/// Builds a question to the group: no RD (RFC 6762 18.6). The id is 0 (18.1), unless a simple querier has use for one.
#[must_use]
pub fn build_query(id: u16, name: &DomainName, kind: RecordType, unicast_welcome: bool) -> Vec<u8> {
    let mut bytes = header(id, [0, 0], [1, 0, 0]);
    bytes.extend(name.as_wire());
    bytes.extend(kind.0.to_be_bytes());
    bytes.extend((CLASS_IN | if unicast_welcome { TOP_BIT } else { 0 }).to_be_bytes());
    bytes
}

/// What a response says about a name and type: its records, none if it denies them, nothing if it does not speak of them.
#[must_use]
pub fn said_of(response: &Message, name: &DomainName, kind: RecordType) -> Option<Vec<Record>> {
    let all = response.answers.iter().chain(&response.additionals);
    let mut about = all.filter(|record| record.name == *name);
    let records: Vec<Record> = about.clone().filter(|record| record.record_type() == kind).cloned().collect();
    let denied = about
        .any(|record| matches!(&record.data, RecordData::Other { record_type: NSEC, bytes } if denies(bytes, kind)));
    (denied || !records.is_empty()).then_some(records)
}

/// Whether the content of an NSEC record, restricted as RFC 6762 6.1 has it, says that a type does not exist.
fn denies(content: &[u8], kind: RecordType) -> bool {
    let mut at = 0;
    loop {
        match content.get(at) {
            Some(0) => break at += 1,
            // A pointer ends a name.
            Some(0xC0..) => break at += 2,
            Some(length) => at += 1 + usize::from(*length),
            None => return false,
        }
    }
    let Some([0, length, bitmap @ ..]) = content.get(at..) else { return false };
    if usize::from(*length) != bitmap.len() || kind.0 > 0xFF {
        return false;
    }
    let octet = bitmap.get(usize::from(kind.0 / 8)).copied().unwrap_or_default();
    octet & (0x80 >> (kind.0 % 8)) == 0
}

/// A machine that answers for its own name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Responder {
    name: DomainName,
    addresses: Vec<IpAddr>,
}

/// What a machine says to a question, and to whom.
#[derive(Clone, Debug, PartialEq)]
pub struct Response {
    /// To the group, or to the one who asked.
    pub to: SocketAddr,
    /// From which of its addresses.
    pub from: SocketAddr,
    /// The message.
    pub bytes: Bytes,
    /// What its journal says of it.
    pub event: DnsEvent,
}

impl Responder {
    /// A machine with this name and these addresses.
    #[must_use]
    pub fn new(name: DomainName, addresses: Vec<IpAddr>) -> Self {
        Self { name, addresses }
    }

    /// Its addresses.
    #[must_use]
    pub fn addresses(&self) -> &[IpAddr] {
        &self.addresses
    }

    /// A datagram came for the group: what the journal says of it, and the response. Messages that are no questions, that ask for other
    /// names, or several things, are passed over in silence (RFC 6762 6, 18.3, 18.11).
    #[must_use]
    pub fn receive(&self, bytes: &[u8], origin: Origin) -> Option<(DnsEvent, Response)> {
        let message = Message::read(bytes).ok()?;
        if message.is_reply || message.opcode != 0 || message.rcode != Rcode::NOERROR {
            return None;
        }
        let question = message.question?;
        let class = question.class & !TOP_BIT;
        if question.name != self.name || class != CLASS_IN && class != CLASS_ANY {
            return None;
        }
        let own = self.addresses.iter().find(|address| address.is_ipv4() == origin.peer.is_ipv4())?;
        let from = SocketAddr::new(*own, PORT);
        let asked = Asked { name: question.name, record_type: question.record_type };
        let seen =
            DnsEvent::Query { origin, id: message.id, asked: asked.clone(), bytes: Bytes::copy_from_slice(bytes) };
        // Who asks from another port is a simple querier, which understands plain DNS only (6.7).
        let simple = origin.peer.port() != PORT;
        let id = if simple { message.id } else { 0 };
        let to = if simple || question.class & TOP_BIT != 0 { origin.peer } else { origin.local };
        let (answers, additionals) = self.records(asked.record_type);
        let bytes = self.encode(id, simple.then_some(&asked), &answers, &additionals);
        let addresses = answers.iter().filter(|data| data.record_type() != NSEC).cloned().collect();
        let summary = Summary { rcode: Rcode::NOERROR, truncated: false, referral: false, answers: addresses };
        let origin = Origin { peer: to, local: from, transport: origin.transport };
        let event = DnsEvent::Reply { origin, from: None, id, asked: Some(asked), summary, bytes: bytes.clone() };
        Some((seen, Response { to, from, bytes, event }))
    }

    /// Answers, and what goes with them: the other family's addresses (RFC 6762 6.2), or that there are none (6.1).
    fn records(&self, kind: RecordType) -> (Vec<RecordData>, Vec<RecordData>) {
        let of = |wanted: RecordType| self.data().filter(move |data| data.record_type() == wanted).collect::<Vec<_>>();
        let (answers, others) = match kind {
            RecordType::ANY => (self.data().collect(), Vec::new()),
            RecordType::A => (of(RecordType::A), of(RecordType::AAAA)),
            RecordType::AAAA => (of(RecordType::AAAA), of(RecordType::A)),
            _ => (Vec::new(), Vec::new()),
        };
        if answers.is_empty() {
            (vec![self.existing_types()], others)
        } else if others.is_empty() && kind != RecordType::ANY {
            (answers, vec![self.existing_types()])
        } else {
            (answers, others)
        }
    }

    fn data(&self) -> impl Iterator<Item = RecordData> {
        self.addresses.iter().map(|address| match address {
            IpAddr::V4(address) => RecordData::A(*address),
            IpAddr::V6(address) => RecordData::Aaaa(*address),
        })
    }

    /// The NSEC record of the name.
    fn existing_types(&self) -> RecordData {
        let mut bitmap = vec![0; 4];
        for data in self.data() {
            let kind = data.record_type().0;
            if let Some(octet) = bitmap.get_mut(usize::from(kind / 8)) {
                *octet |= 0x80_u8 >> (kind % 8);
            }
        }
        // Octets of zero at the end are left out (RFC 4034 4.1.2).
        bitmap.truncate(bitmap.iter().rposition(|octet| *octet != 0).map_or(0, |last| last + 1));
        let length = u8::try_from(bitmap.len()).unwrap_or_default();
        let bytes = [self.name.as_wire(), &[0, length], &bitmap].concat();
        RecordData::Other { record_type: NSEC, bytes }
    }

    /// A simple querier gets its question back, no flush bit and a short TTL (RFC 6762 6.7).
    fn encode(&self, id: u16, simple: Option<&Asked>, answers: &[RecordData], additionals: &[RecordData]) -> Bytes {
        let count = |list: &[RecordData]| u16::try_from(list.len()).unwrap_or(u16::MAX);
        let counts = [u16::from(simple.is_some()), count(answers), count(additionals)];
        let mut bytes = header(id, RESPONSE, counts);
        if let Some(asked) = simple {
            bytes.extend(asked.name.as_wire());
            bytes.extend(asked.record_type.0.to_be_bytes());
            bytes.extend(CLASS_IN.to_be_bytes());
        }
        let (class, ttl) = if simple.is_some() { (CLASS_IN, SIMPLE_TTL) } else { (CLASS_IN | TOP_BIT, HOST_TTL) };
        for data in answers.iter().chain(additionals) {
            let content = data.to_wire();
            bytes.extend(self.name.as_wire());
            bytes.extend(data.record_type().0.to_be_bytes());
            bytes.extend(class.to_be_bytes());
            bytes.extend(ttl.to_be_bytes());
            bytes.extend(u16::try_from(content.len()).unwrap_or(u16::MAX).to_be_bytes());
            bytes.extend(content);
        }
        bytes.into()
    }
}

/// A header: id, flags, counts of questions, answers and additional records (RFC 1035 4.1.1).
fn header(id: u16, flags: [u8; 2], [questions, answers, additionals]: [u16; 3]) -> Vec<u8> {
    let mut bytes = id.to_be_bytes().to_vec();
    bytes.extend(flags);
    for count in [questions, answers, 0, additionals] {
        bytes.extend(count.to_be_bytes());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::boundary::Transport;

    /// A question for the addresses of `kms1.local`, by hand from RFC 1035 4.1 and RFC 6762 18.
    const QUESTION: &[u8] = b"\0\0\0\0\0\x01\0\0\0\0\0\0\x04kms1\x05local\0\0\x01\0\x01";

    /// A and the lack of AAAA, to the group: QR and AA, no question, flush bits, 120 s, a bitmap of one octet with the bit of A.
    const TO_GROUP: &[u8] = b"\0\0\x84\0\0\0\0\x01\0\0\0\x01\
        \x04kms1\x05local\0\0\x01\x80\x01\0\0\0\x78\0\x04\x0a\0\0\x3c\
        \x04kms1\x05local\0\0\x2f\x80\x01\0\0\0\x78\0\x0f\x04kms1\x05local\0\0\x01\x40";

    /// The same to a simple querier: its id and question, plain classes, 10 s.
    const TO_SIMPLE: &[u8] = b"\x12\x34\x84\0\0\x01\0\x01\0\0\0\x01\x04kms1\x05local\0\0\x01\0\x01\
        \x04kms1\x05local\0\0\x01\0\x01\0\0\0\x0a\0\x04\x0a\0\0\x3c\
        \x04kms1\x05local\0\0\x2f\0\x01\0\0\0\x0a\0\x0f\x04kms1\x05local\0\0\x01\x40";

    fn name(text: &str) -> DomainName {
        DomainName::parse(text).unwrap()
    }

    #[track_caller]
    fn check(query: &[u8], from_port: u16, expected: Option<(&str, &[u8])>) {
        let responder = Responder::new(name("kms1.local"), vec!["10.0.0.60".parse().unwrap()]);
        let peer = SocketAddr::new("10.0.0.107".parse().unwrap(), from_port);
        let origin = Origin { peer, local: SocketAddr::new(GROUPS[0], PORT), transport: Transport::Udp };
        let response = responder.receive(query, origin).map(|(_, response)| (response.to.to_string(), response.bytes));
        assert_eq!(response, expected.map(|(to, bytes)| (to.to_owned(), Bytes::copy_from_slice(bytes))));
    }

    #[test]
    fn a_question_is_as_the_standard_says() {
        assert_eq!(build_query(0, &name("kms1.local"), RecordType::A, false), QUESTION);
        let welcome = build_query(0, &name("kms1.local"), RecordType::A, true);
        assert_eq!(welcome[QUESTION.len() - 2..], *b"\x80\x01");
    }

    #[test]
    fn who_asks_how_decides_who_hears_the_answer() {
        check(QUESTION, PORT, Some(("224.0.0.251:5353", TO_GROUP)));
        let welcome = build_query(0, &name("kms1.local"), RecordType::A, true);
        check(&welcome, PORT, Some(("10.0.0.107:5353", TO_GROUP)));
        let simple = build_query(0x1234, &name("kms1.local"), RecordType::A, false);
        check(&simple, 49_152, Some(("10.0.0.107:49152", TO_SIMPLE)));
    }

    #[test]
    fn what_is_no_question_for_it_is_passed_over() {
        check(TO_GROUP, PORT, None);
        check(&build_query(0, &name("kms2.local"), RecordType::A, false), PORT, None);
        check(QUESTION.get(..20).unwrap_or_default(), PORT, None);
        let update = [&[0, 0, 0x28, 0], &QUESTION[4..]].concat();
        check(&update, PORT, None);
    }

    #[track_caller]
    fn check_said(kind: RecordType, expected: Option<&[&str]>) {
        let response = Message::read_multicast(TO_GROUP).unwrap();
        let said = said_of(&response, &name("kms1.local"), kind);
        let said = said.map(|records| records.iter().map(|record| record.data.to_string()).collect::<Vec<_>>());
        assert_eq!(
            said.as_deref(),
            expected.map(|list| list.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>()).as_deref()
        );
    }

    #[test]
    fn a_response_gives_or_denies() {
        check_said(RecordType::A, Some(&["10.0.0.60"]));
        check_said(RecordType::AAAA, Some(&[]));
        let response = Message::read_multicast(TO_GROUP).unwrap();
        assert_eq!(said_of(&response, &name("kms2.local"), RecordType::A), None);
        assert!(!denies(b"\x04kms", RecordType::A), "a content that ends too soon says nothing");
    }

    #[test]
    fn a_machine_of_both_families_gives_both() {
        let responder =
            Responder::new(name("kms1.local"), vec!["fd00::60".parse().unwrap(), "10.0.0.60".parse().unwrap()]);
        let (answers, additionals) = responder.records(RecordType::AAAA);
        let told = |list: Vec<RecordData>| list.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!((told(answers), told(additionals)), (vec!["fd00::60".to_owned()], vec!["10.0.0.60".to_owned()]));
        assert_eq!(responder.existing_types().to_wire(), *b"\x04kms1\x05local\0\0\x04\x40\0\0\x08");
    }

    #[test]
    fn names_below_local() {
        assert!(is_local(&name("kms1.LOCAL")));
        assert!(!is_local(&name("local")));
        assert!(!is_local(&name("kms1.local.contoso.com")));
    }
}
