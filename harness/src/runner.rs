//! Runs scenarios: sets each step up on a stage, lets its clients act, has what came out judged.
//!
//! Reports see only what comes out of here as [`RunEvent`]s; the one thing that differs between two runs with one seed is how long they
//! really took.

mod diagnose;
pub mod filter;
pub mod parallel;
pub mod record;
mod wait;

use std::time::Duration;

use double::{MachineId, Moment, Seed};
use evidence::outcome::LoggedEvent;
use evidence::timeline::Timeline;
use evidence::vantage::IpConfiguration;
use notation::Id;

use crate::client::licence::{LicenceState, Term};
use crate::client::slmgr::{self, Edit};
use crate::client::state::{Discovered, Remembered, RememberedAnswer};
use crate::client::{Attempt, ClientProfile, ClientState, Identity, OutsideKms, ProductIds, Stand, activate};
use crate::diagnosis::host_log::HostLogs;
use crate::environment::Environment;
use crate::environment::licence::LicenceAtStart;
use crate::environment::machine::{ClientMachine, ClientVantage, KeyChannel};
use crate::network::stage::{CannotShow, NetworkKind, Stage, stage};
use crate::publisher::Publishers;
use crate::scenario::{Action, Scenario, Step};
use crate::verdict::{Took, judge};
pub use record::{Diagnosis, Elsewhere, FixCheck, FixWord, Found, Record, RunEvent, ScenarioRecord, Status, Summary};

/// Most days of publishing between two steps: what goes on for longer than a year has nothing new to tell.
const PUBLISHING_DAYS: usize = 366;

/// How long the end of a publication takes to reach everybody.
const PUBLISHED: Duration = Duration::from_millis(200);

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
    let seed = seed_of(scenario, settings.seed);
    Play::new(seed, &settings.network).all(scenario)
}

/// The same on a stage of somebody else's making, and without a diagnosis: it could not be rehearsed there.
#[must_use]
pub fn run_scenario_on(scenario: &Scenario, settings: &Settings, stage: Box<dyn Stage>) -> ScenarioRecord {
    let play = Play::on(seed_of(scenario, settings.seed), &settings.network, stage);
    Play { diagnoses: false, ..play }.all(scenario)
}

/// The seed of a scenario's run: another one for each scenario, so that none depends on what runs beside it.
pub(crate) fn seed_of(scenario: &Scenario, seed: u64) -> Seed {
    Seed::new(seed).child(&scenario.name)
}

/// A scenario that is being run.
pub(crate) struct Play {
    pub(crate) seed: Seed,
    network: NetworkKind,
    pub(crate) stage: Box<dyn Stage>,
    /// Whether the clock of the network moves only when somebody waits.
    exact: bool,
    /// Whether each attempt is followed by a diagnosis.
    diagnoses: bool,
    /// What each client remembers between attempts.
    states: Vec<(Id, ClientState)>,
    /// What was typed on each client so far; it stays, whatever the environment of a later step says.
    typed: Vec<(Id, Vec<Edit>)>,
    /// The network of each client at its last attempt: a change of it may be a reason to try again.
    stood: Vec<(Id, IpConfiguration)>,
    /// What the KMS hosts have logged and counted.
    pub(crate) logs: HostLogs,
    /// The environment of the last step, if its hosts publish.
    environment: Option<Environment>,
    /// What each host remembers of its publishing.
    publishers: Publishers,
}

/// A place in a scenario: step, counted from 1, and which of its runs, counted from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct At {
    step: usize,
    run: usize,
}

/// One attempt, and what was seen of it.
pub(crate) struct Tried {
    pub(crate) attempt: Attempt,
    took: Duration,
    pub(crate) timeline: Timeline,
    /// What the logs of the KMS hosts gained.
    host_events: Vec<(Id, LoggedEvent)>,
}

impl Play {
    pub(crate) fn new(seed: Seed, network: &NetworkKind) -> Self {
        Self::on(seed, network, stage(network, seed))
    }

    fn on(seed: Seed, network: &NetworkKind, stage: Box<dyn Stage>) -> Self {
        Self {
            seed,
            network: network.clone(),
            stage,
            exact: *network == NetworkKind::Simulated,
            diagnoses: true,
            states: Vec::new(),
            typed: Vec::new(),
            stood: Vec::new(),
            logs: HostLogs::default(),
            environment: None,
            publishers: Publishers::default(),
        }
    }

    fn all(mut self, scenario: &Scenario) -> ScenarioRecord {
        // Results are large, and most scenarios have one.
        let mut results = Vec::with_capacity(scenario.steps.len());
        for (number, step) in (1..).zip(&scenario.steps) {
            self.step(scenario, number, step, &mut results);
        }
        ScenarioRecord::new(scenario, self.network.word(), results)
    }

    fn step(&mut self, scenario: &Scenario, number: usize, step: &Step, results: &mut Vec<Record>) {
        if let Err(reason) = self.enter(&step.environment, step.at) {
            results.push(Record::skipped(number, &reason.0));
            return;
        }
        for (place, run) in step.run.iter().enumerate() {
            let Some(machine) = step.environment.client(&run.client.value) else { continue };
            if run.action.tries() {
                let machine = self.as_typed(machine);
                let at = At { step: number, run: place };
                results.push(self.activation(scenario, at, step, &machine, &run.action));
            } else {
                self.type_in(machine, &run.action);
            }
        }
    }

    /// An environment from a moment on: what servers remember stays, and hosts publish that have reason to.
    pub(crate) fn enter(&mut self, environment: &Environment, at: Moment) -> Result<(), CannotShow> {
        if let Some(before) = self.environment.take() {
            // However long a step lasts, its hosts publish every day of it.
            for _ in 0..PUBLISHING_DAYS {
                let Some(due) = self.publishers.due_before(&before, at) else { break };
                self.stage.enter(&before, due)?;
                self.publishers.publish(&*self.stage, &before, self.seed);
                if let Some(host) = before.kms_hosts.first() {
                    // A connection that the host has closed is closed at the server too before the next step begins.
                    let network = self.stage.seen_from(&host.id);
                    network.wait_until(network.now().plus(PUBLISHED));
                }
            }
        }
        self.stage.enter(environment, at)?;
        // Only hosts that publish do anything between two steps.
        let publishes = environment.kms_hosts.iter().any(|host| host.publishing.is_some());
        self.environment = publishes.then(|| environment.clone());
        self.logs.start(&*self.stage, environment);
        self.publishers.publish(&*self.stage, environment, self.seed);
        Ok(())
    }

    /// Something that a client does, and what came of it if it was an attempt.
    pub(crate) fn act(
        &mut self,
        environment: &Environment,
        machine: &ClientMachine,
        action: &Action,
    ) -> Result<Option<Tried>, CannotShow> {
        if !action.tries() {
            self.type_in(machine, action);
            return Ok(None);
        }
        self.try_to_activate(environment, &self.as_typed(machine), action).map(Some)
    }

    /// An attempt, or those of a wait; what the client remembers afterwards is kept.
    fn try_to_activate(
        &mut self,
        environment: &Environment,
        machine: &ClientMachine,
        action: &Action,
    ) -> Result<Tried, CannotShow> {
        if let Action::Wait(wait) = action {
            return self.wait(environment, machine, wait);
        }
        let tried = self.attempt(environment, machine)?;
        self.states.push((machine.id.clone(), tried.attempt.state.clone()));
        Ok(tried)
    }

    /// Everything up to and including one attempt, without judging any: as far as a scenario has come by then.
    fn rehearsed(scenario: &Scenario, seed: Seed, network: &NetworkKind, until: At) -> Option<Self> {
        let mut play = Self::new(seed, network);
        for (number, step) in (1..).zip(&scenario.steps).take(until.step) {
            play.enter(&step.environment, step.at).ok()?;
            for (place, run) in step.run.iter().enumerate() {
                if number == until.step && place > until.run {
                    break;
                }
                let machine = step.environment.client(&run.client.value)?;
                play.act(&step.environment, machine, &run.action).ok()?;
            }
        }
        Some(play)
    }

    /// Something typed on a client that is no attempt.
    fn type_in(&mut self, machine: &ClientMachine, action: &Action) {
        let root = ProductIds::from(&machine.product).registry_root(ClientProfile::of(&machine.profile));
        let (edits, forgets_host) = match action {
            Action::Activate | Action::Wait(_) => return,
            Action::Flushdns => return self.change_state(machine, |state| state.cache.clear()),
            Action::SkmsDomain(_) | Action::CkmsDomain if !takes_lookup_domain(machine) => return,
            Action::Skms(argument) => match slmgr::skms(root, argument) {
                Ok(edits) => (edits, machine.switches.skms_forgets_host),
                // A refused argument changes nothing, as the script does; what that leads to, the next attempt shows.
                Err(slmgr::NotAPort) => return,
            },
            Action::Ckms => (slmgr::ckms(root), machine.switches.ckms_forgets_host),
            Action::SkmsDomain(domain) => (slmgr::skms_domain(root, domain), false),
            Action::CkmsDomain => (slmgr::ckms_domain(root), false),
            Action::Skhc => (slmgr::host_caching(root, true), false),
            Action::Ckhc => (slmgr::host_caching(root, false), false),
        };
        self.typed.push((machine.id.clone(), edits));
        if forgets_host {
            self.change_state(machine, |state| state.discovered = None);
        }
    }

    /// A machine with all that was typed on it.
    pub(crate) fn as_typed(&self, machine: &ClientMachine) -> ClientMachine {
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

    /// One attempt to activate, from what the client remembers. What it remembers afterwards is for the caller to keep.
    fn attempt(&mut self, environment: &Environment, machine: &ClientMachine) -> Result<Tried, CannotShow> {
        let state = self.take_state(machine);
        self.stood.retain(|(id, _)| *id != machine.id);
        self.stood.push((machine.id.clone(), machine.ip.clone()));
        let identity = identity(machine, self.seed);
        let vantage = ClientVantage { machine, start: environment.start };
        let (attempt, took) = {
            let network = self.stage.seen_from(&machine.id);
            let recorder = self.stage.recorder();
            let stand = Stand::new(&identity, &vantage, &*network, recorder);
            let started = network.now();
            (activate(&stand, state), network.now().since(started))
        };
        let timeline = self.stage.timeline()?;
        let before = self.logs.len();
        self.logs.read(&*self.stage, environment, &timeline);
        let host_events = self.logs.since(before);
        Ok(Tried { attempt, took, timeline, host_events })
    }

    fn activation(
        &mut self,
        scenario: &Scenario,
        at: At,
        step: &Step,
        machine: &ClientMachine,
        action: &Action,
    ) -> Record {
        let tried = match self.try_to_activate(&step.environment, machine, action) {
            Ok(tried) => tried,
            Err(lost) => return Record::broken(at.step, machine.id.as_str(), machine.profile.word(), &lost.0),
        };
        let Tried { attempt, took, timeline, host_events } = tried;
        let expect = step.expect.for_client(machine.profile.word(), machine.id.as_str());
        let judged_took = if self.exact { Took::Exactly(took) } else { Took::Inexactly };
        let diagnosis = self.diagnose(scenario, at, step, machine, &attempt.outcome, &timeline);
        let found = diagnosis.as_ref().map(Diagnosis::in_short);
        let verdict = judge(&expect, &attempt.outcome, &host_events, &timeline, judged_took, found.as_ref());
        tracing::debug!(scenario = scenario.name, entries = timeline.entries.len(), misses = verdict.misses.len());
        Record {
            step: at.step,
            client: machine.id.to_string(),
            profile: machine.profile.word(),
            status: if verdict.misses.is_empty() { Status::Passed } else { Status::Failed },
            outcome: Some(attempt.outcome),
            diagnosis,
            misses: verdict.misses,
            not_judged: verdict.not_judged,
            reason: None,
            took,
            host_events,
            timeline,
        }
    }

    /// Forgets what was typed: it is part of the machines now.
    pub(crate) fn forget_typed(&mut self) {
        self.typed.clear();
    }

    /// What a client remembers, without taking it away.
    pub(crate) fn state(&self, machine: &ClientMachine) -> ClientState {
        let known = self.states.iter().find(|(id, _)| *id == machine.id);
        known.map_or_else(|| first_state(machine, self.seed), |(_, state)| state.clone())
    }

    /// What a client remembers: from its last attempt, or what the environment says of it.
    fn take_state(&mut self, machine: &ClientMachine) -> ClientState {
        let known = self.states.iter().position(|(id, _)| *id == machine.id);
        known.map_or_else(|| first_state(machine, self.seed), |at| self.states.swap_remove(at).1)
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

/// Whether the product's script takes a lookup domain there; else it says that it does not, and changes nothing.
fn takes_lookup_domain(machine: &ClientMachine) -> bool {
    !ProductIds::from(&machine.product).is_office() || ClientProfile::of(&machine.profile).office_lookup_domain
}

/// What the environment says that a client remembers before the first step.
fn first_state(machine: &ClientMachine, seed: Seed) -> ClientState {
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
        licence: first_licence(machine, &identity(machine, seed)),
    }
}

/// The licence that a client has before the first step: as the environment says, else that of a fresh machine.
fn first_licence(machine: &ClientMachine, identity: &Identity) -> LicenceState {
    let term = match &machine.licence {
        Some(LicenceAtStart { state, minutes_left, reason }) => {
            let lasts = minutes_left.map(|minutes| Duration::from_secs(u64::from(minutes) * 60));
            Term::given(state.clone(), lasts, *reason)
        }
        None if identity.outside_kms == Some(OutsideKms::NoKey) => Term::unlicensed(),
        None => Term::fresh(identity),
    };
    LicenceState::new(term, &machine.registry, identity)
}
