//! Collects evidence step by step, from where somebody stands: what happened, facts of machines, and harmless questions.
//!
//! It never sends a KMS request and changes nothing on any machine: where the guideline registers a host by hand to see whether
//! the port or the name is at fault, this connects by name and by address apart, so there is no earlier registration to
//! put back. Standing at the client alone is enough; other places make a diagnosis sharper. It concludes nothing.
#![expect(clippy::wildcard_enum_match_arm, reason = "picks one kind of fact out of many")]

mod ask;
mod ends;
mod hosts;
mod knock;
mod names;

pub(in crate::diagnosis) use self::names::{SERVICE, as_written, domain_of, is_service, undoubled};
pub(in crate::diagnosis) use crate::question::DNS_PORT;

use std::net::IpAddr;
use std::time::Duration;

use double::{MachineId, Seed};
use mock_dns::name::DomainName;
use mock_dns::record::RecordType;

use self::ask::Asker;
use super::fact::{Asked, Evidence, Fact, Said};
use super::step::{self, Step};
use crate::network::{Failure, Network};
use crate::outcome::Outcome;
use crate::registry;
use crate::timeline::{Role, Timeline};
use crate::vantage::Vantage;

/// The port of a KMS host that nobody told another.
pub(super) const KMS_PORT: u16 = 1688;

/// How long an echo reply is waited for: the default of ping.exe.
const PING_WAIT: Duration = Duration::from_secs(4);

/// Most DNS servers that are asked; a machine with more has a misconfigured list, which the first of them show.
const SERVERS_MAX: usize = 6;

/// Most addresses that are knocked at.
const ADDRESSES_MAX: usize = 16;

/// Most hosts whose addresses are asked for.
const TARGETS_MAX: usize = 16;

/// A machine where somebody stands.
#[derive(Clone, Copy)]
pub struct Place<'a> {
    /// The machine.
    pub machine: &'a MachineId,
    /// What it is there for.
    pub role: Role,
    /// Its addresses.
    pub addresses: &'a [IpAddr],
    /// Its facts.
    pub vantage: &'a dyn Vantage,
    /// The network as it sees it.
    pub network: &'a dyn Network,
}

/// What is to be investigated: an attempt, and where somebody stands.
pub struct Case<'a> {
    /// The client that tried.
    pub client: Place<'a>,
    /// Other machines where somebody stands.
    pub others: &'a [Place<'a>],
    /// What happened during the attempt, cut to these machines.
    pub journal: &'a Timeline,
    /// How it ended.
    pub outcome: &'a Outcome,
    /// Where ids of questions come from.
    pub seed: Seed,
}

/// Investigates.
#[must_use]
pub fn investigate(case: &Case<'_>) -> Evidence {
    let mut inquiry = Inquiry { case, evidence: Evidence::default() };
    inquiry.client_facts();
    for place in case.others {
        match place.role {
            Role::Dns => inquiry.dns_facts(place),
            Role::Host => inquiry.host_facts(place),
            Role::Client => {}
        }
    }
    inquiry.questions();
    inquiry.evidence
}

/// Something that an investigation will send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// The step.
    pub step: &'static Step,
    /// What, and to whom.
    pub what: String,
}

/// What an investigation from this machine sends before it knows any answer; what it sends then depends on the answers.
#[must_use]
pub fn plan(vantage: &dyn Vantage) -> Vec<Planned> {
    let Ok(ip) = vantage.ip_configuration() else { return Vec::new() };
    let mut servers = ip.dns_servers();
    servers.truncate(SERVERS_MAX);
    let names = names::Names::of(vantage, ip, &[]);
    let mut planned: Vec<Planned> = Vec::new();
    let mut add = |step: &'static Step, what: String| planned.push(Planned { step, what });
    for server in &servers {
        add(&step::PING, format!("ICMP echo to {server}"));
        for name in &names.own {
            add(&step::LOOKUP, format!("DNS to {server}: {name} SRV, and the SOA of its domain"));
        }
        for name in &names.others {
            add(&step::NEIGHBOURS, format!("DNS to {server}: {name} SRV"));
        }
    }
    if let Some(server) = servers.first() {
        for name in names.nslookup.iter().chain([&names.bare]) {
            add(&step::NSLOOKUP, format!("DNS to {server}: {name} ANY, until one answers"));
        }
    }
    add(&step::NEIGHBOURS, "DNS to each of them: names one letter off, where a name has no SRV record".to_owned());
    match registered(vantage) {
        Some((name, port)) => {
            add(&step::TARGETS, format!("DNS to each of them: {name} A and AAAA"));
            add(&step::PORT, format!("TCP to {name} port {port}, then an RPC bind"));
        }
        None => add(
            &step::PORT,
            "TCP to each host that the answers name, on the port they name, then an RPC bind".to_owned(),
        ),
    }
    planned
}

struct Inquiry<'a> {
    case: &'a Case<'a>,
    evidence: Evidence,
}

impl<'a> Inquiry<'a> {
    fn note(&mut self, place: &Place<'_>, step: &'static Step, fact: Fact) -> u32 {
        self.evidence.push(place.network.now(), step, place.machine, fact)
    }

    fn denied(&mut self, place: &Place<'_>, step: &'static Step) {
        self.evidence.denied.push((step, place.machine.clone()));
    }

    fn seen(&mut self, place: &Place<'_>, step: &'static Step) {
        let case = self.case;
        for entry in case.journal.entries.iter().filter(|entry| entry.machine == *place.machine) {
            self.evidence.push(entry.at, step, place.machine, Fact::Seen(entry.event.clone()));
        }
    }

    fn client_facts(&mut self) {
        let place = self.case.client;
        let outcome = self.case.outcome;
        self.note(&place, &step::ATTEMPT, Fact::Ended(Box::new(outcome.clone())));
        for event in &outcome.events {
            self.note(&place, &step::ATTEMPT, Fact::Logged(event.clone()));
        }
        self.seen(&place, &step::CAPTURE);
        match place.vantage.licensing() {
            Ok(licensing) => {
                self.note(&place, &step::LICENSING, Fact::Licensing(Box::new(licensing)));
            }
            Err(_) => self.denied(&place, &step::LICENSING),
        }
        self.registry_facts(&place, &step::REGISTRY);
        match place.vantage.ip_configuration() {
            Ok(ip) => {
                self.note(&place, &step::CONFIGURATION, Fact::Configuration(Box::new(ip.clone())));
            }
            Err(_) => self.denied(&place, &step::CONFIGURATION),
        }
        match place.vantage.resolver_cache() {
            Ok(cache) => {
                for cached in cache {
                    self.note(&place, &step::CACHE, Fact::Cached(cached));
                }
            }
            Err(_) => self.denied(&place, &step::CACHE),
        }
        self.clock(&place, &step::CLOCK);
        self.handshakes(&place, &step::HANDSHAKE);
    }

    fn registry_facts(&mut self, place: &Place<'_>, step: &'static Step) {
        match place.vantage.registry() {
            Ok(values) => {
                for value in values {
                    self.note(place, step, Fact::Registry(value.clone()));
                }
            }
            Err(_) => self.denied(place, step),
        }
    }

    fn clock(&mut self, place: &Place<'_>, step: &'static Step) {
        match place.vantage.clock(place.network.now()) {
            Ok(time) => {
                self.note(place, step, Fact::Clock(time));
            }
            Err(_) => self.denied(place, step),
        }
    }

    fn dns_facts(&mut self, place: &Place<'_>) {
        self.seen(place, &step::DNS_CAPTURE);
        match place.vantage.zones() {
            Ok(zones) => {
                for zone in zones {
                    self.note(place, &step::ZONES, Fact::Zone(Box::new(zone.clone())));
                }
            }
            Err(_) => self.denied(place, &step::ZONES),
        }
        match place.vantage.aging() {
            Ok(aging) => {
                for zone in aging.zones {
                    self.note(place, &step::AGING, Fact::Aging(zone.clone(), aging.scavenging_h));
                }
                for scavenged in aging.scavenged {
                    self.note(place, &step::SCAVENGED, Fact::Scavenged(Box::new(scavenged.clone())));
                }
            }
            Err(_) => self.denied(place, &step::AGING),
        }
        self.clock(place, &step::DNS_CLOCK);
    }

    /// Everything that is asked of the network, from the client.
    fn questions(&mut self) {
        let place = self.case.client;
        let Ok(ip) = place.vantage.ip_configuration() else { return };
        let mut servers = ip.dns_servers();
        servers.truncate(SERVERS_MAX);
        for server in &servers {
            let local = ip.source_for(*server).unwrap_or(*server);
            let reply = place.network.ping(local, *server, place.network.now().plus(PING_WAIT));
            if reply == Err(Failure::NotPermitted) {
                self.denied(&place, &step::PING);
            } else {
                self.note(&place, &step::PING, Fact::Ping { to: *server, reply });
            }
        }
        let mut asker = Asker::new(place, ip, self.case.seed.child("investigation"));
        let own: Vec<_> =
            self.case.journal.entries.iter().filter(|entry| entry.machine == *place.machine).cloned().collect();
        let names = names::Names::of(place.vantage, ip, &own);
        self.lookups(&mut asker, &servers, &names);
        self.delegations(&mut asker);
        self.nslookup(&mut asker, &servers, &names);
        self.neighbours(&mut asker, &servers, &names);
        let targets = self.targets(&mut asker, &servers, ip);
        self.knock(ip, &targets);
    }

    fn ask(&mut self, asker: &mut Asker<'_>, step: &'static Step, server: IpAddr, name: &DomainName, kind: RecordType) {
        if let Some(said) = asker.ask(server, name, kind) {
            let asked = Asked { server, name: name.clone(), kind, said };
            let place = self.case.client;
            self.note(&place, step, Fact::Asked(asked));
        }
    }

    fn lookups(&mut self, asker: &mut Asker<'_>, servers: &[IpAddr], names: &names::Names) {
        for server in servers {
            for name in &names.own {
                self.ask(asker, &step::LOOKUP, *server, name, RecordType::SRV);
                // Whose zone it is: a server that is asked for the wrong domain knows none.
                if let Some(domain) = domain_of(name) {
                    self.ask(asker, &step::LOOKUP, *server, &domain, RecordType::SOA);
                }
            }
        }
    }

    /// Asks the servers to which a name of the client's is delegated.
    fn delegations(&mut self, asker: &mut Asker<'_>) {
        let away = self.asked().filter_map(|asked| match &asked.said {
            Said::Referral(_, servers) if asked.kind == RecordType::SRV => Some((asked.name.clone(), servers.clone())),
            _ => None,
        });
        let away: Vec<(DomainName, Vec<IpAddr>)> = away.collect();
        for (name, servers) in away {
            for server in servers.into_iter().take(SERVERS_MAX) {
                self.ask(asker, &step::DELEGATION, server, &name, RecordType::SRV);
            }
        }
    }

    /// `nslookup -type=all _vlmcs._tcp`: each suffix of the machine in turn, then the bare name, at the first server.
    fn nslookup(&mut self, asker: &mut Asker<'_>, servers: &[IpAddr], names: &names::Names) {
        let Some(server) = servers.first() else { return };
        for name in names.nslookup.iter().chain([&names.bare]) {
            self.ask(asker, &step::NSLOOKUP, *server, name, RecordType::ANY);
            let last = self.evidence.observations.last().map(|last| &last.fact);
            if matches!(last, Some(Fact::Asked(asked)) if !asked.said.records().is_empty()) {
                break;
            }
        }
    }

    /// Names one letter off and other zones, where the right name gave no SRV record.
    fn neighbours(&mut self, asker: &mut Asker<'_>, servers: &[IpAddr], names: &names::Names) {
        for server in servers {
            for name in &names.own {
                if self.has_srv(*server, name) {
                    continue;
                }
                for neighbour in names::misspellings(name) {
                    self.ask(asker, &step::NEIGHBOURS, *server, &neighbour, RecordType::SRV);
                }
                // What else stands there: a name that exists for another reason has no SRV record either.
                self.ask(asker, &step::NEIGHBOURS, *server, name, RecordType::ANY);
                for probe in names::impossible(name) {
                    self.ask(asker, &step::PROBES, *server, &probe, RecordType::A);
                }
            }
            for name in &names.others {
                self.ask(asker, &step::NEIGHBOURS, *server, name, RecordType::SRV);
            }
            self.ask(asker, &step::NEIGHBOURS, *server, &names.bare, RecordType::SRV);
        }
    }

    fn has_srv(&self, server: IpAddr, name: &DomainName) -> bool {
        self.asked().any(|asked| {
            asked.server == server
                && asked.name == *name
                && asked.kind == RecordType::SRV
                && !asked.said.records().is_empty()
        })
    }

    fn asked(&self) -> impl Iterator<Item = &Asked> {
        self.evidence.observations.iter().filter_map(|observation| match &observation.fact {
            Fact::Asked(asked) => Some(asked),
            _ => None,
        })
    }
}

/// The registered KMS host of a client, as its registry and its licensing state say: per SKU, per application, global.
#[must_use]
pub fn registered(vantage: &dyn Vantage) -> Option<(String, u16)> {
    let (values, licensing) = (vantage.registry().ok()?, vantage.licensing().ok()?);
    let (application, sku) = (licensing.product.application(), licensing.product.sku());
    let (name, port) = registry::registered_host(values, licensing.registry_root, &application, &sku)?;
    Some((name.to_owned(), port.unwrap_or(KMS_PORT)))
}
