//! Every error of the catalogue carries its proof: the remedy heals, or brings the next fault to light.

use evidence::diagnosis::Act;
use evidence::outcome::OutcomeWord;
use kmslab::runner::{FixWord, Found};

use crate::{CATALOGUE, diagnosed};

/// Scenarios in which a machine comes near no KMS host for half a year, in the catalogue's order.
const LEAVERS: [&str; 2] = ["kms/host-gone-for-half-a-year", "network/laptop-at-home-for-200-days"];

/// Errors whose remedy does not heal in simulation, and why: scenario, finding, reason.
const NOT_HEALED: [(&str, &str, &str); 1] = [(
    "network/renewal-after-network-change",
    "dns-server-unreachable",
    "the machine is in another network, where nothing is wrong: it has to come back, and no remedy moves it",
)];

#[test]
fn every_remedy_is_checked() {
    let mut wrong = Vec::new();
    let mut excused: Vec<bool> = NOT_HEALED.iter().map(|_| false).collect();
    for scenario in &*CATALOGUE {
        for (attempt, result) in (1..).zip(diagnosed(scenario)) {
            for found in result.errors_from_everywhere() {
                let id = found.finding.entry.id;
                let proven = matches!(found.fix.word, FixWord::Heals | FixWord::NextFault | FixWord::LeavesKms);
                let excuse = NOT_HEALED.iter().position(|(name, finding, _)| *name == scenario.name && *finding == id);
                match (proven, excuse) {
                    (true, _) => {}
                    (false, Some(excuse)) => excused[excuse] = true,
                    (false, None) => {
                        let reason = found.fix.reason.as_deref().unwrap_or("");
                        let word = found.fix.word.word();
                        wrong.push(format!("{} attempt {attempt}: {id} {word} {reason}", scenario.name));
                    }
                }
            }
        }
    }
    for ((name, id, _), _) in NOT_HEALED.iter().zip(&excused).filter(|(_, used)| !**used) {
        wrong.push(format!("{name}: {id} heals now, or is not found: take it out of NOT_HEALED"));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// G1: who takes a MAK is no KMS client any more. That nothing is sent is the proof.
#[test]
fn a_remedy_that_leaves_kms_ends_in_an_outcome_of_its_own_and_nothing_is_sent() {
    let mut left = Vec::new();
    for scenario in CATALOGUE.iter().filter(|scenario| LEAVERS.contains(&&*scenario.name)) {
        for result in diagnosed(scenario) {
            for found in result.diagnosis.findings.iter().filter(|found| found.fix.word == FixWord::LeavesKms) {
                let remedy = found.fix.remedy.and_then(|number| found.finding.remedies.get(number));
                let remedy = remedy.expect("what was tried is one of the remedies");
                let (outcome, timeline) = found.fix.with.as_ref().expect("it was tried");
                let without = found.fix.without.as_ref().expect("it was taken back");
                assert!(remedy.leaves_kms() && remedy.workaround, "{}: {remedy:?}", scenario.name);
                assert_eq!(outcome.word, OutcomeWord::LeftKms, "{}", scenario.name);
                assert_eq!(timeline.entries, [], "{}: something is sent", scenario.name);
                assert_ne!(without.word, OutcomeWord::LeftKms, "{}: taken back, it is a KMS client", scenario.name);
                left.push((&*scenario.name, found.finding.entry.id));
            }
        }
    }
    assert_eq!(left, LEAVERS.map(|name| (name, "client-licence-expired")));
}

/// A way round a cause outlives it, so whoever reads the first remedy has to be given a repair where there is one.
#[test]
fn a_workaround_stands_behind_every_repair() {
    let mut beside_repairs = 0;
    for scenario in &*CATALOGUE {
        for result in diagnosed(scenario) {
            for Found { finding, .. } in &result.diagnosis.findings {
                let round: Vec<bool> = finding.remedies.iter().map(|remedy| remedy.workaround).collect();
                assert!(round.is_sorted(), "{}: {} {:?}", scenario.name, finding.entry.id, finding.remedies);
                beside_repairs += usize::from(round.first() != round.last());
                for remedy in &finding.remedies {
                    let by_hand = remedy.acts.iter().any(|act| matches!(act, Act::RegisterHost { .. }));
                    assert!(!by_hand || remedy.workaround, "{}: {} {remedy:?}", scenario.name, finding.entry.id);
                }
            }
        }
    }
    assert!(beside_repairs > 0, "no finding has both, so nothing is shown");
}
