//! The law in other words and other networks: Korean files, generated networks, and a catalogue that lacks the scenario itself.
//!
//! That the scenario which was sent stands among the known ones makes it easy to find. A customer's network stands in no catalogue:
//! here it has other names, decoys and sometimes a second fault, or its own scenario is taken away. It looks at a part of the catalogue, because
//! each of these is a replay of all that is known.

use std::sync::Arc;

use exhibit::label::Language;
use kmslab::learn::generate::make;
use kmslab::reproduce::{Known, Verdict, reproduce};
use kmslab::scenario::Library;
use kmslab::scenario::load::load;
use libtest_mimic::{Failed, Trial};

use super::{SEED, Sent, holds, told};

/// Every how many-th scenario is sent in Korean.
const KOREAN_EVERY: usize = 6;

/// How many generated networks are sent.
const GENERATED: u32 = 40;

/// Scenarios whose generated networks do not lead back, and why.
const NOT_FOUND: [(&str, &str); 1] = [(
    "client/search-list-incomplete",
    "ipconfig shows the suffix of the connection behind the list, and in a list of other names it is taken for a part of it",
)];

/// Every how many-th scenario is looked for without itself.
const ALONE_EVERY: usize = 3;

/// The least share of those that must be explained rightly by what else is known, in percent: 83 of 100 are.
const SHARE_MIN: usize = 75;

/// The greatest share for which something else is told as the only explanation, in percent: 6 of 100 are.
const MISLED_MAX: usize = 10;

/// The trials.
pub(crate) fn trials(library: &Arc<Library>, known: &Arc<Vec<Known>>) -> Vec<Trial> {
    let mut trials = Vec::new();
    for name in library.scenario_names().step_by(KOREAN_EVERY).map(str::to_owned) {
        let (library, known) = (Arc::clone(library), Arc::clone(known));
        trials.push(Trial::test(format!("korean/{name}"), move || holds(&library, &known, &name, Language::Korean)));
    }
    for number in 1..=GENERATED {
        let (library, known) = (Arc::clone(library), Arc::clone(known));
        trials.push(Trial::test(format!("generated/{number}"), move || generated(&library, &known, number)));
    }
    let (library, known) = (Arc::clone(library), Arc::clone(known));
    trials.push(Trial::test("without-itself", move || without_itself(&library, &known)));
    trials
}

/// A network that a seed made, with its decoys, leads back to its outcome and causes.
fn generated(library: &Library, known: &[Known], number: u32) -> Result<(), Failed> {
    let ticket = make(library, SEED, number).map_err(|refusal| refusal.to_string())?.ticket;
    let sent = Sent::of(&ticket.scenario, Language::English)?.ok_or("a ticket's client has tried")?;
    let result = reproduce(known, &sent.claims);
    let exception = NOT_FOUND.iter().find(|(listed, _)| *listed == ticket.scenario.name);
    match (sent.is_explained_by(&result), exception) {
        (true, None) | (false, Some(_)) => Ok(()),
        (true, Some((_, reason))) => Err(format!("it works: take it out of the list ({reason})").into()),
        (false, None) => {
            Err(format!("{}: expected {:?}\n{}", ticket.scenario.name, sent.expected, told(&result)?).into())
        }
    }
}

/// Most are explained rightly by what else is known; the others are told when they are too many.
fn without_itself(library: &Library, known: &[Known]) -> Result<(), Failed> {
    let mut tried = 0_usize;
    let mut missed = Vec::new();
    let mut misled = 0_usize;
    for name in library.scenario_names().step_by(ALONE_EVERY) {
        let scenario = load(library, name).map_err(|refusal| refusal.to_string())?;
        let Some(sent) = Sent::of(&scenario, Language::English)? else { continue };
        let others: Vec<Known> = known.iter().filter(|known| known.name != name).cloned().collect();
        let result = reproduce(&others, &sent.claims);
        tried += 1;
        if !sent.is_explained_by(&result) {
            misled += usize::from(result.verdict == Verdict::Explained);
            missed.push(format!("{name} ({})", result.verdict.word()));
        }
    }
    let found = tried - missed.len();
    let told = format!("{found} of {tried} without themselves, {misled} misled; not {}", missed.join(", "));
    let holds = found * 100 >= SHARE_MIN * tried && misled * 100 <= MISLED_MAX * tried;
    if holds { Ok(()) } else { Err(told.into()) }
}
