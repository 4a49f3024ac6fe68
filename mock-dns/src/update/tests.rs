//! Messages cut and bent, prerequisites and changes one by one, and what stays when a zone is declared anew.

use super::apply::{apply, carry_over};
use super::*;
use crate::rcode::Rcode;
use crate::zone::Zone;

/// What nsupdate would send for a KMS host, by hand from RFC 2136 2: the zone, no prerequisite, the record set goes, a record comes.
const PUBLISHING: &[u8] = b"\x12\x34\x28\0\0\x01\0\0\0\x02\0\0\
    \x07contoso\x03com\0\0\x06\0\x01\
    \x06_vlmcs\x04_tcp\xc0\x0c\0\x21\0\xff\0\0\0\0\0\0\
    \xc0\x1d\0\x21\0\x01\0\0\x0e\x10\0\x18\0\0\0\0\x06\x98\x04kms1\x07contoso\x03com\0";

fn name(text: &str) -> DomainName {
    DomainName::parse(text).unwrap()
}

fn zone(text: &str) -> Zone {
    Zone::load(&name("contoso.com"), text).unwrap().0
}

fn record(text: &str) -> Record {
    crate::zone::text::parse_record(text, &name("contoso.com")).unwrap()
}

const SOA: &str = "@ 3600 SOA dns1 hostmaster 7 900 600 86400 900\n@ NS dns1\n";

#[test]
fn a_message_is_read() {
    let update = Update::read(PUBLISHING).unwrap();
    assert_eq!(update.changes.len(), 2);
    assert_eq!(
        update.to_string(),
        "update contoso.com: remove _vlmcs._tcp.contoso.com SRV, add _vlmcs._tcp.contoso.com SRV 0 0 1688 kms1.contoso.com"
    );
}

#[test]
fn unreadable_messages() {
    #[track_caller]
    fn check(at: usize, octet: u8, expected: &str) {
        let mut bytes = PUBLISHING.to_vec();
        bytes[at] = octet;
        assert_eq!(Update::read(&bytes).unwrap_err().to_string(), expected);
    }
    check(5, 0, "at byte 4: the count of zones is 0, not 1");
    check(26, 1, "at byte 12: the zone does not belong here");
    // The class of the first change becomes CHAOS.
    check(46, 3, "at byte 29: a change does not belong here");
    check(7, 9, "at byte 53: a prerequisite does not belong here");
    for length in 0..PUBLISHING.len() {
        assert!(Update::read(&PUBLISHING[..length]).is_err(), "cut at {length}");
    }
    for bit in 0..PUBLISHING.len() * 8 {
        let mut flipped = PUBLISHING.to_vec();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let _survived = (Update::read(&flipped), tsig::Signature::find(&flipped));
    }
}

/// A zone after an update; its records without SOA and NS, or the code.
#[track_caller]
fn check(before: &str, prerequisites: Vec<Prerequisite>, changes: Vec<Change>, expected: Result<&str, Rcode>) {
    let mut zone = zone(&format!("{SOA}{before}"));
    let all = zone.clone();
    let update = Update { zone: name("contoso.com"), prerequisites, changes };
    let applied = apply(&mut zone, &update);
    let told = applied.map(|_| {
        let rest = zone.records().iter().filter(|record| record.name != *zone.origin());
        rest.map(|record| format!("{} {} {}", record.name, record.record_type(), record.data))
            .collect::<Vec<_>>()
            .join(", ")
    });
    assert_eq!(told.as_deref(), expected.as_ref().copied());
    let soa = zone.records().iter().find(|record| record.record_type() == RecordType::SOA).unwrap();
    let counted = soa.data.to_string().contains(" 8 ");
    assert_eq!(counted, zone != all, "the serial goes up when something changes");
    assert_eq!(zone.records().iter().filter(|record| record.record_type() == RecordType::NS).count(), 1);
}

#[test]
fn prerequisites() {
    let all = "a.contoso.com A 10.0.0.1, a.contoso.com A 10.0.0.2";
    let held = |prerequisite| check("a A 10.0.0.1\na A 10.0.0.2", vec![prerequisite], vec![], Ok(all));
    let broken = |prerequisite, rcode| check("a A 10.0.0.1\na A 10.0.0.2", vec![prerequisite], vec![], Err(rcode));
    let (a, b) = (name("a.contoso.com"), name("b.contoso.com"));
    held(Prerequisite::InUse(a.clone()));
    broken(Prerequisite::InUse(b.clone()), Rcode::NXDOMAIN);
    held(Prerequisite::NotInUse(b.clone()));
    broken(Prerequisite::NotInUse(a.clone()), Rcode::YXDOMAIN);
    held(Prerequisite::SetExists(a.clone(), RecordType::A));
    broken(Prerequisite::SetExists(a.clone(), RecordType::SRV), Rcode::NXRRSET);
    held(Prerequisite::SetMissing(a.clone(), RecordType::SRV));
    broken(Prerequisite::SetMissing(a, RecordType::A), Rcode::YXRRSET);
    broken(Prerequisite::Holds(record("a A 10.0.0.1")), Rcode::NXRRSET);
    check("a A 10.0.0.1", vec![Prerequisite::Holds(record("a A 10.0.0.1"))], vec![], Ok("a.contoso.com A 10.0.0.1"));
    broken(Prerequisite::InUse(name("a.fabrikam.com")), Rcode::NOTZONE);
}

#[test]
fn changes() {
    let add = |text| Change::Add(record(text));
    let a = || name("a.contoso.com");
    check("", vec![], vec![add("a 60 A 10.0.0.1")], Ok("a.contoso.com A 10.0.0.1"));
    check("a 60 A 10.0.0.1", vec![], vec![add("a 60 A 10.0.0.1")], Ok("a.contoso.com A 10.0.0.1"));
    check("a 60 A 10.0.0.1", vec![], vec![add("a 90 A 10.0.0.1")], Ok("a.contoso.com A 10.0.0.1"));
    check("a CNAME b", vec![], vec![add("a A 10.0.0.1")], Ok("a.contoso.com CNAME b.contoso.com"));
    check("a A 10.0.0.1", vec![], vec![add("a CNAME b")], Ok("a.contoso.com A 10.0.0.1"));
    check("a CNAME b", vec![], vec![add("a CNAME c")], Ok("a.contoso.com CNAME c.contoso.com"));
    check("a A 10.0.0.1\na TXT x", vec![], vec![Change::RemoveSet(a(), RecordType::A)], Ok("a.contoso.com TXT \"x\""));
    check("a A 10.0.0.1\na TXT x", vec![], vec![Change::RemoveName(a())], Ok(""));
    let data = |text| record(text).data;
    check(
        "a A 10.0.0.1\na A 10.0.0.2",
        vec![],
        vec![Change::RemoveRecord(a(), data("a A 10.0.0.1"))],
        Ok("a.contoso.com A 10.0.0.2"),
    );
    check("", vec![], vec![Change::RemoveName(name("contoso.com"))], Ok(""));
    check("", vec![], vec![Change::RemoveSet(name("contoso.com"), RecordType::SOA)], Ok(""));
    check("", vec![], vec![Change::RemoveRecord(name("contoso.com"), data("@ NS dns1"))], Ok(""));
    check("", vec![], vec![add("a.fabrikam.com. A 10.0.0.1")], Err(Rcode::NOTZONE));
    // All or nothing: the first change alone would be fine.
    let broken = vec![add("b A 10.0.0.2"), add("a.fabrikam.com. A 10.0.0.1")];
    check("a A 10.0.0.1", vec![], broken, Err(Rcode::NOTZONE));
}

#[test]
fn what_updates_made_survives_a_new_declaration() {
    let declared = zone(&format!("{SOA}a A 10.0.0.1\nb A 10.0.0.2"));
    let mut live = declared.clone();
    let changes = vec![Change::Add(record("_vlmcs._tcp SRV 0 0 1688 a")), Change::RemoveName(name("b.contoso.com"))];
    let update = Update { zone: name("contoso.com"), prerequisites: vec![], changes };
    assert_eq!(apply(&mut live, &update), Ok(true));
    let anew = zone(&format!("{SOA}a A 10.0.0.9\nb A 10.0.0.2\nc A 10.0.0.3"));
    let carried = carry_over(&live, &declared, &anew);
    let lines: Vec<String> = carried.records().iter().skip(2).map(|record| record.data.to_string()).collect();
    assert_eq!(lines, ["10.0.0.9", "10.0.0.3", "0 0 1688 a.contoso.com"]);
    assert_eq!(carry_over(&declared, &declared, &anew), anew);
}
