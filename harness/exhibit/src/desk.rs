//! Where a tool is run: a machine, what it knows of itself, and the network as it sees it.
//!
//! A desk has the same two openings as a diagnosis, so a tool shows what that machine really would; there is no way from here
//! to what was planned.

use std::fmt;
use std::net::IpAddr;

use double::Seed;
use evidence::outcome::Outcome;
use evidence::{Network, Role, Vantage};

/// A machine at which somebody types.
#[derive(Clone, Copy)]
pub struct Desk<'a> {
    /// What the machine is there for.
    pub role: Role,
    /// Its computer name.
    pub name: &'a str,
    /// Its addresses.
    pub addresses: &'a [IpAddr],
    /// Its facts.
    pub vantage: &'a dyn Vantage,
    /// The network from there; its clock is the moment at which is typed.
    pub network: &'a dyn Network,
    /// How its last attempt to activate ended; none on a machine that made none.
    pub outcome: Option<&'a Outcome>,
    /// What a packet capture shows that ran there during the last attempt of each client; none where nobody made one.
    pub capture: &'a dyn Fn() -> Option<Vec<u8>>,
    /// For what a tool draws by chance: ids of queries, invented physical addresses.
    pub seed: Seed,
}

impl fmt::Debug for Desk<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Desk").field("role", &self.role).field("name", &self.name).finish_non_exhaustive()
    }
}
