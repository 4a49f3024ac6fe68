//! Findings about the KMS host: its state, its count, its clock, what it publishes; and that nothing is wrong.

use super::{Entry, Severity};
use crate::diagnosis::step::Stand;
use crate::outcome::Confidence;

pub(super) const FINDINGS: &[Entry] = &[
    Entry {
        id: "kms-host-not-activated",
        sentence: "The KMS host answers that it is not activated itself.",
        severity: Severity::Error,
        procedures: &["G2"],
        stand: Stand::Client,
        evidence: "0xC004F041 in the response and in event 12288",
        remedy: "Activate the KMS host with its host key (CSVLK).",
        look_alikes: &[("kms-host-not-enabled", "then the code is 0xC004F039")],
        applies_to: "Vista and Server 2008 show the code itself; later generations show 0xC004F074",
        source: "windowsserverdocs activation-error-codes",
        confidence: Confidence::Documented,
    },
    Entry {
        id: "nothing-wrong",
        sentence: "Nothing is wrong: the machine is activated.",
        severity: Severity::Notice,
        procedures: &[],
        stand: Stand::Client,
        evidence: "the attempt ended with success",
        remedy: "None.",
        look_alikes: &[],
        applies_to: "all generations",
        source: "slmgr.vbs of Windows 8.1 and 10: \"Product activated successfully.\"",
        confidence: Confidence::Documented,
    },
];
