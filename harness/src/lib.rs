//! kmslab: KMS/DNS networks that are broken on purpose, and a KMS client to run in them.
//!
//! In reading order:
//! - [`environment`]: machines, names, addresses and rules as data; changes and what undoes them
//! - [`scenario`]: the file format, its errors, the catalogue
//! - [`network`]: the networks on which an environment can be set up
//! - [`client`]: discovery and activation as Windows does it
//! - [`diagnosis`], [`remedy`]: where a diagnosis can stand, and what its remedies mean in an environment
//! - [`publisher`]: KMS hosts that make themselves known
//! - [`verdict`]: expected against found
//! - [`runner`]: scenarios to records
//! - [`explain`]: what codes, events, procedures and the words of scenarios mean
//! - [`journal`]: what happened, as JSON Lines
//! - [`capture`]: what was said, as a capture file
//! - [`report`]: records to text
//! - [`show`]: a scenario and its record as a drawing
//! - [`mod@bench`]: an environment at which somebody can sit down
//! - [`reproduce`]: from what somebody sent to environments that would have shown it
//! - [`learn`]: tickets to be solved at such a bench
//! - [`lab`]: other programs in the network of a scenario
//! - [`cli`], [`cli_input`], [`cli_output`], [`cli_resolver`], [`error`]: the program

pub mod bench;
pub mod capture;
pub mod cli;
pub mod cli_input;
pub mod cli_output;
pub mod cli_resolver;
pub mod client;
pub mod diagnosis;
pub mod environment;
pub mod error;
pub mod explain;
pub mod journal;
pub mod lab;
pub mod learn;
pub mod network;
pub mod publisher;
pub mod remedy;
pub mod report;
pub mod reproduce;
pub mod runner;
pub mod scenario;
pub mod show;
pub mod verdict;
