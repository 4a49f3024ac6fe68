//! The laboratory protection profile: how KMS messages are sealed and opened between our own client and our own host.
//!
//! It stands apart because the promise of this crate lives here. Sizes and framing are those of the product, so that a
//! capture looks right; the protection inside is standard primitives, unmodified, under keys that are derived below from a
//! text which says what they are. No key, constant or construction of a product is here. A genuine client cannot open what
//! this module seals, and nothing that a genuine client seals opens here.
//!
//! ```text
//! version   request                                     response
//! 4         base 236 | AES-CMAC 16                      base | AES-CMAC 16
//! 5, 6      version 4 | IV 16 | CBC(base, PKCS#7) 240   version 4 | IV 16 | CBC(base | trailer, PKCS#7)
//!
//! trailer of 5   nonce xor request IV 16 | SHA-256(nonce | base) 32
//! trailer of 6   the same 48 | hardware id 8 | nonce xor response IV 16 | HMAC-SHA-256 of all before, truncated, 16
//! ```
//!
//! The IV of a request is not random: it is a MAC of the base request (AES-CMAC for 5, truncated HMAC-SHA-256 for 6), as
//! in SIV (RFC 5297 2.6). That leaves the sizes alone and still authenticates every octet, which padding would not. The IV of
//! a response of 5 is that of its request; of 6 it is the nonce, encrypted.
//!
//! It does not decide anything: what is answered to a message that does not open is decided in `host`.

pub(crate) mod flaw;
mod keys;

use aes::cipher::block_padding::Pkcs7;
use aes::cipher::{BlockCipherEncrypt, BlockModeDecrypt, BlockModeEncrypt, InnerIvInit};
use sha2::{Digest, Sha256};

use crate::wire::DecodeError;
use crate::wire::kms::{BASE_REQUEST_LENGTH, BaseRequest, BaseResponse, MAX_EPID_OCTETS, Version};
use keys::{Keys, keys};

/// Octets of a request of version 4.
pub const REQUEST_LENGTH_V4: usize = 252;
/// Octets of a request of version 5 or 6.
pub const REQUEST_LENGTH_V5: usize = 260;

/// Octets of a block, of an IV and of every tag here.
const BLOCK: usize = 16;
/// Octets of the version in front of a message.
const VERSION: usize = 4;
/// Octets of version and IV in front of the ciphertext.
const CLEAR: usize = VERSION + BLOCK;
/// Octets of SHA-256.
const DIGEST: usize = 32;
/// Octets of the largest response: ePID of 128, trailer of version 6, a block of padding.
const MAX_RESPONSE: usize = CLEAR + 44 + MAX_EPID_OCTETS + 88 + BLOCK;

/// Where a product's host tells its hardware; ours says what it is.
const HARDWARE_ID: [u8; 8] = *b"SIMULATE";

type Iv = [u8; BLOCK];

/// Why a message does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Version or size say that it is no KMS message that we know.
    #[error("unreadable message: {0}")]
    Unreadable(DecodeError),
    /// It is not protected with the laboratory keys, or was changed on the way.
    #[error("not protected with the laboratory keys")]
    NotLaboratory,
    /// It is ours, and what is inside cannot be read.
    #[error("unreadable inside its protection: {0}")]
    Inside(DecodeError),
    /// It is ours, but answers another request.
    #[error("answers another request")]
    OtherRequest,
}

/// The version of a request whose version and size fit each other.
///
/// # Errors
/// [`OpenError::Unreadable`].
pub fn request_version(message: &[u8]) -> Result<Version, OpenError> {
    let version = front_version(message)?;
    let expected = match version {
        Version::V4 => REQUEST_LENGTH_V4,
        Version::V5 | Version::V6 => REQUEST_LENGTH_V5,
    };
    if message.len() == expected {
        return Ok(version);
    }
    let found = u64::try_from(message.len()).unwrap_or(u64::MAX);
    let wants = if expected == REQUEST_LENGTH_V4 { "252 for version 4" } else { "260 for versions 5 and 6" };
    Err(OpenError::Unreadable(DecodeError::value(0, "size of the request", found, wants)))
}

/// Seals a request: 252 octets for version 4, 260 for 5 and 6.
#[must_use]
pub fn seal_request(version: Version, request: &BaseRequest) -> Vec<u8> {
    let keys = keys();
    let mut message = Vec::with_capacity(REQUEST_LENGTH_V5 + BLOCK);
    match version {
        Version::V4 => {
            request.write(&mut message);
            let tag = keys.cmac(&message);
            message.extend_from_slice(&tag);
        }
        Version::V5 | Version::V6 => {
            message.extend_from_slice(&version.dword().to_le_bytes());
            message.extend_from_slice(&[0; BLOCK]);
            request.write(&mut message);
            let iv = synthetic_iv(keys, version, message.get(CLEAR..).unwrap_or_default());
            encrypt(keys, version, iv, &mut message);
        }
    }
    message
}

/// Opens a request that was sealed with [`seal_request`].
///
/// # Errors
/// Version or size cannot be read, or the laboratory keys do not open it.
pub fn open_request(message: &[u8]) -> Result<BaseRequest, OpenError> {
    let version = request_version(message)?;
    let keys = keys();
    if version == Version::V4 {
        let base = authenticated(keys, message)?;
        return BaseRequest::read(base).map_err(OpenError::Inside);
    }
    let mut buffer = [0; REQUEST_LENGTH_V5];
    let (iv, base) = decrypt(keys, version, message, &mut buffer)?;
    if base.len() != BASE_REQUEST_LENGTH || iv != synthetic_iv(keys, version, base) {
        return Err(OpenError::NotLaboratory);
    }
    BaseRequest::read(base).map_err(OpenError::Inside)
}

/// What ties an answer to its request: the IV of a sealed request of version 5 or 6; zeros for version 4.
#[must_use]
pub fn request_iv(request: &[u8]) -> [u8; 16] {
    if request.len() == REQUEST_LENGTH_V5 { iv_of(request) } else { [0; BLOCK] }
}

/// Seals the answer to the request with `request_iv`. `nonce` must differ from answer to answer; it comes from the seed.
#[must_use]
pub fn seal_response(version: Version, response: &BaseResponse, request_iv: [u8; 16], nonce: [u8; 16]) -> Vec<u8> {
    let keys = keys();
    let mut message = Vec::with_capacity(MAX_RESPONSE);
    if version == Version::V4 {
        response.write(&mut message);
        let tag = keys.cmac(&message);
        message.extend_from_slice(&tag);
        return message;
    }
    let iv = if version == Version::V5 { request_iv } else { fresh_iv(keys, nonce) };
    message.extend_from_slice(&version.dword().to_le_bytes());
    message.extend_from_slice(&[0; BLOCK]);
    response.write(&mut message);
    let digest = digest(nonce, message.get(CLEAR..).unwrap_or_default());
    message.extend_from_slice(&xor(nonce, request_iv));
    message.extend_from_slice(&digest);
    if version == Version::V6 {
        message.extend_from_slice(&HARDWARE_ID);
        message.extend_from_slice(&xor(nonce, iv));
        let tag = keys.hmac(message.get(CLEAR..).unwrap_or_default());
        message.extend_from_slice(&tag);
    }
    encrypt(keys, version, iv, &mut message);
    message
}

/// Opens the answer to the request with `request_iv`.
///
/// # Errors
/// Version or size cannot be read, the laboratory keys do not open it, or it answers another request.
pub fn open_response(message: &[u8], request_iv: [u8; 16]) -> Result<BaseResponse, OpenError> {
    let version = front_version(message)?;
    let keys = keys();
    if version == Version::V4 {
        let base = authenticated(keys, message)?;
        return BaseResponse::read(base).map_err(OpenError::Inside);
    }
    let mut buffer = [0; MAX_RESPONSE];
    let (iv, plain) = decrypt(keys, version, message, &mut buffer)?;
    let (response, end) = BaseResponse::read_front(plain).map_err(|_| OpenError::NotLaboratory)?;
    let (base, trailer) = plain.split_at(end);
    let (masked, rest) = trailer.split_first_chunk::<BLOCK>().ok_or(OpenError::NotLaboratory)?;
    let (seen_digest, rest) = rest.split_first_chunk::<DIGEST>().ok_or(OpenError::NotLaboratory)?;
    // A response of version 5 has the IV of its request; in 6 the nonce proves it.
    let nonce = xor(*masked, request_iv);
    if *seen_digest != digest(nonce, base) {
        // Ours for another request, or not ours at all: the tag tells, where there is one.
        return Err(if is_sealed_v6(keys, plain) { OpenError::OtherRequest } else { OpenError::NotLaboratory });
    }
    let complete = match version {
        Version::V4 | Version::V5 => rest.is_empty() && iv == request_iv,
        Version::V6 => {
            rest.len() == HARDWARE_ID.len() + BLOCK + BLOCK && is_sealed_v6(keys, plain) && iv == fresh_iv(keys, nonce)
        }
    };
    if complete { Ok(response) } else { Err(OpenError::NotLaboratory) }
}

fn front_version(message: &[u8]) -> Result<Version, OpenError> {
    let dword = crate::wire::kms::front_dword(message).map_err(OpenError::Unreadable)?;
    Version::from_dword(dword).ok_or_else(|| {
        OpenError::Unreadable(DecodeError::value(0, "version", dword.into(), "4.0, 5.0 or 6.0, minor first"))
    })
}

/// The base in front of the CMAC of a version 4 message, if the CMAC is right.
fn authenticated<'a>(keys: &Keys, message: &'a [u8]) -> Result<&'a [u8], OpenError> {
    let (base, tag) = message.split_last_chunk::<BLOCK>().ok_or(OpenError::NotLaboratory)?;
    if *tag == keys.cmac(base) { Ok(base) } else { Err(OpenError::NotLaboratory) }
}

/// Whether the last 16 octets of an opened version 6 message authenticate the rest.
fn is_sealed_v6(keys: &Keys, plain: &[u8]) -> bool {
    plain.split_last_chunk::<BLOCK>().is_some_and(|(before, tag)| *tag == keys.hmac(before))
}

fn synthetic_iv(keys: &Keys, version: Version, base: &[u8]) -> Iv {
    if version == Version::V6 { keys.hmac(base) } else { keys.cmac(base) }
}

fn fresh_iv(keys: &Keys, nonce: Iv) -> Iv {
    let mut block = nonce.into();
    keys.cipher(Version::V6).encrypt_block(&mut block);
    block.into()
}

/// The IV in a sealed message of version 5 or 6; zeros where there is none.
fn iv_of(message: &[u8]) -> Iv {
    message.get(VERSION..).and_then(<[u8]>::first_chunk).copied().unwrap_or_default()
}

fn digest(nonce: Iv, base: &[u8]) -> [u8; DIGEST] {
    Sha256::new().chain_update(nonce).chain_update(base).finalize().into()
}

fn xor(left: Iv, right: Iv) -> Iv {
    (u128::from_ne_bytes(left) ^ u128::from_ne_bytes(right)).to_ne_bytes()
}

/// Puts `iv` in its place and replaces everything after it by its encryption.
fn encrypt(keys: &Keys, version: Version, iv: Iv, message: &mut Vec<u8>) {
    let plain = message.len().saturating_sub(CLEAR);
    message.resize(CLEAR + padded(plain), 0);
    let Some((clear, body)) = message.split_at_mut_checked(CLEAR) else { return };
    if let Some(place) = clear.last_chunk_mut() {
        *place = iv;
    }
    let encryptor = cbc::Encryptor::inner_iv_init(keys.cipher(version), &iv.into());
    let sealed = encryptor.encrypt_padded::<Pkcs7>(body, plain).is_ok();
    debug_assert!(sealed, "the buffer was sized for the padding");
}

/// The IV and the decrypted rest of a message, which stays in `buffer`.
fn decrypt<'b>(
    keys: &Keys,
    version: Version,
    message: &[u8],
    buffer: &'b mut [u8],
) -> Result<(Iv, &'b [u8]), OpenError> {
    let sealed = message.get(CLEAR..).ok_or(OpenError::NotLaboratory)?;
    let body = buffer.get_mut(..sealed.len()).ok_or(OpenError::NotLaboratory)?;
    body.copy_from_slice(sealed);
    let iv = iv_of(message);
    let decryptor = cbc::Decryptor::inner_iv_init(keys.cipher(version), &iv.into());
    let plain = decryptor.decrypt_padded::<Pkcs7>(body).map_err(|_| OpenError::NotLaboratory)?;
    Ok((iv, plain))
}

/// Octets after PKCS#7 padding: a full block is added where nothing would be (RFC 5652 6.3).
const fn padded(length: usize) -> usize {
    (length / BLOCK + 1) * BLOCK
}

#[cfg(test)]
mod tests;
