//! How numbers, texts, lists, addresses and ids are read and printed.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ops::Deref;
use std::str::FromStr;
use std::time::Duration;

use serde_json::{Value, json};

use crate::format::Format;
use crate::macros::expect_text;
use crate::problem::{Problem, Problems, Reason};
use crate::text_format;
use crate::tree::{Key, Kind, Span, Table, Tree};

fn wrong_kind<T>(tree: &Tree, expected: &'static str, problems: &mut Problems) -> Option<T> {
    problems.push(Problem::new(tree.span, Reason::WrongKind { expected, found: tree.kind.name() }));
    None
}

/// As [`wrong_kind`], with a hint where `T` only stands in quotes.
fn wrong_kind_or_quoted<T: FromStr>(tree: &Tree, expected: &'static str, problems: &mut Problems) -> Option<T> {
    let reason = Reason::WrongKind { expected, found: tree.kind.name() };
    let problem = Problem::new(tree.span, reason);
    let quoted = tree.as_text().filter(|text| text.parse::<T>().is_ok());
    problems.push(match quoted {
        Some(text) => problem.hint(format!("write {} without quotes", text.escape_debug())),
        None => problem,
    });
    None
}

macro_rules! integer_format {
    ($($type:ty),+) => {$(
        impl Format for $type {
            fn read(tree: &Tree, problems: &mut Problems) -> Option<Self> {
                let Kind::Integer(number) = tree.kind else {
                    return wrong_kind_or_quoted(tree, "an integer", problems);
                };
                let value = Self::try_from(number).ok();
                if value.is_none() {
                    let range = format!("{} to {}", Self::MIN, Self::MAX);
                    problems.push(Problem::new(tree.span, Reason::OutOfRange { found: number.to_string(), range }));
                }
                value
            }

            fn write(&self) -> Tree {
                // TOML's integers end at i64::MAX; what was read fits, and what was built is far below.
                Tree::built(Kind::Integer(i64::try_from(*self).unwrap_or(i64::MAX)))
            }

            fn schema() -> Value {
                json!({"type": "integer", "minimum": Self::MIN, "maximum": Self::MAX})
            }
        }
    )+};
}

integer_format!(u8, u16, u32, u64, i32, i64, usize);

impl Format for f64 {
    fn read(tree: &Tree, problems: &mut Problems) -> Option<Self> {
        match tree.kind {
            Kind::Float(number) if number.is_finite() => Some(number),
            Kind::Float(number) => {
                let reason = Reason::OutOfRange { found: number.to_string(), range: "the finite numbers".to_owned() };
                problems.push(Problem::new(tree.span, reason));
                None
            }
            Kind::Integer(number) => i32::try_from(number).ok().map(Self::from).or_else(|| {
                let reason = Reason::OutOfRange { found: number.to_string(), range: "32 bits".to_owned() };
                problems.push(Problem::new(tree.span, reason));
                None
            }),
            Kind::Text(_) | Kind::Flag(_) | Kind::Moment(_) | Kind::List(_) | Kind::Table(_) => {
                wrong_kind_or_quoted(tree, "a number", problems)
            }
        }
    }

    fn write(&self) -> Tree {
        Tree::built(Kind::Float(*self))
    }

    fn schema() -> Value {
        json!({"type": "number"})
    }
}

impl Format for bool {
    fn read(tree: &Tree, problems: &mut Problems) -> Option<Self> {
        let Kind::Flag(flag) = tree.kind else { return wrong_kind_or_quoted(tree, "true or false", problems) };
        Some(flag)
    }

    fn write(&self) -> Tree {
        Tree::built(Kind::Flag(*self))
    }

    fn schema() -> Value {
        json!({"type": "boolean"})
    }
}

impl Format for String {
    fn read(tree: &Tree, problems: &mut Problems) -> Option<Self> {
        expect_text(tree, "a string", problems).map(str::to_owned)
    }

    fn write(&self) -> Tree {
        Tree::text(self.clone())
    }

    fn schema() -> Value {
        json!({"type": "string"})
    }
}

/// A tree is written as itself: for payloads whose type another part knows.
impl Format for Tree {
    fn read(tree: &Tree, _: &mut Problems) -> Option<Self> {
        Some(tree.clone())
    }

    fn write(&self) -> Tree {
        self.clone()
    }

    fn schema() -> Value {
        json!(true)
    }
}

impl<T: Format> Format for Option<T> {
    fn read(tree: &Tree, problems: &mut Problems) -> Option<Self> {
        T::read(tree, problems).map(Some)
    }

    fn write(&self) -> Tree {
        self.as_ref().map_or_else(|| Tree::built(Kind::List(Vec::new())), Format::write)
    }

    fn schema() -> Value {
        T::schema()
    }

    fn absent() -> Option<Self> {
        Some(None)
    }

    fn is_absent(&self) -> bool {
        self.is_none()
    }
}

impl<T: Format> Format for Vec<T> {
    fn read(tree: &Tree, problems: &mut Problems) -> Option<Self> {
        let Kind::List(items) = &tree.kind else {
            let reason = Reason::WrongKind { expected: "an array", found: tree.kind.name() };
            problems.push(Problem::new(tree.span, reason).hint("put it in [ ]"));
            return None;
        };
        // Every item is read before any decides, so that all their problems are told.
        let read: Vec<Option<T>> = items.iter().map(|item| T::read(item, problems)).collect();
        read.into_iter().collect()
    }

    fn write(&self) -> Tree {
        Tree::built(Kind::List(self.iter().map(Format::write).collect()))
    }

    fn schema() -> Value {
        json!({"type": "array", "items": T::schema()})
    }

    fn absent() -> Option<Self> {
        Some(Self::new())
    }

    fn is_absent(&self) -> bool {
        self.is_empty()
    }
}

text_format!(
    Ipv4Addr,
    "an IPv4 address such as 10.0.0.53",
    |text| text.parse().map_err(|_| format!("`{}` is no IPv4 address", text.escape_debug())),
    ToString::to_string
);
text_format!(
    Ipv6Addr,
    "an IPv6 address such as fd00::53",
    |text| text.parse().map_err(|_| format!("`{}` is no IPv6 address", text.escape_debug())),
    ToString::to_string
);
text_format!(
    IpAddr,
    "an IP address such as 10.0.0.53 or fd00::53",
    |text| text.parse().map_err(|_| format!("`{}` is no IP address", text.escape_debug())),
    ToString::to_string
);

/// The stable name of a thing in an environment, by which changes and results speak of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(String);

impl Id {
    /// Longest allowed; ids stand in tables and file names.
    pub const LENGTH_MAX: usize = 64;

    /// Checks an id: lower-case letters, digits and hyphens, beginning with a letter.
    ///
    /// # Errors
    /// A sentence that says which of these is broken.
    pub fn new(text: &str) -> Result<Self, String> {
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if !text.starts_with(|c: char| c.is_ascii_lowercase()) || !text.chars().all(allowed) {
            let text = text.escape_debug();
            return Err(format!("`{text}` is no id: lower-case letters, digits and hyphens, a letter first"));
        }
        if text.len() > Self::LENGTH_MAX {
            return Err(format!("an id has at most {} characters, this one {}", Self::LENGTH_MAX, text.len()));
        }
        Ok(Self(text.to_owned()))
    }

    /// The text of it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for Id {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

text_format!(Id, "an id: lower-case letters, digits and hyphens", Id::new, |id| id.0.clone());

/// A duration that is written as a whole number of milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Millis(pub u64);

impl Millis {
    /// Longest allowed: a year, more than any scenario needs and far from overflow.
    pub const MAX: u64 = 366 * 24 * 60 * 60 * 1000;

    /// The duration itself.
    #[must_use]
    pub const fn duration(self) -> Duration {
        Duration::from_millis(self.0)
    }
}

impl Format for Millis {
    fn read(tree: &Tree, problems: &mut Problems) -> Option<Self> {
        let Kind::Integer(number) = tree.kind else {
            return wrong_kind_or_quoted::<u64>(tree, "a whole number of milliseconds", problems).map(Self);
        };
        match u64::try_from(number) {
            Ok(millis) if millis <= Self::MAX => Some(Self(millis)),
            _ => {
                let range = format!("0 to {} milliseconds", Self::MAX);
                problems.push(Problem::new(tree.span, Reason::OutOfRange { found: number.to_string(), range }));
                None
            }
        }
    }

    fn write(&self) -> Tree {
        self.0.write()
    }

    fn schema() -> Value {
        json!({"type": "integer", "minimum": 0, "maximum": Self::MAX})
    }
}

/// A table whose keys are chosen by the author of the file, in the order of the file.
#[derive(Clone, Debug, PartialEq)]
pub struct Keyed<T>(pub Vec<(Placed<String>, T)>);

impl<T> Keyed<T> {
    /// No entries.
    #[must_use]
    pub const fn empty() -> Self {
        Self(Vec::new())
    }
}

impl<T: Format> Format for Keyed<T> {
    fn read(tree: &Tree, problems: &mut Problems) -> Option<Self> {
        let Kind::Table(table) = &tree.kind else { return wrong_kind(tree, "a table", problems) };
        let read = table.0.iter().map(|(key, value)| {
            let key = Placed { span: key.span, value: key.text.clone() };
            T::read(value, problems).map(|value| (key, value))
        });
        let read: Vec<Option<(Placed<String>, T)>> = read.collect();
        read.into_iter().collect::<Option<_>>().map(Self)
    }

    fn write(&self) -> Tree {
        let entries =
            self.0.iter().map(|(key, value)| (Key { span: key.span, text: key.value.clone() }, value.write()));
        Tree::built(Kind::Table(Table(entries.collect())))
    }

    fn schema() -> Value {
        json!({"type": "object", "additionalProperties": T::schema()})
    }

    fn absent() -> Option<Self> {
        Some(Self::empty())
    }

    fn is_absent(&self) -> bool {
        self.0.is_empty()
    }
}

/// A value that remembers where it stood, for problems that are found only later. Equality ignores the place.
#[derive(Clone, Debug)]
pub struct Placed<T> {
    /// Where it stands.
    pub span: Span,
    /// The value.
    pub value: T,
}

impl<T: PartialEq> PartialEq for Placed<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

/// A placed value is used as the value itself wherever its place does not matter.
impl<T> Deref for Placed<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> From<T> for Placed<T> {
    fn from(value: T) -> Self {
        Self { span: Span::default(), value }
    }
}

impl<T: Format> Format for Placed<T> {
    fn read(tree: &Tree, problems: &mut Problems) -> Option<Self> {
        T::read(tree, problems).map(|value| Self { span: tree.span, value })
    }

    fn write(&self) -> Tree {
        self.value.write()
    }

    fn schema() -> Value {
        T::schema()
    }
}
