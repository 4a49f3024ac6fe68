//! Networks agree: every scenario of the catalogue comes out the same on the simulated, the loopback and the isolated network.
//!
//! Compared are the outcome, the host, the findings, what each machine saw, in order, and which entry received what another
//! sent, and not before. What may differ is in one table with its reasons; what a network cannot show is in another, and a skip for any
//! other reason fails where the machine can do better. It judges no expectation: that is what a run of the scenarios is for. A program of
//! its own, without the usual harness: the right to make networks must be had before there is a second thread.
#![expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "test: looks whether loopback addresses can be had and descriptors are given back, and says what was skipped"
)]

use std::net::{TcpListener, UdpSocket};
use std::process::ExitCode;
use std::sync::{Mutex, OnceLock};

use double::Entry;
use evidence::timeline::{Event, Timeline};
use kmslab::environment::Environment;
use kmslab::network::order::messages;
use kmslab::network::stage::NetworkKind;
use kmslab::runner::parallel::run_all;
use kmslab::runner::{Diagnosis, Record, RunEvent, ScenarioRecord, Settings, Status};
use kmslab::scenario::library::FileText;
use kmslab::scenario::load::{load, load_text};
use kmslab::scenario::{Scenario, catalogue};
use mock_dns::journal::DnsEvent;
use mock_kms::journal::What;

/// Scenarios at a time: nearly all of the time they wait.
const JOBS: usize = 16;

/// Something in which two networks may differ.
struct Exempt {
    /// What.
    what: &'static str,
    /// Why.
    why: &'static str,
    /// Takes it out of what was seen.
    take_out: fn(&mut Event),
}

/// Everything in which they may differ. Besides these, moments are not compared: a client's own pauses are the same on both,
/// but real machines need time to think. A SYN that is dropped leaves no entry at the server on either network.
const EXEMPT: [Exempt; 2] = [
    Exempt {
        what: "source port of a connection to a KMS host",
        why: "the operating system chooses it",
        take_out: |event| {
            if let Event::Kms(event) = event
                && let What::Accept { peer } = &mut event.what
            {
                peer.set_port(0);
            }
        },
    },
    Exempt {
        what: "source port of a connection to a DNS server",
        why: "the operating system chooses it",
        take_out: |event| {
            if let Event::Dns(DnsEvent::TcpAccepted { origin } | DnsEvent::TcpClosed { origin, .. }) = event {
                origin.peer.set_port(0);
            }
        },
    },
];

/// What networks cannot show: which, words of the reason that it gives, and why nothing can be done about it.
const CANNOT_SHOW: [(NetworkKind, &str, &str); 6] = [
    (
        NetworkKind::Loopback,
        "a path that loses single packets",
        "the kernel's loopback loses none, and to drop some takes rights (netem, nftables)",
    ),
    (
        NetworkKind::Loopback,
        "ICMP \"administratively prohibited\"",
        "to send ICMP takes a raw socket or a firewall rule",
    ),
    (NetworkKind::Loopback, "ICMP \"host unreachable\"", "every address of 127.0.0.0/8 is reachable"),
    (
        NetworkKind::Isolated,
        "a path that loses single packets",
        "the kernel repeats lost segments in real time, and the clock of a run is another",
    ),
    (
        NetworkKind::Loopback,
        "carries no multicast",
        "the loopback interface of Linux does not, and to change that takes rights",
    ),
    (
        NetworkKind::Isolated,
        "carries no multicast",
        "a group would reach the whole network of the servers at once, and the rules of an environment bite by addressee",
    ),
];

/// The networks that are held against the simulated one.
const REAL: [NetworkKind; 2] = [NetworkKind::Loopback, NetworkKind::Isolated];

/// Why this process may make no isolated networks; set before anything else.
static NO_ISOLATED: OnceLock<Option<String>> = OnceLock::new();

/// One test at a time, so that each has the machine and its descriptors for itself.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

fn main() -> ExitCode {
    NO_ISOLATED.get_or_init(rights);
    let trial = |name: &str, run: fn()| {
        libtest_mimic::Trial::test(name, move || {
            run();
            Ok(())
        })
    };
    let trials = vec![
        trial("every_scenario_comes_out_the_same", every_scenario_comes_out_the_same),
        trial("every_rule_comes_out_the_same_wherever_it_bites", every_rule_comes_out_the_same_wherever_it_bites),
        trial("what_faults_do_late_comes_out_the_same", what_faults_do_late_comes_out_the_same),
        trial("a_rule_binds_only_the_client_that_it_names", a_rule_binds_only_the_client_that_it_names),
        trial("nothing_is_left_behind", nothing_is_left_behind),
    ];
    libtest_mimic::run(&libtest_mimic::Arguments::from_args(), trials).exit_code()
}

/// Gets this process the right to make networks; why it cannot be had.
#[cfg(target_os = "linux")]
fn rights() -> Option<String> {
    kmslab::network::isolated::namespace::enter().err().map(|refused| refused.to_string())
}

#[cfg(not(target_os = "linux"))]
fn rights() -> Option<String> {
    Some("it needs Linux".to_owned())
}

/// Whether a network can be had, said aloud where it cannot.
fn can_be_had(network: &NetworkKind) -> bool {
    let Some(reason) = NO_ISOLATED.get().and_then(Option::as_ref).filter(|_| *network == NetworkKind::Isolated) else {
        return true;
    };
    assert!(std::env::var_os("KMSLAB_CI").is_none(), "this machine must give isolated networks: {reason}");
    println!("SKIPPED: the isolated network, because this machine does not give it: {reason}");
    false
}

fn every_scenario_comes_out_the_same() {
    let library = catalogue::embedded();
    let names = library.scenario_names();
    let load = |name| load(&library, name).unwrap_or_else(|refusal| panic!("{refusal:?}"));
    check(&names.map(load).collect::<Vec<_>>());
}

fn every_rule_comes_out_the_same_wherever_it_bites() {
    let mut scenarios = Vec::new();
    let words =
        ["silent", "refused", "listen-queue-full", "rejected-icmp", "unreachable"].map(|word| format!("{word:?}"));
    for how in words.into_iter().chain(["{ delayed = 300 }", "{ delayed = 14000 }"].map(str::to_owned)) {
        for between in ["", r#"to = ["kms1"],"#, r#"to = ["dns1"],"#, r#"from = ["kms1"],"#, r#"from = ["dns1"],"#] {
            for protocol in ["", r#"protocol = "tcp","#, r#"protocol = "udp","#] {
                if how.contains("queue") && protocol.contains("udp") {
                    continue;
                }
                let rule = format!(r#"{{ id = "rule", {between} {protocol} how = {how} }}"#);
                scenarios.push(written(&rule, &format!("change = [{{ add.rule = {rule} }}]")));
            }
        }
    }
    check(&scenarios);
}

fn what_faults_do_late_comes_out_the_same() {
    let scenarios = [
        r#"add.fault = { at = "dns1", id = "f", delivery = { delayed = 700 } }"#,
        r#"add.fault = { at = "dns1", id = "f", delivery = { delayed = 1500 }, when = { first = 1 } }"#,
        r#"add.fault = { at = "dns1", id = "f", delivery = { delayed = 30000 } }"#,
        r#"add.fault = { at = "dns1", id = "f", delivery = "silent", when = { chance = 0.5 } }"#,
        r#"add.fault = { at = "kms1", id = "f", delivery = { late = 15000 } }"#,
        r#"add.fault = { at = "kms1", id = "f", delivery = { late = 90000 } }"#,
        r#"add.fault = { at = "kms1", id = "f", delivery = { slow = { octets = 10, every = 200 } } }"#,
        r#"add.fault = { at = "kms1", id = "f", delivery = { slow = { octets = 1, every = 1100 } } }"#,
    ];
    check(&scenarios.map(|change| written(change, &format!("change = [{{ {change} }}]"))));
}

fn a_rule_binds_only_the_client_that_it_names() {
    let _alone = ONE_AT_A_TIME.lock();
    let scenario = written(
        "two clients",
        r#"
        change = [
          { add.client = { id = "pc8", name = "PC8", profile = "windows-10", ip = { primary_suffix = "contoso.com", adapter = [
              { address = "10.0.0.108", dns = ["10.0.0.53"] } ] } } },
          { add.rule = { id = "desk", from = ["pc8"], to = ["kms1"], protocol = "tcp", how = "silent" } },
        ]
        run = [{ client = "pc7" }, { client = "pc8" }]
        "#,
    );
    for network in [NetworkKind::Simulated].into_iter().chain(REAL).filter(can_be_had) {
        let record = run(std::slice::from_ref(&scenario), &network).remove(0);
        if record.status == Status::Skipped {
            assert_eq!(unexpected_skip(&record, &network), None);
            continue;
        }
        let words: Vec<_> = record.results.iter().map(|result| (result.client.as_str(), word(result))).collect();
        assert_eq!(words, [("pc7", "activated"), ("pc8", "kms-host-not-reached")], "{}", record.network);
    }
}

fn nothing_is_left_behind() {
    let _alone = ONE_AT_A_TIME.lock();
    let library = catalogue::embedded();
    let names = ["network/tcp1688-silent", "healthy/domain-member"];
    let scenarios: Vec<Scenario> = names.iter().map(|name| load(&library, name).expect("in the catalogue")).collect();
    for network in REAL.iter().filter(|network| can_be_had(network)) {
        let Ok(before) = descriptors() else { return println!("SKIPPED: this system does not list descriptors") };
        run(&scenarios, network);
        assert_eq!(descriptors().ok(), Some(before), "open descriptors after a run on {}", network.word());
    }
}

/// A scenario of one step on the smallest base.
fn written(name: &str, step: &str) -> Scenario {
    let head = r#"
        title   = "Written by a test"
        ticket  = "Do two networks agree?"
        base    = "domain-member"
        sources = [{ ref = "a test", confidence = "inferred" }]
    "#;
    let text = format!("{head}\n[[step]]\n{step}\n[step.expect]\noutcome = \"activated\"\n");
    let file = FileText { path: name.to_owned(), text: text.as_str().into() };
    load_text(&catalogue::embedded(), name, &file).unwrap_or_else(|refusal| panic!("{text}\n{refusal:?}"))
}

/// Runs scenarios on all networks and holds the records against each other.
#[track_caller]
fn check(scenarios: &[Scenario]) {
    let _alone = ONE_AT_A_TIME.lock();
    for exempt in &EXEMPT {
        println!("not compared: {} ({})", exempt.what, exempt.why);
    }
    let simulated = run(scenarios, &NetworkKind::Simulated);
    let mut wrong = Vec::new();
    for network in REAL.iter().filter(|network| can_be_had(network)) {
        let real = run(scenarios, network);
        assert_eq!(real.len(), scenarios.len());
        let mut skipped = 0;
        for ((scenario, expected), found) in scenarios.iter().zip(&simulated).zip(&real) {
            assert_eq!(expected.name, found.name, "reports come in the order of the list");
            if found.status == Status::Skipped {
                skipped += 1;
                wrong.extend(unexpected_skip(found, network));
            } else {
                wrong.extend(differences(scenario, expected, found, network));
            }
        }
        println!("{} scenarios on both networks, {skipped} of them skipped on {}", scenarios.len(), network.word());
    }
    assert!(wrong.is_empty(), "the networks differ:\n{}", wrong.join("\n"));
}

fn run(scenarios: &[Scenario], network: &NetworkKind) -> Vec<ScenarioRecord> {
    let settings = Settings { network: network.clone(), seed: 1 };
    let mut records = Vec::new();
    run_all(scenarios, &settings, JOBS, false, &mut |event| {
        if let RunEvent::Scenario(record) = event {
            records.push((*record).clone());
        }
    });
    records
}

/// A skip that this machine has no excuse for.
fn unexpected_skip(record: &ScenarioRecord, network: &NetworkKind) -> Option<String> {
    let reasons: Vec<&str> = record.results.iter().filter_map(|result| result.reason.as_deref()).collect();
    let known = |reason: &&str| CANNOT_SHOW.iter().find(|(of, words, _)| of == network && reason.contains(words));
    for reason in &reasons {
        let because = known(reason).map(|(_, _, why)| format!(" ({why})")).unwrap_or_default();
        println!("skipped on {}: {}: {reason}{because}", network.word(), record.name);
    }
    let unexpected = reasons.iter().any(|reason| known(reason).is_none());
    (unexpected && (*network == NetworkKind::Isolated || must_not_skip()))
        .then(|| format!("{}: skipped for a reason that is not in the table", record.name))
}

/// Whether this machine is one where loopback must work.
fn must_not_skip() -> bool {
    let wanted = std::env::var_os("KMSLAB_CI").is_some();
    wanted
        && cfg!(target_os = "linux")
        && UdpSocket::bind("127.64.0.1:0").and(TcpListener::bind("127.64.0.1:0")).is_ok()
}

fn differences(
    scenario: &Scenario,
    expected: &ScenarioRecord,
    found: &ScenarioRecord,
    network: &NetworkKind,
) -> Vec<String> {
    let name = &expected.name;
    if expected.results.len() != found.results.len() {
        return vec![format!("{name}: {} results and {}", expected.results.len(), found.results.len())];
    }
    let pairs = expected.results.iter().zip(&found.results);
    pairs
        .flat_map(|(expected, found)| difference(scenario, expected, found))
        .map(|what| format!("{name} on {}: {what}", network.word()))
        .collect()
}

fn difference(scenario: &Scenario, expected: &Record, found: &Record) -> Vec<String> {
    let place = format!("step {}, {}", expected.step, expected.client);
    let mut wrong = Vec::new();
    let mut hold = |what: &str, simulated: String, real: String| {
        if simulated != real {
            wrong.push(format!("{place}: {what}\n  simulated: {simulated}\n  real:      {real}"));
        }
    };
    hold("client", expected.client.clone(), found.client.clone());
    hold(
        "status",
        format!("{:?}", expected.status),
        format!("{:?} {:?}", found.status, found.reason).replace(" None", ""),
    );
    hold("outcome", outcome(expected), outcome(found));
    let findings = |record: &Record| format!("{:?}", record.diagnosis.as_ref().map(Diagnosis::in_short));
    hold("findings", findings(expected), findings(found));
    for (machine, _) in &expected.timeline.machines {
        let seen_at = |timeline: &Timeline| {
            let entries = timeline.entries.iter().filter(|entry| entry.machine == *machine);
            entries.map(|entry| format!("\n    {}", line(entry))).collect::<String>()
        };
        hold(&format!("journal of {machine}"), seen_at(&expected.timeline), seen_at(&found.timeline));
    }
    if let Some(step) = expected.step.checked_sub(1).and_then(|place| scenario.steps.get(place)) {
        let of = |record: &Record| both_ends(&record.timeline, &step.environment);
        hold("sent, and received where", of(expected), of(found));
        hold("received before it was sent", String::new(), received_too_early(&found.timeline, &step.environment));
    }
    wrong
}

/// Each message as the entry of its sender and that of its receiver.
fn both_ends(timeline: &Timeline, environment: &Environment) -> String {
    let end = |place: usize| timeline.entries.get(place).map(line).unwrap_or_default();
    let messages = messages(&timeline.entries, environment);
    let mut lines: Vec<String> =
        messages.into_iter().map(|(sent, received)| format!("\n    {} => {}", end(sent), end(received))).collect();
    lines.sort();
    lines.concat()
}

/// The messages of which a journal tells the arrival before the sending.
fn received_too_early(timeline: &Timeline, environment: &Environment) -> String {
    let at = |place: usize| (timeline.entries.get(place).map(|entry| entry.at), place);
    let early =
        messages(&timeline.entries, environment).into_iter().filter(|(sent, received)| at(*sent) >= at(*received));
    early.filter_map(|(_, received)| timeline.entries.get(received).map(line)).collect()
}

/// An outcome without the minutes of a wait: each of its attempts took as long as it took, and the next was due later by that.
fn outcome(record: &Record) -> String {
    let mut outcome = record.outcome.clone();
    if let Some(outcome) = outcome.as_mut().filter(|outcome| outcome.attempts != 1) {
        outcome.licence.iter_mut().for_each(|licence| licence.minutes_left = None);
        // Client time and minutes left, by the order of their fields; a host and an id stand before them.
        outcome.events.iter_mut().for_each(|event| {
            let keep = |(place, field): (usize, String)| if place == 3 || place == 6 { String::new() } else { field };
            event.fields = std::mem::take(&mut event.fields).into_iter().enumerate().map(keep).collect();
        });
    }
    format!("{outcome:?}")
}

/// An entry as a line, without what may differ.
fn line(entry: &Entry<Event>) -> String {
    let mut entry = entry.clone();
    EXEMPT.iter().for_each(|exempt| (exempt.take_out)(&mut entry.event));
    Timeline::line(&entry)
}

fn word(record: &Record) -> &'static str {
    record.outcome.as_ref().map_or("none", |outcome| outcome.word.word())
}

/// How many descriptors this process has.
fn descriptors() -> std::io::Result<usize> {
    Ok(std::fs::read_dir("/proc/self/fd")?.count())
}
