//! Resource records as data: a closed list of the types that matter around a KMS host, everything else as raw octets.
//!
//! Zone, answer, journal and the client's decoder share these types, so that a record reads the same wherever it is printed.
//! It stands apart from the zone because a client has records but no zone. Nothing here looks a record up.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use crate::name::DomainName;

/// The longest TTL in seconds (RFC 2181 8: 31 bits).
pub const MAX_TTL: u32 = 0x7FFF_FFFF;

/// A record type as it stands on the wire (RFC 1035 3.2.2, RFC 2782, RFC 3596).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordType(pub u16);

impl RecordType {
    /// An IPv4 address.
    pub const A: Self = Self(1);
    /// A name server.
    pub const NS: Self = Self(2);
    /// The true name of an alias.
    pub const CNAME: Self = Self(5);
    /// The start of a zone of authority.
    pub const SOA: Self = Self(6);
    /// A name for an address.
    pub const PTR: Self = Self(12);
    /// A mail exchange.
    pub const MX: Self = Self(15);
    /// Text.
    pub const TXT: Self = Self(16);
    /// An IPv6 address.
    pub const AAAA: Self = Self(28);
    /// The place of a service: priority, weight, port, target.
    pub const SRV: Self = Self(33);
    /// The pseudo-record of EDNS (RFC 6891).
    pub const OPT: Self = Self(41);
    /// Delegation signer: the one type that the parent answers at a cut (RFC 4035 3.1.4.1).
    pub const DS: Self = Self(43);
    /// Incremental zone transfer.
    pub const IXFR: Self = Self(251);
    /// Zone transfer.
    pub const AXFR: Self = Self(252);
    /// Every type at a name.
    pub const ANY: Self = Self(255);

    /// Types that have a name here; the first nine can stand in a zone text.
    const NAMES: [(Self, &'static str); 14] = [
        (Self::A, "A"),
        (Self::AAAA, "AAAA"),
        (Self::CNAME, "CNAME"),
        (Self::MX, "MX"),
        (Self::NS, "NS"),
        (Self::PTR, "PTR"),
        (Self::SOA, "SOA"),
        (Self::SRV, "SRV"),
        (Self::TXT, "TXT"),
        (Self::OPT, "OPT"),
        (Self::DS, "DS"),
        (Self::IXFR, "IXFR"),
        (Self::AXFR, "AXFR"),
        (Self::ANY, "ANY"),
    ];

    /// The words of the types that a zone can hold.
    #[must_use]
    pub fn zone_words() -> [&'static str; 9] {
        ["A", "AAAA", "CNAME", "MX", "NS", "PTR", "SOA", "SRV", "TXT"]
    }

    /// The word that is probably meant by `word`; `SVR` has all letters of `SRV`, which no measure of similarity sees.
    #[must_use]
    pub fn nearest_word(word: &str) -> Option<&'static str> {
        let sorted = |word: &str| {
            let mut letters = word.to_ascii_uppercase().into_bytes();
            letters.sort_unstable();
            letters
        };
        let words = Self::zone_words();
        let swapped = words.into_iter().find(|known| sorted(known) == sorted(word));
        swapped.or_else(|| notation::problem::nearest(&word.to_ascii_uppercase(), &words))
    }

    /// Reads `SRV`, in any case, or `TYPE33` (RFC 3597 5).
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        let named = Self::NAMES.iter().find(|(_, name)| name.eq_ignore_ascii_case(word)).map(|(code, _)| *code);
        named.or_else(|| {
            let (head, number) = word.split_at_checked(4)?;
            head.eq_ignore_ascii_case("TYPE").then(|| number.parse().ok().map(Self))?
        })
    }
}

impl fmt::Display for RecordType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Self::NAMES.iter().find(|(code, _)| code == self) {
            Some((_, name)) => f.write_str(name),
            None => write!(f, "TYPE{}", self.0),
        }
    }
}

impl fmt::Debug for RecordType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

notation::text_format!(
    RecordType,
    "a record type, e.g. SRV",
    |text| RecordType::parse(text).ok_or_else(|| {
        let all = || format!("one of: {}", RecordType::zone_words().join(", "));
        let hint = RecordType::nearest_word(text).map_or_else(all, |near| format!("did you mean {near}?"));
        format!("`{}` is no record type; {hint}", text.escape_debug())
    }),
    RecordType::to_string
);

/// A record of class IN.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The owner.
    pub name: DomainName,
    /// Seconds, at most [`MAX_TTL`].
    pub ttl: u32,
    /// Type and content.
    pub data: RecordData,
}

impl Record {
    /// Its type.
    #[must_use]
    pub fn record_type(&self) -> RecordType {
        self.data.record_type()
    }
}

/// As one line of a zone text, absolute: `kms1.contoso.com. 3600 IN A 10.0.0.5`.
impl fmt::Display for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} IN {} ", self.name.absolute(), self.ttl, self.record_type())?;
        self.data.write(f, true)
    }
}

/// The place of a service (RFC 2782).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Srv {
    /// Lower is tried first.
    pub priority: u16,
    /// Share among those of equal priority.
    pub weight: u16,
    /// The port of the service.
    pub port: u16,
    /// The host; `.` says that the service is decidedly not available.
    pub target: DomainName,
}

/// The start of a zone of authority (RFC 1035 3.3.13); all times in seconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Soa {
    /// The primary server, to which updates go.
    pub primary: DomainName,
    /// The mailbox of the responsible person, as a name.
    pub mailbox: DomainName,
    /// The version of the zone.
    pub serial: u32,
    /// How often a secondary asks.
    pub refresh: u32,
    /// How soon it asks again after a failure.
    pub retry: u32,
    /// When it stops to answer.
    pub expire: u32,
    /// The TTL of "does not exist" (RFC 2308 4), bounded by the SOA's own.
    pub minimum: u32,
}

/// Type and content of a record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordData {
    /// An IPv4 address.
    A(Ipv4Addr),
    /// An IPv6 address.
    Aaaa(Ipv6Addr),
    /// The true name of an alias.
    Cname(DomainName),
    /// A mail exchange.
    Mx {
        /// Lower is tried first.
        preference: u16,
        /// The host.
        exchange: DomainName,
    },
    /// A name server.
    Ns(DomainName),
    /// A name for an address.
    Ptr(DomainName),
    /// The start of a zone of authority.
    Soa(Box<Soa>),
    /// The place of a service.
    Srv(Srv),
    /// Texts of at most 255 octets each.
    Txt(Vec<Vec<u8>>),
    /// A type outside this list, as it came.
    Other {
        /// Its type.
        record_type: RecordType,
        /// Its content.
        bytes: Vec<u8>,
    },
}

impl RecordData {
    /// The type on the wire.
    #[must_use]
    pub fn record_type(&self) -> RecordType {
        match self {
            Self::A(_) => RecordType::A,
            Self::Aaaa(_) => RecordType::AAAA,
            Self::Cname(_) => RecordType::CNAME,
            Self::Mx { .. } => RecordType::MX,
            Self::Ns(_) => RecordType::NS,
            Self::Ptr(_) => RecordType::PTR,
            Self::Soa(_) => RecordType::SOA,
            Self::Srv(_) => RecordType::SRV,
            Self::Txt(_) => RecordType::TXT,
            Self::Other { record_type, .. } => *record_type,
        }
    }

    /// The name that a server looks up for the additional section, or that an alias leads to.
    #[must_use]
    pub fn target(&self) -> Option<&DomainName> {
        match self {
            Self::Cname(name) | Self::Ns(name) | Self::Ptr(name) | Self::Mx { exchange: name, .. } => Some(name),
            Self::Srv(srv) => Some(&srv.target),
            Self::A(_) | Self::Aaaa(_) | Self::Soa(_) | Self::Txt(_) | Self::Other { .. } => None,
        }
    }

    /// The uncompressed wire form without its length.
    #[must_use]
    pub fn to_wire(&self) -> Vec<u8> {
        match self {
            Self::A(address) => address.octets().to_vec(),
            Self::Aaaa(address) => address.octets().to_vec(),
            Self::Cname(name) | Self::Ns(name) | Self::Ptr(name) => name.as_wire().to_vec(),
            Self::Mx { preference, exchange } => [&preference.to_be_bytes()[..], exchange.as_wire()].concat(),
            Self::Soa(soa) => {
                let mut wire = [soa.primary.as_wire(), soa.mailbox.as_wire()].concat();
                for number in [soa.serial, soa.refresh, soa.retry, soa.expire, soa.minimum] {
                    wire.extend_from_slice(&number.to_be_bytes());
                }
                wire
            }
            Self::Srv(srv) => {
                let mut wire = Vec::new();
                for number in [srv.priority, srv.weight, srv.port] {
                    wire.extend_from_slice(&number.to_be_bytes());
                }
                wire.extend_from_slice(srv.target.as_wire());
                wire
            }
            Self::Txt(texts) => {
                let mut wire = Vec::new();
                for text in texts {
                    // The loader refuses longer texts; what was built by hand is cut at the limit of the format.
                    let length = u8::try_from(text.len()).unwrap_or(u8::MAX);
                    wire.push(length);
                    wire.extend(text.iter().take(usize::from(length)));
                }
                wire
            }
            Self::Other { bytes, .. } => bytes.clone(),
        }
    }

    /// Writes the content; `absolute` puts the final dot behind names, as a zone text needs it.
    fn write(&self, f: &mut fmt::Formatter<'_>, absolute: bool) -> fmt::Result {
        let dotted = |name: &DomainName| if absolute { name.absolute() } else { name.to_string() };
        match self {
            Self::A(address) => write!(f, "{address}"),
            Self::Aaaa(address) => write!(f, "{address}"),
            Self::Cname(name) | Self::Ns(name) | Self::Ptr(name) => f.write_str(&dotted(name)),
            Self::Mx { preference, exchange } => write!(f, "{preference} {}", dotted(exchange)),
            Self::Soa(soa) => {
                let Soa { serial, refresh, retry, expire, minimum, .. } = **soa;
                write!(f, "{} {} ", dotted(&soa.primary), dotted(&soa.mailbox))?;
                write!(f, "{serial} {refresh} {retry} {expire} {minimum}")
            }
            Self::Srv(srv) => write!(f, "{} {} {} {}", srv.priority, srv.weight, srv.port, dotted(&srv.target)),
            Self::Txt(texts) => {
                for (position, text) in texts.iter().enumerate() {
                    if position > 0 {
                        f.write_str(" ")?;
                    }
                    write_quoted(f, text)?;
                }
                Ok(())
            }
            Self::Other { bytes, .. } => {
                // RFC 3597 5, the form of unknown types.
                write!(f, "\\# {}", bytes.len())?;
                bytes.iter().try_for_each(|octet| write!(f, " {octet:02x}"))
            }
        }
    }
}

/// The content without its type: `0 0 1688 kms1.contoso.com`. Safe to print: foreign octets are escaped.
impl fmt::Display for RecordData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, false)
    }
}

fn write_quoted(f: &mut fmt::Formatter<'_>, text: &[u8]) -> fmt::Result {
    f.write_str("\"")?;
    for &octet in text {
        match octet {
            b'"' | b'\\' => write!(f, "\\{}", char::from(octet))?,
            0x20..=0x7E => write!(f, "{}", char::from(octet))?,
            _ => write!(f, "\\{octet:03}")?,
        }
    }
    f.write_str("\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(data: &RecordData, text: &str, wire: &[u8]) {
        assert_eq!(format!("{} {data}", data.record_type()), text);
        assert_eq!(data.to_wire(), wire);
    }

    #[test]
    fn text_and_wire() {
        let kms1 = DomainName::parse("kms1.contoso.com").unwrap();
        check(&RecordData::A(Ipv4Addr::new(10, 0, 0, 5)), "A 10.0.0.5", &[10, 0, 0, 5]);
        let srv = Srv { priority: 1, weight: 2, port: 1688, target: kms1.clone() };
        // RFC 2782: priority, weight, port (1688 = 0x0698), target.
        check(
            &RecordData::Srv(srv),
            "SRV 1 2 1688 kms1.contoso.com",
            b"\0\x01\0\x02\x06\x98\x04kms1\x07contoso\x03com\0",
        );
        check(
            &RecordData::Mx { preference: 10, exchange: kms1 },
            "MX 10 kms1.contoso.com",
            b"\0\x0a\x04kms1\x07contoso\x03com\0",
        );
        let text = RecordData::Txt(vec![b"a\x1b\"".to_vec(), Vec::new()]);
        check(&text, r#"TXT "a\027\"" """#, b"\x03a\x1b\"\0");
        let other = RecordData::Other { record_type: RecordType(257), bytes: vec![1, 0xAB] };
        check(&other, r"TYPE257 \# 2 01 ab", &[1, 0xAB]);
    }

    #[test]
    fn types_have_words() {
        assert_eq!(RecordType::parse("srv"), Some(RecordType::SRV));
        assert_eq!(RecordType::parse("TYPE257"), Some(RecordType(257)));
        assert_eq!(RecordType::parse("TYPE70000"), None);
        assert_eq!(RecordType::parse("SVR"), None);
        assert_eq!(RecordType::parse("é33"), None);
    }
}
