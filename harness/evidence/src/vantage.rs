//! Read-only facts of the machine where one stands: what `reg query`, `ipconfig /all` and the clock tell.
//!
//! Each may be denied, as it is to somebody without the rights or without access to the machine at all. The facts are the
//! raw ones; what they mean for a KMS client is the client's and the diagnosis' affair.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use double::{Moment, WallTime};
use mock_dns::aging::{Scavenged, ZoneAging};
use mock_dns::name::DomainName;
use mock_dns::record::{Record, RecordType};
use mock_dns::zone::Zone;
use mock_kms::host::HostState;
use mock_kms::product::Product;
use mock_kms::wire::{Guid, Hresult};

use crate::network::Failure;
use crate::outcome::{Licence, LoggedEvent};
use crate::registry::RegistryValue;

/// The facts of one machine.
pub trait Vantage {
    /// All registry values that may be read here.
    ///
    /// # Errors
    /// [`Denied`] when the registry of this machine may not be read.
    fn registry(&self) -> Result<&[RegistryValue], Denied>;

    /// What `ipconfig /all` tells, and the name resolution policy with it.
    ///
    /// # Errors
    /// [`Denied`] when it may not be asked.
    fn ip_configuration(&self) -> Result<&IpConfiguration, Denied>;

    /// What the clock of the machine shows at a moment of the run.
    ///
    /// # Errors
    /// [`Denied`] when it may not be asked.
    fn clock(&self, now: Moment) -> Result<WallTime, Denied>;

    /// What the licensing service of a client tells of itself: `slmgr /dlv`, `ospp.vbs /dstatus`.
    ///
    /// # Errors
    /// [`Denied`] when it may not be asked, or this is no client.
    fn licensing(&self) -> Result<Licensing, Denied> {
        Err(Denied)
    }

    /// The licence of the product at a moment of the run, as the licensing service of a client holds it.
    ///
    /// # Errors
    /// [`Denied`] when it may not be asked, or this is no client.
    fn licence(&self, _now: Moment) -> Result<Licence, Denied> {
        Err(Denied)
    }

    /// What the resolver of the machine remembers: `ipconfig /displaydns`.
    ///
    /// # Errors
    /// [`Denied`] when it may not be asked.
    fn resolver_cache(&self) -> Result<Vec<CachedLookup>, Denied> {
        Err(Denied)
    }

    /// The events of the licensing service that are in the logs of the machine, oldest first.
    ///
    /// # Errors
    /// [`Denied`] when the logs may not be read.
    fn events(&self) -> Result<Vec<LoggedEvent>, Denied> {
        Err(Denied)
    }

    /// The zones that this DNS server holds: `dnscmd /zoneprint`, or the zone files.
    ///
    /// # Errors
    /// [`Denied`] when they may not be read, or this is no DNS server.
    fn zones(&self) -> Result<&[Zone], Denied> {
        Err(Denied)
    }

    /// Which zones of this DNS server age, how often it scavenges, and what it has scavenged: `dnscmd /zoneinfo`, `dnscmd /info`, and
    /// event 521 of its audit log.
    ///
    /// # Errors
    /// [`Denied`] when it may not be asked, or this is no DNS server.
    fn aging(&self) -> Result<DnsAging<'_>, Denied> {
        Err(Denied)
    }

    /// What `slmgr /dlv` tells on a KMS host.
    ///
    /// # Errors
    /// [`Denied`] when it may not be asked, or this is no KMS host.
    fn kms_service(&self) -> Result<KmsService, Denied> {
        Err(Denied)
    }

    /// Who asked this KMS host so far, oldest first: event 12290 of its Key Management Service log.
    ///
    /// # Errors
    /// [`Denied`] when the log may not be read, or this is no KMS host.
    fn requests(&self) -> Result<Vec<KmsRequest>, Denied> {
        Err(Denied)
    }

    /// What a packet capture on this machine shows of a client's vain attempts to connect to a socket. It stands on the wire's side
    /// of the machine's own firewall.
    ///
    /// # Errors
    /// [`Denied`] when there is no such capture.
    fn handshake(&self, _to: SocketAddr) -> Result<Handshake, Denied> {
        Err(Denied)
    }

    /// A connection from this machine to a port of its own, which crosses no firewall: `Test-NetConnection localhost -Port`.
    ///
    /// # Errors
    /// [`Denied`] when nobody can type there.
    fn own_port(&self, _port: u16) -> Result<Result<(), Failure>, Denied> {
        Err(Denied)
    }
}

notation::choice! {
    /// The kind of product key on a client.
    pub enum KeyChannel("key channel") {
        /// A client setup key: the machine is a KMS client.
        "gvlk" => Gvlk,
        /// A multiple activation key: KMS is never asked.
        "mak" => Mak,
        /// No key.
        "none" => None,
    }
}

/// What the licensing service of a client tells of itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Licensing {
    /// The Windows generation, in the word of its client profile.
    pub generation: &'static str,
    /// The product.
    pub product: Product,
    /// The registry key below which the settings of the product stand on this generation.
    pub registry_root: &'static str,
    /// The kind of its product key.
    pub key: KeyChannel,
    /// Whether Active Directory-based activation takes care of it.
    pub adba: bool,
    /// The KMS host that discovery found and that is remembered: "KMS machine name from DNS".
    pub discovered: Option<(String, u16)>,
    /// The client machine id.
    pub cmid: Guid,
    /// The licence that it holds, where KMS has a say in it and it can be read.
    pub licence: Option<Licence>,
}

/// An answer that a resolver remembers.
#[derive(Clone, Debug, PartialEq)]
pub struct CachedLookup {
    /// The name.
    pub name: DomainName,
    /// The type.
    pub kind: RecordType,
    /// The records; none means that the name does not exist, or has none of the type.
    pub records: Vec<Record>,
    /// When it is forgotten.
    pub until: Moment,
}

/// What `slmgr /dlv` tells on a KMS host.
#[derive(Clone, Debug, PartialEq)]
pub struct KmsService {
    /// Whether the licensing service runs.
    pub running: bool,
    /// Whether the host key is there, activated and enabled.
    pub state: HostState,
    /// The products that the host key covers.
    pub serves: Vec<Product>,
    /// The current count.
    pub current_count: u32,
    /// The port on which it listens.
    pub port: u16,
    /// Whether it runs with low priority: "KMS priority: Low" of `slmgr /dlv`, set by `slmgr /spri` and `/cpri`.
    pub low_priority: bool,
}

/// A request that a KMS host has logged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KmsRequest {
    /// When it came, on the clock of the run.
    pub at: Moment,
    /// The computer name that it tells.
    pub name: String,
    /// The client machine id that it tells.
    pub cmid: Guid,
    /// The licence status that it tells: 0 unlicensed, 1 licensed, 2 initial grace, 3 out of tolerance, 4 non-genuine grace,
    /// 5 notification, 6 extended grace.
    pub licence_status: u32,
    /// What was answered.
    pub answered: Hresult,
}

/// How the records of a DNS server grow old.
#[derive(Clone, Copy, Debug)]
pub struct DnsAging<'a> {
    /// The zones that age, with their intervals.
    pub zones: &'a [ZoneAging],
    /// Every how many hours the server scavenges them, if it does.
    pub scavenging_h: Option<u32>,
    /// What was scavenged so far, oldest first.
    pub scavenged: &'a [Scavenged],
}

/// How much of a TCP handshake a packet capture shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handshake {
    /// No SYN.
    Unseen,
    /// A SYN, and nothing for it.
    Unanswered,
    /// A SYN, and a RST for it.
    Reset,
    /// A SYN, and a SYN with ACK for it.
    Answered,
}

/// The fact may not be read from where one stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this cannot be read from here")]
pub struct Denied;

notation::record! {
    /// What a machine knows about its place in the network and about names.
    pub struct IpConfiguration("an ip configuration") {
        /// The primary DNS suffix; none on a workgroup machine that nobody gave one.
        "primary_suffix" => primary_suffix: Option<DomainName>,
        /// The DNS name of the Active Directory domain, when the machine is a member.
        "ad_domain" => ad_domain: Option<DomainName>,
        /// The suffix search list, when one is configured: it replaces every other source of suffixes.
        "search_list" => search_list: Vec<DomainName>,
        /// The adapters.
        "adapter" => adapters: Vec<Adapter>,
        /// The name resolution policy table: names below a namespace are asked at these servers only.
        "nrpt" => nrpt: Vec<PolicyRule>,
        /// The hosts file: it answers addresses of names before DNS, and cannot hold an SRV record.
        "hosts" => hosts: Vec<HostName>,
        /// What NetBIOS name resolution answers for single-label names.
        "netbios" => netbios: Vec<HostName>,
    }
}

notation::record! {
    /// A network adapter that is up.
    pub struct Adapter("an adapter") {
        /// Its address.
        "address" => address: IpAddr,
        /// Its subnet mask, for IPv4.
        "mask" => mask: Ipv4Addr = Ipv4Addr::new(255, 255, 255, 0),
        /// The default gateway; without one, nothing outside the subnet can be reached.
        "gateway" => gateway: Option<IpAddr>,
        /// The DNS servers, in the order in which they are asked.
        "dns" => dns: Vec<IpAddr>,
        /// Whether address, servers and suffix came by DHCP.
        "dhcp" => dhcp: bool = true,
        /// The connection-specific suffix: DHCP option 15, or typed by hand.
        "suffix" => suffix: Option<DomainName>,
        /// The metric; the adapter with the lowest is asked first.
        "metric" => metric: u32 = 25,
    }
}

notation::record! {
    /// A rule of the name resolution policy table.
    pub struct PolicyRule("a policy rule") {
        /// Names equal to this or below it.
        "namespace" => namespace: DomainName,
        /// The servers that are asked for them.
        "dns" => dns: Vec<IpAddr>,
    }
}

notation::record! {
    /// A name and its address.
    pub struct HostName("a host name") {
        /// The name, as it stands in the file or is announced.
        "name" => name: String,
        /// Its address.
        "address" => address: IpAddr,
    }
}

impl IpConfiguration {
    /// Whether the machine has an address of this family.
    #[must_use]
    pub fn has_family_of(&self, address: IpAddr) -> bool {
        self.adapters.iter().any(|adapter| adapter.address.is_ipv4() == address.is_ipv4())
    }

    /// The suffixes that a resolver tool appends to what is typed, in their order: the search list, which replaces the primary suffix
    /// and its parents (text of the devolution policy); without one the primary suffix, those of the connections, the parents.
    #[must_use]
    pub fn suffixes_tried(&self) -> Vec<DomainName> {
        let first = || self.primary_suffix.iter().filter(|_| self.search_list.is_empty());
        let connection = self.adapters_by_metric().into_iter().filter_map(|adapter| adapter.suffix.clone());
        let mut suffixes = Vec::new();
        for suffix in self.search_list.iter().chain(first()).cloned().chain(connection).chain(first().flat_map(parents))
        {
            if !suffixes.contains(&suffix) {
                suffixes.push(suffix);
            }
        }
        suffixes
    }

    /// The DNS servers in the order in which they are asked; those of the policy table behind them.
    #[must_use]
    pub fn dns_servers(&self) -> Vec<IpAddr> {
        let adapters = self.adapters_by_metric().into_iter().flat_map(|adapter| adapter.dns.iter().copied());
        let policies = self.nrpt.iter().flat_map(|rule| rule.dns.iter().copied());
        let mut servers: Vec<IpAddr> = Vec::new();
        for server in adapters.chain(policies) {
            if !servers.contains(&server) {
                servers.push(server);
            }
        }
        servers
    }

    /// The adapters in the order in which their DNS servers are asked.
    #[must_use]
    pub fn adapters_by_metric(&self) -> Vec<&Adapter> {
        let mut adapters: Vec<&Adapter> = self.adapters.iter().collect();
        adapters.sort_by_key(|adapter| adapter.metric);
        adapters
    }

    /// The address from which a packet to `to` is sent, if there is one: of the adapter in whose subnet it lies, else of the
    /// first with a default gateway.
    #[must_use]
    pub fn source_for(&self, to: IpAddr) -> Option<IpAddr> {
        let adapters = self.adapters_by_metric();
        let same_family = |adapter: &&&Adapter| adapter.address.is_ipv4() == to.is_ipv4();
        let direct = adapters.iter().filter(same_family).find(|adapter| adapter.is_on_link(to));
        let routed = || adapters.iter().filter(same_family).find(|adapter| adapter.gateway.is_some());
        direct.or_else(routed).map(|adapter| adapter.address)
    }
}

/// The parents of a domain, never below two labels.
#[must_use]
pub fn parents(domain: &DomainName) -> Vec<DomainName> {
    std::iter::successors(domain.parent(), DomainName::parent).take_while(|parent| parent.depth() >= 2).collect()
}

impl Adapter {
    /// Whether an address lies in the adapter's subnet; for IPv6 the usual /64 is assumed.
    #[must_use]
    pub fn is_on_link(&self, to: IpAddr) -> bool {
        match (self.address, to) {
            (IpAddr::V4(own), IpAddr::V4(to)) => own & self.mask == to & self.mask,
            (IpAddr::V6(own), IpAddr::V6(to)) => own.segments()[..4] == to.segments()[..4],
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}
