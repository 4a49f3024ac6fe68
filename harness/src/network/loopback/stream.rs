//! DRIVER: one connection of a client over a real socket: the body of the `Stream` trait.
//!
//! A reset is told to whoever reads, never to whoever writes: whether a write already meets it is a race of two machines, and the
//! network must come out the same each time. Closing is a FIN even if octets are left unread.
#![expect(clippy::disallowed_types, reason = "driver: a client's end of a connection")]

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use double::Moment;
use evidence::network::{Failure, Stream};
use mock_dns::boundary::Transport;
use notation::Id;
use socket2::SockRef;

use super::kernel::Ready;
use super::lag::{Held, LateWriter};
use super::seen::Standing;

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
    standing: Standing<'a>,
    /// The machine at the other end.
    server: &'a Id,
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
    reset: bool,
}

impl<'a> LoopbackStream<'a> {
    /// A connection to a machine, whose way out takes `out` and whose way back takes `back` longer; `reset` when it was reset
    /// before anybody could read or write.
    pub(super) fn new(
        standing: Standing<'a>,
        server: &'a Id,
        stream: TcpStream,
        (out, back): (Duration, Duration),
        reset: bool,
    ) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        stream.set_write_timeout(Some(WRITE_LIMIT))?;
        let late = if out.is_zero() {
            None
        } else {
            Some((LateWriter::new(&standing.setting.pace, stream.try_clone()?), out))
        };
        let held = Held::new();
        Ok(Self { standing, server, stream, late, back, held, ended: None, over: false, reset })
    }

    fn now(&self) -> Moment {
        self.standing.setting.pace.clock.now()
    }

    /// Waits for something to come, at most until a moment, and holds it until it is due.
    fn listen(&mut self, until: Moment) -> io::Result<()> {
        let pace = &self.standing.setting.pace;
        if self.over {
            return pace.pass(until);
        }
        if !pace.wait(&SockRef::from(&self.stream), Ready::ToRead, until)? {
            return Ok(());
        }
        let mut buffer = [0; READ_SIZE];
        let arrived = match self.stream.read(&mut buffer) {
            Ok(0) if self.reset => Arrived::Reset,
            Ok(0) => Arrived::End,
            Ok(length) => Arrived::Bytes(buffer.get(..length).unwrap_or_default().to_vec()),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Ok(()),
            Err(_) => Arrived::Reset,
        };
        self.over = !matches!(arrived, Arrived::Bytes(_));
        self.held.push(pace.clock.now().plus(self.back), arrived);
        Ok(())
    }
}

impl Stream for LoopbackStream<'_> {
    fn read(&mut self, into: &mut Vec<u8>, until: Moment) -> Result<usize, Failure> {
        let mut listened = false;
        loop {
            let now = self.now();
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
            self.listen(next).map_err(|error| self.standing.trouble("reading", &error))?;
            // At least once, also when the caller's time is over already.
            listened = true;
        }
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        if let Some((writer, out)) = &self.late {
            writer.write(self.now().plus(*out), bytes.to_vec());
            return Ok(());
        }
        if let Err(error) = self.stream.write_all(bytes) {
            // After a FIN the system says "broken pipe": then the end is what is read.
            self.reset |= error.kind() == io::ErrorKind::ConnectionReset;
        }
        Ok(())
    }
}

impl Drop for LoopbackStream<'_> {
    fn drop(&mut self) {
        let late = self.late.as_ref().map_or(Duration::ZERO, |(_, out)| *out);
        let due = self.now().plus(late);
        self.standing.stage.await_at(self.server, Transport::Tcp, due);
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
