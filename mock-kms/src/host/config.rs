//! What an environment writes about a KMS host's service.
//!
//! It stands apart because it is a file format: its keys are documentation. It keeps no state and does not say what is
//! broken on purpose (that is `fault`).

use std::fmt;
use std::sync::Arc;

use double::WallTime;

use crate::journal::log::LogEvent;
use crate::product::Product;
use crate::wire::kms::{MAX_EPID_OCTETS, Version};
use crate::wire::{Guid, Hresult};

notation::record! {
    /// The Key Management Service of a machine.
    pub struct HostConfig("a KMS host") {
        /// Whether the host key is there, activated and enabled.
        "state" => state: HostState = HostState::Activated,
        /// The products that the host key covers.
        "serves" => serves: Vec<Product> = Product::WINDOWS.to_vec(),
        /// How many clients outside the environment are already counted and keep renewing.
        "current_count" => current_count: u32 = 50,
        /// Clients that are already counted and may come again or grow old; they come on top of `current_count`.
        "cached" => cached: Vec<CachedClient> = Vec::new(),
        /// The newest protocol version that the host knows: 4, 5 or 6.
        "newest_version" => newest_version: NewestVersion = NewestVersion(Version::V6),
        /// Whether NDR64 is spoken, which is then preferred, as on 64-bit Windows.
        "ndr64" => ndr64: bool = true,
        /// The activation interval that is told to clients, in minutes.
        "activation_interval" => activation_interval: u32 = 120,
        /// The renewal interval that is told to clients, in minutes.
        "renewal_interval" => renewal_interval: u32 = 10_080,
        /// The extended product id that is told to clients; begins with LAB-.
        "epid" => epid: Epid = Epid::default(),
        /// The TCP port on which it listens, also told in bind_ack.
        "port" => port: u16 = 1688,
        /// What the service writes into the log of the machine when it starts. It changes nothing else: whether it serves all
        /// the same is said by the machine.
        "at_start" => at_start: Vec<StartEvent>,
        /// The secondary address told in bind_ack, when it is not the port.
        "secondary_address" => secondary_address: Option<String>,
    }
}

impl Default for HostConfig {
    /// What an empty table means.
    fn default() -> Self {
        Self {
            state: HostState::Activated,
            serves: Product::WINDOWS.to_vec(),
            current_count: 50,
            cached: Vec::new(),
            newest_version: NewestVersion(Version::V6),
            ndr64: true,
            activation_interval: 120,
            renewal_interval: 10_080,
            epid: Epid::default(),
            port: 1688,
            at_start: Vec::new(),
            secondary_address: None,
        }
    }
}

notation::choice! {
    /// How far the set-up of a KMS host went.
    pub enum HostState("host state") {
        /// The host key is installed and activated.
        "activated" => Activated,
        /// The host key is installed and was never activated: 0xC004F041.
        "not-activated" => NotActivated,
        /// The service runs and its KMS part is not enabled: 0xC004F039.
        "not-enabled" => NotEnabled,
        /// There is no host key. Such a machine does not listen; if something connects all the same: 0xC004F039.
        "no-host-key" => NoHostKey,
    }
}

notation::choice! {
    /// What a KMS host logs when its service starts.
    pub enum StartEvent("event of the start") {
        /// 12291: the Key Management Service could not be initialised.
        "not-initialised" => NotInitialised,
        /// 12292: the timer for the host's own renewal could not be started, with this HRESULT.
        "no-renewal-timer" => NoRenewalTimer(Hresult),
    }
}

impl StartEvent {
    /// The event.
    #[must_use]
    pub const fn logged(&self) -> LogEvent {
        match self {
            Self::NotInitialised => LogEvent::NotInitialised,
            Self::NoRenewalTimer(code) => LogEvent::NoRenewalTimer { code: *code },
        }
    }
}

impl HostState {
    /// Whether a machine in this state listens on its KMS port.
    #[must_use]
    pub const fn listens(&self) -> bool {
        match self {
            Self::Activated | Self::NotActivated | Self::NotEnabled => true,
            Self::NoHostKey => false,
        }
    }
}

notation::record! {
    /// A client that a host counted before the run began.
    pub struct CachedClient("a cached client") {
        /// Its client machine id.
        "cmid" => cmid: Guid,
        /// When it was last seen.
        "seen" => seen: WallTime,
    }
}

/// The newest protocol version that a host knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewestVersion(
    /// That version.
    pub Version,
);

/// An extended product id that cannot be mistaken for a real one.
#[derive(Clone, PartialEq, Eq)]
pub struct Epid(Arc<str>);

impl Epid {
    /// What every ePID of ours begins with.
    pub const MARK: &str = "LAB-";

    /// As long as those of Windows hosts (49 characters), with a date that no calendar has (day 999).
    const DEFAULT: &str = "LAB-SIMULATION-00000-000000-00-0000-0000.0000-999";

    /// Checks the mark and the length.
    ///
    /// # Errors
    /// A sentence that says which of these is broken.
    pub fn new(text: &str) -> Result<Self, String> {
        const MOST: usize = MAX_EPID_OCTETS / 2 - 1;
        if !text.starts_with(Self::MARK) {
            return Err("an ePID of the laboratory begins with LAB-".to_owned());
        }
        let units = text.encode_utf16().count();
        if units > MOST {
            return Err(format!("an ePID has at most {MOST} characters, this one {units}"));
        }
        Ok(Self(Arc::from(text)))
    }

    /// The text, cheap to clone.
    #[must_use]
    pub fn text(&self) -> Arc<str> {
        Arc::clone(&self.0)
    }
}

impl Default for Epid {
    fn default() -> Self {
        Self(Arc::from(Self::DEFAULT))
    }
}

impl fmt::Debug for Epid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

notation::text_format!(Epid, "an ePID of the laboratory, e.g. LAB-0001", Epid::new, |epid| epid.0.to_string());
impl notation::Format for NewestVersion {
    fn read(tree: &notation::Tree, problems: &mut notation::Problems) -> Option<Self> {
        let number = u16::read(tree, problems)?;
        let known = Version::ALL.into_iter().find(|version| version.major() == number);
        if known.is_none() {
            problems.push(notation::Problem::refused(tree.span, "a protocol version is 4, 5 or 6".to_owned()));
        }
        known.map(Self)
    }

    fn write(&self) -> notation::Tree {
        self.0.major().write()
    }

    fn schema() -> notation::serde_json::Value {
        notation::serde_json::json!({"enum": [4, 5, 6]})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn read(text: &str) -> (Option<HostConfig>, notation::Problems) {
        let mut problems = notation::Problems::default();
        let tree = notation::parse::parse(text, &mut problems);
        (<HostConfig as notation::Format>::read(&tree, &mut problems), problems)
    }

    #[test]
    fn an_empty_table_is_the_default() {
        assert_eq!(read("").0, Some(HostConfig::default()));
    }

    #[test]
    fn what_is_written_is_read() {
        let text = r#"
            state = "not-activated"
            serves = ["windows-server-2012-r2"]
            newest_version = 5
            epid = "LAB-1"
            cached = [{ cmid = "33333333-3333-3333-3333-333333333333", seen = "2026-11-01T00:00:00Z" }]
        "#;
        let config = read(text).0.unwrap();
        assert_eq!(config.newest_version.0, Version::V5);
        assert_eq!(config.cached[0].cmid, Guid([0x33; 16]));
        let tree = notation::Format::write(&config);
        let mut problems = notation::Problems::default();
        assert_eq!(<HostConfig as notation::Format>::read(&tree, &mut problems), Some(config));
    }

    #[test]
    fn an_epid_without_the_mark_is_refused() {
        assert_eq!(read("epid = \"05426-00206\"").0, None);
        assert!(Epid::new(&format!("LAB-{}", "x".repeat(60))).is_err());
        assert_eq!(Epid::default().0.chars().count(), 49);
        assert_eq!(Epid::new(Epid::DEFAULT), Ok(Epid::default()));
    }
}
