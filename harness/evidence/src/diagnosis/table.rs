//! The table of findings: what each id means, who can see it, what mends it, who says so, and how sure that is.
//!
//! Ids are a contract. The order is that of the way to a KMS host: a cause that stands earlier masks one that stands later. Which
//! evidence leads to a finding is said by [`super::rules`]; `docs/findings.md` is written from here.

mod client;
mod dns;
mod host;
mod publish;
mod reach;
mod rpc;
mod srv;

use super::step::Stand;
use crate::outcome::Confidence;

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing; nothing has to be done.
    Notice,
    /// It costs time, or will fail when something else does.
    Warning,
    /// It is why the machine is not activated.
    Error,
}

impl Severity {
    /// The word in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Notice => "notice",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// What is known of a finding before anybody has it.
#[derive(Debug, PartialEq)]
pub struct Entry {
    /// Its id.
    pub id: &'static str,
    /// What is wrong, as a sentence.
    pub sentence: &'static str,
    /// How much it matters when the machine is not activated; where it is, at most a warning.
    pub severity: Severity,
    /// The procedures of the guideline that lead to it.
    pub procedures: &'static [&'static str],
    /// The least that is needed: where one must stand besides the client, or the client alone.
    pub stand: Stand,
    /// Which evidence shows it.
    pub evidence: &'static str,
    /// What mends it, or goes round it.
    pub remedy: &'static str,
    /// Findings that look alike from the client, and what tells them apart.
    pub look_alikes: &'static [(&'static str, &'static str)],
    /// Windows generations and products that it concerns.
    pub applies_to: &'static str,
    /// Who says so.
    pub source: &'static str,
    /// How sure that is.
    pub confidence: Confidence,
}

/// Every finding, in groups, in the order of the way to a KMS host.
pub static FINDINGS: [&[Entry]; 7] =
    [client::FINDINGS, publish::FINDINGS, dns::FINDINGS, srv::FINDINGS, reach::FINDINGS, rpc::FINDINGS, host::FINDINGS];

/// Every finding, in order.
pub fn all() -> impl Iterator<Item = &'static Entry> {
    FINDINGS.into_iter().flatten()
}

/// The finding with an id, and its place in the order.
#[must_use]
pub fn find(id: &str) -> Option<(usize, &'static Entry)> {
    all().enumerate().find(|(_, entry)| entry.id == id)
}
