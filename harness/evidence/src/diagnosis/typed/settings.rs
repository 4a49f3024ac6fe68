//! The client's place in the network: suffixes, DNS servers, the hosts file.
//!
//! Where an adapter has its settings from DHCP, the DHCP server is the place to repair; a line says so.

use std::net::IpAddr;

use mock_dns::name::DomainName;

use super::{Known, On, Shell, Typed, quote};
use crate::diagnosis::remedy;

/// Where Windows keeps the primary suffix and the suffix search list.
const TCPIP: &str = r"HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters";

/// The file to which that key is exported.
const BEFORE: &str = "tcpip-before.reg";

/// Said where DHCP gives the servers.
const DHCP: &str =
    "this machine has its DNS servers from DHCP: repair option 6 there, or it is wrong again on the next machine";

/// Said of a suffix search list.
const REPLACES: &str =
    "the list replaces every other source of suffixes, so it names those in use too; a group policy wins over it";

impl Known<'_> {
    pub(super) fn set_primary_suffix(&self, suffix: &remedy::Known<DomainName>) -> Vec<Typed> {
        let Some(suffix) = domain(suffix) else {
            return vec![Typed::refused(On::Client, format!("set the primary DNS suffix: {suffix}"))];
        };
        vec![
            Typed::new(On::Client, Shell::Cmd, format!("reg export {TCPIP} {BEFORE} /y")),
            Typed::new(On::Client, Shell::Cmd, format!(r#"reg add {TCPIP} /v "NV Domain" /t REG_SZ /d {suffix} /f"#))
                .undo(format!("reg import {BEFORE}"))
                .why("takes effect when the machine restarts"),
            Typed::new(
                On::Client,
                Shell::ByHand,
                format!("System Properties, Computer Name, Change, More: primary DNS suffix {suffix}; restart"),
            ),
        ]
    }

    pub(super) fn add_search_suffix(&self, suffix: &remedy::Known<DomainName>) -> Vec<Typed> {
        let in_use = self.suffixes();
        let names: Option<Vec<String>> =
            in_use.iter().map(|known| domain(&remedy::Known::Is(known.clone()))).chain([domain(suffix)]).collect();
        let Some(names) = names else {
            return vec![Typed::refused(On::Client, format!("add to the DNS suffix search list: {suffix}"))];
        };
        let before = self.reading.ip.map(|ip| &ip.fact.search_list).filter(|list| !list.is_empty());
        let mut lines = vec![
            Typed::new(On::Client, Shell::Cmd, format!("reg export {TCPIP} {BEFORE} /y")),
            Typed::new(
                On::Client,
                Shell::Cmd,
                format!("reg add {TCPIP} /v SearchList /t REG_SZ /d {} /f", quoted_list(&names, ",", "\"")),
            )
            .undo(
                before
                    .map_or_else(|| format!("reg delete {TCPIP} /v SearchList /f"), |_| format!("reg import {BEFORE}")),
            )
            .why(REPLACES),
        ];
        if self.cmdlets {
            let old: Vec<String> = before.into_iter().flatten().map(ToString::to_string).collect();
            lines.push(
                Typed::new(
                    On::Client,
                    Shell::PowerShell,
                    format!("Set-DnsClientGlobalSetting -SuffixSearchList {}", array(&names)),
                )
                .undo(format!("Set-DnsClientGlobalSetting -SuffixSearchList {}", array(&old)))
                .why(REPLACES),
            );
        }
        lines
    }

    /// The suffixes in use: the search list, or what stands in its place.
    fn suffixes(&self) -> Vec<DomainName> {
        let Some(ip) = self.reading.ip.map(|ip| ip.fact) else { return Vec::new() };
        if !ip.search_list.is_empty() {
            return ip.search_list.clone();
        }
        let mut suffixes: Vec<DomainName> = Vec::new();
        let adapters = ip.adapters.iter().filter_map(|adapter| adapter.suffix.as_ref());
        for suffix in ip.primary_suffix.iter().chain(&ip.ad_domain).chain(adapters) {
            if !suffixes.contains(suffix) {
                suffixes.push(suffix.clone());
            }
        }
        suffixes
    }

    pub(super) fn ask_server_first(&self, server: &remedy::Known<IpAddr>) -> Vec<Typed> {
        let family = match server {
            remedy::Known::Is(IpAddr::V6(_)) => "ipv6",
            remedy::Known::Is(IpAddr::V4(_)) | remedy::Known::Blank(_) => "ipv4",
        };
        let add = format!(r#"netsh interface {family} add dnsserver "<adapter>" {server} index=1"#);
        let undo = format!(r#"netsh interface {family} delete dnsserver "<adapter>" {server}"#);
        let mut lines = vec![self.of_dhcp(Typed::new(On::Client, Shell::Cmd, add).undo(undo))];
        let wanted: Vec<String> = std::iter::once(server.to_string())
            .chain(
                self.first_adapter_servers().iter().map(ToString::to_string).filter(|old| *old != server.to_string()),
            )
            .collect();
        lines.extend(self.set_servers(&wanted));
        lines
    }

    pub(super) fn stop_asking_server(&self, server: IpAddr) -> Vec<Typed> {
        let family = if server.is_ipv6() { "ipv6" } else { "ipv4" };
        let delete = format!(r#"netsh interface {family} delete dnsserver "<adapter>" {server}"#);
        let undo = format!(r#"netsh interface {family} add dnsserver "<adapter>" {server}"#);
        let mut lines = vec![self.of_dhcp(Typed::new(On::Client, Shell::Cmd, delete).undo(undo))];
        let left = self.first_adapter_servers().into_iter().filter(|known| *known != server);
        let left: Vec<String> = left.map(|server| server.to_string()).collect();
        if !left.is_empty() {
            lines.extend(self.set_servers(&left));
        }
        lines
    }

    fn first_adapter_servers(&self) -> Vec<IpAddr> {
        let adapters = self.reading.ip.map(|ip| ip.fact.adapters_by_metric()).unwrap_or_default();
        adapters.first().map(|adapter| adapter.dns.clone()).unwrap_or_default()
    }

    fn of_dhcp(&self, line: Typed) -> Typed {
        let adapters = self.reading.ip.map(|ip| ip.fact.adapters_by_metric()).unwrap_or_default();
        if adapters.first().is_some_and(|adapter| adapter.dhcp) { line.why(DHCP) } else { line }
    }

    /// The servers of the adapter that is asked first, as a whole list; it is found by its address.
    fn set_servers(&self, servers: &[String]) -> Option<Typed> {
        let adapters = self.reading.ip.filter(|_| self.cmdlets).map(|ip| ip.fact.adapters_by_metric())?;
        let adapter = adapters.first()?;
        let index = format!("(Get-NetIPAddress -IPAddress '{}').InterfaceIndex", adapter.address);
        let at = format!("Set-DnsClientServerAddress -InterfaceIndex {index}");
        let old: Vec<String> = adapter.dns.iter().map(ToString::to_string).collect();
        let undo = if adapter.dhcp || old.is_empty() {
            format!("{at} -ResetServerAddresses")
        } else {
            format!("{at} -ServerAddresses {}", array(&old))
        };
        let line = format!("{at} -ServerAddresses {}", array(servers));
        Some(self.of_dhcp(Typed::new(On::Client, Shell::PowerShell, line).undo(undo)))
    }
}

pub(super) fn remove_hosts_line(name: &str) -> Vec<Typed> {
    const HOSTS: &str = r"%SystemRoot%\System32\drivers\etc\hosts";
    let name = double::escape::Untrusted(name).to_string();
    let keep = format!("copy /y {HOSTS} {HOSTS}.before");
    vec![
        Typed::new(On::Client, Shell::Cmd, keep).undo(format!("copy /y {HOSTS}.before {HOSTS}")),
        Typed::new(On::Client, Shell::Cmd, format!("notepad {HOSTS}")),
        Typed::new(
            On::Client,
            Shell::ByHand,
            format!("take the name {name} out of the hosts file, and leave other names on its line"),
        ),
    ]
}

/// A domain as a command line takes it, or its blank.
fn domain(domain: &remedy::Known<DomainName>) -> Option<String> {
    match domain {
        remedy::Known::Is(name) => quote::name(&name.to_string()).map(str::to_owned),
        remedy::Known::Blank(_) => Some(domain.to_string()),
    }
}

fn quoted_list(items: &[String], between: &str, mark: &str) -> String {
    format!("{mark}{}{mark}", items.join(between))
}

/// A list as PowerShell writes it; an empty one clears what it is given to.
fn array(items: &[String]) -> String {
    let items: Vec<String> = items.iter().map(|item| format!("'{item}'")).collect();
    format!("@({})", items.join(","))
}
