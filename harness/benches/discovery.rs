//! DRIVER: how many discoveries a second: SRV and A over DNS, then bind, alter_context and request over RPC, both sides of
//! each, with the journal of every machine; in a healthy network, and over the catalogue's mix. `cargo bench -p kmslab`.
//!
//! The peer in the same run is the bare work of a healthy discovery: the same bytes through the pure cores, without client, network
//! and journal of a client. What is reported is the ratio; absolute figures belong to a machine.
#![expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "driver: a benchmark reads the clock and prints"
)]

use std::time::{Duration, Instant};

use double::{MachineId, Moment, Seed, WallTime};
use kmslab::client::{ClientState, Stand, activate};
use kmslab::environment::Environment;
use kmslab::environment::machine::ClientVantage;
use kmslab::network::stage::{NetworkKind, stage};
use kmslab::runner::identity;
use kmslab::scenario::catalogue::embedded;
use kmslab::scenario::load::load;
use mock_dns::boundary::{Origin, Transport};
use mock_dns::message::{Message, build_query};
use mock_dns::name::DomainName;
use mock_dns::record::RecordType;
use mock_dns::server_core::DnsServer;
use mock_kms::connection::{Connection, Service};
use mock_kms::laboratory;
use mock_kms::product::Product;
use mock_kms::wire::Guid;
use mock_kms::wire::client_side::{CONTEXT_NDR32, FIRST_CALL_ID, alter_context_ndr32, bind_windows_10, write_call};
use mock_kms::wire::kms::Version;
use mock_kms::wire::ndr::TransferSyntax;
use mock_kms::wire::pdu::MAX_FRAGMENT;

/// How long each part is measured.
const LENGTH: Duration = Duration::from_secs(2);

/// Discoveries after which a client starts anew, as a new scenario would: a stage is made for a step, not for a load test.
const STEP: u32 = 64;

fn main() {
    // `cargo bench -- WORD` measures only what contains the word; cargo itself adds `--bench`.
    let wanted = std::env::args().skip(1).find(|argument| !argument.starts_with("--"));
    let measure = |what: &str, work: &mut dyn FnMut()| {
        wanted.as_ref().is_none_or(|word| what.contains(word.as_str())).then(|| rate(what, work))
    };
    let scenario = load(&embedded(), "healthy/domain-member").unwrap();
    let environment = &scenario.steps[0].environment;
    let mut dns = DnsServer::new(MachineId::new("dns1"), environment.dns_servers[0].service.clone(), Seed::new(1));
    let host = environment.kms_hosts[0].service.clone();
    let mut kms = Service::new(MachineId::new("kms1"), host, Vec::new(), Seed::new(1));
    let answers = measure("DNS answers (pure core, read by the client)", &mut || dns_exchange(&mut dns));
    let calls = measure("RPC conversations (pure core, both sides)", &mut || rpc_conversation(&mut kms));
    let healthy = |kind: NetworkKind| {
        let mut discover = discoveries(environment.clone(), &kind);
        move || assert!(discover(), "a healthy network activates")
    };
    let simulated = measure("discoveries, simulated", &mut healthy(NetworkKind::Simulated));
    measure("discoveries, simulated, the catalogue's mix", &mut mix());
    measure("discoveries, loopback", &mut healthy(NetworkKind::Loopback));
    if let (Some(answers), Some(calls), Some(simulated)) = (answers, calls, simulated) {
        // A discovery is two DNS exchanges and one conversation.
        let bare = 1.0 / (2.0 / answers + 1.0 / calls);
        println!("{:<44} {bare:>9.0} /s", "the bytes of a discovery alone (computed)");
        println!("{:<44} {:>9.2}", "ratio of simulated discoveries to that", simulated / bare);
    }
}

/// One discovery of the first client in the last step of each scenario, in turn.
fn mix() -> impl FnMut() {
    let library = embedded();
    let last = |name| load(&library, name).unwrap().steps.pop().unwrap().environment;
    let each = library.scenario_names().map(|name| discoveries(last(name), &NetworkKind::Simulated));
    let mut each: Vec<_> = each.collect();
    let mut turn = 0;
    move || {
        each[turn]();
        turn = (turn + 1) % each.len();
    }
}

/// Discoveries of an environment's first client on a network, each from a fresh client; says whether it was activated.
fn discoveries(environment: Environment, kind: &NetworkKind) -> impl FnMut() -> bool + use<> {
    let identity = identity(&environment.clients[0], Seed::new(1));
    let mut stage = stage(kind, Seed::new(1));
    let mut count = 0;
    move || {
        let machine = &environment.clients[0];
        let vantage = ClientVantage { machine, start: environment.start };
        if count % STEP == 0 {
            stage.enter(&environment, Moment::START).unwrap();
        }
        count += 1;
        let attempt = {
            let network = stage.seen_from(&machine.id);
            let stand = Stand::new(&identity, &vantage, &*network, stage.recorder());
            activate(&stand, ClientState::default())
        };
        stage.timeline().unwrap();
        attempt.outcome.host.is_some()
    }
}

/// Runs `work` for a while and prints how often a second it could be done.
fn rate(what: &str, work: &mut dyn FnMut()) -> f64 {
    let started = Instant::now();
    let mut done = 0_u32;
    while started.elapsed() < LENGTH {
        for _ in 0..STEP {
            work();
        }
        done += STEP;
    }
    let rate = f64::from(done) / started.elapsed().as_secs_f64();
    println!("{what:<44} {rate:>9.0} /s");
    rate
}

fn dns_exchange(server: &mut DnsServer) {
    let name = DomainName::parse("_VLMCS._TCP.contoso.com").unwrap();
    let query = build_query(7, &name, RecordType::SRV);
    let origin = Origin {
        peer: "10.0.0.107:49152".parse().unwrap(),
        local: "10.0.0.53:53".parse().unwrap(),
        transport: Transport::Udp,
    };
    let actions = server.receive(&query, origin, Moment::START);
    let mock_dns::boundary::Action::Send { bytes, .. } = &actions[0] else { panic!("no reply") };
    assert_eq!(Message::read(bytes).unwrap().answers.len(), 1);
    server.take_journal();
}

fn rpc_conversation(service: &mut Service) {
    let wall = WallTime::parse("2026-03-02T09:00:00Z").unwrap();
    let (mut connection, _) = Connection::accept(service, "10.0.0.107:49152".parse().unwrap(), Moment::START);
    connection.receive(service, &bind_windows_10(), Moment::START, wall);
    connection.receive(service, &alter_context_ndr32(), Moment::START, wall);
    let request = Product::Windows10.request(Version::V6, Guid([7; 16]), "PC7", wall);
    let message = laboratory::seal_request(Version::V6, &request);
    let mut pdu = Vec::new();
    write_call(FIRST_CALL_ID, CONTEXT_NDR32, TransferSyntax::Ndr32, &message, MAX_FRAGMENT, &mut pdu);
    let reaction = connection.receive(service, &pdu, Moment::START, wall);
    assert_eq!(reaction.actions.len(), 1);
    connection.end_of_input(service, Moment::START);
}
