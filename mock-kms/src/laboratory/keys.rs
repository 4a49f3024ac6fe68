//! The laboratory keys: derived in the open, once per process.
//!
//! They stand apart so that everything secret-looking in this project is on one page, and the page says that nothing of it
//! is secret. They protect nothing but the difference between our own messages and everybody else's.

use std::sync::OnceLock;

use aes::Aes128;
use aes::cipher::KeyInit;
use cmac::{Cmac, Mac};
use hmac::Hmac;
use sha2::{Digest, Sha256};

use crate::wire::kms::Version;

/// The text that all keys come from.
const TEXT: &str = "These are the laboratory keys of kmslab. They are public. They protect messages between a simulated KMS \
                    client and a simulated KMS host, and they cannot activate a product.";

/// The key schedules: computing them takes longer than using them.
pub(super) struct Keys {
    cmac: Cmac<Aes128>,
    hmac: Hmac<Sha256>,
    cipher_v5: Aes128,
    cipher_v6: Aes128,
}

/// The laboratory keys.
pub(super) fn keys() -> &'static Keys {
    static KEYS: OnceLock<Keys> = OnceLock::new();
    KEYS.get_or_init(|| Keys {
        cmac: Cmac::new(&half(derive("AES-CMAC")).into()),
        hmac: <Hmac<Sha256> as KeyInit>::new(&padded(derive("HMAC-SHA-256")).into()),
        cipher_v5: Aes128::new(&half(derive("AES-128-CBC, version 5")).into()),
        cipher_v6: Aes128::new(&half(derive("AES-128-CBC, version 6")).into()),
    })
}

impl Keys {
    /// AES-CMAC (RFC 4493) of a message.
    pub(super) fn cmac(&self, message: &[u8]) -> [u8; 16] {
        self.cmac.clone().chain_update(message).finalize().into_bytes().into()
    }

    /// HMAC-SHA-256 (RFC 2104) of a message, its first 16 octets.
    pub(super) fn hmac(&self, message: &[u8]) -> [u8; 16] {
        half(self.hmac.clone().chain_update(message).finalize().into_bytes().into())
    }

    /// The block cipher of version 5 or 6.
    pub(super) const fn cipher(&self, version: Version) -> &Aes128 {
        match version {
            Version::V4 | Version::V5 => &self.cipher_v5,
            Version::V6 => &self.cipher_v6,
        }
    }
}

fn derive(purpose: &str) -> [u8; 32] {
    Sha256::new().chain_update(TEXT).chain_update([0]).chain_update(purpose).finalize().into()
}

fn half(digest: [u8; 32]) -> [u8; 16] {
    let mut first = [0; 16];
    first.copy_from_slice(digest.first_chunk::<16>().unwrap_or(&[0; 16]));
    first
}

/// A key as HMAC takes it: a block of 64, zeros behind (RFC 2104 2).
fn padded(digest: [u8; 32]) -> [u8; 64] {
    let mut block = [0; 64];
    for (place, octet) in block.iter_mut().zip(digest) {
        *place = octet;
    }
    block
}
