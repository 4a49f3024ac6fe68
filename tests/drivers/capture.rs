//! A conversation over TCP as a capture file, as if it had been seen on an Ethernet.
//!
//! Classic pcap (draft-ietf-opsawg-pcap): a header of 24 octets, then packets of 16 octets and the frame. Enough of IPv4 (RFC 791)
//! and TCP (RFC 9293) to be flawless: handshake, octets, end, correct checksums. Segments are never cut.

/// Who sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum From {
    Client,
    Server,
}

/// Link type Ethernet.
const ETHERNET: u32 = 1;
const CLIENT: [u8; 4] = [10, 0, 0, 107];
const SERVER: [u8; 4] = [10, 0, 0, 60];
/// The first port that a client may take, and the one before (RFC 6335 6).
const BEFORE_CLIENT_PORTS: u16 = 49_151;
const SERVER_PORT: u16 = 1688;
/// First sequence numbers of client and server.
const FIRST_SEQUENCES: [u32; 2] = [1_000, 900_000];

const FIN: u8 = 0x01;
const SYN: u8 = 0x02;
const PSH: u8 = 0x08;
const ACK: u8 = 0x10;

/// A capture that is being written.
pub(crate) struct Capture {
    bytes: Vec<u8>,
    packets: u32,
    /// Port of the client in the connection that is being written.
    client_port: u16,
    /// Next sequence numbers of client and server.
    next: [u32; 2],
}

impl Capture {
    /// Whole connections, one after the other, in which this is said.
    pub(crate) fn of(conversations: &[Vec<(From, Vec<u8>)>]) -> Vec<u8> {
        let mut capture =
            Self { bytes: Vec::new(), packets: 0, client_port: BEFORE_CLIENT_PORTS, next: FIRST_SEQUENCES };
        for field in [0xa1b2_c3d4_u32, 0x0004_0002, 0, 0, 65_535, ETHERNET] {
            capture.bytes.extend(field.to_le_bytes());
        }
        for conversation in conversations {
            capture.connection(conversation);
        }
        capture.bytes
    }

    fn connection(&mut self, conversation: &[(From, Vec<u8>)]) {
        self.client_port += 1;
        self.next = FIRST_SEQUENCES;
        self.segment(From::Client, SYN, &[]);
        self.segment(From::Server, SYN | ACK, &[]);
        self.segment(From::Client, ACK, &[]);
        for (from, octets) in conversation {
            self.segment(*from, PSH | ACK, octets);
        }
        self.segment(From::Client, FIN | ACK, &[]);
        self.segment(From::Server, FIN | ACK, &[]);
        self.segment(From::Client, ACK, &[]);
    }

    fn segment(&mut self, from: From, flags: u8, octets: &[u8]) {
        let (sender, receiver, own, other) = match from {
            From::Client => ((CLIENT, self.client_port), (SERVER, SERVER_PORT), 0, 1),
            From::Server => ((SERVER, SERVER_PORT), (CLIENT, self.client_port), 1, 0),
        };
        let mut tcp = Vec::new();
        tcp.extend(sender.1.to_be_bytes());
        tcp.extend(receiver.1.to_be_bytes());
        tcp.extend(self.next[own].to_be_bytes());
        tcp.extend(if flags & ACK == 0 { 0 } else { self.next[other] }.to_be_bytes());
        // Five words of header; window; checksum; no urgent data.
        tcp.extend([5 << 4, flags]);
        tcp.extend(64_240_u16.to_be_bytes());
        tcp.extend([0; 4]);
        tcp.extend(octets);
        let length = u16::try_from(tcp.len()).expect("a segment is short");
        let pseudo = [&sender.0[..], &receiver.0, &[0, 6], &length.to_be_bytes(), &tcp].concat();
        tcp[16..18].copy_from_slice(&checksum(&pseudo).to_be_bytes());
        self.next[own] += u32::try_from(octets.len()).expect("short") + u32::from(flags & (SYN | FIN) != 0);

        let mut ip = vec![0x45, 0];
        ip.extend((20 + length).to_be_bytes());
        // Identification; do not fragment; time to live; TCP; checksum.
        ip.extend([0, 0, 0x40, 0, 64, 6, 0, 0]);
        ip.extend(sender.0);
        ip.extend(receiver.0);
        let sum = checksum(&ip);
        ip[10..12].copy_from_slice(&sum.to_be_bytes());

        let frame = [&[2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0][..], &ip, &tcp].concat();
        let captured = u32::try_from(frame.len()).expect("short");
        // One packet a millisecond.
        for field in [self.packets / 1_000, self.packets % 1_000 * 1_000, captured, captured] {
            self.bytes.extend(field.to_le_bytes());
        }
        self.bytes.extend(frame);
        self.packets += 1;
    }
}

/// The Internet checksum (RFC 1071).
fn checksum(octets: &[u8]) -> u16 {
    let mut sum: u32 = 0;
    for pair in octets.chunks(2) {
        sum += u32::from(pair[0]) << 8 | u32::from(pair.get(1).copied().unwrap_or(0));
    }
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !u16::try_from(sum).expect("folded")
}
