//! What was said, as packets: an attempt's journal as somebody would have captured it who sees what leaves every machine.
//!
//! Each packet stands at the moment at which it left, told by who sent it: what a client says is taken from the client's entries, what a
//! server says from the server's, so nothing is told twice and nothing is left out that did not arrive. What the journal cannot know is made
//! up as stacks do it, and says so in a comment where it is more than numbers.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use double::{Entry, MachineId, Moment};
use evidence::Event;
use evidence::network::Failure;
use evidence::timeline::{ClientEvent, Role};
use mock_dns::boundary::{Origin, Transport};
use mock_dns::framing;
use mock_dns::journal::{Closed, DnsEvent};
use mock_kms::journal::{KmsEvent, Side, What};
use notation::Id;

use super::stream::{End, Stream};
use crate::client::ClientProfile;
use crate::environment::How;
use crate::environment::rule::Packet;
use crate::journal::Attempt;
use crate::journal::conversation::Conversations;
use crate::network::ip::{self, UDP, UDP_CHECKSUM, Undelivered};
use crate::network::order::{answers, ends};

/// First of the ports that stand for ports that nobody saw; simulated clients count up from 49152 and never get there.
const ASSUMED_PORTS: u16 = 61_000;

/// How many of these there are.
const ASSUMED_PORTS_COUNT: u16 = 4_000;

/// How long after a packet its ICMP error is shown: nobody writes down when it came.
const ICMP_AFTER: Duration = Duration::from_millis(1);

const PORT_ASSUMED: &str = "assumed: the port, because no server saw it";
const REPEAT_ASSUMED: &str = "assumed: a SYN that nobody answers is repeated like this by the Windows stack";
const ICMP_ASSUMED: &str = "assumed: when this came; and who sent it, unless it is the machine that was asked";

/// A packet that was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) at: Moment,
    pub(super) octets: Vec<u8>,
    pub(super) comments: Vec<String>,
}

/// Whose packets they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum View {
    /// Everybody's, each told by who sent it.
    Network {
        /// Whether notes are said too.
        annotated: bool,
    },
    /// Those of one machine, which tells of both directions. The timeline holds what it saw and no more.
    Machine,
}

/// The packets of an attempt, in order of time. `streams` counts connections over all attempts of a file.
pub(super) fn packets(attempt: &Attempt<'_>, view: View, streams: &mut u32) -> Vec<Said> {
    let mut talk = Talk {
        attempt,
        view,
        conversations: Conversations::of(attempt.timeline, attempt.environment),
        streams: Vec::new(),
        begun: Vec::new(),
        said: Vec::new(),
    };
    for (place, conversation) in talk.conversations.list().iter().enumerate() {
        *streams = streams.wrapping_add(1);
        let server = conversation.server.filter(|_| conversation.transport == Transport::Tcp);
        let client = SocketAddr::new(conversation.client, talk.port(place));
        talk.streams.push(server.map(|server| Stream::new(client, server, *streams)));
        talk.begun.push(Moment::START);
    }
    for (place, entry) in attempt.timeline.entries.iter().enumerate() {
        talk.entry(entry, talk.conversations.at(place));
    }
    // Stable: what was said at one moment stays in its order.
    talk.said.sort_by_key(|said| said.at);
    talk.said
}

struct Talk<'a> {
    attempt: &'a Attempt<'a>,
    view: View,
    conversations: Conversations,
    /// The connection of each conversation that is one.
    streams: Vec<Option<Stream>>,
    /// When each was asked for.
    begun: Vec<Moment>,
    said: Vec<Said>,
}

impl Talk<'_> {
    fn entry(&mut self, entry: &Entry<Event>, conversation: Option<usize>) {
        let before = self.said.len();
        let Some(place) = conversation else { return };
        match &entry.event {
            Event::Dns(event) => self.dns(event, entry, place),
            Event::Client(event) => self.client(event, entry.at, place),
            Event::Kms(event) => self.kms(event, entry, place),
        }
        if let Some(note) = entry.note.as_ref().filter(|_| self.view == View::Network { annotated: true })
            && let Some(first) = self.said.get_mut(before)
        {
            first.comments.push(format!("{}: {note}", entry.machine));
        }
    }

    /// Whether the entry is told by the client itself.
    fn is_client(&self, machine: &MachineId) -> bool {
        self.attempt.timeline.role(machine) == Some(Role::Client)
    }

    /// Whether the address belongs to a machine whose own entries tell what it sends.
    fn keeps_journal(&self, address: IpAddr) -> bool {
        self.sender(address).is_some()
    }

    fn port(&self, place: usize) -> u16 {
        let known = self.conversations.list().get(place).and_then(|conversation| conversation.client_port);
        let place = u16::try_from(place % usize::from(ASSUMED_PORTS_COUNT)).unwrap_or_default();
        known.unwrap_or(ASSUMED_PORTS + place)
    }

    fn assumed(&self, place: usize) -> Vec<String> {
        let known = self.conversations.list().get(place).is_some_and(|conversation| conversation.client_port.is_some());
        if known { Vec::new() } else { vec![PORT_ASSUMED.to_owned()] }
    }

    fn push(&mut self, at: Moment, octets: Vec<u8>, comments: Vec<String>) {
        self.said.push(Said { at, octets, comments });
    }

    fn push_all(&mut self, at: Moment, packets: impl IntoIterator<Item = Vec<u8>>) {
        self.said.extend(packets.into_iter().map(|octets| Said { at, octets, comments: Vec::new() }));
    }

    /// Does something on the connection of a conversation.
    fn on<P: IntoIterator<Item = Vec<u8>>>(&mut self, place: usize, at: Moment, act: impl FnOnce(&mut Stream) -> P) {
        let packets = self.streams.get_mut(place).and_then(Option::as_mut).map(act);
        self.push_all(at, packets.into_iter().flatten());
    }

    fn dns(&mut self, event: &DnsEvent, entry: &Entry<Event>, place: usize) {
        let by_server = |origin| answers(origin, &entry.machine, self.attempt.environment);
        match event {
            DnsEvent::Query { origin, bytes, .. }
            | DnsEvent::OtherRequest { origin, bytes, .. }
            | DnsEvent::Unreadable { origin, bytes, .. } => {
                let (near, far) = ends(origin, &entry.machine, self.attempt.environment);
                if self.view == View::Machine || !by_server(origin) || !self.keeps_journal(near.ip()) {
                    self.request((near, far), origin, bytes, entry.at, place);
                }
            }
            DnsEvent::Reply { origin, from, bytes, .. } => {
                let (near, far) = ends(origin, &entry.machine, self.attempt.environment);
                let told_there = !by_server(origin) && self.attempt.environment.owner(far.ip()).is_some();
                if told_there && self.view != View::Machine {
                    return;
                }
                match origin.transport {
                    Transport::Tcp => self.on(place, entry.at, |stream| stream.say(End::Server, bytes)),
                    Transport::Udp => {
                        // A group has one port, whoever asked.
                        let port = if near.ip().is_multicast() { near.port() } else { self.port(place) };
                        let to = SocketAddr::new(near.ip(), port);
                        self.push(entry.at, datagram(from.unwrap_or(far), to, bytes), Vec::new());
                    }
                }
            }
            DnsEvent::NoReply { .. } | DnsEvent::Scavenged { .. } => {}
            DnsEvent::TcpAccepted { .. } => self.on(place, entry.at, Stream::accepted),
            DnsEvent::TcpClosed { why, .. } => match why {
                Closed::ByClient => self.close_by_client(place, entry.at),
                Closed::ByServer | Closed::Limit => self.on(place, entry.at, |stream| stream.close(End::Server)),
                Closed::Reset => self.on(place, entry.at, |stream| stream.reset(End::Server)),
            },
        }
    }

    fn request(
        &mut self,
        (near, far): (SocketAddr, SocketAddr),
        origin: &Origin,
        bytes: &[u8],
        at: Moment,
        place: usize,
    ) {
        if origin.transport == Transport::Tcp {
            let Some(framed) = framing::frame(bytes) else { return };
            return self.on(place, at, |stream| stream.say(End::Client, &framed));
        }
        let near = SocketAddr::new(near.ip(), self.port(place));
        let query = datagram(near, far, bytes);
        let error = self.undelivered(near.ip(), far, false, &query);
        self.push(at, query, self.assumed(place));
        if let Some(error) = error {
            self.push(at.plus(ICMP_AFTER), error, vec![ICMP_ASSUMED.to_owned()]);
        }
    }

    /// The ICMP error that the environment has for a packet of this client, if it has one.
    fn undelivered(&self, near: IpAddr, far: SocketAddr, tcp: bool, quoted: &[u8]) -> Option<Vec<u8>> {
        let environment = self.attempt.environment;
        let to = environment.owner(far.ip());
        let from = self.sender(near)?;
        let packet = Packet { from, to, tcp, destination: far };
        let rule = environment.rule_for(&packet);
        let router = || {
            let mut gateways = self.attempt.client.ip.adapters.iter().filter_map(|adapter| adapter.gateway);
            gateways.find(|gateway| gateway.is_ipv4() == near.is_ipv4()).unwrap_or(near)
        };
        let (by, why) = match rule.map(|rule| &rule.how) {
            Some(How::Refused) => (far.ip(), Undelivered::Port),
            Some(How::RejectedIcmp) => (router(), Undelivered::Prohibited),
            Some(How::Unreachable) => (router(), Undelivered::Host),
            Some(How::Silent | How::ListenQueueFull) => return None,
            Some(How::Delayed(_) | How::Lossy(_)) | None => {
                let mut servers = environment.dns_servers.iter().filter(|machine| Some(&machine.id) == to);
                if !servers.any(|machine| !machine.running && !machine.stealth) {
                    return None;
                }
                (far.ip(), Undelivered::Port)
            }
        };
        Some(ip::undelivered(by, near, quoted, why))
    }

    /// The machine that sends from this address.
    fn sender(&self, near: IpAddr) -> Option<&Id> {
        let environment = self.attempt.environment;
        let owns = |client: &&crate::environment::ClientMachine| {
            client.ip.adapters.iter().any(|adapter| adapter.address == near)
        };
        let client = environment.clients.iter().find(owns).map(|client| &client.id);
        client.or_else(|| environment.owner(near))
    }

    fn client(&mut self, event: &ClientEvent, at: Moment, place: usize) {
        match event {
            ClientEvent::Connect { .. } => {
                if let Some(begun) = self.begun.get_mut(place) {
                    *begun = at;
                }
                let syn = self.streams.get_mut(place).and_then(Option::as_mut).map(Stream::syn);
                if let Some(syn) = syn {
                    self.push(at, syn, self.assumed(place));
                }
            }
            ClientEvent::Connected { result: Ok(()), .. } => {
                self.on(place, at, Stream::accepted);
                self.on(place, at, |stream| stream.acknowledged(End::Client));
            }
            ClientEvent::Connected { to, result: Err(failure) } => self.not_connected(*to, *failure, at, place),
            ClientEvent::NoReply { .. }
            | ClientEvent::Unheard { .. }
            | ClientEvent::Ignored { .. }
            | ClientEvent::GaveUp { .. } => {}
        }
    }

    fn not_connected(&mut self, to: SocketAddr, failure: Failure, at: Moment, place: usize) {
        let Some(stream) = self.streams.get(place).and_then(Option::as_ref) else { return };
        let (syn, begun) = (stream.first().to_vec(), self.begun.get(place).copied().unwrap_or(at));
        match failure {
            Failure::Refused | Failure::Reset => self.on(place, at, |stream| stream.reset(End::Server)),
            Failure::TimedOut if !stream.is_accepted() => {
                let profile = ClientProfile::of(&self.attempt.client.profile);
                for after in profile.syn_repeats {
                    let again = begun.plus(*after);
                    if again < at {
                        self.push(again, syn.clone(), vec![REPEAT_ASSUMED.to_owned()]);
                    }
                }
            }
            Failure::Rejected | Failure::Unreachable => {
                let Some(conversation) = self.conversations.list().get(place) else { return };
                if let Some(error) = self.undelivered(conversation.client, to, true, &syn) {
                    self.push(at, error, vec![ICMP_ASSUMED.to_owned()]);
                }
            }
            Failure::TimedOut | Failure::NoSuchAddress | Failure::NotPermitted => {}
        }
    }

    fn kms(&mut self, event: &KmsEvent, entry: &Entry<Event>, place: usize) {
        if self.is_client(&entry.machine) {
            self.kms_at_client(event, entry.at, place);
        } else {
            self.kms_at_host(event, entry.at, place);
        }
    }

    fn kms_at_client(&mut self, event: &KmsEvent, at: Moment, place: usize) {
        let server = self.conversations.list().get(place).and_then(|conversation| conversation.server);
        let is_ours = server.is_some_and(|server| self.attempt.environment.owner(server.ip()).is_some());
        let sends = matches!(event.what, What::Bind { .. } | What::AlterContext { .. } | What::Request(_));
        if sends {
            self.on(place, at, |stream| stream.say(End::Client, &event.octets));
        } else if let What::Close { by: Side::Host } = event.what {
            // Our client closes when it reads the end.
            self.close_by_client(place, at);
        } else if !is_ours || self.view == View::Machine {
            self.on(place, at, |stream| stream.say(End::Server, &event.octets));
        }
    }

    fn kms_at_host(&mut self, event: &KmsEvent, at: Moment, place: usize) {
        match &event.what {
            What::Accept { .. } => self.on(place, at, Stream::accepted),
            What::Close { by: Side::Client } => self.close_by_client(place, at),
            What::Close { by: Side::Host } => self.on(place, at, |stream| stream.close(End::Server)),
            What::Reset { by: Side::Client } => self.on(place, at, |stream| stream.reset(End::Client)),
            What::Reset { by: Side::Host } => self.on(place, at, |stream| stream.reset(End::Server)),
            What::BindAck { .. }
            | What::BindNak { .. }
            | What::AlterContextResp { .. }
            | What::Response { .. }
            | What::Fault { .. } => self.on(place, at, |stream| stream.say(End::Server, &event.octets)),
            // Heard or said: what the client did not say, the host did.
            What::Incomplete | What::NotRpc | What::Unreadable(_) => {
                self.on(place, at, |stream| {
                    if stream.client_said(&event.octets) { Vec::new() } else { stream.say(End::Server, &event.octets) }
                });
            }
            What::Bind { .. }
            | What::AlterContext { .. }
            | What::Fragment
            | What::Request(_)
            | What::Ignored { .. } => {
                if self.view == View::Machine {
                    self.on(place, at, |stream| stream.say(End::Client, &event.octets));
                }
            }
            What::Logged(_) => {}
        }
    }

    /// The client closes, and the server, which has nothing to say any more, closes too.
    fn close_by_client(&mut self, place: usize, at: Moment) {
        self.on(place, at, |stream| stream.close(End::Client));
        self.on(place, at, |stream| stream.close(End::Server));
    }
}

fn datagram(from: SocketAddr, to: SocketAddr, octets: &[u8]) -> Vec<u8> {
    let mut udp = Vec::with_capacity(8 + octets.len());
    udp.extend(from.port().to_be_bytes());
    udp.extend(to.port().to_be_bytes());
    udp.extend(u16::try_from(8 + octets.len()).unwrap_or(u16::MAX).to_be_bytes());
    udp.extend([0; 2]);
    udp.extend(octets);
    ip::packet(from.ip(), to.ip(), UDP, &udp, Some(UDP_CHECKSUM))
}
