//! Places where a diagnosis can stand in an environment: what each machine's facts are, read from the machine and its state.
//!
//! It joins the environment to the diagnosis, which knows none: only these facts and the network get through. [`system`] does the same
//! for the machine that the program really runs on, [`resolver`] says what that one's resolver is configured to do.

pub mod host_log;
pub mod resolver;
pub mod system;

use std::net::SocketAddr;

use double::{MachineId, Moment, WallTime};
use evidence::network::Failure;
use evidence::outcome::{Licence, LoggedEvent};
use evidence::registry::RegistryValue;
use evidence::vantage::{
    CachedLookup, Denied, DnsAging, Handshake, IpConfiguration, KmsRequest, KmsService, Licensing, Vantage,
};
use mock_dns::aging::Scavenged;
use mock_dns::zone::Zone;
use notation::Id;

use crate::client::state::RememberedAnswer;
use crate::client::{ClientProfile, ClientState, Identity, ProductIds};
use crate::diagnosis::host_log::HostLogs;
use crate::environment::rule::{How, Packet, Rule, Where};
use crate::environment::{ClientMachine, DnsMachine, Environment, KmsMachine};

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
    /// The moment at which its licence is looked at.
    pub now: Moment,
    /// What its log holds.
    pub events: &'a [LoggedEvent],
    /// Where it stands.
    pub environment: &'a Environment,
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
            licence: self.identity.is_on_kms().then(|| self.state.licence.at(self.now, self.identity)),
        })
    }

    fn licence(&self, now: Moment) -> Result<Licence, Denied> {
        Ok(self.state.licence.at(now, self.identity))
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

    fn handshake(&self, to: SocketAddr) -> Result<Handshake, Denied> {
        let owner = self.environment.owner(to.ip());
        let rule = stopping_rule(self.environment, &self.machine.id, owner, to);
        // What came back the attempt itself shows.
        let unseen = rule.is_some_and(|rule| rule.place == Where::ClientOutbound);
        Ok(if unseen { Handshake::Unseen } else { Handshake::Unanswered })
    }
}

/// The facts of a DNS server.
#[derive(Clone, Copy, Debug)]
pub struct AtDns<'a> {
    /// The machine.
    pub machine: &'a DnsMachine,
    /// The true time at the start of the run.
    pub start: WallTime,
    /// What the server has scavenged so far.
    pub scavenged: &'a [Scavenged],
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

    fn aging(&self) -> Result<DnsAging<'_>, Denied> {
        let service = &self.machine.service;
        Ok(DnsAging { zones: &service.aging, scavenging_h: service.scavenging_h, scavenged: self.scavenged })
    }
}

/// The facts of a KMS host.
#[derive(Clone, Copy, Debug)]
pub struct AtHost<'a> {
    /// The machine.
    pub machine: &'a KmsMachine,
    /// The client whose attempt is looked into.
    pub client: &'a Id,
    /// Where the machine stands.
    pub environment: &'a Environment,
    /// What the hosts have logged and counted.
    pub logs: &'a HostLogs,
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
            current_count: self.logs.count(&self.machine.id).unwrap_or(service.current_count),
            low_priority: self.machine.has_low_priority(),
            port: self.machine.port(),
        })
    }

    fn requests(&self) -> Result<Vec<KmsRequest>, Denied> {
        Ok(self.logs.requests(&self.machine.id))
    }

    fn events(&self) -> Result<Vec<LoggedEvent>, Denied> {
        Ok(self.logs.events(&self.machine.id))
    }

    fn handshake(&self, to: SocketAddr) -> Result<Handshake, Denied> {
        Ok(match stopping_rule(self.environment, self.client, Some(&self.machine.id), to) {
            Some(Rule { how: How::Refused, place: Where::HostInbound, .. }) => Handshake::Reset,
            Some(Rule { how: How::ListenQueueFull, .. } | Rule { place: Where::HostInbound, .. }) => {
                Handshake::Unanswered
            }
            Some(_) => Handshake::Unseen,
            None if self.is_listening(to.port()) => Handshake::Answered,
            None if self.machine.stealth => Handshake::Unanswered,
            None => Handshake::Reset,
        })
    }

    fn own_port(&self, port: u16) -> Result<Result<(), Failure>, Denied> {
        let full = |rule: &&Rule| {
            let to = self.machine.addresses.first().map(|address| SocketAddr::new(*address, port));
            let packet =
                to.map(|to| Packet { from: self.client, to: Some(&self.machine.id), tcp: true, destination: to });
            rule.how == How::ListenQueueFull && packet.is_some_and(|packet| rule.catches(&packet))
        };
        Ok(match self.environment.rules.iter().find(full) {
            // Who listens is not asked who knocks.
            _ if !self.is_listening(port) => Err(Failure::Refused),
            Some(_) => Err(Failure::TimedOut),
            None => Ok(()),
        })
    }
}

impl AtHost<'_> {
    fn is_listening(&self, port: u16) -> bool {
        self.machine.running && self.machine.service.state.listens() && self.machine.port() == port
    }
}

/// The rule that stops a client's SYN, if one does.
fn stopping_rule<'a>(environment: &'a Environment, client: &Id, to: Option<&Id>, at: SocketAddr) -> Option<&'a Rule> {
    let packet = Packet { from: client, to, tcp: true, destination: at };
    let rule = environment.rule_for(&packet)?;
    (!matches!(rule.how, How::Delayed(_) | How::Lossy(_))).then_some(rule)
}

/// How the timeline calls a machine.
#[must_use]
pub fn machine_id(id: &Id) -> MachineId {
    MachineId::new(id.as_str())
}
