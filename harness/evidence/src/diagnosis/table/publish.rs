//! Findings about how a KMS host publishes itself, as its registry shows it.

use super::{Entry, Severity};
use crate::diagnosis::step::Stand;
use crate::outcome::Confidence;

pub(super) const FINDINGS: &[Entry] = &[
    Entry {
        id: "host-publishing-disabled",
        sentence: "The KMS host is told not to publish itself, and nobody has added its record by hand.",
        severity: Severity::Error,
        procedures: &["G4", "G7"],
        stand: Stand::Host,
        evidence: "DisableDnsPublishing is not 0 on the host, and DNS holds no record under the client's names",
        remedy: "Remove the value and restart the licensing service; or leave it, and add the SRV record by hand.",
        look_alikes: &[(
            "dns-srv-missing",
            "the same seen from the client; with publishing on, the update did not get through",
        )],
        applies_to: "all generations; the key is SL on Vista and Server 2008 only",
        source: "windowsserverdocs common-troubleshooting-procedures-kms-dns; issue 4218 for the key",
        confidence: Confidence::Documented,
    },
    Entry {
        id: "host-publish-list-incomplete",
        sentence: "The KMS host publishes itself in a list of domains, and the client's is not among them.",
        severity: Severity::Error,
        procedures: &["G9"],
        stand: Stand::Host,
        evidence: "DnsDomainPublishList on the host, and the domains under which the client looks",
        remedy: "Add the client's domain to the list and restart the licensing service.",
        look_alikes: &[(
            "client-search-list-incomplete",
            "then the record is where it was meant to be, and the client looks elsewhere",
        )],
        applies_to: "all generations; Vista and Server 2008 take plain names, later ones \"domain, priority, weight\"",
        source: "Volume Activation Technical Reference Guide; windowsserverdocs common-troubleshooting-procedures-kms-dns",
        confidence: Confidence::Documented,
    },
    Entry {
        id: "host-port-value-ignored",
        sentence: "A listening port is written on the KMS host where the service does not read it: another key, or another type.",
        severity: Severity::Warning,
        procedures: &["G4"],
        stand: Stand::Host,
        evidence: "KeyManagementServiceListeningPort in the registry, and another port on which the service listens",
        remedy: "Write the value as REG_SZ below SoftwareProtectionPlatform, restart the service, and publish that port; or remove it.",
        look_alikes: &[("srv-port-wrong", "then the record names a port on which nobody listens")],
        applies_to: "Windows 7 and Server 2008 R2, and later; before them the key is SL",
        source: "MicrosoftDocs windowsserverdocs issue 4218",
        confidence: Confidence::Documented,
    },
    Entry {
        id: "dns-update-refused",
        sentence: "The DNS server does not take the dynamic update with which the KMS host publishes itself.",
        severity: Severity::Error,
        procedures: &["G4", "G7"],
        stand: Stand::Host,
        evidence: "event 12293 on the host with the code of a refused update, and no record under the client's names",
        remedy: "Allow this host to update the record, or add the SRV record by hand and switch publishing off.",
        look_alikes: &[
            ("host-publishing-disabled", "then the host logs no event 12293, because it does not try"),
            ("dns-update-owned-by-other-host", "then the code is 0x80072338, and another host's record is there"),
        ],
        applies_to: "all generations; any DNS server",
        source: "previous-versions ff793405 (a zone without dynamic update: repeated 12293); winerror.h for the codes",
        confidence: Confidence::Inferred,
    },
    Entry {
        id: "dns-update-owned-by-other-host",
        sentence: "The KMS host may not add itself to a record that another host made and owns.",
        severity: Severity::Error,
        procedures: &["G4"],
        stand: Stand::Host,
        evidence: "event 12293 on the host with 0x80072338, and a record that names another host",
        remedy: "Give the host, or a group of KMS hosts, the right to change the record; restart the licensing service.",
        look_alikes: &[("dns-update-refused", "then no host can register, and the code is another")],
        applies_to: "zones with secure dynamic update",
        source: "SupportArticles event-12293-error-0x800723-set-kms-host (KB2553863)",
        confidence: Confidence::Documented,
    },
];
