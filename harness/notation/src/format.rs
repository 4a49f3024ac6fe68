//! The trait that a readable type implements, and what the macros need to implement it.

use serde_json::{Map, Value, json};

use crate::problem::{Problem, Problems, Reason};
use crate::tree::{Span, Table, Tree};

/// A type that has a place in a TOML file.
///
/// The law that every implementation keeps: `read(&write(&value)) == Some(value)` without a problem.
pub trait Format: Sized {
    /// Reads a value; pushes at least one problem when it answers `None`.
    fn read(tree: &Tree, problems: &mut Problems) -> Option<Self>;

    /// The value as it would stand in a file; keys that hold their default are left out.
    fn write(&self) -> Tree;

    /// JSON Schema (draft 2020-12) of what [`Self::read`] accepts. A type that contains itself has none.
    fn schema() -> Value;

    /// The value that a missing key means, if it may be missing.
    #[must_use]
    fn absent() -> Option<Self> {
        None
    }

    /// Whether a key with this value is left out when printed.
    #[must_use]
    fn is_absent(&self) -> bool {
        false
    }
}

/// The table that a record is read from.
pub fn expect_table<'a>(tree: &'a Tree, problems: &mut Problems) -> Option<&'a Table> {
    if let Some(table) = tree.as_table() {
        return Some(table);
    }
    let reason = Reason::WrongKind { expected: "a table", found: tree.kind.name() };
    problems.push(Problem::new(tree.span, reason));
    None
}

/// Reports each key of `table` that is not in `known`.
pub fn refuse_unknown_keys(table: &Table, name: &'static str, known: &[&str], problems: &mut Problems) {
    for (key, _) in &table.0 {
        if problems.is_full() {
            return;
        }
        if !known.contains(&key.text.as_str()) {
            let reason = Reason::UnknownKey { key: key.text.clone(), table: name };
            problems.push(Problem::new(key.span, reason).suggest(&key.text, known.iter().copied()));
        }
    }
}

/// Reads a key of a record: its value, the default, what absence means, or a problem.
pub fn read_key<T: Format>(
    tree: &Tree,
    table: &Table,
    name: &'static str,
    key: &'static str,
    default: Option<T>,
    problems: &mut Problems,
) -> Option<T> {
    if let Some(value) = table.find(key) {
        return T::read(value, problems);
    }
    let value = default.or_else(T::absent);
    if value.is_none() {
        problems.push(Problem::new(tree.span, Reason::MissingKey { key, table: name }));
    }
    value
}

/// Whether leaving the key out means this value: the declared default alone if there is one, else what absence means.
pub fn is_implied<T: Format + PartialEq>(value: &T, default: Option<&T>) -> bool {
    default.map_or_else(|| value.is_absent(), |default| default == value)
}

/// Reports a word or key that is in none of the `known` variants of a choice.
pub fn refuse_word(span: Span, word: &str, list: &'static str, known: &[&str], problems: &mut Problems) {
    let reason = Reason::UnknownWord { word: word.to_owned(), list };
    problems.push(Problem::new(span, reason).suggest(word, known.iter().copied()));
}

/// The schema of a record: an object that knows all its keys.
#[must_use]
pub fn record_schema(doc: &str, keys: Vec<(&'static str, &str, Value, bool)>) -> Value {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for (key, doc, mut schema, needed) in keys {
        describe(&mut schema, doc);
        properties.insert(key.to_owned(), schema);
        if needed {
            required.push(key);
        }
    }
    let mut schema = json!({"type": "object", "additionalProperties": false, "properties": properties});
    if !required.is_empty()
        && let Some(object) = schema.as_object_mut()
    {
        object.insert("required".to_owned(), json!(required));
    }
    describe(&mut schema, doc);
    schema
}

/// The schema of a choice: the words, and a one-key table for each variant with a payload.
#[must_use]
pub fn choice_schema(doc: &str, variants: Vec<(&'static str, &str, Option<Value>)>) -> Value {
    let variants: Vec<Value> = variants
        .into_iter()
        .map(|(word, doc, payload)| {
            let mut schema = match payload {
                None => json!({"const": word}),
                Some(payload) => record_schema("", vec![(word, "", payload, true)]),
            };
            describe(&mut schema, doc);
            schema
        })
        .collect();
    let mut schema = json!({"oneOf": variants});
    describe(&mut schema, doc);
    schema
}

/// Adds a description, unless the schema has a better one already.
fn describe(schema: &mut Value, doc: &str) {
    if let Some(object) = schema.as_object_mut()
        && !doc.is_empty()
    {
        // Doc comments begin with a blank on every line.
        let lines: Vec<&str> = doc.trim().lines().map(str::trim).collect();
        object.insert("description".to_owned(), json!(lines.join("\n")));
    }
}
