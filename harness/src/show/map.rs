//! Who is there, and what stands between: clients on the left, servers on the right of one line, rules below those they strike.
//!
//! It draws an environment as it is after a change. A rule stands below the server it protects, or, where it names no server,
//! below the client it comes from.

use std::net::{IpAddr, SocketAddr};

use double::escape::Untrusted;
use mock_kms::host::HostState;
use notation::{Id, Placed};

use super::page::{Line, Look, cut};
use super::story::{list, windows};
use crate::environment::machine::{ClientMachine, DNS_PORT, DnsMachine, KmsMachine};
use crate::environment::rule::Protocol;
use crate::environment::{Environment, How, Rule, Where};

/// Columns of the line between clients and servers, with its branches.
const TRUNK: usize = 9;

/// What begins the line of something that stops packets.
const BLOCKED: &str = "x ";

/// What begins the line of something that disturbs packets without stopping them.
const DISTURBED: &str = "~ ";

/// A machine: what is drawn beside its branch, and what stands below.
struct Node {
    name: String,
    below: Vec<String>,
    /// Whether something keeps packets from it, or a service does not run.
    broken: bool,
}

/// The map, in lines of at most `width` columns.
#[must_use]
pub fn draw(environment: &Environment, width: usize) -> Vec<Line> {
    let clients: Vec<Node> = environment.clients.iter().map(|client| client_node(client, environment)).collect();
    let dns = environment.dns_servers.iter().map(|server| dns_node(server, environment));
    let hosts = environment.kms_hosts.iter().map(|host| host_node(host, environment));
    let servers: Vec<Node> = dns.chain(hosts).collect();
    let left = side(&clients);
    let right = side(&servers);
    let widest = left.iter().map(|(text, _)| text.chars().count()).max().unwrap_or_default();
    let room = width.saturating_sub(TRUNK);
    let other = right.iter().map(|(text, _)| text.chars().count()).max().unwrap_or_default();
    let left_width = widest.min(room.saturating_sub(other.min(room / 2)));
    let right_width = width.saturating_sub(left_width + TRUNK);
    let branch = |side: &[(String, Branch)], row: usize| side.get(row).map(|(_, branch)| *branch);
    let last = |side: &[(String, Branch)]| side.iter().rposition(|(_, branch)| *branch != Branch::None);
    let trunk_end = last(&left).max(last(&right)).unwrap_or_default();
    let mut lines = Vec::new();
    for row in 0..left.len().max(right.len()) {
        let text =
            |side: &[(String, Branch)], room| side.get(row).map_or_else(String::new, |(text, _)| cut(text, room));
        let from_left = match branch(&left, row) {
            Some(Branch::Open | Branch::Blocked) => " ---",
            Some(Branch::None) | None => "    ",
        };
        let to_right = match branch(&right, row) {
            Some(Branch::Open) => "--- ",
            Some(Branch::Blocked) => "--x ",
            Some(Branch::None) | None => "    ",
        };
        let joined = from_left.contains('-') || to_right.contains('-');
        let middle = match (joined, row <= trunk_end) {
            (true, _) => '+',
            (false, true) => '|',
            (false, false) => ' ',
        };
        let (left_text, right_text) = (text(&left, left_width), text(&right, right_width));
        let bad = [&left_text, &right_text].iter().any(|text| text.trim_start().starts_with(BLOCKED));
        let look = if bad { Look::Bad } else { Look::Plain };
        lines.push(Line::new(look, &format!("{left_text:<left_width$}{from_left}{middle}{to_right}{right_text}")));
    }
    lines
}

/// How the line of a side meets the trunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Branch {
    /// Not at all: it says more about the machine above.
    None,
    /// A machine.
    Open,
    /// A machine that something keeps packets from.
    Blocked,
}

fn side(nodes: &[Node]) -> Vec<(String, Branch)> {
    let mut lines = Vec::new();
    for node in nodes {
        let branch = if node.broken { Branch::Blocked } else { Branch::Open };
        lines.push((node.name.clone(), branch));
        lines.extend(node.below.iter().map(|text| (format!("  {text}"), Branch::None)));
    }
    lines
}

fn client_node(client: &ClientMachine, environment: &Environment) -> Node {
    let addresses: Vec<IpAddr> = client.ip.adapters.iter().map(|adapter| adapter.address).collect();
    let mut below = vec![format!("{}, {}", Untrusted(&client.name), windows(&client.profile))];
    below.extend(client.ip.primary_suffix.as_ref().map(|suffix| format!("suffix {suffix}")));
    let mut servers: Vec<IpAddr> = Vec::new();
    for server in client.ip.adapters_by_metric().iter().flat_map(|adapter| &adapter.dns) {
        if !servers.contains(server) {
            servers.push(*server);
        }
    }
    let servers = if servers.is_empty() { "no DNS server".to_owned() } else { format!("asks {}", list(&servers)) };
    below.push(servers);
    let mine = |rule: &&Rule| rule.to.is_empty() && (rule.from.is_empty() || names(&rule.from, &client.id));
    below.extend(environment.rules.iter().filter(mine).map(|rule| short_rule(rule, &rule.to)));
    Node { name: format!("{} {}", client.id, list(&addresses)), below, broken: false }
}

fn dns_node(server: &DnsMachine, environment: &Environment) -> Node {
    let zones: Vec<String> = server.service.zones.iter().map(|zone| zone.origin().to_string()).collect();
    let mut below = vec![match zones.as_slice() {
        [] => "DNS server without a zone".to_owned(),
        [one] => format!("DNS server of {one}"),
        several => format!("DNS server of {}", several.join(", ")),
    }];
    let faults = server.service.faults.iter().map(|fault| &fault.id);
    let stopped = below_of(&mut below, server.running, server.stealth, faults);
    node(&server.id, &server.addresses, DNS_PORT, below, stopped, environment)
}

fn host_node(host: &KmsMachine, environment: &Environment) -> Node {
    let state = match host.service.state {
        HostState::Activated => String::new(),
        HostState::NotActivated | HostState::NotEnabled | HostState::NoHostKey => {
            format!(", {}", host.service.state.word())
        }
    };
    let mut below = vec![format!("KMS host{state}")];
    below.extend(host.multicast_name.iter().map(|name| format!("answers for {name} by multicast")));
    let stopped = below_of(&mut below, host.running, host.stealth, host.faults.iter().map(|fault| &fault.id));
    node(&host.id, &host.addresses, host.port(), below, stopped, environment)
}

/// Adds what is wrong with a service; gives whether it is stopped.
fn below_of<'a>(below: &mut Vec<String>, running: bool, stealth: bool, faults: impl Iterator<Item = &'a Id>) -> bool {
    if !running {
        below.push(format!("{BLOCKED}service stopped: {}", if stealth { "silent" } else { "refused" }));
    }
    below.extend(faults.map(|id| format!("fault {id}")));
    !running
}

fn node(
    id: &Id,
    addresses: &[IpAddr],
    port: u16,
    below: Vec<String>,
    stopped: bool,
    environment: &Environment,
) -> Node {
    let first = addresses.first().map(|address| SocketAddr::new(*address, port).to_string());
    let more: String = addresses.iter().skip(1).map(|address| format!(", {address}")).collect();
    let strikes: Vec<&Rule> = environment.rules.iter().filter(|rule| names(&rule.to, id)).collect();
    let mut below = below;
    below.extend(strikes.iter().map(|rule| short_rule(rule, &rule.from)));
    Node {
        name: format!("{id} {}{more}", first.unwrap_or_else(|| "no address".to_owned())),
        below,
        broken: stopped || strikes.iter().any(|rule| stops(rule)),
    }
}

fn names(ids: &[Placed<Id>], id: &Id) -> bool {
    ids.iter().any(|listed| listed.value == *id)
}

/// What a rule does, below a machine that it names; `others` are those at the other end.
fn short_rule(rule: &Rule, others: &[Placed<Id>]) -> String {
    let from = if others.is_empty() { String::new() } else { format!(" from {}", ids(others)) };
    let mark = if stops(rule) { BLOCKED } else { DISTURBED };
    format!("{mark}{}{from} {} [{}]", what(rule), how(&rule.how), rule.id)
}

/// Whether a packet that the rule catches never arrives.
const fn stops(rule: &Rule) -> bool {
    match rule.how {
        How::Silent | How::Refused | How::RejectedIcmp | How::Unreachable | How::ListenQueueFull => true,
        How::Delayed(_) | How::Lossy(_) => false,
    }
}

/// What a rule does, as a sentence.
#[must_use]
pub fn rule_words(rule: &Rule) -> String {
    let from = if rule.from.is_empty() { String::new() } else { format!(" from {}", ids(&rule.from)) };
    let to = if rule.to.is_empty() { String::new() } else { format!(" to {}", ids(&rule.to)) };
    let place = match rule.place {
        Where::ClientOutbound => "in the client's outbound firewall",
        Where::Path => "on the path",
        Where::HostInbound => "in the inbound firewall of its destination",
    };
    format!("rule {}: {}{from}{to} is {} ({place})", rule.id, what(rule), how(&rule.how))
}

fn what(rule: &Rule) -> String {
    let protocol = rule.protocol.as_ref().map(|protocol| if *protocol == Protocol::Tcp { "TCP" } else { "UDP" });
    match (protocol, rule.port) {
        (None, None) => "everything".to_owned(),
        (Some(protocol), None) => protocol.to_owned(),
        (None, Some(port)) => format!("port {port}"),
        (Some(protocol), Some(port)) => format!("{protocol} {port}"),
    }
}

fn how(how: &How) -> String {
    match how {
        How::Silent | How::Refused | How::Unreachable => how.word().to_owned(),
        How::RejectedIcmp => "rejected by ICMP".to_owned(),
        How::ListenQueueFull => "dropped: the listen queue is full".to_owned(),
        How::Delayed(by) => format!("delayed by {} ms", by.0),
        How::Lossy(chance) => format!("lost with a chance of {chance}"),
    }
}

fn ids(list: &[Placed<Id>]) -> String {
    list.iter().map(|id| id.value.to_string()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::super::tests_support::scenario;
    use super::draw;

    #[track_caller]
    fn check(change: &str, width: usize, expected: &[&str]) {
        let scenario = scenario(&format!("change = [{change}]"));
        let lines = draw(&scenario.steps[0].environment, width);
        let texts: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
        assert_eq!(texts, expected, "\n{}", texts.join("\n"));
        assert!(texts.iter().all(|text| text.chars().count() <= width));
    }

    #[test]
    fn machines_and_what_stands_between() {
        check(
            "",
            80,
            &[
                "pc7 10.0.0.107       ---+--- dns1 10.0.0.53:53",
                "  PC7, Windows 10       |      DNS server of contoso.com",
                "  suffix contoso.com    +--- kms1 10.0.0.60:1688",
                "  asks 10.0.0.53               KMS host",
            ],
        );
    }

    #[test]
    fn a_rule_stands_where_it_strikes() {
        let rules = r#"{ add.rule = { id = "wall", to = ["kms1"], protocol = "tcp", port = 1688, how = "silent" } },
            { add.rule = { id = "wifi", from = ["pc7"], how = { lossy = 0.3 } } }"#;
        check(
            rules,
            80,
            &[
                "pc7 10.0.0.107                               ---+--- dns1 10.0.0.53:53",
                "  PC7, Windows 10                               |      DNS server of contoso.com",
                "  suffix contoso.com                            +--x kms1 10.0.0.60:1688",
                "  asks 10.0.0.53                                       KMS host",
                "  ~ everything lost w...chance of 0.3 [wifi]           x TCP 1688 silent [wall]",
            ],
        );
    }
}
