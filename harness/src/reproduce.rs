//! From what somebody sent to environments that would have shown it: `kmslab reproduce`.
//!
//! In reading order: [`difference`] (the change between two environments).

pub mod difference;
