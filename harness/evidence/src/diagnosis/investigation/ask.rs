//! One question to one DNS server, as a person with a resolver tool asks it: no cache, no suffix, no other server.
#![expect(clippy::wildcard_enum_match_arm, reason = "picks one kind of record out of many")]

use std::net::IpAddr;

use double::Seed;
use mock_dns::message::Message;
use mock_dns::name::DomainName;
use mock_dns::rcode::Rcode;
use mock_dns::record::{Record, RecordData, RecordType};

use super::Place;
use crate::diagnosis::fact::Said;
use crate::network::Failure;
use crate::question::{NoReply, Question};
use crate::vantage::IpConfiguration;

/// How often a question is put: a datagram may have been lost.
const TRIES: u32 = 2;

/// Questions without any reply after which a server is asked no more: it will not answer the next either.
const DEAF_AFTER: usize = 2;

/// Most questions of an investigation; each name, server and type counts.
const QUESTIONS_MAX: u64 = 400;

/// Asks, and remembers what was asked already and who does not answer.
pub(super) struct Asker<'a> {
    place: Place<'a>,
    ip: &'a IpConfiguration,
    seed: Seed,
    questions: u64,
    asked: Vec<(IpAddr, DomainName, RecordType)>,
    deaf: Vec<(IpAddr, usize)>,
}

impl<'a> Asker<'a> {
    pub(super) fn new(place: Place<'a>, ip: &'a IpConfiguration, seed: Seed) -> Self {
        Self { place, ip, seed, questions: 0, asked: Vec::new(), deaf: Vec::new() }
    }

    /// What the server says; none where it was asked before, does not answer anything, or enough was asked.
    pub(super) fn ask(&mut self, server: IpAddr, name: &DomainName, kind: RecordType) -> Option<Said> {
        let question = (server, name.clone(), kind);
        let is_deaf = self.deaf.iter().any(|(deaf, times)| *deaf == server && *times >= DEAF_AFTER);
        if is_deaf || self.questions >= QUESTIONS_MAX || self.asked.contains(&question) {
            return None;
        }
        self.asked.push(question);
        self.questions += 1;
        let said = self.exchange(server, name, kind);
        if matches!(said, Said::Nothing(_)) {
            match self.deaf.iter_mut().find(|(deaf, _)| *deaf == server) {
                Some((_, times)) => *times += 1,
                None => self.deaf.push((server, 1)),
            }
        }
        Some(said)
    }

    fn exchange(&self, server: IpAddr, name: &DomainName, kind: RecordType) -> Said {
        let id = self.seed.nth(self.questions).rng().u16(..);
        let Some(local) = self.ip.source_for(server) else { return Said::Nothing(Failure::Unreachable) };
        let question = Question { id, name, kind };
        let mut said = Said::Nothing(Failure::TimedOut);
        for _ in 0..TRIES {
            match question.put(self.place.network, local, server) {
                Ok(message) => return classify(&message, kind),
                Err(NoReply::Truncated(failure)) => return Said::Truncated(failure),
                Err(NoReply::Nothing(failure)) => said = Said::Nothing(failure),
                Err(NoReply::Unusable(why)) => said = Said::Unusable(why),
            }
        }
        said
    }
}

/// The addresses of the servers that a referral points to (RFC 1034 4.2.1).
fn glue(message: &Message) -> Vec<IpAddr> {
    let address = |record: &Record| match &record.data {
        RecordData::A(address) => Some(IpAddr::from(*address)),
        RecordData::Aaaa(address) => Some(IpAddr::from(*address)),
        _ => None,
    };
    message.additionals.iter().filter_map(address).collect()
}

fn classify(message: &Message, kind: RecordType) -> Said {
    let zone = message.soa().map(|(record, _)| record.name.clone());
    match message.rcode {
        Rcode::NOERROR => {}
        Rcode::NXDOMAIN => return Said::NoSuchName(zone),
        code => return Said::Code(code),
    }
    let wanted = message.answers.iter().any(|record| kind == RecordType::ANY || record.record_type() == kind);
    let delegates = message.authorities.iter().any(|record| record.record_type() == RecordType::NS);
    if wanted {
        Said::Records(message.answers.clone())
    } else if message.answers.is_empty() && delegates && !message.authoritative {
        let cut = message.authorities.iter().find(|record| record.record_type() == RecordType::NS);
        Said::Referral(cut.map(|record| record.name.clone()), glue(message))
    } else {
        Said::NoData(zone)
    }
}
