//! Findings about the RPC conversation.

use super::Entry;

pub(super) const FINDINGS: &[Entry] = &[];
