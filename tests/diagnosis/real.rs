//! The diagnosis of a real network sees less than one in a scenario: no registry but what it is told, no cache, no log, no request.
//! It must still be right as far as it can see, and never claim what it cannot.

use double::{MachineId, Seed};
use evidence::diagnosis::{Case, Evidence, Finding, Place, Severity, diagnose, investigate};
use evidence::timeline::{Event, Role, Timeline};
use kmslab::client::{ClientProfile, ClientState, Identity, Stand, activate};
use kmslab::diagnosis::system::{AtSystem, Told};
use kmslab::environment::ClientMachine;
use kmslab::network::stage::{NetworkKind, stage};
use kmslab::publisher::Publishers;
use kmslab::scenario::Step;
use mock_kms::journal::What;

use crate::{CATALOGUE, SEED, diagnosed};

/// What `kmslab diagnose` would be told and see on this client.
fn told(machine: &ClientMachine) -> Told {
    let ip = &machine.ip;
    let listed =
        if ip.search_list.is_empty() { ip.primary_suffix.iter().cloned().collect() } else { ip.search_list.clone() };
    Told {
        servers: ip.adapters_by_metric().into_iter().flat_map(|adapter| adapter.dns.clone()).collect(),
        suffixes: listed,
        host: None,
        profile: machine.profile.clone(),
        hosts: ip.hosts.clone(),
        sources: ip.adapters.iter().map(|adapter| adapter.address).collect(),
    }
}

/// Walks, investigates and diagnoses as the command does, on the simulated network of a step.
fn walk(step: &Step, machine: &ClientMachine) -> (Evidence, Vec<Finding>, Timeline) {
    let seed = Seed::new(SEED);
    let mut stage = stage(&NetworkKind::Simulated, seed);
    stage.enter(&step.environment, step.at).expect("the simulated network shows everything");
    Publishers::default().publish(&*stage, &step.environment, seed);
    let facts = AtSystem::new(told(machine));
    let id = MachineId::new(machine.id.as_str());
    let identity = Identity {
        machine: id.clone(),
        name: "CLIENT".to_owned(),
        profile: ClientProfile::of(&machine.profile),
        switches: machine.switches.clone(),
        product: facts.product().into(),
        outside_kms: None,
        cmid: mock_kms::wire::Guid::NIL,
        seed,
    };
    let attempt = {
        let network = stage.seen_from(&machine.id);
        let stand = Stand::new(&identity, &facts, &*network, stage.recorder()).only_binding();
        activate(&stand, ClientState::default())
    };
    let mut whole = stage.timeline().expect("nothing is lost");
    let journal = whole.cut(std::slice::from_ref(&id));
    let evidence = {
        let network = stage.seen_from(&machine.id);
        let client = Place { machine: &id, role: Role::Client, addresses: &[], vantage: &facts, network: &*network };
        investigate(&Case { client, others: &[], journal: &journal, outcome: &attempt.outcome, seed })
    };
    whole.entries.extend(stage.timeline().expect("nothing is lost").entries);
    let findings = diagnose(&evidence);
    (evidence, findings, whole)
}

#[test]
fn a_diagnosis_never_sends_a_request() {
    let mut binds = 0;
    for scenario in &*CATALOGUE {
        for step in &scenario.steps {
            for machine in &step.environment.clients {
                let (_, _, timeline) = walk(step, machine);
                for entry in &timeline.entries {
                    let Event::Kms(event) = &entry.event else { continue };
                    binds += usize::from(matches!(event.what, What::Bind { .. }));
                    let asked = matches!(event.what, What::Request(_) | What::Fragment);
                    assert!(!asked, "{}: {}", scenario.name, Timeline::line(entry));
                }
            }
        }
    }
    assert!(binds > CATALOGUE.len(), "it does bind: {binds}");
}

#[test]
fn it_finds_what_the_whole_diagnosis_finds_or_less_and_nothing_else() {
    let mut wrong = Vec::new();
    let (mut agree, mut less) = (0, 0);
    let alone = CATALOGUE.iter().filter(|scenario| scenario.steps.len() == 1);
    for scenario in alone {
        let step = &scenario.steps[0];
        let only_attempts = step.run.iter().all(|run| run.action == kmslab::scenario::Action::Activate);
        let machine = step.environment.clients.first().filter(|_| only_attempts);
        // What is registered or remembered on the machine is not seen from outside it.
        let Some(machine) = machine.filter(|machine| {
            machine.registry.is_empty() && machine.discovered.is_none() && machine.resolver_cache.is_empty()
        }) else {
            continue;
        };
        let (_, findings, _) = walk(step, machine);
        let errors: Vec<&str> = findings
            .iter()
            .filter(|finding| finding.severity == Severity::Error)
            .map(|finding| finding.entry.id)
            .collect();
        let whole = diagnosed(scenario);
        let Some(first) = whole.first() else { continue };
        let known = first.ids();
        if let Some(id) = errors.iter().find(|id| !known.contains(id)) {
            wrong.push(format!("{}: {id}, where the whole diagnosis says {known:?}", scenario.name));
        }
        let expected = first.errors().next().map(|found| found.finding.entry.id);
        if errors.first().copied() == expected { agree += 1 } else { less += 1 }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(agree > less * 3, "most causes are seen without the request: {agree} are, {less} are not");
}
