//! Pages as text for a person and as one JSON object; the list of all words.

use std::io::{self, Write};

use notation::serde_json::{Value, json};

use super::shown::Shown;
use super::{Kind, Page};

/// Where a line of prose ends.
const WIDTH: usize = 100;

/// Most scenarios that a page names.
const SCENARIOS_MAX: usize = 5;

/// Writes a page for a person.
///
/// # Errors
/// What the writer says.
pub fn human(page: &Page, shown: &Shown<'_>, out: &mut dyn Write) -> io::Result<()> {
    let title = if page.title.is_empty() { String::new() } else { format!(": {}", page.title) };
    writeln!(out, "{}{title}", page.id())?;
    if !page.aliases.is_empty() {
        writeln!(out, "also: {}", page.aliases.join(", "))?;
    }
    writeln!(out)?;
    if page.kind == Kind::Finding {
        writeln!(out, "Meaning")?;
        wrapped(out, "  ", "  ", &page.meaning)?;
    } else {
        wrapped(out, "", "", &page.meaning)?;
    }
    labelled(out, page.kind.actor(), &page.raised_by)?;
    listed(out, page.kind.heading(), &page.causes)?;
    // Who has a finding mends it first and then looks at what resembles it; elsewhere the values belong to the causes.
    if page.kind == Kind::Finding {
        advice(page, out)?;
        listed(out, "Look-alikes", &page.values)?;
    } else {
        listed(out, "Values", &page.values)?;
        advice(page, out)?;
    }
    labelled(out, "Findings: ", &shown.findings.join(", "))?;
    labelled(out, "Doubt: ", &page.doubt)?;
    if !page.sources.is_empty() {
        writeln!(out, "\n{}", if page.kind == Kind::Finding { "Source" } else { "Sources" })?;
        for source in &page.sources {
            let confidence = source.confidence.as_ref().map_or("ours", |confidence| confidence.word());
            writeln!(out, "  {confidence:<10}  {}", source.reference)?;
        }
    }
    scenarios(page, shown, out)
}

/// Writes a list below its heading; nothing for an empty list.
fn listed(out: &mut dyn Write, heading: &str, lines: &[String]) -> io::Result<()> {
    if lines.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{heading}")?;
    lines.iter().try_for_each(|line| wrapped(out, "  - ", "    ", line))
}

/// Writes what to do.
fn advice(page: &Page, out: &mut dyn Write) -> io::Result<()> {
    if page.next.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{}", page.kind.advice())?;
    for advice in &page.next {
        // A remedy is a sentence and no command to copy.
        if page.kind == Kind::Finding {
            wrapped(out, "  ", "  ", &advice.command)?;
        } else {
            writeln!(out, "  {}", advice.command)?;
        }
        wrapped(out, "      ", "      ", &advice.why)?;
    }
    Ok(())
}

fn scenarios(page: &Page, shown: &Shown<'_>, out: &mut dyn Write) -> io::Result<()> {
    if shown.scenarios.is_empty() {
        return Ok(());
    }
    labelled(out, "In the catalogue with: ", &shown.comes_with.join(", "))?;
    writeln!(out, "\nScenarios")?;
    let commands: Vec<(String, &str)> =
        named(shown).map(|(name, title)| (format!("kmslab run {name}"), title)).collect();
    let width = commands.iter().map(|(command, _)| command.len()).max().unwrap_or_default();
    for (command, title) in commands {
        writeln!(out, "  {command:<width$}  {title}")?;
    }
    match (shown.scenarios.len().saturating_sub(SCENARIOS_MAX), page.filter()) {
        (0, _) => Ok(()),
        (more, Some(filter)) => writeln!(out, "  and {more} more: kmslab list {filter}"),
        (more, None) => writeln!(out, "  and {more} more"),
    }
}

/// The scenarios that a page names: name and title.
fn named<'a>(shown: &'a Shown<'_>) -> impl Iterator<Item = (&'a str, &'a str)> {
    shown.scenarios.iter().take(SCENARIOS_MAX).map(|scenario| (scenario.name.as_str(), scenario.title.as_str()))
}

impl Page {
    /// The filter of `kmslab list` that picks the scenarios of this page, where there is one.
    fn filter(&self) -> Option<String> {
        let term = match self.kind {
            Kind::Code => "code",
            Kind::Procedure => "procedure",
            Kind::Rule | Kind::DnsFault | Kind::KmsFault => "fault",
            Kind::Finding => "finding",
            Kind::Event | Kind::Switch | Kind::Outcome | Kind::ExitCode => return None,
        };
        Some(format!("{term}:{}", self.word))
    }
}

impl Kind {
    /// What stands before who raises or does it.
    const fn actor(&self) -> &'static str {
        match self {
            Self::Code | Self::Event | Self::Outcome | Self::ExitCode => "Raised by: ",
            Self::Procedure | Self::Rule | Self::DnsFault | Self::KmsFault | Self::Switch => "Done by: ",
            Self::Finding => "Seen by: ",
        }
    }

    /// What stands above the causes.
    const fn heading(&self) -> &'static str {
        match self {
            Self::Event => "What it tells",
            Self::Procedure => "When, and what it tells",
            Self::Finding => "Evidence",
            Self::Code
            | Self::Rule
            | Self::DnsFault
            | Self::KmsFault
            | Self::Switch
            | Self::Outcome
            | Self::ExitCode => "Causes",
        }
    }

    /// What stands above what to do. Nobody meets kmslab's own words on Windows.
    const fn advice(&self) -> &'static str {
        match self {
            Self::Code | Self::Event | Self::Procedure => "Next",
            Self::Finding => "Fix",
            Self::Rule | Self::DnsFault | Self::KmsFault | Self::Switch | Self::Outcome | Self::ExitCode => "Use",
        }
    }
}

/// A page as JSON. Keys are added, never changed.
#[must_use]
pub fn json(page: &Page, shown: &Shown<'_>) -> Value {
    let next = page.next.iter().map(|advice| json!({"command": advice.command, "why": advice.why}));
    let sources = page.sources.iter().map(|source| {
        json!({"ref": source.reference, "confidence": source.confidence.as_ref().map(|confidence| confidence.word())})
    });
    let scenarios = named(shown)
        .map(|(name, title)| json!({"name": name, "title": title, "command": format!("kmslab run {name}")}));
    json!({
        "id": page.id(),
        "kind": page.kind.word(),
        "word": page.word,
        "aliases": page.aliases,
        "title": page.title,
        "meaning": page.meaning,
        "raised_by": page.raised_by,
        "causes": page.causes,
        "values": page.values,
        "next": next.collect::<Vec<_>>(),
        "doubt": page.doubt,
        "sources": sources.collect::<Vec<_>>(),
        "comes_with": shown.comes_with,
        "findings": shown.findings,
        "scenarios": scenarios.collect::<Vec<_>>(),
        "scenario_count": shown.scenarios.len(),
    })
}

/// Writes every kind with its words.
///
/// # Errors
/// What the writer says.
pub fn index(pages: &[Page], out: &mut dyn Write) -> io::Result<()> {
    for (kind, meaning) in Kind::WORDS {
        writeln!(out, "{kind}: {}", meaning.trim())?;
        let of_kind = pages.iter().filter(|page| page.kind.word() == *kind);
        if *kind == Kind::Procedure.word() {
            for page in of_kind {
                writeln!(out, "  {}  {}", page.word, page.title)?;
            }
        } else {
            let words: Vec<&str> = of_kind.map(|page| page.word.as_str()).collect();
            wrapped(out, "  ", "  ", &words.join(" "))?;
        }
        writeln!(out)?;
    }
    writeln!(out, "kmslab explain WORD tells what it means; a code may also be written in decimal, or without 0x.")
}

/// Every kind with its words as JSON.
#[must_use]
pub fn index_json(pages: &[Page]) -> Value {
    let kinds = Kind::WORDS.iter().map(|(kind, meaning)| {
        let of_kind = pages.iter().filter(|page| page.kind.word() == *kind);
        let words = of_kind.map(|page| json!({"word": page.word, "aliases": page.aliases, "title": page.title}));
        json!({"kind": kind, "meaning": meaning.trim(), "words": words.collect::<Vec<_>>()})
    });
    json!({"type": "index", "kinds": kinds.collect::<Vec<_>>()})
}

/// Writes a paragraph with its label, after an empty line; nothing for an empty text.
fn labelled(out: &mut dyn Write, label: &str, text: &str) -> io::Result<()> {
    if text.is_empty() {
        return Ok(());
    }
    writeln!(out)?;
    wrapped(out, label, "", text)
}

/// Writes a text in lines of at most [`WIDTH`] characters, unless a single word is longer.
fn wrapped(out: &mut dyn Write, first: &str, others: &str, text: &str) -> io::Result<()> {
    let mut line = first.to_owned();
    let mut is_fresh = true;
    for word in text.split_whitespace() {
        if !is_fresh && line.chars().count() + 1 + word.chars().count() > WIDTH {
            writeln!(out, "{line}")?;
            others.clone_into(&mut line);
            is_fresh = true;
        }
        if !is_fresh {
            line.push(' ');
        }
        line.push_str(word);
        is_fresh = false;
    }
    writeln!(out, "{line}")
}
