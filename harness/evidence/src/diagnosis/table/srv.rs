//! Findings about SRV records, and about the names and addresses that they lead to.

use super::{Entry, Severity};
use crate::diagnosis::step::Stand;
use crate::outcome::Confidence;

pub(super) const FINDINGS: &[Entry] = &[Entry {
    id: "srv-target-unresolvable",
    sentence: "The SRV record names a host that has no address.",
    severity: Severity::Error,
    procedures: &["G6", "G9"],
    stand: Stand::Client,
    evidence: "the SRV record, and the empty answers for the addresses of its target; no connection was tried",
    remedy: "Give the host an address record, or name the right host.",
    look_alikes: &[("srv-address-stale", "then there is an address, and nobody answers there")],
    applies_to: "all generations",
    source: "RFC 2782; no text of Microsoft shows the code",
    confidence: Confidence::Inferred,
}];
