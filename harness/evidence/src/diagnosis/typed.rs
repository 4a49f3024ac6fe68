//! What a person types or clicks to do what a remedy says, machine by machine, and what takes it back.
//!
//! It knows what evidence knows: the client's generation and product, its settings, which servers it asks, where a zone begins. What
//! nobody observed stays a blank in angle brackets. It stands apart because acts are few and exact, and commands are many: [`records`]
//! and [`zones`] (DNS), [`licensing`] (slmgr, ospp.vbs, the registry), [`settings`] (the client's network), [`services`] (ports, services, keys, clocks),
//! [`quote`] (text from outside in a command line). Insecure advice that circulates is not here; where something else stands in
//! its place, the line says why.

mod licensing;
pub mod quote;
mod records;
mod services;
mod settings;
mod zones;

use std::net::IpAddr;

use mock_dns::name::DomainName;
use mock_dns::record::RecordType;
use mock_kms::product::Product;

use super::fact::{Evidence, Said};
use super::reading::Reading;
use super::remedy::{Act, Remedy};
use crate::registry::{OFFICE_SOFTWARE_PROTECTION, SOFTWARE_LICENSING};

/// Where a line is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum On {
    /// At the KMS client.
    Client,
    /// At a DNS server, or wherever its zones are administered.
    Dns,
    /// At the KMS host.
    Host,
    /// At whatever stands between two machines.
    Path,
}

impl On {
    /// The word in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Dns => "dns",
            Self::Host => "host",
            Self::Path => "path",
        }
    }
}

/// What reads a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shell {
    /// An elevated command prompt of Windows.
    Cmd,
    /// An elevated PowerShell of Windows.
    PowerShell,
    /// A zone file of BIND, NSD or Knot.
    ZoneFile,
    /// A POSIX shell.
    Sh,
    /// A person: the line says what to do.
    ByHand,
}

impl Shell {
    /// The word in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Cmd => "cmd",
            Self::PowerShell => "powershell",
            Self::ZoneFile => "zone-file",
            Self::Sh => "sh",
            Self::ByHand => "by-hand",
        }
    }
}

/// A line that somebody types, or does by hand.
///
/// Of the lines of one act on one machine, those of one shell do the act, in order; another shell is another way to do it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Typed {
    /// The act of the remedy, counted from 1.
    pub act: usize,
    /// On which kind of machine.
    pub on: On,
    /// Which machine, by its address or as whoever stands there calls it, where evidence tells.
    pub at: Option<String>,
    /// What reads it.
    pub shell: Shell,
    /// The line.
    pub line: String,
    /// What takes it back; none where nothing was changed or nothing can take it back.
    pub undo: Option<String>,
    /// What one should know before pressing Enter.
    pub why: Option<&'static str>,
}

impl Typed {
    fn new(on: On, shell: Shell, line: impl Into<String>) -> Self {
        Self { act: 0, on, at: None, shell, line: line.into(), undo: None, why: None }
    }

    fn at(self, at: impl ToString) -> Self {
        Self { at: Some(at.to_string()), ..self }
    }

    fn undo(self, undo: impl Into<String>) -> Self {
        Self { undo: Some(undo.into()), ..self }
    }

    fn why(self, why: &'static str) -> Self {
        Self { why: Some(why), ..self }
    }

    /// An instruction in place of a command that cannot be written safely.
    fn refused(on: On, what: impl Into<String>) -> Self {
        Self::new(on, Shell::ByHand, what).why(quote::WHY)
    }
}

/// What is typed for a remedy, act by act.
#[must_use]
pub fn typed(remedy: &Remedy, evidence: &Evidence) -> Vec<Typed> {
    let Some(reading) = Reading::of(evidence) else { return Vec::new() };
    let mut known = Known::of(&reading);
    known
        .made
        .extend(remedy.acts.iter().filter_map(|act| if let Act::AddZone(zone) = act { Some(zone) } else { None }));
    let mut lines = Vec::new();
    for (number, act) in (1..).zip(&remedy.acts) {
        lines.extend(known.act(act).into_iter().map(|line| Typed { act: number, ..line }));
    }
    lines
}

/// The generation's or the product's own way to be administered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tool {
    /// `slmgr.vbs`.
    Slmgr,
    /// `ospp.vbs` of an Office, in this folder.
    Ospp(&'static str),
}

/// What evidence knows that a command line needs.
struct Known<'a> {
    reading: &'a Reading<'a>,
    tool: Tool,
    /// The service that reads the licensing keys.
    service: &'static str,
    root: &'static str,
    /// Whether Windows has the cmdlets for DNS clients and firewalls: since Windows 8 and Server 2012.
    cmdlets: bool,
    /// Whether slmgr and ospp.vbs know the lookup domain: since Windows 8.
    lookup_domain: bool,
    /// Zones that the remedy itself makes.
    made: Vec<&'a DomainName>,
}

impl<'a> Known<'a> {
    fn of(reading: &'a Reading<'a>) -> Self {
        let licensing = reading.licensing.map(|licensing| licensing.fact);
        let old = licensing
            .is_some_and(|licensing| licensing.generation == "windows-vista" || licensing.generation == "windows-7");
        let root = licensing.map_or(crate::registry::SOFTWARE_PROTECTION, |licensing| licensing.registry_root);
        let service = match root {
            OFFICE_SOFTWARE_PROTECTION => "osppsvc",
            SOFTWARE_LICENSING => "slsvc",
            _ => "sppsvc",
        };
        let tool = licensing.map_or(Tool::Slmgr, |licensing| tool(&licensing.product));
        Self { reading, tool, service, root, cmdlets: !old, lookup_domain: !old, made: Vec::new() }
    }

    fn act(&self, act: &Act) -> Vec<Typed> {
        match act {
            Act::AddSrv { owner, target, port } => self.add_srv(owner, target, *port),
            Act::RemoveRecord { owner, data } => self.remove_record(owner, data),
            Act::RemoveDelegation(domain) => self.remove_delegation(domain),
            Act::AddZone(domain) => self.add_zone(domain),
            Act::SetAging(zone) => self.set_aging(zone),
            Act::PublishAgain(host) => services::publish_again(host),
            Act::AddAddress { name, address } => self.add_address(name, address),
            Act::SetPrimarySuffix(suffix) => self.set_primary_suffix(suffix),
            Act::AddSearchSuffix(suffix) => self.add_search_suffix(suffix),
            Act::ClearLookupDomain => self.clear_lookup_domain(),
            Act::ClearRegisteredHost => self.clear_registered_host(),
            Act::RegisterHost { host, port } => self.register_host(host, *port),
            Act::RemoveRegistryValue { path, name } => self.remove_registry_value(path, name),
            Act::AskServerFirst(server) => self.ask_server_first(server),
            Act::AskServerFor { namespace, server } => self.ask_server_for(namespace, server),
            Act::StopAskingServer(server) => self.stop_asking_server(*server),
            Act::RemoveHostsLine(name) => settings::remove_hosts_line(name),
            Act::FlushDns => vec![Typed::new(On::Client, Shell::Cmd, "ipconfig /flushdns")],
            Act::OpenPath { to, tcp_only } => self.open_path(*to, *tcp_only),
            Act::StartService(at) => services::start(*at),
            Act::RepairService { at, finding } => services::repair(*at, finding),
            Act::UpdateHost(at) => services::update(*at),
            Act::HostRegistry { at, path, name, to } => self.host_registry(at, path, name, to.as_ref()),
            Act::ActivateHost(at) => services::activate(*at),
            Act::CoverProduct(at) => self.cover_product(*at),
            Act::RaiseCount { host, to } => services::raise_count(*host, *to),
            Act::NewClientMachineId => self.new_client_machine_id(),
            Act::SyncClientClock => vec![services::sync(On::Client)],
            Act::SyncHostClock(at) => vec![services::sync(On::Host).at(at.ip())],
            Act::InstallClientKey => self.install_key("<client setup key (GVLK) of the edition>"),
            Act::InstallMak => self.install_key("<MAK>"),
        }
    }

    /// The DNS servers that the client asks, in order, each once.
    fn servers(&self) -> Vec<IpAddr> {
        let mut servers: Vec<IpAddr> = Vec::new();
        let adapters = self.reading.ip.iter().flat_map(|ip| ip.fact.adapters_by_metric());
        for server in adapters.flat_map(|adapter| &adapter.dns) {
            if !servers.contains(server) {
                servers.push(*server);
            }
        }
        servers
    }

    /// The zone that holds a name, as far as an answer named one.
    fn zone_of(&self, name: &DomainName) -> Option<DomainName> {
        let asked = self.reading.asked().flat_map(|asked| {
            let denied = match &asked.fact.said {
                Said::NoSuchName(zone) | Said::NoData(zone) => zone.iter(),
                Said::Records(_)
                | Said::Referral(..)
                | Said::Code(_)
                | Said::Nothing(_)
                | Said::Unusable(_)
                | Said::Truncated(_) => None.iter(),
            };
            let records = asked.fact.said.records().iter();
            denied.chain(records.filter(|record| record.record_type() == RecordType::SOA).map(|record| &record.name))
        });
        let held = self.reading.zones().map(|zone| zone.fact.origin());
        asked
            .chain(held)
            .chain(self.made.iter().copied())
            .filter(|zone| !zone.is_root() && name.is_within(zone))
            .max_by_key(|zone| zone.depth())
            .cloned()
    }
}

/// How a product is administered. Folder of ospp.vbs: Office 2010 in Office14, 2013 in Office15, later ones in Office16.
const fn tool(product: &Product) -> Tool {
    match product {
        Product::Office2010 => Tool::Ospp("Office14"),
        Product::Office2013 => Tool::Ospp("Office15"),
        Product::Office2016 | Product::Office2019 | Product::Office2021 | Product::Office2024 => Tool::Ospp("Office16"),
        Product::WindowsVista
        | Product::Windows7
        | Product::Windows8
        | Product::Windows81
        | Product::Windows10
        | Product::Windows11
        | Product::WindowsServer2008
        | Product::WindowsServer2008R2
        | Product::WindowsServer2012
        | Product::WindowsServer2012R2
        | Product::WindowsServer2016
        | Product::WindowsServer2019
        | Product::WindowsServer2022
        | Product::WindowsServer2025 => Tool::Slmgr,
    }
}

#[cfg(test)]
mod tests;
