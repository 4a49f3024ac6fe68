//! Third stage: whether and when an answer arrives.
//!
//! It stands apart because it sees neither values nor fields: only how many octets leave, and when. One value of it belongs
//! to one connection and is decided when the connection opens.

use std::time::Duration;

use double::Moment;
use notation::Millis;

use super::SentPdu;
use crate::action::Action;

notation::choice! {
    /// How answers arrive, or do not.
    pub enum DeliveryFault("delivery fault") {
        /// The connection is accepted and closed at once.
        "accept-then-close" => AcceptThenClose,
        /// The connection is accepted and reset at once.
        "accept-then-reset" => AcceptThenReset,
        /// The connection is accepted, and then nothing comes.
        "accept-then-silence" => AcceptThenSilence,
        /// The bind is answered, the request is not.
        "bind-then-silence" => BindThenSilence,
        /// The bind is answered; then the host knows nothing of the connection any more, and what comes next is reset: a
        /// restart, or a firewall that has forgotten the flow (half-open, RFC 9293 3.5.1).
        "half-open" => HalfOpen,
        /// The connection is closed after each answer to a request: the next one finds it gone.
        "close-after-answer" => CloseAfterAnswer,
        /// The connection is closed when this many octets were sent.
        "close-after" => CloseAfter(u32),
        /// The connection is reset when this many octets were sent.
        "reset-after" => ResetAfter(u32),
        /// Something else than RPC answers on the port.
        "wrong-service" => WrongService(Greeting),
        /// Every answer comes this much later, in milliseconds.
        "late" => Late(Millis),
        /// Answers come a few octets at a time.
        "slow" => Slow(Slow),
    }
}

notation::choice! {
    /// What another service says.
    pub enum Greeting("greeting") {
        /// An SSH-like server speaks first.
        "ssh" => Ssh,
        /// An HTTP-like server answers what it does not understand.
        "http" => Http,
        /// A TLS-like server answers what is no handshake with an alert.
        "tls" => Tls,
        /// An echo server repeats what it reads (RFC 862).
        "echo" => Echo,
    }
}

notation::record! {
    /// How slowly answers come.
    pub struct Slow("a slow delivery") {
        /// Octets at a time, at least 1.
        "octets" => octets: u16 = 1,
        /// Milliseconds between them.
        "every" => every: Millis = Millis(100),
    }
}

/// A fatal alert, unexpected_message, in a record of TLS 1.2 (RFC 8446 5.1, 6).
const TLS_ALERT: &[u8] = &[21, 3, 3, 0, 2, 2, 10];

/// The way in which one connection delivers.
#[derive(Debug)]
pub(crate) struct Delivery {
    fault: Option<DeliveryFault>,
    note: Option<String>,
    /// Octets sent so far.
    sent: usize,
    /// Nothing may overtake what was sent before.
    busy_until: Moment,
}

/// How a connection starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Start {
    /// RPC is spoken.
    Rpc,
    /// Nothing is read.
    Silent,
    /// Another service speaks.
    Greeting(&'static [u8]),
    /// Another service waits for the client to speak, and then says this.
    GreetingOnInput(&'static [u8]),
    /// Another service repeats what the client says.
    Echo,
    /// It ends at once.
    Close,
    /// It ends at once, hard.
    Reset,
}

/// What became of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Delivered {
    /// How many octets of it leave.
    pub(crate) octets: usize,
    /// When the first of them leaves.
    pub(crate) at: Moment,
    /// How the connection ends with it.
    pub(crate) end: Option<End>,
}

/// How a connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Close,
    Reset,
}

impl Delivery {
    pub(super) const fn new(fault: Option<DeliveryFault>, note: Option<String>) -> Self {
        Self { fault, note, sent: 0, busy_until: Moment::START }
    }

    /// The note for entries that the fault changed.
    pub(crate) const fn note(&self) -> Option<&String> {
        self.note.as_ref()
    }

    pub(crate) const fn start(&self) -> Start {
        match &self.fault {
            Some(DeliveryFault::AcceptThenClose) => Start::Close,
            Some(DeliveryFault::AcceptThenReset) => Start::Reset,
            Some(DeliveryFault::AcceptThenSilence) => Start::Silent,
            Some(DeliveryFault::WrongService(Greeting::Ssh)) => Start::Greeting(b"SSH-2.0-SIMULATION\r\n"),
            Some(DeliveryFault::WrongService(Greeting::Http)) => Start::GreetingOnInput(
                b"HTTP/1.1 400 Bad Request\r\nServer: SIMULATION\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
            ),
            Some(DeliveryFault::WrongService(Greeting::Tls)) => Start::GreetingOnInput(TLS_ALERT),
            Some(DeliveryFault::WrongService(Greeting::Echo)) => Start::Echo,
            Some(
                DeliveryFault::BindThenSilence
                | DeliveryFault::HalfOpen
                | DeliveryFault::CloseAfterAnswer
                | DeliveryFault::CloseAfter(_)
                | DeliveryFault::ResetAfter(_)
                | DeliveryFault::Late(_)
                | DeliveryFault::Slow(_),
            )
            | None => Start::Rpc,
        }
    }

    /// Whether the client waits for something that never comes, so that idleness is part of the play.
    pub(crate) const fn is_silent(&self) -> bool {
        matches!(self.fault, Some(DeliveryFault::AcceptThenSilence | DeliveryFault::BindThenSilence))
    }

    /// Turns octets into actions; `None` if they never leave.
    pub(crate) fn deliver(
        &mut self,
        kind: &SentPdu,
        octets: Vec<u8>,
        now: Moment,
        actions: &mut Vec<Action>,
    ) -> Option<Delivered> {
        let answers_a_call = matches!(kind, SentPdu::Response | SentPdu::Fault);
        let (delay, piece, every, budget) = match &self.fault {
            Some(DeliveryFault::BindThenSilence) if answers_a_call => return None,
            Some(DeliveryFault::AcceptThenSilence) => return None,
            Some(DeliveryFault::Late(late)) => (late.duration(), usize::MAX, Duration::ZERO, None),
            Some(DeliveryFault::Slow(slow)) => {
                (Duration::ZERO, usize::from(slow.octets.max(1)), slow.every.duration(), None)
            }
            Some(DeliveryFault::HalfOpen) if answers_a_call => {
                (Duration::ZERO, usize::MAX, Duration::ZERO, Some((0, End::Reset)))
            }
            Some(DeliveryFault::CloseAfterAnswer) if answers_a_call => {
                (Duration::ZERO, usize::MAX, Duration::ZERO, Some((self.sent_with(&octets), End::Close)))
            }
            Some(DeliveryFault::CloseAfter(most)) => {
                (Duration::ZERO, usize::MAX, Duration::ZERO, Some((*most, End::Close)))
            }
            Some(DeliveryFault::ResetAfter(most)) => {
                (Duration::ZERO, usize::MAX, Duration::ZERO, Some((*most, End::Reset)))
            }
            Some(
                DeliveryFault::AcceptThenClose
                | DeliveryFault::AcceptThenReset
                | DeliveryFault::BindThenSilence
                | DeliveryFault::HalfOpen
                | DeliveryFault::CloseAfterAnswer
                | DeliveryFault::WrongService(_),
            )
            | None => (Duration::ZERO, usize::MAX, Duration::ZERO, None),
        };
        let at = now.plus(delay).max(self.busy_until);
        let (leaving, end) = match budget {
            None => (octets.len(), None),
            Some((most, end)) => {
                let left = usize::try_from(most).unwrap_or(usize::MAX).saturating_sub(self.sent);
                (octets.len().min(left), (octets.len() >= left).then_some(end))
            }
        };
        self.sent += leaving;
        self.busy_until = send(octets, leaving, piece, every, at, now, actions);
        if let Some(end) = end {
            self.end(end, now, actions);
        }
        Some(Delivered { octets: leaving, at, end })
    }

    /// How many octets were sent when these are, too.
    fn sent_with(&self, octets: &[u8]) -> u32 {
        u32::try_from(self.sent + octets.len()).unwrap_or(u32::MAX)
    }

    /// Ends the connection after everything that was sent.
    pub(crate) fn end(&self, end: End, now: Moment, actions: &mut Vec<Action>) -> Moment {
        let after = self.busy_until.since(now);
        actions.push(match end {
            End::Close => Action::Close { after },
            End::Reset => Action::Reset { after },
        });
        now.plus(after)
    }
}

/// The actions that send the first `leaving` octets in pieces; gives the moment of the last.
fn send(
    mut octets: Vec<u8>,
    leaving: usize,
    piece: usize,
    every: Duration,
    at: Moment,
    now: Moment,
    actions: &mut Vec<Action>,
) -> Moment {
    octets.truncate(leaving);
    if octets.len() <= piece {
        if !octets.is_empty() {
            actions.push(Action::Send { after: at.since(now), bytes: octets });
        }
        return at;
    }
    let mut moment = at;
    for (index, bytes) in octets.chunks(piece).enumerate() {
        if index > 0 {
            moment = moment.plus(every);
        }
        actions.push(Action::Send { after: moment.since(now), bytes: bytes.to_vec() });
    }
    moment
}
