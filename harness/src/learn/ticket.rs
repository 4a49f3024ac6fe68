//! A ticket: a lesson with the scenario behind it, as it is set up for a learner, and with its look-alikes.
//!
//! A neighbour and decoys are put into the scenario here, into the healthy environment as well as into each step: they belong to the
//! network, not to the fault. It stands apart from a session because grading sets the same network up many times.

use std::net::IpAddr;

use notation::{Format, Id};

use super::lesson::Named;
use crate::environment::apply::apply;
use crate::environment::{ClientMachine, Environment};
use crate::scenario::load::load;
use crate::scenario::refusal::Refusal;
use crate::scenario::{Library, Scenario};

/// A ticket that can be opened.
#[derive(Clone, Debug)]
pub struct Ticket {
    /// The lesson.
    pub named: Named,
    /// The scenario, prepared.
    pub scenario: Scenario,
    /// The look-alikes, prepared in the same way.
    pub rivals: Vec<Scenario>,
    /// The seed of its network.
    pub seed: u64,
}

impl Ticket {
    /// Sets the scenarios of a lesson up.
    ///
    /// # Errors
    /// A scenario that is not in the library or is refused, decoys that do not fit.
    pub fn of(named: &Named, library: &Library, seed: u64) -> Result<Self, Refusal> {
        let lesson = &named.lesson;
        let scenario = prepared(named, load(library, &lesson.scenario.value)?, lesson.steps)?;
        let mut rivals = Vec::new();
        for rival in &lesson.rivals {
            let rival = prepared(named, load(library, &rival.value)?, Some(1))?;
            // Whatever chance decides must be decided alike: the seed of a run comes from the scenario's name.
            rivals.push(Scenario { name: scenario.name.clone(), ..rival });
        }
        Ok(Self { named: named.clone(), scenario, rivals, seed })
    }

    /// The client that the ticket is about.
    #[must_use]
    pub const fn client(&self) -> &Id {
        &self.named.lesson.client
    }

    /// The environment in which the learner sits down.
    #[must_use]
    pub fn start(&self) -> &Environment {
        self.scenario.steps.last().map_or(&self.scenario.healthy, |step| &step.environment)
    }
}

fn prepared(named: &Named, mut scenario: Scenario, steps: Option<usize>) -> Result<Scenario, Refusal> {
    let lesson = &named.lesson;
    if let Some(steps) = steps {
        scenario.steps.truncate(steps);
    }
    let neighbour = scenario.healthy.client(&lesson.client).filter(|_| lesson.neighbour).cloned();
    let neighbour = neighbour.map(|client| neighbour_of(&client, &scenario));
    let environments = scenario.steps.iter_mut().map(|step| (&mut step.environment, true));
    for (environment, broken) in [(&mut scenario.healthy, false)].into_iter().chain(environments) {
        for change in [&lesson.decoys].into_iter().chain(broken.then_some(&lesson.extra)) {
            if let Err(problems) = apply(environment, change) {
                let reasons: Vec<String> =
                    problems.in_order().iter().map(|problem| problem.reason.to_string()).collect();
                return Err(Refusal::whole(
                    &named.name,
                    reasons.join("; "),
                    "`decoys` and `extra` must fit the scenario",
                ));
            }
        }
        if let Some(neighbour) = &neighbour {
            environment.clients.push(neighbour.clone());
        }
    }
    Ok(scenario)
}

/// The same machine once more, under the next free number and address.
fn neighbour_of(client: &ClientMachine, scenario: &Scenario) -> ClientMachine {
    let environments = || scenario.steps.iter().map(|step| &step.environment).chain([&scenario.healthy]);
    let taken = |address: IpAddr| {
        environments().any(|environment| {
            let clients = environment.clients.iter().flat_map(|client| &client.ip.adapters);
            environment.owner(address).is_some() || clients.into_iter().any(|adapter| adapter.address == address)
        })
    };
    let mut neighbour = client.clone();
    let number = client.id.as_str().trim_start_matches(|letter: char| !letter.is_ascii_digit());
    let stem = client.id.as_str().trim_end_matches(number);
    let next = number.parse::<u32>().map_or(2, |number| number.saturating_add(1));
    if let Ok(id) = Id::new(&format!("{stem}{next}")) {
        neighbour.name = id.as_str().to_ascii_uppercase();
        neighbour.id = id;
    }
    for adapter in &mut neighbour.ip.adapters {
        while taken(adapter.address) {
            adapter.address = following(adapter.address);
        }
    }
    neighbour.cmid = None;
    neighbour
}

fn following(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(address) => IpAddr::V4(u32::from(address).wrapping_add(1).into()),
        IpAddr::V6(address) => IpAddr::V6(u128::from(address).wrapping_add(1).into()),
    }
}

/// A machine's id from a constant or a typed word.
#[must_use]
pub fn id(word: &str) -> Option<Id> {
    let mut problems = notation::Problems::default();
    Id::read(&notation::Tree::text(word.to_ascii_lowercase()), &mut problems).filter(|_| problems.is_empty())
}
