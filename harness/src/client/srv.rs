//! Which SRV record first: lower priority first, among equals a random draw by weight (RFC 2782, "Usage rules").
//!
//! Windows 7 and later honour both fields ("Configure DNS for activating volume licensed versions of Office", and a
//! measurement on Windows 11); the guideline's sentence that neither is used holds for Vista and Server 2008 only.

use mock_dns::name::DomainName;
use mock_dns::record::{RecordData, Srv};

/// A KMS host as an SRV record offers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Lower is tried first.
    pub priority: u16,
    /// Share among equals.
    pub weight: u16,
    /// The port.
    pub port: u16,
    /// The name of the host.
    pub target: DomainName,
}

impl Offer {
    /// What a record offers, if it is an SRV record.
    #[must_use]
    pub fn of(data: &RecordData) -> Option<Self> {
        let RecordData::Srv(Srv { priority, weight, port, target }) = data else { return None };
        Some(Self { priority: *priority, weight: *weight, port: *port, target: target.clone() })
    }
}

/// Puts offers into the order in which they are tried.
///
/// Among equal priorities the next one is drawn with a probability proportional to its weight, without replacement; records
/// of weight zero come first in the running sum, which gives them a small chance, as the RFC wants.
pub fn order(offers: &mut [Offer], random: &mut fastrand::Rng) {
    offers.sort_by_key(|offer| (offer.priority, offer.weight != 0));
    let mut start = 0;
    while start < offers.len() {
        let priority = offers[start].priority;
        let end = start + offers[start..].iter().take_while(|offer| offer.priority == priority).count();
        if end - start == 1 {
            start = end;
            continue;
        }
        // All weights zero says nothing about shares: each is as good as the other.
        let total: u32 = offers[start..end].iter().map(|offer| u32::from(offer.weight)).sum();
        let drawn = if total == 0 {
            random.usize(start..end)
        } else {
            let mut left = random.u32(0..=total);
            let draw = |offer: &Offer| {
                let hit = left <= u32::from(offer.weight);
                left = left.saturating_sub(u32::from(offer.weight));
                hit
            };
            start + offers[start..end].iter().position(draw).unwrap_or(0)
        };
        // Rotating keeps the zero weights in front for the next draw.
        offers[start..=drawn].rotate_right(1);
        start += 1;
    }
}

/// Puts offers into any order: Vista and Server 2008, which use neither priority nor weight (the guideline).
pub fn shuffle(offers: &mut [Offer], random: &mut fastrand::Rng) {
    random.shuffle(offers);
}

#[cfg(test)]
mod tests {
    use super::{Offer, order};
    use double::Seed;
    use mock_dns::name::DomainName;

    fn offer(priority: u16, weight: u16, target: &str) -> Offer {
        Offer { priority, weight, port: 1688, target: DomainName::parse(target).unwrap() }
    }

    /// How often each target is first in so many draws.
    fn firsts(offers: &[Offer], draws: u64) -> Vec<(String, u64)> {
        let mut counts: Vec<(String, u64)> = offers.iter().map(|offer| (offer.target.to_string(), 0)).collect();
        for draw in 0..draws {
            let mut ordered = offers.to_vec();
            order(&mut ordered, &mut Seed::new(draw).rng());
            let first = ordered[0].target.to_string();
            counts.iter_mut().filter(|(name, _)| *name == first).for_each(|(_, count)| *count += 1);
        }
        counts
    }

    #[test]
    fn every_order_is_a_permutation_that_respects_priority() {
        let offers = [offer(10, 0, "a."), offer(0, 5, "b."), offer(10, 3, "c."), offer(0, 0, "d."), offer(5, 1, "e.")];
        for seed in 0..200 {
            let mut ordered = offers.to_vec();
            order(&mut ordered, &mut Seed::new(seed).rng());
            assert!(ordered.windows(2).all(|pair| pair[0].priority <= pair[1].priority), "{ordered:?}");
            for one in &offers {
                assert_eq!(ordered.iter().filter(|other| *other == one).count(), 1);
            }
        }
    }

    #[test]
    fn weight_decides_the_share_of_first_places() {
        let counts = firsts(&[offer(0, 1, "light."), offer(0, 98, "heavy."), offer(0, 1, "other.")], 1000);
        assert!(counts[1].1 > 930, "{counts:?}");
        let counts = firsts(&[offer(0, 0, "a."), offer(0, 0, "b."), offer(0, 0, "c.")], 3000);
        assert!(counts.iter().all(|(_, count)| (850..1150).contains(count)), "{counts:?}");
    }
}
