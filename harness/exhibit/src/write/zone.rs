//! A zone as a DNS server exports it: `dnscmd /zoneexport`, and the text that BIND writes.
//!
//! The head of dnscmd's export, its sections and its columns from public samples (kms-behaviour 5.6); a time to live stands only where it
//! is not the zone's default. BIND's form is one record a line with absolute names (RFC 1035 5), as named-checkzone prints it.

use mock_dns::name::DomainName;
use mock_dns::record::{Record, RecordData, RecordType, Soa};
use mock_dns::zone::Zone;

/// The column in which dnscmd goes on behind an owner name.
const OWNER: usize = 24;

/// `dnscmd /zoneexport`.
#[must_use]
pub fn dnscmd(zone: &Zone) -> String {
    let origin = zone.origin();
    let start = zone.records().iter().find_map(|record| match &record.data {
        RecordData::Soa(soa) => Some(&**soa),
        RecordData::A(_)
        | RecordData::Aaaa(_)
        | RecordData::Cname(_)
        | RecordData::Mx { .. }
        | RecordData::Ns(_)
        | RecordData::Ptr(_)
        | RecordData::Srv(_)
        | RecordData::Txt(_)
        | RecordData::Other { .. } => None,
    });
    let serial = start.map_or(0, |soa| soa.serial);
    let mut text = format!(
        ";\n;  Database file {}.dns for Default zone scope in zone {origin}.\n;      Zone version:  {serial}\n;\n\n",
        file_stem(origin)
    );
    if let Some(soa) = start {
        text.push_str(&start_of_authority(soa));
    }
    let default = start.map(|soa| soa.minimum);
    let is_own_server = |record: &Record| record.record_type() == RecordType::NS && record.name == *origin;
    let mut section = |title: &str, wanted: &dyn Fn(&Record) -> bool| {
        text.push_str(&format!("\n;\n;  {title}\n;\n\n"));
        // An owner name is not repeated: dnscmd leaves the column empty in the lines that follow.
        let mut last: Option<&DomainName> = None;
        for record in zone.records().iter().filter(|record| wanted(record)) {
            let owner = if last == Some(&record.name) { String::new() } else { relative(&record.name, origin) };
            last = Some(&record.name);
            text.push_str(&line(&owner, record, default));
        }
    };
    section("Zone NS records", &is_own_server);
    section("Zone records", &|record| !is_own_server(record) && record.record_type() != RecordType::SOA);
    text
}

/// A record of an export: owner, time to live where it is not the default, type, data.
fn line(owner: &str, record: &Record, default: Option<u32>) -> String {
    let ttl = if default == Some(record.ttl) { String::new() } else { format!("{}\t", record.ttl) };
    // A record's own text begins with owner, time to live and class.
    let whole = record.to_string();
    let rest = whole.splitn(4, ' ').nth(3).unwrap_or_default();
    let (kind, data) = rest.split_once(' ').unwrap_or((rest, ""));
    // Of an SRV record the numbers and the target stand in columns of their own.
    let data = match data.rsplit_once(' ') {
        Some((numbers, target)) if record.record_type() == RecordType::SRV => format!("{numbers}\t{target}"),
        _ => data.to_owned(),
    };
    format!("{owner:OWNER$}{ttl}{kind}\t{data}\n")
}

fn start_of_authority(soa: &Soa) -> String {
    let indent = format!("{}\t\t", " ".repeat(OWNER));
    let value = |number: u32, end: &str, what: &str| format!("{indent}{number:<13}{end}; {what}\n");
    [
        format!("{:OWNER$}IN  SOA {} {} (\n", "@", soa.primary.absolute(), soa.mailbox.absolute()),
        value(soa.serial, "", "serial number"),
        value(soa.refresh, "", "refresh"),
        value(soa.retry, "", "retry"),
        value(soa.expire, "", "expire"),
        format!("{indent}{:<11}) ; default TTL\n", soa.minimum),
    ]
    .concat()
}

/// A name as it stands in the zone of an origin.
fn relative(name: &DomainName, origin: &DomainName) -> String {
    if name == origin {
        return "@".to_owned();
    }
    let whole = name.absolute();
    let end = if origin.is_root() { ".".to_owned() } else { format!(".{}", origin.absolute()) };
    let cut = whole.len().saturating_sub(end.len());
    match (name.is_within(origin), whole.get(..cut)) {
        (true, Some(front)) if !front.is_empty() => front.to_owned(),
        _ => whole,
    }
}

/// The zone as BIND writes it.
#[must_use]
pub fn bind(zone: &Zone) -> String {
    zone.records().iter().map(|record| format!("{record}\n")).collect()
}

/// The name of a zone as a file may have it on any system; no file leaves its folder.
#[must_use]
pub fn file_stem(origin: &DomainName) -> String {
    let text = origin.to_string();
    let safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    let stem: String = text.chars().map(|c| if safe(c) { c } else { '_' }).collect();
    let stem = stem.trim_matches('.');
    if stem.is_empty() { "root".to_owned() } else { stem.to_lowercase() }
}

#[cfg(test)]
mod tests {
    use mock_dns::name::DomainName;
    use mock_dns::zone::Zone;

    use super::{bind, dnscmd, file_stem};

    const TEXT: &str = "$TTL 3600\n@ IN SOA dns1 hostmaster 7 900 600 86400 900\n@ 900 IN NS dns1\ndns1 900 IN A 10.0.0.53\n_vlmcs._tcp IN SRV 0 0 1688 kms1\n_vlmcs._tcp IN SRV 1 2 1689 kms2.fabrikam.com.\n";

    fn zone() -> Zone {
        let origin = DomainName::parse("contoso.com").unwrap();
        Zone::load(&origin, TEXT).unwrap().0
    }

    #[test]
    fn dnscmd_exports_as_samples_show_it() {
        let expected = "\
;
;  Database file contoso.com.dns for Default zone scope in zone contoso.com.
;      Zone version:  7
;

@                       IN  SOA dns1.contoso.com. hostmaster.contoso.com. (
                        \t\t7            ; serial number
                        \t\t900          ; refresh
                        \t\t600          ; retry
                        \t\t86400        ; expire
                        \t\t900        ) ; default TTL

;
;  Zone NS records
;

@                       NS\tdns1.contoso.com.

;
;  Zone records
;

dns1                    A\t10.0.0.53
_vlmcs._tcp             3600\tSRV\t0 0 1688\tkms1.contoso.com.
                        3600\tSRV\t1 2 1689\tkms2.fabrikam.com.
";
        assert_eq!(dnscmd(&zone()), expected);
    }

    #[test]
    fn bind_writes_what_a_server_loads_again() {
        let text = bind(&zone());
        assert!(text.contains("_vlmcs._tcp.contoso.com. 3600 IN SRV 0 0 1688 kms1.contoso.com.\n"), "{text}");
        let again = Zone::load(&DomainName::parse("contoso.com").unwrap(), &text).unwrap().0;
        assert_eq!(again, zone());
    }

    #[test]
    fn no_zone_names_a_file_elsewhere() {
        let check = |origin: &str, expected: &str| assert_eq!(file_stem(&DomainName::parse(origin).unwrap()), expected);
        check("Contoso.com", "contoso.com");
        check(".", "root");
        check(r"a\/b.com", "a_b.com");
    }
}
