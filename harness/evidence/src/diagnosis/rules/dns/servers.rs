//! Rules about DNS servers that do not answer, or answer with a failure.

use std::net::{IpAddr, SocketAddr};

use mock_dns::rcode::Rcode;

use crate::diagnosis::fact::Said;
use crate::diagnosis::investigation::DNS_PORT;
use crate::diagnosis::reading::Reading;
use crate::diagnosis::remedy::{Act, DNS_SERVER, Known};
use crate::diagnosis::rules::Finding;
use crate::diagnosis::table::Severity;
use crate::outcome::OutcomeWord;

/// The servers that the client asked, each once.
fn asked_servers(reading: &Reading<'_>) -> Vec<IpAddr> {
    let mut servers: Vec<IpAddr> = Vec::new();
    for query in reading.lookups.iter().flat_map(|lookup| &lookup.queries) {
        if !servers.contains(&query.fact) {
            servers.push(query.fact);
        }
    }
    servers
}

/// Servers that gave the client no usable reply.
pub(super) fn unreachable(reading: &Reading<'_>) -> Vec<Finding> {
    let found = asked_servers(reading).into_iter().filter_map(|server| {
        let replies = reading.lookups.iter().flat_map(|lookup| &lookup.replies);
        if replies.into_iter().any(|reply| reply.fact.0 == server) {
            return None;
        }
        let own = reading.asked().filter(|asked| asked.fact.server == server);
        let silent: Vec<u32> = own
            .filter(|asked| matches!(asked.fact.said, Said::Nothing(_) | Said::Unusable(_)))
            .map(|asked| asked.number)
            .collect();
        if silent.is_empty() {
            return None;
        }
        let pings: Vec<_> = reading.echoes(server).collect();
        let alive = pings.iter().any(|ping| ping.fact == Ok(server));
        let unanswered = reading.lookups.iter().filter(|lookup| lookup.no_reply.is_some());
        let failed: Vec<u32> = unanswered.flat_map(|lookup| lookup.numbers()).collect();
        let another_answered = failed.is_empty();
        let numbers = failed.into_iter().chain(silent).chain(pings.iter().map(|ping| ping.number));
        let says = if alive {
            format!("{server} answers a ping, and no query")
        } else if pings.is_empty() {
            format!("{server} answers no query; whether the machine is there was not seen")
        } else {
            format!("{server} answers neither a ping nor a query")
        };
        let at = SocketAddr::new(server, DNS_PORT);
        if another_answered {
            let finding = Finding::new("dns-server-dead-first", numbers, format!("{says}; another server answers"))?;
            return Some(finding.repair(vec![Act::StopAskingServer(server), Act::FlushDns]));
        }
        Some(Finding::new("dns-server-unreachable", numbers, says)?.repair(vec![
            Act::OpenPath { to: at, tcp_only: false },
            Act::StartService(at),
            Act::RepairService { at, finding: "dns-server-unreachable" },
            Act::FlushDns,
        ]))
    });
    found.collect()
}

/// Servers that answered the client with a failure.
pub(super) fn failing(reading: &Reading<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    let mut told: Vec<(IpAddr, Rcode)> = Vec::new();
    let replies = reading.lookups.iter().flat_map(|lookup| lookup.replies.iter().map(move |reply| (lookup, reply)));
    for (lookup, reply) in replies {
        let (server, code) = (reply.fact.0, reply.fact.1.rcode);
        if code == Rcode::NOERROR || code == Rcode::NXDOMAIN || told.contains(&(server, code)) {
            continue;
        }
        told.push((server, code));
        let again: Vec<_> = reading.said(lookup.name, lookup.kind).filter(|said| said.fact.0 == server).collect();
        let persists = again.is_empty() || again.iter().any(|said| *said.fact.1 == Said::Code(code));
        let numbers = [reply.number].into_iter().chain(again.iter().map(|said| said.number));
        let says = format!("{server} answers {code} to {} {}", lookup.name, lookup.kind);
        let (id, mended) = if code == Rcode::REFUSED {
            ("dns-server-refused", vec![Act::AskServerFirst(Known::Blank(DNS_SERVER)), Act::FlushDns])
        } else {
            ("dns-server-failure", Vec::new())
        };
        let says = if persists { says } else { format!("{says}; asked again, it answers well: try once more") };
        let Some(mut finding) = Finding::new(id, numbers, says) else { continue };
        if !persists || *reading.word() != OutcomeWord::DnsFailed {
            finding.severity = Severity::Warning;
        }
        if !mended.is_empty() {
            finding = finding.repair(mended);
        }
        let at = SocketAddr::new(server, DNS_PORT);
        findings.push(finding.repair(vec![Act::RepairService { at, finding: id }, Act::FlushDns]));
    }
    findings
}

/// A reply that was cut, and could not be had whole over TCP.
pub(super) fn truncated(reading: &Reading<'_>) -> Vec<Finding> {
    if *reading.word() != OutcomeWord::DnsFailed {
        return Vec::new();
    }
    let cut = reading.lookups.iter().filter(|lookup| lookup.reply().is_some_and(|reply| reply.fact.1.truncated));
    let found = cut.filter_map(|lookup| {
        let reply = lookup.reply()?;
        let server = reply.fact.0;
        let again = reading.said(lookup.name, lookup.kind).filter(|said| said.fact.0 == server);
        let again: Vec<_> = again.filter(|said| matches!(said.fact.1, Said::Truncated(_))).collect();
        let says = format!("{server} cuts the answer for {}, and does not give the whole one over TCP", lookup.name);
        let numbers = [reply.number].into_iter().chain(again.iter().map(|said| said.number));
        let at = SocketAddr::new(server, DNS_PORT);
        Some(Finding::new("dns-truncated-tcp-closed", numbers, says)?.repair(vec![
            Act::OpenPath { to: at, tcp_only: true },
            Act::RepairService { at, finding: "dns-truncated-tcp-closed" },
            Act::FlushDns,
        ]))
    });
    found.take(1).collect()
}
