//! The loopback network as set up for one step, and one client's view of it: which socket stands for a destination.
//!
//! Services are there from the start; dead ends are made when a client first runs into them.

use std::cell::RefCell;
use std::io;
use std::net::{IpAddr, SocketAddr};

use double::Clock;
use double::serve::ServerThread;
use mock_dns::boundary::Transport;
use notation::Id;

use super::book::Book;
use super::dead_end::DeadEnd;
use super::pace::Pace;
use super::path::{Meets, meets, ports};
use super::servers::Servers;
use crate::environment::Environment;

/// A step's environment on the network. Dropping it stops the servers and frees every address.
#[derive(Debug)]
pub(super) struct Setting {
    // First, so that the servers have stopped when their addresses are given back.
    pub(super) pace: Pace,
    pub(super) environment: Environment,
    views: Vec<View>,
}

impl Setting {
    /// Starts the servers for every client, and for every KMS host that publishes and is a client of DNS in that.
    pub(super) fn new(environment: &Environment, servers: &Servers, clock: Clock) -> io::Result<Self> {
        let pace = Pace { clock, thread: ServerThread::start("loopback")? };
        let mut views = Vec::new();
        let clients = environment.clients.iter().map(|client| {
            let addresses = client.ip.adapters.iter().map(|adapter| adapter.address).collect();
            (&client.id, addresses)
        });
        let hosts = environment.kms_hosts.iter().filter(|host| host.publishing.is_some());
        let hosts = hosts.map(|host| (&host.id, host.addresses.clone()));
        for (client, addresses) in clients.chain(hosts) {
            let book = Book::default();
            for port in ports(environment) {
                if matches!(meets(environment, client, port.at, port.transport), Meets::Service { .. }) {
                    servers.open(&port, &book, &pace)?;
                }
            }
            views.push(View { client: client.clone(), addresses, book, ends: RefCell::default() });
        }
        Ok(Self { pace, environment: environment.clone(), views })
    }

    /// How a client sees it.
    pub(super) fn view(&self, client: &Id) -> Option<&View> {
        self.views.iter().find(|view| view.client == *client)
    }

    /// What went wrong where nobody could be told.
    pub(super) fn trouble(&self) -> Option<String> {
        self.views.iter().find_map(|view| view.book.trouble())
    }

    /// The socket that stands for a destination, and what a client's packet meets there.
    pub(super) fn destination(
        &self,
        view: &View,
        to: SocketAddr,
        transport: Transport,
    ) -> io::Result<(SocketAddr, Meets<'_>)> {
        let meets = meets(&self.environment, &view.client, to, transport);
        let make = match meets {
            Meets::Service { .. } => return Ok((view.book.real(transport, to)?, meets)),
            Meets::Closed(_) => DeadEnd::closed,
            Meets::Silence => DeadEnd::silent,
        };
        let mut ends = view.ends.borrow_mut();
        let known = ends.iter().find(|(end, of, _)| *end == to && *of == transport);
        if let Some((_, _, end)) = known {
            return Ok((end.address(), meets));
        }
        let end = make(view.book.place(to)?, transport)?;
        let real = end.address();
        view.book.bound(transport, to, real);
        ends.push((to, transport, end));
        Ok((real, meets))
    }
}

/// What the network looks like to one client.
#[derive(Debug)]
pub(super) struct View {
    pub(super) client: Id,
    pub(super) addresses: Vec<IpAddr>,
    pub(super) book: Book,
    ends: RefCell<Vec<(SocketAddr, Transport, DeadEnd)>>,
}
