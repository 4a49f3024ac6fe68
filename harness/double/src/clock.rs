//! DRIVER: the clock of a run: real time, faster if need be, or steps that somebody makes.
//!
//! A running clock is for servers that stand on their own. A stepped clock is for a run in which servers and client share the time
//! and a slow machine must not change what happens: it all but stands still until its owner says that nobody has anything left
//! to do.
#![expect(clippy::disallowed_types, clippy::disallowed_methods, reason = "driver: reads the clock and waits for it")]

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::watch;

use crate::moment::Moment;

/// How far a stepped clock moves by itself at most between two steps, in real time: enough that what happens one after the other
/// has moments one after the other, too little to count.
const CREEP_MAX: Duration = Duration::from_millis(20);

/// A clock. Clones show the same time.
#[derive(Clone, Debug)]
pub struct Clock(Kind);

#[derive(Clone, Debug)]
enum Kind {
    Running { start: Instant, scale: u32 },
    Stepped(Arc<watch::Sender<Step>>),
}

/// What a stepped clock was put to, and when.
#[derive(Clone, Copy, Debug)]
struct Step {
    shown: Moment,
    made: Instant,
}

impl Step {
    fn now(&self) -> Moment {
        self.shown.plus(self.made.elapsed().min(CREEP_MAX))
    }
}

impl Clock {
    /// A clock that shows [`Moment::START`] now and runs `scale` times as fast as real time.
    #[must_use]
    pub fn start(scale: u32) -> Self {
        Self(Kind::Running { start: Instant::now(), scale: scale.max(1) })
    }

    /// A clock that shows `moment`, and no more than a few milliseconds later, until it is [stepped](Self::step_to).
    #[must_use]
    pub fn stepped(moment: Moment) -> Self {
        Self(Kind::Stepped(Arc::new(watch::Sender::new(Step { shown: moment, made: Instant::now() }))))
    }

    /// What it shows.
    #[must_use]
    pub fn now(&self) -> Moment {
        match &self.0 {
            Kind::Running { start, scale } => Moment::at(start.elapsed().saturating_mul(*scale)),
            Kind::Stepped(step) => step.borrow().now(),
        }
    }

    /// Puts a stepped clock forward and wakes whoever waits for that moment; a clock never goes back, and a running one goes
    /// on as it does.
    pub fn step_to(&self, moment: Moment) {
        if let Kind::Stepped(step) = &self.0 {
            step.send_modify(|step| *step = Step { shown: moment.max(step.now()), made: Instant::now() });
        }
    }

    /// Waits until this clock shows `until`.
    pub async fn sleep_until(&self, until: Moment) {
        match &self.0 {
            Kind::Running { scale, .. } => tokio::time::sleep(until.since(self.now()) / *scale).await,
            // The sender cannot be gone: this clock holds it.
            Kind::Stepped(step) => drop(step.subscribe().wait_for(|step| step.shown >= until).await),
        }
    }

    /// Waits until this clock shows `until`, without a runtime; a stepped clock is stepped there.
    pub fn block_until(&self, until: Moment) {
        match &self.0 {
            Kind::Running { scale, .. } => std::thread::sleep(until.since(self.now()) / *scale),
            Kind::Stepped(_) => self.step_to(until),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stepped_clock_wakes_whoever_waits_and_never_goes_back() {
        let clock = Clock::stepped(Moment::START);
        let at = |seconds| Moment::at(Duration::from_secs(seconds));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let waiter = clock.clone();
        let task = runtime.spawn(async move { waiter.sleep_until(at(7)).await });
        clock.step_to(at(6));
        runtime.block_on(tokio::task::yield_now());
        assert!(!task.is_finished());
        clock.step_to(at(8));
        runtime.block_on(task).unwrap();
        clock.step_to(at(3));
        assert!((at(8)..=at(8).plus(CREEP_MAX)).contains(&clock.now()));
    }
}
