//! Reading octets with a place for every failure; shared by the server's reading of queries and the client's of replies.
//!
//! All numbers are big-endian (RFC 1035 2.3.2). Nothing here can run past the end, loop, or allocate by what a length claims.

use crate::name::{DomainName, MAX_LABEL, MAX_NAME};

/// Octets of the header (RFC 1035 4.1.1).
pub const HEADER: usize = 12;

/// Class IN (RFC 1035 3.2.4).
pub const CLASS_IN: u16 = 1;

/// Why a message cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("at byte {offset}: {field} {problem}")]
pub struct DecodeError {
    /// Where, from the start of the message.
    pub offset: usize,
    /// What should stand there.
    pub field: &'static str,
    /// What is wrong.
    pub problem: Malformed,
}

/// What can be wrong with octets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// The message ends first.
    #[error("runs past the end of the message")]
    Short,
    /// A compression pointer that does not point before the name it stands in (RFC 1035 4.1.4: "a prior occurrence").
    #[error("has a compression pointer that does not lead backwards")]
    PointerForward,
    /// A label type other than plain and pointer.
    #[error("has a label of unknown type 0x{0:02x}")]
    LabelType(u8),
    /// More than 255 octets.
    #[error("is longer than {MAX_NAME} octets")]
    NameTooLong,
    /// A count that a query cannot have.
    #[error("is {found}, not {wanted}")]
    Count {
        /// What it is.
        found: u16,
        /// What it must be.
        wanted: u16,
    },
    /// A second OPT record (RFC 6891 6.1.1).
    #[error("stands here a second time")]
    Second,
    /// An OPT record that does not belong to the root, or outside the additional section.
    #[error("does not belong here")]
    Misplaced,
    /// Content whose length does not fit its type.
    #[error("has another length than its type")]
    Length,
    /// Octets behind the message.
    #[error("follows the end of the message")]
    Trailing,
}

/// A place in a message.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a> {
    message: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(message: &'a [u8]) -> Self {
        Self { message, at: 0 }
    }

    pub(crate) fn at(&self) -> usize {
        self.at
    }

    pub(crate) fn is_at_end(&self) -> bool {
        self.at >= self.message.len()
    }

    pub(crate) fn error(&self, field: &'static str, problem: Malformed) -> DecodeError {
        DecodeError { offset: self.at, field, problem }
    }

    pub(crate) fn take(&mut self, length: usize, field: &'static str) -> Result<&'a [u8], DecodeError> {
        let end = self.at.checked_add(length);
        let octets = end.and_then(|end| self.message.get(self.at..end));
        let octets = octets.ok_or_else(|| self.error(field, Malformed::Short))?;
        self.at += length;
        Ok(octets)
    }

    pub(crate) fn array<const N: usize>(&mut self, field: &'static str) -> Result<[u8; N], DecodeError> {
        let octets = self.take(N, field)?;
        octets.try_into().map_err(|_| self.error(field, Malformed::Short))
    }

    pub(crate) fn u8(&mut self, field: &'static str) -> Result<u8, DecodeError> {
        self.array::<1>(field).map(|[octet]| octet)
    }

    pub(crate) fn u16(&mut self, field: &'static str) -> Result<u16, DecodeError> {
        self.array(field).map(u16::from_be_bytes)
    }

    pub(crate) fn u32(&mut self, field: &'static str) -> Result<u32, DecodeError> {
        self.array(field).map(u32::from_be_bytes)
    }

    /// Passes a name without following its pointer; gives its octets and whether they are all there is of it.
    pub(crate) fn skip_name(&mut self, field: &'static str) -> Result<(&'a [u8], bool), DecodeError> {
        let start = self.at;
        loop {
            let label_at = self.at;
            let length = self.u8(field)?;
            let whole = match length {
                0 => Some(true),
                1..=0x3F => {
                    self.take(usize::from(length), field)?;
                    None
                }
                0xC0.. => {
                    let low = self.u8(field)?;
                    if pointed_to(length, low) >= label_at {
                        return Err(DecodeError { offset: label_at, field, problem: Malformed::PointerForward });
                    }
                    Some(false)
                }
                _ => return Err(DecodeError { offset: label_at, field, problem: Malformed::LabelType(length) }),
            };
            if self.at - start > MAX_NAME {
                return Err(DecodeError { offset: start, field, problem: Malformed::NameTooLong });
            }
            if let Some(whole) = whole {
                let octets = self.message.get(start..self.at).unwrap_or_default();
                return Ok((octets, whole));
            }
        }
    }

    /// Reads a name; `question`, which stands behind the header, is copied where a pointer leads to it. Most owners are that.
    pub(crate) fn name_or_question(
        &mut self,
        field: &'static str,
        question: Option<&DomainName>,
    ) -> Result<DomainName, DecodeError> {
        /// A pointer to the octet behind the header.
        const TO_QUESTION: &[u8] = &[0xC0, 0x0C];
        match question {
            Some(question) if self.message.get(self.at..self.at + TO_QUESTION.len()) == Some(TO_QUESTION) => {
                self.at += TO_QUESTION.len();
                Ok(question.clone())
            }
            Some(_) | None => self.name(field),
        }
    }

    /// Reads a name, following its pointers.
    pub(crate) fn name(&mut self, field: &'static str) -> Result<DomainName, DecodeError> {
        let start = self.at;
        let error = |offset, problem| DecodeError { offset, field, problem };
        let (octets, whole) = self.skip_name(field)?;
        if whole {
            return DomainName::from_wire(octets).ok_or_else(|| error(start, Malformed::NameTooLong));
        }
        let mut wire = [0; MAX_NAME];
        let mut length = 0;
        let mut source = Reader { message: self.message, at: start };
        // Each pointer leads before the part it ends, so the parts start ever earlier and the loop ends.
        loop {
            let part_start = source.at;
            let (part, whole) = source.skip_name(field)?;
            let kept = if whole { part } else { part.get(..part.len() - 2).unwrap_or_default() };
            let room = wire.get_mut(length..length + kept.len()).ok_or_else(|| error(start, Malformed::NameTooLong))?;
            room.copy_from_slice(kept);
            length += kept.len();
            if whole {
                break;
            }
            let target = part.last_chunk::<2>().map_or(part_start, |[high, low]| pointed_to(*high, *low));
            if target >= part_start {
                return Err(error(part_start, Malformed::PointerForward));
            }
            source.at = target;
        }
        DomainName::from_wire(&wire).ok_or_else(|| error(start, Malformed::NameTooLong))
    }
}

/// The offset in a compression pointer: the 14 bits behind the two that mark it (RFC 1035 4.1.4).
fn pointed_to(high: u8, low: u8) -> usize {
    usize::from(u16::from_be_bytes([high & 0x3F, low]))
}

const _: () = assert!(MAX_LABEL == 0x3F, "the six length bits of a label");

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(message: &[u8], start: usize, expected: Result<(&str, usize), Malformed>) {
        let mut reader = Reader { message, at: start };
        let found = reader.name("the name").map(|name| (name.to_string(), reader.at()));
        let expected = expected.map(|(name, end)| (name.to_owned(), end));
        assert_eq!(found.map_err(|error| error.problem), expected);
    }

    #[test]
    fn names_and_pointers() {
        let message = b"\x03com\0\x07contoso\xc0\x00\x04kms1\xc0\x05\xc0\x0f";
        check(message, 0, Ok(("com", 5)));
        check(message, 5, Ok(("contoso.com", 15)));
        check(message, 15, Ok(("kms1.contoso.com", 22)));
        check(message, 22, Ok(("kms1.contoso.com", 24)));
    }

    #[test]
    fn hostile_names() {
        check(b"\xc0\x00", 0, Err(Malformed::PointerForward));
        check(b"\0\xc0\x03\xc0\x01", 3, Err(Malformed::PointerForward));
        check(b"\x01a\xc0\x00", 0, Err(Malformed::PointerForward));
        check(b"\x01a\x01b\xc0\x00", 2, Err(Malformed::PointerForward));
        check(b"\x40a", 0, Err(Malformed::LabelType(0x40)));
        check(b"\x05abc", 0, Err(Malformed::Short));
        check(b"", 0, Err(Malformed::Short));
        let long = [b"\x3f".as_slice(), &[b'a'; 63]].concat().repeat(4);
        check(&[&long[..], b"\0"].concat(), 0, Err(Malformed::NameTooLong));
        let joined = [&long[..192], b"\0", &long[..128], b"\xc0\x00"].concat();
        check(&joined, 193, Err(Malformed::NameTooLong));
    }
}
