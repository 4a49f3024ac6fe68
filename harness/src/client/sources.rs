//! Which KMS host a client turns to: a registered one, one that it found before, or whatever DNS says.
//!
//! Order: per SKU, per application, global (registry), then the cached host, then DNS ("KMS Activation Timing and Discovery
//! for Volume Activation", Windows Server 2012 R2 documents). A registered host hides the others: most of Microsoft's texts say
//! so, one says that the steps follow each other; this client takes the majority's reading.

use super::Identity;
use super::slmgr::CACHING_DISABLED;
use super::state::{ClientState, Discovered};
use crate::environment::machine::KMS_PORT;
use evidence::registry::{self, RegistryValue};

/// Where the name of the KMS host comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HostSource {
    /// It is registered (`slmgr /skms`): only this one is asked.
    Registered {
        /// The name as it stands in the registry: a DNS name, a NetBIOS name, an address; an IPv6 address in brackets.
        name: String,
        /// The port.
        port: u16,
    },
    /// It was found before; DNS is asked when it fails.
    Cached(Discovered),
    /// DNS is asked.
    Dns,
}

/// The source that comes first for this client.
#[must_use]
pub fn host_source(registry: &[RegistryValue], identity: &Identity, state: &ClientState) -> HostSource {
    if let Some(registered) = registered(registry, identity) {
        return registered;
    }
    match &state.discovered {
        Some(host) if caching(registry, identity) => HostSource::Cached(host.clone()),
        _ => HostSource::Dns,
    }
}

/// The registered host: of the SKU, of the application, of all.
fn registered(registry: &[RegistryValue], identity: &Identity) -> Option<HostSource> {
    let (application, sku) = (identity.product.application, identity.product.sku);
    let (name, port) = registry::registered_host(registry, identity.registry_root(), &application, &sku)?;
    Some(HostSource::Registered { name: name.to_owned(), port: port.unwrap_or(KMS_PORT) })
}

/// Whether a discovered host is remembered: `slmgr /skhc` and `/ckhc`, on by default.
#[must_use]
pub fn caching(registry: &[RegistryValue], identity: &Identity) -> bool {
    let disabled = registry::number(registry, identity.registry_root(), CACHING_DISABLED);
    disabled.unwrap_or(0) == 0
}
