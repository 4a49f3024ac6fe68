//! What no single machine can tell about itself: ids and addresses that two of them claim, references that lead nowhere.
//!
//! A scenario may be broken in every way that a network can be; these are the ways in which a description is broken.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::Environment;

/// Everything that is wrong with the description, as sentences with a remedy.
#[must_use]
pub fn check(environment: &Environment) -> Vec<String> {
    let mut wrong = Vec::new();
    twice(environment.machines().map(|(id, _)| (id.to_string(), id.to_string())), "machine id", &mut wrong);
    twice(environment.rules.iter().map(|rule| (rule.id.to_string(), rule.id.to_string())), "rule id", &mut wrong);
    twice(addresses(environment).map(|(id, address)| (address.to_string(), id)), "address", &mut wrong);
    let ids: Vec<&str> = environment.machines().map(|(id, _)| id.as_str()).collect();
    for rule in &environment.rules {
        for id in rule.from.iter().chain(&rule.to) {
            if !ids.contains(&id.value.as_str()) {
                let hint = notation::problem::nearest(id.value.as_str(), &ids).map_or_else(
                    || format!("the machines are {}", ids.join(", ")),
                    |near| format!("did you mean `{near}`?"),
                );
                wrong.push(format!("rule `{}` names a machine `{}` that does not exist; {hint}", rule.id, id.value));
            }
        }
    }
    for client in &environment.clients {
        if client.ip.adapters.is_empty() {
            wrong.push(format!("client `{}` has no adapter; give it `[[...client.ip.adapter]]`", client.id));
        }
    }
    wrong
}

/// Every address of the environment and the machine that owns it.
fn addresses(environment: &Environment) -> impl Iterator<Item = (String, IpAddr)> {
    let dns = environment.dns_servers.iter().map(|machine| (&machine.id, machine.addresses.clone()));
    let hosts = environment.kms_hosts.iter().map(|machine| (&machine.id, machine.addresses.clone()));
    let clients = environment
        .clients
        .iter()
        .map(|machine| (&machine.id, machine.ip.adapters.iter().map(|adapter| adapter.address).collect::<Vec<_>>()));
    let all = dns.chain(hosts).chain(clients);
    all.flat_map(|(id, addresses)| addresses.into_iter().map(move |address| (id.to_string(), address)))
}

fn twice(claims: impl Iterator<Item = (String, String)>, called: &str, wrong: &mut Vec<String>) {
    let mut seen: BTreeMap<String, String> = BTreeMap::new();
    for (thing, owner) in claims {
        if let Some(first) = seen.insert(thing.clone(), owner.clone()) {
            wrong.push(format!("the {called} `{thing}` is claimed twice, by `{first}` and `{owner}`"));
        }
    }
}
