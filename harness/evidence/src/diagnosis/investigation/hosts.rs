//! The hosts that somebody named: their addresses, their ports, an RPC bind where a port is open, an echo where none is.
//!
//! It stands apart from the questions about names because it goes to other machines than DNS servers, and costs more.
#![expect(clippy::wildcard_enum_match_arm, reason = "picks one kind of fact out of many")]

use std::net::{IpAddr, SocketAddr};

use mock_dns::record::{RecordData, RecordType};

use super::ask::Asker;
use super::{ADDRESSES_MAX, DNS_PORT, Inquiry, KMS_PORT, PING_WAIT, Place, TARGETS_MAX, knock, names};
use crate::diagnosis::fact::Fact;
use crate::diagnosis::step;
use crate::timeline::{ClientEvent, Event};
use crate::vantage::IpConfiguration;

impl Inquiry<'_> {
    /// Asks for the addresses of every host that was named; gives the sockets to knock at.
    pub(super) fn targets(
        &mut self,
        asker: &mut Asker<'_>,
        servers: &[IpAddr],
        ip: &IpConfiguration,
    ) -> Vec<SocketAddr> {
        let named = names::hosts(self.case.client.vantage, &self.evidence);
        let mut sockets: Vec<SocketAddr> = Vec::new();
        let mut add = |address: IpAddr, port: u16| {
            let socket = SocketAddr::new(address, port);
            if port != 0 && !sockets.contains(&socket) {
                sockets.push(socket);
            }
        };
        for entry in &self.case.journal.entries {
            if let Event::Client(ClientEvent::Connect { to }) = entry.event
                && to.port() != DNS_PORT
            {
                add(to.ip(), to.port());
            }
        }
        for host in named.iter().take(TARGETS_MAX) {
            if let Some(address) = host.address() {
                add(address, host.port);
            }
            for listed in
                ip.hosts.iter().chain(&ip.netbios).filter(|listed| listed.name.eq_ignore_ascii_case(&host.name))
            {
                add(listed.address, host.port);
            }
            for name in host.names(self.case.client.vantage, ip) {
                for server in servers {
                    for kind in [RecordType::A, RecordType::AAAA] {
                        self.ask(asker, &step::TARGETS, *server, &name, kind);
                    }
                    // Asked now, or before for the same name on another port.
                    for observation in &self.evidence.observations {
                        let Fact::Asked(asked) = &observation.fact else { continue };
                        if asked.server != *server || asked.name != name {
                            continue;
                        }
                        for record in asked.said.records() {
                            match &record.data {
                                RecordData::A(address) => add(IpAddr::from(*address), host.port),
                                RecordData::Aaaa(address) => add(IpAddr::from(*address), host.port),
                                _ => {}
                            }
                        }
                    }
                }
            }
        }
        sockets.truncate(ADDRESSES_MAX);
        sockets
    }

    /// Knocks at each socket, and at 1688 of the same address where another port does not answer; binds where one does.
    pub(super) fn knock(&mut self, ip: &IpConfiguration, sockets: &[SocketAddr]) {
        let place = self.case.client;
        let mut usual: Vec<SocketAddr> = Vec::new();
        for to in sockets {
            if !self.knock_at(&place, ip, *to) && to.port() != KMS_PORT {
                let other = SocketAddr::new(to.ip(), KMS_PORT);
                if !sockets.contains(&other) && !usual.contains(&other) {
                    usual.push(other);
                }
            }
        }
        for to in usual {
            self.knock_at(&place, ip, to);
        }
        self.ping_closed(&place, ip);
    }

    /// An echo tells a machine whose port is silent from one that is not there.
    fn ping_closed(&mut self, place: &Place<'_>, ip: &IpConfiguration) {
        let mut closed: Vec<(IpAddr, bool)> = Vec::new();
        for observation in &self.evidence.observations {
            let Fact::Knocked { to, result } = &observation.fact else { continue };
            match closed.iter_mut().find(|(address, _)| *address == to.ip()) {
                Some((_, open)) => *open |= result.is_ok(),
                None => closed.push((to.ip(), result.is_ok())),
            }
        }
        for (address, _) in closed.into_iter().filter(|(_, open)| !open) {
            let Some(local) = ip.source_for(address) else { continue };
            let reply = place.network.ping(local, address, place.network.now().plus(PING_WAIT));
            self.note(place, &step::TARGET_PING, Fact::Ping { to: address, reply });
        }
    }

    fn knock_at(&mut self, place: &Place<'_>, ip: &IpConfiguration, to: SocketAddr) -> bool {
        let result = knock::knock(place.network, ip, to);
        self.note(place, &step::PORT, Fact::Knocked { to, result });
        if result.is_ok() {
            let said = knock::bind(place.network, ip, to);
            self.note(place, &step::BIND, Fact::Bound { to, said });
        }
        result.is_ok()
    }
}
