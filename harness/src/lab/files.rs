//! What the system files of a client say: resolv.conf, hosts, nsswitch.conf.
//!
//! Pure: text out of data. The search list is the one that the client of the scenario works out from its configuration; so a program that
//! uses the system's resolver walks the same names.

use std::fmt::Write;
use std::net::IpAddr;

use evidence::vantage::IpConfiguration;

use crate::client::suffix::general_suffixes;
use crate::environment::ClientMachine;

/// Most name servers that resolvers read (resolv.conf(5), MAXNS).
const NAME_SERVERS_MAX: usize = 3;

/// The files of a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Files {
    /// `/etc/resolv.conf`.
    pub resolv_conf: String,
    /// `/etc/hosts`.
    pub hosts: String,
    /// The computer name, in lower case.
    pub host_name: String,
}

impl Files {
    /// The files of a client.
    #[must_use]
    pub fn of(machine: &ClientMachine) -> Self {
        let ip = &machine.ip;
        let mut resolv_conf = String::new();
        for server in name_servers(ip) {
            writeln!(resolv_conf, "nameserver {server}").ok();
        }
        let search = general_suffixes(&machine.switches, ip);
        if !search.is_empty() {
            let names: Vec<String> = search.iter().map(ToString::to_string).collect();
            writeln!(resolv_conf, "search {}", names.join(" ")).ok();
        }
        let host_name = host_name(&machine.name);
        let mut hosts = "127.0.0.1 localhost\n::1 localhost\n".to_owned();
        for adapter in &ip.adapters {
            let full = ip.primary_suffix.as_ref().map(|suffix| format!("{host_name}.{suffix} ")).unwrap_or_default();
            writeln!(hosts, "{} {full}{host_name}", adapter.address).ok();
        }
        // Lines of a file with names from outside: one name is one word, or it is left out.
        for entry in ip.hosts.iter().filter(|entry| is_word(&entry.name)) {
            writeln!(hosts, "{} {}", entry.address, entry.name).ok();
        }
        Self { resolv_conf, hosts, host_name }
    }
}

/// The text of nsswitch.conf in which names of hosts come from the files and the DNS alone; everything else stays.
#[must_use]
pub fn nsswitch(before: &str) -> String {
    let kept = before.lines().filter(|line| !line.trim_start().starts_with("hosts:"));
    let mut text: String = kept.flat_map(|line| [line, "\n"]).collect();
    text.push_str("hosts: files dns\n");
    text
}

fn name_servers(ip: &IpConfiguration) -> Vec<IpAddr> {
    let mut servers: Vec<IpAddr> = Vec::new();
    for server in ip.adapters_by_metric().iter().flat_map(|adapter| &adapter.dns) {
        if !servers.contains(server) {
            servers.push(*server);
        }
    }
    servers.truncate(NAME_SERVERS_MAX);
    servers
}

/// A computer name as a Unix host name: what is no letter, digit or hyphen becomes a hyphen.
fn host_name(computer: &str) -> String {
    let fit = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let name: String = computer.chars().take(63).map(fit).collect();
    if name.is_empty() { "client".to_owned() } else { name }
}

fn is_word(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_graphic() && c != '#')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::catalogue;
    use crate::scenario::load::load;
    use evidence::vantage::HostName;
    use mock_dns::name::DomainName;

    fn client() -> ClientMachine {
        let scenario = load(&catalogue::embedded(), "healthy/domain-member").expect("in the catalogue");
        scenario.steps[0].environment.clients[0].clone()
    }

    #[test]
    fn servers_in_the_order_of_metrics_and_each_suffix_once() {
        let mut machine = client();
        let mut other = machine.ip.adapters[0].clone();
        other.metric = 5;
        other.address = "10.8.0.7".parse().unwrap();
        other.dns = vec!["10.8.0.53".parse().unwrap(), "10.0.0.53".parse().unwrap()];
        other.suffix = Some(DomainName::parse("vpn.example").unwrap());
        machine.ip.adapters.push(other);
        let files = Files::of(&machine);
        assert_eq!(files.resolv_conf, "nameserver 10.8.0.53\nnameserver 10.0.0.53\nsearch contoso.com vpn.example\n");
        assert_eq!(files.host_name, "pc7");
        assert!(files.hosts.contains("\n10.0.0.107 pc7.contoso.com pc7\n"), "{}", files.hosts);
    }

    #[test]
    fn a_search_list_replaces_every_other_suffix() {
        let mut machine = client();
        machine.ip.search_list = vec![DomainName::parse("corp.example").unwrap()];
        assert_eq!(Files::of(&machine).resolv_conf, "nameserver 10.0.0.53\nsearch corp.example\n");
    }

    #[test]
    fn no_name_breaks_out_of_its_line() {
        let mut machine = client();
        let address = "10.0.0.60".parse().unwrap();
        machine.ip.hosts = vec![
            HostName { name: "a\n10.0.0.1 b".to_owned(), address },
            HostName { name: "kms1.contoso.com".to_owned(), address },
        ];
        machine.name = "PC 7\n\u{e9}".to_owned();
        let files = Files::of(&machine);
        assert!(!files.hosts.contains("10.0.0.1 b"), "{}", files.hosts);
        assert!(files.hosts.ends_with("\n10.0.0.60 kms1.contoso.com\n"), "{}", files.hosts);
        assert_eq!(files.host_name, "pc-7--");
    }

    #[test]
    fn only_the_line_of_hosts_changes() {
        let before = "passwd: files systemd\nhosts: files resolve [!UNAVAIL=return] dns\nservices: db files\n";
        assert_eq!(nsswitch(before), "passwd: files systemd\nservices: db files\nhosts: files dns\n");
    }
}
