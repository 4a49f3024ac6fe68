//! Findings about what answers on an open port, and about the RPC conversation.

use super::{Entry, Severity};
use crate::diagnosis::step::Stand;
use crate::outcome::Confidence;

/// No text of Microsoft's ties an RPC failure to what a KMS client shows.
const NO_SOURCE: &str = "[C706] 12.6 and [MS-RPCE] 3.3; no source shows what Windows says here";

pub(super) const FINDINGS: &[Entry] = &[
    Entry {
        id: "tcp1688-wrong-service",
        sentence: "Something else than an RPC service listens on the KMS host's port.",
        severity: Severity::Error,
        procedures: &["G5"],
        stand: Stand::Client,
        evidence: "a connection, and a first answer that does not begin with an RPC version",
        remedy: "Move the other service to another port, or publish the port on which the KMS host really listens.",
        look_alikes: &[
            ("srv-port-wrong", "then another port of the machine answers as a KMS host"),
            ("rpc-answer-unusable", "then the first octets are RPC"),
            ("rpc-no-answer", "a service that waits for the client to speak its protocol says nothing at all"),
        ],
        applies_to: "all generations",
        source: NO_SOURCE,
        confidence: Confidence::Inferred,
    },
    Entry {
        id: "tcp1688-closed-after-accept",
        sentence: "The connection is accepted and ended at once: by the machine itself, or by a proxy or filter in front of it.",
        severity: Severity::Error,
        procedures: &["G5"],
        stand: Stand::Client,
        evidence: "a connection that is closed or reset before anything was said; a port test is green all the same",
        remedy: "Look at what accepts there: restart the licensing service, or take the proxy, balancer or filter out of the way.",
        look_alikes: &[
            ("tcp1688-refused", "then no connection comes about"),
            ("rpc-conversation-failed", "then bind_ack comes first"),
        ],
        applies_to: "all generations",
        source: NO_SOURCE,
        confidence: Confidence::Inferred,
    },
    Entry {
        id: "rpc-bind-refused",
        sentence: "RPC answers and refuses the association with the KMS interface.",
        severity: Severity::Error,
        procedures: &["G5"],
        stand: Stand::Client,
        evidence: "bind_nak, or a bind_ack that accepts no presentation context",
        remedy: "Let anonymous RPC reach the licensing service again; where another RPC server has the port, give it back.",
        look_alikes: &[
            ("tcp1688-wrong-service", "then the answer is no RPC"),
            ("rpc-fault", "then the bind is accepted and the call is refused"),
        ],
        applies_to: "all generations",
        source: NO_SOURCE,
        confidence: Confidence::Inferred,
    },
    Entry {
        id: "rpc-fault",
        sentence: "RPC accepts the association and refuses the call.",
        severity: Severity::Error,
        procedures: &["G5"],
        stand: Stand::Client,
        evidence: "a fault PDU, and its status, in place of the response",
        remedy: "Access denied: take the restriction of remote RPC clients back. Too busy: take load off the host, try again.",
        look_alikes: &[
            ("rpc-bind-refused", "then the bind is refused"),
            ("kms-host-refused-request", "then a response comes, with a code of the KMS host's"),
        ],
        applies_to: "all generations",
        source: "[MS-RPCE] 2.2.2.6; [C706] appendix E; no source shows what Windows says here",
        confidence: Confidence::Inferred,
    },
    Entry {
        id: "rpc-no-answer",
        sentence: "The port accepts connections, and then nobody speaks: the service hangs, a proxy holds the line, or another service waits for its own protocol.",
        severity: Severity::Error,
        procedures: &["G5"],
        stand: Stand::Client,
        evidence: "a connection, the client's bind or request, and nothing until the time was up",
        remedy: "Restart the licensing service on the host; take a proxy in front of it out of the way.",
        look_alikes: &[
            ("tcp1688-silent", "then no connection comes about"),
            ("tcp1688-wrong-service", "then something that is no RPC is said"),
        ],
        applies_to: "all generations",
        source: "RPC documentation: a call has no time-out by default; what the licensing service sets is not published",
        confidence: Confidence::Inferred,
    },
    Entry {
        id: "rpc-conversation-failed",
        sentence: "The conversation begins as it should and is cut in the middle.",
        severity: Severity::Error,
        procedures: &["G5"],
        stand: Stand::Client,
        evidence: "bind_ack, and then a close or reset in place of the rest",
        remedy: "Look for what cuts it: an inspecting firewall or IPS on the way, or a service that crashes on the host.",
        look_alikes: &[
            ("tcp1688-closed-after-accept", "then nothing is said at all"),
            ("rpc-answer-unusable", "then an answer comes, and it is damaged"),
        ],
        applies_to: "all generations",
        source: NO_SOURCE,
        confidence: Confidence::Inferred,
    },
    Entry {
        id: "rpc-answer-unusable",
        sentence: "An answer comes that is no answer to this call: damaged, cut short, or another client's.",
        severity: Severity::Error,
        procedures: &["G5"],
        stand: Stand::Client,
        evidence: "octets that cannot be read as the PDU they claim to be, or a response that names another client or time",
        remedy: "Take out of the way what rewrites or repeats answers: an RPC proxy, a balancer that mixes connections, a bad line.",
        look_alikes: &[
            ("tcp1688-wrong-service", "then not even the first octet is RPC"),
            ("rpc-conversation-failed", "then the connection ends instead"),
        ],
        applies_to: "all generations",
        source: NO_SOURCE,
        confidence: Confidence::Inferred,
    },
];
