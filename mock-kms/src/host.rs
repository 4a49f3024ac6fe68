//! The honest KMS host: its state, and what it answers to a message.
//!
//! It stands apart because honest behaviour is what faults are told from: nothing in here knows that faults exist. It
//! speaks no RPC (that is `association`) and it never protects a message with other than the laboratory keys.
//!
//! The order of answers is part of the design: version or size unreadable; what the state of the host says without reading
//! the request; no laboratory protection; product; clock; count.

pub(crate) mod association;
pub mod config;

mod cache;

use std::sync::{Arc, Weak};
use std::time::Duration;

use double::{Seed, WallTime};

use crate::journal::RequestSeen;
use crate::laboratory::{self, OpenError};
use crate::product::Product;
use crate::wire::kms::{BaseRequest, BaseResponse, Version};
use crate::wire::{Guid, Hresult};
use cache::ClientCache;
pub use config::{HostConfig, HostState};

/// How far the clocks of client and host may be apart, compared in UTC (Microsoft, "Error 0xC004F06C").
pub const CLOCK_SKEW_LIMIT: Duration = Duration::from_secs(4 * 60 * 60);

/// Association groups that are remembered: as many as connections can be open. The oldest can no longer be joined then.
const MAX_GROUPS: usize = 1024;

/// Membership of an association group. The group is gone with its last member (C706 chapter 9, association groups).
#[derive(Debug, Clone)]
pub(crate) struct Group {
    /// Its number on the wire, never zero.
    pub(crate) id: u32,
    member: Arc<()>,
}

/// A KMS host: what it is set up to be, and what it remembers. Nothing of it outlives the process.
#[derive(Debug)]
pub struct Host {
    config: HostConfig,
    /// The application and counted ids that the host key covers.
    covered: Vec<(Guid, Guid)>,
    cache: ClientCache,
    seed: Seed,
    granted: u64,
    groups: Vec<(u32, Weak<()>)>,
    groups_made: u64,
}

/// What the host answers to a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It grants. Only [`Host::answer`] makes this, from a request that the laboratory keys opened.
    Granted(Granted),
    /// It refuses.
    Refused(Hresult),
}

/// A granted request, not yet sealed. The private fields keep everybody else from making one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Granted {
    /// What is told to the client.
    pub response: BaseResponse,
    version: Version,
    request_iv: [u8; 16],
    nonce: [u8; 16],
}

impl Granted {
    /// The sealed message.
    #[must_use]
    pub fn seal(&self) -> Vec<u8> {
        laboratory::seal_response(self.version, &self.response, self.request_iv, self.nonce)
    }
}

impl Host {
    /// A host as configured. Its identities come from `seed`.
    #[must_use]
    pub fn new(config: HostConfig, seed: Seed) -> Self {
        let cache = ClientCache::new(&config);
        let covered = covered(&config);
        Self { config, covered, cache, seed, granted: 0, groups: Vec::new(), groups_made: 0 }
    }

    /// The same host with all that it remembers; an association group is gone with its connections.
    #[must_use]
    pub(crate) fn without_connections(&self) -> Self {
        Self {
            config: self.config.clone(),
            covered: self.covered.clone(),
            cache: self.cache.clone(),
            seed: self.seed,
            granted: self.granted,
            groups: Vec::new(),
            groups_made: self.groups_made,
        }
    }

    /// Changes the configuration and keeps what the host remembers, as an administrator does on a running host.
    pub fn reconfigure(&mut self, config: HostConfig) {
        if config.current_count != self.config.current_count {
            self.cache.set_others(config.current_count);
        }
        self.covered = covered(&config);
        self.config = config;
    }

    /// The configuration.
    #[must_use]
    pub const fn config(&self) -> &HostConfig {
        &self.config
    }

    /// The current count, as slmgr would show it on the host when its clock shows `now`.
    #[must_use]
    pub fn current_count(&self, now: WallTime) -> u32 {
        self.cache.count(now)
    }

    /// What the host answers to `message` when its own clock shows `now`, and what can be told of the request.
    pub fn answer(&mut self, message: &[u8], now: WallTime) -> (RequestSeen, Answer) {
        let version = message.first_chunk().map(|dword| u32::from_le_bytes(*dword));
        let mut seen = RequestSeen { version, size: message.len(), base: None };
        let opened = laboratory::open_request(message);
        let answer = self.judge(message, &opened, now).unwrap_or_else(Answer::Refused);
        seen.base = match opened {
            Ok(base) => Some(Box::new(base)),
            // Version 4 carries its fields in the open, whoever protected it.
            Err(OpenError::NotLaboratory) if version == Some(Version::V4.dword()) => {
                message.split_last_chunk::<16>().and_then(|(base, _)| BaseRequest::read(base).ok()).map(Box::new)
            }
            Err(_) => None,
        };
        (seen, answer)
    }

    /// A new association group with one member.
    pub(crate) fn new_group(&mut self) -> Group {
        self.groups_made += 1;
        let [a, b, c, d, ..] = self.seed.child("association group").nth(self.groups_made).bytes16();
        let group = Group { id: u32::from_le_bytes([a, b, c, d]).max(1), member: Arc::new(()) };
        self.groups.retain(|(_, members)| members.strong_count() > 0);
        let excess = (self.groups.len() + 1).saturating_sub(MAX_GROUPS);
        self.groups.drain(..excess);
        self.groups.push((group.id, Arc::downgrade(&group.member)));
        group
    }

    /// Joins an association group, if it still has a member.
    pub(crate) fn join_group(&self, id: u32) -> Option<Group> {
        let (_, members) = self.groups.iter().find(|(known, _)| *known == id)?;
        members.upgrade().map(|member| Group { id, member })
    }

    /// The order of answers. Each refusal returns; what comes through is granted.
    fn judge(
        &mut self,
        message: &[u8],
        opened: &Result<BaseRequest, OpenError>,
        now: WallTime,
    ) -> Result<Answer, Hresult> {
        let version = laboratory::request_version(message).map_err(|_| Hresult::INVALID_DATA)?;
        if version > self.config.newest_version.0 {
            return Err(Hresult::INVALID_DATA);
        }
        match self.config.state {
            HostState::Activated => {}
            HostState::NotActivated => return Err(Hresult::NOT_ACTIVATED),
            HostState::NotEnabled | HostState::NoHostKey => return Err(Hresult::NOT_ENABLED),
        }
        let request = opened.as_ref().map_err(|error| match error {
            OpenError::NotLaboratory | OpenError::OtherRequest => Hresult::SIMULATION,
            OpenError::Unreadable(_) | OpenError::Inside(_) => Hresult::INVALID_DATA,
        })?;
        if request.version != version.dword() {
            return Err(Hresult::INVALID_DATA);
        }
        if !self.covered.contains(&(request.application, request.counted)) {
            return Err(Hresult::ID_MISMATCH);
        }
        if request.client_time.distance(now) > CLOCK_SKEW_LIMIT {
            return Err(Hresult::INVALID_TIMESTAMP);
        }
        self.granted += 1;
        let response = BaseResponse {
            version: request.version,
            epid: self.config.epid.text(),
            client: request.client,
            client_time: request.client_time,
            current_count: self.cache.contact(request.client, request.required_clients, now),
            activation_interval: self.config.activation_interval,
            renewal_interval: self.config.renewal_interval,
        };
        let nonce = self.seed.nth(self.granted).bytes16();
        Ok(Answer::Granted(Granted { response, version, request_iv: laboratory::request_iv(message), nonce }))
    }
}

fn covered(config: &HostConfig) -> Vec<(Guid, Guid)> {
    config.serves.iter().map(|product: &Product| (product.application(), product.counted())).collect()
}

#[cfg(test)]
mod tests;
