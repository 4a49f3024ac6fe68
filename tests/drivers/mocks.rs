//! DRIVER: the mocks behind their own drivers on ports of 127.0.0.1, and the octets that our client says to a KMS host.
#![expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "driver: sockets of the mocks and of a client, the clock"
)]

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use double::serve::{Limits, ServerThread};
use double::{Clock, MachineId, Ring, Seed, WallTime};
use mock_dns::journal::DnsEvent;
use mock_dns::name::DomainName;
use mock_dns::server::{Addresses, Service as DnsService};
use mock_dns::server_core::{DnsServer, DnsServerConfig};
use mock_dns::zone::Zone;
use mock_kms::connection::Service as KmsService;
use mock_kms::fault::FaultRule;
use mock_kms::host::HostConfig;
use mock_kms::journal::{KmsEvent, What};
use mock_kms::laboratory::seal_request;
use mock_kms::product::Product;
use mock_kms::server::{Server as KmsServer, loopback_only};
use mock_kms::wire::Guid;
use mock_kms::wire::client_side::{CONTEXT_NDR32, FIRST_CALL_ID, alter_context_ndr32, bind_windows_10, write_call};
use mock_kms::wire::kms::Version;
use mock_kms::wire::ndr::{TransferSyntax, write_request};
use mock_kms::wire::pdu::MAX_FRAGMENT;

use crate::capture::From;

/// What the clocks of host and client show: some day in 2025.
const NOW: WallTime = WallTime(134_000_000_000_000_000);

/// 1970 as FILETIME ([MS-DTYP] 2.3.3).
const UNIX_EPOCH_FILETIME: WallTime = WallTime(116_444_736_000_000_000);

/// How long a client waits for octets that must come.
const PATIENCE: Duration = Duration::from_secs(20);

/// Octets of the header of a PDU ([C706] 12.6.3.1), and where its length stands there.
const HEADER: usize = 16;
const LENGTH_AT: usize = 8;

/// A mock that is served until this is dropped.
pub(crate) struct Served<E> {
    pub(crate) address: SocketAddr,
    /// What it has seen.
    pub(crate) journal: Arc<Mutex<Ring<E>>>,
    clock: Clock,
    _thread: ServerThread,
}

/// A DNS server with one zone.
pub(crate) fn dns(origin: &str, text: &str) -> Served<DnsEvent> {
    dns_with(origin, text, DnsServerConfig::default())
}

/// A DNS server with one zone that is set up otherwise too; its clock is that of the machine.
pub(crate) fn dns_with(origin: &str, text: &str, config: DnsServerConfig) -> Served<DnsEvent> {
    let (zone, _) = Zone::load(&DomainName::parse(origin).expect("a name"), text).expect("a zone");
    let config = DnsServerConfig { zones: vec![zone], ..config };
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is later");
    let mut server = DnsServer::new(MachineId::new("dns1"), config, Seed::new(1));
    server.set_clock(UNIX_EPOCH_FILETIME.plus(since_epoch));
    let (udp, tcp) = mock_dns::server::bind((Ipv4Addr::LOCALHOST, 0).into()).expect("two sockets");
    let address = udp.local_addr().expect("bound");
    let journal = Arc::new(Mutex::new(Ring::default()));
    let clock = Clock::start(1);
    let service = DnsService {
        server: Arc::new(Mutex::new(server)),
        journal: Arc::clone(&journal),
        clock: clock.clone(),
        addresses: Addresses::same(),
        limits: mock_dns::server::Limits::default(),
    };
    let thread = ServerThread::start("dns1").expect("a thread");
    let (udp, tcp) = {
        let _runtime = thread.enter();
        let udp = tokio::net::UdpSocket::from_std(udp).expect("registered");
        (udp, tokio::net::TcpListener::from_std(tcp).expect("registered"))
    };
    thread.spawn(mock_dns::server::serve(service, udp, Some(tcp), thread.stop()));
    Served { address, journal, clock, _thread: thread }
}

/// The machine's clock, in seconds since 1970.
pub(crate) fn seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("it is later").as_secs()
}

/// An honest KMS host.
pub(crate) fn kms() -> Served<KmsEvent> {
    kms_with(Vec::new())
}

/// A KMS host that does this wrong.
pub(crate) fn kms_with(faults: Vec<FaultRule>) -> Served<KmsEvent> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a socket");
    listener.set_nonblocking(true).expect("set");
    let address = listener.local_addr().expect("bound");
    let service = KmsService::new(MachineId::new("kms1"), HostConfig::default(), faults, Seed::new(1));
    let journal = Arc::new(Mutex::new(Ring::default()));
    let clock = Clock::start(1);
    let server = KmsServer {
        service: Arc::new(Mutex::new(service)),
        journal: Arc::clone(&journal),
        clock: clock.clone(),
        wall: NOW,
        admit: Arc::new(loopback_only),
    };
    let thread = ServerThread::start("kms1").expect("a thread");
    let listener = {
        let _runtime = thread.enter();
        tokio::net::TcpListener::from_std(listener).expect("registered")
    };
    thread.spawn(mock_kms::server::serve(listener, server, Limits::default(), thread.stop()));
    Served { address, journal, clock, _thread: thread }
}

impl Served<KmsEvent> {
    /// What was said on the first connection so far, by the journal.
    pub(crate) fn conversation(&self) -> Vec<(From, Vec<u8>)> {
        let journal = self.journal.lock().expect("nobody panicked");
        let said = journal.iter().filter(|entry| entry.event.connection == 1 && !entry.event.octets.is_empty());
        // What is late is written down when it is decided.
        let said = said.filter(|entry| entry.at <= self.clock.now());
        said.map(|entry| (sender(&entry.event.what, entry.note.is_some()), entry.event.octets.clone())).collect()
    }
}

/// Who sends what a host notes. What is no RPC comes from the host when the note of a fault says so.
pub(crate) fn sender(what: &What, noted: bool) -> From {
    match what {
        What::BindAck { .. }
        | What::BindNak { .. }
        | What::AlterContextResp { .. }
        | What::Response { .. }
        | What::Fault { .. }
        | What::Incomplete => From::Server,
        What::NotRpc if noted => From::Server,
        What::Accept { .. }
        | What::Bind { .. }
        | What::AlterContext { .. }
        | What::Fragment
        | What::Request(_)
        | What::Ignored { .. }
        | What::NotRpc
        | What::Unreadable(_)
        | What::Close { .. }
        | What::Reset { .. }
        | What::Logged(_) => From::Client,
    }
}

/// A message that the host grants.
fn message() -> Vec<u8> {
    seal_request(Version::V6, &Product::Windows10.request(Version::V6, Guid([0x77; 16]), "PC7", NOW))
}

/// The stub of a request in hexadecimal.
pub(crate) fn stub(syntax: TransferSyntax) -> String {
    let mut stub = Vec::new();
    write_request(syntax, &message(), &mut stub);
    stub.iter().map(|octet| format!("{octet:02x}")).collect()
}

/// What our client and a host say to each other in a whole activation: bind, alter_context, request, and the answers.
pub(crate) fn conversation(host: SocketAddr) -> Vec<(From, Vec<u8>)> {
    let mut stream = TcpStream::connect(host).expect("it listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("set");
    let mut request = Vec::new();
    write_call(FIRST_CALL_ID, CONTEXT_NDR32, TransferSyntax::Ndr32, &message(), MAX_FRAGMENT, &mut request);
    let mut said = Vec::new();
    for pdu in [bind_windows_10(), alter_context_ndr32(), request] {
        stream.write_all(&pdu).expect("sent");
        said.push((From::Client, pdu));
        let mut answer = vec![0; HEADER];
        stream.read_exact(&mut answer).expect("a header");
        let length = usize::from(u16::from_le_bytes([answer[LENGTH_AT], answer[LENGTH_AT + 1]]));
        answer.resize(length, 0);
        stream.read_exact(&mut answer[HEADER..]).expect("the rest");
        said.push((From::Server, answer));
    }
    said
}
