//! A server whose records age: what has to have happened by a moment, happens.
//!
//! It stands apart from answering and updating because nobody asks for it. The rules stand in [`crate::aging`]; here they meet the
//! server's clock, its live zones and its journal.

use std::sync::Arc;
use std::time::Duration;

use double::{Moment, WallTime};

use super::DnsServer;
use crate::aging::{Scavenged, Schedule, second};
use crate::answer::Zones;
use crate::journal::DnsEvent;
use crate::name::DomainName;
use crate::record::Record;

impl DnsServer {
    /// Lets everything happen that time has brought by now. Who changes the configuration calls it before, so that the old intervals
    /// hold until then, and after, so that the new ones hold from then on.
    pub fn age(&mut self, now: Moment) {
        if self.config.aging.is_empty() && self.ages.is_idle() {
            return;
        }
        let (started, now_second) = (self.second(Moment::START), self.second(now));
        let schedule = Schedule { started, period_h: self.config.scavenging_h };
        let taken = self.ages.scavenge(&mut self.live, schedule, now_second);
        for Scavenged { zone, record, stamped, at } in &taken {
            let after = Duration::from_secs(second(*at).saturating_sub(started));
            self.record(Moment::at(after), DnsEvent::Scavenged { record: record.clone(), stamped: *stamped });
            if let Some(zone) = self.live.iter().find(|live| live.origin() == zone) {
                self.owners.forget_gone(zone, &record.name);
            }
        }
        if !taken.is_empty() {
            self.zones = Arc::new(Zones::new(&self.live));
        }
        self.ages.set_up(&self.config.aging, now_second);
    }

    /// What scavenging has taken so far, oldest first.
    #[must_use]
    pub fn scavenged(&self) -> &[Scavenged] {
        self.ages.log()
    }

    /// The time stamp of a record, if it is a dynamic one.
    #[must_use]
    pub fn stamp(&self, zone: &DomainName, record: &Record) -> Option<WallTime> {
        self.ages.stamp(zone, record)
    }

    /// The second that its clock shows, since 1601; from the start of the run where it has no clock.
    pub(super) fn second(&self, now: Moment) -> u64 {
        second(self.clock.unwrap_or(WallTime(0)).at(now))
    }
}
