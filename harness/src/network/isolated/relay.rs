//! DRIVER: carries frames between the links of clients and servers as the wire says, late ones in their order.
//!
//! It runs on the thread of the servers, so that whoever waits until that thread has nothing left to do has waited for the wire too.
#![expect(clippy::disallowed_types, reason = "driver: sockets that take and send frames")]

use std::collections::BTreeMap;
use std::io;
use std::os::fd::{AsRawFd, RawFd};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use double::serve::ServerThread;
use double::{Clock, Moment};
use nix::sys::socket::{LinkAddr, MsgFlags, sendto};
use tokio::net::UdpSocket;
use tokio::sync::Notify;

use super::link::Frames;
use super::packet::Packet;
use super::watch::Watch;
use super::wire::{Carry, Side, Wire};

/// The largest frame: an IP packet and its Ethernet header.
const FRAME_MAX: usize = 65_535 + ETHERNET_HEADER;

/// Octets of an Ethernet header: to, from, type.
const ETHERNET_HEADER: usize = 14;

/// Types of frames (IEEE 802 numbers, IANA).
const IPV4: [u8; 2] = [0x08, 0x00];
const IPV6: [u8; 2] = [0x86, 0xDD];

/// Late packets at a time; more are lost, as in a router.
const LATE_MAX: usize = 4096;

/// Frames taken before others have their turn.
const BATCH: usize = 64;

/// A link of the wire.
#[derive(Debug)]
pub(super) struct Port {
    pub(super) side: Side,
    pub(super) frames: Frames,
    /// The hardware address at its far end.
    pub(super) far: [u8; 6],
    /// Its own.
    pub(super) near: [u8; 6],
}

#[derive(Debug)]
struct Plugged {
    side: Side,
    /// A packet socket: it takes and sends like any datagram socket.
    frames: UdpSocket,
    link: LinkAddr,
    header: [u8; 12],
}

/// The wire at work. Copies are the same one.
#[derive(Clone, Debug)]
pub(super) struct Relay(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    wire: Mutex<Wire>,
    watch: Mutex<Watch>,
    ports: Vec<Plugged>,
    clock: Clock,
    late: Mutex<Late>,
    more: Notify,
}

/// Packets that wait, in the order in which they are due.
#[derive(Debug, Default)]
struct Late {
    queue: BTreeMap<(Moment, u64), Carry>,
    count: u64,
}

impl Relay {
    /// Starts carrying, on this thread.
    pub(super) fn start(
        thread: &ServerThread,
        ports: Vec<Port>,
        wire: Wire,
        watch: Watch,
        clock: Clock,
    ) -> io::Result<Self> {
        let _runtime = thread.enter();
        let plug = |port: Port| {
            let mut header = [0; 12];
            header[..6].copy_from_slice(&port.far);
            header[6..].copy_from_slice(&port.near);
            let Frames { socket, link } = port.frames;
            Ok(Plugged { side: port.side, frames: UdpSocket::from_std(socket.into())?, link, header })
        };
        let ports = ports.into_iter().map(plug).collect::<io::Result<Vec<_>>>()?;
        let count = ports.len();
        let (wire, watch) = (Mutex::new(wire), Mutex::new(watch));
        let relay = Self(Arc::new(Shared { wire, watch, ports, clock, late: Mutex::default(), more: Notify::new() }));
        for port in 0..count {
            thread.spawn(relay.clone().take_frames(port));
        }
        thread.spawn(relay.clone().send_late());
        Ok(relay)
    }

    /// What was seen on the wire.
    pub(super) fn watch(&self) -> MutexGuard<'_, Watch> {
        lock(&self.0.watch)
    }

    /// Its packet sockets.
    pub(super) fn sockets(&self) -> Vec<RawFd> {
        self.0.ports.iter().map(|port| port.frames.as_raw_fd()).collect()
    }

    async fn take_frames(self, port: usize) {
        let Some(plugged) = self.0.ports.get(port) else { return };
        let mut frame = vec![0; FRAME_MAX];
        loop {
            if plugged.frames.readable().await.is_err() {
                return;
            }
            for _ in 0..BATCH {
                match plugged.frames.try_recv(&mut frame) {
                    Ok(length) => self.frame(plugged.side, frame.get(..length).unwrap_or_default()),
                    // Nothing left; or a link that is down, which is gone or comes again.
                    Err(_) => break,
                }
            }
            tokio::task::yield_now().await;
        }
    }

    /// A frame came from a side.
    fn frame(&self, from: Side, frame: &[u8]) {
        let kind = frame.get(12..ETHERNET_HEADER);
        if kind != Some(&IPV4) && kind != Some(&IPV6) {
            return;
        }
        let Some(packet) = frame.get(ETHERNET_HEADER..).and_then(Packet::read) else { return };
        let now = self.0.clock.now();
        if let Side::Station(client) = from {
            self.watch().sent(client, &packet, now);
        }
        let carried = lock(&self.0.wire).carry(from, &packet);
        for carry in carried {
            if carry.after.is_zero() {
                self.send(&carry, now);
                continue;
            }
            let mut late = lock(&self.0.late);
            if late.queue.len() < LATE_MAX {
                late.count += 1;
                let place = (now.plus(carry.after), late.count);
                late.queue.insert(place, carry);
                drop(late);
                self.0.more.notify_one();
            }
        }
    }

    async fn send_late(self) {
        loop {
            let next = lock(&self.0.late).queue.keys().next().map(|(due, _)| *due);
            let due = async {
                match next {
                    Some(due) => self.0.clock.sleep_until(due).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = due => {}
                () = self.0.more.notified() => {}
            }
            let now = self.0.clock.now();
            while let Some(carry) = self.next_due(now) {
                self.send(&carry, now);
            }
        }
    }

    fn next_due(&self, now: Moment) -> Option<Carry> {
        let mut late = lock(&self.0.late);
        let first = late.queue.first_entry()?;
        (first.key().0 <= now).then(|| first.remove())
    }

    /// A packet leaves the wire. One that the link does not take is lost, as packets are.
    fn send(&self, carry: &Carry, now: Moment) {
        let Some(port) = self.0.ports.iter().find(|port| port.side == carry.to) else { return };
        if let (Side::Station(client), Some(packet)) = (carry.to, Packet::read(&carry.bytes)) {
            self.watch().delivered(client, &packet, now);
        }
        let v4 = carry.bytes.first().is_some_and(|first| first >> 4 == 4);
        let mut frame = Vec::with_capacity(ETHERNET_HEADER + carry.bytes.len());
        frame.extend(port.header);
        frame.extend(if v4 { IPV4 } else { IPV6 });
        frame.extend(&carry.bytes);
        // Not by tokio, which holds a new socket for full until it has first heard of it.
        sendto(port.frames.as_raw_fd(), &frame, &port.link, MsgFlags::MSG_DONTWAIT).ok();
    }
}

/// A panic while a lock was held is told elsewhere; what it guards stays usable.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
