//! DRIVER: carries out what connections ask, with tokio sockets.
//!
//! It stands apart because it is the only part of this crate that waits. It decides nothing: who may connect is said by
//! its caller, everything else by [`Connection`].
#![expect(clippy::disallowed_types, reason = "driver: serves TCP connections")]

use std::collections::VecDeque;
use std::future::poll_fn;
use std::io;
use std::mem::MaybeUninit;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use double::serve::{Crowded, Door, Limits, Place, Stop, Visitors, accept_loop};
use double::{Clock, Moment, Ring, WallTime};
use tokio::io::{AsyncRead, AsyncWriteExt, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

use crate::action::Action;
use crate::connection::{Connection, Reaction, Service};
use crate::journal::KmsEvent;

/// Octets that are read at a time. A KMS conversation has PDUs of 300.
const READ_SIZE: usize = 1024;

/// How long a peer that reads nothing can hold up a write, in real time. All answers of a conversation fit into any
/// socket buffer, so only a hostile peer gets there.
const WRITE_LIMIT: Duration = Duration::from_secs(2);

/// How long, in real time, and how many times [`READ_SIZE`] octets a closed connection is still read: closing with octets unread
/// would make the system send RST where a FIN was meant.
const LINGER: Duration = Duration::from_millis(500);
const LINGER_READS: usize = 64;

/// The address that the journal tells for a peer, or nothing if the peer may not connect.
pub type Admission = dyn Fn(SocketAddr) -> Option<SocketAddr> + Send + Sync;

/// What a listening KMS host shares with the rest of the process.
#[derive(Clone)]
pub struct Server {
    /// The host and its faults; may be changed while it is served.
    pub service: Arc<Mutex<Service>>,
    /// Where everything that is seen is written.
    pub journal: Arc<Mutex<Ring<KmsEvent>>>,
    /// The time of the run.
    pub clock: Clock,
    /// What the clock of the host shows when the run begins.
    pub wall: WallTime,
    /// Who may connect; asked at each accept.
    pub admit: Arc<Admission>,
}

/// Admits peers on this machine, under their own addresses.
#[must_use]
pub fn loopback_only(peer: SocketAddr) -> Option<SocketAddr> {
    peer.ip().is_loopback().then_some(peer)
}

/// Serves connections of `listener`, within limits, until told to stop.
pub async fn serve(listener: TcpListener, server: Server, limits: Limits, stop: Stop) {
    serve_behind(listener, server, Door::new(limits), stop).await;
}

/// Serves connections of `listener` until told to stop; their places are those of `door`.
pub async fn serve_behind(listener: TcpListener, server: Server, door: Arc<Door>, stop: Stop) {
    accept_loop(listener, door, stop, server).await;
}

impl Visitors for Server {
    fn admit(&self, peer: SocketAddr) -> Option<SocketAddr> {
        (self.admit)(peer)
    }

    fn serve(&self, stream: TcpStream, peer: SocketAddr, place: Place) -> impl Future<Output = ()> + Send + 'static {
        let server = self.clone();
        // A broken socket is the end of its connection and nobody else's affair.
        async move { server.carry(stream, peer, place).await.unwrap_or_default() }
    }

    fn turned_away(&self, peer: SocketAddr, why: Crowded) {
        self.react(&mut VecDeque::new(), |service, now| {
            let entries = Connection::turn_away(service, peer, now, &why.to_string());
            Reaction { entries, ..Reaction::default() }
        });
    }
}

impl Server {
    async fn carry(&self, mut stream: TcpStream, peer: SocketAddr, place: Place) -> io::Result<()> {
        // Answers are small and waited for.
        stream.set_nodelay(true)?;
        let mut connection = None;
        let mut queue = VecDeque::new();
        self.react(&mut queue, |service, now| {
            let (accepted, reaction) = Connection::accept(service, peer, now);
            connection = Some(accepted);
            reaction
        });
        let Some(mut connection) = connection else { return Ok(()) };
        let mut asked_to_leave = pin!(place.asked_to_leave());
        // A timer is costly to set, and what it waits for is put off by every PDU: it is let go off too early, and then set anew.
        let mut alarm = pin!(self.clock.sleep_until(Moment::START));
        let mut set_to: Option<Moment> = None;
        loop {
            while queue.front().is_some_and(|(at, _)| *at <= self.clock.now()) {
                match queue.pop_front() {
                    Some((_, Action::Send { bytes, .. })) => {
                        if let Err(error) = send(&mut stream, &bytes).await {
                            self.react(&mut queue, |service, now| lost(&mut connection, service, now, &error));
                            return Err(error);
                        }
                    }
                    Some((_, Action::Close { .. })) => return linger(stream).await,
                    Some((_, Action::Reset { .. })) => return stream.set_zero_linger(),
                    None => break,
                }
            }
            let due = queue.front().map(|(at, _)| *at);
            if due.is_none() && !connection.is_open() {
                return Ok(());
            }
            if let Some(wake) = due.into_iter().chain(connection.next_timeout()).min()
                && set_to.is_none_or(|moment| wake < moment)
            {
                alarm.set(self.clock.sleep_until(wake));
                set_to = Some(wake);
            }
            tokio::select! {
                // What ends a connection comes before what it says: who talks without a pause has no more time than others.
                biased;
                () = &mut alarm, if set_to.is_some() => {
                    set_to = None;
                    self.react(&mut queue, |service, now| connection.timeout(service, now));
                }
                why = &mut asked_to_leave, if connection.is_open() => {
                    self.react(&mut queue, |service, now| connection.make_room(service, now, &why.to_string()));
                }
                progress = poll_fn(|context| self.read(&mut stream, &mut connection, &mut queue, context)), if connection.is_open() => {
                    if progress? {
                        place.active();
                    }
                }
            }
        }
    }

    /// Reads what is there, once there is something, and says whether it led to anything. The buffer lives on the stack, and only now:
    /// an idle connection has none.
    fn read(
        &self,
        stream: &mut TcpStream,
        connection: &mut Connection,
        queue: &mut VecDeque<(Moment, Action)>,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<bool>> {
        let mut buffer = [MaybeUninit::uninit(); READ_SIZE];
        let mut buffer = ReadBuf::uninit(&mut buffer);
        let read = ready!(Pin::new(stream).poll_read(context, &mut buffer));
        Poll::Ready(match read {
            Ok(()) if buffer.filled().is_empty() => {
                Ok(self.react(queue, |service, now| connection.end_of_input(service, now)))
            }
            Ok(()) => {
                Ok(self
                    .react(queue, |service, now| connection.receive(service, buffer.filled(), now, self.wall.at(now))))
            }
            Err(error) => {
                self.react(queue, |service, now| connection.reset_by_peer(service, now));
                Err(error)
            }
        })
    }

    /// Lets something happen now, writes down what was seen and queues what is to be done. Says whether anything was seen.
    fn react(
        &self,
        queue: &mut VecDeque<(Moment, Action)>,
        happen: impl FnOnce(&mut Service, Moment) -> Reaction,
    ) -> bool {
        // The journal is written under the lock of the service, so that its order is that of what happened.
        let mut service = lock(&self.service);
        let now = self.clock.now();
        let reaction = happen(&mut service, now);
        let seen = !reaction.entries.is_empty();
        let mut journal = lock(&self.journal);
        for entry in reaction.entries {
            journal.push(entry);
        }
        queue.extend(reaction.actions.into_iter().map(|action| (now.plus(action.after()), action)));
        seen
    }
}

/// Sends. Almost always it fits at once, and then no timer is needed.
async fn send(stream: &mut TcpStream, bytes: &[u8]) -> io::Result<()> {
    let sent = match stream.try_write(bytes) {
        Ok(sent) => sent,
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => 0,
        Err(error) => return Err(error),
    };
    match bytes.get(sent..) {
        None | Some([]) => Ok(()),
        Some(rest) => tokio::time::timeout(WRITE_LIMIT, stream.write_all(rest)).await?,
    }
}

/// What a write that failed says of the connection: its end must stand in the journal, whoever meets it first.
fn lost(connection: &mut Connection, service: &Service, now: Moment, error: &io::Error) -> Reaction {
    let kind = error.kind();
    if kind == io::ErrorKind::BrokenPipe {
        // So Linux says that a FIN had come before the RST: the client had closed before it threw away what it did not want.
        connection.end_of_input(service, now)
    } else if kind == io::ErrorKind::TimedOut {
        connection.make_room(service, now, "the client reads nothing")
    } else {
        connection.reset_by_peer(service, now)
    }
}

/// Closes: FIN now, then reads what the peer still sends, within limits.
async fn linger(mut stream: TcpStream) -> io::Result<()> {
    stream.shutdown().await?;
    let drain = async {
        for _ in 0..LINGER_READS {
            stream.readable().await?;
            match stream.try_read(&mut [0; READ_SIZE]) {
                Ok(0) => break,
                Err(error) if error.kind() != io::ErrorKind::WouldBlock => return Err(error),
                Ok(_) | Err(_) => {}
            }
        }
        Ok(())
    };
    // Over time is over.
    tokio::time::timeout(LINGER, drain).await.unwrap_or(Ok(()))
}

/// A panic while a lock was held is told elsewhere; what it guards are plain values.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
