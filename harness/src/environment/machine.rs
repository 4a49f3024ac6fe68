//! The machines of an environment: DNS servers, KMS hosts, KMS clients.
//!
//! What a machine serves is told in the words of the mock that plays it; what it knows about its network in the words of
//! [`evidence::vantage`]. Registry values are raw: a key that matters is read where its meaning is needed.

use std::net::IpAddr;

use super::licence::LicenceAtStart;
use super::publishing::HostPublishing;
use super::switches::Switches;
use double::{Moment, WallTime};
use evidence::registry::{self, RegistryValue};
pub use evidence::vantage::KeyChannel;
use evidence::vantage::{Denied, IpConfiguration, Vantage};
use mock_dns::multicast::{Responder, is_local};
use mock_dns::name::DomainName;
use mock_dns::record::RecordType;
use mock_dns::server_core::DnsServerConfig;
use mock_dns::zone::text::parse_record;
use mock_kms::host::HostConfig;
use mock_kms::product::Product;
use mock_kms::wire::Guid;
use notation::{Id, Kind, Millis, Problem, Tree};

notation::record! {
    /// A DNS server.
    pub struct DnsMachine("a DNS server") {
        /// Its id.
        "id" => id: Id,
        /// Its addresses; it listens on port 53 of each.
        "addresses" => addresses: Vec<IpAddr>,
        /// Whether the DNS service runs. A stopped one is silent or refuses, as `stealth` says.
        "running" => running: bool = true,
        /// Whether the firewall swallows packets for ports without a listener (Windows: on by default).
        "stealth" => stealth: bool = true,
        /// What it answers.
        "service" => service: DnsServerConfig = DnsServerConfig::default(),
    }
}

notation::record! {
    /// A KMS host.
    pub struct KmsMachine("a KMS host") check KmsMachine::check {
        /// Its id.
        "id" => id: Id,
        /// Its addresses.
        "addresses" => addresses: Vec<IpAddr>,
        /// Whether the licensing service runs and listens. A stopped one is silent or refuses, as `stealth` says.
        "running" => running: bool = true,
        /// Whether the firewall swallows packets for ports without a listener (Windows: on by default, support article 2586744).
        "stealth" => stealth: bool = true,
        /// How far its clock is ahead of the true time, in seconds.
        "clock_offset_s" => clock_offset_s: i64 = 0,
        /// Its registry, raw. The listening port is KeyManagementServiceListeningPort, 1688 without it; VLActivationInterval and
        /// VLRenewalInterval are the intervals that it tells clients, in minutes; EnableKmsLowPriority is what `slmgr /cpri` sets.
        "registry" => registry: Vec<RegistryValue>,
        /// What it answers.
        "service" => service: HostConfig = HostConfig::default(),
        /// How it publishes its SRV record; without it, records stand in the zone because somebody put them there.
        "publishing" => publishing: Option<HostPublishing>,
        /// The name below `.local` for which it answers multicast DNS, whether or not the licensing service runs; without it, it does not.
        "multicast_name" => multicast_name: Option<DomainName>,
        /// What goes wrong on purpose after a connection is accepted.
        "faults" => faults: Vec<mock_kms::fault::FaultRule>,
    }
}

/// The port of a KMS host that nobody told another (kms-behaviour: Transport).
pub const KMS_PORT: u16 = 1688;

/// The UDP and TCP port of DNS (RFC 1035 4.2).
pub const DNS_PORT: u16 = 53;

impl KmsMachine {
    /// Refuses a name that nobody would ask the link for.
    fn check(&self, tree: &Tree) -> Result<(), Problem> {
        if self.multicast_name.as_ref().is_none_or(is_local) {
            return Ok(());
        }
        let place = tree.as_table().and_then(|table| table.find("multicast_name")).map_or(tree.span, |name| name.span);
        Err(Problem::refused(place, "only names below `.local` are asked for by multicast")
            .hint("for example \"kms1.local\""))
    }

    /// Who answers multicast DNS there, if anybody does.
    #[must_use]
    pub fn responder(&self) -> Option<Responder> {
        Some(Responder::new(self.multicast_name.clone()?, self.addresses.clone()))
    }

    /// The port on which it listens: the registry value, if it stands where the service reads it and is a port; else what the
    /// service was set up with.
    #[must_use]
    pub fn port(&self) -> u16 {
        let text = registry::text(&self.registry, registry::SOFTWARE_PROTECTION, "KeyManagementServiceListeningPort");
        text.and_then(|text| text.parse().ok()).filter(|port| *port != 0).unwrap_or(self.service.port)
    }

    /// Whether the service runs with low priority, which nobody sees on the network (slmgr.vbs: /cpri sets EnableKmsLowPriority, /spri clears it).
    #[must_use]
    pub fn has_low_priority(&self) -> bool {
        let value = registry::number(&self.registry, registry::SOFTWARE_PROTECTION, "EnableKmsLowPriority");
        value.is_some_and(|number| number != 0)
    }

    /// The set-up of the service with what the registry says of it: the port on which it really listens, and the intervals
    /// that it tells its clients (VLActivationInterval and VLRenewalInterval, in minutes).
    #[must_use]
    pub fn service_config(&self) -> HostConfig {
        let minutes = |name| registry::number(&self.registry, registry::SOFTWARE_PROTECTION, name);
        let service = self.service.clone();
        HostConfig {
            port: self.port(),
            activation_interval: minutes("VLActivationInterval").unwrap_or(service.activation_interval),
            renewal_interval: minutes("VLRenewalInterval").unwrap_or(service.renewal_interval),
            ..service
        }
    }
}

notation::choice! {
    /// A generation of the KMS client and what is documented of it.
    pub enum Profile("client profile") {
        /// Windows Vista and Server 2008.
        "windows-vista" => WindowsVista,
        /// Windows 7 and Server 2008 R2.
        "windows-7" => Windows7,
        /// Windows 8 and Server 2012.
        "windows-8" => Windows8,
        /// Windows 8.1 and Server 2012 R2.
        "windows-8.1" => Windows81,
        /// Windows 10, Server 2016 and 2019.
        "windows-10" => Windows10,
        /// Windows 11, Server 2022 and later.
        "windows-11" => Windows11,
    }
}

notation::record! {
    /// A KMS client.
    pub struct ClientMachine("a client") {
        /// Its id.
        "id" => id: Id,
        /// Its computer name.
        "name" => name: String,
        /// The Windows generation that it behaves like.
        "profile" => profile: Profile,
        /// What is to be activated.
        "product" => product: Product = Product::Windows10,
        /// The kind of its product key.
        "key" => key: KeyChannel = KeyChannel::Gvlk,
        /// Whether Active Directory-based activation takes care of it: then KMS is not asked.
        "adba" => adba: bool = false,
        /// How it behaves where the sources disagree.
        "switches" => switches: Switches = Switches::default(),
        /// What it knows of its network.
        "ip" => ip: IpConfiguration,
        /// Its registry, raw: here stand the registered KMS machine name (global, per application, per SKU), its port, the
        /// lookup domain and the switch of host caching.
        "registry" => registry: Vec<RegistryValue>,
        /// The KMS host that an earlier activation found and cached.
        "discovered" => discovered: Option<DiscoveredHost>,
        /// Its licence before the first step; without it, that of a machine which was just installed.
        "licence" => licence: Option<LicenceAtStart>,
        /// What its DNS resolver remembers.
        "resolver_cache" => resolver_cache: Vec<CachedAnswer>,
        /// How far its clock is ahead of the true time, in seconds.
        "clock_offset_s" => clock_offset_s: i64 = 0,
        /// Its client machine id; drawn from the seed when absent. Two clients with the same one were cloned.
        "cmid" => cmid: Option<Guid>,
    }
}

notation::record! {
    /// A KMS host that was found by discovery.
    pub struct DiscoveredHost("a discovered host") check DiscoveredHost::check {
        /// Its name.
        "name" => name: String,
        /// Its port.
        "port" => port: u16 = KMS_PORT,
    }
}

notation::record! {
    /// An answer that a resolver remembers.
    pub struct CachedAnswer("a cached answer") check CachedAnswer::check {
        /// The name that was asked for.
        "name" => name: DomainName,
        /// The type that was asked for.
        "type" => kind: RecordType,
        /// The records, as lines of a zone file; none means that the name does not exist.
        "records" => records: Vec<String>,
        /// When it is forgotten, in milliseconds of the run.
        "until_ms" => until: Millis,
    }
}

impl DiscoveredHost {
    fn check(&self, tree: &Tree) -> Result<(), Problem> {
        if self.port != 0 {
            return Ok(());
        }
        let place = tree.as_table().and_then(|table| table.find("port")).map_or(tree.span, |port| port.span);
        Err(Problem::refused(place, "no KMS host listens on port 0").hint("leave `port` out to mean 1688"))
    }
}

impl CachedAnswer {
    /// Refuses records that cannot be read: a resolver would remember something else than the file says.
    fn check(&self, tree: &Tree) -> Result<(), Problem> {
        let list = tree.as_table().and_then(|table| table.find("records"));
        for (position, line) in self.records.iter().enumerate() {
            let Err(found) = parse_record(line, &DomainName::root()) else { continue };
            let item = match list.map(|list| &list.kind) {
                Some(Kind::List(items)) => items.get(position),
                _ => None,
            };
            let place = item.map_or(tree.span, |item| item.span);
            if let Some(first) = found.0.first() {
                return Err(Problem::of_text(place, first.refused(line)));
            }
        }
        Ok(())
    }
}

/// A client's facts, seen at a moment when the true time at the start is known.
#[derive(Clone, Copy, Debug)]
pub struct ClientVantage<'a> {
    /// The machine.
    pub machine: &'a ClientMachine,
    /// The true time at the start of the run.
    pub start: WallTime,
}

impl Vantage for ClientVantage<'_> {
    fn registry(&self) -> Result<&[RegistryValue], Denied> {
        Ok(&self.machine.registry)
    }

    fn ip_configuration(&self) -> Result<&IpConfiguration, Denied> {
        Ok(&self.machine.ip)
    }

    fn clock(&self, now: Moment) -> Result<WallTime, Denied> {
        Ok(self.start.at(now).shifted(self.machine.clock_offset_s))
    }
}

#[cfg(test)]
mod tests {
    use evidence::registry::{Data, SOFTWARE_LICENSING, SOFTWARE_PROTECTION, ValueType};

    use notation::Problems;

    use super::*;

    /// The port and the intervals of a host with these values in its registry.
    #[track_caller]
    fn check(values: &[(&str, &str, Data)], expected: (u16, u32, u32)) {
        let value = |(path, name, data): &(&str, &str, Data)| {
            let kind = match data {
                Data::Text(_) => ValueType::Sz,
                Data::Number(_) => ValueType::Dword,
                Data::List(_) => ValueType::MultiSz,
            };
            RegistryValue { path: (*path).to_owned(), name: (*name).to_owned(), kind, data: data.clone() }
        };
        let mut problems = Problems::default();
        let tree = notation::parse::parse("id = \"kms1\"\naddresses = [\"10.0.0.60\"]", &mut problems);
        let mut machine = <KmsMachine as notation::Format>::read(&tree, &mut problems).expect("it is good");
        machine.registry = values.iter().map(value).collect();
        let service = machine.service_config();
        assert_eq!((service.port, service.activation_interval, service.renewal_interval), expected);
    }

    #[test]
    fn a_host_reads_its_registry_where_its_generation_looks() {
        check(&[], (1688, 120, 10_080));
        let port = Data::Text("1689".to_owned());
        let root = SOFTWARE_PROTECTION;
        check(&[(root, "KeyManagementServiceListeningPort", port.clone())], (1689, 120, 10_080));
        check(&[(SOFTWARE_LICENSING, "KeyManagementServiceListeningPort", port)], (1688, 120, 10_080));
        check(&[(root, "VLActivationInterval", Data::Number(15))], (1688, 15, 10_080));
        check(&[(root, "VLRenewalInterval", Data::Number(43_200))], (1688, 120, 43_200));
        check(&[(root, "VLRenewalInterval", Data::Text("43200".to_owned()))], (1688, 120, 10_080));
    }
}
