//! Reading and writing integers one after the other, with the place and the name of the field in every error.
//!
//! It stands apart because all of the wire format goes through it: this is the only code that touches an offset. It knows
//! no message.

use std::fmt;

use super::Guid;

/// A message that cannot be read: where, which field, and what is wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("at byte {offset}: {field}: {problem}")]
pub struct DecodeError {
    /// Bytes from the start of the message that was being read (the PDU, the stub or the KMS message).
    pub offset: usize,
    /// The field as the document calls it.
    pub field: &'static str,
    /// What is wrong.
    pub problem: Problem,
}

/// What is wrong with a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// The message ends before the field does.
    Ends {
        /// Bytes that the field needs.
        needed: usize,
        /// Bytes that are left.
        present: usize,
    },
    /// The field holds a value that it must not hold.
    Value {
        /// The value.
        found: u64,
        /// What the document wants there.
        wants: &'static str,
    },
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ends { needed, present } => write!(f, "needs {needed} bytes, {present} are left"),
            Self::Value { found, wants } => write!(f, "is {found}, must be {wants}"),
        }
    }
}

impl std::error::Error for Problem {}

impl DecodeError {
    /// The field at `offset` holds `found` where the document wants something else.
    #[must_use]
    pub fn value(offset: usize, field: &'static str, found: u64, wants: &'static str) -> Self {
        Self { offset, field, problem: Problem::Value { found, wants } }
    }
}

/// The order of the octets of an integer, from the first octet of the data representation (C706 14.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ByteOrder {
    /// Most significant octet first.
    Big,
    /// Least significant octet first: what every known KMS client sends.
    #[default]
    Little,
}

/// Walks through a message. No method can fail in another way than by [`DecodeError`].
#[derive(Debug, Clone)]
pub(crate) struct Reader<'a> {
    message: &'a [u8],
    at: usize,
    order: ByteOrder,
}

impl<'a> Reader<'a> {
    /// Reads `message` from `at` on. Offsets and alignment count from the start of `message`.
    pub(crate) fn new(message: &'a [u8], at: usize, order: ByteOrder) -> Self {
        Self { message, at, order }
    }

    pub(crate) fn take(&mut self, length: usize, field: &'static str) -> Result<&'a [u8], DecodeError> {
        let taken = self.rest().get(..length).ok_or_else(|| self.ends(length, field))?;
        // Cannot overflow: `length` bytes are there.
        self.at += length;
        Ok(taken)
    }

    pub(crate) fn array<const N: usize>(&mut self, field: &'static str) -> Result<[u8; N], DecodeError> {
        let octets = self.rest().first_chunk().ok_or_else(|| self.ends(N, field))?;
        self.at += N;
        Ok(*octets)
    }

    fn ends(&self, needed: usize, field: &'static str) -> DecodeError {
        DecodeError { offset: self.at, field, problem: Problem::Ends { needed, present: self.rest().len() } }
    }

    pub(crate) fn u8(&mut self, field: &'static str) -> Result<u8, DecodeError> {
        self.array::<1>(field).map(|[octet]| octet)
    }

    pub(crate) fn u16(&mut self, field: &'static str) -> Result<u16, DecodeError> {
        let octets = self.array(field)?;
        Ok(match self.order {
            ByteOrder::Big => u16::from_be_bytes(octets),
            ByteOrder::Little => u16::from_le_bytes(octets),
        })
    }

    pub(crate) fn u32(&mut self, field: &'static str) -> Result<u32, DecodeError> {
        let octets = self.array(field)?;
        Ok(match self.order {
            ByteOrder::Big => u32::from_be_bytes(octets),
            ByteOrder::Little => u32::from_le_bytes(octets),
        })
    }

    pub(crate) fn u64(&mut self, field: &'static str) -> Result<u64, DecodeError> {
        let octets = self.array(field)?;
        Ok(match self.order {
            ByteOrder::Big => u64::from_be_bytes(octets),
            ByteOrder::Little => u64::from_le_bytes(octets),
        })
    }

    pub(crate) fn guid(&mut self, field: &'static str) -> Result<Guid, DecodeError> {
        let octets = self.array(field)?;
        Ok(match self.order {
            ByteOrder::Big => Guid::from_big_endian(octets),
            ByteOrder::Little => Guid(octets),
        })
    }

    /// Skips to the next multiple of `boundary` from the start of the message.
    pub(crate) fn align(&mut self, boundary: usize, field: &'static str) -> Result<(), DecodeError> {
        let padding = self.at.next_multiple_of(boundary) - self.at;
        self.take(padding, field).map(|_| ())
    }

    pub(crate) fn rest(&self) -> &'a [u8] {
        self.message.get(self.at..).unwrap_or_default()
    }

    pub(crate) fn offset(&self) -> usize {
        self.at
    }
}

/// Appends little-endian integers to a buffer that may already hold other messages.
#[derive(Debug)]
pub(crate) struct Writer<'a> {
    out: &'a mut Vec<u8>,
    start: usize,
}

impl<'a> Writer<'a> {
    /// Appends to `out`; alignment counts from here.
    pub(crate) fn new(out: &'a mut Vec<u8>) -> Self {
        let start = out.len();
        Self { out, start }
    }

    pub(crate) fn bytes(&mut self, octets: &[u8]) -> &mut Self {
        self.out.extend_from_slice(octets);
        self
    }

    pub(crate) fn u8(&mut self, value: u8) -> &mut Self {
        self.bytes(&[value])
    }

    pub(crate) fn u16(&mut self, value: u16) -> &mut Self {
        self.bytes(&value.to_le_bytes())
    }

    pub(crate) fn u32(&mut self, value: u32) -> &mut Self {
        self.bytes(&value.to_le_bytes())
    }

    pub(crate) fn u64(&mut self, value: u64) -> &mut Self {
        self.bytes(&value.to_le_bytes())
    }

    pub(crate) fn guid(&mut self, guid: Guid) -> &mut Self {
        self.bytes(&guid.0)
    }

    /// Writes zeros up to the next multiple of `boundary` from the start.
    pub(crate) fn align(&mut self, boundary: usize) -> &mut Self {
        let length = self.out.len() - self.start;
        self.out.resize(self.start + length.next_multiple_of(boundary), 0);
        self
    }

    /// Overwrites two octets that were written before (a length that is known only at the end).
    pub(crate) fn patch_u16(&mut self, at: usize, value: u16) {
        let from = self.start + at;
        if let Some(place) = self.out.get_mut(from..from + 2) {
            place.copy_from_slice(&value.to_le_bytes());
        }
    }

    pub(crate) fn length(&self) -> usize {
        self.out.len() - self.start
    }
}

/// A length of ours as the wire's `u16`. What we write is bounded far below; a longer one would be said as the maximum.
pub(crate) fn length_u16(length: usize) -> u16 {
    u16::try_from(length).unwrap_or(u16::MAX)
}

/// A length of ours as the wire's `u32`.
pub(crate) fn length_u32(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_the_place_the_field_and_the_problem() {
        let mut reader = Reader::new(&[1, 2, 3], 2, ByteOrder::Little);
        let error = reader.u32("call_id").unwrap_err();
        assert_eq!(error.to_string(), "at byte 2: call_id: needs 4 bytes, 1 are left");
    }

    #[test]
    fn both_byte_orders_are_read() {
        let bytes = [0x12, 0x34, 0x56, 0x78];
        assert_eq!(Reader::new(&bytes, 0, ByteOrder::Big).u32("x").unwrap(), 0x1234_5678);
        assert_eq!(Reader::new(&bytes, 0, ByteOrder::Little).u32("x").unwrap(), 0x7856_3412);
        assert_eq!(Reader::new(&bytes, 2, ByteOrder::Big).u16("x").unwrap(), 0x5678);
    }

    #[test]
    fn alignment_counts_from_the_start_of_the_message() {
        let mut out = vec![0xff; 3];
        Writer::new(&mut out).u16(1).align(4).u8(7);
        assert_eq!(out, [0xff, 0xff, 0xff, 1, 0, 0, 0, 7]);
        let mut reader = Reader::new(&out, 3, ByteOrder::Little);
        reader.align(4, "pad").unwrap();
        assert_eq!(reader.offset(), 4);
    }
}
