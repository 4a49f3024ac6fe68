//! Packet captures, pcap and pcapng: what was asked of DNS servers and how they answered, and whether port 1688 was reached.
//!
//! The container is read by a crate, packet after packet; places are numbers of packets, as Wireshark counts them. A question
//! without an answer is claimed only when the capture goes on long enough after it; a connection without an end likewise. What
//! else is in a capture is counted nowhere: it is other people's traffic.

use std::collections::BTreeMap;
use std::net::IpAddr;

use mock_dns::message::Message;
use mock_dns::name::DomainName;
use mock_dns::rcode::Rcode;
use mock_dns::record::RecordType;
use pcap_parser::traits::PcapNGPacketBlock;
use pcap_parser::{Block, LegacyPcapSlice, PcapBlockOwned, PcapNGSlice};

use crate::claim::{Lookup, LookupResult, PortResult, Says};
use crate::read::Why;
use crate::read::packet::{self, Carries, Packet};
use crate::read::sink::Sink;
use crate::tool::Tool;

/// The port of DNS servers.
const DNS: u16 = 53;
/// The port of KMS hosts.
const KMS: u16 = 1688;
/// Packets that are read.
const PACKETS_MAX: usize = 2_000_000;
/// Questions and connections that are kept.
const KEPT_MAX: usize = 10_000;
/// Interfaces of a section.
const INTERFACES_MAX: usize = 1000;

/// Whether the file begins as a capture does.
pub(super) fn is_capture(bytes: &[u8]) -> bool {
    is_pcapng(bytes)
        || [[0xA1, 0xB2, 0xC3, 0xD4], [0xD4, 0xC3, 0xB2, 0xA1], [0xA1, 0xB2, 0x3C, 0x4D], [0x4D, 0x3C, 0xB2, 0xA1]]
            .iter()
            .any(|magic| bytes.starts_with(magic))
}

fn is_pcapng(bytes: &[u8]) -> bool {
    bytes.starts_with(&[0x0A, 0x0D, 0x0D, 0x0A])
}

pub(super) fn read(bytes: &[u8], sink: &mut Sink<'_>) {
    sink.seen(Tool::Capture);
    let mut talk = Talk::default();
    let good = if is_pcapng(bytes) { pcapng(bytes, &mut talk) } else { pcap(bytes, &mut talk) };
    if !good {
        sink.unread(talk.packets + 1, Why::Broken("the capture is broken or cut off here".to_owned()));
    }
    talk.end(sink);
}

/// Reads the old form; false when it breaks off.
fn pcap(bytes: &[u8], talk: &mut Talk) -> bool {
    let Ok(blocks) = LegacyPcapSlice::from_slice(bytes) else { return false };
    let link = u32::try_from(blocks.header.network.0).unwrap_or(u32::MAX);
    for block in blocks {
        let Ok(block) = block else { return false };
        if let PcapBlockOwned::Legacy(block) = block
            && !talk.packet(link, block.data)
        {
            return true;
        }
    }
    true
}

/// Reads the new form; false when it breaks off.
fn pcapng(bytes: &[u8], talk: &mut Talk) -> bool {
    let Ok(blocks) = PcapNGSlice::from_slice(bytes) else { return false };
    let mut links: Vec<u32> = Vec::new();
    for block in blocks {
        let Ok(block) = block else { return false };
        let PcapBlockOwned::NG(block) = block else { continue };
        let more = if let Block::SectionHeader(_) = block {
            links.clear();
            true
        } else if let Block::InterfaceDescription(interface) = block {
            links.push(u32::try_from(interface.linktype.0).unwrap_or(u32::MAX));
            links.len() < INTERFACES_MAX
        } else if let Block::EnhancedPacket(packet) = block {
            let link = usize::try_from(packet.if_id).ok().and_then(|id| links.get(id)).copied();
            talk.packet(link.unwrap_or(u32::MAX), packet.packet_data())
        } else if let Block::SimplePacket(packet) = block {
            talk.packet(links.first().copied().unwrap_or(u32::MAX), packet.packet_data())
        } else {
            true
        };
        if !more {
            return true;
        }
    }
    true
}

/// A question to a server, and its answer once there is one.
struct Asked {
    packet: usize,
    server: IpAddr,
    name: DomainName,
    kind: RecordType,
    result: Option<LookupResult>,
    /// Its answer was truncated: what came over TCP instead is not read.
    truncated: bool,
}

/// A connection to port 1688.
struct Tried {
    packet: usize,
    open: bool,
    /// A reset came back before it was open.
    reset: bool,
}

/// What was said, in the order in which it was begun.
#[derive(Default)]
struct Talk {
    packets: usize,
    asked: Vec<Asked>,
    /// The open questions by client, server and id.
    open: BTreeMap<(IpAddr, u16, IpAddr, u16), usize>,
    tried: BTreeMap<(IpAddr, u16, IpAddr), Tried>,
    truncated: Vec<usize>,
}

impl Talk {
    /// Takes a packet; false when no more are read.
    fn packet(&mut self, link: u32, frame: &[u8]) -> bool {
        self.packets += 1;
        if let Some(packet) = packet::read(link, frame) {
            match packet.carries {
                Carries::Udp(bytes) if packet.to.1 == DNS || packet.from.1 == DNS => self.dns(packet, bytes),
                Carries::Tcp { syn, ack, rst } if packet.to.1 == KMS || packet.from.1 == KMS => {
                    self.kms(packet, syn, ack, rst);
                }
                Carries::Udp(_) | Carries::Tcp { .. } => {}
            }
        }
        self.packets < PACKETS_MAX
    }

    fn dns(&mut self, packet: Packet<'_>, bytes: &[u8]) {
        let Ok(message) = Message::read(bytes) else { return };
        let Some(question) = message.question.clone().filter(|_| message.opcode == 0) else { return };
        if !message.is_reply {
            let key = (packet.from.0, packet.from.1, packet.to.0, message.id);
            // A client that asks again with the same id asks the same question.
            let again = self.open.get(&key).and_then(|at| self.asked.get(*at));
            let again = again.is_some_and(|asked| asked.name == question.name && asked.kind == question.record_type);
            if !again && self.asked.len() < KEPT_MAX {
                self.open.insert(key, self.asked.len());
                self.asked.push(Asked {
                    packet: self.packets,
                    server: packet.to.0,
                    name: question.name,
                    kind: question.record_type,
                    result: None,
                    truncated: false,
                });
            }
            return;
        }
        let key = (packet.to.0, packet.to.1, packet.from.0, message.id);
        let Some(asked) = self.open.get(&key).and_then(|at| self.asked.get_mut(*at)) else { return };
        let fits = asked.name == question.name && asked.kind == question.record_type;
        if fits && asked.result.is_none() {
            if message.truncated {
                asked.truncated = true;
                self.truncated.push(self.packets);
                return;
            }
            asked.result = Some(result(message));
        }
    }

    fn kms(&mut self, packet: Packet<'_>, syn: bool, ack: bool, rst: bool) {
        if packet.to.1 == KMS && syn && !ack {
            let key = (packet.from.0, packet.from.1, packet.to.0);
            if self.tried.len() < KEPT_MAX {
                let tried = Tried { packet: self.packets, open: false, reset: false };
                self.tried.entry(key).or_insert(tried);
            }
        } else if packet.from.1 == KMS
            && let Some(tried) = self.tried.get_mut(&(packet.to.0, packet.to.1, packet.from.0))
        {
            tried.open |= syn && ack;
            tried.reset |= rst && !tried.open;
        }
    }

    fn end(self, sink: &mut Sink<'_>) {
        for packet in self.truncated {
            sink.doubt(packet, "a truncated answer: what came over TCP instead is not read");
        }
        for asked in self.asked {
            if asked.truncated && asked.result.is_none() {
                continue;
            }
            let Some(result) = asked.result.or_else(|| later(asked.packet, self.packets)) else {
                sink.unread(asked.packet, Why::Incomplete("the capture ends before the question could be answered"));
                continue;
            };
            let lookup = Lookup {
                server: Some(asked.server),
                server_name: None,
                name: Some(asked.name),
                kind: Some(asked.kind),
                result,
            };
            sink.claim(asked.packet, Tool::Capture, Says::Lookup(lookup));
        }
        for ((_, _, server), tried) in self.tried {
            let what = match (tried.open, tried.reset) {
                (true, _) => None,
                (false, true) => Some("a reset came back: nothing listens there, or something in between refuses"),
                (false, false) => Some("nothing came back within this capture"),
            };
            let result = if tried.open { PortResult::Open } else { PortResult::NotReached };
            if let Some(what) = what {
                sink.doubt(tried.packet, what);
            }
            let says = Says::Port { to: server.to_string(), address: Some(server), port: KMS, result };
            sink.claim(tried.packet, Tool::Capture, says);
        }
    }
}

/// No answer, if packets follow the question; at the end of a capture nobody can know.
fn later(packet: usize, packets: usize) -> Option<LookupResult> {
    (packet < packets).then_some(LookupResult::NoAnswer)
}

fn result(message: Message) -> LookupResult {
    match message.rcode {
        Rcode::NXDOMAIN => LookupResult::NoSuchName,
        Rcode::REFUSED => LookupResult::Refused,
        Rcode::NOERROR if message.answers.is_empty() => LookupResult::NoData,
        Rcode::NOERROR => LookupResult::Records([message.answers, message.additionals].concat()),
        _ => LookupResult::ServerFailure,
    }
}
