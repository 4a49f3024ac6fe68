//! How data is written in TOML: one declaration of a type gives reading with exact places, printing and JSON Schema.
//!
//! Serde stops at the first error and knows no places below a value; a file format that people write by hand needs all
//! errors at once, each with line, column, reason and the nearest right word. It stands apart from the harness because the
//! faults of the mocks are part of the format too. It knows nothing of scenarios, DNS or KMS, and opens no file.
//!
//! In reading order:
//! - [`tree`]: a TOML document as a tree with a place for everything
//! - [`parse`]: text to tree
//! - [`literal`]: where a part of a string stands in the file
//! - `syntax`: what the parser says, for a person
//! - [`problem`]: what can be wrong with a file, as data
//! - [`mod@format`]: the trait that a readable type implements, and the macros' helpers
//! - [`macros`]: `record!` (a table), `choice!` (one of several), `text_format!` (a value written as text)
//! - [`primitives`]: numbers, texts, lists, addresses, ids
//! - [`mod@print`]: tree to text

pub mod format;
pub mod literal;
pub mod macros;
pub mod parse;
pub mod primitives;
pub mod print;
pub mod problem;
mod syntax;
pub mod tree;

pub use format::Format;
pub use primitives::{Id, Keyed, Millis, Placed};
pub use problem::{Problem, Problems, Reason, RefusedText};
pub use tree::{Key, Kind, Span, Table, Tree};

// The macros expand in other crates, which need not depend on it themselves.
#[doc(hidden)]
pub use serde_json;
