//! The laboratory: other programs inside the network of a scenario.
//!
//! A program that runs here is told nothing about the scenario: it sees addresses, name servers and search suffixes as its machine would
//! have them, and everything else is what it finds out. In reading order: [`files`] (what its system files say), [`published`] (what KMS
//! hosts have told DNS servers by then), [`told`] (what it asked and was told, in three lines), [`doctor`] and [`probe`] (which networks a machine can give); on Linux [`exec`] (the laboratory around a
//! command), [`mounts`] (its view of the files), [`supervise`] (the first process inside).

pub mod doctor;
#[cfg(target_os = "linux")]
pub mod exec;
pub mod files;
#[cfg(target_os = "linux")]
mod mounts;
pub mod probe;
pub mod published;
#[cfg(target_os = "linux")]
pub mod supervise;
pub mod told;
