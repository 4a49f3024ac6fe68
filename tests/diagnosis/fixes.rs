//! Every error of the catalogue carries its proof: the remedy heals, or brings the next fault to light.

use kmslab::runner::FixWord;

use crate::{CATALOGUE, diagnosed};

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
