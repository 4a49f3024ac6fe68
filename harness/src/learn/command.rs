//! What can be typed, as data: a command that looks, a command that does something, or a word for the prompt itself.
//!
//! Reading stands apart from answering: here nothing is known of any network. In reading order: this file (the commands, the list of
//! tools for help and suggestions), [`cmd`] (tools of the command prompt), [`dnscmd`], [`slmgr`] (slmgr and ospp), [`cmdlet`] (PowerShell).

mod cmd;
mod cmdlet;
mod dnscmd;
mod slmgr;

use std::net::IpAddr;

use evidence::registry::RegistryValue;
use evidence::vantage::KeyChannel;
use mock_dns::name::DomainName;
use mock_dns::record::RecordType;

use crate::scenario::Action;

/// A command that was understood.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// It shows something and changes nothing.
    Look(Look),
    /// It changes something, or tries to activate.
    Act(Act),
}

/// A command that shows something.
#[derive(Clone, Debug, PartialEq)]
pub enum Look {
    /// `ipconfig`, `ipconfig /all`
    Ipconfig,
    /// `ipconfig /displaydns`
    Cache,
    /// `nslookup`
    Nslookup {
        /// The name.
        name: String,
        /// The type, if one was typed; ANY for `-type=all`.
        kind: Option<RecordType>,
        /// The server.
        server: Option<String>,
    },
    /// `Resolve-DnsName`
    Resolve {
        /// The name.
        name: String,
        /// The type.
        kind: RecordType,
        /// The server.
        server: Option<String>,
    },
    /// `ping`
    Ping(String),
    /// `Test-NetConnection`
    Port {
        /// The name or address.
        to: String,
        /// The port; an echo request alone without it.
        port: Option<u16>,
    },
    /// `telnet`
    Telnet {
        /// The name or address.
        to: String,
        /// The port.
        port: u16,
    },
    /// `slmgr /dlv`, `slmgr /dli`, `slmgr /xpr`
    Licence,
    /// `ospp.vbs /dstatus`
    Office,
    /// `Get-WinEvent`, `wevtutil qe`, `eventvwr`
    Events,
    /// `reg query`
    Registry {
        /// The key.
        path: String,
        /// Only this value.
        name: Option<String>,
    },
    /// `dnscmd /zoneprint`, `Get-DnsServerResourceRecord`, a zone file
    Zone(DomainName),
    /// `dnscmd /enumzones`
    Zones,
    /// `netsh advfirewall firewall show rule`, `Get-NetFirewallRule`
    Firewall,
    /// `sc query`, `Get-Service`
    Service(String),
    /// `w32tm /query /status`
    Clock,
    /// `type ...\etc\hosts`
    Hosts,
}

/// A command that changes something.
#[derive(Clone, Debug, PartialEq)]
pub enum Act {
    /// Something that a client does: slmgr and `ipconfig /flushdns`.
    Client(Action),
    /// `ospp.vbs /act`
    ActivateOffice,
    /// `slmgr /ipk`
    Key(Key),
    /// `reg add`
    RegistrySet(RegistryValue),
    /// `reg delete`
    RegistryRemove {
        /// The key.
        path: String,
        /// The value.
        name: String,
    },
    /// Records and zones of a DNS server.
    Zone(ZoneAct),
    /// `dnscmd /config ZONE /allowupdate N`: 0 none, 1 anybody, 2 secure ones.
    AllowUpdate(u32),
    /// A rule that lets something pass.
    Permit(Permit),
    /// `netsh advfirewall firewall delete rule name=...`
    RuleRemove(String),
    /// `netsh advfirewall set allprofiles state off`
    FirewallOff,
    /// `net start`, `net stop`, `sc start`, `sc stop`, `Restart-Service`
    Service {
        /// Its name.
        name: String,
        /// Whether it is stopped.
        stop: bool,
        /// Whether it is started, after that.
        start: bool,
    },
    /// `w32tm /resync`
    SyncClock,
    /// The DNS servers of the client's adapter.
    DnsServers(Servers),
    /// The suffix search list of the client.
    SearchList(Vec<DomainName>),
    /// The primary DNS suffix of the client.
    PrimarySuffix(Option<DomainName>),
    /// Takes a name out of the hosts file.
    HostsRemove(String),
    /// Machines that ask the KMS host until it has counted so many: what nobody can type on one machine.
    MoreClients(u32),
    /// The updates of a KMS host.
    Updates,
    /// Takes away what is wrong with a service without a name of its own: its policy, its software.
    ResetService(String),
}

/// What is done to zones.
#[derive(Clone, Debug, PartialEq)]
pub enum ZoneAct {
    /// `dnscmd /recordadd`: a line of the zone file.
    RecordAdd {
        /// The zone.
        zone: DomainName,
        /// The line, relative to the zone.
        line: String,
    },
    /// `dnscmd /recorddelete`
    RecordRemove {
        /// The zone.
        zone: DomainName,
        /// The owner, relative to the zone.
        node: String,
        /// The type.
        kind: RecordType,
        /// The data; all records of the type without it.
        data: Option<String>,
    },
    /// `dnscmd /zoneadd`
    Add(DomainName),
    /// `dnscmd /zonedelete`
    Remove(DomainName),
}

/// The kind of product key that is installed.
#[derive(Clone, Debug, PartialEq)]
pub enum Key {
    /// On a client.
    Client(KeyChannel),
    /// On a KMS host, one that covers the products.
    Host,
}

/// What a rule lets pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permit {
    /// Whether it is about packets that come in.
    pub inbound: bool,
    /// TCP, UDP; both without it.
    pub tcp: Option<bool>,
    /// The port at the destination; all without it.
    pub port: Option<u16>,
    /// Only this other side.
    pub to: Option<IpAddr>,
}

/// How the DNS servers change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Servers {
    /// These, in this order.
    Set(Vec<IpAddr>),
    /// This one too, at this place, counted from 1.
    Add(IpAddr, usize),
    /// Without this one.
    Remove(IpAddr),
}

/// Why a command is not understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// There is no such tool; the nearest, if one is near.
    Unknown(Option<&'static str>),
    /// The tool is known, and this is how it is used.
    Usage(&'static str),
}

/// A tool: the word that is typed first, and how it is used here.
#[derive(Debug)]
pub struct ToolHelp {
    /// The first word, in small letters.
    pub word: &'static str,
    /// How it is used.
    pub usage: &'static str,
}

macro_rules! tools {
    ($($word:literal: $usage:literal,)*) => {
        /// Every tool that can be typed.
        pub const TOOLS: &[ToolHelp] = &[$(ToolHelp { word: $word, usage: $usage }),*];
    };
}

tools! {
    "ipconfig": "ipconfig /all | /flushdns | /displaydns",
    "nslookup": "nslookup [-type=srv|a|all] NAME [SERVER]",
    "resolve-dnsname": "Resolve-DnsName NAME [-Type SRV] [-Server ADDRESS]",
    "ping": "ping NAME|ADDRESS",
    "test-netconnection": "Test-NetConnection NAME|ADDRESS [-Port 1688]",
    "telnet": "telnet NAME|ADDRESS [1688]",
    "slmgr": "slmgr /ato | /dlv | /dli | /skms HOST[:PORT] | /ckms | /skms-domain DOMAIN | /ckms-domain | /skhc | /ckhc | /ipk KEY",
    "ospp.vbs": "ospp.vbs /dstatus | /act",
    "get-winevent": "Get-WinEvent, wevtutil qe Application, eventvwr",
    "reg": "reg query KEY [/v NAME] | reg add KEY /v NAME /t TYPE /d DATA /f | reg delete KEY /v NAME /f",
    "get-itemproperty": "Get-ItemProperty KEY",
    "set-itemproperty": "Set-ItemProperty KEY -Name NAME -Value DATA",
    "remove-itemproperty": "Remove-ItemProperty KEY -Name NAME",
    "sc": "sc query|start|stop SERVICE",
    "net": "net start|stop SERVICE",
    "get-service": "Get-Service SERVICE",
    "start-service": "Start-Service SERVICE",
    "stop-service": "Stop-Service SERVICE",
    "restart-service": "Restart-Service SERVICE",
    "netsh": "netsh advfirewall firewall show rule name=all | add rule name=.. dir=in|out action=allow protocol=TCP localport=.. | delete rule name=.. | set rule group=\"Key Management Service\" new enable=yes; netsh interface ipv4 add|delete|set dnsserver \"ADAPTER\" ADDRESS",
    "get-netfirewallrule": "Get-NetFirewallRule",
    "enable-netfirewallrule": "Enable-NetFirewallRule -DisplayGroup 'Key Management Service'",
    "new-netfirewallrule": "New-NetFirewallRule -DisplayName NAME -Direction Inbound -Protocol TCP -LocalPort 1688 -Action Allow",
    "remove-netfirewallrule": "Remove-NetFirewallRule -DisplayName NAME",
    "w32tm": "w32tm /query /status | /resync",
    "dnscmd": "dnscmd [SERVER] /enumzones | /zoneprint ZONE | /recordadd ZONE NODE [TTL] TYPE DATA | /recorddelete ZONE NODE TYPE [DATA] /f | /zoneadd ZONE /primary | /zonedelete ZONE /f | /config ZONE /allowupdate 0|1|2",
    "get-dnsserverzone": "Get-DnsServerZone",
    "get-dnsserverresourcerecord": "Get-DnsServerResourceRecord -ZoneName ZONE",
    "add-dnsserverresourcerecord": "Add-DnsServerResourceRecord -ZoneName ZONE -Name NODE -Srv -DomainName HOST. -Priority 0 -Weight 0 -Port 1688",
    "remove-dnsserverresourcerecord": "Remove-DnsServerResourceRecord -ZoneName ZONE -Name NODE -RRType SRV -Force",
    "set-dnsclientserveraddress": "Set-DnsClientServerAddress -InterfaceAlias Ethernet -ServerAddresses ADDRESS,ADDRESS",
    "set-dnsclientglobalsetting": "Set-DnsClientGlobalSetting -SuffixSearchList DOMAIN,DOMAIN",
    "get-dnsclientcache": "Get-DnsClientCache",
    "clear-dnsclientcache": "Clear-DnsClientCache",
    "type": "type %SystemRoot%\\System32\\drivers\\etc\\hosts",
    "edit": "edit hosts remove NAME (in place of an editor)",
    "more": "more clients N (in place of many machines on which slmgr /ato is typed)",
    "install": "install updates (in place of Windows Update and a restart)",
    "reset": "reset service dns|kms (in place of the policy editor of a service that answers what it should not)",
    "permit": "permit tcp PORT|all from client to ADDRESS (at path>: what you would ask the network's administrators for)",
}

/// Reads a command: its words, and whether it is typed at something between the machines.
///
/// # Errors
/// Why it is not understood.
pub fn read(words: &[String]) -> Result<Command, Trouble> {
    let Some(first) = words.first() else { return Err(Trouble::Unknown(None)) };
    let word = bare(first);
    let rest: Vec<&str> = words[1..].iter().map(String::as_str).collect();
    match word.as_str() {
        "cscript" | "wscript" => {
            let behind: Vec<String> = words[1..].iter().filter(|word| !word.starts_with("//")).cloned().collect();
            read(&behind)
        }
        "slmgr" => slmgr::slmgr(&rest),
        "ospp" => slmgr::ospp(&rest),
        "dnscmd" => dnscmd::read(&rest),
        word if word.contains('-') || cmdlet::ALIASES.contains(&word) => cmdlet::read(word, &rest),
        word => cmd::read(word, &rest),
    }
}

/// The first word without its folder and ending, in small letters.
fn bare(word: &str) -> String {
    let word = word.rsplit(['\\', '/']).next().unwrap_or(word).to_ascii_lowercase();
    let word = [".exe", ".vbs", ".msc", ".com"].iter().find_map(|ending| word.strip_suffix(ending)).unwrap_or(&word);
    word.to_owned()
}

/// How a tool is used.
fn usage(word: &str) -> Trouble {
    let tool = TOOLS.iter().find(|tool| tool.word == word);
    tool.map_or_else(|| unknown(word), |tool| Trouble::Usage(tool.usage))
}

/// The nearest tool.
fn unknown(word: &str) -> Trouble {
    let names: Vec<&'static str> = TOOLS.iter().map(|tool| tool.word).collect();
    Trouble::Unknown(
        notation::problem::nearest(word, &names).and_then(|near| names.iter().copied().find(|name| *name == near)),
    )
}

/// A registry path with its hive in short, as it is kept: HKLM\....
fn registry_path(path: &str) -> String {
    let path = path.trim_start_matches("Registry::").trim_end_matches('\\');
    let (hive, rest) = path.split_once('\\').unwrap_or((path, ""));
    let hive = hive.trim_end_matches(':').to_ascii_uppercase();
    let hive = match hive.as_str() {
        "HKEY_LOCAL_MACHINE" => "HKLM",
        "HKEY_USERS" => "HKU",
        "HKEY_CURRENT_USER" => "HKCU",
        hive => hive,
    };
    format!(r"{hive}\{rest}")
}

fn domain(text: &str) -> Option<DomainName> {
    DomainName::parse(text).ok()
}

#[cfg(test)]
mod tests;
