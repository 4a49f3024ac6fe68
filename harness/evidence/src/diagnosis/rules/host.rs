//! Rules about the KMS host, and the one that says that nothing is wrong.

use mock_kms::journal::What;

use super::{Finding, Rule};
use crate::diagnosis::reading::{Cited, Reading};
use crate::diagnosis::remedy::Act;

use std::net::SocketAddr;

pub(super) const RULES: &[Rule] = &[not_activated, nothing_wrong];

/// SL_E_VL_KEY_MANAGEMENT_SERVICE_NOT_ACTIVATED (slerror.h).
const NOT_ACTIVATED: u32 = 0xC004_F041;

/// The responses with a code, and the socket that they came from.
fn answered(reading: &Reading<'_>, code: u32) -> Vec<(u32, Option<SocketAddr>)> {
    let mut last: Option<SocketAddr> = None;
    let mut found = Vec::new();
    let connects: Vec<Cited<_>> = reading.connects().collect();
    for said in reading.conversation() {
        if let Some(connect) = connects.iter().rfind(|connect| connect.number < said.number && connect.fact.1.is_ok()) {
            last = Some(connect.fact.0);
        }
        if let What::Response { hresult, .. } = &said.fact.what
            && hresult.0 == code
        {
            found.push((said.number, last));
        }
    }
    found
}

fn not_activated(reading: &Reading<'_>) -> Vec<Finding> {
    let answers = answered(reading, NOT_ACTIVATED).into_iter();
    let found = answers.filter_map(|(number, at)| {
        let logged = reading.logged().filter(|event| event.fact.code.any.iter().any(|code| code.0 == NOT_ACTIVATED));
        let numbers = [number].into_iter().chain(logged.map(|event| event.number));
        let says = at.map_or_else(
            || "the KMS host is not activated".to_owned(),
            |at| format!("the KMS host {at} is not activated"),
        );
        let finding = Finding::new("kms-host-not-activated", numbers, says)?;
        Some(match at {
            Some(at) => finding.repair(vec![Act::ActivateHost(at)]),
            None => finding,
        })
    });
    found.collect()
}

fn nothing_wrong(reading: &Reading<'_>) -> Vec<Finding> {
    let says = "the attempt succeeded";
    let number = reading.outcome.number;
    Finding::new("nothing-wrong", [number], says).filter(|_| reading.is_activated()).into_iter().collect()
}
