//! Tests of the server as a whole: messages in, actions and journal lines out, with and without faults.

use notation::{Format, Problems};

use super::*;
use crate::message::{Message, build_query, build_query_with_edns};
use crate::record::RecordType;

const HEALTHY: &str = r#"
[[zones]]
origin = "contoso.com"
text = """
@ SOA dns1 hostmaster 1 900 600 86400 60
_vlmcs._tcp SRV 0 0 1688 kms1
kms1 A 10.0.0.5
"""
"#;

fn server(more: &str) -> DnsServer {
    let mut problems = Problems::default();
    let tree = notation::parse::parse(&format!("{more}\n{HEALTHY}"), &mut problems);
    let config = DnsServerConfig::read(&tree, &mut problems);
    let config = config.unwrap_or_else(|| panic!("{:?}", problems.in_order()));
    DnsServer::new(MachineId::new("dns1"), config, Seed::new(1))
}

fn origin(transport: Transport) -> Origin {
    Origin { peer: ([10, 0, 0, 9], 5000).into(), local: ([10, 0, 0, 1], 53).into(), transport }
}

fn srv_query() -> Vec<u8> {
    build_query(7, &DomainName::parse("_vlmcs._tcp.contoso.com").unwrap(), RecordType::SRV)
}

/// The journal as lines: milliseconds, what, note.
fn lines(server: &mut DnsServer) -> Vec<String> {
    let entries = server.take_journal();
    let line = |entry: &Entry<DnsEvent>| {
        let note = entry.note.as_ref().map_or_else(String::new, |note| format!(" [{note}]"));
        format!("{} {}{note}", entry.at.since_start().as_millis(), entry.event)
    };
    entries.iter().map(line).collect()
}

/// Sends the SRV query `times` times, a second apart, and compares the journal.
#[track_caller]
fn check(faults: &str, transport: Transport, times: u64, expected: &[&str]) {
    let mut server = server(faults);
    for second in 0..times {
        let now = Moment::at(Duration::from_secs(second));
        server.receive(&srv_query(), origin(transport), now);
    }
    assert_eq!(lines(&mut server), expected);
}

const ASKED: &str = "query _vlmcs._tcp.contoso.com SRV";
const ANSWERED: &str = "0 query _vlmcs._tcp.contoso.com SRV -> SRV 0 0 1688 kms1.contoso.com";

#[test]
fn a_healthy_server() {
    check("", Transport::Udp, 1, &[&format!("0 {ASKED}"), ANSWERED]);
    let mut server = server("");
    let actions = server.receive(&srv_query(), origin(Transport::Udp), Moment::START);
    let [Action::Send { after: Duration::ZERO, from: None, bytes }] = &actions[..] else { panic!("{actions:?}") };
    let message = Message::read(bytes).unwrap();
    assert_eq!((message.id, message.additionals.len()), (7, 1));

    let actions = server.receive(&srv_query(), origin(Transport::Tcp), Moment::START);
    let [Action::Send { bytes: framed, .. }] = &actions[..] else { panic!("{actions:?}") };
    assert_eq!(framed[..2], u16::try_from(bytes.len()).unwrap().to_be_bytes());
    assert_eq!(framed[2..], bytes[..]);
}

#[test]
fn faults_of_the_reply() {
    for (word, line) in [
        ("servfail", "SERVFAIL"),
        ("refused", "REFUSED"),
        ("notimp", "NOTIMP"),
        ("formerr", "FORMERR"),
        ("nxdomain", "NXDOMAIN"),
        ("no-data", "no data"),
        ("empty-answer", "no data"),
        ("truncated", "truncated"),
    ] {
        let rule = format!("[[faults]]\nid = \"bad\"\nreply = \"{word}\"");
        let line = format!("0 {ASKED} -> {line} [bad]");
        check(&rule, Transport::Udp, 1, &[&format!("0 {ASKED}"), &line]);
    }
}

#[test]
fn denials_carry_the_soa_unless_the_fault_is_its_absence() {
    #[track_caller]
    fn check(rules: &str, soa: bool, additionals: usize, edns: bool) {
        let mut server = server(rules);
        let name = DomainName::parse("_vlmcs._tcp.contoso.com").unwrap();
        let query = build_query_with_edns(7, &name, RecordType::SRV, 1232);
        let actions = server.receive(&query, origin(Transport::Udp), Moment::START);
        let [Action::Send { bytes, .. }] = &actions[..] else { panic!("{actions:?}") };
        let message = Message::read(bytes).unwrap();
        let found = (message.soa().is_some(), message.additionals.len(), message.edns_payload.is_some());
        assert_eq!(found, (soa, additionals, edns), "{rules}");
    }
    let rule = |word: &str| format!("[[faults]]\nid = \"{word}\"\nreply = \"{word}\"\n");
    check(&rule("nxdomain"), true, 0, true);
    check(&rule("no-data"), true, 0, true);
    check(&rule("empty-answer"), false, 0, true);
    check(&(rule("nxdomain") + &rule("no-soa")), false, 0, true);
    check(&rule("no-additionals"), false, 0, true);
    check(&rule("no-edns"), false, 1, false);
    check(&rule("not-authoritative"), false, 1, true);
}

#[test]
fn answers_that_are_not_those_of_the_zone() {
    #[track_caller]
    fn check(fault: &str, record_type: RecordType, expected: &[&str]) {
        let mut server = server(&format!("[[faults]]\nid = \"bad\"\nreply = {fault}"));
        let query = build_query(7, &DomainName::parse("kms1.contoso.com").unwrap(), record_type);
        let actions = server.receive(&query, origin(Transport::Udp), Moment::START);
        let [Action::Send { bytes, .. }] = &actions[..] else { panic!("{actions:?}") };
        let message = Message::read(bytes).unwrap();
        let found: Vec<String> = message.answers.iter().chain(&message.authorities).map(ToString::to_string).collect();
        assert_eq!(found, expected, "{fault}");
    }
    check("{ hijacked = \"192.0.2.1\" }", RecordType::A, &["kms1.contoso.com. 5 IN A 192.0.2.1"]);
    check("{ hijacked = \"192.0.2.1\" }", RecordType::AAAA, &[]);
    check("{ hijacked = \"192.0.2.1\" }", RecordType::SRV, &[]);
    check("{ ttl = 0 }", RecordType::A, &["kms1.contoso.com. 0 IN A 10.0.0.5"]);
    check("\"no-private-addresses\"", RecordType::A, &[]);
}

#[test]
fn an_oversized_reply_has_no_tc() {
    let mut server = server("[[faults]]\nid = \"big\"\nreply = \"oversized\"");
    for octet in 1..=60 {
        let record = format!("many.contoso.com. 60 IN A 10.1.0.{octet}");
        let record = crate::zone::text::parse_record(&record, &DomainName::root()).unwrap();
        server.reconfigure(|config| config.zones[0].add(record).unwrap());
    }
    let query = build_query(7, &DomainName::parse("many.contoso.com").unwrap(), RecordType::A);
    let actions = server.receive(&query, origin(Transport::Udp), Moment::START);
    assert_eq!(actions[0].length(), 12 + 22 + 60 * 16);
}

#[test]
fn faults_of_the_delivery() {
    let rule = |delivery: &str| format!("[[faults]]\nid = \"bad\"\ndelivery = {delivery}");
    let asked = format!("0 {ASKED}");
    check(&rule("\"silent\""), Transport::Udp, 1, &[&asked, &format!("0 {ASKED} -> no reply [bad]")]);
    let answer = "SRV 0 0 1688 kms1.contoso.com [bad]";
    check(&rule("{ delayed = 900 }"), Transport::Udp, 1, &[&asked, &format!("900 {ASKED} -> {answer}")]);
    let line = format!("0 {ASKED} -> {answer}");
    check(&rule("\"duplicated\""), Transport::Udp, 1, &[&asked, &line, &line]);
    let closed = "0 connection from 10.0.0.9:5000 closed [bad]";
    let none = format!("0 {ASKED} -> no reply [bad]");
    check(&rule("\"tcp-closed\""), Transport::Tcp, 1, &[&asked, closed, &none]);
    check(&rule("\"tcp-half\""), Transport::Tcp, 1, &[&asked, &line, closed]);
}

#[test]
fn rules_strike_when_their_selector_says() {
    let rules = "[[faults]]\nid = \"first\"\ntype = \"SRV\"\nwhen.first = 1\nreply = \"servfail\"\n\
                 [[faults]]\nid = \"late\"\nwhen.after = 1\ndelivery = { delayed = 10 }\nwire = \"wrong-id\"";
    check(
        rules,
        Transport::Udp,
        2,
        &[
            &format!("0 {ASKED}"),
            &format!("0 {ASKED} -> SERVFAIL [first]"),
            &format!("1000 {ASKED}"),
            &format!("1010 {ASKED} -> SRV 0 0 1688 kms1.contoso.com [late]"),
        ],
    );
}

#[test]
fn a_source_beyond_its_limit_is_told_to_use_tcp_or_nothing() {
    let mut server = server("");
    server.limit_answers(Throttle::new(1));
    let mut sizes = Vec::new();
    for transport in [Transport::Udp, Transport::Udp, Transport::Udp, Transport::Tcp] {
        let actions = server.receive(&srv_query(), origin(transport), Moment::START);
        sizes.push(actions.iter().map(Action::length).sum::<usize>());
    }
    let question = srv_query().len();
    assert!(sizes[0] > question && sizes[3] > question);
    assert_eq!(sizes[1..3], [0, question], "nothing that is worth sending to somebody else");
    let limited = "[answers to this source are limited]";
    let expected = [format!("0 {ASKED} -> no reply {limited}"), format!("0 {ASKED} -> truncated {limited}")];
    let lines = lines(&mut server);
    assert_eq!([&lines[3], &lines[5]], [&expected[0], &expected[1]]);
}

#[test]
fn what_is_no_question() {
    #[track_caller]
    fn check(config: &str, bytes: &[u8], expected: Option<&[u8]>, line: &str) {
        let mut server = server(config);
        let actions = server.receive(bytes, origin(Transport::Udp), Moment::START);
        let sent: Vec<&[u8]> = actions
            .iter()
            .map(|action| match action {
                Action::Send { bytes, .. } => &bytes[..],
                Action::Close { .. } | Action::Reset { .. } => panic!("UDP"),
            })
            .collect();
        assert_eq!(sent, expected.into_iter().collect::<Vec<_>>());
        assert_eq!(lines(&mut server).join("; "), line);
    }
    let header = |flags: [u8; 2]| [&[0, 7], &flags[..], &[0, 0, 0, 0, 0, 0, 0, 0]].concat();
    check("", b"short", None, "0 5 octets, no header");
    check("", &header([0x80, 0]), None, "0 a reply that nobody asked for");
    check(
        "",
        &header([0x01, 0]),
        Some(b"\0\x07\x81\x01\0\0\0\0\0\0\0\0"),
        "0 malformed query: at byte 4: the count of questions is 0, not 1; 0 request -> FORMERR",
    );
    let update = header([0x28, 0]);
    check("", &update, Some(b"\0\x07\xa8\x05\0\0\0\0\0\0\0\0"), "0 update; 0 update -> REFUSED");
    check("update = \"notimp\"", &update, Some(b"\0\x07\xa8\x04\0\0\0\0\0\0\0\0"), "0 update; 0 update -> NOTIMP");
    check("update = \"notauth\"", &update, Some(b"\0\x07\xa8\x09\0\0\0\0\0\0\0\0"), "0 update; 0 update -> NOTAUTH");
    check("", &header([0x20, 0]), Some(b"\0\x07\xa0\x04\0\0\0\0\0\0\0\0"), "0 notify; 0 request -> NOTIMP");
    let silent = "[[faults]]\nid = \"silent\"\ndelivery = \"silent\"";
    check(silent, &update, None, "0 update; 0 request -> no reply [silent]");
}

#[test]
fn a_change_of_zones_keeps_the_counts_of_rules() {
    let mut server = server("[[faults]]\nid = \"first\"\nwhen.first = 1\nreply = \"refused\"");
    server.receive(&srv_query(), origin(Transport::Udp), Moment::START);
    server.reconfigure(|config| config.zones.clear());
    server.receive(&srv_query(), origin(Transport::Udp), Moment::START);
    assert_eq!(
        lines(&mut server),
        [
            format!("0 {ASKED}"),
            format!("0 {ASKED} -> REFUSED [first]"),
            format!("0 {ASKED}"),
            format!("0 {ASKED} -> NXDOMAIN")
        ]
    );
}

#[test]
fn a_configuration_is_printed_and_read_back() {
    let server = server(
        "outside = \"refused\"\norder = \"rotated\"\ntcp = \"refused\"\n[[faults]]\nid = \"x\"\nname = \"_vlmcs.*\"\n\
         type = \"SRV\"\ntransport = \"udp\"\nedns = true\nwhen.every = 2\nwire = \"malformed\"\n\
         delivery = { from-other-address = \"10.0.0.2\" }",
    );
    let mut problems = Problems::default();
    assert_eq!(DnsServerConfig::read(&server.config().write(), &mut problems).as_ref(), Some(server.config()));
}
