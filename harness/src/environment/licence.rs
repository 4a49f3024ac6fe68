//! The licence that a client has before the first step.
//!
//! It is what `slmgr /dlv` would show then. How a licence runs out and is renewed is the client's affair.

use evidence::outcome::LicenceWord;
use mock_kms::wire::Hresult;
use notation::{Problem, Tree};

/// Most minutes that a state lasts: the 180 days of an activation.
const MINUTES_MAX: u32 = 180 * 24 * 60;

notation::record! {
    /// The licence of a client before the first step.
    pub struct LicenceAtStart("a licence") check LicenceAtStart::check {
        /// Its state.
        "state" => state: LicenceWord,
        /// How many minutes are left of a state that ends, counted from the start of the run: at most 259200, which are 180 days.
        "minutes_left" => minutes_left: Option<u32>,
        /// Why it is not licensed, e.g. 0xC004F00F when the hardware is another.
        "reason" => reason: Option<Hresult>,
    }
}

impl LicenceAtStart {
    fn check(&self, tree: &Tree) -> Result<(), Problem> {
        let table = tree.as_table();
        let place = |key: &str| table.and_then(|table| table.find(key)).map_or(tree.span, |value| value.span);
        let ends = match self.state {
            LicenceWord::Licensed | LicenceWord::InitialGrace | LicenceWord::AdditionalGrace => true,
            LicenceWord::Unlicensed | LicenceWord::Notification => false,
        };
        match self.minutes_left {
            None if ends => Err(Problem::refused(tree.span, "this state ends: say when")
                .hint("add `minutes_left`; a licence by KMS lasts 259200 minutes, a grace 43200")),
            Some(_) if !ends => Err(Problem::refused(place("minutes_left"), "this state does not end by itself")
                .hint("leave `minutes_left` out")),
            Some(minutes) if minutes > MINUTES_MAX => {
                Err(Problem::refused(place("minutes_left"), "no state lasts that long")
                    .hint("a licence by KMS lasts 259200 minutes, a grace 43200"))
            }
            Some(_) | None => Ok(()),
        }
    }
}
