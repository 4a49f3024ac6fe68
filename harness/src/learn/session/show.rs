//! Commands that look: what the machine at which one sits shows for them.
//!
//! What Windows prints comes from the writers of `exhibit`. What is no fact of a desk (the rules of a firewall, the state of a service) is
//! told here from the environment, but only of the machine at which one sits.

use std::fmt::Write as _;

use double::escape::{Page, Untrusted};
use evidence::Role;
use exhibit::desk::Desk;
use exhibit::label::Language as Labels;
use exhibit::write::{NotShown, events, ipconfig, nslookup, ospp, ping, registry, resolve, slmgr, telnet, tnc, zone};
use mock_dns::name::DomainName;
use notation::Id;

use super::open::{sits_at, stops};
use super::{Seat, Session, plain};
use crate::environment::Rule;
use crate::environment::rule::{Protocol, Where};
use crate::learn::command::Look;
use crate::learn::text::{Language, Phrase};

impl Session {
    /// What a command shows at the seat.
    pub(super) fn look(&mut self, look: &Look) -> Result<String, String> {
        let id = match (&self.seat, look) {
            (_, Look::Firewall) => return Ok(self.firewall()),
            (Seat::Machine(id, role), Look::Service(name)) => return self.service_state(id, *role, name),
            (Seat::Machine(id, _), _) => id,
            (Seat::Path, _) => return Err(self.say(Phrase::NotHere, &["client, host, dns"])),
        };
        let language = match self.language {
            Language::En => Labels::English,
            Language::Ko => Labels::Korean,
        };
        self.at(id, |desk| shown(desk, look, language))
    }

    /// What an attempt at the seat showed.
    pub(super) fn attempt(&self) -> Result<String, String> {
        let Seat::Machine(id, _) = &self.seat else { return Ok(String::new()) };
        self.at(id, attempt)
    }

    fn at(&self, id: &Id, show: impl FnOnce(&Desk<'_>) -> Result<String, NotShown>) -> Result<String, String> {
        let shown = self.bench.at(id, show).map_err(|error| self.say(Phrase::Refused, &[&error.to_string()]))?;
        shown.map(|page| Page(&page).to_string()).map_err(|why| {
            let phrase = match why {
                NotShown::Denied | NotShown::NoAttempt | NotShown::NoSource | NotShown::Nothing => Phrase::NotShown,
                NotShown::OtherProduct => Phrase::OtherTool,
                NotShown::NoSuchTool => Phrase::NoSuchTool,
                NotShown::Stopped => Phrase::ServiceStopped,
            };
            self.say(phrase, &[])
        })
    }

    /// The rules of the firewall at the seat that have to do with it; a KMS host always has the one that Windows brings along.
    fn firewall(&self) -> String {
        let mut text = String::new();
        let rules: Vec<&Rule> = self.environment().rules.iter().filter(|rule| sits_at(rule, &self.seat)).collect();
        if let Seat::Machine(id, Role::Host) = &self.seat {
            let port = self.environment().kms_hosts.iter().find(|host| host.id == *id).map_or(0, |host| host.port());
            let closed = rules.iter().any(|rule| stops(rule) && rule.port.is_none_or(|caught| caught == port));
            let enabled = if closed { "No" } else { "Yes" };
            write!(text, "Rule Name: Key Management Service (TCP-In)\n  Enabled: {enabled}\n  Direction: In\n  Protocol: TCP\n  LocalPort: {port}\n  Action: Allow\n\n").ok();
        }
        for rule in rules.iter().filter(|rule| stops(rule)) {
            text.push_str(&told(rule));
        }
        if text.is_empty() { self.say(Phrase::NotShown, &[]) } else { text }
    }

    fn service_state(&self, id: &Id, role: Role, name: &str) -> Result<String, String> {
        let environment = self.environment();
        let dns = environment.dns_servers.iter().find(|server| server.id == *id).map(|server| server.running);
        let host = environment.kms_hosts.iter().find(|host| host.id == *id).map(|host| host.running);
        let running = match (name, role) {
            ("dns" | "named", Role::Dns) => dns,
            ("sppsvc" | "slsvc", Role::Host) => host,
            ("sppsvc" | "slsvc" | "osppsvc" | "dnscache", Role::Client) => Some(true),
            _ => None,
        };
        let state = match running {
            Some(true) => "4  RUNNING",
            Some(false) => "1  STOPPED",
            None => return Err(self.say(Phrase::NotShown, &[])),
        };
        Ok(format!("SERVICE_NAME: {}\n        STATE              : {state}\n", Untrusted(name)))
    }
}

/// A rule that stops something, as somebody reads it where it sits.
fn told(rule: &Rule) -> String {
    let way = if rule.place == Where::ClientOutbound { "Out" } else { "In" };
    let protocol = match rule.protocol {
        None => "Any",
        Some(Protocol::Tcp) => "TCP",
        Some(Protocol::Udp) => "UDP",
    };
    let port = rule.port.map_or_else(|| "Any".to_owned(), |port| port.to_string());
    format!(
        "Rule Name: {}\n  Enabled: Yes\n  Direction: {way}\n  Protocol: {protocol}\n  Port: {port}\n  Action: Block\n\n",
        rule.id
    )
}

/// What an attempt showed; where no source says what the script prints, how it ended.
fn attempt(desk: &Desk<'_>) -> Result<String, NotShown> {
    let shown = slmgr::ato(desk).or_else(|why| if why == NotShown::OtherProduct { ospp::act(desk) } else { Err(why) });
    match (shown, desk.outcome) {
        (Err(NotShown::NoSource), Some(outcome)) => Ok(format!("({})\n", outcome.word.word())),
        (shown, _) => shown,
    }
}

/// A zone of the server at which one sits.
fn one_zone(desk: &Desk<'_>, origin: &DomainName) -> Result<String, NotShown> {
    let known = desk.vantage.zones()?.iter().find(|zone| zone.origin() == origin);
    Ok(known.map_or_else(|| "Command failed: DNS_ERROR_ZONE_DOES_NOT_EXIST\n".to_owned(), zone::dnscmd))
}

/// What a tool shows from the facts of a machine and the network as it sees it.
fn shown(desk: &Desk<'_>, look: &Look, language: Labels) -> Result<String, NotShown> {
    match look {
        Look::Ipconfig => ipconfig::all(desk, language),
        Look::Nslookup { name, kind, server } => {
            let typed = nslookup::Typed { kind: *kind, name: name.clone(), server: server.clone() };
            nslookup::nslookup(desk, language, &typed)
        }
        Look::Resolve { name, kind, server } => resolve::resolve(desk, *kind, name, server.as_deref()),
        Look::Cache => plain::cache(desk),
        Look::Ping(to) => ping::ping(desk, language, to),
        Look::Port { to, port } => tnc::test(desk, language, to, *port),
        Look::Telnet { to, port } => telnet::telnet(desk, to, *port),
        Look::Licence => slmgr::dlv(desk),
        Look::Office => ospp::dstatus(desk),
        Look::Events => events::events(desk, language),
        Look::Registry { path, name } => registry::query_key(desk, path, name.as_deref()),
        Look::Zone(origin) => one_zone(desk, origin),
        Look::Zones => plain::zones(desk),
        Look::Clock => plain::clock(desk),
        Look::Hosts => plain::hosts(desk),
        // Of these the environment tells.
        Look::Firewall | Look::Service(_) => Err(NotShown::Denied),
    }
}
