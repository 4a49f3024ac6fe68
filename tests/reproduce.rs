//! Evidence, then `reproduce`: the same outcome and findings come back, and what does not suffice leads to a question.
//!
//! - `reproduce/law.rs`: scenarios of each kind of outcome
//! - `reproduce/questions.rs`: bundles whose right result is a question
//! - `reproduce/redaction.rs`: what is shared names nobody

#[path = "reproduce/law.rs"]
mod law;
#[path = "reproduce/questions.rs"]
mod questions;
#[path = "reproduce/redaction.rs"]
mod redaction;
