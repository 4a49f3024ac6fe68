//! What a client's packet meets, told from the environment alone: a service, a closed port, silence, and how late.
//!
//! Pure. It also knows what real sockets on one machine cannot show, so that such a step is skipped before anything is set up.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use evidence::Role;
use mock_dns::boundary::Transport;
use mock_dns::server_core::TcpService;
use notation::Id;

use crate::environment::machine::DNS_PORT;
use crate::environment::rule::{How, Packet};
use crate::environment::{ClientMachine, DnsMachine, Environment, KmsMachine};

/// What a packet meets at the end of its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::network) enum Meets<'a> {
    /// A service of this machine, after this time; what it sends on a connection comes back after that time.
    Service { machine: &'a Id, out: Duration, back: Duration },
    /// A port that says that nobody listens, after this time.
    Closed(Duration),
    /// Nothing that answers.
    Silence,
}

/// A port on which a machine serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::network) struct Port<'a> {
    pub(in crate::network) machine: &'a Id,
    pub(in crate::network) role: Role,
    pub(in crate::network) at: SocketAddr,
    pub(in crate::network) transport: Transport,
}

/// Every port on which some machine serves.
pub(in crate::network) fn ports(environment: &Environment) -> Vec<Port<'_>> {
    let dns = environment.dns_servers.iter().flat_map(|machine| {
        let port = |address: &IpAddr, transport| Port {
            machine: &machine.id,
            role: Role::Dns,
            at: SocketAddr::new(*address, DNS_PORT),
            transport,
        };
        let both = machine.addresses.iter().flat_map(move |ip| [port(ip, Transport::Udp), port(ip, Transport::Tcp)]);
        both.filter(|port| dns_serves(machine, port.transport, DNS_PORT))
    });
    let hosts = environment.kms_hosts.iter().filter(|machine| kms_serves(machine)).flat_map(|machine| {
        let port = |address: &IpAddr| Port {
            machine: &machine.id,
            role: Role::Host,
            at: SocketAddr::new(*address, machine.port()),
            transport: Transport::Tcp,
        };
        machine.addresses.iter().map(port)
    });
    dns.chain(hosts).collect()
}

/// What a packet of a client to `to` meets.
pub(in crate::network) fn meets<'a>(
    environment: &'a Environment,
    client: &Id,
    to: SocketAddr,
    transport: Transport,
) -> Meets<'a> {
    let owner = owner(environment, to.ip());
    let packet = Packet { from: client, to: owner.map(Owner::id), tcp: transport == Transport::Tcp, destination: to };
    let late = match environment.rule_for(&packet).map(|rule| &rule.how) {
        None => Duration::ZERO,
        Some(How::Delayed(delay)) => delay.duration(),
        Some(How::Refused) => return Meets::Closed(Duration::ZERO),
        // Of these, the last three are skipped before: see `cannot_show`.
        Some(How::Silent | How::ListenQueueFull | How::RejectedIcmp | How::Unreachable | How::Lossy(_)) => {
            return Meets::Silence;
        }
    };
    let serves = |machine: &'a Id| match way_back(environment, to.ip(), client, transport) {
        Some(back) => Meets::Service { machine, out: late, back },
        // A connection whose handshake does not come back is none, and the server hears nothing of it.
        None if transport == Transport::Tcp => Meets::Silence,
        None => Meets::Service { machine, out: late, back: Duration::ZERO },
    };
    let closed = |stealth: bool| if stealth { Meets::Silence } else { Meets::Closed(late) };
    match owner {
        // Nobody owns the address, or a client whose firewall says nothing.
        None | Some(Owner::Client(_)) => Meets::Silence,
        Some(Owner::Dns(machine)) if dns_serves(machine, transport, to.port()) => serves(&machine.id),
        // The service runs and its firewall lets TCP through: the port itself is closed.
        Some(Owner::Dns(machine)) if machine.running && to.port() == DNS_PORT => Meets::Closed(late),
        Some(Owner::Dns(machine)) => closed(machine.stealth),
        Some(Owner::Host(machine))
            if kms_serves(machine) && transport == Transport::Tcp && to.port() == machine.port() =>
        {
            serves(&machine.id)
        }
        Some(Owner::Host(machine)) => closed(machine.stealth),
    }
}

/// What an ICMP echo request between two machines meets: how late the reply is back; none when none comes.
///
/// It is told from the environment: loopback sockets show no ICMP, and a machine answers whether its services run or not.
pub(in crate::network) fn echo(environment: &Environment, from: &Id, to: IpAddr) -> Option<Duration> {
    let owner = owner(environment, to)?;
    let late = |from: &Id, to: &Id| {
        let rule = environment.rules.iter().find(|rule| rule.catches_echo(from, Some(to)));
        match rule.map(|rule| &rule.how) {
            None => Some(Duration::ZERO),
            Some(How::Delayed(delay)) => Some(delay.duration()),
            Some(
                How::Silent
                | How::Refused
                | How::ListenQueueFull
                | How::RejectedIcmp
                | How::Unreachable
                | How::Lossy(_),
            ) => None,
        }
    };
    Some(late(from, owner.id())? + late(owner.id(), from)?)
}

/// How late what a server sends reaches a client; none when it never does.
pub(in crate::network) fn way_back(
    environment: &Environment,
    server: IpAddr,
    client: &Id,
    transport: Transport,
) -> Option<Duration> {
    // A reply that claims to come from nobody's address: no rule names its sender.
    let Some(owner) = owner(environment, server) else { return Some(Duration::ZERO) };
    // Rules name ports of services, never the one that a client happens to send from.
    let destination = SocketAddr::new(server, 0);
    let packet = Packet { from: owner.id(), to: Some(client), tcp: transport == Transport::Tcp, destination };
    match environment.rule_for(&packet).map(|rule| &rule.how) {
        None => Some(Duration::ZERO),
        Some(How::Delayed(delay)) => Some(delay.duration()),
        Some(
            How::Silent | How::Refused | How::ListenQueueFull | How::RejectedIcmp | How::Unreachable | How::Lossy(_),
        ) => None,
    }
}

/// Why this network cannot show an environment.
pub(in crate::network) fn cannot_show(environment: &Environment) -> Option<String> {
    if let Some(reason) = needs_multicast(environment) {
        return Some(reason);
    }
    for rule in &environment.rules {
        let what = match rule.how {
            How::Silent | How::Refused | How::ListenQueueFull | How::Delayed(_) => continue,
            How::RejectedIcmp => "ICMP \"administratively prohibited\"",
            How::Unreachable => "ICMP \"host unreachable\"",
            How::Lossy(_) => "a path that loses single packets",
        };
        return Some(format!("rule `{}`: {what} cannot be had from loopback sockets", rule.id));
    }
    None
}

/// Why an environment cannot be shown where no packet reaches a group: somebody there answers multicast DNS. A question that nobody answers
/// looks the same with and without.
pub(in crate::network) fn needs_multicast(environment: &Environment) -> Option<String> {
    let answers = environment.kms_hosts.iter().find(|machine| machine.multicast_name.is_some())?;
    Some(format!("machine `{}` answers multicast DNS: this network carries no multicast", answers.id))
}

fn dns_serves(machine: &DnsMachine, transport: Transport, port: u16) -> bool {
    let open = match transport {
        Transport::Udp => true,
        Transport::Tcp => machine.service.tcp == TcpService::Open,
    };
    machine.running && port == DNS_PORT && open
}

fn kms_serves(machine: &KmsMachine) -> bool {
    machine.running && machine.service.state.listens()
}

/// The machine that owns an address.
#[derive(Clone, Copy)]
enum Owner<'a> {
    Dns(&'a DnsMachine),
    Host(&'a KmsMachine),
    Client(&'a ClientMachine),
}

impl<'a> Owner<'a> {
    const fn id(self) -> &'a Id {
        match self {
            Self::Dns(machine) => &machine.id,
            Self::Host(machine) => &machine.id,
            Self::Client(machine) => &machine.id,
        }
    }
}

fn owner(environment: &Environment, ip: IpAddr) -> Option<Owner<'_>> {
    let dns = environment.dns_servers.iter().find(|machine| machine.addresses.contains(&ip)).map(Owner::Dns);
    let host = || environment.kms_hosts.iter().find(|machine| machine.addresses.contains(&ip)).map(Owner::Host);
    let owns = |machine: &&ClientMachine| machine.ip.adapters.iter().any(|adapter| adapter.address == ip);
    let client = || environment.clients.iter().find(owns).map(Owner::Client);
    dns.or_else(host).or_else(client)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::catalogue;
    use crate::scenario::load::load;

    #[track_caller]
    fn check(scenario: &str, to: &str, transport: Transport, expected: &str) {
        let scenario = load(&catalogue::embedded(), scenario).unwrap();
        let environment = &scenario.steps[0].environment;
        let client = &environment.clients[0].id;
        let met = match meets(environment, client, to.parse().unwrap(), transport) {
            Meets::Service { machine, out, .. } => format!("{machine} after {} ms", out.as_millis()),
            Meets::Closed(late) => format!("closed after {} ms", late.as_millis()),
            Meets::Silence => "silence".to_owned(),
        };
        assert_eq!(met, expected, "{to}");
    }

    #[test]
    fn what_is_met() {
        let healthy = "healthy/domain-member";
        check(healthy, "10.0.0.53:53", Transport::Udp, "dns1 after 0 ms");
        check(healthy, "10.0.0.53:53", Transport::Tcp, "dns1 after 0 ms");
        check(healthy, "10.0.0.60:1688", Transport::Tcp, "kms1 after 0 ms");
        check(healthy, "10.0.0.60:1688", Transport::Udp, "silence");
        check(healthy, "10.0.0.60:1689", Transport::Tcp, "silence");
        check(healthy, "10.0.0.99:1688", Transport::Tcp, "silence");
        check(healthy, "10.0.0.107:1688", Transport::Tcp, "silence");
        check("network/tcp1688-refused", "10.0.0.60:1688", Transport::Tcp, "closed after 0 ms");
        check("network/tcp1688-silent", "10.0.0.60:1688", Transport::Tcp, "silence");
        check("network/listen-queue-full", "10.0.0.60:1688", Transport::Tcp, "silence");
        check("dns/truncated-tcp-refused", "10.0.0.53:53", Transport::Tcp, "closed after 0 ms");
        check("kms/service-stopped-no-firewall", "10.0.0.60:1688", Transport::Tcp, "closed after 0 ms");
        check("healthy/slow-path", "10.0.0.60:1688", Transport::Tcp, "kms1 after 800 ms");
    }

    #[track_caller]
    fn check_skip(scenario: &str, expected: Option<&str>) {
        let scenario = load(&catalogue::embedded(), scenario).unwrap();
        assert_eq!(cannot_show(&scenario.steps[0].environment).as_deref(), expected);
    }

    #[test]
    fn what_cannot_be_shown_is_said() {
        check_skip("healthy/slow-path", None);
        check_skip("network/listen-queue-full", None);
        let lossy = "rule `wifi`: a path that loses single packets cannot be had from loopback sockets";
        check_skip("healthy/lossy-path", Some(lossy));
    }
}
