//! A case: what all files together say, where each fact stands, which of them contradict each other, and what nobody said.
//!
//! It concludes nothing about the network. Two files that say different things about one question are a contradiction, never a
//! vote: machines, days and people get mixed up on the way, and which file is right cannot be seen from here.
#![expect(clippy::wildcard_enum_match_arm, reason = "picks a few kinds out of many")]

use std::collections::BTreeMap;

use double::WallTime;
use evidence::registry::Data;
use exhibit::claim::{Claim, LicenceClaim, Place, Says};

use super::look::{Question, said};
use super::stand::{Stand, Stands, stands};
use super::words::without_keys;

/// Most claims that are compared; a customer's bundle has some hundred.
pub const CLAIMS_MAX: usize = 5000;

/// An answer to a question, and everywhere that gives it.
#[derive(Clone, Debug, PartialEq)]
pub struct Fact {
    /// Where it was asked.
    pub at: Stand,
    /// The question.
    pub question: Question,
    /// The answer.
    pub says: String,
    /// Where it stands; never empty.
    pub places: Vec<Place>,
}

/// Two places that give different answers to one question.
#[derive(Clone, Debug, PartialEq)]
pub struct Contradiction {
    /// The question.
    pub question: Question,
    /// One answer.
    pub first: (String, Place),
    /// Another answer.
    pub second: (String, Place),
}

/// Whether a question belongs to a topic, and what the topic is called.
type Topic = (fn(&Question) -> bool, &'static str);

/// What somebody sent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Case {
    /// The claims, without product keys.
    pub claims: Vec<Claim>,
    /// Where each of them was collected.
    pub stands: Stands,
    /// The facts, in the order in which they were met.
    pub facts: Vec<Fact>,
    /// Where places disagree.
    pub contradictions: Vec<Contradiction>,
    /// How many claims say nothing that a network could be held against.
    pub unused: usize,
    /// How many claims were too many to be looked at.
    pub dropped: usize,
}

impl Case {
    /// Puts claims together.
    #[must_use]
    pub fn of(claims: &[Claim]) -> Self {
        let mut case = Self { dropped: claims.len().saturating_sub(CLAIMS_MAX), ..Self::default() };
        case.claims = claims.iter().take(CLAIMS_MAX).cloned().map(scrubbed).collect();
        case.stands = stands(&case.claims);
        for (claim, at) in case.claims.iter().zip(&case.stands.of) {
            let said = said(claim);
            if said.is_empty() && !matches!(claim.says, Says::Adapter(_)) {
                case.unused += 1;
            }
            for (question, says) in said {
                // A log holds many events; which one belongs to the attempt is decided below.
                if is_logged(&question) {
                    continue;
                }
                add(&mut case.facts, &mut case.contradictions, (*at, question), says, &claim.place);
            }
        }
        for (at, claim) in last_events(case.stands.of.iter().copied().zip(&case.claims)) {
            for (question, says) in said(claim) {
                add(&mut case.facts, &mut case.contradictions, (at, question), says, &claim.place);
            }
        }
        case
    }

    /// The claims, each with where it was collected.
    pub fn collected(&self) -> impl Iterator<Item = (Stand, &Claim)> {
        self.stands.of.iter().copied().zip(&self.claims)
    }

    /// What is said to a question.
    #[must_use]
    pub fn says(&self, at: Stand, question: &Question) -> Option<&Fact> {
        self.facts.iter().find(|fact| fact.at == at && fact.question == *question)
    }

    /// What nobody said, of all that would narrow it down.
    #[must_use]
    pub fn unknown(&self) -> Vec<&'static str> {
        let has = |test: fn(&Question) -> bool| self.facts.iter().any(|fact| test(&fact.question));
        let topics: [Topic; 7] = [
            (|q| matches!(q, Question::Attempt | Question::Event(12288)), "how an attempt to activate ends"),
            (|q| matches!(q, Question::Suffix | Question::AdapterSuffix(_)), "the DNS suffixes of the client"),
            (|q| matches!(q, Question::Servers(_)), "which DNS servers the client asks"),
            (|q| matches!(q, Question::Lookup(_, _, kind) if kind == "SRV"), "what DNS answers to the SRV question"),
            (|q| matches!(q, Question::Registered), "whether a KMS host is registered by hand"),
            (|q| matches!(q, Question::Port(..)), "whether the port of the KMS host can be reached"),
            (|q| matches!(q, Question::Count), "the current count of the KMS host"),
        ];
        topics.into_iter().filter(|(test, _)| !has(*test)).map(|(_, topic)| topic).collect()
    }
}

const fn is_logged(question: &Question) -> bool {
    matches!(question, Question::Event(_) | Question::EventHost(_))
}

fn add(
    facts: &mut Vec<Fact>,
    wrong: &mut Vec<Contradiction>,
    (at, question): (Stand, Question),
    says: String,
    place: &Place,
) {
    let known = facts.iter_mut().find(|fact| fact.at == at && fact.question == question);
    match known {
        None => facts.push(Fact { at, question, says, places: vec![place.clone()] }),
        Some(fact) if fact.says == says => {
            if !fact.places.contains(place) {
                fact.places.push(place.clone());
            }
        }
        Some(fact) => {
            let first = fact.places.first().cloned().unwrap_or_else(|| place.clone());
            wrong.push(Contradiction { question, first: (fact.says.clone(), first), second: (says, place.clone()) });
        }
    }
}

/// The last event of each id at each machine: the latest by its time, and where none is told, the last in the files.
fn last_events<'a>(collected: impl Iterator<Item = (Stand, &'a Claim)>) -> Vec<(Stand, &'a Claim)> {
    let mut last: BTreeMap<(Stand, u32), (Option<WallTime>, &Claim)> = BTreeMap::new();
    for (at, claim) in collected {
        let Says::Event(event) = &claim.says else { continue };
        let held = last.entry((at, event.id)).or_insert((event.at, claim));
        if held.0 <= event.at {
            *held = (event.at, claim);
        }
    }
    last.into_iter().map(|((at, _), (_, claim))| (at, claim)).collect()
}

/// A claim whose texts hold no product key.
fn scrubbed(mut claim: Claim) -> Claim {
    let clean = |text: &mut String| *text = without_keys(text);
    clean(&mut claim.place.file);
    match &mut claim.says {
        Says::HostName(text) => clean(text),
        Says::Adapter(adapter) => clean(&mut adapter.name),
        Says::Lookup(lookup) => lookup.server_name.iter_mut().for_each(clean),
        Says::Attempt(attempt) => attempt.product.iter_mut().for_each(clean),
        Says::Event(event) => event.computer.iter_mut().chain(&mut event.fields).for_each(clean),
        Says::Licence(licence) => match licence {
            LicenceClaim::Name(text)
            | LicenceClaim::Description(text)
            | LicenceClaim::Registered(text)
            | LicenceClaim::Discovered(text)
            | LicenceClaim::LookupDomain(text) => clean(text),
            _ => {}
        },
        Says::Registry(value) => {
            clean(&mut value.path);
            clean(&mut value.name);
            match &mut value.data {
                Data::Text(text) => clean(text),
                Data::List(list) => list.iter_mut().for_each(clean),
                Data::Number(_) => {}
            }
        }
        Says::NoRegistryValue { path, name } => {
            clean(path);
            name.iter_mut().for_each(clean);
        }
        Says::Port { to, .. } | Says::Ping { to, .. } => clean(to),
        Says::PrimarySuffix(_) | Says::SearchList(_) | Says::Record { .. } => {}
    }
    claim
}
