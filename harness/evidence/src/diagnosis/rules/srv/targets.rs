//! Rules about the host that an SRV record names: no host at all, no address, the wrong kind of address, an alias.

use mock_dns::name::DomainName;
use mock_dns::record::{RecordData, RecordType};

use super::asks_address_of;
use crate::diagnosis::fact::Said;
use crate::diagnosis::investigation::{DNS_PORT, KMS_PORT, undoubled};
use crate::diagnosis::reading::{Offer, Reading};
use crate::diagnosis::remedy::{Act, KMS_ADDRESS, KMS_FQDN, Known};
use crate::diagnosis::rules::Finding;
use crate::outcome::OutcomeWord;

/// The same record with another host.
fn renamed(offer: &Offer<'_>, target: Known<DomainName>) -> Vec<Act> {
    let port = if offer.srv.port == 0 { KMS_PORT } else { offer.srv.port };
    vec![
        Act::RemoveRecord { owner: offer.owner.clone(), data: RecordData::Srv(offer.srv.clone()) },
        Act::AddSrv { owner: offer.owner.clone(), target, port },
        Act::FlushDns,
    ]
}

/// The root as the host's name: the service is decidedly not available here (RFC 2782).
pub(super) fn null(reading: &Reading<'_>) -> Vec<Finding> {
    let offers = super::seen(reading).into_iter().filter(|offer| offer.srv.target.is_root() && !reading.is_activated());
    let found = offers.filter_map(|offer| {
        let says = format!("{} names the host \".\": the domain says that it offers no KMS host", offer.owner);
        let numbers = offer.numbers.iter().copied().chain([reading.outcome.number]);
        Some(Finding::new("srv-target-null", numbers, says)?.repair(renamed(&offer, Known::Blank(KMS_FQDN))))
    });
    found.collect()
}

/// A host without an address, whether a record or a person names it.
pub(super) fn unresolvable(reading: &Reading<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut told: Vec<&DomainName> = Vec::new();
    for offer in reading.offers().into_iter().filter(|offer| !offer.srv.target.is_root()) {
        let target = &offer.srv.target;
        let own = reading.lookups.iter().filter(|lookup| asks_address_of(lookup, target) && lookup.is_denied());
        let remembered = reading
            .cached()
            .filter(|cached| cached.fact.name == *target && cached.fact.records.is_empty() && !reading.is_activated());
        let own: Vec<u32> =
            own.flat_map(|lookup| lookup.numbers()).chain(remembered.map(|cached| cached.number)).collect();
        if own.is_empty() || told.contains(&target) || !reading.addresses_of(target).is_empty() {
            continue;
        }
        told.push(target);
        let said = [RecordType::A, RecordType::AAAA].map(|kind| reading.said(target, kind).collect::<Vec<_>>());
        let said: Vec<_> = said.into_iter().flatten().collect();
        let numbers = offer.numbers.iter().copied().chain(own).chain(said.iter().map(|said| said.number));
        let exists = said.iter().find(|said| matches!(said.fact.1, Said::NoData(_)));
        let once = undoubled(target);
        let literal = target.to_string().trim_end_matches('.').parse::<std::net::IpAddr>().is_ok();
        let says = if literal {
            format!("{} names the address {target} as if it were a host name, and no such name exists", offer.owner)
        } else if once.is_some() {
            format!("{} names {target}: the domain stands there twice, as without a final dot", offer.owner)
        } else {
            format!("{} names {target}, which has no address", offer.owner)
        };
        let Some(mut finding) = Finding::new("srv-target-unresolvable", numbers, says) else { continue };
        finding = match once {
            Some(once) => finding.repair(renamed(&offer, Known::Is(once))),
            None if literal => finding.repair(renamed(&offer, Known::Blank(KMS_FQDN))),
            None => {
                let address = Known::Blank(KMS_ADDRESS);
                finding.repair(vec![Act::AddAddress { name: target.clone(), address }, Act::FlushDns])
            }
        };
        if let Some(exists) = exists {
            // The name is there: its address may be taken out of the answers on the way.
            let at = std::net::SocketAddr::new(exists.fact.0, DNS_PORT);
            finding =
                finding.repair(vec![Act::RepairService { at, finding: "srv-target-unresolvable" }, Act::FlushDns]);
        }
        let register = Act::RegisterHost { host: Known::Blank(KMS_ADDRESS), port: KMS_PORT };
        findings.push(finding.workaround(vec![register]));
    }
    findings
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
        let acts = vec![Act::AddAddress { name: offer.srv.target.clone(), address }, Act::FlushDns];
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
        let says = format!("{} names {target}, an alias of {canonical}", offer.owner);
        let numbers = offer.numbers.iter().copied().chain([number]);
        let acts = renamed(&offer, Known::Is(canonical.clone()));
        findings.extend(Finding::new("srv-target-alias", numbers, says).map(|finding| finding.repair(acts)));
    }
    findings
}
