//! Which entries tell of one exchange: a question and everything that answers it, or a connection, seen from both of its ends.
//!
//! Neither end says so itself: a client knows no number of the server's, a KMS host names its connections by its own count. What ties them
//! together is who asked whom, the transaction, and the order of cause and effect. A capture is written of these exchanges.

use std::net::{IpAddr, SocketAddr};

use double::{Entry, MachineId};
use evidence::Event;
use evidence::timeline::{ClientEvent, Role, Timeline};
use mock_dns::boundary::Transport;
use mock_dns::journal::{Asked, DnsEvent};
use mock_kms::journal::{KmsEvent, What};
use notation::Id;

use crate::environment::Environment;
use crate::network::order::ends;

/// One exchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conversation {
    /// How it is carried.
    pub transport: Transport,
    /// The address of the one who asks or connects.
    pub client: IpAddr,
    /// Its port, once a server has seen it.
    pub client_port: Option<u16>,
    /// To where a connection leads; a question may go to several servers.
    pub server: Option<SocketAddr>,
    /// The transaction and the question.
    id: Option<u16>,
    asked: Option<Asked>,
    /// Which connection of which machine it is: at most one at either end.
    numbers: Vec<(MachineId, u64)>,
    /// Whether the attempt to connect failed.
    failed: bool,
}

/// All exchanges of a timeline, and to which each entry belongs.
#[derive(Clone, Debug, Default)]
pub struct Conversations {
    list: Vec<Conversation>,
    of: Vec<Option<usize>>,
}

impl Conversations {
    /// Ties the entries of a timeline together.
    #[must_use]
    pub fn of(timeline: &Timeline, environment: &Environment) -> Self {
        let mut found = Self::default();
        for entry in &timeline.entries {
            let place = found.place(entry, timeline.role(&entry.machine), environment);
            found.of.push(place);
        }
        found
    }

    /// The exchange of the entry at this place, counted from 0.
    #[must_use]
    pub fn at(&self, entry: usize) -> Option<usize> {
        self.of.get(entry).copied().flatten()
    }

    /// The exchanges, in the order in which they began.
    #[must_use]
    pub fn list(&self) -> &[Conversation] {
        &self.list
    }

    fn place(&mut self, entry: &Entry<Event>, role: Option<Role>, environment: &Environment) -> Option<usize> {
        let at_client = role == Some(Role::Client);
        match &entry.event {
            Event::Dns(event) => self.dns(event, &entry.machine, environment),
            Event::Client(event) => self.client(event, &entry.machine, environment),
            Event::Kms(event) => self.kms(event, entry, at_client, environment),
        }
    }

    fn dns(&mut self, event: &DnsEvent, machine: &MachineId, environment: &Environment) -> Option<usize> {
        let (origin, id, asked) = match event {
            DnsEvent::Query { origin, id, asked, .. } => (origin, Some(*id), Some(asked)),
            DnsEvent::Reply { origin, id, asked, .. } | DnsEvent::NoReply { origin, id, asked } => {
                (origin, Some(*id), asked.as_ref())
            }
            DnsEvent::OtherRequest { origin, bytes, .. } => (origin, transaction(bytes), None),
            DnsEvent::Scavenged { .. } => return None,
            DnsEvent::Unreadable { origin, .. }
            | DnsEvent::TcpAccepted { origin }
            | DnsEvent::TcpClosed { origin, .. } => (origin, None, None),
        };
        let (near, far) = ends(origin, machine, environment);
        let known = match origin.transport {
            Transport::Tcp => self.connection(near, far),
            Transport::Udp => self.question(near, id, asked),
        };
        let place = known.unwrap_or_else(|| {
            self.add(Conversation {
                server: (origin.transport == Transport::Tcp).then_some(far),
                id,
                asked: asked.cloned(),
                ..Conversation::new(origin.transport, near.ip())
            })
        });
        if near.port() != 0
            && let Some(known) = self.list.get_mut(place)
        {
            known.client_port.get_or_insert(near.port());
        }
        Some(place)
    }

    /// The newest question of this client with this transaction; a port that is known must be the same.
    fn question(&self, near: SocketAddr, id: Option<u16>, asked: Option<&Asked>) -> Option<usize> {
        self.list.iter().rposition(|known| {
            known.transport == Transport::Udp
                // What is said to a group belongs to whoever asked it.
                && (known.client == near.ip() || near.ip().is_multicast())
                && known.id == id
                && same_port(known.client_port, near.port())
                && asked.is_none_or(|asked| known.asked.as_ref().is_none_or(|known| same_question(known, asked)))
        })
    }

    /// The newest connection between these ends; one whose port nobody has seen yet becomes it, the oldest first.
    fn connection(&self, near: SocketAddr, far: SocketAddr) -> Option<usize> {
        let fits = |known: &Conversation| {
            known.transport == Transport::Tcp && known.client == near.ip() && known.server == Some(far) && !known.failed
        };
        if near.port() == 0 {
            return self.list.iter().rposition(fits);
        }
        let same = self.list.iter().rposition(|known| fits(known) && known.client_port == Some(near.port()));
        same.or_else(|| self.list.iter().position(|known| fits(known) && known.client_port.is_none()))
    }

    fn client(&mut self, event: &ClientEvent, machine: &MachineId, environment: &Environment) -> Option<usize> {
        let own = |known: &Conversation| owns(environment, machine, known.client);
        match event {
            ClientEvent::Connect { to } => {
                let source = source_for(environment, machine, to.ip())?;
                Some(self.add(Conversation { server: Some(*to), ..Conversation::new(Transport::Tcp, source) }))
            }
            ClientEvent::Connected { to, result } => {
                let place = self.list.iter().rposition(|known| known.server == Some(*to) && own(known))?;
                if let Some(known) = self.list.get_mut(place) {
                    known.failed = result.is_err();
                }
                Some(place)
            }
            ClientEvent::NoReply { name, kind, .. } | ClientEvent::Unheard { name, kind } => {
                let asked = Asked { name: name.clone(), record_type: *kind };
                let same =
                    |known: &Conversation| known.asked.as_ref().is_some_and(|known| same_question(known, &asked));
                self.list.iter().rposition(|known| known.transport == Transport::Udp && own(known) && same(known))
            }
            ClientEvent::Ignored { .. } => {
                self.list.iter().rposition(|known| known.transport == Transport::Udp && own(known))
            }
            ClientEvent::GaveUp { .. } => {
                self.list.iter().rposition(|known| known.transport == Transport::Tcp && own(known))
            }
        }
    }

    fn kms(
        &mut self,
        event: &KmsEvent,
        entry: &Entry<Event>,
        at_client: bool,
        environment: &Environment,
    ) -> Option<usize> {
        if matches!(event.what, What::Logged(_)) {
            return None;
        }
        let number = (entry.machine.clone(), event.connection);
        let place = if let What::Accept { peer } = &event.what {
            Some(self.accepted(*peer, &entry.machine, environment)?)
        } else {
            self.list.iter().rposition(|known| known.numbers.contains(&number))
        };
        let place = place.or_else(|| {
            // The first that a client says on a connection: it is the one that it has just made.
            let newest = |known: &Conversation| {
                known.transport == Transport::Tcp && !known.failed && owns(environment, &entry.machine, known.client)
            };
            at_client.then(|| self.list.iter().rposition(newest)).flatten()
        })?;
        let known = self.list.get_mut(place)?;
        if !known.numbers.contains(&number) {
            known.numbers.push(number);
        }
        Some(place)
    }

    /// The connection that a host has accepted: the oldest to one of its addresses that nobody has accepted yet.
    fn accepted(&mut self, peer: SocketAddr, host: &MachineId, environment: &Environment) -> Option<usize> {
        let machine = environment.kms_hosts.iter().find(|machine| machine.id.as_str() == host.as_str())?;
        let waiting = self.list.iter().position(|known| {
            known.transport == Transport::Tcp
                && known.client == peer.ip()
                && known.client_port.is_none()
                && !known.failed
                && known.server.is_some_and(|to| machine.addresses.contains(&to.ip()))
        });
        let place = match waiting {
            Some(place) => place,
            // A client that keeps no journal: which address of the host it asked, nobody wrote down.
            None => {
                let address = machine.addresses.iter().find(|address| address.is_ipv4() == peer.is_ipv4())?;
                let server = Some(SocketAddr::new(*address, machine.port()));
                self.add(Conversation { server, ..Conversation::new(Transport::Tcp, peer.ip()) })
            }
        };
        self.list.get_mut(place)?.client_port = Some(peer.port());
        Some(place)
    }

    fn add(&mut self, conversation: Conversation) -> usize {
        self.list.push(conversation);
        self.list.len() - 1
    }
}

impl Conversation {
    const fn new(transport: Transport, client: IpAddr) -> Self {
        Self {
            transport,
            client,
            client_port: None,
            server: None,
            id: None,
            asked: None,
            numbers: Vec::new(),
            failed: false,
        }
    }
}

/// The address from which a machine sends there: a client chooses one, a KMS host has its first of the kind.
fn source_for(environment: &Environment, machine: &MachineId, to: IpAddr) -> Option<IpAddr> {
    if let Some(client) = environment.clients.iter().find(|client| client.id.as_str() == machine.as_str()) {
        return client.ip.source_for(to);
    }
    let host = environment.kms_hosts.iter().find(|host| host.id.as_str() == machine.as_str())?;
    host.addresses.iter().find(|own| own.is_ipv4() == to.is_ipv4()).copied()
}

fn owns(environment: &Environment, machine: &MachineId, address: IpAddr) -> bool {
    let is_it = |id: &Id| id.as_str() == machine.as_str();
    let mut clients = environment.clients.iter().filter(|client| is_it(&client.id));
    clients.any(|client| client.ip.adapters.iter().any(|adapter| adapter.address == address))
        || environment.kms_hosts.iter().any(|host| is_it(&host.id) && host.addresses.contains(&address))
}

fn same_port(known: Option<u16>, port: u16) -> bool {
    port == 0 || known.is_none_or(|known| known == port)
}

/// Names are compared without case (RFC 4343).
fn same_question(one: &Asked, other: &Asked) -> bool {
    one.record_type == other.record_type && one.name.to_string().eq_ignore_ascii_case(&other.name.to_string())
}

/// The transaction of a message (RFC 1035 4.1.1).
fn transaction(bytes: &[u8]) -> Option<u16> {
    bytes.first_chunk().map(|id| u16::from_be_bytes(*id))
}
