//! How KMS hosts made themselves known before a client asked: in lines, because the drawing is the client's.

use evidence::timeline::{Event, Role, Timeline};
use mock_dns::journal::DnsEvent;
use mock_kms::journal::{KmsEvent, What};

use super::page::Page;

/// What every host that published asked, what it heard, and what it logged; gives whether there was anything to tell.
pub(super) fn draw(page: &mut Page, timeline: &Timeline) -> bool {
    let mut opening = "publish";
    for entry in timeline.entries.iter().filter(|entry| timeline.role(&entry.machine) == Some(Role::Host)) {
        let told = match &entry.event {
            // An answer repeats its question; an update is told when it leaves, because its answer is a code.
            Event::Dns(event) => !matches!(event, DnsEvent::Query { .. }),
            Event::Kms(KmsEvent { what, .. }) => matches!(what, What::Logged(_)),
            Event::Client(_) => false,
        };
        if told {
            page.section(opening, &format!("{} {} {}", entry.at, entry.machine, entry.event));
            opening = "";
        }
    }
    opening.is_empty()
}
