//! One question to one DNS server, as a person with a resolver tool asks it: no cache, no suffix, no other server.
#![expect(clippy::wildcard_enum_match_arm, reason = "picks one kind of record out of many")]

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use double::{Moment, Seed};
use mock_dns::message::{Message, build_query};
use mock_dns::name::DomainName;
use mock_dns::rcode::Rcode;
use mock_dns::record::{Record, RecordData, RecordType};

use super::Place;
use super::names::DNS_PORT;
use crate::diagnosis::fact::Said;
use crate::network::Failure;
use crate::reply::believe;
use crate::timeline::NoReplyBecause;
use crate::vantage::IpConfiguration;

/// How long a reply is waited for, and how often it is asked: nslookup waits 2 s and asks once more.
const WAIT: Duration = Duration::from_secs(2);
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
        let query = build_query(id, name, kind);
        let Some(local) = self.ip.source_for(server) else { return Said::Nothing(Failure::Unreachable) };
        let to = SocketAddr::new(server, DNS_PORT);
        let mut said = Said::Nothing(Failure::TimedOut);
        for _ in 0..TRIES {
            let until = self.place.network.now().plus(WAIT);
            match self.try_once(local, to, &query, until, (id, name, kind)) {
                Ok(message) if message.truncated => return self.over_tcp(local, to, &query, (id, name, kind)),
                Ok(message) => return classify(&message, kind),
                Err(failed) => said = failed,
            }
        }
        said
    }

    fn try_once(
        &self,
        local: IpAddr,
        to: SocketAddr,
        query: &[u8],
        until: Moment,
        question: (u16, &DomainName, RecordType),
    ) -> Result<Message, Said> {
        let mut socket = self.place.network.open(local).map_err(Said::Nothing)?;
        socket.send(to, query).map_err(Said::Nothing)?;
        let mut unusable = None;
        loop {
            match socket.receive(until) {
                Ok(datagram) if datagram.from != to => {
                    unusable = Some(NoReplyBecause::ForeignSource);
                }
                Ok(datagram) => match believe(&datagram.bytes, question.0, question.1, question.2) {
                    Ok(message) => return Ok(message),
                    Err(why) => unusable = Some(why),
                },
                Err(failure) => return Err(unusable.map_or(Said::Nothing(failure), Said::Unusable)),
            }
        }
    }

    /// The same question over TCP, for a reply that was cut (RFC 7766 5).
    fn over_tcp(&self, local: IpAddr, to: SocketAddr, query: &[u8], question: (u16, &DomainName, RecordType)) -> Said {
        let until = self.place.network.now().plus(WAIT * 2);
        match self.whole(local, to, query, until, question) {
            Ok(message) => classify(&message, question.2),
            Err(failure) => Said::Truncated(failure),
        }
    }

    fn whole(
        &self,
        local: IpAddr,
        to: SocketAddr,
        query: &[u8],
        until: Moment,
        question: (u16, &DomainName, RecordType),
    ) -> Result<Message, Failure> {
        let mut stream = self.place.network.connect(local, to, until)?;
        let length = u16::try_from(query.len()).map_err(|_| Failure::Reset)?;
        stream.write(&[&length.to_be_bytes()[..], query].concat())?;
        let mut received = Vec::new();
        loop {
            if let Some((prefix, rest)) = received.split_at_checked(2)
                && let Some(bytes) = rest.get(..usize::from(u16::from_be_bytes([prefix[0], prefix[1]])))
            {
                return believe(bytes, question.0, question.1, question.2).map_err(|_| Failure::Reset);
            }
            if stream.read(&mut received, until)? == 0 {
                return Err(Failure::Reset);
            }
        }
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
