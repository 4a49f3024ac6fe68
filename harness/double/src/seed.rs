//! Randomness that a seed decides: the same seed gives the same run, and independent parts draw from independent streams.

/// A source of randomness that is a value. Children are derived by name, so that a new consumer shifts nobody's draws.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed(u64);

impl Seed {
    /// The seed that a person typed.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The seed of a named part.
    #[must_use]
    pub fn child(self, name: &str) -> Self {
        // FNV-1a over the name, then mixed; names are ours, so no adversary picks them.
        let hash = name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        Self(mix(self.0 ^ hash))
    }

    /// The seed of the nth occasion.
    #[must_use]
    pub const fn nth(self, ordinal: u64) -> Self {
        Self(mix(self.0 ^ ordinal.wrapping_mul(0x9e37_79b9_7f4a_7c15)))
    }

    /// A generator that draws from this seed.
    #[must_use]
    pub fn rng(self) -> fastrand::Rng {
        fastrand::Rng::with_seed(mix(self.0))
    }

    /// A number in 0.0 .. 1.0 that belongs to this seed.
    #[must_use]
    pub fn fraction(self) -> f64 {
        self.rng().f64()
    }

    /// Sixteen bytes that belong to this seed: identities, initialisation vectors.
    #[must_use]
    pub fn bytes16(self) -> [u8; 16] {
        let (high, low) = (mix(self.0), mix(!self.0));
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&high.to_le_bytes());
        bytes[8..].copy_from_slice(&low.to_le_bytes());
        bytes
    }
}

/// The finaliser of SplitMix64 (Steele, Lea, Flood 2014): a bijection that spreads every bit.
const fn mix(mut z: u64) -> u64 {
    z = z.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::Seed;

    #[test]
    fn children_differ_and_repeat() {
        let seed = Seed::new(1);
        assert_eq!(seed.child("dns"), seed.child("dns"));
        assert_ne!(seed.child("dns"), seed.child("kms"));
        assert_ne!(seed.nth(1), seed.nth(2));
        assert_ne!(Seed::new(1).bytes16(), Seed::new(2).bytes16());
    }
}
