//! The addresses of a name below `.local`, asked of everybody on the link (RFC 6762).
//!
//! It stands apart from the exchange with servers because nobody in particular is asked and nobody need answer. Measured on Windows 11: A and
//! AAAA by IPv4 and by IPv6, three tries each, never SRV or PTR. When the tries come, from which port, and whether a unicast reply is
//! welcome was not told: the times are the standard's shortest, the other two are switches.

use std::net::SocketAddr;
use std::time::Duration;

use double::Moment;
use evidence::network::{Datagram, Datagrams};
use evidence::timeline::{ClientEvent, NoReplyBecause};
use evidence::vantage::IpConfiguration;
use mock_dns::boundary::{Origin, Transport};
use mock_dns::message::Message;
use mock_dns::multicast::{GROUPS, PORT, build_query, said_of};
use mock_dns::name::DomainName;
use mock_dns::record::{Record, RecordType};

use super::exchange::{query_sent, reply_received};
use crate::client::Stand;

/// When a question is asked: three times, a second after the first and then twice as long (RFC 6762 5.2: at least that).
const TRIES: [Duration; 3] = [Duration::ZERO, Duration::from_secs(1), Duration::from_secs(3)];

/// When no answer is waited for any longer: when a fourth try would come.
const GIVE_UP: Duration = Duration::from_secs(7);

/// The records of a name that somebody on the link answers with, type by type.
pub(super) fn ask(
    stand: &Stand<'_>,
    ip: &IpConfiguration,
    name: &DomainName,
    kinds: &[RecordType],
) -> Vec<(RecordType, Vec<Record>)> {
    let simple = stand.identity.switches.multicasts_as_simple_querier;
    let mut search = Search { stand, name, id: 0, open: kinds.to_vec(), places: Vec::new(), found: Vec::new() };
    if simple {
        let now = stand.now().since_start().as_micros() as u64;
        search.id = stand.identity.seed.child("multicast id").nth(now).rng().u16(..);
    }
    for adapter in ip.adapters_by_metric() {
        let own = adapter.address;
        let Some(group) = GROUPS.iter().find(|group| group.is_ipv4() == own.is_ipv4()) else { continue };
        let group = SocketAddr::new(*group, PORT);
        let opened = if simple { stand.network.open(own) } else { stand.network.join(own, group) };
        if let Ok(socket) = opened {
            let local = SocketAddr::new(own, if simple { 0 } else { PORT });
            search.places.push(Place { group, local, socket });
        }
    }
    search.run();
    search.found
}

/// A socket of an adapter.
struct Place<'a> {
    group: SocketAddr,
    local: SocketAddr,
    socket: Box<dyn Datagrams + 'a>,
}

struct Search<'a> {
    stand: &'a Stand<'a>,
    name: &'a DomainName,
    id: u16,
    /// What nobody has said anything about.
    open: Vec<RecordType>,
    places: Vec<Place<'a>>,
    found: Vec<(RecordType, Vec<Record>)>,
}

impl Search<'_> {
    fn run(&mut self) {
        if self.places.is_empty() {
            return;
        }
        let start = self.stand.now();
        let ends = TRIES.into_iter().skip(1).chain([GIVE_UP]);
        for end in ends {
            self.send();
            self.listen(start.plus(end));
            if self.open.is_empty() {
                return;
            }
        }
        for kind in &self.open {
            self.stand.record_own(ClientEvent::Unheard { name: self.name.clone(), kind: *kind });
        }
    }

    fn send(&mut self) {
        let welcome = self.stand.identity.switches.multicasts_welcoming_unicast;
        for kind in &self.open {
            let query = build_query(self.id, self.name, *kind, welcome);
            for place in &mut self.places {
                let origin = Origin { peer: place.group, local: place.local, transport: Transport::Udp };
                self.stand.record(query_sent(self.name, *kind, self.id, origin, &query));
                // What an adapter cannot send is not heard; there is nothing else to do about it.
                place.socket.send(place.group, &query).ok();
            }
        }
    }

    /// Listens at one adapter after the other: what came at another one meanwhile is taken then.
    fn listen(&mut self, until: Moment) {
        let mut at = 0;
        while let Some(place) = self.places.get_mut(at).filter(|_| !self.open.is_empty()) {
            let local = place.local;
            match place.socket.receive(until) {
                Ok(datagram) => self.judge(&datagram, local),
                Err(_) => at += 1,
            }
        }
    }

    fn judge(&mut self, datagram: &Datagram, local: SocketAddr) {
        let message = match self.believe(datagram) {
            Ok(message) => message,
            // Others ask the group too.
            Err(NoReplyBecause::NotAResponse) => return,
            Err(why) => return self.stand.record_own(ClientEvent::Ignored { from: datagram.from, why }),
        };
        let said = |kind: &RecordType| said_of(&message, self.name, *kind).map(|records| (*kind, records));
        let said: Vec<(RecordType, Vec<Record>)> = self.open.iter().filter_map(said).collect();
        // About another name, or about what has been said: as everybody on the link hears it.
        let Some((kind, _)) = said.first() else { return };
        let origin = Origin { peer: datagram.from, local, transport: Transport::Udp };
        self.stand.record(reply_received(self.name, *kind, &message, origin, &datagram.bytes));
        self.open.retain(|open| !said.iter().any(|(kind, _)| kind == open));
        self.found.extend(said);
    }

    /// Whether a datagram is a response (RFC 6762 6: it comes from the port of multicast DNS; 18.1: its id says nothing, unless a simple
    /// querier set one).
    fn believe(&self, datagram: &Datagram) -> Result<Message, NoReplyBecause> {
        let message = Message::read_multicast(&datagram.bytes).map_err(|_| NoReplyBecause::Unreadable)?;
        if !message.is_reply {
            return Err(NoReplyBecause::NotAResponse);
        }
        if datagram.from.port() != PORT {
            return Err(NoReplyBecause::ForeignSource);
        }
        if message.id != self.id && self.id != 0 {
            return Err(NoReplyBecause::WrongId);
        }
        Ok(message)
    }
}
