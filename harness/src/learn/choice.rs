//! What can be answered to a ticket: a list to choose from, in which the cause stands among what looks like it.
//!
//! The order is that of the table of findings, so that it gives nothing away.

use evidence::diagnosis::table;

use super::ticket::Ticket;

/// Fewest choices: with less, guessing pays.
const CHOICES_MIN: usize = 8;

/// The findings that can be answered, in the order of the way to a KMS host.
#[must_use]
pub fn choices(ticket: &Ticket) -> Vec<&'static table::Entry> {
    let lesson = &ticket.named.lesson;
    let right: Vec<&str> = lesson.causes.iter().chain(&lesson.also).map(|cause| cause.value.as_str()).collect();
    let mut places: Vec<usize> = Vec::new();
    let mut add = |id: &str| {
        if let Some((place, _)) = table::find(id)
            && !places.contains(&place)
        {
            places.push(place);
        }
    };
    for id in &right {
        add(id);
        let alike = table::find(id).map_or(&[][..], |(_, entry)| entry.look_alikes);
        alike.iter().for_each(|(id, _)| add(id));
    }
    for expect in ticket.rivals.iter().flat_map(|rival| &rival.steps).map(|step| &step.expect) {
        let findings = expect.must.iter().chain(&expect.must_from.dns).chain(&expect.must_from.host);
        findings.for_each(|finding| add(finding.as_str()));
    }
    // What stands near in the table is near in kind.
    let near = places.first().copied().unwrap_or_default();
    let count = table::all().count();
    let mut step = 2;
    while places.len() < CHOICES_MIN && step < count {
        for place in [near.saturating_add(step), near.saturating_sub(step)] {
            if place < count && !places.contains(&place) && places.len() < CHOICES_MIN {
                places.push(place);
            }
        }
        step += 1;
    }
    places.sort_unstable();
    let all: Vec<&table::Entry> = table::all().collect();
    places.iter().filter_map(|place| all.get(*place).copied()).collect()
}

/// The finding of an id, or of a number of the list counted from 1.
#[must_use]
pub fn find(ticket: &Ticket, word: &str) -> Option<&'static table::Entry> {
    if let Ok(number) = word.parse::<usize>() {
        return choices(ticket).get(number.checked_sub(1)?).copied();
    }
    table::find(word).map(|(_, entry)| entry)
}
