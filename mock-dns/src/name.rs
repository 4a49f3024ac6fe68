//! Domain names as people write them and as they go over the wire.
//!
//! [`DomainName`] wraps hickory's `Name`: always fully qualified, compared without case (RFC 4343), kept in the case it was
//! written in. Its text form is our own, because hickory reads `\DDD` as something else than the decimal of RFC 1035 5.1.
//! This file knows neither records nor zones, and does not judge whether a host name is wise.

use std::fmt;
use std::str::FromStr;

use hickory_proto::rr::Name;
use hickory_proto::serialize::binary::BinDecodable;

/// Octets of a name on the wire with all length octets and the root (RFC 1035 2.3.4).
pub const MAX_NAME: usize = 255;
/// Octets of one label (RFC 1035 2.3.4).
pub const MAX_LABEL: usize = 63;

/// A fully qualified domain name.
///
/// Equality, order and hash ignore the case of ASCII letters; text and wire keep it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DomainName(Name);

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
        Self(Name::root())
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
        Name::from_bytes(wire).ok().map(Self)
    }

    /// The labels from the left, without the root.
    pub fn labels(&self) -> impl DoubleEndedIterator<Item = &[u8]> {
        self.0.iter()
    }

    /// How many labels there are, without the root.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.labels().count()
    }

    /// Whether this is `.`.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.0.is_root()
    }

    /// Whether this name is `ancestor` or below it.
    #[must_use]
    pub fn is_within(&self, ancestor: &Self) -> bool {
        ancestor.0.zone_of(&self.0)
    }

    /// The name without its first label; none above the root.
    #[must_use]
    pub fn parent(&self) -> Option<Self> {
        (!self.is_root()).then(|| Self(self.0.base_name()))
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
    pub fn to_wire(&self) -> Vec<u8> {
        let mut wire = Vec::with_capacity(self.0.len() + 1);
        for label in self.labels() {
            // A label of a valid name fits an octet.
            wire.push(u8::try_from(label.len()).unwrap_or(0));
            wire.extend_from_slice(label);
        }
        wire.push(0);
        wire
    }

    /// The same name for hickory's types.
    #[must_use]
    pub fn as_hickory(&self) -> &Name {
        &self.0
    }

    /// The text with the final dot, as zone files have it.
    #[must_use]
    pub fn absolute(&self) -> String {
        if self.is_root() { ".".to_owned() } else { format!("{self}.") }
    }
}

impl From<Name> for DomainName {
    fn from(mut name: Name) -> Self {
        name.set_fqdn(true);
        Self(name)
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
            for &octet in label {
                match octet {
                    b'.' | b'\\' | b'"' | b'(' | b')' | b';' | b'@' | b'$' => write!(f, "\\{}", char::from(octet))?,
                    0x21..=0x7E => write!(f, "{}", char::from(octet))?,
                    _ => write!(f, "\\{octet:03}")?,
                }
            }
        }
        Ok(())
    }
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
        let found = DomainName::parse(text).map(|name| (name.to_string(), name.to_wire()));
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
        assert_eq!(name.to_wire().len(), MAX_NAME);
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
        assert_ne!(asked.to_wire(), written.to_wire());
        assert!(asked.is_within(&DomainName::parse("CONTOSO.COM").unwrap()));
        assert!(!asked.is_within(&DomainName::parse("oso.com").unwrap()));
        assert_eq!(asked.parent().and_then(|name| name.parent()).unwrap().to_string(), "Contoso.com");
    }
}
