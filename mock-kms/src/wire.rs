//! The bytes of KMS on TCP 1688: connection-oriented DCE/RPC around the two KMS messages, read and written in both directions.
//!
//! It stands apart because it knows no state, no time and no policy: a value in, bytes out, and back. It does not decide what
//! is answered (that is `host`), and it does not protect a message (that is `laboratory`).
//!
//! Byte order, said once: we write little-endian. RPC integers and UUIDs are read in the order that the sender's data
//! representation names (C706 14.1, "the receiver makes it right"); the KMS messages inside the stub are octets for
//! RPC and always little-endian.
//!
//! - [`guid`], [`hresult`]: the two small values that everything else carries
//! - [`pdu`]: the 16-byte header that opens every PDU
//! - [`bind`]: opening an association: bind, bind_ack, bind_nak, alter_context, alter_context_resp
//! - [`call`]: request, response, fault
//! - [`ndr`]: the stub of the one operation, in NDR32 and NDR64
//! - [`kms`]: the base request and the base response
//! - [`stream`]: bytes of a connection -> PDUs -> whole calls
//! - [`client_side`]: what a KMS client sends and reads, ready made

pub mod bind;
pub mod call;
pub mod client_side;
pub mod guid;
pub mod hresult;
pub mod kms;
pub mod ndr;
pub mod pdu;
pub mod stream;

mod cursor;
#[cfg(test)]
mod golden;

pub use cursor::{ByteOrder, DecodeError, Problem};
pub use guid::Guid;
pub use hresult::Hresult;
