//! Which entry of a server tells the same message as which entry of the client.
//!
//! It stands apart because it is the one part that guesses: nothing in a journal ties two entries together but what they say and their
//! order. It draws nothing.

use std::net::SocketAddr;

use evidence::Event;
use evidence::timeline::ClientEvent;
use mock_dns::journal::DnsEvent;
use mock_dns::record::RecordType;
use mock_kms::journal::{KmsEvent, Side};

use super::Reader;
use super::words::{comes_from_host, ends, kind, sent_by};

impl Reader<'_> {
    /// Brings both ends of each message together.
    pub(super) fn pair(&mut self) {
        self.pair_queries();
        for index in 0..self.entries.len() {
            if !self.is_client(index) {
                continue;
            }
            let found = match self.entries.get(index).map(|entry| &entry.event) {
                Some(Event::Dns(DnsEvent::Reply { origin, id, .. })) => self.sent_before(index, |event| {
                    matches!(event, Event::Dns(DnsEvent::Reply { origin: there, id: same, from, .. }) if same == id
                        && there.transport == origin.transport && from.unwrap_or(there.local) == origin.peer)
                }),
                Some(Event::Client(ClientEvent::Ignored { from, .. })) => self.sent_before(index, |event| {
                    matches!(event, Event::Dns(DnsEvent::Reply { origin: there, from: other, .. })
                        if other.unwrap_or(there.local) == *from)
                }),
                Some(Event::Kms(event)) => self.other_end(index, event),
                _ => None,
            };
            if let Some(found) = found {
                self.join(index, found);
            }
        }
    }

    fn join(&mut self, one: usize, other: usize) {
        for (index, partner) in [(one, other), (other, one)] {
            if let Some(slot) = self.partner.get_mut(index) {
                *slot = Some(partner);
            }
        }
    }

    /// The first entry of a server before this one that fits and is still alone.
    fn sent_before(&self, index: usize, fits: impl Fn(&Event) -> bool) -> Option<usize> {
        let mut before = (0..index).filter(|other| !self.is_client(*other) && self.is_alone(*other));
        before.find(|other| self.entries.get(*other).is_some_and(|entry| fits(&entry.event)))
    }

    pub(super) fn is_alone(&self, index: usize) -> bool {
        self.partner.get(index).is_some_and(Option::is_none)
    }

    /// The entry of the KMS host for a PDU that the client sent or got.
    fn other_end(&self, index: usize, KmsEvent { what, octets, .. }: &KmsEvent) -> Option<usize> {
        let host = self.peer.get(index).copied()?;
        let fits = |other: &usize| {
            let Some(Event::Kms(there)) = self.entries.get(*other).map(|entry| &entry.event) else { return false };
            let same = match sent_by(what) {
                // A host that speaks no RPC has other words for the same octets.
                Some(Side::Client) => {
                    kind(&there.what) == kind(what) || (!octets.is_empty() && there.octets == *octets)
                }
                Some(Side::Host) if ends(what) => kind(&there.what) == kind(what),
                Some(Side::Host) | None => comes_from_host(&there.what) && !ends(&there.what),
            };
            same && !self.is_client(*other) && self.is_alone(*other) && self.machine_lane(*other) == host
        };
        match sent_by(what) {
            Some(Side::Client) => (index + 1..self.entries.len()).find(fits),
            Some(Side::Host) | None => (0..index).find(fits),
        }
    }

    /// Which sending of a question it is that a server saw: the first of them where it saw all, else the last one before.
    fn pair_queries(&mut self) {
        let sent: Vec<usize> = (0..self.entries.len()).filter(|index| self.is_client(*index)).collect();
        let seen: Vec<usize> = (0..self.entries.len()).filter(|index| !self.is_client(*index)).collect();
        for sighting in &seen {
            let Some(question) = self.question(*sighting) else { continue };
            let same = |index: &&usize| self.question(**index) == Some(question);
            let all_seen = sent.iter().filter(same).count() <= seen.iter().filter(same).count();
            let mut candidates = sent.iter().filter(same).filter(|index| *index < sighting && self.is_alone(**index));
            let found = if all_seen { candidates.next() } else { candidates.next_back() };
            if let Some(found) = found.copied() {
                self.join(found, *sighting);
            }
        }
    }

    /// What makes two entries of queries the same question: the id, which is no one's by multicast, the type, the transport, the server.
    fn question(&self, index: usize) -> Option<(u16, RecordType, bool, SocketAddr)> {
        let Some(Event::Dns(DnsEvent::Query { origin, id, asked, .. })) =
            self.entries.get(index).map(|entry| &entry.event)
        else {
            return None;
        };
        let server = if self.is_client(index) { origin.peer } else { origin.local };
        Some((*id, asked.record_type, origin.transport == mock_dns::boundary::Transport::Tcp, server))
    }
}
