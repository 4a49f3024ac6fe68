//! The journal of an attempt as a conversation: who said what to whom, and what did not arrive.
//!
//! One message has two entries, one at each end. They are paired (`pairs`), so that a message is one arrow; an entry without its
//! other end is an arrow that does not arrive. `words` says what stands on it. How arrows become text is [`ladder`](super::ladder)'s affair.

mod pairs;
mod publishing;
mod words;

use std::net::{IpAddr, SocketAddr};

use double::escape::Untrusted;
use double::{Entry, Moment};
use evidence::network::Failure;
use evidence::timeline::ClientEvent;
use evidence::{Event, Timeline};
use mock_dns::journal::{Closed, DnsEvent};
use mock_kms::journal::{KmsEvent, Side, What};

use self::words::{answer, comes_from_host, ends, ignored, question, said, sent_by};
use super::story::list;
use crate::environment::Environment;
use crate::environment::machine::DNS_PORT;

/// What was said between the machines of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conversation {
    /// Who takes part, or could: the client that tries to activate, the DNS servers, the KMS hosts, and addresses that are
    /// no machine's.
    pub lanes: Vec<Lane>,
    /// What happened, in order.
    pub rows: Vec<Row>,
}

/// One that takes part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lane {
    /// Its name.
    pub name: String,
    /// Where it listens.
    pub address: String,
    /// Every address of it.
    addresses: Vec<IpAddr>,
    /// Whether its own journal holds anything; always so for the client.
    pub saw: bool,
    /// Whether it is a machine of the environment.
    pub machine: bool,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// When, as the one saw it who tells it: the client where it can.
    pub at: Moment,
    /// What.
    pub mark: Mark,
}

/// What is drawn of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mark {
    /// A message.
    Arrow {
        /// The lane of the sender.
        from: usize,
        /// The lane of the addressee.
        to: usize,
        /// What it says.
        label: String,
        /// Whether it came there.
        arrives: bool,
        /// What only the sender's double knows, such as the fault that struck.
        note: Option<String>,
    },
    /// Something that one concludes.
    Note {
        /// The lane of the one.
        lane: usize,
        /// What.
        text: String,
    },
}

/// The lane of the client.
pub const CLIENT: usize = 0;

/// Reads the journal of an attempt by `client`.
#[must_use]
pub fn read(environment: &Environment, timeline: &Timeline, client: &str) -> Conversation {
    let mut reader = Reader {
        entries: &timeline.entries,
        client,
        lanes: lanes(environment, client),
        partner: vec![None; timeline.entries.len()],
        peer: Vec::new(),
    };
    reader.meet();
    reader.pair();
    let rows = (0..reader.entries.len()).flat_map(|index| reader.rows(index)).collect();
    Conversation { lanes: reader.lanes, rows }
}

fn lanes(environment: &Environment, client: &str) -> Vec<Lane> {
    let lane = |name: &str, addresses: &[IpAddr], port: Option<u16>| {
        let first =
            addresses.first().map(|ip| port.map_or(ip.to_string(), |port| SocketAddr::new(*ip, port).to_string()));
        Lane {
            name: name.to_owned(),
            address: first.unwrap_or_else(|| list(addresses)),
            addresses: addresses.to_vec(),
            saw: false,
            machine: true,
        }
    };
    let own = environment.clients.iter().find(|machine| machine.id.as_str() == client);
    let addresses: Vec<IpAddr> = own.iter().flat_map(|machine| &machine.ip.adapters).map(|on| on.address).collect();
    let mut lanes = vec![Lane { saw: true, ..lane(client, &addresses, None) }];
    let dns = environment.dns_servers.iter();
    lanes.extend(dns.map(|server| lane(server.id.as_str(), &server.addresses, Some(DNS_PORT))));
    let hosts = environment.kms_hosts.iter();
    lanes.extend(hosts.map(|host| lane(host.id.as_str(), &host.addresses, Some(host.port()))));
    lanes
}

/// A journal on its way to a conversation.
struct Reader<'a> {
    entries: &'a [Entry<Event>],
    client: &'a str,
    lanes: Vec<Lane>,
    /// The entry at the other end of the same message.
    partner: Vec<Option<usize>>,
    /// The lane to which the client is connected, at each entry.
    peer: Vec<usize>,
}

impl Reader<'_> {
    /// Finds out who takes part, and whom the client is connected to when.
    fn meet(&mut self) {
        let mut peer = CLIENT;
        for entry in self.entries {
            if self.is_publishing(entry) {
                self.peer.push(peer);
                continue;
            }
            if let Some(lane) = self.lanes.iter_mut().find(|lane| lane.name == entry.machine.as_str()) {
                lane.saw = true;
            }
            if entry.machine.as_str() == self.client {
                match &entry.event {
                    Event::Dns(DnsEvent::Query { origin, .. }) => _ = self.lane_or_new(origin.peer),
                    Event::Client(ClientEvent::Connect { to }) => peer = self.lane_or_new(*to),
                    Event::Client(ClientEvent::Ignored { from, .. }) => _ = self.lane_of_sender(*from),
                    Event::Dns(_) | Event::Kms(_) | Event::Client(_) => {}
                }
            }
            self.peer.push(peer);
        }
    }

    fn lane_of(&self, address: IpAddr) -> Option<usize> {
        self.lanes.iter().position(|lane| lane.addresses.contains(&address))
    }

    fn lane_or_new(&mut self, address: SocketAddr) -> usize {
        self.lane_of(address.ip()).unwrap_or_else(|| {
            let name = if address.ip().is_multicast() { "(multicast)" } else { "(nobody)" };
            let (name, addresses) = (name.to_owned(), vec![address.ip()]);
            self.lanes.push(Lane { name, address: address.to_string(), addresses, saw: false, machine: false });
            self.lanes.len() - 1
        })
    }

    /// Where something came from that no server says it sent: the address may be one that a server borrowed.
    fn lane_of_sender(&self, address: SocketAddr) -> usize {
        self.lane_of(address.ip()).unwrap_or(CLIENT)
    }

    fn machine_lane(&self, index: usize) -> usize {
        let name = self.entries.get(index).map(|entry| entry.machine.as_str());
        self.lanes.iter().position(|lane| Some(lane.name.as_str()) == name).unwrap_or(CLIENT)
    }

    fn is_client(&self, index: usize) -> bool {
        self.entries.get(index).is_some_and(|entry| entry.machine.as_str() == self.client)
    }

    /// What is drawn of an entry: nothing where the other end tells it.
    fn rows(&self, index: usize) -> Option<Row> {
        let entry = self.entries.get(index)?;
        if self.is_publishing(entry) {
            return None;
        }
        let mark = if self.is_client(index) { self.by_client(index, entry) } else { self.by_server(index, entry) };
        Some(Row { at: entry.at, mark: mark? })
    }

    fn by_client(&self, index: usize, entry: &Entry<Event>) -> Option<Mark> {
        let partner = self.partner.get(index).copied().flatten();
        let planned = partner.and_then(|other| self.entries.get(other)).and_then(|other| other.note.as_deref());
        let peer = self.peer.get(index).copied().unwrap_or(CLIENT);
        let mark = match &entry.event {
            Event::Dns(DnsEvent::Query { origin, asked, .. }) => {
                let to = self.lane_of(origin.peer.ip()).unwrap_or(CLIENT);
                arrow(CLIENT, to, question(asked), partner.is_some())
            }
            Event::Dns(DnsEvent::Reply { origin, summary, bytes, .. }) => {
                let from = self.lane_of(origin.peer.ip()).unwrap_or(CLIENT);
                arrow(from, CLIENT, answer(summary, origin.transport.message(bytes)), true)
            }
            Event::Dns(other) => note(other.to_string()),
            Event::Kms(KmsEvent { what, .. }) => {
                let there = partner.and_then(|other| self.entries.get(other)).map(|other| &other.event);
                match sent_by(what) {
                    Some(Side::Client) => arrow(CLIENT, peer, said(what), partner.is_some()),
                    Some(Side::Host) => arrow(peer, CLIENT, said(what), true),
                    None => {
                        let sent = if let Some(Event::Kms(sent)) = there {
                            said(&sent.what) + ", read as: "
                        } else {
                            String::new()
                        };
                        arrow(peer, CLIENT, format!("{sent}{}", said(what)), true)
                    }
                }
            }
            Event::Client(ClientEvent::Connect { to }) => {
                let ends = self.entries.iter().skip(index).find_map(|entry| {
                    let Event::Client(ClientEvent::Connected { to: same, result }) = &entry.event else { return None };
                    (same == to).then_some(*result)
                });
                let arrives = matches!(ends, Some(Ok(()) | Err(Failure::Refused)));
                arrow(CLIENT, peer, format!("connect {to}"), arrives)
            }
            Event::Client(ClientEvent::Connected { result: Ok(()), .. }) => {
                arrow(peer, CLIENT, "connected".to_owned(), true)
            }
            Event::Client(ClientEvent::Connected { result: Err(Failure::Refused), .. }) => {
                arrow(peer, CLIENT, "refused".to_owned(), true)
            }
            Event::Client(ClientEvent::Connected { to, result: Err(failure) }) => {
                note(format!("connect {to}: {failure}"))
            }
            Event::Client(ClientEvent::NoReply { name, kind, failure }) => note(format!("{kind} {name}: {failure}")),
            Event::Client(ClientEvent::Unheard { name, kind }) => note(format!("{kind} {name}: nobody answers")),
            Event::Client(ClientEvent::Ignored { from, why }) => {
                let sender = partner.map_or_else(|| self.lane_of_sender(*from), |other| self.machine_lane(other));
                arrow(sender, CLIENT, ignored(*from, *why), true)
            }
            Event::Client(ClientEvent::GaveUp { waiting_for, failure }) => {
                note(format!("waiting for {waiting_for}: {failure}"))
            }
        };
        Some(planned.map_or(mark.clone(), |planned| mark.noted(planned)))
    }

    /// Entries of servers whose other end says nothing.
    fn by_server(&self, index: usize, entry: &Entry<Event>) -> Option<Mark> {
        if !self.is_alone(index) {
            return None;
        }
        let lane = self.machine_lane(index);
        let to_server = |label: String| arrow(CLIENT, lane, label, true);
        let to_client = |label: String, arrives: bool| arrow(lane, CLIENT, label, arrives);
        let mark = match &entry.event {
            Event::Dns(DnsEvent::TcpAccepted { .. }) | Event::Kms(KmsEvent { what: What::Accept { .. }, .. }) => {
                return None;
            }
            Event::Dns(DnsEvent::Query { asked, .. }) => to_server(question(asked)),
            Event::Dns(DnsEvent::Reply { origin, summary, bytes, .. }) => {
                to_client(answer(summary, origin.transport.message(bytes)), false)
            }
            Event::Dns(DnsEvent::NoReply { .. }) => Mark::Note { lane, text: "no reply".to_owned() },
            Event::Dns(DnsEvent::TcpClosed { why: Closed::ByClient, .. }) => to_server("close".to_owned()),
            Event::Dns(DnsEvent::TcpClosed { why: Closed::Reset, .. }) => to_client("reset".to_owned(), true),
            Event::Dns(DnsEvent::TcpClosed { why: Closed::ByServer | Closed::Limit, .. }) => {
                to_client("close".to_owned(), true)
            }
            Event::Dns(other @ (DnsEvent::OtherRequest { .. } | DnsEvent::Unreadable { .. })) => {
                to_server(other.to_string())
            }
            Event::Kms(KmsEvent { what, .. }) if comes_from_host(what) => to_client(said(what), ends(what)),
            Event::Kms(KmsEvent { what, .. }) => to_server(said(what)),
            Event::Client(_) => return None,
            Event::Dns(DnsEvent::Scavenged { .. }) => Mark::Note { lane, text: entry.event.to_string() },
        };
        Some(entry.note.as_deref().map_or(mark.clone(), |planned| mark.noted(planned)))
    }
}

impl Mark {
    /// The same message with what the double that sent it knows.
    fn noted(self, planned: &str) -> Self {
        match self {
            Self::Arrow { from, to, label, arrives, .. } => {
                Self::Arrow { from, to, label, arrives, note: Some(Untrusted(planned).to_string()) }
            }
            Self::Note { lane, text } => Self::Note { lane, text: format!("{text} [{}]", Untrusted(planned)) },
        }
    }
}

const fn arrow(from: usize, to: usize, label: String, arrives: bool) -> Mark {
    Mark::Arrow { from, to, label, arrives, note: None }
}

const fn note(text: String) -> Mark {
    Mark::Note { lane: CLIENT, text }
}

#[cfg(test)]
mod tests {
    use double::{Entry, MachineId, Moment};
    use evidence::network::Failure;
    use evidence::timeline::ClientEvent;
    use evidence::{Event, Timeline};
    use mock_kms::journal::{KmsEvent, Side, What};
    use std::time::Duration;

    use super::super::tests_support::scenario;
    use super::{Mark, read};

    /// Entries of `pc7` and `kms1` against what is drawn of them: sender, addressee or `x` for what does not arrive, label.
    #[track_caller]
    fn check(entries: Vec<(&str, Event)>, expected: &[&str]) {
        let entry = |(at, (machine, event)): (u64, (&str, Event))| {
            Entry::new(Moment::at(Duration::from_millis(at)), MachineId::new(machine), event)
        };
        let timeline = Timeline { machines: Vec::new(), entries: (0..).zip(entries).map(entry).collect() };
        let conversation = read(&scenario("").steps[0].environment, &timeline, "pc7");
        let name = |lane: usize| conversation.lanes[lane].name.clone();
        let told = |mark: &Mark| match mark {
            Mark::Arrow { from, to, label, arrives, .. } => {
                format!("{} {} {}: {label}", name(*from), if *arrives { "->" } else { "-x" }, name(*to))
            }
            Mark::Note { lane, text } => format!("{}: {text}", name(*lane)),
        };
        let told: Vec<String> = conversation.rows.iter().map(|row| told(&row.mark)).collect();
        assert_eq!(told, expected);
    }

    fn kms(what: What) -> Event {
        Event::Kms(KmsEvent::new(1, what))
    }

    fn connect(to: &str, result: Result<(), Failure>) -> [Event; 2] {
        let to = to.parse().unwrap();
        [ClientEvent::Connect { to }, ClientEvent::Connected { to, result }].map(Event::Client)
    }

    #[test]
    fn both_ends_of_a_message_are_one_arrow() {
        let [begins, ends] = connect("10.0.0.60:1688", Ok(()));
        let peer = "10.0.0.107:49152".parse().unwrap();
        check(
            vec![
                ("pc7", begins),
                ("kms1", kms(What::Accept { peer })),
                ("pc7", ends),
                ("pc7", kms(What::Bind { contexts: Vec::new() })),
                ("kms1", kms(What::Bind { contexts: Vec::new() })),
                ("kms1", kms(What::BindAck { results: Vec::new() })),
                ("pc7", kms(What::NotRpc)),
                ("kms1", kms(What::Close { by: Side::Client })),
            ],
            &[
                "pc7 -> kms1: connect 10.0.0.60:1688",
                "kms1 -> pc7: connected",
                "pc7 -> kms1: bind 0 contexts",
                "kms1 -> pc7: bind_ack, read as: not RPC",
                "pc7 -> kms1: close",
            ],
        );
    }

    #[test]
    fn what_has_no_other_end_does_not_arrive() {
        let [begins, ends] = connect("10.0.0.60:1688", Ok(()));
        check(
            vec![
                ("pc7", begins),
                ("pc7", ends),
                ("pc7", kms(What::Bind { contexts: Vec::new() })),
                ("kms1", kms(What::Incomplete)),
                ("pc7", Event::Client(ClientEvent::GaveUp { waiting_for: "bind_ack", failure: Failure::TimedOut })),
            ],
            &[
                "pc7 -> kms1: connect 10.0.0.60:1688",
                "kms1 -> pc7: connected",
                "pc7 -x kms1: bind 0 contexts",
                "kms1 -x pc7: incomplete PDU",
                "pc7: waiting for bind_ack: timed out",
            ],
        );
    }

    #[test]
    fn an_address_that_is_no_machines_has_a_lane() {
        let [begins, ends] = connect("10.0.0.99:1688", Err(Failure::TimedOut));
        check(
            vec![("pc7", begins), ("pc7", ends)],
            &["pc7 -x (nobody): connect 10.0.0.99:1688", "pc7: connect 10.0.0.99:1688: timed out"],
        );
    }
}
