//! What an entry says, as the keys of a line.
//!
//! It knows the vocabulary of both mocks and of the client, and neither time nor place nor what entries have to do with each other.

use std::net::SocketAddr;

use evidence::Event;
use evidence::timeline::ClientEvent;
use mock_dns::boundary::{Origin, Transport};
use mock_dns::journal::{Asked, Closed, DnsEvent, Summary};
use mock_kms::journal::{KmsEvent, RequestSeen, Side, What};
use mock_kms::wire::bind::ContextResult;

use super::line::{EntryLine, Layer, Sender};

/// The keys of an event; who saw it and when is for the caller to say.
#[must_use]
pub fn line(event: &Event) -> EntryLine {
    match event {
        Event::Dns(event) => dns(event),
        Event::Kms(event) => kms(event),
        Event::Client(event) => client(event),
    }
}

fn dns(event: &DnsEvent) -> EntryLine {
    let new = |event: &str, origin: &Origin| EntryLine {
        transport: Some(origin.transport.word().to_owned()),
        peer: Some(origin.peer.to_string()),
        ..EntryLine::new(Layer::Dns, event)
    };
    let from_client = |line: EntryLine, bytes: &[u8]| EntryLine {
        sender: Some(Sender::Client),
        octets: Some(hexadecimal(bytes)),
        ..line
    };
    match event {
        DnsEvent::Query { origin, id, asked, bytes } => {
            let line = EntryLine { id: Some(u32::from(*id)), ..about(new("query", origin), Some(asked)) };
            from_client(line, bytes)
        }
        DnsEvent::OtherRequest { origin, bytes, .. } => from_client(new("request", origin), bytes),
        DnsEvent::Unreadable { origin, bytes, .. } => from_client(new("unreadable", origin), bytes),
        DnsEvent::Reply { origin, id, asked, summary, bytes, .. } => {
            let Summary { rcode, truncated, referral, answers } = summary;
            EntryLine {
                id: Some(u32::from(*id)),
                rcode: Some(rcode.to_string()),
                truncated: Some(*truncated),
                referral: Some(*referral),
                answers: answers.iter().map(|data| format!("{} {data}", data.record_type())).collect(),
                sender: Some(Sender::Server),
                octets: Some(hexadecimal(bytes)),
                ..about(new("reply", origin), asked.as_ref())
            }
        }
        DnsEvent::NoReply { origin, id, asked } => {
            EntryLine { id: Some(u32::from(*id)), ..about(new("no-reply", origin), asked.as_ref()) }
        }
        DnsEvent::Scavenged { record, .. } => EntryLine {
            answers: vec![format!("{} {}", record.record_type(), record.data)],
            ..about(
                EntryLine::new(Layer::Dns, "scavenged"),
                Some(&Asked { name: record.name.clone(), record_type: record.record_type() }),
            )
        },
        DnsEvent::TcpAccepted { origin } => EntryLine { layer: Layer::Tcp, ..new("accepted", origin) },
        DnsEvent::TcpClosed { origin, why } => {
            let (event, sender) = match why {
                Closed::ByClient => ("closed", Sender::Client),
                Closed::ByServer | Closed::Limit => ("closed", Sender::Server),
                Closed::Reset => ("reset", Sender::Server),
            };
            EntryLine { layer: Layer::Tcp, sender: Some(sender), ..new(event, origin) }
        }
    }
}

fn about(line: EntryLine, asked: Option<&Asked>) -> EntryLine {
    let Some(Asked { name, record_type }) = asked else { return line };
    EntryLine { name: Some(name.to_string()), record_type: Some(record_type.to_string()), ..line }
}

fn client(event: &ClientEvent) -> EntryLine {
    let tcp = |event: &str, to: &SocketAddr| EntryLine {
        transport: Some(Transport::Tcp.word().to_owned()),
        peer: Some(to.to_string()),
        ..EntryLine::new(Layer::Tcp, event)
    };
    match event {
        ClientEvent::Connect { to } => EntryLine { sender: Some(Sender::Client), ..tcp("connect", to) },
        ClientEvent::Connected { to, result: Ok(()) } => tcp("connected", to),
        ClientEvent::Connected { to, result: Err(failure) } => {
            EntryLine { why: Some(failure.to_string()), ..tcp("not-connected", to) }
        }
        ClientEvent::NoReply { name, kind, failure } => EntryLine {
            why: Some(failure.to_string()),
            ..about(EntryLine::new(Layer::Dns, "no-reply"), Some(&Asked { name: name.clone(), record_type: *kind }))
        },
        ClientEvent::Unheard { name, kind } => EntryLine {
            why: Some("nobody answers by multicast".to_owned()),
            ..about(EntryLine::new(Layer::Dns, "no-reply"), Some(&Asked { name: name.clone(), record_type: *kind }))
        },
        ClientEvent::Ignored { from, why } => EntryLine {
            peer: Some(from.to_string()),
            sender: Some(Sender::Server),
            why: Some(why.to_string()),
            ..EntryLine::new(Layer::Dns, "ignored")
        },
        ClientEvent::GaveUp { waiting_for, failure } => EntryLine {
            why: Some(format!("waiting for {waiting_for}: {failure}")),
            ..EntryLine::new(Layer::Rpc, "gave-up")
        },
    }
}

fn kms(event: &KmsEvent) -> EntryLine {
    let line = what(&event.what);
    EntryLine {
        connection: (line.layer != Layer::Log).then_some(event.connection),
        octets: (!event.octets.is_empty()).then(|| hexadecimal(&event.octets)),
        ..line
    }
}

fn what(what: &What) -> EntryLine {
    let rpc = |event: &str, sender: Option<Sender>| EntryLine { sender, ..EntryLine::new(Layer::Rpc, event) };
    let client = Some(Sender::Client);
    let server = Some(Sender::Server);
    let contexts = |offered: usize| u64::try_from(offered).ok();
    match what {
        What::Accept { peer } => EntryLine { peer: Some(peer.to_string()), ..EntryLine::new(Layer::Tcp, "accepted") },
        What::Bind { contexts: offered } => EntryLine { contexts: contexts(offered.len()), ..rpc("bind", client) },
        What::BindAck { results } => EntryLine { results: shown(results), ..rpc("bind-ack", server) },
        What::BindNak { reason } => EntryLine { status: Some(reason.to_string()), ..rpc("bind-nak", server) },
        What::AlterContext { contexts: offered } => {
            EntryLine { contexts: contexts(offered.len()), ..rpc("alter-context", client) }
        }
        What::AlterContextResp { results } => {
            EntryLine { results: shown(results), ..rpc("alter-context-resp", server) }
        }
        What::Fragment => rpc("fragment", client),
        What::Request(seen) => request(seen),
        What::Response { hresult, count } => EntryLine {
            hresult: Some(hresult.to_string()),
            count: *count,
            sender: server,
            ..EntryLine::new(Layer::Kms, "response")
        },
        What::Fault { status } => EntryLine { status: Some(status.to_string()), ..rpc("fault", server) },
        What::Ignored { packet_type } => {
            EntryLine { why: Some(format!("packet type {packet_type}")), ..rpc("ignored", client) }
        }
        What::Incomplete => rpc("incomplete", None),
        What::NotRpc => rpc("not-rpc", None),
        What::Unreadable(error) => EntryLine { why: Some(error.to_string()), ..rpc("unreadable", None) },
        What::Close { by } => EntryLine { sender: Some(side(*by)), ..EntryLine::new(Layer::Tcp, "closed") },
        What::Reset { by } => EntryLine { sender: Some(side(*by)), ..EntryLine::new(Layer::Tcp, "reset") },
        What::Logged(event) => {
            EntryLine { id: Some(event.id()), answers: event.fields(), ..EntryLine::new(Layer::Log, "logged") }
        }
    }
}

fn request(seen: &RequestSeen) -> EntryLine {
    EntryLine {
        version: seen.version.map(|version| format!("{}.{}", version >> 16, version & 0xffff)),
        sender: Some(Sender::Client),
        ..EntryLine::new(Layer::Kms, "request")
    }
}

const fn side(side: Side) -> Sender {
    match side {
        Side::Client => Sender::Client,
        Side::Host => Sender::Server,
    }
}

fn shown(results: &[ContextResult]) -> Vec<String> {
    results.iter().map(|result| format!("{}/{}", result.result, result.reason)).collect()
}

fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write;

    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing into a string cannot fail.
        write!(text, "{byte:02x}").ok();
    }
    text
}
