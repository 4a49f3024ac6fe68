//! Rules about the KMS host's answers: what it refuses, whom it counts, and the one that says that nothing is wrong.

use std::net::SocketAddr;

use mock_dns::record::RecordData;
use mock_kms::wire::Hresult;

use super::{Finding, Rule};
use crate::diagnosis::fact::{Fact, Observation};
use crate::diagnosis::reading::{Cited, End, Reach, Reading};
use crate::diagnosis::remedy::{Act, Remedy};
use crate::diagnosis::step;
use crate::outcome::OutcomeWord;
use crate::vantage::KmsRequest;

pub(super) const RULES: &[Rule] = &[refusals, counts, cloned, nothing_wrong];

/// Clocks that differ by less than this are taken as one: what a domain keeps its members to (Kerberos, five minutes).
const SAME_CLOCK_S: u64 = 5 * 60;

/// A response that refuses: which finding it is.
fn refusals(reading: &Reading<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for talk in reading.talks() {
        let Some((number, End::Refused(hresult))) = talk.end() else { continue };
        let at = talk.at;
        let logged = reading.logged().filter(|event| event.fact.code.any.iter().any(|code| code.0 == hresult.0));
        let mut numbers: Vec<u32> = [number].into_iter().chain(logged.map(|event| event.number)).collect();
        let (id, says, acts) = match hresult {
            Hresult::NOT_ACTIVATED => (
                "kms-host-not-activated",
                format!("the KMS host {at} is not activated"),
                vec![vec![Act::ActivateHost(at)]],
            ),
            Hresult::NOT_ENABLED => (
                "kms-host-not-enabled",
                format!("the KMS part of the service on {at} is not enabled"),
                vec![vec![Act::ActivateHost(at)]],
            ),
            Hresult::ID_MISMATCH => {
                let licensing = reading.licensing;
                numbers.extend(licensing.map(|licensing| licensing.number));
                let product = licensing.map_or("the product", |licensing| licensing.fact.product.word());
                let says = format!("the host key on {at} does not cover {product}");
                ("kms-product-not-covered", says, vec![vec![Act::CoverProduct(at)]])
            }
            Hresult::INVALID_TIMESTAMP => {
                let Clocks { says, cited, acts } = clocks(reading, at);
                numbers.extend(cited);
                ("clock-skew", says, acts)
            }
            Hresult::INVALID_DATA => (
                "kms-host-refused-request",
                format!(
                    "{at} cannot read the request: it knows no such version, or the request was changed on the way"
                ),
                vec![vec![Act::UpdateHost(at)]],
            ),
            other => ("kms-host-refused-request", format!("{at} refuses the request with {other}"), Vec::new()),
        };
        let Some(mut finding) = Finding::new(id, numbers, says) else { continue };
        finding.remedies = acts.into_iter().map(Remedy::repair).collect();
        let id = finding.entry.id;
        findings.push(finding.repair(vec![Act::RepairService { at, finding: id }]));
    }
    findings
}

/// What is known of the clocks.
struct Clocks {
    says: String,
    cited: Vec<u32>,
    /// Ways to mend it, the likeliest first.
    acts: Vec<Vec<Act>>,
}

/// How far one clock is ahead of another, in seconds; both are read at some moment of the run.
fn ahead(one: &Observation, other: &Observation) -> Option<i128> {
    let (Fact::Clock(first), Fact::Clock(second)) = (&one.fact, &other.fact) else { return None };
    let since = |observation: &Observation, now: u64| {
        i128::from(now) / 10_000_000 - i128::from(observation.at.since(double::Moment::START).as_secs())
    };
    Some(since(one, first.0) - since(other, second.0))
}

fn clocks(reading: &Reading<'_>, at: SocketAddr) -> Clocks {
    let clock = |step: &step::Step| {
        let mut all = reading.evidence.observations.iter();
        all.find(|observation| *observation.step == *step && matches!(observation.fact, Fact::Clock(_)))
    };
    let both = vec![vec![Act::SyncClientClock], vec![Act::SyncHostClock(at)]];
    let Some(client) = clock(&step::CLOCK) else {
        let says = format!("the clocks of the client and of {at} are more than four hours apart");
        return Clocks { says, cited: Vec::new(), acts: both };
    };
    if let Some(host) = clock(&step::HOST_CLOCK)
        && let Some(by) = ahead(client, host)
    {
        let direction = if by > 0 { "ahead of" } else { "behind" };
        let minutes = by.unsigned_abs() / 60;
        let says = format!(
            "the client's clock is {minutes} minutes {direction} that of {at}; a time source tells which is wrong"
        );
        return Clocks { says, cited: vec![client.number, host.number], acts: both };
    }
    if let Some(dns) = clock(&step::DNS_CLOCK)
        && let Some(by) = ahead(client, dns)
    {
        let own = by.unsigned_abs() > u128::from(SAME_CLOCK_S);
        let (says, first) = if own {
            (
                format!("the client's clock is wrong: the DNS server's says otherwise, and {at} refuses it"),
                Act::SyncClientClock,
            )
        } else {
            (format!("the clock of {at} is wrong: the client's agrees with the DNS server's"), Act::SyncHostClock(at))
        };
        let mut acts = both;
        acts.sort_by_key(|acts| !acts.contains(&first));
        return Clocks { says, cited: vec![client.number, dns.number], acts };
    }
    let says = format!(
        "the clocks of the client and of {at} are more than four hours apart; a third clock tells which is wrong"
    );
    Clocks { says, cited: vec![client.number], acts: both }
}

/// A count below what the client requires; and, where the counts of several hosts are known, that they share the clients.
fn counts(reading: &Reading<'_>) -> Vec<Finding> {
    let Some(licensing) = reading.licensing.filter(|_| *reading.word() == OutcomeWord::CountTooLow) else {
        return Vec::new();
    };
    let required = licensing.fact.product.required_clients();
    let mut findings = Vec::new();
    for talk in reading.talks() {
        let Some((number, End::Granted(count))) = talk.end() else { continue };
        if count >= required {
            continue;
        }
        let at = talk.at;
        let others: Vec<Cited<SocketAddr>> = reading
            .discovered()
            .into_iter()
            .filter(|other| other.fact != at && matches!(reading.reach(other.fact).0, Reach::Serves))
            .collect();
        let beside = match others.as_slice() {
            [] => String::new(),
            [other] => format!("; {} is published too, and counts only who asks it", other.fact),
            more => format!("; {} more KMS hosts are published, and each counts only who asks it", more.len()),
        };
        let logged = reading.logged().map(|event| event.number);
        let numbers =
            [number, licensing.number].into_iter().chain(logged).chain(others.iter().map(|other| other.number));
        let says = format!("{at} has counted {count} clients, and {required} are required{beside}");
        let raise = Act::RaiseCount { host: at, to: required };
        if let Some(finding) = Finding::new("kms-count-too-low", numbers, says) {
            let id = finding.entry.id;
            // Which of several hosts the client asks next is drawn: each has to count enough, or be the only one.
            let each = others.iter().map(|other| Act::RaiseCount { host: other.fact, to: required });
            let raise: Vec<Act> = [raise].into_iter().chain(each).collect();
            let repaired = finding.repair(raise).repair(vec![Act::RepairService { at, finding: id }]);
            // G1: who will never have that many machines needs no KMS host.
            findings.push(repaired.workaround(vec![Act::InstallMak]));
        }
        findings.extend(split(reading, at, required, &others));
    }
    findings
}

/// Enough clients, counted by too many hosts: seen only where somebody stands at the hosts.
fn split(reading: &Reading<'_>, at: SocketAddr, required: u32, others: &[Cited<SocketAddr>]) -> Option<Finding> {
    let services: Vec<_> = reading.services().collect();
    let sum: u32 = services.iter().map(|service| service.fact.current_count).fold(0, u32::saturating_add);
    if others.is_empty() || services.len() < 2 || sum < required {
        return None;
    }
    let counts: Vec<String> = services.iter().map(|service| service.fact.current_count.to_string()).collect();
    let says = format!(
        "{} KMS hosts have counted {}: together enough, and none for itself",
        counts.len(),
        counts.join(" and ")
    );
    let numbers = services.iter().map(|service| service.number).chain(others.iter().map(|other| other.number));
    let mut acts: Vec<Act> = Vec::new();
    for published in reading.published().into_iter().filter(|published| published.is_own) {
        let leads_here = reading.told_addresses(&published.srv.target).iter().any(|told| told.fact == at.ip());
        let act = Act::RemoveRecord { owner: published.owner.clone(), data: RecordData::Srv(published.srv.clone()) };
        if !leads_here && !acts.contains(&act) {
            acts.push(act);
        }
    }
    acts.push(Act::RaiseCount { host: at, to: required });
    Some(Finding::new("kms-count-split", numbers, says)?.repair(acts))
}

/// Machines of several names that tell the same client machine id, as the KMS host's log shows them.
fn cloned(reading: &Reading<'_>) -> Vec<Finding> {
    let requests: Vec<Cited<&KmsRequest>> = reading.requests().collect();
    let Some(licensing) = reading.licensing else { return Vec::new() };
    let mut names: Vec<&str> = Vec::new();
    let mut numbers = vec![licensing.number];
    for request in requests.iter().filter(|request| request.fact.cmid == licensing.fact.cmid) {
        numbers.push(request.number);
        if !names.iter().any(|name| name.eq_ignore_ascii_case(&request.fact.name)) {
            names.push(&request.fact.name);
        }
    }
    if names.len() < 2 {
        return Vec::new();
    }
    let shown: Vec<String> = names.iter().map(|name| double::escape::Untrusted(name).to_string()).collect();
    let says = format!("{} tell the same client machine id and are counted once", shown.join(" and "));
    let finding = Finding::new("kms-cmid-cloned", numbers, says);
    finding.map(|finding| finding.repair(vec![Act::NewClientMachineId])).into_iter().collect()
}

fn nothing_wrong(reading: &Reading<'_>) -> Vec<Finding> {
    let says = "the attempt succeeded";
    let number = reading.outcome.number;
    Finding::new("nothing-wrong", [number], says).filter(|_| reading.is_activated()).into_iter().collect()
}
