//! Acts on machines: the client's settings, and services at an address.

use std::net::{IpAddr, SocketAddr};

use evidence::change::{ClearRegistry, ClearValue, Clearing, Operation, SetValue, Setting, Thing};
use evidence::diagnosis::Known;
use evidence::diagnosis::remedy::{DNS_SERVER, KMS_ADDRESS};
use evidence::registry::{Data, HOST_NAME, HOST_PORT, LOOKUP_DOMAIN, RegistryValue, ValueType};
use mock_dns::name::DomainName;
use notation::{Format, Id, Tree};

use super::{DoesNotApply, Resolver};
use crate::client::{ClientProfile, ProductIds};
use crate::environment::machine::DNS_PORT;
use crate::environment::{ClientMachine, DnsMachine, KmsMachine};

impl Resolver {
    pub(super) fn client_machine(&self) -> Result<ClientMachine, DoesNotApply> {
        let client = self.environment.client(&self.client).cloned();
        client.ok_or_else(|| DoesNotApply::NoMachine(self.client.to_string()))
    }

    pub(super) fn set(&mut self, at: &Id, key: &str, to: Tree) -> Result<(), DoesNotApply> {
        let setting = SetValue { at: at.clone().into(), key: key.to_owned().into(), to };
        self.operate(Operation::Set(Setting::Value(setting)))
    }

    fn set_client(&mut self, key: &str, to: Tree) -> Result<(), DoesNotApply> {
        let at = self.client.clone();
        self.set(&at, key, to)
    }

    pub(super) fn clear(&mut self, at: &Id, key: &str) -> Result<(), DoesNotApply> {
        let clearing = ClearValue { at: at.clone().into(), key: key.to_owned().into() };
        self.operate(Operation::Clear(Clearing::Value(clearing)))
    }

    pub(super) fn sync_client_clock(&mut self) -> Result<(), DoesNotApply> {
        if self.client_machine()?.clock_offset_s == 0 { Ok(()) } else { self.clear_client("clock_offset_s") }
    }

    pub(super) fn clear_client(&mut self, key: &str) -> Result<(), DoesNotApply> {
        let at = self.client.clone();
        self.clear(&at, key)
    }

    pub(super) fn set_primary_suffix(&mut self, suffix: &Known<DomainName>) -> Result<(), DoesNotApply> {
        let suffix = self.domain(suffix)?;
        if self.client_machine()?.ip.primary_suffix.as_ref() == Some(&suffix) {
            return Ok(());
        }
        self.set_client("ip.primary_suffix", suffix.write())
    }

    /// A domain in which a KMS host is published, for a blank: the first of the servers that the client asks.
    fn domain(&mut self, domain: &Known<DomainName>) -> Result<DomainName, DoesNotApply> {
        let blank = match domain {
            Known::Is(domain) => return Ok(domain.clone()),
            Known::Blank(blank) => *blank,
        };
        let zones = self.asked_servers().flat_map(|server| &server.service.zones);
        let published = zones.flat_map(|zone| zone.records()).find_map(|record| {
            let mut labels = record.name.labels();
            let service =
                labels.next()?.eq_ignore_ascii_case(b"_vlmcs") && labels.next()?.eq_ignore_ascii_case(b"_tcp");
            if service { record.name.parent()?.parent() } else { None }
        });
        let domain = published.ok_or(DoesNotApply::Blank(blank))?;
        self.fill(blank, &domain);
        Ok(domain)
    }

    pub(super) fn add_search_suffix(&mut self, suffix: &Known<DomainName>) -> Result<(), DoesNotApply> {
        let suffix = self.domain(suffix)?;
        let client = self.client_machine()?;
        let mut list = crate::client::suffix::general_suffixes(&client.switches, &client.ip);
        if list.contains(&suffix) {
            return Ok(());
        }
        list.push(suffix);
        self.set_client("ip.search_list", list.write())
    }

    fn clear_registry(&mut self, path: &str, name: &str) -> Result<(), DoesNotApply> {
        let clearing = ClearRegistry {
            at: self.client.clone().into(),
            path: path.to_owned().into(),
            name: name.to_owned().into(),
        };
        self.operate(Operation::Clear(Clearing::Registry(clearing)))
    }

    fn licensing_root(&self) -> Result<&'static str, DoesNotApply> {
        let client = self.client_machine()?;
        Ok(ProductIds::from(&client.product).registry_root(ClientProfile::of(&client.profile)))
    }

    pub(super) fn clear_lookup_domain(&mut self) -> Result<(), DoesNotApply> {
        let root = self.licensing_root()?;
        self.remove_registry_value(root, LOOKUP_DOMAIN)
    }

    /// Below the root of the product: globally, per application and per SKU, whichever hold one.
    pub(super) fn clear_registered_host(&mut self) -> Result<(), DoesNotApply> {
        let root = self.licensing_root()?;
        let client = self.client_machine()?;
        let below = |value: &&RegistryValue| {
            let path = value.path.to_ascii_lowercase();
            path.starts_with(&root.to_ascii_lowercase())
                && (value.name.eq_ignore_ascii_case(HOST_NAME) || value.name.eq_ignore_ascii_case(HOST_PORT))
        };
        let values: Vec<(String, String)> =
            client.registry.iter().filter(below).map(|value| (value.path.clone(), value.name.clone())).collect();
        for (path, name) in values {
            self.clear_registry(&path, &name)?;
        }
        self.resolved.forgets_host |= client.switches.ckms_forgets_host && client.discovered.is_some();
        Ok(())
    }

    pub(super) fn remove_registry_value(&mut self, path: &str, name: &str) -> Result<(), DoesNotApply> {
        if self.client_machine()?.registry.iter().any(|value| value.is(path, name)) {
            self.clear_registry(path, name)?;
        }
        Ok(())
    }

    pub(super) fn register_host(&mut self, host: &Known<String>, port: u16) -> Result<(), DoesNotApply> {
        let host = match host {
            Known::Is(host) => host.clone(),
            Known::Blank(blank) => {
                // An address is asked for where names are what does not work.
                let name = if *blank == KMS_ADDRESS { None } else { self.host_name(&Known::Blank(blank)).ok() };
                match name {
                    Some(name) => name.to_string(),
                    None => match self.any_host_address()? {
                        IpAddr::V4(address) => address.to_string(),
                        IpAddr::V6(address) => format!("[{address}]"),
                    },
                }
            }
        };
        let root = self.licensing_root()?;
        self.clear_registered_host()?;
        for (name, text) in [(HOST_NAME, host.trim_end_matches('.').to_owned()), (HOST_PORT, port.to_string())] {
            let value = RegistryValue {
                path: root.to_owned(),
                name: name.to_owned(),
                kind: ValueType::Sz,
                data: Data::Text(text),
            };
            let thing = Thing { at: Some(self.client.clone().into()), position: None, body: value.write() };
            self.operate(Operation::Set(Setting::Registry(thing)))?;
        }
        Ok(())
    }

    /// A DNS server, for a blank: the first that runs and holds a zone.
    fn dns_server(&mut self, server: &Known<IpAddr>) -> Result<IpAddr, DoesNotApply> {
        if let Known::Is(server) = server {
            return Ok(*server);
        }
        let holds = |server: &&DnsMachine| !server.service.zones.is_empty() && server.running;
        let address = self.environment.dns_servers.iter().find(holds).and_then(|server| server.addresses.first());
        let address = *address.ok_or(DoesNotApply::Blank(DNS_SERVER))?;
        self.fill(DNS_SERVER, address);
        Ok(address)
    }

    pub(super) fn ask_server_for(
        &mut self,
        namespace: &DomainName,
        server: &Known<IpAddr>,
    ) -> Result<(), DoesNotApply> {
        let server = self.dns_server(server)?;
        let mut rules = self.client_machine()?.ip.nrpt;
        let before = rules.clone();
        rules.iter_mut().filter(|rule| rule.namespace == *namespace).for_each(|rule| rule.dns = vec![server]);
        if rules == before { Ok(()) } else { self.set_client("ip.nrpt", rules.write()) }
    }

    pub(super) fn ask_server_first(&mut self, server: &Known<IpAddr>) -> Result<(), DoesNotApply> {
        let server = self.dns_server(server)?;
        let mut adapters = self.client_machine()?.ip.adapters;
        let Some(first) = adapters.iter_mut().min_by_key(|adapter| adapter.metric) else { return Ok(()) };
        if first.dns.first() == Some(&server) {
            return Ok(());
        }
        first.dns.retain(|known| *known != server);
        first.dns.insert(0, server);
        self.set_client("ip.adapter", adapters.write())
    }

    pub(super) fn stop_asking_server(&mut self, server: IpAddr) -> Result<(), DoesNotApply> {
        let mut adapters = self.client_machine()?.ip.adapters;
        let before = adapters.clone();
        adapters.iter_mut().for_each(|adapter| adapter.dns.retain(|known| *known != server));
        if adapters == before {
            return Ok(());
        }
        self.set_client("ip.adapter", adapters.write())
    }

    pub(super) fn remove_hosts_line(&mut self, name: &str) -> Result<(), DoesNotApply> {
        let mut hosts = self.client_machine()?.ip.hosts;
        let before = hosts.len();
        hosts.retain(|host| !host.name.eq_ignore_ascii_case(name));
        if hosts.len() == before {
            return Ok(());
        }
        if hosts.is_empty() { self.clear_client("ip.hosts") } else { self.set_client("ip.hosts", hosts.write()) }
    }

    pub(super) fn install_key(&mut self, channel: &str) -> Result<(), DoesNotApply> {
        if self.client_machine()?.key.word() == channel {
            return Ok(());
        }
        self.set_client("key", channel.to_owned().write())
    }

    /// The DNS server at a socket, if DNS is what is meant.
    pub(super) fn dns_at(&self, at: SocketAddr) -> Option<&DnsMachine> {
        let machines = self.environment.dns_servers.iter().filter(|_| at.port() == DNS_PORT);
        machines.into_iter().find(|machine| machine.addresses.contains(&at.ip()))
    }

    pub(super) fn host_at(&self, at: SocketAddr) -> Option<&KmsMachine> {
        self.environment.kms_hosts.iter().find(|machine| machine.addresses.contains(&at.ip()))
    }

    pub(super) fn needed_host_at(&self, at: SocketAddr) -> Result<KmsMachine, DoesNotApply> {
        self.host_at(at).cloned().ok_or_else(|| DoesNotApply::NoMachine(at.ip().to_string()))
    }

    pub(super) fn start_service(&mut self, at: SocketAddr) -> Result<(), DoesNotApply> {
        let dns = self.dns_at(at).map(|machine| (machine.id.clone(), machine.running));
        let host = || self.host_at(at).map(|machine| (machine.id.clone(), machine.running));
        match dns.or_else(host) {
            Some((id, false)) => self.clear(&id, "running"),
            Some((_, true)) | None => Ok(()),
        }
    }
}
