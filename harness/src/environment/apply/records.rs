//! Resource records that come and go: one line of a zone file each.

use evidence::change::{AddRecord, Addition, Operation, Removal, RemoveRecords};
use mock_dns::name::DomainName;
use mock_dns::record::{Record, RecordType};
use mock_dns::zone::Zone;
use mock_dns::zone::problem::TextProblems;
use mock_dns::zone::text::parse_record;
use notation::{Id, Placed, Problem, Problems};

use super::{Undo, dns_server, refuse};
use crate::environment::Environment;
use crate::environment::machine::DnsMachine;

pub(super) fn add(environment: &mut Environment, record: &AddRecord) -> Undo {
    let server = dns_server(environment, &record.at)?;
    let text = &record.text;
    let origin = record.zone.as_ref().map_or_else(DomainName::root, |zone| zone.value.clone());
    let parsed = parse_record(text, &origin).map_err(|found| in_text(text, &found))?;
    let zone = match &record.zone {
        Some(origin) => Some(zone_of(server, origin, &record.at.value)?),
        None => {
            let around = server.service.zones.iter_mut().filter(|zone| parsed.name.is_within(zone.origin()));
            around.max_by_key(|zone| zone.origin().depth())
        }
    };
    let owner = 0..text.split([' ', '\t']).next().map_or(0, str::len);
    let zone = zone.ok_or_else(|| {
        let problem = refuse(text.span, format!("`{}` has no zone that could hold {}", record.at.value, parsed.name));
        problem.at_part(owner.clone()).hint("add the zone first, or mind the final dot")
    })?;
    let position = record.position.unwrap_or(zone.records().len()).min(zone.records().len());
    let removal = RemoveRecords {
        at: record.at.value.clone().into(),
        name: parsed.name.clone().into(),
        kind: None,
        data: None,
        zone: Some(zone.origin().clone().into()),
        position: Some(position),
    };
    zone.insert(position, parsed).map_err(|error| refuse(text.span, error.to_string()).at_part(owner))?;
    Ok(vec![Operation::Remove(Removal::Records(removal))])
}

pub(super) fn remove(environment: &mut Environment, records: &RemoveRecords) -> Undo {
    let RemoveRecords { at, name, kind, .. } = records;
    check_data(records)?;
    let server = dns_server(environment, at)?;
    if let Some(origin) = &records.zone {
        zone_of(server, origin, &at.value)?;
    }
    let mut undo = Vec::new();
    let meant = |zone: &&mut Zone| records.zone.as_ref().is_none_or(|origin| *zone.origin() == origin.value);
    for zone in server.service.zones.iter_mut().filter(meant) {
        let origin = zone.origin().clone();
        let fits = |(position, record): &(usize, &Record)| {
            records.position.is_none_or(|only| only == *position)
                && record.name == name.value
                && kind.is_none_or(|kind| record.record_type() == kind)
                && records.data.as_ref().is_none_or(|data| has_data(record, data))
        };
        let found: Vec<usize> = zone.records().iter().enumerate().filter(fits).map(|(position, _)| position).collect();
        // Taken out from the end, so that the places before stay; put back in rising order.
        let mut back = Vec::new();
        for position in found.into_iter().rev() {
            let Some(record) = zone.remove_at(position) else { continue };
            let add = AddRecord {
                at: at.value.clone().into(),
                text: record.to_string().into(),
                zone: Some(origin.clone().into()),
                position: Some(position),
            };
            back.insert(0, Operation::Add(Addition::Record(add)));
        }
        undo.extend(back);
    }
    if undo.is_empty() { Err(nothing_there(server, records).into()) } else { Ok(undo) }
}

/// Refuses data that the type beside it cannot have. Without a type it may be that of any.
fn check_data(records: &RemoveRecords) -> Result<(), Problems> {
    let (Some(kind), Some(data)) = (&records.kind, &records.data) else { return Ok(()) };
    let (line, before) = line_of(*kind, data);
    let Err(found) = parse_record(&line, &DomainName::root()) else { return Ok(()) };
    let mut problems = Problems::default();
    for problem in &found.0 {
        let mut refused = problem.refused(&line);
        // What was put before it to make a line of it does not stand in the file.
        let counted = |at: usize| at.saturating_sub(before);
        refused.part = refused.part.map(|part| counted(part.start)..counted(part.end));
        problems.push(Problem::of_text(data.span, refused));
    }
    Err(problems)
}

/// Data as a line of a zone file, and how many octets of that stand before it.
fn line_of(kind: RecordType, data: &str) -> (String, usize) {
    let before = format!(". {kind} ");
    (format!("{before}{data}"), before.len())
}

/// Whether a record has this data, as it would stand in a zone file.
fn has_data(record: &Record, data: &str) -> bool {
    let (line, _) = line_of(record.record_type(), data);
    parse_record(&line, &DomainName::root()).is_ok_and(|written| written.data == record.data)
}

/// Why a removal fits no record: no such name, or no such type or data at it.
fn nothing_there(server: &DnsMachine, records: &RemoveRecords) -> Problem {
    let name = &records.name;
    let all = || server.service.zones.iter().flat_map(Zone::records);
    let here: Vec<String> = all().filter(|record| record.name == name.value).map(ToString::to_string).collect();
    if !here.is_empty() {
        let kind = records.kind.map_or_else(String::new, |kind| format!("{kind} "));
        let message = format!("`{}` has no such {kind}record {}", records.at.value, name.value);
        return refuse(name.span, message).hint(format!("what it has: {}", here.join("; ")));
    }
    let mut names: Vec<String> = all().map(|record| record.name.to_string()).collect();
    names.sort();
    names.dedup();
    let problem = refuse(name.span, format!("`{}` has no record {}", records.at.value, name.value));
    problem.suggest(&name.value.to_string(), names.iter().map(String::as_str))
}

fn zone_of<'a>(server: &'a mut DnsMachine, origin: &Placed<DomainName>, at: &Id) -> Result<&'a mut Zone, Problem> {
    let origins: Vec<String> = server.service.zones.iter().map(|zone| zone.origin().to_string()).collect();
    let found = server.service.zones.iter_mut().find(|zone| *zone.origin() == origin.value);
    found.ok_or_else(|| {
        let problem = refuse(origin.span, format!("`{at}` has no zone {}", origin.value));
        problem.suggest(&origin.value.to_string(), origins.iter().map(String::as_str))
    })
}

/// The problems of a record's text, each at its words.
fn in_text(text: &Placed<String>, found: &TextProblems) -> Problems {
    let mut problems = Problems::default();
    for problem in &found.0 {
        problems.push(Problem::of_text(text.span, problem.refused(text)));
    }
    problems
}
