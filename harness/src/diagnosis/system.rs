//! The facts of the machine that the program runs on, as far as they can be read, and what a person says besides.
//!
//! Pure: texts and answers go in. What Windows knows and this program cannot read (registry, policies, logs, licensing state) is
//! either told on the command line or denied, never made up; what is assumed is said.

use std::net::IpAddr;

use double::{Moment, WallTime};
use evidence::registry::{Data, HOST_NAME, HOST_PORT, RegistryValue, ValueType};
use evidence::vantage::{Adapter, Denied, HostName, IpConfiguration, KeyChannel, Licensing, Vantage};
use mock_dns::name::DomainName;
use mock_kms::product::Product;
use mock_kms::wire::Guid;
use notation::{Format, Problems, Tree};

use crate::client::{ClientProfile, ProductIds};
use crate::environment::machine::Profile;

/// Reads the text of a hosts file: each name with its address.
#[must_use]
pub fn hosts_file(text: &str) -> Vec<HostName> {
    let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default());
    let named = lines.flat_map(|line| {
        let mut words = line.split_whitespace();
        let address: Option<IpAddr> = words.next().and_then(|word| word.parse().ok());
        words.filter_map(move |name| Some(HostName { name: name.to_owned(), address: address? })).collect::<Vec<_>>()
    });
    named.collect()
}

/// What somebody says of a machine and its network.
#[derive(Clone, Debug)]
pub struct Told {
    /// The DNS servers.
    pub servers: Vec<IpAddr>,
    /// The suffixes.
    pub suffixes: Vec<DomainName>,
    /// A KMS host that is registered by hand: name or address, and port.
    pub host: Option<(String, Option<u16>)>,
    /// The generation that is to be asked like.
    pub profile: Profile,
    /// The hosts file.
    pub hosts: Vec<HostName>,
    /// The address from which a server is asked, for each family that has a way out.
    pub sources: Vec<IpAddr>,
}

/// The facts of the machine.
#[derive(Clone, Debug)]
pub struct AtSystem {
    ip: IpConfiguration,
    registry: Vec<RegistryValue>,
    licensing: Licensing,
}

impl AtSystem {
    /// The facts, from what was read and told.
    #[must_use]
    pub fn new(told: Told) -> Self {
        let product = product_of(&told.profile);
        let root = ProductIds::from(&product).registry_root(ClientProfile::of(&told.profile));
        let value = |name: &str, text: String| RegistryValue {
            path: root.to_owned(),
            name: name.to_owned(),
            kind: ValueType::Sz,
            data: Data::Text(text),
        };
        let registered = told.host.into_iter().flat_map(|(name, port)| {
            [Some(value(HOST_NAME, name)), port.map(|port| value(HOST_PORT, port.to_string()))]
        });
        // One suffix is what a primary DNS suffix does; several are a list.
        let several = told.suffixes.len() > 1;
        let adapter = |address: &IpAddr| Adapter {
            address: *address,
            mask: std::net::Ipv4Addr::new(255, 255, 255, 0),
            // The system knows the way: its routes are not read.
            gateway: Some(*address),
            dns: told.servers.iter().filter(|server| server.is_ipv4() == address.is_ipv4()).copied().collect(),
            dhcp: false,
            suffix: None,
            metric: 25,
        };
        let ip = IpConfiguration {
            primary_suffix: told.suffixes.first().filter(|_| !several).cloned(),
            ad_domain: None,
            search_list: if several { told.suffixes.clone() } else { Vec::new() },
            adapters: told.sources.iter().map(adapter).collect(),
            nrpt: Vec::new(),
            hosts: told.hosts,
            netbios: Vec::new(),
        };
        let licensing = Licensing {
            generation: told.profile.word(),
            product,
            registry_root: root,
            key: KeyChannel::Gvlk,
            adba: false,
            discovered: None,
            cmid: Guid::NIL,
            licence: None,
        };
        Self { ip, registry: registered.flatten().collect(), licensing }
    }

    /// The product that is assumed.
    #[must_use]
    pub const fn product(&self) -> &Product {
        &self.licensing.product
    }
}

/// The client edition of a generation: their words are the same.
fn product_of(profile: &Profile) -> Product {
    Product::read(&Tree::text(profile.word()), &mut Problems::default()).unwrap_or(Product::Windows10)
}

impl Vantage for AtSystem {
    fn registry(&self) -> Result<&[RegistryValue], Denied> {
        Ok(&self.registry)
    }

    fn ip_configuration(&self) -> Result<&IpConfiguration, Denied> {
        Ok(&self.ip)
    }

    fn clock(&self, _now: Moment) -> Result<WallTime, Denied> {
        Err(Denied)
    }

    fn licensing(&self) -> Result<Licensing, Denied> {
        Ok(self.licensing.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::hosts_file;

    #[test]
    fn a_hosts_file_is_read_line_by_line() {
        let lines = hosts_file(
            "127.0.0.1 localhost\n10.0.0.60\tkms1.contoso.com kms1 # the host\n# 10.0.0.61 kms2\nnonsense here\n",
        );
        let shown: Vec<String> = lines.iter().map(|line| format!("{} {}", line.address, line.name)).collect();
        assert_eq!(shown, ["127.0.0.1 localhost", "10.0.0.60 kms1.contoso.com", "10.0.0.60 kms1"]);
    }
}
