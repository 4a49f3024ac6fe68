//! DRIVER: the accept loop with limits, and the thread on which servers run until they are dropped.
//!
//! A loop that retries a failed accept at once burns a core when descriptors run out, and one that trusts every connection
//! to end holds them all; both limits are here once, for both doubles. It knows no protocol.
#![expect(clippy::disallowed_types, clippy::disallowed_methods, reason = "driver: accepts connections, owns a thread")]

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Handle};
use tokio::sync::{Notify, watch};

use crate::Moment;
pub use crate::seats::{Crowded, Limits};
use crate::seats::{Seat, Seats, Verdict};

/// First pause after a failed accept; doubles up to [`PAUSE_MAX`].
const PAUSE_MIN: Duration = Duration::from_millis(5);
/// Longest pause after a failed accept: a server must be back within a second of a descriptor becoming free.
const PAUSE_MAX: Duration = Duration::from_secs(1);

/// Tells that it is time to stop. Clones tell the same.
#[derive(Clone, Debug)]
pub struct Stop(watch::Receiver<bool>);

impl Stop {
    /// Waits until it is time to stop; also over when whoever could say so is gone.
    pub async fn wait(&mut self) {
        // An error means that the sender is gone, which is a stop as well.
        self.0.wait_for(|stop| *stop).await.ok();
    }
}

/// Who comes to a server, as its accept loop sees it.
pub trait Visitors: Send + Sync {
    /// The address under which `peer` is known, or nothing if it may not come: then the connection is dropped unheard.
    fn admit(&self, peer: SocketAddr) -> Option<SocketAddr> {
        Some(peer)
    }

    /// Serves one connection to its end. Whoever serves it tells [`Place::active`], and ends it after [`Place::asked_to_leave`].
    fn serve(&self, stream: TcpStream, peer: SocketAddr, place: Place) -> impl Future<Output = ()> + Send + 'static;

    /// `peer` had connected, and there was no room for it.
    fn turned_away(&self, peer: SocketAddr, why: Crowded);
}

/// The door of a server: its places, and what went on there. Several loops may share one.
pub struct Door {
    limits: Limits,
    since: Instant,
    places: Mutex<Places>,
    /// How often no descriptor was free.
    starved: AtomicU64,
}

struct Places {
    seats: Seats,
    /// Those that can be asked to leave, by the number of their seat.
    asked: BTreeMap<u64, Arc<Asked>>,
}

/// Whether, and why, a connection is asked to end.
#[derive(Default)]
struct Asked {
    why: Mutex<Option<Crowded>>,
    notify: Notify,
}

impl Door {
    /// A door with places for so many.
    #[must_use]
    pub fn new(limits: Limits) -> Arc<Self> {
        let places = Mutex::new(Places { seats: Seats::new(limits), asked: BTreeMap::new() });
        Arc::new(Self { limits, since: Instant::now(), places, starved: AtomicU64::new(0) })
    }

    /// How often a connection had to wait because the process had no descriptor left.
    #[must_use]
    pub fn starved(&self) -> u64 {
        self.starved.load(Ordering::Relaxed)
    }

    fn enter(self: &Arc<Self>, peer: SocketAddr) -> Result<Place, Crowded> {
        let mut places = lock(&self.places);
        let seat = match places.seats.enter(peer.ip(), self.now()) {
            Verdict::Seated(seat) => seat,
            Verdict::InPlaceOf { seat, leaves, why } => {
                places.ask(leaves, why);
                seat
            }
            Verdict::Refused(why) => return Err(why),
        };
        let asked = Arc::new(Asked::default());
        places.asked.insert(seat.number(), Arc::clone(&asked));
        Ok(Place { seat, asked, door: Arc::clone(self) })
    }

    /// No descriptor is free: whoever has done nothing for longest gives one back.
    fn starve(&self) {
        self.starved.fetch_add(1, Ordering::Relaxed);
        let mut places = lock(&self.places);
        if let Some(idle) = places.seats.oldest_idle(None, self.now()) {
            places.seats.leave(idle);
            places.ask(idle, Crowded::Descriptors);
        }
    }

    fn now(&self) -> Moment {
        Moment::at(self.since.elapsed())
    }
}

impl fmt::Debug for Door {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Door({:?})", self.limits)
    }
}

impl Places {
    fn ask(&mut self, number: u64, why: Crowded) {
        if let Some(asked) = self.asked.remove(&number) {
            *lock(&asked.why) = Some(why);
            asked.notify.notify_one();
        }
    }
}

/// The place of one connection; free when this is dropped.
pub struct Place {
    seat: Seat,
    asked: Arc<Asked>,
    door: Arc<Door>,
}

impl Place {
    /// The connection has got somewhere: a whole message came. Octets alone are no sign of life.
    pub fn active(&self) {
        self.seat.active(self.door.now());
    }

    /// Waits until the connection has to end so that another can begin.
    pub async fn asked_to_leave(&self) -> Crowded {
        loop {
            self.asked.notify.notified().await;
            if let Some(why) = *lock(&self.asked.why) {
                return why;
            }
        }
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Place({})", self.seat.number())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut places = lock(&self.door.places);
        places.seats.leave(self.seat.number());
        places.asked.remove(&self.seat.number());
    }
}

/// Accepts until told to stop, and serves each connection on the current runtime.
///
/// At a limit of the door the idlest connection is asked to leave, or the newcomer turned away. Connections still open at
/// the stop are dropped, which closes them.
pub async fn accept_loop(listener: TcpListener, door: Arc<Door>, mut stop: Stop, visitors: impl Visitors) {
    let mut tasks = tokio::task::JoinSet::new();
    let mut pause = PAUSE_MIN;
    loop {
        while tasks.try_join_next().is_some() {}
        let accepted = tokio::select! {
            () = stop.wait() => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                pause = PAUSE_MIN;
                let Some(known) = visitors.admit(peer) else { continue };
                match door.enter(peer) {
                    Ok(place) => drop(tasks.spawn(visitors.serve(stream, known, place))),
                    Err(why) => visitors.turned_away(known, why),
                }
            }
            // The peer's affair: the next one may be waiting already.
            Err(error) if is_of_one_connection(&error) => {}
            // Descriptors, or memory of the kernel: never give up, they come back.
            Err(_) => {
                door.starve();
                tokio::select! {
                    () = stop.wait() => return,
                    () = tokio::time::sleep(pause) => {}
                }
                pause = (pause * 2).min(PAUSE_MAX);
            }
        }
    }
}

/// Whether a failed accept says nothing about the listener (accept(2): errors of the new connection are passed on).
fn is_of_one_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionReset | Interrupted)
}

/// A panic while a lock was held is told elsewhere; what it guards are plain values.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A thread with a runtime of its own on which servers run. Dropping it stops them all and waits for the thread.
#[derive(Debug)]
#[must_use = "the servers stop when this is dropped"]
pub struct ServerThread {
    stop: watch::Sender<bool>,
    handle: Handle,
    thread: Option<JoinHandle<()>>,
}

impl ServerThread {
    /// Starts the thread.
    ///
    /// # Errors
    /// When the operating system gives no thread or no runtime.
    pub fn start(name: &str) -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_io().enable_time().build()?;
        let handle = runtime.handle().clone();
        let (stop, stopped) = watch::channel(false);
        let mut stopped = Stop(stopped);
        let run = move || {
            runtime.block_on(stopped.wait());
            // Tasks that still run are dropped with the runtime: their sockets close.
            drop(runtime);
        };
        let thread = std::thread::Builder::new().name(name.to_owned()).spawn(run)?;
        Ok(Self { stop, handle, thread: Some(thread) })
    }

    /// The signal that this thread's servers watch.
    #[must_use]
    pub fn stop(&self) -> Stop {
        Stop(self.stop.subscribe())
    }

    /// Runs a server on the thread.
    pub fn spawn(&self, server: impl Future<Output = ()> + Send + 'static) {
        self.handle.spawn(server);
    }

    /// Enters the runtime, which sockets need when they are registered with it.
    pub fn enter(&self) -> tokio::runtime::EnterGuard<'_> {
        self.handle.enter()
    }
}

impl Drop for ServerThread {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        if let Some(thread) = self.thread.take() {
            // A panic on that thread was printed by the panic hook; there is nothing to add while dropping.
            thread.join().ok();
        }
    }
}

#[cfg(test)]
mod tests;
