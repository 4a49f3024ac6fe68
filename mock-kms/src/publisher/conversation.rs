//! Publishing one record: which zone, whose server, the update, and the code that is left of it.
//!
//! It stands apart because it is a conversation of up to three messages with its own rules of belief. It sends nothing; a driver re-sends
//! and says when time is up. Windows finds the primary server of a zone in the same way (SOA, then its address); of the rest of its
//! conversation no text speaks.

use std::net::IpAddr;

use hickory_proto::op::{Message, MessageType, OpCode, Query, ResponseCode, update_message};
use hickory_proto::rr::rdata::SRV;
use hickory_proto::rr::{Name, RData, Record, RecordType};

use super::settings::{INVALID_NAME, Publishing, Target};
use super::signature::{Key, Unverified};
use crate::wire::Hresult;

/// The owner of the record, below its domain.
const SERVICE: &str = "_vlmcs._tcp";

/// Seconds for which the record may be remembered: an hour, as field reports show it.
const TTL: u32 = 3600;

/// `ERROR_TIMEOUT`: nobody answered. Inferred from its name; no text names the code for publishing.
const TIMEOUT: Hresult = Hresult(0x8007_05B4);

/// `DNS_INFO_NO_RECORDS`: an answer without what was asked for.
const NO_RECORDS: Hresult = Hresult(0x8007_251D);

/// `DNS_ERROR_NO_DNS_SERVERS` (support article for 0x8007267C).
pub const NO_DNS_SERVERS: Hresult = Hresult(0x8007_267C);

/// `DNS_ERROR_RCODE_FORMAT_ERROR` less its RCODE: Windows numbers the codes of DNS from 9000 on (winerror.h).
const OF_RCODE: u32 = 0x8007_2328;

/// Whom a message goes to, port 53.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum To {
    /// The DNS servers of the host, in their order.
    Resolver,
    /// The primary server of the zone.
    Server(IpAddr),
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ask {
    /// Send this and wait for the answer.
    Send {
        /// To whom.
        to: To,
        /// What.
        bytes: Vec<u8>,
        /// Over TCP instead of UDP.
        stream: bool,
    },
    /// It is over.
    Done(Result<(), Hresult>),
}

/// One record on its way into DNS.
#[derive(Debug)]
pub struct Conversation {
    record: Record,
    key: Option<Key>,
    id: u16,
    step: Step,
    /// Whether every message goes over TCP.
    stream: bool,
    /// What was sent last over UDP: asked again over TCP when the answer was cut.
    last: Option<(To, Vec<u8>)>,
}

/// What was asked last.
#[derive(Debug)]
enum Step {
    Zone,
    Address { zone: Name, primary: Name },
    Update { mac: Vec<u8> },
    Over,
}

impl Conversation {
    /// Begins to publish one record. The messages have the ids `id` and those after it.
    #[must_use]
    pub fn begin(publishing: &Publishing, target: &Target, id: u16) -> (Option<Self>, Ask) {
        let names = Name::from_ascii(format!("{SERVICE}.{}.", target.domain.trim_end_matches('.')))
            .and_then(|owner| Ok((owner, Name::from_ascii(format!("{}.", publishing.host.trim_end_matches('.')))?)));
        let Ok((owner, host)) = names else { return (None, Ask::Done(Err(INVALID_NAME))) };
        let place = SRV::new(target.priority, target.weight, publishing.port, host);
        let record = Record::from_rdata(owner.clone(), TTL, RData::SRV(place));
        let (key, stream) = (publishing.key.clone(), publishing.over_tcp);
        let mut conversation = Self { record, key, id, step: Step::Zone, stream, last: None };
        let ask = conversation.query(owner, RecordType::SOA);
        (Some(conversation), ask)
    }

    /// Something has come; `seconds` is the host's clock, since 1970. None if it is no answer to what was asked.
    pub fn receive(&mut self, bytes: &[u8], seconds: u64) -> Option<Ask> {
        let answer = Message::from_vec(bytes).ok()?;
        let opcode = if matches!(self.step, Step::Update { .. }) { OpCode::Update } else { OpCode::Query };
        let header = &answer.metadata;
        if header.id != self.id || header.message_type != MessageType::Response || header.op_code != opcode {
            return None;
        }
        // A cut answer is no answer yet (RFC 7766 5); one that is cut on TCP too is all that there is.
        if let Some((to, bytes)) = self.last.take().filter(|_| header.truncation) {
            return Some(Ask::Send { to, bytes, stream: true });
        }
        let ask = match std::mem::replace(&mut self.step, Step::Over) {
            Step::Zone => self.zone(&answer, seconds),
            Step::Address { zone, primary } => match address(&answer.answers, &primary) {
                Some(server) => self.update(zone, server, seconds),
                None => Ask::Done(Err(code_of(&answer).unwrap_or(NO_RECORDS))),
            },
            Step::Update { mac } => Ask::Done(self.updated(bytes, &answer, &mac)),
            Step::Over => return None,
        };
        Some(ask)
    }

    /// Nobody has answered in time.
    pub fn give_up(&mut self) -> Ask {
        self.step = Step::Over;
        Ask::Done(Err(TIMEOUT))
    }

    /// The answer to the question for the SOA: of the owner, or above it in the authority section.
    fn zone(&mut self, answer: &Message, seconds: u64) -> Ask {
        let refused = !matches!(answer.metadata.response_code, ResponseCode::NoError | ResponseCode::NXDomain);
        let soa = answer.answers.iter().chain(&answer.authorities).find_map(|record| {
            let RData::SOA(soa) = &record.data else { return None };
            (!refused && record.name.zone_of(&self.record.name)).then_some((&record.name, &soa.mname))
        });
        let Some((zone, primary)) = soa else { return Ask::Done(Err(code_of(answer).unwrap_or(NO_RECORDS))) };
        if let Some(server) = address(&answer.additionals, primary) {
            return self.update(zone.clone(), server, seconds);
        }
        self.step = Step::Address { zone: zone.clone(), primary: primary.clone() };
        self.id = self.id.wrapping_add(1);
        self.query(primary.clone(), RecordType::A)
    }

    fn query(&mut self, name: Name, record_type: RecordType) -> Ask {
        let mut message = Message::new(self.id, MessageType::Query, OpCode::Query);
        message.metadata.recursion_desired = true;
        message.add_query(Query::query(name, record_type));
        match encoded(&message) {
            Some(bytes) => self.send(To::Resolver, bytes),
            None => Ask::Done(Err(INVALID_NAME)),
        }
    }

    fn send(&mut self, to: To, bytes: Vec<u8>) -> Ask {
        self.last = (!self.stream).then(|| (to, bytes.clone()));
        Ask::Send { to, bytes, stream: self.stream }
    }

    /// The record is added to what is there: several hosts share the name.
    fn update(&mut self, zone: Name, server: IpAddr, seconds: u64) -> Ask {
        self.id = self.id.wrapping_add(1);
        let mut message = update_message::append(self.record.clone().into(), zone, false, false);
        message.metadata.id = self.id;
        let Some(bytes) = encoded(&message) else { return Ask::Done(Err(INVALID_NAME)) };
        let (bytes, mac) = match &self.key {
            None => (bytes, Vec::new()),
            Some(key) => match key.sign(bytes, seconds) {
                Some(signed) => (signed.message, signed.mac),
                None => return Ask::Done(Err(INVALID_NAME)),
            },
        };
        self.step = Step::Update { mac };
        self.send(To::Server(server), bytes)
    }

    fn updated(&self, bytes: &[u8], answer: &Message, mac: &[u8]) -> Result<(), Hresult> {
        let verified = self.key.as_ref().map_or(Ok(()), |key| key.verify(bytes, answer, mac));
        match (verified, code_of(answer)) {
            (Err(Unverified::Server(error)), _) => Err(Hresult(OF_RCODE + u32::from(error))),
            // A refusal is believed even unsigned: some servers do not sign what they refuse.
            (_, Some(code)) => Err(code),
            (Err(Unverified::NotByKey), None) => Err(Hresult(OF_RCODE + 16)),
            (Ok(()), None) => Ok(()),
        }
    }
}

/// The code that Windows has for the RCODE of an answer; none if it is good.
fn code_of(answer: &Message) -> Option<Hresult> {
    let rcode = u16::from(answer.metadata.response_code);
    (rcode != 0).then(|| Hresult(OF_RCODE + u32::from(rcode)))
}

fn address(records: &[Record], name: &Name) -> Option<IpAddr> {
    records.iter().filter(|record| record.name == *name).find_map(|record| record.data.ip_addr())
}

fn encoded(message: &Message) -> Option<Vec<u8>> {
    message.to_vec().ok()
}
