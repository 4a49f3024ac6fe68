//! From evidence to findings: one slice of rules, each a function of the evidence alone.
//!
//! A rule says what it sees, cites the numbers, and makes the remedies from the same evidence. Which of several findings is named
//! first follows from the order of the table: a cause that stands earlier on the way masks one that stands later.

mod client;
mod dns;
mod host;
mod publish;
mod reach;
mod rpc;
mod srv;

use super::fact::Evidence;
use super::reading::Reading;
use super::remedy::{Act, Remedy};
use super::table::{self, Entry, Severity};

/// A cause that the evidence shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// What is known of it in general.
    pub entry: &'static Entry,
    /// How much it matters here.
    pub severity: Severity,
    /// What is seen here, in one sentence.
    pub says: String,
    /// The numbers of the observations that show it.
    pub evidence: Vec<u32>,
    /// What would mend it, the best first; none where nothing has to be done.
    pub remedies: Vec<Remedy>,
}

impl Finding {
    /// A finding of the table; none where the table does not hold the id, which a test refuses.
    #[must_use]
    pub fn new(id: &str, evidence: impl IntoIterator<Item = u32>, says: impl Into<String>) -> Option<Self> {
        let (_, entry) = table::find(id)?;
        let mut evidence: Vec<u32> = evidence.into_iter().collect();
        evidence.sort_unstable();
        evidence.dedup();
        Some(Self { entry, severity: entry.severity, says: says.into(), evidence, remedies: Vec::new() })
    }

    /// With a remedy that repairs the cause.
    #[must_use]
    pub fn repair(mut self, acts: Vec<Act>) -> Self {
        self.remedies.push(Remedy::repair(acts));
        self
    }

    /// With a remedy that goes round it; it ranks behind every repair.
    #[must_use]
    pub fn workaround(mut self, acts: Vec<Act>) -> Self {
        self.remedies.push(Remedy::workaround(acts));
        self
    }
}

/// A rule: the findings that it sees.
type Rule = fn(&Reading<'_>) -> Vec<Finding>;

/// Every rule.
const RULES: [&[Rule]; 7] =
    [client::RULES, publish::RULES, dns::RULES, srv::RULES, reach::RULES, rpc::RULES, host::RULES];

/// What the evidence shows, the masking cause first.
#[must_use]
pub fn diagnose(evidence: &Evidence) -> Vec<Finding> {
    let Some(reading) = Reading::of(evidence) else { return Vec::new() };
    let mut findings: Vec<Finding> = RULES.into_iter().flatten().flat_map(|rule| rule(&reading)).collect();
    if reading.is_activated() {
        // Whatever else is odd, it is not why the customer called.
        findings.iter_mut().for_each(|finding| finding.severity = finding.severity.min(Severity::Warning));
    }
    findings.iter_mut().for_each(|finding| finding.remedies.sort_by_key(|remedy| remedy.workaround));
    findings.sort_by_key(|finding| table::find(finding.entry.id).map(|(place, _)| place));
    findings.dedup_by(|later, first| std::ptr::eq(later.entry, first.entry) && later.says == first.says);
    findings
}
