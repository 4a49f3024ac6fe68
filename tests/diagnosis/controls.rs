//! No false alarm on the healthy controls, and no deafness either: each of them with one planted fault has that fault found.

use evidence::diagnosis::Severity;
use kmslab::environment::Environment;
use kmslab::environment::machine::KeyChannel;

use crate::{CATALOGUE, diagnosed, operate, with};

/// Controls: everything below `healthy/`.
fn controls() -> impl Iterator<Item = &'static kmslab::scenario::Scenario> {
    CATALOGUE.iter().filter(|scenario| scenario.name.starts_with("healthy/"))
}

#[test]
fn a_healthy_network_raises_no_error() {
    for scenario in controls() {
        for result in diagnosed(scenario).iter().filter(|result| result.activated) {
            let loud = result.diagnosis.findings.iter().find(|found| found.finding.severity == Severity::Error);
            assert!(loud.is_none(), "{}: {loud:#?}", scenario.name);
            assert!(result.ids().contains(&"nothing-wrong"), "{}: {:?}", scenario.name, result.ids());
        }
    }
}

/// A fault that can be planted in any environment, and what may be found then: any one, as the client comes that far.
type Plant = (&'static str, fn(&mut Environment), &'static [&'static str]);

const PLANTS: [Plant; 4] = [
    (
        "no client setup key",
        |environment| {
            environment.clients.iter_mut().for_each(|client| client.key = KeyChannel::Mak);
        },
        &["client-not-kms"],
    ),
    (
        "every KMS host stopped",
        |environment| {
            environment.kms_hosts.iter_mut().for_each(|host| host.running = false);
        },
        &["tcp1688-silent", "client-pin-stale", "client-discovered-host-gone"],
    ),
    (
        "no KMS host activated",
        |environment| {
            environment
                .kms_hosts
                .iter_mut()
                .for_each(|host| host.service.state = mock_kms::host::HostState::NotActivated);
        },
        &["kms-host-not-activated"],
    ),
    (
        "TCP 1688 closed on the way",
        |environment| {
            operate(
                environment,
                r#"{ add.rule = { id = "planted", protocol = "tcp", how = "refused", position = 0 } }"#,
            );
        },
        &["tcp1688-refused", "client-pin-stale", "client-discovered-host-gone", "dns-truncated-tcp-closed"],
    ),
];

#[test]
fn a_planted_fault_is_found_on_every_control() {
    let mut wrong = Vec::new();
    let mut broken = 0;
    for scenario in controls() {
        for (what, plant, ids) in &PLANTS {
            // An attempt that fails without the plant is part of the control's own story.
            let healthy = diagnosed(scenario).into_iter().map(|result| result.activated);
            let results = diagnosed(&with(scenario, plant)).into_iter().zip(healthy);
            for (result, _) in results.filter(|(result, healthy)| *healthy && !result.activated) {
                broken += 1;
                let first = result.errors().next().map(|found| found.finding.entry.id);
                if !first.is_some_and(|first| ids.contains(&first)) {
                    wrong.push(format!("{} with {what}: {:?}", scenario.name, result.ids()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(broken > controls().count() * 3, "nearly every plant breaks nearly every control, {broken} did");
}
