//! `slmgr /ato`: which product was tried, and the code it ended with.
//!
//! Recognised by structure: a product with its activation id in parentheses and three dots, then a code or a sentence. Of the
//! sentences only the English one of success is known; in every language a failure carries its code.

use mock_kms::wire::Hresult;

use crate::claim::{AttemptClaim, Says};
use crate::read::Why;
use crate::read::field::{code, guid};
use crate::read::page::Line;
use crate::read::recognise::{Mark, Piece};
use crate::read::sink::Sink;
use crate::tool::Tool;

/// What slmgr.vbs says when it worked.
const SUCCESS: &str = "Product activated successfully";

/// Words with which an error begins in the languages that are known. Chinese is from a public sample, the others but English are
/// general knowledge.
const ERRORS: [&str; 6] = ["Error", "오류", "错误", "Fehler", "Erreur", "ERROR"];

pub(super) fn ato_mark(lines: &[Line<'_>]) -> Option<Mark> {
    let words = lines.first()?.words();
    if product_of(words).is_some() {
        return Some(Mark::Head);
    }
    (words.starts_with(SUCCESS) || is_error(words) || is_hint(words)).then_some(Mark::Body)
}

/// Whether this is slmgr's line for an error: a word, a colon, a code, a sentence.
fn is_error(words: &str) -> bool {
    let Some((word, rest)) = words.split_once([':', '：']) else { return false };
    ERRORS.contains(&word.trim()) && code(rest).is_some_and(|_| rest.trim_start().starts_with("0x"))
}

/// The line for codes of which slmgr has no text.
fn is_hint(words: &str) -> bool {
    words.contains("slui.exe 0x2a")
}

/// The product and its activation id on `Activating <product> (<id>) ...`.
fn product_of(words: &str) -> Option<(String, mock_kms::wire::Guid)> {
    let (at, id) = guid(words)?;
    let before = words.get(..at)?.strip_suffix('(')?.trim();
    let behind = words.get(at + 36..)?.strip_prefix(')')?;
    behind.trim_end().ends_with("...").then_some(())?;
    // The product's name begins at the maker's word for it: what stands before is "Activating" in some language.
    let start = ["Windows", "Microsoft", "Office"].iter().filter_map(|word| before.find(word)).min();
    let product = before.get(start.unwrap_or(0)..)?;
    Some((product.strip_prefix("Activating ").unwrap_or(product).to_owned(), id))
}

pub(super) fn read_ato(piece: Piece<'_>, sink: &mut Sink<'_>) {
    let mut trying: Option<(Line<'_>, String, mock_kms::wire::Guid)> = None;
    let mut last: Option<Hresult> = None;
    let mut ended = true;
    for line in piece.lines {
        let words = line.words();
        if let Some((product, id)) = product_of(words) {
            unfinished(&mut trying, ended, sink);
            (trying, last, ended) = (Some((*line, product, id)), None, false);
        } else if let Some(found) = outcome(words) {
            // The hint and the error repeat one code.
            if last != Some(found) {
                let (product, activation_id) =
                    trying.as_ref().map_or((None, None), |(_, product, id)| (Some(product.clone()), Some(*id)));
                sink.claim(
                    line.number,
                    Tool::SlmgrAto,
                    Says::Attempt(AttemptClaim { product, activation_id, code: found }),
                );
                (last, ended) = (Some(found), true);
            }
        } else if !line.is_blank() {
            sink.unread(line.number, Why::Unknown(Tool::SlmgrAto));
        }
    }
    unfinished(&mut trying, ended, sink);
}

fn outcome(words: &str) -> Option<Hresult> {
    if words.starts_with(SUCCESS) {
        return Some(Hresult::OK);
    }
    (is_error(words) || is_hint(words)).then(|| code(words))?
}

fn unfinished(trying: &mut Option<(Line<'_>, String, mock_kms::wire::Guid)>, ended: bool, sink: &mut Sink<'_>) {
    if let Some((line, ..)) = trying.take().filter(|_| !ended) {
        sink.unread(
            line.number,
            Why::Incomplete("how the attempt ended is missing, or said in a language not known here"),
        );
    }
}
