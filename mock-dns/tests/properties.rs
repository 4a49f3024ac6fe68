//! Laws that hold for every input: nothing panics, replies keep their size, what is printed is read back, splits do not matter.

use std::collections::BTreeSet;

use double::{MachineId, Moment, Seed};
use hickory_proto::op::Message as HickoryMessage;
use hickory_proto::serialize::binary::BinEncodable;
use mock_dns::boundary::{Action, Origin, Transport};
use mock_dns::fault::NamePattern;
use mock_dns::message::{Message, build_query, build_query_with_edns};
use mock_dns::record::{Record, RecordData, RecordType, Soa, Srv};
use mock_dns::stream::{StreamLimits, TcpSession};
use mock_dns::{DnsServer, DnsServerConfig, DomainName, Zone};
use proptest::collection::vec;
use proptest::prelude::*;

/// The largest reply over UDP whatever the client says.
const MAX_DATAGRAM: usize = 1232;

fn label() -> impl Strategy<Value = Vec<u8>> {
    // Mostly a few labels, so that names meet; sometimes any octets.
    prop_oneof![
        8 => prop::sample::select(vec![b"a".to_vec(), b"b".to_vec(), b"*".to_vec(), b"_tcp".to_vec(), b"A".to_vec()]),
        1 => vec(any::<u8>(), 1..=63),
    ]
}

fn name() -> impl Strategy<Value = DomainName> {
    vec(label(), 0..4).prop_map(|labels| {
        let mut wire: Vec<u8> = labels
            .into_iter()
            .flat_map(|label| std::iter::once(u8::try_from(label.len()).expect("at most 63")).chain(label))
            .collect();
        wire.extend_from_slice(b"\x07contoso\x03com\0");
        DomainName::from_wire(&wire).expect("at most 205 octets")
    })
}

fn data() -> impl Strategy<Value = RecordData> {
    prop_oneof![
        any::<[u8; 4]>().prop_map(|octets| RecordData::A(octets.into())),
        any::<[u8; 16]>().prop_map(|octets| RecordData::Aaaa(octets.into())),
        name().prop_map(RecordData::Cname),
        name().prop_map(RecordData::Ns),
        name().prop_map(RecordData::Ptr),
        (any::<u16>(), name()).prop_map(|(preference, exchange)| RecordData::Mx { preference, exchange }),
        vec(vec(any::<u8>(), 0..=255), 1..4).prop_map(RecordData::Txt),
        (any::<u16>(), any::<u16>(), any::<u16>(), name())
            .prop_map(|(priority, weight, port, target)| RecordData::Srv(Srv { priority, weight, port, target })),
        (name(), name(), any::<u32>(), 0..0x8000_0000_u32).prop_map(|(primary, mailbox, serial, minimum)| {
            RecordData::Soa(Box::new(Soa { primary, mailbox, serial, refresh: 1, retry: 2, expire: 3, minimum }))
        }),
    ]
}

fn zone() -> impl Strategy<Value = Zone> {
    vec((name(), 0..0x8000_0000_u32, data()), 0..40).prop_map(|records| {
        let mut zone = Zone::new(DomainName::parse("contoso.com").expect("a name"));
        for (name, ttl, data) in records {
            zone.add(Record { name, ttl, data }).expect("in the zone");
        }
        zone
    })
}

fn server(zone: Zone) -> DnsServer {
    let config = DnsServerConfig { zones: vec![zone], ..DnsServerConfig::default() };
    DnsServer::new(MachineId::new("dns1"), config, Seed::new(1))
}

fn origin(transport: Transport) -> Origin {
    Origin { peer: ([10, 0, 0, 9], 5000).into(), local: ([10, 0, 0, 1], 53).into(), transport }
}

fn query_type() -> impl Strategy<Value = RecordType> {
    prop::sample::select(vec![1, 2, 5, 6, 12, 15, 16, 28, 33, 43, 99, 252, 255]).prop_map(RecordType)
}

proptest! {
    #[test]
    fn octets_never_panic_and_never_get_a_large_reply(octets in vec(any::<u8>(), 0..600), zone in zone()) {
        let _read = Message::read(&octets);
        let mut server = server(zone);
        for action in server.receive(&octets, origin(Transport::Udp), Moment::START) {
            let Action::Send { bytes, .. } = action else { panic!("nothing else over UDP") };
            prop_assert!(bytes.len() <= MAX_DATAGRAM);
        }
        for entry in server.take_journal() {
            prop_assert!(entry.event.to_string().chars().all(|character| matches!(character, ' '..='~')));
        }
    }

    #[test]
    fn replies_to_replies_are_none(mut octets in vec(any::<u8>(), 12..100)) {
        octets[2] |= 0x80;
        let mut server = server(Zone::new(DomainName::parse("contoso.com").expect("a name")));
        prop_assert_eq!(server.receive(&octets, origin(Transport::Udp), Moment::START), []);
    }

    #[test]
    fn answers_are_read_alike_by_hickory(
        zone in zone(), asked in name(), record_type in query_type(), payload in prop::option::of(any::<u16>()), stream: bool,
    ) {
        let query = match payload {
            Some(payload) => build_query_with_edns(7, &asked, record_type, payload),
            None => build_query(7, &asked, record_type),
        };
        let transport = if stream { Transport::Tcp } else { Transport::Udp };
        let actions = server(zone).receive(&query, origin(transport), Moment::START);
        let [Action::Send { bytes, .. }] = &actions[..] else { panic!("{actions:?}") };
        let bytes = &bytes[if stream { 2 } else { 0 }..];
        let limit = payload.map_or(512, |payload| usize::from(payload).clamp(512, MAX_DATAGRAM));
        prop_assert!(stream || bytes.len() <= limit);
        let ours = Message::read(bytes).expect("a reply of our own");
        prop_assert_eq!(ours.trailing, 0);
        prop_assert_eq!(ours.edns_payload.is_some(), payload.is_some());
        let theirs = HickoryMessage::from_vec(bytes).expect("a reply of our own");
        let counts = |answers, authorities, additionals| [answers, authorities, additionals];
        prop_assert_eq!(
            counts(ours.answers.len(), ours.authorities.len(), ours.additionals.len()),
            counts(theirs.answers.len(), theirs.authorities.len(), theirs.additionals.len())
        );
        for (our, their) in ours.answers.iter().zip(&theirs.answers) {
            let their_name = their.name.to_bytes().expect("a name that was read");
            prop_assert_eq!(DomainName::from_wire(&their_name), Some(our.name.clone()));
            prop_assert_eq!(our.ttl, their.ttl);
        }
    }

    #[test]
    fn what_is_printed_is_read_back(zone in zone()) {
        let (again, _) = Zone::load(zone.origin(), &zone.to_string()).expect("text of our own");
        prop_assert_eq!(again, zone);
    }

    #[test]
    fn names_are_printed_and_read_back(name in name()) {
        let again = DomainName::parse(&name.to_string()).expect("text of our own");
        prop_assert_eq!(again.as_wire(), name.as_wire());
    }

    #[test]
    fn zone_text_never_panics(text in "[ -~\n\t\u{e9}]{0,300}", words in vec("(@|a|IN|SRV|A|\\(|\\)|;|\"|\\$TTL|1h|\\\\0|\n| )", 0..60)) {
        let origin = DomainName::parse("contoso.com").expect("a name");
        let _read = Zone::load(&origin, &text);
        let _read = Zone::load(&origin, &words.join(" "));
        let _read = Zone::load_named(&words.concat());
    }

    #[test]
    fn a_removal_is_undone(zone in zone(), pick in any::<prop::sample::Index>()) {
        prop_assume!(!zone.records().is_empty());
        let record = pick.get(zone.records()).clone();
        let which = mock_dns::zone::RecordSelector { name: record.name, record_type: None, data: None };
        let mut edited = zone.clone();
        let removed = edited.remove(&which);
        prop_assert!(!removed.is_empty());
        edited.restore(removed);
        prop_assert_eq!(edited, zone);
    }

    #[test]
    fn splits_of_a_stream_do_not_matter(octets in vec(any::<u8>(), 0..200), cuts in vec(0..200_usize, 0..8)) {
        let run = |cuts: &BTreeSet<usize>| {
            let mut server = server(Zone::new(DomainName::parse("contoso.com").expect("a name")));
            let transport = origin(Transport::Tcp);
            let mut session = TcpSession::open(&mut server, transport, StreamLimits::default(), Moment::START);
            let mut actions = Vec::new();
            let mut start = 0;
            for &cut in cuts.iter().filter(|cut| **cut < octets.len()).chain([&octets.len()]) {
                actions.extend(session.receive(&mut server, &octets[start..cut], Moment::START));
                start = cut;
            }
            (actions, server.take_journal())
        };
        prop_assert_eq!(run(&cuts.into_iter().collect()), run(&BTreeSet::new()));
    }

    #[test]
    fn a_pattern_fits_the_name_it_was_made_of(name in name(), cuts in any::<[prop::sample::Index; 4]>()) {
        let text = name.to_string();
        let mut cuts = cuts.map(|cut| cut.index(text.len() + 1));
        cuts.sort_unstable();
        let [a, b, c, d] = cuts;
        let pattern = format!("{}*{}*{}", &text[..a], &text[b..c], &text[d..]);
        prop_assert!(NamePattern::parse(&pattern).expect("printable").fits(&name), "{} against {}", pattern, name);
    }
}
