//! DRIVER: what the resolver of this machine is configured to do, read where its system keeps that, and its hosts file.
//!
//! It stands apart because each system has its own place. On Windows the network adapters and the registry are asked; elsewhere files
//! are read. On macOS the file is written by the system from what its own library gives; servers for single domains (of a VPN) are in
//! neither, so `--dns` and `--suffix` say them. What is read means is [`ResolverConfiguration`]'s affair.
#![expect(clippy::disallowed_methods, reason = "driver: reads the configuration of the resolver")]

use std::path::PathBuf;

use evidence::vantage::HostName;

use crate::diagnosis::resolver::ResolverConfiguration;
use crate::diagnosis::system::hosts_file;
use crate::error::CommandError;

/// The configuration of this machine's resolver.
///
/// # Errors
/// Where there is none to read: then the command line has to say it.
pub fn resolver_configuration() -> Result<ResolverConfiguration, CommandError> {
    configured().map_err(|what| CommandError::CannotDo {
        message: format!("the resolver configuration of this machine cannot be read: {what}"),
        hint: "name the DNS servers and suffixes: --dns 10.0.0.53 --suffix contoso.com".to_owned(),
    })
}

/// The hosts file of the system; none where it cannot be read.
#[must_use]
pub fn hosts() -> Vec<HostName> {
    std::fs::read_to_string(hosts_path()).map(|text| hosts_file(&text)).unwrap_or_default()
}

#[cfg(not(windows))]
fn configured() -> Result<ResolverConfiguration, String> {
    /// Where C libraries look (resolv.conf(5)).
    const RESOLV_CONF: &str = "/etc/resolv.conf";
    /// Where systemd-resolved lists the servers behind its stub (systemd-resolved.service(8)).
    const BEHIND_STUB: &str = "/run/systemd/resolve/resolv.conf";
    let read = |path: &str| std::fs::read_to_string(path).map(|text| ResolverConfiguration::parse(&text, path));
    let first = read(RESOLV_CONF).map_err(|error| format!("{RESOLV_CONF}: {error}"))?;
    Ok(ResolverConfiguration::of_unix(first, read(BEHIND_STUB).ok()))
}

#[cfg(windows)]
fn configured() -> Result<ResolverConfiguration, String> {
    use ipconfig::OperStatus;
    use windows_registry::LOCAL_MACHINE;

    use crate::diagnosis::resolver::AdapterSettings;

    /// The parameters of TCP/IP; those of each adapter stand below it, by its GUID.
    const PARAMETERS: &str = r"SYSTEM\CurrentControlSet\Services\Tcpip\Parameters";
    /// What Group Policy says instead ("DNS suffix search list").
    const POLICY: &str = r"SOFTWARE\Policies\Microsoft\Windows NT\DNSClient";
    // A value that cannot be read is one that is not there: the adapters are enough to go on.
    let text = |key: &str, name: &str| {
        let value = LOCAL_MACHINE.open(key).and_then(|key| key.get_string(name));
        value.ok().filter(|text| !text.is_empty())
    };
    let adapters = ipconfig::get_adapters().map_err(|error| format!("the network adapters: {error}"))?;
    let up = adapters.iter().filter(|adapter| adapter.oper_status() == OperStatus::IfOperStatusUp);
    let adapters = up.map(|adapter| {
        let own = format!(r"{PARAMETERS}\Interfaces\{}", adapter.adapter_name());
        AdapterSettings {
            servers: adapter.dns_servers().to_vec(),
            suffix: text(&own, "Domain").or_else(|| text(&own, "DhcpDomain")).unwrap_or_default(),
            metric: adapter.ipv4_metric(),
        }
    });
    let list = text(POLICY, "SearchList").or_else(|| text(PARAMETERS, "SearchList")).unwrap_or_default();
    let domain = text(PARAMETERS, "Domain");
    Ok(ResolverConfiguration::of_windows(adapters.collect(), &list, domain.as_deref()))
}

#[cfg(not(windows))]
fn hosts_path() -> PathBuf {
    PathBuf::from("/etc/hosts")
}

#[cfg(windows)]
fn hosts_path() -> PathBuf {
    let root = std::env::var_os("SystemRoot").unwrap_or_else(|| r"C:\Windows".into());
    PathBuf::from(root).join(r"System32\drivers\etc\hosts")
}
