//! The one next command: of all that could be asked, the one whose answer tells the remaining explanations apart best.
//!
//! It is computed, never listed: each question is put to each remaining environment, and what counts is how much of the doubt between
//! explanations the answer takes away (mutual information, in bits). Environments that explain it in the same way need no telling apart.

use std::collections::BTreeMap;

use evidence::Role;
use mock_dns::record::RecordType;

use super::case::Case;
use super::look::{Question, command};
use super::weigh::Weighed;
use crate::environment::Environment;

/// Less than this is no reason to ask anybody for anything: rounding.
const BITS_MIN: f64 = 0.001;

/// A command to ask for.
#[derive(Clone, Debug, PartialEq)]
pub struct Next {
    /// Where it is typed.
    pub at: Role,
    /// What is typed.
    pub command: String,
    /// How much doubt it takes away, in bits, of how much there is.
    pub bits: (f64, f64),
    /// Each answer with the explanations that would then remain.
    pub answers: Vec<(String, Vec<usize>)>,
}

/// The best question; none where nothing tells the explanations apart. `explanation` numbers each remaining environment.
#[must_use]
pub fn next(case: &Case, remaining: &[&Weighed], explanation: &[usize]) -> Option<Next> {
    let doubt = entropy(&counted(explanation.iter().copied()));
    let mut best: Option<Next> = None;
    for question in questions(case, remaining) {
        let mut by_answer: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (weighed, number) in remaining.iter().zip(explanation) {
            let shown = weighed.answer(case, question.stand(), &question);
            let shown = if shown.is_empty() { "not known".to_owned() } else { shown.join(" or ") };
            by_answer.entry(shown).or_default().push(*number);
        }
        let all = explanation.len().max(1);
        let left: f64 = by_answer
            .values()
            .map(|numbers| share(numbers.len(), all) * entropy(&counted(numbers.iter().copied())))
            .sum();
        let bits = doubt - left;
        if bits > BITS_MIN && best.as_ref().is_none_or(|best| bits > best.bits.0 + BITS_MIN) {
            let answers = by_answer.into_iter().map(|(answer, mut numbers)| {
                numbers.sort_unstable();
                numbers.dedup();
                (answer, numbers)
            });
            best = Some(Next {
                at: question.stand().role(),
                command: command(&question),
                bits: (bits, doubt),
                answers: answers.collect(),
            });
        }
    }
    best
}

fn counted(numbers: impl Iterator<Item = usize>) -> Vec<usize> {
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    numbers.for_each(|number| *counts.entry(number).or_default() += 1);
    counts.into_values().collect()
}

/// The doubt between explanations, in bits: each counts alike, however many environments stand for it.
fn entropy(counts: &[usize]) -> f64 {
    let all: usize = counts.iter().sum();
    counts.iter().map(|count| share(*count, all)).map(|share| -share * share.log2()).sum()
}

fn share(part: usize, all: usize) -> f64 {
    let number = |count: usize| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
    number(part) / number(all.max(1))
}

/// Everything that could be asked, the cheapest first: at the client, at the KMS host, at the DNS server.
fn questions(case: &Case, remaining: &[&Weighed]) -> Vec<Question> {
    let mut all = vec![
        Question::Suffix,
        Question::SearchList,
        Question::Attempt,
        Question::Event(12288),
        Question::EventHost(12288),
    ];
    all.extend([Question::Registered, Question::Discovered, Question::LookupDomain, Question::Key]);
    for weighed in remaining {
        all.extend(of_environment(&weighed.candidate.environment));
    }
    all.extend([Question::Count, Question::HostPort, Question::HostRequests, Question::ZoneSrv]);
    let mut unasked: Vec<Question> = Vec::new();
    for question in all {
        // What was answered already fits every one of them.
        if case.says(question.stand(), &question).is_none() && !unasked.contains(&question) {
            unasked.push(question);
        }
    }
    unasked.sort_by_key(|question| match question.stand().role() {
        Role::Client => 0,
        Role::Host => 1,
        Role::Dns => 2,
    });
    unasked
}

fn of_environment(environment: &Environment) -> Vec<Question> {
    let Some(client) = environment.clients.first() else { return Vec::new() };
    let mut all = Vec::new();
    let servers: Vec<_> = client.ip.adapters.iter().flat_map(|adapter| adapter.dns.iter().copied()).collect();
    for adapter in &client.ip.adapters {
        all.extend([Question::Servers(adapter.address), Question::AdapterSuffix(adapter.address)]);
    }
    for suffix in client.ip.suffixes_tried() {
        let name = format!("_vlmcs._tcp.{suffix}").to_lowercase();
        all.extend(
            servers.iter().map(|server| Question::Lookup(Some(*server), name.clone(), RecordType::SRV.to_string())),
        );
    }
    let zones = environment.dns_servers.iter().flat_map(|server| &server.service.zones);
    for record in zones.flat_map(mock_dns::zone::Zone::records) {
        if let mock_dns::record::RecordData::Srv(srv) = &record.data
            && record.name.to_string().to_lowercase().contains("vlmcs")
        {
            all.push(Question::Lookup(None, srv.target.to_string().to_lowercase(), RecordType::A.to_string()));
            all.push(Question::Port(srv.target.to_string().to_lowercase(), srv.port));
        }
    }
    all.extend(servers.iter().map(|server| Question::Ping(server.to_string())));
    for host in &environment.kms_hosts {
        let port = host.port();
        all.extend(host.addresses.iter().map(|address| Question::Port(address.to_string(), port)));
        all.extend(host.addresses.iter().map(|address| Question::Ping(address.to_string())));
        all.extend([Question::OwnPort(port), Question::HostCapture(port)]);
    }
    all
}
