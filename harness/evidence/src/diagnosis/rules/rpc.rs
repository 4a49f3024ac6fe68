//! Rules about the RPC conversation: each failed conversation of the client is one finding, by how it ended.
//!
//! The conversation itself is the evidence; what the investigation's own bind got on the same port stands beside it, because a
//! failure that comes and goes is looked for elsewhere than one that stays.

use mock_kms::journal::What;
use mock_kms::wire::bind::ContextResult;
use mock_kms::wire::call::Status;

use super::{Finding, Rule};
use crate::diagnosis::fact::BindSaid;
use crate::diagnosis::reading::{End, Reading, Talk};
use crate::diagnosis::remedy::Act;

pub(super) const RULES: &[Rule] = &[conversations];

/// Reasons of a bind_nak (C706 12.6.3.1 p_reject_reason_t; \[MS-RPCE\] 2.2.2.5 for 8), in words.
const NAK_REASONS: [(u16, &str); 5] = [
    (0, "no reason given"),
    (1, "temporary congestion"),
    (2, "a local limit is exceeded"),
    (4, "the protocol version is not supported"),
    (8, "the authentication type is not recognized"),
];

fn conversations(reading: &Reading<'_>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    for talk in reading.talks() {
        let Some((number, end)) = talk.end() else { continue };
        let Some((id, says)) = said(&talk, end, reading) else { continue };
        let (beside, note) = bound(reading, &talk, end);
        let numbers = talk.numbers().into_iter().chain([number]).chain(beside);
        let found = Finding::new(id, numbers, format!("{says}{note}"));
        let Some(finding) = found else { continue };
        let id = finding.entry.id;
        findings.push(finding.repair(vec![Act::RepairService { at: talk.at, finding: id }]));
    }
    findings
}

/// The finding for an end, and what is seen.
fn said(talk: &Talk<'_>, end: End, reading: &Reading<'_>) -> Option<(&'static str, String)> {
    let at = talk.at;
    Some(match end {
        End::Granted(_) if *reading.word() != crate::outcome::OutcomeWord::RpcFailed => return None,
        End::Refused(_) => return None,
        End::Granted(_) => ("rpc-answer-unusable", format!("{at} answers what this client did not ask")),
        End::ClosedAtOnce => {
            ("tcp1688-closed-after-accept", format!("{at} accepts the connection and ends it before it says anything"))
        }
        End::NotRpc => ("tcp1688-wrong-service", format!("what answers on {at} is no RPC")),
        End::BindRefused(Some(reason)) => {
            let named = NAK_REASONS.iter().find(|(known, _)| *known == reason).map(|(_, words)| *words);
            let named = named.unwrap_or("a reason without a name");
            ("rpc-bind-refused", format!("{at} refuses the RPC bind: {named} ({reason})"))
        }
        End::BindRefused(None) if knows_no_kms(talk) => {
            ("rpc-bind-refused", format!("{at} is an RPC server that does not know the KMS interface"))
        }
        End::BindRefused(None) => {
            ("rpc-bind-refused", format!("{at} knows the KMS interface, and accepts no way to encode its calls"))
        }
        End::Fault(status) => {
            let name = Status(status).name().unwrap_or("no name");
            ("rpc-fault", format!("RPC on {at} refuses the call: 0x{status:08X} ({name})"))
        }
        End::Silence(waiting_for) => {
            ("rpc-no-answer", format!("{at} accepts the connection and sends no {waiting_for}"))
        }
        End::BrokenOff => ("rpc-conversation-failed", format!("the conversation with {at} ends in the middle")),
        End::Unusable => ("rpc-answer-unusable", format!("{at} sends something that is no answer to the call")),
    })
}

/// Whether the RPC server said of the interface itself that it does not know it (C706 12.6.3.1, p_provider_reason_t 1).
fn knows_no_kms(talk: &Talk<'_>) -> bool {
    let unknown = |result: &ContextResult| !result.is_accepted() && result.reason == ContextResult::INTERFACE_UNKNOWN;
    talk.said.iter().any(|said| matches!(&said.fact.what, What::BindAck { results } if results.iter().any(unknown)))
}

/// What the investigation's own bind got there, where it says that the failure does not stay.
fn bound(reading: &Reading<'_>, talk: &Talk<'_>, end: End) -> (Vec<u32>, &'static str) {
    let own: Vec<_> = reading.binds().filter(|bind| bind.fact.0 == talk.at).collect();
    let accepted = own.iter().any(|bind| *bind.fact.1 == BindSaid::Accepted);
    let at_bind = matches!(end, End::ClosedAtOnce | End::NotRpc | End::BindRefused(_) | End::Silence("bind_ack"));
    let note =
        if at_bind && accepted { "; a bind that was tried afterwards is accepted, so it comes and goes" } else { "" };
    (own.iter().map(|bind| bind.number).collect(), note)
}
