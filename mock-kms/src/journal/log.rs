//! What a KMS host writes into its Application log about publishing.
//!
//! It stands apart because these are no PDUs: nothing crosses a wire with them, and Windows shows them with their numbers.

use std::fmt;

use double::escape::Untrusted;

use crate::wire::Hresult;

/// How a publication ended (Volume Activation 2.0 Operations Guide, table of events).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PublishEvent {
    /// 12293: it did not work.
    Failed {
        /// Why.
        code: Hresult,
        /// In which domain.
        domain: String,
    },
    /// 12294: it worked.
    Published {
        /// In which domain.
        domain: String,
    },
}

impl PublishEvent {
    /// The event that a publication ends with.
    #[must_use]
    pub fn of(domain: &str, result: Result<(), Hresult>) -> Self {
        let domain = domain.to_owned();
        match result {
            Ok(()) => Self::Published { domain },
            Err(code) => Self::Failed { code, domain },
        }
    }

    /// Its number.
    #[must_use]
    pub const fn id(&self) -> u32 {
        match self {
            Self::Failed { .. } => 12_293,
            Self::Published { .. } => 12_294,
        }
    }

    /// Its parameters in their order, as the event shows them.
    #[must_use]
    pub fn fields(&self) -> Vec<String> {
        match self {
            Self::Failed { code, domain } => vec![code.to_string(), domain.clone()],
            Self::Published { domain } => vec![domain.clone()],
        }
    }
}

/// A line of the journal; the domain was typed by somebody.
impl fmt::Display for PublishEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed { code, domain } => write!(f, "event 12293 {code} {}", Untrusted(domain)),
            Self::Published { domain } => write!(f, "event 12294 {}", Untrusted(domain)),
        }
    }
}
