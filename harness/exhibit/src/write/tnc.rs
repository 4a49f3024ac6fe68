//! `Test-NetConnection`: a connection that is really made and closed at once, and a ping where it fails or no port is given.
//!
//! Layout from public samples; PowerShell is not localised in its property names. Windows 7 and older have no such command.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use super::ask::{Asker, opens, targets};
use super::ipconfig::adapter_name;
use super::{NotShown, has_powershell_network};
use crate::desk::Desk;
use crate::label::Language;

/// The prompt of PowerShell.
pub(super) const PROMPT: &str = r"PS C:\> ";

/// How long an echo reply is waited for.
const PING_WAIT: Duration = Duration::from_secs(4);

/// What `Test-NetConnection HOST` prints, with `-Port` of one port.
///
/// # Errors
/// On a machine whose configuration cannot be read, or that has no such command.
pub fn test(desk: &Desk<'_>, language: Language, host: &str, port: Option<u16>) -> Result<String, NotShown> {
    has_powershell_network(desk)?;
    let targets = targets(desk, "tnc", host)?;
    let Some(mut tried) = targets.first().copied() else {
        let rows = [
            ("ComputerName", host.to_owned()),
            ("RemoteAddress", String::new()),
            ("InterfaceAlias", String::new()),
            ("SourceAddress", String::new()),
            ("PingSucceeded", "False".to_owned()),
        ];
        return Ok(format!("WARNING: Name resolution of {host} failed\n{}", listed(&rows)));
    };
    let mut text = String::new();
    let mut open = false;
    for (address, local) in targets.iter().copied() {
        let Some(port) = port else { break };
        tried = (address, local);
        open = opens(desk, local, SocketAddr::new(address, port));
        if open {
            break;
        }
        text.push_str(&format!("WARNING: TCP connect to ({address} : {port}) failed\n"));
    }
    let (tried, source) = tried;
    let adapter = desk.addresses.iter().position(|own| Some(*own) == source);
    let alias = adapter.map(|place| adapter_name(desk, language, place as u64 + 1)).unwrap_or_default();
    let mut rows = vec![("ComputerName", host.to_owned()), ("RemoteAddress", tried.to_string())];
    rows.extend(port.map(|port| ("RemotePort", port.to_string())));
    rows.push(("InterfaceAlias", alias));
    rows.push(("SourceAddress", source.map(|address| address.to_string()).unwrap_or_default()));
    if !open {
        let echo = ping(desk, source, tried);
        if echo.is_none() {
            text.push_str(&format!("WARNING: Ping to {tried} failed with status: TimedOut\n"));
        }
        rows.push(("PingSucceeded", truth(echo.is_some())));
        rows.push(("PingReplyDetails (RTT)", format!("{} ms", echo.unwrap_or_default().as_millis())));
    }
    if port.is_some() {
        rows.push(("TcpTestSucceeded", truth(open)));
    }
    text.push_str(&listed(&rows));
    Ok(text)
}

/// A console in which the port of every KMS host was tested that somebody here would name.
///
/// # Errors
/// As [`test()`]; when nothing names a host.
pub fn console(desk: &Desk<'_>, language: Language) -> Result<String, NotShown> {
    has_powershell_network(desk)?;
    let hosts = Asker::new(desk, "tnc hosts")?.hosts();
    if hosts.is_empty() {
        return Err(NotShown::Nothing);
    }
    let pages = hosts.iter().map(|(host, port)| {
        let page = test(desk, language, host, Some(*port))?;
        Ok(format!("{PROMPT}Test-NetConnection {host} -Port {port}\n{page}"))
    });
    pages.collect()
}

fn ping(desk: &Desk<'_>, local: Option<IpAddr>, to: IpAddr) -> Option<Duration> {
    let sent = desk.network.now();
    desk.network.ping(local?, to, sent.plus(PING_WAIT)).ok()?;
    Some(desk.network.now().since(sent))
}

fn truth(value: bool) -> String {
    if value { "True".to_owned() } else { "False".to_owned() }
}

/// An object as PowerShell lists it: two empty lines before, names padded to the longest, empty lines behind.
fn listed(rows: &[(&str, String)]) -> String {
    let width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    let lines: String = rows.iter().map(|(name, value)| format!("{name:width$} : {value}\n")).collect();
    format!("\n\n{lines}\n\n\n")
}
