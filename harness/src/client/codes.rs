//! What each surface of Windows shows for the way an attempt ended.
//!
//! One table, each row with its source; several codes where Microsoft's texts disagree, `inferred` where no text says
//! anything. Windows 7 and later show 0xC004F074 whenever at least one host was tried and all failed, with the real reason in
//! event 12288 ("Activation Error Codes for Volume Activation"; support articles for 0xC004F074 and 0xC004F06C).

use evidence::network::Failure;
use evidence::outcome::{Confidence, LoggedEvent, Outcome, OutcomeWord, Surface};
use mock_kms::wire::Hresult;
use mock_kms::wire::call::Status;

use super::profile::ClientProfile;
use super::resolver::DnsFailure;
use super::{Identity, OutsideKms};

/// No KMS host could be contacted.
const NO_HOST_CONTACTED: u32 = 0xC004_F074;
/// DNS name does not exist.
const NAME_ERROR: u32 = 0x8007_232B;
/// The name exists, without such records.
const NO_RECORDS: u32 = 0x8007_251D;
/// DNS server failure.
const SERVER_FAILURE: u32 = 0x8007_232A;
/// A time-out.
const TIMEOUT: u32 = 0x8007_05B4;
/// The name's syntax is wrong.
pub(super) const INVALID_NAME: u32 = 0x8007_007B;

/// No DNS servers are configured.
pub(super) const NO_SERVERS: u32 = 0x8007_267C;

/// The RPC server is unavailable.
pub(super) const RPC_SERVER_UNAVAILABLE: u32 = 0x8007_06BA;

/// How a conversation broke off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
    /// The association was refused: bind_nak, or no presentation context accepted.
    BindRefused,
    /// RPC refused the call with this status.
    Fault(Status),
    /// It ended without an answer, or with one that makes no sense.
    CallFailed,
}

impl Broken {
    /// The code that event 12288 shows. No source ties any of them to KMS: the numbers are those of RPC.
    #[must_use]
    pub fn code(self) -> Surface {
        let status;
        let codes: &[u32] = match self {
            // RPC_S_UNKNOWN_IF.
            Self::BindRefused => &[0x8007_06B5],
            // ERROR_ACCESS_DENIED as an HRESULT; any other status as it is.
            Self::Fault(Status::ACCESS_DENIED) => &[0x8007_0005],
            Self::Fault(other) => {
                status = [other.0];
                &status
            }
            // RPC_S_CALL_FAILED, RPC_S_CALL_FAILED_DNE, RPC_S_PROTOCOL_ERROR.
            Self::CallFailed => &[0x8007_06BE, 0x8007_06BF, 0x8007_06C0],
        };
        Surface::new(codes, Confidence::Inferred)
    }
}

/// How an attempt ended, before anybody looks at a surface.
#[derive(Clone, Debug, PartialEq)]
pub enum Ending {
    /// The machine does not ask for a KMS host.
    Outside(OutsideKms),
    /// No suffix, so no name to ask for.
    NoSuffix,
    /// Each name that was asked for does not exist, or exists without SRV records.
    NotFound {
        /// Some name does not exist.
        name_error: bool,
        /// Some name exists without SRV records.
        no_data: bool,
    },
    /// DNS gave no answer to go by.
    Dns(DnsFailure),
    /// The registered host's name has no address.
    RegisteredNameUnresolved(DnsFailure),
    /// No host could be connected to.
    NotReached,
    /// A conversation began and broke off.
    Rpc(Broken),
    /// A host answered with a failure.
    Refused(Hresult),
    /// A host answered, and has counted too few.
    CountTooLow {
        /// The host: name:port.
        host: String,
    },
    /// A host answered and it is enough.
    Activated {
        /// The host: name:port.
        host: String,
    },
    /// A host accepted the bind, and was asked nothing.
    NotAsked {
        /// The host: name:port.
        host: String,
    },
}

impl Ending {
    /// Whether a host gave an answer with which the attempt is over.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        matches!(self, Self::Activated { .. } | Self::CountTooLow { .. } | Self::NotAsked { .. })
    }

    /// What the surfaces of a generation show.
    #[must_use]
    pub fn outcome(&self, identity: &Identity, events: Vec<LoggedEvent>) -> Outcome {
        let host = match self {
            Self::Activated { host } | Self::CountTooLow { host } | Self::NotAsked { host } => Some(host.clone()),
            Self::Outside(_)
            | Self::NoSuffix
            | Self::NotFound { .. }
            | Self::Dns(_)
            | Self::RegisteredNameUnresolved(_)
            | Self::NotReached
            | Self::Rpc(_)
            | Self::Refused(_) => None,
        };
        // Both scripts print the code that the licensing service gives them.
        let code = self.code(identity.profile);
        let office = identity.product.is_office();
        let (slmgr, settings, ospp) = if office { (None, None, code) } else { (code, self.settings(), None) };
        Outcome { word: self.word(), slmgr, settings, ospp, host, events, licence: None, attempts: 1 }
    }

    /// The outcome in one word.
    fn word(&self) -> OutcomeWord {
        match self {
            Self::Outside(OutsideKms::NoKey) | Self::NoSuffix => OutcomeWord::NothingSent,
            Self::Outside(OutsideKms::MultipleActivationKey | OutsideKms::ActiveDirectory) => OutcomeWord::LeftKms,
            Self::NotFound { .. } => OutcomeWord::NoKmsHostFound,
            Self::Dns(failure) | Self::RegisteredNameUnresolved(failure) => match failure {
                DnsFailure::NoServers => OutcomeWord::NothingSent,
                DnsFailure::NameError | DnsFailure::NoData => OutcomeWord::NoKmsHostFound,
                DnsFailure::ServerFailure
                | DnsFailure::Refused
                | DnsFailure::NotImplemented
                | DnsFailure::FormatError
                | DnsFailure::OtherRcode
                | DnsFailure::NoReply(_)
                | DnsFailure::Truncated => OutcomeWord::DnsFailed,
            },
            Self::NotReached => OutcomeWord::KmsHostNotReached,
            Self::Rpc(_) => OutcomeWord::RpcFailed,
            Self::Refused(_) => OutcomeWord::KmsHostRefused,
            Self::CountTooLow { .. } => OutcomeWord::CountTooLow,
            Self::Activated { .. } => OutcomeWord::Activated,
            Self::NotAsked { .. } => OutcomeWord::Unknown,
        }
    }

    /// What the script that activates shows: `slmgr /ato`, or `ospp.vbs /act` for an Office.
    fn code(&self, profile: &ClientProfile) -> Option<Surface> {
        use Confidence::{Documented, Field, Inferred};
        if profile.shows_inner_code
            && let Some(inner) = self.inner_code()
        {
            return Some(inner);
        }
        let (codes, confidence): (&[u32], Confidence) = match self {
            Self::NotAsked { .. } => return None,
            // What slmgr says on a machine with a MAK, or that Active Directory activates, is no matter of KMS.
            Self::Outside(OutsideKms::MultipleActivationKey | OutsideKms::ActiveDirectory) => return None,
            // SL_E_PKEY_NOT_INSTALLED, activation error codes page.
            Self::Outside(OutsideKms::NoKey) => (&[0xC004_F014], Inferred),
            // Measured on Windows 11; a field report says the same of older ones.
            Self::NoSuffix => (&[INVALID_NAME], Field),
            // Support article for 0x8007232B; KB929826 for the codes that a generation shows besides.
            Self::NotFound { name_error: true, no_data: false } => {
                return Some(Surface::new(&[&[NAME_ERROR], profile.name_error_also].concat(), Documented));
            }
            // Activation error codes page; measured on Windows 11.
            Self::NotFound { name_error: false, no_data: true } => (&[NO_RECORDS], Documented),
            // Some suffixes this, some that: no source says which wins.
            Self::NotFound { .. } => (&[NAME_ERROR, NO_RECORDS], Inferred),
            Self::Dns(failure) => return dns_surface(*failure),
            // Support article for 0x8007232B says so of a registered name; that a host was "tried" speaks for the other.
            Self::RegisteredNameUnresolved(DnsFailure::NameError) => (&[NAME_ERROR, NO_HOST_CONTACTED], Documented),
            Self::RegisteredNameUnresolved(failure) => {
                let mut surface = dns_surface(*failure)?;
                surface.any.push(Hresult(NO_HOST_CONTACTED));
                surface.confidence = Inferred;
                return Some(surface);
            }
            Self::NotReached => (&[NO_HOST_CONTACTED], Documented),
            // The error code page gives 0xC004F039 to a request that nobody answered.
            Self::Rpc(_) => (&[NO_HOST_CONTACTED, 0xC004_F039], Inferred),
            Self::Refused(code) => return Some(refused(*code)),
            Self::CountTooLow { .. } => (&[0xC004_F038], Documented),
            Self::Activated { .. } => (&[0], Documented),
        };
        Some(Surface::new(codes, confidence))
    }

    /// The code inside, which Vista and Server 2008 show themselves (inferred from KB929826 and the Operations Guide).
    fn inner_code(&self) -> Option<Surface> {
        match self {
            Self::NotReached => Some(Surface::new(&[RPC_SERVER_UNAVAILABLE], Confidence::Inferred)),
            Self::Rpc(how) => Some(how.code()),
            Self::Refused(code) => Some(Surface::new(&[code.0], Confidence::Inferred)),
            Self::Outside(_)
            | Self::NoSuffix
            | Self::NotFound { .. }
            | Self::Dns(_)
            | Self::RegisteredNameUnresolved(_)
            | Self::CountTooLow { .. }
            | Self::Activated { .. }
            | Self::NotAsked { .. } => None,
        }
    }

    /// What the Settings app shows, where a source says anything.
    fn settings(&self) -> Option<Surface> {
        if matches!(self, Self::NotFound { name_error: true, no_data: false }) {
            // One field report: slmgr 0x8007232B and Settings 0x8007007B on the same machine.
            return Some(Surface::new(&[INVALID_NAME, NAME_ERROR], Confidence::Field));
        }
        matches!(self, Self::Activated { .. }).then(|| Surface::new(&[0], Confidence::Inferred))
    }
}

fn dns_surface(failure: DnsFailure) -> Option<Surface> {
    use Confidence::{Documented, Inferred};
    Some(match failure {
        DnsFailure::NameError => Surface::new(&[NAME_ERROR], Documented),
        DnsFailure::NoData => Surface::new(&[NO_RECORDS], Documented),
        DnsFailure::ServerFailure => Surface::new(&[SERVER_FAILURE], Inferred),
        // DNS_ERROR_RCODE_REFUSED by number; no text of Microsoft's ties it to KMS.
        DnsFailure::Refused => Surface::new(&[0x8007_232D, SERVER_FAILURE], Inferred),
        DnsFailure::NotImplemented => Surface::new(&[0x8007_232C, SERVER_FAILURE], Inferred),
        DnsFailure::FormatError => Surface::new(&[0x8007_2329, SERVER_FAILURE], Inferred),
        DnsFailure::OtherRcode => Surface::new(&[SERVER_FAILURE], Inferred),
        // Support article for 0x8007232A ("unreachable or not responding"); an Azure article shows the time-out code.
        DnsFailure::NoReply(Failure::TimedOut) => Surface::new(&[SERVER_FAILURE, TIMEOUT], Documented),
        DnsFailure::NoReply(_) => Surface::new(&[SERVER_FAILURE, TIMEOUT], Inferred),
        // KB2009462; the article for 0x8007232A counts an empty list as its own.
        DnsFailure::NoServers => Surface::new(&[NO_SERVERS, SERVER_FAILURE], Documented),
        // No source at all.
        DnsFailure::Truncated => return None,
    })
}

/// What is shown when a host answers with a failure.
fn refused(code: Hresult) -> Surface {
    use Confidence::{Documented, Inferred};
    match code.0 {
        // Windows 7 and later: 0xC004F074, the host's code inside event 12288.
        0xC004_F041 | 0xC004_F06C => Surface::new(&[NO_HOST_CONTACTED], Documented),
        0xC004_F042 => Surface::new(&[NO_HOST_CONTACTED, 0xC004_F042], Documented),
        // Tables give each of the two to a host that is not enabled.
        0xC004_F039 => Surface::new(&[0xC004_F039, NO_HOST_CONTACTED], Inferred),
        other => Surface::new(&[other, NO_HOST_CONTACTED], Inferred),
    }
}
