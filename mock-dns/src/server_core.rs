//! A DNS server without sockets: a message and a moment in, actions and journal entries out.
//!
//! It puts the parts in order: read, answer honestly, rewrite by the faults that strike, write down. The same path runs with
//! and without faults. Dynamic updates, which change the server, stand in `updating`, what time changes in `ages`. Connections over TCP are cut into messages in [`crate::stream`]; both are obeyed by a driver.

mod ages;
mod updating;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use double::{Entry, MachineId, Moment, Occasion, Ring, Seed, WallTime};

use crate::aging::{Ages, ZoneAging};
use crate::answer::encode::encode;
use crate::answer::reply::{Line, Reply};
use crate::answer::{Order, Outside, Policy, Turn, Zones, answer};
use crate::boundary::{Action, Origin, Transport};
use crate::fault::{FaultRule, Subject};
use crate::framing;
use crate::journal::{Asked, Closed, DnsEvent, Summary, Unreadable};
use crate::name::DomainName;
use crate::query::{Header, Query, Reading, read};
use crate::rcode::Rcode;
use crate::throttle::{Allowance, Throttle};
use crate::update;
use crate::update::policy::{Owners, UpdatePolicy};
use crate::update::tsig::{Answering, UpdateKey};
use crate::zone::Zone;

notation::choice! {
    /// Whether a server listens on TCP.
    pub enum TcpService("state of the TCP service") {
        /// It does.
        "open" => Open,
        /// It does not: connections are refused.
        "refused" => Refused,
    }
}

notation::record! {
    /// A DNS server.
    pub struct DnsServerConfig("a DNS server") {
        /// Its zones; the one nearest to a name answers.
        "zones" => zones: Vec<Zone> = Vec::new(),
        /// What it says about all other names.
        "outside" => outside: Outside = Outside::Nxdomain,
        /// In which order the records of one name and type come.
        "order" => order: Order = Order::Fixed,
        /// What it says to dynamic updates.
        "update" => update: UpdatePolicy = UpdatePolicy::Refused,
        /// The keys with which updates may be signed.
        "update_keys" => update_keys: Vec<UpdateKey> = Vec::new(),
        /// The zones whose records age.
        "aging" => aging: Vec<ZoneAging> = Vec::new(),
        /// Every how many hours it scavenges the zones that age, at least 1; absent where it does not, as nobody's server does by default.
        "scavenging_h" => scavenging_h: Option<u32>,
        /// Whether it listens on TCP.
        "tcp" => tcp: TcpService = TcpService::Open,
        /// What is wrong with it.
        "faults" => faults: Vec<FaultRule> = Vec::new(),
    }
}

impl Default for DnsServerConfig {
    fn default() -> Self {
        Self {
            zones: Vec::new(),
            outside: Outside::Nxdomain,
            order: Order::Fixed,
            update: UpdatePolicy::Refused,
            update_keys: Vec::new(),
            aging: Vec::new(),
            scavenging_h: None,
            tcp: TcpService::Open,
            faults: Vec::new(),
        }
    }
}

/// A DNS server.
#[derive(Clone, Debug)]
pub struct DnsServer {
    machine: MachineId,
    config: DnsServerConfig,
    /// The zones of the configuration with what updates have changed.
    live: Vec<Zone>,
    /// The same, compiled.
    zones: Arc<Zones>,
    /// Who made which names.
    owners: Owners,
    /// When dynamic records were refreshed, and which went.
    ages: Ages,
    /// What its clock showed when the run began.
    clock: Option<WallTime>,
    /// How much one source gets over UDP.
    throttle: Option<Throttle>,
    seed: Seed,
    /// Questions answered.
    ordinal: u64,
    /// Requests that each rule fitted, in the order of the rules.
    fitted: Vec<u64>,
    journal: Ring<DnsEvent>,
}

/// What is planned, for the journal.
struct Planned {
    origin: Origin,
    now: Moment,
    id: u16,
    asked: Option<Asked>,
    summary: Summary,
    note: Option<String>,
}

/// A request about which something is said.
struct Request<'a> {
    origin: Origin,
    now: Moment,
    header: Header,
    asked: Option<Asked>,
    edns: bool,
    reply: Reply<'a>,
    soa: Option<Line<'a>>,
    signing: Option<Answering>,
}

impl DnsServer {
    /// A server on `machine`. All chance comes from `seed`.
    #[must_use]
    pub fn new(machine: MachineId, config: DnsServerConfig, seed: Seed) -> Self {
        let zones = Arc::new(Zones::new(&config.zones));
        let (live, fitted) = (config.zones.clone(), vec![0; config.faults.len()]);
        let owners = Owners::default();
        let ages = Ages::default();
        let journal = Ring::default();
        Self {
            machine,
            config,
            live,
            zones,
            owners,
            ages,
            clock: None,
            throttle: None,
            seed,
            ordinal: 0,
            fitted,
            journal,
        }
    }

    /// The zones as they stand now: what updates have changed is in them.
    #[must_use]
    pub fn zones(&self) -> &[Zone] {
        &self.live
    }

    /// How it is set up.
    #[must_use]
    pub fn config(&self) -> &DnsServerConfig {
        &self.config
    }

    /// Changes its set-up, zones included. Rules that keep their id keep their count, and zones what updates made of them.
    pub fn reconfigure<T>(&mut self, change: impl FnOnce(&mut DnsServerConfig) -> T) -> T {
        let before: Vec<_> = self.config.faults.iter().map(|rule| rule.id.clone()).zip(self.fitted.clone()).collect();
        let zones = self.config.zones.clone();
        let result = change(&mut self.config);
        let count = |rule: &FaultRule| before.iter().find(|(id, _)| *id == rule.id).map_or(0, |(_, count)| *count);
        self.fitted = self.config.faults.iter().map(count).collect();
        self.declare(&zones);
        result
    }

    /// Limits the answers that one source gets over UDP, where a source cannot be believed.
    pub fn limit_answers(&mut self, throttle: Throttle) {
        self.throttle = Some(throttle);
    }

    /// Takes the journal out; entries lost before are counted in [`Self::journal`].
    pub fn take_journal(&mut self) -> Vec<Entry<DnsEvent>> {
        self.journal.drain().into()
    }

    /// The journal since it was last taken.
    #[must_use]
    pub fn journal(&self) -> &Ring<DnsEvent> {
        &self.journal
    }

    /// Writes down what happened to a connection.
    pub fn record(&mut self, now: Moment, event: DnsEvent) {
        self.journal.push(Entry::new(now, self.machine.clone(), event));
    }

    /// The same, with what is for people alone.
    pub fn record_with(&mut self, now: Moment, event: DnsEvent, note: String) {
        self.journal.push(Entry { note: Some(note), ..Entry::new(now, self.machine.clone(), event) });
    }

    /// Takes a datagram, or one message of a stream without its length; the octets of the actions are what goes onto the
    /// socket, over TCP with the length before each message.
    pub fn receive(&mut self, message: &[u8], origin: Origin, now: Moment) -> Vec<Action> {
        self.age(now);
        let bytes = Bytes::copy_from_slice(message);
        let zones = Arc::clone(&self.zones);
        match read(message) {
            Reading::TooShort => self.refuse(now, origin, Unreadable::TooShort, bytes),
            Reading::IsReply => self.refuse(now, origin, Unreadable::IsReply, bytes),
            Reading::Unreadable(header, error) => {
                self.refuse(now, origin, Unreadable::Malformed(error), bytes);
                self.say(Request::of_header(origin, now, header, Rcode::FORMERR))
            }
            Reading::OtherOpcode(header) if header.opcode == update::OPCODE => self.update(header, bytes, origin, now),
            Reading::OtherOpcode(header) => {
                let opcode = header.opcode;
                self.record(now, DnsEvent::OtherRequest { origin, opcode, update: None, bytes });
                self.say(Request::of_header(origin, now, header, Rcode::NOTIMP))
            }
            Reading::Query(query) => {
                let request = self.question(&query, &zones, origin, now, bytes);
                self.say(request)
            }
        }
    }

    fn refuse(&mut self, now: Moment, origin: Origin, why: Unreadable, bytes: Bytes) -> Vec<Action> {
        self.record(now, DnsEvent::Unreadable { origin, why, bytes });
        Vec::new()
    }

    /// Answers a question honestly.
    fn question<'a>(
        &mut self,
        query: &'a Query<'_>,
        zones: &'a Zones,
        origin: Origin,
        now: Moment,
        bytes: Bytes,
    ) -> Request<'a> {
        let header = query.header;
        let name = DomainName::from_wire(query.name().written).unwrap_or_else(DomainName::root);
        let asked = Asked { name, record_type: query.record_type };
        self.record(now, DnsEvent::Query { origin, id: header.id, asked: asked.clone(), bytes });
        let policy = Policy { outside: &self.config.outside, order: &self.config.order };
        let turn = Turn { ordinal: self.ordinal, seed: self.seed };
        self.ordinal += 1;
        let reply = answer(query, zones, policy, turn, origin.transport == Transport::Tcp);
        let soa = if self.config.faults.is_empty() { None } else { zones.denial(query.name()) };
        Request { origin, now, header, asked: Some(asked), edns: query.edns.is_some(), reply, soa, signing: None }
    }

    /// Lets the faults strike that are to, and plans what is left of the reply.
    fn say(&mut self, request: Request<'_>) -> Vec<Action> {
        let struck = self.striking(&request);
        let allowance = self.allowance(&request);
        let Request { origin, now, header, asked, mut reply, soa, signing, .. } = request;
        reply.truncated |= allowance == Allowance::Truncated;
        let rules = || struck.iter().filter_map(|&position| self.config.faults.get(position));
        for fault in rules().filter_map(|rule| rule.reply.as_ref()) {
            reply = fault.rewrite(reply, asked.as_ref().map(|asked| asked.record_type), soa.clone());
        }
        let encoded = encode(&reply);
        let summary = Summary::of_reply(&reply, encoded.truncated);
        let mut message = encoded.bytes;
        if let Some(signing) = signing {
            message = signing.sign(message);
        }
        for fault in rules().filter_map(|rule| rule.wire.as_ref()) {
            message = fault.rewrite(message);
        }
        let bytes = outgoing(message, origin.transport);
        let mut actions = vec![Action::Send { after: Duration::ZERO, from: None, bytes }];
        for fault in rules().filter_map(|rule| rule.delivery.as_ref()) {
            actions = fault.rewrite(actions, &origin);
        }
        let mut names: Vec<&str> = rules().map(|rule| rule.id.as_str()).collect();
        if allowance != Allowance::Whole {
            names.push("answers to this source are limited");
        }
        if allowance == Allowance::Nothing {
            actions.clear();
        }
        let note = (!names.is_empty()).then(|| names.join(", "));
        let planned = Planned { origin, now, id: header.id, asked, summary, note };
        self.write_down(planned, &actions);
        actions
    }

    /// Writes down what will be done, at the moment at which it will.
    fn write_down(&mut self, planned: Planned, actions: &[Action]) {
        let Planned { origin, now, id, asked, summary, note } = planned;
        let machine = self.machine.clone();
        let mut push = |at, event| {
            self.journal.push(Entry { at, machine: machine.clone(), event, note: note.clone() });
        };
        let mut sent = false;
        for action in actions {
            let at = now.plus(action.after());
            match action {
                Action::Send { from, bytes, .. } => {
                    sent = true;
                    let (asked, summary, bytes) = (asked.clone(), summary.clone(), bytes.clone());
                    push(at, DnsEvent::Reply { origin, from: *from, id, asked, summary, bytes });
                }
                Action::Close { .. } => push(at, DnsEvent::TcpClosed { origin, why: Closed::ByServer }),
                Action::Reset { .. } => push(at, DnsEvent::TcpClosed { origin, why: Closed::Reset }),
            }
        }
        if !sent {
            push(now, DnsEvent::NoReply { origin, id, asked });
        }
    }

    /// How much of an answer its source gets. Over TCP the source is who it says it is.
    fn allowance(&mut self, request: &Request<'_>) -> Allowance {
        let Request { origin, now, .. } = request;
        let throttle = self.throttle.as_mut().filter(|_| origin.transport == Transport::Udp);
        throttle.map_or(Allowance::Whole, |throttle| throttle.judge(origin.peer.ip(), *now))
    }

    /// The positions of the rules that strike this request; counts it for every rule that it fits.
    fn striking(&mut self, request: &Request<'_>) -> Vec<usize> {
        let asked = request.asked.as_ref().map(|asked| (&asked.name, asked.record_type));
        let subject = Subject { asked, transport: request.origin.transport, edns: request.edns };
        let mut striking = Vec::new();
        for (position, (rule, fitted)) in self.config.faults.iter().zip(&mut self.fitted).enumerate() {
            if rule.fits(&subject) {
                *fitted += 1;
                let seed = self.seed.child(rule.id.as_str());
                if rule.when.picks(&Occasion { ordinal: *fitted, at: request.now, seed }) {
                    striking.push(position);
                }
            }
        }
        striking
    }
}

impl Request<'_> {
    /// A request of which nothing but the header is answered.
    fn of_header(origin: Origin, now: Moment, header: Header, rcode: Rcode) -> Self {
        let reply = Reply::header_only(header, rcode);
        Self { origin, now, header, asked: None, edns: false, reply, soa: None, signing: None }
    }
}

/// A message as it leaves.
fn outgoing(message: Vec<u8>, transport: Transport) -> Bytes {
    match transport {
        Transport::Udp => message.into(),
        Transport::Tcp => {
            // The encoding cuts replies to that; what a fault adds behind them is cut here.
            let sent = message.get(..framing::LENGTH_MAX).unwrap_or(&message);
            framing::frame(sent).unwrap_or_default().into()
        }
    }
}

#[cfg(test)]
mod tests;
