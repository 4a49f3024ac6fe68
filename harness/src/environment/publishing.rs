//! How a KMS host makes itself known: what it knows of DNS, and what its registry says of publishing.
//!
//! It stands apart from the machine because it reads values as a generation does: Vista and Server 2008 under another key and in another
//! format than what came later. What follows from the values is decided in `mock_kms::publisher`.

use std::net::IpAddr;

use evidence::registry::{self, RegistryValue, SOFTWARE_LICENSING, SOFTWARE_PROTECTION};
use mock_dns::boundary::Transport;
use mock_dns::name::DomainName;
use mock_dns::update::tsig::Secret;
use mock_kms::publisher::Publishing;
use mock_kms::publisher::settings::{HomeWithList, ListFormat};
use mock_kms::publisher::signature::Key;

use super::machine::KmsMachine;

notation::record! {
    /// What a KMS host knows of DNS. DisableDnsPublishing and DnsDomainPublishList stand in its registry: below ...\\SL on Vista and
    /// Server 2008, below ...\\SoftwareProtectionPlatform since.
    pub struct HostPublishing("the publishing of a KMS host") {
        /// Its full name: the target of the record.
        "name" => name: DomainName,
        /// Its primary suffix: the domain in which it publishes by itself.
        "suffix" => suffix: Option<DomainName>,
        /// Its DNS servers, in the order in which they are asked.
        "dns" => dns: Vec<IpAddr>,
        /// How its generation reads a line of DnsDomainPublishList, and under which key.
        "list_format" => list_format: ListFormat = ListFormat::DomainPriorityWeight,
        /// Whether such a list suspends the host's own domain: Microsoft's texts disagree.
        "home_with_list" => home_with_list: HomeWithList = HomeWithList::Kept,
        /// How it asks: over UDP, and over TCP when an answer was cut, or over TCP from the start.
        "transport" => transport: Transport = Transport::Udp,
        /// The key with which it signs updates (hmac-sha256); it stands in for the machine account that Windows signs with.
        "key" => key: Option<HostKey>,
    }
}

notation::record! {
    /// The key of a KMS host.
    pub struct HostKey("a key") {
        /// Its name, as the DNS server has it in `update_keys`.
        "name" => name: DomainName,
        /// The secret in base64.
        "secret" => secret: Secret,
    }
}

/// The value that stops publishing where it is not 0.
pub const DISABLE_PUBLISHING: &str = "DisableDnsPublishing";

impl HostPublishing {
    /// The key below which the host's generation reads its values.
    #[must_use]
    pub const fn root(&self) -> &'static str {
        match self.list_format {
            ListFormat::Domain => SOFTWARE_LICENSING,
            ListFormat::DomainPriorityWeight => SOFTWARE_PROTECTION,
        }
    }
}

impl KmsMachine {
    /// Everything that its publishing depends on; none if it publishes nothing at all.
    #[must_use]
    pub fn publishing(&self) -> Option<Publishing> {
        let settings = self.publishing.as_ref().filter(|_| self.running && self.service.state.listens())?;
        let root = settings.root();
        let registry: &[RegistryValue] = &self.registry;
        Some(Publishing {
            host: settings.name.to_string(),
            port: self.port(),
            disabled: registry::number(registry, root, DISABLE_PUBLISHING).is_some_and(|number| number != 0),
            home: settings.suffix.as_ref().map(ToString::to_string),
            list: registry::list(registry, root, "DnsDomainPublishList").map(<[String]>::to_vec),
            format: settings.list_format.clone(),
            home_with_list: settings.home_with_list.clone(),
            over_tcp: settings.transport == Transport::Tcp,
            key: settings.key.as_ref().map(|key| Key { name: key.name.to_string(), secret: key.secret.0.clone() }),
        })
    }
}
