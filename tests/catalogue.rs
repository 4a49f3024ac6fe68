//! The catalogue as a whole: every base, fault, rule, state and outcome is used by a scenario, and no ticket gives its answer away.
//!
//! A word that nobody uses is a stub: what it does is then shown by nothing. Known exceptions stand here with their reason and must
//! still be exceptions.

use std::collections::BTreeSet;

use double::Seed;
use evidence::outcome::OutcomeWord;
use evidence::timeline::{Event, Timeline};
use kmslab::environment::machine::{KeyChannel, Profile};
use kmslab::environment::rule::{How, Where};
use kmslab::network::simulated::Simulated;
use kmslab::network::stage::NetworkKind;
use kmslab::runner::{Settings, run_scenario_on};
use kmslab::scenario::catalogue::embedded;
use kmslab::scenario::load::load;
use kmslab::scenario::{Library, Scenario};
use mock_dns::journal::DnsEvent;
use notation::{Format, Kind, Tree};

/// Words that no scenario can show yet, and why.
const NOT_SHOWN: [(&str, &str); 2] = [
    ("no-edns", "the client asks without EDNS, as Windows does: only other tools can see it"),
    ("unknown", "an outcome that the client never comes to by itself"),
];

/// Scenarios that show what another shows, and why they stand all the same: one cause that a customer meets in two forms.
const ALIKE: [(&str, &str, &str); 3] = [
    (
        "dns/server-hears-and-is-silent",
        "dns/large-datagrams-lost",
        "the reply is lost on the way, or never sent: only the server knows",
    ),
    (
        "dns/service-stopped",
        "dns/server-silent",
        "the packets end in the path, or at the firewall of a machine without the service",
    ),
    (
        "dns/srv-owner-without-underscore",
        "dns/srv-owner-misspelt",
        "another spelling: the investigation finds it under another name",
    ),
];

fn scenarios() -> (Library, Vec<Scenario>) {
    let library = embedded();
    let all = library.scenario_names().map(|name| load(&library, name).expect("the catalogue loads")).collect();
    (library, all)
}

/// Every key and every text of a tree.
fn words(tree: &Tree, into: &mut BTreeSet<String>) {
    match &tree.kind {
        Kind::Text(text) => {
            into.insert(text.clone());
        }
        Kind::List(items) => items.iter().for_each(|item| words(item, into)),
        Kind::Table(table) => table.0.iter().for_each(|(key, value)| {
            into.insert(key.text.clone());
            words(value, into);
        }),
        Kind::Integer(_) | Kind::Float(_) | Kind::Flag(_) | Kind::Moment(_) => {}
    }
}

#[track_caller]
fn all_used(list: &str, known: &[(&'static str, &'static str)], used: &BTreeSet<String>) {
    for (word, _) in known {
        let exception = NOT_SHOWN.iter().find(|(exempt, _)| exempt == word);
        match (used.contains(*word), exception) {
            (false, None) => panic!("no scenario uses the {list} `{word}`: add one, or take the word away"),
            (true, Some(_)) if list != "code" => panic!("a scenario uses `{word}`: take it out of NOT_SHOWN"),
            _ => {}
        }
    }
}

#[test]
fn every_fault_and_rule_is_used() {
    let mut used = BTreeSet::new();
    for scenario in scenarios().1 {
        scenario.steps.iter().for_each(|step| words(&step.change.write(), &mut used));
    }
    all_used("DNS reply fault", mock_dns::fault::reply::ReplyFault::WORDS, &used);
    all_used("DNS wire fault", mock_dns::fault::wire::WireFault::WORDS, &used);
    all_used("DNS delivery fault", mock_dns::fault::delivery::DeliveryFault::WORDS, &used);
    all_used("KMS reply fault", mock_kms::fault::ReplyFault::WORDS, &used);
    all_used("KMS wire fault", mock_kms::fault::WireFault::WORDS, &used);
    all_used("KMS delivery fault", mock_kms::fault::DeliveryFault::WORDS, &used);
    all_used("network behaviour", How::WORDS, &used);
    all_used("place of a rule", Where::WORDS, &used);
}

#[test]
fn every_base_state_and_outcome_is_used() {
    let (library, scenarios) = scenarios();
    let bases: BTreeSet<&str> = scenarios.iter().map(|scenario| scenario.base.as_str()).collect();
    for base in library.base_names() {
        assert!(bases.contains(base), "no scenario starts from the base `{base}`");
    }
    let mut used = BTreeSet::new();
    let mut outcomes = BTreeSet::new();
    for step in scenarios.iter().flat_map(|scenario| &scenario.steps) {
        words(&step.environment.write(), &mut used);
        let when = step.expect.when.0.iter().map(|(_, other)| &other.0);
        let all = std::iter::once(&step.expect).chain(when);
        outcomes.extend(all.filter_map(|expect| expect.outcome.as_ref()).map(|word| word.word().to_owned()));
        // What is the default is not printed.
        let clients = step.environment.clients.iter();
        used.extend(clients.flat_map(|client| [client.key.word(), client.profile.word()]).map(str::to_owned));
        used.extend(step.environment.kms_hosts.iter().map(|host| host.service.state.word().to_owned()));
    }
    all_used("outcome", OutcomeWord::WORDS, &outcomes);
    all_used("key channel", KeyChannel::WORDS, &used);
    all_used("client profile", Profile::WORDS, &used);
    all_used("host state", mock_kms::host::HostState::WORDS, &used);
}

#[test]
fn no_ticket_and_no_two_scenarios_say_the_same() {
    let (_, scenarios) = scenarios();
    let mut titles = BTreeSet::new();
    let mut tickets = BTreeSet::new();
    for scenario in &scenarios {
        assert!(titles.insert(scenario.title.to_lowercase()), "{}: another scenario has this title", scenario.name);
        assert!(tickets.insert(scenario.ticket.to_lowercase()), "{}: another scenario has this ticket", scenario.name);
        for id in scenario.steps.iter().flat_map(|step| &step.expect.must) {
            assert!(!scenario.ticket.contains(id.as_str()), "{}: the ticket names its finding", scenario.name);
        }
    }
}

/// What a scenario shows: outcomes, what was seen, what must be found, for each attempt; nothing that the seed draws, which is another
/// one for each scenario.
fn signature(scenario: &Scenario) -> String {
    let settings = Settings { network: NetworkKind::Simulated, seed: 1 };
    let record = run_scenario_on(scenario, &settings, Box::new(Simulated::new(Seed::new(1))));
    let results = record.results.iter().map(|result| {
        let seen = result.timeline.entries.iter().map(|entry| {
            // The first two octets of a reply are the id, which the seed draws.
            let reply = if let Event::Dns(DnsEvent::Reply { bytes, .. }) = &entry.event { &bytes[..] } else { &[] };
            let octets = reply.get(2..).unwrap_or_default();
            format!("{} {} {octets:?}\n", entry.at, Timeline::line(entry))
        });
        let shown = result.outcome.as_ref().map(|outcome| {
            let events: Vec<_> = outcome.events.iter().map(|event| (event.id, &event.code)).collect();
            format!("{:?} {:?} {:?} {:?} {events:?}", outcome.word, outcome.slmgr, outcome.settings, outcome.ospp)
        });
        let expect = scenario.steps.get(result.step - 1).map(|step| &step.expect);
        let lists = expect.map(|expect| (&expect.must, &expect.must_not, &expect.must_from));
        format!("{} {shown:?} {lists:?}\n{}", result.profile, seen.collect::<String>())
    });
    results.collect()
}

#[test]
fn any_two_scenarios_differ() {
    let mut known: Vec<(String, String)> = Vec::new();
    let mut wrong = Vec::new();
    let mut alike = 0;
    for scenario in scenarios().1 {
        let signature = signature(&scenario);
        let other = known.iter().find(|(known, _)| *known == signature).map(|(_, other)| other.as_str());
        let excused = ALIKE.iter().any(|(name, like, _)| *name == scenario.name && other == Some(*like));
        alike += usize::from(excused);
        if let Some(other) = other.filter(|_| !excused) {
            wrong.push(format!("{} shows what {other} shows", scenario.name));
        }
        known.push((signature, scenario.name));
    }
    assert!(wrong.is_empty(), "merge them, or let one show more:\n{}", wrong.join("\n"));
    assert_eq!(alike, ALIKE.len(), "what is no longer alike is taken out of ALIKE");
}
