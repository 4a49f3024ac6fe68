//! Tools without a writer of their own in `exhibit`: what they tell, in short lines that keep the tool's words for the facts.

use std::fmt::Write as _;

use exhibit::desk::Desk;
use exhibit::write::NotShown;

/// `dnscmd /enumzones`
pub(super) fn zones(desk: &Desk<'_>) -> Result<String, NotShown> {
    let zones = desk.vantage.zones()?;
    Ok(zones.iter().fold(String::new(), |text, zone| text + &format!("{}  Primary\n", zone.origin())))
}

/// `ipconfig /displaydns`
pub(super) fn cache(desk: &Desk<'_>) -> Result<String, NotShown> {
    let now = desk.network.now();
    let mut text = String::new();
    for cached in desk.vantage.resolver_cache()?.iter().filter(|cached| cached.until > now) {
        let data: Vec<String> = cached.records.iter().map(|record| record.data.to_string()).collect();
        let data = if data.is_empty() { "Name does not exist.".to_owned() } else { data.join("; ") };
        writeln!(text, "{} {}\n    {data}", cached.name, cached.kind).ok();
    }
    Ok(if text.is_empty() { "Could not display the DNS Resolver Cache.\n".to_owned() } else { text })
}

/// `w32tm /query /status`: what the clock shows, and the time of the network beside it.
pub(super) fn clock(desk: &Desk<'_>) -> Result<String, NotShown> {
    Ok(format!("Clock: {}\n", desk.vantage.clock(desk.network.now())?))
}

/// The hosts file.
pub(super) fn hosts(desk: &Desk<'_>) -> Result<String, NotShown> {
    let hosts = &desk.vantage.ip_configuration()?.hosts;
    Ok(hosts
        .iter()
        .fold("127.0.0.1 localhost\n".to_owned(), |text, host| text + &format!("{} {}\n", host.address, host.name)))
}
