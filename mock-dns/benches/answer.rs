//! How many discoveries a second the server and the client's decoder can do, and how that compares with hickory's codec.
//!
//! A plain loop without a library of statistics: the figure that matters is the ratio of two loops of one run, because
//! absolute figures of a busy machine say little. Run it with `cargo bench -p mock-dns`.
#![expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "driver: measures time and prints it"
)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use double::{MachineId, Moment, Seed};
use hickory_proto::op::Message as HickoryMessage;
use mock_dns::boundary::{Action, Origin, Transport};
use mock_dns::message::{Message, build_query};
use mock_dns::record::RecordType;
use mock_dns::{DnsServer, DnsServerConfig, DomainName, Zone};

/// How long each loop runs.
const LENGTH: Duration = Duration::from_millis(700);
/// Rounds between two looks at the clock.
const ROUNDS: u32 = 1000;

fn main() {
    // `cargo test --all-targets` runs this file too, without the flag: it need only build then.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let origin = DomainName::parse("contoso.com").expect("a name");
    let text = "@ SOA dns1 hostmaster 1 900 600 86400 60\n@ NS dns1\ndns1 A 10.0.0.1\n\
                _vlmcs._tcp SRV 0 0 1688 kms1\nkms1 A 10.0.0.5\nkms2 A 10.0.0.6";
    let (zone, _) = Zone::load(&origin, text).expect("a zone");
    let config = DnsServerConfig { zones: vec![zone], ..DnsServerConfig::default() };
    let mut server = DnsServer::new(MachineId::new("dns1"), config, Seed::new(1));
    for (what, name, record_type) in [
        ("SRV", "_vlmcs._tcp.contoso.com", RecordType::SRV),
        ("A", "kms1.contoso.com", RecordType::A),
        ("NXDOMAIN", "_vlmcs._tcp.sales.contoso.com", RecordType::SRV),
    ] {
        let name = DomainName::parse(name).expect("a name");
        let query = build_query(7, &name, record_type);
        let reply = ask(&mut server, &query);
        let answers = rate(|| drop(black_box(ask(&mut server, black_box(&query)))));
        // What a server on hickory's codec does at least: read the query, write the reply.
        let said = HickoryMessage::from_vec(&reply).expect("a reply");
        let hickory = rate(|| {
            let question = HickoryMessage::from_vec(black_box(&query)).expect("a query");
            drop(black_box((question, black_box(&said).to_vec().expect("octets"))));
        });
        let builds = rate(|| drop(black_box(build_query(7, black_box(&name), record_type))));
        let reads = rate(|| drop(black_box(Message::read(black_box(&reply)))));
        let theirs = rate(|| drop(black_box(HickoryMessage::from_vec(black_box(&reply)))));
        println!(
            "{what:8}  answers {answers:>9.0}/s, {:.2} times hickory's codec | queries built {builds:>9.0}/s | \
             replies read {reads:>9.0}/s, {:.2} times hickory's",
            answers / hickory,
            reads / theirs,
        );
    }
}

fn ask(server: &mut DnsServer, query: &[u8]) -> Vec<u8> {
    let origin =
        Origin { peer: ([127, 0, 0, 2], 5000).into(), local: ([127, 0, 0, 1], 53).into(), transport: Transport::Udp };
    let actions = server.receive(query, origin, Moment::START);
    drop(black_box(server.take_journal()));
    match actions.into_iter().next() {
        Some(Action::Send { bytes, .. }) => bytes.into(),
        Some(Action::Close { .. } | Action::Reset { .. }) | None => Vec::new(),
    }
}

/// Rounds a second.
fn rate(mut round: impl FnMut()) -> f64 {
    let start = Instant::now();
    let mut rounds = 0_u32;
    while start.elapsed() < LENGTH {
        for _ in 0..ROUNDS {
            round();
        }
        rounds += ROUNDS;
    }
    f64::from(rounds) / start.elapsed().as_secs_f64()
}
