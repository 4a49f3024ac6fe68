//! The third stage: whether, when and from where a reply is sent. Actions go in, actions come out.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use notation::Millis;

use crate::boundary::{Action, Origin, Transport};

notation::choice! {
    /// Whether and when a reply arrives.
    pub enum DeliveryFault("fault of a delivery") {
        /// Nothing is sent. Over TCP the connection stays open.
        "silent" => Silent,
        /// So many milliseconds late.
        "delayed" => Delayed(Millis),
        /// Datagrams of more than so many octets are lost, as their fragments are on many paths. UDP only.
        "lost-above" => LostAbove(u16),
        /// Twice.
        "duplicated" => Duplicated,
        /// From another address of the server, as clusters and NAT do; clients drop it. UDP only.
        "from-other-address" => FromOtherAddress(IpAddr),
        /// From another port; clients drop it. UDP only.
        "from-other-port" => FromOtherPort(u16),
        /// The connection is closed instead of an answer. Over UDP nothing is sent.
        "tcp-closed" => TcpClosed,
        /// The connection is reset instead of an answer. Over UDP nothing is sent.
        "tcp-reset" => TcpReset,
        /// Half of the reply, then the connection is closed. Over UDP nothing is sent.
        "tcp-half" => TcpHalf,
    }
}

impl DeliveryFault {
    /// Rewrites what a reply to `origin` is sent by.
    #[must_use]
    pub fn rewrite(&self, actions: Vec<Action>, origin: &Origin) -> Vec<Action> {
        let stream = origin.transport == Transport::Tcp;
        let after = Duration::ZERO;
        match self {
            Self::Silent => Vec::new(),
            Self::Delayed(millis) => actions.into_iter().map(|action| action.later(millis.duration())).collect(),
            Self::LostAbove(_) if stream => actions,
            Self::LostAbove(octets) => {
                actions.into_iter().filter(|action| action.length() <= usize::from(*octets)).collect()
            }
            Self::Duplicated => actions.iter().chain(&actions).cloned().collect(),
            Self::FromOtherAddress(_) | Self::FromOtherPort(_) if stream => actions,
            Self::FromOtherAddress(address) => {
                let from = SocketAddr::new(*address, origin.local.port());
                actions.into_iter().map(|action| action.sent_from(from)).collect()
            }
            Self::FromOtherPort(port) => {
                let from = SocketAddr::new(origin.local.ip(), *port);
                actions.into_iter().map(|action| action.sent_from(from)).collect()
            }
            Self::TcpClosed | Self::TcpReset | Self::TcpHalf if !stream => Vec::new(),
            Self::TcpClosed => vec![Action::Close { after }],
            Self::TcpReset => vec![Action::Reset { after }],
            Self::TcpHalf => {
                let halves = actions.into_iter().map(Action::halved);
                halves.chain([Action::Close { after }]).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(transport: Transport) -> Origin {
        Origin { peer: ([10, 0, 0, 9], 5000).into(), local: ([10, 0, 0, 1], 53).into(), transport }
    }

    fn send(after: u64, from: Option<SocketAddr>, bytes: &'static [u8]) -> Action {
        Action::Send { after: Duration::from_millis(after), from, bytes: bytes.into() }
    }

    #[track_caller]
    fn check(fault: &DeliveryFault, transport: Transport, expected: &[Action]) {
        assert_eq!(fault.rewrite(vec![send(0, None, b"abcd")], &origin(transport)), expected, "{fault:?}");
    }

    #[test]
    fn each_fault() {
        let whole = send(0, None, b"abcd");
        let after = Duration::ZERO;
        check(&DeliveryFault::Silent, Transport::Udp, &[]);
        check(&DeliveryFault::Delayed(Millis(900)), Transport::Udp, &[send(900, None, b"abcd")]);
        check(&DeliveryFault::Duplicated, Transport::Udp, &[whole.clone(), whole.clone()]);
        check(&DeliveryFault::LostAbove(4), Transport::Udp, std::slice::from_ref(&whole));
        check(&DeliveryFault::LostAbove(3), Transport::Udp, &[]);
        check(&DeliveryFault::LostAbove(3), Transport::Tcp, std::slice::from_ref(&whole));
        let other = DeliveryFault::FromOtherAddress([10, 0, 0, 2].into());
        check(&other, Transport::Udp, &[send(0, Some(([10, 0, 0, 2], 53).into()), b"abcd")]);
        check(&other, Transport::Tcp, std::slice::from_ref(&whole));
        let port = DeliveryFault::FromOtherPort(54);
        check(&port, Transport::Udp, &[send(0, Some(([10, 0, 0, 1], 54).into()), b"abcd")]);
        check(&DeliveryFault::TcpClosed, Transport::Tcp, &[Action::Close { after }]);
        check(&DeliveryFault::TcpClosed, Transport::Udp, &[]);
        check(&DeliveryFault::TcpReset, Transport::Tcp, &[Action::Reset { after }]);
        check(&DeliveryFault::TcpHalf, Transport::Tcp, &[send(0, None, b"ab"), Action::Close { after }]);
    }
}
