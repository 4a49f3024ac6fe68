//! DRIVER: the thin binary; one zone file served until it is interrupted.
//!
//! It exists to hold `dig` or `nslookup` against the honest answers. It serves loopback, or a private address that is named
//! together with the clients that may ask; never a public one. Faults and several machines are the business of kmslab.
#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "driver: reads a file, owns sockets, prints the journal"
)]

use std::error::Error;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use clap::{CommandFactory, Parser};
use double::serve::{Limits as Connections, ServerThread};
use double::{Admission, Clock, MachineId, Ring, Seed, descriptors};
use mock_dns::record::{Record, RecordData};
use mock_dns::server::{self, Addresses, Limits, Service};
use mock_dns::throttle::{ANSWERS_A_SECOND, Throttle};
use mock_dns::{DnsServer, DnsServerConfig, Zone};
use tokio::net::{TcpListener, UdpSocket};

/// How often the journal is printed.
const JOURNAL_PAUSE: Duration = Duration::from_millis(100);

/// The port of a DNS server (RFC 1035 4.2).
const DNS_PORT: u16 = 53;

/// A DNS server for tests: answers from one zone file, on loopback or for named clients of a private network.
#[derive(Parser)]
struct Arguments {
    /// A standard zone file; its zone is named by the SOA record or by $ORIGIN.
    #[arg(long)]
    zone: PathBuf,
    /// A loopback address and a port, for UDP and TCP.
    #[arg(long, default_value = "127.0.0.1:5353", conflicts_with = "lan")]
    listen: SocketAddr,
    /// A private address of this machine, with or without a port, instead of loopback.
    #[arg(long, value_name = "ADDRESS[:PORT]", value_parser = address_of, requires = "allow")]
    lan: Option<SocketAddr>,
    /// A client that may ask; once for each.
    #[arg(long, value_name = "CLIENT", requires = "lan")]
    allow: Vec<IpAddr>,
    /// TCP connections at a time.
    #[arg(long, default_value_t = Limits::default().connections.connections)]
    connections: usize,
}

/// An address with or without a port.
fn address_of(text: &str) -> Result<SocketAddr, std::net::AddrParseError> {
    text.parse().or_else(|_| text.parse::<IpAddr>().map(|ip| SocketAddr::new(ip, DNS_PORT)))
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
    let listen = arguments.lan.unwrap_or(arguments.listen);
    let admission = match arguments.lan {
        Some(address) => Admission::lan(address.ip(), &arguments.allow),
        None => Admission::loopback(listen.ip()),
    };
    // A command line that cannot be meant ends as clap ends it.
    let admission = admission
        .unwrap_or_else(|refused| Arguments::command().error(clap::error::ErrorKind::ValueValidation, refused).exit());
    descriptors::allow(arguments.connections)?;
    let text = std::fs::read_to_string(&arguments.zone)
        .map_err(|error| format!("cannot read {}: {error}", arguments.zone.display()))?;
    let (mut zone, warnings) =
        Zone::load_named(&text).map_err(|problems| format!("the zone is refused\n{problems}"))?;
    if arguments.lan.is_some() {
        zone.add(mark(&zone))?;
    }
    for warning in warnings {
        eprintln!("warning: {warning}");
    }
    let (udp, tcp) =
        server::bind(listen).map_err(|error| format!("cannot listen on {listen} with UDP and TCP: {error}"))?;
    eprintln!("SIMULATION: mock-dns serves {} on {}; Ctrl-C ends it", zone.origin(), udp.local_addr()?);
    let thread = ServerThread::start("mock-dns")?;
    let (udp, tcp) = {
        let _runtime = thread.enter();
        (UdpSocket::from_std(udp)?, TcpListener::from_std(tcp)?)
    };
    let config = DnsServerConfig { zones: vec![zone], ..DnsServerConfig::default() };
    let mut server = DnsServer::new(MachineId::new("mock-dns"), config, Seed::new(0));
    let mut connections = Connections::of(arguments.connections);
    if arguments.lan.is_some() {
        // Off this machine the source of a datagram cannot be believed.
        server.limit_answers(Throttle::new(ANSWERS_A_SECOND));
        connections.per_client = connections.per_client.min(Connections::PER_REMOTE_CLIENT);
    }
    let service = Service {
        server: Arc::new(Mutex::new(server)),
        journal: Arc::new(Mutex::new(Ring::default())),
        clock: Clock::start(1),
        addresses: Addresses::same().admitting(move |peer| admission.admits(peer.ip())),
        limits: Limits { connections, ..Limits::default() },
    };
    thread.spawn(server::serve(service.clone(), udp, Some(tcp), thread.stop()));
    loop {
        service.clock.block_until(service.clock.now().plus(JOURNAL_PAUSE));
        let entries = service.journal.lock().unwrap_or_else(PoisonError::into_inner).drain();
        for entry in entries {
            match entry.note {
                Some(note) => println!("{} {}   ({note})", entry.at, entry.event),
                None => println!("{} {}", entry.at, entry.event),
            }
        }
    }
}

/// The record that tells everybody on the network what this is: a TXT record at the top of the zone.
fn mark(zone: &Zone) -> Record {
    let text = b"SIMULATION: a test double of kmslab, no real DNS server".to_vec();
    Record { name: zone.origin().clone(), ttl: 0, data: RecordData::Txt(vec![text]) }
}
