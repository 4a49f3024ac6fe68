//! Two extra differences that are no faults, some right beside the fault: same findings, and remedies leave them as they are.

use std::net::{IpAddr, Ipv4Addr};

use evidence::vantage::{Adapter, IpConfiguration};
use kmslab::environment::Environment;
use kmslab::environment::apply::apply;
use mock_dns::name::DomainName;

use crate::{CATALOGUE, diagnosed, operate, with};

/// A difference that is no fault: what it adds, and whether it is still there.
struct Decoy {
    what: &'static str,
    add: fn(&mut Environment),
    /// What of the environment it is: compared before and after a remedy.
    part: fn(&Environment) -> String,
}

/// Every SRV, address and text record of the decoys' names.
fn records(environment: &Environment) -> String {
    let zones = environment.dns_servers.iter().flat_map(|server| &server.service.zones);
    let ours = zones.flat_map(|zone| zone.records()).filter(|record| record.name.to_string().contains("decoy"));
    ours.map(|record| format!("{record}\n")).collect()
}

fn rules(environment: &Environment) -> String {
    environment
        .rules
        .iter()
        .filter(|rule| rule.id.as_str().starts_with("decoy"))
        .map(|rule| format!("{rule:?}\n"))
        .collect()
}

const DECOYS: [Decoy; 9] = [
    Decoy {
        what: "SRV records of another service beside the KMS host's",
        add: |environment| {
            each_zone(environment, |origin| format!("_decoy._tcp.{origin}. 600 IN SRV 5 1 1688 decoy.{origin}."));
        },
        part: records,
    },
    Decoy {
        what: "a second machine's name and address",
        add: |environment| each_zone(environment, |origin| format!("decoy.{origin}. 600 IN A 10.0.0.222")),
        part: records,
    },
    Decoy {
        what: "a rule for another port of the same machines",
        add: |environment| {
            operate(
                environment,
                r#"{ add.rule = { id = "decoy-rdp", protocol = "tcp", port = 3389, how = "silent", position = 0 } }"#,
            );
        },
        part: rules,
    },
    Decoy {
        what: "a zone of nobody's",
        add: |environment| {
            let ids: Vec<String> = environment.dns_servers.iter().map(|server| server.id.to_string()).collect();
            for id in ids {
                let text =
                    r#""$TTL 60\n@ IN SOA decoy. hostmaster 1 2 3 4 5\n_vlmcs._tcp IN SRV 0 0 1688 kms.decoy.test.\n""#;
                operate(
                    environment,
                    &format!(r#"{{ add.zone = {{ at = "{id}", origin = "decoy.test", text = {text} }} }}"#),
                );
            }
        },
        part: records,
    },
    Decoy {
        what: "registry values that have nothing to do with discovery",
        add: |environment| {
            let ids: Vec<String> = environment.clients.iter().map(|client| client.id.to_string()).collect();
            for id in ids {
                operate(
                    environment,
                    &format!(
                        r#"{{ set.registry = {{ at = "{id}", path = 'HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\SoftwareProtectionPlatform', name = "DecoyInterval", type = "REG_DWORD", data = 15 }} }}"#
                    ),
                );
            }
        },
        part: |environment| {
            let values = environment.clients.iter().flat_map(|client| &client.registry);
            values.filter(|value| value.name.starts_with("Decoy")).map(|value| format!("{value:?}\n")).collect()
        },
    },
    Decoy {
        what: "a hosts line for another name",
        add: |environment| {
            let line = evidence::vantage::HostName {
                name: "decoy.fabrikam.com".to_owned(),
                address: IpAddr::from([10, 0, 0, 223]),
            };
            environment.clients.iter_mut().for_each(|client| client.ip.hosts.push(line.clone()));
        },
        part: |environment| {
            let lines = environment.clients.iter().flat_map(|client| &client.ip.hosts);
            lines.filter(|line| line.name.contains("decoy")).map(|line| format!("{line:?}\n")).collect()
        },
    },
    Decoy {
        what: "the SRV record of a KMS host in a domain below",
        add: |environment| {
            each_zone(environment, |origin| {
                format!("_vlmcs._tcp.decoy.{origin}. 600 IN SRV 0 0 1688 kms.decoy.{origin}.")
            });
            each_zone(environment, |origin| format!("kms.decoy.{origin}. 600 IN A 10.0.0.224"));
        },
        part: records,
    },
    Decoy {
        what: "a second suffix, of an adapter without DNS servers",
        add: |environment| {
            for client in environment.clients.iter_mut().filter(|client| has_suffix(&client.ip)) {
                client.ip.adapters.push(Adapter {
                    address: IpAddr::from([10, 0, 99, 7]),
                    mask: Ipv4Addr::new(255, 255, 255, 0),
                    gateway: None,
                    dns: Vec::new(),
                    dhcp: true,
                    suffix: DomainName::parse("decoy.example").ok(),
                    metric: 9000,
                });
            }
        },
        part: |environment| {
            // Of a client without any suffix a second one would be the cure.
            let adapters = environment.clients.iter().flat_map(|client| &client.ip.adapters);
            adapters.filter(|adapter| adapter.metric == 9000).map(|adapter| format!("{adapter:?}\n")).collect()
        },
    },
    Decoy {
        what: "a rule for the same port of another protocol",
        add: |environment| {
            operate(
                environment,
                r#"{ add.rule = { id = "decoy-udp", protocol = "udp", port = 1688, how = "silent", position = 0 } }"#,
            );
        },
        part: rules,
    },
];

fn has_suffix(ip: &IpConfiguration) -> bool {
    ip.primary_suffix.is_some()
        || !ip.search_list.is_empty()
        || ip.adapters.iter().any(|adapter| adapter.suffix.is_some())
}

fn each_zone(environment: &mut Environment, line: impl Fn(&str) -> String) {
    let zones = environment
        .dns_servers
        .iter()
        .flat_map(|server| server.service.zones.iter().map(|zone| (server.id.to_string(), zone.origin().to_string())));
    let zones: Vec<(String, String)> = zones.collect();
    for (at, origin) in zones {
        let text = line(origin.trim_end_matches('.'));
        operate(environment, &format!(r#"{{ add.record = {{ at = "{at}", text = "{text}", zone = "{origin}" }} }}"#));
    }
}

/// Two decoys for a scenario, other ones for its neighbour in the list.
fn pair(place: usize) -> [&'static Decoy; 2] {
    let first = place % DECOYS.len();
    let second = (place / DECOYS.len() + first + 1) % DECOYS.len();
    [&DECOYS[first], &DECOYS[if second == first { (second + 1) % DECOYS.len() } else { second }]]
}

#[test]
fn decoys_change_no_finding() {
    let mut wrong = Vec::new();
    for (place, scenario) in CATALOGUE.iter().enumerate() {
        let decoys = pair(place);
        let bare = diagnosed(scenario);
        let beside = diagnosed(&with(scenario, |environment| decoys.iter().for_each(|decoy| (decoy.add)(environment))));
        let short = |results: &[crate::Result]| results.iter().map(crate::Result::short).collect::<Vec<_>>();
        if short(&bare) != short(&beside) {
            let what = decoys.map(|decoy| decoy.what).join(" and ");
            wrong.push(format!("{} with {what}: {:?} instead of {:?}", scenario.name, short(&beside), short(&bare)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn remedies_leave_decoys_as_they_are() {
    let mut applied = 0;
    for (place, scenario) in CATALOGUE.iter().enumerate() {
        let decoys = pair(place);
        let scenario = with(scenario, |environment| decoys.iter().for_each(|decoy| (decoy.add)(environment)));
        let Some(step) = scenario.steps.last() else { continue };
        let results = diagnosed(&scenario);
        for found in results.last().iter().flat_map(|result| &result.diagnosis.findings) {
            let mut environment = step.environment.clone();
            if found.fix.change.0.is_empty() || apply(&mut environment, &found.fix.change).is_err() {
                // What was typed before is part of the machine there, and not here.
                continue;
            }
            applied += 1;
            for decoy in decoys {
                let (before, after) = ((decoy.part)(&step.environment), (decoy.part)(&environment));
                assert_eq!(before, after, "{}: {} and {}", scenario.name, found.finding.entry.id, decoy.what);
                let zones = step.environment.dns_servers.iter().flat_map(|server| &server.service.zones);
                // Where there is no zone, no record can be added to one; where there is no suffix, none can be a second.
                let has_none =
                    zones.count() == 0 || !step.environment.clients.iter().any(|client| has_suffix(&client.ip));
                assert!(!before.is_empty() || has_none, "{}: {}", scenario.name, decoy.what);
            }
        }
    }
    assert!(applied > CATALOGUE.len() / 4, "remedies were applied in {applied} cases");
}
