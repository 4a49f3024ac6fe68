//! What is known of machines at addresses: whether anybody is there, which port speaks KMS.

use std::net::{IpAddr, SocketAddr};

use mock_dns::name::DomainName;

use super::{Cited, Reading};
use crate::diagnosis::fact::BindSaid;
use crate::network::Failure;

/// What is known of a socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// The KMS interface accepts an RPC bind there.
    Serves,
    /// It can be connected to; what speaks there is no KMS host, or nobody tried.
    Connects,
    /// It cannot be connected to; the machine answers an echo, or says itself that the port is closed.
    Closed,
    /// Neither the port nor an echo is answered: nobody is there, or nothing gets there.
    Nobody,
    /// Nobody tried.
    Untried,
}

impl<'a> Reading<'a> {
    /// Every attempt to connect to a socket, the client's own and those of the investigation.
    fn tries(&self, to: SocketAddr) -> impl Iterator<Item = Cited<Result<(), Failure>>> {
        let own = self.connects();
        own.chain(self.knocks())
            .filter(move |attempt| attempt.fact.0 == to)
            .map(|attempt| Cited { number: attempt.number, fact: attempt.fact.1 })
    }

    /// The echo requests to an address.
    pub fn echoes(&self, address: IpAddr) -> impl Iterator<Item = Cited<Result<IpAddr, Failure>>> {
        self.pings()
            .filter(move |ping| ping.fact.0 == address)
            .map(|ping| Cited { number: ping.number, fact: ping.fact.1 })
    }

    /// What is known of a socket, and the observations that show it.
    #[must_use]
    pub fn reach(&self, to: SocketAddr) -> (Reach, Vec<u32>) {
        let bound = self.binds().find(|bind| bind.fact.0 == to && *bind.fact.1 == BindSaid::Accepted);
        let tries: Vec<_> = self.tries(to).collect();
        let mut numbers: Vec<u32> = tries.iter().map(|attempt| attempt.number).collect();
        if let Some(bound) = bound {
            numbers.push(bound.number);
            return (Reach::Serves, numbers);
        }
        let Some(last) = tries.last() else { return (Reach::Untried, numbers) };
        if last.fact.is_ok() {
            return (Reach::Connects, numbers);
        }
        let echoes: Vec<_> = self.echoes(to.ip()).collect();
        numbers.extend(echoes.iter().map(|echo| echo.number));
        let is_silent = tries.iter().all(|attempt| attempt.fact == Err(Failure::TimedOut));
        let answers = self.knocks().any(|knock| knock.fact.0.ip() == to.ip() && knock.fact.1.is_ok());
        let unheard = !echoes.is_empty() && echoes.iter().all(|echo| echo.fact.is_err());
        (if is_silent && unheard && !answers { Reach::Nobody } else { Reach::Closed }, numbers)
    }

    /// A port of an address on which the KMS interface accepts a bind, other than this one.
    #[must_use]
    pub fn other_port(&self, than: SocketAddr) -> Option<Cited<SocketAddr>> {
        let accepted = self.binds().filter(|bind| *bind.fact.1 == BindSaid::Accepted);
        let mut other = accepted.filter(|bind| bind.fact.0.ip() == than.ip() && bind.fact.0 != than);
        other.next().map(|bind| Cited { number: bind.number, fact: bind.fact.0 })
    }

    /// The sockets to which discovery leads now: what the SRV records under the client's own names name.
    #[must_use]
    pub fn discovered(&self) -> Vec<Cited<SocketAddr>> {
        let mut sockets: Vec<Cited<SocketAddr>> = Vec::new();
        for own in self.published().into_iter().filter(|published| published.is_own) {
            for address in self.told_addresses(&own.srv.target) {
                let socket = SocketAddr::new(address.fact, own.srv.port);
                if !sockets.iter().any(|known| known.fact == socket) {
                    sockets.push(Cited { number: own.number, fact: socket });
                }
            }
        }
        sockets
    }

    /// The addresses that DNS servers give a name now, when the investigation asks.
    #[must_use]
    pub fn told_addresses(&self, name: &DomainName) -> Vec<Cited<IpAddr>> {
        let asked = self.asked().filter(|asked| asked.fact.name == *name);
        asked
            .flat_map(|asked| {
                let addresses = asked.fact.said.records().iter().filter_map(|record| super::address(&record.data));
                addresses.map(move |fact| Cited { number: asked.number, fact })
            })
            .collect()
    }
}
