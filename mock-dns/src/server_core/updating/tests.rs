//! Who may update, what a signature is worth, and what an update leaves behind.

use std::time::Duration;

use double::{MachineId, Seed};

use super::*;
use crate::boundary::Transport;
use crate::message::{Message, build_query};
use crate::name::DomainName;
use crate::record::RecordType;
use crate::server_core::DnsServerConfig;
use crate::update::tsig::{Algorithm, Secret, UpdateKey};

/// 2025-08-18T14:13:20Z as FILETIME and in seconds since 1970.
const NOW: WallTime = WallTime(134_000_000_000_000_000);
const SECONDS: [u8; 6] = [0, 0, 0x68, 0xa3, 0x35, 0x00];

/// By hand from RFC 2136 2: the record set of `_vlmcs._tcp.contoso.com` goes, one record comes.
const UPDATE: &[u8] = b"\x12\x34\x28\0\0\x01\0\0\0\x02\0\0\
    \x07contoso\x03com\0\0\x06\0\x01\
    \x06_vlmcs\x04_tcp\xc0\x0c\0\x21\0\xff\0\0\0\0\0\0\
    \xc0\x1d\0\x21\0\x01\0\0\x0e\x10\0\x18\0\0\0\0\x06\x98\x04kms1\x07contoso\x03com\0";

/// HMAC-SHA-256 under "laboratory" of [`UPDATE`] and the variables of RFC 8945 4.3.3, by Python's hmac module; and of the answer to it.
const MAC: &str = "a90529bbae42b0ba5d4cb9862157d191db1b595072a7d7a0337f5fb63dbbac6e";
const MAC_OF_ANSWER: &str = "4880204a0a4f4e7470c33ca3215419d6edf2ead3f6734cb7133a575dd55afccf";

fn octets(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

/// A TSIG record (RFC 8945 4.2) of the key `kms1-key`.
fn record(mac: &[u8], error: u8, other: &[u8]) -> Vec<u8> {
    let mut content = b"\x0bhmac-sha256\0".to_vec();
    content.extend(SECONDS);
    content.extend([1, 44, 0, u8::try_from(mac.len()).unwrap()]);
    content.extend(mac);
    content.extend([0x12, 0x34, 0, error, 0, u8::try_from(other.len()).unwrap()]);
    content.extend(other);
    let mut record = b"\x08kms1-key\0\0\xfa\0\xff\0\0\0\0\0".to_vec();
    record.push(u8::try_from(content.len()).unwrap());
    record.extend(content);
    record
}

fn signed() -> Vec<u8> {
    let mut message = [UPDATE, &record(&octets(MAC), 0, &[])].concat();
    message[11] = 1;
    message
}

fn server(policy: UpdatePolicy, zone: &str) -> DnsServer {
    let origin = DomainName::parse("contoso.com").unwrap();
    let text = format!("@ 3600 SOA dns1 hostmaster 7 900 600 86400 900\n{zone}");
    let key = UpdateKey {
        name: DomainName::parse("KMS1-key").unwrap(),
        algorithm: Algorithm::HmacSha256,
        secret: Secret(b"laboratory".to_vec()),
    };
    let config = DnsServerConfig {
        zones: vec![Zone::load(&origin, &text).unwrap().0],
        update: policy,
        update_keys: vec![key],
        ..DnsServerConfig::default()
    };
    let mut server = DnsServer::new(MachineId::new("dns1"), config, Seed::new(1));
    server.set_clock(NOW);
    server
}

fn from(host: u8) -> Origin {
    Origin { peer: ([10, 0, 0, host], 5000).into(), local: ([10, 0, 0, 53], 53).into(), transport: Transport::Udp }
}

/// What goes onto the wire.
fn sent(server: &mut DnsServer, message: &[u8], host: u8, now: Moment) -> Vec<u8> {
    let actions = server.receive(message, from(host), now);
    let [Action::Send { bytes, .. }] = &actions[..] else { panic!("{actions:?}") };
    bytes.to_vec()
}

#[track_caller]
fn check(server: &mut DnsServer, message: &[u8], host: u8, rcode: Rcode) {
    let answer = sent(server, message, host, Moment::START);
    assert_eq!(Message::read(&answer).unwrap().rcode, rcode);
    assert_eq!((&answer[..2], answer[2]), (&message[..2], 0xa8), "the id and the opcode come back");
}

/// What a question about the record gets.
fn asked(server: &mut DnsServer) -> String {
    let name = DomainName::parse("_vlmcs._tcp.contoso.com").unwrap();
    let answer = sent(server, &build_query(9, &name, RecordType::SRV), 7, Moment::START);
    crate::journal::Summary::from(&Message::read(&answer).unwrap()).to_string()
}

const PUBLISHED: &str = "SRV 0 0 1688 kms1.contoso.com";

#[test]
fn each_policy_has_its_code() {
    for (policy, unsigned, with_key, left) in [
        (UpdatePolicy::Refused, Rcode::REFUSED, Rcode::REFUSED, "NXDOMAIN"),
        (UpdatePolicy::Notimp, Rcode::NOTIMP, Rcode::NOTIMP, "NXDOMAIN"),
        (UpdatePolicy::Notauth, Rcode::NOTAUTH, Rcode::NOTAUTH, "NXDOMAIN"),
        (UpdatePolicy::Any, Rcode::NOERROR, Rcode::NOERROR, PUBLISHED),
        (UpdatePolicy::OwnerOnly, Rcode::NOERROR, Rcode::NOERROR, PUBLISHED),
        (UpdatePolicy::Signed, Rcode::REFUSED, Rcode::NOERROR, PUBLISHED),
    ] {
        check(&mut server(policy.clone(), ""), UPDATE, 60, unsigned);
        let mut server = server(policy, "");
        check(&mut server, &signed(), 60, with_key);
        assert_eq!(asked(&mut server), left);
    }
}

#[test]
fn the_journal_tells_an_update() {
    let mut server = server(UpdatePolicy::Any, "");
    check(&mut server, UPDATE, 60, Rcode::NOERROR);
    let lines: Vec<String> = server.take_journal().iter().map(|entry| entry.event.to_string()).collect();
    let update = "update contoso.com: remove _vlmcs._tcp.contoso.com SRV, add _vlmcs._tcp.contoso.com SRV 0 0 1688 kms1.contoso.com";
    assert_eq!(lines, [update, "update -> NOERROR"]);
}

#[test]
fn an_answer_is_signed_over_the_request() {
    let mut server = server(UpdatePolicy::Signed, "");
    let answer = sent(&mut server, &signed(), 60, Moment::START);
    let mut expected = b"\x12\x34\xa8\0\0\0\0\0\0\0\0\x01".to_vec();
    expected.extend(record(&octets(MAC_OF_ANSWER), 0, &[]));
    assert_eq!(answer, expected);
}

/// The error in the TSIG record of the answer: it stands before the length of the other data.
#[track_caller]
fn check_error(message: &[u8], now: Moment, error: u8, mac: usize, other: usize) {
    let mut server = server(UpdatePolicy::Signed, "");
    let answer = sent(&mut server, message, 60, now);
    assert_eq!((answer[3] & 15, answer[11]), (9, 1), "NOTAUTH, with a record");
    assert_eq!(answer[answer.len() - other - 3], error);
    // Header, key and fixed fields, algorithm and time and fudge, the MAC with its size, id, error, length, other data.
    assert_eq!(answer.len(), 12 + 20 + 21 + 2 + mac + 6 + other);
    assert_eq!(asked(&mut server), "NXDOMAIN");
}

#[test]
fn signatures_that_are_worth_nothing() {
    let mut other_mac = signed();
    other_mac[89 + 20 + 23] ^= 1;
    check_error(&other_mac, Moment::START, 16, 0, 0);
    let mut other_message = signed();
    other_message[70] ^= 1;
    check_error(&other_message, Moment::START, 16, 0, 0);
    let mut other_key = signed();
    other_key[90] = b'x';
    check_error(&other_key, Moment::START, 17, 0, 0);
    let fits = Moment::at(Duration::from_secs(300));
    let mut server = server(UpdatePolicy::Signed, "");
    assert_eq!(sent(&mut server, &signed(), 60, fits)[3], 0);
    check_error(&signed(), Moment::at(Duration::from_secs(301)), 18, 32, 6);
}

#[test]
fn no_changed_bit_is_accepted() {
    let message = signed();
    for bit in 0..message.len() * 8 {
        // The id is put back from the record (RFC 8945 5.2), the case of names does not count, the TTL and the class of the record are
        // signed as they must be and not as they are; a reply or another opcode is no update at all.
        if (0..4 * 8).contains(&bit) || (89 * 8..message.len() * 8).contains(&bit) {
            continue;
        }
        let mut changed = message.clone();
        changed[bit / 8] ^= 1 << (bit % 8);
        let mut server = server(UpdatePolicy::Signed, "");
        server.receive(&changed, from(60), Moment::START);
        assert_eq!(asked(&mut server), "NXDOMAIN", "bit {bit}");
    }
}

#[test]
fn a_name_belongs_to_who_made_it() {
    let mut server = server(UpdatePolicy::OwnerOnly, "");
    check(&mut server, UPDATE, 60, Rcode::NOERROR);
    check(&mut server, UPDATE, 60, Rcode::NOERROR);
    check(&mut server, UPDATE, 61, Rcode::REFUSED);
    // Somebody who signs is somebody else, and is told by the signature (event 12293 with DNS_ERROR_RCODE_BADSIG).
    let answer = sent(&mut server, &signed(), 60, Moment::START);
    assert_eq!((answer[3] & 15, answer[answer.len() - 3]), (9, 16));
    assert_eq!(asked(&mut server), PUBLISHED);
}

#[test]
fn what_stands_in_the_zone_belongs_to_nobody() {
    let mut server = server(UpdatePolicy::OwnerOnly, "_vlmcs._tcp SRV 0 0 1688 old\n");
    check(&mut server, UPDATE, 60, Rcode::REFUSED);
    assert_eq!(asked(&mut server), "SRV 0 0 1688 old.contoso.com");
}

#[test]
fn updates_survive_a_change_of_the_set_up() {
    let mut server = server(UpdatePolicy::Any, "");
    check(&mut server, UPDATE, 60, Rcode::NOERROR);
    server.reconfigure(|config| {
        let record = crate::zone::text::parse_record("kms1 A 10.0.0.60", config.zones[0].origin()).unwrap();
        config.zones[0].add(record).unwrap();
        config.update = UpdatePolicy::Refused;
    });
    assert_eq!(asked(&mut server), PUBLISHED);
    check(&mut server, UPDATE, 60, Rcode::REFUSED);
    server.reconfigure(|config| config.zones.clear());
    assert_eq!(asked(&mut server), "NXDOMAIN");
}

#[test]
fn a_zone_that_is_not_here() {
    let mut message = UPDATE.to_vec();
    message[13] = b'x';
    check(&mut server(UpdatePolicy::Any, ""), &message, 60, Rcode::NOTAUTH);
    check(&mut server(UpdatePolicy::Any, ""), &UPDATE[..40], 60, Rcode::FORMERR);
}
