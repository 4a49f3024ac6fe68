//! DRIVER: the thin binary; one zone file served on loopback until it is interrupted.
//!
//! It exists to hold `dig` or `nslookup` against the honest answers. Faults, several machines and other addresses are the
//! business of kmslab; this file has no logic of its own.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "driver: reads a file, owns sockets, prints the journal"
)]

use std::error::Error;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use clap::Parser;
use double::serve::ServerThread;
use double::{Clock, MachineId, Ring, Seed};
use mock_dns::server::{self, Addresses, Limits, Service};
use mock_dns::{DnsServer, DnsServerConfig, Zone};
use tokio::net::{TcpListener, UdpSocket};

/// How often the journal is printed.
const JOURNAL_PAUSE: Duration = Duration::from_millis(100);

/// A DNS server for tests: answers from one zone file, on loopback only.
#[derive(Parser)]
struct Arguments {
    /// A standard zone file; its zone is named by the SOA record or by $ORIGIN.
    #[arg(long)]
    zone: PathBuf,
    /// A loopback address and a port, for UDP and TCP.
    #[arg(long, default_value = "127.0.0.1:5353")]
    listen: SocketAddr,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("mock-dns: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    if !arguments.listen.ip().is_loopback() {
        return Err(format!("{} is not a loopback address, and this program serves no other", arguments.listen).into());
    }
    let text = std::fs::read_to_string(&arguments.zone)
        .map_err(|error| format!("cannot read {}: {error}", arguments.zone.display()))?;
    let (zone, warnings) = Zone::load_named(&text).map_err(|problems| format!("the zone is refused\n{problems}"))?;
    for warning in warnings {
        eprintln!("warning: {warning}");
    }
    let (udp, tcp) = server::bind(arguments.listen)
        .map_err(|error| format!("cannot listen on {} with UDP and TCP: {error}", arguments.listen))?;
    eprintln!("SIMULATION: mock-dns serves {} on {}; Ctrl-C ends it", zone.origin(), udp.local_addr()?);
    let thread = ServerThread::start("mock-dns")?;
    let (udp, tcp) = {
        let _runtime = thread.enter();
        (UdpSocket::from_std(udp)?, TcpListener::from_std(tcp)?)
    };
    let config = DnsServerConfig { zones: vec![zone], ..DnsServerConfig::default() };
    let service = Service {
        server: Arc::new(Mutex::new(DnsServer::new(MachineId::new("mock-dns"), config, Seed::new(0)))),
        journal: Arc::new(Mutex::new(Ring::default())),
        clock: Clock::start(1),
        addresses: Addresses::same(),
        limits: Limits::default(),
    };
    thread.spawn(server::serve(service.clone(), udp, Some(tcp), thread.stop()));
    loop {
        service.clock.block_until(service.clock.now().plus(JOURNAL_PAUSE));
        let entries = service.journal.lock().unwrap_or_else(PoisonError::into_inner).drain();
        for entry in entries {
            println!("{} {}", entry.at, entry.event);
        }
    }
}
