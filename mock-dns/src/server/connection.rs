//! DRIVER: one accepted connection; reads while there is room for answers, writes what is due.
#![expect(clippy::disallowed_types, reason = "driver: owns a connection")]

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use double::Moment;
use double::serve::{Place, Stop};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::boundary::{Action, Transport};
use crate::server::Service;
use crate::stream::TcpSession;

/// Octets read at once; memory of a connection that claims much and sends little stays small.
const READ: usize = 512;
/// Longer does no write wait, in real time, for a client that does not read.
const WRITE_TIME: Duration = Duration::from_secs(2);

/// What is to be done when, soonest first.
type Due = VecDeque<(Moment, Action)>;

/// Whether the connection goes on.
enum Then {
    Open,
    Over,
}

/// Serves one connection until it ends or the server stops.
pub(super) async fn serve(service: Service, mut stream: TcpStream, peer: SocketAddr, place: Place, mut stop: Stop) {
    let Ok(local) = stream.local_addr() else { return };
    let origin = service.origin(peer, local, Transport::Tcp);
    let mut session = service.with(|server, now| TcpSession::open(server, origin, service.limits.stream, now));
    let mut due = Due::new();
    let mut buffer = [0; READ];
    let mut ended = false;
    loop {
        match perform_due(&service, &mut stream, &mut due).await {
            Ok(Then::Open) => {}
            Ok(Then::Over) => return,
            // The end must stand in the journal, whoever meets it first.
            Err(error) if error.kind() == io::ErrorKind::TimedOut => {
                service.with(|server, now| session.make_room(server, now, "the client reads nothing"));
                return;
            }
            Err(_) => return service.with(|server, now| session.closed_by_client(server, now)),
        }
        ended |= session.is_closed();
        if ended && due.is_empty() {
            return;
        }
        let next = due.front().map(|(moment, _)| *moment).into_iter().chain(session.next_timeout()).min();
        let wake = async {
            match next {
                Some(moment) => service.clock.sleep_until(moment).await,
                None => std::future::pending().await,
            }
        };
        let readable = !ended && due.len() < service.limits.in_flight;
        let (now, actions) = tokio::select! {
            () = stop.wait() => return,
            () = wake => service.with(|server, now| (now, session.expire(server, now))),
            why = place.asked_to_leave(), if !ended => {
                service.with(|server, now| (now, session.make_room(server, now, &why.to_string())))
            }
            read = stream.read(&mut buffer), if readable => match read {
                Ok(length @ 1..) => {
                    let bytes = buffer.get(..length).unwrap_or_default();
                    let (now, actions) = service.with(|server, now| (now, session.receive(server, bytes, now)));
                    if !actions.is_empty() {
                        place.active();
                    }
                    (now, actions)
                }
                Ok(0) | Err(_) => {
                    // Answers that are due are still sent: the client may only have closed its half.
                    service.with(|server, now| session.closed_by_client(server, now));
                    continue;
                }
            },
        };
        for action in actions {
            let at = now.plus(action.after());
            let position = due.partition_point(|(moment, _)| *moment <= at);
            due.insert(position, (at, action));
        }
    }
}

/// Does what is due by now.
async fn perform_due(service: &Service, stream: &mut TcpStream, due: &mut Due) -> io::Result<Then> {
    while due.front().is_some_and(|(moment, _)| *moment <= service.clock.now()) {
        match due.pop_front() {
            Some((_, Action::Send { bytes, .. })) => {
                tokio::time::timeout(WRITE_TIME, stream.write_all(&bytes)).await??;
            }
            Some((_, Action::Close { .. })) => {
                stream.shutdown().await.ok();
                return Ok(Then::Over);
            }
            Some((_, Action::Reset { .. })) => {
                // Dropping the socket then sends RST instead of FIN.
                stream.set_zero_linger().ok();
                return Ok(Then::Over);
            }
            None => break,
        }
    }
    Ok(Then::Open)
}
