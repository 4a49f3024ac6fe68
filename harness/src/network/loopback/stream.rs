//! DRIVER: one connection of a client over a real socket: the body of the `Stream` trait.
//!
//! A reset is told to whoever reads, never to whoever writes: whether a write already meets it is a race of two machines, and the
//! network must come out the same each time. Closing is a FIN even if octets are left unread.
#![expect(clippy::disallowed_types, reason = "driver: a client's end of a connection")]

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use double::serve::ServerThread;
use double::{Clock, Moment};
use evidence::network::{Failure, Stream};
use mock_dns::boundary::Transport;
use notation::Id;

use super::Loopback;
use super::lag::{Held, LateWriter};
use super::seen::{SHORTEST_WAIT, is_time_over};

/// Octets that are read at a time.
const READ_SIZE: usize = 4096;

/// How often [`READ_SIZE`] octets are thrown away at the end of a connection; what a server sends fits many times.
const DRAIN_READS: usize = 64;

/// How long, in real time, a write may be held up: nothing that a client sends fills a socket buffer.
const WRITE_LIMIT: Duration = Duration::from_secs(5);

/// What came.
#[derive(Clone, Debug)]
enum Arrived {
    Bytes(Vec<u8>),
    End,
    Reset,
}

/// A connection to a service.
#[derive(Debug)]
pub(super) struct LoopbackStream<'a> {
    stage: &'a Loopback,
    /// The machine at the other end.
    server: &'a Id,
    clock: Clock,
    stream: TcpStream,
    /// The way out, where it is late.
    late: Option<(LateWriter, Duration)>,
    /// How late what comes is.
    back: Duration,
    held: Held<Arrived>,
    /// How the stream ended, once that was read.
    ended: Option<Arrived>,
    /// Whether the end was read from the socket, be it due or not.
    over: bool,
    /// Whether connecting or writing met a reset, which is then not told to a reader again.
    broken: bool,
}

impl<'a> LoopbackStream<'a> {
    /// A connection to a machine, whose way out takes `out` and whose way back takes `back` longer.
    pub(super) fn new(
        stage: &'a Loopback,
        server: &'a Id,
        stream: TcpStream,
        thread: &ServerThread,
        (out, back): (Duration, Duration),
    ) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        stream.set_write_timeout(Some(WRITE_LIMIT))?;
        let clock = stage.clock;
        let late = if out.is_zero() { None } else { Some((LateWriter::new(thread, clock, stream.try_clone()?), out)) };
        let held = Held::new();
        Ok(Self { stage, server, clock, stream, late, back, held, ended: None, over: false, broken: false })
    }

    /// The connection was reset before anybody could read or write.
    pub(super) fn was_reset(&mut self) {
        self.broken = true;
    }

    /// Waits for something to come, at most until a moment, and holds it until it is due.
    fn listen(&mut self, until: Moment) {
        if self.over {
            return self.clock.block_until(until);
        }
        let wait = self.clock.real_until(until).max(SHORTEST_WAIT);
        let mut buffer = [0; READ_SIZE];
        let read = self.stream.set_read_timeout(Some(wait)).and_then(|()| self.stream.read(&mut buffer));
        let due = self.clock.now().plus(self.back);
        let arrived = match read {
            Ok(0) if self.broken => Arrived::Reset,
            Ok(0) => Arrived::End,
            Ok(length) => Arrived::Bytes(buffer.get(..length).unwrap_or_default().to_vec()),
            Err(error) if is_time_over(&error) => return,
            Err(_) => Arrived::Reset,
        };
        self.over = !matches!(arrived, Arrived::Bytes(_));
        self.held.push(due, arrived);
    }
}

impl Stream for LoopbackStream<'_> {
    fn read(&mut self, into: &mut Vec<u8>, until: Moment) -> Result<usize, Failure> {
        let mut listened = false;
        loop {
            let now = self.clock.now();
            match self.ended.clone().or_else(|| self.held.take(now)) {
                Some(Arrived::Bytes(bytes)) => {
                    into.extend_from_slice(&bytes);
                    return Ok(bytes.len());
                }
                // The end stays the end, however often it is read.
                Some(Arrived::End) => {
                    self.ended = Some(Arrived::End);
                    return Ok(0);
                }
                Some(Arrived::Reset) => {
                    self.ended = Some(Arrived::Reset);
                    return Err(Failure::Reset);
                }
                None => {}
            }
            if listened && now >= until {
                return Err(Failure::TimedOut);
            }
            let next = self.held.next_due().map_or(until, |due| due.min(until));
            self.listen(next);
            // At least once, also when the caller's time is over already.
            listened = true;
        }
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        if let Some((writer, out)) = &self.late {
            writer.write(self.clock.now().plus(*out), bytes.to_vec());
            return Ok(());
        }
        if let Err(error) = self.stream.write_all(bytes) {
            // After a FIN the system says "broken pipe": then the end is what is read.
            self.broken |= error.kind() == io::ErrorKind::ConnectionReset;
        }
        Ok(())
    }
}

impl Drop for LoopbackStream<'_> {
    fn drop(&mut self) {
        let late = self.late.as_ref().map_or(Duration::ZERO, |(_, out)| *out);
        let due = self.clock.now().plus(late);
        self.stage.await_at(self.server, Transport::Tcp, due);
        if let Some((writer, _)) = &self.late {
            return writer.end(due);
        }
        // Closing with octets unread would send RST, and a client that gives up sends FIN. A connection that is gone already needs
        // neither.
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
