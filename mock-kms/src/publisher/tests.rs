//! When, what and with which code: settings as people type them, conversations by hand, a signature that another program made.

use super::*;
use crate::publisher::conversation::NO_DNS_SERVERS;
use crate::publisher::settings::{HomeWithList, ListFormat};
use crate::publisher::signature::Key;
use crate::wire::Hresult;

fn publishing() -> Publishing {
    Publishing {
        host: "kms1.contoso.com".to_owned(),
        port: 1688,
        disabled: false,
        home: Some("contoso.com".to_owned()),
        list: None,
        format: ListFormat::DomainPriorityWeight,
        home_with_list: HomeWithList::Kept,
        over_tcp: false,
        key: None,
    }
}

/// The targets of a host with this list, as `domain priority weight` or as the code and the line.
#[track_caller]
fn check_list(list: &[&str], change: impl FnOnce(&mut Publishing), expected: &[&str]) {
    let mut publishing = publishing();
    publishing.list = Some(list.iter().map(|line| (*line).to_owned()).collect());
    change(&mut publishing);
    let told = publishing.targets().into_iter().map(|target| match target {
        Ok(Target { domain, priority, weight }) => format!("{domain} {priority} {weight}"),
        Err((code, line)) => format!("{code} {line}"),
    });
    assert_eq!(told.collect::<Vec<_>>(), expected);
}

#[test]
fn lists_as_they_are_typed() {
    check_list(&[], |_| (), &["contoso.com 0 0"]);
    check_list(&["fabrikam.com"], |_| (), &["contoso.com 0 0", "fabrikam.com 0 0"]);
    check_list(&["fabrikam.com, 10, 100"], |_| (), &["contoso.com 0 0", "fabrikam.com 10 100"]);
    check_list(&["fabrikam.com,10"], |_| (), &["contoso.com 0 0", "fabrikam.com 10 0"]);
    check_list(&["Contoso.com, 10, 100"], |_| (), &["Contoso.com 10 100"]);
    let suspended = |publishing: &mut Publishing| publishing.home_with_list = HomeWithList::Suspended;
    check_list(&["fabrikam.com"], suspended, &["fabrikam.com 0 0"]);
    check_list(&[" ", ""], suspended, &["contoso.com 0 0"]);
    let old = |publishing: &mut Publishing| publishing.format = ListFormat::Domain;
    check_list(&["fabrikam.com"], old, &["contoso.com 0 0", "fabrikam.com 0 0"]);
    check_list(&["fabrikam.com, 10, 100"], old, &["contoso.com 0 0", "0x8007007B fabrikam.com, 10, 100"]);
    // Several domains in one line, separated by commas.
    check_list(&["fabrikam.com, adatum.com"], |_| (), &["contoso.com 0 0", "0x8007007B fabrikam.com, adatum.com"]);
    check_list(&["fabrikam.com, 1, 2, 3"], |_| (), &["contoso.com 0 0", "0x8007007B fabrikam.com, 1, 2, 3"]);
    check_list(&["fabrikam.com, 70000"], |_| (), &["contoso.com 0 0", "0x8007007B fabrikam.com, 70000"]);
    check_list(&["fabrikam.com"], |publishing| publishing.home = None, &["fabrikam.com 0 0"]);
    // A value of another type is no list.
    check_list(&[], |publishing| publishing.list = None, &["contoso.com 0 0"]);
}

#[test]
fn a_host_publishes_at_its_start_every_day_and_on_a_change() {
    let hours = |hours: u64| Moment::at(Duration::from_secs(hours * 3600));
    let (mut schedule, mut publishing) = (Schedule::default(), publishing());
    assert_eq!(schedule.next(), None);
    assert!(schedule.is_due(hours(1), &publishing));
    assert_eq!(schedule.next(), Some(hours(25)));
    assert!(!schedule.is_due(hours(24), &publishing));
    assert!(schedule.is_due(hours(25), &publishing));
    publishing.port = 1700;
    assert!(schedule.is_due(hours(26), &publishing), "the port has changed");
    publishing.disabled = true;
    assert!(!schedule.is_due(hours(27), &publishing), "switched off");
    assert_eq!(schedule.next(), None);
    publishing.disabled = false;
    assert!(schedule.is_due(hours(28), &publishing), "switched on again");
}

#[test]
fn events() {
    let failed = LogEvent::of("contoso.com", Err(Hresult(0x8007_2338)));
    assert_eq!((failed.id(), failed.fields()), (12_293, vec!["0x80072338".to_owned(), "contoso.com".to_owned()]));
    assert_eq!(failed.to_string(), "event 12293 0x80072338 contoso.com");
    let published = LogEvent::of("a\u{1b}", Ok(()));
    assert_eq!((published.id(), published.fields()), (12_294, vec!["a\u{1b}".to_owned()]));
    assert_eq!(published.to_string(), "event 12294 a\\u{1b}");
    assert_eq!(NO_DNS_SERVERS.to_string(), "0x8007267C");
}

/// By hand from RFC 1035 4.1: the question for the SOA of `_vlmcs._tcp.contoso.com`, id 7, RD.
const SOA_QUERY: &[u8] = b"\0\x07\x01\0\0\x01\0\0\0\0\0\0\x06_vlmcs\x04_tcp\x07contoso\x03com\0\0\x06\0\x01";

/// NXDOMAIN with the SOA of contoso.com: primary dns1, mailbox hostmaster.
const SOA_ANSWER: &[u8] = b"\0\x07\x85\x83\0\x01\0\0\0\x01\0\0\x06_vlmcs\x04_tcp\x07contoso\x03com\0\0\x06\0\x01\
    \xc0\x18\0\x06\0\x01\0\0\x03\x84\0\x28\x04dns1\xc0\x18\x0ahostmaster\xc0\x18\
    \0\0\0\x01\0\0\x03\x84\0\0\x02\x58\0\x01\x51\x80\0\0\x03\x84";

/// The address of dns1, in answer to the question with id 8.
const ADDRESS_ANSWER: &[u8] = b"\0\x08\x85\x80\0\x01\0\x01\0\0\0\0\x04dns1\x07contoso\x03com\0\0\x01\0\x01\
    \xc0\x0c\0\x01\0\x01\0\0\x0e\x10\0\x04\x0a\0\0\x35";

/// By hand from RFC 2136 2: zone contoso.com, no prerequisite, one record is added; id 9.
const UPDATE: &[u8] = b"\0\x09\x28\0\0\x01\0\0\0\x01\0\0\x07contoso\x03com\0\0\x06\0\x01\
    \x06_vlmcs\x04_tcp\xc0\x0c\0\x21\0\x01\0\0\x0e\x10\0\x18\0\0\0\0\x06\x98\x04kms1\x07contoso\x03com\0";

fn target() -> Target {
    Target { domain: "contoso.com".to_owned(), priority: 0, weight: 0 }
}

/// The conversation up to the update.
fn asked_to_update() -> Conversation {
    let (conversation, ask) = Conversation::begin(&publishing(), &target(), 7);
    assert_eq!(ask, Ask::Send { to: To::Resolver, bytes: SOA_QUERY.to_vec(), stream: false });
    let mut conversation = conversation.unwrap();
    let Some(Ask::Send { to: To::Resolver, bytes, stream: false }) = conversation.receive(SOA_ANSWER, 0) else {
        panic!("no question")
    };
    assert_eq!(bytes[12..], *b"\x04dns1\x07contoso\x03com\0\0\x01\0\x01");
    let ask = conversation.receive(ADDRESS_ANSWER, 0);
    assert_eq!(ask, Some(Ask::Send { to: To::Server([10, 0, 0, 0x35].into()), bytes: UPDATE.to_vec(), stream: false }));
    conversation
}

#[test]
fn a_record_finds_its_way() {
    let mut conversation = asked_to_update();
    assert_eq!(conversation.receive(SOA_ANSWER, 0), None, "an old answer is no answer");
    assert_eq!(conversation.receive(b"\0\x09\x28\0\0\0\0\0\0\0\0\0", 0), None, "our own message is none either");
    assert_eq!(conversation.receive(b"\0\x09\xa8\0\0\0\0\0\0\0\0\0", 0), Some(Ask::Done(Ok(()))));
    assert_eq!(conversation.receive(b"\0\x09\xa8\0\0\0\0\0\0\0\0\0", 0), None, "it is over");
}

#[test]
fn an_answer_that_was_cut_is_asked_for_again_over_tcp_and_once() {
    let mut conversation = asked_to_update();
    let cut = b"\0\x09\xaa\0\0\0\0\0\0\0\0\0";
    let again = Ask::Send { to: To::Server([10, 0, 0, 0x35].into()), bytes: UPDATE.to_vec(), stream: true };
    assert_eq!(conversation.receive(cut, 0), Some(again));
    assert_eq!(conversation.receive(cut, 0), Some(Ask::Done(Ok(()))), "what is cut on TCP too is all there is");
    let over_tcp = Publishing { over_tcp: true, ..publishing() };
    let (_, ask) = Conversation::begin(&over_tcp, &target(), 7);
    assert_eq!(ask, Ask::Send { to: To::Resolver, bytes: SOA_QUERY.to_vec(), stream: true });
}

#[test]
fn each_refusal_has_its_code() {
    for (rcode, code) in [(1, 0x8007_2329), (2, 0x8007_232A), (4, 0x8007_232C), (5, 0x8007_232D), (9, 0x8007_2331)] {
        let answer = [0, 9, 0xa8, rcode, 0, 0, 0, 0, 0, 0, 0, 0];
        assert_eq!(asked_to_update().receive(&answer, 0), Some(Ask::Done(Err(Hresult(code)))));
    }
    assert_eq!(asked_to_update().give_up(), Ask::Done(Err(Hresult(0x8007_05B4))));
    let no_zone = |flags: u8| {
        let (conversation, _) = Conversation::begin(&publishing(), &target(), 7);
        let mut answer = SOA_QUERY.to_vec();
        (answer[2], answer[3]) = (0x85, flags);
        conversation.unwrap().receive(&answer, 0)
    };
    assert_eq!(no_zone(0x82), Some(Ask::Done(Err(Hresult(0x8007_232A)))));
    assert_eq!(no_zone(0x83), Some(Ask::Done(Err(Hresult(0x8007_232B)))));
    assert_eq!(no_zone(0x80), Some(Ask::Done(Err(Hresult(0x8007_251D)))));
    let strange = Target { domain: "a..b".to_owned(), ..target() };
    let (none, ask) = Conversation::begin(&publishing(), &strange, 7);
    assert!(none.is_none());
    assert_eq!(ask, Ask::Done(Err(Hresult(0x8007_007B))));
}

#[test]
fn no_octets_from_outside_panic() {
    for answer in [SOA_ANSWER, ADDRESS_ANSWER] {
        for length in 0..answer.len() {
            asked_to_update().receive(&answer[..length], 0);
        }
        for bit in 0..answer.len() * 8 {
            let mut flipped = answer.to_vec();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let (conversation, _) = Conversation::begin(&publishing(), &target(), 7);
            let mut conversation = conversation.unwrap();
            conversation.receive(&flipped, 0);
            conversation.receive(&flipped, 0);
        }
    }
}

/// HMAC-SHA-256 under "laboratory" as Python's hmac module makes it, of an update with the variables of RFC 8945 4.3.3 at 1755526400,
/// and of the bare answer to it.
const SIGNED_UPDATE: &[u8] = b"\x12\x34\x28\0\0\x01\0\0\0\x02\0\0\
    \x07contoso\x03com\0\0\x06\0\x01\
    \x06_vlmcs\x04_tcp\xc0\x0c\0\x21\0\xff\0\0\0\0\0\0\
    \xc0\x1d\0\x21\0\x01\0\0\x0e\x10\0\x18\0\0\0\0\x06\x98\x04kms1\x07contoso\x03com\0";
const MAC: &str = "a90529bbae42b0ba5d4cb9862157d191db1b595072a7d7a0337f5fb63dbbac6e";
const MAC_OF_ANSWER: &str = "4880204a0a4f4e7470c33ca3215419d6edf2ead3f6734cb7133a575dd55afccf";

fn octets(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

#[test]
fn a_signature_is_the_one_that_others_make() {
    let key = Key { name: "KMS1-key".to_owned(), secret: b"laboratory".to_vec() };
    let signed = key.sign(SIGNED_UPDATE.to_vec(), 1_755_526_400).unwrap();
    assert_eq!(signed.mac, octets(MAC));
    assert_eq!((signed.message.len(), signed.message[11]), (89 + 20 + 61, 1));
    let mut answer =
        b"\x12\x34\xa8\0\0\0\0\0\0\0\0\x01\x08kms1-key\0\0\xfa\0\xff\0\0\0\0\0\x3d\x0bhmac-sha256\0".to_vec();
    answer.extend([0, 0, 0x68, 0xa3, 0x35, 0, 1, 44, 0, 32]);
    answer.extend(octets(MAC_OF_ANSWER));
    answer.extend([0x12, 0x34, 0, 0, 0, 0]);
    let read = |bytes: &[u8]| hickory_proto::op::Message::from_vec(bytes).unwrap();
    assert_eq!(key.verify(&answer, &read(&answer), &signed.mac), Ok(()));
    assert!(key.verify(&answer, &read(&answer), &octets(MAC_OF_ANSWER)).is_err());
    answer[3] = 5;
    assert!(key.verify(&answer, &read(&answer), &signed.mac).is_err(), "another code is another message");
    let bare = b"\x12\x34\xa8\0\0\0\0\0\0\0\0\0";
    assert!(key.verify(bare, &read(bare), &signed.mac).is_err());
}
