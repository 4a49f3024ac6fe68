//! Time since a run began: the only time that pure code knows.

use std::fmt;
use std::time::Duration;

/// A point in time, as the duration since the run began. On the simulated network it is virtual, on the loopback network
/// it is real time multiplied by the scale of its clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(Duration);

impl Moment {
    /// When the run began.
    pub const START: Self = Self(Duration::ZERO);

    /// The moment that lies this long after the start.
    #[must_use]
    pub const fn at(since_start: Duration) -> Self {
        Self(since_start)
    }

    /// This moment and a duration later; saturates, so that "never" can be written as `Duration::MAX`.
    #[must_use]
    #[inline]
    pub const fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(duration))
    }

    /// How long after `earlier` this is; zero if it is not after it.
    #[must_use]
    #[inline]
    pub const fn since(self, earlier: Self) -> Duration {
        self.0.saturating_sub(earlier.0)
    }

    /// How long after the start this is.
    #[must_use]
    pub const fn since_start(self) -> Duration {
        self.0
    }
}

impl fmt::Display for Moment {
    /// Seconds with milliseconds, as packet listings show them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:03}", self.0.as_secs(), self.0.subsec_millis())
    }
}
