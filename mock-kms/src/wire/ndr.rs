//! The stub of the one operation of the interface, in NDR32 and NDR64.
//!
//! It stands apart because it is the only place that knows an encoding: around it are PDUs, inside it is a KMS message. It
//! does not look into that message.
//!
//! The operation takes a size and a conformant array of octets, and returns a size, a pointer to such an array, and an
//! HRESULT. Sizes that disagree make a bad stub; no size is trusted before it was compared with what is there.

use super::bind::SyntaxId;
use super::cursor::{Reader, Writer, length_u32};
use super::{ByteOrder, DecodeError, Hresult};

/// The operation number of the activation request.
pub const OPNUM: u16 = 0;

/// Identifies the array of the response; any value but zero is legal (C706 14.3.12.3).
const REFERENT: u32 = 0x0002_0000;

/// An encoding of stubs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransferSyntax {
    /// NDR 2.0 with 32-bit sizes (C706 14).
    Ndr32,
    /// NDR64 with 64-bit sizes ([MS-RPCE] 2.2.5).
    Ndr64,
}

impl TransferSyntax {
    /// The encoding that the identifier names.
    #[must_use]
    pub fn from_id(id: &SyntaxId) -> Option<Self> {
        [Self::Ndr32, Self::Ndr64].into_iter().find(|syntax| syntax.id() == *id)
    }

    /// The identifier in binds and their results.
    #[must_use]
    pub const fn id(self) -> SyntaxId {
        match self {
            Self::Ndr32 => SyntaxId::NDR32,
            Self::Ndr64 => SyntaxId::NDR64,
        }
    }
}

/// What the operation returned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Returned<'a> {
    /// The KMS message; none with the null pointer of a refusal.
    pub message: Option<&'a [u8]>,
    /// The result of the call.
    pub hresult: Hresult,
}

/// Appends the stub of a request that carries `message`.
///
/// ```text
/// NDR32   0 size u32          4 conformance u32   8 octets
/// NDR64   0 size u32, pad     8 conformance u64  16 octets
/// ```
pub fn write_request(syntax: TransferSyntax, message: &[u8], out: &mut Vec<u8>) {
    let size = length_u32(message.len());
    let mut stub = Writer::new(out);
    match syntax {
        TransferSyntax::Ndr32 => stub.u32(size).u32(size),
        TransferSyntax::Ndr64 => stub.u32(size).u32(0).u64(size.into()),
    };
    stub.bytes(message);
}

/// The message in the stub of a request.
///
/// # Errors
/// The stub ends early or its two sizes differ.
pub fn read_request(syntax: TransferSyntax, order: ByteOrder, stub: &[u8]) -> Result<&[u8], DecodeError> {
    let mut reader = Reader::new(stub, 0, order);
    let size = reader.u32("requestSize")?;
    array(&mut reader, syntax, size, "request")
}

/// Appends the stub of a response.
///
/// ```text
/// NDR32   0 size u32          4 referent u32   8 conformance u32  12 octets, pad to 4, HRESULT
/// NDR64   0 size u32, pad     8 referent u64  16 conformance u64  24 octets, pad to 4, HRESULT
/// refused: size 0, a null referent, HRESULT
/// ```
pub fn write_response(syntax: TransferSyntax, returned: &Returned<'_>, out: &mut Vec<u8>) {
    let size = length_u32(returned.message.map_or(0, <[u8]>::len));
    let referent = if returned.message.is_some() { REFERENT } else { 0 };
    let mut stub = Writer::new(out);
    match syntax {
        TransferSyntax::Ndr32 => stub.u32(size).u32(referent),
        TransferSyntax::Ndr64 => stub.u32(size).u32(0).u64(referent.into()),
    };
    if let Some(message) = returned.message {
        match syntax {
            TransferSyntax::Ndr32 => stub.u32(size),
            TransferSyntax::Ndr64 => stub.u64(size.into()),
        };
        stub.bytes(message);
    }
    // C706 14.2.2: a long stands on a multiple of four, so the padding comes before it.
    stub.align(4).u32(returned.hresult.0);
}

/// What the stub of a response returns.
///
/// # Errors
/// The stub ends early or its two sizes differ.
pub fn read_response(syntax: TransferSyntax, order: ByteOrder, stub: &[u8]) -> Result<Returned<'_>, DecodeError> {
    let mut reader = Reader::new(stub, 0, order);
    let size = reader.u32("responseSize")?;
    let referent = match syntax {
        TransferSyntax::Ndr32 => u64::from(reader.u32("response.referent")?),
        TransferSyntax::Ndr64 => {
            reader.align(8, "pad")?;
            reader.u64("response.referent")?
        }
    };
    let message = if referent == 0 { None } else { Some(array(&mut reader, syntax, size, "response")?) };
    reader.align(4, "pad")?;
    Ok(Returned { message, hresult: Hresult(reader.u32("HRESULT")?) })
}

/// A conformant array of `size` octets: its conformance, which must say the same, then the octets.
fn array<'a>(
    reader: &mut Reader<'a>,
    syntax: TransferSyntax,
    size: u32,
    field: &'static str,
) -> Result<&'a [u8], DecodeError> {
    let (offset, conformance) = match syntax {
        TransferSyntax::Ndr32 => (reader.offset(), u64::from(reader.u32("conformance")?)),
        TransferSyntax::Ndr64 => {
            reader.align(8, "pad")?;
            (reader.offset(), reader.u64("conformance")?)
        }
    };
    if conformance != u64::from(size) {
        return Err(DecodeError::value(offset, "conformance", conformance, "the size in front of it"));
    }
    // A size beyond the address space is beyond the stub as well.
    reader.take(usize::try_from(size).unwrap_or(usize::MAX), field)
}

#[cfg(test)]
mod tests {
    use super::*;
    use TransferSyntax::{Ndr32, Ndr64};

    #[track_caller]
    fn check_request(syntax: TransferSyntax, stub: &[u8]) {
        let mut out = Vec::new();
        write_request(syntax, &[0xaa, 0xbb, 0xcc], &mut out);
        assert_eq!(out, stub);
        assert_eq!(read_request(syntax, ByteOrder::Little, stub).unwrap(), [0xaa, 0xbb, 0xcc]);
    }

    #[track_caller]
    fn check_response(syntax: TransferSyntax, returned: Returned<'_>, stub: &[u8]) {
        let mut out = Vec::new();
        write_response(syntax, &returned, &mut out);
        assert_eq!(out, stub);
        assert_eq!(read_response(syntax, ByteOrder::Little, stub).unwrap(), returned);
    }

    #[test]
    fn requests() {
        check_request(Ndr32, &[3, 0, 0, 0, 3, 0, 0, 0, 0xaa, 0xbb, 0xcc]);
        check_request(Ndr64, &[3, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0xaa, 0xbb, 0xcc]);
        let big = [0, 0, 0, 1, 0, 0, 0, 1, 0xaa];
        assert_eq!(read_request(Ndr32, ByteOrder::Big, &big).unwrap(), [0xaa]);
    }

    #[test]
    fn responses() {
        let granted = Returned { message: Some(&[0xaa, 0xbb]), hresult: Hresult::OK };
        check_response(Ndr32, granted, &[2, 0, 0, 0, 0, 0, 2, 0, 2, 0, 0, 0, 0xaa, 0xbb, 0, 0, 0, 0, 0, 0]);
        #[rustfmt::skip]
        check_response(Ndr64, granted, &[
            2, 0, 0, 0, 0, 0, 0, 0,  0, 0, 2, 0, 0, 0, 0, 0,  2, 0, 0, 0, 0, 0, 0, 0,  0xaa, 0xbb, 0, 0,  0, 0, 0, 0,
        ]);
        let refused = Returned { message: None, hresult: Hresult::NOT_ACTIVATED };
        check_response(Ndr32, refused, &[0, 0, 0, 0, 0, 0, 0, 0, 0x41, 0xf0, 0x04, 0xc0]);
        #[rustfmt::skip]
        check_response(Ndr64, refused, &[0, 0, 0, 0, 0, 0, 0, 0,  0, 0, 0, 0, 0, 0, 0, 0,  0x41, 0xf0, 0x04, 0xc0]);
    }

    #[test]
    fn sizes_that_lie_are_refused() {
        let error = |stub: &[u8]| read_request(Ndr32, ByteOrder::Little, stub).unwrap_err().to_string();
        assert_eq!(
            error(&[3, 0, 0, 0, 2, 0, 0, 0, 1, 2, 3]),
            "at byte 4: conformance: is 2, must be the size in front of it"
        );
        assert_eq!(error(&[0xff; 12]), "at byte 8: request: needs 4294967295 bytes, 4 are left");
        assert_eq!(error(&[3, 0, 0]), "at byte 0: requestSize: needs 4 bytes, 3 are left");
    }
}
