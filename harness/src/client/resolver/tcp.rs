//! The same question over TCP, when the reply did not fit a datagram.
//!
//! It stands apart from the schedule because nothing of it applies here: one server, one connection, one reply.

use std::net::SocketAddr;

use mock_dns::boundary::{Origin, Transport};
use mock_dns::framing;
use mock_dns::message::Message;
use mock_dns::name::DomainName;
use mock_dns::record::RecordType;

use super::exchange::{query_sent, reply_received};
use crate::client::{Stand, reach};

/// Asks one server over TCP; none when it cannot be reached or sends no fitting reply.
pub(super) fn ask(
    stand: &Stand<'_>,
    name: &DomainName,
    kind: RecordType,
    id: u16,
    server: SocketAddr,
    query: &[u8],
) -> Option<Message> {
    let local = stand.vantage.ip_configuration().ok()?.source_for(server.ip())?;
    let mut stream = reach::connect(stand, server).ok()?;
    let until = stand.now().plus(stand.identity.profile.dns_give_up);
    let origin = Origin { peer: server, local: SocketAddr::new(local, 0), transport: Transport::Tcp };
    stand.record(query_sent(name, kind, id, origin, query));
    stream.write(&framing::frame(query)?).ok()?;
    let mut received = Vec::new();
    loop {
        if let Some(bytes) = framing::first(&received) {
            let message = Message::read(bytes).ok().filter(|message| message.id == id && message.is_reply)?;
            let framed = framing::frame(bytes)?;
            stand.record(reply_received(name, kind, &message, origin, &framed));
            return Some(message);
        }
        if stream.read(&mut received, until).ok()? == 0 {
            return None;
        }
    }
}
