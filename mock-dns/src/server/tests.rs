//! The server on real sockets of loopback: every action reaches a client as it should.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};

use double::serve::ServerThread;
use double::{MachineId, Seed};
use notation::{Format, Problems};

use super::*;
use crate::message::{Message, build_query};
use crate::record::RecordType;
use crate::server_core::DnsServerConfig;
use crate::{DomainName, Zone};

/// Longer than any answer of a healthy server takes; only a failing test waits for it.
const PATIENCE: Duration = Duration::from_secs(10);
/// How much faster than real time the server's clock runs.
const SCALE: u32 = 100;

struct Running {
    address: SocketAddr,
    journal: Arc<Mutex<Ring<DnsEvent>>>,
    thread: ServerThread,
}

fn start(faults: &str) -> Running {
    start_with(faults, Limits::default())
}

fn start_with(faults: &str, limits: Limits) -> Running {
    let mut problems = Problems::default();
    let tree = notation::parse::parse(faults, &mut problems);
    let mut config = DnsServerConfig::read(&tree, &mut problems).unwrap();
    let origin = DomainName::parse("contoso.com").unwrap();
    // An answer with all of `many` is nearly as long as an answer can be.
    let many: String = (0..100).map(|at| format!("\nmany TXT \"{at:0250}\" \"{at:0250}\"")).collect();
    config.zones = vec![Zone::load(&origin, &format!("kms1 A 10.0.0.5\nslow A 10.0.0.6{many}")).unwrap().0];
    let thread = ServerThread::start("dns").unwrap();
    let (udp, tcp) = bind((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    let address = udp.local_addr().unwrap();
    let journal = Arc::new(Mutex::new(Ring::default()));
    let service = Service {
        server: Arc::new(Mutex::new(DnsServer::new(MachineId::new("dns1"), config, Seed::new(1)))),
        journal: Arc::clone(&journal),
        clock: Clock::start(SCALE),
        addresses: Addresses::same(),
        limits,
    };
    let (udp, tcp) = {
        let _runtime = thread.enter();
        (UdpSocket::from_std(udp).unwrap(), TcpListener::from_std(tcp).unwrap())
    };
    thread.spawn(serve(service, udp, Some(tcp), thread.stop()));
    Running { address, journal, thread }
}

fn query(id: u16, name: &str) -> Vec<u8> {
    build_query(id, &DomainName::parse(name).unwrap(), RecordType::A)
}

fn client() -> std::net::UdpSocket {
    let socket = std::net::UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket
}

fn receive(socket: &std::net::UdpSocket) -> (Message, SocketAddr) {
    let mut buffer = [0; 2048];
    let (length, from) = socket.recv_from(&mut buffer).unwrap();
    (Message::read(&buffer[..length]).unwrap(), from)
}

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

fn framed(message: &[u8]) -> Vec<u8> {
    [&u16::try_from(message.len()).unwrap().to_be_bytes()[..], message].concat()
}

#[test]
fn datagrams_and_streams_are_answered() {
    let running = start("");
    let socket = client();
    socket.send_to(&query(7, "kms1.contoso.com"), running.address).unwrap();
    let (message, from) = receive(&socket);
    assert_eq!((message.id, message.answers.len(), from), (7, 1, running.address));

    let mut stream = connect(running.address);
    stream.write_all(&[framed(&query(8, "kms1.contoso.com")), framed(&query(9, "x.contoso.com"))].concat()).unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).unwrap();
    let first = usize::from(u16::from_be_bytes([bytes[0], bytes[1]]));
    assert_eq!(Message::read(&bytes[2..2 + first]).unwrap().id, 8);
    assert_eq!(Message::read(&bytes[4 + first..]).unwrap().id, 9);
    let journal = lock(&running.journal);
    let lines: Vec<String> = journal.iter().map(|entry| entry.event.to_string()).collect();
    assert_eq!(lines[..2], ["query kms1.contoso.com A", "query kms1.contoso.com A -> A 10.0.0.5"]);
    assert_eq!(lines.len(), 8, "{lines:#?}");
}

#[test]
fn a_delay_holds_up_no_other_query() {
    let running = start("[[faults]]\nid = \"slow\"\nname = \"slow.*\"\ndelivery = { delayed = 20000 }");
    let socket = client();
    socket.send_to(&query(1, "slow.contoso.com"), running.address).unwrap();
    socket.send_to(&query(2, "kms1.contoso.com"), running.address).unwrap();
    assert_eq!([receive(&socket).0.id, receive(&socket).0.id], [2, 1]);

    let mut stream = connect(running.address);
    stream.write_all(&[framed(&query(3, "slow.contoso.com")), framed(&query(4, "kms1.contoso.com"))].concat()).unwrap();
    let mut start = [0; 4];
    stream.read_exact(&mut start).unwrap();
    assert_eq!(start[2..], [0, 4]);
}

#[test]
fn replies_come_twice_or_from_elsewhere() {
    let running = start(
        "[[faults]]\nid = \"twice\"\nname = \"kms1.*\"\ndelivery = \"duplicated\"\n\
         [[faults]]\nid = \"elsewhere\"\nname = \"slow.*\"\ndelivery = { from-other-address = \"127.0.0.77\" }",
    );
    let socket = client();
    socket.send_to(&query(1, "kms1.contoso.com"), running.address).unwrap();
    assert_eq!([receive(&socket).0.id, receive(&socket).0.id], [1, 1]);
    if cfg!(target_os = "linux") {
        socket.send_to(&query(2, "slow.contoso.com"), running.address).unwrap();
        let (message, from) = receive(&socket);
        assert_eq!((message.id, from), (2, ([127, 0, 0, 77], running.address.port()).into()));
    }
}

#[test]
fn connections_end_as_told() {
    #[track_caller]
    fn check(fault: &str, expected: Result<usize, io::ErrorKind>) {
        let running = start(&format!("[[faults]]\nid = \"bad\"\ndelivery = \"{fault}\""));
        let mut stream = connect(running.address);
        stream.write_all(&framed(&query(1, "kms1.contoso.com"))).unwrap();
        let mut bytes = Vec::new();
        let read = stream.read_to_end(&mut bytes).map_err(|error| error.kind());
        assert_eq!(read, expected, "{fault}");
    }
    check("tcp-closed", Ok(0));
    check("tcp-reset", Err(io::ErrorKind::ConnectionReset));
    // 12 header, 22 question, 16 record, 2 length: half of 52.
    check("tcp-half", Ok(26));
}

#[test]
fn an_idle_connection_is_closed() {
    let running = start("");
    let mut stream = connect(running.address);
    stream.write_all(b"\0").unwrap();
    assert_eq!(stream.read(&mut [0]).unwrap(), 0);
    let journal = lock(&running.journal);
    let last = journal.iter().last().unwrap();
    assert!(last.event.to_string().ends_with("closed at a limit"), "{}", last.event);
    // Two seconds of the server's clock.
    assert!(last.at >= Moment::at(Duration::from_secs(2)), "{}", last.at);
}

#[test]
fn whoever_finds_no_room_is_refused_and_the_journal_says_so() {
    let limits = Limits { connections: double::serve::Limits::of(1), ..Limits::default() };
    let running = start_with("", limits);
    let mut first = connect(running.address);
    first.write_all(&framed(&query(1, "kms1.contoso.com"))).unwrap();
    first.read_exact(&mut [0; 2]).unwrap();
    assert_eq!(connect(running.address).read(&mut [0]).unwrap_or(0), 0);
    let journal = lock(&running.journal);
    let last = journal.iter().last().unwrap();
    assert!(last.event.to_string().ends_with("closed at a limit"), "{}", last.event);
    assert_eq!(last.note.as_deref(), Some("the limit of 1 connections"));
}

#[test]
fn nobody_is_answered_who_cannot_be_a_client() {
    for (peer, expected) in [
        ("10.0.0.9:5000", true),
        ("10.0.0.9:0", false),
        ("0.0.0.0:53", false),
        ("255.255.255.255:53", false),
        ("224.0.0.251:5353", false),
        ("[::]:53", false),
        ("[fd00::1]:53", true),
    ] {
        assert_eq!(is_answerable(peer.parse().unwrap()), expected, "{peer}");
    }
}

#[test]
fn the_end_of_a_client_that_reads_nothing_is_in_the_journal() {
    #[track_caller]
    fn check(leave: impl FnOnce(TcpStream) -> Option<TcpStream>, expected: (&str, Option<&str>)) {
        let running = start("");
        let mut stream = connect(running.address);
        // More than fits between the two of us, unread.
        stream
            .write_all(
                &framed(&build_query(1, &DomainName::parse("many.contoso.com").unwrap(), RecordType::TXT)).repeat(99),
            )
            .expect("sent");
        stream.read_exact(&mut [0]).expect("an answer");
        let _kept = leave(stream);
        let (done, wait) = std::sync::mpsc::channel();
        let journal = Arc::clone(&running.journal);
        running.thread.spawn(async move {
            loop {
                let last = lock(&journal).iter().last().map(|entry| (entry.event.to_string(), entry.note.clone()));
                if let Some(end) = last.filter(|(event, _)| event.contains("closed")) {
                    return done.send(end).unwrap_or_default();
                }
                tokio::task::yield_now().await;
            }
        });
        let (event, note) = wait.recv_timeout(PATIENCE).expect("the journal tells the end");
        assert!(event.ends_with(expected.0), "{event}");
        assert_eq!(note.as_deref(), expected.1);
    }
    check(
        |stream| {
            drop(stream);
            None
        },
        ("closed by the client", None),
    );
    check(Some, ("closed at a limit", Some("the client reads nothing")));
}
