//! The driver with real sockets on loopback.

use std::io::{ErrorKind, Read, Write};

use double::serve::ServerThread;
use double::{MachineId, Seed};

use super::*;
use crate::host::HostConfig;
use crate::wire::client_side::{alter_context_ndr32, bind_windows_10};

/// The scale of a clock that makes waits of seconds short.
const SHORT: u32 = 100;

/// A served host and a client that has connected to it.
fn connect(fault: &str, scale: u32) -> (ServerThread, Server, std::net::TcpStream) {
    let (thread, server, address) = start(fault, Clock::start(scale), 1);
    let client = std::net::TcpStream::connect(address).unwrap();
    client.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    (thread, server, client)
}

/// A served host with one fault or none.
fn start(fault: &str, clock: Clock, seed: u64) -> (ServerThread, Server, SocketAddr) {
    start_at(std::net::TcpListener::bind("127.0.0.1:0").unwrap(), fault, clock, seed)
}

/// The same, where it is told to listen.
fn start_at(
    listener: std::net::TcpListener,
    fault: &str,
    clock: Clock,
    seed: u64,
) -> (ServerThread, Server, SocketAddr) {
    let mut problems = notation::Problems::default();
    let tree = notation::parse::parse(fault, &mut problems);
    let rules = if fault.is_empty() {
        Vec::new()
    } else {
        vec![notation::Format::read(&tree, &mut problems).unwrap_or_else(|| panic!("{problems:?}"))]
    };
    let service = Service::new(MachineId::new("kms1"), HostConfig::default(), rules, Seed::new(seed));
    let server = Server {
        service: Arc::new(Mutex::new(service)),
        journal: Arc::new(Mutex::new(Ring::default())),
        clock,
        wall: WallTime(134_000_000_000_000_000),
        admit: Arc::new(loopback_only),
    };
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    let thread = ServerThread::start("kms1").unwrap();
    let listener = {
        let _runtime = thread.enter();
        TcpListener::from_std(listener).unwrap()
    };
    thread.spawn(serve(listener, server.clone(), Limits::default(), thread.stop()));
    (thread, server, address)
}

fn lines(server: &Server) -> Vec<String> {
    lock(&server.journal).iter().map(|entry| entry.event.to_string()).skip(1).collect()
}

#[test]
fn a_bind_and_an_alter_context_over_tcp() {
    let (_thread, server, mut client) = connect("", 1);
    client.write_all(&bind_windows_10()).unwrap();
    let mut ack = [0; 108];
    client.read_exact(&mut ack).unwrap();
    client.write_all(&alter_context_ndr32()).unwrap();
    let mut resp = [0; 56];
    client.read_exact(&mut resp).unwrap();
    assert_eq!((ack[2], resp[2]), (12, 15));
    client.shutdown(std::net::Shutdown::Write).unwrap();
    assert_eq!(client.read(&mut [0]).unwrap(), 0);
    let expected = [
        "bind 3 contexts",
        "bind_ack 2/2 0/0 3/3",
        "alter_context 1 contexts",
        "alter_context_resp 0/0",
        "close by client",
    ];
    assert_eq!(lines(&server), expected);
}

#[test]
fn a_reset_is_a_reset_and_a_close_is_a_close() {
    let (_thread, _server, mut client) = connect("id = \"f\"\ndelivery = { reset-after = 16 }", 1);
    client.write_all(&bind_windows_10()).unwrap();
    let error = client.read_to_end(&mut Vec::new()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);

    let (_thread, _server, mut client) = connect("id = \"f\"\ndelivery = { close-after = 16 }", 1);
    client.write_all(&bind_windows_10()).unwrap();
    // More than the host reads before it closes.
    client.write_all(&[0; 4000]).unwrap();
    let mut got = Vec::new();
    client.read_to_end(&mut got).unwrap();
    assert_eq!(got.len(), 16);
}

#[test]
fn slow_octets_all_arrive_in_order() {
    let (_thread, _server, mut client) =
        connect("id = \"f\"\ndelivery = { slow = { octets = 7, every = 200 } }", SHORT);
    client.write_all(&bind_windows_10()).unwrap();
    let mut ack = [0; 108];
    client.read_exact(&mut ack).unwrap();
    assert_eq!(ack[8..10], [108, 0]);
}

#[test]
fn an_unfinished_pdu_meets_its_deadline() {
    let (_thread, server, mut client) = connect("", SHORT);
    client.write_all(&bind_windows_10()[..20]).unwrap();
    assert_eq!(client.read(&mut [0]).unwrap(), 0);
    assert_eq!(lines(&server), ["close by host"]);
}

#[test]
fn only_this_machine_is_admitted_by_default() {
    let check = |peer: &str, admitted: bool| {
        let peer: SocketAddr = peer.parse().unwrap();
        assert_eq!(loopback_only(peer), admitted.then_some(peer), "{peer}");
    };
    check("127.0.0.1:1", true);
    check("127.88.7.3:1", true);
    check("[::1]:1", true);
    check("192.168.1.9:1", false);
    check("10.0.0.1:1", false);
    check("203.0.113.5:1", false);
    check("[fe80::1]:1", false);
    check("[::ffff:127.0.0.1]:1", false);
}

#[test]
fn who_is_not_admitted_is_not_heard() {
    let (thread, mut server, _client) = connect("", 1);
    server.admit = Arc::new(|_| None);
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    let listener = {
        let _runtime = thread.enter();
        TcpListener::from_std(listener).unwrap()
    };
    server.journal = Arc::default();
    thread.spawn(serve(listener, server.clone(), Limits::default(), thread.stop()));
    let mut client = std::net::TcpStream::connect(address).unwrap();
    assert_eq!(client.read(&mut [0]).unwrap_or(0), 0);
    assert_eq!(lock(&server.journal).iter().count(), 0);
}

mod occasions;
mod unread;
