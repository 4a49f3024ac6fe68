//! The document of findings, written from the table. With `KMSLAB_BLESS=1` it is written anew; read the difference.
#![expect(clippy::disallowed_methods, reason = "test: reads and writes the document")]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use evidence::diagnosis::{Entry, FINDINGS, table};
use kmslab::explain::findings::stand;

/// What stands before the findings.
const OPENING: &str = "\
# Findings

Written from the table in `harness/evidence/src/diagnosis/table/` by `KMSLAB_BLESS=1 cargo test -p kmslab --test findings`.

A finding names a cause that the evidence shows. Ids are a contract. The order is that of the way to a KMS host: where two causes
stand in the way, the one that masks the other is named first. On a machine that is activated, every finding is at most a
warning. `kmslab explain ID` shows the same with the scenarios that require it; `kmslab show SCENARIO` shows a finding with its
evidence, the fix as it is typed, and what came of it.

Nothing here was observed on Windows by the authors. The confidence says who did: `documented` (Microsoft says so), `field` (a report
or a measurement of others), `inferred`.
";

/// The heading of a group of the table, by the place in its last id.
fn heading(last: &str) -> String {
    let place = last.split('-').next().unwrap_or(last);
    let words = match place {
        "client" => "Settings of the client",
        "dns" => "DNS servers and names",
        "srv" => "Records, and where they lead",
        "network" | "tcp1688" => "The way to the port",
        "rpc" => "The RPC conversation",
        "host" => "How a KMS host publishes itself",
        "kms" | "clock" | "nothing" => "The KMS host",
        other => other,
    };
    words.to_owned()
}

fn section(entry: &Entry) -> String {
    let mut text = format!("\n### `{}`\n\n{}\n\n", entry.id, entry.sentence);
    let procedures = if entry.procedures.is_empty() {
        String::new()
    } else {
        format!("; procedures {}", entry.procedures.join(", "))
    };
    let mut line = |name: &str, said: &str| writeln!(text, "- {name}: {said}").expect("a text can be written");
    line("Severity", &format!("{}{procedures}", entry.severity.word()));
    line("Seen", stand(entry.stand));
    line("Evidence", entry.evidence);
    line("Fix", entry.remedy);
    for (id, difference) in entry.look_alikes {
        line("Looks like", &format!("`{id}`, but {difference}"));
    }
    line("Applies to", entry.applies_to);
    line("Source", &format!("{} ({})", entry.source, entry.confidence.word()));
    text
}

fn document() -> String {
    let mut text = OPENING.to_owned();
    for group in FINDINGS.iter().filter(|group| !group.is_empty()) {
        let last = group.last().map_or("", |entry| entry.id);
        write!(text, "\n## {}\n", heading(last)).expect("a text can be written");
        text.extend(group.iter().map(section));
    }
    text
}

#[test]
fn the_document_says_what_the_table_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/findings.md");
    let today = document();
    if std::env::var_os("KMSLAB_BLESS").is_some() {
        std::fs::create_dir_all(path.parent().expect("it lies in a folder")).expect("a folder can be made");
        std::fs::write(path, today).expect("the document can be written");
        return;
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == today, "docs/findings.md is not what the table says: KMSLAB_BLESS=1 writes it");
}

#[test]
fn ids_are_unique_and_look_alikes_exist() {
    let ids: BTreeSet<&str> = table::all().map(|entry| entry.id).collect();
    assert_eq!(ids.len(), table::all().count(), "two findings have one id");
    let unknown: Vec<String> = table::all()
        .flat_map(|entry| entry.look_alikes.iter().map(move |(id, _)| (entry.id, *id)))
        .filter(|(_, id)| !ids.contains(id))
        .map(|(entry, id)| format!("{entry} looks like {id}"))
        .collect();
    assert!(unknown.is_empty(), "{unknown:?}");
}

#[test]
fn every_entry_is_whole() {
    for entry in table::all() {
        let texts = [entry.sentence, entry.evidence, entry.remedy, entry.applies_to, entry.source];
        assert!(texts.iter().all(|text| !text.trim().is_empty()), "{} leaves something out", entry.id);
        assert!(entry.sentence.ends_with('.'), "{}: a sentence ends with a full stop", entry.id);
    }
}
