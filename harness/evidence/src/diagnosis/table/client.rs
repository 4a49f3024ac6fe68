//! Findings about the client itself: why it asks nobody, the wrong host, or under the wrong name.

use super::{Entry, Severity};
use crate::diagnosis::step::Stand;
use crate::outcome::Confidence;

pub(super) const FINDINGS: &[Entry] = &[
    Entry {
        id: "client-not-kms",
        sentence: "The machine is no KMS client: its product key is a MAK, or there is none.",
        severity: Severity::Error,
        procedures: &["G1"],
        stand: Stand::Client,
        evidence: "slmgr /dlv names another key channel; no packet left the machine",
        remedy: "Install the client setup key (GVLK) of the edition, or activate with the MAK.",
        look_alikes: &[("adba-instead", "slmgr /dlv shows VOLUME_KMSCLIENT and an activation object")],
        applies_to: "all generations",
        source: "windowsserverdocs activation-troubleshoot-kms-general; github.com/11notes/docker-kms issue 27",
        confidence: Confidence::Documented,
    },
    Entry {
        id: "client-pin-stale",
        sentence: "A KMS host is registered by hand, and nobody answers under that name.",
        severity: Severity::Error,
        procedures: &["G8", "G9"],
        stand: Stand::Client,
        evidence: "the registry value KeyManagementServiceName; its name does not exist, or its address does not answer; no SRV query left",
        remedy: "slmgr /ckms, so that discovery finds the host; or register the right name.",
        look_alikes: &[("dns-srv-missing", "then an SRV query leaves the machine; a registered host hides discovery")],
        applies_to: "all generations; Vista and Server 2008 under the key SL",
        source: "SupportArticles activation-error-0x8007232b-dns-name-does-not-exist; windowsserverdocs activation-slmgr-vbs-options",
        confidence: Confidence::Documented,
    },
];
