//! What becomes of packets, for each rule and each thing that they can meet.

use super::*;
use crate::scenario::catalogue;
use crate::scenario::load::load;

const SYN: u8 = 0x02;

fn wire(scenario: &str) -> Wire {
    let scenario = load(&catalogue::embedded(), scenario).expect("in the catalogue");
    Wire::new(&scenario.steps[0].environment, Seed::new(1))
}

/// An IPv4 packet; what carries the ports is written by hand.
fn packet(from: [u8; 4], to: [u8; 4], protocol: u8, carried: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x45, 0, 0, u8::try_from(20 + carried.len()).expect("small"), 0, 9, 0, 0, 64, protocol, 0, 0];
    bytes.extend(from);
    bytes.extend(to);
    bytes.extend(carried);
    bytes
}

fn tcp(from: u16, to: u16, flags: u8) -> Vec<u8> {
    let mut bytes = [from.to_be_bytes(), to.to_be_bytes()].concat();
    bytes.extend([0, 0, 0, 1, 0, 0, 0, 0, 0x50, flags, 0xFF, 0xFF, 0, 0, 0, 0]);
    bytes
}

fn udp(from: u16, to: u16) -> Vec<u8> {
    let mut bytes = [from.to_be_bytes(), to.to_be_bytes()].concat();
    bytes.extend([0, 9, 0, 0, b'?']);
    bytes
}

const PC7: [u8; 4] = [10, 0, 0, 107];
const KMS1: [u8; 4] = [10, 0, 0, 60];
const DNS1: [u8; 4] = [10, 0, 0, 53];
const NOBODY: [u8; 4] = [10, 0, 0, 99];

/// What came of it in words.
fn told(carried: &[Carry]) -> String {
    let one = |carry: &Carry| {
        let packet = Packet::read(&carry.bytes).expect("the wire sends packets");
        let what = match packet.carries {
            Carries::Tcp(segment) if segment.flags & 0x04 != 0 => "reset".to_owned(),
            Carries::Tcp(_) => "segment".to_owned(),
            Carries::Udp { .. } => "datagram".to_owned(),
            Carries::Fragment { .. } => "part".to_owned(),
            Carries::Echo(_) | Carries::Other => {
                format!("icmp {}/{} of {}", carry.bytes[20], carry.bytes[21], packet.source)
            }
        };
        let late = if carry.after.is_zero() { String::new() } else { format!(" after {} ms", carry.after.as_millis()) };
        format!("{what} to {:?}{late}", carry.to)
    };
    if carried.is_empty() { "nothing".to_owned() } else { carried.iter().map(one).collect::<Vec<_>>().join(", ") }
}

#[track_caller]
fn check(scenario: &str, bytes: &[u8], expected: &str) {
    let found = wire(scenario).carry(Side::Station(0), &Packet::read(bytes).expect("a packet"));
    assert_eq!(told(&found), expected, "{scenario}");
}

#[test]
fn what_a_syn_meets() {
    let syn = |to, port| packet(PC7, to, 6, &tcp(40_000, port, SYN));
    check("healthy/domain-member", &syn(KMS1, 1688), "segment to Servers");
    check("healthy/domain-member", &syn(DNS1, 53), "segment to Servers");
    check("healthy/domain-member", &syn(KMS1, 1689), "nothing");
    check("healthy/domain-member", &syn(NOBODY, 1688), "nothing");
    check("healthy/slow-path", &syn(KMS1, 1688), "segment to Servers after 800 ms");
    check("network/tcp1688-silent", &syn(KMS1, 1688), "nothing");
    check("network/listen-queue-full", &syn(KMS1, 1688), "nothing");
    check("network/tcp1688-refused", &syn(KMS1, 1688), "reset to Station(0)");
    check("network/tcp1688-rejected", &syn(KMS1, 1688), "icmp 3/13 of 10.0.0.1 to Station(0)");
    check("network/host-unreachable", &syn(KMS1, 1688), "icmp 3/1 of 10.0.0.1 to Station(0)");
    check("kms/service-stopped-no-firewall", &syn(KMS1, 1688), "reset to Station(0)");
}

#[test]
fn what_a_datagram_and_an_echo_meet() {
    let query = packet(PC7, DNS1, 17, &udp(40_000, 53));
    check("healthy/domain-member", &query, "datagram to Servers");
    check("dns/server-silent", &query, "nothing");
    check("healthy/domain-member", &packet(PC7, KMS1, 17, &udp(40_000, 1688)), "nothing");
    let echo = |to| packet(PC7, to, 1, &[8, 0, 0, 0, 0, 1, 0, 1]);
    check("healthy/domain-member", &echo(KMS1), "icmp 0/0 of 10.0.0.60 to Station(0)");
    check("healthy/domain-member", &echo(NOBODY), "nothing");
    check("network/tcp1688-silent", &echo(KMS1), "icmp 0/0 of 10.0.0.60 to Station(0)");
    check("network/host-unreachable", &echo(KMS1), "icmp 3/1 of 10.0.0.1 to Station(0)");
}

#[test]
fn nobody_speaks_for_another() {
    check("healthy/domain-member", &packet(KMS1, DNS1, 17, &udp(40_000, 53)), "nothing");
    let group = packet(PC7, [224, 0, 0, 251], 17, &udp(5353, 5353));
    check("healthy/domain-member", &group, "nothing");
}

#[test]
fn servers_answer_and_say_nothing_else() {
    let mut wire = wire("healthy/domain-member");
    let mut from_servers = |bytes: &[u8]| told(&wire.carry(Side::Servers, &Packet::read(bytes).expect("a packet")));
    assert_eq!(from_servers(&packet(DNS1, PC7, 17, &udp(53, 40_000))), "datagram to Station(0)");
    assert_eq!(from_servers(&packet(NOBODY, PC7, 17, &udp(53, 40_000))), "datagram to Station(0)");
    assert_eq!(from_servers(&packet(DNS1, NOBODY, 17, &udp(53, 40_000))), "nothing");
    assert_eq!(from_servers(&packet(DNS1, PC7, 1, &[3, 3, 0, 0, 0, 0, 0, 0])), "nothing");
}

#[test]
fn the_parts_of_a_packet_share_its_fate() {
    let first = |to| {
        let mut bytes = packet(PC7, to, 17, &udp(40_000, 53));
        bytes[6] = 0x20;
        bytes
    };
    let later = |to| {
        let mut bytes = packet(PC7, to, 17, b"rest");
        bytes[7] = 2;
        bytes
    };
    let carry = |scenario, parts: [Vec<u8>; 2]| {
        let mut wire = wire(scenario);
        parts.map(|part| told(&wire.carry(Side::Station(0), &Packet::read(&part).expect("a packet"))))
    };
    assert_eq!(carry("healthy/domain-member", [first(DNS1), later(DNS1)]), ["datagram to Servers", "part to Servers"]);
    assert_eq!(carry("dns/server-silent", [first(DNS1), later(DNS1)]), ["nothing", "nothing"]);
    assert_eq!(carry("healthy/domain-member", [later(DNS1), first(DNS1)]), ["nothing", "datagram to Servers"]);
}

#[test]
fn a_lossy_path_loses_some() {
    let query = packet(PC7, DNS1, 17, &udp(40_000, 53));
    let lost = |seed| {
        let scenario = load(&catalogue::embedded(), "healthy/lossy-path").expect("in the catalogue");
        let mut wire = Wire::new(&scenario.steps[0].environment, Seed::new(seed));
        let packet = Packet::read(&query).expect("a packet");
        (0..200).filter(|_| wire.carry(Side::Station(0), &packet).is_empty()).count()
    };
    assert!((1..200).contains(&lost(1)), "{}", lost(1));
    assert_eq!(lost(1), lost(1));
}
