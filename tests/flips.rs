//! The bytes matter: with one bit of each message flipped, most scenarios no longer come out as expected.
//!
//! The network is wrapped where a client sees it, so nothing in the program knows of it. The same bit is flipped in every message
//! of a kind, because a client that is told nonsense once asks again.

use std::cell::Cell;
use std::net::{IpAddr, SocketAddr};

use double::{Moment, Seed};
use evidence::Network;
use evidence::network::{Datagram, Datagrams, Failure, Stream};
use evidence::timeline::{Recorder, Timeline};
use kmslab::environment::Environment;
use kmslab::network::simulated::Simulated;
use kmslab::network::stage::{CannotShow, NetworkKind, Stage};
use kmslab::runner::{Settings, run_scenario_on};
use kmslab::scenario::Scenario;
use kmslab::scenario::catalogue::embedded;
use kmslab::scenario::load::load;
use mock_dns::aging::Scavenged;
use notation::Id;

const SEED: u64 = 1;

/// Bits that are tried for each scenario: spread over a message by a step that has no factor in common with its length.
const BITS: u64 = 24;
const STEP: u64 = 61;

/// At least this share of the runs in which a bit was flipped must not come out as expected. Measured over the catalogue: 0.81 of what DNS
/// servers send, 0.82 of what hosts send, 0.83 of what clients send.
const SHARE: f64 = 0.75;

/// At most one in so many scenarios may come out as expected whichever bit is flipped: one whose fault spoils every message anyway.
const ONE_IN: usize = 15;

/// Which messages are touched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// What DNS servers send.
    DnsReplies,
    /// What KMS hosts send.
    FromHost,
    /// What the client sends to KMS hosts.
    ToHost,
}

/// The bit, and how many messages it was flipped in.
#[derive(Debug)]
struct Flip {
    kind: Kind,
    bit: u64,
    touched: Cell<u64>,
}

impl Flip {
    fn touch(&self, kind: Kind, bytes: &mut [u8]) {
        if kind != self.kind || bytes.is_empty() {
            return;
        }
        self.touched.set(self.touched.get() + 1);
        let bit = usize::try_from(self.bit).expect("a small number") % (bytes.len() * 8);
        bytes[bit / 8] ^= 1 << (bit % 8);
    }
}

/// The simulated network behind a client that flips bits.
struct Flipping {
    stage: Simulated,
    flip: std::rc::Rc<Flip>,
}

impl Stage for Flipping {
    fn enter(&mut self, environment: &Environment, at: Moment) -> Result<(), CannotShow> {
        self.stage.enter(environment, at)
    }

    fn seen_from(&self, client: &Id) -> Box<dyn Network + '_> {
        Box::new(Seen { network: self.stage.seen_from(client), flip: &self.flip })
    }

    fn recorder(&self) -> &Recorder {
        self.stage.recorder()
    }

    fn scavenged(&self, server: &Id) -> Vec<Scavenged> {
        self.stage.scavenged(server)
    }

    fn timeline(&mut self) -> Result<Timeline, CannotShow> {
        self.stage.timeline()
    }
}

struct Seen<'a> {
    network: Box<dyn Network + 'a>,
    flip: &'a Flip,
}

impl Network for Seen<'_> {
    fn now(&self) -> Moment {
        self.network.now()
    }

    fn wait_until(&self, until: Moment) {
        self.network.wait_until(until);
    }

    fn open(&self, local: IpAddr) -> Result<Box<dyn Datagrams + '_>, Failure> {
        Ok(Box::new(Socket { socket: self.network.open(local)?, flip: self.flip }))
    }

    fn join(&self, local: IpAddr, group: SocketAddr) -> Result<Box<dyn Datagrams + '_>, Failure> {
        Ok(Box::new(Socket { socket: self.network.join(local, group)?, flip: self.flip }))
    }

    fn connect(&self, local: IpAddr, to: SocketAddr, until: Moment) -> Result<Box<dyn Stream + '_>, Failure> {
        let stream = self.network.connect(local, to, until)?;
        Ok(Box::new(Connection { stream, flip: self.flip, dns: to.port() == 53 }))
    }

    fn ping(&self, local: IpAddr, to: IpAddr, until: Moment) -> Result<IpAddr, Failure> {
        self.network.ping(local, to, until)
    }
}

struct Socket<'a> {
    socket: Box<dyn Datagrams + 'a>,
    flip: &'a Flip,
}

impl Datagrams for Socket<'_> {
    fn send(&mut self, to: SocketAddr, bytes: &[u8]) -> Result<(), Failure> {
        self.socket.send(to, bytes)
    }

    fn receive(&mut self, until: Moment) -> Result<Datagram, Failure> {
        let mut datagram = self.socket.receive(until)?;
        self.flip.touch(Kind::DnsReplies, &mut datagram.bytes);
        Ok(datagram)
    }
}

struct Connection<'a> {
    stream: Box<dyn Stream + 'a>,
    flip: &'a Flip,
    dns: bool,
}

impl Stream for Connection<'_> {
    fn read(&mut self, into: &mut Vec<u8>, until: Moment) -> Result<usize, Failure> {
        let before = into.len();
        let size = self.stream.read(into, until)?;
        let kind = if self.dns { Kind::DnsReplies } else { Kind::FromHost };
        self.flip.touch(kind, &mut into[before..]);
        Ok(size)
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let mut bytes = bytes.to_vec();
        if !self.dns {
            self.flip.touch(Kind::ToHost, &mut bytes);
        }
        self.stream.write(&bytes)
    }
}

/// Whether the scenario came out as expected, and whether any message was touched.
fn comes_out(scenario: &Scenario, kind: Kind, bit: u64) -> (bool, bool) {
    let flip = std::rc::Rc::new(Flip { kind, bit, touched: Cell::new(0) });
    let settings = Settings { network: NetworkKind::Simulated, seed: SEED };
    let stage = Flipping { stage: Simulated::new(Seed::new(SEED)), flip: std::rc::Rc::clone(&flip) };
    let record = run_scenario_on(scenario, &settings, Box::new(stage));
    let as_expected = record.results.iter().all(|result| result.misses.is_empty());
    (as_expected, flip.touched.get() > 0)
}

/// Most runs in which a bit was flipped must not come out as expected. What may: a bit of a TTL, of a counter that is told to nobody, of
/// padding, of the case of a letter, and a scenario whose fault comes first.
#[track_caller]
fn most_fail(kind: Kind) {
    let library = embedded();
    let all = library.scenario_names().map(|name| load(&library, name).expect("the catalogue loads"));
    let scenarios: Vec<Scenario> = all.filter(|scenario| scenario.known_gap.is_none()).collect();
    let (mut touched, mut failed, mut never) = (0_u32, 0_u32, Vec::new());
    for scenario in &scenarios {
        let runs: Vec<(bool, bool)> = (0..BITS).map(|bit| comes_out(scenario, kind, bit * STEP)).collect();
        let here = runs.iter().filter(|(_, touched)| *touched).count();
        let wrong = runs.iter().filter(|(as_expected, touched)| *touched && !as_expected).count();
        touched += u32::try_from(here).expect("a small number");
        failed += u32::try_from(wrong).expect("a small number");
        if here > 0 && wrong == 0 {
            never.push(scenario.name.as_str());
        }
    }
    let seen = f64::from(failed) / f64::from(touched);
    assert!(touched > 0 && seen >= SHARE, "{failed} of {touched} runs fail ({seen:.2}); never: {}", never.join(" "));
    let often = never.len() * ONE_IN < scenarios.len();
    assert!(often, "one bit in {} scenarios is never noticed: {}", never.len(), never.join(" "));
}

#[test]
fn a_flipped_bit_of_a_dns_reply_is_noticed() {
    most_fail(Kind::DnsReplies);
}

#[test]
fn a_flipped_bit_of_what_a_host_sends_is_noticed() {
    most_fail(Kind::FromHost);
}

#[test]
fn a_flipped_bit_of_what_a_client_sends_is_noticed() {
    most_fail(Kind::ToHost);
}
