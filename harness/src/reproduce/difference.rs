//! The change that turns one environment into another: the fewest operations that somebody would write by hand.
//!
//! It stands apart because it knows nothing of evidence: two descriptions go in, operations come out, and applying them is the
//! proof. What no operation can change (when a run starts) it cannot tell either.

use evidence::Change;
use evidence::change::{
    AddRecord, Addition, ClearRegistry, ClearValue, Clearing, Named, Operation, Removal, RemoveFault, RemoveRecords,
    RemoveZone, SetValue, Setting, Thing,
};
use evidence::registry::RegistryValue;
use mock_dns::record::Record;
use mock_dns::zone::Zone;
use notation::{Format, Id, Kind, Tree};

use crate::environment::Environment;
use crate::environment::apply::apply;

/// Keys of machines below which each key is compared by itself; a deeper table is set whole.
const SECTIONS: [&str; 3] = ["ip", "service", "switches"];

/// Keys that have operations of their own.
const OWN_OPERATIONS: [&str; 4] = ["registry", "faults", "service.zones", "service.faults"];

/// Most records of a zone that are compared one by one; a larger zone that differs is replaced.
const RECORDS_MAX: usize = 300;

/// The operations that make `from` into `to`; none where no list of operations can.
#[must_use]
pub fn difference(from: &Environment, to: &Environment) -> Option<Change> {
    let mut work = Work { now: from.clone(), change: Change::default() };
    work.machines(to)?;
    for server in &to.dns_servers {
        work.zones(&server.id, &server.service.zones)?;
        let now = |work: &Work| find(&work.now.dns_servers, |m| &m.id, &server.id).map(|m| m.service.faults.clone());
        work.things(now, &server.service.faults, |fault| &fault.id, Some(&server.id), fault_of)?;
    }
    for host in &to.kms_hosts {
        work.registry(&host.id, &host.registry)?;
        let now = |work: &Work| find(&work.now.kms_hosts, |m| &m.id, &host.id).map(|m| m.faults.clone());
        work.things(now, &host.faults, |fault| &fault.id, Some(&host.id), fault_of)?;
    }
    for client in &to.clients {
        work.registry(&client.id, &client.registry)?;
    }
    work.things(|work| Some(work.now.rules.clone()), &to.rules, |rule| &rule.id, None, rule_of)?;
    (work.now == *to).then_some(work.change)
}

/// How a kind of thing with an id is removed and added.
type Kinds = fn(Option<&Id>, &Id, Option<Thing>) -> Operation;

fn fault_of(at: Option<&Id>, id: &Id, thing: Option<Thing>) -> Operation {
    let at = at.unwrap_or(id).clone().into();
    thing.map_or_else(
        || Operation::Remove(Removal::Fault(RemoveFault { at, id: id.clone().into() })),
        |thing| Operation::Add(Addition::Fault(thing)),
    )
}

fn rule_of(_at: Option<&Id>, id: &Id, thing: Option<Thing>) -> Operation {
    thing.map_or_else(
        || Operation::Remove(Removal::Rule(Named { id: id.clone().into() })),
        |thing| Operation::Add(Addition::Rule(thing)),
    )
}

fn find<'a, T>(list: &'a [T], id_of: fn(&T) -> &Id, id: &Id) -> Option<&'a T> {
    list.iter().find(|thing| id_of(thing) == id)
}

/// An environment on the way from one to the other.
struct Work {
    now: Environment,
    change: Change,
}

impl Work {
    fn operate(&mut self, operation: Operation) -> Option<()> {
        let change = Change(vec![operation]);
        // An environment may be refused on the way and still be whole at the end; only an operation that does not fit stops.
        let mut next = self.now.clone();
        apply(&mut next, &change).ok()?;
        self.now = next;
        self.change.0.extend(change.0);
        Some(())
    }

    fn machines(&mut self, to: &Environment) -> Option<()> {
        let gone: Vec<Id> = self
            .now
            .machines()
            .map(|(id, _)| id.clone())
            .filter(|id| to.machines().all(|(kept, _)| kept != id))
            .collect();
        for id in gone {
            self.operate(Operation::Remove(Removal::Machine(Named { id: id.into() })))?;
        }
        for (position, machine) in to.dns_servers.iter().enumerate() {
            match find(&self.now.dns_servers, |m| &m.id, &machine.id).map(Format::write) {
                Some(old) => self.keys(&machine.id, "", &old, &machine.write())?,
                None => self.operate(Operation::Add(Addition::DnsServer(thing(None, position, machine.write()))))?,
            }
        }
        for (position, machine) in to.kms_hosts.iter().enumerate() {
            match find(&self.now.kms_hosts, |m| &m.id, &machine.id).map(Format::write) {
                Some(old) => self.keys(&machine.id, "", &old, &machine.write())?,
                None => self.operate(Operation::Add(Addition::KmsHost(thing(None, position, machine.write()))))?,
            }
        }
        for (position, machine) in to.clients.iter().enumerate() {
            match find(&self.now.clients, |m| &m.id, &machine.id).map(Format::write) {
                Some(old) => self.keys(&machine.id, "", &old, &machine.write())?,
                None => self.operate(Operation::Add(Addition::Client(thing(None, position, machine.write()))))?,
            }
        }
        Some(())
    }

    /// Sets and clears the keys of a machine that differ.
    fn keys(&mut self, at: &Id, prefix: &str, old: &Tree, new: &Tree) -> Option<()> {
        let (old, new) = (old.as_table()?, new.as_table()?);
        for (key, _) in &old.0 {
            let dotted = format!("{prefix}{}", key.text);
            if new.find(&key.text).is_none() && !OWN_OPERATIONS.contains(&dotted.as_str()) {
                let clearing = ClearValue { at: at.clone().into(), key: dotted.into() };
                self.operate(Operation::Clear(Clearing::Value(clearing)))?;
            }
        }
        for (key, value) in &new.0 {
            let dotted = format!("{prefix}{}", key.text);
            let before = old.find(&key.text);
            if before == Some(value) || OWN_OPERATIONS.contains(&dotted.as_str()) {
                continue;
            }
            let empty = Tree::built(Kind::Table(notation::Table::default()));
            if SECTIONS.contains(&dotted.as_str()) && value.as_table().is_some() {
                self.keys(at, &format!("{dotted}."), before.unwrap_or(&empty), value)?;
            } else {
                let setting = SetValue { at: at.clone().into(), key: dotted.into(), to: value.clone() };
                self.operate(Operation::Set(Setting::Value(setting)))?;
            }
        }
        Some(())
    }

    fn zones(&mut self, at: &Id, zones: &[Zone]) -> Option<()> {
        let held = |work: &Self| {
            find(&work.now.dns_servers, |m| &m.id, at).map(|m| m.service.zones.clone()).unwrap_or_default()
        };
        for old in held(self) {
            if zones.iter().all(|zone| zone.origin() != old.origin()) {
                self.operate(remove_zone(at, &old))?;
            }
        }
        for (position, zone) in zones.iter().enumerate() {
            match held(self).into_iter().find(|old| old.origin() == zone.origin()) {
                Some(old) if old == *zone => {}
                Some(old) if old.records().len().max(zone.records().len()) <= RECORDS_MAX => {
                    self.records(at, &old, zone)?;
                }
                Some(old) => {
                    self.operate(remove_zone(at, &old))?;
                    self.operate(add_zone(at, position, zone))?;
                }
                None => self.operate(add_zone(at, position, zone))?,
            }
        }
        Some(())
    }

    /// Takes out and puts in records, so that those that stay keep their order.
    fn records(&mut self, at: &Id, old: &Zone, new: &Zone) -> Option<()> {
        let kept = common(old.records(), new.records());
        let origin = old.origin();
        let mut now: Vec<Record> = old.records().to_vec();
        for (position, record) in old.records().iter().enumerate().rev() {
            if kept.iter().any(|(from, _)| *from == position) {
                continue;
            }
            let alike = now.iter().filter(|other| other.name == record.name && other.data == record.data).count();
            let removal = RemoveRecords {
                at: at.clone().into(),
                name: record.name.clone().into(),
                kind: Some(record.record_type()),
                data: Some(data_text(record).into()),
                zone: Some(origin.clone().into()),
                position: (alike > 1).then_some(position),
            };
            now.remove(position);
            self.operate(Operation::Remove(Removal::Records(removal)))?;
        }
        for (position, record) in new.records().iter().enumerate() {
            if kept.iter().any(|(_, to)| *to == position) {
                continue;
            }
            let at_end = position >= now.len();
            let addition = AddRecord {
                at: at.clone().into(),
                text: record.to_string().into(),
                zone: Some(origin.clone().into()),
                position: (!at_end).then_some(position),
            };
            now.insert(position.min(now.len()), record.clone());
            self.operate(Operation::Add(Addition::Record(addition)))?;
        }
        Some(())
    }

    fn registry(&mut self, at: &Id, values: &[RegistryValue]) -> Option<()> {
        let held = |work: &Self| -> Vec<RegistryValue> {
            let hosts = find(&work.now.kms_hosts, |m| &m.id, at).map(|m| m.registry.clone());
            hosts.or_else(|| find(&work.now.clients, |m| &m.id, at).map(|m| m.registry.clone())).unwrap_or_default()
        };
        for old in held(self) {
            if values.iter().all(|value| !value.is(&old.path, &old.name)) {
                let clearing = ClearRegistry { at: at.clone().into(), path: old.path.into(), name: old.name.into() };
                self.operate(Operation::Clear(Clearing::Registry(clearing)))?;
            }
        }
        for value in values {
            if held(self).iter().any(|old| old == value) {
                continue;
            }
            let thing = Thing { at: Some(at.clone().into()), position: None, body: value.write() };
            self.operate(Operation::Set(Setting::Registry(thing)))?;
        }
        if held(self) == values {
            return Some(());
        }
        // The same values in another order.
        let key = "registry".to_owned().into();
        let setting = SetValue { at: at.clone().into(), key, to: values.to_vec().write() };
        self.operate(Operation::Set(Setting::Value(setting)))
    }

    fn things<T: Format + Clone + PartialEq>(
        &mut self,
        held: impl Fn(&Self) -> Option<Vec<T>>,
        things: &[T],
        id_of: fn(&T) -> &Id,
        at: Option<&Id>,
        kinds: Kinds,
    ) -> Option<()> {
        for old in held(self)? {
            if !things.contains(&old) {
                self.operate(kinds(at, id_of(&old), None))?;
            }
        }
        for (position, new) in things.iter().enumerate() {
            let now = held(self)?;
            if !now.contains(new) {
                let mut thing = thing(at, position, new.write());
                thing.position = thing.position.filter(|position| *position < now.len());
                self.operate(kinds(at, id_of(new), Some(thing)))?;
            }
        }
        Some(())
    }
}

fn thing(at: Option<&Id>, position: usize, body: Tree) -> Thing {
    Thing { at: at.cloned().map(Into::into), position: Some(position), body }
}

fn remove_zone(at: &Id, zone: &Zone) -> Operation {
    let origin = zone.origin().clone().into();
    Operation::Remove(Removal::Zone(RemoveZone { at: at.clone().into(), origin }))
}

fn add_zone(at: &Id, position: usize, zone: &Zone) -> Operation {
    Operation::Add(Addition::Zone(thing(Some(at), position, zone.write())))
}

/// The data of a record as it stands in a zone file: what follows owner, time to live, class and type.
fn data_text(record: &Record) -> String {
    record.to_string().splitn(5, ' ').nth(4).unwrap_or_default().to_owned()
}

/// The places of a longest common subsequence of two lists, in both.
fn common(old: &[Record], new: &[Record]) -> Vec<(usize, usize)> {
    let mut longest = vec![vec![0_usize; new.len() + 1]; old.len() + 1];
    let at = |longest: &[Vec<usize>], from: usize, to: usize| {
        longest.get(from).and_then(|row| row.get(to)).copied().unwrap_or_default()
    };
    for (from, first) in old.iter().enumerate().rev() {
        for (to, second) in new.iter().enumerate().rev() {
            let value = if first == second {
                at(&longest, from + 1, to + 1) + 1
            } else {
                at(&longest, from + 1, to).max(at(&longest, from, to + 1))
            };
            if let Some(cell) = longest.get_mut(from).and_then(|row| row.get_mut(to)) {
                *cell = value;
            }
        }
    }
    let (mut from, mut to, mut pairs) = (0, 0, Vec::new());
    while let (Some(first), Some(second)) = (old.get(from), new.get(to)) {
        if first == second {
            pairs.push((from, to));
            (from, to) = (from + 1, to + 1);
        } else if at(&longest, from + 1, to) >= at(&longest, from, to + 1) {
            from += 1;
        } else {
            to += 1;
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::difference;
    use crate::environment::apply::apply;
    use crate::scenario::catalogue::embedded;
    use crate::scenario::load::load;

    #[test]
    fn every_environment_of_the_catalogue_can_be_reached_from_its_base_and_back() {
        let library = embedded();
        for name in library.scenario_names() {
            let scenario = load(&library, name).unwrap();
            for step in &scenario.steps {
                for (from, to) in [(&scenario.healthy, &step.environment), (&step.environment, &scenario.healthy)] {
                    let change = difference(from, to).unwrap_or_else(|| panic!("{name}: there is no way"));
                    let mut there = from.clone();
                    apply(&mut there, &change).unwrap();
                    assert_eq!(there, *to, "{name}");
                }
            }
        }
    }

    #[test]
    fn what_a_person_would_write() {
        let library = embedded();
        let scenario = load(&library, "dns/srv-owner-misspelt").unwrap();
        let step = &scenario.steps[0];
        let change = difference(&scenario.healthy, &step.environment).unwrap();
        assert_eq!(change.0.len(), step.change.0.len(), "{change:?}");
        assert_eq!(difference(&step.environment, &step.environment).unwrap().0, []);
    }
}
