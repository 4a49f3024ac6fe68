//! An environment: machines, names, addresses and rules, as data.
//!
//! It is what a scenario file describes and what networks are built from. It does nothing by itself and knows neither
//! expectations nor results. In reading order: [`machine`], [`licence`] (what a client has before the first
//! step), [`publishing`] (how a KMS host makes itself known), [`rule`], [`switches`] (where the sources disagree), [`apply`] (changes
//! and what undoes them), [`check`] (what no single machine can tell about itself).

pub mod apply;
pub mod check;
pub mod licence;
pub mod machine;
pub mod publishing;
pub mod rule;
pub mod switches;

use std::net::IpAddr;

use double::{MachineId, WallTime};
use evidence::Role;
use notation::Id;

pub use machine::{ClientMachine, DnsMachine, KmsMachine};
pub use rule::{How, Rule, Where};

/// When runs happen, unless an environment says otherwise: a Monday morning.
const DEFAULT_START: &str = "2026-03-02T09:00:00Z";

notation::record! {
    /// Machines, names, addresses and rules.
    pub struct Environment("an environment") {
        /// The true time (UTC) at the start of a run.
        "start" => start: WallTime = default_start(),
        /// The DNS servers.
        "dns_server" => dns_servers: Vec<DnsMachine>,
        /// The KMS hosts.
        "kms_host" => kms_hosts: Vec<KmsMachine>,
        /// The KMS clients.
        "client" => clients: Vec<ClientMachine>,
        /// What stands between them.
        "rule" => rules: Vec<Rule>,
    }
}

fn default_start() -> WallTime {
    // The constant is a time; the fallback is never taken.
    WallTime::parse(DEFAULT_START).unwrap_or(WallTime(0))
}

impl Environment {
    /// Every machine and what it is there for, in the order of the file.
    pub fn machines(&self) -> impl Iterator<Item = (&Id, Role)> {
        let dns = self.dns_servers.iter().map(|machine| (&machine.id, Role::Dns));
        let hosts = self.kms_hosts.iter().map(|machine| (&machine.id, Role::Host));
        let clients = self.clients.iter().map(|machine| (&machine.id, Role::Client));
        dns.chain(hosts).chain(clients)
    }

    /// Every machine with the path at which it stands in a file: `client.0`.
    pub fn machine_paths(&self) -> impl Iterator<Item = (String, &Id)> {
        let dns = self.dns_servers.iter().enumerate().map(|(at, machine)| (format!("dns_server.{at}"), &machine.id));
        let hosts = self.kms_hosts.iter().enumerate().map(|(at, machine)| (format!("kms_host.{at}"), &machine.id));
        let clients = self.clients.iter().enumerate().map(|(at, machine)| (format!("client.{at}"), &machine.id));
        dns.chain(hosts).chain(clients)
    }

    /// The path of a machine.
    #[must_use]
    pub fn path_of(&self, id: &Id) -> Option<String> {
        self.machine_paths().find(|(_, machine)| *machine == id).map(|(path, _)| path)
    }

    /// The machines as the timeline names them.
    #[must_use]
    pub fn machine_ids(&self) -> Vec<(MachineId, Role)> {
        self.machines().map(|(id, role)| (MachineId::new(id.as_str()), role)).collect()
    }

    /// The DNS server or KMS host that has an address.
    #[must_use]
    pub fn owner(&self, address: IpAddr) -> Option<&Id> {
        let dns = self.dns_servers.iter().map(|machine| (&machine.id, &machine.addresses));
        let hosts = self.kms_hosts.iter().map(|machine| (&machine.id, &machine.addresses));
        dns.chain(hosts).find(|(_, addresses)| addresses.contains(&address)).map(|(id, _)| id)
    }

    /// The first rule that catches a packet: it alone decides.
    #[must_use]
    pub fn rule_for(&self, packet: &rule::Packet<'_>) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.catches(packet))
    }

    /// The client with this id.
    #[must_use]
    pub fn client(&self, id: &Id) -> Option<&ClientMachine> {
        self.clients.iter().find(|client| client.id == *id)
    }
}
