//! Time in which nobody types anything, and a client tries to activate by itself.
//!
//! Between two attempts the clock of the network jumps, as between two steps: hosts publish that have reason to, and no real time
//! passes. When the client tries is told by its licence ([`crate::client::licence`]).

use std::time::Duration;

use double::Moment;
use evidence::outcome::{Outcome, OutcomeWord};
use evidence::timeline::Timeline;

use super::{Play, Tried, identity};
use crate::client::Attempt;
use crate::environment::{ClientMachine, Environment};
use crate::network::stage::CannotShow;
use crate::scenario::Wait;

/// Most attempts of one wait: more than two weeks of trying every two hours, or the renewals of three years.
const ATTEMPTS_MAX: u32 = 200;

impl Play {
    /// Lets a client's timer run. What it remembers is kept; told is the last attempt, with the licence at the end.
    pub(super) fn wait(
        &mut self,
        environment: &Environment,
        machine: &ClientMachine,
        wait: &Wait,
    ) -> Result<Tried, CannotShow> {
        let end = self.now(machine).plus(wait.lasts.duration());
        let who = identity(machine, self.seed);
        let mut last = None;
        let mut attempts = 0;
        while let Some(due) = self.due(machine).filter(|due| *due <= end) {
            if attempts == ATTEMPTS_MAX {
                return Err(CannotShow(format!(
                    "the client tries more than {ATTEMPTS_MAX} times: wait less, or in steps"
                )));
            }
            self.enter(environment, due)?;
            let tried = self.attempt(environment, machine)?;
            self.states.push((machine.id.clone(), tried.attempt.state.clone()));
            attempts += 1;
            let licence = tried.attempt.outcome.licence.as_ref().map(|licence| &licence.word);
            let reached = wait.until.is_some() && wait.until.as_ref() == licence;
            last = Some(tried);
            if reached {
                break;
            }
        }
        let mut tried = match last {
            Some(tried) => tried,
            None => self.untried(machine)?,
        };
        let reached =
            tried.attempt.outcome.licence.as_ref().is_some_and(|found| wait.until.as_ref() == Some(&found.word));
        if !reached {
            self.enter(environment, end)?;
        }
        let now = self.now(machine);
        let outcome = &mut tried.attempt.outcome;
        outcome.attempts = attempts;
        outcome.licence = outcome.licence.take().map(|_| tried.attempt.state.licence.at(now, &who));
        Ok(tried)
    }

    fn now(&self, machine: &ClientMachine) -> Moment {
        self.stage.seen_from(&machine.id).now()
    }

    /// When the client's timer is due; never on a machine that does not ask for a KMS host.
    fn due(&self, machine: &ClientMachine) -> Option<Moment> {
        let asks = identity(machine, self.seed).outside_kms.is_none();
        let stood = self.stood.iter().find(|(id, _)| *id == machine.id);
        let changed = stood.is_some_and(|(_, ip)| *ip != machine.ip) && machine.switches.watches_network_after_failure;
        asks.then(|| self.state(machine).licence.due(self.now(machine), changed))
    }

    /// What a wait without an attempt tells: that nothing was sent, and the licence as it is.
    fn untried(&mut self, machine: &ClientMachine) -> Result<Tried, CannotShow> {
        let state = self.state(machine);
        let who = identity(machine, self.seed);
        let licence = who.outside_kms.is_none().then(|| state.licence.at(self.now(machine), &who));
        let outcome = Outcome { licence, attempts: 0, ..Outcome::of(OutcomeWord::NothingSent) };
        let machines = self.stage.timeline()?.machines;
        let timeline = Timeline { machines, entries: Vec::new() };
        Ok(Tried { attempt: Attempt { outcome, state }, took: Duration::ZERO, timeline, host_events: Vec::new() })
    }
}

#[cfg(test)]
mod tests {
    use crate::network::stage::NetworkKind;
    use crate::runner::{Settings, Status, run_scenario};
    use crate::scenario::catalogue::embedded;
    use crate::scenario::library::FileText;
    use crate::scenario::load::load_text;

    /// Attempts of a client that waits so many milliseconds, or why there is no result.
    #[track_caller]
    fn check(change: &str, milliseconds: u64, expected: Result<u32, &str>) {
        let text = format!(
            "title = \"A wait\"\nticket = \"-\"\nbase = \"domain-member\"\n\
             sources = [{{ ref = \"-\", confidence = \"inferred\" }}]\n[[step]]\nchange = [{change}]\n\
             run = [{{ client = \"pc7\", action = {{ wait = {{ for_ms = {milliseconds} }} }} }}]\n[step.expect]\n"
        );
        let file = FileText { path: "wait.toml".to_owned(), text: text.into() };
        let scenario = load_text(&embedded(), "wait", &file).unwrap_or_else(|refusal| panic!("{refusal}"));
        let record = run_scenario(&scenario, &Settings { network: NetworkKind::Simulated, seed: 1 });
        let result = &record.results[0];
        match expected {
            Ok(attempts) => assert_eq!(result.outcome.as_ref().map(|outcome| outcome.attempts), Some(attempts)),
            Err(reason) => {
                assert_eq!(result.status, Status::Failed);
                assert!(result.reason.as_ref().is_some_and(|found| found.contains(reason)), "{:?}", result.reason);
            }
        }
    }

    #[test]
    fn a_client_tries_when_its_timer_is_due_and_not_without_end() {
        const DAY: u64 = 24 * 60 * 60 * 1000;
        let no_count = r#"{ set.value = { at = "kms1", key = "service.current_count", to = 0 } }"#;
        check("", 0, Ok(1));
        check("", 7 * DAY + 60_000, Ok(2));
        check(no_count, DAY + 60_000, Ok(13));
        check(no_count, 17 * DAY, Err("the client tries more than 200 times"));
        check(r#"{ set.value = { at = "pc7", key = "key", to = "mak" } }"#, DAY, Ok(0));
    }
}
