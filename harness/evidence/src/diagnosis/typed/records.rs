//! Records at DNS servers: dnscmd, PowerShell, a line of a zone file, a signed dynamic update.
//!
//! Each is a whole way to do it; which of them fits depends on whose server it is, which a client cannot see. Names are absolute
//! and end with a dot where a server would append its zone otherwise.

use std::net::IpAddr;

use mock_dns::name::DomainName;
use mock_dns::record::{Record, RecordData};

use super::{Known, On, Shell, Typed, quote};
use crate::diagnosis::remedy;

/// Time to live of a record that is made by hand: an hour, as Microsoft's DNS server gives by default.
const TTL: u32 = 3600;

/// Why a name ends with a dot.
const DOT: &str =
    "with the dot at the end, or the zone is appended to the name; raise the zone's serial number and reload it";

/// What stands in place of the guideline's `allow-update { any; }`.
const SIGNED: &str = "signed with a key that an update-policy grants this name alone; `allow-update { any; }`, as the guideline \
                      has it, lets everybody rewrite the zone";

/// What is written into a record.
struct Wanted {
    owner: DomainName,
    /// The type, as commands call it.
    kind: &'static str,
    /// The data for dnscmd and zone files; an address or a name may be a blank.
    data: String,
    /// The data is sound in any command line.
    sound: bool,
}

impl Known<'_> {
    pub(super) fn add_srv(&self, owner: &DomainName, target: &remedy::Known<DomainName>, port: u16) -> Vec<Typed> {
        let absolute = absolute(target);
        let sound = is_sound(target);
        let wanted =
            Wanted { owner: in_small_letters(owner), kind: "SRV", data: format!("0 0 {port} {absolute}"), sound };
        let new = format!("-Srv -DomainName '{absolute}' -Priority 0 -Weight 0 -Port {port}");
        self.add(&wanted, &new, &srv_filter(&absolute, port))
    }

    pub(super) fn add_address(&self, name: &remedy::Known<DomainName>, address: &remedy::Known<IpAddr>) -> Vec<Typed> {
        let name = match name {
            remedy::Known::Is(name) => name,
            // Into which zone it goes depends on the name.
            remedy::Known::Blank(_) => {
                let by_hand = |at| on(at, Shell::ByHand, format!("give {name} the address {address}"));
                return self.dns_servers().into_iter().map(by_hand).collect();
            }
        };
        let (kind, parameter, property) = match address {
            remedy::Known::Is(IpAddr::V6(_)) => ("AAAA", "IPv6Address", "IPv6Address"),
            remedy::Known::Is(IpAddr::V4(_)) | remedy::Known::Blank(_) => ("A", "IPv4Address", "IPv4Address"),
        };
        let wanted = Wanted { owner: name.clone(), kind, data: address.to_string(), sound: true };
        let new = format!("-{kind} -{parameter} '{address}'");
        self.add(&wanted, &new, &format!("$_.RecordData.{property} -eq '{address}'"))
    }

    /// `new` are the parameters of Add-DnsServerResourceRecord, `filter` recognises the record again.
    fn add(&self, wanted: &Wanted, new: &str, filter: &str) -> Vec<Typed> {
        let Wanted { owner, kind, data, sound } = wanted;
        let mut lines = Vec::new();
        let plain = self.place(owner).filter(|_| *sound);
        for (server, (zone, node)) in
            self.dns_servers().into_iter().flat_map(|at| plain.iter().map(move |place| (at, place)))
        {
            let name = server_name(server);
            let line = format!("dnscmd {name} /recordadd {zone} {node} {TTL} {kind} {data}");
            let undo = format!("dnscmd {name} /recorddelete {zone} {node} {kind} {data} /f");
            lines.push(on(server, Shell::Cmd, line).undo(undo));
            let line = format!(
                "Add-DnsServerResourceRecord -ComputerName '{name}' -ZoneName '{zone}' -Name '{node}' {new} -TimeToLive 01:00:00"
            );
            lines.push(on(server, Shell::PowerShell, line).undo(remove_where(&name, zone, node, kind, filter)));
        }
        let record = format!("{} {TTL} IN {kind} {data}", owner.absolute());
        let server = self.first_server();
        lines.push(on(server, Shell::ZoneFile, record.clone()).undo("take the line out").why(DOT));
        lines.extend(update(server, &format!("add {record}"), Some(&delete(owner, kind, data))));
        lines
    }

    pub(super) fn remove_record(&self, owner: &DomainName, data: &RecordData) -> Vec<Typed> {
        let kind = data.record_type().to_string();
        let record = Record { name: owner.clone(), ttl: TTL, data: data.clone() }.to_string();
        let (_, written) = record.split_once(&format!(" IN {kind} ")).unwrap_or_default();
        let mut lines = Vec::new();
        let filter = filter(data);
        let places = self.place(owner).filter(|_| is_plain_data(written));
        for (server, (zone, node)) in
            self.dns_servers().into_iter().flat_map(|at| places.iter().map(move |place| (at, place)))
        {
            let name = server_name(server);
            let line = format!("dnscmd {name} /recorddelete {zone} {node} {kind} {written} /f");
            let undo = format!("dnscmd {name} /recordadd {zone} {node} {TTL} {kind} {written}");
            lines.push(on(server, Shell::Cmd, line).undo(undo.clone()));
            if let Some(filter) = &filter {
                lines.push(on(server, Shell::PowerShell, remove_where(&name, zone, node, &kind, filter)).undo(undo));
            }
        }
        let line = format!("take this line out: {} IN {kind} {written}", owner.absolute());
        lines.push(
            on(self.first_server(), Shell::ZoneFile, line)
                .undo("put the line back")
                .why("its time to live may differ; raise the zone's serial number and reload it"),
        );
        let undo = format!("add {record}");
        lines.extend(update(self.first_server(), &delete(owner, &kind, written), Some(&undo)));
        lines
    }

    /// Zone and node of a name, where both may stand in a command line.
    fn place(&self, owner: &DomainName) -> Option<(String, String)> {
        let absolute = owner.absolute();
        quote::name(&absolute)?;
        let Some(zone) = self.zone_of(owner) else { return Some(("<zone>".to_owned(), absolute)) };
        let node: Vec<String> = owner
            .labels()
            .take(owner.depth().saturating_sub(zone.depth()))
            .map(|label| String::from_utf8_lossy(label).into_owned())
            .collect();
        Some((zone.to_string(), if node.is_empty() { "@".to_owned() } else { node.join(".") }))
    }

    /// The servers that the client asks; one blank where nobody knows them.
    fn dns_servers(&self) -> Vec<Option<IpAddr>> {
        let servers: Vec<Option<IpAddr>> = self.first_server().into_iter().map(Some).collect();
        if servers.is_empty() { vec![None] } else { servers }
    }

    /// The first server that the client asks: zones are administered at one, and replicate.
    fn first_server(&self) -> Option<IpAddr> {
        self.servers().first().copied()
    }
}

/// A name as people write it: clients ask for `_VLMCS._TCP`, and case does not count (RFC 4343 2).
fn in_small_letters(name: &DomainName) -> DomainName {
    DomainName::parse(&name.absolute().to_ascii_lowercase()).unwrap_or_else(|_| name.clone())
}

/// A name as it ends in a record; a blank gets its dot too.
fn absolute(target: &remedy::Known<DomainName>) -> String {
    match target {
        remedy::Known::Is(name) => name.absolute(),
        remedy::Known::Blank(blank) => format!("<{blank}>."),
    }
}

fn is_sound(target: &remedy::Known<DomainName>) -> bool {
    match target {
        remedy::Known::Is(name) => name.is_root() || quote::name(&name.absolute()).is_some(),
        remedy::Known::Blank(_) => true,
    }
}

/// Whether data consists of words that no shell reads.
fn is_plain_data(data: &str) -> bool {
    !data.is_empty() && data.split(' ').all(|word| quote::name(word).is_some())
}

pub(super) fn server_name(server: Option<IpAddr>) -> String {
    server.map_or_else(|| format!("<{}>", remedy::DNS_SERVER), |server| server.to_string())
}

pub(super) fn on(server: Option<IpAddr>, shell: Shell, line: String) -> Typed {
    Typed { at: server.map(|server| server.to_string()), ..Typed::new(On::Dns, shell, line) }
}

fn srv_filter(target: &str, port: u16) -> String {
    format!("$_.RecordData.DomainName -eq '{target}' -and $_.RecordData.Port -eq {port}")
}

/// What recognises a record among those of its name and type.
fn filter(data: &RecordData) -> Option<String> {
    match data {
        RecordData::A(address) => Some(format!("$_.RecordData.IPv4Address -eq '{address}'")),
        RecordData::Aaaa(address) => Some(format!("$_.RecordData.IPv6Address -eq '{address}'")),
        RecordData::Cname(name) => Some(format!("$_.RecordData.HostNameAlias -eq '{}'", name.absolute())),
        RecordData::Srv(srv) => Some(format!(
            "{} -and $_.RecordData.Priority -eq {} -and $_.RecordData.Weight -eq {}",
            srv_filter(&srv.target.absolute(), srv.port),
            srv.priority,
            srv.weight
        )),
        RecordData::Mx { .. }
        | RecordData::Ns(_)
        | RecordData::Ptr(_)
        | RecordData::Soa(_)
        | RecordData::Txt(_)
        | RecordData::Other { .. } => None,
    }
}

/// Removes the records that a filter picks, and no others of the name.
fn remove_where(server: &str, zone: &str, node: &str, kind: &str, filter: &str) -> String {
    format!(
        "Get-DnsServerResourceRecord -ComputerName '{server}' -ZoneName '{zone}' -Name '{node}' -RRType {kind} | \
         Where-Object {{ {filter} }} | Remove-DnsServerResourceRecord -ComputerName '{server}' -ZoneName '{zone}' -Force"
    )
}

fn delete(owner: &DomainName, kind: &str, data: &str) -> String {
    format!("delete {} {kind} {data}", owner.absolute())
}

/// A dynamic update by nsupdate, signed.
fn update(server: Option<IpAddr>, what: &str, undo: Option<&str>) -> Option<Typed> {
    let line = |what: &str| {
        let server = server_name(server);
        let (server, what) = (quote::sh(&format!("server {server}"))?, quote::sh(&format!("update {what}"))?);
        Some(format!("printf '%s\\n' {server} {what} send | nsupdate -k '<TSIG key file>'"))
    };
    let undo = undo.and_then(line);
    Some(Typed { undo, ..on(server, Shell::Sh, line(what)?).why(SIGNED) })
}
