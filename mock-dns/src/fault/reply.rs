//! The first stage: what is said instead of the honest answer. A reply goes in, a reply comes out.

use crate::answer::reply::{Line, Reply};
use crate::rcode::Rcode;

notation::choice! {
    /// What is said instead of the honest answer.
    pub enum ReplyFault("fault of a reply") {
        /// SERVFAIL: the server failed, e.g. because its forwarder is dead or the zone is not loaded.
        "servfail" => Servfail,
        /// REFUSED: the server does not answer this client or this name.
        "refused" => Refused,
        /// NOTIMP: the server does not know such queries, e.g. a router that forwards A and AAAA only.
        "notimp" => Notimp,
        /// FORMERR: the server says that it cannot read the query.
        "formerr" => Formerr,
        /// NXDOMAIN: the name does not exist, although it does.
        "nxdomain" => Nxdomain,
        /// NOERROR without an answer, with the SOA of the zone: the name exists, the type does not.
        "no-data" => NoData,
        /// NOERROR and nothing else, as middle boxes do that strip what they do not know.
        "empty-answer" => EmptyAnswer,
        /// TC with the question alone. Say `transport = "udp"` if the answer over TCP is to be whole.
        "truncated" => Truncated,
        /// AA is clear: a server that speaks for a zone it has no authority for.
        "not-authoritative" => NotAuthoritative,
        /// The SOA is left out of negative answers, which clients then cannot cache.
        "no-soa" => NoSoa,
        /// The addresses of the targets are left out.
        "no-additionals" => NoAdditionals,
        /// The OPT record is left out of replies to EDNS queries.
        "no-edns" => NoEdns,
    }
}

impl ReplyFault {
    /// Rewrites a reply; `soa` is what an honest negative answer about the name would carry.
    #[must_use]
    pub fn rewrite<'a>(&self, mut reply: Reply<'a>, soa: Option<Line<'a>>) -> Reply<'a> {
        match self {
            Self::Servfail => failed(reply, Rcode::SERVFAIL),
            Self::Refused => failed(reply, Rcode::REFUSED),
            Self::Notimp => failed(reply, Rcode::NOTIMP),
            Self::Formerr => failed(reply, Rcode::FORMERR),
            Self::Nxdomain => denied(reply, Rcode::NXDOMAIN, soa),
            Self::NoData => denied(reply, Rcode::NOERROR, soa),
            Self::EmptyAnswer => denied(reply, Rcode::NOERROR, None),
            Self::Truncated => {
                reply.truncated = true;
                reply
            }
            Self::NotAuthoritative => {
                reply.authoritative = false;
                reply
            }
            Self::NoSoa => {
                reply.authorities.retain(|line| line.record_type() != crate::record::RecordType::SOA);
                reply
            }
            Self::NoAdditionals => {
                reply.additionals.clear();
                reply.needs_additionals = false;
                reply
            }
            Self::NoEdns => {
                reply.edns = None;
                reply
            }
        }
    }
}

fn failed(mut reply: Reply<'_>, rcode: Rcode) -> Reply<'_> {
    reply.clear();
    reply.authoritative = false;
    reply.rcode = rcode;
    reply
}

fn denied<'a>(mut reply: Reply<'a>, rcode: Rcode, soa: Option<Line<'a>>) -> Reply<'a> {
    reply.clear();
    reply.rcode = rcode;
    reply.authorities.extend(soa);
    reply
}
