//! What a word means: pages on codes, events, procedures, faults, rules, switches, outcomes, findings and exit codes,
//! without a network.
//!
//! In reading order: [`pages`] (what is written by hand: codes, events, procedures), [`derived`] (what the types say of
//! their own words), [`findings`] (what the table of the diagnosis says), [`lookup`] (what somebody types to pages), [`shown`]
//! (which scenarios of the catalogue show it), [`mod@print`]
//! (text and JSON). It runs nothing and judges nothing.

pub mod derived;
pub mod findings;
pub mod lookup;
pub mod pages;
pub mod print;
pub mod shown;

use evidence::outcome::Confidence;

notation::choice! {
    /// What a page is about.
    pub enum Kind("kind of page") {
        /// Codes (HRESULTs and RPC statuses) that a client, a host or an event shows.
        "code" => Code,
        /// Events that Windows logs about activation.
        "event" => Event,
        /// Procedures of Microsoft's guideline for DNS-related activation issues.
        "procedure" => Procedure,
        /// What a network rule does to packets.
        "rule" => Rule,
        /// Faults of a DNS server's answers.
        "dns-fault" => DnsFault,
        /// Faults of a KMS host's answers.
        "kms-fault" => KmsFault,
        /// Switches of a client, for what the sources leave open.
        "switch" => Switch,
        /// How an attempt to activate ends, in one word.
        "outcome" => Outcome,
        /// Findings of a diagnosis: causes, and what is merely odd.
        "finding" => Finding,
        /// Exit codes of kmslab.
        "exit-code" => ExitCode,
    }
}

/// Where a page's statements come from.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    /// A document that a reader can find, or a file of this repository.
    pub reference: String,
    /// How sure it is; none for a file of this repository, which says what the test double does and nothing of Windows.
    pub confidence: Option<Confidence>,
}

/// A command, and what it tells or does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advice {
    /// What to type, or to click.
    pub command: String,
    /// What it is good for.
    pub why: String,
}

/// What there is to say of one word. A text without content is empty.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// What it is about.
    pub kind: Kind,
    /// The word, as it is written: `0x8007232B`, `G7`, `silent`.
    pub word: String,
    /// Other words for it.
    pub aliases: Vec<String>,
    /// It in a few words.
    pub title: String,
    /// What it means.
    pub meaning: String,
    /// Who raises it, or where it stands in a scenario.
    pub raised_by: String,
    /// What it comes from.
    pub causes: Vec<String>,
    /// The values that the word takes, each with what it means.
    pub values: Vec<String>,
    /// What to do next.
    pub next: Vec<Advice>,
    /// Where the sources disagree, or say nothing.
    pub doubt: String,
    /// Where this is known from.
    pub sources: Vec<Source>,
}

impl Page {
    /// The one name of the page: a word may stand for several things, with its kind it does not.
    #[must_use]
    pub fn id(&self) -> String {
        format!("{}:{}", self.kind.word(), self.word)
    }

    /// Every word by which the page is found.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.word).chain(&self.aliases).map(String::as_str)
    }
}

/// Every page, in the order of [`Kind::WORDS`].
#[must_use]
pub fn all() -> Vec<Page> {
    let mut pages = pages::all();
    pages.extend(derived::all());
    pages.extend(findings::all());
    pages
}

#[cfg(test)]
mod tests;
