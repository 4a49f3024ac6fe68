//! What the tools show at a desk, as text: one file a tool, and one list of all that is written.
//!
//! Formats and labels are interface facts from public samples; where a text is known from general knowledge only, its file says so.
//! Lines end with a line feed here: how a file ends its lines and in which code page it is, is decided when it is put
//! into a file. In reading order: [`layout`] (columns and prompts), [`ask`] (questions to the network), [`product`] and [`licence`] (what
//! the licensing service knows), then the tools, [`mod@file`] (text to bytes), [`list`] (all of them).

pub mod ask;
pub mod events;
pub mod file;
pub mod ipconfig;
pub mod layout;
mod licence;
pub mod list;
pub mod nslookup;
pub mod ospp;
pub mod ping;
pub mod product;
pub mod registry;
pub mod resolve;
pub mod slmgr;
pub mod telnet;
pub mod tnc;
pub mod zone;

use evidence::vantage::Denied;

use crate::desk::Desk;

/// Why a tool shows nothing at a desk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotShown {
    /// The facts that it would show cannot be read there.
    #[error("what it shows cannot be read on this machine")]
    Denied,
    /// No attempt was made there.
    #[error("this machine has made no attempt to activate")]
    NoAttempt,
    /// What the tool shows after such an attempt is not known.
    #[error("no source says what it shows after such an attempt")]
    NoSource,
    /// What is to be activated there is the other tool's affair.
    #[error("what is to be activated on this machine is shown by another tool")]
    OtherProduct,
    /// This generation of Windows has no such tool.
    #[error("this generation of Windows has no such command")]
    NoSuchTool,
    /// The service that it asks does not run.
    #[error("the licensing service does not run")]
    Stopped,
    /// There is nothing to show.
    #[error("there is nothing that it would show")]
    Nothing,
}

impl From<Denied> for NotShown {
    fn from(_: Denied) -> Self {
        Self::Denied
    }
}

/// Whether the machine has the network commands of PowerShell: Windows 8 and Server 2012 brought them.
fn has_powershell_network(desk: &Desk<'_>) -> Result<(), NotShown> {
    let generation = desk.vantage.licensing().map(|licensing| licensing.generation);
    if matches!(generation, Ok("windows-vista" | "windows-7")) { Err(NotShown::NoSuchTool) } else { Ok(()) }
}
