//! One TCP connection as segments: sequence numbers, acknowledgements, how it begins and ends.
//!
//! What was said and when is told by the journal; numbers and acknowledgements are what stacks must make of it (RFC 9293). A segment
//! that comes after the end is not written.

use std::net::SocketAddr;

use crate::network::ip::{self, ACK, FIN, PSH, RST, SYN, TCP, TCP_CHECKSUM};

/// Most octets of a segment on an Ethernet: 1500 without the headers (RFC 9293 3.7.1).
const SEGMENT_V4: usize = 1460;
const SEGMENT_V6: usize = 1440;

/// Segments after which a receiver acknowledges at the latest (RFC 9293 3.8.6.3).
const UNACKNOWLEDGED_MAX: usize = 2;

/// The window that both ends announce.
const WINDOW: u16 = 64_240;

/// An end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The one that connects.
    Client,
    /// The one that listens.
    Server,
}

impl End {
    const fn place(self) -> usize {
        match self {
            Self::Client => 0,
            Self::Server => 1,
        }
    }

    const fn other(self) -> Self {
        match self {
            Self::Client => Self::Server,
            Self::Server => Self::Client,
        }
    }
}

/// A connection.
#[derive(Clone, Debug)]
pub(super) struct Stream {
    ends: [SocketAddr; 2],
    /// Next sequence numbers.
    next: [u32; 2],
    /// Whether the end has opened its direction, and closed it.
    opened: [bool; 2],
    closed: [bool; 2],
    reset: bool,
    /// The packet that asked for it.
    first: Vec<u8>,
    /// Everything that the client has said.
    said: Vec<u8>,
}

impl Stream {
    /// A connection that nobody has begun yet; `number` makes its sequence numbers different from those of all others.
    pub(super) fn new(client: SocketAddr, server: SocketAddr, number: u32) -> Self {
        let first = number.wrapping_mul(0x0010_0001);
        Self {
            ends: [client, server],
            next: [first, first.wrapping_add(0x4000_0000)],
            opened: [false; 2],
            closed: [false; 2],
            reset: false,
            first: Vec::new(),
            said: Vec::new(),
        }
    }

    /// The client asks for it.
    pub(super) fn syn(&mut self) -> Vec<u8> {
        self.opened[0] = true;
        self.first = self.segment(End::Client, SYN, &[]);
        self.first.clone()
    }

    /// The packet that asked for it, to be sent again.
    pub(super) fn first(&self) -> &[u8] {
        &self.first
    }

    /// The server has taken it; nothing the second time.
    pub(super) fn accepted(&mut self) -> Option<Vec<u8>> {
        if !self.opened[0] || std::mem::replace(&mut self.opened[1], true) || self.reset {
            return None;
        }
        Some(self.segment(End::Server, SYN | ACK, &[]))
    }

    /// Whether the server has answered the SYN.
    pub(super) const fn is_accepted(&self) -> bool {
        self.opened[1]
    }

    /// An end acknowledges what it has got.
    pub(super) fn acknowledged(&mut self, by: End) -> Option<Vec<u8>> {
        (self.opened[1] && !self.reset).then(|| self.segment(by, ACK, &[]))
    }

    /// An end says something.
    pub(super) fn say(&mut self, from: End, octets: &[u8]) -> Vec<Vec<u8>> {
        if octets.is_empty() || !self.opened[1] || self.closed[from.place()] || self.reset {
            return Vec::new();
        }
        if from == End::Client {
            self.said.extend(octets);
        }
        let most = if self.ends[0].is_ipv4() { SEGMENT_V4 } else { SEGMENT_V6 };
        let parts = octets.len().div_ceil(most);
        let mut segments = Vec::new();
        for (number, part) in (1..).zip(octets.chunks(most)) {
            let push = if number == parts { PSH } else { 0 };
            segments.push(self.segment(from, push | ACK, part));
            if number % UNACKNOWLEDGED_MAX == 0 {
                segments.push(self.segment(from.other(), ACK, &[]));
            }
        }
        segments
    }

    /// Whether the client has said this: what a host writes down may be heard or said.
    pub(super) fn client_said(&self, octets: &[u8]) -> bool {
        octets.is_empty() || self.said.windows(octets.len()).any(|said| said == octets)
    }

    /// An end closes its direction; the other acknowledges.
    pub(super) fn close(&mut self, by: End) -> Vec<Vec<u8>> {
        if !self.opened[1] || self.reset || std::mem::replace(&mut self.closed[by.place()], true) {
            return Vec::new();
        }
        vec![self.segment(by, FIN | ACK, &[]), self.segment(by.other(), ACK, &[])]
    }

    /// An end resets it; as the answer to a SYN, too.
    pub(super) fn reset(&mut self, by: End) -> Option<Vec<u8>> {
        if !self.opened[0] || self.reset || self.closed == [true; 2] {
            return None;
        }
        if !self.opened[1] {
            // A closed port has no sequence numbers (RFC 9293 3.10.7.1).
            self.next[1] = 0;
        }
        let segment = self.segment(by, RST | ACK, &[]);
        self.reset = true;
        Some(segment)
    }

    fn segment(&mut self, from: End, flags: u8, octets: &[u8]) -> Vec<u8> {
        let (own, other) = (from.place(), from.other().place());
        let (sender, receiver) = (self.ends[own], self.ends[other]);
        let mut tcp = Vec::with_capacity(20 + octets.len());
        tcp.extend(sender.port().to_be_bytes());
        tcp.extend(receiver.port().to_be_bytes());
        tcp.extend(self.next[own].to_be_bytes());
        tcp.extend(if flags & ACK == 0 { 0 } else { self.next[other] }.to_be_bytes());
        // Five words of header; no window after a reset; checksum; no urgent data.
        tcp.extend([5 << 4, flags]);
        tcp.extend(if flags & RST == 0 { WINDOW } else { 0 }.to_be_bytes());
        tcp.extend([0; 4]);
        tcp.extend(octets);
        let counted = u32::try_from(octets.len()).unwrap_or_default() + u32::from(flags & (SYN | FIN) != 0);
        self.next[own] = self.next[own].wrapping_add(counted);
        ip::packet(sender.ip(), receiver.ip(), TCP, &tcp, Some(TCP_CHECKSUM))
    }
}

#[cfg(test)]
mod tests {
    use super::{End, Stream};

    /// Sequence number, acknowledgement and flags of a segment in IPv4.
    fn numbers(packet: &[u8]) -> (u32, u32, u8) {
        let number = |at: usize| u32::from_be_bytes(packet[at..at + 4].try_into().expect("four octets"));
        (number(24), number(28), packet[33])
    }

    fn stream() -> Stream {
        Stream::new("10.0.0.107:49200".parse().expect("an end"), "10.0.0.60:1688".parse().expect("an end"), 0)
    }

    #[test]
    fn a_connection_from_its_beginning_to_its_end() {
        let mut stream = stream();
        let server = 0x4000_0000;
        assert_eq!(numbers(&stream.syn()), (0, 0, 0x02));
        assert_eq!(numbers(&stream.accepted().unwrap()), (server, 1, 0x12));
        assert_eq!(numbers(&stream.acknowledged(End::Client).unwrap()), (1, server + 1, 0x10));
        let said = stream.say(End::Client, b"bind");
        assert_eq!(said.iter().map(|segment| numbers(segment)).collect::<Vec<_>>(), [(1, server + 1, 0x18)]);
        let end = stream.close(End::Client);
        assert_eq!(
            end.iter().map(|segment| numbers(segment)).collect::<Vec<_>>(),
            [(5, server + 1, 0x11), (server + 1, 6, 0x10)]
        );
        assert!(stream.say(End::Client, b"more").is_empty(), "nothing is said behind the end");
        assert!(stream.client_said(b"ind") && !stream.client_said(b"more"));
    }

    #[test]
    fn a_closed_port_answers_with_a_reset() {
        let mut stream = stream();
        stream.syn();
        assert_eq!(numbers(&stream.reset(End::Server).unwrap()), (0, 1, 0x14));
        assert!(stream.say(End::Client, b"bind").is_empty());
    }

    #[test]
    fn what_does_not_fit_a_segment_comes_in_several_and_is_acknowledged() {
        let mut stream = stream();
        stream.syn();
        stream.accepted();
        let lengths: Vec<usize> =
            stream.say(End::Server, &[0; 4000]).iter().map(|segment| segment.len() - 40).collect();
        assert_eq!(lengths, [1460, 1460, 0, 1080]);
    }
}
