//! Datagrams for a multicast group: everybody on the link who listens gets one.
//!
//! It stands apart from the rest of the world because there one packet has one addressee. A rule decides for each addressee; an ICMP error is
//! never sent about a multicast (RFC 1122 3.2.2), so a rule that would bounce swallows.

use std::net::{IpAddr, SocketAddr};

use double::MachineId;
use evidence::Event;
use evidence::timeline::Recorder;
use mock_dns::boundary::{Origin, Transport};
use mock_dns::multicast::{PORT, Responder, Response};

use super::super::path::Fate;
use super::super::queue::Happening;
use super::World;

impl World {
    /// A client sends a datagram to a group: to every machine that answers there.
    pub(super) fn send_to_group(&mut self, client: usize, socket: usize, group: SocketAddr, bytes: &[u8]) {
        let Some(peer) = self.sockets.get(socket).map(|socket| socket.local) else { return };
        if group.port() != PORT {
            return;
        }
        for machine in 0..self.machines.len() {
            let answers = self.responder(machine).is_some_and(|responder| has_family(responder, peer.ip()));
            if !answers {
                continue;
            }
            if let Fate::Arrives(delay) = self.fate(client, Some(machine), false, group) {
                let origin = Origin { peer, local: group, transport: Transport::Udp };
                self.plan(self.now.plus(delay), Happening::Datagram { machine, origin, bytes: bytes.to_vec() });
            }
        }
    }

    /// A datagram for a group reaches a machine; what it answers goes to whom it says.
    pub(super) fn hear(&mut self, machine: usize, origin: Origin, bytes: &[u8], recorder: &Recorder) {
        let Some((seen, response)) = self.responder(machine).and_then(|responder| responder.receive(bytes, origin))
        else {
            return;
        };
        let Some(id) = self.machines.get(machine).map(|machine| MachineId::new(machine.id.as_str())) else { return };
        recorder.record(self.now, &id, Event::Dns(seen));
        recorder.record(self.now, &id, Event::Dns(response.event.clone()));
        let hears = |local: SocketAddr| {
            local == response.to
                || response.to.ip().is_multicast()
                    && local.port() == response.to.port()
                    && local.is_ipv4() == response.to.is_ipv4()
        };
        let all = self.sockets.iter().map(|socket| socket.local).enumerate();
        let listening: Vec<(usize, SocketAddr)> = all.filter(|(_, local)| hears(*local)).collect();
        for (socket, local) in listening {
            self.respond(machine, socket, local.ip(), &response);
        }
    }

    fn respond(&mut self, machine: usize, socket: usize, address: IpAddr, response: &Response) {
        let client = self.owner(address);
        if let Fate::Arrives(delay) = self.fate(machine, client, false, response.to) {
            let what = Ok((response.from, response.bytes.to_vec()));
            self.plan(self.now.plus(delay), Happening::Delivery { socket, what });
        }
    }

    fn responder(&self, machine: usize) -> Option<&Responder> {
        self.machines.get(machine)?.responder()
    }
}

fn has_family(responder: &Responder, of: IpAddr) -> bool {
    responder.addresses().iter().any(|address| address.is_ipv4() == of.is_ipv4())
}
