//! What an update does to a zone: prerequisites first, then all changes or none (RFC 2136 3.2 to 3.4).
//!
//! It stands apart because it is the one place that edits a zone as a DNS server does, with the rules of the apex and of aliases.
//! Who may do it was decided before.

use crate::name::DomainName;
use crate::rcode::Rcode;
use crate::record::{Record, RecordData, RecordType};
use crate::update::{Change, Prerequisite, Update};
use crate::zone::{RecordSelector, Zone};

/// Most records of a zone that updates may make; no zone of a laboratory is near it, and memory is finite.
const MAX_RECORDS: usize = 50_000;

/// Changes a zone, or says by which code it is left as it is. Gives whether anything is different now.
///
/// # Errors
/// The code of RFC 2136 2.2.
pub fn apply(zone: &mut Zone, update: &Update) -> Result<bool, Rcode> {
    let outside = |name: &DomainName| !name.is_within(zone.origin());
    let names = update.prerequisites.iter().map(Prerequisite::name).chain(update.changes.iter().map(Change::name));
    if names.into_iter().any(outside) {
        return Err(Rcode::NOTZONE);
    }
    for prerequisite in &update.prerequisites {
        hold(zone, prerequisite, &update.prerequisites)?;
    }
    if zone.records().len() + update.changes.len() > MAX_RECORDS {
        return Err(Rcode::SERVFAIL);
    }
    let before = zone.clone();
    for change in &update.changes {
        execute(zone, change);
    }
    let changed = *zone != before;
    let numbered = serial(zone) != serial(&before);
    if changed && !numbered {
        count_up(zone);
    }
    Ok(changed)
}

/// RFC 2136 3.2.5.
fn hold(zone: &Zone, prerequisite: &Prerequisite, all: &[Prerequisite]) -> Result<(), Rcode> {
    let at = |name: &DomainName, record_type: Option<RecordType>| {
        let which = RecordSelector { name: name.clone(), record_type, data: None };
        zone.records().iter().filter(|record| which.picks(record)).map(|record| &record.data).collect::<Vec<_>>()
    };
    let (holds, otherwise) = match prerequisite {
        Prerequisite::InUse(name) => (!at(name, None).is_empty(), Rcode::NXDOMAIN),
        Prerequisite::NotInUse(name) => (at(name, None).is_empty(), Rcode::YXDOMAIN),
        Prerequisite::SetExists(name, kind) => (!at(name, Some(*kind)).is_empty(), Rcode::NXRRSET),
        Prerequisite::SetMissing(name, kind) => (at(name, Some(*kind)).is_empty(), Rcode::YXRRSET),
        Prerequisite::Holds(record) => {
            let kind = record.record_type();
            let wanted = |other: &&Prerequisite| matches!(other, Prerequisite::Holds(other) if other.name == record.name && other.record_type() == kind);
            let found = at(&record.name, Some(kind));
            (found.contains(&&record.data) && found.len() == all.iter().filter(wanted).count(), Rcode::NXRRSET)
        }
    };
    if holds { Ok(()) } else { Err(otherwise) }
}

/// RFC 2136 3.4.2.
fn execute(zone: &mut Zone, change: &Change) {
    match change {
        Change::Add(record) => add(zone, record),
        Change::RemoveName(name) => remove(zone, name, None, None),
        Change::RemoveSet(name, record_type) => remove(zone, name, Some(*record_type), None),
        Change::RemoveRecord(name, data) => remove(zone, name, Some(data.record_type()), Some(data)),
    }
}

fn add(zone: &mut Zone, record: &Record) {
    let kind = record.record_type();
    let others = |alias: bool| {
        zone.records()
            .iter()
            .any(|there| there.name == record.name && (there.record_type() == RecordType::CNAME) == alias)
    };
    // An alias stands alone, and what would break that is ignored (3.4.2.2).
    if kind == RecordType::CNAME && others(false) || kind != RecordType::CNAME && others(true) {
        return;
    }
    let single = kind == RecordType::CNAME || kind == RecordType::SOA;
    if kind == RecordType::SOA {
        let newer = serial(zone).is_some_and(|there| serial_of(record).is_some_and(|new| is_newer(new, there)));
        if record.name != *zone.origin() || !newer {
            return;
        }
    }
    let data = if single { None } else { Some(record.data.clone()) };
    let replaced = zone.remove(&RecordSelector { name: record.name.clone(), record_type: Some(kind), data });
    // What takes the place of another keeps its position; the zone's text stays as readable as it was.
    let position = replaced.first().map_or(zone.records().len(), |removed| removed.position);
    debug_assert!(record.name.is_within(zone.origin()), "checked before");
    zone.insert(position, record.clone()).ok();
}

fn remove(zone: &mut Zone, name: &DomainName, record_type: Option<RecordType>, data: Option<&RecordData>) {
    let apex = name == zone.origin();
    let which = RecordSelector { name: name.clone(), record_type, data: data.cloned() };
    let servers = zone.records().iter().filter(|record| record.name == *name && record.record_type() == RecordType::NS);
    // The zone keeps its SOA and a name server (3.4.2.3, 3.4.2.4).
    let last_server = apex && (data.is_none() || servers.count() == 1);
    let kept = |record: &Record| {
        let kind = record.record_type();
        apex && kind == RecordType::SOA || last_server && kind == RecordType::NS
    };
    let removed = zone.remove(&which);
    zone.restore(removed.into_iter().filter(|removed| kept(&removed.record)).collect());
}

fn serial_of(record: &Record) -> Option<u32> {
    if let RecordData::Soa(soa) = &record.data { Some(soa.serial) } else { None }
}

fn serial(zone: &Zone) -> Option<u32> {
    zone.records().iter().filter(|record| record.name == *zone.origin()).find_map(serial_of)
}

/// Serial number arithmetic (RFC 1982 3.2).
const fn is_newer(new: u32, old: u32) -> bool {
    new != old && new.wrapping_sub(old) < 0x8000_0000
}

/// The serial of a zone that was changed goes up (RFC 2136 3.6); zero is left out.
fn count_up(zone: &mut Zone) {
    let which = RecordSelector { name: zone.origin().clone(), record_type: Some(RecordType::SOA), data: None };
    for removed in zone.remove(&which) {
        let mut record = removed.record;
        if let RecordData::Soa(soa) = &mut record.data {
            soa.serial = soa.serial.wrapping_add(1).max(1);
        }
        zone.insert(removed.position, record).ok();
    }
}

/// Takes one record out as scavenging does, and counts the serial up.
pub(crate) fn take_out(zone: &mut Zone, record: &Record) {
    let data = Some(record.data.clone());
    zone.remove(&RecordSelector { name: record.name.clone(), record_type: None, data });
    count_up(zone);
}

/// What `live`, which updates have changed, becomes when the zone that was declared for it is declared anew: what updates added and
/// took away stays so, except for the SOA.
#[must_use]
pub fn carry_over(live: &Zone, declared: &Zone, anew: &Zone) -> Zone {
    let without = |records: &[Record], others: &Zone| -> Vec<Record> {
        let soa = |record: &&Record| record.record_type() == RecordType::SOA;
        records.iter().filter(|record| !soa(record) && !others.records().contains(record)).cloned().collect()
    };
    let (added, taken) = (without(live.records(), declared), without(declared.records(), live));
    let mut zone = anew.clone();
    for record in &taken {
        let data = Some(record.data.clone());
        zone.remove(&RecordSelector { name: record.name.clone(), record_type: None, data });
    }
    let missing: Vec<Record> = added.into_iter().filter(|record| !zone.records().contains(record)).collect();
    let changed = !missing.is_empty() || !taken.is_empty();
    for record in missing {
        zone.add(record).ok();
    }
    if changed {
        count_up(&mut zone);
    }
    zone
}
