//! Exact lines for evidence made by hand.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use double::{MachineId, Moment};
use mock_dns::name::DomainName;
use mock_dns::record::{RecordData, RecordType, Srv};
use mock_kms::product::Product;
use mock_kms::wire::Guid;

use super::{Shell, Typed, typed};
use crate::diagnosis::fact::{Asked, Evidence, Fact, Said};
use crate::diagnosis::remedy::{Act, KMS_DOMAIN, KMS_FQDN, Known, Remedy};
use crate::diagnosis::step;
use crate::outcome::{Outcome, OutcomeWord};
use crate::registry::{self, Data, RegistryValue, ValueType};
use crate::vantage::{Adapter, IpConfiguration, KeyChannel, Licensing};

mod forms;

fn name(text: &str) -> DomainName {
    DomainName::parse(text).expect("a name")
}

/// PC7 of this generation, which asks 10.0.0.53 and was told of the zone contoso.com.
fn evidence(generation: &'static str, product: Product, root: &'static str, registry: &[RegistryValue]) -> Evidence {
    let outcome = Outcome::of(OutcomeWord::NoKmsHostFound);
    let licensing = Licensing {
        generation,
        product,
        registry_root: root,
        key: KeyChannel::Gvlk,
        adba: false,
        discovered: None,
        cmid: Guid::NIL,
        licence: None,
    };
    let adapter = Adapter {
        address: IpAddr::V4(Ipv4Addr::new(10, 0, 0, 107)),
        mask: Ipv4Addr::new(255, 255, 255, 0),
        gateway: None,
        dns: vec!["10.0.0.53".parse().expect("an address"), "10.0.0.54".parse().expect("an address")],
        dhcp: false,
        suffix: None,
        metric: 25,
    };
    let ip = IpConfiguration {
        primary_suffix: Some(name("contoso.com")),
        ad_domain: None,
        search_list: Vec::new(),
        adapters: vec![adapter],
        nrpt: Vec::new(),
        hosts: Vec::new(),
        netbios: Vec::new(),
    };
    let asked = Asked {
        server: "10.0.0.53".parse().expect("an address"),
        name: name("_vlmcs._tcp.contoso.com"),
        kind: RecordType::SRV,
        said: Said::NoSuchName(Some(name("contoso.com"))),
    };
    let mut evidence = Evidence::default();
    let facts = [
        (&step::ATTEMPT, Fact::Ended(Box::new(outcome))),
        (&step::LICENSING, Fact::Licensing(Box::new(licensing))),
        (&step::CONFIGURATION, Fact::Configuration(Box::new(ip))),
        (&step::LOOKUP, Fact::Asked(asked)),
    ];
    let values = registry.iter().map(|value| (&step::REGISTRY, Fact::Registry(value.clone())));
    for (step, fact) in facts.into_iter().chain(values) {
        evidence.push(Moment::START, step, &MachineId::new("pc7"), fact);
    }
    evidence
}

fn windows_10(registry: &[RegistryValue]) -> Evidence {
    evidence("windows-10", Product::Windows10, registry::SOFTWARE_PROTECTION, registry)
}

fn value(path: &str, name: &str, text: &str) -> RegistryValue {
    RegistryValue {
        path: path.to_owned(),
        name: name.to_owned(),
        kind: ValueType::Sz,
        data: Data::Text(text.to_owned()),
    }
}

fn lines(act: Act, evidence: &Evidence) -> Vec<Typed> {
    typed(&Remedy::repair(vec![act]), evidence)
}

/// Each expected line: shell, line, undo.
#[track_caller]
fn check(act: Act, evidence: &Evidence, expected: &[(Shell, &str, Option<&str>)]) {
    let typed = lines(act, evidence);
    let found: Vec<_> = typed.iter().map(|typed| (typed.shell, &*typed.line, typed.undo.as_deref())).collect();
    assert_eq!(found, expected);
}

#[test]
fn a_record_as_the_guideline_has_it() {
    let add =
        Act::AddSrv { owner: name("_vlmcs._tcp.contoso.com"), target: Known::Is(name("kms1.contoso.com")), port: 1688 };
    check(
        add,
        &windows_10(&[]),
        &[
            (
                Shell::Cmd,
                "dnscmd 10.0.0.53 /recordadd contoso.com _vlmcs._tcp 3600 SRV 0 0 1688 kms1.contoso.com.",
                Some("dnscmd 10.0.0.53 /recorddelete contoso.com _vlmcs._tcp SRV 0 0 1688 kms1.contoso.com. /f"),
            ),
            (
                Shell::PowerShell,
                "Add-DnsServerResourceRecord -ComputerName '10.0.0.53' -ZoneName 'contoso.com' -Name '_vlmcs._tcp' -Srv \
                 -DomainName 'kms1.contoso.com.' -Priority 0 -Weight 0 -Port 1688 -TimeToLive 01:00:00",
                Some(
                    "Get-DnsServerResourceRecord -ComputerName '10.0.0.53' -ZoneName 'contoso.com' -Name '_vlmcs._tcp' \
                     -RRType SRV | Where-Object { $_.RecordData.DomainName -eq 'kms1.contoso.com.' -and \
                     $_.RecordData.Port -eq 1688 } | Remove-DnsServerResourceRecord -ComputerName '10.0.0.53' -ZoneName \
                     'contoso.com' -Force",
                ),
            ),
            (
                Shell::ZoneFile,
                "_vlmcs._tcp.contoso.com. 3600 IN SRV 0 0 1688 kms1.contoso.com.",
                Some("take the line out"),
            ),
            (
                Shell::Sh,
                "printf '%s\\n' 'server 10.0.0.53' 'update add _vlmcs._tcp.contoso.com. 3600 IN SRV 0 0 1688 \
                 kms1.contoso.com.' send | nsupdate -k '<TSIG key file>'",
                Some(
                    "printf '%s\\n' 'server 10.0.0.53' 'update delete _vlmcs._tcp.contoso.com. SRV 0 0 1688 \
                     kms1.contoso.com.' send | nsupdate -k '<TSIG key file>'",
                ),
            ),
        ],
    );
}

#[test]
fn a_blank_stays_a_blank() {
    let owner = name("_vlmcs._tcp.fabrikam.com");
    let typed = lines(Act::AddSrv { owner, target: Known::Blank(KMS_FQDN), port: 1688 }, &windows_10(&[]));
    // No answer named the zone.
    assert_eq!(
        typed[0].line,
        "dnscmd 10.0.0.53 /recordadd <zone> _vlmcs._tcp.fabrikam.com. 3600 SRV 0 0 1688 <KMS FQDN>."
    );
    assert_eq!(typed[2].line, "_vlmcs._tcp.fabrikam.com. 3600 IN SRV 0 0 1688 <KMS FQDN>.");
    check(
        Act::RegisterHost { host: Known::Blank(KMS_FQDN), port: 1688 },
        &windows_10(&[]),
        &[(Shell::Cmd, "slmgr /skms <KMS FQDN>:1688", Some("slmgr /ckms"))],
    );
    let suffix = lines(Act::AddSearchSuffix(Known::Blank(KMS_DOMAIN)), &windows_10(&[]));
    assert_eq!(
        suffix[2].line,
        "Set-DnsClientGlobalSetting -SuffixSearchList @('contoso.com','<domain of the KMS host>')"
    );
    assert_eq!(suffix[2].undo.as_deref(), Some("Set-DnsClientGlobalSetting -SuffixSearchList @()"));
}

#[test]
fn names_from_outside_are_quoted_or_not_written() {
    let target = DomainName::parse("a\\;calc\\\"'b.contoso.com").expect("odd, and a name");
    let srv = Srv { priority: 0, weight: 0, port: 1688, target };
    let act = Act::RemoveRecord { owner: name("_vlmcs._tcp.contoso.com"), data: RecordData::Srv(srv) };
    let shells: Vec<Shell> = lines(act, &windows_10(&[])).iter().map(|line| line.shell).collect();
    assert_eq!(shells, [Shell::ZoneFile, Shell::Sh]);
    for host in ["a & calc", "%COMSPEC%", "a\" & calc", "/cpky", "a\ncalc"] {
        let typed = lines(Act::RegisterHost { host: Known::Is(host.to_owned()), port: 1688 }, &windows_10(&[]));
        assert_eq!(typed[0].shell, Shell::ByHand, "{host}");
        assert!(!typed[0].line.contains('\n'), "{host}");
    }
}

#[test]
fn each_generation_has_its_key_and_its_service() {
    let remove =
        |root: &str| Act::RemoveRegistryValue { path: root.to_owned(), name: "KeyManagementServiceName".into() };
    for (generation, product, root, service) in [
        ("windows-vista", Product::WindowsVista, registry::SOFTWARE_LICENSING, "slsvc"),
        ("windows-7", Product::Windows7, registry::SOFTWARE_PROTECTION, "sppsvc"),
        ("windows-11", Product::Windows11, registry::SOFTWARE_PROTECTION, "sppsvc"),
        ("windows-7", Product::Office2010, registry::OFFICE_SOFTWARE_PROTECTION, "osppsvc"),
    ] {
        let there = [value(root, "KeyManagementServiceName", "kms9.contoso.com")];
        let quoted = format!("\"{root}\"");
        check(
            remove(root),
            &evidence(generation, product, root, &there),
            &[
                (Shell::Cmd, &format!("reg export {quoted} kms-before.reg /y"), None),
                (
                    Shell::Cmd,
                    &format!("reg delete {quoted} /v KeyManagementServiceName /f"),
                    Some(&format!("reg add {quoted} /v KeyManagementServiceName /t REG_SZ /d kms9.contoso.com /f")),
                ),
                (Shell::Cmd, &format!("net stop {service} & net start {service}"), None),
            ],
        );
    }
}

#[test]
fn the_lookup_domain_has_a_verb_since_windows_8() {
    let root = registry::SOFTWARE_PROTECTION;
    let there = [value(root, registry::LOOKUP_DOMAIN, "fabrikam.com")];
    check(
        Act::ClearLookupDomain,
        &windows_10(&there),
        &[(Shell::Cmd, "slmgr /ckms-domain", Some("slmgr /skms-domain fabrikam.com"))],
    );
    let on_7 = lines(Act::ClearLookupDomain, &evidence("windows-7", Product::Windows7, root, &there));
    assert!(on_7[1].line.starts_with("reg delete"), "{on_7:?}");
}

#[test]
fn a_registration_is_cleared_where_it_stands() {
    let root = registry::SOFTWARE_PROTECTION;
    let there = |below: &str| {
        let path = format!("{root}{below}");
        windows_10(&[value(&path, registry::HOST_NAME, "kms9.contoso.com"), value(&path, registry::HOST_PORT, "1700")])
    };
    check(
        Act::ClearRegisteredHost,
        &there(""),
        &[(Shell::Cmd, "slmgr /ckms", Some("slmgr /skms kms9.contoso.com:1700"))],
    );
    let (application, sku) = (Product::Windows10.application(), Product::Windows10.sku());
    check(
        Act::ClearRegisteredHost,
        &there(&format!(r"\{application}\{sku}")),
        &[(Shell::Cmd, &format!("slmgr /ckms {sku}"), Some(&format!("slmgr /skms kms9.contoso.com:1700 {sku}")))],
    );
    let by_registry = lines(Act::ClearRegisteredHost, &there(&format!(r"\{application}")));
    let commands: Vec<&str> = by_registry.iter().map(|line| line.line.split(' ').nth(1).unwrap_or_default()).collect();
    assert_eq!(commands, ["export", "delete", "delete", "stop"]);
}

#[test]
fn office_is_administered_by_its_own_script() {
    let office = evidence("windows-10", Product::Office2016, registry::SOFTWARE_PROTECTION, &[]);
    let script = r#"cscript //nologo "%ProgramFiles%\Microsoft Office\Office16\ospp.vbs""#;
    check(
        Act::RegisterHost { host: Known::Is("[fd00::10]".to_owned()), port: 1700 },
        &office,
        &[(
            Shell::Cmd,
            &format!("{script} /sethst:[fd00::10] & {script} /setprt:1700"),
            Some(&format!("{script} /remhst")),
        )],
    );
}

#[test]
fn a_port_is_opened_where_it_can_be_closed() {
    let to: SocketAddr = "10.0.0.60:1688".parse().expect("a socket");
    check(
        Act::OpenPath { to, tcp_only: true },
        &windows_10(&[]),
        &[
            (
                Shell::Cmd,
                "netsh advfirewall firewall set rule group=\"Key Management Service\" new enable=yes",
                Some("netsh advfirewall firewall set rule group=\"Key Management Service\" new enable=no"),
            ),
            (
                Shell::PowerShell,
                "Enable-NetFirewallRule -DisplayGroup 'Key Management Service'",
                Some("Disable-NetFirewallRule -DisplayGroup 'Key Management Service'"),
            ),
            (
                Shell::ByHand,
                "let TCP from 10.0.0.107 to 10.0.0.60 port 1688 pass each firewall on the way, and the answers back",
                None,
            ),
            (
                Shell::Cmd,
                "netsh advfirewall firewall add rule name=\"TCP 1688 to 10.0.0.60\" dir=out action=allow protocol=TCP \
                 remoteip=10.0.0.60 remoteport=1688",
                Some("netsh advfirewall firewall delete rule name=\"TCP 1688 to 10.0.0.60\""),
            ),
        ],
    );
    let to: SocketAddr = "10.0.0.60:1700".parse().expect("a socket");
    let typed = lines(Act::OpenPath { to, tcp_only: true }, &windows_10(&[]));
    assert_eq!(
        typed[0].line,
        "netsh advfirewall firewall add rule name=\"TCP 1700 in\" dir=in action=allow protocol=TCP localport=1700"
    );
}

#[test]
fn dns_servers_are_put_in_order_and_back() {
    let typed = lines(Act::StopAskingServer("10.0.0.53".parse().expect("an address")), &windows_10(&[]));
    let of = "Set-DnsClientServerAddress -InterfaceIndex (Get-NetIPAddress -IPAddress '10.0.0.107').InterfaceIndex";
    assert_eq!(typed[1].line, format!("{of} -ServerAddresses @('10.0.0.54')"));
    assert_eq!(typed[1].undo, Some(format!("{of} -ServerAddresses @('10.0.0.53','10.0.0.54')")));
    // Windows 7 has no such cmdlet.
    let on_7 = evidence("windows-7", Product::Windows7, registry::SOFTWARE_PROTECTION, &[]);
    assert_eq!(lines(Act::StopAskingServer("10.0.0.53".parse().expect("an address")), &on_7).len(), 1);
}

#[test]
fn a_zone_that_the_remedy_makes_is_known_to_its_records() {
    let remedy = Remedy::repair(vec![
        Act::AddZone(name("fabrikam.com")),
        Act::AddSrv {
            owner: name("_vlmcs._tcp.fabrikam.com"),
            target: Known::Is(name("kms1.contoso.com")),
            port: 1688,
        },
    ]);
    let typed = typed(&remedy, &windows_10(&[]));
    let cmd: Vec<(usize, &str)> =
        typed.iter().filter(|line| line.shell == Shell::Cmd).map(|line| (line.act, &*line.line)).collect();
    assert_eq!(
        cmd,
        [
            (1, "dnscmd 10.0.0.53 /zoneadd fabrikam.com /primary /file fabrikam.com.dns"),
            (2, "dnscmd 10.0.0.53 /recordadd fabrikam.com _vlmcs._tcp 3600 SRV 0 0 1688 kms1.contoso.com."),
        ]
    );
}

#[test]
fn a_host_value_is_written_with_its_type_and_taken_back() {
    let path = registry::SOFTWARE_PROTECTION;
    let list = RegistryValue {
        path: path.to_owned(),
        name: "DnsDomainPublishList".to_owned(),
        kind: ValueType::MultiSz,
        data: Data::List(vec!["contoso.com, 10, 100".to_owned(), "fabrikam.com".to_owned()]),
    };
    let act = |to: Option<RegistryValue>| Act::HostRegistry {
        at: "kms1".to_owned(),
        path: path.to_owned(),
        name: "DnsDomainPublishList".to_owned(),
        to,
    };
    let typed = lines(act(Some(list.clone())), &windows_10(&[]));
    let key = format!("\"{path}\"");
    assert_eq!(
        typed[1].line,
        format!(r#"reg add {key} /v DnsDomainPublishList /t REG_MULTI_SZ /d "contoso.com, 10, 100\0fabrikam.com" /f"#)
    );
    // It was not there before.
    assert_eq!(typed[1].undo.as_deref(), Some(&*format!("reg delete {key} /v DnsDomainPublishList /f")));
    assert_eq!((typed[1].at.as_deref(), &*typed[2].line), (Some("kms1"), "net stop sppsvc & net start sppsvc"));
    let mut there = windows_10(&[]);
    there.push(Moment::START, &step::HOST_REGISTRY, &MachineId::new("kms1"), Fact::Registry(list));
    let removed = lines(act(None), &there);
    assert!(removed[1].line.starts_with("reg delete"), "{removed:?}");
    assert!(removed[1].undo.as_deref().is_some_and(|undo| undo.starts_with("reg add")), "{removed:?}");
}

#[test]
fn a_name_resolution_policy_is_changed_and_put_back() {
    let act = |server: &str| Act::AskServerFor {
        namespace: name("contoso.com"),
        server: Known::Is(server.parse().expect("an address")),
    };
    let typed = lines(act("10.0.0.53"), &windows_10(&[]));
    assert_eq!(
        typed[0].line,
        "Get-DnsClientNrptRule | Where-Object { $_.Namespace -contains '.contoso.com' } | ForEach-Object { \
         Set-DnsClientNrptRule -Name $_.Name -NameServers '10.0.0.53' }"
    );
    let on_7 = evidence("windows-7", Product::Windows7, registry::SOFTWARE_PROTECTION, &[]);
    assert_eq!(lines(act("10.0.0.53"), &on_7)[0].shell, Shell::ByHand);
}

#[test]
fn nothing_insecure_is_typed() {
    let act = Act::AddSrv { owner: name("_vlmcs._tcp.contoso.com"), target: Known::Blank(KMS_FQDN), port: 1688 };
    for line in lines(act, &windows_10(&[])) {
        assert!(!line.line.contains("allow-update") && !line.line.contains("state off"), "{line:?}");
    }
}
