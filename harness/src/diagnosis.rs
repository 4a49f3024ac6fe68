//! Places where a diagnosis can stand in an environment: what each machine's facts are, read from the machine and its state.
//!
//! It joins the environment to the diagnosis, which knows none: only these facts and the network get through. [`system`] does the same
//! for the machine that the program really runs on.

pub mod system;

use double::{MachineId, Moment, WallTime};
use evidence::outcome::LoggedEvent;
use evidence::registry::RegistryValue;
use evidence::vantage::{CachedLookup, Denied, IpConfiguration, KmsService, Licensing, Vantage};
use mock_dns::zone::Zone;

use crate::client::state::RememberedAnswer;
use crate::client::{ClientProfile, ClientState, Identity, ProductIds};
use crate::environment::{ClientMachine, DnsMachine, KmsMachine};

/// The facts of a client after an attempt.
#[derive(Clone, Copy, Debug)]
pub struct AtClient<'a> {
    /// The machine, with whatever was typed on it.
    pub machine: &'a ClientMachine,
    /// What it is.
    pub identity: &'a Identity,
    /// What it remembers.
    pub state: &'a ClientState,
    /// The true time at the start of the run.
    pub start: WallTime,
    /// What its log holds.
    pub events: &'a [LoggedEvent],
}

impl Vantage for AtClient<'_> {
    fn registry(&self) -> Result<&[RegistryValue], Denied> {
        Ok(&self.machine.registry)
    }

    fn ip_configuration(&self) -> Result<&IpConfiguration, Denied> {
        Ok(&self.machine.ip)
    }

    fn clock(&self, now: Moment) -> Result<WallTime, Denied> {
        Ok(self.start.at(now).shifted(self.machine.clock_offset_s))
    }

    fn licensing(&self) -> Result<Licensing, Denied> {
        let profile = ClientProfile::of(&self.machine.profile);
        Ok(Licensing {
            generation: self.machine.profile.word(),
            product: self.machine.product.clone(),
            registry_root: ProductIds::from(&self.machine.product).registry_root(profile),
            key: self.machine.key.clone(),
            adba: self.machine.adba,
            discovered: self.state.discovered.as_ref().map(|host| (host.name.clone(), host.port)),
            cmid: self.identity.cmid,
        })
    }

    fn resolver_cache(&self) -> Result<Vec<CachedLookup>, Denied> {
        let cached = self.state.cache.iter().map(|entry| CachedLookup {
            name: entry.name.clone(),
            kind: entry.kind,
            records: match &entry.answer {
                RememberedAnswer::Records(records) => records.clone(),
                RememberedAnswer::NoSuchName | RememberedAnswer::NoData => Vec::new(),
            },
            until: entry.until,
        });
        Ok(cached.collect())
    }

    fn events(&self) -> Result<Vec<LoggedEvent>, Denied> {
        Ok(self.events.to_vec())
    }
}

/// The facts of a DNS server.
#[derive(Clone, Copy, Debug)]
pub struct AtDns<'a> {
    /// The machine.
    pub machine: &'a DnsMachine,
    /// The true time at the start of the run.
    pub start: WallTime,
}

impl Vantage for AtDns<'_> {
    fn registry(&self) -> Result<&[RegistryValue], Denied> {
        Err(Denied)
    }

    fn ip_configuration(&self) -> Result<&IpConfiguration, Denied> {
        Err(Denied)
    }

    fn clock(&self, now: Moment) -> Result<WallTime, Denied> {
        Ok(self.start.at(now))
    }

    fn zones(&self) -> Result<&[Zone], Denied> {
        Ok(&self.machine.service.zones)
    }
}

/// The facts of a KMS host.
#[derive(Clone, Copy, Debug)]
pub struct AtHost<'a> {
    /// The machine.
    pub machine: &'a KmsMachine,
    /// The true time at the start of the run.
    pub start: WallTime,
}

impl Vantage for AtHost<'_> {
    fn registry(&self) -> Result<&[RegistryValue], Denied> {
        Ok(&self.machine.registry)
    }

    fn ip_configuration(&self) -> Result<&IpConfiguration, Denied> {
        Err(Denied)
    }

    fn clock(&self, now: Moment) -> Result<WallTime, Denied> {
        Ok(self.start.at(now).shifted(self.machine.clock_offset_s))
    }

    fn kms_service(&self) -> Result<KmsService, Denied> {
        let service = &self.machine.service;
        Ok(KmsService {
            running: self.machine.running,
            state: service.state.clone(),
            serves: service.serves.clone(),
            current_count: service.current_count,
            port: self.machine.port(),
        })
    }
}

/// How the timeline calls a machine.
#[must_use]
pub fn machine_id(id: &notation::Id) -> MachineId {
    MachineId::new(id.as_str())
}
