//! Which KMS host a client turns to: a registered one, one that it found before, or whatever DNS says.
//!
//! Order: per SKU, per application, global (registry), then the cached host, then DNS ("KMS Activation Timing and Discovery
//! for Volume Activation", Windows Server 2012 R2 documents). A registered host hides the others: most of Microsoft's texts say
//! so, one says that the steps follow each other; this client takes the majority's reading.

use super::ProductIds;
use super::state::{ClientState, Discovered};
use crate::environment::machine::KMS_PORT;
use evidence::registry::{self, RegistryValue, SOFTWARE_PROTECTION};

/// The registry value of the registered KMS machine name.
const HOST_NAME: &str = "KeyManagementServiceName";

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
pub fn host_source(registry: &[RegistryValue], product: &ProductIds, state: &ClientState) -> HostSource {
    if let Some(registered) = registered(registry, product) {
        return registered;
    }
    match &state.discovered {
        Some(host) if caching(registry) => HostSource::Cached(host.clone()),
        _ => HostSource::Dns,
    }
}

/// The registered host: of the SKU, of the application, of all.
fn registered(registry: &[RegistryValue], product: &ProductIds) -> Option<HostSource> {
    // Most machines have no such value: then no path need be written out.
    registry.iter().find(|value| value.name.eq_ignore_ascii_case(HOST_NAME))?;
    let ProductIds { application, sku, .. } = product;
    let paths = [
        format!(r"{SOFTWARE_PROTECTION}\{application}\{sku}"),
        format!(r"{SOFTWARE_PROTECTION}\{application}"),
        SOFTWARE_PROTECTION.to_owned(),
    ];
    paths.iter().find_map(|path| {
        let name = registry::text(registry, path, HOST_NAME).filter(|name| !name.is_empty())?;
        let port = registry::text(registry, path, "KeyManagementServicePort").and_then(|port| port.parse().ok());
        Some(HostSource::Registered { name: name.to_owned(), port: port.unwrap_or(KMS_PORT) })
    })
}

/// Whether a discovered host is remembered: `slmgr /skhc` and `/ckhc`, on by default.
#[must_use]
pub fn caching(registry: &[RegistryValue]) -> bool {
    let disabled = registry::number(registry, SOFTWARE_PROTECTION, "DisableKeyManagementServiceHostCaching");
    disabled.unwrap_or(0) == 0
}
