//! Tests of the zone text reader: what is read, what is refused and where, what only deserves a second look.

use super::*;
use crate::zone::Zone;

fn contoso() -> DomainName {
    DomainName::parse("contoso.com").unwrap()
}

#[track_caller]
fn check(text: &str, expected: &str) {
    let shown = match read(text, Some(&contoso()), &TextLimits::default()) {
        Ok(found) => {
            let records = found.records.iter().map(ToString::to_string);
            let warnings = found.warnings.iter().map(|warning| format!("warning: {warning}"));
            records.chain(warnings).collect::<Vec<_>>().join("\n")
        }
        Err(problems) => problems.to_string(),
    };
    assert_eq!(shown, expected);
}

#[test]
fn the_usual_zone() {
    let text = "$TTL 1h
@   IN SOA dns1 hostmaster ( 7 ; serial
        15m 10m 1d 60 )
    IN NS  dns1
dns1   A     10.0.0.1
kms1 300 IN A 10.0.0.5
       AAAA  fd00::5
_vlmcs._tcp IN 60 SRV 0 0 1688 kms1
www    CNAME kms1
@      MX    10 mail.fabrikam.com.
       TXT   \"v=1 ; x\" plain\\032text
5.0    PTR   kms1.contoso.com.
$ORIGIN child.contoso.com.
kms2   A     10.0.0.6
";
    check(
        text,
        "contoso.com. 3600 IN SOA dns1.contoso.com. hostmaster.contoso.com. 7 900 600 86400 60
contoso.com. 3600 IN NS dns1.contoso.com.
dns1.contoso.com. 3600 IN A 10.0.0.1
kms1.contoso.com. 300 IN A 10.0.0.5
kms1.contoso.com. 3600 IN AAAA fd00::5
_vlmcs._tcp.contoso.com. 60 IN SRV 0 0 1688 kms1.contoso.com.
www.contoso.com. 3600 IN CNAME kms1.contoso.com.
contoso.com. 3600 IN MX 10 mail.fabrikam.com.
contoso.com. 3600 IN TXT \"v=1 ; x\" \"plain text\"
5.0.contoso.com. 3600 IN PTR kms1.contoso.com.
kms2.child.contoso.com. 3600 IN A 10.0.0.6",
    );
}

#[test]
fn a_ttl_comes_from_the_line_the_directive_the_line_before_or_the_soa() {
    check("a A 10.0.0.1", "a.contoso.com. 3600 IN A 10.0.0.1");
    check(
        "@ SOA a b 1 2 3 4 1m\na A 10.0.0.1\nb 2w1d A 10.0.0.1\nc A 10.0.0.1",
        "contoso.com. 60 IN SOA a.contoso.com. b.contoso.com. 1 2 3 4 60
a.contoso.com. 60 IN A 10.0.0.1
b.contoso.com. 1296000 IN A 10.0.0.1
c.contoso.com. 1296000 IN A 10.0.0.1",
    );
}

#[test]
fn several_problems_at_once_each_with_place_and_hint() {
    check(
        "kms1 IN SVR 0 0 1688 a\nkms2 A 10.0.0.256\n  A 10.0.0.1 10.0.0.2\n_vlmcs._tcp SRV 0 0 168800 kms1\n\
         x SRV 0 0\n$INCLUDE /etc/passwd\n$GENERATE 1-9 a A 10.0.0.1\n$TTTL 5\na CH A 10.0.0.1\na 99999999999 A 10.0.0.1",
        "line 1, column 9: `SVR` is no record type that is served here (did you mean SRV?)
line 2, column 8: an IPv4 address is wanted, not `10.0.0.256`
line 3, column 14: `10.0.0.2` is too much: the record ends before it (a text with blanks stands in quotes, a comment starts with `;`)
line 4, column 21: the port is a number from 0 to 65535, not `168800` (SRV is: priority weight port target)
line 5, column 10: the port is missing
line 6, column 1: $INCLUDE is not allowed: a zone text must not read other files (put the records of the other file here)
line 7, column 1: $GENERATE is not allowed: every record of a test must be seen in its text (write the records out)
line 8, column 1: `$TTTL` is no directive (one of: $ORIGIN, $TTL)
line 9, column 3: only class IN is served, not CH
line 10, column 3: the TTL is seconds or a time such as 1h30m up to 2147483647 seconds, not `99999999999`",
    );
}

#[test]
fn names_that_cannot_be() {
    check(
        "  A 10.0.0.1",
        "line 1, column 3: the line starts with a blank, so it belongs to the owner before it, and there is none",
    );
    check("a..b A 10.0.0.1", "line 1, column 1: the owner: a label is empty: two dots in a row, or a dot at the start");
    check(
        "a.fabrikam.com. A 10.0.0.1",
        "line 1, column 1: a.fabrikam.com is not in the zone contoso.com (give it a zone of its own)",
    );
}

#[test]
fn deliberately_wrong_zones_load_and_slips_are_warned_of() {
    check(
        "_vlmcs._tcp SRV 0 0 1688 kms1.contoso.com\nx SRV 0 0 1688 10.0.0.5\nx CNAME x\nx A 10.0.0.1\nx A 10.0.0.1",
        "_vlmcs._tcp.contoso.com. 3600 IN SRV 0 0 1688 kms1.contoso.com.contoso.com.
x.contoso.com. 3600 IN SRV 0 0 1688 10.0.0.5.contoso.com.
x.contoso.com. 3600 IN CNAME x.contoso.com.
x.contoso.com. 3600 IN A 10.0.0.1
x.contoso.com. 3600 IN A 10.0.0.1
warning: line 1, column 26: without a final dot this means kms1.contoso.com.contoso.com
warning: line 2, column 16: an IP address stands where a name belongs",
    );
}

#[test]
fn the_zone_is_named_by_the_soa_or_the_first_origin() {
    #[track_caller]
    fn check(text: &str, expected: Result<&str, &str>) {
        let found = read(text, None, &TextLimits::default());
        let found = found.map(|zone| zone.origin.to_string()).map_err(|problems| problems.to_string());
        assert_eq!(found, expected.map(str::to_owned).map_err(str::to_owned));
    }
    check("$ORIGIN com.\n$ORIGIN contoso.com.\n@ 1 SOA a b 1 1 1 1 1", Ok("contoso.com"));
    check("$ORIGIN contoso.com.\n@ 1 A 10.0.0.1\n$ORIGIN a.contoso.com.\n@ 1 A 10.0.0.1", Ok("contoso.com"));
    check(
        "a.contoso.com. 1 A 10.0.0.1",
        Err(
            "line 1, column 1: nothing says which zone this is (add a SOA record, or `$ORIGIN contoso.com.` at the top)",
        ),
    );
    check(
        "a 1 A 10.0.0.1",
        Err(
            "line 1, column 1: the name is relative and no $ORIGIN is known here (end the name with a dot, or put `$ORIGIN contoso.com.` at the top)",
        ),
    );
}

#[test]
fn sizes_are_bounded() {
    let many: String = (0..101).map(|n| format!("kms 1 A 10.0.0.{n}\n")).collect();
    check(
        &many,
        "line 101, column 1: kms.contoso.com has more than 100 A records (BIND stops at 100 too; a test that needs more says so with its own limit)",
    );
    check(&" ".repeat((1 << 20) + 1), "line 1, column 1: the text has 1048577 octets, 1048576 is the most");
    let rubbish = "? ".repeat(100_000) + &"?\n".repeat(1000);
    let problems = read(&rubbish, Some(&contoso()), &TextLimits::default()).unwrap_err();
    assert_eq!(problems.0.len(), MAX_PROBLEMS);
}

#[test]
fn one_record() {
    let line = "_vlmcs._tcp.contoso.com. 3600 IN SRV 0 0 1688 kms1.contoso.com.";
    assert_eq!(parse_record(line, &contoso()).unwrap().to_string(), line);
    let problem = |line| parse_record(line, &contoso()).unwrap_err().to_string();
    assert_eq!(problem(""), "line 1, column 1: the record is missing");
    assert_eq!(problem("; nothing"), "line 1, column 1: the record is missing");
    assert!(problem("a A 10.0.0.1\nb A 10.0.0.1").contains("a second record"));
}

#[test]
fn what_is_printed_is_read_back() {
    let text = "@ 60 SOA dns1 hostmaster 1 2 3 4 5\n_vlmcs._tcp SRV 0 0 1688 kms1\nkms1 A 10.0.0.5\n\
                a\\032b\\.c TXT \"\\000\\255;\\\"\\\\ ok\" \"\"\nx 1h30m MX 5 .\n* AAAA ::1\n\\@ NS \\$a\\(b.";
    let zone = Zone::load(&contoso(), text).unwrap().0;
    assert_eq!(zone.records().len(), 7);
    let again = Zone::load(&contoso(), &zone.to_string()).unwrap().0;
    assert_eq!(again, zone);
    assert_eq!(again.to_string(), zone.to_string());
}
