//! A paper: which tickets an exam has, and from which lessons and scenarios they are made.
//!
//! It stands apart from the exam because a class is compared by it: points of different papers cannot be compared, and a file of a
//! program with other lessons must not look like a forged one.

use sha2::{Digest, Sha256};

use super::lesson;
use crate::scenario::Library;

/// Bytes of the fingerprint that are kept: two sets of lessons shall not agree by chance, and nobody defends against malice with it.
const PRINT_BYTES: usize = 8;

/// The tickets of an exam.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Paper {
    /// The seed of its tickets.
    pub seed: u64,
    /// How many there are, numbered from 1.
    pub tickets: u32,
    /// A fingerprint of everything that tickets are made from, in hexadecimal digits.
    pub made_from: String,
}

impl Paper {
    /// The first tickets of a seed, as this program makes them.
    #[must_use]
    pub fn of(library: &Library, seed: u64, tickets: u32) -> Self {
        Self { seed, tickets, made_from: fingerprint(library) }
    }
}

/// A fingerprint of this program's version, its lessons, and the scenarios and bases of a library.
fn fingerprint(library: &Library) -> String {
    let mut hash = Sha256::new();
    let mut take = |text: &str| {
        // The length in front keeps the end of one text apart from the beginning of the next.
        hash.update(text.len().to_be_bytes());
        hash.update(text.as_bytes());
    };
    take(env!("CARGO_PKG_VERSION"));
    for (name, file) in lesson::texts() {
        take(name);
        take(&file.text);
    }
    let scenarios = library.scenario_names().filter_map(|name| Some((name, library.scenario(name)?)));
    let bases = library.base_names().filter_map(|name| Some((name, library.base(name)?)));
    for (name, file) in scenarios.chain(bases) {
        take(name);
        take(&file.text);
    }
    hash.finalize().iter().take(PRINT_BYTES).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::Paper;
    use crate::learn::rename::Names;
    use crate::scenario::catalogue::embedded;

    #[test]
    fn a_paper_is_known_by_what_it_is_made_from() {
        let library = embedded();
        assert_eq!(Paper::of(&library, 3, 2), Paper::of(&library, 3, 2));
        assert_eq!(Paper::of(&library, 3, 2).made_from.len(), 16);
        let other = Names::draw(double::Seed::new(1)).library(&library);
        assert_ne!(Paper::of(&library, 3, 2), Paper::of(&other, 3, 2), "a scenario is another");
    }
}
