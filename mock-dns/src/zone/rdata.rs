//! The words behind a record type: numbers, names, addresses and texts of RFC 1035 3.3, RFC 2782 and RFC 3596.
//!
//! It stands apart from the lines of a zone text because adding a record type touches this file only. It knows no zone.

use std::net::{IpAddr, Ipv4Addr};
use std::str::FromStr;

use crate::name::{DomainName, NameError, escaped};
use crate::record::{MAX_TTL, RecordData, RecordType, Soa, Srv};
use crate::zone::problem::{Reason, TextProblem};
use crate::zone::token::Word;

/// Octets of one text of a TXT record (RFC 1035 3.3: a length octet).
const MAX_TEXT: usize = 255;

/// The words of an entry, read from the left.
pub(crate) struct Cursor<'a> {
    words: std::iter::Peekable<std::slice::Iter<'a, Word<'a>>>,
    origin: Option<DomainName>,
    /// Where the last word stood, for what is missing behind it.
    last: (usize, usize),
    /// What deserves a second look.
    pub warnings: Vec<TextProblem>,
}

/// A problem at the place of a word.
pub(crate) fn problem_at(word: &Word<'_>, reason: Reason) -> TextProblem {
    TextProblem { line: word.line, column: word.column, reason }
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(words: &'a [Word<'a>], origin: Option<&DomainName>) -> Self {
        Self { words: words.iter().peekable(), origin: origin.cloned(), last: (1, 1), warnings: Vec::new() }
    }

    pub(crate) fn peek(&mut self) -> Option<&'a Word<'a>> {
        self.words.peek().copied()
    }

    pub(crate) fn next(&mut self, field: &'static str) -> Result<Word<'a>, TextProblem> {
        let Some(word) = self.words.next() else {
            let (line, column) = self.last;
            return Err(TextProblem { line, column, reason: Reason::Missing { field } });
        };
        self.last = (word.line, word.column + word.text.chars().count() + usize::from(word.quoted) * 2);
        Ok(*word)
    }

    /// Nothing may follow.
    pub(crate) fn end(&mut self) -> Result<(), TextProblem> {
        match self.words.next() {
            Some(word) => Err(problem_at(word, Reason::TooMuch(word.text.to_owned()))),
            None => Ok(()),
        }
    }

    /// A name, absolute or below the origin; warns about what looks like a slip.
    pub(crate) fn name(&mut self, field: &'static str) -> Result<DomainName, TextProblem> {
        let word = self.next(field)?;
        let bad = |problem: NameError| problem_at(&word, Reason::BadName { field, problem });
        let absolute = DomainName::parse(word.text);
        if word.text != "@" && word.text.parse::<IpAddr>().is_ok() {
            self.warnings.push(problem_at(&word, Reason::AddressAsName));
        }
        let relative = word.text == "@" || !ends_in_dot(word.text);
        let Some(origin) = self.origin.as_ref() else {
            return if relative { Err(problem_at(&word, Reason::NoOrigin)) } else { absolute.map_err(bad) };
        };
        let name = DomainName::parse_under(word.text, origin).map_err(bad)?;
        if relative && !origin.is_root() && absolute.is_ok_and(|short| word.text != "@" && short.is_within(origin)) {
            self.warnings.push(problem_at(&word, Reason::MissingFinalDot { meant: name.clone().into() }));
        }
        Ok(name)
    }

    /// A number from 0 to `most`.
    fn number<T: TryFrom<u32>>(&mut self, field: &'static str, most: u32) -> Result<T, TextProblem> {
        let word = self.next(field)?;
        let plain = word.text.bytes().all(|octet| octet.is_ascii_digit());
        let number = word.text.parse().ok().filter(|number| plain && *number <= most);
        number
            .and_then(|number| T::try_from(number).ok())
            .ok_or_else(|| problem_at(&word, Reason::BadNumber { field, most, found: word.text.to_owned() }))
    }

    fn short(&mut self, field: &'static str) -> Result<u16, TextProblem> {
        self.number(field, u32::from(u16::MAX))
    }

    fn address<T: FromStr>(&mut self, field: &'static str) -> Result<T, TextProblem> {
        let word = self.next(field)?;
        let bad = || problem_at(&word, Reason::BadAddress { field, found: word.text.to_owned() });
        word.text.parse().map_err(|_| bad())
    }

    /// Seconds, plain or with units: `3600`, `1h`, `1w2d` (BIND's form; RFC 1035 has seconds only).
    pub(crate) fn time(&mut self, field: &'static str) -> Result<u32, TextProblem> {
        let word = self.next(field)?;
        let seconds = seconds_of(word.text).filter(|&seconds| seconds <= MAX_TTL);
        seconds.ok_or_else(|| problem_at(&word, Reason::BadTime { field, found: word.text.to_owned() }))
    }

    fn text(&mut self) -> Result<Vec<u8>, TextProblem> {
        let word = self.next("the text")?;
        let mut octets = Vec::new();
        let mut characters = word.text.chars();
        while let Some(character) = characters.next() {
            if character == '\\' {
                octets.push(escaped(&mut characters).map_err(|_| problem_at(&word, Reason::BadText))?);
            } else {
                octets.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            }
        }
        if octets.len() > MAX_TEXT {
            return Err(problem_at(&word, Reason::BadText));
        }
        Ok(octets)
    }
}

/// Reads the type and what stands behind it.
pub(crate) fn read(cursor: &mut Cursor<'_>) -> Result<RecordData, TextProblem> {
    let word = cursor.next("the record type")?;
    let unknown = || problem_at(&word, Reason::UnknownType(word.text.to_owned()));
    match RecordType::parse(word.text).ok_or_else(unknown)? {
        RecordType::A => cursor.address::<Ipv4Addr>("an IPv4 address").map(RecordData::A),
        RecordType::AAAA => cursor.address("an IPv6 address").map(RecordData::Aaaa),
        RecordType::CNAME => cursor.name("the true name").map(RecordData::Cname),
        RecordType::NS => cursor.name("the name server").map(RecordData::Ns),
        RecordType::PTR => cursor.name("the name").map(RecordData::Ptr),
        RecordType::MX => {
            let preference = cursor.short("the preference")?;
            Ok(RecordData::Mx { preference, exchange: cursor.name("the mail exchange")? })
        }
        RecordType::SRV => {
            let priority = cursor.short("the priority")?;
            let weight = cursor.short("the weight")?;
            let port = cursor.short("the port")?;
            Ok(RecordData::Srv(Srv { priority, weight, port, target: cursor.name("the target")? }))
        }
        RecordType::SOA => {
            let primary = cursor.name("the primary server")?;
            let mailbox = cursor.name("the mailbox")?;
            let serial = cursor.number("the serial", u32::MAX)?;
            let refresh = cursor.time("the refresh time")?;
            let retry = cursor.time("the retry time")?;
            let expire = cursor.time("the expire time")?;
            let minimum = cursor.time("the minimum TTL")?;
            Ok(RecordData::Soa(Box::new(Soa { primary, mailbox, serial, refresh, retry, expire, minimum })))
        }
        RecordType::TXT => {
            let mut texts = vec![cursor.text()?];
            while cursor.peek().is_some() {
                texts.push(cursor.text()?);
            }
            Ok(RecordData::Txt(texts))
        }
        _ => Err(unknown()),
    }
}

/// The TTL that a SOA lends to the records of a zone without any other (RFC 1035 3.3.13), else `otherwise`.
pub(crate) fn soa_minimum(data: &RecordData, otherwise: u32) -> u32 {
    if let RecordData::Soa(soa) = data { soa.minimum } else { otherwise }
}

/// Whether a name ends in a dot that no backslash escapes.
fn ends_in_dot(text: &str) -> bool {
    let Some(head) = text.strip_suffix('.') else { return false };
    head.bytes().rev().take_while(|&octet| octet == b'\\').count() % 2 == 0
}

fn seconds_of(text: &str) -> Option<u32> {
    let mut total: u32 = 0;
    let mut digits = String::new();
    for character in text.chars() {
        if character.is_ascii_digit() {
            digits.push(character);
            continue;
        }
        let unit: u32 = match character.to_ascii_lowercase() {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            'd' => 86_400,
            'w' => 604_800,
            _ => return None,
        };
        total = total.checked_add(digits.parse::<u32>().ok()?.checked_mul(unit)?)?;
        digits.clear();
    }
    match (digits.is_empty(), text.is_empty()) {
        (_, true) => None,
        (true, false) => Some(total),
        (false, false) => total.checked_add(digits.parse().ok()?),
    }
}
