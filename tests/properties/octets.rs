//! RPC in whatever pieces it arrives, and whatever it says: a host's answers do not depend on how a conversation was cut, and
//! nothing that is sent makes it panic, answer more than it was asked for, or grant.

use double::{MachineId, Moment, Seed, WallTime};
use mock_kms::action::Action;
use mock_kms::connection::{Connection, Reaction, Service};
use mock_kms::host::HostConfig;
use mock_kms::laboratory::seal_request;
use mock_kms::product::Product;
use mock_kms::wire::Guid;
use mock_kms::wire::client_side::{
    CONTEXT_NDR32, alter_context_ndr32, bind_two_contexts, read_from_server, write_call,
};
use mock_kms::wire::kms::Version;
use mock_kms::wire::ndr::TransferSyntax;
use mock_kms::wire::pdu::{Header, MAX_FRAGMENT};
use mock_kms::wire::stream::PduStream;
use proptest::collection::vec;
use proptest::prelude::*;

use crate::cases;

/// A Monday in 2026.
const WALL: WallTime = WallTime(134_000_000_000_000_000);

/// More than the host ever sends for one octet that it got: a response to a call is about as long as the call.
const ANSWER_MAX: usize = 64 * 1024;

pub(crate) fn sealed(version: Version) -> Vec<u8> {
    seal_request(version, &Product::Windows10.request(version, Guid([7; 16]), "pc7", WALL))
}

/// What a client sends in a whole conversation.
fn conversation(version: Version, max_fragment: u16) -> Vec<u8> {
    let mut octets = [bind_two_contexts(), alter_context_ndr32()].concat();
    write_call(2, CONTEXT_NDR32, TransferSyntax::Ndr32, &sealed(version), max_fragment, &mut octets);
    octets
}

/// What a host sends and notes when these pieces arrive.
fn answer<'a>(pieces: impl IntoIterator<Item = &'a [u8]>) -> (Vec<u8>, Vec<String>, bool) {
    let mut service = Service::new(MachineId::new("kms1"), HostConfig::default(), Vec::new(), Seed::new(3));
    let peer = "10.0.0.107:50000".parse().expect("an address");
    let (mut connection, first) = Connection::accept(&mut service, peer, Moment::START);
    let (mut sent, mut lines, mut open) = (Vec::new(), Vec::new(), true);
    let mut take = |reaction: Reaction| {
        lines.extend(reaction.entries.iter().map(|entry| entry.event.to_string()));
        for action in reaction.actions {
            match action {
                Action::Send { bytes, .. } => sent.extend_from_slice(&bytes),
                Action::Close { .. } | Action::Reset { .. } => open = false,
            }
        }
    };
    take(first);
    for piece in pieces {
        take(connection.receive(&mut service, piece, Moment::START, WALL));
    }
    (sent, lines, open)
}

fn version() -> impl Strategy<Value = Version> {
    prop::sample::select(Version::ALL.to_vec())
}

proptest! {
    #![proptest_config(cases(256))]

    #[test]
    fn where_a_conversation_is_cut_does_not_matter(
        version in version(),
        fragment in prop::sample::select(vec![64, 100, MAX_FRAGMENT]),
        mut cuts in vec(any::<prop::sample::Index>(), 0..12),
    ) {
        let octets = conversation(version, fragment);
        let whole = answer([&octets[..]]);
        prop_assert!(whole.1.iter().any(|line| line.starts_with("response 0x00000000")), "{:?}", whole.1);
        let mut pieces = Vec::new();
        let mut from = 0;
        cuts.sort_by_key(|cut| cut.index(octets.len()));
        for at in cuts.iter().map(|cut| cut.index(octets.len())) {
            pieces.push(&octets[from..at]);
            from = at;
        }
        pieces.push(&octets[from..]);
        prop_assert_eq!(answer(pieces), whole);
    }

    #[test]
    fn one_octet_at_a_time_is_the_same_conversation(version in version()) {
        let octets = conversation(version, MAX_FRAGMENT);
        prop_assert_eq!(answer(octets.chunks(1)), answer([&octets[..]]));
    }

    #[test]
    fn any_octets_are_answered_within_bounds(
        before in 0..3_usize,
        octets in vec(any::<u8>(), 0..400),
        header in any::<bool>(),
    ) {
        let bind = bind_two_contexts();
        // A header of [C706] 12.6.3.1 with the length that follows gets further than rubbish.
        let framed = |octets: &[u8]| {
            let length = u16::try_from(16 + octets.len()).expect("below 64 KiB").to_le_bytes();
            let kind = octets.first().map_or(0, |octet| octet % 20);
            [&[5, 0, kind, 3, 0x10, 0, 0, 0][..], &length, &[0, 0, 2, 0, 0, 0], octets].concat()
        };
        let octets = if header { framed(&octets) } else { octets };
        let pieces = std::iter::repeat_n(&bind[..], before).chain([&octets[..]]);
        let (sent, lines, _) = answer(pieces);
        prop_assert!(sent.len() < ANSWER_MAX);
        prop_assert!(!lines.iter().any(|line| line.starts_with("response 0x00000000")));
    }

    #[test]
    fn a_damaged_conversation_is_answered_within_bounds(
        version in version(),
        damages in vec((any::<prop::sample::Index>(), 1..=u8::MAX), 1..6),
    ) {
        let mut octets = conversation(version, MAX_FRAGMENT);
        for (at, bits) in &damages {
            let at = at.index(octets.len());
            octets[at] ^= bits;
        }
        let (sent, _, _) = answer([&octets[..]]);
        prop_assert!(sent.len() < ANSWER_MAX);
    }

    #[test]
    fn a_client_reads_whatever_comes_back(octets in vec(any::<u8>(), 0..300), version in version(), bits in 1..=u8::MAX, at in any::<prop::sample::Index>()) {
        let (mut honest, _, _) = answer([&conversation(version, MAX_FRAGMENT)[..]]);
        let at = at.index(honest.len());
        honest[at] ^= bits;
        for octets in [octets, honest] {
            let mut stream = PduStream::default();
            stream.push(&octets);
            while let Ok(Some((header, pdu))) = stream.next_pdu() {
                let read = read_from_server(&header, pdu).is_ok();
                prop_assert!(!read || Header::read(pdu).is_ok());
            }
        }
    }
}
