//! Puts into an environment what somebody sent says outright: settings of the client, registry values, records.
//!
//! Only what a text states is put there. Why it is so, and what nobody looked at, stays what the known environment makes of it; whether the
//! whole then shows everything that was sent is seen by replaying it.
#![expect(clippy::wildcard_enum_match_arm, reason = "picks a few kinds out of many")]

use evidence::registry::{self, Data, RegistryValue, ValueType};
use exhibit::claim::{AdapterClaim, Claim, LicenceClaim, Lookup, LookupResult, Says};
use mock_dns::name::DomainName;
use mock_dns::record::{Record, RecordType};
use mock_dns::zone::{RecordSelector, Zone};
use mock_kms::wire::Hresult;

use super::case::Case;
use super::look::adapter_address;
use super::stand::Stand;
use crate::environment::machine::{ClientMachine, DiscoveredHost, KeyChannel, KmsMachine};
use crate::environment::{DnsMachine, Environment};

/// The time to live that a record gets where the tool does not show it.
const TTL: u32 = 3600;

/// How far answers of DNS are believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dns {
    /// Records are corrected where there are some: their number is the known environment's.
    Corrected,
    /// The zones hold what was answered, and nothing at names that were denied.
    AsAnswered,
}

/// Puts the facts into an environment.
pub fn fit(environment: &mut Environment, case: &Case, dns: Dns) {
    let adapters: Vec<&AdapterClaim> = case
        .claims
        .iter()
        .filter_map(|claim| if let Says::Adapter(adapter) = &claim.says { Some(adapter) } else { None })
        .filter(|adapter| adapter_address(adapter).is_some())
        .collect();
    if let Some(client) = environment.clients.first_mut() {
        fit_adapters(client, &adapters);
    }
    for (at, claim) in case.collected() {
        match (at, &claim.says) {
            (_, Says::Lookup(lookup)) => fit_lookup(environment, lookup, dns),
            (Stand::Host(_), says) => {
                let id = case.stands.machine(at, environment).cloned();
                if let Some(host) = environment.kms_hosts.iter_mut().find(|host| Some(&host.id) == id.as_ref()) {
                    fit_host(host, says, was_answered(case, at));
                }
            }
            (_, says) => {
                if let Some(client) = environment.clients.first_mut() {
                    fit_client(client, says);
                    remember(client, says, was_answered(case, at));
                }
            }
        }
    }
    fit_zones(environment, case);
}

/// The count that a host shows after the attempt, where the attempt was answered: one less before it.
fn fit_count(host: &mut KmsMachine, count: u32, answered: bool) {
    if host.service.cached.is_empty() && host.service.current_count != count {
        host.service.current_count = if answered { count.saturating_sub(1) } else { count };
    }
}

fn fit_adapters(client: &mut ClientMachine, claims: &[&AdapterClaim]) {
    if claims.is_empty() {
        return;
    }
    let known = client.ip.adapters.clone();
    let Some(model) = known.first() else { return };
    client.ip.adapters = claims
        .iter()
        .enumerate()
        .map(|(place, claim)| {
            let mut adapter = known.get(place).unwrap_or(model).clone();
            adapter.address = adapter_address(claim).unwrap_or(adapter.address);
            adapter.mask = claim.mask.unwrap_or(adapter.mask);
            adapter.dhcp = claim.dhcp.unwrap_or(adapter.dhcp);
            adapter.suffix.clone_from(&claim.suffix);
            adapter.gateway = claim.gateways.first().copied().or(adapter.gateway);
            // With a mask the block is whole: then a missing line says that there is no server.
            if !claim.dns.is_empty() || claim.mask.is_some() {
                adapter.dns.clone_from(&claim.dns);
            }
            adapter
        })
        .collect();
}

fn fit_client(client: &mut ClientMachine, says: &Says) {
    match says {
        Says::HostName(name) => client.name.clone_from(name),
        Says::PrimarySuffix(suffix) if client.ip.primary_suffix != *suffix => {
            if client.ip.ad_domain == client.ip.primary_suffix {
                client.ip.ad_domain.clone_from(suffix);
            }
            client.ip.primary_suffix.clone_from(suffix);
        }
        Says::SearchList(list) if client.ip.suffixes_tried() != *list => client.ip.search_list.clone_from(list),
        Says::Registry(value) => put(&mut client.registry, value.clone()),
        Says::NoRegistryValue { path, name: Some(name) } => client.registry.retain(|value| !value.is(path, name)),
        Says::Licence(LicenceClaim::Description(text)) if text.contains("MAK") => client.key = KeyChannel::Mak,
        Says::Licence(LicenceClaim::NoKey) => client.key = KeyChannel::None,
        Says::Licence(LicenceClaim::Registered(host)) => register(client, host),
        _ => {}
    }
}

/// The host that an earlier discovery found: an attempt that failed found none.
fn remember(client: &mut ClientMachine, says: &Says, answered: bool) {
    let Says::Licence(LicenceClaim::Discovered(host)) = says else { return };
    let Some((name, port)) = host.rsplit_once(':') else { return };
    let Ok(port) = port.parse() else { return };
    if !answered && client.discovered.is_none() {
        client.discovered = Some(DiscoveredHost { name: name.to_owned(), port });
    }
}

/// Registers the host that `slmgr /dlv` names, where no registry export says how.
fn register(client: &mut ClientMachine, host: &str) {
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if port.parse::<u16>().is_ok() && !name.contains(':') => (name, Some(port)),
        _ => (host, None),
    };
    let held = client.registry.iter().find(|value| value.name.eq_ignore_ascii_case(registry::HOST_NAME));
    if held.is_some_and(|value| value.data.to_string().eq_ignore_ascii_case(name)) {
        return;
    }
    let text = |value: &str, data: &str| RegistryValue {
        path: registry::SOFTWARE_PROTECTION.to_owned(),
        name: value.to_owned(),
        kind: ValueType::Sz,
        data: Data::Text(data.to_owned()),
    };
    put(&mut client.registry, text(registry::HOST_NAME, name));
    if let Some(port) = port.filter(|port| *port != "1688") {
        put(&mut client.registry, text(registry::HOST_PORT, port));
    }
}

/// Whether the attempt ended with a code that only a host's answer gives (success, or a count that is too low), and it was this one's.
fn was_answered(case: &Case, at: Stand) -> bool {
    let answered = case.claims.iter().any(|claim| match &claim.says {
        Says::Attempt(attempt) => matches!(attempt.code, Hresult(0) | Hresult::NOT_ENOUGH_COUNT),
        _ => false,
    });
    let logged =
        |(there, claim): (Stand, &Claim)| there == at && matches!(&claim.says, Says::Event(e) if e.id == 12_290);
    answered && (case.stands.hosts.len() < 2 || case.collected().any(logged))
}

fn fit_host(host: &mut KmsMachine, says: &Says, answered: bool) {
    match says {
        Says::Registry(value) => put(&mut host.registry, value.clone()),
        Says::NoRegistryValue { path, name: Some(name) } => host.registry.retain(|value| !value.is(path, name)),
        Says::Licence(LicenceClaim::ListeningPort(port)) if host.port() != *port => host.service.port = *port,
        Says::Licence(LicenceClaim::CurrentCount(count)) => fit_count(host, *count, answered),
        _ => {}
    }
}

fn put(list: &mut Vec<RegistryValue>, value: RegistryValue) {
    match list.iter_mut().find(|held| held.is(&value.path, &value.name)) {
        Some(held) => *held = value,
        None => list.push(value),
    }
}

fn fit_lookup(environment: &mut Environment, lookup: &Lookup, dns: Dns) {
    let Some(name) = &lookup.name else { return };
    let asked = lookup.server.or_else(|| {
        let ip = &environment.clients.first()?.ip;
        let rule = ip.nrpt.iter().find(|rule| name.is_within(&rule.namespace));
        let of_adapters = || ip.adapters_by_metric().iter().find_map(|adapter| adapter.dns.first().copied());
        rule.map_or_else(of_adapters, |rule| rule.dns.first().copied())
    });
    let server =
        environment.dns_servers.iter_mut().find(|server| asked.is_some_and(|at| server.addresses.contains(&at)));
    let Some(server) = server else { return };
    match (&lookup.result, dns) {
        (LookupResult::Records(records), _) => {
            for kind in kinds(records, name, lookup.kind) {
                let own: Vec<Record> = records
                    .iter()
                    .filter(|record| record.name == *name && record.record_type() == kind)
                    .cloned()
                    .collect();
                replace(server, name, kind, &own, dns);
            }
        }
        (LookupResult::NoSuchName | LookupResult::NoData, Dns::AsAnswered) => {
            let kind = lookup.kind.filter(|_| lookup.result == LookupResult::NoData);
            let which = RecordSelector { name: name.clone(), record_type: kind, data: None };
            server.service.zones.iter_mut().for_each(|zone| drop(zone.remove(&which)));
        }
        _ => {}
    }
}

/// The types of the records that stand at the name that was asked for.
fn kinds(records: &[Record], name: &DomainName, asked: Option<RecordType>) -> Vec<RecordType> {
    let mut kinds: Vec<RecordType> = Vec::new();
    for record in records.iter().filter(|record| record.name == *name) {
        let kind = record.record_type();
        if !kinds.contains(&kind) && asked.is_none_or(|asked| asked == kind || asked == RecordType::ANY) {
            kinds.push(kind);
        }
    }
    kinds
}

fn replace(server: &mut DnsMachine, name: &DomainName, kind: RecordType, records: &[Record], dns: Dns) {
    let zone = closest(server, name);
    if zone.is_none() && dns == Dns::AsAnswered {
        // The domain behind the labels of a service, or the domain of the host.
        let labels = if kind == RecordType::SRV { 2 } else { 1 };
        let origin = (0..labels).try_fold(name.clone(), |name, _| name.parent());
        origin.into_iter().for_each(|origin| server.service.zones.push(Zone::new(origin)));
    }
    let Some(zone) = closest(server, name) else { return };
    let which = RecordSelector { name: name.clone(), record_type: Some(kind), data: None };
    let held: Vec<Record> = zone.records().iter().filter(|record| which.picks(record)).cloned().collect();
    let same = held.len() == records.len() && records.iter().all(|new| held.iter().any(|old| old.data == new.data));
    if same || (dns == Dns::Corrected && held.len() != records.len()) {
        return;
    }
    let ttl = held.first().map_or(TTL, |record| record.ttl);
    let at = zone.remove(&which).first().map(|removed| removed.position);
    for (place, record) in records.iter().enumerate() {
        let record = Record { ttl: if record.ttl == 0 { ttl } else { record.ttl }, ..record.clone() };
        let position = at.map_or(zone.records().len(), |at| at + place);
        // The name lies in the zone: it was chosen so.
        zone.insert(position, record).ok();
    }
}

fn closest<'a>(server: &'a mut DnsMachine, name: &DomainName) -> Option<&'a mut Zone> {
    let around = server.service.zones.iter_mut().filter(|zone| name.is_within(zone.origin()));
    around.max_by_key(|zone| zone.origin().depth())
}

/// Zones as a DNS server exports them: whole ones, with a start of authority, replace what is there.
fn fit_zones(environment: &mut Environment, case: &Case) {
    let mut zones: Vec<Zone> = Vec::new();
    let records = case.claims.iter().filter_map(|claim| match &claim.says {
        Says::Record { zone: Some(zone), record } => Some((zone, record)),
        _ => None,
    });
    for (origin, record) in records {
        let known = zones.iter().position(|zone| zone.origin() == origin);
        let at = known.unwrap_or_else(|| {
            zones.push(Zone::new(origin.clone()));
            zones.len() - 1
        });
        let record = Record { ttl: if record.ttl == 0 { TTL } else { record.ttl }, ..record.clone() };
        if let Some(zone) = zones.get_mut(at)
            && zone.records().iter().all(|held| held.name != record.name || held.data != record.data)
        {
            zone.add(record).ok();
        }
    }
    for zone in zones {
        let whole = zone.records().iter().any(|record| record.record_type() == RecordType::SOA);
        let holds = |server: &&mut DnsMachine| server.service.zones.iter().any(|held| held.origin() == zone.origin());
        let at = environment.dns_servers.iter_mut().find(holds);
        match at {
            Some(server) => {
                let Some(held) = server.service.zones.iter_mut().find(|held| held.origin() == zone.origin()) else {
                    continue;
                };
                if whole {
                    if !alike(held, &zone) {
                        *held = zone;
                    }
                } else {
                    let missing: Vec<Record> =
                        zone.records().iter().filter(|new| !holds_record(held, new)).cloned().collect();
                    missing.into_iter().for_each(|record| drop(held.add(record)));
                }
            }
            None => environment
                .dns_servers
                .first_mut()
                .into_iter()
                .for_each(|server| server.service.zones.push(zone.clone())),
        }
    }
}

fn holds_record(zone: &Zone, record: &Record) -> bool {
    zone.records().iter().any(|held| held.name == record.name && held.data == record.data)
}

/// Whether two zones hold the same, but for order and times to live, which exports change.
fn alike(first: &Zone, second: &Zone) -> bool {
    first.records().len() == second.records().len() && first.records().iter().all(|record| holds_record(second, record))
}
