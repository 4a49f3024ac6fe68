//! What the host can carry: requests and connections a second, idle connections and their memory, latency.
//!
//! A generator of our own, because nothing else speaks DCE/RPC in load. It runs on the same machine over loopback, so every figure
//! is that of both ends; the ratio to a bare echo server in the same run, with messages of the same sizes, says what the host
//! costs. Run it with `cargo bench -p mock-kms --bench load`.
#![expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "driver: sockets, the clock, the memory of the process"
)]

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use double::serve::{Crowded, Door, Limits, Place, ServerThread, Visitors, accept_loop};
use double::{Clock, MachineId, Ring, Seed, WallTime};
use mock_kms::connection::Service;
use mock_kms::host::HostConfig;
use mock_kms::laboratory::seal_request;
use mock_kms::product::Product;
use mock_kms::server::{Server, loopback_only, serve};
use mock_kms::wire::Guid;
use mock_kms::wire::client_side::{CONTEXT_NDR32, bind_two_contexts, write_call};
use mock_kms::wire::kms::{BaseRequest, Version, WorkstationName};
use mock_kms::wire::ndr::TransferSyntax;
use mock_kms::wire::pdu::MAX_FRAGMENT;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// How long each rate is measured.
const LENGTH: Duration = Duration::from_secs(2);
/// Connections in the loop with many.
const MANY: usize = 64;
/// Idle connections: each needs two descriptors here, because both ends are in one process.
const IDLE: usize = 9_000;
/// Where the length of a PDU stands (C706 12.6.3.1).
const LENGTH_AT: usize = 8;
/// Octets of a header.
const HEADER: usize = 16;
const NOW: WallTime = WallTime(134_000_000_000_000_000);

/// Who is talked to.
#[derive(Clone, Copy, PartialEq)]
enum Peer {
    Kms,
    Echo,
}

/// What is said: the bind, and a request.
#[derive(Clone)]
struct Said {
    bind: Arc<[u8]>,
    request: Arc<[u8]>,
}

fn main() {
    // `cargo test --all-targets` runs this file too, without the flag: it need only build then.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let limits = Limits::of(IDLE + MANY);
    let servers = ServerThread::start("servers").expect("a thread");
    let kms = listen_kms(&servers, limits);
    let echo = listen_echo(&servers, limits);
    let said = said();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        for (what, connections) in [("one connection", 1), ("64 connections", MANY)] {
            let (ours, latency) = requests(Peer::Kms, kms, &said, connections).await;
            let (theirs, bare) = requests(Peer::Echo, echo, &said, connections).await;
            println!("{what:15} {ours:>8.0} requests/s, {:.2} of echo; {latency}; echo {bare}", ours / theirs);
        }
        let ours = openings(kms, &said).await;
        let theirs = openings(echo, &said).await;
        println!("new connections {ours:>8.0} /s with a bind each, {:.2} of echo", ours / theirs);
        let before = resident();
        let mut idle = Vec::with_capacity(IDLE);
        for _ in 0..IDLE {
            idle.push(opened(Peer::Kms, kms, &said).await);
        }
        let kib = resident().saturating_sub(before);
        println!("idle            {IDLE:>8} bound connections, {kib} KiB, {:.2} KiB each with both ends", {
            f64::from(u32::try_from(kib).unwrap_or(u32::MAX)) / f64::from(u32::try_from(IDLE).unwrap_or(1))
        });
        let (beside, latency) = requests(Peer::Kms, kms, &said, 1).await;
        println!("beside them     {beside:>8.0} requests/s; {latency}");
    });
}

fn said() -> Said {
    let product = Product::Windows10;
    let request = BaseRequest {
        version: Version::V6.dword(),
        virtual_machine: 0,
        license_status: 5,
        minutes_left: 0,
        application: product.application(),
        sku: product.sku(),
        counted: product.counted(),
        client: Guid([0x77; 16]),
        required_clients: product.required_clients(),
        client_time: NOW,
        previous_client: Guid::NIL,
        workstation: WorkstationName::new("PC7"),
    };
    let mut call = Vec::new();
    let message = seal_request(Version::V6, &request);
    write_call(2, CONTEXT_NDR32, TransferSyntax::Ndr32, &message, MAX_FRAGMENT, &mut call);
    Said { bind: bind_two_contexts().into(), request: call.into() }
}

fn listener(servers: &ServerThread) -> (TcpListener, SocketAddr) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.set_nonblocking(true).expect("set");
    let address = listener.local_addr().expect("bound");
    let _runtime = servers.enter();
    (TcpListener::from_std(listener).expect("registered"), address)
}

fn listen_kms(servers: &ServerThread, limits: Limits) -> SocketAddr {
    let (listener, address) = listener(servers);
    let service = Service::new(MachineId::new("kms1"), HostConfig::default(), Vec::new(), Seed::new(1));
    let server = Server {
        service: Arc::new(Mutex::new(service)),
        journal: Arc::new(Mutex::new(Ring::default())),
        clock: Clock::start(1),
        wall: NOW,
        admit: Arc::new(loopback_only),
    };
    servers.spawn(serve(listener, server, limits, servers.stop()));
    address
}

fn listen_echo(servers: &ServerThread, limits: Limits) -> SocketAddr {
    let (listener, address) = listener(servers);
    servers.spawn(accept_loop(listener, Door::new(limits), servers.stop(), Echo));
    address
}

/// A server that does the least that a server can.
struct Echo;

impl Visitors for Echo {
    fn serve(&self, stream: TcpStream, _: SocketAddr, place: Place) -> impl Future<Output = ()> + Send + 'static {
        echo(stream, place)
    }

    fn turned_away(&self, peer: SocketAddr, why: Crowded) {
        println!("{peer} found no room: {why}");
    }
}

async fn echo(mut stream: TcpStream, _place: Place) {
    stream.set_nodelay(true).ok();
    let mut buffer = [0; 1024];
    while let Ok(length @ 1..) = stream.read(&mut buffer).await {
        let heard = buffer.get(..length).unwrap_or_default();
        if stream.write_all(heard).await.is_err() {
            break;
        }
    }
}

/// A connection on which a bind was answered.
async fn opened(peer: Peer, address: SocketAddr, said: &Said) -> TcpStream {
    let mut stream = TcpStream::connect(address).await.expect("it listens");
    stream.set_nodelay(true).expect("set");
    exchange(&mut stream, peer, &said.bind).await;
    stream
}

/// Says something and waits for the whole answer.
async fn exchange(stream: &mut TcpStream, peer: Peer, octets: &[u8]) {
    stream.write_all(octets).await.expect("sent");
    let mut answer = [0; 1024];
    let mut have = 0;
    loop {
        let room = answer.get_mut(have..).expect("an answer is short");
        let more = stream.read(room).await.expect("an answer");
        assert!(more > 0, "the connection was closed");
        have += more;
        let length = match peer {
            Peer::Echo => octets.len(),
            Peer::Kms if have >= HEADER => usize::from(u16::from_le_bytes([answer[LENGTH_AT], answer[LENGTH_AT + 1]])),
            Peer::Kms => usize::MAX,
        };
        if have >= length {
            return;
        }
    }
}

/// Requests a second over some connections, and the latency.
async fn requests(peer: Peer, address: SocketAddr, said: &Said, connections: usize) -> (f64, String) {
    let mut streams = Vec::new();
    for _ in 0..connections {
        streams.push(opened(peer, address, said).await);
    }
    let start = Instant::now();
    let mut all = tokio::task::JoinSet::new();
    for mut stream in streams {
        let said = said.clone();
        all.spawn(async move {
            let mut latencies = Vec::new();
            while start.elapsed() < LENGTH {
                let from = Instant::now();
                exchange(&mut stream, peer, &said.request).await;
                latencies.push(from.elapsed());
            }
            latencies
        });
    }
    let mut latencies = all.join_all().await.concat();
    let rate = f64::from(u32::try_from(latencies.len()).unwrap_or(u32::MAX)) / start.elapsed().as_secs_f64();
    latencies.sort_unstable();
    let at = |percent: usize| latencies.get(latencies.len() * percent / 100).copied().unwrap_or_default();
    (rate, format!("p50 {:?} p99 {:?}", at(50), at(99)))
}

/// Connections a second that are opened, answered once and closed.
async fn openings(address: SocketAddr, said: &Said) -> f64 {
    let start = Instant::now();
    let mut count = 0_u32;
    // The client closes by a reset, so that its ports are free again.
    while start.elapsed() < LENGTH {
        let mut stream = TcpStream::connect(address).await.expect("it listens");
        stream.write_all(&said.bind).await.expect("sent");
        let mut answer = [0; 256];
        assert!(stream.read(&mut answer).await.expect("an answer") > 0, "an answer");
        stream.set_zero_linger().expect("set");
        count += 1;
    }
    f64::from(count) / start.elapsed().as_secs_f64()
}

/// Resident memory of this process, in KiB; zero where the system does not tell.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}
