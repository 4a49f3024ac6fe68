//! One attempt to activate, from the first decision to the outcome: `slmgr /ato`.
//!
//! It puts the parts in order and decides how an attempt ended when several hosts failed in several ways: the one that got
//! furthest tells most.

use std::net::{IpAddr, SocketAddr};

use evidence::outcome::{Licence, LoggedEvent, Outcome};
use mock_dns::name::DomainName;
use mock_dns::record::RecordType;

use super::call::{Answer, Conversation};
use super::codes::Ending;
use super::events;
use super::resolver::{self, DnsFailure};
use super::sources::{self, HostSource};
use super::srv::{self, Offer};
use super::state::{ClientState, Discovered};
use super::suffix;
use super::{Identity, OutsideKms, Stand, reach};

/// The name below which a workgroup machine looks for domain controllers; WORKGROUP is the default name of a workgroup.
const DIRECTORY_PROBE: &str = "_ldap._tcp.dc._msdcs.WORKGROUP";

/// How many hosts a measured attempt was seen to try (kms-wire: runs of a third party's capture project).
const HOSTS_MEASURED: usize = 3;

/// What came of an attempt.
#[derive(Clone, Debug, PartialEq)]
pub struct Attempt {
    /// How it ended.
    pub outcome: Outcome,
    /// What the machine remembers afterwards.
    pub state: ClientState,
}

/// Tries once to activate.
#[must_use]
pub fn activate(stand: &Stand<'_>, mut state: ClientState) -> Attempt {
    let span = tracing::info_span!("attempt", client = %stand.identity.machine);
    let _entered = span.enter();
    let mut events = Vec::new();
    let ending = match stand.identity.outside_kms {
        Some(why) => Ending::Outside(why),
        None => ask_somebody(stand, &mut state, &mut events),
    };
    let activated = matches!(ending, Ending::Activated { .. });
    state.licence.tried(stand.now(), activated, stand.identity);
    events.extend(events::of_failure(stand, &ending));
    let licence = licence(stand, &state);
    let outcome = Outcome { licence, ..ending.outcome(stand.identity, events) };
    tracing::info!(outcome = outcome.word.word());
    Attempt { outcome, state }
}

/// The licence after an attempt: none where nothing was asked for, or another channel than KMS decides on it.
fn licence(stand: &Stand<'_>, state: &ClientState) -> Option<Licence> {
    (stand.identity.is_on_kms() && !stand.only_binds).then(|| state.licence.at(stand.now(), stand.identity))
}

fn ask_somebody(stand: &Stand<'_>, state: &mut ClientState, events: &mut Vec<LoggedEvent>) -> Ending {
    let Ok(registry) = stand.vantage.registry() else { return Ending::Outside(OutsideKms::NoKey) };
    match sources::host_source(registry, stand.identity, state) {
        HostSource::Registered { name, port } => {
            let registered = match ask_named(stand, state, &name, port, events) {
                Ok(ending) => ending,
                Err(failure) => Ending::RegisteredNameUnresolved(failure),
            };
            if registered.is_final() || !stand.identity.switches.registered_falls_through {
                return registered;
            }
            further(discover(stand, state, events), registered)
        }
        HostSource::Cached(host) => match ask_named(stand, state, &host.name, host.port, events) {
            Ok(ending) if ending.is_final() => ending,
            // It does not answer, or not well: discovery, as if nothing had been cached.
            Ok(_) | Err(_) => discover(stand, state, events),
        },
        HostSource::Dns => discover(stand, state, events),
    }
}

/// The one of two endings that tells more.
fn further(one: Ending, other: Ending) -> Ending {
    if rank(&other) > rank(&one) { other } else { one }
}

/// Asks the host of a name as a person or a cache gave it.
fn ask_named(
    stand: &Stand<'_>,
    state: &mut ClientState,
    name: &str,
    port: u16,
    events: &mut Vec<LoggedEvent>,
) -> Result<Ending, DnsFailure> {
    let addresses = addresses_of(stand, state, name)?;
    Ok(ask_addresses(stand, state, &addresses, (name, port), events))
}

/// The addresses of a name as a person typed it: an address, a bracketed IPv6 address, a DNS name, a NetBIOS name.
fn addresses_of(stand: &Stand<'_>, state: &mut ClientState, name: &str) -> Result<Vec<IpAddr>, DnsFailure> {
    let bare = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    if let Ok(address) = bare.parse() {
        return Ok(vec![address]);
    }
    if name.ends_with('.') && !stand.identity.switches.takes_final_dot {
        return Err(DnsFailure::NameError);
    }
    let ip = stand.vantage.ip_configuration().map_err(|_| DnsFailure::NoServers)?;
    let Ok(typed) = DomainName::parse(name) else { return Err(DnsFailure::NameError) };
    if typed.depth() > 1 || name.ends_with('.') {
        return resolver::addresses(stand, state, &typed);
    }
    // A single label: each suffix in turn, then NetBIOS.
    let mut failure = DnsFailure::NameError;
    for suffix in suffix::general_suffixes(&stand.identity.switches, ip) {
        let Ok(full) = suffix.child(name) else { continue };
        match resolver::addresses(stand, state, &full) {
            Ok(addresses) => return Ok(addresses),
            Err(why) => failure = why,
        }
    }
    let announced = ip.netbios.iter().filter(|host| host.name.eq_ignore_ascii_case(name)).map(|host| host.address);
    let announced: Vec<IpAddr> = announced.collect();
    if announced.is_empty() { Err(failure) } else { Ok(announced) }
}

/// What DNS said under all suffixes so far.
#[derive(Default)]
struct Denials {
    name_error: bool,
    no_data: bool,
    /// The first answer that is neither.
    failure: Option<DnsFailure>,
}

fn discover(stand: &Stand<'_>, state: &mut ClientState, events: &mut Vec<LoggedEvent>) -> Ending {
    let (Ok(ip), Ok(registry)) = (stand.vantage.ip_configuration(), stand.vantage.registry()) else {
        return Ending::NoSuffix;
    };
    let names = suffix::srv_owner_names(stand.identity, ip, registry);
    if names.is_empty() {
        return Ending::NoSuffix;
    }
    let mut denials = Denials::default();
    let mut dead = None;
    for name in &names {
        probe_directory(stand, state, name);
        match resolver::lookup(stand, state, name, RecordType::SRV) {
            Ok(records) => {
                let offers = records.iter().filter_map(|record| Offer::of(&record.data));
                let counts = |offer: &Offer| stand.identity.switches.asks_for_null_target || !offer.target.is_root();
                let mut offers: Vec<Offer> = offers.filter(counts).collect();
                put_in_order(stand, state, &mut offers);
                let ending = ask_offers(stand, state, &offers, events);
                if ending.is_final() || !stand.identity.switches.next_suffix_after_dead_hosts {
                    return ending;
                }
                dead = Some(ending);
            }
            Err(DnsFailure::NameError) => denials.name_error = true,
            Err(DnsFailure::NoData) => denials.no_data = true,
            Err(failure) => {
                denials.failure.get_or_insert(failure);
            }
        }
    }
    match (dead, denials) {
        (Some(ending), _) => ending,
        (None, Denials { failure: Some(failure), .. }) => Ending::Dns(failure),
        (None, Denials { name_error, no_data, .. }) => Ending::NotFound { name_error, no_data },
    }
}

fn put_in_order(stand: &Stand<'_>, state: &mut ClientState, offers: &mut [Offer]) {
    let Identity { profile, switches, seed, .. } = stand.identity;
    let mut random = seed.child("srv").nth(state.choices).rng();
    state.choices += 1;
    if switches.honours_priority.unwrap_or(profile.honours_priority) {
        srv::order(offers, &mut random);
    } else {
        srv::shuffle(offers, &mut random);
    }
}

/// The query for a domain controller with which a Windows 11 workgroup machine precedes each SRV query on a suffix path, not under a
/// lookup domain. Probably the attempt at Active Directory-based activation; its answer changes nothing here.
fn probe_directory(stand: &Stand<'_>, state: &mut ClientState, owner: &DomainName) {
    let (Ok(ip), Ok(registry)) = (stand.vantage.ip_configuration(), stand.vantage.registry()) else { return };
    let by_lookup_domain = suffix::lookup_domain(stand.identity, registry).is_some();
    let Some(pause) = stand.identity.profile.directory_probe else { return };
    if ip.ad_domain.is_some() || by_lookup_domain {
        return;
    }
    let suffix = owner.parent().and_then(|parent| parent.parent());
    let probe = suffix.and_then(|suffix| suffix.child(DIRECTORY_PROBE).ok());
    if let Some(probe) = probe {
        // Whatever it says, discovery goes on.
        let asked = stand.now();
        resolver::lookup(stand, state, &probe, RecordType::SRV).ok();
        stand.network.wait_until(asked.plus(pause));
    }
}

/// Tries the offered hosts in order until one answers; else the ending of the one that got furthest.
fn ask_offers(stand: &Stand<'_>, state: &mut ClientState, offers: &[Offer], events: &mut Vec<LoggedEvent>) -> Ending {
    let mut furthest = Ending::NotReached;
    let most = if stand.identity.switches.tries_three_hosts_at_most { HOSTS_MEASURED } else { offers.len() };
    for offer in offers.iter().take(most) {
        let target = offer.target.to_string();
        let ending = match resolver::addresses(stand, state, &offer.target) {
            Ok(addresses) => ask_addresses(stand, state, &addresses, (&target, offer.port), events),
            Err(_) => {
                let licence = state.licence.at(stand.now(), stand.identity);
                events.push(events::not_reached(stand, &format!("{target}:{}", offer.port), &licence));
                continue;
            }
        };
        if ending.is_final() {
            let caching = stand.vantage.registry().is_ok_and(|registry| sources::caching(registry, stand.identity));
            if caching && matches!(ending, Ending::Activated { .. }) {
                state.discovered = Some(Discovered { name: target, port: offer.port });
            }
            return ending;
        }
        furthest = further(furthest, ending);
    }
    furthest
}

/// How far an attempt got: an HRESULT tells more than a broken conversation, that more than no connection.
fn rank(ending: &Ending) -> u8 {
    if matches!(ending, Ending::Refused(_)) { 2 } else { u8::from(matches!(ending, Ending::Rpc(_))) }
}

/// Connects to the first address that takes a connection and holds the conversation.
fn ask_addresses(
    stand: &Stand<'_>,
    state: &mut ClientState,
    addresses: &[IpAddr],
    (name, port): (&str, u16),
    events: &mut Vec<LoggedEvent>,
) -> Ending {
    let host = format!("{}:{port}", name.trim_end_matches('.'));
    let connected = addresses.iter().find_map(|address| {
        let to = SocketAddr::new(*address, port);
        reach::connect(stand, to).ok().map(|stream| (to, stream))
    });
    let Some((peer, stream)) = connected else {
        events.push(events::not_reached(stand, &host, &state.licence.at(stand.now(), stand.identity)));
        return Ending::NotReached;
    };
    let licence = state.licence.at(stand.now(), stand.identity);
    let answer = Conversation::new(stand, stream, &licence).hold(peer);
    events.extend(events::of_answer(stand, &host, &answer, &licence));
    if let Answer::Granted(response) = &answer {
        state.licence.told(response.activation_interval, response.renewal_interval);
    }
    match answer {
        Answer::Granted(response) if response.current_count < stand.identity.product.required_clients => {
            Ending::CountTooLow { host }
        }
        Answer::Granted(_) => Ending::Activated { host },
        Answer::Refused(code) => Ending::Refused(code),
        Answer::Broken(how) => Ending::Rpc(how),
        Answer::NotAsked => Ending::NotAsked { host },
    }
}
