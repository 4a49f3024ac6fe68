//! What a firewall lets pass once somebody opens it: which rules of the network stop what was meant to pass, and what becomes of them.
//!
//! On a KMS host or DNS server nothing comes in that no rule allows, so a rule that allows is enough. On a client a rule that blocks has
//! been made on purpose, and it wins over one that allows, as on Windows: it has to go. On the way between, the administrators of the
//! network do what they are asked for. A rule that lets something pass stands in front of the one that stops it.

use evidence::Role;
use evidence::change::{Addition, Named, Operation, Removal, Thing};
use notation::{Format, Id, Millis, Placed};

use super::Seat;
use crate::environment::Environment;
use crate::environment::rule::{How, Protocol, Rule, Where};
use crate::learn::command::Permit;

/// What opening does.
#[derive(Clone, Debug, Default)]
pub(super) struct Opened {
    /// The operations.
    pub(super) operations: Vec<Operation>,
    /// A rule that blocks all the same.
    pub(super) still_blocked: Option<String>,
}

/// Whether a rule of the network sits at a seat.
pub(super) fn sits_at(rule: &Rule, seat: &Seat) -> bool {
    let lists = |ids: &[Placed<Id>], id: &Id| ids.is_empty() || ids.iter().any(|listed| listed.value == *id);
    match (seat, &rule.place) {
        (Seat::Path, Where::Path) => true,
        (Seat::Machine(id, Role::Client), Where::ClientOutbound) => lists(&rule.from, id),
        (Seat::Machine(id, Role::Dns | Role::Host), Where::HostInbound) => lists(&rule.to, id),
        (Seat::Path | Seat::Machine(..), Where::Path | Where::ClientOutbound | Where::HostInbound) => false,
    }
}

/// Whether a rule stops anything at all.
pub(super) const fn stops(rule: &Rule) -> bool {
    !matches!(rule.how, How::Delayed(_) | How::Lossy(_) | How::ListenQueueFull)
}

/// Opens what is asked for, at a seat.
pub(super) fn open(environment: &Environment, seat: &Seat, permit: &Permit) -> Opened {
    let mut opened = Opened::default();
    let rules = environment.rules.iter().enumerate();
    for (number, rule) in rules.filter(|(_, rule)| stops(rule) && sits_at(rule, seat)) {
        if !overlaps(environment, rule, permit) {
            continue;
        }
        if rule.place == Where::ClientOutbound {
            opened.still_blocked = Some(rule.id.to_string());
        } else if covers(permit, rule) {
            opened.operations.push(Operation::Remove(Removal::Rule(Named { id: rule.id.clone().into() })));
        } else {
            opened.operations.extend(pass(environment, rule, permit, number));
        }
    }
    opened
}

/// Whether some packet is meant by both.
fn overlaps(environment: &Environment, rule: &Rule, permit: &Permit) -> bool {
    let protocol = match (&rule.protocol, permit.tcp) {
        (None, _) | (_, None) => true,
        (Some(Protocol::Tcp), Some(tcp)) => tcp,
        (Some(Protocol::Udp), Some(tcp)) => !tcp,
    };
    let port = rule.port.is_none() || permit.port.is_none() || rule.port == permit.port;
    let machine = permit.to.is_none_or(|to| {
        let owner = environment.owner(to);
        rule.to.is_empty() || owner.is_some_and(|owner| rule.to.iter().any(|listed| listed.value == *owner))
    });
    protocol && port && (permit.inbound || machine)
}

/// Whether everything that the rule stops is meant to pass.
fn covers(permit: &Permit, rule: &Rule) -> bool {
    let protocol = match (permit.tcp, &rule.protocol) {
        (None, _) | (Some(true), Some(Protocol::Tcp)) | (Some(false), Some(Protocol::Udp)) => true,
        (Some(_), None | Some(_)) => false,
    };
    protocol && (permit.port.is_none() || permit.port == rule.port)
}

/// A rule in front of another that lets pass what is meant.
fn pass(environment: &Environment, rule: &Rule, permit: &Permit, number: usize) -> Option<Operation> {
    let taken = |id: &Id| environment.rules.iter().any(|rule| rule.id == *id);
    let id = (number + 1..).find_map(|number| Id::new(&format!("allowed-{number}")).ok().filter(|id| !taken(id)))?;
    let passing = Rule {
        id,
        from: rule.from.clone(),
        to: rule.to.clone(),
        protocol: permit.tcp.map(|tcp| if tcp { Protocol::Tcp } else { Protocol::Udp }),
        port: permit.port,
        place: rule.place.clone(),
        how: How::Delayed(Millis(0)),
    };
    Some(Operation::Add(Addition::Rule(Thing { at: None, position: Some(number), body: passing.write() })))
}

/// Takes the rules away that sit at a seat: one by its name, or all that stop something.
pub(super) fn remove(environment: &Environment, seat: &Seat, name: Option<&str>) -> Vec<Operation> {
    let meant = |rule: &&Rule| {
        sits_at(rule, seat) && name.map_or_else(|| stops(rule), |name| rule.id.as_str().eq_ignore_ascii_case(name))
    };
    let rules = environment.rules.iter().filter(meant);
    rules.map(|rule| Operation::Remove(Removal::Rule(Named { id: rule.id.clone().into() }))).collect()
}
