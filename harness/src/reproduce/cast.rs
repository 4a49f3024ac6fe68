//! Who plays which part: the names and addresses of what somebody sent, and of a known environment, in the same roles.
//!
//! A known environment becomes one of the customer's by renaming it: its client is the customer's client, its domain theirs.
//! What the evidence does not name keeps the name that the catalogue gives it, which is an assumption and is told as one.
#![expect(clippy::wildcard_enum_match_arm, reason = "picks a few kinds out of many")]

use std::collections::BTreeMap;
use std::net::IpAddr;

use exhibit::claim::{LookupResult, Says};
use mock_dns::name::DomainName;
use mock_dns::record::{Record, RecordData};
use notation::{Format, Kind, Problems, Tree};

use super::case::Case;
use super::look::adapter_address;
use super::words::{Word, rewrite};
use crate::environment::Environment;

/// Keys whose values are ids of machines and things, and never names on the network.
const IDS: [&str; 5] = ["id", "at", "from", "to", "profile"];

/// Names and addresses by their role.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cast {
    client: Option<String>,
    suffix: Option<DomainName>,
    adapter_suffix: Option<DomainName>,
    /// The domain in which an SRV record stands.
    domain: Option<DomainName>,
    targets: Vec<DomainName>,
    address: Option<IpAddr>,
    gateway: Option<IpAddr>,
    dns: Vec<IpAddr>,
    hosts: Vec<IpAddr>,
}

impl Cast {
    /// The roles in what somebody sent.
    #[must_use]
    pub fn of_case(case: &Case) -> Self {
        let mut cast = Self::default();
        let mut known: Vec<(DomainName, IpAddr)> = Vec::new();
        for claim in &case.claims {
            match &claim.says {
                Says::HostName(name) => fill(&mut cast.client, name.clone()),
                Says::PrimarySuffix(Some(suffix)) => fill(&mut cast.suffix, suffix.clone()),
                Says::Adapter(adapter) => {
                    let Some(address) = adapter_address(adapter) else { continue };
                    fill(&mut cast.address, address);
                    adapter.gateways.first().iter().for_each(|gateway| fill(&mut cast.gateway, **gateway));
                    adapter.suffix.iter().for_each(|suffix| fill(&mut cast.adapter_suffix, suffix.clone()));
                    push_all(&mut cast.dns, adapter.dns.iter().copied());
                }
                Says::Lookup(lookup) => {
                    push_all(&mut cast.dns, lookup.server);
                    if let LookupResult::Records(records) = &lookup.result {
                        records.iter().for_each(|record| cast.record(record, &mut known));
                    }
                }
                Says::Record { record, .. } => cast.record(record, &mut known),
                Says::Port { to, address: Some(address), .. } | Says::Ping { to, address: Some(address), .. } => {
                    if let Ok(name) = DomainName::parse(to) {
                        known.push((name, *address));
                    }
                }
                _ => {}
            }
        }
        for target in &cast.targets {
            push_all(&mut cast.hosts, known.iter().filter(|(name, _)| name == target).map(|(_, address)| *address));
        }
        cast
    }

    /// The roles in an environment, seen from its first client.
    #[must_use]
    pub fn of_environment(environment: &Environment) -> Self {
        let mut cast = Self::default();
        if let Some(client) = environment.clients.first() {
            cast.client = Some(client.name.clone());
            cast.suffix.clone_from(&client.ip.primary_suffix);
            for adapter in client.ip.adapters_by_metric() {
                fill(&mut cast.address, adapter.address);
                adapter.gateway.iter().for_each(|gateway| fill(&mut cast.gateway, *gateway));
                adapter.suffix.iter().for_each(|suffix| fill(&mut cast.adapter_suffix, suffix.clone()));
                push_all(&mut cast.dns, adapter.dns.iter().copied());
            }
        }
        let mut known = Vec::new();
        for zone in environment.dns_servers.iter().flat_map(|server| &server.service.zones) {
            zone.records().iter().for_each(|record| cast.record(record, &mut known));
        }
        for target in &cast.targets {
            push_all(&mut cast.hosts, known.iter().filter(|(name, _)| name == target).map(|(_, address)| *address));
        }
        cast
    }

    fn record(&mut self, record: &Record, known: &mut Vec<(DomainName, IpAddr)>) {
        match &record.data {
            RecordData::A(address) => known.push((record.name.clone(), IpAddr::V4(*address))),
            RecordData::Aaaa(address) => known.push((record.name.clone(), IpAddr::V6(*address))),
            RecordData::Srv(srv) if record.name.to_string().to_lowercase().contains("vlmcs") => {
                let domain = record.name.parent().and_then(|name| name.parent());
                domain.into_iter().for_each(|domain| fill(&mut self.domain, domain));
                push_all(&mut self.targets, [srv.target.clone()]);
            }
            _ => {}
        }
    }
}

fn fill<T>(place: &mut Option<T>, value: T) {
    place.get_or_insert(value);
}

fn push_all<T: PartialEq>(list: &mut Vec<T>, values: impl IntoIterator<Item = T>) {
    for value in values {
        if !list.contains(&value) {
            list.push(value);
        }
    }
}

/// Who becomes whom: whoever is in both lists stays, the others in their order.
fn paired<T: PartialEq + Clone>(known: &[T], sent: &[T]) -> Vec<(T, T)> {
    let both = known.iter().filter(|known| sent.contains(known)).map(|known| (known.clone(), known.clone()));
    let rest = known.iter().filter(|known| !sent.contains(known)).cloned();
    both.chain(rest.zip(sent.iter().filter(|sent| !known.contains(sent)).cloned())).collect()
}

/// What is called how instead.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Renaming {
    /// Whole names and domains, in lower case.
    names: BTreeMap<String, String>,
    addresses: BTreeMap<IpAddr, IpAddr>,
}

impl Renaming {
    /// What turns the roles of one cast into those of another. It is never two to one: what would merge is left as it is.
    #[must_use]
    pub fn between(known: &Cast, sent: &Cast) -> Self {
        let mut renaming = Self::default();
        let domains = [
            (&known.suffix, &sent.suffix),
            (&known.domain, &sent.domain),
            (&known.adapter_suffix, &sent.adapter_suffix),
        ];
        for (from, to) in domains {
            if let (Some(from), Some(to)) = (from, to) {
                renaming.name(&from.to_string(), &to.to_string());
            }
        }
        if let (Some(from), Some(to)) = (&known.client, &sent.client) {
            renaming.name(from, to);
        }
        for (from, to) in paired(&known.targets, &sent.targets) {
            renaming.name(&from.to_string(), &to.to_string());
        }
        let single = [(known.address, sent.address), (known.gateway, sent.gateway)];
        let single = single.into_iter().filter_map(|(from, to)| Some((from?, to?)));
        let servers = paired(&known.dns, &sent.dns);
        let hosts = paired(&known.hosts, &sent.hosts);
        for (from, to) in servers.into_iter().chain(hosts).chain(single) {
            renaming.address(from, to);
        }
        renaming
    }

    fn name(&mut self, from: &str, to: &str) {
        let (from, to) = (from.to_lowercase(), to.to_lowercase());
        // One more label of the catalogue's own domain says nothing: it follows from the domain's name.
        if self.names.contains_key(&from) || self.names.values().any(|taken| *taken == to) {
            return;
        }
        self.names.insert(from, to);
    }

    fn address(&mut self, from: IpAddr, to: IpAddr) {
        let taken = self.addresses.contains_key(&from) || self.addresses.values().any(|taken| *taken == to);
        if !taken && from.is_ipv4() == to.is_ipv4() {
            self.addresses.insert(from, to);
        }
    }

    /// Whoever is now called as somebody else was, and has no new name, takes the other's old one.
    fn closed<K: Ord + Clone>(map: &BTreeMap<K, K>) -> BTreeMap<K, K> {
        let mut whole = map.clone();
        for to in map.values() {
            if map.contains_key(to) {
                continue;
            }
            // Back along the chain to whom nobody replaces.
            let mut origin = to;
            while let Some((from, _)) = map.iter().find(|(_, value)| *value == origin) {
                if from == to {
                    break;
                }
                origin = from;
            }
            whole.insert(to.clone(), origin.clone());
        }
        whole
    }

    /// The environment under the new names; none where it cannot be described under them.
    #[must_use]
    pub fn apply(&self, environment: &Environment) -> Option<Environment> {
        let same_names = self.names.iter().all(|(from, to)| from == to);
        if same_names && self.addresses.iter().all(|(from, to)| from == to) {
            return Some(environment.clone());
        }
        let names = Self::closed(&self.names);
        let addresses = Self::closed(&self.addresses);
        let tree = renamed(&environment.write(), &names, &addresses);
        let mut problems = Problems::default();
        Environment::read(&tree, &mut problems).filter(|_| problems.is_empty())
    }
}

fn renamed(tree: &Tree, names: &BTreeMap<String, String>, addresses: &BTreeMap<IpAddr, IpAddr>) -> Tree {
    let kind = match &tree.kind {
        Kind::Text(text) => Kind::Text(rewrite(text, &mut |word| match word {
            Word::Address(address) => addresses.get(&address).map(ToString::to_string),
            Word::Name(name) => new_name(name, names),
            Word::Guid(_) => None,
        })),
        Kind::List(items) => Kind::List(items.iter().map(|item| renamed(item, names, addresses)).collect()),
        Kind::Table(table) => {
            let mut table = table.clone();
            for (key, value) in &mut table.0 {
                if !IDS.contains(&key.text.as_str()) {
                    *value = renamed(value, names, addresses);
                }
            }
            Kind::Table(table)
        }
        kind => kind.clone(),
    };
    Tree::built(kind)
}

/// The new name: of the whole name, else of the longest domain above it.
fn new_name(name: &str, names: &BTreeMap<String, String>) -> Option<String> {
    let lower = name.to_lowercase();
    if let Some(new) = names.get(&lower) {
        let upper = name.chars().any(char::is_alphabetic) && !name.chars().any(char::is_lowercase);
        return Some(if upper { new.to_uppercase() } else { new.clone() });
    }
    let mut rest = lower.as_str();
    while let Some((_, above)) = rest.split_once('.') {
        if let Some(new) = names.get(above) {
            let below = lower.len() - above.len();
            let first = name.get(..below).unwrap_or_default().trim_end_matches('.');
            // The first label may be a machine that has a name of its own.
            let machine = names.get(&first.to_lowercase()).cloned().unwrap_or_else(|| first.to_owned());
            return Some(format!("{machine}.{new}"));
        }
        rest = above;
    }
    None
}
