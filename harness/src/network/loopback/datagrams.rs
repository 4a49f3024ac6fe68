//! DRIVER: a datagram socket of a client: the body of the `Datagrams` trait.
//!
//! It is not connected, so that it hears replies from anybody, as a client's does; ICMP errors are told on it all the same.
#![expect(clippy::disallowed_types, reason = "driver: a client's datagram socket")]

use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

use double::Moment;
use evidence::network::{Datagram, Datagrams, Failure};
use mock_dns::boundary::Transport;
use socket2::SockRef;

use super::kernel::Ready;
use super::lag::{Held, send_later};
use super::path::{Meets, way_back};
use super::seen::Standing;
use crate::network::icmp::{hear_icmp, take_icmp};

/// The largest datagram there is.
const MAX_UDP: usize = 65_535;

/// A datagram socket.
#[derive(Debug)]
pub(super) struct LoopbackSocket<'a> {
    standing: Standing<'a>,
    socket: UdpSocket,
    buffer: Vec<u8>,
    held: Held<Result<(SocketAddr, Vec<u8>), Failure>>,
}

impl<'a> LoopbackSocket<'a> {
    /// A socket at an address of the client.
    pub(super) fn open(standing: Standing<'a>, local: SocketAddr) -> io::Result<Self> {
        let book = &standing.view.book;
        let socket = UdpSocket::bind(book.place(local)?)?;
        socket.set_nonblocking(true)?;
        hear_icmp(&SockRef::from(&socket))?;
        book.bound(Transport::Udp, local, socket.local_addr()?);
        Ok(Self { standing, socket, buffer: vec![0; MAX_UDP], held: Held::new() })
    }

    /// Waits for something to come, at most until a moment, and holds it until it is due.
    fn listen(&mut self, until: Moment) -> io::Result<()> {
        let pace = &self.standing.setting.pace;
        if !pace.wait(&SockRef::from(&self.socket), Ready::ToRead, until)? {
            return Ok(());
        }
        if take_icmp(&SockRef::from(&self.socket)).is_some() {
            self.held.push(pace.clock.now(), Err(Failure::Refused));
            return Ok(());
        }
        let (length, from) = match self.socket.recv_from(&mut self.buffer) {
            Err(error) if is_nothing(&error) => return Ok(()),
            received => received?,
        };
        let Standing { setting, view, .. } = self.standing;
        let from = view.book.shown(Transport::Udp, from);
        if let Some(late) = way_back(&setting.environment, from.ip(), &view.client, Transport::Udp) {
            let bytes = self.buffer.get(..length).unwrap_or_default().to_vec();
            self.held.push(pace.clock.now().plus(late), Ok((from, bytes)));
        }
        Ok(())
    }

    fn send_now_or_later(&mut self, to: SocketAddr, bytes: &[u8]) -> io::Result<()> {
        let Standing { stage, setting, view } = self.standing;
        let (real, meets) = setting.destination(view, to, Transport::Udp)?;
        let now = setting.pace.clock.now();
        let late = match meets {
            Meets::Service { machine, out, .. } => {
                stage.await_at(machine, Transport::Udp, now.plus(out));
                out
            }
            Meets::Closed(late) => late,
            Meets::Silence => Duration::ZERO,
        };
        if !late.is_zero() {
            send_later(&setting.pace, now.plus(late), self.socket.try_clone()?, real, bytes.to_vec());
            return Ok(());
        }
        match self.socket.send_to(bytes, real) {
            // This is about an earlier datagram and stays in the queue for whoever receives.
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => self.socket.send_to(bytes, real)?,
            sent => sent?,
        };
        Ok(())
    }
}

/// Whether there is nothing to receive, or what there was has been told already.
fn is_nothing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted | io::ErrorKind::ConnectionRefused)
}

impl Datagrams for LoopbackSocket<'_> {
    fn send(&mut self, to: SocketAddr, bytes: &[u8]) -> Result<(), Failure> {
        let sent = self.send_now_or_later(to, bytes);
        sent.map_err(|error| self.standing.trouble(&format!("sending to what stands for {to}"), &error))
    }

    fn receive(&mut self, until: Moment) -> Result<Datagram, Failure> {
        let mut listened = false;
        loop {
            let now = self.standing.setting.pace.clock.now();
            if let Some(arrived) = self.held.take(now) {
                return arrived.map(|(from, bytes)| Datagram { from, bytes, at: now });
            }
            if listened && now >= until {
                return Err(Failure::TimedOut);
            }
            let next = self.held.next_due().map_or(until, |due| due.min(until));
            self.listen(next).map_err(|error| self.standing.trouble("receiving a datagram", &error))?;
            // At least once, also when the caller's time is over already.
            listened = true;
        }
    }
}
