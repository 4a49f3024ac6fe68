//! The pieces of a line that look the same in every tool and language: label and value, addresses, codes, GUIDs, host and port.
//!
//! It stands apart because these are what is left when nobody knows the words. A piece is found or it is not; nothing is mended.

use std::net::{IpAddr, Ipv6Addr};

use double::WallTime;
use mock_dns::name::DomainName;
use mock_kms::wire::{Guid, Hresult};

/// The digits of an HRESULT.
const CODE_DIGITS: usize = 8;
/// The characters of a GUID as text.
const GUID_LENGTH: usize = 36;

/// Label and value of `label . . . . : value`, also where the value is missing. The label comes without its dots.
pub(super) fn labelled(line: &str) -> Option<(&str, &str)> {
    let (label, value) = line.split_once(':')?;
    let label = label.trim().trim_end_matches([' ', '.']);
    (!label.is_empty()).then_some((label, value.trim()))
}

/// Whether a row of dots leads from the label to the colon, as in `ipconfig`.
pub(super) fn has_leader(line: &str) -> bool {
    line.split_once(':').is_some_and(|(label, _)| label.contains(". .") || label.trim_end().ends_with(" ."))
}

/// An address, without the zone of a link-local one and without words in parentheses behind it.
pub(super) fn address(text: &str) -> Option<IpAddr> {
    let bare = text.split(['(', '%', ' ', '\t']).next().unwrap_or_default();
    let bare = bare.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).unwrap_or(bare);
    bare.parse().ok().or_else(|| bare.parse::<Ipv6Addr>().ok().map(IpAddr::V6))
}

/// The first address among the words of a line, whatever punctuation stands around it.
pub(super) fn address_in(line: &str) -> Option<IpAddr> {
    // In Korean a particle follows without a blank.
    let apart = |c: char| {
        c.is_whitespace() || !c.is_ascii() || matches!(c, '[' | ']' | '(' | ')' | ',' | ';' | '<' | '>' | '=')
    };
    let mut words = line.split(apart);
    words.find_map(|word| address(word.trim_end_matches(['.', ':'])))
}

/// A domain name with at least one label.
pub(super) fn domain(text: &str) -> Option<DomainName> {
    DomainName::parse(text).ok().filter(|name| !name.is_root())
}

/// The first HRESULT of a line: `0x` and eight digits.
pub(super) fn code(line: &str) -> Option<Hresult> {
    codes(line).next()
}

/// All of them.
pub(super) fn codes(line: &str) -> impl Iterator<Item = Hresult> + '_ {
    line.match_indices("0x").chain(line.match_indices("0X")).filter_map(|(at, _)| {
        let digits = line.get(at + 2..at + 2 + CODE_DIGITS)?;
        let ends =
            !line.get(at + 2 + CODE_DIGITS..).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_hexdigit()));
        format!("0x{digits}").parse().ok().filter(|_| ends)
    })
}

/// A number as `0x` with up to eight digits, or decimal.
pub(super) fn number(text: &str) -> Option<u32> {
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => u32::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

/// The first number of a line.
pub(super) fn number_in(line: &str) -> Option<u64> {
    let start = line.find(|c: char| c.is_ascii_digit())?;
    let digits = line.get(start..)?;
    let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    digits.get(..end)?.parse().ok()
}

/// The first GUID of a line, and where it begins.
pub(super) fn guid(line: &str) -> Option<(usize, Guid)> {
    line.match_indices('-').find_map(|(dash, _)| {
        let at = dash.checked_sub(8)?;
        line.get(at..at + GUID_LENGTH)?.parse().ok().map(|guid| (at, guid))
    })
}

/// `host:port`, the host a name, an address, or an address in brackets.
pub(super) fn host_port(text: &str) -> Option<(&str, u16)> {
    let (host, port) = text.trim().rsplit_once(':')?;
    let port = port.parse().ok()?;
    let plain = !host.is_empty() && !host.contains(char::is_whitespace);
    plain.then_some((host, port))
}

/// A time that can be read without knowing the country: `2026-03-02T09:00:00.123Z`, `2026/03/02 09:00`. What follows the
/// seconds is not kept.
pub(super) fn time(text: &str) -> Option<WallTime> {
    let mut parts = text.split(['-', '/', 'T', ' ', ':', '.', 'Z']).map(str::parse::<u64>);
    let mut next = || parts.next()?.ok();
    let (year, month, day) = (next()?, next()?, next()?);
    let (hour, minute) = (next()?, next()?);
    let second = next().unwrap_or(0);
    let in_range = year >= 1601 && hour < 24 && minute < 60 && second < 60;
    in_range.then(|| WallTime::from_civil(year, month, day, hour * 3600 + minute * 60 + second)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_and_values() {
        let check = |line: &str, expected| assert_eq!(labelled(line), expected, "{line}");
        check("   Host Name . . . . . . . . . . . . : PC7", Some(("Host Name", "PC7")));
        check("   주 DNS 접미사 . . . . . . . :", Some(("주 DNS 접미사", "")));
        check(
            "   Verbindungsspezifisches DNS-Suffix: contoso.com",
            Some(("Verbindungsspezifisches DNS-Suffix", "contoso.com")),
        );
        check("no colon", None);
        check(" : value", None);
    }

    #[test]
    fn addresses_lose_what_stands_around_them() {
        let check = |text: &str, expected: &str| {
            assert_eq!(address(text).map(|address| address.to_string()).unwrap_or_default(), expected, "{text}");
        };
        check("10.0.0.107(Preferred)", "10.0.0.107");
        check("fe80::1%5(기본 설정)", "fe80::1");
        check("10.0.0.107", "10.0.0.107");
        check("contoso.com", "");
        check("10.0.0", "");
        assert_eq!(address_in("Reply from 10.0.0.53: bytes=32").map(|a| a.to_string()).as_deref(), Some("10.0.0.53"));
        assert_eq!(address_in("Pinging dns1 [fd00::53] with").map(|a| a.to_string()).as_deref(), Some("fd00::53"));
    }

    #[test]
    fn codes_and_guids_are_found_in_any_sentence() {
        assert_eq!(code("오류: 0xC004F074 소프트웨어").map(|c| c.0), Some(0xC004_F074));
        assert_eq!(code("run 'slui.exe 0x2a 0x8007232B'").map(|c| c.0), Some(0x8007_232B));
        assert_eq!(code("0xC004F0741 and 0xZ"), None);
        assert_eq!(codes("0x00000001,0X00000002").count(), 2);
        let line = "edition (11111111-2222-3333-4444-555555555555) ...";
        assert_eq!(guid(line).map(|(at, _)| at), Some(9));
        assert_eq!(guid("한국어-1111"), None);
    }

    #[test]
    fn times_that_need_no_country() {
        let check = |text: &str, expected: &str| {
            assert_eq!(time(text).map(|time| time.to_string()).unwrap_or_default(), expected, "{text}");
        };
        check("2026-03-02T09:00:00.123456700Z", "2026-03-02T09:00:00Z");
        check("2026/3/2 9:05", "2026-03-02T09:05:00Z");
        check("3/2/2026 9:00:00 AM", "");
        check("", "");
    }

    #[test]
    fn hosts_with_ports() {
        assert_eq!(host_port("kms1.contoso.com:1688"), Some(("kms1.contoso.com", 1688)));
        assert_eq!(host_port("[fd00::60]:1688"), Some(("[fd00::60]", 1688)));
        assert_eq!(host_port("2010/09/29 17:52"), None);
        assert_eq!(host_port("kms1:70000"), None);
    }
}
