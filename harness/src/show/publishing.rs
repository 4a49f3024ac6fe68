//! How KMS hosts made themselves known before a client asked, and what DNS servers forgot of it: in lines, because the drawing is the
//! client's.

use evidence::timeline::{Event, Role, Timeline};
use mock_dns::journal::DnsEvent;
use mock_kms::journal::{KmsEvent, What};

use super::page::Page;

/// What every host that published asked, what it heard, and what it logged, and what was scavenged; gives whether there was anything to tell.
pub(super) fn draw(page: &mut Page, timeline: &Timeline) -> bool {
    let mut opening = "publish";
    for entry in &timeline.entries {
        let at_host = timeline.role(&entry.machine) == Some(Role::Host);
        let told = match &entry.event {
            Event::Dns(DnsEvent::Scavenged { .. }) => true,
            // What a client asked of everybody on the link stands in its drawing.
            Event::Dns(DnsEvent::Query { origin, .. } | DnsEvent::Reply { origin, .. }) if origin.is_multicast() => {
                false
            }
            // An answer repeats its question; an update is told when it leaves, because its answer is a code.
            Event::Dns(event) => at_host && !matches!(event, DnsEvent::Query { .. }),
            Event::Kms(KmsEvent { what, .. }) => at_host && matches!(what, What::Logged(_)),
            Event::Client(_) => false,
        };
        if told {
            page.section(opening, &format!("{} {} {}", entry.at, entry.machine, entry.event));
            opening = "";
        }
    }
    opening.is_empty()
}
