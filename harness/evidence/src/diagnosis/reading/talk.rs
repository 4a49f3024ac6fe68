//! The client's conversations with KMS hosts, one after the other: where each went, what was said, and how it ended.
//!
//! Apart from the other readings, because a conversation is many observations and its end means something only after its
//! beginning: octets that are no RPC are another service as the first answer, and damage as the second.
#![expect(clippy::wildcard_enum_match_arm, reason = "picks one kind of event out of many")]

use std::net::SocketAddr;

use mock_kms::journal::{KmsEvent, Side, What};
use mock_kms::wire::bind::{Context, ContextResult};
use mock_kms::wire::{DecodeError, Hresult, Problem};

use super::{Cited, Fact, Reading};
use crate::diagnosis::step::Stand;
use crate::network::Failure;
use crate::timeline::{ClientEvent, Event};

/// The versions of DCE/RPC (C706 12.6.3.1: 5 on connections; 12.5: 4 on datagrams). Any other first octet is another service's.
const RPC_VERSIONS: std::ops::RangeInclusive<u64> = 4..=5;

/// One connection of the client to a KMS host, from the attempt to connect on.
#[derive(Clone, Debug)]
pub struct Talk<'a> {
    /// To where.
    pub at: SocketAddr,
    /// The connection, or why there is none.
    pub connected: Cited<Result<(), Failure>>,
    /// What crossed it, in order.
    pub said: Vec<Cited<&'a KmsEvent>>,
    /// What was waited for in vain at its end.
    pub gave_up: Option<Cited<(&'static str, Failure)>>,
}

/// How a conversation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// With an answer that the client could use: granted, with this count.
    Granted(u32),
    /// With an answer that refuses the request.
    Refused(Hresult),
    /// The host closed or reset before it had said anything.
    ClosedAtOnce,
    /// What answered first is no RPC.
    NotRpc,
    /// The association was refused: bind_nak with this reason, or no presentation context accepted.
    BindRefused(Option<u16>),
    /// RPC refused the call with this status.
    Fault(u32),
    /// Nothing came until the time was up; the last that was waited for.
    Silence(&'static str),
    /// The host closed or reset in the middle.
    BrokenOff,
    /// Something came that is no answer to what was asked.
    Unusable,
}

impl Talk<'_> {
    /// The numbers of all that shows how it ended: the connection, and what was said last.
    #[must_use]
    pub fn numbers(&self) -> Vec<u32> {
        let last = self.said.iter().rev().take(2).map(|said| said.number);
        [self.connected.number].into_iter().chain(last).chain(self.gave_up.map(|gave_up| gave_up.number)).collect()
    }

    /// How it ended; none where no connection came about, or nobody knows.
    #[must_use]
    pub fn end(&self) -> Option<(u32, End)> {
        match self.connected.fact {
            Ok(()) => {}
            // The host accepted, and reset before the client's stack could tell.
            Err(Failure::Reset) => return Some((self.connected.number, End::ClosedAtOnce)),
            Err(_) => return None,
        }
        let mut heard = false;
        for said in &self.said {
            if !heard && self.is_no_rpc(said.fact) {
                return Some((said.number, End::NotRpc));
            }
            if let Some(end) = end_at(&said.fact.what, heard) {
                return Some((said.number, end));
            }
            heard |= matches!(&said.fact.what, What::BindAck { .. } | What::AlterContextResp { .. } | What::Incomplete);
        }
        // The host accepted something that the client cannot use, and the client said no more.
        let last = self
            .said
            .last()
            .filter(|last| matches!(&last.fact.what, What::BindAck { results } if !self.offered(results)));
        if let Some(last) = last {
            return Some((last.number, End::BindRefused(None)));
        }
        let gave_up = self.gave_up?;
        let (waiting_for, failure) = gave_up.fact;
        let partial = self.said.last().is_some_and(|said| matches!(said.fact.what, What::Incomplete));
        let end = match failure {
            Failure::Reset if heard => End::BrokenOff,
            Failure::Reset => End::ClosedAtOnce,
            _ if partial => End::Unusable,
            _ => End::Silence(waiting_for),
        };
        Some((gave_up.number, end))
    }
}

impl Talk<'_> {
    /// Whether each context that was offered has its result, and what is accepted was offered for it.
    fn offered(&self, results: &[ContextResult]) -> bool {
        let offers = self.said.iter().find_map(|said| match &said.fact.what {
            What::Bind { contexts } => Some(contexts),
            _ => None,
        });
        offers.is_none_or(|offers| {
            let fits = |(offer, result): (&Context, &ContextResult)| {
                !result.is_accepted() || offer.transfer.contains(&result.syntax)
            };
            offers.len() == results.len() && offers.iter().zip(results).all(fits)
        })
    }

    /// Whether what came first is no RPC: another version than RPC has in its first octet, or the client's own bind come back.
    fn is_no_rpc(&self, event: &KmsEvent) -> bool {
        let sent =
            |said: &Cited<&KmsEvent>| matches!(said.fact.what, What::Bind { .. }) && said.fact.octets == event.octets;
        match event.what {
            What::Incomplete => {
                event.octets.first().is_some_and(|version| !RPC_VERSIONS.contains(&u64::from(*version)))
            }
            What::Unreadable(_) => !event.octets.is_empty() && self.said.iter().any(sent),
            _ => false,
        }
    }
}

/// What an event means for the end of a conversation.
fn end_at(what: &What, heard: bool) -> Option<End> {
    match what {
        What::BindAck { results } if !results.iter().any(ContextResult::is_accepted) => Some(End::BindRefused(None)),
        What::BindNak { reason } => Some(End::BindRefused(Some(*reason))),
        What::Fault { status } => Some(End::Fault(status.0)),
        What::Response { hresult, .. } if hresult.is_failure() => Some(End::Refused(*hresult)),
        What::Response { count: Some(count), .. } => Some(End::Granted(*count)),
        What::Response { count: None, .. } => Some(End::Unusable),
        What::Unreadable(error) if !heard && is_foreign(error) => Some(End::NotRpc),
        What::Unreadable(_) | What::NotRpc => Some(End::Unusable),
        What::Close { by: Side::Host } | What::Reset { by: Side::Host } => {
            Some(if heard { End::BrokenOff } else { End::ClosedAtOnce })
        }
        _ => None,
    }
}

/// Whether what came is no RPC of any version.
fn is_foreign(error: &DecodeError) -> bool {
    matches!(error.problem, Problem::Value { found, .. } if error.offset == 0 && !RPC_VERSIONS.contains(&found))
}

impl<'a> Reading<'a> {
    /// The client's conversations with KMS hosts, in order.
    #[must_use]
    pub fn talks(&self) -> Vec<Talk<'a>> {
        let mut talks: Vec<Talk<'a>> = Vec::new();
        let own = self.evidence.observations.iter().filter(|observation| observation.step.needs == Stand::Client);
        for observation in own {
            let number = observation.number;
            match &observation.fact {
                Fact::Seen(Event::Client(ClientEvent::Connected { to, result }))
                    if to.port() != crate::diagnosis::investigation::DNS_PORT =>
                {
                    let connected = Cited { number, fact: *result };
                    talks.push(Talk { at: *to, connected, said: Vec::new(), gave_up: None });
                }
                Fact::Seen(Event::Kms(event)) => {
                    talks.iter_mut().last().into_iter().for_each(|talk| talk.said.push(Cited { number, fact: event }));
                }
                Fact::Seen(Event::Client(ClientEvent::GaveUp { waiting_for, failure })) => {
                    let gave_up = Some(Cited { number, fact: (*waiting_for, *failure) });
                    talks.iter_mut().last().into_iter().for_each(|talk| talk.gave_up = gave_up);
                }
                _ => {}
            }
        }
        talks
    }
}

#[cfg(test)]
mod tests;
