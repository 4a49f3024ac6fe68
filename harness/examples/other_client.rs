//! Another client in the place of ours: it asks DNS once for the SRV record of a KMS host, and does nothing else.
//!
//! `cargo run --example other_client [SCENARIO]` prints what it got and what every machine saw. It shows how little is needed to put
//! a client of one's own into a scenario: code over [`Network`], here a few blocking calls, and a [`stage`](stage()) to stand on. With
//! [`NetworkKind::Loopback`] in place of `Simulated` the same code runs over real sockets.

use std::error::Error;
use std::io::Write;
use std::net::SocketAddr;
use std::time::Duration;

use double::Seed;
use evidence::network::Failure;
use evidence::{Network, Timeline};
use kmslab::environment::ClientMachine;
use kmslab::network::stage::{NetworkKind, stage};
use kmslab::scenario::catalogue;
use kmslab::scenario::load::load;
use mock_dns::message::{Message, build_query};
use mock_dns::name::DomainName;
use mock_dns::record::RecordType;

/// How long it waits for the one reply.
const PATIENCE: Duration = Duration::from_secs(5);

/// The transaction id; one query needs no better one.
const ID: u16 = 1;

fn main() -> Result<(), Box<dyn Error>> {
    let name = std::env::args().nth(1).unwrap_or_else(|| "dns/srv-owner-misspelt".to_owned());
    play(&name, &NetworkKind::Simulated, &mut std::io::stdout())
}

/// Lets the client act in the first step of a scenario and tells what came of it.
fn play(name: &str, network: &NetworkKind, out: &mut dyn Write) -> Result<(), Box<dyn Error>> {
    let scenario = load(&catalogue::embedded(), name).map_err(|refusal| format!("{name} is refused: {refusal:?}"))?;
    let step = scenario.steps.first().ok_or("a scenario has a step")?;
    let machine = step.environment.clients.first().ok_or("this scenario has no client")?;
    let mut stage = stage(network, Seed::new(1));
    stage.enter(&step.environment, step.at)?;
    let reply = ask(&*stage.seen_from(&machine.id), machine)?;
    match reply {
        Ok(message) if message.answers.is_empty() => writeln!(out, "no record: {}", message.rcode)?,
        Ok(message) => message.answers.iter().try_for_each(|record| writeln!(out, "{record}"))?,
        Err(failure) => writeln!(out, "no reply: {failure}")?,
    }
    for entry in stage.timeline()?.entries {
        writeln!(out, "{} {}", entry.at, Timeline::line(&entry))?;
    }
    Ok(())
}

/// The client: one datagram to the first DNS server, and the first reply with the right id.
fn ask(network: &dyn Network, machine: &ClientMachine) -> Result<Result<Message, Failure>, Box<dyn Error>> {
    let adapter = machine.ip.adapters.first().ok_or("the client has no adapter")?;
    let server = SocketAddr::new(*adapter.dns.first().ok_or("the client has no DNS server")?, 53);
    let suffix = machine.ip.primary_suffix.as_ref().ok_or("the client has no DNS suffix")?;
    let name = DomainName::parse(&format!("_vlmcs._tcp.{suffix}"))?;
    let mut socket = network.open(adapter.address)?;
    socket.send(server, &build_query(ID, &name, RecordType::SRV))?;
    let until = network.now().plus(PATIENCE);
    Ok(loop {
        match socket.receive(until).map(|datagram| Message::read(&datagram.bytes)) {
            Ok(Ok(message)) if message.id == ID && message.is_reply => break Ok(message),
            // Something else than the reply: it waits on.
            Ok(Ok(_) | Err(_)) => {}
            Err(failure) => break Err(failure),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(name: &str, expected: &str) {
        let mut out = Vec::new();
        play(name, &NetworkKind::Simulated, &mut out).expect("it plays");
        assert_eq!(String::from_utf8(out).expect("UTF-8"), expected);
    }

    #[test]
    fn it_gets_what_there_is_to_get() {
        check(
            "healthy/domain-member",
            "_vlmcs._tcp.contoso.com. 3600 IN SRV 0 0 1688 kms1.contoso.com.\n\
             0.000 dns1: query _vlmcs._tcp.contoso.com SRV\n\
             0.000 dns1: query _vlmcs._tcp.contoso.com SRV -> SRV 0 0 1688 kms1.contoso.com\n",
        );
        check(
            "dns/srv-owner-misspelt",
            "no record: NXDOMAIN\n\
             0.000 dns1: query _vlmcs._tcp.contoso.com SRV\n\
             0.000 dns1: query _vlmcs._tcp.contoso.com SRV -> NXDOMAIN\n",
        );
        check("dns/server-silent", "no reply: timed out\n");
    }
}
