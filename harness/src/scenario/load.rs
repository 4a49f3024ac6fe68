//! Text to scenario: reads the file, resolves its base, applies its changes, and collects everything that is wrong.
//!
//! Pure: bases come from a [`Library`] that somebody filled.

use double::Moment;
use evidence::pattern::Pattern;
use evidence::{Change, Role};
use notation::{Format, Placed, Problem, Problems, Reason, Span, Tree};

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

/// Most steps of a scenario: each holds an environment of its own.
const STEPS_MAX: usize = 200;

/// Most operations of a change; more than a hundred times what a scenario needs.
const OPERATIONS_MAX: usize = 1000;

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

/// Loads a base environment of the library.
///
/// # Errors
/// As [`load`].
pub fn load_base(library: &Library, name: &str) -> Result<Environment, Refusal> {
    match library.base(name) {
        Some(file) => load_base_text(library, name, file),
        None => Err(Refusal::whole(name, format!("there is no base environment `{}`", name.escape_debug()), "")),
    }
}

/// Loads a base environment from a text that need not be in the library; its own bases come from there.
///
/// # Errors
/// As [`load`].
pub fn load_base_text(library: &Library, name: &str, file: &FileText) -> Result<Environment, Refusal> {
    resolve(library, file, &mut vec![name.to_owned()])
}

/// Whether a file describes a base environment: it has no ticket and no step, and what only a base has.
#[must_use]
pub fn is_base(file: &FileText) -> bool {
    let tree = notation::parse::parse(&file.text, &mut Problems::default());
    let has = |key: &str| tree.as_table().is_some_and(|table| table.find(key).is_some());
    !has("ticket") && !has("step") && (has("environment") || has("change"))
}

/// Loads a scenario from a text that need not be in the library; its bases come from there.
///
/// # Errors
/// As [`load`].
pub fn load_text(library: &Library, name: &str, file: &FileText) -> Result<Scenario, Refusal> {
    if file.text.trim().is_empty() {
        return Err(Refusal::whole(
            &file.path,
            "this file is empty".to_owned(),
            "`kmslab new` writes one to start from",
        ));
    }
    let mut problems = Problems::default();
    let tree = notation::parse::parse(&file.text, &mut problems);
    let read = ScenarioFile::read(&tree, &mut problems);
    let Some(read) = read.filter(|_| problems.is_empty()) else { return Err(Refusal::new(file, problems)) };
    check_words(&read, &mut problems);
    if read.steps.len() > STEPS_MAX || read.steps.iter().any(|step| step.change.0.len() > OPERATIONS_MAX) {
        return Err(Refusal::new(file, problems));
    }
    let base = match find_base(library, &read.base) {
        Ok(base) => resolve_known(library, &read.base.value, base, &mut vec![read.base.value.clone()])?,
        Err(problem) => {
            problems.push(problem);
            return Err(Refusal::new(file, problems));
        }
    };
    let mut environment = base.clone();
    let mut steps: Vec<Step> = Vec::new();
    for step in &read.steps.value {
        if problems.is_full() {
            break;
        }
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
        sources: read.sources.value,
        known_gap: read.known_gap.map(|gap| gap.value),
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
            Problem::refused(read.sources.span, "a scenario needs at least one source")
                .hint("sources = [{ ref = \"...\", confidence = \"inferred\" }] is honest when nothing is known"),
        );
    }
    if let Some(beyond) = read.steps.get(STEPS_MAX) {
        let problem = Problem::refused(beyond.span, format!("a scenario has at most {STEPS_MAX} steps"));
        problems.push(problem.hint("several short scenarios say more than a long one"));
    }
    for step in &read.steps.value {
        check_length(&step.change, step.span, problems);
    }
    if read.steps.is_empty() {
        problems.push(Problem::refused(read.steps.span, "a scenario needs at least one step").hint("add [[step]]"));
    }
    if let Some(gap) = read.known_gap.as_ref().filter(|gap| gap.trim().is_empty()) {
        problems.push(Problem::refused(gap.span, "a known gap says why").hint("what does kmslab not do yet?"));
    }
}

/// A change that nobody could read is refused before anything is done about it.
fn check_length(change: &Change, place: Span, problems: &mut Problems) {
    if change.0.len() > OPERATIONS_MAX {
        let problem = Problem::refused(place, format!("a change has at most {OPERATIONS_MAX} operations"));
        problems.push(problem.hint("set a whole list at once, or describe another base environment"));
    }
}

fn load_step(
    step: &Placed<StepFile>,
    earlier: Option<Moment>,
    environment: &mut Environment,
    problems: &mut Problems,
) -> Step {
    let at = Moment::at(step.at.duration());
    if let Some(earlier) = earlier.filter(|earlier| at < *earlier) {
        // Where the key is left out, the step itself is what stands at 0.
        let place = if step.at.span.end == 0 { step.span } else { step.at.span };
        let problem = Problem::refused(place, "a step cannot happen before the one above it");
        problems.push(problem.hint(format!("that one happens at {} ms", earlier.since_start().as_millis())));
    }
    if let Err(wrong) = apply(environment, &step.change) {
        problems.append(wrong);
    }
    let run = step.run.clone().unwrap_or_else(|| everybody(environment));
    for run in &run {
        if environment.client(&run.client).is_none() {
            let ids = environment.clients.iter().map(|client| client.id.as_str());
            let problem = Problem::refused(run.client.span, format!("there is no client `{}`", run.client.value));
            problems.push(problem.suggest(run.client.as_str(), ids));
        }
    }
    check_expect(&step.expect, environment, problems);
    Step { at, change: step.change.clone(), environment: environment.clone(), run, expect: step.expect.clone() }
}

/// Each client tries to activate once.
pub(super) fn everybody(environment: &Environment) -> Vec<Run> {
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
        if !known.contains(&key.as_str()) {
            let reason = Reason::UnknownWord { word: key.value.clone(), list: "client profile or client" };
            problems.push(Problem::new(key.span, reason).suggest(key, known));
        }
        if let Some((inner, _)) = other.0.when.0.first() {
            let problem = Problem::refused(inner.span, "`when` cannot stand inside `when`");
            problems.push(problem.hint("a key of `when` is one client profile or one client"));
        }
        check_one(&other.0, environment, problems);
    }
    check_one(expect, environment, problems);
}

/// What must hold of an expectation without its `when`.
fn check_one(expect: &Expect, environment: &Environment, problems: &mut Problems) {
    check_observers(&expect.journal.must, environment, problems);
    check_observers(&expect.journal.must_not, environment, problems);
    if let Some(host) = &expect.host {
        let port = host.rsplit_once(':').filter(|(name, _)| !name.is_empty()).and_then(|(_, port)| port.parse().ok());
        if port.is_none_or(|port: u16| port == 0) {
            let problem = Problem::refused(host.span, "a KMS host is named as name:port");
            problems.push(problem.hint("such as kms1.contoso.com:1688"));
        }
    }
}

/// An observer that does not exist makes an expectation that can never hold (or never fail).
fn check_observers(patterns: &[Placed<Pattern>], environment: &Environment, problems: &mut Problems) {
    let roles = [Role::Client, Role::Dns, Role::Host].map(Role::word);
    let ids = environment.machines().map(|(id, _)| id.as_str());
    let known: Vec<&str> = roles.into_iter().chain(ids).collect();
    for pattern in patterns {
        if problems.is_full() {
            return;
        }
        if let Some(observer) = pattern.observer()
            && !known.contains(&observer)
        {
            let problem =
                Problem::refused(pattern.span, format!("nobody here is called `{}`", observer.escape_debug()));
            problems.push(problem.at_part(0..observer.len()).suggest(observer, known.iter().copied()));
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

/// The environment of a base of the library, read once.
fn resolve_known(
    library: &Library,
    name: &str,
    file: &FileText,
    chain: &mut Vec<String>,
) -> Result<Environment, Refusal> {
    if let Some(environment) = library.resolved(name) {
        return Ok(environment);
    }
    let environment = resolve(library, file, chain)?;
    library.remember(name, &environment);
    Ok(environment)
}

/// The environment of a base file, which may itself start from another base.
fn resolve(library: &Library, file: &FileText, chain: &mut Vec<String>) -> Result<Environment, Refusal> {
    let mut problems = Problems::default();
    let tree = notation::parse::parse(&file.text, &mut problems);
    let read = BaseFile::read(&tree, &mut problems).filter(|_| problems.is_empty());
    let Some(read) = read else { return Err(Refusal::new(file, problems)) };
    let refusal = |problem: Problem| Refusal::new(file, problem.into());
    let mut environment = match (read.base, read.environment) {
        (None, Some(environment)) => environment,
        (Some(base), None) => {
            if let Some(problem) = endless(chain, &base) {
                return Err(refusal(problem));
            }
            let next = find_base(library, &base).map_err(refusal)?;
            chain.push(base.value.clone());
            resolve_known(library, &base.value, next, chain)?
        }
        (Some(base), Some(_)) => {
            let problem =
                Problem::refused(base.span, "a base environment has either `base` or `[environment]`, not both");
            return Err(refusal(problem.hint("say the difference with `change`")));
        }
        (None, None) => {
            let problem = Problem::refused(start(&tree), "a base environment needs `base` or `[environment]`");
            return Err(refusal(
                problem.hint("[environment] describes all machines, `base` names another base environment"),
            ));
        }
    };
    let whole = tree.as_table().and_then(|table| table.find("environment")).unwrap_or(&tree);
    let troubles = check(&environment).into_iter();
    troubles.for_each(|trouble| {
        let place = trouble.place(whole);
        problems.push(trouble.problem(place));
    });
    let place = tree.as_table().and_then(|table| table.find("change")).map_or(tree.span, |change| change.span);
    check_length(&read.change, place, &mut problems);
    if problems.is_empty()
        && let Err(wrong) = apply(&mut environment, &read.change)
    {
        problems.append(wrong);
    }
    if problems.is_empty() { Ok(environment) } else { Err(Refusal::new(file, problems)) }
}

/// Why a chain of bases cannot go on with this one.
fn endless(chain: &[String], base: &Placed<String>) -> Option<Problem> {
    let chained = || chain.iter().chain([&base.value]).map(|name| name.escape_debug().to_string()).collect::<Vec<_>>();
    if chain.contains(&base.value) {
        let problem = Problem::refused(base.span, format!("this base comes from itself: {}", chained().join(" -> ")));
        return Some(problem.hint("one of them must describe its whole environment"));
    }
    (chain.len() >= DEPTH_MAX).then(|| {
        let message = format!("more than {DEPTH_MAX} bases come from one another: {}", chained().join(" -> "));
        Problem::refused(base.span, message).hint("describe the whole environment in one of them")
    })
}

/// The beginning of a document, for what is said of it as a whole.
fn start(tree: &Tree) -> Span {
    Span { start: tree.span.start, end: tree.span.start }
}
