//! The KMS client: discovery and activation as Windows does it, as straight-line code over a network and a vantage.
//!
//! It knows no environment and no scenario: it sees the facts of its own machine and what comes back from the network. Every
//! constant carries its source; where nothing is documented it says so. In reading order: [`profile`] (what differs between
//! generations), [`licence`] (what an activation is worth, and for how long),
//! [`state`] (what an activation changes on its own machine), [`sources`] (which host, in which order),
//! [`suffix`] (which names), [`resolver`] (asking DNS), [`srv`] (which record first), [`reach`] (connecting), [`call`] (the RPC
//! conversation), [`attempt`] (all of it in order), [`codes`] (what each surface shows), [`events`] (what is logged), [`slmgr`] (what is
//! typed on it).

pub mod attempt;
pub mod call;
pub mod codes;
pub mod events;
pub mod licence;
pub mod profile;
pub mod reach;
pub mod resolver;
pub mod slmgr;
pub mod sources;
pub mod srv;
pub mod state;
pub mod suffix;

use std::cell::Cell;

use double::{MachineId, Moment, Seed};
use evidence::registry::OFFICE_SOFTWARE_PROTECTION;
use evidence::timeline::{ClientEvent, Recorder};
use evidence::vantage::Vantage;
use evidence::{Event, Network};
use mock_kms::product::Product;
use mock_kms::wire::Guid;

use crate::environment::switches::Switches;
pub use attempt::{Attempt, activate};
pub use profile::ClientProfile;
pub use state::ClientState;

/// What a client is, apart from what it knows about its network.
#[derive(Clone, Debug)]
pub struct Identity {
    /// How the timeline calls it.
    pub machine: MachineId,
    /// Its computer name.
    pub name: String,
    /// What its generation does.
    pub profile: &'static ClientProfile,
    /// How it behaves where the sources disagree.
    pub switches: Switches,
    /// What is to be activated.
    pub product: ProductIds,
    /// Why KMS is not asked at all, if so.
    pub outside_kms: Option<OutsideKms>,
    /// Its client machine id.
    pub cmid: Guid,
    /// Where its random choices come from.
    pub seed: Seed,
}

impl Identity {
    /// Whether a licence of KMS says anything about it: not with a MAK, nor where Active Directory activates it.
    #[must_use]
    pub fn is_on_kms(&self) -> bool {
        !matches!(self.outside_kms, Some(OutsideKms::MultipleActivationKey | OutsideKms::ActiveDirectory))
    }

    /// The registry key below which the settings of the product stand.
    #[must_use]
    pub fn registry_root(&self) -> &'static str {
        self.product.registry_root(self.profile)
    }
}

/// A product as its requests name it.
#[derive(Clone, Copy, Debug)]
pub struct ProductIds {
    /// The application id.
    pub application: Guid,
    /// The SKU id.
    pub sku: Guid,
    /// The counted id.
    pub counted: Guid,
    /// The required client count.
    pub required_clients: u32,
}

impl ProductIds {
    /// Whether it is an Office, which ospp.vbs activates and not slmgr.
    #[must_use]
    pub fn is_office(&self) -> bool {
        self.application != mock_kms::product::WINDOWS
    }

    /// The registry key below which its settings stand on a generation.
    #[must_use]
    pub fn registry_root(&self, profile: &ClientProfile) -> &'static str {
        let of_its_own = self.application == mock_kms::product::OFFICE_2010
            || self.sku == Product::Office2013.sku() && profile.office_2013_apart;
        if of_its_own { OFFICE_SOFTWARE_PROTECTION } else { profile.registry_root }
    }
}

impl From<&Product> for ProductIds {
    fn from(product: &Product) -> Self {
        Self {
            application: product.application(),
            sku: product.sku(),
            counted: product.counted(),
            required_clients: product.required_clients(),
        }
    }
}

/// Why a machine does not ask for a KMS host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutsideKms {
    /// Its key is a multiple activation key.
    MultipleActivationKey,
    /// It has no key.
    NoKey,
    /// Active Directory-based activation takes care of it.
    ActiveDirectory,
}

/// Where a client stands during an attempt: all that its parts share.
pub struct Stand<'a> {
    /// What it is.
    pub identity: &'a Identity,
    /// The facts of its machine.
    pub vantage: &'a dyn Vantage,
    /// The network as seen from its machine.
    pub network: &'a dyn Network,
    /// Where it writes what it does.
    pub recorder: &'a Recorder,
    /// Whether it stops before the request: a diagnosis binds, and asks for nothing.
    only_binds: bool,
    /// How many conversations it has begun: the journal counts them.
    conversations: Cell<u64>,
}

impl<'a> Stand<'a> {
    /// A client that stands on a network.
    #[must_use]
    pub fn new(
        identity: &'a Identity,
        vantage: &'a dyn Vantage,
        network: &'a dyn Network,
        recorder: &'a Recorder,
    ) -> Self {
        Self { identity, vantage, network, recorder, only_binds: false, conversations: Cell::new(0) }
    }

    /// The same client, which goes as far as the RPC bind and never sends a request.
    #[must_use]
    pub const fn only_binding(mut self) -> Self {
        self.only_binds = true;
        self
    }

    /// The number of the conversation that begins now, counted from 1.
    fn next_conversation(&self) -> u64 {
        self.conversations.set(self.conversations.get() + 1);
        self.conversations.get()
    }

    fn now(&self) -> Moment {
        self.network.now()
    }

    /// Writes what the client does or sees; the log tells the same, in the words of the journal.
    fn record(&self, event: Event) {
        tracing::debug!(at = %self.now(), "{event}");
        self.recorder.record(self.now(), &self.identity.machine, event);
    }

    fn record_own(&self, event: ClientEvent) {
        self.record(Event::Client(event));
    }
}
