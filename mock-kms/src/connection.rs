//! One connection of a client with the simulated host: bytes and the time in, actions and journal entries out.
//!
//! It stands apart because it is where the parts meet: the stream is cut into PDUs, the honest association answers, the
//! faults rewrite, and what is left is delivered. The path is the same without faults. It owns no socket and reads no
//! clock; a driver or a simulated network carries its actions out.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use double::{Entry, MachineId, Moment, Seed, WallTime};

use crate::action::Action;
use crate::fault::{Delivery, End, FaultRule, Faults, SentPdu, Start};
use crate::host::association::{Association, Outcome, Reply};
use crate::host::{Host, HostConfig};
use crate::journal::{KmsEvent, Side, What};
use crate::wire::pdu::Header;
use crate::wire::stream::{BadHeader, PduStream};

/// How long a PDU or a call may take from its first octet to its last.
pub const PDU_DEADLINE: Duration = Duration::from_secs(2);

/// How long a connection may be idle. Clients keep an association for about 20 s after a call.
pub const IDLE_LIMIT: Duration = Duration::from_secs(120);

/// How long a connection that is silent on purpose is kept: longer than any client waits.
pub const SILENCE_LIMIT: Duration = LIFE_LIMIT;

/// How long a connection may last in all, however much is said on it. A conversation takes milliseconds and the next one is
/// hours away.
pub const LIFE_LIMIT: Duration = Duration::from_secs(60 * 60);

/// A KMS host with its faults: what all its connections share.
#[derive(Debug)]
pub struct Service {
    /// The honest part.
    pub host: Host,
    /// What goes wrong on purpose.
    pub faults: Faults,
    machine: MachineId,
    connections: u64,
}

impl Service {
    /// The service of `machine`. Everything that is random in it comes from `seed`.
    #[must_use]
    pub fn new(machine: MachineId, config: HostConfig, rules: Vec<FaultRule>, seed: Seed) -> Self {
        Self {
            host: Host::new(config, seed.child("host")),
            faults: Faults::new(rules, seed.child("faults")),
            machine,
            connections: 0,
        }
    }

    /// The same service with all that it remembers, and without its connections: for trying out what comes next.
    #[must_use]
    pub fn without_connections(&self) -> Self {
        Self {
            host: self.host.without_connections(),
            faults: self.faults.clone(),
            machine: self.machine.clone(),
            connections: self.connections,
        }
    }

    /// The machine that it plays.
    #[must_use]
    pub const fn machine(&self) -> &MachineId {
        &self.machine
    }
}

/// What an input leads to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reaction {
    /// What is to be done.
    pub actions: Vec<Action>,
    /// What was seen, for the journal.
    pub entries: Vec<Entry<KmsEvent>>,
}

/// One connection, from accept on.
#[derive(Debug)]
pub struct Connection {
    number: u64,
    client: IpAddr,
    stream: PduStream,
    association: Association,
    delivery: Delivery,
    start: Start,
    opened: Moment,
    last_input: Moment,
    /// Since when a PDU or a call is incomplete.
    incomplete_since: Option<Moment>,
    open: bool,
}

impl Connection {
    /// A client at `peer` has connected.
    pub fn accept(service: &mut Service, peer: SocketAddr, now: Moment) -> (Self, Reaction) {
        service.connections += 1;
        let delivery = service.faults.delivery(peer.ip(), now);
        let mut connection = Self {
            number: service.connections,
            client: peer.ip(),
            stream: PduStream::default(),
            association: Association::default(),
            start: delivery.start(),
            delivery,
            opened: now,
            last_input: now,
            incomplete_since: None,
            open: true,
        };
        let mut reaction = Reaction::default();
        connection.note(service, &mut reaction, now, What::Accept { peer });
        match connection.start {
            Start::Rpc | Start::Silent | Start::GreetingOnInput(_) | Start::Echo => {}
            Start::Greeting(greeting) => connection.say_otherwise(service, greeting, now, &mut reaction),
            Start::Close => connection.end(service, End::Close, now, &mut reaction),
            Start::Reset => connection.end(service, End::Reset, now, &mut reaction),
        }
        (connection, reaction)
    }

    /// A client at `peer` has connected while the host had no room for it: the connection is there, and is closed. `why` is
    /// for people; a client sees no reason.
    pub fn turn_away(service: &mut Service, peer: SocketAddr, now: Moment, why: &str) -> Vec<Entry<KmsEvent>> {
        service.connections += 1;
        [What::Accept { peer }, What::Close { by: Side::Host }]
            .map(|what| {
                let event = KmsEvent::new(service.connections, what);
                Entry { note: Some(why.to_owned()), ..Entry::new(now, service.machine.clone(), event) }
            })
            .into()
    }

    /// Bytes have arrived. `wall` is what the clock of the host shows.
    pub fn receive(&mut self, service: &mut Service, bytes: &[u8], now: Moment, wall: WallTime) -> Reaction {
        let mut reaction = Reaction::default();
        if !self.open {
            return reaction;
        }
        self.last_input = now;
        match self.start {
            Start::Rpc => self.receive_rpc(service, bytes, now, wall, &mut reaction),
            // Another service than RPC does not understand what it reads, and closes.
            Start::Greeting(_) => {
                self.hear_otherwise(service, bytes, now, &mut reaction);
                self.end(service, End::Close, now, &mut reaction);
            }
            Start::GreetingOnInput(greeting) => {
                self.hear_otherwise(service, bytes, now, &mut reaction);
                self.say_otherwise(service, greeting, now, &mut reaction);
                self.end(service, End::Close, now, &mut reaction);
            }
            Start::Echo => {
                self.hear_otherwise(service, bytes, now, &mut reaction);
                self.say_otherwise(service, bytes, now, &mut reaction);
            }
            // Nobody reads.
            Start::Silent | Start::Close | Start::Reset => {}
        }
        reaction
    }

    /// The client has closed its side; so does the host.
    pub fn end_of_input(&mut self, service: &Service, now: Moment) -> Reaction {
        let mut reaction = Reaction::default();
        if self.open {
            self.note(service, &mut reaction, now, What::Close { by: Side::Client });
            self.ended();
            self.delivery.end(End::Close, now, &mut reaction.actions);
        }
        reaction
    }

    /// The client has reset the connection.
    pub fn reset_by_peer(&mut self, service: &Service, now: Moment) -> Reaction {
        let mut reaction = Reaction::default();
        if self.open {
            self.note(service, &mut reaction, now, What::Reset { by: Side::Client });
            self.ended();
        }
        reaction
    }

    /// When [`Connection::timeout`] must be called, if nothing happens before.
    #[must_use]
    pub fn next_timeout(&self) -> Option<Moment> {
        let idle = if self.delivery.is_silent() { SILENCE_LIMIT } else { IDLE_LIMIT };
        let idle = self.last_input.plus(idle).min(self.opened.plus(LIFE_LIMIT));
        let deadline = self.incomplete_since.map_or(idle, |since| since.plus(PDU_DEADLINE).min(idle));
        self.open.then_some(deadline)
    }

    /// Time has passed; closes the connection if [`Connection::next_timeout`] is over.
    pub fn timeout(&mut self, service: &Service, now: Moment) -> Reaction {
        let mut reaction = Reaction::default();
        if self.next_timeout().is_some_and(|deadline| now >= deadline) {
            self.end(service, End::Close, now, &mut reaction);
        }
        reaction
    }

    /// The host closes the connection so that others find room. `why` is for people.
    pub fn make_room(&mut self, service: &Service, now: Moment, why: &str) -> Reaction {
        let mut reaction = Reaction::default();
        if self.open {
            self.end(service, End::Close, now, &mut reaction);
            for entry in &mut reaction.entries {
                entry.note = Some(why.to_owned());
            }
        }
        reaction
    }

    /// Whether the connection is still open as far as the host knows.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.open
    }

    fn receive_rpc(
        &mut self,
        service: &mut Service,
        bytes: &[u8],
        now: Moment,
        wall: WallTime,
        reaction: &mut Reaction,
    ) {
        self.stream.push(bytes);
        let mut finished_one = false;
        while self.open {
            let (outcome, octets) = match self.stream.next_pdu() {
                Ok(None) => break,
                Ok(Some((header, pdu))) => {
                    (self.association.receive(&mut service.host, &header, pdu, wall), pdu.to_vec())
                }
                Err(BadHeader { octets, header, problem }) => {
                    (Association::receive_bad(&header, problem), octets.to_vec())
                }
            };
            finished_one = true;
            self.act(service, outcome, octets, now, reaction);
        }
        let incomplete = self.stream.is_inside_pdu() || self.association.is_inside_call();
        let since = self.incomplete_since.filter(|_| !finished_one).unwrap_or(now);
        self.incomplete_since = incomplete.then_some(since);
    }

    /// Honest outcome -> faults -> delivery -> journal.
    fn act(&mut self, service: &mut Service, outcome: Outcome, octets: Vec<u8>, now: Moment, reaction: &mut Reaction) {
        let event = KmsEvent { connection: self.number, what: outcome.heard, octets };
        reaction.entries.push(Entry::new(now, service.machine.clone(), event));
        if let Some(reply) = outcome.reply {
            self.reply(service, reply, now, reaction);
        }
        if outcome.close && self.open {
            self.end(service, End::Close, now, reaction);
        }
    }

    fn reply(&mut self, service: &mut Service, mut reply: Reply, now: Moment, reaction: &mut Reaction) {
        let mut note = service.faults.rewrite_reply(&mut reply, self.client, now);
        let mut octets = Vec::with_capacity(320);
        reply.write(&mut octets);
        let honest = octets.len();
        service.faults.rewrite_octets(&reply, &mut octets, (self.client, now), &mut note);
        // A fault may say less than was meant, in a PDU that is whole; one that is cut claims more than there is.
        let whole = Header::read(&octets).map_or(honest, |header| honest.min(header.fragment_length.into()));
        let mut sent = octets.clone();
        let kind = SentPdu::of(&reply.said);
        let Some(delivered) = self.delivery.deliver(&kind, octets, now, &mut reaction.actions) else { return };
        sent.truncate(delivered.octets);
        if !sent.is_empty() {
            let what = if sent.len() < whole { What::Incomplete } else { reply.said.into() };
            let event = KmsEvent { connection: self.number, what, octets: sent };
            let note = note.or_else(|| self.delivery.note().cloned());
            reaction.entries.push(Entry { note, ..Entry::new(delivered.at, service.machine.clone(), event) });
        }
        if let Some(end) = delivered.end {
            self.ended();
            self.note_end(service, end, delivered.at, reaction);
        }
    }

    /// Another service than RPC says something.
    fn say_otherwise(&self, service: &Service, greeting: &[u8], now: Moment, reaction: &mut Reaction) {
        reaction.actions.push(Action::Send { after: Duration::ZERO, bytes: greeting.to_vec() });
        let event = KmsEvent { connection: self.number, what: What::NotRpc, octets: greeting.to_vec() };
        let note = self.delivery.note().cloned();
        reaction.entries.push(Entry { note, ..Entry::new(now, service.machine.clone(), event) });
    }

    fn hear_otherwise(&self, service: &Service, bytes: &[u8], now: Moment, reaction: &mut Reaction) {
        let event = KmsEvent { connection: self.number, what: What::NotRpc, octets: bytes.to_vec() };
        reaction.entries.push(Entry::new(now, service.machine.clone(), event));
    }

    fn ended(&mut self) {
        self.open = false;
        self.association.end();
    }

    fn end(&mut self, service: &Service, end: End, now: Moment, reaction: &mut Reaction) {
        self.ended();
        let at = self.delivery.end(end, now, &mut reaction.actions);
        self.note_end(service, end, at, reaction);
    }

    fn note_end(&self, service: &Service, end: End, at: Moment, reaction: &mut Reaction) {
        let what = match end {
            End::Close => What::Close { by: Side::Host },
            End::Reset => What::Reset { by: Side::Host },
        };
        self.note(service, reaction, at, what);
    }

    fn note(&self, service: &Service, reaction: &mut Reaction, at: Moment, what: What) {
        let event = KmsEvent::new(self.number, what);
        let note = self.delivery.note().cloned();
        reaction.entries.push(Entry { note, ..Entry::new(at, service.machine.clone(), event) });
    }
}

#[cfg(test)]
mod tests;
