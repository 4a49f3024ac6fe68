//! Captures, put together octet by octet from the descriptions of the formats: pcap and pcapng (draft-ietf-opsawg-pcap,
//! -pcapng), IPv4, UDP, TCP and DNS.

use exhibit::claim::{LookupResult, Says};
use exhibit::read::{Bounds, Reading, read};

const CLIENT: [u8; 4] = [10, 0, 0, 107];
const SERVER: [u8; 4] = [10, 0, 0, 53];
const HOST: [u8; 4] = [10, 0, 0, 60];

/// The question `_vlmcs._tcp.contoso.com SRV IN` (RFC 1035 4.1.2).
const QUESTION: &[u8] = b"\x06_vlmcs\x04_tcp\x07contoso\x03com\x00\x00\x21\x00\x01";

/// Header (RFC 1035 4.1.1) and question.
fn dns(id: u8, flags: [u8; 2], answers: u8) -> Vec<u8> {
    [&[0, id, flags[0], flags[1], 0, 1, 0, answers, 0, 0, 0, 0], QUESTION].concat()
}

/// An Ethernet frame with IPv4 (RFC 791 3.1).
fn frame(from: [u8; 4], to: [u8; 4], protocol: u8, transport: &[u8]) -> Vec<u8> {
    let total = u16::try_from(20 + transport.len()).expect("small").to_be_bytes();
    let ip = [0x45, 0, total[0], total[1], 0, 1, 0, 0, 128, protocol, 0, 0];
    [&[2; 12][..], &[8, 0], &ip, &from, &to, transport].concat()
}

fn udp(from: ([u8; 4], u16), to: ([u8; 4], u16), bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(8 + bytes.len()).expect("small").to_be_bytes();
    let ports = [from.1.to_be_bytes(), to.1.to_be_bytes()].concat();
    frame(from.0, to.0, 17, &[&ports[..], &length, &[0, 0], bytes].concat())
}

fn tcp(from: ([u8; 4], u16), to: ([u8; 4], u16), flags: u8) -> Vec<u8> {
    let ports = [from.1.to_be_bytes(), to.1.to_be_bytes()].concat();
    frame(from.0, to.0, 6, &[&ports[..], &[0; 8], &[0x50, flags, 0xFA, 0xF0, 0, 0, 0, 0]].concat())
}

fn pcap(frames: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = vec![0xD4, 0xC3, 0xB2, 0xA1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0];
    for frame in frames {
        let length = u32::try_from(frame.len()).expect("small").to_le_bytes();
        bytes.extend([[0; 4], [0; 4], length, length].concat());
        bytes.extend(frame);
    }
    bytes
}

/// A block of pcapng: type, length, body, length again.
fn block(kind: u32, body: &[u8]) -> Vec<u8> {
    let body = [body, &vec![0; body.len().wrapping_neg() % 4]].concat();
    let length = u32::try_from(body.len() + 12).expect("small").to_le_bytes();
    [&kind.to_le_bytes()[..], &length, &body, &length].concat()
}

fn pcapng(frames: &[Vec<u8>]) -> Vec<u8> {
    let section = [&0x1A2B_3C4D_u32.to_le_bytes()[..], &[1, 0, 0, 0], &[0xFF; 8]].concat();
    let mut bytes = [block(0x0A0D_0D0A, &section), block(1, &[1, 0, 0, 0, 0, 0, 4, 0])].concat();
    for frame in frames {
        let length = u32::try_from(frame.len()).expect("small").to_le_bytes();
        bytes.extend(block(6, &[&[0; 12][..], &length, &length, frame].concat()));
    }
    bytes
}

/// A client that asks, is told an answer and a denial, and tries two hosts.
fn frames() -> Vec<Vec<u8>> {
    // SRV 0 0 1688 kms1.contoso.com; owner and end of the target point into the question (RFC 1035 4.1.4).
    let answer = b"\xC0\x0C\x00\x21\x00\x01\x00\x00\x0E\x10\x00\x0D\x00\x00\x00\x00\x06\x98\x04kms1\xC0\x18";
    let (client, server) = ((CLIENT, 50_000), (SERVER, 53));
    vec![
        udp(client, server, &dns(1, [1, 0], 0)),
        udp(server, client, &[&dns(1, [0x85, 0x80], 1)[..], answer].concat()),
        udp(client, server, &dns(2, [1, 0], 0)),
        udp(server, client, &dns(2, [0x81, 0x83], 0)),
        udp(client, server, &dns(3, [1, 0], 0)),
        tcp((CLIENT, 50_001), (HOST, 1688), 2),
        tcp((HOST, 1688), (CLIENT, 50_001), 0x12),
        tcp((CLIENT, 50_002), (SERVER, 1688), 2),
        tcp((SERVER, 1688), (CLIENT, 50_002), 0x14),
        udp(client, server, &dns(4, [1, 0], 0)),
    ]
}

#[track_caller]
fn check(reading: &Reading, expected: &[(usize, &str)]) {
    let found: Vec<(usize, String)> =
        reading.claims.iter().map(|claim| (claim.place.line, said(&claim.says))).collect();
    let expected: Vec<(usize, String)> = expected.iter().map(|(line, text)| (*line, (*text).to_owned())).collect();
    assert_eq!(found, expected);
}

fn said(says: &Says) -> String {
    if let Says::Lookup(lookup) = says {
        if let LookupResult::Records(records) = &lookup.result {
            return records.iter().map(ToString::to_string).collect();
        }
        return format!("{:?}", lookup.result);
    }
    if let Says::Port { to, result, .. } = says { format!("{to} {result:?}") } else { format!("{says:?}") }
}

#[test]
fn both_forms_say_what_was_asked_answered_and_tried() {
    for bytes in [pcap(&frames()), pcapng(&frames())] {
        let reading = read("case", &bytes, &Bounds::default());
        check(
            &reading,
            &[
                (1, "_vlmcs._tcp.contoso.com. 3600 IN SRV 0 0 1688 kms1.contoso.com."),
                (3, "NoSuchName"),
                (5, "NoAnswer"),
                (6, "10.0.0.60 Open"),
                (8, "10.0.0.53 NotReached"),
            ],
        );
        assert_eq!(reading.unread.iter().map(|unread| unread.place.line).collect::<Vec<_>>(), [10], "asked at the end");
        assert_eq!(reading.doubts.iter().map(|doubt| doubt.place.line).collect::<Vec<_>>(), [8], "a reset");
    }
}

#[test]
fn a_capture_that_breaks_off_says_what_came_before() {
    for bytes in [pcap(&frames()), pcapng(&frames())] {
        let half = &bytes[..bytes.len() / 2];
        let reading = read("case", half, &Bounds::default());
        assert!(reading.claims.iter().any(|claim| claim.place.line == 1), "{reading:?}");
        for end in 0..bytes.len() {
            let reading = read("case", &bytes[..end], &Bounds::default());
            assert!(reading.claims.len() <= 5);
        }
    }
}

/// Lengths that lie: none of them may be believed, and reading must end.
#[test]
fn lengths_that_lie_do_no_harm() {
    for bytes in [pcap(&frames()), pcapng(&frames())] {
        for at in 0..bytes.len().min(400) {
            for lie in [0, 1, 0x7F, 0xFF] {
                let mut bytes = bytes.clone();
                bytes[at] = lie;
                let reading = read("case", &bytes, &Bounds::default());
                assert!(reading.claims.len() <= 10);
            }
        }
    }
}
