//! The published schema of scenario and base files: JSON Schema, draft 2020-12, for editors and programs that write files.
//!
//! It stands apart because two types leave open what only the format as a whole can say: the payloads of a change, whose keys
//! an environment knows, and an expectation inside another. It says the shape of a file; what holds between its parts, such
//! as that a machine exists, only loading can tell.

use evidence::Change;
use evidence::registry::RegistryValue;
use mock_dns::zone::Zone;
use notation::{Format, Id};
use serde_json::{Map, Value, json};

use super::expect::Expect;
use super::format::{BaseFile, ScenarioFile};
use crate::environment::{ClientMachine, DnsMachine, KmsMachine, Rule};

/// The meta-schema that both are written in.
const DRAFT: &str = "https://json-schema.org/draft/2020-12/schema";

notation::choice! {
    /// A kind of file.
    pub enum FileKind("kind of file") {
        /// A scenario.
        "scenario" => Scenario,
        /// A base environment.
        "base" => Base,
    }
}

/// The schema of a kind of file.
#[must_use]
pub fn schema(kind: &FileKind) -> Value {
    let (title, mut body) = match kind {
        FileKind::Scenario => ("A scenario of kmslab", ScenarioFile::schema()),
        FileKind::Base => ("A base environment of kmslab", BaseFile::schema()),
    };
    link(&mut body, "change", "change");
    link(&mut body, "when", "otherwise");
    let mut schema = Map::new();
    schema.insert("$schema".to_owned(), json!(DRAFT));
    schema.insert("$id".to_owned(), json!(format!("urn:kmslab:{}:1", kind.word())));
    schema.insert("title".to_owned(), json!(title));
    if let Value::Object(body) = body {
        schema.extend(body);
    }
    schema.insert("$defs".to_owned(), definitions());
    Value::Object(schema)
}

/// What is referred to, so that it stands here once.
fn definitions() -> Value {
    let mut otherwise = Expect::schema();
    if let Some(properties) = otherwise.get_mut("properties").and_then(Value::as_object_mut) {
        properties.remove("when");
    }
    let mut change = Change::schema();
    for (verb, thing, definition) in PAYLOADS {
        refer(&mut change, verb, thing, definition);
    }
    json!({
        "change": change,
        "otherwise": otherwise,
        "add-zone": at_machine(Zone::schema()),
        "add-rule": Rule::schema(),
        "add-fault": {"anyOf": [
            at_machine(mock_dns::fault::FaultRule::schema()),
            at_machine(mock_kms::fault::FaultRule::schema()),
        ]},
        "add-dns-server": DnsMachine::schema(),
        "add-kms-host": KmsMachine::schema(),
        "add-client": ClientMachine::schema(),
        "set-registry": at_machine(RegistryValue::schema()),
    })
}

/// Verb and thing of each open payload, and the definition that says its keys.
const PAYLOADS: [(&str, &str, &str); 7] = [
    ("add", "zone", "add-zone"),
    ("add", "rule", "add-rule"),
    ("add", "fault", "add-fault"),
    ("add", "dns_server", "add-dns-server"),
    ("add", "kms_host", "add-kms-host"),
    ("add", "client", "add-client"),
    ("set", "registry", "set-registry"),
];

/// The same table with the machine it belongs to and its place among its kind.
fn at_machine(mut schema: Value) -> Value {
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        properties.insert("at".to_owned(), Id::schema());
        properties.insert("position".to_owned(), usize::schema());
    }
    if let Some(object) = schema.as_object_mut() {
        let required = object.entry("required").or_insert_with(|| json!([]));
        if let Some(required) = required.as_array_mut() {
            required.insert(0, json!("at"));
        }
    }
    schema
}

/// Lets every property of this name refer to a definition; a description stays.
fn link(schema: &mut Value, property: &str, definition: &str) {
    let Some(object) = schema.as_object_mut() else { return };
    for (key, value) in object.iter_mut() {
        if key == "properties"
            && let Some(found) = value.get_mut(property).and_then(Value::as_object_mut)
        {
            let reference = json!(format!("#/$defs/{definition}"));
            if found.contains_key("additionalProperties") {
                found.insert("additionalProperties".to_owned(), json!({"$ref": reference}));
            } else {
                found.retain(|key, _| key == "description");
                found.insert("$ref".to_owned(), reference);
            }
        }
        if let Value::Object(_) = value {
            link(value, property, definition);
        }
    }
}

/// Lets the payload of one operation refer to a definition.
fn refer(change: &mut Value, verb: &str, thing: &str, definition: &str) {
    let variants = |schema: &mut Value| schema.get_mut("oneOf").and_then(Value::as_array_mut).map(std::mem::take);
    let Some(items) = change.get_mut("items") else { return };
    let Some(mut verbs) = variants(items) else { return };
    for operation in &mut verbs {
        let Some(things) = operation.pointer_mut(&format!("/properties/{verb}/oneOf")).and_then(Value::as_array_mut)
        else {
            continue;
        };
        for payload in things {
            if let Some(open) = payload.pointer_mut(&format!("/properties/{thing}")) {
                *open = json!({"$ref": format!("#/$defs/{definition}")});
            }
        }
    }
    if let Some(object) = items.as_object_mut() {
        object.insert("oneOf".to_owned(), Value::Array(verbs));
    }
}

#[cfg(test)]
mod tests {
    use super::{FileKind, schema};
    use serde_json::Value;

    /// Every object that a schema describes.
    fn objects<'a>(schema: &'a Value, path: &str, found: &mut Vec<(String, &'a Value)>) {
        match schema {
            Value::Object(members) => {
                if schema["type"] == "object" {
                    found.push((path.to_owned(), schema));
                }
                for (key, value) in members {
                    objects(value, &format!("{path}/{key}"), found);
                }
            }
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    objects(item, &format!("{path}/{index}"), found);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    #[test]
    fn no_table_is_left_open() {
        for kind in [FileKind::Scenario, FileKind::Base] {
            let schema = schema(&kind);
            let mut found = Vec::new();
            objects(&schema, "", &mut found);
            assert!(found.len() > 30, "{}", found.len());
            for (path, object) in found {
                assert!(object.get("additionalProperties").is_some(), "{path} accepts every key: see PAYLOADS");
            }
        }
    }

    #[test]
    fn every_reference_leads_somewhere_and_every_definition_is_used() {
        for kind in [FileKind::Scenario, FileKind::Base] {
            let schema = schema(&kind);
            let text = schema.to_string();
            let definitions = schema["$defs"].as_object().unwrap();
            for name in definitions.keys().filter(|name| *name != "otherwise" || kind == FileKind::Scenario) {
                assert!(text.contains(&format!("{{\"$ref\":\"#/$defs/{name}\"}}")) || name == "change", "{name}");
            }
            for reference in text.split("#/$defs/").skip(1) {
                let name = reference.split('"').next().unwrap();
                assert!(definitions.contains_key(name), "{name}");
            }
        }
    }
}
