//! A bench: an environment on the simulated network at which somebody can sit down and type.
//!
//! `evidence` writes down what the tools there show, `learn` lets somebody type on. It stands apart from the runner because nothing is
//! judged here and the scenario's steps are over: time passes only when somebody acts. It reuses the runner's play, so that an attempt
//! made here is the attempt that `run` makes.

use std::net::IpAddr;
use std::time::Duration;

use double::{Entry, Moment};
use evidence::outcome::{LoggedEvent, Outcome};
use evidence::timeline::Timeline;
use evidence::{Change, Event, Role, Vantage};
use exhibit::desk::Desk;
use notation::{Id, Problems};

use crate::capture;
use crate::diagnosis::{AtClient, AtDns, AtHost};
use crate::environment::apply::apply;
use crate::environment::{ClientMachine, Environment};
use crate::journal::Attempt;
use crate::network::stage::{CannotShow, NetworkKind};
use crate::runner::{Play, identity, seed_of};
use crate::scenario::{Action, Scenario};

/// Why something cannot be done at a bench.
#[derive(Clone, Debug, thiserror::Error)]
pub enum BenchError {
    /// There is no machine with this id, or none that can do this.
    #[error("there is no {what} `{id}`")]
    NoSuchMachine {
        /// What was looked for: "machine", "client".
        what: &'static str,
        /// The id.
        id: Id,
    },
    /// The environment refuses a change.
    #[error("the environment refuses the change: {}", reason(.0))]
    Refused(Problems),
    /// The simulated network cannot show it.
    #[error(transparent)]
    CannotShow(#[from] CannotShow),
}

/// An environment at which somebody can sit down.
pub struct Bench {
    play: Play,
    environment: Environment,
    /// How the last attempt of each client ended.
    outcomes: Vec<(Id, Outcome)>,
    /// What happened in the last attempt of each client, oldest first.
    attempts: Vec<Kept>,
    /// What the log of each client holds, oldest first.
    logs: Vec<(Id, LoggedEvent)>,
    /// Everything that happened so far.
    timeline: Timeline,
}

/// An attempt, and who was there.
struct Kept {
    client: ClientMachine,
    environment: Environment,
    timeline: Timeline,
}

impl std::fmt::Debug for Bench {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bench").field("environment", &self.environment).finish_non_exhaustive()
    }
}

impl Bench {
    /// Plays a scenario to its end; the same seed gives what `run` gives.
    ///
    /// # Errors
    /// What the simulated network cannot show.
    pub fn of(scenario: &Scenario, seed: u64) -> Result<Self, BenchError> {
        Self::after_step(scenario, seed, scenario.steps.len())
    }

    /// Plays a scenario to the end of one of its steps, counted from 1; 0 is the healthy environment before the first.
    ///
    /// # Errors
    /// What the simulated network cannot show.
    pub fn after_step(scenario: &Scenario, seed: u64, step: usize) -> Result<Self, BenchError> {
        let play = Play::new(seed_of(scenario, seed), &NetworkKind::Simulated);
        let mut bench = Self {
            play,
            environment: scenario.healthy.clone(),
            outcomes: Vec::new(),
            attempts: Vec::new(),
            logs: Vec::new(),
            timeline: Timeline::default(),
        };
        if step == 0 {
            bench.play.enter(&scenario.healthy, Moment::START)?;
        }
        for step in scenario.steps.iter().take(step) {
            bench.environment = step.environment.clone();
            bench.play.enter(&bench.environment, step.at)?;
            for run in &step.run {
                bench.act(&run.client.value, &run.action)?;
            }
        }
        bench.settle()?;
        Ok(bench)
    }

    /// The environment as it stands, with everything that was typed on its machines.
    #[must_use]
    pub const fn environment(&self) -> &Environment {
        &self.environment
    }

    /// What the clock of the run shows.
    #[must_use]
    pub fn now(&self) -> Moment {
        let somebody = self.environment.machines().next().map(|(id, _)| id);
        somebody.map_or(Moment::START, |id| self.play.stage.seen_from(id).now())
    }

    /// How the last attempt of a client ended, if it made one.
    #[must_use]
    pub fn outcome(&self, client: &Id) -> Option<&Outcome> {
        self.outcomes.iter().rfind(|(id, _)| id == client).map(|(_, outcome)| outcome)
    }

    /// Everything that happened so far, at every machine.
    ///
    /// # Errors
    /// That entries were lost.
    pub fn timeline(&mut self) -> Result<&Timeline, BenchError> {
        self.settle()?;
        Ok(&self.timeline)
    }

    /// Sits down at a machine and does something there; what is asked of the network really is asked, and takes time.
    ///
    /// # Errors
    /// A machine that does not exist.
    pub fn at<R>(&self, machine: &Id, act: impl FnOnce(&Desk<'_>) -> R) -> Result<R, BenchError> {
        let environment = &self.environment;
        let start = environment.start;
        if let Some(client) = environment.client(machine) {
            let client = self.play.as_typed(client);
            let identity = identity(&client, self.play.seed);
            let state = self.play.state(&client);
            let events: Vec<_> =
                self.logs.iter().filter(|(id, _)| id == machine).map(|(_, event)| event.clone()).collect();
            let now = self.now();
            let vantage = AtClient {
                machine: &client,
                identity: &identity,
                state: &state,
                start,
                now,
                events: &events,
                environment,
            };
            let addresses: Vec<_> = client.ip.adapters.iter().map(|adapter| adapter.address).collect();
            return Ok(self.sit(machine, Role::Client, &client.name, &addresses, &vantage, act));
        }
        if let Some(server) = environment.dns_servers.iter().find(|server| server.id == *machine) {
            let mut server = server.clone();
            // What stands in its zones now, published records too.
            if let Some(zones) = self.play.stage.zones(machine) {
                server.service.zones = zones;
            }
            let scavenged = self.play.stage.scavenged(machine);
            let vantage = AtDns { machine: &server, start, scavenged: &scavenged };
            return Ok(self.sit(machine, Role::Dns, server.id.as_str(), &server.addresses, &vantage, act));
        }
        if let Some(host) = environment.kms_hosts.iter().find(|host| host.id == *machine) {
            let logs = &self.play.logs;
            // Rules are looked up for a client that knocks at this host.
            let client = environment.clients.first().map_or(machine, |client| &client.id);
            let vantage = AtHost { machine: host, client, environment, logs, start };
            return Ok(self.sit(machine, Role::Host, host.id.as_str(), &host.addresses, &vantage, act));
        }
        Err(BenchError::NoSuchMachine { what: "machine", id: machine.clone() })
    }

    fn sit<R>(
        &self,
        machine: &Id,
        role: Role,
        name: &str,
        addresses: &[IpAddr],
        vantage: &dyn Vantage,
        act: impl FnOnce(&Desk<'_>) -> R,
    ) -> R {
        let network = self.play.stage.seen_from(machine);
        let outcome = self.outcome(machine);
        let seed = self.play.seed.child(machine.as_str()).child("desk");
        let capture = || self.capture(machine, vantage);
        act(&Desk { role, name, addresses, vantage, network: &*network, outcome, capture: &capture, seed })
    }

    /// What was captured on a machine during the attempts that are kept.
    fn capture(&self, machine: &Id, vantage: &dyn Vantage) -> Option<Vec<u8>> {
        let kept = |kept: &&Kept| kept.client.id == *machine || self.environment.client(machine).is_none();
        let attempts: Vec<Attempt<'_>> = self.attempts.iter().filter(kept).map(Kept::as_attempt).collect();
        let clock = |at| vantage.clock(at).unwrap_or_else(|_| self.environment.start.at(at));
        (!attempts.is_empty()).then(|| capture::at_machine(machine, &attempts, &clock))
    }

    /// Lets a client try to activate.
    ///
    /// # Errors
    /// A machine that is no client; lost entries.
    pub fn activate(&mut self, client: &Id) -> Result<Outcome, BenchError> {
        self.act(client, &Action::Activate)?;
        self.outcome(client).cloned().ok_or_else(|| no_client(client))
    }

    /// Types something on a client: what it changes stays. [`Action::Activate`] is an attempt.
    ///
    /// # Errors
    /// A machine that is no client; lost entries.
    pub fn type_in(&mut self, client: &Id, action: &Action) -> Result<(), BenchError> {
        self.act(client, action)?;
        self.settle()
    }

    /// Changes the environment, and gives what undoes it. What was typed so far is part of the machines by then.
    ///
    /// # Errors
    /// Why the environment refuses it; then nothing has changed.
    pub fn apply(&mut self, change: &Change) -> Result<Change, BenchError> {
        let mut environment = self.environment.clone();
        let undo = apply(&mut environment, change).map_err(BenchError::Refused)?;
        self.environment = environment;
        self.enter(self.now())?;
        Ok(undo)
    }

    /// Lets time pass.
    ///
    /// # Errors
    /// Lost entries.
    pub fn wait(&mut self, time: Duration) -> Result<(), BenchError> {
        self.enter(self.now().plus(time))
    }

    fn enter(&mut self, at: Moment) -> Result<(), BenchError> {
        self.play.enter(&self.environment, at)?;
        self.settle()
    }

    fn act(&mut self, client: &Id, action: &Action) -> Result<(), BenchError> {
        let Some(machine) = self.environment.client(client) else { return Err(no_client(client)) };
        let machine = machine.clone();
        if let Some(tried) = self.play.act(&self.environment, &machine, action)? {
            let outcome = tried.attempt.outcome;
            self.logs.extend(outcome.events.iter().map(|event| (client.clone(), event.clone())));
            self.outcomes.retain(|(id, _)| id != client);
            self.outcomes.push((client.clone(), outcome));
            let client = self.play.as_typed(&machine);
            let mut environment = self.environment.clone();
            environment
                .clients
                .iter_mut()
                .filter(|known| known.id == client.id)
                .for_each(|known| *known = client.clone());
            self.attempts.retain(|kept| kept.client.id != client.id);
            self.attempts.push(Kept { client, environment, timeline: tried.timeline.clone() });
            self.keep(tried.timeline);
        }
        Ok(())
    }

    /// Puts what was typed into the machines, and what happened into the timeline.
    fn settle(&mut self) -> Result<(), BenchError> {
        let play = &self.play;
        self.environment.clients.iter_mut().for_each(|client: &mut ClientMachine| *client = play.as_typed(client));
        self.play.forget_typed();
        let more = self.play.stage.timeline()?;
        self.keep(more);
        Ok(())
    }

    fn keep(&mut self, more: Timeline) {
        self.timeline.machines = more.machines;
        let more: Vec<Entry<Event>> = more.entries;
        self.timeline.entries.extend(more);
    }
}

impl Kept {
    const fn as_attempt(&self) -> Attempt<'_> {
        let Self { client, environment, timeline } = self;
        Attempt {
            scenario: "",
            step: 0,
            client,
            environment,
            timeline,
            outcome: None,
            events: &[],
            took: Duration::ZERO,
        }
    }
}

fn reason(problems: &Problems) -> String {
    let reasons = problems.clone().in_order().into_iter().map(|problem| problem.reason.to_string());
    reasons.collect::<Vec<_>>().join("; ")
}

fn no_client(id: &Id) -> BenchError {
    BenchError::NoSuchMachine { what: "client", id: id.clone() }
}

#[cfg(test)]
mod tests {
    use evidence::outcome::OutcomeWord;

    use super::*;
    use crate::runner::{Settings, run_scenario};
    use crate::scenario::catalogue;
    use crate::scenario::load::load;

    fn scenario(name: &str) -> Scenario {
        load(&catalogue::embedded(), name).expect("it stands in the catalogue")
    }

    fn id(text: &str) -> Id {
        Id::new(text).expect("it is an id")
    }

    #[test]
    fn an_attempt_at_the_bench_is_the_attempt_of_a_run() {
        for name in ["dns/srv-owner-misspelt", "client/routing-test-left-behind", "kms/count-kept-by-renewals"] {
            let scenario = scenario(name);
            let record = run_scenario(&scenario, &Settings { network: NetworkKind::Simulated, seed: 1 });
            let bench = Bench::of(&scenario, 1).expect("it can be shown");
            let last = record.results.last().expect("there is a result");
            let found = bench.outcome(&id(&last.client));
            assert_eq!(found, last.outcome.as_ref(), "{name}");
        }
    }

    #[test]
    fn what_is_changed_and_typed_helps_or_does_not() {
        let scenario = scenario("dns/srv-owner-misspelt");
        let pc7 = id("pc7");
        let mut bench = Bench::of(&scenario, 1).expect("it can be shown");
        let healthy = Bench::after_step(&scenario, 1, 0).expect("it can be shown");
        assert_eq!(healthy.outcome(&pc7), None);
        bench.type_in(&pc7, &Action::Skms("kms1.contoso.com:1688".to_owned())).expect("it is a client");
        assert_eq!(bench.activate(&pc7).expect("it is a client").word, OutcomeWord::Activated);
        bench.type_in(&pc7, &Action::Ckms).expect("it is a client");
        let shown = bench.at(&pc7, |desk| desk.vantage.registry().map(<[_]>::len)).expect("it is there");
        assert_eq!(shown, Ok(0), "the registration is gone again");
        bench.wait(Duration::from_secs(3600)).expect("time passes");
        assert!(bench.now() >= Moment::at(Duration::from_secs(3600)));
        assert!(bench.timeline().expect("nothing is lost").entries.len() > 10);
        assert!(bench.activate(&id("kms1")).is_err(), "a KMS host is no client");
    }

    #[test]
    fn a_refused_argument_changes_nothing_whatever_the_switch_says() {
        let pc7 = id("pc7");
        let mut bench = Bench::of(&scenario("healthy/cached-after-activation"), 1).expect("it can be shown");
        bench.environment.clients.iter_mut().for_each(|client| client.switches.skms_forgets_host = true);
        let mut check = |argument: &str, remembered: bool| {
            bench.type_in(&pc7, &Action::Skms(argument.to_owned())).expect("it is a client");
            let found = bench.at(&pc7, |desk| desk.vantage.licensing().map(|told| told.discovered.is_some()));
            assert_eq!(found.expect("it is there"), Ok(remembered), "{argument}");
        };
        check("fd00::60:1688", true);
        check(":1700", false);
    }
}
