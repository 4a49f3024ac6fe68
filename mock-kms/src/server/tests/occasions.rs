//! Which calls a fault strikes, and what a change does while the host runs: over real sockets, call by call.

use std::net::{IpAddr, Ipv4Addr};

use super::*;
use crate::host::HostState;
use crate::laboratory::seal_request;
use crate::product::Product;
use crate::wire::Guid;
use crate::wire::client_side::{CONTEXT_NDR32, bind_two_contexts, write_call};
use crate::wire::kms::Version;
use crate::wire::ndr::TransferSyntax;
use crate::wire::pdu::MAX_FRAGMENT;

/// What every fault here does: it refuses.
const REFUSES: &str = "id = \"f\"\nreply = { hresult = \"0xC004F042\" }\n";

/// Octets of a response up to the HRESULT of a refusal: header 24, length, pointer, HRESULT.
const REFUSED: usize = 36;

/// A client that is bound.
struct Caller(std::net::TcpStream);

impl Caller {
    /// From an address of this machine.
    fn bound(host: SocketAddr, from: Ipv4Addr) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().expect("a runtime");
        let stream = runtime.block_on(async {
            let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
            socket.bind((IpAddr::V4(from), 0).into()).expect("an address of this machine");
            socket.connect(host).await.expect("it listens").into_std().expect("registered")
        });
        stream.set_nonblocking(false).expect("set");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("set");
        let mut caller = Self(stream);
        caller.0.write_all(&bind_two_contexts()).expect("sent");
        caller.answer();
        caller
    }

    /// Octets of the PDU that comes.
    fn answer(&mut self) -> usize {
        let mut header = [0; 16];
        self.0.read_exact(&mut header).expect("an answer");
        let length = usize::from(u16::from_le_bytes([header[8], header[9]]));
        self.0.read_exact(&mut vec![0; length - header.len()]).expect("the rest");
        length
    }

    /// Calls so often, and tells of each call whether it was granted `.` or refused `x`.
    fn calls(&mut self, count: u32) -> String {
        (0..count).map(|call| self.call(call)).collect()
    }

    fn call(&mut self, call: u32) -> char {
        let at = WallTime(134_000_000_000_000_000);
        let message = seal_request(Version::V6, &Product::Windows10.request(Version::V6, Guid([0x77; 16]), "PC7", at));
        let mut octets = Vec::new();
        write_call(call + 2, CONTEXT_NDR32, TransferSyntax::Ndr32, &message, MAX_FRAGMENT, &mut octets);
        self.0.write_all(&octets).expect("sent");
        if self.answer() == REFUSED { 'x' } else { '.' }
    }
}

/// Which of ten calls are refused under a fault that strikes `when`.
fn struck(when: &str, from: Ipv4Addr, seed: u64) -> String {
    let (_thread, _server, host) = start(&format!("{REFUSES}{when}"), Clock::start(1), seed);
    Caller::bound(host, from).calls(10)
}

#[track_caller]
fn check(when: &str, expected: &str) {
    assert_eq!(struck(when, Ipv4Addr::LOCALHOST, 1), expected, "{when}");
}

#[test]
fn the_first_the_later_and_every_nth() {
    check("", "xxxxxxxxxx");
    check("when = { first = 2 }", "xx........");
    check("when = { after = 7 }", ".......xxx");
    check("when = { every = 3 }", "..x..x..x.");
    check("when = { first = 6, every = 3 }", "..x..x....");
}

#[test]
fn for_one_client() {
    let other = Ipv4Addr::new(127, 0, 0, 2);
    assert_eq!(struck("client = \"127.0.0.2\"", Ipv4Addr::LOCALHOST, 1), "..........");
    assert_eq!(struck("client = \"127.0.0.2\"", other, 1), "xxxxxxxxxx");
}

#[test]
fn by_a_chance_that_the_seed_decides() {
    let of_seed = |seed| struck("when = { chance = 0.5 }", Ipv4Addr::LOCALHOST, seed);
    let first = of_seed(1);
    assert!(first.contains('x') && first.contains('.'), "{first}");
    assert_eq!(of_seed(1), first);
    assert!((2..6).any(|seed| of_seed(seed) != first), "the seed decides nothing");
}

#[test]
fn between_two_moments() {
    let clock = Clock::stepped(Moment::START);
    let when = "when = { from_ms = 1000, until_ms = 2000 }";
    let (_thread, _server, host) = start(&format!("{REFUSES}{when}"), clock.clone(), 1);
    let mut caller = Caller::bound(host, Ipv4Addr::LOCALHOST);
    assert_eq!(caller.calls(2), "..");
    clock.step_to(Moment::at(Duration::from_millis(1000)));
    assert_eq!(caller.calls(2), "xx");
    clock.step_to(Moment::at(Duration::from_millis(2000)));
    assert_eq!(caller.calls(2), "..");
}

#[test]
fn a_change_while_it_runs_is_felt_by_the_next_call() {
    let (_thread, server, host) = start("", Clock::start(1), 1);
    let mut caller = Caller::bound(host, Ipv4Addr::LOCALHOST);
    assert_eq!(caller.calls(1), ".");
    lock(&server.service).host.reconfigure(HostConfig { state: HostState::NotActivated, ..HostConfig::default() });
    assert_eq!(caller.calls(1), "x");
    lock(&server.service).host.reconfigure(HostConfig::default());
    let rule = format!("{REFUSES}when = {{ first = 1 }}");
    let tree = notation::parse::parse(&rule, &mut notation::Problems::default());
    let fault = notation::Format::read(&tree, &mut notation::Problems::default()).expect("a fault");
    lock(&server.service).faults.replace(vec![fault]);
    assert_eq!(caller.calls(2), "x.");
}
