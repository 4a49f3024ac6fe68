//! Rules about the RPC conversation.

use super::Rule;

pub(super) const RULES: &[Rule] = &[];
