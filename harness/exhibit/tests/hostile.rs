//! Nothing that is sent makes reading fail: not random bytes, not samples that were torn, mixed, doubled or misspelt. Bounds hold,
//! and places lie within the file.

use std::path::PathBuf;

use exhibit::read::{Bounds, Why, read};
use proptest::prelude::*;

/// Bounds so small that a test reaches them.
const SMALL: Bounds = Bounds { text: 4096, binary: 4096, lines: 100, line: 200, claims: 5, remarks: 7 };

/// The samples, in the order of their names.
#[expect(clippy::disallowed_methods, reason = "driver: the samples are files")]
fn samples() -> Vec<Vec<u8>> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let entries = std::fs::read_dir(folder).expect("the folder of samples");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    let samples = paths.into_iter().filter(|path| path.extension().is_none_or(|end| end != "claims"));
    samples.map(|path| std::fs::read(path).expect("a sample")).collect()
}

#[track_caller]
fn check(bytes: &[u8]) {
    for bounds in [Bounds::default(), SMALL] {
        let reading = read("sent.txt", bytes, &bounds);
        assert!(reading.claims.len() <= bounds.claims);
        assert!(reading.unread.len() <= bounds.remarks && reading.doubts.len() <= bounds.remarks);
        assert!(reading.unread.len() <= reading.unread_count);
        let lines = bytes.len() + 1;
        assert!(reading.claims.iter().all(|claim| (1..=lines).contains(&claim.place.line)));
        assert!(reading.unread.iter().all(|unread| (1..=lines).contains(&unread.place.line)));
    }
}

/// A change of a sample: a place, how much of it, and what is done there.
#[derive(Clone, Debug)]
enum Tear {
    Remove,
    Double,
    Swap(u8),
    Insert(Vec<u8>),
}

fn torn(sample: &[u8], tears: &[(prop::sample::Index, usize, Tear)]) -> Vec<u8> {
    let mut bytes = sample.to_vec();
    for (at, length, tear) in tears {
        let at = at.index(bytes.len() + 1);
        let end = (at + length).min(bytes.len());
        match tear {
            Tear::Remove => drop(bytes.drain(at..end)),
            Tear::Double => {
                let part = bytes[at..end].to_vec();
                bytes.splice(at..at, part);
            }
            Tear::Swap(with) => bytes[at..end].iter_mut().for_each(|byte| *byte ^= with),
            Tear::Insert(what) => drop(bytes.splice(at..at, what.iter().copied())),
        }
    }
    bytes
}

fn tears() -> impl Strategy<Value = Vec<(prop::sample::Index, usize, Tear)>> {
    let words = ["\r\n", "0x", ": ", "...", "SRV", "(", ")", "\"", "\\", "가", "-", "[", "<Event ", "> ", "{", ","];
    let word = prop::sample::select(words.to_vec()).prop_map(|word| Tear::Insert(word.as_bytes().to_vec()));
    let tear = prop_oneof![
        Just(Tear::Remove),
        Just(Tear::Double),
        any::<u8>().prop_map(Tear::Swap),
        prop::collection::vec(any::<u8>(), 1..8).prop_map(Tear::Insert),
        word,
    ];
    prop::collection::vec((any::<prop::sample::Index>(), 0_usize..80, tear), 1..8)
}

#[test]
fn an_event_log_is_told_by_its_beginning() {
    let reading = read("sent.evtx", b"ElfFile\0and nothing behind", &Bounds::default());
    let [unread] = reading.unread.as_slice() else { panic!("{reading:?}") };
    assert_eq!(matches!(unread.why, Why::EventLog), !cfg!(feature = "event-log"));
    assert!(unread.why.to_string().contains("event"), "{}", unread.why);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(192) })]

    #[test]
    fn any_bytes_are_read(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        check(&bytes);
    }

    #[test]
    fn any_text_is_read(text in "([ -~]|[\\r\\n\\t가-힣äöü]){0,600}") {
        check(text.as_bytes());
    }

    #[test]
    fn torn_samples_are_read(which in any::<prop::sample::Index>(), tears in tears()) {
        let samples = samples();
        let sample: &Vec<u8> = which.get(&samples);
        check(&torn(sample, &tears));
    }

    #[test]
    fn two_samples_in_one_file_are_read(
        one in any::<prop::sample::Index>(),
        other in any::<prop::sample::Index>(),
        cut in any::<prop::sample::Index>(),
    ) {
        let samples = samples();
        let (one, other) = (one.get(&samples), other.get(&samples));
        let mut bytes = one[..cut.index(one.len() + 1)].to_vec();
        bytes.extend_from_slice(other);
        check(&bytes);
    }
}

/// Twice the file takes about twice the work: counted by what comes out, and by ending at all.
#[test]
fn a_large_file_is_read_once() {
    for sample in samples() {
        let many = sample.iter().copied().cycle().take(1 << 14).collect::<Vec<u8>>();
        let reading = read("large", &many, &Bounds::default());
        assert!(reading.unread_count <= many.len());
    }
    let one_line = vec![b'a'; 2 << 20];
    assert_eq!(read("line", &one_line, &Bounds::default()).unread_count, 1);
    for word in ["> ", "0x", "-", "(", "[HKEY_", "x = ", "priority = ", "1,", "<Event ", "a: "] {
        let long = word.repeat((1 << 14) / word.len());
        check(long.as_bytes());
        check(long.replace(' ', "\n").as_bytes());
    }
}
