//! What the host can carry: requests and connections a second, idle connections and their memory, latency.
//!
//! A generator of our own, because nothing else speaks DCE/RPC in load. The host is the program `mock-kms` in a process of its own;
//! beside it stand two servers that echo and do nothing else, each in a process of its own, which is this program once more: one on
//! the runtime that the host has, one with a thread for each connection. All run on the same machine as the generator, so every rate
//! is that of both ends: the ratio to the echoes, and what the server's process used of the processors, say what the host
//! costs. Run it with `cargo bench -p mock-kms --bench load`; `mock-kms/LOAD.md` says what came out.
//!
//! The generator has one thread and no event loop: it reads the answer of one connection after the other and says the next thing
//! there. So each request costs it one read and one write, and a connection never has two requests under way. It waits for the
//! answer to what it sent last first, in each half of the connections: the others have come by then, and it sleeps once a
//! half. One that slept for every answer would have the server wake it for every answer, and measure that.
#![expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "driver: sockets, processes, the clock, the memory of a process"
)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use double::serve::{Crowded, Door, Limits, Place, ServerThread, Visitors, accept_loop};
use double::{WallTime, descriptors};
use mock_kms::laboratory::seal_request;
use mock_kms::product::Product;
use mock_kms::wire::Guid;
use mock_kms::wire::client_side::{CONTEXT_NDR32, bind_two_contexts, write_call};
use mock_kms::wire::kms::Version;
use mock_kms::wire::ndr::TransferSyntax;
use mock_kms::wire::pdu::MAX_FRAGMENT;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// How long each rate is measured, and how often: the machine has other work, so the best round is told.
const LENGTH: Duration = Duration::from_millis(500);
const ROUNDS: usize = 10;
/// Connections in the loop with many, and in each batch of new ones.
const MANY: usize = 64;
/// Idle connections.
const IDLE: usize = 10_000;
/// The arguments that make an echo server of this program.
const ECHO: &str = "--echo";
const ECHO_WITH_THREADS: &str = "--echo-with-threads";
/// Where the length of a PDU stands (C706 12.6.3.1).
const LENGTH_AT: usize = 8;
/// Octets of a header.
const HEADER: usize = 16;
/// How Linux counts the time of a process in `/proc`: hundredths of a second.
const TICK: Duration = Duration::from_millis(10);
/// 1970-01-01 as FILETIME ([MS-DTYP] 2.3.3).
const UNIX_EPOCH_FILETIME: WallTime = WallTime(116_444_736_000_000_000);

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if arguments.iter().any(|argument| argument == ECHO) {
        return serve_echo();
    }
    if arguments.iter().any(|argument| argument == ECHO_WITH_THREADS) {
        return serve_echo_with_threads();
    }
    // `cargo test --all-targets` runs this file too, without the flag: it need only build then.
    if arguments.iter().any(|argument| argument == "--bench") {
        measure();
    }
}

fn measure() {
    let places = IDLE + 2 * MANY;
    descriptors::allow(places).expect("descriptors for both ends");
    let mut host = Command::new(env!("CARGO_BIN_EXE_mock-kms"));
    let host = Peer::start(host.args(["127.0.0.1:0", "--connections", &places.to_string()]), Kind::Kms);
    let echo = |how, kind| Peer::start(Command::new(std::env::current_exe().expect("this program")).arg(how), kind);
    let peers = [host, echo(ECHO, Kind::Echo), echo(ECHO_WITH_THREADS, Kind::Threads)];
    let said = Said::new();
    for (what, connections) in [("one connection", 1), ("64 connections", MANY)] {
        compare(what, "requests/s", &peers, |peer| requests(peer, &said, connections));
    }
    compare("new connections", "binds/s", &peers, |peer| openings(peer, &said));
    let [host, echo, _] = &peers;
    drop(hold(echo, &said));
    let held = hold(host, &said);
    compare("beside the idle", "requests/s", &peers, |peer| requests(peer, &said, MANY));
    drop(held);
}

/// Opens many connections and leaves them idle.
fn hold(peer: &Peer, said: &Said) -> Vec<TcpStream> {
    let before = peer.resident();
    let held = (0..IDLE).map(|_| opened(peer, said)).collect();
    let after = peer.resident();
    let each = after.saturating_sub(before) * 1024 / IDLE;
    println!("{IDLE} idle, bound  {:?}: {after} KiB resident, {before} before them: {each} octets each", peer.kind);
    held
}

/// Who is talked to.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Kms,
    Echo,
    Threads,
}

/// A server in a process of its own, which ends with this value.
struct Peer {
    kind: Kind,
    process: Child,
    address: SocketAddr,
}

impl Peer {
    /// Starts a program that says its address in its first line, as `... on ADDRESS:PORT: ...`.
    fn start(command: &mut Command, kind: Kind) -> Self {
        let mut process = command.stdout(Stdio::piped()).spawn().expect("it starts");
        let mut said = BufReader::new(process.stdout.take().expect("a pipe"));
        let mut line = String::new();
        said.read_line(&mut line).expect("it says where it listens");
        let mut words = line.split_whitespace().map(|word| word.trim_end_matches(':'));
        let address = words.find_map(|word| word.parse().ok()).expect("an address");
        std::thread::spawn(move || swallow(said));
        Self { kind, process, address }
    }

    /// Resident memory, in KiB.
    fn resident(&self) -> usize {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).expect("a process");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("resident memory");
        line.split_whitespace().next().expect("a number").parse().expect("a number")
    }

    /// What it has used of the processors so far: in its own code, and in the kernel.
    fn used(&self) -> (Duration, Duration) {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.process.id())).expect("a process");
        // The name of the program stands in parentheses; the times are the 12th and 13th field behind it (proc_pid_stat(5)).
        let (_, fields) = stat.rsplit_once(") ").expect("a name");
        let mut times = fields.split(' ').skip(11).map(|ticks| TICK * ticks.parse::<u32>().expect("a number"));
        (times.next().expect("user"), times.next().expect("system"))
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

/// What the host prints is read, as a terminal would, and forgotten.
fn swallow(mut said: BufReader<ChildStdout>) {
    std::io::copy(&mut said, &mut std::io::sink()).ok();
}

/// What is said: the bind, and a request.
struct Said {
    bind: Vec<u8>,
    request: Vec<u8>,
}

impl Said {
    fn new() -> Self {
        let now = UNIX_EPOCH_FILETIME.plus(SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970"));
        let request = Product::Windows10.request(Version::V6, Guid([0x77; 16]), "PC7", now);
        let mut call = Vec::new();
        let message = seal_request(Version::V6, &request);
        write_call(2, CONTEXT_NDR32, TransferSyntax::Ndr32, &message, MAX_FRAGMENT, &mut call);
        Self { bind: bind_two_contexts(), request: call }
    }
}

/// What a round came to.
struct Round {
    latencies: Vec<Duration>,
    rate: f64,
    /// Of the server, for each request.
    user: Duration,
    system: Duration,
}

/// Measures the peers in turn, and tells the best round of each.
fn compare(what: &str, unit: &str, peers: &[Peer; 3], round: impl Fn(&Peer) -> Vec<Duration>) {
    let mut best: [Option<Round>; 3] = [None, None, None];
    for _ in 0..ROUNDS {
        for (place, peer) in best.iter_mut().zip(peers) {
            let (before, start) = (peer.used(), Instant::now());
            let mut latencies = round(peer);
            let (length, after) = (start.elapsed(), peer.used());
            let count = u32::try_from(latencies.len()).expect("a round is short");
            latencies.sort_unstable();
            let rate = f64::from(count) / length.as_secs_f64();
            if place.as_ref().is_none_or(|best| best.rate < rate) {
                let (user, system) = ((after.0 - before.0) / count, (after.1 - before.1) / count);
                *place = Some(Round { latencies, rate, user, system });
            }
        }
    }
    println!("{what}, {unit}");
    let ours = best.first().and_then(Option::as_ref).map_or(0.0, |round| round.rate);
    for (peer, round) in peers.iter().zip(best.iter().flatten()) {
        let at = |share: usize| round.latencies.get(round.latencies.len() * share / 1000).copied().unwrap_or_default();
        println!(
            "  {:8} {:>7.0} ({:.2}); p50 {:.1?} p99 {:.1?} p99.9 {:.1?}; the server for each {:.1?} own code, {:.1?} kernel",
            format!("{:?}", peer.kind),
            round.rate,
            ours / round.rate,
            at(500),
            at(990),
            at(999),
            round.user,
            round.system
        );
    }
}

/// A connection on which a bind was answered.
fn opened(peer: &Peer, said: &Said) -> TcpStream {
    let mut stream = TcpStream::connect(peer.address).expect("it listens");
    stream.set_nodelay(true).expect("set");
    stream.write_all(&said.bind).expect("sent");
    answer(&mut stream, peer.kind, said.bind.len());
    stream
}

/// Reads one whole answer to something of `length` octets.
fn answer(stream: &mut TcpStream, kind: Kind, length: usize) {
    let mut octets = [0; 1024];
    let mut have = 0;
    loop {
        let more = stream.read(octets.get_mut(have..).expect("an answer is short")).expect("an answer");
        assert!(more > 0, "the connection was closed");
        have += more;
        let whole = match kind {
            Kind::Echo | Kind::Threads => length,
            Kind::Kms if have >= HEADER => usize::from(u16::from_le_bytes([octets[LENGTH_AT], octets[LENGTH_AT + 1]])),
            Kind::Kms => usize::MAX,
        };
        if have >= whole {
            return;
        }
    }
}

/// Requests over some connections, one under way on each: how long each took, as a client sees it that has others to look after.
fn requests(peer: &Peer, said: &Said, connections: usize) -> Vec<Duration> {
    let open = |_| (opened(peer, said), Instant::now());
    let mut streams: Vec<(TcpStream, Instant)> = (0..connections).map(open).collect();
    let mut latencies = Vec::with_capacity(200_000);
    let start = Instant::now();
    for (stream, sent) in &mut streams {
        *sent = Instant::now();
        stream.write_all(&said.request).expect("sent");
    }
    while start.elapsed() < LENGTH {
        for half in streams.chunks_mut(connections.div_ceil(2)) {
            half.reverse();
            for (stream, sent) in half {
                answer(stream, peer.kind, said.request.len());
                let now = Instant::now();
                latencies.push(now - *sent);
                stream.write_all(&said.request).expect("sent");
                *sent = now;
            }
        }
    }
    for (stream, _) in &mut streams {
        answer(stream, peer.kind, said.request.len());
    }
    latencies
}

/// Connections that are opened, answered once and gone: how long each took, some being under way at a time.
fn openings(peer: &Peer, said: &Said) -> Vec<Duration> {
    let mut latencies = Vec::with_capacity(50_000);
    let mut streams = Vec::with_capacity(MANY);
    let start = Instant::now();
    while start.elapsed() < LENGTH {
        for _ in 0..MANY {
            let from = Instant::now();
            let mut stream = TcpStream::connect(peer.address).expect("it listens");
            stream.write_all(&said.bind).expect("sent");
            streams.push((from, stream));
        }
        for (from, mut stream) in streams.drain(..) {
            // Octets that were not read make closing a reset, so that the port is free again.
            stream.read_exact(&mut [0; HEADER]).expect("an answer");
            latencies.push(from.elapsed());
        }
    }
    latencies
}

/// A server that does the least that a server can, on the runtime that the host has too.
fn serve_echo() {
    let thread = ServerThread::start("echo").expect("a thread");
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.set_nonblocking(true).expect("set");
    descriptors::allow(IDLE + 2 * MANY).expect("descriptors");
    println!("echo on {}", listener.local_addr().expect("bound"));
    let listener = {
        let _runtime = thread.enter();
        tokio::net::TcpListener::from_std(listener).expect("registered")
    };
    thread.spawn(accept_loop(listener, Door::new(Limits::of(IDLE + 2 * MANY)), thread.stop(), Echo));
    // Until the generator ends it.
    loop {
        std::thread::park();
    }
}

/// What a server with a thread for each connection can do at most, in whatever language it is written.
fn serve_echo_with_threads() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    println!("echo on {}", listener.local_addr().expect("bound"));
    for stream in listener.incoming() {
        let mut stream = stream.expect("descriptors");
        stream.set_nodelay(true).ok();
        std::thread::spawn(move || {
            let mut buffer = [0; 1024];
            while let Ok(length @ 1..) = stream.read(&mut buffer) {
                if stream.write_all(buffer.get(..length).unwrap_or_default()).is_err() {
                    break;
                }
            }
        });
    }
}

struct Echo;

impl Visitors for Echo {
    fn serve(
        &self,
        stream: tokio::net::TcpStream,
        _: SocketAddr,
        place: Place,
    ) -> impl Future<Output = ()> + Send + 'static {
        echo(stream, place)
    }

    fn turned_away(&self, peer: SocketAddr, why: Crowded) {
        println!("{peer} found no room: {why}");
    }
}

async fn echo(mut stream: tokio::net::TcpStream, _place: Place) {
    stream.set_nodelay(true).ok();
    let mut buffer = [0; 1024];
    while let Ok(length @ 1..) = stream.read(&mut buffer).await {
        let heard = buffer.get(..length).unwrap_or_default();
        if stream.write_all(heard).await.is_err() {
            break;
        }
    }
}
