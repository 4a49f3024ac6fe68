//! What no single machine can tell about itself: ids and addresses that two of them claim, references that lead nowhere.
//!
//! A scenario may be broken in every way that a network can be; these are the ways in which a description is broken. Where
//! that stands in a file is told as a path (`client.0.ip.adapter.1.address`), because an environment is also made by changes.

use std::collections::BTreeMap;

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
    let ids = || environment.machine_paths();
    twice("machine id", ids().map(|(path, id)| (format!("{path}.id"), id.to_string(), id)), &mut wrong);
    let rules = environment.rules.iter().enumerate();
    let rules = rules.map(|(at, rule)| (format!("rule.{at}.id"), rule.id.to_string(), &rule.id));
    twice("rule id", rules, &mut wrong);
    twice("address", addresses(environment).into_iter(), &mut wrong);
    for (at, server) in environment.dns_servers.iter().enumerate() {
        let path = format!("dns_server.{at}");
        has_addresses(&path, &server.id, server.addresses.is_empty(), &mut wrong);
        let zones = server.service.zones.iter().enumerate();
        let origin = |(at, zone): (usize, &mock_dns::zone::Zone)| {
            (format!("{path}.service.zones.{at}.origin"), zone.origin().to_string().to_ascii_lowercase(), &server.id)
        };
        twice("zone", zones.map(origin), &mut wrong);
        let ids = server.service.faults.iter().map(|fault| &fault.id);
        twice("fault id", fault_ids(&format!("{path}.service.faults"), ids, &server.id), &mut wrong);
    }
    for (at, host) in environment.kms_hosts.iter().enumerate() {
        let path = format!("kms_host.{at}");
        has_addresses(&path, &host.id, host.addresses.is_empty(), &mut wrong);
        let ids = host.faults.iter().map(|fault| &fault.id);
        twice("fault id", fault_ids(&format!("{path}.faults"), ids, &host.id), &mut wrong);
        twice("registry value", registry(&path, &host.registry, &host.id), &mut wrong);
    }
    for (at, client) in environment.clients.iter().enumerate() {
        let path = format!("client.{at}");
        twice("registry value", registry(&path, &client.registry, &client.id), &mut wrong);
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

/// What is claimed: its path, the thing itself, and who claims it.
type Claim<'a> = (String, String, &'a Id);

/// Every address of the environment.
fn addresses(environment: &Environment) -> Vec<Claim<'_>> {
    let mut all = Vec::new();
    for (at, server) in environment.dns_servers.iter().enumerate() {
        let own = server.addresses.iter().enumerate();
        all.extend(own.map(|(n, address)| (format!("dns_server.{at}.addresses.{n}"), address.to_string(), &server.id)));
    }
    for (at, host) in environment.kms_hosts.iter().enumerate() {
        let own = host.addresses.iter().enumerate();
        all.extend(own.map(|(n, address)| (format!("kms_host.{at}.addresses.{n}"), address.to_string(), &host.id)));
    }
    for (at, client) in environment.clients.iter().enumerate() {
        let own = client.ip.adapters.iter().enumerate();
        all.extend(own.map(|(n, adapter)| {
            (format!("client.{at}.ip.adapter.{n}.address"), adapter.address.to_string(), &client.id)
        }));
    }
    all
}

fn fault_ids<'a>(path: &str, ids: impl Iterator<Item = &'a Id>, machine: &'a Id) -> impl Iterator<Item = Claim<'a>> {
    ids.enumerate().map(move |(at, id)| (format!("{path}.{at}.id"), id.to_string(), machine))
}

fn registry<'a>(path: &str, values: &'a [RegistryValue], machine: &'a Id) -> impl Iterator<Item = Claim<'a>> {
    values.iter().enumerate().map(move |(at, value)| {
        let thing = format!("{}\\{}", value.path, value.name).to_ascii_lowercase();
        (format!("{path}.registry.{at}.name"), thing, machine)
    })
}

fn twice<'a>(called: &str, claims: impl Iterator<Item = Claim<'a>>, wrong: &mut Vec<Trouble>) {
    let mut seen: BTreeMap<String, (String, &Id)> = BTreeMap::new();
    for (path, thing, owner) in claims {
        let Some((first_path, first)) = seen.get(&thing) else {
            seen.insert(thing, (path, owner));
            continue;
        };
        let hint = if *owner.as_str() == *thing {
            "give one of them another".to_owned()
        } else if first == &owner {
            format!("`{owner}` has it twice")
        } else {
            format!("both `{first}` and `{owner}` have it")
        };
        let message = format!("the {called} `{}` is claimed twice", thing.escape_debug());
        wrong.push(Trouble { paths: vec![first_path.clone(), path], message, hint });
    }
}
