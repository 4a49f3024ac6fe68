//! Causes that look alike, told apart by one observation: evidence is made by hand, one piece changed at a time.
//!
//! It stands apart from the scenarios because those cannot show every difference: what an honest server says, a fault may not.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use double::{MachineId, Moment};
use evidence::diagnosis::fact::{Asked, BindSaid, Evidence, Fact, Said};
use evidence::diagnosis::{Severity, diagnose, step};
use evidence::network::Failure;
use evidence::outcome::{Outcome, OutcomeWord};
use evidence::registry::SOFTWARE_PROTECTION;
use evidence::timeline::{ClientEvent, Event};
use evidence::vantage::{Adapter, CachedLookup, HostName, IpConfiguration, KeyChannel, Licensing};
use mock_dns::boundary::{Origin, Transport};
use mock_dns::journal::{Asked as Question, DnsEvent, Summary};
use mock_dns::name::DomainName;
use mock_dns::rcode::Rcode;
use mock_dns::record::{Record, RecordType};
use mock_dns::zone::text::parse_record;
use mock_kms::product::Product;
use mock_kms::wire::Guid;

const FIRST: &str = "10.0.0.53";
const SECOND: &str = "10.0.0.54";
const OWN: &str = "_vlmcs._tcp.contoso.com";
const OFFER: &str = "_vlmcs._tcp.contoso.com. 600 IN SRV 0 0 1688 kms1.contoso.com.";
const ADDRESS: &str = "kms1.contoso.com. 600 IN A 10.0.0.60";

fn name(text: &str) -> DomainName {
    DomainName::parse(text).expect("a name")
}

fn address(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

fn records(lines: &[&str]) -> Vec<Record> {
    lines.iter().map(|line| parse_record(line, &DomainName::root()).expect("a record")).collect()
}

fn soa(zone: &str) -> Said {
    let line = format!("{zone}. 600 IN SOA dns1.contoso.com. hostmaster.contoso.com. 1 900 600 86400 900");
    Said::Records(records(&[&line]))
}

fn denied_by(zone: &str) -> Said {
    Said::NoSuchName(Some(name(zone)))
}

/// A client in contoso.com that asks two servers; what it knows of itself can be changed before the case is made.
struct Case {
    evidence: Evidence,
    client: MachineId,
}

impl Case {
    fn of(word: OutcomeWord, change: impl FnOnce(&mut IpConfiguration)) -> Self {
        let mut case = Self { evidence: Evidence::default(), client: MachineId::new("pc7") };
        let outcome = Outcome::of(word);
        case.add(&step::ATTEMPT, Fact::Ended(Box::new(outcome)));
        case.add(
            &step::LICENSING,
            Fact::Licensing(Box::new(Licensing {
                generation: "windows-10",
                product: Product::Windows10,
                registry_root: SOFTWARE_PROTECTION,
                key: KeyChannel::Gvlk,
                adba: false,
                discovered: None,
                cmid: Guid::NIL,
                licence: None,
            })),
        );
        let adapter = Adapter {
            address: address("10.0.0.107"),
            mask: std::net::Ipv4Addr::new(255, 255, 255, 0),
            gateway: None,
            dns: vec![address(FIRST), address(SECOND)],
            dhcp: true,
            suffix: None,
            metric: 25,
        };
        let mut ip = IpConfiguration {
            primary_suffix: Some(name("contoso.com")),
            ad_domain: None,
            search_list: Vec::new(),
            adapters: vec![adapter],
            nrpt: Vec::new(),
            hosts: Vec::new(),
            netbios: Vec::new(),
        };
        change(&mut ip);
        case.add(&step::CONFIGURATION, Fact::Configuration(Box::new(ip)));
        case
    }

    fn add(&mut self, step: &'static step::Step, fact: Fact) {
        let client = self.client.clone();
        self.evidence.push(Moment::START, step, &client, fact);
    }

    /// The client asks the first server and believes what it says.
    fn told(mut self, owner: &str, kind: RecordType, rcode: Rcode, answers: &[&str]) -> Self {
        let local = SocketAddr::new(address("10.0.0.107"), 50_000);
        let origin = Origin { peer: SocketAddr::new(address(FIRST), 53), local, transport: Transport::Udp };
        let asked = Question { name: name(owner), record_type: kind };
        let query = DnsEvent::Query { origin, id: 1, asked: asked.clone(), bytes: Default::default() };
        self.add(&step::CAPTURE, Fact::Seen(Event::Dns(query)));
        let answers = records(answers).into_iter().map(|record| record.data).collect();
        let summary = Summary { rcode, truncated: false, referral: false, answers };
        let bytes = Default::default();
        let reply = DnsEvent::Reply { origin, from: None, id: 1, asked: Some(asked), summary, bytes };
        self.add(&step::CAPTURE, Fact::Seen(Event::Dns(reply)));
        self
    }

    /// The investigation asks.
    fn asks(mut self, step: &'static step::Step, server: &str, asked: &str, kind: RecordType, said: Said) -> Self {
        self.add(step, Fact::Asked(Asked { server: address(server), name: name(asked), kind, said }));
        self
    }

    /// The client was told where the host is, and connects in vain.
    fn sent_to(self, offer: &str, host: &str) -> Self {
        let target = host.split(' ').next().unwrap_or_default().to_owned();
        let told = self.told(OWN, RecordType::SRV, Rcode::NOERROR, &[offer]);
        let told = told.told(&target, RecordType::A, Rcode::NOERROR, &[host]);
        let asked = told.asks(&step::LOOKUP, FIRST, OWN, RecordType::SRV, Said::Records(records(&[offer])));
        asked.asks(&step::TARGETS, FIRST, &target, RecordType::A, Said::Records(records(&[host])))
    }

    fn fails_at(mut self, socket: &str, failure: Failure) -> Self {
        let to = socket.parse().expect("a socket");
        self.add(&step::CAPTURE, Fact::Seen(Event::Client(ClientEvent::Connected { to, result: Err(failure) })));
        self.add(&step::PORT, Fact::Knocked { to, result: Err(failure) });
        self
    }

    fn echo(mut self, to: &str, answers: bool) -> Self {
        let to = address(to);
        let reply = if answers { Ok(to) } else { Err(Failure::TimedOut) };
        self.add(&step::TARGET_PING, Fact::Ping { to, reply });
        self
    }

    fn binds(mut self, socket: &str) -> Self {
        let to = socket.parse().expect("a socket");
        self.add(&step::PORT, Fact::Knocked { to, result: Ok(()) });
        self.add(&step::BIND, Fact::Bound { to, said: BindSaid::Accepted });
        self
    }

    #[track_caller]
    fn shows(&self, wanted: &[&str]) {
        let found = diagnose(&self.evidence);
        let ids: Vec<&str> = found.iter().map(|finding| finding.entry.id).collect();
        assert_eq!(ids, wanted, "{found:#?}");
        for finding in &found {
            let cited = finding.evidence.iter().filter(|number| self.evidence.get(**number).is_some());
            assert!(!finding.evidence.is_empty() && cited.count() == finding.evidence.len(), "{finding:#?}");
        }
    }
}

/// The record is denied, and the first server says this of the zone.
fn denied(zone: Said, change: impl FnOnce(&mut IpConfiguration)) -> Case {
    let case = Case::of(OutcomeWord::NoKmsHostFound, change).told(OWN, RecordType::SRV, Rcode::NXDOMAIN, &[]);
    case.asks(&step::LOOKUP, FIRST, OWN, RecordType::SRV, denied_by("contoso.com")).asks(
        &step::LOOKUP,
        FIRST,
        "contoso.com",
        RecordType::SOA,
        zone,
    )
}

/// The name exists, and has no SRV record; any other type says this.
fn without_data(any: Said) -> Case {
    let case = Case::of(OutcomeWord::NoKmsHostFound, |_| {}).told(OWN, RecordType::SRV, Rcode::NOERROR, &[]);
    case.asks(&step::LOOKUP, FIRST, OWN, RecordType::SRV, Said::NoData(Some(name("contoso.com"))))
        .asks(&step::LOOKUP, FIRST, "contoso.com", RecordType::SOA, soa("contoso.com"))
        .asks(&step::NEIGHBOURS, FIRST, OWN, RecordType::ANY, any)
}

#[test]
fn who_knows_the_zone_decides_between_record_suffix_and_server() {
    denied(soa("contoso.com"), |_| {}).shows(&["dns-srv-missing"]);
    denied(denied_by("."), |_| {}).shows(&["dns-suffix-mismatch"]);
    denied(denied_by("com"), |_| {}).shows(&["dns-suffix-mismatch"]);
    denied(denied_by("."), |ip| ip.ad_domain = Some(name("contoso.com"))).shows(&["dns-server-wrong"]);
    denied(denied_by("."), |ip| ip.search_list = vec![name("contoso.com")]).shows(&["client-search-list-incomplete"]);
}

#[test]
fn a_machine_that_is_seen_from_outside_is_judged_with_care() {
    let mut case = denied(denied_by("."), |_| {});
    case.evidence.denied.push((&step::CACHE, case.client.clone()));
    case.shows(&["dns-suffix-mismatch"]);
    let severities: Vec<Severity> = diagnose(&case.evidence).iter().map(|finding| finding.severity).collect();
    assert_eq!(severities, [Severity::Warning]);
    let mut silent = Case::of(OutcomeWord::NothingSent, |ip| ip.primary_suffix = None);
    silent.shows(&["client-no-suffix"]);
    silent.evidence.denied.push((&step::CACHE, silent.client.clone()));
    silent.shows(&[]);
}

#[test]
fn another_server_with_the_record_makes_it_the_servers() {
    let other = |case: Case| case.asks(&step::LOOKUP, SECOND, OWN, RecordType::SRV, Said::Records(records(&[OFFER])));
    other(denied(soa("contoso.com"), |_| {})).shows(&["dns-split-brain"]);
    other(denied(denied_by("."), |_| {})).shows(&["dns-server-wrong"]);
}

#[test]
fn what_else_stands_at_the_name_decides_what_no_data_means() {
    let text = Said::Records(records(&[r#"_vlmcs._tcp.contoso.com. 600 IN TXT "moved""#]));
    without_data(text).shows(&["dns-no-data"]);
    without_data(Said::Records(records(&[OFFER]))).shows(&["dns-no-data"]);
    without_data(denied_by("contoso.com")).shows(&["dns-srv-missing"]);
    let any = || Said::Records(records(&["_vlmcs._tcp.contoso.com. 600 IN A 10.0.0.80"]));
    let probe = |of: &str| Said::Records(records(&[&format!("{of}. 600 IN A 10.0.0.80")]));
    let inside = "no-such-name-1688.contoso.com";
    let wildcard = || without_data(any()).asks(&step::PROBES, FIRST, inside, RecordType::A, probe(inside));
    wildcard().shows(&["dns-wildcard", "dns-srv-missing"]);
    let outside = "no-such-name-1688.invalid";
    wildcard().asks(&step::PROBES, FIRST, outside, RecordType::A, probe(outside)).shows(&["dns-hijacked"]);
}

#[test]
fn an_echo_and_another_port_decide_what_a_closed_port_means() {
    let sent = || {
        let case = Case::of(OutcomeWord::KmsHostNotReached, |_| {}).sent_to(OFFER, ADDRESS);
        case.fails_at("10.0.0.60:1688", Failure::TimedOut)
    };
    sent().echo("10.0.0.60", false).shows(&["srv-address-stale"]);
    sent().echo("10.0.0.60", true).shows(&["tcp1688-silent"]);
    let offer = OFFER.replace("1688", "1689");
    let elsewhere = Case::of(OutcomeWord::KmsHostNotReached, |_| {}).sent_to(&offer, ADDRESS);
    elsewhere.fails_at("10.0.0.60:1689", Failure::TimedOut).binds("10.0.0.60:1688").shows(&["srv-port-wrong"]);
}

#[test]
fn who_tells_the_old_address_decides_whose_memory_it_is() {
    let old = "10.0.0.99:1688";
    let listed = |ip: &mut IpConfiguration| {
        ip.hosts = vec![HostName { name: "kms1.contoso.com".to_owned(), address: address("10.0.0.99") }];
    };
    let by_file = Case::of(OutcomeWord::KmsHostNotReached, listed).sent_to(OFFER, ADDRESS);
    by_file.fails_at(old, Failure::TimedOut).echo("10.0.0.99", false).shows(&["client-hosts-file-stale"]);
    let mut by_cache = Case::of(OutcomeWord::KmsHostNotReached, |_| {}).sent_to(OFFER, ADDRESS);
    by_cache.add(
        &step::CACHE,
        Fact::Cached(CachedLookup {
            name: name("kms1.contoso.com"),
            kind: RecordType::A,
            records: records(&["kms1.contoso.com. 600 IN A 10.0.0.99"]),
            until: Moment::START.plus(Duration::from_secs(60)),
        }),
    );
    by_cache.fails_at(old, Failure::TimedOut).echo("10.0.0.99", false).shows(&["client-resolver-cache-stale"]);
}
