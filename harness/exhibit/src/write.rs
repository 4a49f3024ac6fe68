//! What the tools show at a desk, as text: one file a tool.
//!
//! Formats and labels are interface facts from public samples; where a text is known from general knowledge only, its file says so.
//! Lines end with a line feed here: how a file ends its lines and in which code page it is, is decided when it is put
//! into a file. In reading order: [`layout`] (columns and prompts), then the tools.

pub mod ipconfig;
pub mod layout;
pub mod nslookup;

use evidence::vantage::Denied;

/// Why a tool shows nothing at a desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotShown {
    /// The facts that it would show cannot be read there.
    #[error("what it shows cannot be read on this machine")]
    Denied,
}

impl From<Denied> for NotShown {
    fn from(_: Denied) -> Self {
        Self::Denied
    }
}
