//! Applies a change to an environment and tells what would undo it.
//!
//! An operation that does not fit (no such machine, no such record, a value that the key cannot hold) changes nothing and
//! says why, at the place in the change; so does a change that leaves a description that [`check`](super::check) refuses.
//! Undoing an undone change is the change again: the laws are tested as properties. In reading order: this file (machines,
//! zones, rules, faults), [`records`], [`values`].

mod records;
mod values;

use evidence::change::{
    Addition, Change, Clearing, Named, Operation, Removal, RemoveFault, RemoveZone, SetValue, Setting, Thing,
};
use mock_dns::zone::Zone;
use notation::{Format, Id, Placed, Problem, Problems, Span, Tree};

use super::Environment;
use super::check::{Trouble, check};
use super::machine::DnsMachine;

/// Applies every operation in order; gives the change that undoes it.
///
/// # Errors
/// The problems of all operations that do not fit; those that do fit are applied all the same, so that one wrong operation
/// does not hide the next. When all fit: what the description as a whole then lacks, each at the operation that brought it.
pub fn apply(environment: &mut Environment, change: &Change) -> Result<Change, Problems> {
    let mut problems = Problems::default();
    let mut undo = Vec::new();
    for operation in &change.0 {
        match apply_one(environment, operation) {
            // What undoes the last operation comes first: turned round at the end.
            Ok(inverse) => undo.extend(inverse.into_iter().rev()),
            Err(wrong) => problems.append(wrong),
        }
        if problems.is_full() {
            break;
        }
    }
    undo.reverse();
    if problems.is_empty() {
        problems = new_troubles(environment, change, &undo);
    }
    if problems.is_empty() { Ok(Change(undo)) } else { Err(problems) }
}

/// What a change that fits brought upon the description, each at the operation after which it was there to stay.
fn new_troubles(after: &Environment, change: &Change, undo: &[Operation]) -> Problems {
    let mut problems = Problems::default();
    let mut left = check(after);
    if left.is_empty() {
        return problems;
    }
    // Seldom needed, so it is made from what undoes the change instead of being kept each time.
    let mut before = after.clone();
    let undone = undo.iter().try_for_each(|operation| apply_one(&mut before, operation).map(drop));
    debug_assert!(undone.is_ok(), "what undoes a change fits");
    let known = check(&before);
    left.retain(|trouble| !known.contains(trouble));
    left.truncate(Problems::LIMIT);
    if left.is_empty() {
        return problems;
    }
    // Only now, because it is seldom needed: the change once more, step by step.
    let mut now = before;
    let mut brought: Vec<(Trouble, Span)> = Vec::new();
    for operation in &change.0 {
        if apply_one(&mut now, operation).is_err() {
            break;
        }
        let here = check(&now);
        // What a later operation puts right was only on the way.
        brought.retain(|(trouble, _)| here.contains(trouble));
        for trouble in left.iter().filter(|trouble| here.contains(trouble)) {
            if brought.iter().all(|(known, _)| known != trouble) {
                let place = place_of(&now, operation, trouble);
                brought.push((trouble.clone(), place));
            }
        }
    }
    brought.into_iter().for_each(|(trouble, place)| problems.push(trouble.problem(place)));
    problems
}

type Undo = Result<Vec<Operation>, Problems>;

fn apply_one(environment: &mut Environment, operation: &Operation) -> Undo {
    match operation {
        Operation::Add(addition) => add(environment, addition),
        Operation::Remove(removal) => remove(environment, removal),
        Operation::Set(Setting::Value(setting)) => {
            let SetValue { at, key, to } = setting;
            values::set(environment, at, key, Some(to))
        }
        Operation::Set(Setting::Registry(thing)) => values::set_registry(environment, thing),
        Operation::Clear(Clearing::Value(clearing)) => values::set(environment, &clearing.at, &clearing.key, None),
        Operation::Clear(Clearing::Registry(clearing)) => values::clear_registry(environment, clearing),
    }
}

fn add(environment: &mut Environment, addition: &Addition) -> Undo {
    match addition {
        Addition::Record(record) => records::add(environment, record),
        Addition::Zone(thing) => {
            let server = dns_server(environment, machine_of(thing)?)?;
            let zone: Zone = read(&thing.body)?;
            let origin = zone.origin().clone();
            if server.service.zones.iter().any(|zone| *zone.origin() == origin) {
                return Err(refuse(place_in(thing, "origin"), format!("`{}` has this zone already", server.id)).into());
            }
            insert(&mut server.service.zones, thing.position, zone);
            let removal = RemoveZone { at: server.id.clone().into(), origin: origin.into() };
            Ok(vec![Operation::Remove(Removal::Zone(removal))])
        }
        Addition::Rule(thing) => {
            let rule: super::Rule = read(&thing.body)?;
            refuse_second(thing, "rule", &rule.id, environment.rules.iter().map(|rule| &rule.id))?;
            let undo = Operation::Remove(Removal::Rule(Named { id: rule.id.clone().into() }));
            insert(&mut environment.rules, thing.position, rule);
            Ok(vec![undo])
        }
        Addition::Fault(thing) => add_fault(environment, thing),
        Addition::DnsServer(thing) => {
            let machine: DnsMachine = read(&thing.body)?;
            let undo = new_machine(environment, thing, &machine.id)?;
            insert(&mut environment.dns_servers, thing.position, machine);
            Ok(undo)
        }
        Addition::KmsHost(thing) => {
            let machine: super::KmsMachine = read(&thing.body)?;
            let undo = new_machine(environment, thing, &machine.id)?;
            insert(&mut environment.kms_hosts, thing.position, machine);
            Ok(undo)
        }
        Addition::Client(thing) => {
            let machine: super::ClientMachine = read(&thing.body)?;
            let undo = new_machine(environment, thing, &machine.id)?;
            insert(&mut environment.clients, thing.position, machine);
            Ok(undo)
        }
    }
}

fn new_machine(environment: &Environment, thing: &Thing, id: &Id) -> Undo {
    refuse_second(thing, "machine", id, environment.machines().map(|(id, _)| id))?;
    Ok(vec![Operation::Remove(Removal::Machine(Named { id: id.clone().into() }))])
}

/// Two things of one id could not be told apart by what is done to them later.
fn refuse_second<'a>(
    thing: &Thing,
    called: &str,
    id: &Id,
    mut taken: impl Iterator<Item = &'a Id>,
) -> Result<(), Problem> {
    if taken.all(|other| other != id) {
        return Ok(());
    }
    let problem = refuse(place_in(thing, "id"), format!("there is a {called} `{id}` already"));
    Err(problem.hint("choose another id, or remove the first one before"))
}

fn remove(environment: &mut Environment, removal: &Removal) -> Undo {
    match removal {
        Removal::Records(records) => records::remove(environment, records),
        Removal::Zone(zone) => {
            let RemoveZone { at, origin } = zone;
            let server = dns_server(environment, at)?;
            let found = server.service.zones.iter().position(|zone| *zone.origin() == origin.value);
            let Some(position) = found else {
                let zones: Vec<String> = server.service.zones.iter().map(|zone| zone.origin().to_string()).collect();
                let problem = refuse(origin.span, format!("`{}` has no zone {}", at.value, origin.value));
                return Err(problem.suggest(&origin.to_string(), zones.iter().map(String::as_str)).into());
            };
            let body = server.service.zones.remove(position).write();
            let thing = Thing { at: Some(at.value.clone().into()), position: Some(position), body };
            Ok(vec![Operation::Add(Addition::Zone(thing))])
        }
        Removal::Rule(rule) => {
            let (position, rule) = take(&mut environment.rules, &rule.id, "rule", |rule| &rule.id)?;
            let thing = Thing { at: None, position: Some(position), body: rule.write() };
            Ok(vec![Operation::Add(Addition::Rule(thing))])
        }
        Removal::Fault(fault) => remove_fault(environment, fault),
        Removal::Machine(machine) => remove_machine(environment, &machine.id),
    }
}

fn add_fault(environment: &mut Environment, thing: &Thing) -> Undo {
    let at = machine_of(thing)?;
    let inverse = |id: &Id| {
        let removal = RemoveFault { at: at.value.clone().into(), id: id.clone().into() };
        vec![Operation::Remove(Removal::Fault(removal))]
    };
    if let Some(host) = environment.kms_hosts.iter_mut().find(|host| host.id == at.value) {
        let fault: mock_kms::fault::FaultRule = read(&thing.body)?;
        refuse_second(thing, "fault", &fault.id, host.faults.iter().map(|fault| &fault.id))?;
        let undo = inverse(&fault.id);
        insert(&mut host.faults, thing.position, fault);
        return Ok(undo);
    }
    let server = server_with_faults(environment, at)?;
    let fault: mock_dns::fault::FaultRule = read(&thing.body)?;
    refuse_second(thing, "fault", &fault.id, server.service.faults.iter().map(|fault| &fault.id))?;
    let undo = inverse(&fault.id);
    insert(&mut server.service.faults, thing.position, fault);
    Ok(undo)
}

fn remove_fault(environment: &mut Environment, removal: &RemoveFault) -> Undo {
    let RemoveFault { at, id } = removal;
    let (position, body) = if let Some(host) = environment.kms_hosts.iter_mut().find(|host| host.id == at.value) {
        let (position, fault) = take(&mut host.faults, id, "fault", |fault| &fault.id)?;
        (position, fault.write())
    } else {
        let server = server_with_faults(environment, at)?;
        let (position, fault) = take(&mut server.service.faults, id, "fault", |fault| &fault.id)?;
        (position, fault.write())
    };
    let thing = Thing { at: Some(at.value.clone().into()), position: Some(position), body };
    Ok(vec![Operation::Add(Addition::Fault(thing))])
}

fn remove_machine(environment: &mut Environment, id: &Placed<Id>) -> Undo {
    let thing = |position, body| Thing { at: None, position: Some(position), body };
    if let Some(at) = environment.dns_servers.iter().position(|machine| machine.id == id.value) {
        let machine = environment.dns_servers.remove(at);
        return Ok(vec![Operation::Add(Addition::DnsServer(thing(at, machine.write())))]);
    }
    if let Some(at) = environment.kms_hosts.iter().position(|machine| machine.id == id.value) {
        let machine = environment.kms_hosts.remove(at);
        return Ok(vec![Operation::Add(Addition::KmsHost(thing(at, machine.write())))]);
    }
    if let Some(at) = environment.clients.iter().position(|machine| machine.id == id.value) {
        let machine = environment.clients.remove(at);
        return Ok(vec![Operation::Add(Addition::Client(thing(at, machine.write())))]);
    }
    Err(no_machine(environment, id).into())
}

fn read<T: Format>(body: &Tree) -> Result<T, Problems> {
    let mut problems = Problems::default();
    let value = T::read(body, &mut problems);
    match value {
        Some(value) if problems.is_empty() => Ok(value),
        Some(_) | None => Err(problems),
    }
}

fn refuse(span: Span, message: impl Into<String>) -> Problem {
    Problem::refused(span, message)
}

fn insert<T>(list: &mut Vec<T>, position: Option<usize>, thing: T) {
    list.insert(position.unwrap_or(list.len()).min(list.len()), thing);
}

fn take<T>(list: &mut Vec<T>, id: &Placed<Id>, called: &str, id_of: fn(&T) -> &Id) -> Result<(usize, T), Problem> {
    let Some(position) = list.iter().position(|thing| *id_of(thing) == id.value) else {
        let problem = refuse(id.span, format!("there is no {called} `{}` here", id.value));
        if list.is_empty() {
            return Err(problem.hint(format!("there is no {called} at all")));
        }
        return Err(problem.suggest(id.as_str(), list.iter().map(|thing| id_of(thing).as_str())));
    };
    Ok((position, list.remove(position)))
}

fn machine_of(thing: &Thing) -> Result<&Placed<Id>, Problem> {
    thing.machine()
}

/// Where a key of a thing stands, or the thing.
fn place_in(thing: &Thing, key: &str) -> Span {
    thing.body.as_table().and_then(|table| table.find(key)).map_or(thing.body.span, |value| value.span)
}

fn dns_server<'a>(environment: &'a mut Environment, id: &Placed<Id>) -> Result<&'a mut DnsMachine, Problem> {
    let Some(at) = environment.dns_servers.iter().position(|server| server.id == id.value) else {
        let ids = environment.dns_servers.iter().map(|server| server.id.as_str());
        return Err(refuse(id.span, format!("there is no DNS server `{}`", id.value)).suggest(id.as_str(), ids));
    };
    Ok(&mut environment.dns_servers[at])
}

fn server_with_faults<'a>(environment: &'a mut Environment, id: &Placed<Id>) -> Result<&'a mut DnsMachine, Problem> {
    let Some(at) = environment.dns_servers.iter().position(|server| server.id == id.value) else {
        let dns = environment.dns_servers.iter().map(|server| server.id.as_str());
        let ids: Vec<&str> = dns.chain(environment.kms_hosts.iter().map(|host| host.id.as_str())).collect();
        let problem = refuse(id.span, format!("there is no DNS server or KMS host `{}`", id.value));
        return Err(problem.suggest(id.as_str(), ids));
    };
    Ok(&mut environment.dns_servers[at])
}

fn no_machine(environment: &Environment, id: &Placed<Id>) -> Problem {
    let ids = environment.machines().map(|(id, _)| id.as_str());
    refuse(id.span, format!("there is no machine `{}`", id.value)).suggest(id.as_str(), ids)
}

/// Where in an operation the trouble stands that it brought.
fn place_of(environment: &Environment, operation: &Operation, trouble: &Trouble) -> Span {
    let last = |thing: &Thing, length: usize| thing.position.unwrap_or(length).min(length.saturating_sub(1));
    let added = |list: &str, length: usize, thing: &Thing| {
        trouble.place_below(&format!("{list}.{}", last(thing, length)), &thing.body).unwrap_or(thing.body.span)
    };
    let whole = |thing: &Thing| thing.body.span;
    match operation {
        Operation::Add(Addition::Rule(thing)) => added("rule", environment.rules.len(), thing),
        Operation::Add(Addition::DnsServer(thing)) => added("dns_server", environment.dns_servers.len(), thing),
        Operation::Add(Addition::KmsHost(thing)) => added("kms_host", environment.kms_hosts.len(), thing),
        Operation::Add(Addition::Client(thing)) => added("client", environment.clients.len(), thing),
        Operation::Add(Addition::Zone(thing) | Addition::Fault(thing)) => whole(thing),
        Operation::Add(Addition::Record(record)) => record.text.span,
        Operation::Remove(Removal::Records(records)) => records.name.span,
        Operation::Remove(Removal::Zone(zone)) => zone.origin.span,
        Operation::Remove(Removal::Rule(named) | Removal::Machine(named)) => named.id.span,
        Operation::Remove(Removal::Fault(fault)) => fault.id.span,
        Operation::Set(Setting::Value(SetValue { at, key, to })) => {
            let machine = environment.path_of(at).unwrap_or_default();
            trouble.place_below(&format!("{machine}.{}", key.value), to).unwrap_or(key.span)
        }
        Operation::Set(Setting::Registry(thing)) => whole(thing),
        Operation::Clear(Clearing::Value(clearing)) => clearing.key.span,
        Operation::Clear(Clearing::Registry(clearing)) => clearing.name.span,
    }
}
