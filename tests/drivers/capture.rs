//! Captures that the product writes: conversations with a mock, and the whole catalogue.
//!
//! The blocks of the file are walked here by hand, so that a reader that is not ours says where each packet comes from.

use std::net::{IpAddr, SocketAddr};

use exhibit::label::Language;
use exhibit::tool::Tool;
use exhibit::write::list::EXHIBITS;
use kmslab::bench::Bench;
use kmslab::capture::{self, End};
use kmslab::journal::attempts;
use kmslab::network::stage::NetworkKind;
use kmslab::runner::{Settings, run_scenario};
use kmslab::scenario::{catalogue, load::load};

/// Who sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum From {
    Client,
    Server,
}

/// Types of blocks: a section begins, a packet.
const SECTION: u32 = 0x0A0D_0D0A;
const PACKET: u32 = 6;

/// Conversations that were held with a mock.
pub(crate) struct Capture;

impl Capture {
    /// Whole connections, one after the other, in which this is said.
    pub(crate) fn of(conversations: &[Vec<(From, Vec<u8>)>]) -> Vec<u8> {
        let end = |from: From| match from {
            From::Client => End::Client,
            From::Server => End::Server,
        };
        let said = |conversation: &Vec<(From, Vec<u8>)>| {
            conversation.iter().map(|(from, octets)| (end(*from), octets.clone())).collect()
        };
        let conversations: Vec<Vec<(End, Vec<u8>)>> = conversations.iter().map(said).collect();
        let (client, server) = (IpAddr::from([10, 0, 0, 107]), SocketAddr::from(([10, 0, 0, 60], 1688)));
        capture::connections(client, server, &conversations)
    }
}

/// The capture of every scenario of the catalogue, for each of its packets the scenario that it is from, and the scenarios whose journal tells
/// of a connection that was refused or reset.
pub(crate) fn catalogue() -> (Vec<u8>, Vec<String>, Vec<String>) {
    let settings = Settings { network: NetworkKind::Simulated, seed: 1 };
    let library = catalogue::embedded();
    let mut written = capture::Capture::begin(Vec::new(), "simulated", false);
    let (mut sections, mut resets) = (Vec::new(), Vec::new());
    for name in library.scenario_names() {
        let scenario = load(&library, name).expect("the catalogue is good");
        let record = run_scenario(&scenario, &settings);
        for attempt in attempts(&scenario, &record) {
            written.attempt(&attempt).expect("memory can be written to");
            sections.push(scenario.name.clone());
            let mut lines = attempt.timeline.entries.iter().map(|entry| entry.event.to_string());
            if lines.any(|line| line.ends_with("-> refused") || line.contains("reset")) {
                resets.push(scenario.name.clone());
            }
        }
    }
    let bytes = written.end();
    let packets = origins(&bytes, sections);
    (bytes, packets, resets)
}

/// Every capture that is evidence of these scenarios, at every machine, with the names of scenario and machine.
pub(crate) fn evidence(names: &[&str]) -> Vec<(String, Vec<u8>)> {
    let exhibit = EXHIBITS.iter().find(|exhibit| exhibit.tool == Tool::Capture).expect("it is in the list");
    let library = catalogue::embedded();
    let mut captures = Vec::new();
    for name in names {
        let scenario = load(&library, name).expect("the catalogue is good");
        let bench = Bench::of(&scenario, 1).expect("the simulated network shows every scenario");
        for (machine, _) in bench.environment().machines() {
            let written = bench.at(machine, |desk| exhibit.write(desk, Language::English, false));
            let files = written.expect("the machine is there").expect("an attempt was made");
            captures.extend(files.into_iter().map(|file| (format!("{name} at {machine}"), file.octets)));
        }
    }
    captures
}

/// For each packet the section that it stands in.
fn origins(bytes: &[u8], sections: Vec<String>) -> Vec<String> {
    let mut sections = sections.into_iter();
    let (mut of, mut packets) = (String::new(), Vec::new());
    let mut rest = bytes;
    while let Some((kind, length)) = number(rest, 0).zip(number(rest, 4)) {
        match kind {
            SECTION => of = sections.next().expect("a section for each attempt"),
            PACKET => packets.push(of.clone()),
            _ => {}
        }
        let length = usize::try_from(length).expect("a block is short");
        assert_eq!(number(rest, length - 4), number(rest, 4), "both lengths of a block are the same");
        rest = &rest[length..];
    }
    assert!(rest.is_empty() && sections.next().is_none());
    packets
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4).map(|octets| u32::from_le_bytes(octets.try_into().expect("four octets")))
}
