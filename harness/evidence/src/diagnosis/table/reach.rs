//! Findings about the way to the KMS host's port: what the client sees, and where it sits as the two ends see it.

use super::{Entry, Severity};
use crate::diagnosis::step::Stand;
use crate::outcome::Confidence;

/// Microsoft names the port and both firewalls; stealth mode explains why a stopped service is silent.
const SILENCE: &str = "SupportArticles error-0xc004f074-activate-windows; disable-stealth-mode (KB2586744)";
const PORT: &str = "SupportArticles error-0xc004f074-activate-windows";

pub(super) const FINDINGS: &[Entry] = &[
    Entry {
        id: "network-host-unreachable",
        sentence: "No route leads to the KMS host's address.",
        severity: Severity::Error,
        procedures: &["G5"],
        stand: Stand::Client,
        evidence: "ICMP host or network unreachable for the connection, and for the ping",
        remedy: "Repair the route or the gateway; or give the host an address in a network that the client reaches.",
        look_alikes: &[
            ("tcp1688-rejected", "then the message says prohibited, and a ping may pass"),
            (
                "srv-address-stale",
                "an address in the client's own net where nobody is: then nothing comes back from a router",
            ),
        ],
        applies_to: "all generations",
        source: PORT,
        confidence: Confidence::Documented,
    },
    Entry {
        id: "client-firewall-blocks",
        sentence: "The client's own firewall stops its connection to the KMS host.",
        severity: Severity::Error,
        procedures: &["G5"],
        stand: Stand::Host,
        evidence: "the service accepts a connection from its own machine; the client's SYN is in no capture, not even the client's",
        remedy: "Allow outbound TCP to the port in the client's firewall.",
        look_alikes: &[("network-path-blocks", "then the client's capture shows the SYN")],
        applies_to: "all generations",
        source: SILENCE,
        confidence: Confidence::Documented,
    },
    Entry {
        id: "network-path-blocks",
        sentence: "A device between client and KMS host stops the connection.",
        severity: Severity::Error,
        procedures: &["G5"],
        stand: Stand::Host,
        evidence: "a SYN that leaves the client and does not arrive at the host, or an answer that does not come back",
        remedy: "Open TCP 1688 from the client's net to the host on the firewall, VPN or switch between them.",
        look_alikes: &[("host-firewall-blocks", "then the host's capture shows the SYN, and no answer")],
        applies_to: "all generations",
        source: SILENCE,
        confidence: Confidence::Documented,
    },
    Entry {
        id: "host-firewall-blocks",
        sentence: "The KMS host's own firewall stops the connection: its rule is there and is not enabled by default.",
        severity: Severity::Error,
        procedures: &["G5"],
        stand: Stand::Host,
        evidence: "a SYN that arrives and is not answered, while a connection from the host to itself succeeds",
        remedy: "Enable the rule \"Key Management Service (TCP-In)\" of the host's firewall.",
        look_alikes: &[
            ("kms-service-stopped", "then a connection from the host to itself fails too"),
            ("tcp1688-queue-full", "then it fails too, while the service runs"),
        ],
        applies_to: "all generations",
        source: "windowsserverdocs kms-general and kms-create-host: the rule SPPSVC-In-TCP is not enabled by default",
        confidence: Confidence::Documented,
    },
    Entry {
        id: "tcp1688-queue-full",
        sentence: "The KMS host's listen queue is full: the service runs and takes no more connections.",
        severity: Severity::Error,
        procedures: &["G5"],
        stand: Stand::Host,
        evidence: "the service runs and its port takes no connection, not even from its own machine",
        remedy: "Restart the licensing service, and look for who opens so many connections.",
        look_alikes: &[
            ("kms-service-stopped", "then the service does not run"),
            ("host-firewall-blocks", "then a connection from the host to itself succeeds"),
        ],
        applies_to: "all generations",
        source: "SupportArticles disable-stealth-mode (KB2586744): stealth mode hides an overrun backlog",
        confidence: Confidence::Documented,
    },
    Entry {
        id: "tcp1688-silent",
        sentence: "The machine is there and nobody answers on the KMS host's port: a firewall drops the packets, or behind one the service is stopped, has no host key, or takes no more connections.",
        severity: Severity::Error,
        procedures: &["G5"],
        stand: Stand::Client,
        evidence: "a connection that times out after 21 s, while the machine answers a ping; standing at the host tells the causes apart",
        remedy: "Open TCP 1688 on the client, on the way and on the host; start the licensing service; install the host key.",
        look_alikes: &[
            ("srv-address-stale", "then the machine does not answer a ping either"),
            ("srv-port-wrong", "then another port of the machine answers as a KMS host"),
            ("tcp1688-refused", "then the answer comes within two seconds"),
        ],
        applies_to: "all generations",
        source: SILENCE,
        confidence: Confidence::Documented,
    },
    Entry {
        id: "tcp1688-refused",
        sentence: "The KMS host's port is closed: nobody listens there, or a firewall says so.",
        severity: Severity::Error,
        procedures: &["G5"],
        stand: Stand::Client,
        evidence: "each SYN is answered by a reset; a ping tells nothing more",
        remedy: "Start the licensing service on the host; let the firewall pass TCP 1688.",
        look_alikes: &[
            ("tcp1688-silent", "then nothing comes back at all"),
            ("tcp1688-closed-after-accept", "then the connection is accepted first"),
            ("srv-port-wrong", "then another port of the machine answers as a KMS host"),
        ],
        applies_to: "all generations",
        source: PORT,
        confidence: Confidence::Documented,
    },
    Entry {
        id: "tcp1688-rejected",
        sentence: "A firewall answers the connection with ICMP \"administratively prohibited\".",
        severity: Severity::Error,
        procedures: &["G5"],
        stand: Stand::Client,
        evidence: "the ICMP message in place of an answer to the SYN; its source is the firewall",
        remedy: "Let that firewall pass TCP 1688 from the client to the host.",
        look_alikes: &[
            ("network-host-unreachable", "then the message says unreachable, and a ping fails too"),
            ("tcp1688-refused", "then a TCP reset comes"),
        ],
        applies_to: "all generations",
        source: "SupportArticles error-0xc004f074-activate-windows; the time is known from no source",
        confidence: Confidence::Inferred,
    },
];
