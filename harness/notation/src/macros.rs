//! `record!`, `choice!` and `text_format!`: one declaration from which reading, printing, schema and word lists follow.
//!
//! The doc comments become the descriptions of the schema and of `explain`, so they are written for users.

/// A table with known keys.
///
/// ```
/// notation::record! {
///     /// How often something happens.
///     pub struct Often("a selector") {
///         /// Only the first N occasions.
///         "first" => first: Option<u32>,
///         /// Every Nth occasion.
///         "every" => every: u32 = 1,
///     }
/// }
/// let mut problems = notation::Problems::default();
/// let tree = notation::parse::parse("first = 2", &mut problems);
/// let often = <Often as notation::Format>::read(&tree, &mut problems);
/// assert_eq!(often, Some(Often { first: Some(2), every: 1 }));
/// ```
///
/// The text behind the name is what messages call the table; without it they say "this table". `check path` behind it names
/// a `fn(&Self, &Tree) -> Result<(), Problem>` that refuses what the single keys cannot tell.
#[macro_export]
macro_rules! record {
    (
        $(#[doc = $doc:literal])+
        $vis:vis struct $name:ident $(($called:literal))? $(check $check:path)? {
            $(
                $(#[doc = $field_doc:literal])+
                $key:literal => $field:ident : $type:ty $(= $default:expr)?
            ),+ $(,)?
        }
    ) => {
        $(#[doc = $doc])+
        #[derive(Clone, Debug, PartialEq)]
        $vis struct $name {
            $( $(#[doc = $field_doc])+ pub $field: $type, )+
        }

        impl $name {
            /// The keys of the table, in the order of the documentation.
            pub const KEYS: &'static [&'static str] = &[$($key),+];
        }

        impl $crate::Format for $name {
            fn read(tree: &$crate::Tree, problems: &mut $crate::Problems) -> Option<Self> {
                const CALLED: &str = $crate::macros::first(&[$($called,)? "this table"]);
                let table = $crate::format::expect_table(tree, problems)?;
                $crate::format::refuse_unknown_keys(table, CALLED, Self::KEYS, problems);
                $(
                    let default: Option<$type> = $crate::default_of!($($default)?);
                    let $field = $crate::format::read_key::<$type>(tree, table, CALLED, $key, default, problems);
                )+
                let record = Self { $( $field: $field?, )+ };
                $(
                    let check: fn(&Self, &$crate::Tree) -> Result<(), $crate::Problem> = $check;
                    if let Err(problem) = check(&record, tree) {
                        problems.push(problem);
                        return None;
                    }
                )?
                Some(record)
            }

            fn write(&self) -> $crate::Tree {
                let mut table = $crate::Table::default();
                $(
                    let default: Option<$type> = $crate::default_of!($($default)?);
                    if !$crate::format::is_implied(&self.$field, default.as_ref()) {
                        table.push($key, $crate::Format::write(&self.$field));
                    }
                )+
                $crate::Tree::built($crate::Kind::Table(table))
            }

            fn schema() -> $crate::serde_json::Value {
                $crate::format::record_schema(
                    concat!($($doc, "\n"),+),
                    vec![$((
                        $key,
                        concat!($($field_doc, "\n"),+),
                        <$type as $crate::Format>::schema(),
                        {
                            let default: Option<$type> = $crate::default_of!($($default)?);
                            default.is_none() && <$type as $crate::Format>::absent().is_none()
                        },
                    )),+],
                )
            }
        }
    };
}

/// One of several, told apart by its word: `"silent"`, or `{ delayed = 900 }` where the variant has a payload.
#[macro_export]
macro_rules! choice {
    (
        $(#[doc = $doc:literal])+
        $vis:vis enum $name:ident $(($called:literal))? {
            $(
                $(#[doc = $variant_doc:literal])+
                $word:literal => $variant:ident $(($payload:ty))?
            ),+ $(,)?
        }
    ) => {
        $(#[doc = $doc])+
        #[derive(Clone, Debug, PartialEq)]
        $vis enum $name {
            $( $(#[doc = $variant_doc])+ $variant $(($payload))?, )+
        }

        impl $name {
            /// The words of the choice and what each means.
            pub const WORDS: &'static [(&'static str, &'static str)] =
                &[$(($word, concat!($($variant_doc, "\n"),+))),+];

            /// The word of this variant.
            #[must_use]
            pub const fn word(&self) -> &'static str {
                match self { $( $crate::variant_pattern!($variant $(, $payload)?) => $word, )+ }
            }
        }

        impl $crate::Format for $name {
            fn read(tree: &$crate::Tree, problems: &mut $crate::Problems) -> Option<Self> {
                const CALLED: &str = $crate::macros::first(&[$($called,)? stringify!($name)]);
                let (word, span, payload) = $crate::macros::word_and_payload(tree, CALLED, problems)?;
                match word {
                    $( $word => $crate::read_variant!(tree, payload, problems, $word, $variant $(, $payload)?), )+
                    _ => {
                        $crate::format::refuse_word(span, word, CALLED, &[$($word),+], problems);
                        None
                    }
                }
            }

            fn write(&self) -> $crate::Tree {
                match self { $( $crate::variant_bind!($variant, payload $(, $payload)?) =>
                    $crate::write_variant!($word, payload $(, $payload)?), )+ }
            }

            fn schema() -> $crate::serde_json::Value {
                $crate::format::choice_schema(
                    concat!($($doc, "\n"),+),
                    vec![$((
                        $word,
                        concat!($($variant_doc, "\n"),+),
                        $crate::payload_schema!($($payload)?),
                    )),+],
                )
            }
        }
    };
}

/// A value that is written as text: `text_format!(Type, "what it is", parse, print)`, where `parse` is
/// `fn(&str) -> Result<Type, E>` and `print` is `fn(&Type) -> String`. `E` is a sentence, or a
/// [`RefusedText`](crate::RefusedText) that says also which part is wrong and what would be right.
#[macro_export]
macro_rules! text_format {
    ($type:ty, $called:literal, $parse:expr, $print:expr) => {
        impl $crate::Format for $type {
            fn read(tree: &$crate::Tree, problems: &mut $crate::Problems) -> Option<Self> {
                $crate::macros::read_text(tree, $called, problems, $parse)
            }

            fn write(&self) -> $crate::Tree {
                let print: fn(&$type) -> String = $print;
                $crate::Tree::text(print(self))
            }

            fn schema() -> $crate::serde_json::Value {
                $crate::serde_json::json!({"type": "string", "description": $called})
            }
        }
    };
}

/// The first of a list that is never empty; lets a macro have an optional text.
#[doc(hidden)]
#[must_use]
pub const fn first(texts: &[&'static str]) -> &'static str {
    texts[0]
}

/// Splits a choice into its word, where that stands, and payload.
#[doc(hidden)]
pub fn word_and_payload<'a>(
    tree: &'a crate::Tree,
    called: &'static str,
    problems: &mut crate::Problems,
) -> Option<(&'a str, crate::Span, Option<&'a crate::Tree>)> {
    match &tree.kind {
        crate::Kind::Text(word) => return Some((word, tree.span, None)),
        crate::Kind::Table(table) if table.0.len() == 1 => {
            return table.0.first().map(|(key, value)| (key.text.as_str(), key.span, Some(value)));
        }
        crate::Kind::Table(table) => {
            let found = if table.0.is_empty() { "no key" } else { "several keys" };
            let message = format!("one key is wanted here, the word of one {called}; found {found}");
            let problem = crate::Problem::refused(tree.span, message);
            let several = problem.clone().hint("split it into several tables");
            problems.push(if table.0.is_empty() { problem } else { several });
        }
        crate::Kind::Integer(_)
        | crate::Kind::Float(_)
        | crate::Kind::Flag(_)
        | crate::Kind::Moment(_)
        | crate::Kind::List(_) => {
            let reason =
                crate::Reason::WrongKind { expected: "a word or a table with one key", found: tree.kind.name() };
            problems.push(crate::Problem::new(tree.span, reason));
        }
    }
    None
}

/// A value that is written as text.
#[doc(hidden)]
pub fn read_text<T, E: Into<crate::RefusedText>>(
    tree: &crate::Tree,
    called: &'static str,
    problems: &mut crate::Problems,
    parse: impl Fn(&str) -> Result<T, E>,
) -> Option<T> {
    let text = expect_text(tree, called, problems)?;
    let refused = match parse(text) {
        Ok(value) => return Some(value),
        Err(refused) => refused,
    };
    problems.push(crate::Problem::of_text(tree.span, refused.into()));
    None
}

/// The text of a string value.
#[doc(hidden)]
pub fn expect_text<'a>(tree: &'a crate::Tree, called: &'static str, problems: &mut crate::Problems) -> Option<&'a str> {
    let text = tree.as_text();
    if text.is_none() {
        let reason = crate::Reason::WrongKind { expected: called, found: tree.kind.name() };
        problems.push(crate::Problem::new(tree.span, reason));
    }
    text
}

#[doc(hidden)]
#[macro_export]
macro_rules! default_of {
    () => {
        None
    };
    ($default:expr) => {
        Some($default)
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! variant_pattern {
    ($variant:ident) => {
        Self::$variant
    };
    ($variant:ident, $payload:ty) => {
        Self::$variant(_)
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! variant_bind {
    ($variant:ident, $name:ident) => {
        Self::$variant
    };
    ($variant:ident, $name:ident, $payload:ty) => {
        Self::$variant($name)
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! write_variant {
    ($word:literal, $name:ident) => {
        $crate::Tree::text($word)
    };
    ($word:literal, $name:ident, $payload:ty) => {
        $crate::Tree::table([($word, $crate::Format::write($name))])
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! read_variant {
    ($tree:ident, $found:ident, $problems:ident, $word:literal, $variant:ident) => {
        if $found.is_none() {
            Some(Self::$variant)
        } else {
            $problems.push(
                $crate::Problem::refused($tree.span, concat!("`", $word, "` takes no value")).hint(concat!(
                    "write the word alone: \"",
                    $word,
                    "\""
                )),
            );
            None
        }
    };
    ($tree:ident, $found:ident, $problems:ident, $word:literal, $variant:ident, $payload:ty) => {
        if let Some(value) = $found {
            <$payload as $crate::Format>::read(value, $problems).map(Self::$variant)
        } else {
            $problems.push(
                $crate::Problem::refused($tree.span, concat!("`", $word, "` needs a value"))
                    .hint(concat!("write { ", $word, " = ... }")),
            );
            None
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! payload_schema {
    () => {
        None
    };
    ($payload:ty) => {
        Some(<$payload as $crate::Format>::schema())
    };
}
