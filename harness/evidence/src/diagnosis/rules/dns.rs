//! Rules about DNS servers and what they say to the client's question.

mod aged;
mod denied;
mod elsewhere;
mod servers;
mod zones;

use super::Rule;

pub(super) const RULES: &[Rule] = &[
    servers::unreachable,
    servers::failing,
    servers::truncated,
    denied::why,
    denied::wildcard,
    zones::filtered,
    zones::missing,
];
