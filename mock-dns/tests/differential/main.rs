//! mock-dns against NSD, Knot and BIND: where the three agree, so must we; where they do not, it is written down.
//!
//! The programs come from the distribution (Debian: nsd, knot, bind9). One that is missing is said on stderr, past the capture
//! of the test runner, and the rest is compared with what is there; a comparison with fewer than two is none.

mod disagreements;
mod generated;
mod peer;
mod zone_text;

use std::collections::BTreeMap;
use std::io::Write;
use std::time::Duration;

use disagreements::{Aspect, DISAGREEMENTS};
use double::{MachineId, Moment, Seed};
use mock_dns::answer::Outside;
use mock_dns::boundary::{Action, Origin, Transport};
use mock_dns::message::{Message, build_query, build_query_with_edns};
use mock_dns::record::{Record, RecordType};
use mock_dns::{DnsServer, DnsServerConfig, DomainName, Zone};
use peer::{PROGRAMS, Peer};

const ZONE: &str = include_str!("contoso.zone");

/// What is asked, below contoso.com unless it ends in a dot.
const QUESTIONS: &[(&str, RecordType)] = &[
    ("_vlmcs._tcp", RecordType::SRV),
    ("_VLMCS._TCP", RecordType::SRV),
    ("_twice._tcp", RecordType::SRV),
    ("_v6._tcp", RecordType::SRV),
    ("_alias._tcp", RecordType::SRV),
    ("_missing._tcp", RecordType::SRV),
    ("_abroad._tcp", RecordType::SRV),
    ("_literal._tcp", RecordType::SRV),
    ("_none._tcp", RecordType::SRV),
    ("_wild._tcp", RecordType::SRV),
    ("_glue._tcp", RecordType::SRV),
    ("_mixed._tcp", RecordType::SRV),
    ("_many._tcp", RecordType::SRV),
    ("_some._tcp", RecordType::SRV),
    ("_vmlcs._tcp", RecordType::SRV),
    ("_vlmcs._udp", RecordType::SRV),
    ("_tcp", RecordType::SRV),
    ("_vlmcs._tcp", RecordType::A),
    ("_vlmcs._tcp", RecordType(64)),
    ("@", RecordType::SOA),
    ("@", RecordType::NS),
    ("@", RecordType::MX),
    ("@", RecordType::TXT),
    ("@", RecordType::A),
    ("kms1", RecordType::A),
    ("kms1", RecordType::AAAA),
    ("kms2", RecordType::AAAA),
    ("kms1", RecordType::SRV),
    ("nothing", RecordType::A),
    ("deep.nothing", RecordType::A),
    ("x.kms1", RecordType::A),
    ("www", RecordType::A),
    ("www", RecordType::CNAME),
    ("www", RecordType::TXT),
    ("chain", RecordType::A),
    ("chain", RecordType::SRV),
    ("dangling", RecordType::A),
    ("dangling", RecordType::CNAME),
    ("abroad", RecordType::A),
    ("toservice", RecordType::SRV),
    ("towild", RecordType::A),
    ("towild", RecordType::SRV),
    ("tochild", RecordType::A),
    ("loop1", RecordType::A),
    ("x.wild", RecordType::A),
    ("x.y.wild", RecordType::A),
    ("x.wild", RecordType::SRV),
    ("wild", RecordType::A),
    ("*.wild", RecordType::A),
    ("host.wild", RecordType::A),
    ("host.wild", RecordType::SRV),
    ("x.host.wild", RecordType::A),
    ("x.srvwild", RecordType::SRV),
    ("x.aliaswild", RecordType::A),
    ("x.aliaswild", RecordType::SRV),
    ("x.odd", RecordType::A),
    ("below.x.odd", RecordType::A),
    ("ent", RecordType::A),
    ("b.ent", RecordType::A),
    ("a.b.ent", RecordType::A),
    ("x.ent", RecordType::A),
    ("child", RecordType::NS),
    ("child", RecordType::A),
    ("child", RecordType::DS),
    ("x.child", RecordType::A),
    ("_vlmcs._tcp.child", RecordType::SRV),
    ("ns.child", RecordType::A),
    ("far", RecordType::NS),
    ("x.far", RecordType::A),
    ("5.0.0.10.rev", RecordType::PTR),
    (r"a\032b", RecordType::TXT),
    ("many", RecordType::A),
    ("fabrikam.com.", RecordType::A),
    ("com.", RecordType::A),
    (".", RecordType::NS),
    ("@", RecordType::AXFR),
];

/// How it is asked.
const WAYS: [(&str, Option<u16>, Transport); 4] = [
    ("plain", None, Transport::Udp),
    ("edns-1232", Some(1232), Transport::Udp),
    ("edns-600", Some(600), Transport::Udp),
    ("tcp", None, Transport::Tcp),
];

fn name(text: &str) -> DomainName {
    let origin = DomainName::parse("contoso.com").expect("a name");
    DomainName::parse_under(text, &origin).expect("a name")
}

fn query(asked: &str, record_type: RecordType, edns: Option<u16>) -> Vec<u8> {
    match edns {
        Some(payload) => build_query_with_edns(7, &name(asked), record_type, payload),
        None => build_query(7, &name(asked), record_type),
    }
}

fn ours(zone: &str) -> DnsServer {
    let (zone, _) = Zone::load(&name("@"), zone).expect("the zone that the others load too");
    let config = DnsServerConfig { zones: vec![zone], outside: Outside::Refused, ..DnsServerConfig::default() };
    DnsServer::new(MachineId::new("dns1"), config, Seed::new(1))
}

fn ask_us(server: &mut DnsServer, message: &[u8], transport: Transport) -> Option<Vec<u8>> {
    let origin = Origin { peer: ([127, 0, 0, 1], 5000).into(), local: ([127, 0, 0, 1], 53).into(), transport };
    let prefix = if transport == Transport::Tcp { 2 } else { 0 };
    match server.receive(message, origin, Moment::START).first() {
        Some(Action::Send { after: Duration::ZERO, from: None, bytes }) => Some(bytes[prefix..].to_vec()),
        other => {
            assert_eq!(other, None);
            None
        }
    }
}

/// Starts what there is; the loud part of a skip.
fn peers(zone: &str) -> Vec<Peer> {
    let mut peers = Vec::new();
    for program in PROGRAMS {
        match Peer::start(program, zone) {
            Ok(peer) => peers.push(peer),
            Err(reason) => say(&format!("NOT COMPARED with {}: {reason}", program.0)),
        }
    }
    if peers.len() < 2 {
        say("SKIPPED: answers are compared only where at least two others agree");
        peers.clear();
    }
    peers
}

/// Past the capture of the test runner: a skip must be seen.
fn say(line: &str) {
    writeln!(std::io::stderr(), "differential: {line}").ok();
}

/// A reply in comparable parts.
fn aspects(reply: Option<&[u8]>) -> BTreeMap<Aspect, Vec<String>> {
    let Some(reply) = reply else { return [(Aspect::Code, vec!["silence".to_owned()])].into() };
    let mut message = Message::read(reply).expect("a reply that can be read");
    leave_out_own_servers(&mut message);
    let lines = |records: &[Record]| {
        let mut lines: Vec<String> = records.iter().map(|record| record.to_string().to_ascii_lowercase()).collect();
        lines.sort();
        lines
    };
    [
        (Aspect::Code, vec![message.rcode.to_string()]),
        (Aspect::Authoritative, vec![message.authoritative.to_string()]),
        (Aspect::Truncated, vec![message.truncated.to_string()]),
        (Aspect::Edns, vec![message.edns_payload.is_some().to_string()]),
        (Aspect::Answer, lines(&message.answers)),
        (Aspect::Authority, lines(&message.authorities)),
        (Aspect::Additional, lines(&message.additionals)),
    ]
    .into()
}

/// NSD adds the servers of the zone and their addresses to every positive answer, the others do not; without this, the sections
/// of which the first row of differences speaks could not be compared at all.
fn leave_out_own_servers(message: &mut Message) {
    let servers = [name("dns1"), name("dns2")];
    if message.answers.iter().all(|record| record.record_type() == RecordType::NS) {
        return;
    }
    message.authorities.retain(|record| record.name != name("@") || record.record_type() != RecordType::NS);
    message.additionals.retain(|record| !servers.contains(&record.name));
}

/// Compares one question; gives what is wrong and how many aspects the others agreed on.
fn compare(key: &str, theirs: &[(&str, Option<Vec<u8>>)], ours: Option<&[u8]>) -> (Vec<String>, usize) {
    let ours = aspects(ours);
    let theirs: Vec<_> = theirs.iter().map(|(program, reply)| (*program, aspects(reply.as_deref()))).collect();
    let mut wrong = Vec::new();
    let mut agreed = 0;
    // Who is silent says nothing about the other parts.
    let silent = theirs.iter().any(|(_, reply)| reply.len() == 1);
    for aspect in Aspect::ALL.into_iter().filter(|aspect| !silent || *aspect == Aspect::Code) {
        let said: Vec<_> = theirs.iter().map(|(program, reply)| (*program, reply.get(&aspect))).collect();
        let agree = said.windows(2).all(|pair| matches!(pair, [a, b] if a.1 == b.1));
        if agree {
            agreed += 1;
            let (their, our) = (said.first().and_then(|(_, said)| *said), ours.get(&aspect));
            if their != our {
                wrong.push(format!("{key}: {aspect:?}: they agree on {their:?}, we say {our:?}"));
            }
        } else if !DISAGREEMENTS.iter().any(|known| known.covers(aspect, key)) {
            wrong.push(format!(
                "{key}: {aspect:?}: they disagree and no reason is written down: {said:?}; we say {:?}",
                ours.get(&aspect)
            ));
        }
    }
    (wrong, agreed)
}

#[track_caller]
fn conclude(wrong: &[String], agreed: usize, peers: &[Peer]) {
    assert!(wrong.is_empty(), "{} differences\n{}", wrong.len(), wrong.join("\n"));
    let programs: Vec<&str> = peers.iter().map(|peer| peer.program).collect();
    say(&format!("{agreed} parts of answers are those of {}", programs.join(", ")));
}

#[test]
fn questions() {
    let peers = peers(ZONE);
    if peers.is_empty() {
        return;
    }
    let mut server = ours(ZONE);
    let mut wrong = Vec::new();
    let mut agreed = 0;
    for (way, edns, transport) in WAYS {
        for (asked, record_type) in QUESTIONS {
            let message = query(asked, *record_type, edns);
            let ask = |peer: &Peer| match transport {
                Transport::Udp => peer.ask(&message),
                Transport::Tcp => peer.ask_stream(&message),
            };
            let theirs: Vec<_> = peers.iter().map(|peer| (peer.program, ask(peer))).collect();
            let our = ask_us(&mut server, &message, transport);
            let (more, parts) = compare(&format!("{asked} {record_type} {way}"), &theirs, our.as_deref());
            wrong.extend(more);
            agreed += parts;
        }
    }
    conclude(&wrong, agreed, &peers);
}

/// Messages that are no proper questions: silence, FORMERR, REFUSED and their like.
fn odd_messages() -> Vec<(&'static str, Vec<u8>)> {
    let plain = || query("kms1", RecordType::A, None);
    let edns = || query("kms1", RecordType::A, Some(1232));
    let with = |mut message: Vec<u8>, at: usize, octet: u8| {
        message[at] = octet;
        message
    };
    let end = edns().len();
    vec![
        ("eleven octets", plain()[..11].to_vec()),
        ("a reply", with(plain(), 2, 0x81)),
        ("a malformed reply", with(plain()[..14].to_vec(), 2, 0x81)),
        ("header alone", with(plain()[..12].to_vec(), 5, 0)),
        ("two questions claimed", with(plain(), 5, 2)),
        ("question cut", plain()[..20].to_vec()),
        ("additional claimed", with(plain(), 11, 1)),
        ("label too long", with(plain(), 12, 0x7F)),
        ("pointer to itself", [&plain()[..12], &[0xC0, 0x0C, 0, 1, 0, 1]].concat()),
        ("octets behind", [plain(), vec![0; 5]].concat()),
        ("two OPT records", with([edns(), edns()[end - 11..].to_vec()].concat(), 11, 2)),
        ("EDNS version 1", with(edns(), end - 5, 1)),
        ("EDNS option cut", [&edns()[..end - 1], &[3, 0, 10, 0]].concat()),
        ("DO", with(edns(), end - 4, 0x80)),
        ("class CH", with(plain(), plain().len() - 1, 3)),
        ("class HS", with(plain(), plain().len() - 1, 4)),
        ("opcode STATUS", with(plain(), 2, 2 << 3)),
        ("opcode NOTIFY", with(query("@", RecordType::SOA, None), 2, 4 << 3)),
        ("opcode UPDATE", with(query("@", RecordType::SOA, None), 2, 5 << 3)),
        ("opcode 9", with(plain(), 2, 9 << 3)),
        ("CD", with(plain(), 3, 0x10)),
        ("AD", with(plain(), 3, 0x20)),
        ("no RD", with(plain(), 2, 0)),
    ]
}

#[test]
fn odd_messages_are_met_alike() {
    let peers = peers(ZONE);
    if peers.is_empty() {
        return;
    }
    let mut server = ours(ZONE);
    let mut wrong = Vec::new();
    let mut agreed = 0;
    let behind = build_query(0xBEEF, &name("kms2"), RecordType::A);
    for (key, message) in odd_messages() {
        let theirs: Vec<_> = peers.iter().map(|peer| (peer.program, peer.ask_or_silence(&message, &behind))).collect();
        let our = ask_us(&mut server, &message, Transport::Udp);
        let (more, parts) = compare(key, &theirs, our.as_deref());
        wrong.extend(more);
        agreed += parts;
    }
    conclude(&wrong, agreed, &peers);
}

#[test]
fn the_list_of_disagreements_is_about_what_is_asked() {
    let ways =
        WAYS.iter().flat_map(|(way, ..)| QUESTIONS.iter().map(move |(asked, what)| format!("{asked} {what} {way}")));
    let keys: Vec<String> = ways.chain(odd_messages().into_iter().map(|(key, _)| key.to_owned())).collect();
    for known in DISAGREEMENTS {
        assert!(keys.iter().any(|key| known.covers(known.aspect, key)), "nothing asked is like {}", known.key);
    }
}
