//! Which KMS host a client turns to: a registered one, one that it found before, or whatever DNS says.
//!
//! Order: per SKU, per application, global (registry), then the cached host, then DNS ("KMS Activation Timing and Discovery
//! for Volume Activation", Windows Server 2012 R2 documents). A registered host hides the others: most of Microsoft's texts say
//! so, one says that the steps follow each other; this client takes the majority's reading.

use evidence::registry::{self, RegistryValue, SOFTWARE_PROTECTION};
use mock_kms::product::Product;

use super::state::{ClientState, Discovered};
use crate::environment::machine::KMS_PORT;

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
pub fn host_source(registry: &[RegistryValue], product: &Product, state: &ClientState) -> HostSource {
    let application = product.application();
    let paths = [
        format!(r"{SOFTWARE_PROTECTION}\{application}\{}", product.sku()),
        format!(r"{SOFTWARE_PROTECTION}\{application}"),
        SOFTWARE_PROTECTION.to_owned(),
    ];
    for path in &paths {
        let name = registry::text(registry, path, "KeyManagementServiceName").filter(|name| !name.is_empty());
        if let Some(name) = name {
            let port = registry::text(registry, path, "KeyManagementServicePort").and_then(|port| port.parse().ok());
            return HostSource::Registered { name: name.to_owned(), port: port.unwrap_or(KMS_PORT) };
        }
    }
    match &state.discovered {
        Some(host) if caching(registry) => HostSource::Cached(host.clone()),
        _ => HostSource::Dns,
    }
}

/// Whether a discovered host is remembered: `slmgr /skhc` and `/ckhc`, on by default.
#[must_use]
pub fn caching(registry: &[RegistryValue]) -> bool {
    let disabled = registry::number(registry, SOFTWARE_PROTECTION, "DisableKeyManagementServiceHostCaching");
    disabled.unwrap_or(0) == 0
}
