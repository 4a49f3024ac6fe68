//! Findings about DNS servers and what they say to the client's question.

use super::{Entry, Severity};
use crate::diagnosis::step::Stand;
use crate::outcome::Confidence;

pub(super) const FINDINGS: &[Entry] = &[
    Entry {
        id: "dns-server-unreachable",
        sentence: "A DNS server of the client gives no usable reply.",
        severity: Severity::Error,
        procedures: &["G3"],
        stand: Stand::Client,
        evidence: "queries without a usable reply; the ping beside them tells whether the machine or the port is silent",
        remedy: "Open UDP and TCP 53 on the way, start the DNS service, or give the client a server that answers.",
        look_alikes: &[
            ("client-no-dns-server", "then no query leaves at all"),
            ("dns-server-failure", "then a reply comes, with a failure in it"),
        ],
        applies_to: "all generations",
        source: "SupportArticles activation-error-0x8007232a-dns-server-failure; windows-vm-activation-error-0x800705b4",
        confidence: Confidence::Documented,
    },
    Entry {
        id: "dns-srv-owner-misspelt",
        sentence: "The SRV record stands under a misspelt owner name.",
        severity: Severity::Error,
        procedures: &["G6", "G7"],
        stand: Stand::Client,
        evidence: "the right name does not exist; one that is a letter or an underscore off holds an SRV record",
        remedy: "Remove the record, and add it under _vlmcs._tcp.",
        look_alikes: &[("dns-srv-missing", "then no neighbouring name holds one either")],
        applies_to: "all generations",
        source: "windowsserverdocs issues 4170 and 4214, pull request 4481",
        confidence: Confidence::Documented,
    },
    Entry {
        id: "dns-srv-missing",
        sentence: "The client's DNS zone holds no SRV record of a KMS host.",
        severity: Severity::Error,
        procedures: &["G6", "G7"],
        stand: Stand::Client,
        evidence: "the client's own query, and the same at each of its servers: the name does not exist, or has no SRV record",
        remedy: "Publish the KMS host: let it register itself, or add the SRV record by hand.",
        look_alikes: &[
            ("dns-srv-owner-misspelt", "a neighbouring name holds the record"),
            ("dns-srv-in-other-zone", "another domain that the machine knows holds the record"),
            ("dns-server-wrong", "the server does not know the zone at all"),
        ],
        applies_to: "all generations",
        source: "windowsserverdocs common-troubleshooting-procedures-kms-dns; SupportArticles activation-error-0x8007232b-dns-name-does-not-exist",
        confidence: Confidence::Documented,
    },
];
