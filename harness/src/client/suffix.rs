//! Which names a client asks for: `_vlmcs._tcp` under each of its suffixes, and nothing without a suffix.
//!
//! The order between several sources of suffixes is published nowhere; this is the model of the general resolver (a search
//! list replaces the others), and each single source is measured on Windows 11. The bare name is never asked.

use evidence::registry::{self, RegistryValue, SOFTWARE_PROTECTION};
use evidence::vantage::IpConfiguration;
use mock_dns::name::DomainName;

/// The service and protocol labels of a KMS host's SRV record (RFC 2782), in the case in which Windows asks.
pub const SERVICE: &str = "_VLMCS._TCP";

/// The names to ask for, in order, and without repetition.
///
/// A lookup domain (`slmgr /skms-domain`) is asked alone; else the search list is asked alone; else the primary suffix, the AD
/// domain, and the connection-specific suffixes.
#[must_use]
pub fn srv_owner_names(ip: &IpConfiguration, registry: &[RegistryValue]) -> Vec<DomainName> {
    // Twelve octets more than the suffix: one that is too long for them cannot hold the record either.
    suffixes(ip, registry).iter().filter_map(|suffix| suffix.child(SERVICE).ok()).collect()
}

/// The suffixes of the machine, in the order in which they are used.
#[must_use]
pub fn suffixes(ip: &IpConfiguration, registry: &[RegistryValue]) -> Vec<DomainName> {
    let lookup = registry::text(registry, SOFTWARE_PROTECTION, "KeyManagementServiceLookupDomain");
    if let Some(domain) = lookup.filter(|domain| !domain.is_empty()) {
        return DomainName::parse(domain).into_iter().collect();
    }
    general_suffixes(ip)
}

/// The suffixes that the resolver appends to any single-label name.
#[must_use]
pub fn general_suffixes(ip: &IpConfiguration) -> Vec<DomainName> {
    if !ip.search_list.is_empty() {
        return ip.search_list.clone();
    }
    let connections = ip.adapters_by_metric().into_iter().filter_map(|adapter| adapter.suffix.as_ref());
    let all = ip.primary_suffix.iter().chain(&ip.ad_domain).chain(connections);
    let mut suffixes: Vec<DomainName> = Vec::new();
    for suffix in all {
        if !suffixes.contains(suffix) {
            suffixes.push(suffix.clone());
        }
    }
    suffixes
}
