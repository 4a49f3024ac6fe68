//! Which networks this machine can give, and what to do about the others.
//!
//! Pure: what was found out goes in, advice comes out. The advice is a command to type, where one command does it; several causes
//! look alike from inside, so the most specific fact that was found decides.

/// A network as this machine gives it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Network {
    /// Its word.
    pub name: &'static str,
    /// What it is good for.
    pub gives: &'static str,
    /// Why it cannot be had, and what to do about that.
    pub missing: Option<Missing>,
}

/// What stands in the way of a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// Why.
    pub reason: String,
    /// What to type, or else to do.
    pub remedy: String,
}

/// What this machine says about itself, where it says it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// Whether it is Linux.
    pub linux: bool,
    /// Why no addresses of 127.0.0.0/8 can be had.
    pub no_loopback: Option<String>,
    /// Why no isolated network can be had.
    pub no_isolated: Option<String>,
    /// `kernel.apparmor_restrict_unprivileged_userns`: 1 forbids (Ubuntu from 23.10 on).
    pub apparmor_restricts: Option<String>,
    /// `kernel.unprivileged_userns_clone`: 0 forbids (older Debian).
    pub userns_clone: Option<String>,
    /// `user.max_user_namespaces`: 0 forbids (older Red Hat).
    pub max_user_namespaces: Option<String>,
    /// Whether it looks like a container.
    pub container: bool,
    /// Whether the user is root, who may lack capabilities all the same.
    pub root: bool,
    /// Whether there is a file to put name servers in.
    pub resolv_conf: bool,
    /// Whether a seccomp filter is on this process.
    pub seccomp: bool,
}

/// What to do where nothing but Linux helps.
const NEEDS_LINUX: &str = "run it on Linux, for example in a virtual machine or container";

/// What a container needs, as the most common program for them takes it; the capabilities are three of which the third is given anyway.
const IN_CONTAINER: &str = "docker run --cap-add SYS_ADMIN --cap-add NET_ADMIN --security-opt seccomp=unconfined --security-opt apparmor=unconfined ...";

/// The networks, from the one that needs least to the one that needs most.
#[must_use]
pub fn networks(facts: &Facts) -> Vec<Network> {
    let loopback = facts.no_loopback.clone().map(|reason| Missing {
        reason,
        remedy: if facts.linux { "ip link set lo up".to_owned() } else { NEEDS_LINUX.to_owned() },
    });
    let isolated = facts.no_isolated.clone().map(|reason| Missing { remedy: remedy(facts).to_owned(), reason });
    vec![
        Network { name: "simulated", gives: "every scenario with our own client, in virtual time", missing: None },
        Network { name: "loopback", gives: "real sockets, in real parallel", missing: loopback },
        Network {
            name: "isolated",
            gives: "any program, with `kmslab exec` and `kmslab shell`; scenarios with real addresses and ICMP",
            missing: isolated,
        },
    ]
}

/// What gives this machine isolated networks. In a container the settings of the kernel are not its own to change, so that comes first.
#[must_use]
pub fn remedy(facts: &Facts) -> &'static str {
    let says = |fact: &Option<String>, value: &str| fact.as_deref() == Some(value);
    if !facts.linux {
        NEEDS_LINUX
    } else if !facts.resolv_conf {
        "sudo touch /etc/resolv.conf"
    } else if facts.container {
        IN_CONTAINER
    } else if says(&facts.max_user_namespaces, "0") {
        "sudo sysctl -w user.max_user_namespaces=15000"
    } else if says(&facts.userns_clone, "0") {
        "sudo sysctl -w kernel.unprivileged_userns_clone=1"
    } else if says(&facts.apparmor_restricts, "1") {
        "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"
    } else if facts.seccomp {
        "start it from a plain shell: a seccomp filter of whatever started it forbids namespaces"
    } else if facts.root {
        "start it with the capabilities CAP_SYS_ADMIN, CAP_NET_ADMIN and CAP_NET_RAW, of which this root lacks one"
    } else {
        "run it as root: sudo kmslab ..."
    }
}

/// The last line: what there is, and what to do next.
#[must_use]
pub fn verdict(networks: &[Network]) -> String {
    let there: Vec<&str> =
        networks.iter().filter(|network| network.missing.is_none()).map(|network| network.name).collect();
    match networks.iter().find_map(|network| Some((network.name, network.missing.as_ref()?))) {
        None => format!("this machine gives every network: {}", there.join(", ")),
        Some((name, missing)) => {
            format!("this machine gives {}; next, for {name}: {}", there.join(", "), missing.remedy)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(facts: &Facts, expected: &str) {
        assert_eq!(verdict(&networks(facts)), expected);
    }

    #[test]
    fn the_most_specific_fact_decides() {
        let good = Facts { linux: true, resolv_conf: true, ..Facts::default() };
        check(&good, "this machine gives every network: simulated, loopback, isolated");
        let no = Facts { no_isolated: Some("a user namespace: not permitted".to_owned()), ..good.clone() };
        let one = |text: &str| Some(text.to_owned());
        // Each row has one more thing in the way than the row above, and is told about that.
        let root = Facts { root: true, ..no.clone() };
        let seccomp = Facts { seccomp: true, ..root.clone() };
        let ubuntu = Facts { apparmor_restricts: one("1"), ..seccomp.clone() };
        let debian = Facts { userns_clone: one("0"), ..ubuntu.clone() };
        let red_hat = Facts { max_user_namespaces: one("0"), ..debian.clone() };
        let container = Facts { container: true, ..red_hat.clone() };
        let bare = Facts { resolv_conf: false, ..container.clone() };
        let rows = [
            (no, "run it as root: sudo kmslab ..."),
            (
                root,
                "start it with the capabilities CAP_SYS_ADMIN, CAP_NET_ADMIN and CAP_NET_RAW, of which this root lacks one",
            ),
            (seccomp, "start it from a plain shell: a seccomp filter of whatever started it forbids namespaces"),
            (ubuntu, "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"),
            (debian, "sudo sysctl -w kernel.unprivileged_userns_clone=1"),
            (red_hat, "sudo sysctl -w user.max_user_namespaces=15000"),
            (
                container,
                "docker run --cap-add SYS_ADMIN --cap-add NET_ADMIN --security-opt seccomp=unconfined --security-opt apparmor=unconfined ...",
            ),
            (bare, "sudo touch /etc/resolv.conf"),
        ];
        for (facts, expected) in rows {
            check(&facts, &format!("this machine gives simulated, loopback; next, for isolated: {expected}"));
        }
    }

    #[test]
    fn what_allows_is_no_obstacle() {
        let one = |text: &str| Some(text.to_owned());
        let allowing = Facts {
            linux: true,
            resolv_conf: true,
            no_isolated: one("a network: not permitted"),
            apparmor_restricts: one("0"),
            userns_clone: one("1"),
            max_user_namespaces: one("63000"),
            ..Facts::default()
        };
        check(&allowing, "this machine gives simulated, loopback; next, for isolated: run it as root: sudo kmslab ...");
    }

    #[test]
    fn loopback_comes_first() {
        let some = |text: &str| Some(text.to_owned());
        let other = Facts { no_loopback: some("x"), no_isolated: some("y"), ..Facts::default() };
        check(&other, &format!("this machine gives simulated; next, for loopback: {NEEDS_LINUX}"));
        let down = Facts { linux: true, resolv_conf: true, no_loopback: some("x"), ..Facts::default() };
        check(&down, "this machine gives simulated, isolated; next, for loopback: ip link set lo up");
    }
}
