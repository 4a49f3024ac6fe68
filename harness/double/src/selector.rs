//! When a fault strikes: first N, from the Nth, every Nth, between two moments, by chance.
//!
//! A selector is a pure function of the occasion; it keeps no counter, so that asking twice changes nothing.

use notation::Millis;

use crate::moment::Moment;
use crate::seed::Seed;

notation::record! {
    /// On which occasions something happens. All conditions must hold; without any it happens always.
    pub struct Selector("a selector") {
        /// Only on the first N occasions.
        "first" => first: Option<u64>,
        /// Not on the first N occasions.
        "after" => after: u64 = 0,
        /// Only on every Nth occasion, the Nth being the first that counts.
        "every" => every: u64 = 1,
        /// Only from this many milliseconds of the run on.
        "from_ms" => from: Option<Millis>,
        /// Only before this many milliseconds of the run.
        "until_ms" => until: Option<Millis>,
        /// With this probability, between 0.0 and 1.0, decided by the seed.
        "chance" => chance: f64 = 1.0,
    }
}

/// One opportunity for something to happen.
#[derive(Clone, Copy, Debug)]
pub struct Occasion {
    /// Which one it is, counted from 1.
    pub ordinal: u64,
    /// When it is.
    pub at: Moment,
    /// Where its chance comes from; the same for all occasions of one thing.
    pub seed: Seed,
}

impl Selector {
    /// The selector that holds always.
    pub const ALWAYS: Self = Self { first: None, after: 0, every: 1, from: None, until: None, chance: 1.0 };

    /// Whether this occasion is one of those meant.
    #[must_use]
    pub fn picks(&self, occasion: &Occasion) -> bool {
        self.first.is_none_or(|first| occasion.ordinal <= first)
            && occasion.ordinal > self.after
            && (self.every <= 1 || occasion.ordinal.is_multiple_of(self.every))
            && self.from.is_none_or(|from| occasion.at >= Moment::at(from.duration()))
            && self.until.is_none_or(|until| occasion.at < Moment::at(until.duration()))
            && (self.chance >= 1.0 || occasion.seed.nth(occasion.ordinal).fraction() < self.chance)
    }
}

#[cfg(test)]
mod tests {
    use super::{Occasion, Selector};
    use crate::{Moment, Seed};
    use notation::Millis;
    use std::time::Duration;

    /// The ordinals of the first ten occasions, a second apart, that are picked.
    fn picked(selector: &Selector) -> Vec<u64> {
        let pick = |ordinal: &u64| {
            let at = Moment::at(Duration::from_secs(*ordinal));
            selector.picks(&Occasion { ordinal: *ordinal, at, seed: Seed::new(7) })
        };
        (1..=10).filter(pick).collect()
    }

    #[test]
    fn each_condition() {
        let always = Selector::ALWAYS;
        assert_eq!(picked(&always).len(), 10);
        assert_eq!(picked(&Selector { first: Some(2), ..always.clone() }), [1, 2]);
        assert_eq!(picked(&Selector { after: 8, ..always.clone() }), [9, 10]);
        assert_eq!(picked(&Selector { every: 3, ..always.clone() }), [3, 6, 9]);
        assert_eq!(picked(&Selector { until: Some(Millis(3000)), ..always.clone() }), [1, 2]);
        assert_eq!(picked(&Selector { from: Some(Millis(9000)), ..always.clone() }), [9, 10]);
        let between = Selector { from: Some(Millis(3000)), until: Some(Millis(5000)), ..always.clone() };
        assert_eq!(picked(&between), [3, 4]);
        assert_eq!(picked(&Selector { chance: 0.0, ..always.clone() }), [0; 0]);
        let half = picked(&Selector { chance: 0.5, ..always });
        assert!(!half.is_empty() && half.len() < 10, "{half:?}");
    }
}
