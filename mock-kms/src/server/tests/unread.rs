//! Clients that do not read what the host writes: the end of such a connection stands in the journal too.

use std::net::Shutdown;
use std::sync::mpsc;

use super::*;

/// Follows every PDU, so that a few of them fit neither into what a client takes up unread nor into [`SEND_BUFFER`].
const FAULT: &str = "id = \"f\"\nwire = { zeros-after = 65535 }";

/// Octets that the host's side of a connection holds.
const SEND_BUFFER: u32 = 8 * 1024;

/// Longer waits nobody for an entry of the journal.
const PATIENCE: Duration = Duration::from_secs(20);

/// A host that has more to write than fits, and the client to which it writes.
fn stuck() -> (ServerThread, Server, std::net::TcpStream) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().expect("a runtime");
    let listener = runtime.block_on(async {
        let socket = tokio::net::TcpSocket::new_v4().expect("a socket");
        // Connections that are accepted inherit it.
        socket.set_send_buffer_size(SEND_BUFFER).expect("set");
        socket.bind(([127, 0, 0, 1], 0).into()).expect("an address of this machine");
        socket.listen(8).expect("it listens").into_std().expect("registered")
    });
    let (thread, server, address) = start_at(listener, FAULT, Clock::start(1), 1);
    let mut client = std::net::TcpStream::connect(address).expect("it listens");
    client.set_read_timeout(Some(PATIENCE)).expect("set");
    client.write_all(&[bind_windows_10(), alter_context_ndr32().repeat(7)].concat()).expect("sent");
    // The first octets have come: the rest is under way.
    client.read_exact(&mut [0]).expect("an answer");
    (thread, server, client)
}

/// The end that the journal tells, once it does, with its note.
fn end(thread: &ServerThread, server: &Server) -> (String, Option<String>) {
    let (done, wait) = mpsc::channel();
    let journal = Arc::clone(&server.journal);
    thread.spawn(async move {
        loop {
            let last = lock(&journal).iter().last().map(|entry| (entry.event.to_string(), entry.note.clone()));
            if let Some(end) = last.filter(|(event, _)| event.contains(" by ")) {
                return done.send(end).unwrap_or_default();
            }
            tokio::task::yield_now().await;
        }
    });
    wait.recv_timeout(PATIENCE).expect("the journal tells the end")
}

#[test]
fn who_closes_and_then_throws_away_has_closed() {
    let (thread, server, client) = stuck();
    client.shutdown(Shutdown::Write).unwrap();
    drop(client);
    assert_eq!(end(&thread, &server), ("close by client".to_owned(), None));
}

#[test]
fn who_throws_away_at_once_has_reset() {
    let (thread, server, client) = stuck();
    drop(client);
    assert_eq!(end(&thread, &server), ("reset by client".to_owned(), None));
}

#[test]
fn who_reads_nothing_is_left() {
    let (thread, server, _client) = stuck();
    assert_eq!(end(&thread, &server), ("close by host".to_owned(), Some("the client reads nothing".to_owned())));
}
