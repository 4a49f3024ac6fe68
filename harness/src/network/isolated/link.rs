//! DRIVER: links, addresses and routes of the network in which it is made, over a netlink socket; no other program is needed.
#![expect(clippy::disallowed_methods, reason = "driver: a netlink socket and packet sockets")]

use std::io;
use std::net::IpAddr;
use std::os::fd::{AsRawFd, OwnedFd};
use std::time::Duration;

use nix::errno::Errno;
use nix::ifaddrs::getifaddrs;
use nix::net::if_::if_nametoindex;
use nix::sys::socket::{AddressFamily, LinkAddr, MsgFlags, SockFlag, SockProtocol, SockType, recv, send, socket};
use socket2::{SockFilter, SockRef};

use super::netlink::{self, End};

/// Octets of an answer that are looked at: of an acknowledgement all, of what is told of a link the beginning, where its state stands.
const ANSWER_MAX: usize = 4096;

/// How often, and with what pauses, a link is looked at until it is ready: five seconds, of which a busy machine needs a hundredth.
const LOOKS_MAX: usize = 25_000;
const PAUSE: Duration = Duration::from_micros(200);

/// A conversation with the kernel about one network.
#[derive(Debug)]
pub(super) struct Links(OwnedFd);

impl Links {
    /// About the network of the calling thread.
    pub(super) fn new() -> io::Result<Self> {
        let kind = SockType::Raw;
        Ok(Self(socket(AddressFamily::Netlink, kind, SockFlag::SOCK_CLOEXEC, SockProtocol::NetlinkRoute)?))
    }

    pub(super) fn add_pair(&self, near: &End<'_>, far: &End<'_>) -> io::Result<()> {
        self.ask(&netlink::new_pair(near, far), &format!("the pair of links `{}` and `{}`", near.name, far.name))
    }

    pub(super) fn up(&self, link: &str) -> io::Result<()> {
        self.ask(&netlink::up(if_nametoindex(link)?), &format!("the link `{link}`"))
    }

    /// Gives a link an address; one that it has already is no mistake.
    pub(super) fn add_address(&self, link: &str, address: IpAddr, prefix: u8) -> io::Result<()> {
        let message = netlink::new_address(if_nametoindex(link)?, address, prefix);
        match self.ask(&message, &format!("the address {address}/{prefix}")) {
            Err(error) if error.raw_os_error() == Some(Errno::EEXIST as i32) => Ok(()),
            asked => asked,
        }
    }

    pub(super) fn add_default_route(&self, link: &str, v4: bool, gateway: Option<IpAddr>) -> io::Result<()> {
        let message = netlink::new_default_route(if_nametoindex(link)?, v4, gateway);
        let family = if v4 { "IPv4" } else { "IPv6" };
        self.ask(&message, &format!("the default route of {family}"))
    }

    /// Whether packets that are sent on a link leave it.
    fn sends(&self, link: &str) -> io::Result<bool> {
        let mut answer = [0; ANSWER_MAX];
        let answer = self.answer(&netlink::about(if_nametoindex(link)?), &mut answer)?;
        netlink::sends(answer).ok_or_else(|| io::Error::other(format!("the kernel tells nothing of the link `{link}`")))
    }

    fn answer<'a>(&self, message: &[u8], answer: &'a mut [u8]) -> io::Result<&'a [u8]> {
        send(self.0.as_raw_fd(), message, MsgFlags::empty())?;
        let length = recv(self.0.as_raw_fd(), answer, MsgFlags::empty())?;
        Ok(answer.get(..length).unwrap_or_default())
    }

    fn ask(&self, message: &[u8], about: &str) -> io::Result<()> {
        match netlink::error_in(self.answer(message, &mut [0; ANSWER_MAX])?) {
            Some(0) => Ok(()),
            Some(number) if number == Errno::EEXIST as i32 => Err(io::Error::from_raw_os_error(number)),
            Some(number) => {
                let error = io::Error::from_raw_os_error(number);
                Err(io::Error::new(error.kind(), format!("{about}: {error}")))
            }
            None => Err(io::Error::other(format!("{about}: the kernel gave no answer"))),
        }
    }
}

/// Waits until links of the calling thread's network send, and the addresses of the first of them hear.
///
/// After it and its far end went up, the kernel comes to see only some time later that the cable is plugged in, and throws away what is
/// sent before; that a link is "running" says nothing about that. And what comes for a new IPv6 address is thrown away until the
/// kernel has finished looking whether somebody else has it, even where it is told not to look.
pub(super) fn wait_until_ready(names: &[&str], addresses: &[IpAddr]) -> io::Result<()> {
    let links = Links::new()?;
    for link in names {
        wait_until(&format!("the link `{link}` does not come up"), || links.sends(link))?;
        // Asked for once more, because that waits for whatever the kernel is still doing with it.
        links.up(link)?;
    }
    for address in addresses {
        let mut answer = [0; ANSWER_MAX];
        wait_until(&format!("packets for {address} do not arrive"), || {
            Ok(netlink::stays(links.answer(&netlink::way_to(*address), &mut answer)?))
        })?;
    }
    Ok(())
}

fn wait_until(not: &str, mut look: impl FnMut() -> io::Result<bool>) -> io::Result<()> {
    for _ in 0..LOOKS_MAX {
        if look()? {
            return Ok(());
        }
        std::thread::sleep(PAUSE);
    }
    Err(io::Error::new(io::ErrorKind::TimedOut, not))
}

/// A packet socket at a link (packet(7)).
#[derive(Debug)]
pub(super) struct Frames {
    pub(super) socket: OwnedFd,
    /// Where to send, so that it leaves on this link.
    pub(super) link: LinkAddr,
}

/// What a filter reads as the number of the link on which a frame came (linux/filter.h, SKF_AD_OFF and SKF_AD_IFINDEX).
const LINK_NUMBER: u32 = 0xFFFF_F000 + 8;

/// Instructions of a filter (linux/filter.h): load a word from a fixed place, go on if it is a constant, give an answer.
const LOAD: u16 = 0x20;
const IF_EQUAL: u16 = 0x15;
const ANSWER: u16 = 0x06;

/// For each of these links of the calling thread's network, a socket that takes every frame of it and sends frames there.
///
/// None is bound to its link, because to bind a packet socket takes as long as the kernel needs to be sure that no processor looks at its
/// old binding, some 15 ms: a filter leaves it the frames of its link.
pub(super) fn frames_of(links: &[String]) -> io::Result<Vec<Frames>> {
    let known: Vec<_> =
        getifaddrs()?.filter_map(|found| Some((found.interface_name, *found.address?.as_link_addr()?))).collect();
    let frames = links.iter().map(|link| {
        let known = known.iter().find(|(name, _)| name == link);
        let (_, link) = known.ok_or_else(|| io::Error::other(format!("there is no link `{link}`")))?;
        let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
        let socket = socket(AddressFamily::Packet, SockType::Raw, flags, SockProtocol::EthAll)?;
        let number = u32::try_from(link.ifindex()).map_err(io::Error::other)?;
        let filter = [
            SockFilter::new(LOAD, 0, 0, LINK_NUMBER),
            SockFilter::new(IF_EQUAL, 0, 1, number),
            SockFilter::new(ANSWER, 0, 0, u32::MAX),
            SockFilter::new(ANSWER, 0, 0, 0),
        ];
        SockRef::from(&socket).attach_filter(&filter)?;
        Ok(Frames { socket, link: *link })
    });
    frames.collect()
}
