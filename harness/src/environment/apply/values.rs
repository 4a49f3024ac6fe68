//! Keys of machines and registry values that are set and cleared.

use evidence::change::{ClearRegistry, ClearValue, Clearing, Operation, SetValue, Setting, Thing};
use evidence::registry::RegistryValue;
use notation::{Format, Id, Kind, Placed, Problem, Problems, Reason, Table, Tree};

use super::{Undo, insert, machine_of, no_machine, read, refuse};
use crate::environment::Environment;

/// Sets (or takes away) a key of a machine by printing the machine, changing the tree and reading it again: so a key can be set
/// exactly when it can be written in a file.
pub(super) fn set(environment: &mut Environment, at: &Placed<Id>, key: &Placed<String>, to: Option<&Tree>) -> Undo {
    if key.value == "id" {
        let problem = refuse(key.span, "the id of a machine cannot be set");
        return Err(problem.hint("remove the machine and add another").into());
    }
    if let Some(machine) = environment.dns_servers.iter_mut().find(|machine| machine.id == at.value) {
        return set_in(machine, at, key, to);
    }
    if let Some(machine) = environment.kms_hosts.iter_mut().find(|machine| machine.id == at.value) {
        return set_in(machine, at, key, to);
    }
    if let Some(machine) = environment.clients.iter_mut().find(|machine| machine.id == at.value) {
        return set_in(machine, at, key, to);
    }
    Err(no_machine(environment, at).into())
}

fn set_in<T: Format>(machine: &mut T, at: &Placed<Id>, key: &Placed<String>, to: Option<&Tree>) -> Undo {
    let mut tree = machine.write();
    let old = put(&mut tree, key, 0, to.cloned())?;
    if old.is_none() && to.is_none() {
        return refuse_unknown::<T>(tree, key).map(|()| clearing(at, key));
    }
    let mut problems = Problems::default();
    let changed = T::read(&tree, &mut problems).filter(|_| problems.is_empty());
    let Some(changed) = changed else {
        for problem in problems.iter_mut().filter(|problem| problem.span.end == 0) {
            place_at_key(problem, key);
        }
        if problems.is_empty() {
            problems.push(refuse(key.span, "this key cannot hold this value"));
        }
        return Err(problems);
    };
    *machine = changed;
    let Some(to) = old else { return Ok(clearing(at, key)) };
    let (at, key) = (at.value.clone().into(), key.value.clone().into());
    Ok(vec![Operation::Set(Setting::Value(SetValue { at, key, to }))])
}

fn clearing(at: &Placed<Id>, key: &Placed<String>) -> Vec<Operation> {
    let (at, key) = (at.value.clone().into(), key.value.clone().into());
    vec![Operation::Clear(Clearing::Value(ClearValue { at, key }))]
}

/// A problem with what was there before the value, or with the key itself: the dotted key is what stands in the file.
fn place_at_key(problem: &mut Problem, key: &Placed<String>) {
    problem.span = key.span;
    problem.part = None;
    if let Reason::UnknownKey { key: unknown, .. } = &problem.reason {
        let mut start = 0;
        for part in key.split('.') {
            if part == unknown {
                problem.part = Some(start..start + part.len());
            }
            start += part.len() + 1;
        }
    }
}

/// Clearing what holds its default anyway changes nothing; only a key that cannot exist is refused.
fn refuse_unknown<T: Format>(mut tree: Tree, key: &Placed<String>) -> Result<(), Problems> {
    put(&mut tree, key, 0, Some(Tree::built(Kind::List(Vec::new()))))?;
    let mut problems = Problems::default();
    drop(T::read(&tree, &mut problems));
    let unknown = problems.in_order().into_iter().find(|problem| matches!(problem.reason, Reason::UnknownKey { .. }));
    let Some(mut problem) = unknown else { return Ok(()) };
    place_at_key(&mut problem, key);
    Err(problem.into())
}

/// Puts a value at what is left of a dotted key from byte `from`, or takes it away; gives back what stood there.
fn put(tree: &mut Tree, key: &Placed<String>, from: usize, value: Option<Tree>) -> Result<Option<Tree>, Problem> {
    let name = tree.kind.name();
    let Kind::Table(table) = &mut tree.kind else {
        let above = key.get(..from.saturating_sub(1)).unwrap_or_default();
        let problem = refuse(key.span, format!("`{above}` is {name}: no key lies below it"));
        return Err(problem.at_part(from..key.len()).hint(format!("set the whole of `{above}`")));
    };
    let left = key.get(from..).unwrap_or_default();
    let (head, rest) = left.split_once('.').map_or((left, None), |(head, rest)| (head, Some(rest)));
    let found = table.0.iter().position(|(name, _)| name.text == head);
    if rest.is_some() {
        let at = found.unwrap_or_else(|| {
            table.push(head, Tree::built(Kind::Table(Table::default())));
            table.0.len() - 1
        });
        return put(&mut table.0[at].1, key, from + head.len() + 1, value);
    }
    Ok(match (found, value) {
        (Some(at), Some(value)) => Some(std::mem::replace(&mut table.0[at].1, value)),
        (Some(at), None) => Some(table.0.remove(at).1),
        (None, Some(value)) => {
            table.push(head, value);
            None
        }
        (None, None) => None,
    })
}

pub(super) fn set_registry(environment: &mut Environment, thing: &Thing) -> Undo {
    let at = machine_of(thing)?;
    let value: RegistryValue = read(&thing.body)?;
    let registry = registry_of(environment, at)?;
    let existing = registry.iter_mut().find(|existing| existing.is(&value.path, &value.name));
    let Some(existing) = existing else {
        let (path, name) = (value.path.clone().into(), value.name.clone().into());
        insert(registry, thing.position, value);
        let clear = ClearRegistry { at: at.value.clone().into(), path, name };
        return Ok(vec![Operation::Clear(Clearing::Registry(clear))]);
    };
    let body = std::mem::replace(existing, value).write();
    let old = Thing { at: Some(at.value.clone().into()), position: None, body };
    Ok(vec![Operation::Set(Setting::Registry(old))])
}

pub(super) fn clear_registry(environment: &mut Environment, clearing: &ClearRegistry) -> Undo {
    let ClearRegistry { at, path, name } = clearing;
    let registry = registry_of(environment, at)?;
    let Some(position) = registry.iter().position(|value| value.is(path, name)) else {
        return Err(no_value(registry, clearing).into());
    };
    let body = registry.remove(position).write();
    let old = Thing { at: Some(at.value.clone().into()), position: Some(position), body };
    Ok(vec![Operation::Set(Setting::Registry(old))])
}

/// Why there is nothing to clear: another name under the key, or no such key.
fn no_value(registry: &[RegistryValue], clearing: &ClearRegistry) -> Problem {
    let ClearRegistry { at, path, name } = clearing;
    let under = registry.iter().filter(|value| value.path.eq_ignore_ascii_case(path));
    let names: Vec<&str> = under.map(|value| value.name.as_str()).collect();
    if names.is_empty() {
        let problem = refuse(path.span, format!("`{}` has no registry value under this key", at.value));
        return problem.suggest(path, registry.iter().map(|value| value.path.as_str()));
    }
    let problem = refuse(name.span, format!("`{}` has no registry value `{}` there", at.value, name.escape_debug()));
    problem.suggest(name, names)
}

fn registry_of<'a>(environment: &'a mut Environment, id: &Placed<Id>) -> Result<&'a mut Vec<RegistryValue>, Problem> {
    let missing = if environment.dns_servers.iter().any(|server| server.id == id.value) {
        refuse(id.span, format!("`{}` is a DNS server, whose registry is not played", id.value))
    } else {
        no_machine(environment, id)
    };
    let hosts = environment.kms_hosts.iter_mut().map(|host| (&host.id, &mut host.registry));
    let clients = environment.clients.iter_mut().map(|client| (&client.id, &mut client.registry));
    let found = hosts.chain(clients).find(|(machine, _)| **machine == id.value);
    found.map(|(_, registry)| registry).ok_or(missing)
}
