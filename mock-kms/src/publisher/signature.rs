//! Signing an update and verifying the answer (TSIG, RFC 8945), with HMAC-SHA-256 over the octets of the messages.
//!
//! It stands apart because it sees octets and a time. Windows signs with its machine account (GSS-TSIG); a shared key stands in for it here,
//! so that a server knows who asks. The DNS server of the laboratory has its own hand at this: the two were never made to agree.

use hickory_proto::op::Message;
use hickory_proto::rr::{Name, RData};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The algorithm as a name on the wire.
const ALGORITHM: &[u8] = b"\x0bhmac-sha256\0";

/// Type TSIG and class ANY (RFC 8945 4.2), TTL zero.
const TYPE: [u8; 2] = [0, 250];
const CLASS_AND_TTL: [u8; 6] = [0, 255, 0, 0, 0, 0];

/// Seconds between the clocks (RFC 8945 10).
const FUDGE: u16 = 300;

/// Where the count of additional records stands in the header (RFC 1035 4.1.1).
const ADDITIONALS: std::ops::Range<usize> = 10..12;

/// A shared key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Its name, as the server has it.
    pub name: String,
    /// Its octets.
    pub secret: Vec<u8>,
}

/// A message with its signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// What goes onto the wire.
    pub message: Vec<u8>,
    /// What the answer is signed over.
    pub mac: Vec<u8>,
}

/// What is wrong with the signature of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unverified {
    /// There is none, or it is not by the key.
    #[error("the answer is not signed with the key of the request")]
    NotByKey,
    /// The server found something wrong with that of the request (RFC 8945 3).
    #[error("the server says error {0} of the request's signature")]
    Server(u16),
}

impl Key {
    /// Signs a message at a time, in seconds since 1970. None where the key has no name that DNS could carry.
    #[must_use]
    pub fn sign(&self, mut message: Vec<u8>, time: u64) -> Option<Signed> {
        let id = message.first_chunk::<2>().copied()?;
        let name = self.wire_name()?;
        let mac = self.mac(&[&message, &variables(&name, time, FUDGE, 0, &[])])?;
        let content = [
            ALGORITHM,
            &time48(time),
            &FUDGE.to_be_bytes(),
            &length(&mac),
            &mac,
            &id,
            // No error, no other data.
            &[0; 4],
        ]
        .concat();
        for part in [&name[..], &TYPE, &CLASS_AND_TTL, &length(&content), &content] {
            message.extend_from_slice(part);
        }
        add_to_count(&mut message, 1);
        Some(Signed { message, mac })
    }

    /// Verifies an answer to a request that was signed with `request_mac`.
    ///
    /// # Errors
    /// It is not signed with this key, or says that the request's signature was wrong.
    pub fn verify(&self, bytes: &[u8], answer: &Message, request_mac: &[u8]) -> Result<(), Unverified> {
        // Without its DNSSEC features the library leaves the record where it stands: at the end of the additional section.
        let Some(RData::TSIG(signature)) = answer.additionals.last().map(|record| &record.data) else {
            return Err(Unverified::NotByKey);
        };
        let error = signature.error.map_or(0, u16::from);
        let name = self.wire_name().ok_or(Unverified::NotByKey)?;
        // Fixed fields, then the content; nothing of it is compressed (RFC 8945 4.2).
        let content = ALGORITHM.len() + 16 + signature.mac.len() + signature.other.len();
        let covered = bytes.len().checked_sub(name.len() + 10 + content).and_then(|end| bytes.get(..end));
        let mut covered = covered.ok_or(Unverified::NotByKey)?.to_vec();
        add_to_count(&mut covered, u16::MAX);
        let variables = variables(&name, signature.time, signature.fudge, error, &signature.other);
        let expected = self.mac(&[&length(request_mac), request_mac, &covered, &variables]);
        let good = expected.is_some_and(|expected| expected == signature.mac);
        match error {
            // An error of key or MAC comes unsigned, because there is nothing to sign with (RFC 8945 5.3.2).
            16 | 17 => Err(Unverified::Server(error)),
            _ if !good => Err(Unverified::NotByKey),
            0 => Ok(()),
            error => Err(Unverified::Server(error)),
        }
    }

    fn wire_name(&self) -> Option<Vec<u8>> {
        let name = Name::from_ascii(&self.name).ok()?;
        let mut wire = Vec::new();
        for label in name.iter() {
            wire.push(u8::try_from(label.len()).ok()?);
            wire.extend(label.to_ascii_lowercase());
        }
        wire.push(0);
        Some(wire)
    }

    fn mac(&self, parts: &[&[u8]]) -> Option<Vec<u8>> {
        let hmac = <Hmac<Sha256> as KeyInit>::new_from_slice(&self.secret).ok()?;
        let hmac = parts.iter().fold(hmac, |hmac, part| hmac.chain_update(part));
        Some(hmac.finalize().into_bytes().to_vec())
    }
}

/// What is signed behind the message (RFC 8945 4.3.3).
fn variables(name: &[u8], time: u64, fudge: u16, error: u16, other: &[u8]) -> Vec<u8> {
    let time = time48(time);
    let fields =
        [name, &CLASS_AND_TTL, ALGORITHM, &time, &fudge.to_be_bytes(), &error.to_be_bytes(), &length(other), other];
    fields.concat()
}

fn add_to_count(message: &mut [u8], more: u16) {
    if let Some([high, low]) = message.get_mut(ADDITIONALS) {
        [*high, *low] = u16::from_be_bytes([*high, *low]).wrapping_add(more).to_be_bytes();
    }
}

fn time48(seconds: u64) -> [u8; 6] {
    let [_, _, rest @ ..] = seconds.to_be_bytes();
    rest
}

/// Lengths of ours and of a datagram, all far below 65536.
fn length(octets: &[u8]) -> [u8; 2] {
    u16::try_from(octets.len()).unwrap_or(u16::MAX).to_be_bytes()
}
