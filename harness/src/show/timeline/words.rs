//! Messages in few words, and who sends what. Who it is for is seen from the arrow.

use std::net::SocketAddr;

use evidence::timeline::NoReplyBecause;
use mock_dns::journal::{Asked, Summary};
use mock_dns::message::Message;
use mock_kms::journal::{RequestSeen, Side, What};

pub(super) fn question(asked: &Asked) -> String {
    format!("{} {}", asked.record_type, asked.name)
}

/// What a reply says; how long a client may remember that there is nothing (RFC 2308 5: the smaller of TTL and MINIMUM).
pub(super) fn answer(summary: &Summary, message: Option<&[u8]>) -> String {
    let message = message.filter(|_| summary.answers.is_empty());
    let negative = message.and_then(|octets| Message::read(octets).ok());
    let ttl = negative.as_ref().and_then(Message::soa).map(|(record, soa)| record.ttl.min(soa.minimum));
    match (summary.answers.as_slice(), ttl) {
        ([first, .., _], _) => {
            let only = Summary { answers: vec![first.clone()], ..summary.clone() };
            format!("{only}, {} more", summary.answers.len() - 1)
        }
        (_, Some(ttl)) => format!("{summary} (negative TTL {ttl})"),
        (_, None) => summary.to_string(),
    }
}

/// A datagram that the client threw away, and why.
pub(super) fn ignored(from: SocketAddr, why: NoReplyBecause) -> String {
    if why == NoReplyBecause::ForeignSource { format!("ignored: from {from}") } else { format!("ignored: {why}") }
}

/// Who sends such a PDU; for octets without a meaning that depends on where they were seen.
pub(super) const fn sent_by(what: &What) -> Option<Side> {
    match what {
        What::Bind { .. } | What::AlterContext { .. } | What::Request(_) | What::Accept { .. } => Some(Side::Client),
        What::BindAck { .. }
        | What::BindNak { .. }
        | What::AlterContextResp { .. }
        | What::Response { .. }
        | What::Fault { .. } => Some(Side::Host),
        What::Close { by } | What::Reset { by } => Some(*by),
        What::Fragment
        | What::Ignored { .. }
        | What::Incomplete
        | What::NotRpc
        | What::Unreadable(_)
        | What::Logged(_) => None,
    }
}

/// Whether a host that wrote this down sent it. What it sends cut off or in another protocol has no words of its own; what it
/// hears in another protocol was paired with the same octets at the client before anybody asks here.
pub(super) const fn comes_from_host(what: &What) -> bool {
    matches!(sent_by(what), Some(Side::Host)) || matches!(what, What::Incomplete | What::NotRpc)
}

/// Whether it is the end of a connection.
pub(super) const fn ends(what: &What) -> bool {
    matches!(what, What::Close { .. } | What::Reset { .. })
}

/// What kind of PDU it is, whatever it says.
pub(super) fn kind(what: &What) -> std::mem::Discriminant<What> {
    std::mem::discriminant(what)
}

/// A PDU in few words: who sent it is seen from the arrow, and who the client is from its lane.
pub(super) fn said(what: &What) -> String {
    if let What::Request(seen) = what {
        return RequestSeen { base: None, ..seen.clone() }.to_string();
    }
    let text = what.to_string();
    text.split(" by ").next().filter(|_| ends(what)).map_or(text.clone(), str::to_owned)
}
