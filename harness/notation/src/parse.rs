//! Text to tree, by the toml crate's recovering parser: several syntax errors are reported at once.
//!
//! The text is hostile: nesting is bounded here, before anything recurses over it. It reads no file; who does has checked the
//! size before.

use toml::Spanned;
use toml::de::{DeTable, DeValue};
use toml_parser::Source;
use toml_parser::lexer::TokenKind;

use crate::problem::{Problem, Problems, Reason};
use crate::syntax;
use crate::tree::{Key, Kind, Span, Table, Tree};

/// Most parts of a dotted key. The parser bounds brackets (80 levels) and dots by themselves, but each bracket may hold a key
/// of 80 parts: 6,400 levels, more than a stack holds. The scenario format's longest key has 4 parts.
const KEY_PARTS_MAX: usize = 16;

/// Deepest nesting of a tree; what lies deeper is reported and left out, so everybody may recurse over a tree.
pub const DEPTH_MAX: usize = 64;

/// Parses a document. The tree holds what could be understood even where problems were found.
#[must_use]
pub fn parse(text: &str, problems: &mut Problems) -> Tree {
    if let Some(span) = endless_key(text) {
        let reason = Reason::Syntax(format!("a dotted key has at most {KEY_PARTS_MAX} parts"));
        problems.push(Problem::new(span, reason));
        return Tree { span: Span::default(), kind: Kind::Table(Table::default()) };
    }
    let (document, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let span = error.span().map_or_else(Span::default, Span::from);
        problems.push(syntax::problem(error.message(), span, text));
    }
    let span = Span::from(document.span());
    Tree { span, kind: Kind::Table(table(document.into_inner(), 0, problems)) }
}

/// The first chain of words and dots with too many dots for a key. A key never crosses any other token, so none is missed;
/// a chain that is no key is a syntax error anyway.
fn endless_key(text: &str) -> Option<Span> {
    let mut start = None;
    let mut dots = 0;
    for token in Source::new(text).lex() {
        let (first, end) = (token.span().start(), token.span().end());
        match token.kind() {
            TokenKind::Dot => dots += 1,
            TokenKind::Atom | TokenKind::BasicString | TokenKind::LiteralString => {
                start.get_or_insert(first);
            }
            TokenKind::Whitespace => {}
            TokenKind::Equals
            | TokenKind::Comma
            | TokenKind::LeftSquareBracket
            | TokenKind::RightSquareBracket
            | TokenKind::LeftCurlyBracket
            | TokenKind::RightCurlyBracket
            | TokenKind::Comment
            | TokenKind::Newline
            | TokenKind::MlLiteralString
            | TokenKind::MlBasicString
            | TokenKind::Eof => {
                start = None;
                dots = 0;
            }
        }
        if dots >= KEY_PARTS_MAX {
            return Some(Span { start: start.unwrap_or(first), end });
        }
    }
    None
}

fn table(source: DeTable<'_>, depth: usize, problems: &mut Problems) -> Table {
    let entries = source.into_iter().filter_map(|(key, value)| {
        let key = Key { span: Span::from(key.span()), text: key.into_inner().into_owned() };
        tree(value, depth + 1, problems).map(|value| (key, value))
    });
    Table(entries.collect())
}

/// `None` for a list or table that lies too deep.
fn tree(source: Spanned<DeValue<'_>>, depth: usize, problems: &mut Problems) -> Option<Tree> {
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
        DeValue::Array(_) | DeValue::Table(_) if depth >= DEPTH_MAX => {
            problems.push(Problem::refused(span, format!("nested more than {DEPTH_MAX} levels deep")));
            return None;
        }
        DeValue::Array(list) => {
            Kind::List(list.into_iter().filter_map(|item| tree(item, depth + 1, problems)).collect())
        }
        DeValue::Table(entries) => Kind::Table(table(entries, depth, problems)),
    };
    Some(Tree { span, kind })
}
