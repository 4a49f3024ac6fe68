//! The same answers inside a stock hickory server: a thin `RequestHandler` over the pure function.
//!
//! For whoever has a hickory server and wants these answers in it, and as a proof that nothing here depends on our own loops.
//! What that interface cannot do is not done: no reply from elsewhere, no raw octets, no delay, no connection that ends early;
//! a fault that leaves anything but one readable datagram comes out as silence.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Mutex, PoisonError};

use double::Moment;
use hickory_proto::op::{Header, HeaderCounts, Message, Metadata};
use hickory_server::net::runtime::Time;
use hickory_server::net::xfer::Protocol;
use hickory_server::server::{Request, RequestHandler, ResponseHandler, ResponseInfo};
use hickory_server::zone_handler::MessageResponseBuilder;

use crate::boundary::{Action, Origin, Transport};
use crate::server_core::DnsServer;

/// A server of ours as a handler of theirs.
#[derive(Debug)]
pub struct StockHandler {
    server: Mutex<DnsServer>,
}

impl StockHandler {
    /// Wraps a server. Its rules that ask for the time see the start for ever.
    #[must_use]
    pub fn new(server: DnsServer) -> Self {
        Self { server: Mutex::new(server) }
    }

    /// What our server would send, if it is one readable message at once.
    fn reply(&self, request: &Request) -> Option<Message> {
        let datagram = request.protocol() == Protocol::Udp;
        let transport = if datagram { Transport::Udp } else { Transport::Tcp };
        // The interface does not say which address of ours was asked.
        let local = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
        let origin = Origin { peer: request.src(), local, transport };
        let mut server = self.server.lock().unwrap_or_else(PoisonError::into_inner);
        let actions = server.receive(request.as_slice(), origin, Moment::START);
        server.take_journal();
        match &actions[..] {
            [Action::Send { after, from: None, bytes }] if after.is_zero() => {
                Message::from_vec(transport.message(bytes)?).ok()
            }
            _ => None,
        }
    }
}

#[async_trait::async_trait]
impl RequestHandler for StockHandler {
    async fn handle_request<R: ResponseHandler, T: Time>(&self, request: &Request, mut handle: R) -> ResponseInfo {
        let silence = Metadata::response_from_request(&request.metadata);
        let silence = ResponseInfo::from(Header { metadata: silence, counts: HeaderCounts::default() });
        let Some(reply) = self.reply(request) else { return silence };
        let builder = MessageResponseBuilder::new(&request.queries, reply.edns.as_ref());
        let response = builder.build(reply.metadata, &reply.answers, &reply.authorities, [], &reply.additionals);
        handle.send_response(response).await.unwrap_or(silence)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::disallowed_types, reason = "driver: asks a server on loopback")]

    use std::net::UdpSocket;
    use std::time::Duration;

    use double::serve::ServerThread;
    use double::{MachineId, Seed};
    use hickory_server::Server;

    use super::*;
    use crate::message::{Message as Read, build_query, build_query_with_edns};
    use crate::record::RecordType;
    use crate::{DnsServerConfig, DomainName, Zone};

    /// Longer than any answer takes; only a failing test waits for it.
    const PATIENCE: Duration = Duration::from_secs(10);

    fn server() -> DnsServer {
        let text = "@ SOA dns1 hostmaster 1 900 600 86400 60\n_vlmcs._tcp SRV 0 0 1688 kms1\n_vlmcs._tcp SRV 0 0 1688 kms2\n\
                    kms1 A 10.0.0.5\nkms2 AAAA fd00::6\nwww CNAME kms1\n*.wild A 10.0.0.9";
        let zone = Zone::load(&DomainName::parse("contoso.com").unwrap(), text).unwrap().0;
        let config = DnsServerConfig { zones: vec![zone], ..DnsServerConfig::default() };
        DnsServer::new(MachineId::new("dns1"), config, Seed::new(1))
    }

    #[test]
    fn a_stock_server_gives_the_same_answers() {
        let thread = ServerThread::start("stock").unwrap();
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = socket.local_addr().unwrap();
        socket.set_nonblocking(true).unwrap();
        let runtime = thread.enter();
        let mut stock = Server::new(StockHandler::new(server()));
        stock.register_socket(tokio::net::UdpSocket::from_std(socket).unwrap());
        drop(runtime);

        let client = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        client.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut ours = server();
        let origin = Origin { peer: client.local_addr().unwrap(), local: address, transport: Transport::Udp };
        for (name, record_type) in [
            ("_VLMCS._tcp.contoso.com", RecordType::SRV),
            ("www.contoso.com", RecordType::A),
            ("www.contoso.com", RecordType::SRV),
            ("x.wild.contoso.com", RecordType::SRV),
            ("missing.contoso.com", RecordType::A),
            ("fabrikam.com", RecordType::A),
        ] {
            let name = DomainName::parse(name).unwrap();
            for query in [build_query(7, &name, record_type), build_query_with_edns(7, &name, record_type, 1232)] {
                client.send_to(&query, address).unwrap();
                let mut buffer = [0; 2048];
                let (length, _) = client.recv_from(&mut buffer).unwrap();
                let actions = ours.receive(&query, origin, Moment::START);
                let [Action::Send { bytes, .. }] = &actions[..] else { panic!("{actions:?}") };
                assert_eq!(Read::read(&buffer[..length]).unwrap(), Read::read(bytes).unwrap(), "{name} {record_type}");
            }
        }
        drop(thread);
    }
}
