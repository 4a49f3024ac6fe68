//! The isolated network: namespaces of Linux, without root, with the addresses and ports of the scenario for real.
//!
//! Each client stands in a network of its own, and all servers in another; between them lies a wire that takes every packet out of the
//! kernel and asks the rules of the environment what becomes of it. So every rule works for any program, and nothing else is needed:
//! no firewall, no traffic control, no tool.
//!
//! In reading order: [`namespace`] (the right to make networks, and threads that stand in one), [`packet`] and [`reply`] (octets), [`wire`]
//! (what becomes of a packet), [`watch`] (what clients were seen to do), [`netlink`] and [`link`] (links, addresses, routes), [`relay`]
//! (the wire at work), [`ground`] (all of it for one environment).

pub(crate) mod ground;
mod link;
pub mod namespace;
mod netlink;
mod packet;
mod relay;
mod reply;
mod watch;
mod wire;
