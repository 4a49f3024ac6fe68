//! The network as seen from one machine: what a client or a diagnosis may do with it.
//!
//! Straight-line blocking calls, each with the moment at which the caller gives up, so that the same code runs over an event
//! queue with a virtual clock and over real sockets. Re-sending, matching replies and choosing time-outs is the caller's
//! affair: that is what differs between clients. Nothing here knows DNS or RPC.

use std::net::{IpAddr, SocketAddr};

use double::Moment;

/// A network, seen from the machine that stands on it.
pub trait Network {
    /// What the clock of the run shows.
    fn now(&self) -> Moment;

    /// Lets time pass until a moment; returns at once if it is past.
    fn wait_until(&self, until: Moment);

    /// Opens a datagram socket on a free port of one of the machine's addresses.
    ///
    /// # Errors
    /// [`Failure::NoSuchAddress`] when the machine does not own the address.
    fn open(&self, local: IpAddr) -> Result<Box<dyn Datagrams + '_>, Failure>;

    /// Opens a datagram socket at the port of a multicast group, which hears what is sent to the group too, but not itself.
    ///
    /// # Errors
    /// [`Failure::NotPermitted`] on a network that carries no multicast, which is what a network does unless it says otherwise.
    fn join(&self, _local: IpAddr, _group: SocketAddr) -> Result<Box<dyn Datagrams + '_>, Failure> {
        Err(Failure::NotPermitted)
    }

    /// Tries to connect once. A stack that repeats a refused SYN is played by calling again.
    ///
    /// # Errors
    /// How the attempt ended; [`Failure::TimedOut`] at the moment `until`.
    fn connect(&self, local: IpAddr, to: SocketAddr, until: Moment) -> Result<Box<dyn Stream + '_>, Failure>;

    /// Sends one ICMP echo request and gives the address of whoever sent the echo reply.
    ///
    /// What counts is the reply and its source, never the words of a tool: "Reply from" also introduces an error of the
    /// machine's own stack or of a router.
    ///
    /// # Errors
    /// [`Failure::TimedOut`] at the moment `until`; [`Failure::Unreachable`] and its kin when an ICMP error came instead.
    fn ping(&self, local: IpAddr, to: IpAddr, until: Moment) -> Result<IpAddr, Failure>;
}

/// A datagram socket; closed when dropped.
pub trait Datagrams {
    /// Sends a datagram.
    ///
    /// # Errors
    /// Only what the sender's own machine knows at once, such as [`Failure::Unreachable`].
    fn send(&mut self, to: SocketAddr, bytes: &[u8]) -> Result<(), Failure>;

    /// Waits for the next datagram, whoever sent it.
    ///
    /// # Errors
    /// [`Failure::TimedOut`] at the moment `until`; [`Failure::Refused`] and its kin when an ICMP error came for something
    /// that was sent from this socket.
    fn receive(&mut self, until: Moment) -> Result<Datagram, Failure>;
}

/// A datagram that arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Datagram {
    /// Who sent it, as its header says.
    pub from: SocketAddr,
    /// Its payload.
    pub bytes: Vec<u8>,
    /// When it arrived.
    pub at: Moment,
}

/// A connected stream; closed when dropped.
pub trait Stream {
    /// Appends the next octets to `into`; `Ok(0)` is the end of the stream.
    ///
    /// # Errors
    /// [`Failure::TimedOut`] at the moment `until`, [`Failure::Reset`] when the peer reset the connection.
    fn read(&mut self, into: &mut Vec<u8>, until: Moment) -> Result<usize, Failure>;

    /// Sends octets.
    ///
    /// # Errors
    /// [`Failure::Reset`] when the peer has reset the connection.
    fn write(&mut self, bytes: &[u8]) -> Result<(), Failure>;
}

/// How an attempt to reach somebody ended, as the one who tried experiences it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// Nothing came back until the caller gave up.
    #[error("timed out")]
    TimedOut,
    /// TCP: a reset came back for the SYN. UDP: ICMP port unreachable.
    #[error("refused")]
    Refused,
    /// ICMP "administratively prohibited" came back.
    #[error("rejected by ICMP")]
    Rejected,
    /// No route, or ICMP host or network unreachable.
    #[error("unreachable")]
    Unreachable,
    /// The connection existed and the peer reset it.
    #[error("reset")]
    Reset,
    /// The machine does not own the address it was to send from, or has none of that family.
    #[error("no such address on this machine")]
    NoSuchAddress,
    /// This machine does not let the caller try.
    #[error("not permitted here")]
    NotPermitted,
}
