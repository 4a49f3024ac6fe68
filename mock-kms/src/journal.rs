//! What is seen on a KMS connection, as values: the vocabulary of expectations, diagnosis, reports and captures.
//!
//! It stands apart because host and client tell the same story in it, each from where it stands. Recording formats nothing;
//! the words are made when somebody reads. No event names a fault: that is a note of the entry, for people.

pub mod log;

use std::fmt;
use std::net::SocketAddr;

use double::Held;
use double::escape::Untrusted;

use crate::journal::log::LogEvent;
use crate::wire::bind::{Context, ContextResult};
use crate::wire::call::Status;
use crate::wire::kms::BaseRequest;
use crate::wire::{DecodeError, Hresult};

/// Something seen on one connection.
#[derive(Debug, Clone, PartialEq)]
pub struct KmsEvent {
    /// Which connection of the machine that saw it, counted from 1.
    pub connection: u64,
    /// What was seen.
    pub what: What,
    /// The octets that crossed the wire with it; none where nothing did.
    pub octets: Vec<u8>,
}

/// What can be seen. Who sent a PDU follows from its kind.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// A client connected.
    Accept {
        /// From where.
        peer: SocketAddr,
    },
    /// An association is asked for.
    Bind {
        /// What is offered.
        contexts: Vec<Context>,
    },
    /// The association is there.
    BindAck {
        /// One result for each context offered.
        results: Vec<ContextResult>,
    },
    /// The association is refused.
    BindNak {
        /// The reason on the wire.
        reason: u16,
    },
    /// More contexts are asked for.
    AlterContext {
        /// What is offered.
        contexts: Vec<Context>,
    },
    /// The answer to that.
    AlterContextResp {
        /// One result for each context offered.
        results: Vec<ContextResult>,
    },
    /// One fragment of a request that is not whole yet.
    Fragment,
    /// A whole request.
    Request(RequestSeen),
    /// The answer of the KMS host.
    Response {
        /// The result of the call.
        hresult: Hresult,
        /// The current count, where the request was granted.
        count: Option<u32>,
    },
    /// RPC refuses a call.
    Fault {
        /// Why.
        status: Status,
    },
    /// A PDU that needs no answer, such as co_cancel.
    Ignored {
        /// Its packet type.
        packet_type: u8,
    },
    /// A PDU that ends before its end.
    Incomplete,
    /// Octets that are no RPC at all.
    NotRpc,
    /// A PDU that cannot be read.
    Unreadable(DecodeError),
    /// The connection was closed.
    Close {
        /// Who closed it.
        by: Side,
    },
    /// The connection was reset.
    Reset {
        /// Who reset it.
        by: Side,
    },
    /// The host wrote an event into its log; no connection has to do with it.
    Logged(LogEvent),
}

/// One end of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The one that connected.
    Client,
    /// The one that listened.
    Host,
}

/// What can be told of a request.
#[derive(Debug, Clone, PartialEq)]
pub struct RequestSeen {
    /// The version in front of the message, known or not; none where the message is shorter than that or the stub could
    /// not be read.
    pub version: Option<u32>,
    /// Octets of the message.
    pub size: usize,
    /// The fields: always for version 4, else where the laboratory keys open it.
    pub base: Option<Box<BaseRequest>>,
}

impl KmsEvent {
    /// An event at which no octets crossed the wire.
    #[must_use]
    pub const fn new(connection: u64, what: What) -> Self {
        Self { connection, what, octets: Vec::new() }
    }
}

impl Held for KmsEvent {
    fn held(&self) -> usize {
        // What a PDU says besides its octets is made of them: contexts and results are as long again.
        self.octets.len() * 2
    }
}

impl fmt::Display for KmsEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.what {
            What::Incomplete => write!(f, "incomplete PDU, {} octets", self.octets.len()),
            What::NotRpc => write!(f, "not RPC, {} octets", self.octets.len()),
            what @ (What::Accept { .. }
            | What::Bind { .. }
            | What::BindAck { .. }
            | What::BindNak { .. }
            | What::AlterContext { .. }
            | What::AlterContextResp { .. }
            | What::Fragment
            | What::Request(_)
            | What::Response { .. }
            | What::Fault { .. }
            | What::Ignored { .. }
            | What::Unreadable(_)
            | What::Close { .. }
            | What::Reset { .. }
            | What::Logged(_)) => what.fmt(f),
        }
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accept { peer } => write!(f, "accept from {} {}", peer.ip(), peer.port()),
            Self::Bind { contexts } => write!(f, "bind {} contexts", contexts.len()),
            Self::BindAck { results } => write!(f, "bind_ack{}", Results(results)),
            Self::BindNak { reason } => write!(f, "bind_nak reason {reason}"),
            Self::AlterContext { contexts } => write!(f, "alter_context {} contexts", contexts.len()),
            Self::AlterContextResp { results } => write!(f, "alter_context_resp{}", Results(results)),
            Self::Fragment => f.write_str("fragment"),
            Self::Request(request) => request.fmt(f),
            Self::Response { hresult, count: None } => write!(f, "response {hresult}"),
            Self::Response { hresult, count: Some(count) } => write!(f, "response {hresult} count {count}"),
            Self::Fault { status } => write!(f, "fault {status} {}", status.name().unwrap_or("(no name)")),
            Self::Ignored { packet_type } => write!(f, "ignored packet type {packet_type}"),
            Self::Incomplete => f.write_str("incomplete PDU"),
            Self::NotRpc => f.write_str("not RPC"),
            Self::Unreadable(error) => write!(f, "unreadable {error}"),
            Self::Close { by } => write!(f, "close by {by}"),
            Self::Reset { by } => write!(f, "reset by {by}"),
            Self::Logged(event) => event.fmt(f),
        }
    }
}

impl fmt::Display for RequestSeen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.version {
            Some(version) => write!(f, "request {}.{} size {}", version >> 16, version & 0xffff, self.size)?,
            None => write!(f, "request unreadable size {}", self.size)?,
        }
        let Some(base) = &self.base else { return Ok(()) };
        let name = base.workstation.to_string();
        write!(f, " from {} cmid {} required {}", Untrusted(&name), base.client, base.required_clients)
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Client => "client",
            Self::Host => "host",
        })
    }
}

/// ` result/reason` of each context, as on the wire: 0/0 accepted, 2/2 no such encoding, 3/3 features granted.
struct Results<'a>(&'a [ContextResult]);

impl fmt::Display for Results<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|result| write!(f, " {}/{}", result.result, result.reason))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::bind::SyntaxId;

    #[track_caller]
    fn check(what: What, line: &str) {
        assert_eq!(KmsEvent::new(1, what).to_string(), line);
    }

    #[test]
    fn lines() {
        check(What::Accept { peer: "10.1.0.7:49200".parse().unwrap() }, "accept from 10.1.0.7 49200");
        let results = vec![
            ContextResult::reject(ContextResult::SYNTAXES_UNKNOWN),
            ContextResult::accept(SyntaxId::NDR64),
            ContextResult::negotiated(3),
        ];
        check(What::BindAck { results }, "bind_ack 2/2 0/0 3/3");
        check(What::Response { hresult: Hresult::OK, count: Some(26) }, "response 0x00000000 count 26");
        check(What::Response { hresult: Hresult::NOT_ACTIVATED, count: None }, "response 0xC004F041");
        check(What::Fault { status: Status::UNKNOWN_INTERFACE }, "fault 0x1C010003 nca_s_unk_if");
        check(What::Close { by: Side::Host }, "close by host");
        let seen = RequestSeen { version: Some(6 << 16), size: 260, base: None };
        check(What::Request(seen), "request 6.0 size 260");
    }

    #[test]
    fn a_name_from_outside_is_escaped() {
        let mut base = BaseRequest::read(&[0; 236]).unwrap();
        base.workstation = crate::wire::kms::WorkstationName::new("pc\u{1b}[2J");
        let seen = RequestSeen { version: Some(4 << 16), size: 252, base: Some(Box::new(base)) };
        check(
            What::Request(seen),
            "request 4.0 size 252 from pc\\u{1b}[2J cmid 00000000-0000-0000-0000-000000000000 required 0",
        );
    }
}
