//! Tree to TOML text.

use toml::{Table as TomlTable, Value};

use crate::tree::{Kind, Table, Tree};

/// The text of a document; anything but a table is printed as a value.
#[must_use]
pub fn print(tree: &Tree) -> String {
    tree.as_table().map_or_else(|| value(tree).to_string(), |entries| table(entries).to_string())
}

fn value(tree: &Tree) -> Value {
    match &tree.kind {
        Kind::Text(text) => Value::String(text.clone()),
        Kind::Integer(number) => Value::Integer(*number),
        Kind::Float(number) => Value::Float(*number),
        Kind::Flag(flag) => Value::Boolean(*flag),
        // What the parser took is printed by the same crate, so it parses again.
        Kind::Moment(text) => text.parse().map_or_else(|_| Value::String(text.clone()), Value::Datetime),
        Kind::List(items) => Value::Array(items.iter().map(value).collect()),
        Kind::Table(entries) => Value::Table(table(entries)),
    }
}

fn table(entries: &Table) -> TomlTable {
    entries.0.iter().map(|(key, tree)| (key.text.clone(), value(tree))).collect()
}
