//! The simulated network as one client sees it: the body of the `Network` trait, which pumps the event queue while it waits.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};

use double::Moment;
use evidence::Network;
use evidence::network::{Datagram, Datagrams, Failure, Stream};
use evidence::timeline::Recorder;

use super::queue::Arrival;
use super::world::{Socket, World};

/// The network, and the machine that stands on it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen<'a> {
    world: &'a RefCell<World>,
    recorder: &'a Recorder,
    machine: usize,
}

impl<'a> Seen<'a> {
    pub(super) fn new(world: &'a RefCell<World>, recorder: &'a Recorder, machine: usize) -> Self {
        Self { world, recorder, machine }
    }
}

impl<'a> Seen<'a> {
    fn socket(self, world: &mut World, local: SocketAddr) -> Box<dyn Datagrams + 'a> {
        world.sockets.push(Socket { local, inbox: VecDeque::new() });
        Box::new(SeenSocket { seen: self, socket: world.sockets.len() - 1 })
    }
}

impl Network for Seen<'_> {
    fn now(&self) -> Moment {
        self.world.borrow().now()
    }

    fn wait_until(&self, until: Moment) {
        self.world.borrow_mut().advance_to(until, self.recorder);
    }

    fn open(&self, local: IpAddr) -> Result<Box<dyn Datagrams + '_>, Failure> {
        let mut world = self.world.borrow_mut();
        if !world.owns(self.machine, local) {
            return Err(Failure::NoSuchAddress);
        }
        let port = world.next_port();
        Ok(self.socket(&mut world, SocketAddr::new(local, port)))
    }

    fn join(&self, local: IpAddr, group: SocketAddr) -> Result<Box<dyn Datagrams + '_>, Failure> {
        let mut world = self.world.borrow_mut();
        if !world.owns(self.machine, local) {
            return Err(Failure::NoSuchAddress);
        }
        Ok(self.socket(&mut world, SocketAddr::new(local, group.port())))
    }

    fn connect(&self, local: IpAddr, to: SocketAddr, until: Moment) -> Result<Box<dyn Stream + '_>, Failure> {
        let mut world = self.world.borrow_mut();
        if !world.owns(self.machine, local) {
            return Err(Failure::NoSuchAddress);
        }
        let connection = match world.connect(self.machine, local, to, until) {
            Ok(connection) => connection,
            Err((failure, at)) => {
                world.advance_to(at.min(until), self.recorder);
                return Err(if at <= until { failure } else { Failure::TimedOut });
            }
        };
        loop {
            match world.links.get_mut(connection).and_then(|link| link.inbox.pop_front()) {
                Some(Arrival::Connected) => return Ok(Box::new(SeenStream { seen: *self, connection })),
                // A host that resets at once: the stack had said "connected" before.
                Some(Arrival::Reset) => return Err(Failure::Reset),
                Some(Arrival::Bytes(_) | Arrival::End) => {}
                None => {
                    if !world.step(until, self.recorder) {
                        return Err(Failure::TimedOut);
                    }
                }
            }
        }
    }

    fn ping(&self, local: IpAddr, to: IpAddr, until: Moment) -> Result<IpAddr, Failure> {
        let mut world = self.world.borrow_mut();
        if !world.owns(self.machine, local) {
            return Err(Failure::NoSuchAddress);
        }
        let (at, result) = match world.echo(self.machine, to) {
            Ok(at) => (at, Ok(to)),
            Err((failure, at)) => (at, Err(failure)),
        };
        world.advance_to(at.min(until), self.recorder);
        if at <= until { result } else { Err(Failure::TimedOut) }
    }
}

/// A datagram socket of a client.
struct SeenSocket<'a> {
    seen: Seen<'a>,
    socket: usize,
}

impl Datagrams for SeenSocket<'_> {
    fn send(&mut self, to: SocketAddr, bytes: &[u8]) -> Result<(), Failure> {
        self.seen.world.borrow_mut().send(self.seen.machine, self.socket, to, bytes);
        Ok(())
    }

    fn receive(&mut self, until: Moment) -> Result<Datagram, Failure> {
        let mut world = self.seen.world.borrow_mut();
        loop {
            if let Some(arrived) = world.sockets.get_mut(self.socket).and_then(|socket| socket.inbox.pop_front()) {
                return arrived;
            }
            if !world.step(until, self.seen.recorder) {
                return Err(Failure::TimedOut);
            }
        }
    }
}

/// A connection of a client.
struct SeenStream<'a> {
    seen: Seen<'a>,
    connection: usize,
}

impl Stream for SeenStream<'_> {
    fn read(&mut self, into: &mut Vec<u8>, until: Moment) -> Result<usize, Failure> {
        let mut world = self.seen.world.borrow_mut();
        loop {
            let link = world.links.get_mut(self.connection).ok_or(Failure::Reset)?;
            match link.inbox.pop_front() {
                Some(Arrival::Bytes(bytes)) => {
                    into.extend_from_slice(&bytes);
                    return Ok(bytes.len());
                }
                Some(Arrival::End) => {
                    // The end stays the end, however often it is read.
                    link.inbox.push_front(Arrival::End);
                    return Ok(0);
                }
                Some(Arrival::Reset) => {
                    link.inbox.push_front(Arrival::Reset);
                    return Err(Failure::Reset);
                }
                Some(Arrival::Connected) => {}
                None => {
                    if !world.step(until, self.seen.recorder) {
                        return Err(Failure::TimedOut);
                    }
                }
            }
        }
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let mut world = self.seen.world.borrow_mut();
        let link = world.links.get(self.connection).ok_or(Failure::Reset)?;
        if link.inbox.iter().any(|arrival| matches!(arrival, Arrival::Reset)) {
            return Err(Failure::Reset);
        }
        world.write(self.connection, Some(bytes));
        Ok(())
    }
}

impl Drop for SeenStream<'_> {
    fn drop(&mut self) {
        self.seen.world.borrow_mut().write(self.connection, None);
    }
}
