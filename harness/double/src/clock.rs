//! DRIVER: real time as moments, scaled so that 21 seconds of a connect time-out need not last 21 seconds.
#![expect(clippy::disallowed_types, clippy::disallowed_methods, reason = "driver: reads the clock and waits for it")]

use std::time::{Duration, Instant};

use crate::moment::Moment;

/// A clock that runs `scale` times as fast as real time. Copies show the same time.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    start: Instant,
    shown_at_start: Moment,
    scale: u32,
}

impl Clock {
    /// A clock that shows [`Moment::START`] now.
    #[must_use]
    pub fn start(scale: u32) -> Self {
        Self::showing(Moment::START, scale)
    }

    /// A clock that shows `moment` now: days between two steps of a scenario need not be waited for.
    #[must_use]
    pub fn showing(moment: Moment, scale: u32) -> Self {
        Self { start: Instant::now(), shown_at_start: moment, scale: scale.max(1) }
    }

    /// What it shows.
    #[must_use]
    pub fn now(&self) -> Moment {
        self.shown_at_start.plus(self.start.elapsed().saturating_mul(self.scale))
    }

    /// How long a duration of this clock really lasts.
    #[must_use]
    pub fn real(&self, duration: Duration) -> Duration {
        duration / self.scale
    }

    /// How long it really lasts until this clock shows `until`; zero if it did already.
    #[must_use]
    pub fn real_until(&self, until: Moment) -> Duration {
        self.real(until.since(self.now()))
    }

    /// Waits until this clock shows `until`.
    pub async fn sleep_until(&self, until: Moment) {
        tokio::time::sleep(self.real_until(until)).await;
    }

    /// Waits until this clock shows `until`, without a runtime.
    pub fn block_until(&self, until: Moment) {
        std::thread::sleep(self.real_until(until));
    }
}
