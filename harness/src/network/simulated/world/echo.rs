//! ICMP echo on the simulated network: no queue and no journal, because nobody but the sender sees anything of it.

use std::net::IpAddr;
use std::time::Duration;

use double::Moment;
use evidence::network::Failure;

use super::World;
use crate::network::simulated::path::{Fate, LATENCY};
use crate::network::simulated::service::Machine;

impl World {
    /// A client sends an ICMP echo request: when the reply is back, or when and why it will not be. Every machine that has the
    /// address answers, whether its services run or not.
    pub(in crate::network::simulated) fn echo(
        &mut self,
        client: usize,
        to: IpAddr,
    ) -> Result<Moment, (Failure, Moment)> {
        let never = (Failure::TimedOut, Moment::at(Duration::MAX));
        let owner = self.owner(to);
        let id = |machine: usize, machines: &[Machine]| machines.get(machine).map(|machine| machine.id.clone());
        let Some(sender) = id(client, &self.machines) else { return Err((Failure::Unreachable, self.now)) };
        let receiver = owner.and_then(|owner| id(owner, &self.machines));
        let there = match self.path.fate_of_echo(&sender, receiver.as_ref()) {
            Fate::Arrives(delay) => delay,
            Fate::Vanishes => return Err(never),
            Fate::Bounces(failure) => return Err((failure, self.now.plus(LATENCY * 2))),
        };
        let Some(receiver) = receiver else { return Err(never) };
        match self.path.fate_of_echo(&receiver, Some(&sender)) {
            Fate::Arrives(back) => Ok(self.now.plus(there + back)),
            Fate::Vanishes | Fate::Bounces(_) => Err(never),
        }
    }
}
