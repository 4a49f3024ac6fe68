//! Reasons for a denial that lie in where the client asks: the wrong server, the wrong domain, a delegation that leads nowhere.

use mock_dns::name::DomainName;
use mock_dns::record::Srv;

use super::denied::Denial;
use crate::diagnosis::fact::Said;
use crate::diagnosis::investigation::{KMS_PORT, as_written, domain_of, is_service};
use crate::diagnosis::reading::Cited;
use crate::diagnosis::remedy::{Act, DNS_SERVER, KMS_ADDRESS, KMS_DOMAIN, KMS_FQDN, Known};
use crate::diagnosis::rules::Finding;
use crate::diagnosis::step;
use crate::diagnosis::table::Severity;

/// A server that points to others instead of answering, and those do not answer.
pub(super) fn delegated(denial: &Denial<'_, '_>) -> Option<Finding> {
    let referred = denial.reading.own_names().find_map(|asked| {
        let Said::Referral(zone, servers) = &asked.fact.said else { return None };
        let here = asked.fact.server == denial.server;
        here.then_some(Cited { number: asked.number, fact: (&asked.fact.name, zone.as_ref(), servers) })
    })?;
    let (owner, zone, servers) = referred.fact;
    let zone = zone.cloned().or_else(|| domain_of(owner))?;
    let followed = denial.reading.asked().filter(|asked| *denial.reading.step_of(asked.number) == step::DELEGATION);
    let followed: Vec<_> = followed.filter(|asked| asked.fact.name == *owner).collect();
    if let Some(answer) = followed.iter().find(|asked| !asked.fact.said.records().is_empty()) {
        let says =
            format!("{} points to {}, which has the record, and does not ask it", denial.server, answer.fact.server);
        let numbers = [referred.number, answer.number];
        let acts = vec![Act::AskServerFirst(Known::Is(answer.fact.server)), Act::FlushDns];
        return Some(denial.finding("dns-server-wrong", numbers, says)?.repair(acts));
    }
    let to: Vec<String> = servers.iter().map(ToString::to_string).collect();
    let says = format!("{} delegates {zone} to {}, where nobody answers", denial.server, to.join(", "));
    let known = denial.reading.elsewhere(denial.server).into_iter().next();
    let (target, port) = known.map_or((Known::Blank(KMS_FQDN), KMS_PORT), |(_, published)| {
        (Known::Is(published.srv.target.clone()), published.srv.port)
    });
    let mut acts = vec![Act::RemoveDelegation(zone)];
    acts.push(Act::AddSrv { owner: as_written(owner), target, port });
    acts.push(Act::FlushDns);
    let numbers = [referred.number].into_iter().chain(followed.iter().map(|asked| asked.number));
    Some(denial.finding("dns-delegation-lame", numbers, says)?.repair(acts))
}

/// Another DNS server of this machine has the record.
pub(super) fn other_server(denial: &Denial<'_, '_>) -> Option<Finding> {
    let other = denial
        .reading
        .published()
        .into_iter()
        .find(|published| published.is_own && published.server != denial.server)?;
    let ip = denial.reading.ip?;
    let rules = ip.fact.nrpt.iter().filter(|rule| denial.name.is_within(&rule.namespace));
    let rule = rules.max_by_key(|rule| rule.namespace.depth());
    let ask = rule.map_or(Act::AskServerFirst(Known::Is(other.server)), |rule| Act::AskServerFor {
        namespace: rule.namespace.clone(),
        server: Known::Is(other.server),
    });
    let knows = denial.zone();
    let (id, says) = if knows.is_some_and(|knows| knows.fact) {
        ("dns-split-brain", "both hold the zone, and not the same one")
    } else {
        ("dns-server-wrong", "the first does not know the domain, and its denial ends the search")
    };
    let says = format!("{} denies {}, {} has it: {says}", denial.server, denial.name, other.server);
    let numbers = [other.number, ip.number].into_iter().chain(knows.map(|knows| knows.number));
    Some(denial.finding(id, numbers, says)?.repair(vec![ask, Act::FlushDns]))
}

/// A record under another domain than those the client asks: heard of by the investigation, or seen in a zone where one stands.
fn other_record<'a>(denial: &Denial<'_, 'a>) -> Option<(DomainName, Cited<&'a Srv>)> {
    let heard = denial.reading.elsewhere(denial.server).into_iter();
    let heard = heard.map(|(domain, published)| (domain, Cited { number: published.number, fact: published.srv }));
    let asked = denial.reading.domains();
    let zones = denial.reading.zones().flat_map(|zone| {
        zone.fact.records().iter().filter(|record| is_service(&record.name)).filter_map(move |record| {
            let mock_dns::record::RecordData::Srv(srv) = &record.data else { return None };
            Some((domain_of(&record.name)?, Cited { number: zone.number, fact: srv }))
        })
    });
    heard.chain(zones).find(|(domain, _)| !asked.contains(domain))
}

/// `slmgr /skms-domain` sends the client to a domain without the record, and to no other.
pub(super) fn lookup_domain(denial: &Denial<'_, '_>) -> Option<Finding> {
    let domain = denial.reading.lookup_domain()?;
    let other = other_record(denial);
    let unknown = denial.zone().is_some_and(|knows| !knows.fact);
    if other.is_none() && !unknown {
        return None;
    }
    let says = match &other {
        Some((domain_with, _)) => {
            format!("only {} is asked, by slmgr /skms-domain; {domain_with} publishes a KMS host", domain.fact)
        }
        None => format!("only {} is asked, by slmgr /skms-domain, and the server knows no such domain", domain.fact),
    };
    let more = [domain.number]
        .into_iter()
        .chain(other.map(|(_, srv)| srv.number))
        .chain(denial.zone().map(|zone| zone.number));
    Some(denial.finding("client-lookup-domain-wrong", more, says)?.repair(vec![Act::ClearLookupDomain, Act::FlushDns]))
}

/// Another domain has the record: the search list leaves it out, the client's own domain was forgotten, or its suffix is wrong.
pub(super) fn other_domain(denial: &Denial<'_, '_>) -> Option<Finding> {
    let (domain, srv) = other_record(denial)?;
    let ip = denial.reading.ip?;
    let more = [srv.number, ip.number].into_iter().chain(denial.zone().map(|zone| zone.number));
    if !ip.fact.search_list.is_empty() {
        let says = format!("the suffix search list leaves out {domain}, which publishes a KMS host");
        let acts = vec![Act::AddSearchSuffix(Known::Is(domain)), Act::FlushDns];
        return Some(denial.finding("client-search-list-incomplete", more, says)?.repair(acts));
    }
    let suffix = vec![Act::AddSearchSuffix(Known::Is(domain.clone())), Act::FlushDns];
    if denial.zone().is_some_and(|knows| knows.fact) {
        let says = format!("{domain} publishes a KMS host, {} does not, and only the latter is asked", denial.domain);
        let acts = denial.publish(Known::Is(srv.fact.target.clone()), srv.fact.port);
        return Some(denial.finding("dns-srv-in-other-zone", more, says)?.repair(acts).repair(suffix));
    }
    let says =
        format!("the suffix {} is no domain that the server knows; {domain} publishes a KMS host", denial.domain);
    let acts = vec![Act::SetPrimarySuffix(Known::Is(domain)), Act::FlushDns];
    Some(denial.finding("dns-suffix-mismatch", more, says)?.repair(acts))
}

/// The server does not know the domain at all, and no other name leads further.
pub(super) fn zone_unknown(denial: &Denial<'_, '_>) -> Option<Finding> {
    let unknown = denial.zone().filter(|knows| !knows.fact)?;
    let ip = denial.reading.ip?;
    let more = [unknown.number, ip.number];
    let (server, domain) = (denial.server, &denial.domain);
    if ip.fact.ad_domain.as_ref().is_some_and(|joined| joined == domain || domain.is_within(joined)) {
        let says = format!(
            "{server} does not know {domain}, of which this machine is a member: it is no server of that domain, or lost the zone"
        );
        let ask = vec![Act::AskServerFirst(Known::Blank(DNS_SERVER)), Act::FlushDns];
        let register = vec![Act::RegisterHost { host: Known::Blank(KMS_ADDRESS), port: KMS_PORT }];
        return Some(denial.finding("dns-server-wrong", more, says)?.repair(ask).workaround(register));
    }
    if !ip.fact.search_list.is_empty() {
        let says =
            format!("{server} knows no domain of the suffix search list, so the list lacks the one of the KMS host");
        let acts = vec![Act::AddSearchSuffix(Known::Blank(KMS_DOMAIN)), Act::FlushDns];
        return Some(denial.finding("client-search-list-incomplete", more, says)?.repair(acts));
    }
    let says = format!(
        "{server} does not know {domain}: the suffix is wrong, or the server is; the zones of the server would tell"
    );
    let acts = vec![Act::SetPrimarySuffix(Known::Blank(KMS_DOMAIN)), Act::FlushDns];
    let ask = vec![Act::AskServerFirst(Known::Blank(DNS_SERVER)), Act::FlushDns];
    let mut finding = denial.finding("dns-suffix-mismatch", more, says)?;
    if !denial.reading.sees_whole_client() {
        // The machine may be a member of the domain, or have another suffix: nobody can tell from here.
        finding.severity = Severity::Warning;
    }
    Some(finding.repair(acts).repair(ask))
}
