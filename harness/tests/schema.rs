//! The published schema held against files: every scenario and base of the catalogue fits it, files with a wrong shape do not.
//!
//! The judge below knows the keywords that our schema uses, and stops at any other: so it cannot pass what it does not
//! understand. It is no validator for schemas of others.
#![expect(clippy::disallowed_methods, reason = "test: runs the program and reads scenario files")]

use std::path::{Path, PathBuf};
use std::process::Command;

use notation::{Kind, Problems, Tree};
use serde_json::{Map, Value};

/// Refused files whose shape alone is wrong; in the others it is what the parts mean together.
const WRONG_SHAPE: [&str; 17] = [
    "change-two-verbs",
    "change-unknown-verb",
    "change-without-machine",
    "fault-unknown",
    "key-missing",
    "key-missing-in-step",
    "key-unknown",
    "key-unknown-below",
    "kind-wrong",
    "number-out-of-range",
    "procedure-unknown",
    "run-unknown-action",
    "sources-missing",
    "step-time-negative",
    "steps-missing",
    "word-takes-value",
    "word-unknown",
];

fn scenarios() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios")
}

fn schema(kind: &str) -> Value {
    let output =
        Command::new(env!("CARGO_BIN_EXE_kmslab")).args(["schema", kind]).output().expect("the program starts");
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).expect("the schema is JSON")
}

/// Every TOML file below a folder, refused files excepted.
fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() && !path.ends_with("invalid") {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "toml") {
            found.push(path);
        }
    }
}

fn read(path: &Path) -> Value {
    let text = std::fs::read_to_string(path).expect("a scenario file");
    let mut problems = Problems::default();
    let tree = notation::parse::parse(&text, &mut problems);
    assert!(problems.is_empty(), "{} is no TOML", path.display());
    json(&tree)
}

fn json(tree: &Tree) -> Value {
    match &tree.kind {
        Kind::Text(text) | Kind::Moment(text) => Value::from(text.as_str()),
        Kind::Integer(number) => Value::from(*number),
        Kind::Float(number) => Value::from(*number),
        Kind::Flag(flag) => Value::from(*flag),
        Kind::List(items) => items.iter().map(json).collect(),
        Kind::Table(table) => {
            Value::Object(table.0.iter().map(|(key, value)| (key.text.clone(), json(value))).collect())
        }
    }
}

/// A schema, and the whole that its references mean.
struct Judge<'a> {
    root: &'a Value,
}

impl Judge<'_> {
    /// What is wrong with a value, with its place; nothing when it fits.
    fn wrong(&self, schema: &Value, value: &Value, place: &str) -> Vec<String> {
        let Value::Object(keywords) = schema else {
            assert_eq!(*schema, Value::Bool(true), "a schema is an object or true");
            return Vec::new();
        };
        keywords.iter().flat_map(|(keyword, wanted)| self.keyword(keyword, wanted, keywords, value, place)).collect()
    }

    fn keyword(
        &self,
        keyword: &str,
        wanted: &Value,
        schema: &Map<String, Value>,
        value: &Value,
        place: &str,
    ) -> Vec<String> {
        let no = |fits: bool| if fits { Vec::new() } else { vec![format!("{place}: {keyword} {wanted}")] };
        let fitting = || {
            let variants = wanted.as_array().expect("a list of schemas").iter();
            variants.filter(|variant| self.wrong(variant, value, place).is_empty()).count()
        };
        match keyword {
            "$schema" | "$id" | "$defs" | "title" | "description" => Vec::new(),
            "$ref" => {
                let pointer =
                    wanted.as_str().and_then(|reference| reference.strip_prefix('#')).expect("a local reference");
                self.wrong(self.root.pointer(pointer).expect("a definition"), value, place)
            }
            "type" => no(match wanted.as_str().expect("one type") {
                "object" => value.is_object(),
                "array" => value.is_array(),
                "string" => value.is_string(),
                "integer" => value.is_i64(),
                "number" => value.is_number(),
                "boolean" => value.is_boolean(),
                other => panic!("the judge does not know the type {other}"),
            }),
            "const" => no(value == wanted),
            "enum" => no(wanted.as_array().expect("a list").contains(value)),
            "minimum" => no(value.as_f64().is_none_or(|number| number >= wanted.as_f64().expect("a number"))),
            "maximum" => no(value.as_f64().is_none_or(|number| number <= wanted.as_f64().expect("a number"))),
            "oneOf" => no(fitting() == 1),
            "anyOf" => no(fitting() > 0),
            "items" => {
                let items = value.as_array().into_iter().flatten().enumerate();
                items.flat_map(|(index, item)| self.wrong(wanted, item, &format!("{place}/{index}"))).collect()
            }
            "required" => {
                let keys = wanted.as_array().expect("a list of keys").iter();
                no(value.as_object().is_none_or(|object| {
                    keys.map(|key| key.as_str().expect("a key")).all(|key| object.contains_key(key))
                }))
            }
            "properties" => self.members(value, place, |key| wanted.get(key)),
            "additionalProperties" => {
                let known = schema.get("properties");
                let is_known = |key: &str| known.is_some_and(|known| known.get(key).is_some());
                if *wanted == Value::Bool(false) {
                    return no(value.as_object().is_none_or(|object| object.keys().all(|key| is_known(key))));
                }
                self.members(value, place, |key| (!is_known(key)).then_some(wanted))
            }
            other => panic!("the judge does not know the keyword {other}"),
        }
    }

    fn members<'s>(&self, value: &Value, place: &str, schema_of: impl Fn(&str) -> Option<&'s Value>) -> Vec<String> {
        let members = value.as_object().into_iter().flatten();
        let judged = members.filter_map(|(key, member)| {
            schema_of(key).map(|schema| self.wrong(schema, member, &format!("{place}/{key}")))
        });
        judged.flatten().collect()
    }
}

#[test]
fn every_file_of_the_catalogue_fits() {
    let (scenario, base) = (schema("scenario"), schema("base"));
    let mut found = Vec::new();
    files(&scenarios(), &mut found);
    assert!(found.len() > 5, "the catalogue was found");
    for path in found {
        let root = if path.parent().is_some_and(|folder| folder.ends_with("base")) { &base } else { &scenario };
        let wrong = Judge { root }.wrong(root, &read(&path), "");
        assert!(wrong.is_empty(), "{}:\n{}", path.display(), wrong.join("\n"));
    }
}

#[test]
fn a_wrong_shape_does_not_fit() {
    let root = schema("scenario");
    for name in WRONG_SHAPE {
        let value = read(&scenarios().join(format!("invalid/{name}.toml")));
        assert!(!Judge { root: &root }.wrong(&root, &value, "").is_empty(), "{name} fits the schema");
    }
}

#[test]
fn it_says_what_it_is_and_where_it_ends() {
    for kind in ["scenario", "base"] {
        let schema = schema(kind);
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
        assert_eq!(schema["$id"], format!("urn:kmslab:{kind}:1"));
        assert!(schema["title"].is_string() && schema["description"].is_string());
    }
}

#[test]
fn every_line_of_the_catalogues_journal_fits() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let written = |name: &str, arguments: &[&str]| {
        let path = folder.join(format!("{name}-{}", std::process::id()));
        let mut run = Command::new(env!("CARGO_BIN_EXE_kmslab"));
        let status = run.args(["run", "--format", "tap", "--journal"]).arg(&path).args(arguments).output();
        assert!(status.expect("the program starts").status.success());
        let text = std::fs::read_to_string(&path).expect("the journal was written");
        std::fs::remove_file(&path).expect("the journal can be removed");
        text
    };
    let plain = written("journal", &[]);
    let root = schema("journal");
    for text in [&plain, &written("annotated", &["--annotate"])] {
        assert!(text.lines().count() > 1_000);
        for line in text.lines() {
            let value: Value = serde_json::from_str(line).expect("each line is JSON");
            let wrong = Judge { root: &root }.wrong(&root, &value, "");
            assert!(wrong.is_empty(), "{line}\n{}", wrong.join("\n"));
        }
    }
    assert!(!plain.contains("\"note\":"), "no line names a fault unless asked for");
    assert_eq!(plain, written("again", &["--jobs", "2"]), "same seed, same bytes");
}

/// The journal that a command leaves, each line held against the schema; the reason where this machine gives no namespaces.
#[cfg(target_os = "linux")]
#[track_caller]
fn check_journal(name: &str, command: &[&str], after: &[&str], refused_with: Option<i32>) -> Result<(), String> {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("journal-{name}-{}", std::process::id()));
    let mut program = Command::new(env!("CARGO_BIN_EXE_kmslab"));
    let output = program.args(command).arg("--journal").arg(&path).args(after).output().expect("the program starts");
    let said = String::from_utf8_lossy(&output.stderr);
    if refused_with.is_some() && output.status.code() == refused_with {
        assert!(std::env::var_os("KMSLAB_CI").is_none(), "no namespaces here: {said}");
        return Err(said.into_owned());
    }
    assert!(output.status.success(), "{said}");
    let text = std::fs::read_to_string(&path).expect("the journal was written");
    std::fs::remove_file(&path).expect("the journal can be removed");
    let root = schema("journal");
    for line in text.lines() {
        let wrong = Judge { root: &root }.wrong(&root, &serde_json::from_str(line).expect("each line is JSON"), "");
        assert!(wrong.is_empty(), "{line}\n{}", wrong.join("\n"));
    }
    for event in ["\"event\":\"query\"", "\"event\":\"not-connected\""] {
        assert!(text.contains(event), "no {event} in\n{text}");
    }
    Ok(())
}

#[test]
#[cfg(target_os = "linux")]
fn every_line_fits_whatever_the_network() {
    /// Connections that fail in each way, DNS over TCP, conversations, IPv6, multicast.
    const ALL: [&str; 6] =
        ["network/tcp1688-", "dns/truncated-", "healthy/ipv6", "kms/host-not", "measured/", "dns/srv-"];
    let run = |network: &'static str| ["run", "--network", network, "--format", "tap"];
    check_journal("loopback", &run("loopback"), &ALL, None).expect("no namespaces are needed");
    let asks = "getent ahosts kms1.contoso.com; echo 2>/dev/null >/dev/tcp/10.0.0.60/1688; true";
    let after = ["network/tcp1688-rejected", "--", "bash", "-c", asks];
    let isolated = check_journal("isolated", &run("isolated"), &ALL, Some(4));
    if let Err(why) = isolated.and_then(|()| check_journal("exec", &["exec", "-q"], &after, Some(125))) {
        println!("skipped: {why}");
    }
}
