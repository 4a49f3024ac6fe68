//! Every key of an environment means something: another value of it changes what comes out, or what is seen, in some scenario.
//!
//! The keys are those of the schema, so a new one is asked for here at once. A key that nobody reads is a stub.

use std::collections::BTreeSet;

use double::Seed;
use evidence::outcome::Outcome;
use evidence::timeline::Timeline;
use kmslab::environment::Environment;
use kmslab::network::simulated::Simulated;
use kmslab::network::stage::NetworkKind;
use kmslab::runner::{Settings, run_scenario_on};
use kmslab::scenario::Scenario;
use kmslab::scenario::catalogue::embedded;
use kmslab::scenario::load::load;
use notation::{Format, Key, Kind, Problems, Span, Tree};
use serde_json::Value;

/// Keys that change nothing a client or a server can show, and why. They must still change nothing.
const CHANGES_NOTHING: [(&str, &str); 7] = [
    ("dns_server.service.zones.origin", "it names the zone that its own records are in; another origin is refused"),
    ("rule.id", "a name for changes"),
    ("rule.where", "where a rule sits is drawn for people; its packets are lost all the same"),
    ("client.ip.adapter.dhcp", "a fact that ipconfig shows; no packet depends on it"),
    ("client.ip.adapter.mask", "every adapter with servers has a gateway"),
    ("client.registry.type", "type and data go together: client/registered-value-wrong-type changes both"),
    ("kms_host.registry.type", "type and data go together"),
];

/// Values that are tried for a key besides the words of its own list.
const NUMBERS: [i64; 10] = [0, 1, 2, 4, 26, 53, 600, 1_689, 20_000, 100_000];
const TEXTS: [&str; 18] = [
    "x",
    "10.0.0.99",
    "fd00::99",
    "255.255.255.255",
    "fabrikam.com",
    "kms1.contoso.com",
    "pc7",
    "kms1",
    "*",
    "LAB-OTHER",
    "2027-03-02T09:00:00Z",
    "2020-01-01T00:00:00Z",
    r"HKLM\SOFTWARE\Elsewhere",
    "A",
    "SRV",
    "kms1.contoso.com. 60 IN A 10.0.0.99",
    "_vlmcs._tcp.contoso.com. 60 IN SRV 0 0 1688 kms9.contoso.com.",
    "00000000-0000-0000-0000-000000000007",
];

/// Most values that are tried in one scenario.
const TRIED_MAX: usize = 10;

/// A key, from the environment down, and the words that its list allows.
#[derive(Debug)]
struct Field {
    path: Vec<String>,
    words: Vec<String>,
    /// The type that the schema names; none where there is a choice of types.
    kind: Option<String>,
}

impl Field {
    fn name(&self) -> String {
        self.path.join(".")
    }
}

/// Every key of a schema below which there are no further keys.
fn fields(schema: &Value, path: &mut Vec<String>, into: &mut Vec<Field>) {
    let inner = schema.get("items").unwrap_or(schema);
    if let Some(keys) = inner.get("properties").and_then(Value::as_object) {
        for (key, below) in keys {
            path.push(key.clone());
            fields(below, path, into);
            path.pop();
        }
        return;
    }
    let mut words = BTreeSet::new();
    collect_words(inner, &mut words);
    let kind = schema.get("type").and_then(Value::as_str).map(str::to_owned);
    into.push(Field { path: path.clone(), words: words.into_iter().collect(), kind });
}

/// The words of `enum` and `const`, wherever they stand.
fn collect_words(schema: &Value, into: &mut BTreeSet<String>) {
    match schema {
        Value::Object(keys) => {
            for (key, value) in keys {
                match (key.as_str(), value) {
                    ("const", Value::String(word)) => {
                        into.insert(word.clone());
                    }
                    ("enum", Value::Array(words)) => {
                        into.extend(words.iter().filter_map(Value::as_str).map(str::to_owned));
                    }
                    _ => collect_words(value, into),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect_words(item, into)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Values that are tried: none is "the key is left out".
fn candidates(field: &Field) -> Vec<Option<Tree>> {
    let text = |text: &str| Tree::text(text);
    let is = |kind: &str| field.kind.as_deref().is_none_or(|known| known == kind);
    let words = field.words.iter().map(|word| text(word));
    let other = TEXTS.iter().filter(|_| field.words.is_empty()).map(|word| text(word));
    let texts: Vec<Tree> = words.chain(other).collect();
    let lists = texts.iter().map(|item| Tree::built(Kind::List(vec![item.clone()])));
    let lists = lists.chain([Tree::built(Kind::List(Vec::new()))]).filter(|_| is("array"));
    let numbers = NUMBERS.iter().filter(|_| is("integer")).map(|number| Tree::built(Kind::Integer(*number)));
    let flags = [true, false].into_iter().filter(|_| is("boolean")).map(|flag| Tree::built(Kind::Flag(flag)));
    let floats = [0.0, 1.0].into_iter().filter(|_| is("number")).map(|number| Tree::built(Kind::Float(number)));
    let single = texts.iter().filter(|_| is("string")).cloned();
    std::iter::once(None).chain(single.chain(numbers).chain(flags).chain(floats).chain(lists).map(Some)).collect()
}

/// Puts a value at a path, in every element of the lists on the way; false where nothing is there to hold it.
fn put(tree: &mut Tree, path: &[String], value: Option<&Tree>) -> bool {
    let [key, rest @ ..] = path else { return false };
    match &mut tree.kind {
        Kind::List(items) => items.iter_mut().map(|item| put(item, path, value)).fold(false, |any, done| any | done),
        Kind::Table(table) if rest.is_empty() => {
            table.0.retain(|(known, _)| known.text != *key);
            if let Some(value) = value {
                table.0.push((Key { span: Span::default(), text: key.clone() }, value.clone()));
            }
            true
        }
        Kind::Table(table) => {
            if table.find(key).is_none() {
                // A table of defaults is not printed; one that has keys of its own it must have is refused when it is read.
                table.push(key, Tree::table([]));
            }
            let below = table.0.iter_mut().find(|(known, _)| known.text == *key);
            below.is_some_and(|(_, below)| put(below, rest, value))
        }
        Kind::Text(_) | Kind::Integer(_) | Kind::Float(_) | Kind::Flag(_) | Kind::Moment(_) => false,
    }
}

/// The scenario with a key of every step's environment set; none where it cannot be, or nothing is different.
fn with(scenario: &Scenario, field: &Field, value: Option<&Tree>) -> Option<Scenario> {
    let mut changed = scenario.clone();
    let mut different = false;
    for step in &mut changed.steps {
        let mut tree = step.environment.write();
        if !put(&mut tree, &field.path, value) {
            continue;
        }
        let mut problems = Problems::default();
        let environment = Environment::read(&tree, &mut problems).filter(|_| problems.is_empty())?;
        different |= environment != step.environment;
        step.environment = environment;
    }
    different.then_some(changed)
}

/// Everything that can be told apart: what came out, and what every machine saw.
fn told(scenario: &Scenario) -> Vec<(Option<Outcome>, Timeline)> {
    let settings = Settings { network: NetworkKind::Simulated, seed: 1 };
    let record = run_scenario_on(scenario, &settings, Box::new(Simulated::new(Seed::new(1))));
    record.results.into_iter().map(|result| (result.outcome, result.timeline)).collect()
}

#[test]
fn every_key_of_an_environment_changes_something() {
    let library = embedded();
    let scenarios: Vec<Scenario> =
        library.scenario_names().map(|name| load(&library, name).expect("the catalogue loads")).collect();
    let before: Vec<_> = scenarios.iter().map(told).collect();
    let mut all = Vec::new();
    fields(&Environment::schema(), &mut Vec::new(), &mut all);
    assert!(all.len() > 60, "the schema names its keys: {}", all.len());
    let mut wrong = Vec::new();
    for field in &all {
        let values = candidates(field);
        let known = CHANGES_NOTHING.iter().find(|(name, _)| *name == field.name());
        let most = if known.is_some() { 2 } else { TRIED_MAX };
        let changes = scenarios.iter().zip(&before).any(|(scenario, before)| {
            let tried = values.iter().filter_map(|value| with(scenario, field, value.as_ref()));
            tried.take(most).any(|changed| told(&changed) != *before)
        });
        match (changes, known) {
            (false, None) => wrong.push(format!("{} changes nothing: does anybody read it?", field.name())),
            (true, Some(_)) => {
                wrong.push(format!("{} changes something: take it out of CHANGES_NOTHING", field.name()));
            }
            (true, None) | (false, Some(_)) => {}
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
