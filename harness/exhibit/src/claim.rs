//! What a text says, and where it says it.
//!
//! A claim repeats the text and concludes nothing: an `ipconfig` without a suffix claims that the suffix is empty, one that
//! was cut off claims nothing about it. Texts come from outside: whoever shows a claim escapes it.

use std::net::{IpAddr, Ipv4Addr};

use double::WallTime;
use evidence::registry::RegistryValue;
use mock_dns::name::DomainName;
use mock_dns::record::{Record, RecordType};
use mock_kms::wire::{Guid, Hresult};

use crate::tool::Tool;

/// Something that a text says.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    /// Where it says so.
    pub place: Place,
    /// The tool whose output it is.
    pub tool: Tool,
    /// What it says.
    pub says: Says,
}

/// A place in what was sent.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file, as it was named on the command line.
    pub file: String,
    /// The line, counted from 1; of a capture, the packet.
    pub line: usize,
}

/// What is said.
#[derive(Clone, Debug, PartialEq)]
pub enum Says {
    /// The computer name.
    HostName(String),
    /// The primary DNS suffix; none when its value is empty.
    PrimarySuffix(Option<DomainName>),
    /// The suffix search list, in its order.
    SearchList(Vec<DomainName>),
    /// An adapter.
    Adapter(AdapterClaim),
    /// A question to DNS and what came of it.
    Lookup(Lookup),
    /// An attempt to activate.
    Attempt(AttemptClaim),
    /// An event of the licensing service.
    Event(EventClaim),
    /// A line of what the licensing service tells of itself.
    Licence(LicenceClaim),
    /// A registry value.
    Registry(RegistryValue),
    /// A registry key that has no value of this name, or does not exist; said by an error of `reg query`.
    NoRegistryValue {
        /// The key.
        path: String,
        /// The value; none when the key is missing.
        name: Option<String>,
    },
    /// A record in a zone.
    Record {
        /// The origin of the zone, where the text tells it.
        zone: Option<DomainName>,
        /// The record.
        record: Record,
    },
    /// A port was tried.
    Port {
        /// The name or address that was typed.
        to: String,
        /// The address that was tried.
        address: Option<IpAddr>,
        /// The port.
        port: u16,
        /// How it ended.
        result: PortResult,
    },
    /// A machine was pinged.
    Ping {
        /// The name or address that was typed.
        to: String,
        /// The address that was tried; none when the name could not be resolved.
        address: Option<IpAddr>,
        /// Who sent an echo reply; none when nobody did.
        reply_from: Option<IpAddr>,
    },
}

/// An adapter as `ipconfig /all` shows it. A field is none when its line is missing or empty.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AdapterClaim {
    /// Its name, e.g. "Ethernet".
    pub name: String,
    /// Whether its medium is disconnected: then it has no address and asks no server.
    pub disconnected: bool,
    /// Its connection-specific suffix.
    pub suffix: Option<DomainName>,
    /// Whether DHCP is enabled.
    pub dhcp: Option<bool>,
    /// Its addresses, link-local ones too.
    pub addresses: Vec<IpAddr>,
    /// Its subnet mask.
    pub mask: Option<Ipv4Addr>,
    /// Its default gateways.
    pub gateways: Vec<IpAddr>,
    /// Its DNS servers, in their order.
    pub dns: Vec<IpAddr>,
}

/// A question to DNS and what came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Lookup {
    /// The server that was asked.
    pub server: Option<IpAddr>,
    /// The server's name, if it has one and the tool found it.
    pub server_name: Option<String>,
    /// The name that was asked for, where the text tells it.
    pub name: Option<DomainName>,
    /// The type that was asked for, where the text tells it.
    pub kind: Option<RecordType>,
    /// What came of it.
    pub result: LookupResult,
}

/// What came of a question to DNS.
#[derive(Clone, Debug, PartialEq)]
pub enum LookupResult {
    /// Records, those of the additional section too. Times to live are 0 where the tool does not show them.
    Records(Vec<Record>),
    /// The name does not exist.
    NoSuchName,
    /// The name has no record of the type.
    NoData,
    /// The server failed.
    ServerFailure,
    /// The server refused.
    Refused,
    /// No server answered.
    NoAnswer,
}

/// How a port test ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PortResult {
    /// A connection was made.
    Open,
    /// None was made; the tool does not tell why.
    NotReached,
    /// The name could not be resolved, so nothing was tried.
    NoSuchName,
}

/// An attempt to activate.
#[derive(Clone, Debug, PartialEq)]
pub struct AttemptClaim {
    /// The product as the tool names it.
    pub product: Option<String>,
    /// The activation id.
    pub activation_id: Option<Guid>,
    /// What it ended with; 0 means success.
    pub code: Hresult,
}

/// An event of the licensing service.
#[derive(Clone, Debug, PartialEq)]
pub struct EventClaim {
    /// Its id.
    pub id: u32,
    /// The computer that logged it, where the text tells it.
    pub computer: Option<String>,
    /// When it was logged, where the text tells it in a form that can be read without knowing the country.
    pub at: Option<WallTime>,
    /// The HRESULT that it carries; 0 for none.
    pub code: Hresult,
    /// Its other fields, in their order.
    pub fields: Vec<String>,
}

/// A line of what the licensing service tells of itself (`slmgr /dlv`, `ospp.vbs /dstatus`).
#[derive(Clone, Debug, PartialEq)]
pub enum LicenceClaim {
    /// The product's name.
    Name(String),
    /// The description, with the channel in it.
    Description(String),
    /// The activation id.
    ActivationId(Guid),
    /// The number of the licence status (kms-behaviour: Licence status numbers).
    Status(u32),
    /// The reason code that stands beside the status.
    Reason(Hresult),
    /// Minutes until the licence or the grace period ends.
    MinutesLeft(u64),
    /// The client machine id.
    Cmid(Guid),
    /// The registered KMS machine, as typed: name:port.
    Registered(String),
    /// The KMS machine that discovery found: name:port.
    Discovered(String),
    /// Discovery found none.
    NothingDiscovered,
    /// The registered lookup domain.
    LookupDomain(String),
    /// The address of the KMS machine.
    MachineAddress(IpAddr),
    /// Minutes between attempts.
    ActivationInterval(u32),
    /// Minutes between renewals.
    RenewalInterval(u32),
    /// Whether the host that was found is remembered.
    HostCaching(bool),
    /// On a KMS host: the current count.
    CurrentCount(u32),
    /// On a KMS host: the port on which it listens.
    ListeningPort(u16),
    /// On a KMS host: whether it publishes its SRV record.
    Publishing(bool),
    /// There is a line for a product, and no product key is installed for it.
    NoKey,
}
