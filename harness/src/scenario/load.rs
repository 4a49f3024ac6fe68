//! Text to scenario: reads the file, resolves its base, applies its changes, and collects everything that is wrong.
//!
//! Pure: bases come from a [`Library`] that somebody filled.

use double::Moment;
use evidence::Role;
use evidence::pattern::Pattern;
use notation::{Format, Placed, Problem, Problems, Reason};

use super::expect::Expect;
use super::format::{Action, BaseFile, Run, ScenarioFile, StepFile, TITLE_MAX};
use super::library::{FileText, Library};
use super::refusal::Refusal;
use super::{Scenario, Step};
use crate::environment::Environment;
use crate::environment::apply::apply;
use crate::environment::check::check;
use crate::environment::machine::Profile;

/// Most bases between a scenario and a complete environment.
const DEPTH_MAX: usize = 8;

/// Loads a scenario of the library.
///
/// # Errors
/// Every file that is refused on the way, with all its problems.
pub fn load(library: &Library, name: &str) -> Result<Scenario, Refusal> {
    let Some(file) = library.scenario(name) else {
        let names: Vec<&str> = library.scenario_names().collect();
        let near = notation::problem::nearest(name, &names);
        let hint = near.map_or_else(|| "`kmslab list` shows them".to_owned(), |near| format!("did you mean `{near}`?"));
        return Err(Refusal::whole(name, format!("there is no scenario `{}`", name.escape_debug()), &hint));
    };
    load_text(library, name, file)
}

/// Loads a scenario from a text that need not be in the library; its bases come from there.
///
/// # Errors
/// As [`load`].
pub fn load_text(library: &Library, name: &str, file: &FileText) -> Result<Scenario, Refusal> {
    let mut problems = Problems::default();
    let tree = notation::parse::parse(&file.text, &mut problems);
    let read = ScenarioFile::read(&tree, &mut problems);
    let Some(read) = read.filter(|_| problems.is_empty()) else { return Err(Refusal::new(file, problems)) };
    check_words(&read, &mut problems);
    let base = match find_base(library, &read.base) {
        Ok(base) => resolve(library, base, &mut vec![read.base.value.clone()])?,
        Err(problem) => {
            problems.push(problem);
            return Err(Refusal::new(file, problems));
        }
    };
    let mut environment = base.clone();
    let mut steps: Vec<Step> = Vec::new();
    for step in &read.steps {
        let earlier = steps.last().map(|step| step.at);
        steps.push(load_step(step, earlier, &mut environment, &mut problems));
    }
    if !problems.is_empty() {
        return Err(Refusal::new(file, problems));
    }
    Ok(Scenario {
        name: name.to_owned(),
        title: read.title.value,
        ticket: read.ticket.value,
        base: read.base.value,
        tags: read.tags,
        procedures: read.procedures,
        sources: read.sources,
        known_gap: read.known_gap,
        healthy: base,
        steps,
    })
}

/// What a scenario must say that its types cannot tell.
fn check_words(read: &ScenarioFile, problems: &mut Problems) {
    let length = read.title.value.chars().count();
    if length == 0 || length > TITLE_MAX || read.title.value.contains('\n') {
        problems.push(
            Problem::refused(read.title.span, format!("a title is one line of 1 to {TITLE_MAX} characters"))
                .hint("say it as a support engineer would; the details belong into the ticket"),
        );
    }
    if read.ticket.value.trim().is_empty() {
        problems
            .push(Problem::refused(read.ticket.span, "a ticket is never empty").hint("what does the customer say?"));
    }
    if read.sources.is_empty() {
        problems.push(
            Problem::refused(read.title.span, "a scenario needs at least one source")
                .hint("sources = [{ ref = \"...\", confidence = \"inferred\" }] is honest when nothing is known"),
        );
    }
    if read.steps.is_empty() {
        problems.push(Problem::refused(read.title.span, "a scenario needs at least one step").hint("add [[step]]"));
    }
}

fn load_step(step: &StepFile, earlier: Option<Moment>, environment: &mut Environment, problems: &mut Problems) -> Step {
    let at = Moment::at(step.at.value.duration());
    if earlier.is_some_and(|earlier| at < earlier) {
        problems.push(Problem::refused(step.at.span, "a step cannot happen before the one above it"));
    }
    if let Err(wrong) = apply(environment, &step.change) {
        wrong.in_order().into_iter().for_each(|problem| problems.push(problem));
    } else {
        for message in check(environment) {
            problems.push(Problem::refused(step.at.span, message));
        }
    }
    let run = step.run.clone().unwrap_or_else(|| everybody(environment));
    for run in &run {
        if environment.client(&run.client.value).is_none() {
            let ids = environment.clients.iter().map(|client| client.id.as_str());
            let problem = Problem::refused(run.client.span, format!("there is no client `{}`", run.client.value));
            problems.push(problem.suggest(run.client.value.as_str(), ids));
        }
    }
    check_expect(&step.expect, environment, problems);
    Step { at, change: step.change.clone(), environment: environment.clone(), run, expect: step.expect.clone() }
}

/// Each client tries to activate once.
fn everybody(environment: &Environment) -> Vec<Run> {
    let run = |client: &crate::environment::ClientMachine| Run {
        client: Placed::from(client.id.clone()),
        action: Action::Activate,
    };
    environment.clients.iter().map(run).collect()
}

fn check_expect(expect: &Expect, environment: &Environment, problems: &mut Problems) {
    let clients: Vec<&str> = environment.clients.iter().map(|client| client.id.as_str()).collect();
    for (key, other) in &expect.when.0 {
        let profiles = Profile::WORDS.iter().map(|(word, _)| *word);
        let known: Vec<&str> = profiles.chain(clients.iter().copied()).collect();
        if !known.contains(&key.value.as_str()) {
            let reason = Reason::UnknownWord { word: key.value.clone(), list: "client profile or client" };
            problems.push(Problem::new(key.span, reason).suggest(&key.value, known));
        }
        let other = &other.0;
        if !other.when.0.is_empty() {
            problems.push(Problem::refused(key.span, "`when` cannot stand inside `when`"));
        }
        check_observers(&other.journal.must, environment, key.span, problems);
    }
    let place = notation::Span::default();
    check_observers(&expect.journal.must, environment, place, problems);
    check_observers(&expect.journal.must_not, environment, place, problems);
}

/// An observer that does not exist makes an expectation that can never hold (or never fail).
fn check_observers(patterns: &[Pattern], environment: &Environment, place: notation::Span, problems: &mut Problems) {
    let roles = [Role::Client, Role::Dns, Role::Host].map(Role::word);
    let ids = environment.machines().map(|(id, _)| id.as_str());
    let known: Vec<&str> = roles.into_iter().chain(ids).collect();
    for pattern in patterns {
        if let Some(observer) = pattern.observer()
            && !known.contains(&observer)
        {
            let problem = Problem::refused(place, format!("nobody here is called `{}`", observer.escape_debug()));
            problems.push(problem.suggest(observer, known.iter().copied()));
        }
    }
}

/// Finds the file that a `base` key names.
fn find_base<'a>(library: &'a Library, base: &Placed<String>) -> Result<&'a FileText, Problem> {
    let name = &base.value;
    let shown = name.escape_debug();
    let leaves = name.starts_with('/') || name.contains(['\\', ':']) || name.split('/').any(|part| part == "..");
    if leaves {
        let problem = Problem::refused(base.span, format!("the base `{shown}` leaves the folder of base environments"));
        return Err(problem.hint("a base is named by its path below base/, without the ending"));
    }
    library.base(name).ok_or_else(|| {
        let problem = Problem::refused(base.span, format!("there is no base environment `{shown}`"));
        problem.suggest(name, library.base_names())
    })
}

/// The environment of a base file, which may itself start from another base.
fn resolve(library: &Library, file: &FileText, chain: &mut Vec<String>) -> Result<Environment, Refusal> {
    let mut problems = Problems::default();
    let tree = notation::parse::parse(&file.text, &mut problems);
    let read = BaseFile::read(&tree, &mut problems).filter(|_| problems.is_empty());
    let Some(read) = read else { return Err(Refusal::new(file, problems)) };
    let mut environment = match (read.base, read.environment) {
        (None, Some(environment)) => environment,
        (Some(base), None) => {
            if chain.contains(&base.value) || chain.len() >= DEPTH_MAX {
                let message = format!("this base comes from itself: {} -> {}", chain.join(" -> "), base.value);
                problems.push(Problem::refused(base.span, message));
                return Err(Refusal::new(file, problems));
            }
            let next = find_base(library, &base).map_err(|problem| {
                let mut problems = Problems::default();
                problems.push(problem);
                Refusal::new(file, problems)
            })?;
            chain.push(base.value);
            resolve(library, next, chain)?
        }
        (Some(base), Some(_)) => {
            problems.push(
                Problem::refused(base.span, "a base environment has either `base` or `[environment]`, not both")
                    .hint("say the difference with `change`"),
            );
            return Err(Refusal::new(file, problems));
        }
        (None, None) => {
            problems.push(Problem::refused(tree.span, "a base environment needs `base` or `[environment]`"));
            return Err(Refusal::new(file, problems));
        }
    };
    if let Err(wrong) = apply(&mut environment, &read.change) {
        return Err(Refusal::new(file, wrong));
    }
    for message in check(&environment) {
        problems.push(Problem::refused(tree.span, message));
    }
    if problems.is_empty() { Ok(environment) } else { Err(Refusal::new(file, problems)) }
}
