//! What is known of names: who publishes a KMS host where, which server knows which zone, what a server says to any name at all.

use std::net::IpAddr;

use mock_dns::name::DomainName;
use mock_dns::record::{RecordData, RecordType, Srv};

use super::{Cited, Reading};
use crate::diagnosis::fact::Said;
use crate::diagnosis::investigation::{domain_of, is_service};
use crate::diagnosis::step;

/// A KMS host that a DNS server publishes, as the investigation heard it.
#[derive(Clone, Debug)]
pub struct Published<'a> {
    /// The server.
    pub server: IpAddr,
    /// The owner name that was asked for: `_vlmcs._tcp` and a domain.
    pub owner: &'a DomainName,
    /// What the record says.
    pub srv: &'a Srv,
    /// Whether it is a name that the client asks for.
    pub is_own: bool,
    /// The observation.
    pub number: u32,
}

impl<'a> Reading<'a> {
    /// Every KMS host that is published under a right owner name, as the investigation heard it.
    #[must_use]
    pub fn published(&self) -> Vec<Published<'a>> {
        let own: Vec<&DomainName> = self.own_names().map(|asked| &asked.fact.name).collect();
        let mut published = Vec::new();
        for asked in self.asked().filter(|asked| is_service(&asked.fact.name) && asked.fact.kind == RecordType::SRV) {
            let owner = &asked.fact.name;
            for record in asked.fact.said.records() {
                let RecordData::Srv(srv) = &record.data else { continue };
                let is_own = own.contains(&owner);
                published.push(Published { server: asked.fact.server, owner, srv, is_own, number: asked.number });
            }
        }
        published
    }

    /// SRV owner names that the client remembers as missing, and therefore did not ask for, and that a server publishes by now: the
    /// observation, the name, and who publishes it.
    #[must_use]
    pub fn published_but_remembered_missing(&self) -> Vec<(u32, &'a DomainName, Published<'a>)> {
        let denials = self.cached().filter(|cached| cached.fact.records.is_empty() && is_service(&cached.fact.name));
        let unasked = denials.filter(|cached| !self.lookups.iter().any(|lookup| *lookup.name == cached.fact.name));
        let published = unasked.filter_map(|cached| {
            let now = self.published().into_iter().find(|published| *published.owner == cached.fact.name)?;
            Some((cached.number, &cached.fact.name, now))
        });
        published.collect()
    }

    /// Whether a server knows the zone in which a domain lies, and the observation; none where nobody can tell.
    ///
    /// A server that recurses denies a domain that nobody registered in the name of the root or of a top level domain.
    #[must_use]
    pub fn knows_zone(&self, server: IpAddr, domain: &DomainName) -> Option<Cited<bool>> {
        let within =
            |zone: &Option<DomainName>| zone.as_ref().is_some_and(|zone| zone.depth() >= 2 && domain.is_within(zone));
        let said = self.said(domain, RecordType::SOA).filter(|said| said.fact.0 == server);
        let knows = said.filter_map(|said| {
            let knows = match said.fact.1 {
                Said::Records(_) | Said::Referral(..) => true,
                Said::NoSuchName(zone) | Said::NoData(zone) => within(zone),
                Said::Code(_) | Said::Nothing(_) | Said::Unusable(_) | Said::Truncated(_) => return None,
            };
            Some(Cited { number: said.number, fact: knows })
        });
        knows.last()
    }

    /// The address that a server gives every name, even one that cannot exist: hijacked, or a captive portal.
    #[must_use]
    pub fn hijacks(&self, server: IpAddr) -> Option<Cited<IpAddr>> {
        let invalid = |name: &DomainName| name.labels().last().is_some_and(|top| top.eq_ignore_ascii_case(b"invalid"));
        self.probes(server).find(|(name, _)| invalid(name)).map(|(_, address)| address)
    }

    /// The address that a wildcard of a domain gives any name in it.
    #[must_use]
    pub fn wildcard(&self, server: IpAddr, domain: &DomainName) -> Option<Cited<IpAddr>> {
        self.probes(server).find(|(name, _)| name.parent().as_ref() == Some(domain)).map(|(_, address)| address)
    }

    fn probes(&self, server: IpAddr) -> impl Iterator<Item = (&'a DomainName, Cited<IpAddr>)> {
        let asked = self.asked().filter(move |asked| asked.fact.server == server);
        let probed = asked.filter(|asked| *self.step_of(asked.number) == step::PROBES);
        probed.filter_map(|asked| {
            let address = asked.fact.said.records().iter().find_map(|record| super::address(&record.data))?;
            Some((&asked.fact.name, Cited { number: asked.number, fact: address }))
        })
    }

    /// The step by which something was observed.
    #[must_use]
    pub fn step_of(&self, number: u32) -> &'static step::Step {
        self.evidence.get(number).map_or(&step::LOOKUP, |observation| observation.step)
    }

    /// The lookup domain of `slmgr /skms-domain`, where one is set.
    #[must_use]
    pub fn lookup_domain(&self) -> Option<Cited<&'a str>> {
        let value = self.setting("", crate::registry::LOOKUP_DOMAIN).filter(|value| !value.fact.1.is_empty())?;
        Some(Cited { number: value.number, fact: value.fact.1 })
    }

    /// The domains for which a server that the investigation asked publishes a KMS host, besides those that the client asks.
    #[must_use]
    pub fn elsewhere(&self, server: IpAddr) -> Vec<(DomainName, Published<'a>)> {
        let published =
            self.published().into_iter().filter(|published| !published.is_own && published.server == server);
        published.filter_map(|published| Some((domain_of(published.owner)?, published))).collect()
    }
}
