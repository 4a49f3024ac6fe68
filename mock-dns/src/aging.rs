//! Aging and scavenging as Microsoft's DNS server has them: dynamic records carry a time stamp, and what nobody refreshes goes.
//!
//! It stands apart from updates because it happens when nobody asks: only time passes. It knows hours and records, and neither
//! messages nor a clock: who holds both calls it before anything else is done at a moment, so that what is due has happened by then.
//!
//! What follows is "DNS aging and scavenging" and "Configure DNS aging and scavenging" (Microsoft, Windows Server documentation):
//!
//! ```text
//! stamp          + no-refresh        + refresh          next scavenging
//!   |  a refresh is  |  a refresh sets  |  stale, and     |
//!   |  acknowledged, |  a new stamp     |  still there    |  gone
//!   |  and no more   |                  |                 |
//! ```
//!
//! A record of the zone file has no stamp and stays. A stamp is a whole hour; whether it is rounded to the nearest one or down the text
//! says for the start of scavenging alone (down), and here it is down for both. That a service restarts is not played: the period
//! counts from the start of the run.

use std::collections::BTreeMap;

use double::WallTime;

use crate::name::DomainName;
use crate::record::{Record, RecordData};
use crate::update::{Change, Prerequisite, Update};
use crate::zone::Zone;

/// Either interval of a zone, and the scavenging period of a server, where nobody chose another: seven days, in hours.
pub const DEFAULT_H: u32 = 168;

/// Seconds in an hour, and ticks of FILETIME in a second ([MS-DTYP] 2.3.3).
const HOUR: u64 = 3600;
const TICKS: u64 = 10_000_000;

/// Most entries of the log of what was scavenged; the oldest go first.
const LOG_MAX: usize = 1000;

notation::record! {
    /// A zone whose records age: `dnscmd /config ZONE /aging 1`. Off by default, zone by zone.
    pub struct ZoneAging("the aging of a zone") {
        /// The origin of the zone.
        "zone" => zone: DomainName,
        /// For so many hours after its time stamp a record is not refreshed: an update that changes nothing is acknowledged and forgotten.
        "no_refresh_h" => no_refresh_h: u32 = DEFAULT_H,
        /// For so many hours after that it can be; then it is stale.
        "refresh_h" => refresh_h: u32 = DEFAULT_H,
        /// Whether a record without a time stamp keeps none when an update brings it again. Microsoft's texts disagree: one page says that
        /// its stamp stays zero, the other that an update can give it one.
        "static_stays" => static_stays: bool = true,
    }
}

/// A record that scavenging took out of a zone: event 521 of the audit log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scavenged {
    /// The zone.
    pub zone: DomainName,
    /// The record.
    pub record: Record,
    /// Its time stamp: the hour of its last refresh.
    pub stamped: WallTime,
    /// When it was taken out.
    pub at: WallTime,
}

/// A zone, a name and data: what a stamp belongs to.
type Key = (Vec<u8>, Vec<u8>, u16, Vec<u8>);

/// The time stamps of a server, and what it has scavenged.
#[derive(Clone, Debug, Default)]
pub struct Ages {
    /// The hour of each dynamic record's stamp, since 1601.
    hours: BTreeMap<Key, u64>,
    /// Since which second each zone ages.
    since: Vec<(ZoneAging, u64)>,
    /// The second until which scavenging has run.
    until: u64,
    log: Vec<Scavenged>,
}

/// When scavenging runs: every so many hours from a second on.
#[derive(Clone, Copy, Debug)]
pub struct Schedule {
    /// The second at which the service started, since 1601.
    pub started: u64,
    /// The scavenging period in hours; none where the server does not scavenge.
    pub period_h: Option<u32>,
}

/// The second that a clock shows, since 1601.
#[must_use]
pub const fn second(time: WallTime) -> u64 {
    time.0 / TICKS
}

const fn wall(second: u64) -> WallTime {
    WallTime(second.saturating_mul(TICKS))
}

fn key(zone: &DomainName, name: &DomainName, data: &RecordData) -> Key {
    let lower = |name: &DomainName| name.as_wire().to_ascii_lowercase();
    (lower(zone), lower(name), data.record_type().0, data.to_wire())
}

impl Schedule {
    /// The first scavenging behind a second; none where there is none.
    fn behind(self, second: u64) -> Option<u64> {
        let period = u64::from(self.period_h?.max(1)).saturating_mul(HOUR);
        let done = second.saturating_sub(self.started) / period;
        Some(self.started.saturating_add(period.saturating_mul(done + 1)))
    }
}

impl Ages {
    /// Says which zones age, from a second on.
    pub fn set_up(&mut self, zones: &[ZoneAging], now: u64) {
        let before = std::mem::take(&mut self.since);
        let known = |aging: &ZoneAging| before.iter().find(|(other, _)| other.zone == aging.zone);
        self.since = zones.iter().map(|aging| (aging.clone(), known(aging).map_or(now, |(_, since)| *since))).collect();
    }

    /// Notes what an update made of a zone, at a second: new records and refreshed ones get a stamp, those that are gone lose theirs.
    pub fn note(&mut self, before: &Zone, after: &Zone, update: &Update, now: u64) {
        let (zone, hour) = (after.origin(), now / HOUR);
        let aging = self.since.iter().find(|(aging, _)| aging.zone == *zone).map(|(aging, _)| aging.clone());
        for record in touched(update) {
            let there = |known: &&Record| known.name == record.name && known.data == record.data;
            let Some(now_there) = after.records().iter().find(there) else { continue };
            let key = key(zone, &record.name, &record.data);
            let unchanged = before.records().iter().find(there).is_some_and(|was| was.ttl == now_there.ttl);
            let was_there = before.records().iter().any(|known| there(&known));
            let stamp = self.hours.get(&key).copied();
            let stamps = match (stamp, &aging) {
                // A zone that does not age refreshes nothing; what changes is stamped all the same.
                (Some(_), None) => !unchanged,
                (Some(stamp), Some(aging)) => !unchanged || hour >= stamp.saturating_add(u64::from(aging.no_refresh_h)),
                (None, aging) if was_there => aging.as_ref().is_some_and(|aging| !aging.static_stays),
                (None, _) => true,
            };
            if stamps {
                self.hours.insert(key, hour);
            }
        }
        self.forget_missing(after);
    }

    /// What scavenging has taken by a second, each at its own: the records are out of the zones that are given, and their stamps gone.
    pub fn scavenge(&mut self, zones: &mut [Zone], schedule: Schedule, now: u64) -> Vec<Scavenged> {
        let mut taken = Vec::new();
        for (aging, since) in &self.since {
            let Some(zone) = zones.iter_mut().find(|zone| *zone.origin() == aging.zone) else { continue };
            // One refresh interval of protection, from the hour in which aging began.
            let first = (since / HOUR).saturating_add(u64::from(aging.refresh_h)).saturating_mul(HOUR);
            for record in zone.records().to_vec() {
                let key = key(zone.origin(), &record.name, &record.data);
                let Some(stamp) = self.hours.get(&key).copied() else { continue };
                let lives = u64::from(aging.no_refresh_h).saturating_add(u64::from(aging.refresh_h));
                let stale = stamp.saturating_add(lives).saturating_mul(HOUR);
                let Some(at) = schedule.behind(stale.max(first).max(self.until)).filter(|at| *at <= now) else {
                    continue;
                };
                self.hours.remove(&key);
                crate::update::apply::take_out(zone, &record);
                let (zone, stamped, at) = (aging.zone.clone(), wall(stamp.saturating_mul(HOUR)), wall(at));
                taken.push(Scavenged { zone, record, stamped, at });
            }
        }
        self.until = self.until.max(now);
        taken.sort_by_key(|scavenged| scavenged.at);
        self.log.extend(taken.iter().cloned());
        let over = self.log.len().saturating_sub(LOG_MAX);
        self.log.drain(..over);
        taken
    }

    /// Forgets the stamps of records that the zone does not hold.
    fn forget_missing(&mut self, zone: &Zone) {
        let held: Vec<Key> =
            zone.records().iter().map(|record| key(zone.origin(), &record.name, &record.data)).collect();
        let own = zone.origin().as_wire().to_ascii_lowercase();
        self.hours.retain(|key, _| key.0 != own || held.contains(key));
    }

    /// Whether no zone ages, and none did.
    #[must_use]
    pub const fn is_idle(&self) -> bool {
        self.since.is_empty()
    }

    /// What was scavenged so far, oldest first; the last thousand.
    #[must_use]
    pub fn log(&self) -> &[Scavenged] {
        &self.log
    }

    /// The time stamp of a record, if it is a dynamic one.
    #[must_use]
    pub fn stamp(&self, zone: &DomainName, record: &Record) -> Option<WallTime> {
        self.hours.get(&key(zone, &record.name, &record.data)).map(|hour| wall(hour.saturating_mul(HOUR)))
    }
}

/// The records that an update brings, and where it changes nothing, those that it says are there.
fn touched(update: &Update) -> Vec<&Record> {
    let added = update.changes.iter().filter_map(|change| match change {
        Change::Add(record) => Some(record),
        Change::RemoveName(_) | Change::RemoveSet(..) | Change::RemoveRecord(..) => None,
    });
    let held =
        update.prerequisites.iter().filter(|_| update.changes.is_empty()).filter_map(|prerequisite| {
            if let Prerequisite::Holds(record) = prerequisite { Some(record) } else { None }
        });
    added.chain(held).collect()
}

#[cfg(test)]
mod tests;
