//! Rules about DNS servers and what they say to the client's question.

use std::net::{IpAddr, SocketAddr};

use mock_dns::record::RecordType;

use super::{Finding, Rule};
use crate::diagnosis::fact::Said;
use crate::diagnosis::investigation::{DNS_PORT, KMS_PORT, domain_of};
use crate::diagnosis::reading::Reading;
use crate::diagnosis::remedy::{Act, KMS_FQDN, Known};
use crate::diagnosis::step;
use crate::outcome::OutcomeWord;

pub(super) const RULES: &[Rule] = &[server_unreachable, srv_misspelt, srv_missing];

/// Servers that gave the client no usable reply.
fn server_unreachable(reading: &Reading<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut servers: Vec<IpAddr> = Vec::new();
    for lookup in &reading.lookups {
        for query in &lookup.queries {
            let answered =
                reading.lookups.iter().flat_map(|lookup| &lookup.replies).any(|reply| reply.fact.0 == query.fact);
            if !answered && !servers.contains(&query.fact) {
                servers.push(query.fact);
            }
        }
    }
    for server in servers {
        let own = reading.asked().filter(|asked| asked.fact.server == server);
        let silent: Vec<_> = own
            .filter(|asked| matches!(asked.fact.said, Said::Nothing(_) | Said::Unusable(_)))
            .map(|asked| asked.number)
            .collect();
        if silent.is_empty() {
            continue;
        }
        let pings: Vec<_> = reading.pings().filter(|ping| ping.fact.0 == server).collect();
        let alive = pings.iter().any(|ping| ping.fact.1 == Ok(server));
        let silent_lookups = reading.lookups.iter().filter(|lookup| lookup.no_reply.is_some());
        let numbers = silent_lookups
            .flat_map(|lookup| lookup.numbers())
            .chain(silent)
            .chain(pings.iter().map(|ping| ping.number));
        let says = if alive {
            format!("{server} answers a ping, and no query")
        } else {
            format!("{server} answers neither a ping nor a query")
        };
        let at = SocketAddr::new(server, DNS_PORT);
        let finding = Finding::new("dns-server-unreachable", numbers, says);
        findings.extend(finding.map(|finding| {
            finding.repair(vec![
                Act::OpenPath { to: at, tcp_only: false },
                Act::StartService(at),
                Act::RepairService { at, finding: "dns-server-unreachable" },
                Act::FlushDns,
            ])
        }));
    }
    findings
}

/// A neighbouring owner name that holds the record.
fn srv_misspelt(reading: &Reading<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for lookup in reading.discovery().filter(|lookup| lookup.is_denied()) {
        let Some(domain) = domain_of(lookup.name) else { continue };
        let neighbours = reading.asked().filter(|asked| *step_of(reading, asked.number) == step::NEIGHBOURS);
        for asked in neighbours {
            let misspelt = asked.fact.name.is_within(&domain) && domain_of(&asked.fact.name).as_ref() == Some(&domain);
            for record in asked.fact.said.records() {
                let mock_dns::record::RecordData::Srv(srv) = &record.data else { continue };
                if !misspelt || crate::diagnosis::investigation::is_service(&asked.fact.name) {
                    continue;
                }
                let says = format!("{} holds the record that is asked for under {}", asked.fact.name, lookup.name);
                let numbers = lookup.numbers().into_iter().chain([asked.number]);
                let acts = vec![
                    Act::RemoveRecord { owner: asked.fact.name.clone(), data: record.data.clone() },
                    Act::AddSrv { owner: lookup.name.clone(), target: Known::Is(srv.target.clone()), port: srv.port },
                    Act::FlushDns,
                ];
                findings
                    .extend(Finding::new("dns-srv-owner-misspelt", numbers, says).map(|finding| finding.repair(acts)));
            }
        }
    }
    findings
}

/// The zone is there, and holds no SRV record of a KMS host under any name that this machine knows.
fn srv_missing(reading: &Reading<'_>) -> Vec<Finding> {
    if *reading.word() != OutcomeWord::NoKmsHostFound || reading.registered().is_some() {
        return Vec::new();
    }
    let srv_seen = !reading.offers().is_empty();
    let denied: Vec<_> = reading.discovery().filter(|lookup| lookup.is_denied()).collect();
    let Some(first) = denied.first().filter(|_| !srv_seen) else { return Vec::new() };
    let zone_is_there = domain_of(first.name)
        .is_some_and(|domain| reading.said(&domain, RecordType::SOA).any(|said| !said.fact.1.records().is_empty()));
    if !zone_is_there {
        return Vec::new();
    }
    let own = reading.own_names().filter(|asked| asked.fact.said.denies()).map(|asked| asked.number);
    let numbers = denied.iter().flat_map(|lookup| lookup.numbers()).chain(own);
    let says = format!("{} has no SRV record, and no other name that the machine knows has one", first.name);
    let acts =
        vec![Act::AddSrv { owner: first.name.clone(), target: Known::Blank(KMS_FQDN), port: KMS_PORT }, Act::FlushDns];
    let register = vec![Act::RegisterHost { host: Known::Blank(KMS_FQDN), port: KMS_PORT }];
    let finding = Finding::new("dns-srv-missing", numbers, says);
    finding.map(|finding| finding.repair(acts).workaround(register)).into_iter().collect()
}

/// The step of an observation.
fn step_of(reading: &Reading<'_>, number: u32) -> &'static step::Step {
    reading.evidence.get(number).map_or(&step::LOOKUP, |observation| observation.step)
}
