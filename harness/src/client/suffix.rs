//! Which names a client asks for: `_vlmcs._tcp` under each of its suffixes, and nothing without a suffix.
//!
//! The order between several sources of suffixes is published nowhere; this is the model of the general resolver (a search
//! list replaces the others), and each single source is measured on Windows 11. The bare name is never asked.

use evidence::registry::{self, RegistryValue};
use evidence::vantage::IpConfiguration;
use mock_dns::name::DomainName;

use super::Identity;
use super::slmgr::LOOKUP_DOMAIN;
use crate::environment::switches::Switches;

/// The service and protocol labels of a KMS host's SRV record (RFC 2782), in the case in which Windows asks.
pub const SERVICE: &str = "_VLMCS._TCP";

/// The names to ask for, in order, and without repetition.
///
/// A lookup domain (`slmgr /skms-domain`) is asked alone; else the search list is asked alone; else the primary suffix, the AD
/// domain, and the connection-specific suffixes.
#[must_use]
pub fn srv_owner_names(identity: &Identity, ip: &IpConfiguration, registry: &[RegistryValue]) -> Vec<DomainName> {
    // Twelve octets more than the suffix: one that is too long for them cannot hold the record either.
    suffixes(identity, ip, registry).iter().filter_map(|suffix| suffix.child(SERVICE).ok()).collect()
}

/// The suffixes of the machine, in the order in which they are used.
#[must_use]
pub fn suffixes(identity: &Identity, ip: &IpConfiguration, registry: &[RegistryValue]) -> Vec<DomainName> {
    if let Some(domain) = lookup_domain(identity, registry) {
        return DomainName::parse(domain).into_iter().collect();
    }
    general_suffixes(&identity.switches, ip)
}

/// The domain of `slmgr /skms-domain`, if one is set.
#[must_use]
pub fn lookup_domain<'a>(identity: &Identity, registry: &'a [RegistryValue]) -> Option<&'a str> {
    let root = identity.registry_root();
    registry::text(registry, root, LOOKUP_DOMAIN).filter(|domain| !domain.is_empty())
}

/// The suffixes that the resolver appends to any single-label name.
#[must_use]
pub fn general_suffixes(switches: &Switches, ip: &IpConfiguration) -> Vec<DomainName> {
    if !ip.search_list.is_empty() && switches.search_list_replaces_suffixes {
        return kept(switches, ip.search_list.iter().cloned());
    }
    let connections = ip.adapters_by_metric().into_iter().filter_map(|adapter| adapter.suffix.clone());
    let connections = connections.filter(|_| switches.uses_connection_suffix);
    let domain = ip.ad_domain.clone().filter(|_| switches.uses_ad_domain);
    let parents = ip.primary_suffix.iter().filter(|_| switches.devolves).flat_map(devolved);
    let mut own: Vec<DomainName> = ip.primary_suffix.clone().into_iter().chain(domain).collect();
    if switches.asks_ad_domain_first {
        own.reverse();
    }
    kept(switches, ip.search_list.iter().cloned().chain(own).chain(connections).chain(parents))
}

/// Each suffix once, where it stands first.
fn kept(switches: &Switches, all: impl Iterator<Item = DomainName>) -> Vec<DomainName> {
    let mut suffixes: Vec<DomainName> = Vec::new();
    for suffix in all.filter(|suffix| switches.asks_single_label_suffixes || suffix.depth() > 1) {
        if !suffixes.contains(&suffix) {
            suffixes.push(suffix);
        }
    }
    suffixes
}

/// The parents of a suffix, never below two labels (text of the devolution policy).
fn devolved(suffix: &DomainName) -> Vec<DomainName> {
    std::iter::successors(suffix.parent(), DomainName::parent).take_while(|parent| parent.depth() >= 2).collect()
}
