//! What a clock on a wall shows, in the form that Windows and the KMS messages use: FILETIME.
//!
//! It reads no clock. Where a run happens in calendar time is part of its environment.

use std::fmt;
use std::time::Duration;

use crate::moment::Moment;

/// 100-nanosecond intervals since 1601-01-01T00:00:00Z, the FILETIME of [MS-DTYP] 2.3.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WallTime(pub u64);

/// FILETIME ticks in a second.
const TICKS_PER_SECOND: u64 = 10_000_000;
/// Seconds in a day.
const DAY: u64 = 86_400;
/// Days from 0000-03-01 to 1601-01-01 in the proleptic Gregorian calendar, the origin of the arithmetic below.
const ORIGIN_DAYS: u64 = 584_694;

impl WallTime {
    /// The time at midnight UTC of a date plus seconds of the day; `None` outside the years 1601 to 9999 or for a date that
    /// the calendar does not have.
    #[must_use]
    pub fn from_civil(year: u64, month: u64, day: u64, second_of_day: u64) -> Option<Self> {
        if !(1601..=9999).contains(&year) || !(1..=12).contains(&month) || second_of_day >= DAY {
            return None;
        }
        // Years that begin in March put the leap day last; 153 days make five months of them.
        let (shifted_year, shifted_month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
        let day_of_year = (153 * shifted_month + 2) / 5 + day.checked_sub(1)?;
        let days = 365 * shifted_year + shifted_year / 4 - shifted_year / 100 + shifted_year / 400 + day_of_year;
        let time = Self((days.checked_sub(ORIGIN_DAYS)? * DAY + second_of_day) * TICKS_PER_SECOND);
        // A day that the month does not have comes out as another date.
        (time.civil().0 == (year, month, day)).then_some(time)
    }

    /// (year, month, day) and the second of the day.
    #[must_use]
    pub const fn civil(self) -> ((u64, u64, u64), u64) {
        let seconds = self.0 / TICKS_PER_SECOND;
        let days = seconds / DAY + ORIGIN_DAYS;
        let era = days / 146_097;
        let day_of_era = days % 146_097;
        let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
        let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
        let year = era * 400 + year_of_era + (month <= 2) as u64;
        ((year, month, day), seconds % DAY)
    }

    /// This time and a duration later.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        let ticks = u64::try_from(duration.as_nanos() / 100).unwrap_or(u64::MAX);
        Self(self.0.saturating_add(ticks))
    }

    /// What this clock shows at a moment of a run in which it showed `self` at the start.
    #[must_use]
    pub fn at(self, now: Moment) -> Self {
        self.plus(now.since_start())
    }

    /// This time, put forward (or back) by seconds, as a clock that is set wrong.
    #[must_use]
    pub const fn shifted(self, seconds: i64) -> Self {
        let ticks = seconds.unsigned_abs().saturating_mul(TICKS_PER_SECOND);
        Self(if seconds < 0 { self.0.saturating_sub(ticks) } else { self.0.saturating_add(ticks) })
    }

    /// How far apart two clocks are.
    #[must_use]
    pub const fn distance(self, other: Self) -> Duration {
        let ticks = self.0.abs_diff(other.0);
        Duration::new(ticks / TICKS_PER_SECOND, (ticks % TICKS_PER_SECOND) as u32 * 100)
    }

    /// Reads RFC 3339 in UTC, to the second: `2026-03-02T09:00:00Z`.
    ///
    /// # Errors
    /// A sentence that says what is expected.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{}` is no time in UTC such as 2026-03-02T09:00:00Z", text.escape_debug());
        let number = |range: std::ops::Range<usize>| -> Option<u64> {
            let digits = text.get(range)?;
            digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok())?
        };
        let separators = [(4, '-'), (7, '-'), (10, 'T'), (13, ':'), (16, ':'), (19, 'Z')];
        let shaped = text.len() == 20 && separators.iter().all(|(at, c)| text[*at..].starts_with(*c));
        let parse = || {
            let (hour, minute, second) = (number(11..13)?, number(14..16)?, number(17..19)?);
            let in_day = (hour < 24 && minute < 60 && second < 60).then_some(hour * 3600 + minute * 60 + second)?;
            Self::from_civil(number(0..4)?, number(5..7)?, number(8..10)?, in_day)
        };
        if !text.is_ascii() || !shaped {
            return Err(wrong());
        }
        parse().ok_or_else(wrong)
    }
}

impl fmt::Display for WallTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ((year, month, day), second) = self.civil();
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }
}

notation::text_format!(WallTime, "a time in UTC such as 2026-03-02T09:00:00Z", WallTime::parse, ToString::to_string);

#[cfg(test)]
mod tests {
    use super::WallTime;

    #[track_caller]
    fn check(text: &str, filetime: u64) {
        assert_eq!(WallTime::parse(text), Ok(WallTime(filetime)));
        assert_eq!(WallTime(filetime).to_string(), text);
    }

    #[test]
    fn known_filetimes() {
        check("1601-01-01T00:00:00Z", 0);
        // The Unix epoch as FILETIME, a constant of every conversion in public documentation.
        check("1970-01-01T00:00:00Z", 116_444_736_000_000_000);
        check("2000-02-29T23:59:59Z", 116_444_736_000_000_000 + 951_868_799 * 10_000_000);
        check("2026-03-02T09:00:00Z", 116_444_736_000_000_000 + 1_772_442_000 * 10_000_000);
    }

    #[test]
    fn refused() {
        for text in [
            "",
            "2026-02-30T00:00:00Z",
            "2026-03-02T24:00:00Z",
            "2026-03-02 09:00:00Z",
            "1600-01-01T00:00:00Z",
            "äää-03-02T09:00:00Z",
        ] {
            assert!(WallTime::parse(text).is_err(), "{text}");
        }
    }
}
