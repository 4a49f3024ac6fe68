//! What `slmgr` writes into the registry of its machine: /skms, /ckms, /skms-domain, /ckms-domain, /skhc, /ckhc.
//!
//! It parses its arguments as the script does (the slmgr.vbs of 8.1 and 10, SetKmsMachineName), which is the source of many a stuck
//! client. It stands apart from an attempt because it sends nothing; what its words mean for an attempt is said in
//! [`super::sources`] and [`super::suffix`].

use evidence::registry::{Data, RegistryValue, ValueType};

pub use evidence::registry::{CACHING_DISABLED, HOST_NAME, HOST_PORT, LOOKUP_DOMAIN};

/// Something that the script does to the registry.
#[derive(Clone, Debug, PartialEq)]
pub enum Edit {
    /// Writes a value.
    Set(RegistryValue),
    /// Takes a value away, if it is there.
    Remove {
        /// The key.
        path: String,
        /// The name of the value.
        name: &'static str,
    },
}

/// The port of a `/skms` argument is no number: the script says so and changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the port is no number")]
pub struct NotAPort;

/// `/skms <Name[:Port] | :Port>`: splits at the first colon, or behind the closing bracket of an IPv6 address, whose brackets stay.
///
/// Without a name only the port is set; without a port the stored port is taken away, so that 1688 applies. A bare IPv6 address is
/// cut at its first colon, and then its port is no number.
///
/// # Errors
/// [`NotAPort`]; the script then puts the earlier name back.
pub fn skms(root: &str, argument: &str) -> Result<Vec<Edit>, NotAPort> {
    let bracketed = argument.starts_with('[').then(|| argument.find(']')).flatten();
    let (name, port) = match bracketed {
        // One character behind the bracket is skipped, whatever it is.
        Some(end) => {
            let mut behind = argument[end + 1..].chars();
            behind.next();
            (&argument[..=end], Some(behind.as_str()))
        }
        None => argument.split_once(':').map_or((argument, None), |(name, port)| (name, Some(port))),
    };
    let port = port.filter(|port| !port.is_empty()).map(|port| port.trim().parse::<u16>().map_err(|_| NotAPort));
    let port = port.transpose()?;
    let mut edits = Vec::new();
    if !name.is_empty() {
        edits.push(set(root, HOST_NAME, name));
    }
    edits.push(port.map_or_else(|| remove(root, HOST_PORT), |port| set(root, HOST_PORT, &port.to_string())));
    Ok(edits)
}

/// `/ckms`: back to discovery.
#[must_use]
pub fn ckms(root: &str) -> Vec<Edit> {
    vec![remove(root, HOST_NAME), remove(root, HOST_PORT)]
}

/// `/skms-domain`: discovery in this domain only.
#[must_use]
pub fn skms_domain(root: &str, domain: &str) -> Vec<Edit> {
    vec![set(root, LOOKUP_DOMAIN, domain)]
}

/// `/ckms-domain`: discovery by the machine's own suffixes.
#[must_use]
pub fn ckms_domain(root: &str) -> Vec<Edit> {
    vec![remove(root, LOOKUP_DOMAIN)]
}

/// `/skhc` and `/ckhc`: whether the host that was found is remembered.
#[must_use]
pub fn host_caching(root: &str, on: bool) -> Vec<Edit> {
    let data = Data::Number(u32::from(!on));
    let (path, name) = (root.to_owned(), CACHING_DISABLED.to_owned());
    vec![Edit::Set(RegistryValue { path, name, kind: ValueType::Dword, data })]
}

/// A registry after the edits.
pub fn apply(registry: &mut Vec<RegistryValue>, edits: &[Edit]) {
    for edit in edits {
        let (path, name) = match edit {
            Edit::Set(value) => (value.path.as_str(), value.name.as_str()),
            Edit::Remove { path, name } => (path.as_str(), *name),
        };
        registry.retain(|value| !value.is(path, name));
        if let Edit::Set(value) = edit {
            registry.push(value.clone());
        }
    }
}

fn set(root: &str, name: &str, text: &str) -> Edit {
    let data = Data::Text(text.to_owned());
    Edit::Set(RegistryValue { path: root.to_owned(), name: name.to_owned(), kind: ValueType::Sz, data })
}

fn remove(root: &str, name: &'static str) -> Edit {
    Edit::Remove { path: root.to_owned(), name }
}

#[cfg(test)]
mod tests {
    use super::{HOST_NAME, HOST_PORT, NotAPort, apply, ckms, skms};
    use evidence::registry::text;

    const ROOT: &str = r"HKLM\SOFTWARE";

    /// Name and port after the argument was typed on a machine that had oldkms:1700.
    #[track_caller]
    fn check(argument: &str, expected: Result<(Option<&str>, Option<&str>), NotAPort>) {
        let mut registry = Vec::new();
        apply(&mut registry, &skms(ROOT, "oldkms:1700").unwrap());
        let typed = skms(ROOT, argument).map(|edits| apply(&mut registry, &edits));
        let found = typed.map(|()| (text(&registry, ROOT, HOST_NAME), text(&registry, ROOT, HOST_PORT)));
        assert_eq!(found, expected, "{argument}");
    }

    #[test]
    fn arguments_as_the_script_takes_them() {
        check("kms1.contoso.com:1688", Ok((Some("kms1.contoso.com"), Some("1688"))));
        check("kms1.contoso.com", Ok((Some("kms1.contoso.com"), None)));
        check("10.0.0.60:1689", Ok((Some("10.0.0.60"), Some("1689"))));
        check("[fd00::60]:1688", Ok((Some("[fd00::60]"), Some("1688"))));
        check("[fd00::60]", Ok((Some("[fd00::60]"), None)));
        check(":1701", Ok((Some("oldkms"), Some("1701"))));
        check("KMS1:", Ok((Some("KMS1"), None)));
        check("fd00::60:1688", Err(NotAPort));
        check("kms1:kms", Err(NotAPort));
        check("[fd00::60]é", Ok((Some("[fd00::60]"), None)));
    }

    #[test]
    fn ckms_takes_name_and_port_away() {
        let mut registry = Vec::new();
        apply(&mut registry, &skms(ROOT, "kms1:1688").unwrap());
        apply(&mut registry, &ckms(ROOT));
        assert_eq!(registry, []);
    }
}
