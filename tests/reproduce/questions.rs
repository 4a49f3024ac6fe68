//! What does not suffice leads to a question, never to a confident guess.

use exhibit::claim::Claim;
use exhibit::read::{Bounds, read};
use kmslab::reproduce::{Explanation, Known, Verdict, known, reproduce};
use kmslab::scenario::catalogue::embedded;

use crate::bundles::{BUNDLES, Bundle, Right};

/// What is wrong with what came of a bundle.
fn wrong(known: &[Known], bundle: &Bundle) -> Option<String> {
    let claims: Vec<Claim> =
        bundle.files.iter().flat_map(|(name, text)| read(name, text.as_bytes(), &Bounds::default()).claims).collect();
    let result = reproduce(known, &claims);
    let verdict = result.verdict;
    let right = match bundle.right {
        Right::Open => matches!(verdict, Verdict::Several | Verdict::TooLittle) && result.next.is_some(),
        Right::Contradiction => {
            let first = result.case.contradictions.first();
            let apart = first.is_some_and(|found| found.first.1 != found.second.1);
            verdict == Verdict::Contradictory && apart
        }
        Right::NotSure => !matches!(verdict, Verdict::Explained | Verdict::Contradictory),
    };
    let found: Vec<String> = result.explanations.iter().map(Explanation::in_short).collect();
    let facts = result.case.facts.len();
    let next = result.next.map(|next| next.command);
    let answered = right && facts > 0;
    (!answered).then(|| format!("{}: {verdict:?} from {facts} facts: {found:?}, then {next:?}", bundle.what))
}

#[test]
fn what_does_not_suffice_leads_to_a_question() {
    let known = known(&embedded());
    let wrong: Vec<String> = BUNDLES.iter().filter_map(|bundle| wrong(&known, bundle)).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
