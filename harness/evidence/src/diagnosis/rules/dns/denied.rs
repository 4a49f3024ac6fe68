//! Why a DNS server denies the SRV record: one cause, the first that the evidence shows.
//!
//! The order is that of an engineer who excludes: does this server tell the truth at all, does another one know more, is the
//! record one letter or one domain off, does the server know the domain; only then is the record missing.

use std::net::IpAddr;

use mock_dns::name::DomainName;
use mock_dns::record::{RecordData, RecordType};

use super::{aged, elsewhere};
use crate::diagnosis::fact::{Asked, Said};
use crate::diagnosis::investigation::{DNS_PORT, KMS_PORT, as_written, domain_of, is_service};
use crate::diagnosis::reading::{Cited, Lookup, Reading, address};
use crate::diagnosis::remedy::{Act, DNS_SERVER, KMS_FQDN, Known};
use crate::diagnosis::rules::Finding;
use crate::diagnosis::step;
use crate::outcome::OutcomeWord;

/// A client that was told by all its servers that there is no such record.
pub(super) struct Denial<'r, 'a> {
    pub(super) reading: &'r Reading<'a>,
    /// Its questions, all denied.
    pub(super) lookups: Vec<&'r Lookup<'a>>,
    /// The question that is spoken of: the first whose zone the server knows, else the first.
    pub(super) name: DomainName,
    /// The domain of that name.
    pub(super) domain: DomainName,
    /// The server that denied it.
    pub(super) server: IpAddr,
}

impl<'r, 'a> Denial<'r, 'a> {
    pub(super) fn of(reading: &'r Reading<'a>) -> Option<Self> {
        if *reading.word() != OutcomeWord::NoKmsHostFound || reading.registered().is_some() {
            return None;
        }
        // A name that was not asked for, because the client remembers it as missing, would have led further: what was denied beside it
        // is no cause.
        if !reading.published_but_remembered_missing().is_empty() {
            return None;
        }
        let lookups: Vec<_> = reading.discovery().filter(|lookup| lookup.is_denied()).collect();
        let knows = |lookup: &&&Lookup<'a>| {
            let server = lookup.reply().map(|reply| reply.fact.0);
            let domain = domain_of(lookup.name);
            let known = server.zip(domain).and_then(|(server, domain)| reading.knows_zone(server, &domain));
            known.is_some_and(|knows| knows.fact)
        };
        let lookup = lookups.iter().find(knows).or(lookups.first())?;
        let (name, server) = (lookup.name, lookup.reply()?.fact.0);
        let domain = domain_of(name)?;
        Some(Self { reading, name: as_written(name), domain, server, lookups })
    }

    /// The observations that show the denial: the client's own, and the same questions of the investigation.
    pub(super) fn numbers(&self) -> Vec<u32> {
        let own = self.lookups.iter().flat_map(|lookup| lookup.numbers());
        let again =
            self.reading.own_names().filter(|asked| asked.fact.said.denies() && asked.fact.server == self.server);
        own.chain(again.map(|asked| asked.number)).collect()
    }

    /// Whether the server knows the zone of the name.
    pub(super) fn zone(&self) -> Option<Cited<bool>> {
        self.reading.knows_zone(self.server, &self.domain)
    }

    /// A finding that cites the denial and something more.
    pub(super) fn finding(&self, id: &str, more: impl IntoIterator<Item = u32>, says: String) -> Option<Finding> {
        Finding::new(id, self.numbers().into_iter().chain(more), says)
    }

    /// Publishing a host under the name that was denied.
    pub(super) fn publish(&self, target: Known<DomainName>, port: u16) -> Vec<Act> {
        vec![Act::AddSrv { owner: self.name.clone(), target, port }, Act::FlushDns]
    }

    /// Repairing what the server does wrong, as far as the finding tells.
    pub(super) fn repair_server(&self, finding: &'static str) -> Vec<Act> {
        let at = std::net::SocketAddr::new(self.server, DNS_PORT);
        vec![Act::RepairService { at, finding }, Act::FlushDns]
    }

    fn asked_here(&self) -> impl Iterator<Item = Cited<&'a Asked>> {
        let server = self.server;
        self.reading.asked().filter(move |asked| asked.fact.server == server)
    }
}

/// One reason for a denial.
type Reason = fn(&Denial<'_, '_>) -> Option<Finding>;

/// In the order in which they exclude each other.
const REASONS: [Reason; 11] = [
    hijacked,
    elsewhere::delegated,
    elsewhere::other_server,
    misspelt,
    bare_name,
    elsewhere::lookup_domain,
    elsewhere::other_domain,
    elsewhere::zone_unknown,
    aged::scavenged,
    no_data,
    missing,
];

/// Why the client was told that there is no such record.
pub(super) fn why(reading: &Reading<'_>) -> Vec<Finding> {
    let Some(denial) = Denial::of(reading) else { return Vec::new() };
    REASONS.iter().find_map(|reason| reason(&denial)).into_iter().collect()
}

/// A wildcard gives every name of the domain an address, so that a missing record looks like a name without records.
pub(super) fn wildcard(reading: &Reading<'_>) -> Vec<Finding> {
    let Some(denial) = Denial::of(reading) else { return Vec::new() };
    if reading.hijacks(denial.server).is_some() {
        return Vec::new();
    }
    let Some(wildcard) = reading.wildcard(denial.server, &denial.domain) else { return Vec::new() };
    let says = format!("any name of {} has the address {}", denial.domain, wildcard.fact);
    Finding::new("dns-wildcard", [wildcard.number], says).into_iter().collect()
}

/// Even a name that cannot exist has an address.
fn hijacked(denial: &Denial<'_, '_>) -> Option<Finding> {
    let hijacks = denial.reading.hijacks(denial.server)?;
    let says = format!("{} gives every name the address {}, even one that cannot exist", denial.server, hijacks.fact);
    let finding = denial.finding("dns-hijacked", [hijacks.number], says)?;
    let ask = vec![Act::AskServerFirst(Known::Blank(DNS_SERVER)), Act::FlushDns];
    Some(finding.repair(denial.repair_server("dns-hijacked")).repair(ask))
}

/// A neighbouring owner name that holds the record.
fn misspelt(denial: &Denial<'_, '_>) -> Option<Finding> {
    let neighbours = denial.asked_here().filter(|asked| {
        *denial.reading.step_of(asked.number) == step::NEIGHBOURS
            && asked.fact.kind == RecordType::SRV
            && !is_service(&asked.fact.name)
            && asked.fact.name.is_within(&denial.domain)
    });
    let (asked, record, srv) = neighbours
        .flat_map(|asked| asked.fact.said.records().iter().map(move |record| (asked, record)))
        .find_map(|(asked, record)| srv_of(&record.data).map(|srv| (asked, record, srv)))?;
    let says = format!("{} holds the record that is asked for under {}", asked.fact.name, denial.name);
    let mut acts = vec![Act::RemoveRecord { owner: asked.fact.name.clone(), data: record.data.clone() }];
    acts.extend(denial.publish(Known::Is(srv.target.clone()), srv.port));
    Some(denial.finding("dns-srv-owner-misspelt", [asked.number], says)?.repair(acts))
}

/// The record stands under the two labels alone, in no domain.
fn bare_name(denial: &Denial<'_, '_>) -> Option<Finding> {
    let bare = denial.asked_here().filter(|asked| is_service(&asked.fact.name) && asked.fact.name.depth() == 2);
    let (asked, record, srv) = bare
        .flat_map(|asked| asked.fact.said.records().iter().map(move |record| (asked, record)))
        .find_map(|(asked, record)| srv_of(&record.data).map(|srv| (asked, record, srv)))?;
    let says = format!("{} holds the record, without a domain; the client asks for {}", asked.fact.name, denial.name);
    let mut acts = vec![Act::RemoveRecord { owner: asked.fact.name.clone(), data: record.data.clone() }];
    acts.extend(denial.publish(Known::Is(srv.target.clone()), srv.port));
    Some(denial.finding("dns-srv-bare-name", [asked.number], says)?.repair(acts))
}

/// The name exists, and not with an SRV record; or SRV records are taken out of the answers.
fn no_data(denial: &Denial<'_, '_>) -> Option<Finding> {
    let all = denial.asked_here().filter(|asked| asked.fact.name == denial.name);
    let all: Vec<_> = all.filter(|asked| asked.fact.kind == RecordType::ANY).collect();
    let own = denial.reading.said(&denial.name, RecordType::SRV).filter(|said| said.fact.0 == denial.server);
    let exists = own.last().is_some_and(|said| matches!(said.fact.1, Said::NoData(_)));
    // A signed zone may deny a name that does not exist in this way (RFC 9824): then any other type says so.
    if !exists || all.iter().any(|asked| matches!(asked.fact.said, Said::NoSuchName(_))) {
        return None;
    }
    let records: Vec<_> = all.iter().flat_map(|asked| asked.fact.said.records()).collect();
    let wildcard = denial.reading.wildcard(denial.server, &denial.domain).map(|wildcard| wildcard.fact);
    if wildcard.is_some() && records.iter().all(|record| address(&record.data) == wildcard) {
        // The name exists by the wildcard alone: what is missing is the record.
        return None;
    }
    let stripped = records.iter().find_map(|record| srv_of(&record.data));
    let held: Vec<String> =
        records.iter().map(|record| format!("{} {}", record.data.record_type(), record.data)).collect();
    let more = all.iter().map(|asked| asked.number);
    let at = denial.server;
    let (says, acts) = match stripped {
        Some(_) => (
            format!("asked for anything, {at} shows the SRV record of {}; asked for SRV, nothing", denial.name),
            Vec::new(),
        ),
        None if held.is_empty() => (
            format!(
                "{} exists and has no SRV record, or something takes SRV records out of the answers of {at}",
                denial.name
            ),
            denial.publish(Known::Blank(KMS_FQDN), KMS_PORT),
        ),
        None => (
            format!("{} exists with {}, and without an SRV record", denial.name, held.join(", ")),
            denial.publish(Known::Blank(KMS_FQDN), KMS_PORT),
        ),
    };
    let mut finding = denial.finding("dns-no-data", more, says)?;
    if !acts.is_empty() {
        finding = finding.repair(acts);
    }
    let register = vec![Act::RegisterHost { host: Known::Blank(KMS_FQDN), port: KMS_PORT }];
    Some(finding.repair(denial.repair_server("dns-no-data")).workaround(register))
}

/// The zone is there, and holds no SRV record of a KMS host under any name that this machine knows.
fn missing(denial: &Denial<'_, '_>) -> Option<Finding> {
    let zone = denial.zone()?;
    let says = format!("{} has no SRV record, and no other name that the machine knows has one", denial.name);
    let register = vec![Act::RegisterHost { host: Known::Blank(KMS_FQDN), port: KMS_PORT }];
    let finding = denial.finding("dns-srv-missing", [zone.number], says)?;
    Some(finding.repair(denial.publish(Known::Blank(KMS_FQDN), KMS_PORT)).workaround(register))
}

const fn srv_of(data: &RecordData) -> Option<&mock_dns::record::Srv> {
    if let RecordData::Srv(srv) = data { Some(srv) } else { None }
}
