//! The pages that are written by hand, as data: nothing in the types of this program knows what they say.
//!
//! Facts are restated from documents of Microsoft's, field reports and a third party's measurements, each named on its page;
//! nothing here was observed on Windows by the authors.

mod codes;
mod events;
mod procedures;
mod sources;

use evidence::outcome::Confidence;

use super::{Advice, Kind, Page, Source};

/// A document and how sure what it says is.
type Ref = (&'static str, Confidence);

/// A page as it is written down; see [`Page`] for what each part is.
struct Written {
    /// The word, and then its other names.
    words: &'static [&'static str],
    title: &'static str,
    meaning: &'static str,
    raised_by: &'static str,
    causes: &'static [&'static str],
    /// Command, and what it is good for.
    next: &'static [(&'static str, &'static str)],
    doubt: &'static str,
    sources: &'static [Ref],
}

/// A page that says nothing yet: what it has not, a page leaves out.
const BLANK: Written =
    Written { words: &[], title: "", meaning: "", raised_by: "", causes: &[], next: &[], doubt: "", sources: &[] };

/// Every page that is written by hand.
pub(super) fn all() -> Vec<Page> {
    let codes = codes::FAMILIES.iter().copied().flatten().map(|written| page(Kind::Code, written));
    let events = events::EVENTS.iter().map(|written| page(Kind::Event, written));
    let procedures = procedures::PROCEDURES.iter().map(|written| page(Kind::Procedure, written));
    codes.chain(events).chain(procedures).collect()
}

fn page(kind: Kind, written: &Written) -> Page {
    let mut words = written.words.iter().copied().map(str::to_owned);
    let advice = |(command, why): &(&str, &str)| Advice { command: (*command).to_owned(), why: (*why).to_owned() };
    let source = |(reference, confidence): &Ref| Source {
        reference: (*reference).to_owned(),
        // A file of ours says nothing of Windows.
        confidence: (!reference.starts_with("kmslab, ")).then(|| confidence.clone()),
    };
    Page {
        kind,
        word: words.next().unwrap_or_default(),
        aliases: words.collect(),
        title: written.title.to_owned(),
        meaning: written.meaning.to_owned(),
        raised_by: written.raised_by.to_owned(),
        causes: written.causes.iter().copied().map(str::to_owned).collect(),
        values: Vec::new(),
        next: written.next.iter().map(advice).collect(),
        doubt: written.doubt.to_owned(),
        sources: written.sources.iter().map(source).collect(),
    }
}
