//! Who stands in a network of its own: every client, and every KMS host that publishes, because it is a client of DNS in that.
//!
//! Pure. All other servers share one network: they send only what they are asked for, and nobody stands there.

use std::net::IpAddr;

use notation::Id;

use crate::environment::{ClientMachine, Environment, KmsMachine};

/// Bits of the subnet of an IPv6 adapter.
const IPV6_PREFIX: u8 = 64;

/// Bits of an address that is nobody's subnet.
const HOST_V4: u8 = 32;
const HOST_V6: u8 = 128;

/// A machine in a network of its own.
#[derive(Clone, Debug)]
pub(super) struct Station {
    pub(super) id: Id,
    /// Whether it is a client, which serves nothing.
    pub(super) client: bool,
    /// Its addresses with the bits of their subnets, the preferred one first.
    pub(super) addresses: Vec<(IpAddr, u8)>,
    /// Where it sends what is not on its link; of each family the first counts.
    gateways: Vec<IpAddr>,
}

impl Station {
    pub(super) fn owns(&self, address: IpAddr) -> bool {
        self.addresses.iter().any(|(own, _)| *own == address)
    }

    /// The gateway of a family, if it has one.
    pub(super) fn gateway(&self, v4: bool) -> Option<IpAddr> {
        self.gateways.iter().copied().find(|gateway| gateway.is_ipv4() == v4)
    }

    fn client(machine: &ClientMachine) -> Self {
        let prefix = |address: IpAddr, mask| match address {
            IpAddr::V4(_) => u8::try_from(u32::from(mask).leading_ones()).unwrap_or(HOST_V4),
            IpAddr::V6(_) => IPV6_PREFIX,
        };
        let addresses =
            machine.ip.adapters.iter().map(|adapter| (adapter.address, prefix(adapter.address, adapter.mask)));
        let gateways = machine.ip.adapters_by_metric().into_iter().filter_map(|adapter| adapter.gateway);
        Self { id: machine.id.clone(), client: true, addresses: addresses.collect(), gateways: gateways.collect() }
    }

    fn host(machine: &KmsMachine) -> Self {
        let addresses = machine.addresses.iter().map(|address| (*address, host_prefix(*address)));
        Self { id: machine.id.clone(), client: false, addresses: addresses.collect(), gateways: Vec::new() }
    }
}

/// All of them, the clients first and in the order of the environment.
pub(super) fn stations(environment: &Environment) -> Vec<Station> {
    let publishes = |machine: &&KmsMachine| machine.publishing.is_some();
    let hosts = environment.kms_hosts.iter().filter(publishes).map(Station::host);
    environment.clients.iter().map(Station::client).chain(hosts).collect()
}

/// Bits of the subnet of an address that has no neighbours: all else is beyond the link.
pub(super) const fn host_prefix(address: IpAddr) -> u8 {
    if address.is_ipv4() { HOST_V4 } else { HOST_V6 }
}
