//! Every act on every generation: what is typed first, and that what changes something can be taken back.
//!
//! The lines are typed here from the documents of slmgr, ospp.vbs, reg, netsh, dnscmd and w32tm. Apart from the exact forms of single
//! acts, because here it counts that no act and no generation is left out.

use std::collections::BTreeSet;

use super::*;
use crate::diagnosis::remedy::DNS_SERVER;
use crate::diagnosis::typed::On;

/// The clients, in the order of the columns below.
const MACHINES: [(&str, Product, &str); 5] = [
    ("windows-vista", Product::WindowsVista, registry::SOFTWARE_LICENSING),
    ("windows-7", Product::Windows7, registry::SOFTWARE_PROTECTION),
    ("windows-11", Product::Windows11, registry::SOFTWARE_PROTECTION),
    ("windows-7", Product::Office2010, registry::OFFICE_SOFTWARE_PROTECTION),
    ("windows-11", Product::Office2021, registry::SOFTWARE_PROTECTION),
];

/// What is typed first: the same on each machine, or each machine's own line.
enum First {
    Everywhere(&'static str),
    Windows { old: &'static str, new: &'static str },
    Each([&'static str; 5]),
}

/// Whether something takes an act back.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Undo {
    /// Some line of each way has an undo.
    Has,
    /// It is not taken back: a key, a clock, an update, a person's work; or nothing was changed.
    Never,
}

fn host() -> SocketAddr {
    "10.0.0.60:1688".parse().expect("a socket")
}

fn server() -> IpAddr {
    "10.0.0.53".parse().expect("an address")
}

const EXPORT: [&str; 5] = [
    r#"reg export "HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\SL" kms-before.reg /y"#,
    r#"reg export "HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\SoftwareProtectionPlatform" kms-before.reg /y"#,
    r#"reg export "HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\SoftwareProtectionPlatform" kms-before.reg /y"#,
    r#"reg export "HKLM\SOFTWARE\Microsoft\OfficeSoftwareProtectionPlatform" kms-before.reg /y"#,
    r#"reg export "HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\SoftwareProtectionPlatform" kms-before.reg /y"#,
];

/// A verb of slmgr, and of the two Offices' ospp.vbs.
const fn verbs(slmgr: &'static str, office_2010: &'static str, office_2021: &'static str) -> First {
    First::Each([slmgr, slmgr, slmgr, office_2010, office_2021])
}

/// What is expected of an act; a new one does not compile until somebody has typed its line.
#[expect(clippy::too_many_lines, reason = "a table: one line for each act, and the compiler wants all of them")]
fn expected(act: &Act) -> (First, Undo) {
    use First::{Each, Everywhere, Windows};
    match act {
        Act::AddSrv { .. } => (
            Everywhere("dnscmd 10.0.0.53 /recordadd contoso.com _vlmcs._tcp 3600 SRV 0 0 1688 kms1.contoso.com."),
            Undo::Has,
        ),
        Act::RemoveRecord { .. } => {
            (Everywhere("dnscmd 10.0.0.53 /recorddelete contoso.com kms1 A 10.0.0.60 /f"), Undo::Has)
        }
        Act::RemoveDelegation(_) => (Everywhere("dnscmd 10.0.0.53 /recorddelete contoso.com emea NS /f"), Undo::Has),
        Act::AddZone(_) => {
            (Everywhere("dnscmd 10.0.0.53 /zoneadd fabrikam.com /primary /file fabrikam.com.dns"), Undo::Has)
        }
        // What the intervals were stands nowhere in this evidence.
        Act::SetAging(_) => (Everywhere("dnscmd 10.0.0.53 /config contoso.com /NoRefreshInterval 168"), Undo::Never),
        Act::PublishAgain(_) => (Everywhere("slmgr /sdns"), Undo::Has),
        Act::AddAddress { .. } => {
            (Everywhere("dnscmd 10.0.0.53 /recordadd contoso.com kms1 3600 A 10.0.0.60"), Undo::Has)
        }
        Act::SetPrimarySuffix(_) | Act::AddSearchSuffix(_) => (
            Everywhere(r"reg export HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters tcpip-before.reg /y"),
            Undo::Has,
        ),
        Act::ClearLookupDomain => (
            Each([
                EXPORT[0],
                EXPORT[1],
                "slmgr /ckms-domain",
                EXPORT[3],
                r#"cscript //nologo "%ProgramFiles%\Microsoft Office\Office16\ospp.vbs" /ckms-domain"#,
            ]),
            Undo::Has,
        ),
        Act::ClearRegisteredHost => (
            verbs(
                "slmgr /ckms",
                r#"cscript //nologo "%ProgramFiles%\Microsoft Office\Office14\ospp.vbs" /remhst"#,
                r#"cscript //nologo "%ProgramFiles%\Microsoft Office\Office16\ospp.vbs" /remhst"#,
            ),
            Undo::Has,
        ),
        Act::RegisterHost { .. } => (
            verbs(
                "slmgr /skms kms1.contoso.com:1688",
                r#"cscript //nologo "%ProgramFiles%\Microsoft Office\Office14\ospp.vbs" /sethst:kms1.contoso.com & cscript //nologo "%ProgramFiles%\Microsoft Office\Office14\ospp.vbs" /setprt:1688"#,
                r#"cscript //nologo "%ProgramFiles%\Microsoft Office\Office16\ospp.vbs" /sethst:kms1.contoso.com & cscript //nologo "%ProgramFiles%\Microsoft Office\Office16\ospp.vbs" /setprt:1688"#,
            ),
            Undo::Has,
        ),
        Act::RemoveRegistryValue { .. } => (Each(EXPORT), Undo::Has),
        Act::AskServerFirst(_) => (
            Everywhere(r#"netsh interface ipv4 add dnsserver "<adapter>" <DNS server of the domain> index=1"#),
            Undo::Has,
        ),
        // No policy stands in this evidence.
        Act::AskServerFor { .. } => (
            Windows {
                old: "let the name resolution policy ask 10.0.0.53 for contoso.com (secpol.msc or group policy)",
                new: "Get-DnsClientNrptRule | Where-Object { $_.Namespace -contains '.contoso.com' } | ForEach-Object { Set-DnsClientNrptRule -Name $_.Name -NameServers '10.0.0.53' }",
            },
            Undo::Never,
        ),
        Act::StopAskingServer(_) => {
            (Everywhere(r#"netsh interface ipv4 delete dnsserver "<adapter>" 10.0.0.53"#), Undo::Has)
        }
        Act::RemoveHostsLine(_) => (
            Everywhere(
                r"copy /y %SystemRoot%\System32\drivers\etc\hosts %SystemRoot%\System32\drivers\etc\hosts.before",
            ),
            Undo::Has,
        ),
        Act::FlushDns => (Everywhere("ipconfig /flushdns"), Undo::Never),
        Act::OpenPath { .. } => (
            Everywhere(r#"netsh advfirewall firewall set rule group="Key Management Service" new enable=yes"#),
            Undo::Has,
        ),
        Act::StartService(_) => (Everywhere("net start sppsvc"), Undo::Has),
        Act::RepairService { .. } => (
            Everywhere(
                "Move the other service to another port, or publish the port on which the KMS host really listens.",
            ),
            Undo::Never,
        ),
        Act::UpdateHost(_) => {
            (Everywhere("install the updates of this machine (Windows Update), and restart it"), Undo::Never)
        }
        Act::HostRegistry { .. } => (Everywhere(EXPORT[1]), Undo::Has),
        Act::ActivateHost(_) => (Everywhere("slmgr /ipk <host key (CSVLK)>"), Undo::Never),
        Act::CoverProduct(_) => (
            Each([
                "slmgr /ipk <host key (CSVLK) that covers windows-vista>",
                "slmgr /ipk <host key (CSVLK) that covers windows-7>",
                "slmgr /ipk <host key (CSVLK) that covers windows-11>",
                "slmgr /ipk <host key (CSVLK) that covers office-2010>",
                "slmgr /ipk <host key (CSVLK) that covers office-2021>",
            ]),
            Undo::Never,
        ),
        Act::RaiseCount { .. } => (Everywhere("slmgr /dlv"), Undo::Never),
        Act::NewClientMachineId => (
            verbs(
                "slmgr /rearm",
                r#""%ProgramFiles%\Microsoft Office\Office14\ospprearm.exe""#,
                r#""%ProgramFiles%\Microsoft Office\Office16\ospprearm.exe""#,
            ),
            Undo::Never,
        ),
        Act::SyncClientClock | Act::SyncHostClock(_) => (Everywhere("w32tm /resync /rediscover"), Undo::Never),
        Act::InstallClientKey => (
            verbs(
                "slmgr /ipk <client setup key (GVLK) of the edition>",
                r#"cscript //nologo "%ProgramFiles%\Microsoft Office\Office14\ospp.vbs" /inpkey:<client setup key (GVLK) of the edition>"#,
                r#"cscript //nologo "%ProgramFiles%\Microsoft Office\Office16\ospp.vbs" /inpkey:<client setup key (GVLK) of the edition>"#,
            ),
            Undo::Never,
        ),
        Act::InstallMak => (
            verbs(
                "slmgr /ipk <MAK>",
                r#"cscript //nologo "%ProgramFiles%\Microsoft Office\Office14\ospp.vbs" /inpkey:<MAK>"#,
                r#"cscript //nologo "%ProgramFiles%\Microsoft Office\Office16\ospp.vbs" /inpkey:<MAK>"#,
            ),
            Undo::Never,
        ),
    }
}

/// How many acts there are: `expected` names each, `acts` makes one of each.
const ACTS: usize = 31;

fn acts(root: &str) -> Vec<Act> {
    let kms1 = || name("kms1.contoso.com");
    let at = Known::Is(IpAddr::V4(Ipv4Addr::new(10, 0, 0, 60)));
    let switch = "DisableDnsPublishing".to_owned();
    vec![
        Act::AddSrv { owner: name("_vlmcs._tcp.contoso.com"), target: Known::Is(kms1()), port: 1688 },
        Act::RemoveRecord { owner: kms1(), data: RecordData::A(Ipv4Addr::new(10, 0, 0, 60)) },
        Act::RemoveDelegation(name("emea.contoso.com")),
        Act::AddZone(name("fabrikam.com")),
        Act::SetAging(name("contoso.com")),
        Act::PublishAgain(kms1()),
        Act::AddAddress { name: Known::Is(kms1()), address: at },
        Act::SetPrimarySuffix(Known::Is(name("contoso.com"))),
        Act::AddSearchSuffix(Known::Is(name("fabrikam.com"))),
        Act::ClearLookupDomain,
        Act::ClearRegisteredHost,
        Act::RegisterHost { host: Known::Is("kms1.contoso.com".to_owned()), port: 1688 },
        Act::RemoveRegistryValue { path: root.to_owned(), name: registry::HOST_NAME.to_owned() },
        Act::AskServerFirst(Known::Blank(DNS_SERVER)),
        Act::AskServerFor { namespace: name("contoso.com"), server: Known::Is(server()) },
        Act::StopAskingServer(server()),
        Act::RemoveHostsLine("kms1.contoso.com".to_owned()),
        Act::FlushDns,
        Act::OpenPath { to: host(), tcp_only: true },
        Act::StartService(host()),
        Act::RepairService { at: host(), finding: "tcp1688-wrong-service" },
        Act::UpdateHost(host()),
        Act::HostRegistry {
            at: "kms1".to_owned(),
            path: registry::SOFTWARE_PROTECTION.to_owned(),
            name: switch,
            to: None,
        },
        Act::ActivateHost(host()),
        Act::CoverProduct(host()),
        Act::RaiseCount { host: host(), to: 25 },
        Act::NewClientMachineId,
        Act::SyncClientClock,
        Act::SyncHostClock(host()),
        Act::InstallClientKey,
        Act::InstallMak,
    ]
}

/// What stands in the client's registry: a registered host and a lookup domain; and a value at the KMS host.
fn observed(machine: &(&'static str, Product, &'static str)) -> Evidence {
    let (generation, product, root) = machine;
    let there = [
        value(root, registry::HOST_NAME, "kms9.contoso.com"),
        value(root, registry::HOST_PORT, "1700"),
        value(root, registry::LOOKUP_DOMAIN, "fabrikam.com"),
    ];
    evidence(generation, product.clone(), root, &there)
}

#[test]
fn each_act_is_in_the_table_once() {
    let acts = acts(registry::SOFTWARE_PROTECTION);
    let kinds: BTreeSet<String> = acts.iter().map(|act| format!("{:?}", std::mem::discriminant(act))).collect();
    assert_eq!((acts.len(), kinds.len()), (ACTS, ACTS));
}

#[test]
fn each_generation_types_its_own_line() {
    for (column, machine) in (0..).zip(MACHINES) {
        let evidence = observed(&machine);
        for act in acts(machine.2) {
            let line = match expected(&act).0 {
                First::Everywhere(line) => line,
                First::Windows { old, new } => {
                    if matches!(machine.0, "windows-vista" | "windows-7") {
                        old
                    } else {
                        new
                    }
                }
                First::Each(lines) => lines.into_iter().nth(column).expect("a column for each machine"),
            };
            let typed = lines(act.clone(), &evidence);
            assert_eq!(typed.first().map(|typed| &*typed.line), Some(line), "{} {:?}: {act:?}", machine.0, machine.1);
        }
    }
}

#[test]
fn no_line_is_empty_and_what_changes_something_is_taken_back() {
    for machine in MACHINES {
        let evidence = observed(&machine);
        for act in acts(machine.2) {
            let typed = lines(act.clone(), &evidence);
            let place = format!("{} {:?}: {act:?}", machine.0, machine.1);
            for line in &typed {
                assert!(!line.line.trim().is_empty() && !line.line.contains('\n'), "{place}: {line:?}");
                assert!(line.undo.as_deref() != Some(""), "{place}: {line:?}");
            }
            let shells: BTreeSet<Shell> = typed.iter().map(|line| line.shell).collect();
            for shell in shells.into_iter().filter(|shell| *shell != Shell::ByHand) {
                let undone = typed.iter().any(|line| line.shell == shell && line.undo.is_some());
                assert_eq!(undone, expected(&act).1 == Undo::Has, "{place} in {shell:?}");
            }
        }
    }
}

#[test]
fn publishing_is_switched_on_by_slmgr_and_by_a_restart() {
    check(
        Act::PublishAgain(name("kms1.contoso.com")),
        &windows_10(&[]),
        &[(Shell::Cmd, "slmgr /sdns", Some("slmgr /cdns")), (Shell::Cmd, "net stop sppsvc & net start sppsvc", None)],
    );
    let typed = lines(Act::PublishAgain(name("kms1.contoso.com")), &windows_10(&[]));
    let places: Vec<_> = typed.iter().map(|line| (line.on, line.at.as_deref())).collect();
    assert_eq!(places, [(On::Host, Some("kms1.contoso.com")); 2]);
}
