//! DRIVER: gives the server its sockets, and obeys it: sends, waits, closes, resets, within limits.
//!
//! Our own loops, because hickory-server's can neither stay silent, delay, duplicate or send raw octets, nor bound a flood. It
//! decides nothing about DNS. A delay holds up no other query.
#![expect(clippy::disallowed_types, reason = "driver: owns the sockets of a DNS server")]

mod connection;

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use double::serve::{Crowded, Door, Place, Stop, Visitors, accept_loop};
use double::{Clock, Moment, Ring};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::task::JoinSet;

use crate::boundary::{Action, Origin, Transport};
use crate::journal::{Closed, DnsEvent};
use crate::server_core::DnsServer;
use crate::stream::StreamLimits;

/// The largest datagram there is.
const MAX_UDP: usize = 65_535;
/// How often a free pair of ports is looked for.
const PAIR_TRIES: usize = 20;
/// Datagrams taken before the loop looks whether it is to stop.
const BATCH: usize = 64;
/// Pause after a failed receive, so that a broken socket burns no core.
const PAUSE: Duration = Duration::from_millis(5);

/// Connections at a time, the default of BIND's tcp-clients.
const CONNECTIONS: usize = 150;

/// How much a server takes on at once.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Datagrams that wait for their time; further ones are dropped.
    pub delayed: usize,
    /// Connections.
    pub connections: double::serve::Limits,
    /// Answers that wait in one connection; nothing more is read from it meanwhile.
    pub in_flight: usize,
    /// What one connection may take.
    pub stream: StreamLimits,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            delayed: 256,
            connections: double::serve::Limits::of(CONNECTIONS),
            in_flight: 16,
            stream: StreamLimits::default(),
        }
    }
}

/// Translates between the addresses of the sockets and those that the journal shows, which differ where a simulated network
/// lives on loopback.
#[derive(Clone)]
pub struct Addresses {
    shown: Arc<dyn Fn(SocketAddr) -> SocketAddr + Send + Sync>,
    real: Arc<dyn Fn(SocketAddr) -> SocketAddr + Send + Sync>,
    admits: Arc<dyn Fn(SocketAddr) -> bool + Send + Sync>,
}

impl Addresses {
    /// Sockets have the addresses that are shown.
    #[must_use]
    pub fn same() -> Self {
        Self::translated(|address| address, |address| address)
    }

    /// `shown` makes the shown address of a real one, `real` the real address of a shown one.
    #[must_use]
    pub fn translated(
        shown: impl Fn(SocketAddr) -> SocketAddr + Send + Sync + 'static,
        real: impl Fn(SocketAddr) -> SocketAddr + Send + Sync + 'static,
    ) -> Self {
        Self { shown: Arc::new(shown), real: Arc::new(real), admits: Arc::new(|_| true) }
    }

    /// The same, and only peers that `admits` lets in are heard. Without it, whoever reaches the sockets is.
    #[must_use]
    pub fn admitting(self, admits: impl Fn(SocketAddr) -> bool + Send + Sync + 'static) -> Self {
        Self { admits: Arc::new(admits), ..self }
    }
}

impl fmt::Debug for Addresses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Addresses")
    }
}

/// A server and everything that its loops share.
#[derive(Clone, Debug)]
pub struct Service {
    /// The server.
    pub server: Arc<Mutex<DnsServer>>,
    /// Where its journal goes.
    pub journal: Arc<Mutex<Ring<DnsEvent>>>,
    /// Its time.
    pub clock: Clock,
    /// How the journal shows addresses.
    pub addresses: Addresses,
    /// How much it takes on.
    pub limits: Limits,
}

impl Service {
    /// Lets the server do something now, and moves its journal on.
    fn with<T>(&self, act: impl FnOnce(&mut DnsServer, Moment) -> T) -> T {
        let mut server = lock(&self.server);
        let result = act(&mut server, self.clock.now());
        let entries = server.take_journal();
        // Entered while the server is held, so that the journal has the order of the server.
        let mut journal = lock(&self.journal);
        entries.into_iter().for_each(|entry| journal.push(entry));
        result
    }

    fn origin(&self, peer: SocketAddr, local: SocketAddr, transport: Transport) -> Origin {
        Origin { peer: (self.addresses.shown)(peer), local: (self.addresses.shown)(local), transport }
    }
}

/// A value behind a lock; one whose holder panicked is as good as before, because every change to it is whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Binds UDP and TCP to one port; port 0 looks for a number that is free for both. The sockets do not block.
///
/// # Errors
/// When the port is taken, or the operating system does not allow it.
pub fn bind(address: SocketAddr) -> io::Result<(std::net::UdpSocket, std::net::TcpListener)> {
    let mut last = io::Error::from(io::ErrorKind::AddrInUse);
    for _ in 0..PAIR_TRIES {
        let udp = std::net::UdpSocket::bind(address)?;
        match std::net::TcpListener::bind(udp.local_addr()?) {
            Ok(tcp) => {
                udp.set_nonblocking(true)?;
                tcp.set_nonblocking(true)?;
                return Ok((udp, tcp));
            }
            Err(error) => last = error,
        }
        if address.port() != 0 {
            break;
        }
    }
    Err(last)
}

/// Serves until told to stop. Without a listener, connections are refused by the operating system.
pub async fn serve(service: Service, udp: UdpSocket, tcp: Option<TcpListener>, stop: Stop) {
    let connections = async {
        let Some(listener) = tcp else { return };
        let Ok(local) = listener.local_addr() else { return };
        let door = Door::new(service.limits.connections);
        let visitors = Callers { service: service.clone(), local, stop: stop.clone() };
        accept_loop(listener, door, stop.clone(), visitors).await;
    };
    tokio::join!(datagrams(&service, Arc::new(udp), stop.clone()), connections);
}

/// Those who connect.
struct Callers {
    service: Service,
    local: SocketAddr,
    stop: Stop,
}

impl Visitors for Callers {
    fn admit(&self, peer: SocketAddr) -> Option<SocketAddr> {
        (self.service.addresses.admits)(peer).then_some(peer)
    }

    fn serve(&self, stream: TcpStream, peer: SocketAddr, place: Place) -> impl Future<Output = ()> + Send + 'static {
        connection::serve(self.service.clone(), stream, peer, place, self.stop.clone())
    }

    fn turned_away(&self, peer: SocketAddr, why: Crowded) {
        let origin = self.service.origin(peer, self.local, Transport::Tcp);
        self.service.with(|server, now| {
            server.record_with(now, DnsEvent::TcpAccepted { origin }, why.to_string());
            server.record_with(now, DnsEvent::TcpClosed { origin, why: Closed::Limit }, why.to_string());
        });
    }
}

async fn datagrams(service: &Service, socket: Arc<UdpSocket>, mut stop: Stop) {
    let Ok(local) = socket.local_addr() else { return };
    let mut buffer = vec![0; MAX_UDP];
    let mut delayed = JoinSet::new();
    loop {
        while delayed.try_join_next().is_some() {}
        let ready = tokio::select! {
            () = stop.wait() => return,
            ready = socket.readable() => ready,
        };
        let mut received = ready.map(|()| (0, local));
        for _ in 0..BATCH {
            received = socket.try_recv_from(&mut buffer);
            let Ok((length, peer)) = received else { break };
            if is_answerable(peer) && (service.addresses.admits)(peer) {
                let message = buffer.get(..length).unwrap_or_default();
                answer(service, &socket, &mut delayed, message, (peer, local)).await;
            }
        }
        if received.is_err_and(|error| error.kind() != io::ErrorKind::WouldBlock) {
            // Such as an ICMP error for an earlier reply; the socket itself goes on.
            let until = service.clock.now().plus(PAUSE);
            service.clock.sleep_until(until).await;
        }
    }
}

/// Lets the server answer one datagram, and obeys.
async fn answer(
    service: &Service,
    socket: &Arc<UdpSocket>,
    delayed: &mut JoinSet<()>,
    message: &[u8],
    (peer, local): (SocketAddr, SocketAddr),
) {
    let origin = service.origin(peer, local, Transport::Udp);
    let (now, actions) = service.with(|server, now| (now, server.receive(message, origin, now)));
    for action in actions {
        let Action::Send { after, from, bytes } = action else { continue };
        let from = from.map(|address| (service.addresses.real)(address));
        let send = send(Arc::clone(socket), from, peer, bytes);
        if after.is_zero() {
            send.await;
        } else if delayed.len() < service.limits.delayed {
            let clock = service.clock.clone();
            delayed.spawn(async move {
                clock.sleep_until(now.plus(after)).await;
                send.await;
            });
        }
    }
}

/// Whether a reply to such an address can reach one client and only it.
fn is_answerable(peer: SocketAddr) -> bool {
    let broadcast = matches!(peer.ip(), std::net::IpAddr::V4(address) if address.is_broadcast());
    peer.port() != 0 && !peer.ip().is_unspecified() && !peer.ip().is_multicast() && !broadcast
}

/// Sends a datagram, from another address if told so. A datagram that cannot be sent is lost, as datagrams are.
async fn send(socket: Arc<UdpSocket>, from: Option<SocketAddr>, peer: SocketAddr, bytes: Bytes) {
    match from {
        None => drop(socket.send_to(&bytes, peer).await),
        Some(address) => {
            if let Ok(other) = UdpSocket::bind(address).await {
                drop(other.send_to(&bytes, peer).await);
            }
        }
    }
}

#[cfg(test)]
mod tests;
