//! The licence of a client over time: what it is worth at a moment, how long it lasts, when the client's timer is due.
//!
//! A licence is a term that ends; what follows its end differs between generations and between texts, so a switch decides. It is a
//! value that goes into an attempt and comes out of it: nothing here waits, asks or sends.

use std::time::Duration;

use double::Moment;
use evidence::outcome::{Confidence, Licence, LicenceWord, Surface};
use evidence::registry::{self, RegistryValue};
use mock_kms::wire::Hresult;

use super::Identity;

/// How long a KMS activation is valid, from each success on ("KMS Activation Timing and Discovery").
pub const VALIDITY: Duration = Duration::from_secs(180 * 24 * 60 * 60);
/// How long either grace lasts ("Activation troubleshooting: KMS in general"; field notes for the additional one).
pub const GRACE: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// How long a client watches its network after a renewal that failed ("KMS Activation Timing and Discovery").
const WATCH: Duration = Duration::from_secs(15 * 60);

/// How often a client tries that nobody told another interval, in minutes.
const ACTIVATION_INTERVAL: u32 = 120;
/// How often it renews, in minutes; a value of its own registry never counts ("Registry settings for Volume Activation").
const RENEWAL_INTERVAL: u32 = 7 * 24 * 60;
/// The shortest and the longest interval that the registry takes, in minutes. That a client also holds an answer to them is an
/// assumption: no source says what it does with zero, or with four thousand years.
const INTERVAL_MIN: u32 = 15;
const INTERVAL_MAX: u32 = 30 * 24 * 60;

/// Minutes are rounded to the nearest: how Windows rounds them is nowhere told, and so an attempt's own milliseconds do not show.
const HALF_A_MINUTE: Duration = Duration::from_secs(30);

/// SL_E_PKEY_NOT_INSTALLED.
const NO_KEY: u32 = 0xC004_F014;
/// SL_E_VL_MACHINE_NOT_BOUND: not activated with a KMS host.
const NOT_BOUND: u32 = 0xC004_F056;

/// What a client remembers of its licence.
#[derive(Clone, Debug, PartialEq)]
pub struct LicenceState {
    /// The state that it came into last, and until when.
    pub term: Term,
    /// How often it tries while it is not licensed, in minutes.
    pub activation_interval: u32,
    /// How often it renews while it is, in minutes.
    pub renewal_interval: u32,
    /// When it tried last, and whether that activated it.
    pub tried: Option<Tried>,
}

/// An attempt, as the timer remembers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tried {
    /// When it ended.
    pub at: Moment,
    /// Whether a host activated the client.
    pub activated: bool,
    /// Whether it was licensed already: then it was a renewal.
    pub renewal: bool,
}

/// A licence state and its end.
#[derive(Clone, Debug, PartialEq)]
pub struct Term {
    /// The state.
    pub word: LicenceWord,
    /// When it ends; none if it does not end by itself.
    pub until: Option<Moment>,
    /// Why it is not licensed.
    pub reason: Option<Surface>,
    /// How sure the state is.
    pub confidence: Confidence,
    /// Who says so.
    pub source: &'static str,
}

impl Default for LicenceState {
    /// A machine of which nothing is known.
    fn default() -> Self {
        Self {
            term: Term::unlicensed(),
            activation_interval: ACTIVATION_INTERVAL,
            renewal_interval: RENEWAL_INTERVAL,
            tried: None,
        }
    }
}

impl Term {
    /// A machine without a product key.
    #[must_use]
    pub fn unlicensed() -> Self {
        Self {
            word: LicenceWord::Unlicensed,
            until: None,
            reason: Some(Surface::new(&[NO_KEY], Confidence::Inferred)),
            confidence: Confidence::Inferred,
            source: "there is no product key",
        }
    }

    /// A machine that was just installed, at the start of the run.
    #[must_use]
    pub fn fresh(identity: &Identity) -> Self {
        if identity.switches.starts_in_grace.unwrap_or(identity.profile.starts_in_grace) {
            return Self {
                word: LicenceWord::InitialGrace,
                until: Some(Moment::START.plus(GRACE)),
                reason: None,
                confidence: Confidence::Documented,
                source: "the general page on troubleshooting KMS: 30 days of initial grace",
            };
        }
        Self {
            word: LicenceWord::Notification,
            until: None,
            // Which of the two it shows before it was ever activated, no source says.
            reason: Some(Surface::new(&[NOT_BOUND, Hresult::GRACE_TIME_EXPIRED.0], Confidence::Inferred)),
            confidence: Confidence::Field,
            source: "measured on a fresh Windows 11 Enterprise",
        }
    }

    /// What an environment says of a client before the first step.
    #[must_use]
    pub fn given(word: LicenceWord, lasts: Option<Duration>, reason: Option<Hresult>) -> Self {
        Self {
            word,
            until: lasts.map(|lasts| Moment::START.plus(lasts)),
            reason: reason.map(|reason| Surface { any: vec![reason], confidence: Confidence::Inferred }),
            confidence: Confidence::Inferred,
            source: "it was so before the first step",
        }
    }

    fn activated(now: Moment) -> Self {
        Self {
            word: LicenceWord::Licensed,
            until: Some(now.plus(VALIDITY)),
            reason: None,
            confidence: Confidence::Documented,
            source: "\"KMS Activation Timing and Discovery\": 180 days from each activation",
        }
    }

    /// What this has become by a moment.
    fn at(&self, now: Moment, identity: &Identity) -> Self {
        let Some(end) = self.until.filter(|end| *end <= now) else { return self.clone() };
        let grace = identity.switches.expired_has_grace.unwrap_or(identity.profile.expired_has_grace);
        let expired = || Some(Surface::new(&[Hresult::GRACE_TIME_EXPIRED.0], Confidence::Documented));
        if self.word == LicenceWord::Licensed && grace {
            let grace = Self {
                word: LicenceWord::AdditionalGrace,
                until: Some(end.plus(GRACE)),
                reason: None,
                confidence: Confidence::Field,
                source: "notes of two universities: 30 days from day 181; slmgr.vbs has a text for it",
            };
            return grace.at(now, identity);
        }
        Self {
            word: LicenceWord::Notification,
            until: None,
            reason: expired(),
            confidence: Confidence::Inferred,
            source: "nothing is left that could run out; slmgr.vbs calls the reason \"grace time expired\"",
        }
    }
}

impl LicenceState {
    /// What a machine with these registry values begins with.
    #[must_use]
    pub fn new(term: Term, registry: &[RegistryValue], identity: &Identity) -> Self {
        let own = registry::number(registry, identity.registry_root(), "VLActivationInterval");
        Self { term, activation_interval: bounded(own.unwrap_or(ACTIVATION_INTERVAL)), ..Self::default() }
    }

    /// The licence at a moment.
    #[must_use]
    pub fn at(&self, now: Moment, identity: &Identity) -> Licence {
        let Term { word, until, reason, confidence, source } = self.term.at(now, identity);
        let left = until.map(|until| (until.since(now) + HALF_A_MINUTE).as_secs() / 60);
        Licence {
            word,
            minutes_left: left.map(|minutes| u32::try_from(minutes).unwrap_or(u32::MAX)),
            reason,
            activation_interval: self.activation_interval,
            renewal_interval: self.renewal_interval,
            confidence,
            source,
        }
    }

    /// A host has answered: its intervals replace those before ("Registry settings for Volume Activation").
    pub fn told(&mut self, activation_interval: u32, renewal_interval: u32) {
        self.activation_interval = bounded(activation_interval);
        self.renewal_interval = bounded(renewal_interval);
    }

    /// When the client's timer lets it try next: at once if it never did, as at the start of the licensing service; after a success
    /// at the renewal interval; after a failure at the activation interval, whether it is licensed or not ("KMS Activation Timing and
    /// Discovery").
    ///
    /// `network_changed`: whether the machine's network is another than at its last attempt, and that is watched after a failed renewal.
    #[must_use]
    pub fn due(&self, now: Moment, network_changed: bool) -> Moment {
        let Some(Tried { at, activated, renewal }) = self.tried else { return now };
        if network_changed && renewal && !activated && now <= at.plus(WATCH) {
            return now;
        }
        let interval = if activated { self.renewal_interval } else { self.activation_interval };
        at.plus(Duration::from_secs(u64::from(interval) * 60)).max(now)
    }

    /// An attempt is over.
    pub fn tried(&mut self, now: Moment, activated: bool, identity: &Identity) {
        let renewal = self.term.at(now, identity).word == LicenceWord::Licensed;
        self.tried = Some(Tried { at: now, activated, renewal });
        if activated {
            self.term = Term::activated(now);
        }
    }
}

fn bounded(minutes: u32) -> u32 {
    minutes.clamp(INTERVAL_MIN, INTERVAL_MAX)
}

#[cfg(test)]
mod tests {
    use double::{MachineId, Seed};
    use mock_kms::product::Product;

    use super::*;
    use crate::client::profile::{WINDOWS_7, WINDOWS_10, WINDOWS_11};
    use crate::client::{ClientProfile, ProductIds};
    use crate::environment::switches::Switches;

    fn identity(profile: &'static ClientProfile, switches: Switches) -> Identity {
        Identity {
            machine: MachineId::new("pc7"),
            name: "PC7".to_owned(),
            profile,
            switches,
            product: ProductIds::from(&Product::Windows10),
            outside_kms: None,
            cmid: mock_kms::wire::Guid::NIL,
            seed: Seed::new(1),
        }
    }

    fn day(days: u64) -> Moment {
        Moment::at(Duration::from_secs(days * 24 * 60 * 60))
    }

    /// The state and the days left on a day, of a client that was activated on day 10, or never.
    #[track_caller]
    fn check(identity: &Identity, activated: bool, on: u64, expected: (&str, Option<u32>)) {
        let mut state = LicenceState::new(Term::fresh(identity), &[], identity);
        if activated {
            state.tried(day(10), true, identity);
        }
        let licence = state.at(day(on), identity);
        assert_eq!((licence.word.word(), licence.days_left()), expected);
    }

    #[test]
    fn a_licence_lasts_180_days_and_each_generation_has_its_own_after_that() {
        let windows_10 = identity(&WINDOWS_10, Switches::default());
        check(&windows_10, true, 10, ("licensed", Some(180)));
        check(&windows_10, true, 189, ("licensed", Some(1)));
        check(&windows_10, true, 190, ("notification", None));
        let windows_7 = identity(&WINDOWS_7, Switches::default());
        check(&windows_7, true, 190, ("additional-grace", Some(30)));
        check(&windows_7, true, 219, ("additional-grace", Some(1)));
        check(&windows_7, true, 220, ("notification", None));
        let no_grace = identity(&WINDOWS_7, Switches { expired_has_grace: Some(false), ..Switches::default() });
        check(&no_grace, true, 190, ("notification", None));
    }

    #[test]
    fn a_fresh_machine_has_a_grace_where_its_generation_has_one() {
        let windows_10 = identity(&WINDOWS_10, Switches::default());
        check(&windows_10, false, 0, ("initial-grace", Some(30)));
        check(&windows_10, false, 30, ("notification", None));
        let windows_11 = identity(&WINDOWS_11, Switches::default());
        check(&windows_11, false, 0, ("notification", None));
        let as_documented = identity(&WINDOWS_11, Switches { starts_in_grace: Some(true), ..Switches::default() });
        check(&as_documented, false, 29, ("initial-grace", Some(1)));
    }

    /// When a client is due that was activated on day 10 and failed on day 17, so many minutes after that, on another network.
    #[track_caller]
    fn check_watch(renewal: bool, minutes: u64, due: u64) {
        let windows_10 = identity(&WINDOWS_10, Switches::default());
        let mut state = LicenceState::new(Term::fresh(&windows_10), &[], &windows_10);
        if renewal {
            state.tried(day(10), true, &windows_10);
        }
        state.tried(day(17), false, &windows_10);
        let after = |minutes: u64| day(17).plus(Duration::from_secs(minutes * 60));
        assert_eq!(state.due(after(minutes), true), after(due));
        assert_eq!(state.due(after(minutes), false), after(120));
    }

    #[test]
    fn a_failed_renewal_is_tried_again_on_another_network_for_fifteen_minutes() {
        check_watch(true, 1, 1);
        check_watch(true, 15, 15);
        check_watch(true, 16, 120);
        check_watch(false, 1, 120);
    }

    #[test]
    fn an_answer_cannot_tell_an_interval_that_no_registry_takes() {
        let mut state = LicenceState::default();
        state.told(0, u32::MAX);
        assert_eq!((state.activation_interval, state.renewal_interval), (INTERVAL_MIN, INTERVAL_MAX));
        state.told(60, 20_160);
        assert_eq!((state.activation_interval, state.renewal_interval), (60, 20_160));
    }
}
