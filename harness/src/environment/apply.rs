//! Applies a change to an environment and tells what would undo it.
//!
//! An operation that does not fit (no such machine, no such record, a value that the key cannot hold) changes nothing and
//! says why, at the place in the change. Undoing an undone change is the change again: the laws are tested as properties.

use evidence::change::{
    AddRecord, Addition, Change, ClearRegistry, Clearing, Operation, Removal, RemoveFault, RemoveRecords, RemoveZone,
    SetValue, Setting, Thing,
};
use evidence::registry::RegistryValue;
use mock_dns::name::DomainName;
use mock_dns::record::Record;
use mock_dns::zone::Zone;
use mock_dns::zone::text::parse_record;
use notation::{Format, Id, Kind, Placed, Problem, Problems, Span, Table, Tree};

use super::Environment;
use super::machine::DnsMachine;

/// Applies every operation in order.
///
/// # Errors
/// The problems of all operations that do not fit; those that do fit are applied all the same, so that one wrong operation
/// does not hide the next.
pub fn apply(environment: &mut Environment, change: &Change) -> Result<Change, Problems> {
    let mut problems = Problems::default();
    let mut undo = Vec::new();
    for operation in &change.0 {
        match apply_one(environment, operation) {
            // What undoes the last operation comes first.
            Ok(inverse) => undo.splice(0..0, inverse).for_each(drop),
            Err(problem) => problems.push(*problem),
        }
    }
    if problems.is_empty() { Ok(Change(undo)) } else { Err(problems) }
}

/// Boxed: a problem is large, and the good way is the common one.
type Undo = Result<Vec<Operation>, Box<Problem>>;

fn apply_one(environment: &mut Environment, operation: &Operation) -> Undo {
    match operation {
        Operation::Add(addition) => add(environment, addition),
        Operation::Remove(removal) => remove(environment, removal),
        Operation::Set(Setting::Value(setting)) => {
            let SetValue { at, key, to } = setting;
            set_value(environment, at, key, Some(to))
        }
        Operation::Set(Setting::Registry(thing)) => set_registry(environment, thing),
        Operation::Clear(Clearing::Value(clearing)) => set_value(environment, &clearing.at, &clearing.key, None),
        Operation::Clear(Clearing::Registry(clearing)) => clear_registry(environment, clearing),
    }
}

fn add(environment: &mut Environment, addition: &Addition) -> Undo {
    let named = |id: &Id| evidence::change::Named { id: id.clone().into() };
    match addition {
        Addition::Record(record) => add_record(environment, record),
        Addition::Zone(thing) => {
            let server = dns_server(environment, machine_of(thing)?)?;
            let zone: Zone = read(&thing.body)?;
            let origin = zone.origin().clone();
            insert(&mut server.service.zones, thing.position, zone);
            let removal = RemoveZone { at: server.id.clone().into(), origin: origin.into() };
            Ok(vec![Operation::Remove(Removal::Zone(removal))])
        }
        Addition::Rule(thing) => {
            let rule: super::Rule = read(&thing.body)?;
            let undo = Operation::Remove(Removal::Rule(named(&rule.id)));
            insert(&mut environment.rules, thing.position, rule);
            Ok(vec![undo])
        }
        Addition::Fault(thing) => add_fault(environment, thing),
        Addition::DnsServer(thing) => {
            let machine: DnsMachine = read(&thing.body)?;
            let undo = Operation::Remove(Removal::Machine(named(&machine.id)));
            insert(&mut environment.dns_servers, thing.position, machine);
            Ok(vec![undo])
        }
        Addition::KmsHost(thing) => {
            let machine: super::KmsMachine = read(&thing.body)?;
            let undo = Operation::Remove(Removal::Machine(named(&machine.id)));
            insert(&mut environment.kms_hosts, thing.position, machine);
            Ok(vec![undo])
        }
        Addition::Client(thing) => {
            let machine: super::ClientMachine = read(&thing.body)?;
            let undo = Operation::Remove(Removal::Machine(named(&machine.id)));
            insert(&mut environment.clients, thing.position, machine);
            Ok(vec![undo])
        }
    }
}

fn remove(environment: &mut Environment, removal: &Removal) -> Undo {
    match removal {
        Removal::Records(records) => remove_records(environment, records),
        Removal::Zone(zone) => {
            let RemoveZone { at, origin } = zone;
            let server = dns_server(environment, at)?;
            let found = server.service.zones.iter().position(|zone| *zone.origin() == origin.value);
            let missing = || refuse(origin.span, format!("`{at}` has no zone {}", origin.value, at = at.value));
            let position = found.ok_or_else(missing)?;
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

fn add_record(environment: &mut Environment, record: &AddRecord) -> Undo {
    let server = dns_server(environment, &record.at)?;
    let refused = |message: String| refuse(record.text.span, message);
    let origin = record.zone.clone().unwrap_or_else(DomainName::root);
    let parsed = parse_record(&record.text.value, &origin).map_err(|error| refused(error.to_string()))?;
    let wanted = |zone: &&mut Zone| record.zone.as_ref().is_none_or(|origin| zone.origin() == origin);
    let zones = server.service.zones.iter_mut().filter(wanted);
    let zone = zones.filter(|zone| parsed.name.is_within(zone.origin()));
    let zone = zone.max_by_key(|zone| zone.origin().depth());
    let zone = zone.ok_or_else(|| {
        let problem = refused(format!("`{}` has no zone that could hold {}", record.at.value, parsed.name));
        Box::new(problem.hint("add the zone first, or mind the final dot"))
    })?;
    let position = record.position.unwrap_or(zone.records().len()).min(zone.records().len());
    let removal = RemoveRecords {
        at: record.at.value.clone().into(),
        name: parsed.name.clone().into(),
        kind: None,
        data: None,
        zone: Some(zone.origin().clone()),
        position: Some(position),
    };
    zone.insert(position, parsed).map_err(|error| refused(error.to_string()))?;
    Ok(vec![Operation::Remove(Removal::Records(removal))])
}

fn remove_records(environment: &mut Environment, records: &RemoveRecords) -> Undo {
    let RemoveRecords { at, name, kind, data, .. } = records;
    let server = dns_server(environment, at)?;
    let mut undo = Vec::new();
    let meant = |zone: &&mut Zone| records.zone.as_ref().is_none_or(|origin| zone.origin() == origin);
    for zone in server.service.zones.iter_mut().filter(meant) {
        let origin = zone.origin().clone();
        let fits = |(position, record): &(usize, &Record)| {
            records.position.is_none_or(|only| only == *position)
                && record.name == name.value
                && kind.is_none_or(|kind| record.record_type() == kind)
                && data.as_ref().is_none_or(|data| has_data(record, data))
        };
        let found: Vec<usize> = zone.records().iter().enumerate().filter(fits).map(|(position, _)| position).collect();
        // Taken out from the end, so that the places before stay; put back in rising order.
        let mut back = Vec::new();
        for position in found.into_iter().rev() {
            let Some(record) = zone.remove_at(position) else { continue };
            let add = AddRecord {
                at: at.value.clone().into(),
                text: record.to_string().into(),
                zone: Some(origin.clone()),
                position: Some(position),
            };
            back.insert(0, Operation::Add(Addition::Record(add)));
        }
        undo.extend(back);
    }
    if undo.is_empty() {
        let what = kind.map_or_else(|| "record".to_owned(), |kind| format!("{kind} record"));
        let problem = refuse(name.span, format!("`{}` has no {what} {}", at.value, name.value));
        let names = server.service.zones.iter().flat_map(Zone::records).map(|record| record.name.to_string());
        let names: Vec<String> = names.collect();
        return Err(Box::new(problem.suggest(&name.value.to_string(), names.iter().map(String::as_str))));
    }
    Ok(undo)
}

/// Whether a record has this data, as it would stand in a zone file.
fn has_data(record: &Record, data: &str) -> bool {
    let line = format!(". {} {data}", record.record_type());
    parse_record(&line, &DomainName::root()).is_ok_and(|written| written.data == record.data)
}

fn add_fault(environment: &mut Environment, thing: &Thing) -> Undo {
    let at = machine_of(thing)?;
    let inverse = |id: &Id| {
        let removal = RemoveFault { at: at.value.clone().into(), id: id.clone().into() };
        vec![Operation::Remove(Removal::Fault(removal))]
    };
    if let Some(host) = environment.kms_hosts.iter_mut().find(|host| host.id == at.value) {
        let fault: mock_kms::fault::FaultRule = read(&thing.body)?;
        let undo = inverse(&fault.id);
        insert(&mut host.faults, thing.position, fault);
        return Ok(undo);
    }
    let server = dns_server(environment, at)?;
    let fault: mock_dns::fault::FaultRule = read(&thing.body)?;
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
        let server = dns_server(environment, at)?;
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
    Err(no_machine(environment, id))
}

fn set_registry(environment: &mut Environment, thing: &Thing) -> Undo {
    let at = machine_of(thing)?;
    let value: RegistryValue = read(&thing.body)?;
    let registry = registry_of(environment, at)?;
    let existing = registry.iter_mut().find(|existing| existing.is(&value.path, &value.name));
    let Some(existing) = existing else {
        let (path, name) = (value.path.clone().into(), value.name.clone());
        insert(registry, thing.position, value);
        let clear = ClearRegistry { at: at.value.clone().into(), path, name };
        return Ok(vec![Operation::Clear(Clearing::Registry(clear))]);
    };
    let body = std::mem::replace(existing, value).write();
    let old = Thing { at: Some(at.value.clone().into()), position: None, body };
    Ok(vec![Operation::Set(Setting::Registry(old))])
}

fn clear_registry(environment: &mut Environment, clearing: &ClearRegistry) -> Undo {
    let ClearRegistry { at, path, name } = clearing;
    let registry = registry_of(environment, at)?;
    let found = registry.iter().position(|value| value.is(&path.value, name));
    let missing = || refuse(path.span, format!("`{}` has no registry value {} there", at.value, name.escape_debug()));
    let position = found.ok_or_else(missing)?;
    let body = registry.remove(position).write();
    let old = Thing { at: Some(at.value.clone().into()), position: Some(position), body };
    Ok(vec![Operation::Set(Setting::Registry(old))])
}

/// Sets (or takes away) a key of a machine by printing the machine, changing the tree and reading it again: so a key can be set
/// exactly when it can be written in a file.
fn set_value(environment: &mut Environment, at: &Placed<Id>, key: &Placed<String>, to: Option<&Tree>) -> Undo {
    if key.value == "id" {
        let problem = refuse(key.span, "the id of a machine cannot be set");
        return Err(Box::new(problem.hint("remove the machine and add another")));
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
    Err(no_machine(environment, at))
}

fn set_in<T: Format>(machine: &mut T, at: &Placed<Id>, key: &Placed<String>, to: Option<&Tree>) -> Undo {
    let mut tree = machine.write();
    let old = put(&mut tree, &key.value, to.cloned()).map_err(|message| refuse(key.span, message))?;
    let mut problems = Problems::default();
    let changed = T::read(&tree, &mut problems).filter(|_| problems.is_empty());
    let Some(changed) = changed else {
        let first = problems.in_order().into_iter().next_back();
        let mut problem = first.unwrap_or_else(|| refuse(key.span, "this key cannot hold this value"));
        if problem.span.end == 0 {
            problem.span = key.span;
        }
        return Err(Box::new(problem));
    };
    *machine = changed;
    let (at, key) = (at.value.clone().into(), key.value.clone().into());
    Ok(vec![match old {
        Some(to) => Operation::Set(Setting::Value(SetValue { at, key, to })),
        None => Operation::Clear(Clearing::Value(evidence::change::ClearValue { at, key })),
    }])
}

/// Puts a value at a dotted key, or takes it away; gives back what stood there.
fn put(tree: &mut Tree, key: &str, value: Option<Tree>) -> Result<Option<Tree>, String> {
    let Kind::Table(table) = &mut tree.kind else { return Err(format!("nothing can lie below this: `{key}`")) };
    let (head, rest) = key.split_once('.').map_or((key, None), |(head, rest)| (head, Some(rest)));
    let found = table.0.iter().position(|(name, _)| name.text == head);
    if let Some(rest) = rest {
        let at = found.unwrap_or_else(|| {
            table.push(head, Tree::built(Kind::Table(Table::default())));
            table.0.len() - 1
        });
        return put(&mut table.0[at].1, rest, value);
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

fn read<T: Format>(body: &Tree) -> Result<T, Box<Problem>> {
    let mut problems = Problems::default();
    let value = T::read(body, &mut problems);
    match (value, problems.in_order().into_iter().next()) {
        (Some(value), None) => Ok(value),
        (_, Some(problem)) => Err(Box::new(problem)),
        (None, None) => Err(refuse(body.span, "this cannot be read").into()),
    }
}

fn refuse(span: Span, message: impl Into<String>) -> Problem {
    Problem::refused(span, message)
}

fn insert<T>(list: &mut Vec<T>, position: Option<usize>, thing: T) {
    list.insert(position.unwrap_or(list.len()).min(list.len()), thing);
}

fn take<T>(list: &mut Vec<T>, id: &Placed<Id>, called: &str, id_of: fn(&T) -> &Id) -> Result<(usize, T), Box<Problem>> {
    let Some(position) = list.iter().position(|thing| *id_of(thing) == id.value) else {
        let problem = refuse(id.span, format!("there is no {called} `{}` here", id.value));
        return Err(Box::new(problem.suggest(id.value.as_str(), list.iter().map(|thing| id_of(thing).as_str()))));
    };
    Ok((position, list.remove(position)))
}

fn machine_of(thing: &Thing) -> Result<&Placed<Id>, Box<Problem>> {
    thing.machine().map_err(Box::new)
}

fn dns_server<'a>(environment: &'a mut Environment, id: &Placed<Id>) -> Result<&'a mut DnsMachine, Box<Problem>> {
    let Some(at) = environment.dns_servers.iter().position(|server| server.id == id.value) else {
        let ids = environment.dns_servers.iter().map(|server| server.id.as_str());
        let problem = refuse(id.span, format!("there is no DNS server `{}`", id.value));
        return Err(Box::new(problem.suggest(id.value.as_str(), ids)));
    };
    Ok(&mut environment.dns_servers[at])
}

fn registry_of<'a>(
    environment: &'a mut Environment,
    id: &Placed<Id>,
) -> Result<&'a mut Vec<RegistryValue>, Box<Problem>> {
    let missing = no_machine(environment, id);
    let hosts = environment.kms_hosts.iter_mut().map(|host| (&host.id, &mut host.registry));
    let clients = environment.clients.iter_mut().map(|client| (&client.id, &mut client.registry));
    let found = hosts.chain(clients).find(|(machine, _)| **machine == id.value);
    found.map(|(_, registry)| registry).ok_or(missing)
}

fn no_machine(environment: &Environment, id: &Placed<Id>) -> Box<Problem> {
    let ids = environment.machines().map(|(id, _)| id.as_str());
    Box::new(refuse(id.span, format!("there is no machine `{}` for this", id.value)).suggest(id.value.as_str(), ids))
}
