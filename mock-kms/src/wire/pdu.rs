//! The 16-byte header that opens every connection-oriented PDU.
//!
//! It stands apart because it must be read before anything else is known, even for PDUs that are refused: reading it and
//! judging it are two steps. It knows no body.

use super::cursor::{Reader, Writer, length_u16};
use super::{ByteOrder, DecodeError};

/// Octets of the common header.
pub const HEADER_LENGTH: usize = 16;

/// Octets of the largest PDU that is sent or accepted: what Windows uses on TCP (four segments of 1460).
pub const MAX_FRAGMENT: u16 = 5840;

/// Octets that come before the authentication value at the end of a PDU (C706 13.2.6.1: type, level, pad length,
/// reserved, context id).
pub(crate) const AUTH_TRAILER: usize = 8;

/// What kind of PDU it is (C706 12.6.4, [MS-RPCE] 2.2.2.2), connection-oriented ones only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are those of the document")]
pub enum PacketType {
    Request = 0,
    Response = 2,
    Fault = 3,
    Bind = 11,
    BindAck = 12,
    BindNak = 13,
    AlterContext = 14,
    AlterContextResp = 15,
    Auth3 = 16,
    Shutdown = 17,
    CoCancel = 18,
    Orphaned = 19,
}

impl PacketType {
    /// The kind that the octet on the wire names, if connection-oriented RPC has it.
    #[must_use]
    pub const fn from_wire(octet: u8) -> Option<Self> {
        Some(match octet {
            0 => Self::Request,
            2 => Self::Response,
            3 => Self::Fault,
            11 => Self::Bind,
            12 => Self::BindAck,
            13 => Self::BindNak,
            14 => Self::AlterContext,
            15 => Self::AlterContextResp,
            16 => Self::Auth3,
            17 => Self::Shutdown,
            18 => Self::CoCancel,
            19 => Self::Orphaned,
            _ => return None,
        })
    }

    /// The octet on the wire.
    #[must_use]
    pub const fn to_wire(self) -> u8 {
        self as u8
    }
}

/// `pfc_flags` (C706 12.6.3.1, [MS-RPCE] 2.2.2.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Flags(
    /// The octet on the wire.
    pub u8,
);

impl Flags {
    /// First fragment of a call.
    pub const FIRST: Self = Self(0x01);
    /// Last fragment of a call.
    pub const LAST: Self = Self(0x02);
    /// The one fragment of a call that fits into one.
    pub const WHOLE: Self = Self(0x03);
    /// Header signing is supported; in a request or fault the same bit is [`Flags::PENDING_CANCEL`].
    pub const HEADER_SIGNING: Self = Self(0x04);
    /// In a request: the client gave the call up before this fragment left.
    pub const PENDING_CANCEL: Self = Self::HEADER_SIGNING;
    /// Several calls may be in progress on one connection.
    pub const CONCURRENT_MULTIPLEXING: Self = Self(0x10);
    /// In a fault: the call was certainly not executed.
    pub const DID_NOT_EXECUTE: Self = Self(0x20);
    /// In a request: an object UUID follows the fixed fields.
    pub const OBJECT_UUID: Self = Self(0x80);

    /// Whether all flags of `other` are set.
    #[must_use]
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Those of these flags that are among `others`.
    #[must_use]
    pub const fn only(self, others: Self) -> Self {
        Self(self.0 & others.0)
    }

    /// These flags and those.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// The common header (C706 12.6.3.1). Every value is kept as it was found, also those that [`Header::check`] refuses.
///
/// ```text
///  0       1       2       3       4                               8
///  +-------+-------+-------+-------+-------------------------------+
///  | vers 5| minor | ptype | flags | data representation 10 0 0 0  |
///  +-------+-------+-------+-------+---------------+---------------+
///  8               10              12                             16
///  | frag_length   | auth_length   | call_id                       |
///  +---------------+---------------+-------------------------------+
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// `rpc_vers`, `rpc_vers_minor`.
    pub version: (u8, u8),
    /// `PTYPE` as an octet, so that an unknown one can be told.
    pub packet_type: u8,
    /// `pfc_flags`.
    pub flags: Flags,
    /// `packed_drep`.
    pub data_representation: [u8; 4],
    /// Octets of the whole fragment, header included.
    pub fragment_length: u16,
    /// Octets of the authentication value; KMS uses none.
    pub auth_length: u16,
    /// Which call of the connection it belongs to.
    pub call_id: u32,
}

impl Header {
    /// `packed_drep` of little-endian integers, ASCII and IEEE floats (C706 14.1).
    const LITTLE_ASCII_IEEE: [u8; 4] = [0x10, 0, 0, 0];

    /// The header of a PDU of ours; the length is filled in when it is written.
    #[must_use]
    pub const fn new(packet_type: PacketType, flags: Flags, call_id: u32) -> Self {
        Self {
            version: (5, 0),
            packet_type: packet_type.to_wire(),
            flags,
            data_representation: Self::LITTLE_ASCII_IEEE,
            fragment_length: 0,
            auth_length: 0,
            call_id,
        }
    }

    /// Reads the first sixteen octets of `pdu` without judging them.
    ///
    /// # Errors
    /// Fewer than sixteen octets.
    pub fn read(pdu: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(pdu, 0, ByteOrder::Little);
        let [major, minor, packet_type, flags] = reader.array("rpc_vers")?;
        let data_representation = reader.array("packed_drep")?;
        let mut reader = Reader::new(pdu, reader.offset(), byte_order(data_representation));
        Ok(Self {
            version: (major, minor),
            packet_type,
            flags: Flags(flags),
            data_representation,
            fragment_length: reader.u16("frag_length")?,
            auth_length: reader.u16("auth_length")?,
            call_id: reader.u32("call_id")?,
        })
    }

    /// Whether a receiver can go on with a PDU that opens like this.
    ///
    /// # Errors
    /// The first field that cannot be honoured. C706 12.6.3.1: `rpc_vers` is 5, minor 0 or 1; the length counts the
    /// header.
    pub fn check(&self) -> Result<(), DecodeError> {
        let refuse = |offset, field, found: u8, wants| Err(DecodeError::value(offset, field, found.into(), wants));
        let [integers_and_text, floats, third, fourth] = self.data_representation;
        if self.version.0 != 5 {
            return refuse(0, "rpc_vers", self.version.0, "5");
        }
        if self.version.1 > 1 {
            return refuse(1, "rpc_vers_minor", self.version.1, "0 or 1");
        }
        if !matches!(integers_and_text, 0x00 | 0x10) {
            return refuse(4, "packed_drep", integers_and_text, "integers and ASCII (0x00 or 0x10)");
        }
        if floats != 0 {
            return refuse(5, "packed_drep", floats, "IEEE floats (0)");
        }
        if third | fourth != 0 {
            return refuse(6, "packed_drep", third | fourth, "zero in the reserved octets");
        }
        let length = usize::from(self.fragment_length);
        if !(HEADER_LENGTH..=usize::from(MAX_FRAGMENT)).contains(&length) {
            return Err(DecodeError::value(8, "frag_length", self.fragment_length.into(), "16 to 5840"));
        }
        if self.auth_length != 0 && usize::from(self.auth_length) + AUTH_TRAILER > length - HEADER_LENGTH {
            return Err(DecodeError::value(10, "auth_length", self.auth_length.into(), "less than the body"));
        }
        Ok(())
    }

    /// The kind of PDU, if it is one.
    #[must_use]
    pub const fn kind(&self) -> Option<PacketType> {
        PacketType::from_wire(self.packet_type)
    }

    /// The order in which the sender writes integers.
    #[must_use]
    pub const fn byte_order(&self) -> ByteOrder {
        byte_order(self.data_representation)
    }
}

/// Appends a PDU: `header`, then what `body` writes, then the true length into the header.
pub(crate) fn write_pdu(header: &Header, out: &mut Vec<u8>, body: impl FnOnce(&mut Writer<'_>)) {
    let mut writer = Writer::new(out);
    writer.u8(header.version.0).u8(header.version.1).u8(header.packet_type).u8(header.flags.0);
    writer.bytes(&header.data_representation).u16(0).u16(header.auth_length).u32(header.call_id);
    body(&mut writer);
    let length = length_u16(writer.length());
    writer.patch_u16(8, length);
}

const fn byte_order(data_representation: [u8; 4]) -> ByteOrder {
    if data_representation[0] & 0xf0 == 0x10 { ByteOrder::Little } else { ByteOrder::Big }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A bind of 160 octets, flags 0x13, call 2, as Windows 10 opens.
    const BIND: [u8; 16] = [5, 0, 11, 0x13, 0x10, 0, 0, 0, 0xa0, 0, 0, 0, 2, 0, 0, 0];

    #[track_caller]
    fn check(change: impl Fn(&mut [u8; 16]), expected: &str) {
        let mut bytes = BIND;
        change(&mut bytes);
        let judged = Header::read(&bytes).unwrap().check();
        assert_eq!(judged.err().map_or_else(String::new, |error| error.to_string()), expected);
    }

    #[test]
    fn the_header_is_read_as_the_document_draws_it() {
        let header = Header::read(&BIND).unwrap();
        assert_eq!(header.kind(), Some(PacketType::Bind));
        assert!(header.flags.has(Flags::CONCURRENT_MULTIPLEXING.with(Flags::WHOLE)));
        assert_eq!((header.fragment_length, header.auth_length, header.call_id), (160, 0, 2));
        let mut out = Vec::new();
        write_pdu(&header, &mut out, |body| {
            body.bytes(&[0; 144]);
        });
        assert_eq!(&out[..16], &BIND);
    }

    #[test]
    fn a_big_endian_sender_is_understood() {
        let bytes = [5, 0, 11, 3, 0, 0, 0, 0, 0, 0xa0, 0, 0, 0, 0, 0, 2];
        let header = Header::read(&bytes).unwrap();
        assert_eq!(header.check(), Ok(()));
        assert_eq!((header.fragment_length, header.call_id), (160, 2));
    }

    #[test]
    fn what_cannot_be_honoured_is_named() {
        check(|_| (), "");
        check(|b| b[1] = 1, "");
        check(|b| b[0] = 4, "at byte 0: rpc_vers: is 4, must be 5");
        check(|b| b[1] = 9, "at byte 1: rpc_vers_minor: is 9, must be 0 or 1");
        check(|b| b[4] = 0x11, "at byte 4: packed_drep: is 17, must be integers and ASCII (0x00 or 0x10)");
        check(|b| b[5] = 1, "at byte 5: packed_drep: is 1, must be IEEE floats (0)");
        check(|b| b[7] = 1, "at byte 6: packed_drep: is 1, must be zero in the reserved octets");
        check(|b| b[8] = 15, "at byte 8: frag_length: is 15, must be 16 to 5840");
        check(|b| b[9] = 0xff, "at byte 8: frag_length: is 65440, must be 16 to 5840");
        check(|b| b[10] = 136, "");
        check(|b| b[10] = 137, "at byte 10: auth_length: is 137, must be less than the body");
    }
}
