//! What KMS hosts and DNS servers say to each other is no part of a client's conversation: it is told before it, in lines.

use double::Entry;
use evidence::Event;
use mock_dns::journal::DnsEvent;
use mock_kms::journal::{KmsEvent, What};

use super::{CLIENT, Reader};

impl Reader<'_> {
    /// Whether an entry has to do with a KMS host that publishes.
    pub(super) fn is_publishing(&self, entry: &Entry<Event>) -> bool {
        let origin = match &entry.event {
            Event::Kms(KmsEvent { what, .. }) => return matches!(what, What::Logged(_)),
            // A host connects to a server.
            Event::Client(_) => return entry.machine.as_str() != self.client,
            // What became of what was published.
            Event::Dns(DnsEvent::Scavenged { .. }) => return true,
            Event::Dns(
                DnsEvent::Query { origin, .. }
                | DnsEvent::OtherRequest { origin, .. }
                | DnsEvent::Unreadable { origin, .. }
                | DnsEvent::Reply { origin, .. }
                | DnsEvent::NoReply { origin, .. }
                | DnsEvent::TcpAccepted { origin, .. }
                | DnsEvent::TcpClosed { origin, .. },
            ) => origin,
        };
        // Both ends are servers.
        let of_machine = |address| self.lane_of(address).filter(|lane| *lane != CLIENT);
        of_machine(origin.peer.ip()).is_some() && of_machine(origin.local.ip()).is_some()
    }
}
