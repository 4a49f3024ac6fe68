//! Runs scenarios: sets each step up on a stage, lets its clients act, has what came out judged.
//!
//! Reports see only what comes out of here as [`RunEvent`]s; the one thing that differs between two runs with one seed is how long they
//! really took.

pub mod filter;
pub mod parallel;
pub mod record;

use double::{MachineId, Moment, Seed};
use notation::Id;

use crate::client::slmgr::{self, Edit};
use crate::client::state::{Discovered, Remembered, RememberedAnswer};
use crate::client::{ClientProfile, ClientState, Identity, OutsideKms, ProductIds, Stand, activate};
use crate::environment::machine::{ClientMachine, ClientVantage, KeyChannel};
use crate::network::stage::{NetworkKind, Stage, stage};
use crate::publisher::Publishers;
use crate::scenario::{Action, Scenario, Step};
use crate::verdict::{Took, judge};
pub use record::{Record, RunEvent, ScenarioRecord, Status, Summary};

/// What a run needs to know besides the scenarios.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The network.
    pub network: NetworkKind,
    /// The seed of every random choice.
    pub seed: u64,
}

/// Runs one scenario from its first step to its last.
#[must_use]
pub fn run_scenario(scenario: &Scenario, settings: &Settings) -> ScenarioRecord {
    let span = tracing::info_span!("scenario", name = scenario.name);
    let _entered = span.enter();
    let seed = Seed::new(settings.seed).child(&scenario.name);
    let mut play = Play {
        seed,
        stage: stage(&settings.network, seed),
        exact: settings.network == NetworkKind::Simulated,
        states: Vec::new(),
        typed: Vec::new(),
        publishers: Publishers::default(),
    };
    let mut results = Vec::new();
    for (number, step) in (1..).zip(&scenario.steps) {
        play.step(scenario, number, step, &mut results);
    }
    ScenarioRecord::new(scenario, settings.network.word(), results)
}

/// A scenario that is being run.
struct Play {
    seed: Seed,
    stage: Box<dyn Stage>,
    /// Whether the clock of the network moves only when somebody waits.
    exact: bool,
    /// What each client remembers between attempts.
    states: Vec<(Id, ClientState)>,
    /// What was typed on each client so far; it stays, whatever the environment of a later step says.
    typed: Vec<(Id, Vec<Edit>)>,
    /// What each host remembers of its publishing.
    publishers: Publishers,
}

impl Play {
    fn step(&mut self, scenario: &Scenario, number: usize, step: &Step, results: &mut Vec<Record>) {
        if let Err(reason) = self.stage.enter(&step.environment, step.at) {
            results.push(Record::skipped(number, &reason.0));
            return;
        }
        self.publishers.publish(&*self.stage, &step.environment, self.seed);
        for run in &step.run {
            let Some(machine) = step.environment.client(&run.client.value) else { continue };
            let root = ProductIds::from(&machine.product).registry_root(ClientProfile::of(&machine.profile));
            match &run.action {
                Action::Activate => {
                    let machine = self.as_typed(machine);
                    results.push(self.activation(scenario, number, step, &machine));
                }
                // A refused argument changes nothing, as the script does; what that leads to, the next attempt shows.
                Action::Skms(argument) => self.keep(machine, slmgr::skms(root, argument).unwrap_or_default()),
                Action::Ckms => {
                    self.keep(machine, slmgr::ckms(root));
                    if machine.switches.ckms_forgets_host {
                        self.change_state(machine, |state| state.discovered = None);
                    }
                }
                Action::SkmsDomain(domain) => self.keep(machine, slmgr::skms_domain(root, domain)),
                Action::CkmsDomain => self.keep(machine, slmgr::ckms_domain(root)),
                Action::Skhc => self.keep(machine, slmgr::host_caching(root, true)),
                Action::Ckhc => self.keep(machine, slmgr::host_caching(root, false)),
                Action::Flushdns => self.change_state(machine, |state| state.cache.clear()),
            }
        }
    }

    fn keep(&mut self, machine: &ClientMachine, edits: Vec<Edit>) {
        self.typed.push((machine.id.clone(), edits));
    }

    /// A machine with all that was typed on it.
    fn as_typed(&self, machine: &ClientMachine) -> ClientMachine {
        let mut machine = machine.clone();
        for (_, edits) in self.typed.iter().filter(|(id, _)| *id == machine.id) {
            slmgr::apply(&mut machine.registry, edits);
        }
        machine
    }

    fn change_state(&mut self, machine: &ClientMachine, change: impl FnOnce(&mut ClientState)) {
        let mut state = self.take_state(machine);
        change(&mut state);
        self.states.push((machine.id.clone(), state));
    }

    fn activation(&mut self, scenario: &Scenario, number: usize, step: &Step, machine: &ClientMachine) -> Record {
        let state = self.take_state(machine);
        let identity = identity(machine, self.seed);
        let vantage = ClientVantage { machine, start: step.environment.start };
        let (attempt, started, ended) = {
            let network = self.stage.seen_from(&machine.id);
            let recorder = self.stage.recorder();
            let stand = Stand::new(&identity, &vantage, &*network, recorder);
            let started = network.now();
            (activate(&stand, state), started, network.now())
        };
        let timeline = match self.stage.timeline() {
            Ok(timeline) => timeline,
            Err(lost) => return Record::broken(number, machine.id.as_str(), machine.profile.word(), &lost.0),
        };
        self.states.push((machine.id.clone(), attempt.state));
        let expect = step.expect.for_client(machine.profile.word(), machine.id.as_str());
        let took = if self.exact { Took::Exactly(ended.since(started)) } else { Took::Inexactly };
        let verdict = judge(&expect, &attempt.outcome, &timeline, took);
        tracing::debug!(scenario = scenario.name, entries = timeline.entries.len(), misses = verdict.misses.len());
        Record {
            step: number,
            client: machine.id.to_string(),
            profile: machine.profile.word(),
            status: if verdict.misses.is_empty() { Status::Passed } else { Status::Failed },
            outcome: Some(attempt.outcome),
            misses: verdict.misses,
            not_judged: verdict.not_judged,
            reason: None,
            took: ended.since(started),
            timeline,
        }
    }

    /// What a client remembers: from its last attempt, or what the environment says of it.
    fn take_state(&mut self, machine: &ClientMachine) -> ClientState {
        let known = self.states.iter().position(|(id, _)| *id == machine.id);
        known.map_or_else(|| first_state(machine), |at| self.states.swap_remove(at).1)
    }
}

/// What a client is, as its machine describes it.
#[must_use]
pub fn identity(machine: &ClientMachine, seed: Seed) -> Identity {
    let seed = seed.child(machine.id.as_str());
    let outside_kms = match machine.key {
        _ if machine.adba => Some(OutsideKms::ActiveDirectory),
        KeyChannel::Gvlk => None,
        KeyChannel::Mak => Some(OutsideKms::MultipleActivationKey),
        KeyChannel::None => Some(OutsideKms::NoKey),
    };
    Identity {
        machine: MachineId::new(machine.id.as_str()),
        name: machine.name.clone(),
        profile: ClientProfile::of(&machine.profile),
        switches: machine.switches.clone(),
        product: (&machine.product).into(),
        outside_kms,
        cmid: machine.cmid.unwrap_or_else(|| mock_kms::wire::Guid(seed.child("cmid").bytes16())),
        seed,
    }
}

/// What the environment says that a client remembers before the first step.
fn first_state(machine: &ClientMachine) -> ClientState {
    let discovered = machine.discovered.as_ref();
    let cache = machine.resolver_cache.iter().map(|cached| {
        let parse = |line: &String| mock_dns::zone::text::parse_record(line, &mock_dns::name::DomainName::root()).ok();
        let records: Vec<_> = cached.records.iter().filter_map(parse).collect();
        let answer = if records.is_empty() { RememberedAnswer::NoSuchName } else { RememberedAnswer::Records(records) };
        let until = Moment::at(cached.until.duration());
        Remembered { name: cached.name.clone(), kind: cached.kind, answer, until }
    });
    ClientState {
        discovered: discovered.map(|host| Discovered { name: host.name.clone(), port: host.port }),
        cache: cache.collect(),
        choices: 0,
    }
}
