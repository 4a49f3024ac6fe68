//! Which scenarios are meant: a part of the name, or `tag:`, `finding:`, `procedure:`, `code:`, `fault:` terms, OR-ed.

use notation::Format;

use crate::scenario::{Expect, Scenario};

/// One term of a filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filter {
    /// The name contains it.
    Name(String),
    /// It has this tag.
    Tag(String),
    /// It expects this finding (as a must).
    Finding(String),
    /// It exercises this procedure.
    Procedure(String),
    /// It expects this code on a surface, in an event or on the wire.
    Code(String),
    /// A change in it says this word of a fault or network rule.
    Fault(String),
}

/// The kinds of term besides a name.
pub const KINDS: [&str; 5] = ["tag", "finding", "procedure", "code", "fault"];

impl Filter {
    /// Reads a term.
    ///
    /// # Errors
    /// A sentence with the nearest kind, for a kind that does not exist.
    pub fn new(text: &str) -> Result<Self, String> {
        let Some((kind, value)) = text.split_once(':') else { return Ok(Self::Name(text.to_owned())) };
        let value = value.to_owned();
        Ok(match kind {
            "tag" => Self::Tag(value),
            "finding" => Self::Finding(value),
            "procedure" => Self::Procedure(value),
            "code" => Self::Code(value),
            "fault" => Self::Fault(value),
            _ => {
                let near = notation::problem::nearest(kind, &KINDS);
                let hint = near
                    .map_or_else(|| format!("one of: {}", KINDS.join(", ")), |near| format!("did you mean `{near}:`?"));
                return Err(format!("a filter term has no kind `{}`; {hint}", kind.escape_debug()));
            }
        })
    }

    /// Whether a scenario is meant.
    #[must_use]
    pub fn picks(&self, scenario: &Scenario) -> bool {
        match self {
            Self::Name(part) => scenario.name.contains(part.as_str()),
            Self::Tag(tag) => scenario.tags.contains(tag),
            Self::Finding(id) => scenario.steps.iter().any(|step| {
                let when = step.expect.when.0.iter().map(|(_, expect)| &expect.0);
                std::iter::once(&step.expect).chain(when).any(|expect| {
                    let all = expect.must.iter().chain(&expect.must_from.dns).chain(&expect.must_from.host);
                    all.into_iter().any(|finding| finding.as_str() == id)
                })
            }),
            Self::Procedure(id) => {
                scenario.procedures.iter().any(|procedure| procedure.word().eq_ignore_ascii_case(id))
            }
            Self::Code(code) => scenario.steps.iter().any(|step| {
                let when = step.expect.when.0.iter().map(|(_, expect)| &expect.0);
                std::iter::once(&step.expect).chain(when).any(|expect| expects_code(expect, code))
            }),
            Self::Fault(word) => scenario.steps.iter().any(|step| says(&step.change.write(), word)),
        }
    }
}

/// Whether a code is expected on a surface, in an event, or on the wire.
fn expects_code(expect: &Expect, code: &str) -> bool {
    let on_surfaces = expect.slmgr.iter().chain(&expect.settings).chain(&expect.ospp).map(ToString::to_string);
    let in_events = expect.events.iter().map(|event| event.code.to_string());
    let on_the_wire = expect.journal.must.iter().flat_map(|pattern| {
        let words: Vec<String> = pattern.to_string().split(' ').map(str::to_owned).collect();
        words
    });
    on_surfaces.chain(in_events).chain(on_the_wire).any(|word| word.eq_ignore_ascii_case(code))
}

/// Whether a word stands anywhere in a tree, as a key or a text.
fn says(tree: &notation::Tree, word: &str) -> bool {
    match &tree.kind {
        notation::Kind::Text(text) => text == word,
        notation::Kind::List(items) => items.iter().any(|item| says(item, word)),
        notation::Kind::Table(table) => table.0.iter().any(|(key, value)| key.text == word || says(value, word)),
        notation::Kind::Integer(_) | notation::Kind::Float(_) | notation::Kind::Flag(_) | notation::Kind::Moment(_) => {
            false
        }
    }
}

/// Whether any of the terms picks a scenario; no terms pick all.
#[must_use]
pub fn picks(filters: &[Filter], scenario: &Scenario) -> bool {
    filters.is_empty() || filters.iter().any(|filter| filter.picks(scenario))
}
