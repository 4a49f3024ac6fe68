//! A server that is asked to change a zone: the order of the checks of RFC 2136 3 and RFC 8945 5.
//!
//! It stands apart from answering because it is the only request that changes the server. Zones as they were declared stay as they
//! are; what updates make of them is live, is answered from, and survives a change of the declaration.

use std::sync::Arc;

use bytes::Bytes;
use double::{Moment, WallTime};

use super::{DnsServer, Request};
use crate::answer::Zones;
use crate::boundary::{Action, Origin};
use crate::journal::DnsEvent;
use crate::query::Header;
use crate::rcode::Rcode;
use crate::update::Update;
use crate::update::apply::{apply, carry_over};
use crate::update::policy::{UpdatePolicy, Updater, find_key};
use crate::update::tsig::{Answering, BADSIG, Signature};
use crate::zone::Zone;

/// 1970 as FILETIME ([MS-DTYP] 2.3.3), and its ticks in a second.
const UNIX_EPOCH: u64 = 116_444_736_000_000_000;
const TICKS: u64 = 10_000_000;

impl DnsServer {
    /// Says what the server's clock shows when the run begins. Without a clock it believes the time of every signature.
    pub fn set_clock(&mut self, start: WallTime) {
        self.clock = Some(start);
    }

    /// The zones as they are now: as declared, with everything that updates have changed.
    #[must_use]
    pub fn live_zones(&self) -> &[Zone] {
        &self.live
    }

    /// The zones are declared anew; what updates did to those that stay is carried over.
    pub(super) fn declare(&mut self, before: &[Zone]) {
        let live = std::mem::take(&mut self.live);
        let carried = |zone: &Zone| {
            let there = live.iter().find(|live| live.origin() == zone.origin());
            let declared = before.iter().find(|before| before.origin() == zone.origin());
            match there.zip(declared) {
                Some((live, declared)) if live != declared => carry_over(live, declared, zone),
                _ => zone.clone(),
            }
        };
        self.live = self.config.zones.iter().map(carried).collect();
        self.zones = Arc::new(Zones::new(&self.live));
    }

    /// Takes a dynamic update.
    pub(super) fn update(&mut self, header: Header, bytes: Bytes, origin: Origin, now: Moment) -> Vec<Action> {
        let update = Update::read(&bytes);
        let told = update.as_ref().ok().cloned().map(Box::new);
        self.record(now, DnsEvent::OtherRequest { origin, opcode: header.opcode, update: told, bytes: bytes.clone() });
        let (rcode, signing) = self.judge(update.ok().as_ref(), &bytes, origin, now);
        let mut request = Request::of_header(origin, now, header, rcode);
        request.signing = signing;
        self.say(request)
    }

    /// The code of the answer, and how it is signed.
    fn judge(
        &mut self,
        update: Option<&Update>,
        bytes: &[u8],
        origin: Origin,
        now: Moment,
    ) -> (Rcode, Option<Answering>) {
        if self.config.update == UpdatePolicy::Notimp {
            return (Rcode::NOTIMP, None);
        }
        let Ok(signature) = Signature::find(bytes) else { return (self.unreadable(), None) };
        let seconds = |start: WallTime| start.at(now).0.saturating_sub(UNIX_EPOCH) / TICKS;
        let clock = self.clock.map(seconds);
        let verified = |signature: Signature| {
            let key = find_key(&self.config.update_keys, &signature.key);
            signature.verify(bytes, key, clock)
        };
        let signing = signature.map(verified);
        let updater = match signing.as_ref().map(Answering::signer) {
            None => Updater::Address(origin.peer.ip()),
            Some(Some(key)) => Updater::Key(key.clone()),
            Some(None) => return (Rcode::NOTAUTH, signing),
        };
        let decided = match update {
            None => Err(self.unreadable()),
            Some(update) => self.decide(update, &updater, now),
        };
        match decided {
            Ok(()) => (Rcode::NOERROR, signing),
            // Somebody else's name: a client that signs is told so by its signature, as a Microsoft server tells it.
            Err(Rcode::REFUSED) if self.config.update == UpdatePolicy::OwnerOnly && signing.is_some() => {
                (Rcode::NOTAUTH, signing.map(|signing| signing.with_error(BADSIG)))
            }
            Err(rcode) => (rcode, signing),
        }
    }

    /// What is said to an update that cannot be read: who takes none does not look into it.
    fn unreadable(&self) -> Rcode {
        match self.config.update {
            UpdatePolicy::Refused => Rcode::REFUSED,
            UpdatePolicy::Notauth => Rcode::NOTAUTH,
            UpdatePolicy::Notimp => Rcode::NOTIMP,
            UpdatePolicy::Any | UpdatePolicy::OwnerOnly | UpdatePolicy::Signed => Rcode::FORMERR,
        }
    }

    /// Changes the zone, or says why not.
    fn decide(&mut self, update: &Update, updater: &Updater, now: Moment) -> Result<(), Rcode> {
        let second = self.second(now);
        let zone = self.live.iter_mut().find(|zone| *zone.origin() == update.zone);
        match (&self.config.update, updater) {
            (UpdatePolicy::Notimp, _) => return Err(Rcode::NOTIMP),
            (UpdatePolicy::Notauth, _) => return Err(Rcode::NOTAUTH),
            (UpdatePolicy::Refused, _) | (UpdatePolicy::Signed, Updater::Address(_)) => return Err(Rcode::REFUSED),
            (UpdatePolicy::Any | UpdatePolicy::OwnerOnly, _) | (UpdatePolicy::Signed, Updater::Key(_)) => {}
        }
        let zone = zone.ok_or(Rcode::NOTAUTH)?;
        if self.config.update == UpdatePolicy::OwnerOnly && !self.owners.allow(zone, update, updater) {
            return Err(Rcode::REFUSED);
        }
        let before = zone.clone();
        let changed = apply(zone, update)?;
        self.owners.note(zone, update, updater);
        self.ages.note(&before, zone, update, second);
        if changed {
            self.zones = Arc::new(Zones::new(&self.live));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
