//! DRIVER: one connection of a client on the isolated network: the body of the `Stream` trait.
//!
//! A reset is told to whoever reads, never to whoever writes, as on every network; closing is a FIN even if octets are left unread.
#![expect(clippy::disallowed_types, reason = "driver: a client's end of a connection")]

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use double::Moment;
use evidence::network::{Failure, Stream};
use mock_dns::boundary::Transport;
use notation::Id;
use socket2::SockRef;

use super::seen::Standing;
use crate::network::loopback::kernel::Ready;

/// Octets that are read at a time.
const READ_SIZE: usize = 4096;

/// How often [`READ_SIZE`] octets are thrown away at the end of a connection.
const DRAIN_READS: usize = 64;

/// How long, in real time, a write may be held up: nothing that a client sends fills a socket buffer.
const WRITE_LIMIT: Duration = Duration::from_secs(5);

/// A connection to a service.
#[derive(Debug)]
pub(super) struct IsolatedStream<'a> {
    standing: Standing<'a>,
    /// The machine at the other end.
    server: &'a Id,
    stream: TcpStream,
    /// How late what is sent arrives.
    out: Duration,
    /// Whether connecting or writing met a reset, which is then what a reader hears.
    reset: bool,
}

impl<'a> IsolatedStream<'a> {
    pub(super) fn new(
        standing: Standing<'a>,
        server: &'a Id,
        stream: TcpStream,
        out: Duration,
        reset: bool,
    ) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        stream.set_write_timeout(Some(WRITE_LIMIT))?;
        Ok(Self { standing, server, stream, out, reset })
    }
}

impl Stream for IsolatedStream<'_> {
    fn read(&mut self, into: &mut Vec<u8>, until: Moment) -> Result<usize, Failure> {
        let pace = &self.standing.ground.pace;
        let ready = pace.wait(&SockRef::from(&self.stream), Ready::ToRead, until);
        if !ready.map_err(|error| self.standing.trouble("reading", &error))? {
            return Err(Failure::TimedOut);
        }
        let mut buffer = [0; READ_SIZE];
        match self.stream.read(&mut buffer) {
            Ok(0) if self.reset => Err(Failure::Reset),
            Ok(length) => {
                into.extend_from_slice(buffer.get(..length).unwrap_or_default());
                Ok(length)
            }
            Err(_) => {
                self.reset = true;
                Err(Failure::Reset)
            }
        }
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        if let Err(error) = self.stream.write_all(bytes) {
            self.reset |= error.kind() == io::ErrorKind::ConnectionReset;
        }
        Ok(())
    }
}

impl Drop for IsolatedStream<'_> {
    fn drop(&mut self) {
        let due = self.standing.ground.pace.clock.now().plus(self.out);
        self.standing.stage.expected.await_at(self.server, Transport::Tcp, due);
        // Closing with octets unread would send RST, and a client that gives up sends FIN.
        if self.stream.shutdown(Shutdown::Write).is_ok() && self.stream.set_nonblocking(true).is_ok() {
            let mut buffer = [0; READ_SIZE];
            for _ in 0..DRAIN_READS {
                if !matches!(self.stream.read(&mut buffer), Ok(1..)) {
                    break;
                }
            }
        }
    }
}
