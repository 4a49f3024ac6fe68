//! Lets a diagnosis stand where the scenario allows, and tries each finding's remedy on a copy.
//!
//! An investigation takes time and is seen by servers, so it happens on a copy of the run; where the network cannot be had twice,
//! behind the last attempt of a scenario, or on a rehearsal of the scenario up to there. Remedies are always tried in simulation:
//! applied, run again, taken back, run again.

use double::MachineId;
use evidence::diagnosis::{Case, Evidence, Finding, Place, Remedy, Severity, diagnose, investigate};
use evidence::outcome::{Outcome, OutcomeWord};
use evidence::timeline::{Role, Timeline};
use notation::Id;

use super::{At, Diagnosis, Elsewhere, FixCheck, FixWord, Found, Play, identity};
use crate::client::ClientState;
use crate::diagnosis::{AtClient, AtDns, AtHost, machine_id};
use crate::environment::apply::apply;
use crate::environment::{ClientMachine, Environment};
use crate::network::stage::NetworkKind;
use crate::remedy::{Resolved, resolve};
use crate::scenario::{Scenario, Step};

/// Most findings of one attempt whose remedies are tried; an attempt has one or two.
const FIXES_MAX: usize = 8;

/// Where somebody stands besides the client.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Besides {
    Nowhere,
    Dns,
    Hosts,
}

impl Play {
    /// What a diagnosis finds after an attempt; none where none is wanted, or the scenario cannot be rehearsed.
    pub(super) fn diagnose(
        &mut self,
        scenario: &Scenario,
        at: At,
        step: &Step,
        machine: &ClientMachine,
        outcome: &Outcome,
        timeline: &Timeline,
    ) -> Option<Diagnosis> {
        if !self.diagnoses {
            return None;
        }
        let mut copy = self.copy();
        if copy.is_none() && !is_last(scenario, at) {
            copy = Some(Self::rehearsed(scenario, self.seed, &self.network, at)?);
        }
        let place = copy.as_mut().unwrap_or(self);
        let environment = &step.environment;
        let evidence = place.evidence(environment, machine, outcome, timeline, Besides::Nowhere);
        let expect = step.expect.for_client(machine.profile.word(), machine.id.as_str());
        let mut from = |besides: Besides| place.evidence(environment, machine, outcome, timeline, besides);
        let from_dns = (!expect.must_from.dns.is_empty()).then(|| from(Besides::Dns));
        let from_host = (!expect.must_from.host.is_empty()).then(|| from(Besides::Hosts));
        let prove = |(number, finding): (usize, Finding), besides: Besides| {
            let fix = if number < FIXES_MAX && is_worth_a_trial(&finding) {
                self.check_fix(scenario, at, step, machine, Suspect { finding: &finding, besides })
            } else {
                FixCheck::not_tried()
            };
            Found { finding, fix }
        };
        let own = diagnose(&evidence).into_iter().enumerate();
        let findings: Vec<Found> = own.map(|numbered| prove(numbered, Besides::Nowhere)).collect();
        // What the client shows too is proven already.
        let elsewhere = |evidence: Evidence, besides: Besides| {
            let known = |finding: &Finding| findings.iter().find(|found| found.finding.entry.id == finding.entry.id);
            let each = diagnose(&evidence).into_iter().enumerate().map(|(number, finding)| match known(&finding) {
                Some(known) => Found { fix: known.fix.clone(), finding },
                None => prove((number, finding), besides),
            });
            let findings = each.collect();
            Elsewhere { evidence, findings }
        };
        let from_dns = from_dns.map(|evidence| elsewhere(evidence, Besides::Dns));
        let from_host = from_host.map(|evidence| elsewhere(evidence, Besides::Hosts));
        Some(Diagnosis { findings, evidence, from_dns, from_host })
    }

    /// The run as it stands, for trying out what comes next; none where its network cannot be had twice.
    fn copy(&self) -> Option<Self> {
        Some(Self {
            seed: self.seed,
            network: self.network.clone(),
            stage: self.stage.copy()?,
            exact: self.exact,
            diagnoses: self.diagnoses,
            states: self.states.clone(),
            typed: self.typed.clone(),
            stood: self.stood.clone(),
            logs: self.logs.clone(),
            environment: self.environment.clone(),
            publishers: self.publishers.clone(),
        })
    }

    /// Investigates on the stage as it stands.
    fn evidence(
        &mut self,
        environment: &Environment,
        machine: &ClientMachine,
        outcome: &Outcome,
        timeline: &Timeline,
        besides: Besides,
    ) -> Evidence {
        let state = self.states.iter().find(|(id, _)| *id == machine.id).map(|(_, state)| state.clone());
        let state = state.unwrap_or_default();
        let identity = identity(machine, self.seed);
        let start = environment.start;
        let now = self.stage.seen_from(&machine.id).now();
        let at_client =
            AtClient { machine, identity: &identity, state: &state, start, now, events: &outcome.events, environment };
        let (client, logs) = (&machine.id, &self.logs);
        let dns = environment.dns_servers.iter().filter(|_| besides == Besides::Dns);
        let dns: Vec<_> = dns.map(|machine| (machine, self.stage.scavenged(&machine.id))).collect();
        let dns: Vec<_> = dns
            .iter()
            .map(|(machine, scavenged)| (machine_id(&machine.id), AtDns { machine, start, scavenged }))
            .collect();
        let hosts = environment.kms_hosts.iter().filter(|_| besides == Besides::Hosts);
        let hosts: Vec<_> = hosts
            .map(|machine| (machine_id(&machine.id), AtHost { machine, client, environment, logs, start }))
            .collect();
        let stage = &*self.stage;
        let dns_networks: Vec<_> = dns.iter().map(|(_, at)| stage.seen_from(&at.machine.id)).collect();
        let host_networks: Vec<_> = hosts.iter().map(|(_, at)| stage.seen_from(&at.machine.id)).collect();
        let at_dns = dns.iter().zip(&dns_networks).map(|((id, at), network)| Place {
            machine: id,
            role: Role::Dns,
            addresses: &at.machine.addresses,
            vantage: at,
            network: &**network,
        });
        let at_hosts = hosts.iter().zip(&host_networks).map(|((id, at), network)| Place {
            machine: id,
            role: Role::Host,
            addresses: &at.machine.addresses,
            vantage: at,
            network: &**network,
        });
        let others: Vec<Place<'_>> = at_dns.chain(at_hosts).collect();
        let network = stage.seen_from(&machine.id);
        let standing: Vec<MachineId> =
            [&identity.machine].into_iter().chain(others.iter().map(|place| place.machine)).cloned().collect();
        let addresses: Vec<_> = machine.ip.adapters.iter().map(|adapter| adapter.address).collect();
        let client = Place {
            machine: &identity.machine,
            role: Role::Client,
            addresses: &addresses,
            vantage: &at_client,
            network: &*network,
        };
        let journal = timeline.cut(&standing);
        let case = Case { client, others: &others, journal: &journal, outcome, seed: self.seed };
        investigate(&case)
    }

    /// Tries a finding's remedies, the best first, until one is proven; else tells of the first that applies.
    fn check_fix(
        &self,
        scenario: &Scenario,
        at: At,
        step: &Step,
        machine: &ClientMachine,
        suspect: Suspect<'_>,
    ) -> FixCheck {
        let mut unproven = FixCheck::not_tried();
        for number in 0..suspect.finding.remedies.len() {
            let trial = Trial { number, suspect };
            let fix = self.check_remedy(scenario, at, step, machine, trial);
            match fix.word {
                FixWord::Heals | FixWord::NextFault | FixWord::LeavesKms => return fix,
                FixWord::NoEffect if unproven.word != FixWord::NoEffect => unproven = fix,
                FixWord::NotPossible if unproven.word == FixWord::NotTried => unproven = fix,
                FixWord::NoEffect | FixWord::NotPossible | FixWord::NotTried => {}
            }
        }
        unproven
    }

    /// Applies a remedy to a copy, runs again, takes it back, runs again.
    fn check_remedy(
        &self,
        scenario: &Scenario,
        at: At,
        step: &Step,
        machine: &ClientMachine,
        trial: Trial<'_>,
    ) -> FixCheck {
        let Some(remedy) = trial.suspect.finding.remedies.get(trial.number) else { return FixCheck::not_tried() };
        let fresh = || self.copy().or_else(|| Self::rehearsed(scenario, self.seed, &NetworkKind::Simulated, at));
        let Some(mut play) = fresh() else {
            return FixCheck::not_possible("the scenario cannot be rehearsed".to_owned());
        };
        let mut environment = step.environment.clone();
        // What was typed is part of the machine now, so that a remedy can take it back.
        environment.clients.iter_mut().for_each(|client| *client = play.as_typed(client));
        play.forget_typed();
        match resolve(remedy, &environment, &machine.id) {
            Ok(resolved) => play.try_out(&environment, step, &machine.id, resolved, trial, &fresh),
            Err(why) => FixCheck::not_possible(why.to_string()),
        }
    }

    fn try_out(
        &mut self,
        environment: &Environment,
        step: &Step,
        client: &Id,
        resolved: Resolved,
        trial: Trial<'_>,
        fresh: &dyn Fn() -> Option<Self>,
    ) -> FixCheck {
        let state = self.states.iter().find(|(id, _)| id == client).map(|(_, state)| state.clone());
        let before = state.unwrap_or_default();
        let mut state = before.clone();
        if resolved.flushes_dns {
            state.cache.clear();
        }
        if resolved.forgets_host {
            state.discovered = None;
        }
        let mut changed = environment.clone();
        let known = |fix: FixCheck| FixCheck { remedy: Some(trial.number), filled: resolved.filled.clone(), ..fix };
        if apply(&mut changed, &resolved.change).is_err() {
            return known(FixCheck::not_possible("the environment refuses it".to_owned()));
        }
        let Some((with, timeline, found)) = self.try_in(&changed, step, client, &state, Some(trial.suspect.besides))
        else {
            return known(FixCheck::not_possible("the simulated network cannot show it".to_owned()));
        };
        if apply(&mut changed, &resolved.undo).is_err() || changed != *environment {
            return known(FixCheck::not_possible("it cannot be taken back".to_owned()));
        }
        let mut without = self.try_in(&changed, step, client, &before, None).map(|(outcome, ..)| outcome);
        let fails = |outcome: &Outcome| outcome.word != OutcomeWord::Activated;
        if without.as_ref().is_some_and(|outcome| !fails(outcome)) {
            // A KMS host remembers whom it counted during the trial; one that never saw it tells.
            let again = fresh().and_then(|mut play| play.try_in(&changed, step, client, &before, None));
            without = again.map(|(outcome, ..)| outcome);
        }
        let fails_without = without.as_ref().is_some_and(fails);
        let next = found.iter().find(|found| found.severity == Severity::Error).map(|found| found.entry.id);
        let cause = trial.suspect.finding;
        let gone = found.iter().all(|found| found.entry.id != cause.entry.id || found.says != cause.says);
        let activated = with.word == OutcomeWord::Activated;
        let word = if activated && fails_without {
            FixWord::Heals
        } else if with.word == OutcomeWord::LeftKms && trial.leaves() {
            FixWord::LeavesKms
        } else if !activated && gone && next.is_some() {
            FixWord::NextFault
        } else {
            FixWord::NoEffect
        };
        let next = next.filter(|_| word == FixWord::NextFault);
        known(FixCheck {
            word,
            change: resolved.change.clone(),
            with: Some((with, timeline)),
            without,
            next,
            ..FixCheck::not_tried()
        })
    }

    /// One attempt in an environment, and what a diagnosis finds behind it from somewhere, if it is asked for.
    fn try_in(
        &mut self,
        environment: &Environment,
        step: &Step,
        client: &Id,
        state: &ClientState,
        diagnosed: Option<Besides>,
    ) -> Option<(Outcome, Timeline, Vec<Finding>)> {
        self.enter(environment, step.at).ok()?;
        let machine = environment.client(client)?;
        self.states.retain(|(id, _)| id != client);
        self.states.push((client.clone(), state.clone()));
        let tried = self.attempt(environment, machine).ok()?;
        self.states.push((client.clone(), tried.attempt.state));
        let outcome = tried.attempt.outcome;
        let found = match diagnosed {
            Some(besides) if outcome.word != OutcomeWord::Activated => {
                diagnose(&self.evidence(environment, machine, &outcome, &tried.timeline, besides))
            }
            Some(_) | None => Vec::new(),
        };
        // What the investigation did is no part of any attempt.
        self.stage.timeline().ok()?;
        Some((outcome, tried.timeline, found))
    }
}

/// A finding, and where one had to stand to make it.
#[derive(Clone, Copy)]
struct Suspect<'a> {
    finding: &'a Finding,
    besides: Besides,
}

/// The remedy that is tried.
#[derive(Clone, Copy)]
struct Trial<'a> {
    number: usize,
    suspect: Suspect<'a>,
}

impl Trial<'_> {
    fn leaves(&self) -> bool {
        self.suspect.finding.remedies.get(self.number).is_some_and(Remedy::leaves_kms)
    }
}

/// What is no error keeps nobody from activation, so there is nothing to heal; leaving KMS shows all the same.
fn is_worth_a_trial(finding: &Finding) -> bool {
    finding.severity == Severity::Error || finding.remedies.iter().any(Remedy::leaves_kms)
}

impl FixCheck {
    pub(crate) fn not_tried() -> Self {
        Self {
            word: FixWord::NotTried,
            remedy: None,
            filled: Vec::new(),
            change: evidence::Change::default(),
            with: None,
            without: None,
            next: None,
            reason: None,
        }
    }

    fn not_possible(reason: String) -> Self {
        Self { word: FixWord::NotPossible, reason: Some(reason), ..Self::not_tried() }
    }
}

/// Whether nothing comes after this attempt that an investigation could disturb.
fn is_last(scenario: &Scenario, at: At) -> bool {
    let Some(step) = scenario.steps.last() else { return true };
    let last = step.run.iter().rposition(|run| run.action.tries());
    at.step == scenario.steps.len() && last.is_none_or(|last| at.run >= last)
}
