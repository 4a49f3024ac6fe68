//! What a program asked, what it was told, and what it never asked: three lines after it has ended.
//!
//! Pure, from the journals and the environment. What it never asked is what would have told it more: records that are there and that
//! nobody looked at, names that are one label off one that was asked for, KMS hosts to which nobody connected.

use std::net::SocketAddr;

use double::Entry;
use evidence::timeline::{ClientEvent, Event};
use mock_dns::boundary::{Origin, Transport};
use mock_dns::journal::{Asked, DnsEvent, result_line};
use mock_dns::name::DomainName;
use mock_dns::record::RecordType;
use mock_kms::journal::What;
use notation::Id;

use crate::environment::Environment;

/// Things named in a line; the rest is counted.
const NAMED_MAX: usize = 6;

/// The three lines.
#[must_use]
pub fn told(
    environment: &Environment,
    client: &Id,
    entries: &[Entry<Event>],
    unanswered: &[(SocketAddr, SocketAddr)],
) -> Vec<String> {
    let at_client: Vec<&Event> =
        entries.iter().filter(|entry| entry.machine.as_str() == client.as_str()).map(|entry| &entry.event).collect();
    let all: Vec<&Event> = entries.iter().map(|entry| &entry.event).collect();
    vec![
        line("asked", &asked(&all, &at_client), "nothing"),
        line("was told", &heard(&all, &at_client, unanswered), "nothing"),
        line("never asked", &never(environment, &all), "nothing that is there"),
    ]
}

fn line(what: &str, things: &[String], none: &str) -> String {
    let mut once: Vec<(&String, usize)> = Vec::new();
    for thing in things {
        match once.iter_mut().find(|(known, _)| *known == thing) {
            Some((_, count)) => *count += 1,
            None => once.push((thing, 1)),
        }
    }
    let named = once.iter().take(NAMED_MAX).map(|(thing, count)| match count {
        1 => (*thing).clone(),
        count => format!("{thing} ({count} times)"),
    });
    let mut named: Vec<String> = named.collect();
    if once.len() > NAMED_MAX {
        named.push(format!("and {} more", once.len() - NAMED_MAX));
    }
    let said = if named.is_empty() { none.to_owned() } else { named.join("; ") };
    format!("{:<12} {said}", format!("{what}:"))
}

/// Questions and updates, in datagrams as they left the client and on connections as servers saw them, and attempts to connect.
fn asked(all: &[&Event], at_client: &[&Event]) -> Vec<String> {
    let connects = at_client.iter().filter_map(|event| match event {
        Event::Client(ClientEvent::Connect { to }) => Some(format!("connect {} {}", to.ip(), to.port())),
        Event::Client(_) | Event::Dns(_) | Event::Kms(_) => None,
    });
    let activation = all.iter().filter_map(|event| match event {
        Event::Kms(kms) if matches!(kms.what, What::Request(_)) => Some(kms.to_string()),
        Event::Kms(_) | Event::Client(_) | Event::Dns(_) => None,
    });
    let is_stream = |origin: &Origin| origin.transport == Transport::Tcp;
    let own = at_client.iter().filter_map(|event| other_request(event, |_| true));
    let changes = own.chain(all.iter().filter_map(|event| other_request(event, is_stream)));
    let questions = questions(all, at_client).into_iter().map(|asked| asked.to_string());
    questions.chain(changes).chain(connects).chain(activation).collect()
}

/// What is asked for that is no question, such as an update.
fn other_request(event: &Event, counts: impl Fn(&Origin) -> bool) -> Option<String> {
    match event {
        Event::Dns(event @ DnsEvent::OtherRequest { origin, .. }) if counts(origin) => Some(event.to_string()),
        Event::Dns(_) | Event::Kms(_) | Event::Client(_) => None,
    }
}

fn questions(all: &[&Event], at_client: &[&Event]) -> Vec<Asked> {
    let is_stream =
        |event: &DnsEvent| matches!(event, DnsEvent::Query { origin, .. } if origin.transport == Transport::Tcp);
    let question = |event: &DnsEvent| match event {
        DnsEvent::Query { asked, .. } => Some(asked.clone()),
        DnsEvent::OtherRequest { .. }
        | DnsEvent::Unreadable { .. }
        | DnsEvent::Reply { .. }
        | DnsEvent::NoReply { .. }
        | DnsEvent::Scavenged { .. }
        | DnsEvent::TcpAccepted { .. }
        | DnsEvent::TcpClosed { .. } => None,
    };
    let own = at_client.iter().filter_map(|event| match event {
        Event::Dns(event) => question(event),
        Event::Kms(_) | Event::Client(_) => None,
    });
    let on_streams = all.iter().filter_map(|event| match event {
        Event::Dns(event) if is_stream(event) => question(event),
        Event::Dns(_) | Event::Kms(_) | Event::Client(_) => None,
    });
    own.chain(on_streams).collect()
}

/// Replies that reached the client, what servers said on connections, and how attempts to connect ended.
fn heard(all: &[&Event], at_client: &[&Event], unanswered: &[(SocketAddr, SocketAddr)]) -> Vec<String> {
    let reply = |event: &DnsEvent, stream: bool| match event {
        DnsEvent::Reply { origin, asked: Some(asked), summary, .. }
            if !stream || origin.transport == Transport::Tcp =>
        {
            Some(result_line(asked, summary))
        }
        DnsEvent::Reply { origin, asked: None, .. } if !stream || origin.transport == Transport::Tcp => {
            Some(event.to_string())
        }
        DnsEvent::Reply { .. }
        | DnsEvent::Query { .. }
        | DnsEvent::OtherRequest { .. }
        | DnsEvent::Unreadable { .. }
        | DnsEvent::NoReply { .. }
        | DnsEvent::Scavenged { .. }
        | DnsEvent::TcpAccepted { .. }
        | DnsEvent::TcpClosed { .. } => None,
    };
    let own = at_client.iter().filter_map(|event| match event {
        Event::Dns(event) => reply(event, false),
        Event::Client(event @ (ClientEvent::Connected { .. } | ClientEvent::NoReply { .. })) => Some(event.to_string()),
        Event::Client(_) | Event::Kms(_) => None,
    });
    let on_connections = all.iter().filter_map(|event| match event {
        Event::Dns(event) => reply(event, true),
        Event::Kms(kms) if matches!(kms.what, What::Response { .. } | What::Fault { .. } | What::BindNak { .. }) => {
            Some(kms.to_string())
        }
        Event::Kms(_) | Event::Client(_) => None,
    });
    let silent = unanswered.iter().map(|(_, to)| format!("connect {} {} -> no answer", to.ip(), to.port()));
    own.chain(on_connections).chain(silent).collect()
}

/// What is there and was never looked at.
fn never(environment: &Environment, all: &[&Event]) -> Vec<String> {
    let questions = questions(all, all);
    let mut found: Vec<String> = Vec::new();
    let zones = environment.dns_servers.iter().flat_map(|server| &server.service.zones);
    let services = zones.flat_map(|zone| zone.records()).filter(|record| record.record_type() == RecordType::SRV);
    for record in services.filter(|record| is_of_kms(&record.name)) {
        let asked = |asked: &&Asked| asked.name == record.name && asked.record_type == RecordType::SRV;
        if questions.iter().any(|question| asked(&question)) {
            continue;
        }
        let near = questions.iter().find(|question| is_one_label_off(&question.name, &record.name));
        let beside = near.map(|near| format!(", one label off {}", near.name)).unwrap_or_default();
        let said = format!("{} SRV{beside}", record.name);
        if !found.contains(&said) {
            found.push(said);
        }
    }
    for host in &environment.kms_hosts {
        let to = |address| SocketAddr::new(address, host.port());
        let met = |event: &&Event| matches!(event, Event::Client(ClientEvent::Connect { to: met }) if host.addresses.iter().any(|address| to(*address) == *met));
        if !all.iter().any(met) {
            found.extend(host.addresses.first().map(|address| format!("KMS host {address} {}", host.port())));
        }
    }
    found
}

/// Whether a record is about key management: its first label holds most of the letters of `_vlmcs`, in whatever order.
fn is_of_kms(name: &DomainName) -> bool {
    let Some(first) = name.labels().next() else { return false };
    let letters = first.to_ascii_lowercase();
    letters.starts_with(b"_v") || b"vlmcs".iter().filter(|letter| letters.contains(letter)).count() >= 4
}

/// Whether two names differ in one label: another one in its place, one too many or one too few.
fn is_one_label_off(one: &DomainName, other: &DomainName) -> bool {
    let labels = |name: &DomainName| name.labels().map(<[u8]>::to_ascii_lowercase).collect::<Vec<_>>();
    let (one, other) = (labels(one), labels(other));
    let (short, long) = if one.len() <= other.len() { (&one, &other) } else { (&other, &one) };
    match long.len() - short.len() {
        0 => short.iter().zip(long).filter(|(a, b)| a != b).count() == 1,
        1 => (0..long.len()).any(|gone| {
            let without = long.iter().enumerate().filter(|(at, _)| *at != gone).map(|(_, label)| label);
            without.eq(short.iter())
        }),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(one: &str, other: &str, expected: bool) {
        let (one, other) = (DomainName::parse(one).unwrap(), DomainName::parse(other).unwrap());
        assert_eq!(is_one_label_off(&one, &other), expected, "{one} {other}");
        assert_eq!(is_one_label_off(&other, &one), expected, "{other} {one}");
    }

    #[test]
    fn one_label_off() {
        check("_vlmcs._tcp.contoso.com", "_vmlcs._tcp.contoso.com", true);
        check("_vlmcs._tcp.contoso.com", "_vlmcs._tcp.corp.contoso.com", true);
        check("_vlmcs._tcp.contoso.com", "_VLMCS._tcp.Contoso.com", false);
        check("_vlmcs._tcp.contoso.com", "_vlmcs._tcp.corp.example", false);
    }

    #[test]
    fn what_is_said_again_is_counted_and_what_is_too_much_too() {
        let things = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert_eq!(line("asked", &things(&[]), "nothing"), "asked:       nothing");
        assert_eq!(line("asked", &things(&["a", "b", "a"]), "nothing"), "asked:       a (2 times); b");
        let many = things(&["1", "2", "3", "4", "5", "6", "7", "8"]);
        assert_eq!(line("asked", &many, "nothing"), "asked:       1; 2; 3; 4; 5; 6; and 2 more");
    }
}
