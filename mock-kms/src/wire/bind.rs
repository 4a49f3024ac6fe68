//! Opening an association: which interface, in which encodings, with fragments of which size.
//!
//! It stands apart because negotiation has its own five PDUs and no call in it. It reads and writes them; what a host
//! accepts is decided in `host`.

use super::cursor::{Reader, Writer, length_u16};
use super::pdu::{Flags, HEADER_LENGTH, Header, PacketType, write_pdu};
use super::{DecodeError, Guid};

/// Most presentation contexts in one bind. Windows sends three; more than this serves no client.
pub const MAX_CONTEXTS: u8 = 16;

/// Most transfer syntaxes in one presentation context; three exist.
pub const MAX_SYNTAXES: u8 = 8;

/// An interface or an encoding with its version (C706 12.6.3.1, `p_syntax_id_t`).
///
/// ```text
///  0                              16              18              20
///  +-------------------------------+---------------+---------------+
///  | uuid                          | major         | minor         |
///  +-------------------------------+---------------+---------------+
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SyntaxId {
    /// Which one.
    pub guid: Guid,
    /// The major version in the low half, the minor in the high half.
    pub version: u32,
}

impl SyntaxId {
    /// All zero: what stands in a result that accepts nothing.
    pub const NIL: Self = Self { guid: Guid::NIL, version: 0 };

    /// The interface of a KMS host, 1.0.
    pub const KMS: Self = Self {
        guid: Guid::from_fields(0x51c8_2175, 0x844e, 0x4750, [0xb0, 0xd8, 0xec, 0x25, 0x55, 0x55, 0xbc, 0x06]),
        version: 1,
    };

    /// NDR, 32-bit ([MS-RPCE] 2.2.4.12).
    pub const NDR32: Self = Self {
        guid: Guid::from_fields(0x8a88_5d04, 0x1ceb, 0x11c9, [0x9f, 0xe8, 0x08, 0x00, 0x2b, 0x10, 0x48, 0x60]),
        version: 2,
    };

    /// NDR64 ([MS-RPCE] 2.2.5).
    pub const NDR64: Self = Self {
        guid: Guid::from_fields(0x7171_0533, 0xbeba, 0x4937, [0x83, 0x19, 0xb5, 0xdb, 0xef, 0x9c, 0xcc, 0x36]),
        version: 1,
    };

    /// What bind time feature negotiation starts with; eight octets of bitmask follow ([MS-RPCE] 2.2.2.14).
    const BIND_TIME_FEATURES: [u8; 8] = [0x2c, 0x1c, 0xb7, 0x6c, 0x12, 0x98, 0x40, 0x45];

    /// The pseudo-syntax that asks for these bind time features (1 security context multiplexing, 2 keep connection on
    /// orphan).
    #[must_use]
    pub const fn bind_time_features(mask: u16) -> Self {
        let [low, high] = mask.to_le_bytes();
        let guid = Guid([0x2c, 0x1c, 0xb7, 0x6c, 0x12, 0x98, 0x40, 0x45, low, high, 0, 0, 0, 0, 0, 0]);
        Self { guid, version: 1 }
    }

    /// The features that this pseudo-syntax asks for, if it is one. [MS-RPCE] 3.3.1.5.3: only the prefix is compared.
    #[must_use]
    pub fn asked_features(&self) -> Option<u16> {
        let mask = self.guid.0.strip_prefix(&Self::BIND_TIME_FEATURES)?;
        mask.first_chunk().map(|low| u16::from_le_bytes(*low))
    }

    fn read(reader: &mut Reader<'_>, field: &'static str) -> Result<Self, DecodeError> {
        let guid = reader.guid(field)?;
        Ok(Self { guid, version: reader.u32(field)? })
    }

    fn write(self, body: &mut Writer<'_>) {
        body.guid(self.guid).u32(self.version);
    }
}

/// One presentation context of a bind: an interface and the encodings in which the client can speak it.
///
/// ```text
///  0               2       3       4               24
///  +---------------+-------+-------+---------------+---------------+
///  | context_id    | n     | 0     | interface 20  | n x syntax 20 |
///  +---------------+-------+-------+---------------+---------------+
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    /// The client's number for it; requests name it.
    pub id: u16,
    /// What is to be called.
    pub interface: SyntaxId,
    /// The encodings, in the client's order.
    pub transfer: Vec<SyntaxId>,
}

/// bind and alter_context (C706 12.6.4.3, 12.6.4.1), which differ only in the packet type.
///
/// ```text
/// 16              18              20              24      25      28
///  +---------------+---------------+---------------+-------+-------+---
///  | max_xmit_frag | max_recv_frag | assoc_group   | n     | 0 0 0 | contexts
///  +---------------+---------------+---------------+-------+-------+---
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bind {
    /// The largest fragment that the client sends.
    pub max_xmit: u16,
    /// The largest fragment that the client takes.
    pub max_recv: u16,
    /// The association group to join; zero asks for a new one.
    pub group: u32,
    /// What is offered.
    pub contexts: Vec<Context>,
}

impl Bind {
    /// Reads the body of a whole PDU whose header was read.
    ///
    /// # Errors
    /// The PDU ends early, or counts more contexts or syntaxes than any client has use for.
    pub fn read(header: &Header, pdu: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(pdu, HEADER_LENGTH, header.byte_order());
        let max_xmit = reader.u16("max_xmit_frag")?;
        let max_recv = reader.u16("max_recv_frag")?;
        let group = reader.u32("assoc_group_id")?;
        let count = bounded(&mut reader, "n_context_elem", MAX_CONTEXTS, "at most 16")?;
        reader.take(3, "p_cont_list.reserved")?;
        // `count` is bounded above, so this allocation is too.
        let mut contexts = Vec::with_capacity(count.into());
        for _ in 0..count {
            let id = reader.u16("p_cont_id")?;
            let syntaxes = bounded(&mut reader, "n_transfer_syn", MAX_SYNTAXES, "at most 8")?;
            reader.take(1, "p_cont_elem.reserved")?;
            let interface = SyntaxId::read(&mut reader, "abstract_syntax")?;
            let mut transfer = Vec::with_capacity(syntaxes.into());
            for _ in 0..syntaxes {
                transfer.push(SyntaxId::read(&mut reader, "transfer_syntax")?);
            }
            contexts.push(Context { id, interface, transfer });
        }
        Ok(Self { max_xmit, max_recv, group, contexts })
    }

    /// Appends it as a PDU of type `kind`.
    pub fn write(&self, kind: PacketType, flags: Flags, call_id: u32, out: &mut Vec<u8>) {
        write_pdu(&Header::new(kind, flags, call_id), out, |body| {
            body.u16(self.max_xmit).u16(self.max_recv).u32(self.group);
            body.u8(count_u8(self.contexts.len())).bytes(&[0; 3]);
            for context in &self.contexts {
                body.u16(context.id).u8(count_u8(context.transfer.len())).u8(0);
                context.interface.write(body);
                for syntax in &context.transfer {
                    syntax.write(body);
                }
            }
        });
    }
}

/// What became of one presentation context (C706 12.6.3.1 `p_result_t`, [MS-RPCE] 2.2.2.4). Values are kept as found.
///
/// ```text
///  0               2               4                               24
///  +---------------+---------------+-------------------------------+
///  | result        | reason / mask | transfer syntax 20            |
///  +---------------+---------------+-------------------------------+
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContextResult {
    /// 0 acceptance, 1 user rejection, 2 provider rejection, 3 negotiate_ack.
    pub result: u16,
    /// Why it was rejected; with negotiate_ack the features that were granted.
    pub reason: u16,
    /// The syntax that was accepted.
    pub syntax: SyntaxId,
}

impl ContextResult {
    /// `abstract_syntax_not_supported`: no such interface here.
    pub const INTERFACE_UNKNOWN: u16 = 1;
    /// `proposed_transfer_syntaxes_not_supported`.
    pub const SYNTAXES_UNKNOWN: u16 = 2;

    /// Accepted in this encoding.
    #[must_use]
    pub const fn accept(syntax: SyntaxId) -> Self {
        Self { result: 0, reason: 0, syntax }
    }

    /// Rejected by the provider.
    #[must_use]
    pub const fn reject(reason: u16) -> Self {
        Self { result: 2, reason, syntax: SyntaxId::NIL }
    }

    /// Bind time features granted.
    #[must_use]
    pub const fn negotiated(features: u16) -> Self {
        Self { result: 3, reason: features, syntax: SyntaxId::NIL }
    }

    /// Whether the context can be used.
    #[must_use]
    pub const fn is_accepted(&self) -> bool {
        self.result == 0
    }
}

/// bind_ack and alter_context_resp (C706 12.6.4.4, 12.6.4.2).
///
/// ```text
/// 16              18              20              24              26
///  +---------------+---------------+---------------+---------------+---
///  | max_xmit_frag | max_recv_frag | assoc_group   | length n      | n octets: port and NUL
///  +---------------+---------------+---------------+---------------+---
///  | pad to 4 | n_results | 0 0 0 | n_results x result 24
///  +----------+-----------+-------+---
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BindAck {
    /// The largest fragment that the server sends.
    pub max_xmit: u16,
    /// The largest fragment that the server takes.
    pub max_recv: u16,
    /// The association group that the connection now belongs to.
    pub group: u32,
    /// The secondary address without its NUL, a port in decimal; empty in alter_context_resp. Octets, because it comes
    /// from outside.
    pub secondary_address: Vec<u8>,
    /// One result for each context of the bind, in its order.
    pub results: Vec<ContextResult>,
}

impl BindAck {
    /// Reads the body of a whole PDU whose header was read.
    ///
    /// # Errors
    /// The PDU ends early, or counts more results than a bind can have contexts.
    pub fn read(header: &Header, pdu: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(pdu, HEADER_LENGTH, header.byte_order());
        let max_xmit = reader.u16("max_xmit_frag")?;
        let max_recv = reader.u16("max_recv_frag")?;
        let group = reader.u32("assoc_group_id")?;
        let length = reader.u16("sec_addr.length")?;
        let address = reader.take(length.into(), "sec_addr.port_spec")?;
        let secondary_address = address.strip_suffix(&[0]).unwrap_or(address).to_vec();
        reader.align(4, "pad2")?;
        let count = bounded(&mut reader, "n_results", MAX_CONTEXTS, "at most 16")?;
        reader.take(3, "p_result_list.reserved")?;
        let mut results = Vec::with_capacity(count.into());
        for _ in 0..count {
            let result = reader.u16("result")?;
            let reason = reader.u16("reason")?;
            results.push(ContextResult { result, reason, syntax: SyntaxId::read(&mut reader, "transfer_syntax")? });
        }
        Ok(Self { max_xmit, max_recv, group, secondary_address, results })
    }

    /// Appends it as a PDU of type `kind`.
    pub fn write(&self, kind: PacketType, flags: Flags, call_id: u32, out: &mut Vec<u8>) {
        write_pdu(&Header::new(kind, flags, call_id), out, |body| {
            body.u16(self.max_xmit).u16(self.max_recv).u32(self.group);
            if self.secondary_address.is_empty() {
                body.u16(0);
            } else {
                body.u16(length_u16(self.secondary_address.len() + 1)).bytes(&self.secondary_address).u8(0);
            }
            body.align(4).u8(count_u8(self.results.len())).bytes(&[0; 3]);
            for result in &self.results {
                body.u16(result.result).u16(result.reason);
                result.syntax.write(body);
            }
        });
    }
}

/// bind_nak (C706 12.6.4.5, [MS-RPCE] 2.2.2.9): the association is refused.
///
/// ```text
/// 16              18      19                                24
///  +---------------+-------+-----------------------+--------+
///  | reason        | n = 1 | 5, 0                  | pad    |
///  +---------------+-------+-----------------------+--------+
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BindNak {
    /// Why ([`BindNak::NOT_SPECIFIED`] and its neighbours; other values are kept).
    pub reason: u16,
}

impl BindNak {
    /// The server does not say why.
    pub const NOT_SPECIFIED: u16 = 0;
    /// `local_limit_exceeded`.
    pub const LOCAL_LIMIT: u16 = 2;
    /// `protocol_version_not_supported`.
    pub const VERSION: u16 = 4;
    /// `authentication_type_not_recognized`.
    pub const AUTH_TYPE: u16 = 8;

    /// Reads the body of a whole PDU whose header was read. What follows the reason is not needed by a client.
    ///
    /// # Errors
    /// The PDU ends early.
    pub fn read(header: &Header, pdu: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(pdu, HEADER_LENGTH, header.byte_order());
        Ok(Self { reason: reader.u16("provider_reject_reason")? })
    }

    /// Appends it as a PDU of 24 octets, padded as Windows pads it.
    pub fn write(&self, call_id: u32, out: &mut Vec<u8>) {
        write_pdu(&Header::new(PacketType::BindNak, Flags::WHOLE, call_id), out, |body| {
            body.u16(self.reason).u8(1).u8(5).u8(0).align(4);
        });
    }
}

fn bounded(reader: &mut Reader<'_>, field: &'static str, most: u8, wants: &'static str) -> Result<u8, DecodeError> {
    let offset = reader.offset();
    let count = reader.u8(field)?;
    if count > most {
        return Err(DecodeError::value(offset, field, count.into(), wants));
    }
    Ok(count)
}

/// A count of ours; what we write has at most 16.
fn count_u8(count: usize) -> u8 {
    u8::try_from(count).unwrap_or(u8::MAX)
}
