//! What happened, in one order: the journals of both mocks and of the client as one list of entries.
//!
//! Expectations, diagnosis, reports and captures read this and nothing else. A diagnosis gets it [cut](Timeline::cut) to the
//! machines where it stands, and without notes, which hold what only a mock knows.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::net::SocketAddr;

use double::{Entry, Held, MachineId, Moment};
use mock_dns::journal::DnsEvent;
use mock_dns::name::DomainName;
use mock_dns::record::RecordType;
use mock_kms::journal::KmsEvent;

use crate::network::Failure;

/// What a machine is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// A KMS client.
    Client,
    /// A DNS server.
    Dns,
    /// A KMS host.
    Host,
}

impl Role {
    /// The word that an expectation uses for any machine of the role.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Dns => "dns",
            Self::Host => "host",
        }
    }
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A DNS message was sent or seen.
    Dns(DnsEvent),
    /// A PDU was sent or seen, or a connection to port 1688 changed.
    Kms(KmsEvent),
    /// A client tried or concluded something that is no message.
    Client(ClientEvent),
}

/// What a client does and concludes besides sending and receiving messages.
#[derive(Clone, Debug, PartialEq)]
pub enum ClientEvent {
    /// It tries to connect.
    Connect {
        /// To where.
        to: SocketAddr,
    },
    /// The attempt to connect ended.
    Connected {
        /// To where.
        to: SocketAddr,
        /// How.
        result: Result<(), Failure>,
    },
    /// No usable reply to a query came in time, or the network said that none can come.
    NoReply {
        /// The name that was asked for.
        name: DomainName,
        /// The type that was asked for.
        kind: RecordType,
        /// Why no more is waited for.
        failure: Failure,
    },
    /// Nobody said anything about a name that was asked for by multicast; there is no other "no" there.
    Unheard {
        /// The name that was asked for.
        name: DomainName,
        /// The type that was asked for.
        kind: RecordType,
    },
    /// A datagram came that is no reply to what was asked, and was thrown away.
    Ignored {
        /// Who sent it.
        from: SocketAddr,
        /// Why it is no reply.
        why: NoReplyBecause,
    },
    /// It waits for an answer on a connection no longer.
    GaveUp {
        /// What it waited for, e.g. "bind_ack".
        waiting_for: &'static str,
        /// Why.
        failure: Failure,
    },
}

/// Why a datagram is not the reply to a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoReplyBecause {
    /// It comes from an address or port that was not asked.
    ForeignSource,
    /// Its id is another.
    WrongId,
    /// Its question is another.
    WrongQuestion,
    /// It is a query itself (QR is 0).
    NotAResponse,
    /// It cannot be decoded.
    Unreadable,
}

impl fmt::Display for NoReplyBecause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ForeignSource => "foreign source",
            Self::WrongId => "wrong id",
            Self::WrongQuestion => "wrong question",
            Self::NotAResponse => "not a response",
            Self::Unreadable => "unreadable",
        })
    }
}

impl fmt::Display for ClientEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connect { to } => write!(f, "connect {} {}", to.ip(), to.port()),
            Self::Connected { to, result: Ok(()) } => write!(f, "connect {} {} -> connected", to.ip(), to.port()),
            Self::Connected { to, result: Err(failure) } => write!(f, "connect {} {} -> {failure}", to.ip(), to.port()),
            Self::NoReply { name, kind, failure } => write!(f, "query {name} {kind} -> {failure}"),
            Self::Unheard { name, kind } => write!(f, "multicast query {name} {kind} -> nobody answers"),
            Self::Ignored { from, why } => write!(f, "ignored from {from}: {why}"),
            Self::GaveUp { waiting_for, failure } => write!(f, "waiting for {waiting_for} -> {failure}"),
        }
    }
}

impl Held for Event {
    fn held(&self) -> usize {
        match self {
            Self::Dns(event) => event.held(),
            Self::Kms(event) => event.held(),
            Self::Client(_) => 0,
        }
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dns(event) => event.fmt(f),
            Self::Kms(event) => event.fmt(f),
            Self::Client(event) => event.fmt(f),
        }
    }
}

/// Everything that happened in a step of a scenario, in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Timeline {
    /// The machines that may appear, and what they are there for.
    pub machines: Vec<(MachineId, Role)>,
    /// What happened; at equal moments, in the order of cause and effect.
    pub entries: Vec<Entry<Event>>,
}

impl Timeline {
    /// The role of a machine.
    #[must_use]
    pub fn role(&self, machine: &MachineId) -> Option<Role> {
        self.machines.iter().find(|(id, _)| id == machine).map(|(_, role)| *role)
    }

    /// An entry as a line: `pc7: query _vlmcs._tcp.contoso.com SRV -> NXDOMAIN`.
    #[must_use]
    pub fn line(entry: &Entry<Event>) -> String {
        format!("{}: {}", entry.machine, entry.event)
    }

    /// What somebody sees who stands at these machines: their entries, without notes.
    #[must_use]
    pub fn cut(&self, standing_at: &[MachineId]) -> Self {
        let seen = self.entries.iter().filter(|entry| standing_at.contains(&entry.machine));
        let entries = seen.map(|entry| Entry { note: None, ..entry.clone() }).collect();
        let machines = self.machines.iter().filter(|(id, _)| standing_at.contains(id)).cloned().collect();
        Self { machines, entries }
    }
}

/// Where a run writes what happens. Shared by the network and the client of one run, so that entries stand in the order of
/// cause and effect; never shared between threads.
#[derive(Debug, Default)]
pub struct Recorder {
    entries: RefCell<Vec<Entry<Event>>>,
    lost: Cell<u64>,
}

impl Recorder {
    /// Most entries of a step. A scenario needs dozens; one that needs more is stuck in a loop.
    pub const BOUND: usize = 100_000;

    /// Writes an entry without a note.
    pub fn record(&self, at: Moment, machine: &MachineId, event: Event) {
        self.push(Entry::new(at, machine.clone(), event));
    }

    /// Writes an entry.
    pub fn push(&self, entry: Entry<Event>) {
        let mut entries = self.entries.borrow_mut();
        if entries.len() < Self::BOUND {
            entries.push(entry);
        } else {
            self.lost.set(self.lost.get() + 1);
        }
    }

    /// How many entries found no room: a run that lost one has failed.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.lost.get()
    }

    /// Takes all entries out.
    #[must_use]
    pub fn take(&self) -> Vec<Entry<Event>> {
        // The next attempt will write about as much: its list need not grow step by step.
        let room = self.entries.borrow().len();
        self.entries.replace(Vec::with_capacity(room))
    }
}

#[cfg(test)]
mod tests {
    use super::{ClientEvent, Event, Recorder, Role, Timeline};
    use double::{Entry, MachineId, Moment};

    use crate::network::Failure;

    #[test]
    fn somebody_at_the_client_sees_its_entries_and_no_notes() {
        let (client, host) = (MachineId::new("pc7"), MachineId::new("kms1"));
        let recorder = Recorder::default();
        for machine in [&client, &host] {
            let event = Event::Client(ClientEvent::GaveUp { waiting_for: "bind_ack", failure: Failure::TimedOut });
            let entry = Entry::new(Moment::START, machine.clone(), event);
            recorder.push(Entry { note: Some("the planted fault".to_owned()), ..entry });
        }
        let machines = vec![(client.clone(), Role::Client), (host, Role::Host)];
        let whole = Timeline { machines, entries: recorder.take() };
        let seen = whole.cut(std::slice::from_ref(&client));
        assert_eq!(seen.machines, [(client, Role::Client)]);
        assert_eq!(seen.entries.len(), 1);
        assert_eq!(seen.entries[0].note, None);
        assert_eq!(Timeline::line(&seen.entries[0]), "pc7: waiting for bind_ack -> timed out");
    }
}
