//! What the licensing service of a client knows of itself, as both scripts print it: the state, how long it lasts, which host it was.
//!
//! It stands apart because slmgr and ospp.vbs print the same facts with other words and other rounding.

use std::net::IpAddr;

use evidence::outcome::Licence;
use evidence::registry;
use evidence::vantage::Licensing;
use mock_dns::record::RecordType;

use super::ask::address_of;
use crate::desk::Desk;

/// The licence at the moment at which somebody types; none where the service tells nothing.
pub(super) fn now(desk: &Desk<'_>) -> Option<Licence> {
    desk.vantage.licence(desk.network.now()).ok()
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
