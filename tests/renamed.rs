//! Nothing depends on what things are called: with every name, domain and address replaced, the same comes out under the new names.
//!
//! The files themselves are rewritten, environments and expectations alike. New names are as long as the old ones, so that no message
//! changes its size; the seed of a machine comes from its id, so what is drawn by chance is left out.

use kmslab::network::stage::NetworkKind;
use kmslab::report::human::Style;
use kmslab::report::{Format, report};
use kmslab::runner::{RunEvent, Settings, run_scenario};
use kmslab::scenario::catalogue::embedded;
use kmslab::scenario::library::FileText;
use kmslab::scenario::load::load;
use kmslab::scenario::{Library, Scenario};
use serde_json::Value;

/// What is replaced by what, in order; both ways give back the beginning.
const NAMES: [(&str, &str); 16] = [
    ("contoso", "wingtip"),
    ("CONTOSO", "WINGTIP"),
    ("fabrikam", "northwnd"),
    ("kms1", "svr4"),
    ("KMS1", "SVR4"),
    ("kms2", "svr8"),
    ("kms9", "svr3"),
    ("oldkms", "fixbox"),
    ("dns1", "box7"),
    ("dns2", "box9"),
    ("pc7", "ws5"),
    ("PC7", "WS5"),
    ("pc8", "ws6"),
    ("10.0.0.", "10.6.0."),
    ("192.168.1.", "172.19.7."),
    ("fd00::", "fd77::"),
];

/// Scenarios in which chance decides, and machines of other names draw otherwise.
const BY_CHANCE: [&str; 5] = [
    "dns/rotated-hosts-one-refusing",
    "healthy/random-order",
    "kms/two-hosts-split-the-count",
    "kms/unintended-hosts",
    "network/all-hosts-dead",
];

fn there(text: &str) -> String {
    NAMES.iter().fold(text.to_owned(), |text, (old, new)| text.replace(old, new))
}

fn back(text: &str) -> String {
    NAMES.iter().fold(text.to_owned(), |text, (old, new)| text.replace(new, old))
}

/// The catalogue with all names replaced; the files keep theirs.
fn renamed(library: &Library) -> Library {
    let mut other = Library::default();
    let scenarios = library.scenario_names().filter_map(|name| Some((name.to_owned(), library.scenario(name)?)));
    let bases = library.base_names().filter_map(|name| Some((format!("base/{name}"), library.base(name)?)));
    for (name, file) in scenarios.chain(bases) {
        let text = there(&file.text);
        assert_eq!(back(&text), *file.text, "{name} holds one of the new names already");
        other.insert(name, FileText { path: file.path.clone(), text: text.into() });
    }
    other
}

/// What came out, as JSON Lines without times and without what the seed of a machine draws.
fn lines(scenario: &Scenario) -> Vec<Value> {
    let mut text = Vec::new();
    let mut json = report(&Format::Json, Style::default());
    let record = run_scenario(scenario, &Settings { network: NetworkKind::Simulated, seed: 1 });
    json.event(&RunEvent::Scenario(&record), &mut text).expect("a list takes everything");
    let text = String::from_utf8(text).expect("JSON is UTF-8");
    text.lines().map(|line| comparable(serde_json::from_str(line).expect("a line is an object"))).collect()
}

fn comparable(mut line: Value) -> Value {
    let object = line.as_object_mut().expect("a line is an object");
    object.shift_remove("elapsed_ms");
    // The client machine id is the third field of event 12288.
    if let Some(events) = line.pointer_mut("/outcome/events").and_then(Value::as_array_mut) {
        let requests = events.iter_mut().filter(|event| event["id"] == 12288);
        requests.filter_map(|event| event["fields"].get_mut(2)).for_each(|cmid| *cmid = Value::Null);
    }
    if let Some(events) = line.get_mut("host_events").and_then(Value::as_array_mut) {
        // The host's log tells it too, behind the name of the client.
        events.iter_mut().filter_map(|event| event["fields"].get_mut(2)).for_each(|cmid| *cmid = Value::Null);
    }
    line
}

/// Scenarios that are about the usual port itself: a host is registered or remembered without one, or a wrong port hides the
/// right one, which is tried because it is the usual one.
const OF_PORT_1688: [&str; 7] = [
    "healthy/discovered-host",
    "healthy/registered-by-address",
    "healthy/registered-by-netbios-name",
    "healthy/registered-local-name",
    "healthy/registered-with-final-dot",
    "kms/port-value-of-wrong-type",
    "network/wrong-port-in-record",
];

#[test]
fn another_port_gives_the_same_outcomes_and_findings() {
    const PORT: u16 = 1733;
    let library = embedded();
    let mut other = Library::default();
    let bases = library.base_names().filter_map(|name| Some((format!("base/{name}"), library.base(name)?)));
    let scenarios = library.scenario_names().filter_map(|name| Some((name.to_owned(), library.scenario(name)?)));
    for (name, file) in scenarios.chain(bases) {
        // Ids of findings and the laboratory's code hold the digits too.
        let text = file.text.replace("tcp1688", "tcp-usual").replace("A0041688", "laboratory");
        let text = text.replace("1688", &PORT.to_string());
        let text = text.replace("tcp-usual", "tcp1688").replace("laboratory", "A0041688");
        other.insert(name, FileText { path: file.path.clone(), text: text.into() });
    }
    let mut wrong = Vec::new();
    for name in library.scenario_names() {
        let scenario = load(&library, name).expect("the catalogue loads");
        let mut moved = load(&other, name).unwrap_or_else(|refusal| panic!("{refusal}"));
        let hosts = moved.steps.iter_mut().flat_map(|step| &mut step.environment.kms_hosts);
        hosts.filter(|host| host.service.port == 1688).for_each(|host| host.service.port = PORT);
        let short = |scenario: &Scenario| -> Vec<(Value, Vec<Value>)> {
            let ids = |line: &Value| {
                let findings = line["findings"].as_array().expect("findings are a list");
                findings.iter().map(|finding| finding["id"].clone()).collect()
            };
            lines(scenario).iter().map(|line| (line["outcome"]["word"].clone(), ids(line))).collect()
        };
        let (before, after) = (short(&scenario), short(&moved));
        if (before == after) == OF_PORT_1688.contains(&name) {
            wrong.push(format!("{name}: {before:?} {after:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn other_names_and_addresses_give_the_same_outcomes_and_findings() {
    let library = embedded();
    let other = renamed(&library);
    let mut wrong = Vec::new();
    for name in library.scenario_names() {
        let scenario = load(&library, name).expect("the catalogue loads");
        let renamed = load(&other, name).unwrap_or_else(|refusal| panic!("{refusal}"));
        let before = lines(&scenario);
        let after = lines(&renamed).into_iter();
        let after: Vec<Value> =
            after.map(|line| serde_json::from_str(&back(&line.to_string())).expect("names are words")).collect();
        let same = before == after;
        if same == BY_CHANCE.contains(&name) {
            let place = before.iter().zip(&after).find(|(before, after)| before != after);
            wrong.push(format!("{name}: {place:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
