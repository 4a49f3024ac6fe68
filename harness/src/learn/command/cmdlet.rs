//! Cmdlets of PowerShell. Parameters may be shortened as far as they stay clear; a pipe into another cmdlet is not read.

use std::net::IpAddr;

use super::cmd::{permit, registry_set};
use super::dnscmd::kind;
use super::{Act, Command, Look, Permit, Servers, Trouble, ZoneAct, domain, registry_path, unknown, usage};
use crate::environment::machine::KMS_PORT;
use crate::learn::typed::items;
use crate::scenario::Action;
use mock_dns::record::RecordType;

/// Cmdlets without a dash.
pub(super) const ALIASES: [&str; 2] = ["gsv", "gp"];

/// The group of rules that Windows has for a KMS host: TCP 1688 in.
pub(super) const BUILT_IN: Permit = Permit { inbound: true, tcp: Some(true), port: Some(KMS_PORT), to: None };

pub(super) fn read(word: &str, words: &[&str]) -> Result<Command, Trouble> {
    let given = Given::new(words);
    let look = |look| Ok(Command::Look(look));
    let act = |act| Ok(Command::Act(act));
    let wrong = || usage(word);
    let needed = |name: &str, place: usize| given.text(name, place).ok_or_else(wrong);
    match word {
        "resolve-dnsname" => {
            let asked = given.text("type", 1).map(|word| kind(&word).ok_or_else(wrong)).transpose()?;
            look(Look::Resolve {
                name: needed("name", 0)?,
                kind: asked.unwrap_or(RecordType::A),
                server: given.text("server", 2),
            })
        }
        "test-netconnection" => {
            let port = given.text("port", 9).map(|port| port.parse().map_err(|_| wrong())).transpose()?;
            look(Look::Port { to: needed("computername", 0)?, port })
        }
        "test-connection" => look(Look::Ping(needed("computername", 0)?)),
        "get-winevent" | "get-eventlog" => look(Look::Events),
        "get-dnsclientcache" => look(Look::Cache),
        "clear-dnsclientcache" => act(Act::Client(Action::Flushdns)),
        "get-netipconfiguration" | "get-dnsclient" | "get-dnsclientserveraddress" | "get-dnsclientglobalsetting" => {
            look(Look::Ipconfig)
        }
        "get-itemproperty" | "gp" => {
            look(Look::Registry { path: registry_path(&needed("path", 0)?), name: given.text("name", 1) })
        }
        "remove-itemproperty" => {
            act(Act::RegistryRemove { path: registry_path(&needed("path", 0)?), name: needed("name", 1)? })
        }
        "set-itemproperty" | "new-itemproperty" => {
            let data = needed("value", 2)?;
            let number = data.parse::<u32>().is_ok();
            let kind = given.text("type", 3).or_else(|| given.text("propertytype", 3));
            let kind = kind.unwrap_or_else(|| if number { "DWord" } else { "String" }.to_owned());
            registry_set(registry_path(&needed("path", 0)?), needed("name", 1)?, &kind, &data)
        }
        "get-service" | "gsv" => look(Look::Service(needed("name", 0)?.to_ascii_lowercase())),
        "start-service" | "stop-service" | "restart-service" => {
            let name = needed("name", 0)?.to_ascii_lowercase();
            act(Act::Service { name, stop: word != "start-service", start: word != "stop-service" })
        }
        "get-netfirewallrule" => look(Look::Firewall),
        "enable-netfirewallrule"
            if given
                .text("displaygroup", 9)
                .is_some_and(|group| group.eq_ignore_ascii_case("Key Management Service")) =>
        {
            act(Act::Permit(BUILT_IN))
        }
        "new-netfirewallrule" => new_rule(&given).map(|rule| Command::Act(Act::Permit(rule))),
        "remove-netfirewallrule" | "disable-netfirewallrule" => {
            act(Act::RuleRemove(needed("displayname", 0).or_else(|_| needed("name", 0))?))
        }
        "set-netfirewallprofile" if given.text("enabled", 9).is_some_and(|on| on.eq_ignore_ascii_case("false")) => {
            act(Act::FirewallOff)
        }
        word => dns(word, &given),
    }
}

/// Cmdlets of the DNS client and of DNS servers.
fn dns(word: &str, given: &Given<'_>) -> Result<Command, Trouble> {
    let look = |look| Ok(Command::Look(look));
    let act = |act| Ok(Command::Act(act));
    let wrong = || usage(word);
    let needed = |name: &str, place: usize| given.text(name, place).ok_or_else(wrong);
    match word {
        "set-dnsclientserveraddress" => {
            let servers: Option<Vec<IpAddr>> =
                items(&needed("serveraddresses", 1)?).iter().map(|text| text.parse().ok()).collect();
            act(Act::DnsServers(Servers::Set(servers.ok_or_else(wrong)?)))
        }
        "set-dnsclientglobalsetting" => {
            let list: Option<Vec<_>> = items(&needed("suffixsearchlist", 0)?).iter().map(|text| domain(text)).collect();
            act(Act::SearchList(list.ok_or_else(wrong)?))
        }
        "get-dnsserverzone" => look(Look::Zones),
        "get-dnsserverresourcerecord" => look(Look::Zone(domain(&needed("zonename", 0)?).ok_or_else(wrong)?)),
        "add-dnsserverresourcerecord" | "add-dnsserverresourcerecorda" => add_record(word, given),
        "remove-dnsserverresourcerecord" => {
            let kind = kind(&needed("rrtype", 1)?).ok_or_else(wrong)?;
            let zone = domain(&needed("zonename", 0)?).ok_or_else(wrong)?;
            act(Act::Zone(ZoneAct::RecordRemove {
                zone,
                node: needed("name", 2)?,
                kind,
                data: given.text("recorddata", 3),
            }))
        }
        word if super::TOOLS.iter().any(|tool| tool.word == word) => Err(wrong()),
        word => Err(unknown(word)),
    }
}

fn new_rule(given: &Given<'_>) -> Result<Permit, Trouble> {
    let wrong = || usage("new-netfirewallrule");
    let is =
        |name: &str, value: &str| given.text(name, usize::MAX).is_some_and(|text| text.eq_ignore_ascii_case(value));
    if given.text("action", usize::MAX).is_some() && !is("action", "Allow") {
        return Err(wrong());
    }
    let inbound = !is("direction", "Outbound");
    let port = given.text(if inbound { "localport" } else { "remoteport" }, usize::MAX);
    let (protocol, to) = (given.text("protocol", usize::MAX), given.text("remoteaddress", usize::MAX));
    permit(inbound, protocol.as_deref(), port.as_deref(), to.as_deref()).map_err(|_| wrong())
}

fn add_record(word: &str, given: &Given<'_>) -> Result<Command, Trouble> {
    let wrong = || usage("add-dnsserverresourcerecord");
    let needed = |name: &str| given.text(name, usize::MAX).ok_or_else(wrong);
    let zone = domain(&needed("zonename")?).ok_or_else(wrong)?;
    let node = needed("name")?;
    let or_zero = |name: &str| given.text(name, usize::MAX).unwrap_or_else(|| "0".to_owned());
    let data = match () {
        () if given.has("srv") => {
            format!("SRV {} {} {} {}", or_zero("priority"), or_zero("weight"), needed("port")?, needed("domainname")?)
        }
        () if given.has("a") || word.ends_with("recorda") => format!("A {}", needed("ipv4address")?),
        () if given.has("aaaa") => format!("AAAA {}", needed("ipv6address")?),
        () => return Err(wrong()),
    };
    Ok(Command::Act(Act::Zone(ZoneAct::RecordAdd { zone, line: format!("{node} 3600 IN {data}") })))
}

/// The parameters of a cmdlet: those with a name, and those that stand alone.
struct Given<'a> {
    named: Vec<(String, Option<&'a str>)>,
    alone: Vec<&'a str>,
}

impl<'a> Given<'a> {
    fn new(words: &[&'a str]) -> Self {
        let mut given = Self { named: Vec::new(), alone: Vec::new() };
        let mut words = words.iter().copied().peekable();
        while let Some(word) = words.next() {
            let name =
                word.strip_prefix('-').filter(|name| name.starts_with(|first: char| first.is_ascii_alphabetic()));
            match name {
                Some(name) => {
                    let value = if Self::is_switch(name) { None } else { words.next_if(|next| !next.starts_with('-')) };
                    given.named.push((name.to_ascii_lowercase(), value));
                }
                None => given.alone.push(word),
            }
        }
        given
    }

    /// Switches that take no value, where a word behind them belongs to something else.
    fn is_switch(name: &str) -> bool {
        ["srv", "a", "aaaa", "force", "allowupdateany"].iter().any(|known| name.eq_ignore_ascii_case(known))
    }

    fn has(&self, name: &str) -> bool {
        self.named.iter().any(|(known, _)| known == name)
    }

    /// The parameter of a name, which may be shortened; or the word that stands alone at a place.
    fn text(&self, name: &str, place: usize) -> Option<String> {
        let exact = self.named.iter().find(|(known, _)| known == name);
        let short = || self.named.iter().find(|(known, _)| known.len() >= 3 && name.starts_with(known.as_str()));
        let named = exact.or_else(short).and_then(|(_, value)| *value);
        named.or_else(|| self.alone.get(place).copied()).map(str::to_owned)
    }
}
