//! The guarantee over the whole service: a request that is not protected with the laboratory keys never gets a success.
//!
//! Through the simulated network, in every environment of the catalogue that has a KMS host, with every state that a host can be
//! in and every fault that a scenario plants: what a genuine client could send, or a forger, is held against what comes back
//! and what the host notes. `mock-kms` holds its own host to the same; here no layer in between is trusted.

#[path = "properties/draw.rs"]
#[expect(dead_code, reason = "only the draws are needed here, not the operations")]
mod draw;

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use double::{Seed, WallTime};
use evidence::Network;
use evidence::timeline::{Event, Timeline};
use kmslab::environment::Environment;
use kmslab::network::stage::{NetworkKind, Stage, stage};
use kmslab::scenario::catalogue;
use kmslab::scenario::load::load;
use mock_kms::host::HostState;
use mock_kms::journal::What;
use mock_kms::laboratory::{REQUEST_LENGTH_V4, REQUEST_LENGTH_V5, seal_request};
use mock_kms::product::Product;
use mock_kms::wire::client_side::{
    CONTEXT_NDR32, CONTEXT_NDR64, FromServer, alter_context_ndr32, bind_windows_10, read_from_server, write_call,
};
use mock_kms::wire::kms::{BaseRequest, Version};
use mock_kms::wire::ndr::{self, TransferSyntax};
use mock_kms::wire::pdu::MAX_FRAGMENT;
use mock_kms::wire::stream::{PduStream, Reassembly};
use mock_kms::wire::{ByteOrder, Guid};
use notation::{Format, Problems, Tree};

use draw::Draw;

/// How long the other side of a conversation waits for more, on the virtual clock: longer than any planted delay.
const PATIENCE: Duration = Duration::from_secs(120);

fn request(version: Version, time: WallTime) -> BaseRequest {
    Product::Windows10.request(version, Guid([7; 16]), "pc7", time)
}

/// Requests of the right size and version that no laboratory key protects.
fn foreign(version: Version, time: WallTime, draw: &mut Draw) -> Vec<Vec<u8>> {
    let base = request(version, time);
    let sealed = seal_request(version, &base);
    let length = if version == Version::V4 { REQUEST_LENGTH_V4 } else { REQUEST_LENGTH_V5 };
    assert_eq!(sealed.len(), length);
    let mut one_bit = sealed.clone();
    // Behind the version, which stands in the open and only chooses how the rest is read.
    one_bit[4 + draw.below(length - 4)] ^= 1 << draw.below(8);
    // As if sealed under other keys: to us a random string behind the right version.
    let mut other_keys = sealed.clone();
    other_keys[4..].iter_mut().for_each(|octet| *octet = u8::try_from(draw.below(256)).expect("an octet"));
    // The fields in the open and nothing behind them.
    let mut open = version.dword().to_le_bytes().to_vec();
    open.truncate(if version == Version::V4 { 0 } else { 4 });
    base.write(&mut open);
    open.resize(length, 0);
    // The tail of one protected message behind the head of another.
    let mut spliced = sealed.clone();
    let mut elsewhere = base;
    elsewhere.client = Guid([8; 16]);
    let half = length / 2;
    spliced[half..].copy_from_slice(&seal_request(version, &elsewhere)[half..]);
    vec![one_bit, other_keys, open, spliced]
}

/// Everything that comes back when a client binds and asks.
fn ask(network: &dyn Network, local: IpAddr, to: SocketAddr, message: &[u8], syntax: TransferSyntax) -> Vec<u8> {
    let mut received = Vec::new();
    let Ok(mut stream) = network.connect(local, to, network.now().plus(PATIENCE)) else { return received };
    // As a Windows client: three contexts, of which a host takes NDR64 and leaves NDR32 to an alter_context.
    let mut opening = vec![bind_windows_10()];
    if syntax == TransferSyntax::Ndr32 {
        opening.push(alter_context_ndr32());
    }
    for pdu in opening {
        if stream.write(&pdu).is_err() || stream.read(&mut received, network.now().plus(PATIENCE)).is_err() {
            return received;
        }
    }
    let context = if syntax == TransferSyntax::Ndr32 { CONTEXT_NDR32 } else { CONTEXT_NDR64 };
    let mut call = Vec::new();
    write_call(2, context, syntax, message, MAX_FRAGMENT, &mut call);
    if stream.write(&call).is_err() {
        return received;
    }
    let until = network.now().plus(PATIENCE);
    while stream.read(&mut received, until).is_ok_and(|octets| octets > 0) {}
    received
}

/// The message of a success among the octets that came back, if a client could find one.
fn granted(received: &[u8]) -> Option<Vec<u8>> {
    let mut stream = PduStream::default();
    stream.push(received);
    let mut reassembly = Reassembly::default();
    while let Ok(Some((header, pdu))) = stream.next_pdu() {
        let Ok(FromServer::Response(response, order)) = read_from_server(&header, pdu) else { continue };
        let Ok(Some(stub)) = reassembly.add(&header, (response.context, 0), response.stub) else { continue };
        for syntax in [TransferSyntax::Ndr32, TransferSyntax::Ndr64] {
            for order in [order, ByteOrder::Little, ByteOrder::Big] {
                let Ok(returned) = ndr::read_response(syntax, order, &stub) else { continue };
                // Padding that a fault adds is no message.
                let message = returned.message.filter(|message| message.iter().any(|octet| *octet != 0));
                if let (false, Some(message)) = (returned.hresult.is_failure(), message) {
                    return Some(message.to_vec());
                }
            }
        }
    }
    None
}

/// Whether the host itself notes that it granted something.
fn notes_a_success(timeline: &Timeline) -> bool {
    timeline.entries.iter().any(|entry| match &entry.event {
        Event::Kms(event) => {
            matches!(event.what, What::Response { hresult, count } if count.is_some() || !hresult.is_failure())
        }
        Event::Dns(_) | Event::Client(_) => false,
    })
}

/// An environment in which the client reaches the host, whatever else is wrong with it.
fn within_reach(environment: &Environment, state: &HostState) -> Environment {
    let mut environment = environment.clone();
    environment.rules.clear();
    for host in &mut environment.kms_hosts {
        host.running = true;
        host.service.state = state.clone();
    }
    environment
}

fn states() -> Vec<HostState> {
    let read = |word: &str| HostState::read(&Tree::text(word), &mut Problems::default());
    HostState::WORDS.iter().map(|(word, _)| read(word).expect("a word of the list")).collect()
}

/// A stage with the environment on it, and who asks whom there.
fn set_up(environment: &Environment, seed: u64) -> Option<(Box<dyn Stage>, IpAddr, SocketAddr)> {
    let host = environment.kms_hosts.first()?;
    let to = *host.addresses.first()?;
    let adapters = &environment.clients.first()?.ip.adapters;
    let local = adapters.iter().map(|adapter| adapter.address).find(|local| local.is_ipv4() == to.is_ipv4())?;
    let mut stage = stage(&NetworkKind::Simulated, Seed::new(seed));
    stage.enter(environment, double::Moment::START).expect("the simulated network shows everything");
    Some((stage, local, SocketAddr::new(to, host.port())))
}

#[test]
fn without_the_laboratory_keys_no_request_gets_a_success() {
    let library = catalogue::embedded();
    let mut draw = Draw::new(1688);
    let (mut asked, mut answered) = (0, 0);
    for name in library.scenario_names() {
        let scenario = load(&library, name).unwrap_or_else(|refusal| panic!("{refusal}"));
        for (number, step) in scenario.steps.iter().enumerate() {
            for state in states() {
                let environment = within_reach(&step.environment, &state);
                let Some((mut stage, local, to)) = set_up(&environment, draw.below(1000) as u64) else { continue };
                let version = Version::ALL[draw.below(Version::ALL.len())];
                for message in foreign(version, environment.start, &mut draw) {
                    let syntax = [TransferSyntax::Ndr32, TransferSyntax::Ndr64][draw.below(2)];
                    let client = &environment.clients[0].id;
                    let received = ask(&*stage.seen_from(client), local, to, &message, syntax);
                    let timeline = stage.timeline().expect("a short journal");
                    assert!(!notes_a_success(&timeline), "{name}, step {number}, {state:?}, version {version}");
                    assert_eq!(granted(&received), None, "{name}, step {number}, {state:?}, version {version}");
                    asked += 1;
                    answered += usize::from(!received.is_empty());
                }
            }
        }
    }
    assert!(asked > 500 && answered > asked / 2, "{asked} asked, {answered} answered");
}

/// The test above can fail: with the laboratory keys the same conversation is granted, and both ways of looking see it.
#[test]
fn with_the_laboratory_keys_the_same_conversation_is_granted() {
    let library = catalogue::embedded();
    let scenario = load(&library, "healthy/domain-member").unwrap_or_else(|refusal| panic!("{refusal}"));
    for version in Version::ALL {
        for syntax in [TransferSyntax::Ndr32, TransferSyntax::Ndr64] {
            let environment = within_reach(&scenario.healthy, &HostState::Activated);
            let (mut stage, local, to) = set_up(&environment, 1).expect("a host and a client");
            let message = seal_request(version, &request(version, environment.start));
            let received = ask(&*stage.seen_from(&environment.clients[0].id), local, to, &message, syntax);
            assert!(notes_a_success(&stage.timeline().expect("a short journal")), "version {version}, {syntax:?}");
            assert!(granted(&received).is_some(), "version {version}, {syntax:?}");
        }
    }
}
