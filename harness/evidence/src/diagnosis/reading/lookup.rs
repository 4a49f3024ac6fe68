//! The client's own questions: every try and reply of one question together.
#![expect(clippy::wildcard_enum_match_arm, reason = "picks one kind of event out of many")]

use std::net::IpAddr;

use mock_dns::journal::{DnsEvent, Summary};
use mock_dns::name::DomainName;
use mock_dns::rcode::Rcode;
use mock_dns::record::RecordType;

use super::Cited;
use crate::diagnosis::fact::{Evidence, Fact};
use crate::diagnosis::step;
use crate::network::Failure;
use crate::timeline::{ClientEvent, Event, NoReplyBecause};

/// A question of the client during the attempt, over all its servers and tries.
#[derive(Clone, Debug)]
pub struct Lookup<'a> {
    /// The name.
    pub name: &'a DomainName,
    /// The type.
    pub kind: RecordType,
    /// The servers that were asked, in order, once for each try.
    pub queries: Vec<Cited<IpAddr>>,
    /// What was believed.
    pub replies: Vec<Cited<(IpAddr, &'a Summary)>>,
    /// What was thrown away.
    pub ignored: Vec<Cited<NoReplyBecause>>,
    /// That no usable reply came.
    pub no_reply: Option<Cited<Failure>>,
}

impl Lookup<'_> {
    /// The reply that decided, if one did.
    #[must_use]
    pub fn reply(&self) -> Option<Cited<(IpAddr, &Summary)>> {
        self.replies.last().copied()
    }

    /// Whether the deciding reply says that there are no such records, in whatever way.
    #[must_use]
    pub fn is_denied(&self) -> bool {
        self.reply().is_some_and(|reply| {
            let summary = reply.fact.1;
            let none = !summary.answers.iter().any(|data| data.record_type() == self.kind);
            summary.rcode == Rcode::NXDOMAIN || summary.rcode == Rcode::NOERROR && none && !summary.truncated
        })
    }

    /// The numbers of its replies, or of what stands in their place.
    #[must_use]
    pub fn numbers(&self) -> Vec<u32> {
        let replies = self.replies.iter().map(|reply| reply.number);
        let ignored = self.ignored.iter().map(|ignored| ignored.number);
        let mut numbers: Vec<u32> = replies.chain(ignored).chain(self.no_reply.map(|none| none.number)).collect();
        if numbers.is_empty() {
            numbers.extend(self.queries.iter().map(|query| query.number));
        }
        numbers
    }
}

/// The client's questions: every try and reply of one question together.
pub(super) fn lookups(evidence: &Evidence) -> Vec<Lookup<'_>> {
    let mut lookups: Vec<Lookup<'_>> = Vec::new();
    let own = evidence.observations.iter().filter(|observation| *observation.step == step::CAPTURE);
    for observation in own {
        let number = observation.number;
        let Fact::Seen(event) = &observation.fact else { continue };
        match event {
            // Nobody in particular is asked there: whoever answers is no DNS server.
            Event::Dns(DnsEvent::Query { origin, .. } | DnsEvent::Reply { origin, .. }) if origin.is_multicast() => {}
            Event::Dns(DnsEvent::Query { origin, asked, .. }) => {
                let query = Cited { number, fact: origin.peer.ip() };
                let open = lookups.last_mut().filter(|last| {
                    *last.name == asked.name && last.kind == asked.record_type && last.no_reply.is_none()
                });
                match open {
                    Some(lookup) => lookup.queries.push(query),
                    None => lookups.push(Lookup {
                        name: &asked.name,
                        kind: asked.record_type,
                        queries: vec![query],
                        replies: Vec::new(),
                        ignored: Vec::new(),
                        no_reply: None,
                    }),
                }
            }
            Event::Dns(DnsEvent::Reply { origin, summary, .. }) => {
                if let Some(last) = lookups.last_mut() {
                    last.replies.push(Cited { number, fact: (origin.peer.ip(), summary) });
                }
            }
            Event::Client(ClientEvent::Ignored { why, .. }) => {
                if let Some(last) = lookups.last_mut() {
                    last.ignored.push(Cited { number, fact: *why });
                }
            }
            Event::Client(ClientEvent::NoReply { failure, .. }) => {
                if let Some(last) = lookups.last_mut() {
                    last.no_reply = Some(Cited { number, fact: *failure });
                }
            }
            _ => {}
        }
    }
    lookups
}
