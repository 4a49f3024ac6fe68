//! A connection that is closed at once, and one on which an RPC bind is sent: all that tells whether a KMS host can be reached.

use std::net::SocketAddr;
use std::time::Duration;

use mock_kms::wire::bind::ContextResult;
use mock_kms::wire::client_side::{FromServer, bind_windows_10, read_from_server};
use mock_kms::wire::stream::PduStream;

use crate::diagnosis::fact::BindSaid;
use crate::network::{Failure, Network};
use crate::vantage::IpConfiguration;

/// How long a connection is waited for: as long as the Windows stack waits (kms-behaviour: time-outs).
const CONNECT_WAIT: Duration = Duration::from_secs(21);

/// How long an answer to the bind is waited for.
const BIND_WAIT: Duration = Duration::from_secs(10);

/// Most octets that are read in answer to a bind; a bind_ack has some hundred.
const ANSWER_MAX: usize = 16 * 1024;

/// Connects and closes.
pub(super) fn knock(network: &dyn Network, ip: &IpConfiguration, to: SocketAddr) -> Result<(), Failure> {
    let local = ip.source_for(to.ip()).ok_or(Failure::Unreachable)?;
    network.connect(local, to, network.now().plus(CONNECT_WAIT)).map(drop)
}

/// Connects and sends the bind of a Windows 10 client.
pub(super) fn bind(network: &dyn Network, ip: &IpConfiguration, to: SocketAddr) -> BindSaid {
    let Some(local) = ip.source_for(to.ip()) else { return BindSaid::Silence };
    let Ok(mut stream) = network.connect(local, to, network.now().plus(CONNECT_WAIT)) else { return BindSaid::Closed };
    if stream.write(&bind_windows_10()).is_err() {
        return BindSaid::Reset;
    }
    let until = network.now().plus(BIND_WAIT);
    let mut received = PduStream::default();
    let mut total = 0;
    loop {
        match received.next_pdu() {
            Ok(Some((header, pdu))) => return judge(read_from_server(&header, pdu).ok()),
            Ok(None) if total < ANSWER_MAX => {}
            Ok(None) | Err(_) => return BindSaid::NotRpc,
        }
        let mut buffer = Vec::new();
        match stream.read(&mut buffer, until) {
            Ok(0) => return BindSaid::Closed,
            Ok(octets) => {
                total += octets;
                received.push(&buffer);
            }
            Err(Failure::Reset) => return BindSaid::Reset,
            Err(_) => return BindSaid::Silence,
        }
    }
}

fn judge(said: Option<FromServer<'_>>) -> BindSaid {
    match said {
        Some(FromServer::BindAck(ack)) if ack.results.iter().any(ContextResult::is_accepted) => BindSaid::Accepted,
        Some(FromServer::BindAck(_) | FromServer::BindNak(_)) => BindSaid::Refused,
        Some(FromServer::Fault(fault)) => BindSaid::Fault(fault.status.0),
        Some(FromServer::AlterContextResp(_) | FromServer::Response(..)) | None => BindSaid::NotRpc,
    }
}
