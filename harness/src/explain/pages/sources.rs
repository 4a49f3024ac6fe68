//! The documents that pages name, each with how sure what it says is.

use evidence::outcome::Confidence::{Documented, Field, Inferred};

use super::Ref;

pub(super) const ERROR_CODES: Ref =
    ("\"Resolving common activation error codes\" (Microsoft, Windows Server documentation)", Documented);
pub(super) const GUIDELINE: Ref =
    ("\"Guidelines for troubleshooting DNS-related activation issues\" (Microsoft)", Documented);
pub(super) const GENERAL: Ref =
    ("\"Guidelines for troubleshooting the Key Management Service\" (Microsoft)", Documented);
pub(super) const KNOWN_ISSUES: Ref = ("\"KMS activation: known issues\" (Microsoft)", Documented);
pub(super) const SLMGR_OPTIONS: Ref = ("slmgr.vbs options for volume activation (Microsoft)", Documented);
pub(super) const SLMGR_SCRIPT: Ref = ("the text table of slmgr.vbs, Windows 8.1 to 10", Documented);
pub(super) const PLANNING: Ref = ("KMS activation planning (Microsoft, Windows Server documentation)", Documented);
pub(super) const CREATE_HOST: Ref =
    ("\"Create a Key Management Services (KMS) activation host\" (Microsoft)", Documented);
pub(super) const TIMING: Ref =
    ("\"KMS Activation Timing and Discovery for Volume Activation\" (Microsoft)", Documented);
pub(super) const REGISTRY: Ref = ("\"Registry settings for Volume Activation\" (Microsoft)", Documented);
pub(super) const DEPLOY: Ref = ("\"Deploy KMS Activation\" (Microsoft)", Documented);
pub(super) const CODES_2012: Ref = ("\"Activation Error Codes for Volume Activation\" (Microsoft)", Documented);
pub(super) const OFFICE_DNS: Ref =
    ("\"Configure DNS for activating volume licensed versions of Office by using KMS\" (Microsoft)", Documented);
pub(super) const EVENT_TABLE: Ref = ("the volume activation event table, ff793440 (Microsoft)", Documented);
pub(super) const OPERATIONS_GUIDE: Ref = ("Volume Activation 2.0 Operations Guide (Microsoft)", Documented);
pub(super) const SLERROR: Ref = ("slerror.h: name and text of the number", Documented);
pub(super) const SL_TABLE: Ref = ("a published table of software licensing codes: name of the number", Documented);
pub(super) const WINERROR: Ref =
    ("winerror.h and [MS-ERREF]: name of the number, not when a KMS client shows it", Documented);
pub(super) const RPC_NUMBERS: Ref = ("C706 appendix E and rpcnterr.h: name of the number", Documented);
pub(super) const MEASURED: Ref = ("a third party's capture project on Windows 11 25H2, in a workgroup", Field);
pub(super) const OURS: Ref = ("inferred by the authors from the names of the numbers", Inferred);
