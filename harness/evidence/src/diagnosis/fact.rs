//! What can be observed, each with a number under which findings cite it.
//!
//! A fact says what was seen and nothing of what it means; the moment, the step and the machine stand beside it.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use double::escape::Untrusted;
use double::{MachineId, Moment, WallTime};
use mock_dns::aging::{Scavenged, ZoneAging};
use mock_dns::name::DomainName;
use mock_dns::rcode::Rcode;
use mock_dns::record::{Record, RecordType};
use mock_dns::zone::Zone;

use super::step::Step;
use crate::network::Failure;
use crate::outcome::{LoggedEvent, Outcome};
use crate::registry::RegistryValue;
use crate::timeline::{Event, NoReplyBecause};
use crate::vantage::{CachedLookup, Handshake, IpConfiguration, KmsRequest, KmsService, Licensing};

/// Everything that was observed, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Evidence {
    /// The observations; the number of each is its place, counted from 1.
    pub observations: Vec<Observation>,
    /// Steps that could not be done, and at which machine: nobody stands there, or it may not be read.
    pub denied: Vec<(&'static Step, MachineId)>,
}

/// One thing that was observed.
#[derive(Clone, Debug, PartialEq)]
pub struct Observation {
    /// Its number, counted from 1.
    pub number: u32,
    /// When, on the clock of the run.
    pub at: Moment,
    /// By which step.
    pub step: &'static Step,
    /// At which machine one stood.
    pub place: MachineId,
    /// What was seen.
    pub fact: Fact,
}

/// What was seen.
#[derive(Clone, Debug, PartialEq)]
pub enum Fact {
    /// How the attempt ended.
    Ended(Box<Outcome>),
    /// An event in a log.
    Logged(LoggedEvent),
    /// Something that crossed the wire or was concluded during the attempt, as the machine's own capture shows it.
    Seen(Event),
    /// What the licensing service of the client tells.
    Licensing(Box<Licensing>),
    /// A registry value.
    Registry(RegistryValue),
    /// Addresses, DNS servers, suffixes, hosts file.
    Configuration(Box<IpConfiguration>),
    /// An answer that the resolver remembers.
    Cached(CachedLookup),
    /// What the clock of the machine showed at the moment of the observation.
    Clock(WallTime),
    /// An echo request, and who replied.
    Ping {
        /// To whom.
        to: IpAddr,
        /// The source of the echo reply, or what came instead.
        reply: Result<IpAddr, Failure>,
    },
    /// A DNS question of the investigation.
    Asked(Asked),
    /// An attempt to connect, closed again at once.
    Knocked {
        /// Where.
        to: SocketAddr,
        /// How it ended.
        result: Result<(), Failure>,
    },
    /// An RPC bind to the KMS interface on a fresh connection; no request was sent.
    Bound {
        /// Where.
        to: SocketAddr,
        /// What came back.
        said: BindSaid,
    },
    /// A zone of a DNS server.
    Zone(Box<Zone>),
    /// A zone of a DNS server whose records age, and every how many hours the server scavenges.
    Aging(ZoneAging, Option<u32>),
    /// A record that scavenging took.
    Scavenged(Box<Scavenged>),
    /// The state of a KMS host's service.
    Service(Box<KmsService>),
    /// A request that a KMS host has logged.
    Requested(KmsRequest),
    /// What a packet capture shows of the client's attempts to connect.
    Handshake {
        /// To where.
        to: SocketAddr,
        /// How much of it.
        seen: Handshake,
    },
    /// A connection of a machine to a port of its own.
    OwnPort {
        /// The port, at an address of the machine.
        at: SocketAddr,
        /// How it ended.
        result: Result<(), Failure>,
    },
}

/// A DNS question of the investigation, and what one server said.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// The server.
    pub server: IpAddr,
    /// The name.
    pub name: DomainName,
    /// The type.
    pub kind: RecordType,
    /// What it said.
    pub said: Said,
}

/// What a DNS server said to a question.
#[derive(Clone, Debug, PartialEq)]
pub enum Said {
    /// These records, aliases included.
    Records(Vec<Record>),
    /// The name does not exist; the zone that denies it, where the reply names one.
    NoSuchName(Option<DomainName>),
    /// The name exists, without such records; the zone, where the reply names one.
    NoData(Option<DomainName>),
    /// It points to other servers: the domain that it says is theirs, and their addresses, as far as it tells.
    Referral(Option<DomainName>, Vec<IpAddr>),
    /// Another response code.
    Code(Rcode),
    /// Nothing usable in time, or an ICMP error.
    Nothing(Failure),
    /// A datagram that is no reply to the question, and nothing else.
    Unusable(NoReplyBecause),
    /// The reply was cut, and the whole one could not be had over TCP.
    Truncated(Failure),
}

/// What came back for an RPC bind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BindSaid {
    /// The KMS interface was accepted.
    Accepted,
    /// bind_ack that accepts no usable context, or bind_nak.
    Refused,
    /// A fault PDU with this status.
    Fault(u32),
    /// The connection was closed without an answer.
    Closed,
    /// The connection was reset.
    Reset,
    /// Nothing until the time was up.
    Silence,
    /// Octets that are no RPC.
    NotRpc,
}

impl Said {
    /// The records, if there are any.
    #[must_use]
    pub fn records(&self) -> &[Record] {
        if let Self::Records(records) = self { records } else { &[] }
    }

    /// Whether the server said that there is no such record, in whatever way.
    #[must_use]
    pub const fn denies(&self) -> bool {
        matches!(self, Self::NoSuchName(_) | Self::NoData(_))
    }
}

impl Evidence {
    /// Adds an observation and gives its number.
    pub fn push(&mut self, at: Moment, step: &'static Step, place: &MachineId, fact: Fact) -> u32 {
        let number = u32::try_from(self.observations.len() + 1).unwrap_or(u32::MAX);
        self.observations.push(Observation { number, at, step, place: place.clone(), fact });
        number
    }

    /// The observation with a number.
    #[must_use]
    pub fn get(&self, number: u32) -> Option<&Observation> {
        self.observations.get(usize::try_from(number).ok()?.checked_sub(1)?)
    }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Records(records) => {
                let data: Vec<String> = records.iter().map(|record| record.data.to_string()).collect();
                f.write_str(&data.join(", "))
            }
            Self::NoSuchName(_) => f.write_str("NXDOMAIN"),
            Self::NoData(_) => f.write_str("no such records"),
            Self::Referral(_, servers) => {
                let servers: Vec<String> = servers.iter().map(ToString::to_string).collect();
                write!(f, "a referral to other servers: {}", servers.join(", "))
            }
            Self::Code(code) => write!(f, "{code}"),
            Self::Nothing(failure) => write!(f, "{failure}"),
            Self::Unusable(why) => write!(f, "no usable reply ({why})"),
            Self::Truncated(failure) => write!(f, "truncated, and over TCP: {failure}"),
        }
    }
}

impl fmt::Display for BindSaid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accepted => f.write_str("accepted"),
            Self::Refused => f.write_str("refused"),
            Self::Fault(status) => write!(f, "fault 0x{status:08X}"),
            Self::Closed => f.write_str("closed without an answer"),
            Self::Reset => f.write_str("reset"),
            Self::Silence => f.write_str("no answer"),
            Self::NotRpc => f.write_str("something that is no RPC"),
        }
    }
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ended(outcome) => write!(f, "the attempt ended: {}", outcome.word.word()),
            Self::Logged(event) => {
                let codes: Vec<String> = event.code.any.iter().map(ToString::to_string).collect();
                write!(f, "event {} {}", event.id, codes.join(" or "))
            }
            Self::Seen(event) => event.fmt(f),
            Self::Licensing(licensing) => {
                write!(f, "{} on {}, key: {}", licensing.product.word(), licensing.generation, licensing.key.word())?;
                licensing.licence.as_ref().map_or(Ok(()), |licence| write!(f, "; {licence}"))
            }
            Self::Registry(value) => write!(f, "registry {}\\{}", value.path, value.name),
            Self::Configuration(ip) => {
                let servers: Vec<String> =
                    ip.adapters.iter().flat_map(|adapter| &adapter.dns).map(ToString::to_string).collect();
                let suffix = ip.primary_suffix.as_ref().map_or_else(|| "none".to_owned(), ToString::to_string);
                write!(f, "primary DNS suffix {suffix}; DNS servers {}", servers.join(", "))
            }
            Self::Cached(cached) => write!(f, "cached: {} {}", cached.name, cached.kind),
            Self::Clock(time) => write!(f, "clock {time}"),
            Self::Ping { to, reply: Ok(from) } => write!(f, "ping {to}: reply from {from}"),
            Self::Ping { to, reply: Err(failure) } => write!(f, "ping {to}: {failure}"),
            Self::Asked(asked) => write!(f, "asked {} for {} {}: {}", asked.server, asked.name, asked.kind, asked.said),
            Self::Knocked { to, result: Ok(()) } => write!(f, "connect {to}: connected"),
            Self::Knocked { to, result: Err(failure) } => write!(f, "connect {to}: {failure}"),
            Self::Bound { to, said } => write!(f, "RPC bind {to}: {said}"),
            Self::Zone(zone) => write!(f, "zone {}, {} records", zone.origin(), zone.records().len()),
            Self::Aging(ZoneAging { zone, no_refresh_h, refresh_h, .. }, period) => {
                write!(f, "zone {zone} ages: no-refresh {no_refresh_h} h, refresh {refresh_h} h; ")?;
                match period {
                    Some(hours) => write!(f, "the server scavenges every {hours} h"),
                    None => f.write_str("the server does not scavenge"),
                }
            }
            Self::Scavenged(scavenged) => {
                let Record { name, data, .. } = &scavenged.record;
                let (zone, at, stamped) = (&scavenged.zone, scavenged.at, scavenged.stamped);
                write!(
                    f,
                    "event 521: {name} {} {data} was scavenged from {zone} at {at}, last refreshed at {stamped}",
                    data.record_type()
                )
            }
            Self::Service(service) => {
                let runs = if service.running { "runs" } else { "is stopped" };
                write!(f, "the service {runs}, {}, count {}", service.state.word(), service.current_count)
            }
            Self::Requested(request) => {
                let name = Untrusted(&request.name);
                write!(f, "request of {name}, cmid {}: {}", request.cmid, request.answered)
            }
            Self::Handshake { to, seen } => {
                let seen = match seen {
                    Handshake::Unseen => "no SYN is seen here",
                    Handshake::Unanswered => "a SYN is seen here, and no answer",
                    Handshake::Reset => "a SYN is seen here, and a RST for it",
                    Handshake::Answered => "a SYN and its answer are seen here",
                };
                write!(f, "connect {to}: {seen}")
            }
            Self::OwnPort { at, result: Ok(()) } => write!(f, "connect {at} from the machine itself: connected"),
            Self::OwnPort { at, result: Err(failure) } => write!(f, "connect {at} from the machine itself: {failure}"),
        }
    }
}
