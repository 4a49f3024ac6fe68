//! The publisher of the KMS host against our DNS server and against BIND: the same set-up, the same record, the same event.
//!
//! It stands apart because neither server was written for the publisher: what both let through is an update, and what both refuse is
//! told with the same code.

use std::net::SocketAddr;

use mock_dns::name::DomainName;
use mock_dns::server_core::DnsServerConfig;
use mock_dns::update::policy::UpdatePolicy;
use mock_dns::update::tsig::{Algorithm, Secret, UpdateKey};
use mock_kms::publisher::settings::{HomeWithList, ListFormat};
use mock_kms::publisher::signature::Key;
use mock_kms::publisher::{Ask, Conversation, LogEvent, Publishing, Target};

use crate::bind::{Bind, ask};
use crate::{mocks, tool};

const ZONE: &str = "\
$TTL 3600
@            IN SOA dns1 hostmaster 1 900 600 86400 900
@            IN NS  dns1
dns1         IN A   10.0.0.53
kms1         IN A   10.0.0.60
kms2         IN A   10.0.0.61
";

const RECORD: &str = "0 0 1688 kms1.contoso.com.";

fn publishing(key: Option<(&str, &str)>) -> Publishing {
    Publishing {
        host: "kms1.contoso.com".to_owned(),
        port: 1688,
        disabled: false,
        home: Some("contoso.com".to_owned()),
        list: None,
        format: ListFormat::DomainPriorityWeight,
        home_with_list: HomeWithList::Kept,
        over_tcp: false,
        key: key.map(|(name, secret)| Key { name: name.to_owned(), secret: secret.as_bytes().to_vec() }),
    }
}

/// Publishes everything at a server that is primary and resolver at once; the events as lines.
fn publish(server: SocketAddr, publishing: &Publishing) -> Vec<String> {
    let event = |target: Result<Target, _>| match target {
        Ok(target) => LogEvent::of(&target.domain, converse(server, publishing, &target)),
        Err((code, line)) => LogEvent::Failed { code, domain: line },
    };
    publishing.targets().into_iter().map(event).map(|event| event.to_string()).collect()
}

fn converse(server: SocketAddr, publishing: &Publishing, target: &Target) -> Result<(), mock_kms::wire::Hresult> {
    let (mut conversation, mut next) = Conversation::begin(publishing, target, 7);
    loop {
        next = match (next, &mut conversation) {
            (Ask::Done(result), _) => return result,
            (Ask::Send { bytes, .. }, Some(conversation)) => match ask(server, &bytes) {
                // The addresses of the zone are those of a laboratory: whoever is meant, this server it is.
                Some(answer) => conversation.receive(&answer, mocks::seconds()).expect("it is an answer"),
                None => conversation.give_up(),
            },
            (Ask::Send { .. }, None) => panic!("nobody asks"),
        };
    }
}

/// What is published at a server, and the records that stand there afterwards.
#[track_caller]
fn check(server: SocketAddr, publishing: &Publishing, events: &[&str], records: &[&str]) {
    assert_eq!(publish(server, publishing), events);
    let (at, port) = (format!("@{}", server.ip()), server.port().to_string());
    let asked = [&at, "-p", &port, "+short", "+tries=1", "SRV", "_vlmcs._tcp.contoso.com"];
    let Some(found) = tool::output("dig", &asked, &[]) else { return };
    let mut found: Vec<&str> = found.lines().collect();
    found.sort_unstable();
    assert_eq!(found, records);
}

const PUBLISHED: [&str; 1] = ["event 12294 contoso.com"];
const REFUSED: [&str; 1] = ["event 12293 0x8007232D contoso.com"];
const BAD_SIGNATURE: [&str; 1] = ["event 12293 0x80072338 contoso.com"];
const BAD_KEY: [&str; 1] = ["event 12293 0x80072339 contoso.com"];

/// The same for both servers: who takes updates from anybody, from nobody, and from who has the key.
#[track_caller]
fn check_open(server: SocketAddr) {
    check(server, &publishing(None), &PUBLISHED, &[RECORD]);
    check(server, &publishing(None), &PUBLISHED, &[RECORD]);
    let mut second = publishing(None);
    second.host = "kms2.contoso.com".to_owned();
    second.list = Some(vec!["contoso.com, 10, 100".to_owned(), "contoso.com; fabrikam.com".to_owned()]);
    let events = ["event 12294 contoso.com", "event 12293 0x8007007B contoso.com; fabrikam.com"];
    check(server, &second, &events, &[RECORD, "10 100 1688 kms2.contoso.com."]);
}

#[track_caller]
fn check_closed(server: SocketAddr) {
    check(server, &publishing(None), &REFUSED, &[]);
}

#[track_caller]
fn check_signed(server: SocketAddr) {
    check(server, &publishing(None), &REFUSED, &[]);
    check(server, &publishing(Some(("kms1-key", "another secret"))), &BAD_SIGNATURE, &[]);
    check(server, &publishing(Some(("kms2-key", "laboratory"))), &BAD_KEY, &[]);
    check(server, &publishing(Some(("kms1-key", "laboratory"))), &PUBLISHED, &[RECORD]);
}

fn ours(update: UpdatePolicy) -> mocks::Served<mock_dns::journal::DnsEvent> {
    let key = |name: &str| UpdateKey {
        name: DomainName::parse(name).expect("a name"),
        algorithm: Algorithm::HmacSha256,
        secret: Secret(b"laboratory".to_vec()),
    };
    let update_keys =
        if update == UpdatePolicy::OwnerOnly { vec![key("kms1-key"), key("kms2-key")] } else { vec![key("kms1-key")] };
    mocks::dns_with("contoso.com", ZONE, DnsServerConfig { update, update_keys, ..DnsServerConfig::default() })
}

#[test]
fn at_our_dns_server() {
    check_open(ours(UpdatePolicy::Any).address);
    check_closed(ours(UpdatePolicy::Refused).address);
    check_signed(ours(UpdatePolicy::Signed).address);
    check(ours(UpdatePolicy::Notimp).address, &publishing(None), &["event 12293 0x8007232C contoso.com"], &[]);
    check(ours(UpdatePolicy::Notauth).address, &publishing(None), &["event 12293 0x80072331 contoso.com"], &[]);
}

#[test]
fn a_second_host_may_not_add_itself_to_the_record_of_the_first() {
    let dns = ours(UpdatePolicy::OwnerOnly);
    check(dns.address, &publishing(Some(("kms1-key", "laboratory"))), &PUBLISHED, &[RECORD]);
    let mut second = publishing(Some(("kms2-key", "laboratory")));
    second.host = "kms2.contoso.com".to_owned();
    // Event 12293 with 0x80072338, as Microsoft's support article on it has it.
    check(dns.address, &second, &BAD_SIGNATURE, &[RECORD]);
}

#[test]
fn at_bind() {
    let Some(bind) = Bind::start(ZONE, "allow-update { any; };") else { return };
    check_open(bind.address);
    let Some(bind) = Bind::start(ZONE, "") else { return };
    check_closed(bind.address);
    let Some(bind) = Bind::start(ZONE, "allow-update { key \"kms1-key\"; };") else { return };
    check_signed(bind.address);
}

#[test]
fn a_domain_whose_zone_is_elsewhere() {
    let dns = ours(UpdatePolicy::Any);
    let mut elsewhere = publishing(None);
    elsewhere.home = Some("fabrikam.com".to_owned());
    check(dns.address, &elsewhere, &["event 12293 0x8007232B fabrikam.com"], &[]);
}
