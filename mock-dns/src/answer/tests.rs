//! The answers on which NSD, Knot and BIND agree, row by row; each message is read by hickory's decoder too.

use hickory_proto::op::Message as HickoryMessage;

use super::*;
use crate::answer::encode::{Encoded, encode};
use crate::message::{Message, build_query, build_query_with_edns};
use crate::query::{Reading, read};
use crate::record::Record;

const ZONE: &str = "
@ 300 SOA dns1 hostmaster 1 900 600 86400 60
  NS dns1
dns1 A 10.0.0.1
kms1 A 10.0.0.5
     AAAA fd00::5
kms2 A 10.0.0.6
_vlmcs._tcp SRV 0 0 1688 kms1
            SRV 0 0 1688 kms2
_alias._tcp SRV 0 0 1688 www
_twice._tcp SRV 0 0 1688 kms1
            SRV 0 0 1689 KMS1
            SRV 0 0 1688 kms.fabrikam.com.
www CNAME kms1
chain CNAME www
loop1 CNAME loop2
loop2 CNAME loop1
self CNAME self
dangling CNAME missing
abroad CNAME kms.fabrikam.com.
both CNAME kms1
both TXT beside
*.wild A 10.0.0.9
_srv._tcp.wildsrv SRV 0 0 1688 any.wild
mail MX 5 kms1
child NS ns.child
      NS dns1
ns.child A 10.0.0.20
deep.child A 10.0.0.21
big TXT \"0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789\"
";

fn zone(extra: &str) -> Zone {
    let origin = DomainName::parse("contoso.com").unwrap();
    Zone::load(&origin, &format!("{ZONE}{extra}")).unwrap().0
}

struct Server {
    zones: Zones,
    outside: Outside,
    order: Order,
    ordinal: u64,
}

impl Server {
    fn new(extra: &str) -> Self {
        Self { zones: Zones::new([&zone(extra)]), outside: Outside::Nxdomain, order: Order::Fixed, ordinal: 0 }
    }

    fn send(&self, bytes: &[u8], stream: bool) -> Encoded {
        let Reading::Query(query) = read(bytes) else { panic!("a query") };
        let policy = Policy { outside: &self.outside, order: &self.order };
        let turn = Turn { ordinal: self.ordinal, seed: Seed::new(1) };
        encode(&answer(&query, &self.zones, policy, turn, stream))
    }

    /// The reply in words: code and flags, then the sections.
    fn ask(&self, name: &str, record_type: RecordType) -> Vec<String> {
        let name = DomainName::parse(name).unwrap();
        shown(&self.send(&build_query_with_edns(7, &name, record_type, 1232), false).bytes)
    }
}

fn shown(bytes: &[u8]) -> Vec<String> {
    let message = Message::read(bytes).unwrap();
    let theirs = HickoryMessage::from_vec(bytes).unwrap();
    let counts = [theirs.answers.len(), theirs.authorities.len(), theirs.additionals.len()];
    assert_eq!(counts, [message.answers.len(), message.authorities.len(), message.additionals.len()]);
    assert_eq!((message.trailing, message.is_reply, message.id), (0, true, 7));
    let mut head = message.rcode.to_string();
    for (flag, word) in
        [(message.authoritative, " AA"), (message.truncated, " TC"), (message.recursion_available, " RA")]
    {
        head.push_str(if flag { word } else { "" });
    }
    let section = |sign: &'static str, records: &[Record]| {
        records.iter().map(|record| format!("{sign} {record}")).collect::<Vec<_>>()
    };
    let sections =
        [section("=", &message.answers), section("^", &message.authorities), section("+", &message.additionals)];
    std::iter::once(head).chain(sections.into_iter().flatten()).collect()
}

#[track_caller]
fn check(name: &str, record_type: RecordType, expected: &[&str]) {
    assert_eq!(Server::new("").ask(name, record_type), expected);
}

const SOA: &str = "^ contoso.com. 60 IN SOA dns1.contoso.com. hostmaster.contoso.com. 1 900 600 86400 60";

#[test]
fn every_target_gets_its_addresses() {
    check(
        "_VLMCS._TCP.contoso.com",
        RecordType::SRV,
        &[
            "NOERROR AA RA",
            "= _VLMCS._TCP.contoso.com. 300 IN SRV 0 0 1688 kms1.contoso.com.",
            "= _VLMCS._TCP.contoso.com. 300 IN SRV 0 0 1688 kms2.contoso.com.",
            "+ kms1.contoso.com. 300 IN A 10.0.0.5",
            "+ kms1.contoso.com. 300 IN AAAA fd00::5",
            "+ kms2.contoso.com. 300 IN A 10.0.0.6",
        ],
    );
    check(
        "_twice._tcp.contoso.com",
        RecordType::SRV,
        &[
            "NOERROR AA RA",
            "= _twice._tcp.contoso.com. 300 IN SRV 0 0 1688 kms1.contoso.com.",
            "= _twice._tcp.contoso.com. 300 IN SRV 0 0 1689 KMS1.contoso.com.",
            "= _twice._tcp.contoso.com. 300 IN SRV 0 0 1688 kms.fabrikam.com.",
            "+ kms1.contoso.com. 300 IN A 10.0.0.5",
            "+ kms1.contoso.com. 300 IN AAAA fd00::5",
        ],
    );
}

#[test]
fn a_target_that_is_an_alias_gets_none() {
    check(
        "_alias._tcp.contoso.com",
        RecordType::SRV,
        &["NOERROR AA RA", "= _alias._tcp.contoso.com. 300 IN SRV 0 0 1688 www.contoso.com."],
    );
}

#[test]
fn wildcards() {
    check("x.wild.contoso.com", RecordType::A, &["NOERROR AA RA", "= x.wild.contoso.com. 300 IN A 10.0.0.9"]);
    check("a.b.wild.contoso.com", RecordType::A, &["NOERROR AA RA", "= a.b.wild.contoso.com. 300 IN A 10.0.0.9"]);
    check("_vlmcs._tcp.wild.contoso.com", RecordType::SRV, &["NOERROR AA RA", SOA]);
    check("wild.contoso.com", RecordType::A, &["NOERROR AA RA", SOA]);
    check("*.wild.contoso.com", RecordType::A, &["NOERROR AA RA", "= *.wild.contoso.com. 300 IN A 10.0.0.9"]);
}

#[test]
fn denials() {
    check("_vlmcs._udp.contoso.com", RecordType::SRV, &["NXDOMAIN AA RA", SOA]);
    check("_tcp.contoso.com", RecordType::SRV, &["NOERROR AA RA", SOA]);
    check("kms1.contoso.com", RecordType::SRV, &["NOERROR AA RA", SOA]);
    check("contoso.com", RecordType::A, &["NOERROR AA RA", SOA]);
}

#[test]
fn aliases() {
    let (chain, www) =
        ("= chain.contoso.com. 300 IN CNAME www.contoso.com.", "= www.contoso.com. 300 IN CNAME kms1.contoso.com.");
    check("chain.contoso.com", RecordType::A, &["NOERROR AA RA", chain, www, "= kms1.contoso.com. 300 IN A 10.0.0.5"]);
    check("chain.contoso.com", RecordType::CNAME, &["NOERROR AA RA", chain]);
    check("chain.contoso.com", RecordType::SRV, &["NOERROR AA RA", chain, www, SOA]);
    let dangling = "= dangling.contoso.com. 300 IN CNAME missing.contoso.com.";
    check("dangling.contoso.com", RecordType::A, &["NXDOMAIN AA RA", dangling, SOA]);
    let (one, two) = (
        "= loop1.contoso.com. 300 IN CNAME loop2.contoso.com.",
        "= loop2.contoso.com. 300 IN CNAME loop1.contoso.com.",
    );
    check("loop1.contoso.com", RecordType::A, &["NOERROR AA RA", one, two]);
    check("self.contoso.com", RecordType::A, &["NOERROR AA RA", "= self.contoso.com. 300 IN CNAME self.contoso.com."]);
}

#[test]
fn an_alias_beside_data_is_followed_for_other_types_only() {
    let alias = "= both.contoso.com. 300 IN CNAME kms1.contoso.com.";
    check("both.contoso.com", RecordType::TXT, &["NOERROR AA RA", "= both.contoso.com. 300 IN TXT \"beside\""]);
    check("both.contoso.com", RecordType::A, &["NOERROR AA RA", alias, "= kms1.contoso.com. 300 IN A 10.0.0.5"]);
}

#[test]
fn outside_the_zones() {
    let root = "^ . 86400 IN SOA a.root-servers.net. nstld.verisign-grs.com. 1 1800 900 604800 86400";
    check("kms.fabrikam.com", RecordType::A, &["NXDOMAIN RA", root]);
    let alias = "= abroad.contoso.com. 300 IN CNAME kms.fabrikam.com.";
    check("abroad.contoso.com", RecordType::A, &["NXDOMAIN AA RA", alias, root]);
    let mut server = Server::new("");
    server.outside = Outside::Refused;
    assert_eq!(server.ask("kms.fabrikam.com", RecordType::A), ["REFUSED"]);
    assert_eq!(server.ask("abroad.contoso.com", RecordType::A), ["NOERROR AA", alias]);
    assert_eq!(server.ask("kms1.contoso.com", RecordType::A)[0], "NOERROR AA");
}

#[test]
fn delegations() {
    let referral = [
        "NOERROR RA",
        "^ child.contoso.com. 300 IN NS ns.child.contoso.com.",
        "^ child.contoso.com. 300 IN NS dns1.contoso.com.",
        "+ ns.child.contoso.com. 300 IN A 10.0.0.20",
        "+ dns1.contoso.com. 300 IN A 10.0.0.1",
    ];
    check("deep.child.contoso.com", RecordType::A, &referral);
    check("child.contoso.com", RecordType::NS, &referral);
    check("_vlmcs._tcp.child.contoso.com", RecordType::SRV, &referral);
    check("child.contoso.com", RecordType::DS, &["NOERROR AA RA", SOA]);
    check(
        "contoso.com",
        RecordType::NS,
        &["NOERROR AA RA", "= contoso.com. 300 IN NS dns1.contoso.com.", "+ dns1.contoso.com. 300 IN A 10.0.0.1"],
    );
}

#[test]
fn any_gets_one_record_set() {
    let kms1 = "= kms1.contoso.com. 300 IN A 10.0.0.5";
    check("kms1.contoso.com", RecordType::ANY, &["NOERROR AA RA", kms1]);
    check("missing.contoso.com", RecordType::ANY, &["NXDOMAIN AA RA", SOA]);
}

#[test]
fn what_is_refused() {
    check("contoso.com", RecordType::AXFR, &["REFUSED RA"]);
    let server = Server::new("");
    let name = DomainName::parse("kms1.contoso.com").unwrap();
    let mut chaos = build_query(7, &name, RecordType::A);
    *chaos.last_mut().unwrap() = 3;
    assert_eq!(shown(&server.send(&chaos, false).bytes), ["REFUSED RA"]);
    let mut version = build_query_with_edns(7, &name, RecordType::A, 1232);
    let at = version.len() - 5;
    version[at] = 1;
    assert_eq!(shown(&server.send(&version, false).bytes), ["BADVERS RA"]);
}

#[test]
fn what_does_not_fit() {
    let many: String =
        (1..=60).map(|n| format!("many A 10.1.0.{n}\n_m._tcp SRV 0 0 1688 m{n}\nm{n} A 10.2.0.{n}\n")).collect();
    let server = Server::new(&many);
    let big = DomainName::parse("many.contoso.com").unwrap();
    // 12 header + 22 question + 60 * 16 = 994.
    let plain = server.send(&build_query(7, &big, RecordType::A), false);
    assert!(plain.truncated);
    assert_eq!(plain.bytes.len(), 12 + 22, "TC, question and nothing else");
    assert_eq!(shown(&plain.bytes), ["NOERROR AA TC RA"]);
    let edns = server.send(&build_query_with_edns(7, &big, RecordType::A, 4096), false);
    assert_eq!(edns.bytes.len(), 12 + 22 + 60 * 16 + 11);
    assert!(server.send(&build_query_with_edns(7, &big, RecordType::A, 600), false).truncated);
    assert_eq!(server.send(&build_query(7, &big, RecordType::A), true).bytes.len(), 994);

    // 60 SRV records of more than 1232 octets: TC whatever the client says; whole over TCP, addresses too.
    let srv = DomainName::parse("_m._tcp.contoso.com").unwrap();
    let cut = server.send(&build_query_with_edns(7, &srv, RecordType::SRV, 65535), false);
    assert_eq!((cut.truncated, cut.bytes.len()), (true, 12 + 25 + 11));
    let whole = server.send(&build_query(7, &srv, RecordType::SRV), true);
    assert_eq!(shown(&whole.bytes).len(), 1 + 60 + 60);
}

#[test]
fn addresses_that_do_not_fit_are_left_out_in_silence() {
    let many: String = (1..=12).map(|n| format!("_m._tcp SRV 0 0 1688 m{n}\nm{n} A 10.2.0.{n}\n")).collect();
    let server = Server::new(&many);
    let srv = DomainName::parse("_m._tcp.contoso.com").unwrap();
    let plain = server.send(&build_query(7, &srv, RecordType::SRV), false);
    assert!(!plain.truncated && plain.bytes.len() <= 512);
    let message = Message::read(&plain.bytes).unwrap();
    assert!(message.answers.len() == 12 && (1..12).contains(&message.additionals.len()));
    let edns = server.send(&build_query_with_edns(7, &srv, RecordType::SRV, 1232), false);
    assert_eq!(Message::read(&edns.bytes).unwrap().additionals.len(), 12);
}

#[test]
fn a_referral_without_its_glue_is_truncated() {
    let many: String = (1..=12)
        .map(|n| {
            format!("far NS ns{n}.a.rather.long.name.below.far\nns{n}.a.rather.long.name.below.far AAAA fd00::{n}\n")
        })
        .collect();
    let server = Server::new(&many);
    let name = DomainName::parse("x.far.contoso.com").unwrap();
    assert_eq!(shown(&server.send(&build_query(7, &name, RecordType::A), false).bytes), ["NOERROR TC RA"]);
}

#[test]
fn the_order_of_records() {
    let mut server = Server::new("many A 10.1.0.1\nmany A 10.1.0.2\nmany A 10.1.0.3\n");
    let order = |server: &Server| {
        let lines = server.ask("many.contoso.com", RecordType::A);
        lines[1..].iter().map(|line| line.rsplit('.').next().unwrap().to_owned()).collect::<String>()
    };
    server.ordinal = 4;
    assert_eq!(order(&server), "123");
    server.order = Order::Rotated;
    assert_eq!(order(&server), "231");
    server.order = Order::Random;
    let orders: Vec<String> = (0..20)
        .map(|ordinal| {
            server.ordinal = ordinal;
            order(&server)
        })
        .collect();
    assert!(orders.iter().any(|order| order != "123") && orders.iter().any(|order| order != &orders[0]));
    assert_eq!(
        orders,
        (0..20)
            .map(|ordinal| {
                server.ordinal = ordinal;
                order(&server)
            })
            .collect::<Vec<_>>()
    );
}

#[test]
fn the_octets_of_a_discovery() {
    let server = Server::new("");
    let name = DomainName::parse("_vlmcs._tcp.contoso.com").unwrap();
    let encoded = server.send(&build_query(0x1234, &name, RecordType::SRV), false);
    // By hand from RFC 1035 4.1 and RFC 2782: the owner points to the question (12), the targets are whole, their owners in
    // the additional section point to them (59 and 95).
    let expected: &[u8] = b"\x12\x34\x85\x80\0\x01\0\x02\0\0\0\x03\
        \x06_vlmcs\x04_tcp\x07contoso\x03com\0\0\x21\0\x01\
        \xc0\x0c\0\x21\0\x01\0\0\x01\x2c\0\x18\0\0\0\0\x06\x98\x04kms1\x07contoso\x03com\0\
        \xc0\x0c\0\x21\0\x01\0\0\x01\x2c\0\x18\0\0\0\0\x06\x98\x04kms2\x07contoso\x03com\0\
        \xc0\x3b\0\x01\0\x01\0\0\x01\x2c\0\x04\x0a\0\0\x05\
        \xc0\x3b\0\x1c\0\x01\0\0\x01\x2c\0\x10\xfd\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x05\
        \xc0\x5f\0\x01\0\x01\0\0\x01\x2c\0\x04\x0a\0\0\x06";
    assert_eq!(encoded.bytes, expected);
}

#[test]
fn the_zone_nearest_to_the_name_answers() {
    let child = Zone::load(&DomainName::parse("child.contoso.com").unwrap(), "deep A 10.9.9.9").unwrap().0;
    let mut server = Server::new("");
    server.zones = Zones::new([&zone(""), &child]);
    assert_eq!(
        server.ask("deep.child.contoso.com", RecordType::A),
        ["NOERROR AA RA", "= deep.child.contoso.com. 3600 IN A 10.9.9.9"]
    );
    // A zone without SOA denies without one.
    assert_eq!(server.ask("x.child.contoso.com", RecordType::A), ["NXDOMAIN AA RA"]);
}
