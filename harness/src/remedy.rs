//! Resolves a remedy against an environment: acts that name addresses and names become operations on things with ids.
//!
//! It is told what to do by a finding and looks only for the things that the acts name; it never asks what was planted. What the
//! evidence could not supply is filled in here and said. A remedy may not apply: then the reason is given, and nothing is changed.

mod hosts;
mod machines;
mod path;
mod records;
pub mod service;

use evidence::Change;
use evidence::change::Operation;
use evidence::diagnosis::{Act, Remedy};
use notation::Id;

use crate::environment::Environment;
use crate::environment::apply::apply;

/// A remedy as operations on an environment, and as what a client does on itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Resolved {
    /// The operations.
    pub change: Change,
    /// What undoes them.
    pub undo: Change,
    /// Whether the client forgets what its resolver remembers.
    pub flushes_dns: bool,
    /// Whether the client forgets the host that discovery found.
    pub forgets_host: bool,
    /// The blanks that were filled: name and value.
    pub filled: Vec<(&'static str, String)>,
}

impl Resolved {
    /// Whether no machine would be different, but for what a resolver remembers.
    fn changes_nothing(&self) -> bool {
        self.change.0.is_empty() && !self.forgets_host
    }
}

/// Why a remedy does not apply to an environment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DoesNotApply {
    /// No DNS server that the client asks holds a zone for the name.
    #[error("no DNS server that the client asks holds a zone for {0}")]
    NoZone(String),
    /// Nobody has the address.
    #[error("no machine has the address {0}")]
    NoMachine(String),
    /// Nothing can fill the blank.
    #[error("nothing here can fill <{0}>")]
    Blank(&'static str),
    /// What the acts would change is so already.
    #[error("it would change nothing")]
    NothingToDo,
    /// The environment refuses an operation.
    #[error("{0}")]
    Refused(String),
}

/// The operations that do what a remedy says, for one client.
///
/// # Errors
/// Why it does not apply.
pub fn resolve(remedy: &Remedy, environment: &Environment, client: &Id) -> Result<Resolved, DoesNotApply> {
    let mut resolver =
        Resolver { environment: environment.clone(), client: client.clone(), resolved: Resolved::default() };
    for act in &remedy.acts {
        resolver.act(act)?;
    }
    // A flushed resolver alone is the remedy only where nothing else was to be done.
    let only_flushes = remedy.acts.iter().all(|act| *act == Act::FlushDns);
    if resolver.resolved.changes_nothing() && !only_flushes {
        return Err(DoesNotApply::NothingToDo);
    }
    Ok(resolver.resolved)
}

struct Resolver {
    /// The environment with the operations so far.
    environment: Environment,
    client: Id,
    resolved: Resolved,
}

impl Resolver {
    fn act(&mut self, act: &Act) -> Result<(), DoesNotApply> {
        match act {
            Act::AddSrv { owner, target, port } => self.add_srv(owner, target, *port),
            Act::RemoveRecord { owner, data } => self.remove_record(owner, data),
            Act::RemoveDelegation(domain) => self.remove_delegation(domain),
            Act::AddZone(domain) => self.add_zone(domain),
            Act::SetAging(zone) => self.set_aging(zone),
            Act::PublishAgain(host) => self.publish_again(host),
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
            Act::RemoveHostsLine(name) => self.remove_hosts_line(name),
            Act::FlushDns => {
                self.resolved.flushes_dns = true;
                Ok(())
            }
            Act::OpenPath { to, tcp_only } => self.open_path(*to, *tcp_only),
            Act::StartService(at) => self.start_service(*at),
            Act::RepairService { at, finding } => self.repair_service(*at, finding),
            Act::UpdateHost(at) => self.update_host(*at),
            Act::HostRegistry { at, path, name, to } => self.host_registry(at, path, name, to.as_ref()),
            Act::ActivateHost(at) => self.activate_host(*at),
            Act::CoverProduct(at) => self.cover_product(*at),
            Act::RaiseCount { host, to } => self.raise_count(*host, *to),
            Act::NewClientMachineId => self.clear_client("cmid"),
            Act::SyncClientClock => self.sync_client_clock(),
            Act::SyncHostClock(at) => self.sync_host_clock(*at),
            Act::InstallClientKey => self.install_key("gvlk"),
            Act::InstallMak => self.install_key("mak"),
        }
    }

    /// Applies an operation to the copy and keeps it.
    fn operate(&mut self, operation: Operation) -> Result<(), DoesNotApply> {
        let change = Change(vec![operation]);
        let undo = apply(&mut self.environment, &change).map_err(|mut problems| {
            let reasons: Vec<String> = problems.iter_mut().map(|problem| problem.reason.to_string()).collect();
            DoesNotApply::Refused(reasons.join("; "))
        })?;
        self.resolved.change.0.extend(change.0);
        self.resolved.undo.0.splice(0..0, undo.0);
        Ok(())
    }

    fn fill(&mut self, blank: &'static str, value: impl ToString) {
        let filled = (blank, value.to_string());
        if !self.resolved.filled.contains(&filled) {
            self.resolved.filled.push(filled);
        }
    }
}
