//! One attempt to activate, from the first decision to the outcome: `slmgr /ato`.
//!
//! It puts the parts in order and decides how an attempt ended when several hosts failed in several ways: the one that got
//! furthest tells most.

use std::net::{IpAddr, SocketAddr};

use evidence::outcome::Outcome;
use mock_dns::name::DomainName;
use mock_dns::record::RecordType;

use super::call::{Answer, Conversation};
use super::codes::Ending;
use super::resolver::{self, DnsFailure};
use super::sources::{self, HostSource};
use super::srv::{self, Offer};
use super::state::{ClientState, Discovered};
use super::suffix;
use super::{OutsideKms, Stand, reach};

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
    let ending = match stand.identity.outside_kms {
        Some(why) => Ending::Outside(why),
        None => ask_somebody(stand, &mut state),
    };
    let outcome = ending.outcome();
    tracing::info!(outcome = outcome.word.word());
    Attempt { outcome, state }
}

fn ask_somebody(stand: &Stand<'_>, state: &mut ClientState) -> Ending {
    let Ok(registry) = stand.vantage.registry() else { return Ending::Outside(OutsideKms::NoKey) };
    match sources::host_source(registry, &stand.identity.product, state) {
        HostSource::Registered { name, port } => ask_registered(stand, state, &name, port),
        HostSource::Cached(host) => {
            let cached = ask_named(stand, state, &host.name, host.port);
            match cached {
                Ok(Some(ending)) => ending,
                // It does not answer: discovery, as if nothing had been cached.
                Ok(None) | Err(_) => discover(stand, state),
            }
        }
        HostSource::Dns => discover(stand, state),
    }
}

fn ask_registered(stand: &Stand<'_>, state: &mut ClientState, name: &str, port: u16) -> Ending {
    match ask_named(stand, state, name, port) {
        Ok(Some(ending)) => ending,
        Ok(None) => Ending::NotReached,
        Err(failure) => Ending::RegisteredNameUnresolved(failure),
    }
}

/// Asks the host of a name as a person or a cache gave it; `Ok(None)` when none of its addresses can be connected to.
fn ask_named(stand: &Stand<'_>, state: &mut ClientState, name: &str, port: u16) -> Result<Option<Ending>, DnsFailure> {
    let addresses = addresses_of(stand, state, name)?;
    Ok(ask_addresses(stand, &addresses, name, port))
}

/// The addresses of a name as a person typed it: an address, a bracketed IPv6 address, a DNS name, a NetBIOS name.
fn addresses_of(stand: &Stand<'_>, state: &mut ClientState, name: &str) -> Result<Vec<IpAddr>, DnsFailure> {
    let bare = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    if let Ok(address) = bare.parse() {
        return Ok(vec![address]);
    }
    let ip = stand.vantage.ip_configuration().map_err(|_| DnsFailure::NoServers)?;
    let Ok(typed) = DomainName::parse(name) else { return Err(DnsFailure::NameError) };
    if typed.depth() > 1 || name.ends_with('.') {
        return resolver::addresses(stand, state, &typed);
    }
    // A single label: each suffix in turn, then NetBIOS.
    let mut failure = DnsFailure::NameError;
    for suffix in suffix::general_suffixes(ip) {
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

fn discover(stand: &Stand<'_>, state: &mut ClientState) -> Ending {
    let (Ok(ip), Ok(registry)) = (stand.vantage.ip_configuration(), stand.vantage.registry()) else {
        return Ending::NoSuffix;
    };
    let names = suffix::srv_owner_names(ip, registry);
    if names.is_empty() {
        return Ending::NoSuffix;
    }
    let mut denials = Denials::default();
    for name in &names {
        match resolver::lookup(stand, state, name, RecordType::SRV) {
            Ok(records) => {
                let mut offers: Vec<Offer> = records.iter().filter_map(|record| Offer::of(&record.data)).collect();
                let seed = stand.identity.seed.child("srv").nth(state.choices);
                state.choices += 1;
                srv::order(&mut offers, &mut seed.rng());
                // Whether the next suffix is asked when every host of this one failed is published nowhere; it is not.
                return ask_offers(stand, state, &offers);
            }
            Err(DnsFailure::NameError) => denials.name_error = true,
            Err(DnsFailure::NoData) => denials.no_data = true,
            Err(failure) => {
                denials.failure.get_or_insert(failure);
            }
        }
    }
    match denials {
        Denials { failure: Some(failure), .. } => Ending::Dns(failure),
        Denials { name_error, no_data, .. } => Ending::NotFound { name_error, no_data },
    }
}

/// Tries the offered hosts in order until one answers; else the ending of the one that got furthest.
fn ask_offers(stand: &Stand<'_>, state: &mut ClientState, offers: &[Offer]) -> Ending {
    let mut furthest = Ending::NotReached;
    for offer in offers {
        let target = offer.target.to_string();
        let Ok(addresses) = resolver::addresses(stand, state, &offer.target) else { continue };
        match ask_addresses(stand, &addresses, &target, offer.port) {
            Some(ending @ (Ending::Activated { .. } | Ending::CountTooLow { .. })) => {
                let caching = stand.vantage.registry().is_ok_and(sources::caching);
                if caching && matches!(ending, Ending::Activated { .. }) {
                    state.discovered = Some(Discovered { name: target, port: offer.port });
                }
                return ending;
            }
            Some(ending) if rank(&ending) > rank(&furthest) => furthest = ending,
            Some(_) | None => {}
        }
    }
    furthest
}

/// How far an attempt got: an HRESULT tells more than a broken conversation, that more than no connection.
fn rank(ending: &Ending) -> u8 {
    if matches!(ending, Ending::Refused(_)) { 2 } else { u8::from(*ending == Ending::Rpc) }
}

/// Connects to the first address that takes a connection and holds the conversation; none when no address does.
fn ask_addresses(stand: &Stand<'_>, addresses: &[IpAddr], name: &str, port: u16) -> Option<Ending> {
    let connected = addresses.iter().find_map(|address| {
        let to = SocketAddr::new(*address, port);
        reach::connect(stand, to).ok().map(|stream| (to, stream))
    });
    let (peer, stream) = connected?;
    let host = format!("{}:{port}", name.trim_end_matches('.'));
    Some(match Conversation::new(stand, stream).hold(peer) {
        Answer::Granted(response) if response.current_count < stand.identity.product.required_clients => {
            Ending::CountTooLow { host }
        }
        Answer::Granted(_) => Ending::Activated { host },
        Answer::Refused(code) => Ending::Refused(code),
        Answer::Broken => Ending::Rpc,
    })
}
