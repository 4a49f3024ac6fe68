//! Acts on KMS hosts: their key, their updates, their count, their clock, their registry.

use std::net::SocketAddr;

use evidence::change::{ClearRegistry, Clearing, Operation, Setting, Thing};
use evidence::registry::RegistryValue;
use mock_dns::name::DomainName;
use notation::Format;

use super::{DoesNotApply, Resolver};
use crate::environment::KmsMachine;
use crate::environment::publishing::DISABLE_PUBLISHING;
use mock_kms::host::config::NewestVersion;
use mock_kms::wire::kms::Version;

impl Resolver {
    pub(super) fn activate_host(&mut self, at: SocketAddr) -> Result<(), DoesNotApply> {
        let host = self.needed_host_at(at)?;
        if host.service.state == mock_kms::host::HostState::Activated {
            return Ok(());
        }
        self.clear(&host.id, "service.state")
    }

    pub(super) fn cover_product(&mut self, at: SocketAddr) -> Result<(), DoesNotApply> {
        let host = self.needed_host_at(at)?;
        let product = self.client_machine()?.product;
        let mut serves = host.service.serves.clone();
        if serves.contains(&product) {
            return Ok(());
        }
        serves.push(product);
        self.set(&host.id, "service.serves", serves.write())
    }

    pub(super) fn raise_count(&mut self, at: SocketAddr, to: u32) -> Result<(), DoesNotApply> {
        let host = self.needed_host_at(at)?;
        self.set(&host.id, "service.current_count", to.write())
    }

    pub(super) fn sync_host_clock(&mut self, at: SocketAddr) -> Result<(), DoesNotApply> {
        let host = self.needed_host_at(at)?;
        if host.clock_offset_s == 0 {
            return Ok(());
        }
        self.clear(&host.id, "clock_offset_s")
    }

    /// The updates of a KMS host: it knows every protocol version then.
    pub(super) fn update_host(&mut self, at: SocketAddr) -> Result<(), DoesNotApply> {
        let host = self.needed_host_at(at)?;
        if host.service.newest_version == NewestVersion(Version::V6) {
            return Ok(());
        }
        self.clear(&host.id, "service.newest_version")
    }

    /// What `slmgr /sdns` does: the value that stops publishing goes, where the host's generation reads it.
    pub(super) fn publish_again(&mut self, name: &DomainName) -> Result<(), DoesNotApply> {
        let named = |host: &&KmsMachine| host.publishing.as_ref().is_some_and(|publishing| publishing.name == *name);
        let host = self.environment.kms_hosts.iter().find(named);
        let host = host.ok_or_else(|| DoesNotApply::NoMachine(name.to_string()))?;
        let Some(settings) = &host.publishing else { return Ok(()) };
        let (at, root) = (host.id.to_string(), settings.root());
        self.host_registry(&at, root, DISABLE_PUBLISHING, None)
    }

    /// Sets or removes a registry value of a KMS host that somebody stands at.
    pub(super) fn host_registry(
        &mut self,
        at: &str,
        path: &str,
        name: &str,
        to: Option<&RegistryValue>,
    ) -> Result<(), DoesNotApply> {
        let host = self.environment.kms_hosts.iter().find(|host| host.id.as_str() == at).cloned();
        let host = host.ok_or_else(|| DoesNotApply::NoMachine(at.to_owned()))?;
        if let Some(value) = to {
            let thing = Thing { at: Some(host.id.into()), position: None, body: value.write() };
            return self.operate(Operation::Set(Setting::Registry(thing)));
        }
        if !host.registry.iter().any(|value| value.is(path, name)) {
            return Ok(());
        }
        let clearing = ClearRegistry { at: host.id.into(), path: path.to_owned().into(), name: name.to_owned().into() };
        self.operate(Operation::Clear(Clearing::Registry(clearing)))
    }
}
