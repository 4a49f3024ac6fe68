//! Whole conversations with the host, honest ones and broken ones.

use super::*;
use crate::action::Action;
use crate::laboratory::{open_response, request_iv, seal_request};
use crate::product::Product;
use crate::wire::bind::{Bind, Context, SyntaxId};
use crate::wire::client_side::{
    CONTEXT_NDR32, CONTEXT_NDR64, FromServer, alter_context_ndr32, bind_two_contexts, bind_windows_10,
    read_from_server, write_call,
};
use crate::wire::kms::{BaseRequest, Version};
use crate::wire::ndr::{TransferSyntax, read_response};
use crate::wire::pdu::{Flags, Header, PacketType};
use crate::wire::{Guid, Hresult};

mod delivery;
mod faults;
mod rules;

const WALL: WallTime = WallTime(134_000_000_000_000_000);

fn service(config: HostConfig, rules: &str) -> Service {
    let mut problems = notation::Problems::default();
    let tree = notation::parse::parse(rules, &mut problems);
    let rules = tree
        .as_table()
        .and_then(|table| table.find("fault"))
        .map_or(Some(Vec::new()), |list| <Vec<FaultRule> as notation::Format>::read(list, &mut problems));
    Service::new(MachineId::new("kms1"), config, rules.unwrap_or_else(|| panic!("{problems:?}")), Seed::new(1))
}

/// A client at the other end that keeps everything that it gets.
struct Talk {
    service: Service,
    connection: Connection,
    now: Moment,
    got: Vec<u8>,
    lines: Vec<String>,
    notes: Vec<String>,
    ended: Option<Action>,
}

impl Talk {
    fn with(mut service: Service) -> Self {
        let peer = "10.1.0.7:49200".parse().unwrap();
        let (connection, reaction) = Connection::accept(&mut service, peer, Moment::START);
        let mut talk = Self {
            service,
            connection,
            now: Moment::START,
            got: Vec::new(),
            lines: Vec::new(),
            notes: Vec::new(),
            ended: None,
        };
        talk.take(reaction);
        talk
    }

    fn honest() -> Self {
        Self::with(service(HostConfig { current_count: 25, ..HostConfig::default() }, ""))
    }

    fn faulty(rule: &str) -> Self {
        let rules = format!("[[fault]]\nid = \"f\"\n{rule}");
        Self::with(service(HostConfig { current_count: 25, ..HostConfig::default() }, &rules))
    }

    fn send(&mut self, bytes: &[u8]) -> &mut Self {
        let reaction = self.connection.receive(&mut self.service, bytes, self.now, WALL);
        self.take(reaction);
        self
    }

    fn take(&mut self, reaction: Reaction) {
        for action in reaction.actions {
            match action {
                Action::Send { bytes, .. } => self.got.extend_from_slice(&bytes),
                end @ (Action::Close { .. } | Action::Reset { .. }) => self.ended = Some(end),
            }
        }
        for entry in reaction.entries {
            self.lines.push(entry.event.to_string());
            self.notes.extend(entry.note);
        }
    }

    /// What came since the last time.
    fn reply(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.got)
    }

    #[track_caller]
    fn expect_lines(&self, expected: &[&str]) {
        let lines: Vec<&str> = self.lines.iter().map(String::as_str).collect();
        assert_eq!(lines, expected);
    }
}

fn base(version: Version) -> BaseRequest {
    BaseRequest { virtual_machine: 1, ..Product::Windows10.request(version, Guid([0x33; 16]), "pc7", WALL) }
}

fn call(version: Version, context: u16, syntax: TransferSyntax) -> Vec<u8> {
    let mut pdu = Vec::new();
    write_call(2, context, syntax, &seal_request(version, &base(version)), 5840, &mut pdu);
    pdu
}

fn call_ndr32() -> Vec<u8> {
    call(Version::V6, CONTEXT_NDR32, TransferSyntax::Ndr32)
}

/// HRESULT and count in a whole response, or what came instead.
fn outcome(reply: &[u8], version: Version, syntax: TransferSyntax) -> Result<(Hresult, Option<u32>), String> {
    let header = Header::read(reply).map_err(|error| error.to_string())?;
    match read_from_server(&header, reply).map_err(|error| error.to_string())? {
        FromServer::Response(response, order) => {
            let returned = read_response(syntax, order, response.stub).map_err(|error| error.to_string())?;
            let iv = request_iv(&seal_request(version, &base(version)));
            let opened = returned.message.map(|message| open_response(message, iv)).transpose();
            Ok((returned.hresult, opened.map_err(|error| error.to_string())?.map(|response| response.current_count)))
        }
        FromServer::Fault(fault) => Err(fault.status.to_string()),
        FromServer::BindNak(nak) => Err(format!("nak {}", nak.reason)),
        FromServer::BindAck(_) | FromServer::AlterContextResp(_) => Err("ack".into()),
    }
}

#[test]
fn the_conversation_of_windows_10_has_the_sizes_of_its_captures() {
    let mut talk = Talk::honest();
    let mut sizes = Vec::new();
    for pdu in [bind_windows_10(), alter_context_ndr32(), call_ndr32()] {
        sizes.push((pdu.len(), pdu[3], pdu[2]));
        talk.send(&pdu);
        let reply = talk.reply();
        sizes.push((reply.len(), reply[3], reply[2]));
    }
    // Sizes, flags and packet types as published for Windows 11 25H2: 0b13, 0c13, 0e13, 0f03, 0003, 0203.
    let expected = [(160, 0x13, 0x0b), (108, 0x13, 0x0c), (72, 0x13, 0x0e), (56, 3, 0x0f), (292, 3, 0), (300, 3, 2)];
    assert_eq!(sizes, expected);
    talk.expect_lines(&[
        "accept from 10.1.0.7 49200",
        "bind 3 contexts",
        "bind_ack 2/2 0/0 3/3",
        "alter_context 1 contexts",
        "alter_context_resp 0/0",
        "request 6.0 size 260 from pc7 cmid 33333333-3333-3333-3333-333333333333 required 25",
        "response 0x00000000 count 26",
    ]);
    assert!(talk.notes.is_empty() && talk.connection.is_open());
}

#[test]
fn sizes_of_every_version_and_encoding() {
    let expected = [(284, 200), (292, 212), (292, 268), (300, 280), (292, 300), (300, 312)];
    let mut sizes = Vec::new();
    for version in Version::ALL {
        for (context, syntax) in [(CONTEXT_NDR32, TransferSyntax::Ndr32), (CONTEXT_NDR64, TransferSyntax::Ndr64)] {
            let mut talk = Talk::honest();
            talk.send(&bind_windows_10()).send(&alter_context_ndr32()).reply();
            let request = call(version, context, syntax);
            talk.send(&request);
            let reply = talk.reply();
            sizes.push((request.len(), reply.len()));
            assert_eq!(outcome(&reply, version, syntax), Ok((Hresult::OK, Some(26))));
        }
    }
    assert_eq!(sizes, expected);
}

#[test]
fn sizes_of_refusals() {
    let config = HostConfig { state: crate::host::HostState::NotActivated, ..HostConfig::default() };
    let mut talk = Talk::with(service(config, ""));
    talk.send(&bind_windows_10()).send(&alter_context_ndr32()).reply();
    talk.send(&call_ndr32());
    assert_eq!(talk.reply().len(), 36);
    talk.send(&call(Version::V6, CONTEXT_NDR64, TransferSyntax::Ndr64));
    assert_eq!(talk.reply().len(), 44);
    assert_eq!(talk.lines.last().unwrap(), "response 0xC004F041");
}

#[test]
fn a_host_without_ndr64_accepts_ndr32_at_once() {
    let config = HostConfig { ndr64: false, current_count: 0, port: 11688, ..HostConfig::default() };
    let mut talk = Talk::with(service(config, ""));
    talk.send(&bind_windows_10());
    assert_eq!(talk.lines.last().unwrap(), "bind_ack 0/0 2/2 3/3");
    assert_eq!(talk.reply()[26..32], *b"11688\0");
    talk.send(&call_ndr32());
    assert_eq!(outcome(&talk.reply(), Version::V6, TransferSyntax::Ndr32), Ok((Hresult::OK, Some(1))));
    let mut older = Talk::honest();
    older.send(&bind_two_contexts());
    assert_eq!(older.lines.last().unwrap(), "bind_ack 0/0 3/3");
}

#[test]
fn where_the_stream_is_cut_makes_no_difference() {
    let mut bytes = bind_windows_10();
    bytes.extend(alter_context_ndr32());
    write_call(2, CONTEXT_NDR32, TransferSyntax::Ndr32, &seal_request(Version::V6, &base(Version::V6)), 64, &mut bytes);
    bytes.extend([5, 0, 42, 3, 0x10, 0, 0, 0, 16, 0, 0, 0, 9, 0, 0, 0]);
    let told = |pieces: &[&[u8]]| {
        let mut talk = Talk::honest();
        for piece in pieces {
            talk.send(piece);
        }
        (talk.got, talk.lines, talk.ended)
    };
    let whole = told(&[&bytes]);
    assert!(whole.1.contains(&"response 0x00000000 count 26".to_owned()), "{:?}", whole.1);
    for cut in 0..=bytes.len() {
        let (left, right) = bytes.split_at(cut);
        assert_eq!(told(&[left, right]), whole, "cut at {cut}");
    }
    assert_eq!(told(&bytes.chunks(1).collect::<Vec<_>>()), whole);
}

/// Nothing that arrives makes the host panic, and without a good request nothing is granted.
#[test]
fn truncation_and_changed_bits_anywhere() {
    let messages = [
        (vec![], bind_windows_10()),
        (vec![bind_windows_10()], alter_context_ndr32()),
        (vec![bind_windows_10(), alter_context_ndr32()], call_ndr32()),
    ];
    for (before, message) in messages {
        let check = |bytes: &[u8], what: String| {
            let mut talk = Talk::honest();
            for pdu in &before {
                talk.send(pdu);
            }
            talk.reply();
            talk.send(bytes);
            let reply = talk.reply();
            let granted =
                outcome(&reply, Version::V6, TransferSyntax::Ndr32).is_ok_and(|(hresult, _)| !hresult.is_failure());
            assert!(!granted || bytes[HEADER_AND_SIZES..] == call_ndr32()[HEADER_AND_SIZES..], "{what}");
        };
        for end in 0..message.len() {
            check(&message[..end], format!("cut at {end}"));
        }
        for bit in 0..message.len() * 8 {
            let mut changed = message.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            check(&changed, format!("bit {bit}"));
        }
    }
}

/// PDUs with good headers and random bodies, before and after a bind: answers come, none of them a grant.
#[test]
fn random_bodies() {
    for round in 0..3000 {
        let seed = Seed::new(round);
        let mut rng = seed.rng();
        let mut talk = Talk::honest();
        if rng.bool() {
            talk.send(&bind_windows_10()).send(&alter_context_ndr32()).reply();
        }
        for pdu in 0..4 {
            let mut octets: Vec<u8> = (0..16).flat_map(|part| seed.nth(pdu * 16 + part).bytes16()).collect();
            octets.truncate(rng.usize(16..256));
            let length = u8::try_from(octets.len()).unwrap();
            // Little contexts and counts, so that more than the first check is reached.
            let kind = rng.choice([0, 0, 11, 14, 15, 16, 18, 19]).unwrap();
            octets[..16].copy_from_slice(&[
                5,
                0,
                kind,
                rng.u8(..),
                0x10,
                0,
                0,
                0,
                length,
                0,
                rng.u8(..2),
                0,
                2,
                0,
                0,
                0,
            ]);
            for place in [20, 21, 22, 23, 24, 28, 29, 30] {
                if let Some(octet) = octets.get_mut(place) {
                    *octet &= 3;
                }
            }
            talk.send(&octets);
        }
        assert!(talk.lines.iter().all(|line| !line.contains("count")), "round {round}: {:?}", talk.lines);
        assert!(talk.got.len() <= 4 * 512, "round {round}");
    }
}

/// Header, fixed fields and the two sizes in front of a KMS message in NDR32.
const HEADER_AND_SIZES: usize = 32;
