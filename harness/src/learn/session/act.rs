//! Commands that change something, as operations on the environment, and what the tool says then.
//!
//! What is typed at a machine changes that machine: a rule of the KMS host's firewall is not deleted from the client. What real Windows
//! does by itself after a change (a host that publishes again when its service starts) the bench does too.

use std::net::IpAddr;

use evidence::change::{
    AddRecord, Addition, ClearRegistry, ClearValue, Clearing, Operation, Removal, RemoveFault, RemoveRecords,
    RemoveZone, SetValue, Setting, Thing,
};
use evidence::registry::{Data, RegistryValue};
use evidence::{Change, Role};
use mock_dns::name::DomainName;
use mock_kms::host::HostState;
use notation::{Format, Id, Kind, Table, Tree};

use super::open::{open, remove};
use super::{Seat, Session};
use crate::bench::BenchError;
use crate::environment::KmsMachine;
use crate::learn::command::{Act, Key, Permit, Servers, ZoneAct};
use crate::learn::text::Phrase;
use crate::scenario::Action;

/// Most clients that a KMS host can be told to have counted: it keeps no more than this many ([MS-KMS] speaks of 50, larger
/// sites set more).
const CLIENTS_MAX: u32 = 1000;

/// Where Windows keeps its primary DNS suffix and its search list.
const TCPIP: &str = r"HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters";

/// What a command did.
#[derive(Debug, Default)]
pub(super) struct Did {
    /// What it showed.
    pub(super) shown: String,
    /// Whether something is different now.
    pub(super) changed: bool,
    /// Whether it opened more than is needed.
    pub(super) insecure: bool,
}

impl Session {
    /// Does what a command says, at the seat.
    pub(super) fn act(&mut self, act: &Act) -> Result<Did, String> {
        match act {
            Act::Client(Action::Activate) => self.activate(),
            Act::Client(action) => {
                let client = self.seated(&[Role::Client])?;
                self.bench.type_in(&client, action).map_err(|error| self.refused(&error))?;
                Ok(Did { shown: said(action), changed: true, insecure: false })
            }
            Act::ActivateOffice => self.activate(),
            Act::Permit(permit) => self.permit(permit),
            Act::FirewallOff => {
                let operations = remove(self.environment(), &self.seat, None);
                self.operate(operations).map(|did| Did { insecure: true, ..did })
            }
            Act::RuleRemove(name) => {
                let operations = remove(self.environment(), &self.seat, Some(name));
                self.operate(operations)
            }
            Act::AllowUpdate(number) => {
                let dns = self.seated(&[Role::Dns])?;
                let word = ["refused", "any", "owner-only"].get(*number as usize).copied().unwrap_or("refused");
                self.operate(vec![set(&dns, "service.update", Tree::text(word))])
                    .map(|did| Did { insecure: *number == 1, ..did })
            }
            Act::Zone(act) => {
                let operations = self.zone_operations(act)?;
                self.operate(operations)
            }
            Act::Key(_)
            | Act::RegistrySet(_)
            | Act::RegistryRemove { .. }
            | Act::Service { .. }
            | Act::SyncClock
            | Act::DnsServers(_)
            | Act::SearchList(_)
            | Act::PrimarySuffix(_)
            | Act::HostsRemove(_)
            | Act::MoreClients(_)
            | Act::Updates
            | Act::ResetService(_) => {
                let operations = self.operations(act)?;
                self.operate(operations)
            }
        }
    }

    /// The operations of what is typed at one machine and concerns nothing else.
    fn operations(&self, act: &Act) -> Result<Vec<Operation>, String> {
        match act {
            Act::Key(key) => self.key(key),
            Act::RegistrySet(value) => self.registry_set(value),
            Act::RegistryRemove { path, name } => self.registry_remove(path, name),
            Act::Service { name, stop, start } => self.service(name, *stop, *start),
            Act::SyncClock => {
                let at = self.seated(&[Role::Client, Role::Host])?;
                Ok(vec![clear(&at, "clock_offset_s")])
            }
            Act::DnsServers(servers) => self.dns_servers(servers),
            Act::SearchList(list) => {
                let at = self.seated(&[Role::Client])?;
                Ok(vec![if list.is_empty() {
                    clear(&at, "ip.search_list")
                } else {
                    set(&at, "ip.search_list", list.write())
                }])
            }
            Act::PrimarySuffix(suffix) => {
                let at = self.seated(&[Role::Client])?;
                let suffix = suffix.as_ref();
                Ok(vec![suffix.map_or_else(
                    || clear(&at, "ip.primary_suffix"),
                    |suffix| set(&at, "ip.primary_suffix", suffix.write()),
                )])
            }
            Act::HostsRemove(name) => self.hosts_remove(name),
            Act::MoreClients(number) => {
                let host = self.host()?;
                let count = (*number).clamp(host.service.current_count, CLIENTS_MAX);
                Ok(vec![set(&host.id, "service.current_count", count.write())])
            }
            Act::Updates => Ok(vec![clear(&self.seated(&[Role::Host])?, "service.newest_version")]),
            Act::ResetService(_) => self.reset_service(),
            // These are no operations of one machine.
            Act::Client(_) | Act::ActivateOffice | Act::Zone(_) | Act::AllowUpdate(_) => Ok(Vec::new()),
            Act::Permit(_) | Act::RuleRemove(_) | Act::FirewallOff => Ok(Vec::new()),
        }
    }

    /// The operations of what is done to zones.
    fn zone_operations(&self, act: &ZoneAct) -> Result<Vec<Operation>, String> {
        match act {
            ZoneAct::RecordAdd { zone, line } => {
                let at = self.seated(&[Role::Dns])?;
                let record = AddRecord {
                    at: at.into(),
                    text: line.clone().into(),
                    zone: Some(zone.clone().into()),
                    position: None,
                };
                Ok(vec![Operation::Add(Addition::Record(record))])
            }
            ZoneAct::RecordRemove { zone, node, kind, data } => {
                let at = self.seated(&[Role::Dns])?;
                let name = if node == "@" { Ok(zone.clone()) } else { DomainName::parse_under(node, zone) };
                let name = name.map_err(|error| self.say(Phrase::Refused, &[&error.to_string()]))?;
                let removal = RemoveRecords {
                    at: at.into(),
                    name: name.into(),
                    kind: Some(*kind),
                    data: data.clone().map(Into::into),
                    zone: Some(zone.clone().into()),
                    position: None,
                };
                Ok(vec![Operation::Remove(Removal::Records(removal))])
            }
            ZoneAct::Add(origin) => Ok(vec![zone_add(&self.seated(&[Role::Dns])?, origin)]),
            ZoneAct::Remove(origin) => {
                let at = self.seated(&[Role::Dns])?;
                let removal = RemoveZone { at: at.into(), origin: origin.clone().into() };
                Ok(vec![Operation::Remove(Removal::Zone(removal))])
            }
        }
    }

    /// The machine at which one sits, if it is of one of these roles.
    fn seated(&self, roles: &[Role]) -> Result<Id, String> {
        match &self.seat {
            Seat::Machine(id, role) if roles.contains(role) => Ok(id.clone()),
            Seat::Machine(..) | Seat::Path => {
                let words: Vec<&str> = roles.iter().map(|role| role.word()).collect();
                Err(self.say(Phrase::NotHere, &[&words.join(", ")]))
            }
        }
    }

    fn host(&self) -> Result<&KmsMachine, String> {
        let id = self.seated(&[Role::Host])?;
        let host = self.environment().kms_hosts.iter().find(|host| host.id == id);
        host.ok_or_else(|| self.say(Phrase::NotHere, &["host"]))
    }

    fn operate(&mut self, operations: Vec<Operation>) -> Result<Did, String> {
        if operations.is_empty() {
            return Ok(Did { shown: self.say(Phrase::NothingChanged, &[]), ..Did::default() });
        }
        let before = self.environment().clone();
        self.bench.apply(&Change(operations)).map_err(|error| self.refused(&error))?;
        let changed = *self.environment() != before;
        Ok(Did { shown: self.say(Phrase::Done, &[]), changed, insecure: false })
    }

    fn refused(&self, error: &BenchError) -> String {
        self.say(Phrase::Refused, &[&error.to_string()])
    }

    /// `slmgr /ato`: an attempt on a client, the activation of the host key on a host.
    fn activate(&mut self) -> Result<Did, String> {
        let id = self.seated(&[Role::Client, Role::Host])?;
        if let Ok(host) = self.host() {
            if host.service.state != HostState::NotActivated {
                return Ok(Did { shown: self.say(Phrase::NothingChanged, &[]), ..Did::default() });
            }
            return self.operate(vec![clear(&id, "service.state")]);
        }
        self.bench.activate(&id).map_err(|error| self.refused(&error))?;
        let shown = self.attempt()?;
        Ok(Did { shown, changed: false, insecure: false })
    }

    fn permit(&mut self, permit: &Permit) -> Result<Did, String> {
        let opened = open(self.environment(), &self.seat, permit);
        // Nothing that is meant for everybody and everything, and on the way nothing without an end.
        let insecure = permit.port.is_none() && (permit.to.is_none() || permit.inbound);
        let mut did = self.operate(opened.operations)?;
        if let Some(rule) = opened.still_blocked {
            did.shown = self.say(Phrase::BlockWins, &[&rule]);
        }
        Ok(Did { insecure, ..did })
    }

    /// A host key is installed first and activated then; it covers what the clients of the network are.
    fn key(&self, key: &Key) -> Result<Vec<Operation>, String> {
        match key {
            Key::Client(channel) => Ok(vec![set(&self.seated(&[Role::Client])?, "key", channel.write())]),
            Key::Host => {
                let host = self.host()?;
                let mut serves = host.service.serves.clone();
                for client in &self.environment().clients {
                    if !serves.contains(&client.product) {
                        serves.push(client.product.clone());
                    }
                }
                Ok(vec![
                    set(&host.id, "service.serves", serves.write()),
                    set(&host.id, "service.state", HostState::NotActivated.write()),
                ])
            }
        }
    }

    fn registry_set(&self, value: &RegistryValue) -> Result<Vec<Operation>, String> {
        let at = self.seated(&[Role::Client, Role::Host])?;
        if let Some(key) = suffix_key(&value.path, &value.name) {
            let at = self.seated(&[Role::Client])?;
            let Data::Text(text) = &value.data else { return Ok(Vec::new()) };
            let names: Option<Vec<DomainName>> =
                text.split(',').filter(|name| !name.is_empty()).map(|name| DomainName::parse(name).ok()).collect();
            let names = names.ok_or_else(|| self.say(Phrase::Refused, &[text]))?;
            return Ok(vec![match (key, names.first()) {
                (_, None) => clear(&at, key),
                ("ip.primary_suffix", Some(first)) => set(&at, key, first.write()),
                (_, Some(_)) => set(&at, key, names.write()),
            }]);
        }
        let thing = Thing { at: Some(at.into()), position: None, body: value.write() };
        Ok(vec![Operation::Set(Setting::Registry(thing))])
    }

    fn registry_remove(&self, path: &str, name: &str) -> Result<Vec<Operation>, String> {
        let at = self.seated(&[Role::Client, Role::Host])?;
        if let Some(key) = suffix_key(path, name) {
            return Ok(vec![clear(&self.seated(&[Role::Client])?, key)]);
        }
        let clearing = ClearRegistry { at: at.into(), path: path.to_owned().into(), name: name.to_owned().into() };
        Ok(vec![Operation::Clear(Clearing::Registry(clearing))])
    }

    /// The licensing service runs on hosts and clients, the DNS service on DNS servers. On a client nothing depends on it here.
    fn service(&self, name: &str, stop: bool, start: bool) -> Result<Vec<Operation>, String> {
        let (roles, known): (&[Role], bool) = match name {
            "dns" | "named" => (&[Role::Dns], true),
            "sppsvc" | "slsvc" | "osppsvc" => (&[Role::Host, Role::Client], true),
            _ => (&[Role::Client, Role::Host, Role::Dns], false),
        };
        let at = self.seated(roles)?;
        if !known || matches!(self.seat, Seat::Machine(_, Role::Client)) {
            return Ok(Vec::new());
        }
        let mut operations = Vec::new();
        if stop {
            operations.push(set(&at, "running", Tree::built(Kind::Flag(false))));
        }
        if start {
            operations.push(clear(&at, "running"));
        }
        Ok(operations)
    }

    fn dns_servers(&self, servers: &Servers) -> Result<Vec<Operation>, String> {
        let at = self.seated(&[Role::Client])?;
        let Some(client) = self.environment().client(&at) else { return Ok(Vec::new()) };
        let mut adapters = client.ip.adapters.clone();
        let Some(first) = adapters.iter_mut().min_by_key(|adapter| adapter.metric) else { return Ok(Vec::new()) };
        match servers {
            Servers::Set(list) => first.dns.clone_from(list),
            Servers::Remove(server) => first.dns.retain(|known| known != server),
            Servers::Add(server, place) => insert(&mut first.dns, *server, *place),
        }
        Ok(vec![set(&at, "ip.adapter", adapters.write())])
    }

    fn hosts_remove(&self, name: &str) -> Result<Vec<Operation>, String> {
        let at = self.seated(&[Role::Client])?;
        let Some(client) = self.environment().client(&at) else { return Ok(Vec::new()) };
        let mut hosts = client.ip.hosts.clone();
        hosts.retain(|host| !host.name.eq_ignore_ascii_case(name));
        Ok(match hosts.len() {
            left if left == client.ip.hosts.len() => Vec::new(),
            0 => vec![clear(&at, "ip.hosts")],
            _ => vec![set(&at, "ip.hosts", hosts.write())],
        })
    }

    /// Takes every fault of the service at the seat away.
    fn reset_service(&self) -> Result<Vec<Operation>, String> {
        let at = self.seated(&[Role::Dns, Role::Host])?;
        let environment = self.environment();
        let dns =
            environment.dns_servers.iter().filter(|server| server.id == at).flat_map(|server| &server.service.faults);
        let hosts = environment.kms_hosts.iter().filter(|host| host.id == at).flat_map(|host| &host.faults);
        let ids = dns.map(|fault| &fault.id).chain(hosts.map(|fault| &fault.id));
        let removal = |id: &Id| RemoveFault { at: at.clone().into(), id: id.clone().into() };
        Ok(ids.map(|id| Operation::Remove(Removal::Fault(removal(id)))).collect())
    }
}

/// The key of a machine that a registry value of TCP/IP stands for.
fn suffix_key(path: &str, name: &str) -> Option<&'static str> {
    let keys = [("NV Domain", "ip.primary_suffix"), ("Domain", "ip.primary_suffix"), ("SearchList", "ip.search_list")];
    let found = keys.iter().find(|(known, _)| name.eq_ignore_ascii_case(known));
    found.filter(|_| path.eq_ignore_ascii_case(TCPIP)).map(|(_, key)| *key)
}

fn insert(servers: &mut Vec<IpAddr>, server: IpAddr, place: usize) {
    servers.retain(|known| *known != server);
    servers.insert(place.saturating_sub(1).min(servers.len()), server);
}

fn set(at: &Id, key: &str, to: Tree) -> Operation {
    Operation::Set(Setting::Value(SetValue { at: at.clone().into(), key: key.to_owned().into(), to }))
}

fn clear(at: &Id, key: &str) -> Operation {
    Operation::Clear(Clearing::Value(ClearValue { at: at.clone().into(), key: key.to_owned().into() }))
}

/// A new zone with the records that a Windows server gives it.
fn zone_add(at: &Id, origin: &DomainName) -> Operation {
    let text = format!("$TTL 3600\n@ IN SOA {at} hostmaster 1 900 600 86400 3600\n@ IN NS {at}\n");
    let mut table = Table::default();
    table.push("origin", origin.write());
    table.push("text", Tree::text(text));
    let body = Tree::built(Kind::Table(table));
    Operation::Add(Addition::Zone(Thing { at: Some(at.clone().into()), position: None, body }))
}

/// What slmgr and ipconfig say when they have done something. The sentences of slmgr are those of its options page; that of `/flushdns`
/// is known from general use.
fn said(action: &Action) -> String {
    match action {
        Action::Activate | Action::Wait(_) => String::new(),
        Action::Skms(argument) => format!("Key Management Service machine name set to {argument} successfully."),
        Action::Ckms => "Key Management Service machine name cleared successfully.".to_owned(),
        Action::SkmsDomain(domain) => format!("Key Management Service lookup domain set to {domain} successfully."),
        Action::CkmsDomain => "Key Management Service lookup domain cleared successfully.".to_owned(),
        Action::Skhc => "KMS host caching is enabled".to_owned(),
        Action::Ckhc => "KMS host caching is disabled".to_owned(),
        Action::Flushdns => "Successfully flushed the DNS Resolver Cache.".to_owned(),
    }
}
