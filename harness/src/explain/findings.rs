//! Pages on findings: what the table of the diagnosis says of each, and nothing besides.

use evidence::diagnosis::Entry;
use evidence::diagnosis::step::Stand;
use evidence::diagnosis::table;

use super::{Advice, Kind, Page, Source};

/// A page for each finding, in the order in which one masks the next.
pub(super) fn all() -> Vec<Page> {
    table::all().map(page).collect()
}

/// The findings to which a procedure of the guideline leads.
pub(super) fn of_procedure(word: &str) -> Vec<String> {
    let led = table::all().filter(|entry| entry.procedures.contains(&word));
    led.map(|entry| entry.id.to_owned()).collect()
}

/// Where somebody has to stand to see a finding.
#[must_use]
pub fn stand(stand: Stand) -> &'static str {
    match stand {
        Stand::Client => "from the client alone",
        Stand::Dns => "from the client and the DNS server",
        Stand::Host => "from the client and the KMS host",
    }
}

fn page(entry: &Entry) -> Page {
    let procedures = match entry.procedures {
        [] => String::new(),
        procedures => format!("; procedures {}", procedures.join(" ")),
    };
    let look_alike = |(id, difference): &(&str, &str)| format!("{id}: {difference}");
    Page {
        kind: Kind::Finding,
        word: entry.id.to_owned(),
        aliases: Vec::new(),
        title: String::new(),
        meaning: entry.sentence.to_owned(),
        raised_by: format!(
            "a diagnosis, {}; severity {}{procedures}; applies to {}",
            stand(entry.stand),
            entry.severity.word(),
            entry.applies_to
        ),
        causes: vec![entry.evidence.to_owned()],
        values: entry.look_alikes.iter().map(look_alike).collect(),
        next: vec![Advice {
            command: entry.remedy.to_owned(),
            why: "`kmslab show` of a scenario below has it as it is typed, and what came of it".to_owned(),
        }],
        doubt: String::new(),
        sources: vec![Source { reference: entry.source.to_owned(), confidence: Some(entry.confidence.clone()) }],
    }
}
