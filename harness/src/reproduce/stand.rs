//! At which machine each text was collected: the client, one of the KMS hosts, one of the DNS servers.
//!
//! Few texts name their machine. What only one kind of machine shows tells its kind; what any machine shows (a registry value, a ping)
//! follows what stands beside it in the file, then in the folder. It asks nobody and compares nothing.
#![expect(clippy::wildcard_enum_match_arm, reason = "picks a few kinds out of many")]

use evidence::Role;
use evidence::registry;
use exhibit::claim::{Claim, LicenceClaim, Says};
use notation::Id;

use crate::environment::Environment;

/// A machine where somebody collected something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stand {
    /// The client.
    Client,
    /// A KMS host, by its place in [`Stands::hosts`].
    Host(usize),
    /// A DNS server, by its place in [`Stands::servers`].
    Dns(usize),
}

impl Stand {
    /// The kind of machine.
    #[must_use]
    pub const fn role(self) -> Role {
        match self {
            Self::Client => Role::Client,
            Self::Host(_) => Role::Host,
            Self::Dns(_) => Role::Dns,
        }
    }
}

/// Where each claim was collected.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stands {
    /// For each claim, in their order.
    pub of: Vec<Stand>,
    /// What is known of the name of each KMS host: that of the folder with its files.
    pub hosts: Vec<String>,
    /// The same of each DNS server.
    pub servers: Vec<String>,
}

impl Stands {
    /// Which machine of an environment is meant: the one that is called so, else the one with that number.
    #[must_use]
    pub fn machine<'a>(&self, at: Stand, environment: &'a Environment) -> Option<&'a Id> {
        let (names, ids, number): (&[String], Vec<&Id>, usize) = match at {
            Stand::Client => (&[], environment.clients.iter().map(|machine| &machine.id).collect(), 0),
            Stand::Host(number) => {
                (&self.hosts, environment.kms_hosts.iter().map(|machine| &machine.id).collect(), number)
            }
            Stand::Dns(number) => {
                (&self.servers, environment.dns_servers.iter().map(|machine| &machine.id).collect(), number)
            }
        };
        let called = names.get(number).and_then(|name| ids.iter().find(|id| id.as_str() == name));
        called.or_else(|| ids.get(number)).copied()
    }
}

/// Registry values that a KMS host has and a client has not.
const OF_HOSTS: [&str; 6] = [
    "KeyManagementServiceListeningPort",
    "DisableDnsPublishing",
    "DnsDomainPublishList",
    "EnableKmsLowPriority",
    "VLActivationInterval",
    "VLRenewalInterval",
];

/// Tells where each claim was collected.
#[must_use]
pub fn stands(claims: &[Claim]) -> Stands {
    let own: Vec<Option<Role>> = claims.iter().map(|claim| role_of(&claim.says)).collect();
    let told = || claims.iter().zip(&own).filter_map(|(claim, role)| Some((claim, (*role)?)));
    let mut stands = Stands::default();
    for (claim, own) in claims.iter().zip(&own) {
        let file = || only(told().filter(|(other, _)| other.place.file == claim.place.file).map(|(_, role)| role));
        let beside = folder(&claim.place.file);
        let in_folder = || only(told().filter(|(other, _)| folder(&other.place.file) == beside).map(|(_, role)| role));
        let role = own.or_else(file).or_else(in_folder).unwrap_or(Role::Client);
        let stand = match role {
            Role::Client => Stand::Client,
            Role::Host => Stand::Host(number(&mut stands.hosts, beside)),
            Role::Dns => Stand::Dns(number(&mut stands.servers, beside)),
        };
        stands.of.push(stand);
    }
    stands
}

/// The kind of machine that says such a thing; none where several do.
fn role_of(says: &Says) -> Option<Role> {
    match says {
        Says::Adapter(_) | Says::PrimarySuffix(_) | Says::SearchList(_) | Says::Attempt(_) => Some(Role::Client),
        Says::Event(event) => match event.id {
            8198 | 12_288 | 12_289 => Some(Role::Client),
            12_290..=12_294 => Some(Role::Host),
            _ => None,
        },
        Says::Licence(licence) => match licence {
            LicenceClaim::CurrentCount(_) | LicenceClaim::ListeningPort(_) | LicenceClaim::Publishing(_) => {
                Some(Role::Host)
            }
            LicenceClaim::Registered(_)
            | LicenceClaim::Discovered(_)
            | LicenceClaim::NothingDiscovered
            | LicenceClaim::LookupDomain(_)
            | LicenceClaim::HostCaching(_) => Some(Role::Client),
            // The channel of a KMS host's key; those of clients are VOLUME_KMSCLIENT and VOLUME_MAK.
            LicenceClaim::Description(text) if text.contains("VOLUME_KMS ") || text.contains("VOLUME_KMS_") => {
                Some(Role::Host)
            }
            LicenceClaim::Description(text) if text.contains("KMSCLIENT") => Some(Role::Client),
            _ => None,
        },
        Says::Registry(value) => of_registry(&value.name),
        Says::NoRegistryValue { name: Some(name), .. } => of_registry(name),
        Says::Record { .. } => Some(Role::Dns),
        _ => None,
    }
}

fn of_registry(name: &str) -> Option<Role> {
    let client = [registry::HOST_NAME, registry::LOOKUP_DOMAIN].iter().any(|known| name.eq_ignore_ascii_case(known));
    let host = OF_HOSTS.iter().any(|known| name.eq_ignore_ascii_case(known));
    client.then_some(Role::Client).or(host.then_some(Role::Host))
}

/// The one role that all have; none where there is none, or they differ.
fn only(mut roles: impl Iterator<Item = Role>) -> Option<Role> {
    let first = roles.next()?;
    roles.all(|role| role == first).then_some(first)
}

/// The last folder on the way to a file, in the notation of either system; empty where none is named.
fn folder(file: &str) -> &str {
    let Some((folder, _)) = file.rsplit_once(['/', '\\']) else { return "" };
    folder.rsplit(['/', '\\']).next().unwrap_or(folder)
}

/// The place of a name in a list; it is put there if it is new.
fn number(names: &mut Vec<String>, name: &str) -> usize {
    names.iter().position(|known| known == name).unwrap_or_else(|| {
        names.push(name.to_owned());
        names.len() - 1
    })
}

#[cfg(test)]
mod tests {
    use exhibit::read::{Bounds, read};

    use super::{Stand, stands};

    /// Two claims: the status and the count.
    const COUNT: &str =
        "License Status: Licensed\nKey Management Service is enabled on this machine\n    Current count: 25\n";
    const VALUE: &str = "HKEY_LOCAL_MACHINE\\SOFTWARE\\Any\n    Name    REG_SZ    value\n\n";

    #[track_caller]
    fn check(files: &[(&str, &str)], expected: &[Stand], hosts: &[&str]) {
        let claims: Vec<_> =
            files.iter().flat_map(|(name, text)| read(name, text.as_bytes(), &Bounds::default()).claims).collect();
        let found = stands(&claims);
        assert_eq!(found.of, expected, "{claims:?}");
        assert_eq!(found.hosts, hosts);
    }

    #[test]
    fn a_folder_is_a_machine() {
        check(
            &[("kms1/dlv.txt", COUNT), ("kms1/reg.txt", VALUE), ("reg.txt", VALUE), ("b\\kms2\\dlv.txt", COUNT)],
            &[Stand::Host(0), Stand::Host(0), Stand::Host(0), Stand::Client, Stand::Host(1), Stand::Host(1)],
            &["kms1", "kms2"],
        );
    }

    #[test]
    fn where_machines_share_a_folder_each_file_speaks_for_itself() {
        let client = "Activating Windows(R) (11111111-2222-3333-4444-555555555555) ...\nError: 0xC004F074\n";
        let both = format!("{COUNT}\n{VALUE}");
        check(
            &[("ato.txt", client), ("host.txt", &both), ("other.txt", VALUE)],
            &[Stand::Client, Stand::Host(0), Stand::Host(0), Stand::Host(0), Stand::Client],
            &[""],
        );
    }
}
