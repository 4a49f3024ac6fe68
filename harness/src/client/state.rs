//! What an activation changes on its own machine: a value that goes into an attempt and comes out of it.

use double::Moment;
use mock_dns::name::DomainName;
use mock_dns::record::{Record, RecordType};

use super::licence::LicenceState;

/// The state of a client between attempts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ClientState {
    /// The KMS host that the last successful discovery found.
    pub discovered: Option<Discovered>,
    /// What the resolver remembers.
    pub cache: Vec<Remembered>,
    /// How many random choices it has made; the next one is another, on whatever network and however long it took.
    pub choices: u64,
    /// Its licence.
    pub licence: LicenceState,
}

/// A KMS host as discovery found it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Discovered {
    /// Its name.
    pub name: String,
    /// Its port.
    pub port: u16,
}

/// An answer that the resolver remembers.
#[derive(Clone, Debug, PartialEq)]
pub struct Remembered {
    /// The name that was asked for.
    pub name: DomainName,
    /// The type that was asked for.
    pub kind: RecordType,
    /// What was answered.
    pub answer: RememberedAnswer,
    /// When it is forgotten.
    pub until: Moment,
}

/// What a remembered answer says.
#[derive(Clone, Debug, PartialEq)]
pub enum RememberedAnswer {
    /// These records.
    Records(Vec<Record>),
    /// The name does not exist.
    NoSuchName,
    /// The name exists, without records of the type.
    NoData,
}
