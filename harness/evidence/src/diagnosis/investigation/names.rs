//! Which names and hosts an investigation asks about: what the client asked for, what its configuration leads to, and what a
//! person mistypes.
#![expect(clippy::wildcard_enum_match_arm, reason = "picks one kind of fact out of many")]

use std::net::IpAddr;

use double::Entry;
use mock_dns::journal::DnsEvent;
use mock_dns::name::DomainName;
use mock_dns::record::{RecordData, RecordType};

use super::{KMS_PORT, registered};
use crate::diagnosis::fact::{Evidence, Fact};
use crate::registry;
use crate::timeline::Event;
use crate::vantage::{IpConfiguration, Vantage, parents};

/// The labels in front of the domain in the SRV owner name of a KMS host (RFC 2782).
pub(in crate::diagnosis) const SERVICE: &str = "_vlmcs._tcp";

/// How the labels are mistyped: the spellings of Microsoft's own article (windowsserverdocs issues 4170 and 4214, pull request
/// 4481), a missing underscore (zone samples of field reports), l for 1 (OCR), the wrong protocol.
const MISSPELLINGS: [&str; 8] =
    ["_vmlcs._tcp", "vlmcs._tcp", "_vlmcs.tcp", "vlmcs.tcp", "_v1mcs._tcp", "_vlmsc._tcp", "_vlmcs._udp", "_vlmcs"];

/// Most names of a list; a machine has a handful of suffixes.
const NAMES_MAX: usize = 16;

/// The names to ask for.
pub(super) struct Names {
    /// What the client asks for, as its capture shows; where it asked nothing, what its configuration leads to.
    pub(super) own: Vec<DomainName>,
    /// What nslookup makes of `_vlmcs._tcp`.
    pub(super) nslookup: Vec<DomainName>,
    /// The same service in other domains that the machine knows.
    pub(super) others: Vec<DomainName>,
    /// The service without any domain.
    pub(super) bare: DomainName,
}

impl Names {
    pub(super) fn of(vantage: &dyn Vantage, ip: &IpConfiguration, client: &[Entry<Event>]) -> Self {
        let mut own = List::default();
        for entry in client {
            if let Event::Dns(DnsEvent::Query { asked, .. }) = &entry.event
                && asked.record_type == RecordType::SRV
                && is_service(&asked.name)
            {
                own.add(asked.name.clone());
            }
        }
        for cached in vantage.resolver_cache().unwrap_or_default() {
            if cached.kind == RecordType::SRV && is_service(&cached.name) {
                own.add(cached.name);
            }
        }
        let configured = configured(vantage, ip);
        if own.0.is_empty() {
            configured.0.iter().for_each(|domain| own.add_service(domain));
        }
        let mut nslookup = List::default();
        ip.suffixes_tried().iter().for_each(|domain| nslookup.add_service(domain));
        let mut others = List::default();
        let wider = configured.0.iter().flat_map(parents).collect::<Vec<_>>();
        let hosts = known_hosts(vantage).into_iter().filter_map(|host| DomainName::parse(&host.name).ok()?.parent());
        for domain in configured.0.iter().cloned().chain(wider).chain(hosts) {
            if domain.depth() >= 2 {
                others.add_service(&domain);
            }
        }
        others.0.retain(|name| !own.0.contains(name));
        let bare = DomainName::parse(SERVICE).unwrap_or_else(|_| DomainName::root());
        Self { own: own.0, nslookup: nslookup.0, others: others.0, bare }
    }
}

/// Names without repetition, and not too many.
#[derive(Default)]
struct List(Vec<DomainName>);

impl List {
    fn add(&mut self, name: DomainName) {
        if self.0.len() < NAMES_MAX && !self.0.contains(&name) {
            self.0.push(name);
        }
    }

    fn add_service(&mut self, domain: &DomainName) {
        if let Ok(name) = domain.child(SERVICE) {
            self.add(name);
        }
    }
}

/// Whether a name is the SRV owner name of a KMS host.
pub(in crate::diagnosis) fn is_service(name: &DomainName) -> bool {
    let mut labels = name.labels();
    labels.next().is_some_and(|label| label.eq_ignore_ascii_case(b"_vlmcs"))
        && labels.next().is_some_and(|label| label.eq_ignore_ascii_case(b"_tcp"))
}

/// The domain of an SRV owner name: what stands behind its first two labels.
pub(in crate::diagnosis) fn domain_of(owner: &DomainName) -> Option<DomainName> {
    owner.parent()?.parent().filter(|domain| !domain.is_root())
}

/// The same owner name as people write it: a client asks in capitals (measured on Windows 11).
pub(in crate::diagnosis) fn as_written(owner: &DomainName) -> DomainName {
    let written = domain_of(owner).filter(|_| is_service(owner)).and_then(|domain| domain.child(SERVICE).ok());
    written.unwrap_or_else(|| owner.clone())
}

/// The owner names that a person mistypes instead of this one.
pub(super) fn misspellings(owner: &DomainName) -> Vec<DomainName> {
    let Some(domain) = domain_of(owner) else { return Vec::new() };
    MISSPELLINGS.iter().filter_map(|labels| domain.child(labels).ok()).collect()
}

/// A label that nobody gives a machine.
const IMPOSSIBLE: &str = "no-such-name-1688";

/// Names that cannot exist: one in the domain of an owner name, which only a wildcard answers, and one below `invalid`, which no
/// honest server answers (RFC 6761 6.4).
pub(super) fn impossible(owner: &DomainName) -> Vec<DomainName> {
    let beside = domain_of(owner).and_then(|domain| domain.child(IMPOSSIBLE).ok());
    beside.into_iter().chain(DomainName::parse(&format!("{IMPOSSIBLE}.invalid"))).collect()
}

/// A host name to which the name of its zone was appended twice, without the repetition: the final dot was missing.
pub(in crate::diagnosis) fn undoubled(name: &DomainName) -> Option<DomainName> {
    let labels: Vec<String> = name.labels().map(|label| String::from_utf8_lossy(label).to_ascii_lowercase()).collect();
    let repeated = (2..=labels.len() / 2).rev().find(|length| {
        let (front, back) = labels.split_at(labels.len() - length);
        front.ends_with(back)
    })?;
    let once = labels.get(..labels.len() - repeated)?;
    DomainName::parse(&once.join(".")).ok().filter(|once| once.depth() > repeated)
}

/// Every domain that the machine's configuration names.
fn configured(vantage: &dyn Vantage, ip: &IpConfiguration) -> List {
    let mut domains = List::default();
    let lookup = vantage.licensing().ok().and_then(|licensing| {
        let values = vantage.registry().ok()?;
        let text = registry::text(values, licensing.registry_root, registry::LOOKUP_DOMAIN)?;
        DomainName::parse(text).ok().filter(|name| !name.is_root())
    });
    let connection = ip.adapters_by_metric().into_iter().filter_map(|adapter| adapter.suffix.clone());
    let namespaces = ip.nrpt.iter().map(|rule| rule.namespace.clone());
    let all = lookup.into_iter().chain(ip.search_list.iter().cloned()).chain(ip.primary_suffix.clone());
    all.chain(ip.ad_domain.clone()).chain(connection).chain(namespaces).for_each(|domain| domains.add(domain));
    domains
}

/// A KMS host as somebody named it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NamedHost {
    pub(super) name: String,
    pub(super) port: u16,
}

impl NamedHost {
    /// The address, if the name is one.
    pub(super) fn address(&self) -> Option<IpAddr> {
        let bare = self.name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(&self.name);
        bare.parse().ok()
    }

    /// The DNS names under which it can be asked for; a single label under each suffix.
    pub(super) fn names(&self, vantage: &dyn Vantage, ip: &IpConfiguration) -> Vec<DomainName> {
        if self.address().is_some() {
            return Vec::new();
        }
        let Ok(name) = DomainName::parse(&self.name) else { return Vec::new() };
        if name.depth() != 1 || self.name.ends_with('.') {
            return undoubled(&name).into_iter().chain([name.clone()]).collect();
        }
        configured(vantage, ip).0.iter().filter_map(|domain| domain.child(&self.name).ok()).collect()
    }
}

/// The hosts that the client's own settings name: the registered one, and the one that it found before.
fn known_hosts(vantage: &dyn Vantage) -> Vec<NamedHost> {
    let registered = registered(vantage).map(|(name, port)| NamedHost { name, port });
    let discovered = vantage.licensing().ok().and_then(|licensing| licensing.discovered);
    registered.into_iter().chain(discovered.map(|(name, port)| NamedHost { name, port })).collect()
}

/// Every host that anybody named: the client's settings, its answers and its cache, the answers to the investigation.
pub(super) fn hosts(vantage: &dyn Vantage, evidence: &Evidence) -> Vec<NamedHost> {
    let mut hosts = known_hosts(vantage);
    let mut add = |data: &RecordData| {
        if let RecordData::Srv(srv) = data
            && !srv.target.is_root()
        {
            let host = NamedHost { name: srv.target.to_string(), port: srv.port };
            if !hosts.contains(&host) {
                hosts.push(host);
            }
        }
    };
    for observation in &evidence.observations {
        match &observation.fact {
            Fact::Asked(asked) => asked.said.records().iter().for_each(|record| add(&record.data)),
            Fact::Cached(cached) => cached.records.iter().for_each(|record| add(&record.data)),
            Fact::Seen(Event::Dns(DnsEvent::Reply { summary, .. })) => summary.answers.iter().for_each(&mut add),
            _ => {}
        }
    }
    if hosts.is_empty() {
        return hosts;
    }
    hosts.iter_mut().filter(|host| host.port == 0).for_each(|host| host.port = KMS_PORT);
    hosts
}
