//! Text to tree, by the toml crate's recovering parser: several syntax errors are reported at once.
//!
//! It reads no file; who does has checked the size before.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::problem::{Problem, Problems, Reason};
use crate::tree::{Key, Kind, Span, Table, Tree};

/// Parses a document. The tree holds what could be understood even where problems were found.
#[must_use]
pub fn parse(text: &str, problems: &mut Problems) -> Tree {
    let (document, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let span = error.span().map_or_else(Span::default, Span::from);
        problems.push(Problem::new(span, syntax(error.message(), text.get(span.range()))));
    }
    let span = Span::from(document.span());
    Tree { span, kind: Kind::Table(table(document.into_inner(), problems)) }
}

/// The parser's sentence as a reason; a duplicate key is told apart because it has a remedy of its own.
fn syntax(message: &str, text: Option<&str>) -> Reason {
    if message.contains("duplicate key") {
        return Reason::DuplicateKey(text.unwrap_or_default().to_owned());
    }
    Reason::Syntax(message.to_owned())
}

fn table(source: DeTable<'_>, problems: &mut Problems) -> Table {
    let entries = source.into_iter().map(|(key, value)| {
        let key = Key { span: Span::from(key.span()), text: key.into_inner().into_owned() };
        (key, tree(value, problems))
    });
    Table(entries.collect())
}

fn tree(source: Spanned<DeValue<'_>>, problems: &mut Problems) -> Tree {
    let span = Span::from(source.span());
    let kind = match source.into_inner() {
        DeValue::String(text) => Kind::Text(text.into_owned()),
        DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
            Ok(value) => Kind::Integer(value),
            Err(_) => {
                let range = format!("{} to {}", i64::MIN, i64::MAX);
                problems.push(Problem::new(span, Reason::OutOfRange { found: number.to_string(), range }));
                Kind::Integer(0)
            }
        },
        DeValue::Float(number) => Kind::Float(number.as_str().parse().unwrap_or(f64::NAN)),
        DeValue::Boolean(flag) => Kind::Flag(flag),
        DeValue::Datetime(moment) => Kind::Moment(moment.to_string()),
        DeValue::Array(list) => Kind::List(list.into_iter().map(|item| tree(item, problems)).collect()),
        DeValue::Table(entries) => Kind::Table(table(entries, problems)),
    };
    Tree { span, kind }
}
