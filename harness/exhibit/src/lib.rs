//! What the tools of Windows and of DNS servers show: written from the facts of a machine, read from what somebody sent.
//!
//! Both directions stand in one crate because they share the tools and their labels. The crate knows facts and text: it can
//! name neither an environment nor a scenario, so that what is written shows no more than the machine knows, and what is read
//! is believed no further than the text goes. What the claims add up to is decided above, in the harness.
//!
//! In reading order:
//! - [`tool`]: the tools, one list
//! - [`desk`]: where a tool is run
//! - [`claim`]: what a text says, and where it says it
//! - [`label`]: what Windows calls things, in several languages
//! - [`mod@write`]: what the tools show at a desk
//! - [`read`]: from the bytes of a file to claims

pub mod claim;
pub mod desk;
pub mod label;
pub mod read;
pub mod tool;
pub mod write;
