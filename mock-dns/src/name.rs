//! Domain names as people write them and as they go over the wire.
//!
//! A [`DomainName`] is its octets on the wire: always fully qualified, compared without case (RFC 4343), kept in the case it was
//! written in, and cheap to clone, because journals, zones and messages name the same few names over and over.
//! This file knows neither records nor zones, and does not judge whether a host name is wise.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;
use std::sync::Arc;

/// Octets of a name on the wire with all length octets and the root (RFC 1035 2.3.4).
pub const MAX_NAME: usize = 255;
/// Octets of one label (RFC 1035 2.3.4).
pub const MAX_LABEL: usize = 63;

/// A fully qualified domain name.
///
/// Equality, order and hash ignore the case of ASCII letters; text and wire keep it.
#[derive(Clone)]
pub struct DomainName(
    /// Labels with their lengths and the root, uncompressed and valid (RFC 1035 3.1). A length is at most 63, so it is never
    /// taken for a letter.
    Arc<[u8]>,
);

/// Why a text is no domain name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing is written.
    #[error("an empty text is no domain name")]
    Empty,
    /// Two dots in a row, or one at the start.
    #[error("a label is empty: two dots in a row, or a dot at the start")]
    EmptyLabel,
    /// A label is longer than the wire can say.
    #[error("a label has {length} octets, {MAX_LABEL} is the most")]
    LabelTooLong {
        /// What it has.
        length: usize,
    },
    /// The whole name is too long.
    #[error("the name is longer than {MAX_NAME} octets")]
    TooLong,
    /// A backslash that starts neither `\DDD` nor `\X`.
    #[error("a backslash must stand before three decimal digits up to 255 or before one character")]
    BadEscape,
    /// A blank or control character that is not escaped.
    #[error("a blank or control character must be written as an escape such as \\032")]
    Blank,
    /// Not ASCII: the wire form of such a label is its A-label.
    #[error("`{0}` is not ASCII; write the label in its xn-- form")]
    NotAscii(char),
}

impl DomainName {
    /// The root of the tree, `.`.
    #[must_use]
    pub fn root() -> Self {
        Self(Arc::new([0]))
    }

    /// Reads an absolute name; the final dot may be left out.
    ///
    /// # Errors
    /// Says what is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        Self::parse_under(text, &Self::root())
    }

    /// Reads a name as it stands in a zone file: relative to `origin` unless it ends in a dot; `@` is the origin.
    ///
    /// # Errors
    /// Says what is wrong with the text.
    pub fn parse_under(text: &str, origin: &Self) -> Result<Self, NameError> {
        match text {
            "" => return Err(NameError::Empty),
            "." => return Ok(Self::root()),
            "@" => return Ok(origin.clone()),
            _ => {}
        }
        let (mut wire, absolute) = wire_of_text(text)?;
        if !absolute {
            for label in origin.labels() {
                push_label(&mut wire, label)?;
            }
        }
        wire.push(0);
        Self::from_wire(&wire).ok_or(NameError::TooLong)
    }

    /// Reads an uncompressed name that fills `wire` from its start; what follows the root label is ignored.
    #[must_use]
    pub fn from_wire(wire: &[u8]) -> Option<Self> {
        let mut end = 0;
        loop {
            let length = usize::from(*wire.get(end)?);
            end += 1 + length;
            match length {
                0 => break,
                1..=MAX_LABEL => {}
                _ => return None,
            }
        }
        wire.get(..end).filter(|name| name.len() <= MAX_NAME).map(|name| Self(Arc::from(name)))
    }

    /// The labels from the left, without the root.
    pub fn labels(&self) -> impl Iterator<Item = &[u8]> {
        suffixes(&self.0).map_while(|rest| {
            let (&length, behind) = rest.split_first().filter(|(length, _)| **length > 0)?;
            behind.get(..usize::from(length))
        })
    }

    /// How many labels there are, without the root.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.labels().count()
    }

    /// Whether this is `.`.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.0.len() == 1
    }

    /// Whether this name is `ancestor` or below it.
    #[must_use]
    pub fn is_within(&self, ancestor: &Self) -> bool {
        suffixes(&self.0).any(|suffix| suffix.eq_ignore_ascii_case(&ancestor.0))
    }

    /// The name without its first label; none above the root.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        suffixes(&self.0).nth(1).map(|above| Self(Arc::from(above)))
    }

    /// `text` (relative) below this name.
    ///
    /// # Errors
    /// Says what is wrong with the text, or that the result is too long.
    pub fn child(&self, text: &str) -> Result<Self, NameError> {
        Self::parse_under(text, self)
    }

    /// The uncompressed wire form, in the case it was written in.
    #[must_use]
    pub fn as_wire(&self) -> &[u8] {
        &self.0
    }

    /// The octets of its wire form in lower case.
    fn lower(&self) -> impl Iterator<Item = u8> {
        self.0.iter().map(u8::to_ascii_lowercase)
    }

    /// The text with the final dot, as zone files have it.
    #[must_use]
    pub fn absolute(&self) -> String {
        if self.is_root() { ".".to_owned() } else { format!("{self}.") }
    }
}

impl PartialEq for DomainName {
    fn eq(&self, other: &Self) -> bool {
        self.0.eq_ignore_ascii_case(&other.0)
    }
}

impl Eq for DomainName {}

/// Any order that knows equal names; not the canonical one of RFC 4034 6.1.
impl Ord for DomainName {
    fn cmp(&self, other: &Self) -> Ordering {
        self.lower().cmp(other.lower())
    }
}

impl PartialOrd for DomainName {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Hash for DomainName {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.lower().for_each(|octet| state.write_u8(octet));
    }
}

impl FromStr for DomainName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        Self::parse(text)
    }
}

/// Without the final dot; the root is `.`. Everything that is not plain is escaped, so the text is safe to print.
impl fmt::Display for DomainName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_root() {
            return f.write_str(".");
        }
        for (position, label) in self.labels().enumerate() {
            if position > 0 {
                f.write_str(".")?;
            }
            write_label(f, label)?;
        }
        Ok(())
    }
}

fn write_label(f: &mut fmt::Formatter<'_>, label: &[u8]) -> fmt::Result {
    const HAS_A_MEANING: &[u8] = br#".\"();@$"#;
    let plain = |octet: &u8| octet.is_ascii_graphic() && !HAS_A_MEANING.contains(octet);
    if let (true, Ok(text)) = (label.iter().all(plain), std::str::from_utf8(label)) {
        return f.write_str(text);
    }
    label.iter().try_for_each(|octet| match octet {
        _ if plain(octet) => write!(f, "{}", char::from(*octet)),
        0x21..=0x7E => write!(f, "\\{}", char::from(*octet)),
        _ => write!(f, "\\{octet:03}"),
    })
}

impl fmt::Debug for DomainName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

notation::text_format!(
    DomainName,
    "a domain name, e.g. contoso.com",
    |text| DomainName::parse(text).map_err(|error| error.to_string()),
    DomainName::to_string
);

/// A name in wire form, then each name above it, down to the root.
pub(crate) fn suffixes(wire: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(wire);
    std::iter::from_fn(move || {
        let current = rest?;
        let (&length, below) = current.split_first()?;
        rest = if length == 0 { None } else { below.get(usize::from(length)..) };
        Some(current)
    })
}

/// The labels of a text in wire form, without the root, and whether it ended in a dot.
fn wire_of_text(text: &str) -> Result<(Vec<u8>, bool), NameError> {
    let mut wire = Vec::with_capacity(text.len() + 1);
    let mut label = Vec::with_capacity(MAX_LABEL);
    let mut characters = text.chars();
    let mut absolute = false;
    while let Some(character) = characters.next() {
        absolute = character == '.';
        match character {
            '.' => {
                if label.is_empty() {
                    return Err(NameError::EmptyLabel);
                }
                push_label(&mut wire, &label)?;
                label.clear();
            }
            '\\' => label.push(escaped(&mut characters)?),
            _ => label.push(plain(character)?),
        }
    }
    if !label.is_empty() {
        push_label(&mut wire, &label)?;
    }
    Ok((wire, absolute))
}

fn plain(character: char) -> Result<u8, NameError> {
    match u8::try_from(character) {
        Ok(octet @ 0x21..=0x7E) => Ok(octet),
        Ok(0..=0x20 | 0x7F) => Err(NameError::Blank),
        Ok(_) | Err(_) => Err(NameError::NotAscii(character)),
    }
}

/// What follows a backslash: `DDD`, the decimal of an octet, or a character that loses its meaning (RFC 1035 5.1).
pub(crate) fn escaped(characters: &mut std::str::Chars<'_>) -> Result<u8, NameError> {
    let first = characters.next().ok_or(NameError::BadEscape)?;
    let Some(hundreds) = first.to_digit(10) else {
        return u8::try_from(first).ok().filter(u8::is_ascii).ok_or(NameError::BadEscape);
    };
    let mut digit = || characters.next().and_then(|next| next.to_digit(10)).ok_or(NameError::BadEscape);
    let value = hundreds * 100 + digit()? * 10 + digit()?;
    u8::try_from(value).map_err(|_| NameError::BadEscape)
}

fn push_label(wire: &mut Vec<u8>, label: &[u8]) -> Result<(), NameError> {
    let length = label.len();
    if length > MAX_LABEL {
        return Err(NameError::LabelTooLong { length });
    }
    if wire.len() + length + 2 > MAX_NAME {
        return Err(NameError::TooLong);
    }
    // At most 63, checked above.
    wire.push(u8::try_from(length).unwrap_or(0));
    wire.extend_from_slice(label);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Result<(&str, &[u8]), NameError>) {
        let found = DomainName::parse(text).map(|name| (name.to_string(), name.as_wire().to_vec()));
        assert_eq!(found, expected.map(|(text, wire)| (text.to_owned(), wire.to_vec())), "{text}");
    }

    #[test]
    fn text_and_wire() {
        check(".", Ok((".", b"\0")));
        check("contoso.com", Ok(("contoso.com", b"\x07contoso\x03com\0")));
        check("_VLMCS._tcp.", Ok(("_VLMCS._tcp", b"\x06_VLMCS\x04_tcp\0")));
        check(r"a\032b.c\.d", Ok((r"a\032b.c\.d", b"\x03a b\x03c.d\0")));
        check(r"\027[2J\255", Ok((r"\027[2J\255", b"\x05\x1b[2J\xff\0")));
    }

    #[test]
    fn refused_texts() {
        check("", Err(NameError::Empty));
        check("a..b", Err(NameError::EmptyLabel));
        check(".a", Err(NameError::EmptyLabel));
        check("a b", Err(NameError::Blank));
        check("a\\25", Err(NameError::BadEscape));
        check("a\\256", Err(NameError::BadEscape));
        check("a\\", Err(NameError::BadEscape));
        check("b\u{fc}ro", Err(NameError::NotAscii('\u{fc}')));
        check(&"a".repeat(64), Err(NameError::LabelTooLong { length: 64 }));
        check(&"a.".repeat(128), Err(NameError::TooLong));
    }

    #[test]
    fn the_longest_name_is_accepted() {
        let name = DomainName::parse(&"a.".repeat(127)).unwrap();
        assert_eq!(name.as_wire().len(), MAX_NAME);
        assert_eq!(name.child("b"), Err(NameError::TooLong));
    }

    #[test]
    fn relative_names() {
        let origin = DomainName::parse("contoso.com").unwrap();
        #[track_caller]
        fn check(origin: &DomainName, text: &str, expected: &str) {
            assert_eq!(DomainName::parse_under(text, origin).unwrap().absolute(), expected);
        }
        check(&origin, "@", "contoso.com.");
        check(&origin, "kms1", "kms1.contoso.com.");
        check(&origin, "kms1.contoso.com", "kms1.contoso.com.contoso.com.");
        check(&origin, "kms1.contoso.com.", "kms1.contoso.com.");
        check(&origin, r"a\.", r"a\..contoso.com.");
    }

    #[test]
    fn case_is_kept_and_ignored() {
        let asked = DomainName::parse("_VLMCS._TCP.Contoso.com").unwrap();
        let written = DomainName::parse("_vlmcs._tcp.contoso.com").unwrap();
        assert_eq!(asked, written);
        assert_ne!(asked.as_wire(), written.as_wire());
        assert!(asked.is_within(&DomainName::parse("CONTOSO.COM").unwrap()));
        assert!(!asked.is_within(&DomainName::parse("oso.com").unwrap()));
        assert_eq!(asked.parent().and_then(|name| name.parent()).unwrap().to_string(), "Contoso.com");
    }
}
