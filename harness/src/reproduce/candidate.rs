//! Environments that could be the customer's: every known one under the customer's names, with the facts put in.
//!
//! Nothing is guessed here and nothing is ruled out: which of them would have shown what was sent is decided by replaying them.

use double::Moment;
use evidence::Change;
use notation::{Format, Placed, Problems, Tree};

use super::case::Case;
use super::cast::{Cast, Renaming};
use super::difference::difference;
use super::fit::{Dns, fit};
use crate::bench::Bench;
use crate::environment::Environment;
use crate::environment::check::check;
use crate::scenario::format::Source;
use crate::scenario::load::{load, load_base};
use crate::scenario::{Action, Expect, Library, Run, Scenario, Step};

/// An environment that could be the customer's.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// The known scenario whose fault is assumed.
    pub known: String,
    /// Its title.
    pub title: String,
    /// Its base environment.
    pub base: String,
    /// The base environment itself.
    pub healthy: Environment,
    /// How many operations the known scenario is away from its base: what has to be assumed.
    pub assumed: usize,
    /// Whether its zones were made to hold what DNS answered, whatever the known scenario has there.
    pub as_answered: bool,
    /// The environment under the customer's names, with the facts.
    pub environment: Environment,
}

/// An environment that is known, from a scenario or as a base.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    /// Its name; that of a base begins with `base/`.
    pub name: String,
    /// Its title.
    pub title: String,
    /// Its base environment's name.
    pub base: String,
    /// Its base environment.
    pub healthy: Environment,
    /// How many operations it is away from its base.
    pub assumed: usize,
    /// The environment.
    pub environment: Environment,
}

/// What a library knows: its bases, and its scenarios as they stand at their end. What cannot be set up is left out.
#[must_use]
pub fn known(library: &Library) -> Vec<Known> {
    let bases = library.base_names().filter_map(|base| {
        let environment = load_base(library, base).ok()?;
        Some(Known {
            name: format!("base/{base}"),
            title: "nothing but what the facts say".to_owned(),
            base: base.to_owned(),
            healthy: environment.clone(),
            assumed: 0,
            environment,
        })
    });
    let scenarios = library.scenario_names().filter_map(|name| {
        let scenario = load(library, name).ok()?;
        let environment = at_end(&scenario)?;
        let Scenario { name, title, base, healthy, .. } = scenario;
        let assumed = difference(&healthy, &environment)?.0.len();
        Some(Known { name, title, base, healthy, assumed, environment })
    });
    bases.chain(scenarios).collect()
}

/// The environment after the last step, with what was typed on its clients.
fn at_end(scenario: &Scenario) -> Option<Environment> {
    let types = scenario.steps.iter().flat_map(|step| &step.run).any(|run| run.action != Action::Activate);
    if types {
        return Bench::of(scenario, 1).ok().map(|bench| bench.environment().clone());
    }
    scenario.steps.last().map(|step| step.environment.clone())
}

/// Every candidate, those with the fewest assumptions first. Two known environments may describe the same once the facts are put in.
#[must_use]
pub fn candidates(known: &[Known], case: &Case) -> Vec<Candidate> {
    let sent = Cast::of_case(case);
    let mut found: Vec<Candidate> = Vec::new();
    for known in known {
        let renaming = Renaming::between(&Cast::of_environment(&known.environment), &sent);
        let Some(renamed) = renaming.apply(&known.environment) else { continue };
        let mut first: Option<Environment> = None;
        for dns in [Dns::Corrected, Dns::AsAnswered] {
            let mut fitted = renamed.clone();
            fit(&mut fitted, case, dns);
            if first.as_ref() != Some(&fitted) && check(&fitted).is_empty() {
                first.get_or_insert_with(|| fitted.clone());
                found.push(Candidate {
                    known: known.name.clone(),
                    title: known.title.clone(),
                    base: known.base.clone(),
                    healthy: known.healthy.clone(),
                    assumed: known.assumed,
                    as_answered: dns == Dns::AsAnswered,
                    environment: fitted,
                });
            }
        }
    }
    found.sort_by(|first, second| (first.assumed, &first.known).cmp(&(second.assumed, &second.known)));
    found
}

impl Candidate {
    /// The change that makes the base environment into this one.
    #[must_use]
    pub fn change(&self) -> Option<Change> {
        difference(&self.healthy, &self.environment)
    }

    /// A scenario in which the client of the case tries to activate once, with what must come out.
    #[must_use]
    pub fn scenario(&self, change: Change, expect: &Tree) -> Option<Scenario> {
        let expect = Expect::read(expect, &mut Problems::default())?;
        let client = self.environment.clients.first();
        let run = client.map(|client| Run { client: Placed::from(client.id.clone()), action: Action::Activate });
        let sources = vec![Source {
            reference: format!("rebuilt from what a customer sent, as in {}", self.known),
            confidence: evidence::outcome::Confidence::Inferred,
        }];
        Some(Scenario {
            name: "reproduced".to_owned(),
            title: self.title.clone(),
            ticket: "Rebuilt from evidence.".to_owned(),
            base: self.base.clone(),
            tags: vec!["reproduced".to_owned()],
            procedures: Vec::new(),
            sources,
            known_gap: None,
            healthy: self.healthy.clone(),
            steps: vec![Step {
                at: Moment::START,
                change,
                environment: self.environment.clone(),
                run: run.into_iter().collect(),
                expect,
            }],
        })
    }
}
