//! A message of a publishing host over TCP: one connection, one answer.
//!
//! It stands apart because nothing of the schedule for datagrams applies here: TCP sends again by itself.

use std::net::SocketAddr;

use double::Moment;
use evidence::network::Network;

/// Octets of the length in front of a message on TCP (RFC 1035 4.2.2).
const PREFIX: usize = 2;

/// Sends a message and gives what `fits` makes of the answer; none when nobody answers fittingly until `end`.
pub(super) fn ask<T>(
    network: &dyn Network,
    (local, to): (std::net::IpAddr, SocketAddr),
    bytes: &[u8],
    end: Moment,
    fits: impl FnOnce(&[u8]) -> Option<T>,
) -> Option<T> {
    let mut stream = network.connect(local, to, end).ok()?;
    let length = u16::try_from(bytes.len()).ok()?;
    stream.write(&[&length.to_be_bytes()[..], bytes].concat()).ok()?;
    let mut received = Vec::new();
    loop {
        if let Some((prefix, rest)) = received.split_first_chunk::<PREFIX>()
            && let Some(answer) = rest.get(..usize::from(u16::from_be_bytes(*prefix)))
        {
            return fits(answer);
        }
        if stream.read(&mut received, end).ok()? == 0 {
            return None;
        }
    }
}
