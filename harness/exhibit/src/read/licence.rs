//! What the licensing service tells of itself, line by line: `slmgr /dlv` and `/dli`.
//!
//! The English labels are those of slmgr.vbs. In other languages no label is known (none is published): there a line is read
//! only when its value says alone what it is, and with a doubt. What stands for a product key is passed over.

use crate::claim::{LicenceClaim, Says};
use crate::read::Why;
use crate::read::field::{address, code, guid, host_port, labelled, number_in};
use crate::read::page::Line;
use crate::read::recognise::{Mark, Piece};
use crate::read::sink::Sink;
use crate::tool::Tool;

/// Licence status as slmgr writes it, and its number (kms-behaviour: Licence status numbers). Longer texts that begin alike
/// stand first.
const STATUS: [(&str, u32); 7] = [
    ("Licensed", 1),
    ("Unlicensed", 0),
    ("Initial grace period", 2),
    ("Additional grace period", 3),
    ("Non-genuine grace period", 4),
    ("Notification", 5),
    ("Extended grace period", 6),
];

/// Lines that say nothing that is claimed: by their label, or by how they begin.
const PASSED: [&str; 31] = [
    "Software licensing service version",
    "Additional Information",
    "Application ID",
    "Extended PID",
    "Product Key Channel",
    "Installation ID",
    "Processor Certificate URL",
    "Machine Certificate URL",
    "Use License URL",
    "Product Key Certificate URL",
    "Validation URL",
    "Partial Product Key",
    "Evaluation End Date",
    "Remaining Windows rearm count",
    "Remaining SKU rearm count",
    "Remaining App rearm count",
    "Trusted time",
    "Configured Activation Type",
    "Most recent activation information",
    "Key Management Service client information",
    "Key Management Service is enabled on this machine",
    "Key Management Service cumulative requests received from clients",
    "KMS machine extended PID",
    "KMS priority",
    "Total requests received",
    "Failed requests received",
    "Requests with License Status",
    "Please use slmgr.vbs /ato",
    "Warning",
    "KMS client information",
    "Product ID",
];

pub(super) fn mark(lines: &[Line<'_>]) -> Option<Mark> {
    let words = lines.first()?.words();
    let (label, value) = labelled(words)?;
    let own = [
        "Software licensing service version",
        "License Status",
        "Notification Reason",
        "Client Machine ID (CMID)",
        "Registered KMS machine name",
        "KMS machine IP address",
        "KMS machine extended PID",
        "Remaining SKU rearm count",
        "Partial Product Key",
        "Configured Activation Type",
    ];
    let product = label == "Name" && (value.contains("edition") || value.contains("Windows(R)"));
    let channel = value.contains("VOLUME_") || value.ends_with(" channel");
    (own.contains(&label) || product || channel).then_some(Mark::Body)
}

pub(super) fn read(piece: Piece<'_>, sink: &mut Sink<'_>) {
    for line in piece.lines.iter().filter(|line| !line.is_blank()) {
        let words = line.words();
        if let Some(says) = licence(words) {
            match says {
                Ok(says) => sink.claim(line.number, Tool::SlmgrDlv, Says::Licence(says)),
                Err(why) => sink.unread(line.number, why),
            }
        } else if PASSED.iter().any(|passed| words.starts_with(passed)) {
        } else if let Some(says) = by_structure(words) {
            sink.doubt(line.number, "the label is in a language that is not known here: read by its value");
            sink.claim(line.number, Tool::SlmgrDlv, Says::Licence(says));
        } else {
            sink.unread(line.number, Why::Unknown(Tool::SlmgrDlv));
        }
    }
}

/// What a line with an English label says; none when its label is none of those.
fn licence(words: &str) -> Option<Result<LicenceClaim, Why>> {
    let switch = |on: bool, claim: fn(bool) -> LicenceClaim| Some(Ok(claim(on)));
    match words.trim_end_matches('.') {
        "KMS host caching is enabled" => return switch(true, LicenceClaim::HostCaching),
        "KMS host caching is disabled" => return switch(false, LicenceClaim::HostCaching),
        "DNS publishing enabled" => return switch(true, LicenceClaim::Publishing),
        "DNS publishing disabled" => return switch(false, LicenceClaim::Publishing),
        "This license is not in use" => return Some(Ok(LicenceClaim::NoKey)),
        _ => {}
    }
    let (label, value) = labelled(words)?;
    let text = |claim: fn(String) -> LicenceClaim| Some(claim(value.to_owned()));
    let number = || number_in(value);
    let small = || u32::try_from(number()?).ok();
    let (what, claim) = match label {
        "Name" => ("name", text(LicenceClaim::Name)),
        "Description" => ("description", text(LicenceClaim::Description)),
        "Activation ID" => ("GUID", guid(value).map(|(_, id)| LicenceClaim::ActivationId(id))),
        "Client Machine ID (CMID)" => ("GUID", guid(value).map(|(_, id)| LicenceClaim::Cmid(id))),
        "License Status" => ("licence status", status(value).map(LicenceClaim::Status)),
        "Notification Reason" => ("code", code(value).map(LicenceClaim::Reason)),
        "Volume activation expiration" | "Time remaining" | "Timebased activation expiration" => {
            ("number of minutes", number().map(LicenceClaim::MinutesLeft))
        }
        "Registered KMS machine name" => ("name with a port", host_port(value).and(text(LicenceClaim::Registered))),
        "KMS machine name from DNS" => ("name with a port", host_port(value).and(text(LicenceClaim::Discovered))),
        "DNS auto-discovery" => ("statement", Some(LicenceClaim::NothingDiscovered)),
        "Registered KMS SRV record lookup domain" => ("domain", text(LicenceClaim::LookupDomain)),
        // "not available" stands there as often as an address.
        "KMS machine IP address" => return Some(Ok(LicenceClaim::MachineAddress(address(value)?))),
        "Activation interval" => ("number of minutes", small().map(LicenceClaim::ActivationInterval)),
        "Renewal interval" => ("number of minutes", small().map(LicenceClaim::RenewalInterval)),
        "Current count" => ("count", small().map(LicenceClaim::CurrentCount)),
        "Listening on Port" => {
            ("port", number().and_then(|port| u16::try_from(port).ok()).map(LicenceClaim::ListeningPort))
        }
        _ => return None,
    };
    Some(claim.ok_or_else(|| Why::value(what, value)))
}

fn status(value: &str) -> Option<u32> {
    STATUS.iter().find(|(text, _)| value.starts_with(text)).map(|(_, number)| *number)
}

/// A line whose label nobody knows and whose value can be one thing only.
fn by_structure(words: &str) -> Option<LicenceClaim> {
    let (label, value) = labelled(words)?;
    if value.contains("VOLUME_") {
        return Some(LicenceClaim::Description(value.to_owned()));
    }
    if label.contains("CMID") {
        return Some(LicenceClaim::Cmid(guid(value)?.1));
    }
    host_port(value)?;
    // The one label of the two that speaks of DNS names DNS in every language.
    Some(if label.contains("DNS") {
        LicenceClaim::Discovered(value.to_owned())
    } else {
        LicenceClaim::Registered(value.to_owned())
    })
}
