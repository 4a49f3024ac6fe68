//! The honest answer: a question and zones in, a reply out, as NSD, Knot and BIND agree.
//!
//! A pure function of ours, because hickory's zones differ from those three in a dozen answers that matter around a KMS host
//! (targets without addresses, NXDOMAIN at wildcards, negative TTLs). It knows no socket, no journal and no fault.

pub mod encode;
pub mod reply;

use std::collections::HashMap;

use double::Seed;

use crate::answer::reply::{Line, Reply};
use crate::name::{DomainName, suffixes};
use crate::query::Query;
use crate::rcode::Rcode;
use crate::record::{RecordData, RecordType, Soa};
use crate::wire::CLASS_IN;
use crate::zone::Zone;
use crate::zone::index::{IndexedRecord, Node, RrSet, WireName, ZoneIndex};

/// Aliases followed in one answer (BIND stops at 16, Knot at 5); a loop ends earlier, where it closes.
const MAX_ALIASES: usize = 16;

notation::choice! {
    /// What a server says about names outside its zones.
    pub enum Outside("way to answer outside the zones") {
        /// NXDOMAIN, as a server that asks the rest of the world by recursion would learn it. RA is set.
        "nxdomain" => Nxdomain,
        /// REFUSED, as a server without recursion says. RA is clear.
        "refused" => Refused,
    }
}

notation::choice! {
    /// In which order the records of one name and type come.
    pub enum Order("order of records") {
        /// As in the zone.
        "fixed" => Fixed,
        /// One further with every query.
        "rotated" => Rotated,
        /// By chance, from the seed.
        "random" => Random,
    }
}

/// How a server answers, apart from its zones.
#[derive(Clone, Copy, Debug)]
pub struct Policy<'a> {
    /// Outside the zones.
    pub outside: &'a Outside,
    /// The order of records.
    pub order: &'a Order,
}

/// Which query this is, for an order that changes with the queries.
#[derive(Clone, Copy, Debug)]
pub struct Turn {
    /// Queries before this one.
    pub ordinal: u64,
    /// The server's seed.
    pub seed: Seed,
}

/// The compiled zones of a server, found by name.
#[derive(Clone, Debug)]
pub struct Zones {
    by_origin: HashMap<Box<[u8]>, ZoneIndex>,
    /// What a recursing server learns about a name that does not exist: the SOA of the root zone.
    root_soa: IndexedRecord,
}

impl Zones {
    /// Compiles zones; of several with one origin the last counts.
    #[must_use]
    pub fn new<'a>(zones: impl IntoIterator<Item = &'a Zone>) -> Self {
        let compiled = zones.into_iter().map(ZoneIndex::new);
        Self { by_origin: compiled.map(|zone| (zone.origin().into(), zone)).collect(), root_soa: root_soa() }
    }

    /// The zone that is the closest at or above a name.
    #[must_use]
    pub fn find(&self, lower: &[u8]) -> Option<&ZoneIndex> {
        suffixes(lower).find_map(|suffix| self.by_origin.get(suffix))
    }

    /// What a negative answer about a name carries in its authority section.
    #[must_use]
    pub fn denial<'a>(&'a self, name: WireName<'a>) -> Option<Line<'a>> {
        let zone = self.find(name.lower)?;
        zone.negative_soa().map(|record| Line::new(zone.origin_name(), record))
    }
}

/// The SOA of the root zone; its times are those of the public one, its serial is of the laboratory.
fn root_soa() -> IndexedRecord {
    let name = |text| DomainName::parse(text).unwrap_or_else(|_| DomainName::root());
    let soa = Soa {
        primary: name("a.root-servers.net"),
        mailbox: name("nstld.verisign-grs.com"),
        serial: 1,
        refresh: 1800,
        retry: 900,
        expire: 604_800,
        minimum: 86_400,
    };
    IndexedRecord::new(86_400, &RecordData::Soa(Box::new(soa)))
}

/// Answers a question; `stream` says that it came over TCP.
#[must_use]
pub fn answer<'a>(query: &'a Query<'_>, zones: &'a Zones, policy: Policy<'_>, turn: Turn, stream: bool) -> Reply<'a> {
    let mut reply = Reply::to(query, stream);
    reply.recursion_available = *policy.outside == Outside::Nxdomain;
    if query.edns.is_some_and(|edns| edns.version > 0) {
        reply.rcode = Rcode::BADVERS;
    } else if query.record_type == RecordType::OPT {
        reply.rcode = Rcode::FORMERR;
    } else if query.class != CLASS_IN || matches!(query.record_type, RecordType::AXFR | RecordType::IXFR) {
        reply.rcode = Rcode::REFUSED;
    } else {
        let mut answering = Answering { wanted: query.record_type, zones, policy, turn, reply };
        answering.follow(query.name());
        reply = answering.reply;
    }
    reply
}

/// An answer in the making.
struct Answering<'a, 'p> {
    wanted: RecordType,
    zones: &'a Zones,
    policy: Policy<'p>,
    turn: Turn,
    reply: Reply<'a>,
}

impl<'a> Answering<'a, '_> {
    /// Looks a name up, and on through its aliases (RFC 1034 4.3.2).
    fn follow(&mut self, asked: WireName<'a>) {
        let mut name = asked;
        for followed in 0..=MAX_ALIASES {
            let Some(zone) = self.zones.find(name.lower) else {
                return self.outside(followed > 0);
            };
            if let Some((owner, servers)) = zone.cut(name)
                && !(self.wanted == RecordType::DS && owner.lower == name.lower)
            {
                return self.refer(zone, owner, servers, followed > 0);
            }
            self.reply.authoritative = true;
            let Some(node) = zone.node(name.lower).or_else(|| zone.wildcard(name.lower)) else {
                self.reply.rcode = Rcode::NXDOMAIN;
                return self.deny(zone);
            };
            if let Some(rrset) = self.wanted_in(node) {
                self.push(name, rrset);
                return self.add_addresses(zone, rrset, false);
            }
            let Some(alias) = node.find(RecordType::CNAME) else {
                return self.deny(zone);
            };
            self.push(name, alias);
            match alias.records.first().and_then(IndexedRecord::target) {
                Some(target) if !self.was_answered(target) => name = target,
                // The loop is closed; what was said so far is all there is.
                Some(_) | None => return,
            }
        }
    }

    /// The records asked for. ANY gets one record set (RFC 8482 4.1), the first of the zone.
    fn wanted_in(&self, node: &'a Node) -> Option<&'a RrSet> {
        if self.wanted == RecordType::ANY { node.rrsets.first() } else { node.find(self.wanted) }
    }

    fn was_answered(&self, name: WireName<'_>) -> bool {
        self.reply.answers.iter().any(|line| line.owner.lower == name.lower)
    }

    /// No zone of ours: what the rest of the world would say, or nothing. An alias that leads there stays in the answer.
    fn outside(&mut self, aliased: bool) {
        match self.policy.outside {
            Outside::Nxdomain => {
                self.reply.rcode = Rcode::NXDOMAIN;
                let owner = WireName { written: &[0], lower: &[0] };
                self.reply.authorities.push(Line::new(owner, &self.zones.root_soa));
            }
            Outside::Refused if aliased => {}
            Outside::Refused => self.reply.rcode = Rcode::REFUSED,
        }
    }

    /// Says that something does not exist, with the SOA that lets the client remember it (RFC 2308 3).
    fn deny(&mut self, zone: &'a ZoneIndex) {
        if let Some(record) = zone.negative_soa() {
            self.reply.authorities.push(Line::new(zone.origin_name(), record));
        }
    }

    /// Points to the servers of a delegated zone, with the addresses we know (RFC 1034 4.2.1).
    fn refer(&mut self, zone: &'a ZoneIndex, owner: WireName<'a>, servers: &'a RrSet, aliased: bool) {
        self.reply.authoritative = aliased;
        self.reply.needs_additionals = true;
        self.reply.authorities.extend(servers.records.iter().map(|record| Line::new(owner, record)));
        self.add_addresses(zone, servers, true);
    }

    /// Puts a record set into the answer section, in the order of the policy.
    fn push(&mut self, owner: WireName<'a>, rrset: &'a RrSet) {
        let start = self.reply.answers.len();
        self.reply.answers.extend(rrset.records.iter().map(|record| Line::new(owner, record)));
        let Some(fresh) = self.reply.answers.get_mut(start..).filter(|fresh| fresh.len() > 1) else { return };
        match self.policy.order {
            Order::Fixed => {}
            Order::Rotated => {
                let count = u64::try_from(fresh.len()).unwrap_or(u64::MAX);
                fresh.rotate_left(usize::try_from(self.turn.ordinal % count).unwrap_or(0));
            }
            Order::Random => self.turn.seed.nth(self.turn.ordinal).rng().shuffle(fresh),
        }
    }

    /// Adds the addresses of every target in the zone (RFC 2782; RFC 1035 3.3.9, 3.3.11), and no alias: a target that is one
    /// stays without. `glue` allows addresses below a delegation.
    fn add_addresses(&mut self, zone: &'a ZoneIndex, rrset: &'a RrSet, glue: bool) {
        if ![RecordType::SRV, RecordType::NS, RecordType::MX].contains(&rrset.record_type) {
            return;
        }
        let mut done: Vec<&[u8]> = Vec::with_capacity(rrset.records.len());
        for target in rrset.records.iter().filter_map(IndexedRecord::target) {
            if !zone.contains(target.lower) || done.contains(&target.lower) || (!glue && zone.cut(target).is_some()) {
                continue;
            }
            done.push(target.lower);
            let Some(node) = zone.node(target.lower).or_else(|| zone.wildcard(target.lower)) else { continue };
            for address in [RecordType::A, RecordType::AAAA].into_iter().filter_map(|wanted| node.find(wanted)) {
                let lines = address.records.iter().map(|record| Line::new(target, record));
                self.reply.additionals.extend(lines);
            }
        }
    }
}

#[cfg(test)]
mod tests;
