//! The names under which causes are known.
//!
//! A finding id names the place, then what is wrong, never the cure: `dns-srv-missing`. Scenarios say which must and must not
//! be found; which of them a diagnosis can judge is decided where the rules are.

use std::fmt;

use notation::RefusedText;

/// The id of a finding.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FindingId(String);

/// The places with which a finding id begins.
pub const PLACES: [&str; 11] =
    ["dns", "srv", "tcp1688", "kms", "client", "host", "rpc", "adba", "network", "clock", "nothing"];

impl FindingId {
    /// Checks the form of an id: lower-case words joined by hyphens, the first of them a place.
    ///
    /// # Errors
    /// What is wrong with it, and the nearest place.
    pub fn new(text: &str) -> Result<Self, RefusedText> {
        let word = |word: &str| {
            !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        };
        let shown = text.escape_debug();
        if !text.split('-').all(word) || !text.contains('-') {
            let message = format!("`{shown}` is no finding id: lower-case words joined by hyphens");
            return Err(RefusedText { hint: Some("such as dns-srv-missing".to_owned()), ..message.into() });
        }
        let place = text.split('-').next().unwrap_or_default();
        if !PLACES.contains(&place) {
            let hint = notation::problem::nearest(place, &PLACES)
                .map_or_else(|| format!("one of: {}", PLACES.join(", ")), |near| format!("did you mean `{near}`?"));
            return Err(RefusedText {
                message: format!("a finding id begins with a place, and `{place}` is none"),
                part: Some(0..place.len()),
                hint: Some(hint),
            });
        }
        Ok(Self(text.to_owned()))
    }

    /// The id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for FindingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

notation::text_format!(FindingId, "a finding id such as dns-srv-missing", FindingId::new, ToString::to_string);
