//! DRIVER: the accept loop with limits, and the thread on which servers run until they are dropped.
//!
//! A loop that retries a failed accept at once burns a core when descriptors run out, and one that trusts every connection
//! to end holds them all; both limits are here once, for both doubles. It knows no protocol.
#![expect(clippy::disallowed_types, clippy::disallowed_methods, reason = "driver: accepts connections, owns a thread")]

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Handle};
use tokio::sync::{Semaphore, watch};

/// First pause after a failed accept; doubles up to [`PAUSE_MAX`].
const PAUSE_MIN: Duration = Duration::from_millis(5);
/// Longest pause after a failed accept: a server must be back within a second of a descriptor becoming free.
const PAUSE_MAX: Duration = Duration::from_secs(1);

/// How much a server takes on at once.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections at a time; more wait in the backlog, unaccepted.
    pub connections: usize,
}

impl Default for Limits {
    /// 150 connections, the default of BIND's tcp-clients.
    fn default() -> Self {
        Self { connections: 150 }
    }
}

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

/// Accepts until told to stop, and runs `handle` for each connection on the current runtime.
///
/// A connection is accepted only when there is room for it. Connections still open at the stop are dropped, which closes
/// them.
pub async fn accept_loop<H, F>(listener: TcpListener, limits: Limits, mut stop: Stop, handle: H)
where
    H: Fn(TcpStream, SocketAddr) -> F,
    F: Future<Output = ()> + Send + 'static,
{
    let room = Arc::new(Semaphore::new(limits.connections));
    let mut tasks = tokio::task::JoinSet::new();
    let mut pause = PAUSE_MIN;
    loop {
        while tasks.try_join_next().is_some() {}
        let accept = async {
            let permit = Arc::clone(&room).acquire_owned().await;
            (permit, listener.accept().await)
        };
        let (permit, accepted) = tokio::select! {
            () = stop.wait() => return,
            accepted = accept => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                pause = PAUSE_MIN;
                let connection = handle(stream, peer);
                tasks.spawn(async move {
                    connection.await;
                    drop(permit);
                });
            }
            // Never give up: an aborted connection is the peer's affair, and descriptors come back.
            Err(_) => {
                tokio::select! {
                    () = stop.wait() => return,
                    () = tokio::time::sleep(pause) => {}
                }
                pause = (pause * 2).min(PAUSE_MAX);
            }
        }
    }
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
    pub fn start(name: &str) -> std::io::Result<Self> {
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
mod tests {
    use super::{Limits, ServerThread, accept_loop};
    use std::io::Read;

    #[test]
    fn dropping_the_thread_closes_the_port_and_the_connections() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        listener.set_nonblocking(true).unwrap();
        let servers = ServerThread::start("test").unwrap();
        let listener = {
            let _runtime = servers.enter();
            tokio::net::TcpListener::from_std(listener).unwrap()
        };
        let stop = servers.stop();
        servers.spawn(accept_loop(listener, Limits::default(), stop, |stream, _| async move {
            let _kept_open = stream;
            std::future::pending::<()>().await;
        }));
        let mut open = std::net::TcpStream::connect(address).unwrap();
        drop(servers);
        assert_eq!(open.read(&mut [0]).unwrap_or(0), 0, "the open connection must end");
        assert!(std::net::TcpStream::connect(address).is_err(), "the port must be closed");
    }
}
