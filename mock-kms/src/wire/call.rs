//! One call: request, response, fault.
//!
//! It stands apart because these three share the fields at octet 16 and carry stubs that may be cut into fragments. It does
//! not look into a stub (that is `ndr`).

use std::fmt;

use super::cursor::{Reader, length_u32};
use super::pdu::{Flags, HEADER_LENGTH, Header, PacketType, write_pdu};
use super::{DecodeError, Guid, Hresult};

/// Octets of header and fixed fields in front of the stub of a request or a response.
const BEFORE_STUB: usize = 24;

/// Octets of a fault, which it also tells as `alloc_hint`: servers of Windows leave no zero there.
const FAULT_LENGTH: u32 = 32;

/// The smallest fragment that we cut: below it there would be hardly a stub in it.
const SMALLEST_FRAGMENT: usize = 32;

/// A request, one fragment of it (C706 12.6.4.9).
///
/// ```text
/// 16              20              22              24
///  +---------------+---------------+---------------+---------------+---
///  | alloc_hint    | context_id    | opnum         | [object 16]   | stub
///  +---------------+---------------+---------------+---------------+---
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request<'a> {
    /// The client's guess of the stub's length: a hint, never a size.
    pub alloc_hint: u32,
    /// The presentation context.
    pub context: u16,
    /// Which operation of the interface.
    pub opnum: u16,
    /// The object, if the flag says that there is one.
    pub object: Option<Guid>,
    /// The stub or this fragment of it.
    pub stub: &'a [u8],
}

impl<'a> Request<'a> {
    /// Reads the body of a whole PDU whose header was read.
    ///
    /// # Errors
    /// The PDU ends before the stub.
    pub fn read(header: &Header, pdu: &'a [u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(pdu, HEADER_LENGTH, header.byte_order());
        let alloc_hint = reader.u32("alloc_hint")?;
        let context = reader.u16("p_cont_id")?;
        let opnum = reader.u16("opnum")?;
        let object = if header.flags.has(Flags::OBJECT_UUID) { Some(reader.guid("object")?) } else { None };
        Ok(Self { alloc_hint, context, opnum, object, stub: reader.rest() })
    }
}

/// Appends a request of operation `opnum`, cut into fragments of at most `max_fragment` octets.
pub fn write_request(call_id: u32, context: u16, opnum: u16, stub: &[u8], max_fragment: u16, out: &mut Vec<u8>) {
    write_fragments(PacketType::Request, call_id, stub, max_fragment, out, (context, opnum));
}

/// A response, one fragment of it (C706 12.6.4.10).
///
/// ```text
/// 16              20              22      23      24
///  +---------------+---------------+-------+-------+---
///  | alloc_hint    | context_id    | cancel| 0     | stub
///  +---------------+---------------+-------+-------+---
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Response<'a> {
    /// The server's guess of the stub's length.
    pub alloc_hint: u32,
    /// The presentation context.
    pub context: u16,
    /// The stub or this fragment of it.
    pub stub: &'a [u8],
}

impl<'a> Response<'a> {
    /// Reads the body of a whole PDU whose header was read.
    ///
    /// # Errors
    /// The PDU ends before the stub.
    pub fn read(header: &Header, pdu: &'a [u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(pdu, HEADER_LENGTH, header.byte_order());
        let alloc_hint = reader.u32("alloc_hint")?;
        let context = reader.u16("p_cont_id")?;
        reader.take(2, "cancel_count")?;
        Ok(Self { alloc_hint, context, stub: reader.rest() })
    }
}

/// Appends a response, cut into fragments of at most `max_fragment` octets.
pub fn write_response(call_id: u32, context: u16, stub: &[u8], max_fragment: u16, out: &mut Vec<u8>) {
    // cancel_count and reserved stand where a request has its operation number.
    write_fragments(PacketType::Response, call_id, stub, max_fragment, out, (context, 0));
}

/// A status of a fault (C706 App. E, [MS-ERREF] 2.2).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Status(
    /// The 32 bits on the wire.
    pub u32,
);

impl Status {
    /// `nca_s_unk_if`: no such interface on this connection.
    pub const UNKNOWN_INTERFACE: Self = Self(0x1C01_0003);
    /// `nca_s_op_rng_error`: the interface has no such operation.
    pub const OPERATION_RANGE: Self = Self(0x1C01_0002);
    /// `nca_s_proto_error`: the client broke the protocol.
    pub const PROTOCOL: Self = Self(0x1C01_000B);
    /// `nca_s_server_too_busy`.
    pub const SERVER_TOO_BUSY: Self = Self(0x1C01_0014);
    /// `RPC_X_BAD_STUB_DATA`: the stub does not fit the operation.
    pub const BAD_STUB_DATA: Self = Self(0x0000_06F7);
    /// `RPC_S_NO_CALL_ACTIVE`: a cancel came for a call that has not begun.
    pub const NO_CALL_ACTIVE: Self = Self(0x0000_06BD);
    /// `ERROR_ACCESS_DENIED`.
    pub const ACCESS_DENIED: Self = Self(0x0000_0005);

    /// The name in the document, if it is one that a KMS host can have reason to send.
    #[must_use]
    pub const fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::UNKNOWN_INTERFACE => "nca_s_unk_if",
            Self::OPERATION_RANGE => "nca_s_op_rng_error",
            Self::PROTOCOL => "nca_s_proto_error",
            Self::SERVER_TOO_BUSY => "nca_s_server_too_busy",
            Self::BAD_STUB_DATA => "RPC_X_BAD_STUB_DATA",
            Self::NO_CALL_ACTIVE => "RPC_S_NO_CALL_ACTIVE",
            Self::ACCESS_DENIED => "ERROR_ACCESS_DENIED",
            _ => return None,
        })
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{:08X}", self.0)
    }
}

impl fmt::Debug for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

notation::text_format!(
    Status,
    "an RPC status, e.g. 0x1C010014",
    |text| {
        let bits: Result<Hresult, _> = text.parse();
        bits.map(|bits| Status(bits.0))
            .map_err(|_| "not an RPC status: write 0x and eight hexadecimal digits".to_owned())
    },
    ToString::to_string
);

/// A fault: RPC itself refuses the call (C706 12.6.4.7). 32 octets.
///
/// ```text
/// 16              20              22      23      24              28              32
///  +---------------+---------------+-------+-------+---------------+---------------+
///  | alloc_hint 32 | context_id    | cancel| 0     | status        | reserved      |
///  +---------------+---------------+-------+-------+---------------+---------------+
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// The presentation context; zero where the request named one that does not exist.
    pub context: u16,
    /// Whether the header says that the call was certainly not executed.
    pub did_not_execute: bool,
    /// Why.
    pub status: Status,
}

impl Fault {
    /// Reads the body of a whole PDU whose header was read.
    ///
    /// # Errors
    /// The PDU ends before the status does.
    pub fn read(header: &Header, pdu: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(pdu, HEADER_LENGTH, header.byte_order());
        reader.u32("alloc_hint")?;
        let context = reader.u16("p_cont_id")?;
        reader.take(2, "cancel_count")?;
        let status = Status(reader.u32("status")?);
        Ok(Self { context, did_not_execute: header.flags.has(Flags::DID_NOT_EXECUTE), status })
    }

    /// Appends it as a PDU.
    pub fn write(&self, call_id: u32, out: &mut Vec<u8>) {
        let flags = if self.did_not_execute { Flags::WHOLE.with(Flags::DID_NOT_EXECUTE) } else { Flags::WHOLE };
        write_pdu(&Header::new(PacketType::Fault, flags, call_id), out, |body| {
            body.u32(FAULT_LENGTH).u16(self.context).u16(0).u32(self.status.0).u32(0);
        });
    }
}

/// C706 12.6.4.9, 12.6.4.10: FIRST on the first fragment, LAST on the last, the same call id and context on all;
/// `alloc_hint` says what is still to come.
fn write_fragments(
    kind: PacketType,
    call_id: u32,
    stub: &[u8],
    max_fragment: u16,
    out: &mut Vec<u8>,
    (context, second): (u16, u16),
) {
    // All but the last stub must be a multiple of 8 (C706 12.6.4.9 on padding between fragments).
    let room = (usize::from(max_fragment).max(SMALLEST_FRAGMENT) - BEFORE_STUB) / 8 * 8;
    let mut rest = stub;
    let mut flags = Flags::FIRST;
    loop {
        let (piece, later) = rest.split_at(room.min(rest.len()));
        if later.is_empty() {
            flags = flags.with(Flags::LAST);
        }
        write_pdu(&Header::new(kind, flags, call_id), out, |body| {
            body.u32(length_u32(rest.len())).u16(context).u16(second).bytes(piece);
        });
        if later.is_empty() {
            return;
        }
        rest = later;
        flags = Flags::default();
    }
}
