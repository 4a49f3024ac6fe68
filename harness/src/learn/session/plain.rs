//! Tools without a writer of their own in `exhibit`: what they tell, in short lines that keep the tool's words for the facts.
//!
//! Text from outside is escaped. Whatever is asked of the network is really asked from the machine at which one sits.

use std::fmt::Write as _;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use double::escape::Untrusted;
use evidence::network::Failure;
use evidence::outcome::Surface;
use evidence::question::Question;
use evidence::registry::{Data, RegistryValue};
use exhibit::desk::Desk;
use exhibit::write::NotShown;
use mock_dns::name::DomainName;
use mock_dns::record::{Record, RecordData, RecordType};
use mock_kms::host::HostState;

/// How long an echo is waited for (ping's `-w`, 4 s unless said otherwise).
const PING_WAIT: Duration = Duration::from_secs(4);

/// How long a connection is waited for (kms-behaviour: a SYN is sent three times within 21 s).
const CONNECT_WAIT: Duration = Duration::from_secs(21);

/// Most aliases that are followed (a resolver of Windows stops as well).
const ALIASES_MAX: usize = 8;

/// `slmgr /ato`: the code, as the surface that shows it has it.
pub(super) fn attempt(desk: &Desk<'_>) -> String {
    let Some(outcome) = desk.outcome else { return String::new() };
    let surface = outcome.slmgr.as_ref().or(outcome.ospp.as_ref());
    match surface.and_then(|surface| surface.any.first()) {
        Some(code) if code.0 == 0 => "Product activated successfully.\n".to_owned(),
        Some(code) => format!("Error: {code}\n"),
        None => format!("({})\n", outcome.word.word()),
    }
}

/// The name as this machine resolves it: an address, the hosts file, the cache, then its DNS servers.
fn resolve(desk: &Desk<'_>, name: &str) -> Option<IpAddr> {
    if let Ok(address) = name.trim_matches(['[', ']']).parse() {
        return Some(address);
    }
    let ip = desk.vantage.ip_configuration().ok()?;
    let listed = ip.hosts.iter().chain(&ip.netbios).find(|host| host.name.eq_ignore_ascii_case(name));
    if let Some(host) = listed {
        return Some(host.address);
    }
    let name = DomainName::parse(name).ok()?;
    let names: Vec<DomainName> = if name.depth() > 1 {
        vec![name]
    } else {
        ip.suffixes_tried()
            .iter()
            .filter_map(|suffix| DomainName::parse_under(&name.to_string(), suffix).ok())
            .collect()
    };
    let cached = desk.vantage.resolver_cache().unwrap_or_default();
    let now = desk.network.now();
    for name in names {
        let known = cached.iter().find(|cached| cached.name == name && cached.until > now);
        let records = known.map(|cached| cached.records.clone()).or_else(|| ask(desk, &name));
        if let Some(address) = records.and_then(|records| records.iter().find_map(address)) {
            return Some(address);
        }
    }
    None
}

fn address(record: &Record) -> Option<IpAddr> {
    if let RecordData::A(address) = record.data {
        return Some(address.into());
    }
    if let RecordData::Aaaa(address) = record.data { Some(address.into()) } else { None }
}

/// What the first server that answers says of a name's addresses.
fn ask(desk: &Desk<'_>, name: &DomainName) -> Option<Vec<Record>> {
    let ip = desk.vantage.ip_configuration().ok()?;
    let mut rng = desk.seed.child("resolve").rng();
    for server in ip.dns_servers() {
        let Some(local) = ip.source_for(server) else { continue };
        let kinds = [RecordType::A, RecordType::AAAA];
        let mut answered = false;
        for kind in kinds {
            let question = Question { id: rng.u16(..), name, kind };
            let Ok(message) = question.put(desk.network, local, server) else { continue };
            answered = true;
            if message.answers.iter().take(ALIASES_MAX).any(|record| address(record).is_some()) {
                return Some(message.answers);
            }
        }
        if answered {
            return None;
        }
    }
    None
}

/// The address from which a machine sends to another.
fn source(desk: &Desk<'_>, to: IpAddr) -> Option<IpAddr> {
    let own = desk.addresses.iter().find(|own| own.is_ipv4() == to.is_ipv4()).copied();
    desk.vantage.ip_configuration().ok().and_then(|ip| ip.source_for(to)).or(own)
}

/// `ping`
pub(super) fn ping(desk: &Desk<'_>, to: &str) -> String {
    let shown = Untrusted(to);
    let Some(address) = resolve(desk, to) else {
        return format!("Ping request could not find host {shown}. Please check the name and try again.\n");
    };
    let mut text = format!("Pinging {shown} [{address}] with 32 bytes of data:\n");
    let local = source(desk, address);
    let reply = local.map_or(Err(Failure::Unreachable), |local| {
        desk.network.ping(local, address, desk.network.now().plus(PING_WAIT))
    });
    match (reply, local) {
        (Ok(from), _) => writeln!(text, "Reply from {from}: bytes=32 time<1ms"),
        (Err(Failure::Unreachable | Failure::Rejected), Some(local)) => {
            writeln!(text, "Reply from {local}: Destination host unreachable.")
        }
        (Err(_), _) => writeln!(text, "Request timed out."),
    }
    .ok();
    text
}

/// `Test-NetConnection -Port`
pub(super) fn knock(desk: &Desk<'_>, to: &str, port: u16) -> String {
    let shown = Untrusted(to);
    let Some(address) = resolve(desk, to) else {
        return format!(
            "WARNING: Name resolution of {shown} failed\nComputerName   : {shown}\nTcpTestSucceeded : False\n"
        );
    };
    let socket = SocketAddr::new(address, port);
    let until = desk.network.now().plus(CONNECT_WAIT);
    let local = source(desk, address);
    let opened = local.is_some_and(|local| desk.network.connect(local, socket, until).is_ok());
    let mut text = String::new();
    if !opened {
        writeln!(text, "WARNING: TCP connect to ({address} : {port}) failed").ok();
    }
    write!(text, "ComputerName     : {shown}\nRemoteAddress    : {address}\nRemotePort       : {port}\n").ok();
    if let Some(local) = local {
        writeln!(text, "SourceAddress    : {local}").ok();
        if !opened {
            let replied = desk.network.ping(local, address, desk.network.now().plus(PING_WAIT)).is_ok();
            writeln!(text, "PingSucceeded    : {}", truth(replied)).ok();
        }
    }
    writeln!(text, "TcpTestSucceeded : {}", truth(opened)).ok();
    text
}

const fn truth(is: bool) -> &'static str {
    if is { "True" } else { "False" }
}

/// `slmgr /dlv`, on a client and on a KMS host.
pub(super) fn licence(desk: &Desk<'_>) -> Result<String, NotShown> {
    let mut text = String::new();
    if let Ok(service) = desk.vantage.kms_service() {
        if !service.running {
            return Ok("Error: 0x800706BA\n".to_owned());
        }
        let status = match service.state {
            HostState::Activated => "License Status: Licensed\nKey Management Service is enabled on this machine",
            HostState::NotActivated => {
                "License Status: Notification\nKey Management Service is enabled on this machine"
            }
            HostState::NotEnabled => "License Status: Licensed\nKey Management Service is not enabled on this machine",
            HostState::NoHostKey => return Ok("Error: no KMS host key is installed on this machine\n".to_owned()),
        };
        let covers: Vec<&str> = service.serves.iter().map(|product| product.word()).collect();
        write!(
            text,
            "{status}\n    Current count: {}\n    Listening on Port: {}\n    Covers: {}\n",
            service.current_count,
            service.port,
            covers.join(", ")
        )
        .ok();
        return Ok(text);
    }
    let licensing = desk.vantage.licensing()?;
    let channel = match licensing.key {
        evidence::vantage::KeyChannel::Gvlk => "VOLUME_KMSCLIENT channel",
        evidence::vantage::KeyChannel::Mak => "VOLUME_MAK channel",
        evidence::vantage::KeyChannel::None => "Error: product not found: no product key is installed",
    };
    let licensed = desk.outcome.is_some_and(|outcome| {
        outcome.slmgr.as_ref().is_some_and(|surface| surface.any.first().is_some_and(|code| code.0 == 0))
    });
    write!(
        text,
        "Name: {}\nDescription: {channel}\nLicense Status: {}\n",
        licensing.product.word(),
        if licensed { "Licensed" } else { "Notification" }
    )
    .ok();
    Ok(text)
}

/// The events of the licensing service.
pub(super) fn events(desk: &Desk<'_>) -> Result<String, NotShown> {
    let mut text = String::new();
    for event in desk.vantage.events()? {
        let fields: Vec<String> = event.fields.iter().map(|field| Untrusted(field).to_string()).collect();
        writeln!(text, "{}  {}  {}", event.id, codes(&event.code), fields.join(", ")).ok();
    }
    Ok(if text.is_empty() { "No events were found.\n".to_owned() } else { text })
}

/// The requests that a KMS host has logged.
pub(super) fn requests(desk: &Desk<'_>) -> String {
    let requests = desk.vantage.requests().unwrap_or_default();
    requests.iter().fold(String::new(), |text, request| {
        text + &format!("event 12290 {} {}\n", Untrusted(&request.name), request.answered)
    })
}

fn codes(surface: &Surface) -> String {
    surface.any.first().map(ToString::to_string).unwrap_or_default()
}

/// `reg query`
pub(super) fn registry(desk: &Desk<'_>, path: &str, name: Option<&str>) -> Result<String, NotShown> {
    let below = |value: &&RegistryValue| {
        let own = value.path.to_ascii_lowercase();
        let asked = path.to_ascii_lowercase();
        (own == asked || own.starts_with(&format!("{asked}\\")))
            && name.is_none_or(|name| value.name.eq_ignore_ascii_case(name))
    };
    let mut text = String::new();
    for value in desk.vantage.registry()?.iter().filter(below) {
        let kind = value.kind.word();
        let data = if let Data::Number(number) = value.data { format!("0x{number:x}") } else { value.data.to_string() };
        writeln!(
            text,
            "{}\n    {}    {kind}    {}\n",
            Untrusted(&value.path),
            Untrusted(&value.name),
            Untrusted(&data)
        )
        .ok();
    }
    Ok(if text.is_empty() {
        "ERROR: The system was unable to find the specified registry key or value.\n".to_owned()
    } else {
        text
    })
}

/// `dnscmd /zoneprint`
pub(super) fn zone(desk: &Desk<'_>, origin: &DomainName) -> Result<String, NotShown> {
    let zones = desk.vantage.zones()?;
    let Some(zone) = zones.iter().find(|zone| zone.origin() == origin) else {
        return Ok("Command failed: DNS_ERROR_ZONE_DOES_NOT_EXIST\n".to_owned());
    };
    let mut text = String::new();
    for record in zone.records() {
        writeln!(text, "{} {} {} {}", record.name.absolute(), record.ttl, record.record_type(), record.data).ok();
    }
    Ok(text)
}

/// `dnscmd /enumzones`
pub(super) fn zones(desk: &Desk<'_>) -> Result<String, NotShown> {
    let zones = desk.vantage.zones()?;
    Ok(zones.iter().fold(String::new(), |text, zone| text + &format!("{}  Primary\n", zone.origin())))
}

/// `ipconfig /displaydns`
pub(super) fn cache(desk: &Desk<'_>) -> Result<String, NotShown> {
    let now = desk.network.now();
    let mut text = String::new();
    for cached in desk.vantage.resolver_cache()?.iter().filter(|cached| cached.until > now) {
        let data: Vec<String> = cached.records.iter().map(|record| record.data.to_string()).collect();
        let data = if data.is_empty() { "Name does not exist.".to_owned() } else { data.join("; ") };
        writeln!(text, "{} {}\n    {data}", cached.name, cached.kind).ok();
    }
    Ok(if text.is_empty() { "Could not display the DNS Resolver Cache.\n".to_owned() } else { text })
}

/// `w32tm /query /status`: what the clock shows, and the time of the network beside it.
pub(super) fn clock(desk: &Desk<'_>) -> Result<String, NotShown> {
    Ok(format!("Clock: {}\n", desk.vantage.clock(desk.network.now())?))
}

/// The hosts file.
pub(super) fn hosts(desk: &Desk<'_>) -> Result<String, NotShown> {
    let hosts = &desk.vantage.ip_configuration()?.hosts;
    Ok(hosts.iter().fold("127.0.0.1 localhost\n".to_owned(), |text, host| {
        text + &format!("{} {}\n", host.address, Untrusted(&host.name))
    }))
}
