//! What a diagnosis leaves open where it has found no error: what may be wrong all the same, and what to look at next for each.
//!
//! It stands apart from the report because it is the opposite of a finding: nothing was seen of it, and it says so. It knows nothing of how
//! it is written down.

use evidence::diagnosis::{Finding, Reading, Severity};
use evidence::outcome::OutcomeWord;
use serde::Serialize;

/// Something that cannot be excluded from where the diagnosis stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Open {
    /// Its word, which stays.
    pub id: &'static str,
    /// What may be.
    pub possible: &'static str,
    /// The observation that would decide it.
    pub next: &'static str,
}

/// A host that was reached and never asked. What tells: "slmgr options" page; table of events of the volume activation documents.
const HOST_REFUSES: Open = Open {
    id: "host-refuses",
    possible: "the KMS host refuses or spoils the request itself: count, product, its own activation, RPC",
    next: "client: slmgr /ato, for the code; KMS host: slmgr /dlv, and event 12290",
};

/// What a registry of Windows says, and no other system has. What tells: "slmgr options" page (/dlv).
const CLIENT_SETTINGS: Open = Open {
    id: "client-settings",
    possible: "the client has a key that is none for KMS, a KMS host registered by hand or a lookup domain",
    next: "client: slmgr /dlv; then kmslab diagnose --host NAME, or --suffix DOMAIN for a lookup domain",
};

/// What the client's own resolver does with the same question. What tells: pages of ipconfig and of Get-DnsClientNrptPolicy.
const CLIENT_RESOLVER: Open = Open {
    id: "client-resolver",
    possible: "the client's resolver remembers another answer, or a name resolution policy sends it to other servers",
    next: "client: ipconfig /displaydns, Get-DnsClientNrptPolicy",
};

/// Two clocks, of which none was read. The limit: support article for 0xC004F074; what tells: page of w32tm.
const CLOCK: Open = Open {
    id: "clock",
    possible: "the clocks of client and KMS host differ by more than four hours",
    next: "client: w32tm /stripchart /computer:<KMS host> /samples:1 /dataonly",
};

/// Nothing to ask for. What tells: the guideline's procedure G6.
const NO_SUFFIX: Open = Open {
    id: "no-suffix",
    possible: "the client has no DNS suffix, or nobody has told this machine of it",
    next: "client: ipconfig /all; then kmslab diagnose --suffix DOMAIN",
};

/// What is open: nothing where an error was found, which comes first.
pub(super) fn open(reading: &Reading<'_>, findings: &[Finding]) -> Vec<Open> {
    if findings.iter().any(|finding| finding.severity == Severity::Error) {
        return Vec::new();
    }
    if *reading.word() == OutcomeWord::NothingSent {
        return vec![NO_SUFFIX, CLIENT_SETTINGS];
    }
    if reading.outcome.fact.host.is_none() {
        return vec![CLIENT_SETTINGS, CLIENT_RESOLVER];
    }
    vec![HOST_REFUSES, CLIENT_SETTINGS, CLIENT_RESOLVER, CLOCK]
}
