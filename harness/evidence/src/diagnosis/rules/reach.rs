//! Rules about the way to the KMS host's port, as the client sees it, and sharper ones as its two ends see it.
//!
//! From the client, a port that is silent is silent; whose firewall it is, whether the service runs and whether its queue is full
//! looks the same. Standing at the KMS host too, each has a name of its own, and the one for all of them is not given.

use std::net::{IpAddr, SocketAddr};

use mock_kms::host::HostState;

use super::{Finding, Rule};
use crate::diagnosis::fact::Fact;
use crate::diagnosis::reading::{Cited, Reading};
use crate::diagnosis::remedy::Act;
use crate::diagnosis::step::Stand;
use crate::network::Failure;
use crate::vantage::Handshake;

pub(super) const RULES: &[Rule] = &[closed_ports, located];

/// The event of a service that could not be initialised (Volume Activation 2.0 Operations Guide, table of events).
const NOT_INITIALISED: u32 = 12_291;

/// A socket that the client could not connect to, and how that ended.
struct Closed {
    at: SocketAddr,
    how: Failure,
    /// The client's attempts, and the investigation's.
    numbers: Vec<u32>,
}

/// The sockets that the client could not connect to, and which the investigation could not either, where it tried.
fn closed(reading: &Reading<'_>) -> Vec<Closed> {
    let mut places: Vec<Closed> = Vec::new();
    for connect in reading.connects() {
        let (at, Err(how)) = connect.fact else { continue };
        let knocks: Vec<Cited<_>> = reading.knocks().filter(|knock| knock.fact.0 == at).collect();
        // The host accepted, and reset: no question of the way.
        if how == Failure::Reset || knocks.iter().any(|knock| knock.fact.1.is_ok()) {
            continue;
        }
        match places.iter_mut().find(|place| place.at == at) {
            Some(place) => place.numbers.push(connect.number),
            None => {
                let numbers = [connect.number].into_iter().chain(knocks.iter().map(|knock| knock.number)).collect();
                places.push(Closed { at, how, numbers });
            }
        }
    }
    places
}

/// An echo request to an address, if one was sent: whether the machine there answered it.
fn echo(reading: &Reading<'_>, address: IpAddr) -> Option<Cited<bool>> {
    let ping =
        reading.pings().filter(|ping| ping.fact.0 == address && ping.fact.1 != Err(Failure::NotPermitted)).last()?;
    Some(Cited { number: ping.number, fact: ping.fact.1 == Ok(address) })
}

fn closed_ports(reading: &Reading<'_>) -> Vec<Finding> {
    if reading.was_answered() {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for Closed { at, how, numbers } in closed(reading) {
        let answered = echo(reading, at.ip());
        let absent = answered.is_some_and(|echo| !echo.fact);
        // Another port of the machine speaks KMS: then the port that was asked for is the trouble.
        if reading.other_port(at).is_some() || how != Failure::Unreachable && located_at(reading, at).is_some() {
            continue;
        }
        let (id, says) = match how {
            // An address where nobody is, is another cause: a record, a registration or a memory that is stale.
            Failure::TimedOut if absent => continue,
            Failure::TimedOut => {
                ("tcp1688-silent", format!("{} answers a ping, and nothing on port {}", at.ip(), at.port()))
            }
            Failure::Refused => ("tcp1688-refused", format!("{at} refuses the connection")),
            Failure::Rejected => ("tcp1688-rejected", format!("the way to {at} is prohibited, says an ICMP message")),
            Failure::Unreachable | Failure::NoSuchAddress => {
                ("network-host-unreachable", format!("no way leads to {}", at.ip()))
            }
            Failure::Reset | Failure::NotPermitted => continue,
        };
        let (seen, whose) = own_firewall(reading, at);
        let numbers = numbers.into_iter().chain(answered.map(|echo| echo.number)).chain(seen);
        let Some(finding) = Finding::new(id, numbers, format!("{says}{whose}")) else { continue };
        findings.push(mended(finding, at, how));
    }
    findings
}

/// The client's own firewall, where the client's own capture shows that the SYN never leaves.
fn own_firewall(reading: &Reading<'_>, at: SocketAddr) -> (Option<u32>, &'static str) {
    match handshake(reading, at, Stand::Client) {
        Some(seen) if seen.fact == Handshake::Unseen => {
            (Some(seen.number), "; the SYN does not even leave the client, so its own firewall or VPN client stops it")
        }
        Some(_) | None => (None, ""),
    }
}

/// What mends a closed port, the likeliest first. Each ends with what evidence from the client cannot tell apart.
fn mended(finding: Finding, at: SocketAddr, how: Failure) -> Finding {
    let open = Act::OpenPath { to: at, tcp_only: true };
    match how {
        Failure::Rejected | Failure::Unreachable | Failure::NoSuchAddress => finding.repair(vec![open]),
        Failure::TimedOut | Failure::Refused | Failure::Reset | Failure::NotPermitted => finding
            .repair(vec![open.clone(), Act::StartService(at)])
            .repair(vec![open, Act::StartService(at), Act::ActivateHost(at)]),
    }
}

fn handshake(reading: &Reading<'_>, at: SocketAddr, stand: Stand) -> Option<Cited<Handshake>> {
    let there = reading.evidence.observations.iter().filter(|observation| observation.step.needs == stand);
    there.into_iter().find_map(|observation| {
        let Fact::Handshake { to, seen } = &observation.fact else { return None };
        (*to == at).then_some(Cited { number: observation.number, fact: *seen })
    })
}

/// What somebody at the KMS host finds out about a port that the client cannot connect to.
struct Located {
    id: &'static str,
    says: String,
    numbers: Vec<u32>,
    acts: Vec<Act>,
}

fn located(reading: &Reading<'_>) -> Vec<Finding> {
    if reading.was_answered() {
        return Vec::new();
    }
    // No route is no rule of anybody's.
    let stopped = closed(reading).into_iter().filter(|place| place.how != Failure::Unreachable);
    let found = stopped.filter_map(|place| {
        let Located { id, says, numbers, acts } = located_at(reading, place.at)?;
        Some(Finding::new(id, numbers.into_iter().chain(place.numbers), says)?.repair(acts))
    });
    found.collect()
}

/// Event 12291 in the log of the machine of an observation.
fn not_initialised(reading: &Reading<'_>, number: u32) -> Option<u32> {
    let place = |number: u32| reading.evidence.get(number).map(|observation| &observation.place);
    let mut logged = reading.host_logged().filter(|event| event.fact.id == NOT_INITIALISED);
    logged.find(|event| place(event.number) == place(number)).map(|event| event.number)
}

fn located_at(reading: &Reading<'_>, at: SocketAddr) -> Option<Located> {
    let arrived = handshake(reading, at, Stand::Host)?;
    let place = reading.evidence.get(arrived.number).map(|observation| &observation.place)?;
    let own_port = reading.evidence.observations.iter().find_map(|observation| {
        let Fact::OwnPort { at: own, result } = &observation.fact else { return None };
        (*own == at).then_some(Cited { number: observation.number, fact: *result })
    })?;
    let service = reading
        .services()
        .find(|service| reading.evidence.get(service.number).is_some_and(|observation| observation.place == *place))?;
    let mut numbers = vec![arrived.number, own_port.number, service.number];
    let start = vec![Act::StartService(at)];
    let open = vec![Act::OpenPath { to: at, tcp_only: true }];
    let (id, says, acts) = match own_port.fact {
        Err(_) if let Some(event) = not_initialised(reading, service.number) => {
            numbers.push(event);
            let says = "the host logged that its key management service could not be initialised, and nothing listens";
            ("kms-service-not-initialised", says.to_owned(), start)
        }
        Err(_) if !service.fact.running => {
            ("kms-service-stopped", "the licensing service on the host is stopped".to_owned(), start)
        }
        Err(_) if service.fact.state == HostState::NoHostKey => (
            "kms-host-no-key",
            "the machine has no KMS host key, so nothing listens on its port".to_owned(),
            vec![Act::ActivateHost(at)],
        ),
        Err(_) if service.fact.port != at.port() => return None,
        Err(_) => (
            "tcp1688-queue-full",
            format!("the service runs, and port {} takes no connection even from the host itself", at.port()),
            open,
        ),
        Ok(()) => {
            let left = handshake(reading, at, Stand::Client);
            numbers.extend(left.map(|left| left.number));
            match (left.map(|left| left.fact), arrived.fact) {
                (Some(Handshake::Unseen), _) => {
                    ("client-firewall-blocks", format!("the client's SYN to {at} does not leave the client"), open)
                }
                (_, Handshake::Unseen) => (
                    "network-path-blocks",
                    format!("the client's SYN to {at} leaves the client and does not arrive"),
                    open,
                ),
                (_, Handshake::Unanswered) => (
                    "host-firewall-blocks",
                    format!("the client's SYN to {at} arrives, the service runs, and nothing answers"),
                    open,
                ),
                (_, Handshake::Reset) => (
                    "host-firewall-blocks",
                    format!("the client's SYN to {at} arrives, the service runs, and the SYN is reset"),
                    open,
                ),
                (_, Handshake::Answered) => (
                    "network-path-blocks",
                    format!("{at} answers the client's SYN, and the answer does not arrive"),
                    open,
                ),
            }
        }
    };
    Some(Located { id, says, numbers, acts })
}
