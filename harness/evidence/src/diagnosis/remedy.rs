//! What would mend it: acts in the words of somebody who is told to do them, made only from a finding and its evidence.
//!
//! An act names machines by address and things by name, because that is all that evidence knows. What evidence cannot supply is
//! a named blank. Who resolves acts into operations on an environment stands above; it may answer that one does not apply.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use mock_dns::name::DomainName;
use mock_dns::record::RecordData;

use crate::registry::RegistryValue;

/// Something that evidence supplies, or a blank that somebody has to fill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known<T> {
    /// It is known.
    Is(T),
    /// It is not; the name of the blank, e.g. "KMS FQDN".
    Blank(&'static str),
}

impl<T: fmt::Display> fmt::Display for Known<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Is(value) => value.fmt(f),
            Self::Blank(name) => write!(f, "<{name}>"),
        }
    }
}

/// The blank for the name of a KMS host.
pub const KMS_FQDN: &str = "KMS FQDN";
/// The blank for the address of a KMS host.
pub const KMS_ADDRESS: &str = "KMS address";
/// The blank for the domain in which a KMS host is published.
pub const KMS_DOMAIN: &str = "domain of the KMS host";
/// The blank for a DNS server that knows the domain.
pub const DNS_SERVER: &str = "DNS server of the domain";

/// A way to mend a cause.
#[derive(Clone, Debug, PartialEq)]
pub struct Remedy {
    /// What is done, in order.
    pub acts: Vec<Act>,
    /// Whether it goes round the cause instead of repairing it: a host registered by hand outlives the host.
    pub workaround: bool,
}

impl Remedy {
    /// One that repairs the cause.
    #[must_use]
    pub const fn repair(acts: Vec<Act>) -> Self {
        Self { acts, workaround: false }
    }

    /// One that goes round it.
    #[must_use]
    pub const fn workaround(acts: Vec<Act>) -> Self {
        Self { acts, workaround: true }
    }

    /// Whether the client asks no KMS host afterwards (G1).
    #[must_use]
    pub fn leaves_kms(&self) -> bool {
        self.acts.iter().any(|act| matches!(act, Act::InstallMak))
    }
}

/// Something to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    /// Publish a KMS host: add an SRV record at the DNS servers that the client asks (G7).
    AddSrv {
        /// The owner name, `_vlmcs._tcp` and a domain.
        owner: DomainName,
        /// The host.
        target: Known<DomainName>,
        /// Its port.
        port: u16,
    },
    /// Remove a record at the DNS servers that the client asks.
    RemoveRecord {
        /// The owner name.
        owner: DomainName,
        /// The data: this record and no other.
        data: RecordData,
    },
    /// Take a delegation away at the DNS servers that the client asks: the names of the domain are theirs again.
    RemoveDelegation(DomainName),
    /// Create a zone at the DNS servers that the client asks.
    AddZone(DomainName),
    /// Give the zone at the DNS servers that the client asks the intervals that Microsoft's server has by default: seven days each.
    SetAging(DomainName),
    /// Let the KMS host of this name publish itself again: `slmgr /sdns`, and a restart of its licensing service.
    PublishAgain(DomainName),
    /// Give a host name an address at the DNS servers that the client asks.
    AddAddress {
        /// The name.
        name: Known<DomainName>,
        /// The address.
        address: Known<IpAddr>,
    },
    /// Set the primary DNS suffix of the client.
    SetPrimarySuffix(Known<DomainName>),
    /// Add a suffix to the suffix search list of the client; the suffixes in use stay.
    AddSearchSuffix(Known<DomainName>),
    /// `slmgr /ckms-domain`.
    ClearLookupDomain,
    /// `slmgr /ckms`: forget the registered host, in whichever registry key it stands.
    ClearRegisteredHost,
    /// `slmgr /skms`: register a host by hand.
    RegisterHost {
        /// The host: a name or an address; an IPv6 address in brackets.
        host: Known<String>,
        /// Its port.
        port: u16,
    },
    /// Remove a registry value of the client.
    RemoveRegistryValue {
        /// The key.
        path: String,
        /// The name of the value.
        name: String,
    },
    /// Let the client ask this DNS server first.
    AskServerFirst(Known<IpAddr>),
    /// Let the name resolution policy of the client ask this DNS server for names of a namespace.
    AskServerFor {
        /// The namespace of the policy rule.
        namespace: DomainName,
        /// The server.
        server: Known<IpAddr>,
    },
    /// Take a DNS server out of the client's list.
    StopAskingServer(IpAddr),
    /// Take a name out of the client's hosts file.
    RemoveHostsLine(String),
    /// `ipconfig /flushdns`.
    FlushDns,
    /// Let packets of the client to an address and port pass, wherever a firewall stops them.
    OpenPath {
        /// The destination.
        to: SocketAddr,
        /// TCP; else UDP and TCP, as DNS needs.
        tcp_only: bool,
    },
    /// Start the service that should listen there.
    StartService(SocketAddr),
    /// Repair what the service that listens there does wrong, as far as a finding tells it; whatever else it does stays.
    RepairService {
        /// The service.
        at: SocketAddr,
        /// The finding that tells what is wrong with it.
        finding: &'static str,
    },
    /// Install the updates of the KMS host, so that it knows the protocol version of newer clients.
    UpdateHost(SocketAddr),
    /// Set or remove a registry value of a KMS host, and restart its licensing service.
    HostRegistry {
        /// The machine, as whoever stands there calls it.
        at: String,
        /// The key.
        path: String,
        /// The name of the value.
        name: String,
        /// The value; none removes it.
        to: Option<RegistryValue>,
    },
    /// Activate the KMS host with its host key.
    ActivateHost(SocketAddr),
    /// Install a host key on the KMS host that covers the client's product.
    CoverProduct(SocketAddr),
    /// Wait, or bring more machines, until the KMS host has counted enough clients.
    RaiseCount {
        /// The KMS host.
        host: SocketAddr,
        /// The required client count.
        to: u32,
    },
    /// `slmgr /rearm` on clones: each gets a client machine id of its own.
    NewClientMachineId,
    /// Set the client's clock by its time source.
    SyncClientClock,
    /// Set the KMS host's clock by its time source.
    SyncHostClock(SocketAddr),
    /// Install the client setup key (GVLK) of the edition.
    InstallClientKey,
    /// Install a MAK: the client leaves the KMS channel (G1).
    InstallMak,
}

impl fmt::Display for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AddSrv { owner, target, port } => write!(f, "add {owner} SRV 0 0 {port} {target}"),
            Self::RemoveRecord { owner, data } => write!(f, "remove {owner} {} {data}", data.record_type()),
            Self::RemoveDelegation(domain) => write!(f, "remove the delegation of {domain}"),
            Self::AddZone(domain) => write!(f, "create the zone {domain}"),
            Self::SetAging(zone) => {
                write!(f, "give the zone {zone} a no-refresh interval and a refresh interval of seven days each")
            }
            Self::PublishAgain(host) => write!(f, "let the KMS host {host} publish itself again: slmgr /sdns"),
            Self::AddAddress { name, address } => write!(f, "give {name} the address {address}"),
            Self::SetPrimarySuffix(suffix) => write!(f, "set the client's primary DNS suffix to {suffix}"),
            Self::AddSearchSuffix(suffix) => write!(f, "add {suffix} to the client's DNS suffix search list"),
            Self::ClearLookupDomain => f.write_str("clear the lookup domain: slmgr /ckms-domain"),
            Self::ClearRegisteredHost => f.write_str("clear the registered KMS host: slmgr /ckms"),
            Self::RegisterHost { host, port } => write!(f, "register the KMS host by hand: slmgr /skms {host}:{port}"),
            Self::RemoveRegistryValue { path, name } => write!(f, "remove the registry value {path}\\{name}"),
            Self::AskServerFirst(server) => write!(f, "let the client ask the DNS server {server} first"),
            Self::AskServerFor { namespace, server } => {
                write!(f, "let the name resolution policy ask the DNS server {server} for {namespace}")
            }
            Self::StopAskingServer(server) => write!(f, "take {server} out of the client's DNS servers"),
            Self::RemoveHostsLine(name) => write!(f, "take {name} out of the client's hosts file"),
            Self::FlushDns => f.write_str("forget what the resolver remembers: ipconfig /flushdns"),
            Self::OpenPath { to, tcp_only } => {
                write!(f, "let {} from the client to {to} pass", if *tcp_only { "TCP" } else { "UDP and TCP" })
            }
            Self::StartService(at) => write!(f, "start the service on {at}"),
            Self::RepairService { at, .. } => write!(f, "repair the service on {at}"),
            Self::UpdateHost(at) => write!(f, "install the updates of the KMS host {at}"),
            Self::HostRegistry { at, path, name, to: None } => {
                write!(f, "remove the registry value {path}\\{name} on {at}, and restart the licensing service")
            }
            Self::HostRegistry { at, path, name, to: Some(to) } => {
                write!(
                    f,
                    "set the registry value {path}\\{name} on {at} to {}, and restart the licensing service",
                    to.data
                )
            }
            Self::ActivateHost(at) => write!(f, "activate the KMS host {at} with its host key"),
            Self::CoverProduct(at) => write!(f, "install a host key on {at} that covers the product"),
            Self::RaiseCount { host, to } => write!(f, "let {to} clients ask the KMS host {host}"),
            Self::NewClientMachineId => f.write_str("give clones a client machine id of their own: slmgr /rearm"),
            Self::SyncClientClock => f.write_str("set the client's clock: w32tm /resync"),
            Self::SyncHostClock(at) => write!(f, "set the clock of the KMS host {at}: w32tm /resync"),
            Self::InstallClientKey => f.write_str("install the client setup key of the edition: slmgr /ipk"),
            Self::InstallMak => f.write_str("install a MAK: slmgr /ipk, and leave KMS"),
        }
    }
}
