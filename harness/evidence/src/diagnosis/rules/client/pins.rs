//! Rules about a KMS host that is registered by hand: what hides discovery, leads nowhere, or is read by nobody.

use std::net::{IpAddr, SocketAddr};

use crate::diagnosis::investigation::as_written;
use crate::diagnosis::reading::{Reach, Reading, Registered};
use crate::diagnosis::remedy::{Act, Known};
use crate::diagnosis::rules::Finding;
use crate::diagnosis::table::Severity;
use crate::outcome::OutcomeWord;
use crate::registry::{self, ValueType};

/// Most characters of a group of an IPv6 address (RFC 4291 2.2).
const GROUP_MAX: usize = 4;

/// A registered host that nobody answers for, while discovery is not even tried.
pub(super) fn broken(reading: &Reading<'_>) -> Vec<Finding> {
    let Some(registered) = reading.registered() else { return Vec::new() };
    let failed = matches!(reading.word(), OutcomeWord::NoKmsHostFound | OutcomeWord::KmsHostNotReached);
    let listed =
        reading.ip.is_some_and(|ip| ip.fact.hosts.iter().any(|line| line.name.eq_ignore_ascii_case(registered.name)));
    if listed || !failed && !reading.is_activated() {
        return Vec::new();
    }
    let tried: Vec<_> = reading.connects().take_while(|connect| connect.fact.1.is_err()).collect();
    let finding = match tried.first() {
        Some(first) => not_reached(reading, &registered, first.fact.0, first.number),
        None if failed => unresolved(reading, &registered),
        None => None,
    };
    finding.into_iter().collect()
}

/// What mends a registration: going back to discovery.
fn cleared() -> Vec<Act> {
    vec![Act::ClearRegisteredHost, Act::FlushDns]
}

/// The name has no address.
fn unresolved(reading: &Reading<'_>, registered: &Registered<'_>) -> Option<Finding> {
    let target = |name: String| name.trim_end_matches('.').eq_ignore_ascii_case(registered.name.trim_end_matches('.'));
    let own = reading.published().into_iter().filter(|published| published.is_own);
    if own.into_iter().any(|published| target(published.srv.target.to_string())) {
        // Discovery would lead to the same name: not the registration is at fault.
        return None;
    }
    let lookups = reading.lookups.iter().flat_map(|lookup| lookup.numbers());
    let evidence: Vec<u32> = [registered.value.number, reading.outcome.number].into_iter().chain(lookups).collect();
    let name = registered.name;
    let is_group = name.len() <= GROUP_MAX && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    let (id, says) = if is_group {
        let says = format!("the registered name {name} looks like an IPv6 address that was cut at its first colon");
        ("client-pin-ipv6-unbracketed", says)
    } else if name.trim_end_matches('.').contains('.') {
        ("client-pin-stale", format!("{name} is registered by hand, and no such name exists"))
    } else {
        let says = format!("{name} is registered by hand; it has no address under any suffix, and nobody announces it");
        ("client-pin-unresolvable", says)
    };
    Some(Finding::new(id, evidence, says)?.repair(cleared()))
}

/// The address does not answer on the port.
fn not_reached(reading: &Reading<'_>, registered: &Registered<'_>, at: SocketAddr, number: u32) -> Option<Finding> {
    let (reach, numbers) = reading.reach(at);
    let evidence: Vec<u32> =
        [registered.value.number, reading.outcome.number, number].into_iter().chain(numbers).collect();
    if let Some(other) = reading.other_port(at) {
        let says = format!("port {} is registered by hand, and the host answers on {}", at.port(), other.fact.port());
        let finding = Finding::new("client-pin-port-wrong", evidence.into_iter().chain([other.number]), says)?;
        let name = Known::Is(registered.name.to_owned());
        return Some(
            finding.repair(cleared()).workaround(vec![Act::RegisterHost { host: name, port: other.fact.port() }]),
        );
    }
    let discovered = reading.discovered();
    if discovered.iter().any(|socket| socket.fact == at) {
        // Discovery leads to the same place: not the registration is at fault.
        return None;
    }
    let better =
        discovered.iter().find(|socket| matches!(reading.reach(socket.fact).0, Reach::Serves | Reach::Connects));
    if better.is_none() && reach != Reach::Nobody {
        return None;
    }
    let says = match better {
        Some(better) => {
            format!("{} is registered by hand and does not answer; discovery leads to {}", registered.name, better.fact)
        }
        None => format!("{} is registered by hand, and nobody answers there", registered.name),
    };
    let numbers = evidence.into_iter().chain(better.map(|better| better.number));
    Some(Finding::new("client-pin-stale", numbers, says)?.repair(cleared()))
}

/// Names in the registry that nobody reads: of the wrong type, or under another generation's key.
pub(super) fn unread(reading: &Reading<'_>) -> Vec<Finding> {
    let Some(licensing) = reading.licensing.filter(|_| reading.registered().is_none()) else { return Vec::new() };
    let root = licensing.fact.registry_root;
    let names = reading.registry().filter(|value| value.fact.name.eq_ignore_ascii_case(registry::HOST_NAME));
    let found = names.filter_map(|value| {
        let path = &value.fact.path;
        let below = |root: &str| {
            path.len() >= root.len() && path.is_char_boundary(root.len()) && {
                let (front, rest) = path.split_at(root.len());
                front.eq_ignore_ascii_case(root) && (rest.is_empty() || rest.starts_with('\\'))
            }
        };
        let remove = vec![Act::RemoveRegistryValue { path: path.clone(), name: value.fact.name.clone() }];
        let numbers = [value.number, licensing.number];
        if below(root) && value.fact.kind != ValueType::Sz {
            let says = format!("{} is of type {}, and only REG_SZ is read", value.fact.name, value.fact.kind.word());
            return Some(Finding::new("client-pin-wrong-type", numbers, says)?.repair(remove));
        }
        let foreign = [registry::SOFTWARE_LICENSING, registry::SOFTWARE_PROTECTION];
        let is_foreign = !below(root) && foreign.into_iter().any(below);
        let says =
            format!("a KMS host is registered under {path}, which {} does not read", licensing.fact.product.word());
        let mut finding = Finding::new("client-pin-wrong-key", numbers, says).filter(|_| is_foreign)?;
        if root.eq_ignore_ascii_case(registry::OFFICE_SOFTWARE_PROTECTION) {
            // Windows on the same machine reads it, and that may be what it is for.
            finding.severity = Severity::Notice;
            return Some(finding);
        }
        Some(finding.repair(remove))
    });
    found.collect()
}

/// It works, and whatever discovery would find is not asked for.
pub(super) fn hides_discovery(reading: &Reading<'_>) -> Vec<Finding> {
    let Some(registered) = reading.registered().filter(|_| reading.is_activated()) else { return Vec::new() };
    if reading.discovery().next().is_some() {
        return Vec::new();
    }
    let Some(own) = reading.published().into_iter().find(|published| published.is_own) else { return Vec::new() };
    let says = format!(
        "{} is registered by hand, so the record of {} is never asked for",
        registered.name,
        as_written(own.owner)
    );
    let finding = Finding::new("client-pin-hides-discovery", [registered.value.number, own.number], says);
    finding.map(|finding| finding.repair(cleared())).into_iter().collect()
}

/// An address with its port: what the second half of the routing test writes, and never takes back.
pub(super) fn left_by_test(reading: &Reading<'_>) -> Vec<Finding> {
    let Some(registered) = reading.registered() else { return Vec::new() };
    let path = &registered.value.fact.path;
    let port = reading.registry().find(|value| value.fact.is(path, registry::HOST_PORT));
    let (Some(IpAddr::V4(_) | IpAddr::V6(_)), Some(port)) = (registered.address(), port) else { return Vec::new() };
    let says =
        format!("an address with a port is registered, {}: as the routing test by address leaves it", registered.name);
    let finding = Finding::new("client-pin-left-by-test", [registered.value.number, port.number], says);
    finding.map(|finding| finding.repair(cleared())).into_iter().collect()
}
