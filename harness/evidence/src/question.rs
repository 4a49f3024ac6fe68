//! One question to one DNS server, sent once: over UDP, and again over TCP when the reply was cut.
//!
//! It stands apart because an investigation and a person's resolver tool put the same bytes on the wire. No cache, no suffix, no other
//! server, no second try: whoever asks decides about those.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use double::Moment;
use mock_dns::framing;
use mock_dns::message::{Message, build_query};
use mock_dns::name::DomainName;
use mock_dns::record::RecordType;

use crate::network::{Failure, Network};
use crate::reply::believe;
use crate::timeline::NoReplyBecause;

/// The port of DNS (RFC 1035 4.2).
pub const DNS_PORT: u16 = 53;

/// How long nslookup waits for a reply.
pub const WAIT: Duration = Duration::from_secs(2);

/// A question.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The id of the query.
    pub id: u16,
    /// The name.
    pub name: &'a DomainName,
    /// The type.
    pub kind: RecordType,
}

/// Why there is no reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoReply {
    /// Nothing usable in time, or an ICMP error.
    Nothing(Failure),
    /// A datagram that is no reply to the question, and nothing else.
    Unusable(NoReplyBecause),
    /// The reply was cut, and the whole one could not be had over TCP.
    Truncated(Failure),
}

impl Question<'_> {
    /// Sends the question from an address of this machine and waits for the reply.
    ///
    /// # Errors
    /// Why there is none.
    pub fn put(&self, network: &dyn Network, local: IpAddr, server: IpAddr) -> Result<Message, NoReply> {
        let to = SocketAddr::new(server, DNS_PORT);
        let query = build_query(self.id, self.name, self.kind);
        let until = network.now().plus(WAIT);
        let message = self.datagram(network, local, to, &query, until)?;
        if !message.truncated {
            return Ok(message);
        }
        // The same question over TCP, for a reply that was cut (RFC 7766 5).
        let until = network.now().plus(WAIT * 2);
        self.stream(network, local, to, &query, until).map_err(NoReply::Truncated)
    }

    fn datagram(
        &self,
        network: &dyn Network,
        local: IpAddr,
        to: SocketAddr,
        query: &[u8],
        until: Moment,
    ) -> Result<Message, NoReply> {
        let mut socket = network.open(local).map_err(NoReply::Nothing)?;
        socket.send(to, query).map_err(NoReply::Nothing)?;
        let mut unusable = None;
        loop {
            match socket.receive(until) {
                Ok(datagram) if datagram.from != to => unusable = Some(NoReplyBecause::ForeignSource),
                Ok(datagram) => match believe(&datagram.bytes, self.id, self.name, self.kind) {
                    Ok(message) => return Ok(message),
                    Err(why) => unusable = Some(why),
                },
                Err(failure) => return Err(unusable.map_or(NoReply::Nothing(failure), NoReply::Unusable)),
            }
        }
    }

    fn stream(
        &self,
        network: &dyn Network,
        local: IpAddr,
        to: SocketAddr,
        query: &[u8],
        until: Moment,
    ) -> Result<Message, Failure> {
        let mut stream = network.connect(local, to, until)?;
        stream.write(&framing::frame(query).ok_or(Failure::Reset)?)?;
        let mut received = Vec::new();
        loop {
            if let Some(bytes) = framing::first(&received) {
                return believe(bytes, self.id, self.name, self.kind).map_err(|_| Failure::Reset);
            }
            if stream.read(&mut received, until)? == 0 {
                return Err(Failure::Reset);
            }
        }
    }
}
