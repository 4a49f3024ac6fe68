//! Evidence as rules read it: what the client asked and was told, which hosts it was sent to, what answered where.
//!
//! It only sorts; each piece keeps the numbers under which findings cite it.
#![expect(clippy::wildcard_enum_match_arm, reason = "picks one kind of fact out of many")]

mod talk;

pub use self::talk::{End, Talk};

use std::net::{IpAddr, SocketAddr};

use mock_dns::aging::{Scavenged, ZoneAging};
use mock_dns::name::DomainName;
use mock_dns::record::{Record, RecordData, RecordType, Srv};
use mock_dns::zone::Zone;
use mock_kms::journal::KmsEvent;

mod hosts;
mod lookup;
mod names;

pub use self::hosts::Reach;
pub use self::lookup::Lookup;
pub use self::names::Published;

use super::fact::{Asked, BindSaid, Evidence, Fact, Observation, Said};
use super::investigation::{KMS_PORT, domain_of, is_service};
use super::step::{self, Stand};
use crate::network::Failure;
use crate::outcome::{LoggedEvent, Outcome, OutcomeWord};
use crate::registry::{self, Data, RegistryValue};
use crate::timeline::{ClientEvent, Event};
use crate::vantage::{CachedLookup, IpConfiguration, KmsRequest, KmsService, Licensing};

/// A piece of evidence and its number.
#[derive(Clone, Copy, Debug)]
pub struct Cited<T> {
    /// The number under which it is cited.
    pub number: u32,
    /// The piece.
    pub fact: T,
}

/// An SRV record that was seen, and where.
#[derive(Clone, Debug)]
pub struct Offer<'a> {
    /// Its owner.
    pub owner: &'a DomainName,
    /// Its content.
    pub srv: &'a Srv,
    /// Whether the client itself saw it during the attempt, or remembers it.
    pub by_client: bool,
    /// Where it was seen.
    pub numbers: Vec<u32>,
}

/// The KMS host that is registered by hand.
#[derive(Clone, Debug)]
pub struct Registered<'a> {
    /// The name as it stands in the registry.
    pub name: &'a str,
    /// The port.
    pub port: u16,
    /// The registry value.
    pub value: Cited<&'a RegistryValue>,
}

impl Registered<'_> {
    /// The address, if the name is one; an IPv6 address may stand in brackets.
    #[must_use]
    pub fn address(&self) -> Option<IpAddr> {
        let bare = self.name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(self.name);
        bare.parse().ok()
    }
}

/// Evidence, sorted.
pub struct Reading<'a> {
    /// The evidence itself.
    pub evidence: &'a Evidence,
    /// How the attempt ended.
    pub outcome: Cited<&'a Outcome>,
    /// What the client's licensing service tells.
    pub licensing: Option<Cited<&'a Licensing>>,
    /// What `ipconfig /all` tells on the client.
    pub ip: Option<Cited<&'a IpConfiguration>>,
    /// The client's questions, in order.
    pub lookups: Vec<Lookup<'a>>,
}

impl<'a> Reading<'a> {
    /// Sorts evidence; none where nothing was attempted.
    #[must_use]
    pub fn of(evidence: &'a Evidence) -> Option<Self> {
        let outcome = evidence.observations.iter().find_map(|observation| match &observation.fact {
            Fact::Ended(outcome) => Some(Cited { number: observation.number, fact: &**outcome }),
            _ => None,
        })?;
        let licensing =
            find(evidence, |fact| if let Fact::Licensing(licensing) = fact { Some(&**licensing) } else { None });
        let ip = find(evidence, |fact| if let Fact::Configuration(ip) = fact { Some(&**ip) } else { None });
        Some(Self { evidence, outcome, licensing, ip, lookups: lookup::lookups(evidence) })
    }

    /// The word for how the attempt ended.
    #[must_use]
    pub fn word(&self) -> &OutcomeWord {
        &self.outcome.fact.word
    }

    /// Whether the attempt succeeded.
    #[must_use]
    pub fn is_activated(&self) -> bool {
        *self.word() == OutcomeWord::Activated
    }

    /// Whether a KMS host answered in the end, with success, a count that is too low, or nothing but an accepted bind.
    #[must_use]
    pub const fn was_answered(&self) -> bool {
        self.outcome.fact.host.is_some()
    }

    /// Whether everything about the client could be read; where not, an absence is no evidence.
    #[must_use]
    pub fn sees_whole_client(&self) -> bool {
        !self.evidence.denied.iter().any(|(step, _)| step.needs == Stand::Client && **step != step::PING)
    }

    fn each<T>(&self, pick: impl Fn(&'a Observation) -> Option<T> + 'a) -> impl Iterator<Item = Cited<T>> + 'a {
        self.evidence
            .observations
            .iter()
            .filter_map(move |observation| Some(Cited { number: observation.number, fact: pick(observation)? }))
    }

    /// The client's SRV questions for KMS hosts.
    pub fn discovery(&self) -> impl Iterator<Item = &Lookup<'a>> {
        self.lookups.iter().filter(|lookup| lookup.kind == RecordType::SRV && is_service(lookup.name))
    }

    /// The client's registry values.
    pub fn registry(&self) -> impl Iterator<Item = Cited<&'a RegistryValue>> + 'a {
        self.each(|observation| match &observation.fact {
            Fact::Registry(value) if observation.step.needs == Stand::Client => Some(value),
            _ => None,
        })
    }

    /// The KMS host's registry values, where somebody stands there.
    pub fn host_registry(&self) -> impl Iterator<Item = Cited<&'a RegistryValue>> + 'a {
        self.each(|observation| match &observation.fact {
            Fact::Registry(value) if observation.step.needs == Stand::Host => Some(value),
            _ => None,
        })
    }

    /// The text of a client's registry value under the key where its licensing service reads it.
    #[must_use]
    pub fn setting(&self, below_root: &str, name: &str) -> Option<Cited<(&'a RegistryValue, &'a str)>> {
        let path = format!("{}{below_root}", self.licensing?.fact.registry_root);
        self.registry().find_map(|value| match &value.fact.data {
            Data::Text(text) if value.fact.is(&path, name) => {
                Some(Cited { number: value.number, fact: (value.fact, text.as_str()) })
            }
            _ => None,
        })
    }

    /// The KMS host that is registered by hand: per SKU, per application, global.
    #[must_use]
    pub fn registered(&self) -> Option<Registered<'a>> {
        // Most machines have none: then the paths need not be written out.
        self.registry().find(|value| value.fact.name.eq_ignore_ascii_case(registry::HOST_NAME))?;
        let product = &self.licensing?.fact.product;
        let (application, sku) = (product.application(), product.sku());
        let places = [format!(r"\{application}\{sku}"), format!(r"\{application}"), String::new()];
        places.iter().find_map(|place| {
            let name = self.setting(place, registry::HOST_NAME).filter(|name| !name.fact.1.is_empty())?;
            let port = self.setting(place, registry::HOST_PORT).and_then(|port| port.fact.1.parse().ok());
            let value = Cited { number: name.number, fact: name.fact.0 };
            Some(Registered { name: name.fact.1, port: port.unwrap_or(KMS_PORT), value })
        })
    }

    /// What the client's resolver remembers.
    pub fn cached(&self) -> impl Iterator<Item = Cited<&'a CachedLookup>> + 'a {
        self.each(|observation| if let Fact::Cached(cached) = &observation.fact { Some(cached) } else { None })
    }

    /// Events in the logs of the client.
    pub fn logged(&self) -> impl Iterator<Item = Cited<&'a LoggedEvent>> + 'a {
        self.each(|observation| match &observation.fact {
            Fact::Logged(event) if observation.step.needs == Stand::Client => Some(event),
            _ => None,
        })
    }

    /// Events in the logs of the KMS host, where somebody stands there.
    pub fn host_logged(&self) -> impl Iterator<Item = Cited<&'a LoggedEvent>> + 'a {
        self.each(|observation| match &observation.fact {
            Fact::Logged(event) if observation.step.needs == Stand::Host => Some(event),
            _ => None,
        })
    }

    /// How the client's attempts to connect to a KMS host ended.
    pub fn connects(&self) -> impl Iterator<Item = Cited<(SocketAddr, Result<(), Failure>)>> + 'a {
        self.each(|observation| match &observation.fact {
            Fact::Seen(Event::Client(ClientEvent::Connected { to, result }))
                if observation.step.needs == Stand::Client && to.port() != super::investigation::DNS_PORT =>
            {
                Some((*to, *result))
            }
            _ => None,
        })
    }

    /// What the client waited for in vain on a connection.
    pub fn gave_up(&self) -> impl Iterator<Item = Cited<(&'static str, Failure)>> + 'a {
        self.each(|observation| match &observation.fact {
            Fact::Seen(Event::Client(ClientEvent::GaveUp { waiting_for, failure })) => Some((*waiting_for, *failure)),
            _ => None,
        })
    }

    /// What crossed the client's connections to KMS hosts.
    pub fn conversation(&self) -> impl Iterator<Item = Cited<&'a KmsEvent>> + 'a {
        self.each(|observation| match &observation.fact {
            Fact::Seen(Event::Kms(event)) if observation.step.needs == Stand::Client => Some(event),
            _ => None,
        })
    }

    /// What a KMS host saw, where somebody stands there.
    pub fn host_conversation(&self) -> impl Iterator<Item = Cited<&'a KmsEvent>> + 'a {
        self.each(|observation| match &observation.fact {
            Fact::Seen(Event::Kms(event)) if observation.step.needs == Stand::Host => Some(event),
            _ => None,
        })
    }

    /// The questions of the investigation.
    pub fn asked(&self) -> impl Iterator<Item = Cited<&'a Asked>> + 'a {
        self.each(|observation| if let Fact::Asked(asked) = &observation.fact { Some(asked) } else { None })
    }

    /// The questions of the investigation for the client's own SRV names.
    pub fn own_names(&self) -> impl Iterator<Item = Cited<&'a Asked>> + 'a {
        self.each(|observation| match &observation.fact {
            Fact::Asked(asked) if *observation.step == step::LOOKUP && asked.kind == RecordType::SRV => Some(asked),
            _ => None,
        })
    }

    /// Echo requests from the client.
    pub fn pings(&self) -> impl Iterator<Item = Cited<(IpAddr, Result<IpAddr, Failure>)>> + 'a {
        self.each(|observation| match &observation.fact {
            Fact::Ping { to, reply } if observation.step.needs == Stand::Client => Some((*to, *reply)),
            _ => None,
        })
    }

    /// The investigation's own attempts to connect.
    pub fn knocks(&self) -> impl Iterator<Item = Cited<(SocketAddr, Result<(), Failure>)>> + 'a {
        self.each(
            |observation| {
                if let Fact::Knocked { to, result } = &observation.fact { Some((*to, *result)) } else { None }
            },
        )
    }

    /// The investigation's own RPC binds.
    pub fn binds(&self) -> impl Iterator<Item = Cited<(SocketAddr, &'a BindSaid)>> + 'a {
        self.each(|observation| if let Fact::Bound { to, said } = &observation.fact { Some((*to, said)) } else { None })
    }

    /// The zones of DNS servers where somebody stands.
    pub fn zones(&self) -> impl Iterator<Item = Cited<&'a Zone>> + 'a {
        self.each(|observation| if let Fact::Zone(zone) = &observation.fact { Some(&**zone) } else { None })
    }

    /// The zones that age, of DNS servers where somebody stands.
    pub fn aging(&self) -> impl Iterator<Item = Cited<&'a ZoneAging>> + 'a {
        self.each(|observation| if let Fact::Aging(aging, _) = &observation.fact { Some(aging) } else { None })
    }

    /// What scavenging took at DNS servers where somebody stands.
    pub fn scavenged(&self) -> impl Iterator<Item = Cited<&'a Scavenged>> + 'a {
        self.each(
            |observation| {
                if let Fact::Scavenged(scavenged) = &observation.fact { Some(&**scavenged) } else { None }
            },
        )
    }

    /// The services of KMS hosts where somebody stands.
    pub fn services(&self) -> impl Iterator<Item = Cited<&'a KmsService>> + 'a {
        self.each(|observation| if let Fact::Service(service) = &observation.fact { Some(&**service) } else { None })
    }

    /// Requests in the logs of KMS hosts where somebody stands.
    pub fn requests(&self) -> impl Iterator<Item = Cited<&'a KmsRequest>> + 'a {
        self.each(|observation| if let Fact::Requested(request) = &observation.fact { Some(request) } else { None })
    }

    /// The SRV records of KMS hosts that the client or the investigation saw under a name, each once.
    #[must_use]
    pub fn offers(&self) -> Vec<Offer<'a>> {
        let mut offers: Vec<Offer<'a>> = Vec::new();
        let mut add = |owner: &'a DomainName, data: &'a RecordData, by_client: bool, number: u32| {
            let RecordData::Srv(srv) = data else { return };
            match offers.iter_mut().find(|offer| offer.owner == owner && offer.srv == srv) {
                Some(offer) => {
                    offer.by_client |= by_client;
                    offer.numbers.push(number);
                }
                None => offers.push(Offer { owner, srv, by_client, numbers: vec![number] }),
            }
        };
        for lookup in &self.lookups {
            for reply in &lookup.replies {
                reply.fact.1.answers.iter().for_each(|data| add(lookup.name, data, true, reply.number));
            }
        }
        for cached in self.cached() {
            cached.fact.records.iter().for_each(|record| add(&cached.fact.name, &record.data, true, cached.number));
        }
        for asked in self.asked() {
            asked.fact.said.records().iter().for_each(|record| add(&record.name, &record.data, false, asked.number));
        }
        offers
    }

    /// What the client's own questions found for the address of a name, and the investigation's, with where it was seen.
    #[must_use]
    pub fn addresses_of(&self, name: &DomainName) -> Vec<Cited<IpAddr>> {
        let is_address = |kind: RecordType| kind == RecordType::A || kind == RecordType::AAAA;
        let mut found: Vec<Cited<IpAddr>> = Vec::new();
        for lookup in self.lookups.iter().filter(|lookup| lookup.name == name && is_address(lookup.kind)) {
            for reply in &lookup.replies {
                let addresses = reply.fact.1.answers.iter().filter_map(address);
                found.extend(addresses.map(|fact| Cited { number: reply.number, fact }));
            }
        }
        for asked in self.asked().filter(|asked| asked.fact.name == *name && is_address(asked.fact.kind)) {
            let addresses = asked.fact.said.records().iter().filter_map(|record: &Record| address(&record.data));
            found.extend(addresses.map(|fact| Cited { number: asked.number, fact }));
        }
        found
    }

    /// What the servers said when the investigation asked for a name and type.
    pub fn said(&self, name: &DomainName, kind: RecordType) -> impl Iterator<Item = Cited<(IpAddr, &'a Said)>> {
        let name = name.clone();
        self.asked()
            .filter(move |asked| asked.fact.name == name && asked.fact.kind == kind)
            .map(|asked| Cited { number: asked.number, fact: (asked.fact.server, &asked.fact.said) })
    }

    /// The domains under which the client looks for KMS hosts.
    #[must_use]
    pub fn domains(&self) -> Vec<DomainName> {
        let mut domains: Vec<DomainName> = Vec::new();
        let asked = self.discovery().map(|lookup| lookup.name);
        for domain in asked.chain(self.own_names().map(|asked| &asked.fact.name)).filter_map(domain_of) {
            if !domains.contains(&domain) {
                domains.push(domain);
            }
        }
        domains
    }
}

/// The first fact that fits, with its number.
fn find<'a, T>(evidence: &'a Evidence, pick: impl Fn(&'a Fact) -> Option<T>) -> Option<Cited<T>> {
    evidence
        .observations
        .iter()
        .find_map(|observation| Some(Cited { number: observation.number, fact: pick(&observation.fact)? }))
}

/// The address in a record, if it is an address record.
pub(in crate::diagnosis) fn address(data: &RecordData) -> Option<IpAddr> {
    match data {
        RecordData::A(address) => Some(IpAddr::from(*address)),
        RecordData::Aaaa(address) => Some(IpAddr::from(*address)),
        _ => None,
    }
}
