//! `telnet HOST PORT`: what people type where PowerShell cannot test a port. A connection is really made and closed at once.
//!
//! The sentence is general knowledge, in English only. A connection that opens leaves an empty window, which is told here in words.

use std::net::SocketAddr;
use std::time::Duration;

use super::NotShown;
use super::ask::targets;
use crate::desk::Desk;

/// How long a connection is waited for: as long as the stack tries (kms-behaviour: time-outs).
const CONNECT_WAIT: Duration = Duration::from_secs(21);

/// What `telnet HOST PORT` prints.
///
/// # Errors
/// On a machine whose configuration cannot be read, for a name.
pub fn telnet(desk: &Desk<'_>, host: &str, port: u16) -> Result<String, NotShown> {
    let opens = |(address, local)| {
        let until = desk.network.now().plus(CONNECT_WAIT);
        let opened = |local| desk.network.connect(local, SocketAddr::new(address, port), until).is_ok();
        Option::is_some_and(local, opened)
    };
    Ok(if targets(desk, "telnet", host)?.into_iter().any(opens) {
        "(connected: the window is empty)\n".to_owned()
    } else {
        format!("Connecting To {host}...Could not open connection to the host, on port {port}: Connect failed\n")
    })
}
