//! DRIVER: the simulated KMS host alone, on a loopback address.
//!
//! It stands apart as the smallest program that shows the library at work. It reads a description of the host if one is
//! named, listens, and prints its journal. It listens on loopback, or on a private address that is named together with the
//! clients that may come; never on a public one.
#![expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "driver: arguments, a file, a socket, the clock"
)]

use std::io::{BufWriter, Write};
use std::net::{IpAddr, SocketAddr};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use double::serve::{Door, Limits, ServerThread};
use double::{Admission, Clock, MachineId, Ring, Seed, WallTime, descriptors};
use mock_kms::connection::Service;
use mock_kms::fault::FaultRule;
use mock_kms::host::HostConfig;
use mock_kms::server::{Server, serve_behind};

const USAGE: &str = "\
usage: mock-kms [LIMITS] [ADDRESS:PORT] [FILE.toml]
       mock-kms [LIMITS] --lan ADDRESS[:PORT] --allow CLIENT [--allow CLIENT]... [FILE.toml]
The default is 127.0.0.1:1688; the file holds [host] and [[fault]].
LIMITS  --connections N             connections at a time (256)
        --connections-per-client N  of one client address (all of them on loopback, 16 elsewhere)
At a limit the connection that has been idle for longest is closed; where none is, the newest is refused.";

/// The port of a KMS host (IANA: nsjtp-data, used by KMS).
const KMS_PORT: u16 = 1688;

/// Exit code of a command line that cannot be meant.
const EXIT_USAGE: u8 = 2;
/// Exit code of a description that was refused.
const EXIT_REFUSED: u8 = 3;
/// Exit code of an environment that cannot do it.
const EXIT_ENVIRONMENT: u8 = 4;

/// How often the journal is printed: so often that the ring holds all that can happen between two prints.
const PRINT_INTERVAL: Duration = Duration::from_millis(20);

/// Octets of the journal that are written at a time.
const WRITE_SIZE: usize = 64 * 1024;

/// Largest description that is read.
const MAX_FILE: u64 = 1024 * 1024;

/// 1970-01-01 as FILETIME ([MS-DTYP] 2.3.3).
const UNIX_EPOCH_FILETIME: WallTime = WallTime(116_444_736_000_000_000);

notation::record! {
    /// A KMS host and its faults.
    pub struct Description("a description of a KMS host") {
        /// The host.
        "host" => host: HostConfig = HostConfig::default(),
        /// What it does wrong.
        "fault" => faults: Vec<FaultRule> = Vec::new(),
    }
}

/// Why the program ends.
struct Failure {
    code: u8,
    message: String,
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // Nobody is left to tell if standard error is gone.
            writeln!(std::io::stderr(), "mock-kms: {}", failure.message).ok();
            ExitCode::from(failure.code)
        }
    }
}

fn run() -> Result<(), Failure> {
    let Arguments { address, admission, limits, description } = arguments()?;
    descriptors::allow(limits.connections)
        .map_err(|error| Failure { code: EXIT_ENVIRONMENT, message: error.to_string() })?;
    let environment =
        |error: std::io::Error| Failure { code: EXIT_ENVIRONMENT, message: format!("{address}: {error}") };
    let listener = std::net::TcpListener::bind(address).map_err(environment)?;
    listener.set_nonblocking(true).map_err(environment)?;
    let bound = listener.local_addr().map_err(environment)?;
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    // Identities are random in every run; the clock is random enough for what protects nothing.
    let seed = Seed::new(since_epoch.subsec_nanos().into()).child(&since_epoch.as_secs().to_string());
    let service = Service::new(MachineId::new("kms"), description.host, description.faults, seed);
    let server = Server {
        service: Arc::new(Mutex::new(service)),
        journal: Arc::new(Mutex::new(Ring::default())),
        clock: Clock::start(1),
        wall: UNIX_EPOCH_FILETIME.plus(since_epoch),
        admit: Arc::new(move |peer: SocketAddr| admission.admits(peer.ip()).then_some(peer)),
    };
    let thread = ServerThread::start("mock-kms").map_err(environment)?;
    let listener = {
        let _runtime = thread.enter();
        tokio::net::TcpListener::from_std(listener).map_err(environment)?
    };
    let door = Door::new(limits);
    thread.spawn(serve_behind(listener, server.clone(), Arc::clone(&door), thread.stop()));
    print_journal(&server, &door, bound).map_err(environment)
}

/// What the command line says.
struct Arguments {
    address: SocketAddr,
    /// Who may come there.
    admission: Admission,
    limits: Limits,
    description: Description,
}

fn arguments() -> Result<Arguments, Failure> {
    let usage = |message: &str| Failure { code: EXIT_USAGE, message: format!("{message}\n{USAGE}") };
    let mut address = SocketAddr::from(([127, 0, 0, 1], KMS_PORT));
    let mut file = None;
    let mut lan = false;
    let mut allowed = Vec::new();
    let (mut connections, mut per_client) = (Limits::default().connections, None);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        if argument == "--lan" {
            let named = arguments.next().and_then(|text| address_of(&text));
            address = named.ok_or_else(|| usage("--lan needs an address"))?;
            lan = true;
        } else if argument == "--allow" {
            let client = arguments.next().and_then(|text| text.parse::<IpAddr>().ok());
            allowed.push(client.ok_or_else(|| usage("--allow needs an address"))?);
        } else if argument == "--connections" {
            connections = count(arguments.next()).ok_or_else(|| usage("--connections needs a number from 1"))?;
        } else if argument == "--connections-per-client" {
            let named = count(arguments.next());
            per_client = Some(named.ok_or_else(|| usage("--connections-per-client needs a number from 1"))?);
        } else if let Ok(parsed) = argument.parse() {
            address = parsed;
        } else if argument.ends_with(".toml") && file.is_none() {
            file = Some(argument);
        } else {
            return Err(usage("neither an address with a port nor a .toml file"));
        }
    }
    if !lan && !allowed.is_empty() {
        return Err(usage("--allow goes with --lan"));
    }
    let judged = if lan { Admission::lan(address.ip(), &allowed) } else { Admission::loopback(address.ip()) };
    let admission = judged.map_err(|refused| usage(&refused.to_string()))?;
    let usual = if lan { Limits::PER_REMOTE_CLIENT } else { connections };
    let limits = Limits { connections, per_client: per_client.unwrap_or(usual) };
    Ok(Arguments { address, admission, limits, description: description(file.as_deref())? })
}

/// A number of connections, of which there must be one.
fn count(text: Option<String>) -> Option<usize> {
    text?.parse().ok().filter(|count| *count > 0)
}

/// An address with or without a port.
fn address_of(text: &str) -> Option<SocketAddr> {
    text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(|ip| SocketAddr::new(ip, KMS_PORT)))
}

/// The description in a file; the default without one.
fn description(file: Option<&str>) -> Result<Description, Failure> {
    let text = file
        .map_or(Ok(String::new()), read)
        .map_err(|error| Failure { code: EXIT_REFUSED, message: format!("{}: {error}", file.unwrap_or_default()) })?;
    let mut problems = notation::Problems::default();
    let tree = notation::parse::parse(&text, &mut problems);
    let description = <Description as notation::Format>::read(&tree, &mut problems).filter(|_| problems.is_empty());
    description.ok_or_else(|| {
        let lines: Vec<String> =
            problems.located(&text).in_order().iter().map(|problem| told(&text, problem)).collect();
        Failure { code: EXIT_REFUSED, message: lines.join("\nmock-kms: ") }
    })
}

/// A problem in one line, with the line of the file.
fn told(text: &str, problem: &notation::Problem) -> String {
    let before = text.as_bytes().get(..problem.span.start).unwrap_or_default();
    let line = 1 + before.iter().filter(|octet| **octet == b'\n').count();
    let hint = problem.hint.as_ref().map(|hint| format!(" ({hint})"));
    format!("line {line}: {}{}", problem.reason, hint.unwrap_or_default())
}

fn read(path: &str) -> std::io::Result<String> {
    let mut text = String::new();
    std::io::Read::read_to_string(&mut std::io::Read::take(std::fs::File::open(path)?, MAX_FILE), &mut text)?;
    Ok(text)
}

/// Prints the banner and what is seen, until the process is ended.
fn print_journal(server: &Server, door: &Door, bound: SocketAddr) -> std::io::Result<()> {
    // Written when there is no more: a system call for each line would cost more than the answers that the lines tell of.
    let mut out = BufWriter::with_capacity(WRITE_SIZE, std::io::stdout().lock());
    writeln!(
        out,
        "SIMULATION of a KMS host on {bound}: laboratory keys only, it cannot activate a product. Ctrl-C ends it."
    )?;
    let (mut told, mut starved) = (0, 0);
    loop {
        out.flush()?;
        server.clock.block_until(server.clock.now().plus(PRINT_INTERVAL));
        let (entries, lost) = {
            let mut journal = server.journal.lock().unwrap_or_else(PoisonError::into_inner);
            (journal.drain(), journal.lost())
        };
        if lost > told {
            writeln!(out, "{} entries were lost here", lost - told)?;
            told = lost;
        }
        if door.starved() > starved {
            starved = door.starved();
            writeln!(out, "no descriptor was free, {starved} times so far: clients wait")?;
        }
        // Borrowed, and given back together after the loop: two threads that give and take memory in turns wait for each other.
        for entry in &entries {
            write!(out, "{} #{} {}", entry.at, entry.event.connection, entry.event)?;
            match &entry.note {
                Some(note) => writeln!(out, "   ({note})")?,
                None => writeln!(out)?,
            }
        }
    }
}
