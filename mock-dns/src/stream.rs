//! One connection over TCP without a socket: octets in, messages cut out of them, actions out, within limits.
//!
//! It stands apart from the server because a connection has a state of its own: what has come of a message, and three clocks.
//! Splitting the octets anywhere gives the same actions. Whoever owns the connection asks for [`TcpSession::next_timeout`].

use std::time::Duration;

use double::Moment;

use crate::boundary::{Action, Origin};
use crate::framing::{self, PREFIX};
use crate::journal::{Closed, DnsEvent};
use crate::server_core::DnsServer;

/// What a connection may take.
#[derive(Clone, Copy, Debug)]
pub struct StreamLimits {
    /// Octets of one message; a request has no reason to be longer.
    pub message: usize,
    /// Messages; then the connection is closed.
    pub queries: u32,
    /// From the first octet of a message to its last.
    pub message_time: Duration,
    /// Without an octet between two messages (RFC 7766 6.2.3: "in the order of a few seconds").
    pub idle: Duration,
    /// In all.
    pub life: Duration,
}

impl Default for StreamLimits {
    /// Between Knot (0.5 s a message, 10 s idle) and BIND (30 s).
    fn default() -> Self {
        Self {
            message: 4096,
            queries: 100,
            message_time: Duration::from_secs(2),
            idle: Duration::from_secs(10),
            life: Duration::from_secs(30),
        }
    }
}

/// A connection that was accepted.
#[derive(Debug)]
pub struct TcpSession {
    origin: Origin,
    limits: StreamLimits,
    opened: Moment,
    /// When the message that is coming began, or when the last one ended.
    since: Moment,
    /// What came of a message.
    partial: Vec<u8>,
    queries: u32,
    closed: bool,
}

impl TcpSession {
    /// Opens the session and writes it down.
    #[must_use]
    pub fn open(server: &mut DnsServer, origin: Origin, limits: StreamLimits, now: Moment) -> Self {
        server.record(now, DnsEvent::TcpAccepted { origin });
        Self { origin, limits, opened: now, since: now, partial: Vec::new(), queries: 0, closed: false }
    }

    /// Takes octets as they come. Nothing is taken any more behind an action that closes the connection.
    pub fn receive(&mut self, server: &mut DnsServer, mut bytes: &[u8], now: Moment) -> Vec<Action> {
        let mut actions = Vec::new();
        while !bytes.is_empty() && !self.closed {
            if self.partial.is_empty() {
                self.since = now;
            }
            let missing = self.missing();
            let (taken, rest) = bytes.split_at(missing.min(bytes.len()));
            self.partial.extend_from_slice(taken);
            bytes = rest;
            match framing::claimed(&self.partial) {
                Some(length) if length > self.limits.message => actions.push(self.close(server, Closed::Limit, now)),
                Some(length) if self.partial.len() == PREFIX + length => {
                    let framed = std::mem::take(&mut self.partial);
                    self.since = now;
                    self.queries += 1;
                    let message = framing::first(&framed).unwrap_or_default();
                    let planned = server.receive(message, self.origin, now);
                    self.closed |= planned.iter().any(|action| !matches!(action, Action::Send { .. }));
                    actions.extend(planned);
                    if self.queries >= self.limits.queries && !self.closed {
                        actions.push(self.close(server, Closed::ByServer, now));
                    }
                }
                Some(_) | None => {}
            }
        }
        actions
    }

    /// When [`Self::expire`] is due; never once the connection is closed.
    #[must_use]
    pub fn next_timeout(&self) -> Option<Moment> {
        let patience = if self.partial.is_empty() { self.limits.idle } else { self.limits.message_time };
        (!self.closed).then(|| self.since.plus(patience).min(self.opened.plus(self.limits.life)))
    }

    /// Closes the connection if one of its clocks has run out.
    pub fn expire(&mut self, server: &mut DnsServer, now: Moment) -> Vec<Action> {
        if self.next_timeout().is_none_or(|due| now < due) {
            return Vec::new();
        }
        let why = if self.partial.is_empty() { Closed::ByServer } else { Closed::Limit };
        vec![self.close(server, why, now)]
    }

    /// Closes the connection so that others find room. `why` is for people.
    pub fn make_room(&mut self, server: &mut DnsServer, now: Moment, why: &str) -> Vec<Action> {
        if std::mem::replace(&mut self.closed, true) {
            return Vec::new();
        }
        let event = DnsEvent::TcpClosed { origin: self.origin, why: Closed::Limit };
        server.record_with(now, event, why.to_owned());
        vec![Action::Close { after: Duration::ZERO }]
    }

    /// The client closed or reset the connection.
    pub fn closed_by_client(&mut self, server: &mut DnsServer, now: Moment) {
        if !std::mem::replace(&mut self.closed, true) {
            server.record(now, DnsEvent::TcpClosed { origin: self.origin, why: Closed::ByClient });
        }
    }

    /// Whether an action that was given out closes the connection.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.closed
    }

    fn close(&mut self, server: &mut DnsServer, why: Closed, now: Moment) -> Action {
        self.closed = true;
        server.record(now, DnsEvent::TcpClosed { origin: self.origin, why });
        Action::Close { after: Duration::ZERO }
    }

    /// Octets until the next thing can be read: the length, or the end of the message.
    fn missing(&self) -> usize {
        let wanted = framing::claimed(&self.partial).map_or(PREFIX, |length| PREFIX + length.min(self.limits.message));
        wanted.saturating_sub(self.partial.len()).max(1)
    }
}

#[cfg(test)]
mod tests {
    use double::{MachineId, Seed};

    use super::*;
    use crate::boundary::Transport;
    use crate::message::build_query;
    use crate::name::DomainName;
    use crate::record::RecordType;
    use crate::server_core::DnsServerConfig;
    use crate::zone::Zone;

    fn server() -> DnsServer {
        let zone = Zone::load(&DomainName::parse("a").unwrap(), "kms1 A 10.0.0.5").unwrap().0;
        let config = DnsServerConfig { zones: vec![zone], ..DnsServerConfig::default() };
        DnsServer::new(MachineId::new("dns1"), config, Seed::new(1))
    }

    fn open(server: &mut DnsServer) -> TcpSession {
        let origin =
            Origin { peer: ([10, 0, 0, 9], 5000).into(), local: ([10, 0, 0, 1], 53).into(), transport: Transport::Tcp };
        TcpSession::open(server, origin, StreamLimits::default(), Moment::START)
    }

    fn framed_query() -> Vec<u8> {
        let query = build_query(7, &DomainName::parse("kms1.a").unwrap(), RecordType::A);
        framing::frame(&query).unwrap()
    }

    fn journal(server: &mut DnsServer) -> Vec<String> {
        server.take_journal().iter().map(|entry| entry.event.to_string()).collect()
    }

    #[test]
    fn splitting_anywhere_gives_the_same_actions() {
        let stream =
            [framed_query(), b"\0\x03abc".to_vec(), framed_query(), b"\xff\xff".to_vec(), framed_query()].concat();
        let run = |cuts: &[usize]| {
            let mut server = server();
            let mut session = open(&mut server);
            let mut actions = Vec::new();
            let mut start = 0;
            for &cut in cuts.iter().chain([&stream.len()]) {
                actions.extend(session.receive(&mut server, &stream[start..cut], Moment::START));
                start = cut;
            }
            (actions, journal(&mut server))
        };
        let whole = run(&[]);
        assert_eq!(
            whole.1,
            [
                "connection from 10.0.0.9:5000 accepted",
                "query kms1.a A",
                "query kms1.a A -> A 10.0.0.5",
                "3 octets, no header",
                "query kms1.a A",
                "query kms1.a A -> A 10.0.0.5",
                "connection from 10.0.0.9:5000 closed at a limit",
            ]
        );
        for cut in 0..=stream.len() {
            assert_eq!(run(&[cut]), whole, "cut at {cut}");
        }
        assert_eq!(run(&(0..stream.len()).collect::<Vec<_>>()), whole);
    }

    #[track_caller]
    fn check_timeout(sent: &[u8], expected: Duration, last_line: &str) {
        let mut server = server();
        let mut session = open(&mut server);
        session.receive(&mut server, sent, Moment::START);
        let due = session.next_timeout().unwrap();
        assert_eq!(due.since_start(), expected);
        assert_eq!(session.expire(&mut server, Moment::START), []);
        assert_eq!(session.expire(&mut server, due), [Action::Close { after: Duration::ZERO }]);
        assert_eq!(session.next_timeout(), None);
        assert_eq!(journal(&mut server).last().unwrap(), last_line);
    }

    #[test]
    fn three_clocks() {
        check_timeout(b"", Duration::from_secs(10), "connection from 10.0.0.9:5000 closed");
        check_timeout(&framed_query(), Duration::from_secs(10), "connection from 10.0.0.9:5000 closed");
        check_timeout(b"\0", Duration::from_secs(2), "connection from 10.0.0.9:5000 closed at a limit");
        let mut server = server();
        let mut session = open(&mut server);
        session.receive(&mut server, &framed_query(), Moment::at(Duration::from_secs(25)));
        assert_eq!(session.next_timeout(), Some(Moment::at(Duration::from_secs(30))));
    }

    #[test]
    fn a_slow_sender_gains_no_time_by_another_octet() {
        let mut server = server();
        let mut session = open(&mut server);
        session.receive(&mut server, b"\0", Moment::START);
        session.receive(&mut server, b"\x20", Moment::at(Duration::from_secs(1)));
        assert_eq!(session.next_timeout(), Some(Moment::at(Duration::from_secs(2))));
    }

    #[test]
    fn a_hundred_queries_and_no_more() {
        let mut server = server();
        let mut session = open(&mut server);
        let actions = session.receive(&mut server, &framed_query().repeat(150), Moment::START);
        assert_eq!(actions.len(), 101);
        assert_eq!(actions.last(), Some(&Action::Close { after: Duration::ZERO }));
    }

    #[test]
    fn the_client_closes() {
        let mut server = server();
        let mut session = open(&mut server);
        session.closed_by_client(&mut server, Moment::START);
        session.closed_by_client(&mut server, Moment::START);
        assert_eq!(journal(&mut server)[1..], ["connection from 10.0.0.9:5000 closed by the client"]);
    }
}
