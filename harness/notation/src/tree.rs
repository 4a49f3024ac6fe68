//! A TOML document as an owned tree in which everything has a place.
//!
//! It is also the payload of a change whose meaning only an environment knows. Equality ignores places, so that a printed
//! and re-read tree equals the first one.

use std::ops::Range;

/// A byte range in the text that a tree was read from; the default (empty, at 0) for trees that were built.
#[derive(Clone, Copy, Debug, Default)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// The place as a range, for slicing and renderers.
    #[must_use]
    pub fn range(self) -> Range<usize> {
        self.start..self.end
    }
}

impl From<Range<usize>> for Span {
    fn from(range: Range<usize>) -> Self {
        Self { start: range.start, end: range.end }
    }
}

/// A value and its place.
#[derive(Clone, Debug)]
pub struct Tree {
    /// Where it stands; for a table that is made of several headers, its first header.
    pub span: Span,
    /// What it is.
    pub kind: Kind,
}

/// What a value is, in the words of TOML.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// A string.
    Text(String),
    /// An integer; TOML's range is that of `i64`.
    Integer(i64),
    /// A float; infinities and NaN are refused when a type reads it.
    Float(f64),
    /// A boolean.
    Flag(bool),
    /// A date, time or both, as it is written.
    Moment(String),
    /// An array.
    List(Vec<Tree>),
    /// A table, in the order of the file.
    Table(Table),
}

impl Kind {
    /// The name that a message uses for it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Text(_) => "a string",
            Self::Integer(_) => "an integer",
            Self::Float(_) => "a float",
            Self::Flag(_) => "a boolean",
            Self::Moment(_) => "a date or time",
            Self::List(_) => "an array",
            Self::Table(_) => "a table",
        }
    }
}

/// A key and its place.
#[derive(Clone, Debug)]
pub struct Key {
    /// Where it stands.
    pub span: Span,
    /// The key itself, without quotes.
    pub text: String,
}

/// The entries of a table, in the order of the file. Keys are unique: the parser refuses a second one. Equality ignores the
/// order, which means nothing in TOML, and which printing changes where a table follows a value.
#[derive(Clone, Debug, Default)]
pub struct Table(pub Vec<(Key, Tree)>);

impl Table {
    /// The value of a key.
    #[must_use]
    pub fn find(&self, key: &str) -> Option<&Tree> {
        self.0.iter().find(|(name, _)| name.text == key).map(|(_, value)| value)
    }

    /// Adds an entry that was not read from a text.
    pub fn push(&mut self, key: &str, value: Tree) {
        self.0.push((Key { span: Span::default(), text: key.to_owned() }, value));
    }
}

impl Tree {
    /// A tree that was not read from a text.
    #[must_use]
    pub fn built(kind: Kind) -> Self {
        Self { span: Span::default(), kind }
    }

    /// A string that was not read from a text.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self::built(Kind::Text(text.into()))
    }

    /// A table that was not read from a text.
    #[must_use]
    pub fn table<const N: usize>(entries: [(&str, Self); N]) -> Self {
        let mut table = Table::default();
        for (key, value) in entries {
            table.push(key, value);
        }
        Self::built(Kind::Table(table))
    }

    /// The table, if it is one.
    #[must_use]
    pub fn as_table(&self) -> Option<&Table> {
        if let Kind::Table(table) = &self.kind { Some(table) } else { None }
    }

    /// The string, if it is one.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        if let Kind::Text(text) = &self.kind { Some(text) } else { None }
    }
}

impl PartialEq for Tree {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}

impl PartialEq for Table {
    fn eq(&self, other: &Self) -> bool {
        self.0.len() == other.0.len() && self.0.iter().all(|(key, value)| other.find(&key.text) == Some(value))
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}
