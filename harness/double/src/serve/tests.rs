//! The accept loop with real sockets on loopback.

use std::io::Read;

use super::*;

/// Longer than anything here takes; only a failing test waits for it.
const PATIENCE: Duration = Duration::from_secs(10);

/// Keeps each connection until it is asked to leave, and counts who was turned away.
struct Keeper(Arc<AtomicU64>);

impl Visitors for Keeper {
    fn serve(&self, stream: TcpStream, _: SocketAddr, place: Place) -> impl Future<Output = ()> + Send + 'static {
        keep(stream, place)
    }

    fn turned_away(&self, _: SocketAddr, why: Crowded) {
        assert_eq!(why, Crowded::InAll(2));
        self.0.fetch_add(1, Ordering::SeqCst);
    }
}

async fn keep(stream: TcpStream, place: Place) {
    place.asked_to_leave().await;
    drop(stream);
}

fn start(limits: Limits) -> (ServerThread, SocketAddr, Arc<AtomicU64>) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("bound");
    listener.set_nonblocking(true).expect("set");
    let servers = ServerThread::start("test").expect("a thread");
    let listener = {
        let _runtime = servers.enter();
        TcpListener::from_std(listener).expect("registered")
    };
    let turned_away = Arc::new(AtomicU64::new(0));
    servers.spawn(accept_loop(listener, Door::new(limits), servers.stop(), Keeper(Arc::clone(&turned_away))));
    (servers, address, turned_away)
}

fn connect(address: SocketAddr) -> std::net::TcpStream {
    let stream = std::net::TcpStream::connect(address).expect("it listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("set");
    stream
}

/// Whether the server has closed the connection, waiting for it.
fn is_closed(mut stream: &std::net::TcpStream) -> bool {
    match stream.read(&mut [0]) {
        Ok(length) => length == 0,
        Err(error) => error.kind() == io::ErrorKind::ConnectionReset,
    }
}

#[test]
fn dropping_the_thread_closes_the_port_and_the_connections() {
    let (servers, address, _) = start(Limits::default());
    let mut open = connect(address);
    drop(servers);
    assert_eq!(open.read(&mut [0]).unwrap_or(0), 0, "the open connection must end");
    assert!(std::net::TcpStream::connect(address).is_err(), "the port must be closed");
}

#[test]
fn at_the_limit_the_newest_is_refused_and_later_the_idlest_leaves() {
    let (_servers, address, turned_away) = start(Limits::of(2));
    let (first, second) = (connect(address), connect(address));
    assert!(is_closed(&connect(address)), "two are there, and neither is idle yet");
    assert_eq!(turned_away.load(Ordering::SeqCst), 1);
    // Reading waits until the first two have done nothing for long enough.
    first.set_read_timeout(Some(crate::seats::IDLE_AFTER)).unwrap();
    assert!(!is_closed(&first), "nobody came in the meantime");
    let third = connect(address);
    first.set_read_timeout(Some(PATIENCE)).unwrap();
    assert!(is_closed(&first), "the first has done nothing for longest");
    let fourth = connect(address);
    assert!(is_closed(&second));
    assert!(is_closed(&connect(address)), "the two newcomers are not idle");
    drop((third, fourth));
}
