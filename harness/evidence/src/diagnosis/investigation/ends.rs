//! What is read at the two ends of a connection: at a KMS host where somebody stands, and in the captures of both.
//!
//! Apart from the questions, because nothing here is asked of the network but an echo of the host's.

use std::net::SocketAddr;

use super::{DNS_PORT, Inquiry, PING_WAIT, Place, SERVERS_MAX};
use crate::diagnosis::fact::Fact;
use crate::diagnosis::step::{self, Step};
use crate::timeline::{ClientEvent, Event, Role};
use crate::vantage::IpConfiguration;

impl Inquiry<'_> {
    /// What a KMS host tells: its service, its logs, and the DNS servers as it sees them.
    pub(super) fn host_facts(&mut self, place: &Place<'_>) {
        self.seen(place, &step::HOST_CAPTURE);
        self.registry_facts(place, &step::HOST_REGISTRY);
        match place.vantage.kms_service() {
            Ok(service) => {
                self.note(place, &step::HOST_SERVICE, Fact::Service(Box::new(service)));
            }
            Err(_) => self.denied(place, &step::HOST_SERVICE),
        }
        match place.vantage.events() {
            Ok(events) => {
                for event in events {
                    self.note(place, &step::HOST_EVENTS, Fact::Logged(event));
                }
            }
            Err(_) => self.denied(place, &step::HOST_EVENTS),
        }
        match place.vantage.requests() {
            Ok(requests) => {
                for request in requests {
                    self.note(place, &step::HOST_REQUESTS, Fact::Requested(request));
                }
            }
            Err(_) => self.denied(place, &step::HOST_REQUESTS),
        }
        self.handshakes(place, &step::HOST_HANDSHAKE);
        self.clock(place, &step::HOST_CLOCK);
        // The host asks the servers of its network; what they are is known from the client's configuration.
        let servers = self.case.client.vantage.ip_configuration().map(IpConfiguration::dns_servers).unwrap_or_default();
        for server in servers.into_iter().take(SERVERS_MAX) {
            let own = place.addresses.iter().find(|own| own.is_ipv4() == server.is_ipv4());
            let Some(own) = own else { continue };
            let reply = place.network.ping(*own, server, place.network.now().plus(PING_WAIT));
            self.note(place, &step::HOST_PING, Fact::Ping { to: server, reply });
        }
    }

    /// What captures show of the client's attempts to connect that failed: its own of all, a host's of those to its addresses.
    pub(super) fn handshakes(&mut self, place: &Place<'_>, step: &'static Step) {
        let mut asked: Vec<SocketAddr> = Vec::new();
        for entry in &self.case.journal.entries {
            let Event::Client(ClientEvent::Connected { to, result: Err(_) }) = entry.event else { continue };
            let meant = place.role == Role::Client || place.addresses.contains(&to.ip());
            if to.port() == DNS_PORT || !meant || asked.contains(&to) {
                continue;
            }
            asked.push(to);
            match place.vantage.handshake(to) {
                Ok(seen) => {
                    self.note(place, step, Fact::Handshake { to, seen });
                }
                Err(_) => self.denied(place, step),
            }
            if place.role == Role::Host
                && let Ok(result) = place.vantage.own_port(to.port())
            {
                self.note(place, &step::HOST_PORT, Fact::OwnPort { at: to, result });
            }
        }
    }
}
