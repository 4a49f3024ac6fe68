//! `telnet HOST PORT`: what people type where PowerShell cannot test a port. A connection is really made and closed at once.
//!
//! The sentence is general knowledge, in English only. A connection that opens leaves an empty window, which is told here in words.

use std::net::SocketAddr;

use super::NotShown;
use super::ask::{opens, targets};
use crate::desk::Desk;

/// What `telnet HOST PORT` prints.
///
/// # Errors
/// On a machine whose configuration cannot be read, for a name.
pub fn telnet(desk: &Desk<'_>, host: &str, port: u16) -> Result<String, NotShown> {
    let targets = targets(desk, "telnet", host)?;
    Ok(if targets.into_iter().any(|(address, local)| opens(desk, local, SocketAddr::new(address, port))) {
        "(connected: the window is empty)\n".to_owned()
    } else {
        format!("Connecting To {host}...Could not open connection to the host, on port {port}: Connect failed\n")
    })
}
