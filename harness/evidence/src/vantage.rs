//! Read-only facts of the machine where one stands: what `reg query`, `ipconfig /all` and the clock tell.
//!
//! Each may be denied, as it is to somebody without the rights or without access to the machine at all. The facts are the
//! raw ones; what they mean for a KMS client is the client's and the diagnosis' affair.

use std::net::{IpAddr, Ipv4Addr};

use double::{Moment, WallTime};
use mock_dns::name::DomainName;

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
