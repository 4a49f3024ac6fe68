//! A capture file (pcapng) of an attempt: what a sniffer would have shown, written without any right to capture.
//!
//! It stands apart from the journal because it is made for other programs, and shows octets alone: nothing in it names a fault unless it is
//! asked for. A section for each attempt: machines and names are another environment's there, and time begins anew. In reading order:
//! [`pcapng`] (blocks), [`stream`] (one connection as segments), [`talk`] (an attempt as packets), [`seen`] (what one machine saw).

mod pcapng;
mod seen;
mod stream;
mod talk;

use std::io::{self, Write};
use std::net::{IpAddr, SocketAddr};

use double::{Moment, WallTime};
use notation::Id;

use crate::environment::Environment;
use crate::journal::Attempt;
use stream::Stream;
use talk::View;

pub use stream::End;

/// First port of the connections that nobody says a port of.
const FIRST_PORT: u16 = 49_152;

/// Ticks of 100 ns from 1601-01-01 to 1970-01-01 ([MS-DTYP] 2.3.3 FILETIME; 134774 days).
const UNIX_EPOCH: u64 = 116_444_736_000_000_000;

/// Ticks in a microsecond.
const TICKS_PER_US: u64 = 10;

/// The interface of a capture on one machine.
const INTERFACE: &str = "Ethernet0";

/// What every capture says of itself.
const SIMULATION: &str = "SIMULATION: kmslab wrote this file; nothing of it happened on a network of somebody's";

/// What is made up where nobody wrote it down.
const MADE_UP: &str =
    "made up: handshakes, acknowledgements and sequence numbers of TCP, times to live, and what kernels repeat";

/// A capture that is being written.
#[derive(Debug)]
pub struct Capture<W> {
    out: W,
    network: String,
    annotated: bool,
    streams: u32,
}

impl<W: Write> Capture<W> {
    /// Begins a capture. `annotated` adds what only the laboratory knows, such as the fault that struck.
    pub fn begin(out: W, network: &str, annotated: bool) -> Self {
        Self { out, network: network.to_owned(), annotated, streams: 0 }
    }

    /// Writes an attempt as a section.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn attempt(&mut self, attempt: &Attempt<'_>) -> io::Result<()> {
        let said = talk::packets(attempt, View::Network { annotated: self.annotated }, &mut self.streams);
        self.section(attempt, &[MADE_UP.to_owned()])?;
        let step = format!("step {}: {} ({})", attempt.step, attempt.client.id, attempt.client.profile.word());
        let mut step = Some(step);
        for mut packet in said {
            packet.comments.splice(0..0, step.take());
            let at = unix_us(attempt.environment.start, packet.at);
            self.out.write_all(&pcapng::packet(0, at, &packet.octets, &packet.comments))?;
        }
        Ok(())
    }

    /// Writes the packets that really were sent and delivered as a section: the octets from the IP header on. `lost` of them found no room.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn packets(&mut self, attempt: &Attempt<'_>, packets: &[(Moment, Vec<u8>)], lost: u64) -> io::Result<()> {
        let lost = (lost > 0).then(|| format!("incomplete: {lost} packets found no room"));
        self.section(attempt, lost.as_slice())?;
        for (at, octets) in packets {
            self.out.write_all(&pcapng::packet(0, unix_us(attempt.environment.start, *at), octets, &[]))?;
        }
        Ok(())
    }

    /// Ends the capture.
    pub fn end(self) -> W {
        self.out
    }

    fn section(&mut self, attempt: &Attempt<'_>, more: &[String]) -> io::Result<()> {
        let about = format!("scenario {}, step {}, client {}", attempt.scenario, attempt.step, attempt.client.id);
        let ended = attempt.outcome.map(|outcome| format!("ended with {outcome}"));
        let comments: Vec<String> =
            [SIMULATION.to_owned(), about].into_iter().chain(ended).chain(more.iter().cloned()).collect();
        self.out.write_all(&pcapng::section(&application(), &comments))?;
        self.out.write_all(&pcapng::interface(&self.network))?;
        self.out.write_all(&pcapng::names(names(attempt.environment)))
    }
}

/// A capture of whole connections, one after the other, of which nothing is known but what was said: a packet a millisecond.
#[must_use]
pub fn connections(client: IpAddr, server: SocketAddr, conversations: &[Vec<(End, Vec<u8>)>]) -> Vec<u8> {
    let mut packets = Vec::new();
    for (number, (port, conversation)) in (1..).zip((FIRST_PORT..).zip(conversations)) {
        let mut stream = Stream::new(SocketAddr::new(client, port), server, number);
        packets.push(stream.syn());
        packets.extend(stream.accepted());
        packets.extend(stream.acknowledged(End::Client));
        packets.extend(conversation.iter().flat_map(|(from, octets)| stream.say(*from, octets)));
        packets.extend(stream.close(End::Client));
        packets.extend(stream.close(End::Server));
    }
    let mut bytes = pcapng::section(&application(), &[SIMULATION.to_owned(), MADE_UP.to_owned()]);
    bytes.extend(pcapng::interface("kmslab"));
    for (at, packet) in (0..).step_by(1000).zip(packets) {
        bytes.extend(pcapng::packet(0, at, &packet, &[]));
    }
    bytes
}

/// A capture made on one machine during attempts, as its own sniffer shows it: what it sent and what reached it, by its own clock. It names
/// no machine, no scenario and no fault.
#[must_use]
pub fn at_machine(machine: &Id, attempts: &[Attempt<'_>], clock: &dyn Fn(Moment) -> WallTime) -> Vec<u8> {
    let mut streams = 0;
    let mut packets = Vec::new();
    for attempt in attempts {
        let timeline = seen::seen(attempt, machine);
        let seen = Attempt { timeline: &timeline, ..*attempt };
        packets.extend(talk::packets(&seen, View::Machine, &mut streams));
    }
    packets.sort_by_key(|packet| packet.at);
    let mut bytes = pcapng::section(&application(), &[SIMULATION.to_owned(), MADE_UP.to_owned()]);
    bytes.extend(pcapng::interface(INTERFACE));
    for packet in packets {
        bytes.extend(pcapng::packet(0, unix_us(clock(packet.at), Moment::START), &packet.octets, &[]));
    }
    bytes
}

fn application() -> String {
    format!("kmslab {} (SIMULATION)", env!("CARGO_PKG_VERSION"))
}

/// Each address and the id of the machine that has it.
fn names(environment: &Environment) -> impl Iterator<Item = (IpAddr, &str)> {
    let dns = environment.dns_servers.iter().map(|machine| (&machine.id, &machine.addresses));
    let hosts = environment.kms_hosts.iter().map(|machine| (&machine.id, &machine.addresses));
    let servers =
        dns.chain(hosts).flat_map(|(id, addresses)| addresses.iter().map(move |address| (*address, id.as_str())));
    let clients = environment
        .clients
        .iter()
        .flat_map(|machine| machine.ip.adapters.iter().map(|adapter| (adapter.address, machine.id.as_str())));
    servers.chain(clients)
}

/// A moment of a run as microseconds since 1970; what lies before counts as its beginning.
fn unix_us(start: WallTime, at: Moment) -> u64 {
    start.at(at).0.saturating_sub(UNIX_EPOCH) / TICKS_PER_US
}
