//! When a stamp is set and when a record goes, hour by hour.

use super::*;

/// The hour at which the runs below start, and whose first second the clock then shows.
const START: u64 = 3_700_000;

fn name(text: &str) -> DomainName {
    DomainName::parse(text).expect("a name")
}

fn zone(text: &str) -> Zone {
    Zone::load(&name("contoso.com"), &format!("@ 3600 SOA dns1 hostmaster 7 900 600 86400 900\n{text}"))
        .expect("a zone")
        .0
}

fn record(text: &str) -> Record {
    crate::zone::text::parse_record(text, &name("contoso.com")).expect("a record")
}

const SRV: &str = "_vlmcs._tcp 3600 SRV 0 0 1688 kms1";

/// A zone that ages, and a server that scavenges it.
struct Played {
    zone: Zone,
    ages: Ages,
    schedule: Schedule,
    aging: ZoneAging,
}

impl Played {
    fn new(text: &str, (no_refresh_h, refresh_h, period_h): (u32, u32, u32)) -> Self {
        let aging = ZoneAging { zone: name("contoso.com"), no_refresh_h, refresh_h, static_stays: true };
        let mut ages = Ages::default();
        ages.set_up(std::slice::from_ref(&aging), START * HOUR);
        let schedule = Schedule { started: START * HOUR, period_h: Some(period_h) };
        Self { zone: zone(text), ages, schedule, aging }
    }

    /// An update, so many hours after the start.
    fn update(&mut self, hour: u64, prerequisites: Vec<Prerequisite>, changes: Vec<Change>) {
        self.scavenge(hour);
        let update = Update { zone: name("contoso.com"), prerequisites, changes };
        let before = self.zone.clone();
        crate::update::apply::apply(&mut self.zone, &update).expect("it is taken");
        self.ages.note(&before, &self.zone, &update, (START + hour) * HOUR + 59);
    }

    fn publish(&mut self, hour: u64) {
        self.update(hour, Vec::new(), vec![Change::Add(record(SRV))]);
    }

    /// The hours at which records went, up to one.
    fn scavenge(&mut self, hour: u64) -> Vec<u64> {
        let zones = std::slice::from_mut(&mut self.zone);
        let taken = self.ages.scavenge(zones, self.schedule, (START + hour) * HOUR);
        taken.iter().map(|scavenged| second(scavenged.at) / HOUR - START).collect()
    }

    /// Which hours took a record by then.
    #[track_caller]
    fn check(&mut self, hour: u64, expected: &[u64]) {
        assert_eq!(self.scavenge(hour), expected);
    }

    /// The hour of the record's stamp.
    fn stamp(&self) -> Option<u64> {
        self.ages.stamp(&name("contoso.com"), &record(SRV)).map(|at| second(at) / HOUR - START)
    }
}

#[test]
fn a_record_that_nobody_refreshes_goes_with_the_scavenging_behind_both_intervals() {
    let mut played = Played::new("", (168, 168, 168));
    played.publish(1);
    assert_eq!(played.stamp(), Some(1));
    // Stale from hour 337 on; the scavenging of hour 336 finds it alive, the one of hour 504 does not.
    played.check(503, &[]);
    played.check(504, &[504]);
    assert_eq!((played.zone.records().len(), played.stamp()), (1, None), "the SOA alone");
    assert_eq!(played.ages.log().len(), 1);
    assert_eq!(second(played.ages.log()[0].stamped) / HOUR, START + 1);
}

#[test]
fn a_record_is_stale_behind_the_sum_and_not_at_it() {
    let mut played = Played::new("", (1, 1, 1));
    played.publish(0);
    // Its sum is hour 2, which is not earlier than hour 2.
    played.check(2, &[]);
    played.check(3, &[3]);
}

#[test]
fn refreshes_are_taken_behind_the_first_interval_only() {
    let mut played = Played::new("", (48, 48, 24));
    for (hour, stamp) in [(0, 0), (24, 0), (47, 0), (48, 48), (72, 48), (96, 96)] {
        played.publish(hour);
        assert_eq!(played.stamp(), Some(stamp), "hour {hour}");
    }
    played.check(96 + 96, &[]);
    played.check(1000, &[96 + 96 + 24]);
}

#[test]
fn a_refresh_each_day_keeps_a_record_for_ever() {
    let mut played = Played::new("", (168, 168, 168));
    (0..366).for_each(|day| played.publish(day * 24));
    assert_eq!(played.ages.log().len(), 0);
}

#[test]
fn a_refresh_interval_shorter_than_a_day_loses_a_record_that_is_refreshed_each_day() {
    let mut played = Played::new("", (6, 6, 1));
    (0..3).for_each(|day| played.publish(day * 24));
    let went: Vec<u64> = played.ages.log().iter().map(|scavenged| second(scavenged.at) / HOUR - START).collect();
    assert_eq!(went, [13_u64, 37], "and back with each update");
}

#[test]
fn what_changes_is_stamped_at_once_and_what_is_only_said_to_be_there_is_a_refresh() {
    let mut played = Played::new("", (48, 48, 24));
    played.publish(0);
    let other_ttl = record("_vlmcs._tcp 600 SRV 0 0 1688 kms1");
    played.update(5, Vec::new(), vec![Change::Add(other_ttl.clone())]);
    assert_eq!(played.stamp(), Some(5), "within the no-refresh interval");
    played.update(60, vec![Prerequisite::Holds(other_ttl)], Vec::new());
    assert_eq!(played.stamp(), Some(60));
}

#[test]
fn a_record_of_the_zone_file_stays_whatever_comes() {
    let mut played = Played::new(SRV, (1, 1, 1));
    played.check(10_000, &[]);
    played.publish(10_001);
    assert_eq!((played.stamp(), played.scavenge(20_000)), (None, vec![]));
    // As the other page has it, an update may give it a stamp.
    played.aging.static_stays = false;
    played.ages.set_up(std::slice::from_ref(&played.aging), (START + 20_000) * HOUR);
    played.publish(20_001);
    assert_eq!((played.stamp(), played.scavenge(20_004)), (Some(20_001), vec![20_004]));
}

#[test]
fn aging_that_begins_protects_for_one_refresh_interval() {
    let mut played = Played::new("", (2, 10, 1));
    played.ages.set_up(&[], START * HOUR);
    played.publish(0);
    played.check(100, &[]); // a zone that does not age
    played.publish(100);
    assert_eq!(played.stamp(), Some(0), "nor is anything refreshed");
    played.ages.set_up(std::slice::from_ref(&played.aging), (START + 100) * HOUR);
    played.check(110, &[]);
    played.check(111, &[111]);
}

#[test]
fn intervals_that_become_shorter_strike_at_the_next_scavenging_and_not_before() {
    let mut played = Played::new("", (168, 168, 10));
    played.publish(0);
    played.check(105, &[]);
    played.aging = ZoneAging { no_refresh_h: 1, refresh_h: 1, ..played.aging };
    played.ages.set_up(std::slice::from_ref(&played.aging), (START + 105) * HOUR);
    played.check(109, &[]);
    played.check(200, &[110]);
}

#[test]
fn a_server_without_a_period_takes_nothing_and_one_of_zero_hours_is_one_of_one() {
    let mut played = Played::new("", (1, 1, 0));
    played.publish(0);
    played.schedule.period_h = None;
    played.check(1000, &[]);
    played.schedule.period_h = Some(0);
    played.check(1001, &[1001]);
    assert_eq!(played.schedule.behind(u64::MAX), Some(u64::MAX), "no time overflows");
}

#[test]
fn a_record_that_an_update_takes_away_leaves_no_stamp() {
    let mut played = Played::new("", (1, 1, 1));
    played.publish(0);
    played.update(1, Vec::new(), vec![Change::RemoveName(name("_vlmcs._tcp.contoso.com"))]);
    assert_eq!(played.stamp(), None);
    played.publish(2);
    assert_eq!(played.stamp(), Some(2));
}
