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

pub mod laboratory;
pub mod wire;
