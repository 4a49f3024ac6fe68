//! DRIVER: how many descriptors this process may have.
//!
//! It stands apart because only programs ask: a library does not change what its process may do. Every connection takes one
//! descriptor, and the limit that a shell hands down is often lower than what a server was told to take on.
#![cfg_attr(target_os = "linux", expect(clippy::disallowed_methods, reason = "driver: raises a limit of the process"))]

use std::io;

/// Descriptors that a server needs beside its connections: its streams, its listener, the files of its runtime.
const BESIDE: u64 = 64;

/// Why a process cannot have so many connections.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TooFew {
    /// The limit that only an administrator raises.
    #[error(
        "{wanted} connections need {} descriptors, and this process may have {hard}; \
         take fewer connections, or raise the hard limit (ulimit -Hn)", wanted + BESIDE
    )]
    Hard {
        /// Connections.
        wanted: u64,
        /// The hard limit of descriptors.
        hard: u64,
    },
    /// The system refused.
    #[error("the limit of descriptors cannot be raised: {0}")]
    System(io::Error),
}

/// Raises the limit of this process so that it can have `connections`; leaves it where that is so already.
///
/// # Errors
/// The hard limit is lower, or the system refuses.
#[cfg(target_os = "linux")]
pub fn allow(connections: usize) -> Result<(), TooFew> {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};

    let wanted = u64::try_from(connections).unwrap_or(u64::MAX);
    let needed = wanted.saturating_add(BESIDE);
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE).map_err(|error| TooFew::System(error.into()))?;
    if needed <= soft {
        return Ok(());
    }
    if needed > hard {
        return Err(TooFew::Hard { wanted, hard });
    }
    setrlimit(Resource::RLIMIT_NOFILE, needed, hard).map_err(|error| TooFew::System(error.into()))
}

/// Does nothing: where the limit cannot be asked for, the server waits for descriptors when there are none.
///
/// # Errors
/// None.
#[cfg(not(target_os = "linux"))]
pub fn allow(_connections: usize) -> Result<(), TooFew> {
    Ok(())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_may_have_is_refused_with_a_way_out() {
        assert!(allow(1).is_ok());
        let refused = allow(usize::MAX / 2).unwrap_err().to_string();
        assert!(refused.contains("ulimit -Hn"), "{refused}");
    }
}
