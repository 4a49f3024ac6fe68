//! Questions that a tool answers: what a claim answers, and what is typed to have one answered.
//!
//! A claim is a question with an answer; so is every command that could be asked for next. It stands apart from the exhibits' texts,
//! because what is compared is what they say and not how they are laid out.
#![expect(clippy::wildcard_enum_match_arm, reason = "picks a few kinds out of many")]

use std::net::IpAddr;

use evidence::registry::{self, RegistryValue};
use exhibit::claim::{AdapterClaim, Claim, LicenceClaim, Lookup, LookupResult, PortResult, Says};
use mock_dns::name::DomainName;
use mock_dns::record::{Record, RecordData, RecordType};

use super::stand::Stand;

/// Something that can be asked of a network or a machine.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Question {
    /// The computer name.
    Name,
    /// The primary suffix.
    Suffix,
    /// The suffix search list.
    SearchList,
    /// The DNS servers of the adapter with this address.
    Servers(IpAddr),
    /// The connection-specific suffix of the adapter with this address.
    AdapterSuffix(IpAddr),
    /// A name and type at a server; the first of the machine when absent.
    Lookup(Option<IpAddr>, String, String),
    /// A port.
    Port(String, u16),
    /// An echo.
    Ping(String),
    /// The code of an attempt.
    Attempt,
    /// The code of the last event with this id.
    Event(u32),
    /// The host that the last event with this id names.
    EventHost(u32),
    /// The registered KMS machine name.
    Registered,
    /// The KMS machine that discovery found.
    Discovered,
    /// The lookup domain.
    LookupDomain,
    /// The kind of product key.
    Key,
    /// Another registry value: path and name.
    Registry(String, String),
    /// The current count of the KMS host.
    Count,
    /// The port on which the KMS host listens.
    HostPort,
    /// Whether the KMS host can reach its own port.
    OwnPort(u16),
    /// Who asked the KMS host.
    HostRequests,
    /// What a capture on the KMS host shows of the handshake.
    HostCapture(u16),
    /// The SRV records of the zones that the DNS server holds.
    ZoneSrv,
    /// Whether a zone holds a record.
    Zone(String),
}

/// A claim as a question and what it says.
#[must_use]
pub fn said(claim: &Claim) -> Vec<(Question, String)> {
    let one = |question, says: String| vec![(question, says)];
    match &claim.says {
        Says::HostName(name) => one(Question::Name, name.to_lowercase()),
        Says::PrimarySuffix(suffix) => one(Question::Suffix, names(suffix.as_slice())),
        Says::SearchList(list) => one(Question::SearchList, names(list)),
        Says::Adapter(adapter) => adapter_said(adapter),
        Says::Lookup(lookup) => looked_up(lookup),
        Says::Attempt(attempt) => one(Question::Attempt, attempt.code.to_string()),
        Says::Event(event) => {
            let mut said = one(Question::Event(event.id), event.code.to_string());
            let host = event.fields.get(1).filter(|host| event.id == 12288 && host.contains(':'));
            said.extend(host.map(|host| (Question::EventHost(event.id), host.to_lowercase())));
            said
        }
        Says::Licence(licence) => licence_said(licence),
        Says::Registry(value) => registry_said(value),
        Says::NoRegistryValue { path, name: Some(name) } => {
            let question = if name.eq_ignore_ascii_case(registry::HOST_NAME) {
                Question::Registered
            } else {
                Question::Registry(path.to_lowercase(), name.to_lowercase())
            };
            one(question, NONE.to_owned())
        }
        Says::NoRegistryValue { name: None, .. } => Vec::new(),
        Says::Record { record, .. } => one(Question::Zone(record_text(record)), "there".to_owned()),
        Says::Port { to, address, port, result } => {
            let to = address.map_or_else(|| to.to_lowercase(), |address| address.to_string());
            one(Question::Port(to, *port), port_text(*result).to_owned())
        }
        Says::Ping { to, address, reply_from } => {
            let to = address.map_or_else(|| to.to_lowercase(), |address| address.to_string());
            one(Question::Ping(to), reply_from.map_or("no reply", |_| "reply").to_owned())
        }
    }
}

/// What a line that is missing would have said is not known: only what stands there is compared.
fn adapter_said(adapter: &AdapterClaim) -> Vec<(Question, String)> {
    let Some(address) = adapter_address(adapter) else { return Vec::new() };
    let servers = (!adapter.dns.is_empty()).then(|| (Question::Servers(address), listed(&adapter.dns)));
    let suffix =
        adapter.suffix.as_ref().map(|suffix| (Question::AdapterSuffix(address), suffix.to_string().to_lowercase()));
    servers.into_iter().chain(suffix).collect()
}

/// The address by which an adapter is known: its first that is not link-local.
#[must_use]
pub fn adapter_address(adapter: &AdapterClaim) -> Option<IpAddr> {
    let usable = |address: &&IpAddr| match address {
        IpAddr::V4(four) => !four.is_link_local(),
        IpAddr::V6(six) => six.segments()[0] & 0xffc0 != 0xfe80,
    };
    adapter.addresses.iter().find(usable).copied().filter(|_| !adapter.disconnected)
}

/// The labels in front of the domain (RFC 2782).
pub(super) const SERVICE: &str = "_vlmcs._tcp";

/// What is said where there is nothing.
pub(super) const NONE: &str = "none";

fn looked_up(lookup: &Lookup) -> Vec<(Question, String)> {
    let Some(name) = &lookup.name else { return Vec::new() };
    let kind = lookup.kind.unwrap_or(RecordType::A);
    let question = Question::Lookup(lookup.server, name.to_string().to_lowercase(), kind.to_string());
    vec![(question, lookup_text(&lookup.result, shown_kind(&name.to_string(), kind)))]
}

fn licence_said(licence: &LicenceClaim) -> Vec<(Question, String)> {
    let said = match licence {
        LicenceClaim::Registered(host) => (Question::Registered, host_only(host)),
        LicenceClaim::Discovered(host) => (Question::Discovered, host.to_lowercase()),
        LicenceClaim::NothingDiscovered => (Question::Discovered, NONE.to_owned()),
        LicenceClaim::LookupDomain(domain) => (Question::LookupDomain, domain.to_lowercase()),
        LicenceClaim::CurrentCount(count) => (Question::Count, count.to_string()),
        LicenceClaim::ListeningPort(port) => (Question::HostPort, port.to_string()),
        LicenceClaim::NoKey => (Question::Key, "none".to_owned()),
        LicenceClaim::Description(text) if text.contains("MAK") => (Question::Key, "mak".to_owned()),
        LicenceClaim::Description(text) if text.contains("KMSCLIENT") => (Question::Key, "gvlk".to_owned()),
        LicenceClaim::Name(_)
        | LicenceClaim::Description(_)
        | LicenceClaim::ActivationId(_)
        | LicenceClaim::Status(_)
        | LicenceClaim::Reason(_)
        | LicenceClaim::MinutesLeft(_)
        | LicenceClaim::Cmid(_)
        | LicenceClaim::MachineAddress(_)
        | LicenceClaim::ActivationInterval(_)
        | LicenceClaim::RenewalInterval(_)
        | LicenceClaim::HostCaching(_)
        | LicenceClaim::Publishing(_) => return Vec::new(),
    };
    vec![said]
}

fn registry_said(value: &RegistryValue) -> Vec<(Question, String)> {
    let data = value.data.to_string().to_lowercase();
    if value.name.eq_ignore_ascii_case(registry::HOST_NAME) {
        return vec![(Question::Registered, host_only(&data))];
    }
    if value.name.eq_ignore_ascii_case(registry::LOOKUP_DOMAIN) {
        return vec![(Question::LookupDomain, data)];
    }
    vec![(Question::Registry(value.path.to_lowercase(), value.name.to_lowercase()), data)]
}

/// The name of name:port.
pub(super) fn host_only(text: &str) -> String {
    let lower = text.to_lowercase();
    match lower.rsplit_once(':') {
        Some((name, port))
            if (!name.contains(':') || name.ends_with(']')) && port.chars().all(|c| c.is_ascii_digit()) =>
        {
            name.to_owned()
        }
        _ => lower,
    }
}

pub(super) fn names(list: &[DomainName]) -> String {
    if list.is_empty() {
        return NONE.to_owned();
    }
    list.iter().map(|name| name.to_string().to_lowercase()).collect::<Vec<_>>().join(", ")
}

pub(super) fn listed(list: &[IpAddr]) -> String {
    if list.is_empty() {
        return NONE.to_owned();
    }
    list.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// The records that count: whoever asks for all of a service's name wants the service (the guideline's command).
pub(super) fn shown_kind(name: &str, kind: RecordType) -> RecordType {
    if kind == RecordType::ANY && name.to_lowercase().starts_with(SERVICE) { RecordType::SRV } else { kind }
}

/// A record without its time to live, which few tools show.
pub(super) fn record_text(record: &Record) -> String {
    let data = Record { ttl: 0, ..record.clone() }.to_string();
    data.to_lowercase()
}

pub(super) fn lookup_text(result: &LookupResult, kind: RecordType) -> String {
    match result {
        LookupResult::Records(records) => {
            let wanted = records.iter().filter(|record| record.record_type() == kind);
            let mut lines: Vec<String> = wanted.map(|record| data_of(&record.data)).collect();
            lines.sort();
            lines.dedup();
            if lines.is_empty() { "no such record".to_owned() } else { lines.join(", ") }
        }
        LookupResult::NoSuchName => "no such name".to_owned(),
        LookupResult::NoData => "no such record".to_owned(),
        LookupResult::ServerFailure => "server failure".to_owned(),
        LookupResult::Refused => "query refused".to_owned(),
        LookupResult::NoAnswer => "no answer".to_owned(),
    }
}

fn data_of(data: &RecordData) -> String {
    match data {
        RecordData::Srv(srv) => format!("{} {} {} {}", srv.priority, srv.weight, srv.port, srv.target).to_lowercase(),
        RecordData::A(address) => address.to_string(),
        RecordData::Aaaa(address) => address.to_string(),
        RecordData::Cname(name) | RecordData::Ns(name) | RecordData::Ptr(name) => name.to_string().to_lowercase(),
        RecordData::Mx { exchange, .. } => exchange.to_string().to_lowercase(),
        RecordData::Soa(soa) => soa.primary.to_string().to_lowercase(),
        RecordData::Txt(_) | RecordData::Other { .. } => "text".to_owned(),
    }
}

pub(super) const fn port_text(result: PortResult) -> &'static str {
    match result {
        PortResult::Open => "open",
        PortResult::NotReached => "not reached",
        PortResult::NoSuchName => "no such name",
    }
}

impl Question {
    /// At which machine it is asked when it is asked for next: the client, or the first of its kind.
    #[must_use]
    pub const fn stand(&self) -> Stand {
        match self {
            Self::Count | Self::HostPort | Self::OwnPort(_) | Self::HostRequests | Self::HostCapture(_) => {
                Stand::Host(0)
            }
            Self::ZoneSrv | Self::Zone(_) => Stand::Dns(0),
            _ => Stand::Client,
        }
    }
}

/// What is typed to have a question answered.
#[must_use]
pub fn command(question: &Question) -> String {
    match question {
        Question::Name
        | Question::Suffix
        | Question::SearchList
        | Question::Servers(_)
        | Question::AdapterSuffix(_) => "ipconfig /all".to_owned(),
        Question::Lookup(server, name, kind) => {
            let server = server.map(|server| format!(" {server}")).unwrap_or_default();
            format!("nslookup -type={kind} {name}.{server}")
        }
        Question::Port(to, port) => format!("Test-NetConnection {to} -Port {port}"),
        Question::Ping(to) => format!("ping {to}"),
        Question::Attempt => "cscript slmgr.vbs /ato".to_owned(),
        Question::Event(_) | Question::EventHost(_) => {
            "Get-WinEvent -FilterHashtable @{LogName='Application'; Id=12288,12289} -MaxEvents 4 | Format-List"
                .to_owned()
        }
        Question::Registered
        | Question::Discovered
        | Question::LookupDomain
        | Question::Key
        | Question::Count
        | Question::HostPort => "cscript slmgr.vbs /dlv".to_owned(),
        Question::Registry(path, name) => format!("reg query \"{path}\" /v {name}"),
        Question::OwnPort(port) => format!("Test-NetConnection localhost -Port {port}"),
        Question::HostRequests => {
            "Get-WinEvent -LogName 'Key Management Service' -MaxEvents 4 | Format-List".to_owned()
        }
        Question::HostCapture(port) => format!("a packet capture of TCP port {port} during slmgr /ato"),
        Question::ZoneSrv | Question::Zone(_) => "Get-DnsServerResourceRecord -ZoneName <zone> -RRType Srv".to_owned(),
    }
}
