//! How an attempt to activate ended, as each surface of Windows shows it, and how sure that is.
//!
//! Nothing here was observed on Windows by the authors: a surface carries the codes that sources allow and its confidence,
//! and where no source says anything there is no surface at all.

use std::fmt;

use mock_kms::wire::Hresult;

notation::choice! {
    /// How an attempt to activate ends.
    pub enum OutcomeWord("outcome") {
        /// It is activated (by a laboratory host, in the laboratory protocol).
        "activated" => Activated,
        /// Nothing was sent on any channel.
        "nothing-sent" => NothingSent,
        /// DNS answered, and named no KMS host.
        "no-kms-host-found" => NoKmsHostFound,
        /// DNS did not answer, or with a failure.
        "dns-failed" => DnsFailed,
        /// No KMS host could be connected to.
        "kms-host-not-reached" => KmsHostNotReached,
        /// A connection was made, and the RPC conversation failed.
        "rpc-failed" => RpcFailed,
        /// A KMS host answered with a failure HRESULT.
        "kms-host-refused" => KmsHostRefused,
        /// A KMS host answered, and has counted too few clients.
        "count-too-low" => CountTooLow,
        /// The machine is no KMS client any more.
        "left-kms" => LeftKms,
        /// It cannot be told.
        "unknown" => Unknown,
    }
}

notation::choice! {
    /// How sure a statement about Windows is. Nothing here was observed on Windows by the authors.
    pub enum Confidence("confidence") {
        /// Microsoft documents it.
        "documented" => Documented,
        /// A field report or another project's measurement shows it.
        "field" => Field,
        /// It follows from what is known, but nobody shows it.
        "inferred" => Inferred,
    }
}

/// What one surface shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Surface {
    /// Any one of these codes; more than one where sources disagree. Never empty.
    pub any: Vec<Hresult>,
    /// How sure that is.
    pub confidence: Confidence,
}

impl Surface {
    /// A surface that shows one of these codes.
    #[must_use]
    pub fn new(any: &[u32], confidence: Confidence) -> Self {
        Self { any: any.iter().copied().map(Hresult).collect(), confidence }
    }
}

notation::choice! {
    /// The licence state of a product, as `slmgr /dlv` names it. Two more of Windows' states, for copies that are not genuine, have
    /// nothing to do with KMS and do not occur.
    pub enum LicenceWord("licence state") {
        /// No licence: there is no product key.
        "unlicensed" => Unlicensed,
        /// Activated.
        "licensed" => Licensed,
        /// Installed, and not activated yet.
        "initial-grace" => InitialGrace,
        /// It was activated: the KMS licence ran out, or the hardware is another.
        "additional-grace" => AdditionalGrace,
        /// Not activated, and no grace is left.
        "notification" => Notification,
    }
}

impl LicenceWord {
    /// The number in KMS requests and in events (ff793440).
    #[must_use]
    pub const fn number(&self) -> u32 {
        match self {
            Self::Unlicensed => 0,
            Self::Licensed => 1,
            Self::InitialGrace => 2,
            Self::AdditionalGrace => 3,
            Self::Notification => 5,
        }
    }
}

/// Minutes of a day.
const DAY: u32 = 24 * 60;

/// The licence of a product at a moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Licence {
    /// Its state.
    pub word: LicenceWord,
    /// How many minutes the state lasts if nothing renews it; none if it does not end by itself. Rounded.
    pub minutes_left: Option<u32>,
    /// Why it is not licensed, as `slmgr /dlv` shows it after "Notification Reason", if a source says so.
    pub reason: Option<Surface>,
    /// How often the client tries while it is not licensed, in minutes.
    pub activation_interval: u32,
    /// How often it renews while it is, in minutes.
    pub renewal_interval: u32,
    /// How sure the state is.
    pub confidence: Confidence,
    /// Who says that it is so.
    pub source: &'static str,
}

impl Licence {
    /// Whether a time ran out: of a licence that was not renewed, or of the first grace.
    #[must_use]
    pub fn has_run_out(&self) -> bool {
        let grace_expired = |reason: &Surface| reason.any == [Hresult::GRACE_TIME_EXPIRED];
        self.word == LicenceWord::AdditionalGrace || self.reason.as_ref().is_some_and(grace_expired)
    }

    /// Its days, rounded up as slmgr.vbs rounds them.
    #[must_use]
    pub fn days_left(&self) -> Option<u32> {
        self.minutes_left.map(|minutes| minutes.div_ceil(DAY))
    }
}

/// How an attempt to activate ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// In one word.
    pub word: OutcomeWord,
    /// What `slmgr /ato` shows, if a source says so.
    pub slmgr: Option<Surface>,
    /// What the Settings app shows, if a source says so.
    pub settings: Option<Surface>,
    /// What `ospp.vbs /act` shows, if the product is an Office and a source says so; slmgr then shows nothing of it.
    pub ospp: Option<Surface>,
    /// The KMS host that answered, as the client names it: name:port.
    pub host: Option<String>,
    /// What the attempt wrote into the Application log, in order.
    pub events: Vec<LoggedEvent>,
    /// The licence afterwards; none where it is no matter of KMS, or cannot be told.
    pub licence: Option<Licence>,
    /// How many attempts there were; all but this one only left their traces in what the machines remember.
    pub attempts: u32,
}

impl Outcome {
    /// One attempt that ended so, and of which nothing else is known.
    #[must_use]
    pub const fn of(word: OutcomeWord) -> Self {
        Self {
            word,
            slmgr: None,
            settings: None,
            ospp: None,
            host: None,
            events: Vec::new(),
            licence: None,
            attempts: 1,
        }
    }
}

impl fmt::Display for Licence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word.word())?;
        if let Some(minutes) = self.minutes_left {
            write!(f, ", {minutes} minutes left")?;
        }
        Ok(())
    }
}

/// An event of the licensing service.
#[derive(Clone, Debug, PartialEq)]
pub struct LoggedEvent {
    /// Its id: 12288 (a request was sent, or could not be), 12289 (an answer was processed) and 8198 (an activation failed) of a client;
    /// 12290 to 12294 of a host.
    pub id: u32,
    /// Its first field, an HRESULT; 12291 and 12294 have none, and show their other fields alone.
    pub code: Surface,
    /// Its other fields, as the event shows them (kms-behaviour: Events).
    pub fields: Vec<String>,
}
