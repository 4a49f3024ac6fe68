//! DRIVER: finds out what this machine gives, by trying it: addresses of its own on loopback, and a whole isolated network.
//!
//! Nothing stays of what is tried, except that the process may have entered a user namespace: it can be asked once, and before it has
//! other threads.
#![expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "driver: tries sockets and namespaces, and reads what the kernel says about them"
)]

use std::net::{TcpListener, UdpSocket};
use std::path::Path;

use super::doctor::Facts;
use crate::environment::Environment;

/// An address that is nobody's.
const SOME_ADDRESS: &str = "127.64.0.1:0";

/// Where container programs say that they are one: docker, podman, systemd-nspawn and whatever follows its container interface.
const OF_CONTAINERS: [&str; 3] = ["/.dockerenv", "/run/.containerenv", "/run/systemd/container"];

/// What Kubernetes gives every container.
const OF_KUBERNETES: &str = "KUBERNETES_SERVICE_HOST";

/// What the machine says about itself; nothing is tried.
#[must_use]
pub fn said() -> Facts {
    let fact = |path: &str| std::fs::read_to_string(path).ok().map(|text| text.trim().to_owned());
    let status = fact("/proc/self/status").unwrap_or_default();
    // The second number is that which counts (proc_pid_status(5)).
    let is_root = |line: &str| line.strip_prefix("Uid:").and_then(|users| users.split_whitespace().nth(1)) == Some("0");
    // In a user namespace that this process has made for itself, whoever is root there was another before (user_namespaces(7)).
    let was_root = fact("/proc/self/uid_map").is_some_and(|map| map.split_whitespace().take(2).eq(["0", "0"]));
    Facts {
        linux: cfg!(target_os = "linux"),
        apparmor_restricts: fact("/proc/sys/kernel/apparmor_restrict_unprivileged_userns"),
        userns_clone: fact("/proc/sys/kernel/unprivileged_userns_clone"),
        max_user_namespaces: fact("/proc/sys/user/max_user_namespaces"),
        container: OF_CONTAINERS.iter().any(|path| Path::new(path).exists())
            || std::env::var_os(OF_KUBERNETES).is_some(),
        root: was_root && status.lines().any(is_root),
        resolv_conf: Path::new("/etc/resolv.conf").exists(),
        seccomp: status.lines().any(|line| line.split_whitespace().eq(["Seccomp:", "2"])),
        ..Facts::default()
    }
}

/// The same, and tries everything; `environment` is what is set up in the isolated network.
#[must_use]
pub fn facts(environment: &Environment) -> Facts {
    let said = said();
    let tried = UdpSocket::bind(SOME_ADDRESS).and(TcpListener::bind(SOME_ADDRESS));
    let no_loopback = if said.linux { tried.err().map(|error| error.to_string()) } else { Some(no_linux()) };
    Facts { no_loopback, no_isolated: isolated(environment).err(), ..said }
}

fn no_linux() -> String {
    "this is not Linux".to_owned()
}

#[cfg(target_os = "linux")]
fn isolated(environment: &Environment) -> Result<(), String> {
    use double::{Clock, Seed};

    use super::files::Files;
    use crate::network::isolated::ground::Ground;
    use crate::network::isolated::namespace::enter;

    enter().map_err(|refused| refused.to_string())?;
    let ground = Ground::new(environment, None, Clock::start(1), Seed::new(1)).map_err(|error| error.to_string())?;
    let Some(client) = environment.clients.first() else { return Ok(()) };
    let files = Files::of(client);
    let namespace = ground.client(&client.id).ok_or("the client has no network")?;
    let entered = namespace.run(move || super::mounts::enter(&files));
    entered.and_then(std::convert::identity).map_err(|error| error.to_string())
}

#[cfg(not(target_os = "linux"))]
fn isolated(_: &Environment) -> Result<(), String> {
    Err(no_linux())
}
