//! Tools of the command prompt, but for the scripts: ipconfig, nslookup, ping, reg, sc, net, netsh, w32tm; and the few lines that stand
//! for what is done in a window.

use std::net::IpAddr;

use evidence::registry::{Data, RegistryValue, ValueType};
use mock_dns::record::RecordType;

use super::dnscmd::kind;
use super::{Act, Command, Look, Permit, Servers, Trouble, registry_path, unknown, usage};
use crate::scenario::Action;

/// The port of the telnet service (RFC 854).
const TELNET_PORT: u16 = 23;

pub(super) fn read(word: &str, words: &[&str]) -> Result<Command, Trouble> {
    let look = |look| Ok(Command::Look(look));
    let first = words.first().map(|word| word.to_ascii_lowercase()).unwrap_or_default();
    match (word, first.as_str()) {
        ("ipconfig", "/flushdns") => Ok(Command::Act(Act::Client(Action::Flushdns))),
        ("ipconfig", "/displaydns") => look(Look::Cache),
        ("ipconfig", "" | "/all") => look(Look::Ipconfig),
        ("nslookup", _) => nslookup(words),
        ("ping", _) => words
            .iter()
            .rfind(|word| !is_option(word))
            .map_or_else(|| Err(usage("ping")), |to| look(Look::Ping((*to).to_owned()))),
        ("tnc", _) => super::cmdlet::read("test-netconnection", words),
        ("telnet", _) => {
            let port = words.get(1).and_then(|port| port.parse().ok());
            let to = words.first().ok_or_else(|| usage("telnet"))?;
            look(Look::Telnet { to: (*to).to_owned(), port: port.unwrap_or(TELNET_PORT) })
        }
        ("wevtutil" | "eventvwr", _) => look(Look::Events),
        ("reg", _) => reg(words),
        ("sc" | "net", _) => service(word, words),
        ("netsh", _) => netsh(words),
        ("w32tm", "/resync") => Ok(Command::Act(Act::SyncClock)),
        ("w32tm", "/query") => look(Look::Clock),
        ("type" | "notepad", file) if file.ends_with("hosts") => look(Look::Hosts),
        ("type" | "notepad", file) => zone_file(file).map_or_else(|| Err(usage("type")), |zone| look(Look::Zone(zone))),
        ("edit" | "more" | "install" | "reset" | "permit", _) => by_hand(word, words),
        (word, _) if super::TOOLS.iter().any(|tool| tool.word == word) => Err(usage(word)),
        (word, _) => Err(unknown(word)),
    }
}

fn is_option(word: &str) -> bool {
    word.starts_with('-') || word.starts_with('/') || word.parse::<u16>().is_ok()
}

/// `contoso.com.dns`, as a Windows server calls the file of a zone.
fn zone_file(file: &str) -> Option<mock_dns::name::DomainName> {
    let name = file.rsplit(['\\', '/']).next()?;
    super::domain(name.strip_suffix(".dns").or_else(|| name.strip_suffix(".zone"))?)
}

fn nslookup(words: &[&str]) -> Result<Command, Trouble> {
    let mut asked = None;
    let mut rest = Vec::new();
    for word in words {
        let small = word.to_ascii_lowercase();
        let option = small.strip_prefix('-').or_else(|| small.strip_prefix('/'));
        match option.map(|option| option.split_once('=').unwrap_or((option, ""))) {
            Some(("type" | "querytype" | "q" | "ty", "all" | "any")) => asked = Some(RecordType::ANY),
            Some(("type" | "querytype" | "q" | "ty", word)) => {
                asked = Some(kind(word).ok_or_else(|| usage("nslookup"))?);
            }
            Some(_) => {}
            None => rest.push(*word),
        }
    }
    let Some(name) = rest.first() else { return Err(usage("nslookup")) };
    let server = rest.get(1).map(|server| (*server).to_owned());
    Ok(Command::Look(Look::Nslookup { name: (*name).to_owned(), kind: asked, server }))
}

fn reg(words: &[&str]) -> Result<Command, Trouble> {
    let wrong = || usage("reg");
    let verb = words.first().map(|word| word.to_ascii_lowercase()).unwrap_or_default();
    let path = registry_path(words.get(1).ok_or_else(wrong)?);
    let value_of = |option: &str| {
        let at = words.iter().position(|word| word.eq_ignore_ascii_case(option))?;
        words.get(at + 1).map(|word| (*word).to_owned())
    };
    let name = value_of("/v");
    match verb.as_str() {
        "query" | "export" => Ok(Command::Look(Look::Registry { path, name })),
        "delete" => Ok(Command::Act(Act::RegistryRemove { path, name: name.ok_or_else(wrong)? })),
        "add" => {
            let data = value_of("/d").unwrap_or_default();
            registry_set(path, name.ok_or_else(wrong)?, &value_of("/t").unwrap_or_else(|| "REG_SZ".to_owned()), &data)
        }
        _ => Err(wrong()),
    }
}

/// A registry value as it was typed; items of a list are separated by `\0`.
pub(super) fn registry_set(path: String, name: String, kind: &str, data: &str) -> Result<Command, Trouble> {
    let (kind, data) = match kind.to_ascii_uppercase().as_str() {
        "REG_SZ" | "REG_EXPAND_SZ" | "STRING" => (ValueType::Sz, Data::Text(data.to_owned())),
        "REG_MULTI_SZ" | "MULTISTRING" => {
            let items = data.split("\\0").filter(|item| !item.is_empty()).map(str::to_owned);
            (ValueType::MultiSz, Data::List(items.collect()))
        }
        "REG_DWORD" | "DWORD" => {
            let number =
                data.strip_prefix("0x").map_or_else(|| data.parse().ok(), |hex| u32::from_str_radix(hex, 16).ok());
            (ValueType::Dword, Data::Number(number.ok_or_else(|| usage("reg"))?))
        }
        _ => return Err(usage("reg")),
    };
    Ok(Command::Act(Act::RegistrySet(RegistryValue { path, name, kind, data })))
}

fn service(word: &str, words: &[&str]) -> Result<Command, Trouble> {
    let [verb, name, ..] = words else { return Err(usage(word)) };
    let name = (*name).to_ascii_lowercase();
    match verb.to_ascii_lowercase().as_str() {
        "query" | "queryex" | "qc" => Ok(Command::Look(Look::Service(name))),
        "start" => Ok(Command::Act(Act::Service { name, stop: false, start: true })),
        "stop" => Ok(Command::Act(Act::Service { name, stop: true, start: false })),
        _ => Err(usage(word)),
    }
}

fn netsh(words: &[&str]) -> Result<Command, Trouble> {
    let small: Vec<String> = words.iter().map(|word| word.to_ascii_lowercase()).collect();
    let small: Vec<&str> = small.iter().map(String::as_str).collect();
    let key = |key: &str| {
        words
            .iter()
            .find_map(|word| word.split_once('=').filter(|(name, _)| name.eq_ignore_ascii_case(key)))
            .map(|(_, value)| value)
    };
    let act = |act| Ok(Command::Act(act));
    match small.as_slice() {
        ["advfirewall", "firewall", "show", ..] | ["advfirewall", "show", ..] => Ok(Command::Look(Look::Firewall)),
        ["advfirewall", "firewall", "delete", "rule", ..] => {
            act(Act::RuleRemove(key("name").ok_or_else(|| usage("netsh"))?.to_owned()))
        }
        ["advfirewall", "set", _, "state", "off"] => act(Act::FirewallOff),
        ["advfirewall", "firewall", "set", "rule", ..]
            if key("group").is_some_and(|group| group.eq_ignore_ascii_case("Key Management Service")) =>
        {
            if key("enable").is_some_and(|enable| enable.eq_ignore_ascii_case("yes")) {
                act(Act::Permit(super::cmdlet::BUILT_IN))
            } else {
                Err(usage("netsh"))
            }
        }
        ["advfirewall", "firewall", "add", "rule", ..] => {
            let inbound = key("dir").is_some_and(|way| way.eq_ignore_ascii_case("in"));
            let port = key(if inbound { "localport" } else { "remoteport" });
            act(Act::Permit(permit(inbound, key("protocol"), port, key("remoteip"))?))
        }
        ["interface", "ipv4" | "ipv6" | "ip", verb, "dnsserver" | "dnsservers" | "dns", ..] => {
            let addresses: Vec<IpAddr> = words.iter().filter_map(|word| address(word)).collect();
            let Some(first) = addresses.first().copied() else { return Err(usage("netsh")) };
            let place = key("index").and_then(|index| index.parse().ok()).unwrap_or(usize::MAX);
            act(Act::DnsServers(match *verb {
                "add" => Servers::Add(first, place),
                "delete" => Servers::Remove(first),
                "set" => Servers::Set(addresses),
                _ => return Err(usage("netsh")),
            }))
        }
        _ => Err(usage("netsh")),
    }
}

/// An address that stands alone or behind `address=`.
fn address(word: &str) -> Option<IpAddr> {
    word.rsplit('=').next().and_then(|text| text.parse().ok())
}

/// A rule that lets something pass, from the texts of its fields. `any` is what it says.
pub(super) fn permit(
    inbound: bool,
    protocol: Option<&str>,
    port: Option<&str>,
    to: Option<&str>,
) -> Result<Permit, Trouble> {
    let given = |text: Option<&str>| text.filter(|text| !text.eq_ignore_ascii_case("any")).map(str::to_owned);
    let wrong = || Trouble::Usage("protocol=TCP localport=1688, or remoteport=1688 with dir=out");
    let tcp = match given(protocol).map(|protocol| protocol.to_ascii_lowercase()).as_deref() {
        None => None,
        Some("tcp" | "6") => Some(true),
        Some("udp" | "17") => Some(false),
        Some(_) => return Err(wrong()),
    };
    let port = given(port).map(|port| port.parse().map_err(|_| wrong())).transpose()?;
    let to = given(to).map(|to| to.parse().map_err(|_| wrong())).transpose()?;
    Ok(Permit { inbound, tcp, port, to })
}

/// What is done in a window, or by others.
fn by_hand(word: &str, words: &[&str]) -> Result<Command, Trouble> {
    let act = |act| Ok(Command::Act(act));
    let small: Vec<String> = words.iter().map(|word| word.to_ascii_lowercase()).collect();
    let small: Vec<&str> = small.iter().map(String::as_str).collect();
    match (word, small.as_slice()) {
        ("edit", ["hosts", "remove", name]) => act(Act::HostsRemove((*name).to_owned())),
        ("edit", ["hosts"]) => Ok(Command::Look(Look::Hosts)),
        ("more", ["clients", number]) => {
            number.parse().map_or_else(|_| Err(usage("more")), |number| act(Act::MoreClients(number)))
        }
        ("install", ["updates"]) => act(Act::Updates),
        ("reset", ["service", name]) => act(Act::ResetService((*name).to_owned())),
        ("permit", [protocol, rest @ ..]) => {
            let to = rest.iter().position(|word| *word == "to").and_then(|at| rest.get(at + 1)).copied();
            let port = rest.first().copied().filter(|port| port.parse::<u16>().is_ok());
            let protocol = if *protocol == "all" { "any" } else { protocol };
            act(Act::Permit(permit(false, Some(protocol), port, to).map_err(|_| usage("permit"))?))
        }
        _ => Err(usage(word)),
    }
}
