//! The first stage: what is said instead of the honest answer. A reply goes in, a reply comes out.

use std::net::IpAddr;

use crate::answer::reply::{Line, MAX_STREAM, Reply};
use crate::rcode::Rcode;
use crate::record::{RecordData, RecordType};

/// Seconds for which a hijacked name lasts: a portal wants to be forgotten soon after the login.
const HIJACKED_TTL: u32 = 5;

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
        /// As large as it is, without TC: more than the client can take.
        "oversized" => Oversized,
        /// Every name has this address, other types have no data: captive portals, sinkholes, providers that sell typing errors.
        "hijacked" => Hijacked(IpAddr),
        /// Private addresses are taken out: the rebinding protection of routers.
        "no-private-addresses" => NoPrivateAddresses,
        /// All records have this TTL, in seconds.
        "ttl" => Ttl(u32),
    }
}

impl ReplyFault {
    /// Rewrites a reply to a question for `record_type`; `soa` is what an honest negative answer would carry.
    #[must_use]
    pub fn rewrite<'a>(
        &self,
        mut reply: Reply<'a>,
        record_type: Option<RecordType>,
        soa: Option<Line<'a>>,
    ) -> Reply<'a> {
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
                reply.authorities.retain(|line| line.record_type() != RecordType::SOA);
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
            Self::Oversized => {
                reply.limit = MAX_STREAM;
                reply
            }
            Self::Hijacked(address) => hijacked(reply, *address, record_type),
            Self::NoPrivateAddresses => {
                reply.answers.retain(|line| !is_private(line));
                reply.additionals.retain(|line| !is_private(line));
                reply
            }
            Self::Ttl(ttl) => {
                let sections = [&mut reply.answers, &mut reply.authorities, &mut reply.additionals];
                sections.into_iter().flatten().for_each(|line| line.ttl = *ttl);
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

fn hijacked(reply: Reply<'_>, address: IpAddr, record_type: Option<RecordType>) -> Reply<'_> {
    let owner = reply.question.map(|(_, name)| name);
    let mut reply = denied(reply, Rcode::NOERROR, None);
    reply.authoritative = false;
    let data = match address {
        IpAddr::V4(address) => RecordData::A(address),
        IpAddr::V6(address) => RecordData::Aaaa(address),
    };
    if let Some(owner) = owner.filter(|_| record_type == Some(data.record_type())) {
        reply.answers.push(Line::made_up(owner, HIJACKED_TTL, &data));
    }
    reply
}

/// Whether it is an address that no router passes on (RFC 1918, RFC 3927, RFC 4193, RFC 4291 2.5.6).
fn is_private(line: &Line<'_>) -> bool {
    match line.data() {
        RecordData::A(address) => address.is_private() || address.is_link_local() || address.is_loopback(),
        RecordData::Aaaa(address) => {
            address.is_unique_local() || address.is_unicast_link_local() || address.is_loopback()
        }
        RecordData::Cname(_)
        | RecordData::Mx { .. }
        | RecordData::Ns(_)
        | RecordData::Ptr(_)
        | RecordData::Soa(_)
        | RecordData::Srv(_)
        | RecordData::Txt(_)
        | RecordData::Other { .. } => false,
    }
}
