//! What a DNS server saw and did, as events, and the words for them.
//!
//! The words for the result of a query ([`Summary`]) are the client's too, so that both ends of one exchange read alike. Events
//! say what was on the wire and never name a fault; which rule struck is the note of the entry, for people.

use std::fmt;
use std::net::SocketAddr;

use bytes::Bytes;
use double::{Held, WallTime};

use crate::answer::reply::Reply;
use crate::boundary::{Origin, Transport};
use crate::message::Message;
use crate::name::DomainName;
use crate::rcode::Rcode;
use crate::record::{Record, RecordData, RecordType};
use crate::update::{OPCODE, Update};
use crate::wire::DecodeError;

/// What happened at a DNS server.
#[derive(Clone, Debug, PartialEq)]
pub enum DnsEvent {
    /// A question came.
    Query {
        /// From where.
        origin: Origin,
        /// The transaction.
        id: u16,
        /// What is asked.
        asked: Asked,
        /// The message.
        bytes: Bytes,
    },
    /// A request other than a question came: UPDATE, NOTIFY.
    OtherRequest {
        /// From where.
        origin: Origin,
        /// What kind.
        opcode: u8,
        /// What is to be changed, if it is an update that can be read.
        update: Option<Box<Update>>,
        /// The message.
        bytes: Bytes,
    },
    /// Octets came that are no request.
    Unreadable {
        /// From where.
        origin: Origin,
        /// Why.
        why: Unreadable,
        /// The octets.
        bytes: Bytes,
    },
    /// A reply left; the time of the entry is that of its departure.
    Reply {
        /// To where.
        origin: Origin,
        /// From another address than the one that was asked.
        from: Option<SocketAddr>,
        /// The transaction of the query.
        id: u16,
        /// What was asked, if that could be read.
        asked: Option<Asked>,
        /// What was said.
        summary: Summary,
        /// The octets as they left; over TCP with the length before them.
        bytes: Bytes,
    },
    /// A query gets no reply.
    NoReply {
        /// To where.
        origin: Origin,
        /// The transaction of the query.
        id: u16,
        /// What was asked, if that could be read.
        asked: Option<Asked>,
    },
    /// Scavenging took a record out of a zone; the time of the entry is that of the scavenging.
    Scavenged {
        /// The record.
        record: Record,
        /// The hour of its last refresh.
        stamped: WallTime,
    },
    /// A connection was accepted.
    TcpAccepted {
        /// From where.
        origin: Origin,
    },
    /// A connection ended.
    TcpClosed {
        /// From where.
        origin: Origin,
        /// By whom, and why.
        why: Closed,
    },
}

/// A question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The name, in the case it was asked in.
    pub name: DomainName,
    /// The type.
    pub record_type: RecordType,
}

/// Why octets are no request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// Fewer than a header.
    TooShort,
    /// A reply that nobody asked for.
    IsReply,
    /// A header, and then nonsense; answered with FORMERR.
    Malformed(DecodeError),
}

/// Who ended a connection, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Closed {
    /// The client.
    ByClient,
    /// We, in order: the limit of queries or of time.
    ByServer,
    /// We, because the client was too slow or claimed too much.
    Limit,
    /// We, with RST.
    Reset,
}

/// What a reply says, in short.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// The code.
    pub rcode: Rcode,
    /// TC.
    pub truncated: bool,
    /// Whether it points to other servers instead of answering.
    pub referral: bool,
    /// The answer section.
    pub answers: Vec<RecordData>,
}

impl Summary {
    /// Of a reply that is about to be sent; `truncated` is known when it is encoded.
    #[must_use]
    pub fn of_reply(reply: &Reply<'_>, truncated: bool) -> Self {
        let answers = if truncated { &[] } else { &*reply.answers };
        let delegates = reply.authorities.iter().any(|line| line.record_type() == RecordType::NS);
        Self {
            rcode: reply.rcode,
            truncated,
            referral: reply.answers.is_empty() && delegates,
            answers: answers.iter().map(|line| line.data().clone()).collect(),
        }
    }
}

impl From<&Message> for Summary {
    fn from(message: &Message) -> Self {
        let delegates = message.authorities.iter().any(|record| record.record_type() == RecordType::NS);
        Self {
            rcode: message.rcode,
            truncated: message.truncated,
            referral: message.answers.is_empty() && delegates,
            answers: message.answers.iter().map(|record| record.data.clone()).collect(),
        }
    }
}

/// `SRV 0 0 1688 kms1.contoso.com`, `no data`, `NXDOMAIN`, `truncated`: what stands behind the arrow of a query.
impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut between = "";
        if self.rcode != Rcode::NOERROR {
            write!(f, "{}", self.rcode)?;
            between = ", ";
        }
        if self.truncated {
            write!(f, "{between}truncated")?;
            between = ", ";
        }
        for data in &self.answers {
            write!(f, "{between}{} {data}", data.record_type())?;
            between = ", ";
        }
        match (between, self.referral) {
            ("", true) => f.write_str("referral"),
            ("", false) => f.write_str("no data"),
            _ => Ok(()),
        }
    }
}

/// The line of a query without its result: `query _vlmcs._tcp.contoso.com SRV`.
impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "query {} {}", self.name, self.record_type)
    }
}

/// The line of a query with its result: `query _vlmcs._tcp.contoso.com SRV -> NXDOMAIN`.
#[must_use]
pub fn result_line(asked: &Asked, summary: &Summary) -> String {
    format!("{asked} -> {summary}")
}

/// What stands before a line about multicast DNS, which reads like any other otherwise.
fn channel(origin: &Origin) -> &'static str {
    if origin.is_multicast() { "multicast " } else { "" }
}

/// The words of an opcode (RFC 6895 2.2).
fn opcode_word(opcode: u8) -> &'static str {
    match opcode {
        1 => "inverse query",
        2 => "status request",
        4 => "notify",
        5 => "update",
        _ => "request of unknown opcode",
    }
}

/// The opcode in a message that is on the wire (RFC 1035 4.1.1).
fn opcode_of(bytes: &[u8], transport: Transport) -> u8 {
    transport.message(bytes).and_then(|message| message.get(2)).map_or(0, |octet| octet >> 3 & 0x0F)
}

fn asked_or_unreadable(f: &mut fmt::Formatter<'_>, asked: Option<&Asked>) -> fmt::Result {
    match asked {
        Some(asked) => write!(f, "{asked}"),
        None => f.write_str("request"),
    }
}

impl Held for DnsEvent {
    fn held(&self) -> usize {
        match self {
            Self::Query { bytes, .. } | Self::Unreadable { bytes, .. } => bytes.len(),
            // What was read of a message besides: the records of an update, those of an answer.
            Self::OtherRequest { bytes, .. } => bytes.len() * 2,
            Self::Reply { bytes, summary, .. } => bytes.len() * 2 + summary.answers.len() * size_of::<RecordData>(),
            // The record was counted with the update that brought it.
            Self::Scavenged { .. } | Self::NoReply { .. } | Self::TcpAccepted { .. } | Self::TcpClosed { .. } => 0,
        }
    }
}

/// One line, safe to print: every name and text from outside is escaped.
impl fmt::Display for DnsEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Query { origin, asked, .. } => write!(f, "{}{asked}", channel(origin)),
            Self::OtherRequest { update: Some(update), .. } => write!(f, "{update}"),
            Self::OtherRequest { opcode, .. } => f.write_str(opcode_word(*opcode)),
            Self::Unreadable { why: Unreadable::TooShort, bytes, .. } => write!(f, "{} octets, no header", bytes.len()),
            Self::Unreadable { why: Unreadable::IsReply, .. } => f.write_str("a reply that nobody asked for"),
            Self::Unreadable { why: Unreadable::Malformed(error), .. } => write!(f, "malformed query: {error}"),
            Self::Reply { asked: None, summary, origin, bytes, .. } if opcode_of(bytes, origin.transport) == OPCODE => {
                // An update is answered with a code and nothing else.
                write!(f, "update -> {}", summary.rcode)
            }
            Self::Reply { origin, asked, summary, .. } => {
                f.write_str(channel(origin))?;
                asked_or_unreadable(f, asked.as_ref())?;
                write!(f, " -> {summary}")
            }
            Self::NoReply { asked, .. } => {
                asked_or_unreadable(f, asked.as_ref())?;
                f.write_str(" -> no reply")
            }
            Self::Scavenged { record, .. } => {
                write!(f, "scavenged {} {} {}", record.name, record.record_type(), record.data)
            }
            Self::TcpAccepted { origin } => write!(f, "connection from {} accepted", origin.peer),
            Self::TcpClosed { origin, why } => {
                let why = match why {
                    Closed::ByClient => "closed by the client",
                    Closed::ByServer => "closed",
                    Closed::Limit => "closed at a limit",
                    Closed::Reset => "reset",
                };
                write!(f, "connection from {} {why}", origin.peer)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(rcode: Rcode, truncated: bool, referral: bool, answers: &[RecordData], expected: &str) {
        let name = DomainName::parse(r"_vlmcs._tcp.\027[2J").unwrap();
        let asked = Asked { name, record_type: RecordType::SRV };
        let summary = Summary { rcode, truncated, referral, answers: answers.to_vec() };
        assert_eq!(result_line(&asked, &summary), format!(r"query _vlmcs._tcp.\027[2J SRV -> {expected}"));
    }

    #[test]
    fn lines() {
        check(Rcode::NXDOMAIN, false, false, &[], "NXDOMAIN");
        check(Rcode::NOERROR, false, false, &[], "no data");
        check(Rcode::NOERROR, false, true, &[], "referral");
        check(Rcode::NOERROR, true, false, &[], "truncated");
        let alias = RecordData::Cname(DomainName::parse("kms1.contoso.com").unwrap());
        let address = RecordData::A([10, 0, 0, 5].into());
        check(Rcode::NOERROR, false, false, &[alias.clone(), address], "CNAME kms1.contoso.com, A 10.0.0.5");
        check(Rcode::NXDOMAIN, false, false, &[alias], "NXDOMAIN, CNAME kms1.contoso.com");
        check(Rcode::NOERROR, false, false, &[RecordData::Txt(vec![b"\x1b]0;<b>".to_vec()])], r#"TXT "\027]0;<b>""#);
    }
}
