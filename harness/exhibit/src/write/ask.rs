//! Asking the network from a desk: one question to one server, the addresses of a name as Windows resolves it, the hosts that
//! somebody would test.
//!
//! It stands apart because several tools ask, and because a resolver of Windows (hosts file, policy table, every server in turn) is not
//! nslookup, which asks one server for each suffix. No tool changes what the machine remembers: that is the client's affair.
#![expect(clippy::wildcard_enum_match_arm, reason = "picks one kind of record out of many")]

use std::cell::Cell;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use evidence::diagnosis::registered;
use evidence::network::Failure;
use evidence::question::{NoReply, Question};
use evidence::vantage::{Denied, IpConfiguration};
use mock_dns::message::Message;
use mock_dns::name::DomainName;
use mock_dns::rcode::Rcode;
use mock_dns::record::{Record, RecordData, RecordType};

use crate::desk::Desk;

/// The labels in front of the domain (RFC 2782), as the guideline writes them.
pub const SERVICE: &str = "_vlmcs._tcp";

/// The port of a KMS host that nobody told another.
pub const KMS_PORT: u16 = 1688;

/// How long a connection is waited for: as long as the stack tries (kms-behaviour: time-outs).
const CONNECT_WAIT: Duration = Duration::from_secs(21);

/// Most hosts that somebody would test.
pub(super) const HOSTS_MAX: usize = 8;

/// Somebody who asks at a desk.
pub(super) struct Asker<'a> {
    pub(super) desk: &'a Desk<'a>,
    pub(super) ip: &'a IpConfiguration,
    /// The tool, for the ids of its queries.
    tool: &'static str,
    /// Questions so far: each has an id of its own.
    asked: Cell<u64>,
}

impl<'a> Asker<'a> {
    pub(super) fn new(desk: &'a Desk<'a>, tool: &'static str) -> Result<Self, Denied> {
        Ok(Self { desk, ip: desk.vantage.ip_configuration()?, tool, asked: Cell::new(0) })
    }

    /// One question to one server.
    pub(super) fn one(&self, kind: RecordType, server: IpAddr, name: &DomainName) -> Result<Message, NoReply> {
        self.asked.set(self.asked.get() + 1);
        let id = self.desk.seed.child(self.tool).nth(self.asked.get()).rng().u16(..);
        let local = self.ip.source_for(server).ok_or(NoReply::Nothing(Failure::Unreachable))?;
        Question { id, name, kind }.put(self.desk.network, local, server)
    }

    /// A question as the resolver of Windows asks it: each server that is responsible for the name, until one replies.
    pub(super) fn resolve(&self, kind: RecordType, name: &DomainName) -> Result<Message, NoReply> {
        let mut failed = NoReply::Nothing(Failure::Unreachable);
        for server in self.servers_for(name) {
            match self.one(kind, server, name) {
                Ok(message) => return Ok(message),
                Err(why) => failed = why,
            }
        }
        Err(failed)
    }

    /// The servers of the policy rule that covers the name; else those of the adapters.
    pub(super) fn servers_for(&self, name: &DomainName) -> Vec<IpAddr> {
        let rule = self.ip.nrpt.iter().find(|rule| name.is_within(&rule.namespace));
        let of_adapters = || self.ip.adapters_by_metric().into_iter().flat_map(|adapter| adapter.dns.clone()).collect();
        rule.map_or_else(of_adapters, |rule| rule.dns.clone())
    }

    /// The addresses of a host as it was typed: an address, a line of the hosts file, DNS, NetBIOS.
    pub(super) fn addresses(&self, host: &str) -> Vec<IpAddr> {
        if let Ok(address) = bare(host).parse() {
            return vec![address];
        }
        let listed = |list: &[evidence::vantage::HostName]| -> Vec<IpAddr> {
            let same = list.iter().filter(|entry| entry.name.eq_ignore_ascii_case(host));
            same.map(|entry| entry.address).collect()
        };
        let known = listed(&self.ip.hosts);
        if !known.is_empty() {
            return known;
        }
        let Ok(name) = DomainName::parse(host) else { return Vec::new() };
        let single = name.depth() == 1 && !host.ends_with('.');
        let names: Vec<DomainName> = if single {
            self.ip.suffixes_tried().iter().filter_map(|suffix| suffix.child(host).ok()).collect()
        } else {
            vec![name]
        };
        for name in &names {
            let found: Vec<IpAddr> = [RecordType::A, RecordType::AAAA]
                .into_iter()
                .filter(|kind| self.ip.adapters.iter().any(|own| own.address.is_ipv4() == (*kind == RecordType::A)))
                .filter_map(|kind| self.resolve(kind, name).ok())
                .flat_map(|message| message.answers)
                .filter_map(|record| address_of(&record))
                .collect();
            if !found.is_empty() {
                return found;
            }
        }
        if single { listed(&self.ip.netbios) } else { Vec::new() }
    }

    /// The KMS hosts that somebody here would test: the registered one; else those that the SRV records name; else the one that an
    /// earlier discovery found.
    pub(super) fn hosts(&self) -> Vec<(String, u16)> {
        if let Some(registered) = registered(self.desk.vantage) {
            return vec![registered];
        }
        let mut hosts: Vec<(String, u16)> = Vec::new();
        for suffix in self.ip.suffixes_tried() {
            let Ok(name) = suffix.child(SERVICE) else { continue };
            let Ok(message) = self.resolve(RecordType::SRV, &name) else { continue };
            let named = message.answers.iter().filter(|_| message.rcode == Rcode::NOERROR).filter_map(host_of);
            named.for_each(|host| {
                if hosts.len() < HOSTS_MAX && !hosts.contains(&host) {
                    hosts.push(host);
                }
            });
        }
        if hosts.is_empty() {
            let found = self.desk.vantage.licensing().ok().and_then(|licensing| licensing.discovered);
            hosts.extend(found);
        }
        hosts
    }
}

/// The addresses of a host as it was typed, each with the own address from which it is reached; none of these where nothing leads there.
///
/// A server tells nothing of its configuration here: an address can be reached from it all the same.
pub(super) fn targets(
    desk: &Desk<'_>,
    tool: &'static str,
    host: &str,
) -> Result<Vec<(IpAddr, Option<IpAddr>)>, Denied> {
    match Asker::new(desk, tool) {
        Ok(asker) => {
            let addresses = asker.addresses(host).into_iter();
            Ok(addresses.map(|address| (address, asker.ip.source_for(address))).collect())
        }
        Err(denied) => {
            let address: IpAddr = bare(host).parse().map_err(|_| denied)?;
            let own = desk.addresses.iter().find(|own| own.is_ipv4() == address.is_ipv4());
            Ok(vec![(address, own.copied())])
        }
    }
}

/// Whether a connection opens; it is closed at once.
pub(super) fn opens(desk: &Desk<'_>, local: Option<IpAddr>, to: SocketAddr) -> bool {
    let until = desk.network.now().plus(CONNECT_WAIT);
    local.is_some_and(|local| desk.network.connect(local, to, until).is_ok())
}

/// A host as it was typed, without the brackets of an IPv6 address.
fn bare(host: &str) -> &str {
    host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
}

/// The address that a record holds.
pub(super) fn address_of(record: &Record) -> Option<IpAddr> {
    match &record.data {
        RecordData::A(address) => Some((*address).into()),
        RecordData::Aaaa(address) => Some((*address).into()),
        _ => None,
    }
}

/// The host and port that an SRV record names; the root names none (RFC 2782).
pub(super) fn host_of(record: &Record) -> Option<(String, u16)> {
    match &record.data {
        RecordData::Srv(srv) if !srv.target.is_root() => Some((srv.target.to_string(), srv.port)),
        _ => None,
    }
}
