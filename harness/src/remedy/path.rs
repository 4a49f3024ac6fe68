//! Opening the way to a port: a rule in front of all others that lets exactly these packets pass, there and back.
//!
//! Whatever else the rules that stopped them are good for, they keep doing it.

use std::net::SocketAddr;

use evidence::change::{Addition, Operation, Thing};
use notation::{Format, Id, Millis};

use super::{DoesNotApply, Resolver};
use crate::environment::rule::{How, Packet, Protocol, Rule, Where};

/// Any port from which a client sends: rules name ports of services.
const DYNAMIC_PORT: u16 = 50_000;

impl Resolver {
    pub(super) fn open_path(&mut self, to: SocketAddr, tcp_only: bool) -> Result<(), DoesNotApply> {
        let owner = self.environment.owner(to.ip()).cloned();
        let client = self.client.clone();
        let protocols: &[Protocol] = if tcp_only { &[Protocol::Tcp] } else { &[Protocol::Udp, Protocol::Tcp] };
        for protocol in protocols {
            let tcp = *protocol == Protocol::Tcp;
            let there = Packet { from: &client, to: owner.as_ref(), tcp, destination: to };
            if self.is_stopped(&there) {
                self.pass(&client, owner.as_ref(), protocol, Some(to.port()))?;
            }
            let Some(owner) = &owner else { continue };
            let destination = SocketAddr::new(to.ip(), DYNAMIC_PORT);
            let back = Packet { from: owner, to: Some(&client), tcp, destination };
            if self.is_stopped(&back) {
                self.pass(owner, Some(&client), protocol, None)?;
            }
        }
        Ok(())
    }

    fn is_stopped(&self, packet: &Packet<'_>) -> bool {
        let rule = self.environment.rules.iter().find(|rule| rule.catches(packet));
        rule.is_some_and(|rule| !matches!(rule.how, How::Delayed(_)))
    }

    fn pass(&mut self, from: &Id, to: Option<&Id>, protocol: &Protocol, port: Option<u16>) -> Result<(), DoesNotApply> {
        let taken = |id: &str| self.environment.rules.iter().any(|rule| rule.id.as_str() == id);
        let name = (1..).map(|number| format!("opened-{number}")).find(|name| !taken(name));
        let id = name.and_then(|name| Id::new(&name).ok());
        let Some(id) = id else { return Ok(()) };
        let rule = Rule {
            id,
            from: vec![from.clone().into()],
            to: to.cloned().map(Into::into).into_iter().collect(),
            protocol: Some(protocol.clone()),
            port,
            place: Where::Path,
            how: How::Delayed(Millis(0)),
        };
        let thing = Thing { at: None, position: Some(0), body: rule.write() };
        self.operate(Operation::Add(Addition::Rule(thing)))
    }
}
