//! What `reproduce` makes of what was typed by hand: what does not suffice leads to a question, what is shared names nobody.
//!
//! That evidence of every scenario leads back to it is held by `law.rs`.
//! - `reproduce/bundles.rs`, `reproduce/questions.rs`: bundles whose right result is a question
//! - `reproduce/redaction.rs`: what is shared names nobody

#[path = "reproduce/bundles.rs"]
mod bundles;
#[path = "reproduce/questions.rs"]
mod questions;
#[path = "reproduce/redaction.rs"]
mod redaction;
