//! What a KMS client sends, ready made, and one reader for everything that it can get back.
//!
//! It stands apart so that a client is written in terms of "bind, alter, request" and not of PDUs. It follows no discovery
//! and decides nothing: which client sends what is said by its caller.

use std::sync::OnceLock;

use super::bind::{Bind, BindAck, BindNak, Context, SyntaxId};
use super::call::{Fault, Response, write_request};
use super::ndr::{self, OPNUM, TransferSyntax};
use super::pdu::{Flags, Header, MAX_FRAGMENT, PacketType};
use super::{ByteOrder, DecodeError};

/// The call id with which Windows opens a connection.
pub const FIRST_CALL_ID: u32 = 2;

/// The presentation context of NDR32 in the binds below.
pub const CONTEXT_NDR32: u16 = 0;
/// The presentation context of NDR64 in [`bind_windows_10`].
pub const CONTEXT_NDR64: u16 = 1;

/// Both bind time features of [MS-RPCE] 2.2.2.14.
const ALL_FEATURES: u16 = 3;

/// The bind of Windows 10 and 11: NDR32, NDR64 and feature negotiation, 160 octets.
#[must_use]
pub fn bind_windows_10() -> Vec<u8> {
    static PDU: OnceLock<Vec<u8>> = OnceLock::new();
    let offers = [SyntaxId::NDR32, SyntaxId::NDR64, SyntaxId::bind_time_features(ALL_FEATURES)];
    PDU.get_or_init(|| opening(PacketType::Bind, &offers)).clone()
}

/// The bind of older clients: NDR32 and feature negotiation, 116 octets.
#[must_use]
pub fn bind_two_contexts() -> Vec<u8> {
    static PDU: OnceLock<Vec<u8>> = OnceLock::new();
    let offers = [SyntaxId::NDR32, SyntaxId::bind_time_features(ALL_FEATURES)];
    PDU.get_or_init(|| opening(PacketType::Bind, &offers)).clone()
}

/// The alter_context with which Windows asks for NDR32 after the host chose NDR64, 72 octets.
#[must_use]
pub fn alter_context_ndr32() -> Vec<u8> {
    static PDU: OnceLock<Vec<u8>> = OnceLock::new();
    PDU.get_or_init(|| opening(PacketType::AlterContext, &[SyntaxId::NDR32])).clone()
}

/// Appends a whole request that carries the KMS message `message`.
pub fn write_call(
    call_id: u32,
    context: u16,
    syntax: TransferSyntax,
    message: &[u8],
    max_fragment: u16,
    out: &mut Vec<u8>,
) {
    let mut stub = Vec::with_capacity(message.len() + 16);
    ndr::write_request(syntax, message, &mut stub);
    write_request(call_id, context, OPNUM, &stub, max_fragment, out);
}

/// A PDU that a server may send, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FromServer<'a> {
    /// The association is there.
    BindAck(BindAck),
    /// The association is refused.
    BindNak(BindNak),
    /// Contexts were added.
    AlterContextResp(BindAck),
    /// RPC refuses the call.
    Fault(Fault),
    /// One fragment of the result of the call; a [`super::stream::Reassembly`] makes it whole, [`ndr::read_response`]
    /// reads it in the given byte order.
    Response(Response<'a>, ByteOrder),
}

/// Reads a PDU of a server.
///
/// # Errors
/// A field cannot be read, or the PDU is not one that a server sends.
pub fn read_from_server<'a>(header: &Header, pdu: &'a [u8]) -> Result<FromServer<'a>, DecodeError> {
    Ok(match header.kind() {
        Some(PacketType::BindAck) => FromServer::BindAck(BindAck::read(header, pdu)?),
        Some(PacketType::BindNak) => FromServer::BindNak(BindNak::read(header, pdu)?),
        Some(PacketType::AlterContextResp) => FromServer::AlterContextResp(BindAck::read(header, pdu)?),
        Some(PacketType::Fault) => FromServer::Fault(Fault::read(header, pdu)?),
        Some(PacketType::Response) => FromServer::Response(Response::read(header, pdu)?, header.byte_order()),
        Some(
            PacketType::Request
            | PacketType::Bind
            | PacketType::AlterContext
            | PacketType::Auth3
            | PacketType::Shutdown
            | PacketType::CoCancel
            | PacketType::Orphaned,
        )
        | None => {
            return Err(DecodeError::value(2, "PTYPE", header.packet_type.into(), "one that a server sends"));
        }
    })
}

fn opening(kind: PacketType, offers: &[SyntaxId]) -> Vec<u8> {
    let context = |(id, syntax): (u16, &SyntaxId)| Context { id, interface: SyntaxId::KMS, transfer: vec![*syntax] };
    let contexts = (0..).zip(offers).map(context).collect();
    let bind = Bind { max_xmit: MAX_FRAGMENT, max_recv: MAX_FRAGMENT, group: 0, contexts };
    let mut out = Vec::with_capacity(160);
    bind.write(kind, Flags::WHOLE.with(Flags::CONCURRENT_MULTIPLEXING), FIRST_CALL_ID, &mut out);
    out
}
