//! What a KMS host writes into its Application log besides its answers: how it started, and how its publishing ended.
//!
//! It stands apart because these are no PDUs: nothing crosses a wire with them, and Windows shows them with their numbers.

use std::fmt;

use double::escape::Untrusted;

use crate::wire::Hresult;

/// An event of a KMS host (Volume Activation 2.0 Operations Guide, table of events).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogEvent {
    /// 12291: the Key Management Service could not be initialised. No text that we found says which parameters it has.
    NotInitialised,
    /// 12292: the timer for the host's own renewal could not be started.
    NoRenewalTimer {
        /// Why.
        code: Hresult,
    },
    /// 12293: publishing did not work.
    Failed {
        /// Why.
        code: Hresult,
        /// In which domain.
        domain: String,
    },
    /// 12294: publishing worked.
    Published {
        /// In which domain.
        domain: String,
    },
}

impl LogEvent {
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
            Self::NotInitialised => 12_291,
            Self::NoRenewalTimer { .. } => 12_292,
            Self::Failed { .. } => 12_293,
            Self::Published { .. } => 12_294,
        }
    }

    /// Its HRESULT, the first parameter of those that have one.
    #[must_use]
    pub const fn code(&self) -> Option<Hresult> {
        match self {
            Self::NoRenewalTimer { code } | Self::Failed { code, .. } => Some(*code),
            Self::NotInitialised | Self::Published { .. } => None,
        }
    }

    /// Its parameters in their order, as the event shows them.
    #[must_use]
    pub fn fields(&self) -> Vec<String> {
        let domain = match self {
            Self::Failed { domain, .. } | Self::Published { domain } => Some(domain.clone()),
            Self::NotInitialised | Self::NoRenewalTimer { .. } => None,
        };
        self.code().map(|code| code.to_string()).into_iter().chain(domain).collect()
    }
}

/// A line of the journal; the domain was typed by somebody.
impl fmt::Display for LogEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "event {}", self.id())?;
        self.fields().iter().try_for_each(|field| write!(f, " {}", Untrusted(field)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(event: LogEvent, line: &str) {
        assert_eq!(event.to_string(), line);
    }

    #[test]
    fn lines() {
        check(LogEvent::NotInitialised, "event 12291");
        check(LogEvent::NoRenewalTimer { code: Hresult(0x8007_000E) }, "event 12292 0x8007000E");
        check(LogEvent::of("contoso.com", Err(Hresult(0x8007_2338))), "event 12293 0x80072338 contoso.com");
        check(LogEvent::of("a\u{1b}", Ok(())), "event 12294 a\\u{1b}");
    }
}
