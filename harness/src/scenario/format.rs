//! The scenario file as types: every key with its meaning, from which reading, printing and the published schema follow.

use evidence::Change;
use evidence::outcome::{Confidence, LicenceWord};
use notation::{Id, Millis, Placed};

use super::expect::Expect;
use crate::environment::Environment;

/// Longest title: it must fit a line of `kmslab list`.
pub const TITLE_MAX: usize = 100;

notation::record! {
    /// A scenario: one story of a network that is broken (or healthy in an unusual way), and what must come out.
    pub struct ScenarioFile("a scenario") {
        /// One sentence that a support engineer would say.
        "title" => title: Placed<String>,
        /// What the customer says. It does not give the answer away.
        "ticket" => ticket: Placed<String>,
        /// The base environment to start from: a name below base/.
        "base" => base: Placed<String>,
        /// Words to filter by.
        "tags" => tags: Vec<String>,
        /// The guideline's procedures that it exercises.
        "procedures" => procedures: Vec<Procedure>,
        /// Where it is known from, and how sure that is.
        "sources" => sources: Placed<Vec<Source>>,
        /// Why it fails today. A scenario with this key must fail: when it passes, the key must go.
        "known_gap" => known_gap: Option<Placed<String>>,
        /// What happens, in order of time.
        "step" => steps: Placed<Vec<Placed<StepFile>>>,
    }
}

notation::record! {
    /// A base environment: healthy, and complete or a change of another base.
    pub struct BaseFile("a base environment") {
        /// One sentence that says what is special about it.
        "title" => title: String,
        /// The base environment that it changes; none if it is complete.
        "base" => base: Option<Placed<String>>,
        /// What it changes in the other base.
        "change" => change: Change,
        /// The whole environment, if it starts from none.
        "environment" => environment: Option<Environment>,
    }
}

notation::record! {
    /// A step: at a time, a change happens, something is done, something must come out.
    pub struct StepFile("a step") {
        /// When it happens, in milliseconds of the run.
        "at_ms" => at: Placed<Millis> = Placed::from(Millis(0)),
        /// What changes.
        "change" => change: Change,
        /// What is then done, in order; when absent, each client tries to activate once.
        "run" => run: Option<Vec<Run>>,
        /// What must come out.
        "expect" => expect: Expect,
    }
}

notation::record! {
    /// Something that a client does.
    pub struct Run("a run") {
        /// The client.
        "client" => client: Placed<Id>,
        /// What it does.
        "action" => action: Action = Action::Activate,
    }
}

notation::choice! {
    /// What a client can do.
    pub enum Action("action") {
        /// Tries to activate, as slmgr /ato makes it.
        "activate" => Activate,
        /// slmgr /skms with this argument: a name, a name and a port, or a colon and a port.
        "skms" => Skms(String),
        /// slmgr /ckms: back to discovery.
        "ckms" => Ckms,
        /// slmgr /skms-domain with this domain.
        "skms-domain" => SkmsDomain(String),
        /// slmgr /ckms-domain.
        "ckms-domain" => CkmsDomain,
        /// slmgr /skhc: remember the host that is found.
        "skhc" => Skhc,
        /// slmgr /ckhc: do not remember it.
        "ckhc" => Ckhc,
        /// ipconfig /flushdns: forget all answers.
        "flushdns" => Flushdns,
        /// Nothing is typed: the client's own timer runs, and it tries by itself. Judged is the last attempt.
        "wait" => Wait(Wait),
    }
}

notation::record! {
    /// A time in which the client's own timer runs: it tries at once if it is due, then at its activation interval while it is not
    /// licensed or a renewal failed, and at its renewal interval otherwise.
    pub struct Wait("a wait") {
        /// How long, in milliseconds.
        "for_ms" => lasts: Millis,
        /// The licence state that ends the wait early: after the first attempt that leads to it.
        "until" => until: Option<LicenceWord>,
    }
}

impl Action {
    /// Whether it is an attempt to activate, or several.
    #[must_use]
    pub const fn tries(&self) -> bool {
        matches!(self, Self::Activate | Self::Wait(_))
    }
}

notation::record! {
    /// Where something is known from.
    pub struct Source("a source") {
        /// The document, report or measurement, so that a reader can find it.
        "ref" => reference: String,
        /// How sure it is.
        "confidence" => confidence: Confidence,
    }
}

notation::choice! {
    /// A procedure of Microsoft's guideline for troubleshooting DNS-related activation issues.
    pub enum Procedure("procedure") {
        /// Change the product key to a MAK.
        "G1" => G1,
        /// Configure a KMS host for the clients to activate against.
        "G2" => G2,
        /// Verify basic IP connectivity to the DNS server.
        "G3" => G3,
        /// Verify the configuration of the KMS host.
        "G4" => G4,
        /// Determine the type of routing issue.
        "G5" => G5,
        /// Verify the DNS configuration.
        "G6" => G6,
        /// Create the SRV record by hand.
        "G7" => G7,
        /// Assign a KMS host to a client by hand.
        "G8" => G8,
        /// Publish in several DNS domains.
        "G9" => G9,
    }
}
