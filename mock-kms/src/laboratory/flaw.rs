//! Messages that are sealed and then spoilt: what a fault makes of a granted answer.
//!
//! It stands apart because honest sealing must have no way to fail on purpose. A spoilt message opens for nobody, so nothing in
//! here can make a success.

use aes::cipher::block_padding::NoPadding;
use aes::cipher::{BlockModeDecrypt, BlockModeEncrypt, InnerIvInit};

use super::keys::keys;
use super::{CLEAR, front_version, iv_of};
use crate::wire::kms::Version;

/// What is wrong with a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// The authentication code is another: CMAC, digest or HMAC, by the version.
    Mac,
    /// The padding is none that PKCS#7 allows (RFC 5652 6.3). A message of version 4 has no padding and stays as it is.
    Padding,
}

/// Spoils a sealed message. What is no message stays as it is.
pub(crate) fn spoil(message: &mut [u8], flaw: Flaw) {
    let Ok(version) = front_version(message) else { return };
    if version == Version::V4 {
        if let (Flaw::Mac, Some(last)) = (flaw, message.last_mut()) {
            *last = !*last;
        }
        return;
    }
    let iv = iv_of(message);
    let Some(body) = message.get_mut(CLEAR..) else { return };
    let length = body.len();
    let decryptor = cbc::Decryptor::inner_iv_init(keys().cipher(version), &iv.into());
    if decryptor.decrypt_padded::<NoPadding>(body).is_err() {
        return;
    }
    let padding = body.last().copied().unwrap_or_default();
    let at = match flaw {
        Flaw::Padding => length.checked_sub(1),
        Flaw::Mac => length.checked_sub(usize::from(padding) + 1),
    };
    if let Some(octet) = at.and_then(|at| body.get_mut(at)) {
        *octet = if flaw == Flaw::Padding { 0 } else { !*octet };
    }
    let encryptor = cbc::Encryptor::inner_iv_init(keys().cipher(version), &iv.into());
    let whole = encryptor.encrypt_padded::<NoPadding>(body, length).is_ok();
    debug_assert!(whole, "whole blocks stay whole");
}
