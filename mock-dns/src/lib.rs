//! An authoritative DNS server as a pure function, with the faults of misconfigured networks.
//!
//! A message and a moment in, actions and journal entries out; sockets are in one driver. It is a test double: it answers as
//! NSD, Knot and BIND agree, so that a healthy network is healthy, and can be wrong in the ways that networks are.
//!
//! In reading order:
//! - [`name`], [`record`], [`rcode`]: the words of DNS
//! - [`zone`]: records under an origin; its text form, its index
//! - [`wire`], [`framing`], [`query`], [`message`]: octets to data; messages on a stream; what a server reads, what a client reads
//! - [`answer`]: the honest answer
//! - [`boundary`]: where a request comes from, what is to be done about it
//! - [`fault`]: rewrites of what is said, how it is encoded, whether it arrives
//! - [`update`]: dynamic updates: their message, who may, what they do to a zone, their signatures
//! - [`aging`]: time stamps of dynamic records, and scavenging
//! - [`journal`]: what happened, and the words for it
//! - [`multicast`]: a question to everybody on a link, and a machine that answers for its own name
//! - [`server_core`], [`stream`]: a server and its connections, without sockets
//! - [`throttle`]: how many answers one source gets
//! - [`server`]: DRIVER, its sockets
//! - `stock` (feature `hickory-server`): the same answers in a stock hickory server

pub mod aging;
pub mod answer;
pub mod boundary;
pub mod fault;
pub mod framing;
pub mod journal;
pub mod message;
pub mod multicast;
pub mod name;
pub mod query;
pub mod rcode;
pub mod record;
pub mod server;
pub mod server_core;
#[cfg(feature = "hickory-server")]
pub mod stock;
pub mod stream;
pub mod throttle;
pub mod update;
pub mod wire;
pub mod zone;

pub use name::DomainName;
pub use server_core::{DnsServer, DnsServerConfig};
pub use zone::Zone;
