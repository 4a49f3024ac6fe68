//! KMS hosts that publish: their conversations with DNS servers over a network, and what is written down of them.
//!
//! It stands apart from the client because it is the host that asks here, and from the networks because it is straight-line code over
//! one. What is said is decided in `mock_kms::publisher`. A host publishes at its start, every day however long a step lasts, and
//! after a change of what it publishes.

mod stream;

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use bytes::Bytes;
use double::{MachineId, Moment, Seed, WallTime};
use evidence::Event;
use evidence::network::{Datagram, Datagrams, Network, Stream};
use evidence::timeline::{ClientEvent, Recorder};
use mock_dns::boundary::{Origin, Transport};
use mock_dns::framing;
use mock_dns::journal::{Asked, DnsEvent, Summary};
use mock_dns::message::Message;
use mock_dns::update::{OPCODE, Update};
use mock_kms::journal::log::LogEvent;
use mock_kms::journal::{KmsEvent, What};
use mock_kms::publisher::conversation::NO_DNS_SERVERS;
use mock_kms::publisher::{Ask, Conversation, Publishing, Schedule, To};
use mock_kms::wire::Hresult;
use notation::Id;

use crate::environment::machine::{DNS_PORT, KmsMachine};
use crate::environment::{Environment, publishing::HostPublishing};
use crate::network::stage::Stage;

/// When a message is sent again, and when it is given up: as the DNS client of Windows asks one server (Microsoft, "NET: DNS: DNS client
/// resolution timeouts"). Several servers take turns.
const SENT_AT: [u64; 5] = [0, 1, 2, 4, 8];
const GIVEN_UP_AT: u64 = 10;

/// The Unix epoch as FILETIME ([MS-DTYP] 2.3.3), and its ticks in a second.
const UNIX_EPOCH: u64 = 116_444_736_000_000_000;
const TICKS: u64 = 10_000_000;

/// What the hosts of a run remember of their publishing.
#[derive(Clone, Debug, Default)]
pub struct Publishers {
    schedules: Vec<(Id, Schedule)>,
    /// Conversations so far: each has ids of its own.
    conversations: u64,
}

/// A host that publishes.
struct Host<'a> {
    name: MachineId,
    machine: &'a KmsMachine,
    settings: &'a HostPublishing,
    network: &'a dyn Network,
    recorder: &'a Recorder,
    /// What its clock showed when the run began.
    start: WallTime,
}

impl Publishers {
    /// Lets every host publish that has reason to.
    pub fn publish(&mut self, stage: &dyn Stage, environment: &Environment, seed: Seed) {
        for machine in &environment.kms_hosts {
            let (Some(settings), Some(publishing)) = (&machine.publishing, machine.publishing()) else { continue };
            let network = stage.seen_from(&machine.id);
            if !self.schedule(&machine.id).is_due(network.now(), &publishing) {
                continue;
            }
            let host = Host {
                name: MachineId::new(machine.id.as_str()),
                machine,
                settings,
                network: &*network,
                recorder: stage.recorder(),
                start: environment.start.shifted(machine.clock_offset_s),
            };
            for target in publishing.targets() {
                self.conversations += 1;
                let [high, low, ..] =
                    seed.child(machine.id.as_str()).child("publishing").nth(self.conversations).bytes16();
                let id = u16::from_be_bytes([high, low]);
                let event = match target {
                    Ok(target) => LogEvent::of(&target.domain, host.converse(&publishing, &target, id)),
                    Err((code, domain)) => LogEvent::Failed { code, domain },
                };
                host.record(Event::Kms(KmsEvent::new(0, What::Logged(event))));
            }
        }
    }

    /// When the next host publishes, if that is before `at` and nothing changes.
    pub fn due_before(&mut self, environment: &Environment, at: Moment) -> Option<Moment> {
        let hosts = environment.kms_hosts.iter().filter(|machine| machine.publishing().is_some());
        hosts.filter_map(|machine| self.schedule(&machine.id).next()).min().filter(|due| *due < at)
    }

    fn schedule(&mut self, host: &Id) -> &mut Schedule {
        let known = self.schedules.iter().position(|(id, _)| id == host);
        let place = known.unwrap_or(self.schedules.len());
        if known.is_none() {
            self.schedules.push((host.clone(), Schedule::default()));
        }
        // It is there now.
        &mut self.schedules[place].1
    }
}

impl Host<'_> {
    fn converse(&self, publishing: &Publishing, target: &mock_kms::publisher::Target, id: u16) -> Result<(), Hresult> {
        if self.settings.dns.is_empty() {
            return Err(NO_DNS_SERVERS);
        }
        let (conversation, mut next) = Conversation::begin(publishing, target, id);
        let Some(mut conversation) = conversation else {
            let Ask::Done(result) = next else { return Ok(()) };
            return result;
        };
        loop {
            next = match next {
                Ask::Done(result) => return result,
                Ask::Send { to, bytes, stream: false } => self.ask(&mut conversation, to, &bytes),
                Ask::Send { to, bytes, stream: true } => self.ask_over_tcp(&mut conversation, to, &bytes),
            };
        }
    }

    /// Sends a message until an answer comes or time is up; gives what is to be done then.
    fn ask(&self, conversation: &mut Conversation, to: To, bytes: &[u8]) -> Ask {
        let servers = self.servers(to);
        let started = self.network.now();
        let at = |seconds: u64| started.plus(Duration::from_secs(seconds));
        let ends = SENT_AT.iter().skip(1).copied().chain([GIVEN_UP_AT]);
        for ((sent, end), server) in SENT_AT.into_iter().zip(ends).zip(servers.iter().cycle()) {
            self.network.wait_until(at(sent));
            if let Some(next) = self.try_once(conversation, *server, bytes, at(end)) {
                return next;
            }
        }
        conversation.give_up()
    }

    /// The same on connections, one to each server in turn.
    fn ask_over_tcp(&self, conversation: &mut Conversation, to: To, bytes: &[u8]) -> Ask {
        for server in self.servers(to) {
            let Some(local) = self.address_towards(server) else { continue };
            let peer = SocketAddr::new(server, DNS_PORT);
            let origin = Origin { peer, local: SocketAddr::new(local, 0), transport: Transport::Tcp };
            let end = self.network.now().plus(Duration::from_secs(GIVEN_UP_AT));
            let Some(mut stream) = self.connect(local, peer, end) else { continue };
            if let Some(event) = sent(bytes, origin) {
                self.record(event);
            }
            let next = stream::ask(&mut *stream, bytes, end, |answer| {
                let next = conversation.receive(answer, self.seconds())?;
                if let Some(event) = received(answer, origin) {
                    self.record(event);
                }
                Some(next)
            });
            if let Some(next) = next {
                return next;
            }
        }
        conversation.give_up()
    }

    fn connect(&self, local: IpAddr, to: SocketAddr, end: Moment) -> Option<Box<dyn Stream + '_>> {
        self.record(Event::Client(ClientEvent::Connect { to }));
        let connected = self.network.connect(local, to, end);
        let result = connected.as_ref().map(drop).map_err(|failure| *failure);
        self.record(Event::Client(ClientEvent::Connected { to, result }));
        connected.ok()
    }

    fn servers(&self, to: To) -> Vec<IpAddr> {
        match to {
            To::Resolver => self.settings.dns.clone(),
            To::Server(server) => vec![server],
        }
    }

    fn address_towards(&self, server: IpAddr) -> Option<IpAddr> {
        self.machine.addresses.iter().find(|own| own.is_ipv4() == server.is_ipv4()).copied()
    }

    /// What its clock shows, since 1970.
    fn seconds(&self) -> u64 {
        self.start.at(self.network.now()).0.saturating_sub(UNIX_EPOCH) / TICKS
    }

    fn try_once(&self, conversation: &mut Conversation, server: IpAddr, bytes: &[u8], end: Moment) -> Option<Ask> {
        let local = self.address_towards(server)?;
        let mut socket = self.network.open(local).ok()?;
        let to = SocketAddr::new(server, DNS_PORT);
        let origin = Origin { peer: to, local: SocketAddr::new(local, 0), transport: Transport::Udp };
        socket.send(to, bytes).ok()?;
        self.record(sent(bytes, origin)?);
        self.receive(conversation, &mut *socket, origin, end)
    }

    fn receive(
        &self,
        conversation: &mut Conversation,
        socket: &mut dyn Datagrams,
        origin: Origin,
        end: Moment,
    ) -> Option<Ask> {
        loop {
            // What the network refuses is silence to who waits for an answer; it is asked again in time.
            let Datagram { from, bytes, .. } = socket.receive(end).ok()?;
            if from != origin.peer {
                continue;
            }
            if let Some(next) = conversation.receive(&bytes, self.seconds()) {
                if let Some(event) = received(&bytes, origin) {
                    self.record(event);
                }
                return Some(next);
            }
        }
    }

    fn record(&self, event: Event) {
        self.recorder.record(self.network.now(), &self.name, event);
    }
}

/// The journal's words for what a host sends: a question or an update.
fn sent(message: &[u8], origin: Origin) -> Option<Event> {
    let bytes = Bytes::copy_from_slice(message);
    let read = Message::read(message).ok()?;
    Some(Event::Dns(if read.opcode == OPCODE {
        let update = Update::read(message).ok().map(Box::new);
        DnsEvent::OtherRequest { origin, opcode: OPCODE, update, bytes }
    } else {
        DnsEvent::Query { origin, id: read.id, asked: asked(&read)?, bytes }
    }))
}

/// The journal's words for an answer.
fn received(message: &[u8], origin: Origin) -> Option<Event> {
    let read = Message::read(message).ok()?;
    let asked = if read.opcode == OPCODE { None } else { asked(&read) };
    let bytes = match origin.transport {
        Transport::Udp => Bytes::copy_from_slice(message),
        Transport::Tcp => framing::frame(message)?.into(),
    };
    Some(Event::Dns(DnsEvent::Reply { origin, from: None, id: read.id, asked, summary: Summary::from(&read), bytes }))
}

fn asked(message: &Message) -> Option<Asked> {
    message.question.as_ref().map(|question| Asked { name: question.name.clone(), record_type: question.record_type })
}
