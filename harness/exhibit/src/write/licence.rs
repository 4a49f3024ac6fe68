//! What the licensing service of a client knows of itself, as both scripts print it: the state, how long it lasts, which host it was.
//!
//! It stands apart because slmgr and ospp.vbs print the same facts with other words and other rounding.

use std::net::IpAddr;

use evidence::outcome::{LoggedEvent, OutcomeWord};
use evidence::registry;
use evidence::vantage::Licensing;
use mock_dns::record::RecordType;

use super::ask::address_of;
use crate::desk::Desk;

/// How long an activation lasts, in minutes: 180 days (kms-behaviour: timers).
const VALIDITY: u64 = 259_200;

/// Event 12289, and its fields behind the HRESULT: flags, activated, unused, count, activation interval, renewal interval, time.
const ANSWERED: u32 = 12_289;
const ACTIVATION_INTERVAL: usize = 4;
const RENEWAL_INTERVAL: usize = 5;

/// The default intervals in minutes (kms-behaviour: timers).
const INTERVALS: (u32, u32) = (120, 10_080);

/// The licence status of a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    /// Licensed, for so many minutes yet.
    Licensed(u64),
    /// In notification mode, because it was never activated by a KMS host.
    Notification,
}

/// SL_E_VL_MACHINE_NOT_BOUND: why a machine that no KMS host has activated is in notification mode.
pub(super) const NOT_BOUND: u32 = 0xC004_F056;

/// The status, from how the last attempt ended.
pub(super) fn status(desk: &Desk<'_>) -> Status {
    match desk.outcome.map(|outcome| &outcome.word) {
        Some(OutcomeWord::Activated) => Status::Licensed(VALIDITY),
        _ => Status::Notification,
    }
}

/// Activation interval and renewal interval in minutes: what the last answer said.
pub(super) fn intervals(desk: &Desk<'_>) -> (u32, u32) {
    let events = desk.vantage.events().unwrap_or_default();
    let answered = events.iter().rfind(|event| event.id == ANSWERED);
    let field = |event: &LoggedEvent, place: usize| event.fields.get(place).and_then(|field| field.parse().ok());
    let read = |event: &LoggedEvent| Some((field(event, ACTIVATION_INTERVAL)?, field(event, RENEWAL_INTERVAL)?));
    answered.and_then(read).unwrap_or(INTERVALS)
}

/// The address of a host by its name, as far as the resolver of the machine remembers it; the name itself where it is one.
pub(super) fn address(desk: &Desk<'_>, name: &str) -> Option<IpAddr> {
    if let Ok(address) = name.trim_matches(['[', ']']).parse() {
        return Some(address);
    }
    let cache = desk.vantage.resolver_cache().unwrap_or_default();
    let of_name = cache.iter().filter(|cached| cached.name.to_string().eq_ignore_ascii_case(name));
    let addresses = of_name.filter(|cached| cached.kind == RecordType::A || cached.kind == RecordType::AAAA);
    addresses.flat_map(|cached| &cached.records).find_map(address_of)
}

/// The text of a registry value of the product on this machine.
pub(super) fn setting(desk: &Desk<'_>, licensing: &Licensing, name: &str) -> Option<String> {
    let values = desk.vantage.registry().ok()?;
    registry::text(values, licensing.registry_root, name).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// Whether the host that was found is remembered.
pub(super) fn caches(desk: &Desk<'_>, licensing: &Licensing) -> bool {
    let values = desk.vantage.registry().unwrap_or_default();
    registry::number(values, licensing.registry_root, registry::CACHING_DISABLED).unwrap_or(0) == 0
}
