//! What no single machine can tell about itself: ids and addresses that two of them claim, references that lead nowhere.
//!
//! A scenario may be broken in every way that a network can be; these are the ways in which a description is broken. Where
//! that stands in a file is told as a path (`client.0.ip.adapter.1.address`), because an environment is also made by changes.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;

use evidence::registry::RegistryValue;
use notation::{Id, Kind, Problem, Span, Tree};

use super::Environment;

/// One thing that is wrong with a description.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// The paths of what takes part in it, in the order of the environment; never empty.
    paths: Vec<String>,
    message: String,
    hint: String,
}

impl Trouble {
    /// The problem, at a place in a file.
    #[must_use]
    pub fn problem(self, place: Span) -> Problem {
        Problem::refused(place, self.message).hint(self.hint)
    }

    /// Where it stands in the tree of a whole environment: at the last of the things that take part.
    #[must_use]
    pub fn place(&self, environment: &Tree) -> Span {
        self.paths.last().map_or(environment.span, |path| follow(environment, path))
    }

    /// Where it stands in a tree that describes what lies at `prefix`, if it has to do with that.
    #[must_use]
    pub fn place_below(&self, prefix: &str, tree: &Tree) -> Option<Span> {
        let below = |path: &String| {
            let rest = path.strip_prefix(prefix)?;
            (rest.is_empty() || rest.starts_with('.')).then(|| follow(tree, rest.trim_start_matches('.')))
        };
        self.paths.iter().rev().find_map(below)
    }
}

/// The place at the end of a path, or of the last part of it that exists.
fn follow(tree: &Tree, path: &str) -> Span {
    let mut at = tree;
    for part in path.split('.') {
        let next = match &at.kind {
            Kind::Table(table) => table.find(part),
            Kind::List(items) => part.parse::<usize>().ok().and_then(|index| items.get(index)),
            Kind::Text(_) | Kind::Integer(_) | Kind::Float(_) | Kind::Flag(_) | Kind::Moment(_) => None,
        };
        let Some(next) = next else { break };
        at = next;
    }
    at.span
}

/// Everything that is wrong with the description.
#[must_use]
pub fn check(environment: &Environment) -> Vec<Trouble> {
    let mut wrong = Vec::new();
    let ids = environment.machines().map(|(id, _)| (id, id));
    let path = |at| environment.machine_paths().nth(at).map_or_else(String::new, |(path, _)| format!("{path}.id"));
    twice("machine id", ids, path, &mut wrong);
    let rules = environment.rules.iter().map(|rule| (&rule.id, &rule.id));
    twice("rule id", rules, |at| format!("rule.{at}.id"), &mut wrong);
    let path = |at| address_paths(environment).nth(at).unwrap_or_default();
    twice("address", addresses(environment), path, &mut wrong);
    for (at, server) in environment.dns_servers.iter().enumerate() {
        let path = format!("dns_server.{at}");
        has_addresses(&path, &server.id, server.addresses.is_empty(), &mut wrong);
        let zones = server.service.zones.iter().map(|zone| (zone.origin(), &server.id));
        twice("zone", zones, |at| format!("{path}.service.zones.{at}.origin"), &mut wrong);
        let faults = server.service.faults.iter().map(|fault| (&fault.id, &server.id));
        twice("fault id", faults, |at| format!("{path}.service.faults.{at}.id"), &mut wrong);
    }
    for (at, host) in environment.kms_hosts.iter().enumerate() {
        let path = format!("kms_host.{at}");
        has_addresses(&path, &host.id, host.addresses.is_empty(), &mut wrong);
        let faults = host.faults.iter().map(|fault| (&fault.id, &host.id));
        twice("fault id", faults, |at| format!("{path}.faults.{at}.id"), &mut wrong);
        let values = registry(&host.registry, &host.id);
        twice("registry value", values, |at| format!("{path}.registry.{at}.name"), &mut wrong);
    }
    for (at, client) in environment.clients.iter().enumerate() {
        let path = format!("client.{at}");
        let values = registry(&client.registry, &client.id);
        twice("registry value", values, |at| format!("{path}.registry.{at}.name"), &mut wrong);
        if client.ip.adapters.is_empty() {
            wrong.push(Trouble {
                paths: vec![format!("{path}.ip.adapter")],
                message: format!("the client `{}` has no adapter", client.id),
                hint: "give it [[...client.ip.adapter]] with an address".to_owned(),
            });
        }
    }
    references(environment, &mut wrong);
    wrong
}

fn has_addresses(path: &str, id: &Id, none: bool, wrong: &mut Vec<Trouble>) {
    if none {
        wrong.push(Trouble {
            paths: vec![format!("{path}.addresses")],
            message: format!("`{id}` has no address, so nobody can reach it"),
            hint: "addresses = [\"10.0.0.60\"]".to_owned(),
        });
    }
}

/// Rules that name machines which do not exist.
fn references(environment: &Environment, wrong: &mut Vec<Trouble>) {
    let ids: Vec<&str> = environment.machines().map(|(id, _)| id.as_str()).collect();
    for (at, rule) in environment.rules.iter().enumerate() {
        for (key, list) in [("from", &rule.from), ("to", &rule.to)] {
            for (position, id) in list.iter().enumerate().filter(|(_, id)| !ids.contains(&id.as_str())) {
                let near = notation::problem::nearest(id.as_str(), &ids);
                wrong.push(Trouble {
                    paths: vec![format!("rule.{at}.{key}.{position}")],
                    message: format!("the rule `{}` names a machine `{}` that does not exist", rule.id, id.value),
                    hint: near.map_or_else(
                        || format!("the machines are {}", ids.join(", ")),
                        |near| format!("did you mean `{near}`?"),
                    ),
                });
            }
        }
    }
}

/// Every address of the environment, and who has it.
fn addresses(environment: &Environment) -> impl Iterator<Item = (IpAddr, &Id)> {
    let dns = environment.dns_servers.iter().map(|server| (&server.id, &server.addresses));
    let hosts = environment.kms_hosts.iter().map(|host| (&host.id, &host.addresses));
    let clients = environment.clients.iter();
    let clients = clients.flat_map(|client| client.ip.adapters.iter().map(|adapter| (adapter.address, &client.id)));
    dns.chain(hosts).flat_map(|(id, own)| own.iter().map(move |address| (*address, id))).chain(clients)
}

/// Where each of them stands, in the same order.
fn address_paths(environment: &Environment) -> impl Iterator<Item = String> {
    let dns = environment.dns_servers.iter().map(|server| server.addresses.len());
    let dns = dns.enumerate().map(|(at, count)| (format!("dns_server.{at}.addresses"), count, ""));
    let hosts = environment.kms_hosts.iter().map(|host| host.addresses.len());
    let hosts = hosts.enumerate().map(|(at, count)| (format!("kms_host.{at}.addresses"), count, ""));
    let clients = environment.clients.iter().map(|client| client.ip.adapters.len());
    let clients = clients.enumerate().map(|(at, count)| (format!("client.{at}.ip.adapter"), count, ".address"));
    let all = dns.chain(hosts).chain(clients);
    all.flat_map(|(list, count, key)| (0..count).map(move |at| format!("{list}.{at}{key}")))
}

fn registry<'a>(values: &'a [RegistryValue], machine: &'a Id) -> impl Iterator<Item = (String, &'a Id)> {
    values.iter().map(move |value| (format!("{}\\{}", value.path, value.name).to_ascii_lowercase(), machine))
}

/// Finds what is claimed twice. Where it stands is worked out only then: nearly every description is whole.
fn twice<'a, T: Ord + fmt::Display>(
    called: &str,
    claims: impl Iterator<Item = (T, &'a Id)>,
    path: impl Fn(usize) -> String,
    wrong: &mut Vec<Trouble>,
) {
    let mut seen: BTreeMap<T, (usize, &Id)> = BTreeMap::new();
    for (at, (thing, owner)) in claims.enumerate() {
        let Some((first_at, first)) = seen.get(&thing) else {
            seen.insert(thing, (at, owner));
            continue;
        };
        let thing = thing.to_string().to_ascii_lowercase();
        let hint = if *owner.as_str() == *thing {
            "give one of them another".to_owned()
        } else if first == &owner {
            format!("`{owner}` has it twice")
        } else {
            format!("both `{first}` and `{owner}` have it")
        };
        let message = format!("the {called} `{}` is claimed twice", thing.escape_debug());
        wrong.push(Trouble { paths: vec![path(*first_at), path(at)], message, hint });
    }
}
