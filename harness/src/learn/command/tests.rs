//! Lines as people type them, and what they are taken for.

use mock_dns::record::RecordType;

use super::{Act, Command, Look, Permit, Trouble, ZoneAct, read};
use crate::learn::typed::words;
use crate::scenario::Action;

fn parse(line: &str) -> Result<Command, Trouble> {
    read(&words(line))
}

#[track_caller]
fn looks(line: &str, expected: Look) {
    assert_eq!(parse(line), Ok(Command::Look(expected)), "{line}");
}

#[track_caller]
fn acts(line: &str, expected: Act) {
    assert_eq!(parse(line), Ok(Command::Act(expected)), "{line}");
}

#[test]
fn slmgr_in_all_its_spellings() {
    acts("slmgr /ato", Act::Client(Action::Activate));
    acts("slmgr.vbs -ato", Act::Client(Action::Activate));
    acts(
        r"cscript //nologo C:\Windows\System32\slmgr.vbs /skms kms1:1688",
        Act::Client(Action::Skms("kms1:1688".to_owned())),
    );
    looks("SLMGR /DLV", Look::Licence);
    assert!(matches!(parse("slmgr /skms"), Err(Trouble::Usage(_))));
    // A product key is never read, only the words for its kind.
    assert!(matches!(parse("slmgr /ipk AAAAA-BBBBB-CCCCC-DDDDD-EEEEE"), Err(Trouble::Usage(_))));
}

#[test]
fn nslookup_with_types_and_server() {
    let name = "_vlmcs._tcp.contoso.com".to_owned();
    let kind = Some(RecordType::SRV);
    looks("nslookup -type=srv _vlmcs._tcp.contoso.com", Look::Nslookup { name: name.clone(), kind, server: None });
    looks(
        "nslookup -q=SRV _vlmcs._tcp.contoso.com 10.0.0.53",
        Look::Nslookup { name: name.clone(), kind, server: Some("10.0.0.53".to_owned()) },
    );
    looks(
        "nslookup -type=all _vlmcs._tcp.contoso.com",
        Look::Nslookup { name, kind: Some(RecordType::ANY), server: None },
    );
}

#[test]
fn records_are_lines_of_the_zone() {
    let zone = || super::domain("contoso.com").expect("a name");
    let line = "_vlmcs._tcp 3600 IN SRV 0 0 1688 kms1.contoso.com.".to_owned();
    acts(
        "dnscmd 10.0.0.53 /recordadd contoso.com _vlmcs._tcp 3600 SRV 0 0 1688 kms1.contoso.com.",
        Act::Zone(ZoneAct::RecordAdd { zone: zone(), line: line.clone() }),
    );
    acts(
        "Add-DnsServerResourceRecord -ZoneName contoso.com -Name _vlmcs._tcp -Srv -DomainName kms1.contoso.com. -Priority 0 -Weight 0 -Port 1688",
        Act::Zone(ZoneAct::RecordAdd { zone: zone(), line }),
    );
    acts(
        "dnscmd /recorddelete contoso.com _vmlcs._tcp SRV /f",
        Act::Zone(ZoneAct::RecordRemove {
            zone: zone(),
            node: "_vmlcs._tcp".to_owned(),
            kind: RecordType::SRV,
            data: None,
        }),
    );
    acts("dnscmd /config contoso.com /allowupdate 1", Act::AllowUpdate(1));
}

#[test]
fn rules_say_what_they_open() {
    let one = Permit { inbound: true, tcp: Some(true), port: Some(1688), to: None };
    acts(
        "netsh advfirewall firewall set rule group=\"Key Management Service\" new enable=yes",
        Act::Permit(one.clone()),
    );
    acts(
        "netsh advfirewall firewall add rule name=\"KMS in\" dir=in action=allow protocol=TCP localport=1688",
        Act::Permit(one.clone()),
    );
    acts(
        "New-NetFirewallRule -DisplayName KMS -Direction Inbound -Protocol TCP -LocalPort 1688 -Action Allow",
        Act::Permit(one),
    );
    let all = Permit { inbound: true, tcp: None, port: None, to: None };
    acts("netsh advfirewall firewall add rule name=x dir=in action=allow protocol=any", Act::Permit(all));
    acts("netsh advfirewall set allprofiles state off", Act::FirewallOff);
}

#[test]
fn what_is_not_understood_says_what_is_near() {
    assert_eq!(parse("nslokup x"), Err(Trouble::Unknown(Some("nslookup"))));
    assert_eq!(parse("frobnicate"), Err(Trouble::Unknown(None)));
    assert!(matches!(parse("ipconfig /renew"), Err(Trouble::Usage(_))));
    assert_eq!(parse("test-netconection kms1 -Port 1688"), Err(Trouble::Unknown(Some("test-netconnection"))));
}
