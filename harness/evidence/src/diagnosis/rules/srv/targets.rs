//! Rules about the host that an SRV record names: no host at all, no address, the wrong kind of address, an alias.

use mock_dns::name::DomainName;
use mock_dns::record::{RecordData, RecordType};

use super::asks_address_of;
use crate::diagnosis::fact::Said;
use crate::diagnosis::investigation::{DNS_PORT, KMS_PORT, as_written, undoubled};
use crate::diagnosis::reading::{Offer, Reading};
use crate::diagnosis::remedy::{Act, KMS_ADDRESS, KMS_FQDN, Known};
use crate::diagnosis::rules::Finding;
use crate::diagnosis::table::Severity;
use crate::outcome::OutcomeWord;

/// The same record with another host.
fn renamed(offer: &Offer<'_>, target: Known<DomainName>) -> Vec<Act> {
    let port = if offer.srv.port == 0 { KMS_PORT } else { offer.srv.port };
    vec![
        Act::RemoveRecord { owner: as_written(offer.owner), data: RecordData::Srv(offer.srv.clone()) },
        Act::AddSrv { owner: as_written(offer.owner), target, port },
        Act::FlushDns,
    ]
}

/// The root as the host's name: the service is decidedly not available here (RFC 2782).
pub(super) fn null(reading: &Reading<'_>) -> Vec<Finding> {
    let offers = super::seen(reading).into_iter().filter(|offer| offer.srv.target.is_root() && !reading.is_activated());
    let found = offers.filter_map(|offer| {
        let says =
            format!("{} names the host \".\": the domain says that it offers no KMS host", as_written(offer.owner));
        let numbers = offer.numbers.iter().copied().chain([reading.outcome.number]);
        Some(Finding::new("srv-target-null", numbers, says)?.repair(renamed(&offer, Known::Blank(KMS_FQDN))))
    });
    found.collect()
}

/// Hosts without an address, whether a record or a person names them: where none is left, it is why nobody was reached.
pub(super) fn unresolvable(reading: &Reading<'_>) -> Vec<Finding> {
    let mut nameless: Vec<Nameless<'_>> = Vec::new();
    for offer in reading.offers().into_iter().filter(|offer| !offer.srv.target.is_root()) {
        let denied = denied_addresses(reading, &offer.srv.target);
        let told = nameless.iter().any(|known| known.offer.srv.target == offer.srv.target);
        if !denied.is_empty() && !told && reading.addresses_of(&offer.srv.target).is_empty() {
            nameless.push(Nameless { offer, denied });
        }
    }
    if nameless.is_empty() || reading.connects().next().is_none() {
        return nameless.iter().filter_map(|host| host.finding(reading)).collect();
    }
    let names: Vec<String> = nameless.iter().map(|host| host.offer.srv.target.to_string()).collect();
    let says = format!("published, and without an address: {}; other hosts have one", names.join(", "));
    let numbers = nameless.iter().flat_map(|host| host.offer.numbers.iter().chain(&host.denied).copied());
    let acts = nameless.iter().map(|host| Act::RemoveRecord {
        owner: as_written(host.offer.owner),
        data: RecordData::Srv(host.offer.srv.clone()),
    });
    let finding = Finding::new("srv-target-unresolvable", numbers, says);
    let finding = finding.map(|finding| finding.repair(acts.chain([Act::FlushDns]).collect()));
    finding.map(|finding| Finding { severity: Severity::Warning, ..finding }).into_iter().collect()
}

/// The client's own questions for the addresses of a name that were denied, and denials that it remembers.
fn denied_addresses(reading: &Reading<'_>, name: &DomainName) -> Vec<u32> {
    let own = reading.lookups.iter().filter(|lookup| asks_address_of(lookup, name) && lookup.is_denied());
    let remembered = reading
        .cached()
        .filter(|cached| cached.fact.name == *name && cached.fact.records.is_empty() && !reading.is_activated());
    own.flat_map(|lookup| lookup.numbers()).chain(remembered.map(|cached| cached.number)).collect()
}

/// A host of a record that has no address, and the denials that show it.
struct Nameless<'a> {
    offer: Offer<'a>,
    denied: Vec<u32>,
}

impl Nameless<'_> {
    fn finding(&self, reading: &Reading<'_>) -> Option<Finding> {
        let (offer, target) = (&self.offer, &self.offer.srv.target);
        let said = [RecordType::A, RecordType::AAAA].map(|kind| reading.said(target, kind).collect::<Vec<_>>());
        let said: Vec<_> = said.into_iter().flatten().collect();
        let numbers = offer.numbers.iter().chain(&self.denied).copied().chain(said.iter().map(|said| said.number));
        let once = undoubled(target);
        let literal = target.to_string().trim_end_matches('.').parse::<std::net::IpAddr>().is_ok();
        let says = if literal {
            format!(
                "{} names the address {target} as if it were a host name, and no such name exists",
                as_written(offer.owner)
            )
        } else if once.is_some() {
            format!("{} names {target}: the domain stands there twice, as without a final dot", as_written(offer.owner))
        } else {
            format!("{} names {target}, which has no address", as_written(offer.owner))
        };
        let finding = Finding::new("srv-target-unresolvable", numbers, says)?;
        let mut finding = match once {
            Some(once) => finding.repair(renamed(offer, Known::Is(once))),
            None if literal => finding.repair(renamed(offer, Known::Blank(KMS_FQDN))),
            None => {
                let address = Known::Blank(KMS_ADDRESS);
                finding.repair(vec![Act::AddAddress { name: Known::Is(target.clone()), address }, Act::FlushDns])
            }
        };
        if let Some(exists) = said.iter().find(|said| matches!(said.fact.1, Said::NoData(_))) {
            // The name is there: its address may be taken out of the answers on the way.
            let at = std::net::SocketAddr::new(exists.fact.0, DNS_PORT);
            let repair = Act::RepairService { at, finding: "srv-target-unresolvable" };
            finding = finding.repair(vec![repair, Act::FlushDns]);
        }
        let register = Act::RegisterHost { host: Known::Blank(KMS_ADDRESS), port: KMS_PORT };
        Some(finding.workaround(vec![register]))
    }
}

/// A host that has addresses of a family only that the client does not speak.
pub(super) fn other_family(reading: &Reading<'_>) -> Vec<Finding> {
    let Some(ip) = reading.ip.filter(|_| *reading.word() == OutcomeWord::KmsHostNotReached) else { return Vec::new() };
    let found = super::seen(reading).into_iter().filter_map(|offer| {
        let told = reading.told_addresses(&offer.srv.target);
        let first = told.first().filter(|_| told.iter().all(|told| !ip.fact.has_family_of(told.fact)))?;
        let (has, lacks) = if first.fact.is_ipv4() { ("IPv4", "IPv6") } else { ("IPv6", "IPv4") };
        let says = format!("{} has {has} addresses only, and the client {lacks} only", offer.srv.target);
        let numbers = offer.numbers.iter().copied().chain(told.iter().map(|told| told.number)).chain([ip.number]);
        let address = Known::Blank(KMS_ADDRESS);
        let acts = vec![Act::AddAddress { name: Known::Is(offer.srv.target.clone()), address }, Act::FlushDns];
        Some(Finding::new("srv-target-other-family", numbers, says)?.repair(acts))
    });
    found.take(1).collect()
}

/// A host name that is an alias (RFC 2782: it must not be one).
pub(super) fn alias(reading: &Reading<'_>) -> Vec<Finding> {
    let mut told: Vec<&DomainName> = Vec::new();
    let mut findings = Vec::new();
    for offer in super::seen(reading) {
        let target = &offer.srv.target;
        let asked = reading.asked().filter(|asked| asked.fact.name == *target);
        let aliased =
            asked.flat_map(|asked| asked.fact.said.records().iter().map(move |record| (asked.number, record)));
        let canonical = aliased.filter_map(|(number, record)| {
            if let RecordData::Cname(canonical) = &record.data { Some((number, canonical)) } else { None }
        });
        let Some((number, canonical)) = canonical.last().filter(|_| !told.contains(&target)) else { continue };
        told.push(target);
        let says = format!("{} names {target}, an alias of {canonical}", as_written(offer.owner));
        let numbers = offer.numbers.iter().copied().chain([number]);
        let acts = renamed(&offer, Known::Is(canonical.clone()));
        findings.extend(Finding::new("srv-target-alias", numbers, says).map(|finding| finding.repair(acts)));
    }
    findings
}
