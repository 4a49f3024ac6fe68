//! A KMS host that plays one and must never be one.
//!
//! What it refuses to do comes first: **it cannot activate a product.** Messages are protected with laboratory keys that are
//! derived in the open from a text which says what they are ([`laboratory`]); there is no key of a product here and no
//! way to configure one. A request that is not protected with the laboratory keys gets a refusal or no answer, never a
//! success, whatever the configuration and the faults say, and a test of this crate holds it to that.
//!
//! The map, in reading order:
//! - [`wire`]: the bytes of DCE/RPC and KMS, both directions
//! - [`laboratory`]: protecting and opening messages under the laboratory keys
//! - [`product`]: what a simulated client is and what a simulated host key covers
//! - [`journal`]: what is seen on a connection, as values
//! - [`host`]: the honest host: its configuration, its state, what it answers
//! - [`action`]: what is to be done: send, close, reset
//! - [`fault`]: what goes wrong on purpose, as rewrites in three stages
//! - [`connection`]: one connection: bytes and the time in, actions and journal entries out
//! - [`publisher`]: making the host known in DNS, by dynamic update
//! - [`server`]: DRIVER, the same with TCP sockets

pub mod action;
pub mod connection;
pub mod fault;
pub mod host;
pub mod journal;
pub mod laboratory;
pub mod product;
pub mod publisher;
pub mod server;
pub mod wire;
