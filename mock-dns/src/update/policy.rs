//! Who may update a zone.
//!
//! It stands apart because it is a file format and a memory: a server that lets only the owner change a name must know who made it.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::name::DomainName;
use crate::update::Update;
use crate::update::tsig::UpdateKey;
use crate::zone::Zone;

notation::choice! {
    /// What a server says to a dynamic update.
    pub enum UpdatePolicy("update policy") {
        /// REFUSED: the zone does not take updates, or not from this client.
        "refused" => Refused,
        /// NOTIMP: the server does not know updates.
        "notimp" => Notimp,
        /// NOTAUTH: the server is not the primary of the zone.
        "notauth" => Notauth,
        /// Anybody may change anything: allow-update { any; } of BIND, "nonsecure and secure" of Microsoft's server.
        "any" => Any,
        /// Whoever made a name may change it and nobody else, as with Microsoft's "secure only". Who signs is known by the name of the
        /// key, who does not by the address. Names that stand in the zone from the beginning belong to nobody.
        "owner-only" => OwnerOnly,
        /// Only updates that one of `update_keys` signs (TSIG, RFC 8945).
        "signed" => Signed,
    }
}

/// Who asks for an update.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Updater {
    /// Somebody who did not sign, at this address.
    Address(IpAddr),
    /// Whoever has this key.
    Key(DomainName),
}

/// Who made which names, by the lower-case name.
#[derive(Clone, Debug, Default)]
pub struct Owners(BTreeMap<Vec<u8>, Updater>);

impl Owners {
    /// Whether `updater` may change everything that the update changes: the names are its own, or there is nothing at them.
    #[must_use]
    pub fn allow(&self, zone: &Zone, update: &Update, updater: &Updater) -> bool {
        let may = |name: &DomainName| match self.0.get(&key(name)) {
            Some(owner) => owner == updater,
            None => zone.records().iter().all(|record| record.name != *name),
        };
        update.changes.iter().all(|change| may(change.name()))
    }

    /// Forgets who made a name of a zone, if nothing stands at it any more.
    pub fn forget_gone(&mut self, zone: &Zone, name: &DomainName) {
        if zone.records().iter().all(|record| record.name != *name) {
            self.0.remove(&key(name));
        }
    }

    /// Notes who made what an update has made, and forgets names that are gone.
    pub fn note(&mut self, zone: &Zone, update: &Update, updater: &Updater) {
        for change in &update.changes {
            let name = key(change.name());
            if zone.records().iter().any(|record| record.name == *change.name()) {
                self.0.entry(name).or_insert_with(|| updater.clone());
            } else {
                self.0.remove(&name);
            }
        }
    }
}

fn key(name: &DomainName) -> Vec<u8> {
    name.as_wire().to_ascii_lowercase()
}

/// The key of that name.
#[must_use]
pub fn find_key<'a>(keys: &'a [UpdateKey], name: &DomainName) -> Option<&'a UpdateKey> {
    keys.iter().find(|key| key.name == *name)
}
