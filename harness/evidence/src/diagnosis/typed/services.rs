//! Services at an address: firewalls in front of them, whether they run, host keys, counts, clocks.
//!
//! Nobody at the client sees which firewall drops a packet, so opening a path names each place. Turning a firewall off is
//! never among the lines.

use std::net::{IpAddr, SocketAddr};

use mock_dns::name::DomainName;

use super::{Known, On, Shell, Typed};
use crate::diagnosis::investigation::{DNS_PORT, KMS_PORT};
use crate::diagnosis::table;

/// Said of a rule of one's own on the client.
const BLOCKS: &str = "Windows lets packets out unless a rule blocks them, and a blocking rule wins over this one: look for it with \
                      netsh advfirewall firewall show rule name=all dir=out";

/// Said of the built-in rule.
const BUILT_IN: &str =
    "the built-in rule (SPPSVC-In-TCP) exists and is off by default; never turn the firewall off instead";

/// Said of publishing that is switched on again.
const AT_ITS_START: &str = "on Server 2008 the service is slsvc; the host publishes itself at its start, and then every 24 hours: \
                            event 12294 says that it did, 12293 why not";

/// A KMS host publishes itself again.
pub(super) fn publish_again(host: &DomainName) -> Vec<Typed> {
    let at = double::escape::Untrusted(&host.to_string()).to_string();
    vec![
        Typed::new(On::Host, Shell::Cmd, "slmgr /sdns").undo("slmgr /cdns").at(&at),
        Typed::new(On::Host, Shell::Cmd, "net stop sppsvc & net start sppsvc").at(&at).why(AT_ITS_START),
    ]
}

impl Known<'_> {
    pub(super) fn open_path(&self, to: SocketAddr, tcp_only: bool) -> Vec<Typed> {
        let what = if tcp_only { "TCP" } else { "UDP and TCP" };
        let protocols: &[&str] = if tcp_only { &["TCP"] } else { &["UDP", "TCP"] };
        let on = if to.port() == DNS_PORT { On::Dns } else { On::Host };
        let mut lines = if to.port() == KMS_PORT && tcp_only {
            built_in()
        } else {
            protocols.iter().map(|protocol| inbound(on, protocol, to.port())).collect()
        };
        lines.iter_mut().for_each(|line| line.at = Some(to.ip().to_string()));
        let from = self.reading.ip.and_then(|ip| ip.fact.source_for(to.ip()));
        let from = from.map_or_else(|| "the client".to_owned(), |from| from.to_string());
        lines.push(Typed::new(
            On::Path,
            Shell::ByHand,
            format!(
                "let {what} from {from} to {} port {} pass each firewall on the way, and the answers back",
                to.ip(),
                to.port()
            ),
        ));
        lines.extend(protocols.iter().map(|protocol| outbound(protocol, to)));
        lines
    }

    pub(super) fn cover_product(&self, at: SocketAddr) -> Vec<Typed> {
        let product = self.reading.licensing.map(|licensing| licensing.fact.product.word());
        let product = product.unwrap_or("the client's product");
        host_key(at.ip(), &format!("<host key (CSVLK) that covers {product}>"))
    }
}

/// The rule group that comes with Windows.
fn built_in() -> Vec<Typed> {
    let set =
        |enable| format!("netsh advfirewall firewall set rule group=\"Key Management Service\" new enable={enable}");
    vec![
        Typed::new(On::Host, Shell::Cmd, set("yes")).undo(set("no")).why(BUILT_IN),
        Typed::new(On::Host, Shell::PowerShell, "Enable-NetFirewallRule -DisplayGroup 'Key Management Service'")
            .undo("Disable-NetFirewallRule -DisplayGroup 'Key Management Service'")
            .why(BUILT_IN),
    ]
}

/// A rule of one's own, where the port has no built-in one.
fn inbound(on: On, protocol: &str, port: u16) -> Typed {
    let name = format!("name=\"{protocol} {port} in\"");
    let add =
        format!("netsh advfirewall firewall add rule {name} dir=in action=allow protocol={protocol} localport={port}");
    Typed::new(on, Shell::Cmd, add).undo(format!("netsh advfirewall firewall delete rule {name}"))
}

fn outbound(protocol: &str, to: SocketAddr) -> Typed {
    let (address, port) = (to.ip(), to.port());
    let name = format!("name=\"{protocol} {port} to {address}\"");
    let add = format!(
        "netsh advfirewall firewall add rule {name} dir=out action=allow protocol={protocol} remoteip={address} remoteport={port}"
    );
    Typed::new(On::Client, Shell::Cmd, add).undo(format!("netsh advfirewall firewall delete rule {name}")).why(BLOCKS)
}

pub(super) fn start(at: SocketAddr) -> Vec<Typed> {
    let lines = if at.port() == DNS_PORT {
        vec![
            Typed::new(On::Dns, Shell::Cmd, "net start dns").undo("net stop dns"),
            Typed::new(On::Dns, Shell::Sh, "systemctl start named")
                .undo("systemctl stop named")
                .why("the unit is called bind9 on some systems"),
        ]
    } else {
        vec![
            Typed::new(On::Host, Shell::Cmd, "net start sppsvc")
                .undo("net stop sppsvc")
                .why("on Windows Vista and Server 2008 the service is slsvc; ask why it stopped before (event viewer, System log)"),
        ]
    };
    lines.into_iter().map(|line| line.at(at.ip())).collect()
}

/// What the table says mends the finding; there is no command for somebody else's program.
pub(super) fn repair(at: SocketAddr, finding: &str) -> Vec<Typed> {
    let on = if at.port() == DNS_PORT { On::Dns } else { On::Host };
    let line = table::find(finding).map_or("correct what this service answers", |(_, entry)| entry.remedy);
    let line = Typed::new(on, Shell::ByHand, line).at(at.ip());
    let look = "netstat -abno tells which program listens on the port";
    vec![if on == On::Host { line.why(look) } else { line }]
}

pub(super) fn update(at: SocketAddr) -> Vec<Typed> {
    vec![
        Typed::new(On::Host, Shell::ByHand, "install the updates of this machine (Windows Update), and restart it")
            .at(at.ip())
            .why("older hosts learn newer clients by an update; whose host key covers them is another question"),
    ]
}

pub(super) fn activate(at: SocketAddr) -> Vec<Typed> {
    host_key(at.ip(), "<host key (CSVLK)>")
}

/// A host key activates a limited number of hosts, and each of them a limited number of times.
fn host_key(at: IpAddr, key: &str) -> Vec<Typed> {
    vec![
        Typed::new(On::Host, Shell::Cmd, format!("slmgr /ipk {key}"))
            .at(at)
            .why("a host key belongs on KMS hosts only: a machine that gets it publishes itself as one"),
        Typed::new(On::Host, Shell::Cmd, "slmgr /ato")
            .at(at)
            .why("a host key activates up to six hosts, ten times each; without an Internet connection: slui 4, by telephone"),
    ]
}

pub(super) fn raise_count(host: SocketAddr, to: u32) -> Vec<Typed> {
    vec![
        Typed::new(On::Host, Shell::Cmd, "slmgr /dlv")
            .at(host.ip())
            .why("\"Current count\": different machines of the last 30 days, clients and servers together"),
        Typed::new(
            On::Client,
            Shell::ByHand,
            format!("let machines that are not counted yet ask {host} (slmgr /ato on each) until the count is {to}"),
        ),
    ]
}

pub(super) fn sync(on: On) -> Typed {
    Typed::new(on, Shell::Cmd, "w32tm /resync /rediscover")
        .why("KMS allows four hours, in UTC: a wrong time zone is no skew. If it is off again, repair the time source")
}
