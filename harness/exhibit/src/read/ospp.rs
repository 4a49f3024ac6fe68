//! `ospp.vbs`: `/dstatus`, `/act` and `/dhistorykms` of Office.
//!
//! A block for each product stands between two rows of dashes. A block with a licence status is `/dstatus`, one with only an
//! error or a success is `/act`. `/dhistorykms` repeats the beginning of an event 12288. The labels are those of ospp.vbs,
//! which has no translations of them.

use double::WallTime;
use mock_kms::wire::{Guid, Hresult};

use crate::claim::{AttemptClaim, EventClaim, LicenceClaim, Says};
use crate::read::Why;
use crate::read::field::{code, guid, labelled, number_in};
use crate::read::page::Line;
use crate::read::recognise::{Mark, Piece};
use crate::read::sink::Sink;
use crate::tool::Tool;

/// Licence status as ospp.vbs writes it, and its number.
const STATUS: [(&str, u32); 7] = [
    ("LICENSED", 1),
    ("UNLICENSED", 0),
    ("OOB_GRACE", 2),
    ("OOT_GRACE", 3),
    ("NON_GENUINE_GRACE", 4),
    ("NOTIFICATIONS", 5),
    ("EXTENDED GRACE", 6),
];

/// Lines that say nothing that is claimed.
const PASSED: [&str; 11] = [
    "PRODUCT ID",
    "BETA EXPIRATION",
    "ERROR DESCRIPTION",
    "Last 5 characters of installed product key",
    "Activation Type Configuration",
    "Installed product key detected",
    "Installed Office",
    "For additional information",
    "To view the activation event history",
    "NOTE:",
    "Product ID",
];

pub(super) fn mark(lines: &[Line<'_>]) -> Option<Mark> {
    let words = lines.first()?.words();
    let frame = words.starts_with("---Processing---") || words.starts_with("---Exiting---");
    let label = labelled(words).map(|(label, _)| label).unwrap_or_default();
    let own = ["SKU ID", "LICENSE NAME", "LICENSE DESCRIPTION", "LICENSE STATUS", "REMAINING GRACE", "ERROR/HOST"];
    (frame || own.contains(&label) || words.contains("<Product activation successful>")).then_some(Mark::Body)
}

pub(super) fn read(piece: Piece<'_>, sink: &mut Sink<'_>) {
    let mut block = Block::default();
    let mut written = None;
    for line in piece.lines.iter().filter(|line| !line.is_blank()) {
        let words = line.words();
        if words.starts_with("---") {
            std::mem::take(&mut block).end(sink);
        } else if words.starts_with("Coordinated Universal Time Written") {
            written = labelled(words).and_then(|(_, value)| wmi_time(value));
        } else if let Some(value) = words.strip_prefix("ERROR/HOST:") {
            history(*line, value, written.take(), sink);
        } else if !block.line(*line, words) && !PASSED.iter().any(|passed| words.starts_with(passed)) {
            sink.unread(line.number, Why::Unknown(Tool::OsppDstatus));
        }
    }
    block.end(sink);
}

/// What is said of one product.
#[derive(Default)]
struct Block {
    product: Option<String>,
    id: Option<Guid>,
    outcome: Option<(usize, Hresult)>,
    has_status: bool,
    claims: Vec<(usize, LicenceClaim)>,
    wrong: Vec<(usize, Why)>,
}

impl Block {
    /// Takes a line; false when nothing is known of it.
    fn line(&mut self, line: Line<'_>, words: &str) -> bool {
        if words.contains("<Product activation successful>") {
            self.outcome = Some((line.number, Hresult::OK));
            return true;
        }
        if words.contains("<No installed product keys detected>") {
            self.claims.push((line.number, LicenceClaim::NoKey));
            self.has_status = true;
            return true;
        }
        let Some((label, value)) = labelled(words) else { return false };
        let text = |claim: fn(String) -> LicenceClaim| Some(claim(value.to_owned()));
        let minutes = || number_in(value).and_then(|number| u32::try_from(number).ok());
        let claim = match label {
            "SKU ID" => {
                self.id = guid(value).map(|(_, id)| id);
                self.id.map(LicenceClaim::ActivationId)
            }
            "LICENSE NAME" => {
                self.product = Some(value.to_owned());
                text(LicenceClaim::Name)
            }
            "LICENSE DESCRIPTION" => text(LicenceClaim::Description),
            "LICENSE STATUS" => {
                self.has_status = true;
                let word = value.trim_matches(['-', ' ']);
                STATUS.iter().find(|(text, _)| *text == word).map(|(_, number)| LicenceClaim::Status(*number))
            }
            "ERROR CODE" => {
                self.outcome = code(value).map(|code| (line.number, code));
                code(value).map(LicenceClaim::Reason)
            }
            "REMAINING GRACE" => {
                value.split_once('(').and_then(|(_, rest)| number_in(rest)).map(LicenceClaim::MinutesLeft)
            }
            "DNS auto-discovery" => Some(LicenceClaim::NothingDiscovered),
            "KMS machine name from DNS" => text(LicenceClaim::Discovered),
            "KMS machine registry override defined" => text(LicenceClaim::Registered),
            "KMS Lookup Domain" => text(LicenceClaim::LookupDomain),
            "Activation Interval" => minutes().map(LicenceClaim::ActivationInterval),
            "Renewal Interval" => minutes().map(LicenceClaim::RenewalInterval),
            "KMS host caching" => Some(LicenceClaim::HostCaching(value.eq_ignore_ascii_case("enabled"))),
            _ => return false,
        };
        match claim {
            Some(claim) => self.claims.push((line.number, claim)),
            None => self.wrong.push((line.number, Why::value("value that stands there", value))),
        }
        true
    }

    fn end(self, sink: &mut Sink<'_>) {
        for (line, why) in self.wrong {
            sink.unread(line, why);
        }
        match (self.has_status, self.outcome) {
            (false, Some((line, code))) => {
                let attempt = AttemptClaim { product: self.product, activation_id: self.id, code };
                sink.claim(line, Tool::OsppAct, Says::Attempt(attempt));
            }
            (true, _) => {
                for (line, claim) in self.claims {
                    sink.claim(line, Tool::OsppDstatus, Says::Licence(claim));
                }
            }
            (false, None) => {
                if let Some((line, _)) = self.claims.first() {
                    sink.unread(*line, Why::Incomplete("a product without its licence status"));
                }
            }
        }
    }
}

/// A line of `/dhistorykms`: HRESULT, flags and host of an event 12288.
fn history(line: Line<'_>, value: &str, at: Option<WallTime>, sink: &mut Sink<'_>) {
    let mut parts = value.split(',').map(str::trim);
    let Some(code) = parts.next().and_then(code) else {
        sink.unread(line.number, Why::value("HRESULT", value));
        return;
    };
    let fields = parts.map(str::to_owned).collect();
    sink.claim(line.number, Tool::Events, Says::Event(EventClaim { id: 12288, computer: None, at, code, fields }));
}

/// A time of WMI in UTC: `20260302090000.000000-000`.
fn wmi_time(text: &str) -> Option<WallTime> {
    let digits = text.get(..14).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
    let part = |range: std::ops::Range<usize>| digits.get(range)?.parse::<u64>().ok();
    let second = part(8..10)? * 3600 + part(10..12)? * 60 + part(12..14)?;
    WallTime::from_civil(part(0..4)?, part(4..6)?, part(6..8)?, second)
}
