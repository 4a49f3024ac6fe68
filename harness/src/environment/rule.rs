//! Network rules: who reaches whom on which port, and how an attempt fails.
//!
//! Named by what a client experiences. Where the rule sits changes the remedy, not the experience; so it is evidence for
//! whoever can look there, and nothing that a network body acts on differently.

use std::net::SocketAddr;

use notation::{Id, Millis, Placed};

notation::choice! {
    /// What happens to a packet that a rule catches.
    pub enum How("network behaviour") {
        /// It vanishes: a connection attempt and a query both time out. Also known as filtered, dropped.
        "silent" => Silent,
        /// It is answered as by a port without listener: TCP reset, ICMP port unreachable. Also known as closed.
        "refused" => Refused,
        /// It is answered by ICMP "administratively prohibited".
        "rejected-icmp" => RejectedIcmp,
        /// It is answered by ICMP "host unreachable".
        "unreachable" => Unreachable,
        /// The listener's queue is full: a further SYN is dropped. Also known as hung.
        "listen-queue-full" => ListenQueueFull,
        /// Each packet takes this much longer, in milliseconds.
        "delayed" => Delayed(Millis),
        /// Each packet is lost with this probability, decided by the seed.
        "lossy" => Lossy(f64),
    }
}

notation::choice! {
    /// Where a rule sits.
    pub enum Where("place of a rule") {
        /// The outbound firewall of the client.
        "client-outbound" => ClientOutbound,
        /// A device between the machines.
        "path" => Path,
        /// The inbound firewall of the KMS host or DNS server.
        "host-inbound" => HostInbound,
    }
}

notation::choice! {
    /// A transport protocol.
    pub enum Protocol("protocol") {
        /// TCP.
        "tcp" => Tcp,
        /// UDP.
        "udp" => Udp,
    }
}

notation::record! {
    /// What happens to packets from some machines to others; the first rule that catches one decides.
    pub struct Rule("a rule") check Rule::check {
        /// Its id.
        "id" => id: Id,
        /// From these machines; from all when empty.
        "from" => from: Vec<Placed<Id>>,
        /// To these machines; to all when empty.
        "to" => to: Vec<Placed<Id>>,
        /// Only this protocol.
        "protocol" => protocol: Option<Protocol>,
        /// Only this port at the destination.
        "port" => port: Option<u16>,
        /// Where the rule sits.
        "where" => place: Where = Where::Path,
        /// What happens to the packet.
        "how" => how: How,
    }
}

/// A packet that asks to pass.
#[derive(Clone, Copy, Debug)]
pub struct Packet<'a> {
    /// The machine that sends it.
    pub from: &'a Id,
    /// The machine it is for, if the address belongs to one.
    pub to: Option<&'a Id>,
    /// Whether it is TCP.
    pub tcp: bool,
    /// Where it goes.
    pub destination: SocketAddr,
}

impl Rule {
    /// Refuses what makes no sense together.
    fn check(&self, tree: &notation::Tree) -> Result<(), notation::Problem> {
        let refused = |key: &str, message: &str| {
            let place = tree.as_table().and_then(|table| table.find(key)).map_or(tree.span, |value| value.span);
            notation::Problem::refused(place, message)
        };
        if matches!(&self.how, How::Lossy(chance) if !(0.0..=1.0).contains(chance)) {
            let problem = refused("how", "`lossy` is a probability between 0.0 and 1.0");
            return Err(problem.hint("{ lossy = 0.3 } loses three packets of ten"));
        }
        if self.how == How::ListenQueueFull && self.protocol == Some(Protocol::Udp) {
            let problem = refused("protocol", "UDP has no listen queue that could be full");
            return Err(problem.hint("leave `protocol` out, or write \"tcp\""));
        }
        if self.port == Some(0) {
            return Err(refused("port", "nothing is ever sent to port 0").hint("leave `port` out to mean every port"));
        }
        Ok(())
    }

    /// Whether the rule catches ICMP echo between two machines: it does when it is about packets of any kind.
    #[must_use]
    pub fn catches_echo(&self, from: &Id, to: Option<&Id>) -> bool {
        let lists = |ids: &[Placed<Id>], id: Option<&Id>| {
            ids.is_empty() || id.is_some_and(|id| ids.iter().any(|listed| listed.value == *id))
        };
        let any_kind = self.protocol.is_none() && self.port.is_none() && self.how != How::ListenQueueFull;
        any_kind && lists(&self.from, Some(from)) && lists(&self.to, to)
    }

    /// Whether the rule catches a packet.
    #[must_use]
    pub fn catches(&self, packet: &Packet<'_>) -> bool {
        let lists = |ids: &[Placed<Id>], id: Option<&Id>| {
            ids.is_empty() || id.is_some_and(|id| ids.iter().any(|listed| listed.value == *id))
        };
        let protocol = match &self.protocol {
            None => packet.tcp || self.how != How::ListenQueueFull,
            Some(Protocol::Tcp) => packet.tcp,
            Some(Protocol::Udp) => !packet.tcp,
        };
        protocol
            && self.port.is_none_or(|port| port == packet.destination.port())
            && lists(&self.from, Some(packet.from))
            && lists(&self.to, packet.to)
    }
}
