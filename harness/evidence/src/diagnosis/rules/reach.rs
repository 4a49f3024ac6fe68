//! Rules about the way to the KMS host's port.

use super::{Finding, Rule};
use crate::diagnosis::reading::{Cited, Reading};
use crate::diagnosis::remedy::Act;
use crate::network::Failure;
use crate::outcome::OutcomeWord;

use std::net::SocketAddr;

pub(super) const RULES: &[Rule] = &[silent, refused];

/// The client's connections that failed in one way, and which the investigation's own confirm, where it made one.
fn failed(reading: &Reading<'_>, how: Failure) -> Vec<(SocketAddr, Vec<u32>)> {
    let mut places: Vec<(SocketAddr, Vec<u32>)> = Vec::new();
    for connect in reading.connects().filter(|connect| connect.fact.1 == Err(how)) {
        let to = connect.fact.0;
        let knocks: Vec<Cited<_>> = reading.knocks().filter(|knock| knock.fact.0 == to).collect();
        if knocks.iter().any(|knock| knock.fact.1 != Err(how)) {
            continue;
        }
        match places.iter_mut().find(|(place, _)| *place == to) {
            Some((_, numbers)) => numbers.push(connect.number),
            None => {
                places
                    .push((to, [connect.number].into_iter().chain(knocks.iter().map(|knock| knock.number)).collect()));
            }
        }
    }
    places
}

fn mended(at: SocketAddr) -> Vec<Act> {
    vec![Act::OpenPath { to: at, tcp_only: true }, Act::StartService(at)]
}

fn silent(reading: &Reading<'_>) -> Vec<Finding> {
    if *reading.word() != OutcomeWord::KmsHostNotReached {
        return Vec::new();
    }
    let places = failed(reading, Failure::TimedOut).into_iter();
    let found = places.filter_map(|(at, numbers)| {
        let says = format!("nobody answers on {at}");
        Some(Finding::new("tcp1688-silent", numbers, says)?.repair(mended(at)))
    });
    found.collect()
}

fn refused(reading: &Reading<'_>) -> Vec<Finding> {
    if *reading.word() != OutcomeWord::KmsHostNotReached {
        return Vec::new();
    }
    let places = failed(reading, Failure::Refused).into_iter();
    let found = places.filter_map(|(at, numbers)| {
        let says = format!("{at} refuses the connection");
        Some(Finding::new("tcp1688-refused", numbers, says)?.repair(mended(at)))
    });
    found.collect()
}
