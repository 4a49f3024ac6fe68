//! What a diagnosis leaves open where it has found no error: what may be wrong all the same, and what to look at next for each.
//!
//! It stands apart from the report because it is the opposite of a finding: nothing was seen of it, and it says so. What is open follows from
//! what was not seen, so nothing is listed that the evidence excludes. It knows nothing of how it is written down.

use evidence::diagnosis::step::{self, Step};
use evidence::diagnosis::{Finding, Reading, Severity};
use evidence::outcome::{Confidence, OutcomeWord};
use serde::Serialize;

/// Something that cannot be excluded from where the diagnosis stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Open {
    /// Its word, which stays.
    pub id: &'static str,
    /// What may be.
    pub possible: &'static str,
    /// What was not seen, so that it may be.
    pub because: &'static str,
    /// The observation that would decide it.
    pub next: &'static str,
    /// Who says that this is how it is seen.
    pub source: &'static str,
    /// How sure that is.
    pub confidence: &'static str,
}

/// A host that was reached and never asked.
const HOST_REFUSES: Open = Open {
    id: "host-refuses",
    possible: "the KMS host refuses or spoils the request itself: count, product, its own activation, RPC",
    because: "it accepts an RPC bind, and no KMS request was sent",
    next: "client: slmgr /ato, for the code; KMS host: slmgr /dlv, and event 12290",
    source: "\"slmgr options\" page; table of events of the volume activation documents",
    confidence: DOCUMENTED,
};

/// What a registry of Windows says, and no other system has.
const CLIENT_SETTINGS: Open = Open {
    id: "client-settings",
    possible: "the client has a key that is none for KMS, a KMS host registered by hand or a lookup domain",
    because: "nobody has told of a registered host, and the registry of a Windows client was not read",
    next: "client: slmgr /dlv; then kmslab diagnose --host NAME, or --suffix DOMAIN for a lookup domain",
    source: "\"slmgr options\" page: /dlv, /skms, /skms-domain",
    confidence: DOCUMENTED,
};

/// The same where the registered host is known.
const CLIENT_KEY: Open = Open {
    id: "client-settings",
    possible: "the client has a key that is none for KMS, or another host is registered for its edition alone",
    because: "the registered host is as told, and the registry of a Windows client was not read",
    next: "client: slmgr /dlv",
    source: "\"slmgr options\" page: /dlv, /skms with an activation id",
    confidence: DOCUMENTED,
};

/// What the client's own resolver does with the same question.
const CLIENT_RESOLVER: Open = Open {
    id: "client-resolver",
    possible: "the client's resolver remembers another answer, or a name resolution policy sends it to other servers",
    because: "the DNS servers were asked directly, and what the client's resolver remembers was not read",
    next: "client: ipconfig /displaydns, Get-DnsClientNrptPolicy",
    source: "pages of ipconfig and of Get-DnsClientNrptPolicy",
    confidence: DOCUMENTED,
};

/// Two clocks, of which none was read.
const CLOCK: Open = Open {
    id: "clock",
    possible: "the clocks of client and KMS host differ by more than four hours",
    because: "neither clock was read",
    next: "client: w32tm /stripchart /computer:<KMS host> /samples:1 /dataonly",
    source: "SupportArticles error-0xc004f06c and error-0xc004f074-activate-windows; page of w32tm",
    confidence: DOCUMENTED,
};

/// Nothing to ask for.
const NO_SUFFIX: Open = Open {
    id: "no-suffix",
    possible: "the client has no DNS suffix, or nobody has told this machine of it",
    because: "without a suffix there is no name to ask for, and nothing was sent",
    next: "client: ipconfig /all; then kmslab diagnose --suffix DOMAIN",
    source: "windowsserverdocs common-troubleshooting-procedures-kms-dns (G6)",
    confidence: DOCUMENTED,
};

const DOCUMENTED: &str = Confidence::Documented.word();

/// What is open: nothing where an error was found, which comes first.
pub(super) fn open(reading: &Reading<'_>, findings: &[Finding]) -> Vec<Open> {
    if findings.iter().any(|finding| finding.severity == Severity::Error) {
        return Vec::new();
    }
    let unread = |step: &Step| reading.evidence.denied.iter().any(|(denied, _)| *denied == step);
    let reached = reading.outcome.fact.host.is_some();
    let told = reading.registered().is_some();
    [
        (*reading.word() == OutcomeWord::NothingSent, NO_SUFFIX),
        (reached, HOST_REFUSES),
        (!told, CLIENT_SETTINGS),
        (told, CLIENT_KEY),
        (!reading.lookups.is_empty() && unread(&step::CACHE), CLIENT_RESOLVER),
        (reached && unread(&step::CLOCK), CLOCK),
    ]
    .into_iter()
    .filter_map(|(is_open, open)| is_open.then_some(open))
    .collect()
}
