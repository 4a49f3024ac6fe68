//! Findings about the way to the KMS host's port, and about what listens there.

use super::{Entry, Severity};
use crate::diagnosis::step::Stand;
use crate::outcome::Confidence;

pub(super) const FINDINGS: &[Entry] = &[
    Entry {
        id: "tcp1688-silent",
        sentence: "Nobody answers on the KMS host's port: a firewall drops the packets, or the service is stopped behind one.",
        severity: Severity::Error,
        procedures: &["G5"],
        stand: Stand::Client,
        evidence: "a connection that times out after 21 s; the ping beside it tells whether the machine is there",
        remedy: "Open TCP 1688 on the client, on the way and on the host; start the licensing service.",
        look_alikes: &[
            ("srv-address-stale", "then the machine does not answer a ping either"),
            ("tcp1688-refused", "then the answer comes within two seconds"),
        ],
        applies_to: "all generations",
        source: "SupportArticles error-0xc004f074-activate-windows; disable-stealth-mode (KB2586744)",
        confidence: Confidence::Documented,
    },
    Entry {
        id: "tcp1688-refused",
        sentence: "The KMS host's port is closed: nobody listens there, or a firewall says so.",
        severity: Severity::Error,
        procedures: &["G5"],
        stand: Stand::Client,
        evidence: "a connection that is reset at once",
        remedy: "Start the licensing service on the host; let the firewall pass TCP 1688.",
        look_alikes: &[("tcp1688-silent", "then nothing comes back at all")],
        applies_to: "all generations",
        source: "SupportArticles error-0xc004f074-activate-windows",
        confidence: Confidence::Documented,
    },
];
