//! The second stage: octets that a client should not believe or cannot read. A message goes in, a message comes out.

use crate::wire::HEADER;

notation::choice! {
    /// How a reply is encoded.
    pub enum WireFault("fault on the wire") {
        /// The transaction id is another one: clients drop the reply and go on waiting.
        "wrong-id" => WrongId,
        /// The question is another one: clients drop the reply and go on waiting.
        "wrong-question" => WrongQuestion,
        /// The question comes back in lower case, which strict clients take for a forgery.
        "lower-case-question" => LowerCaseQuestion,
        /// QR is clear: the reply says that it is a query.
        "qr-clear" => QrClear,
        /// The reply ends in the middle of its records, without TC.
        "malformed" => Malformed,
        /// The header claims one more answer than there is.
        "wrong-count" => WrongCount,
        /// The name in the question points to itself.
        "pointer-loop" => PointerLoop,
        /// Octets follow the message.
        "trailing-bytes" => TrailingBytes,
    }
}

/// What follows the message in `trailing-bytes`.
const TRAILING: &[u8] = b"\xde\xad\xbe\xef";

impl WireFault {
    /// Rewrites a message.
    #[must_use]
    pub fn rewrite(&self, mut message: Vec<u8>) -> Vec<u8> {
        match self {
            // The last bit: the forgery that is hardest to see by eye in a capture is not needed, any other id will do.
            Self::WrongId => flip(&mut message, 1, 0x01),
            Self::QrClear => flip(&mut message, 2, 0x80),
            // The last bit of the first letter: `_vlmcs` becomes `^vlmcs`.
            Self::WrongQuestion => flip(&mut message, HEADER + 1, 0x01),
            Self::LowerCaseQuestion => {
                let end = message.iter().skip(HEADER).position(|&octet| octet == 0).map_or(0, |length| HEADER + length);
                if let Some(name) = message.get_mut(HEADER..end) {
                    name.make_ascii_lowercase();
                }
            }
            Self::Malformed => {
                let body = message.len().saturating_sub(HEADER);
                message.truncate(HEADER + body / 2);
            }
            Self::WrongCount => {
                if let Some(&[high, low]) = message.get(6..8) {
                    let claimed = u16::from_be_bytes([high, low]).saturating_add(1).to_be_bytes();
                    if let Some(count) = message.get_mut(6..8) {
                        count.copy_from_slice(&claimed);
                    }
                }
            }
            Self::PointerLoop => {
                if let Some(name) = message.get_mut(HEADER..HEADER + 2) {
                    name.copy_from_slice(&[0xC0, 0x0C]);
                }
            }
            Self::TrailingBytes => message.extend_from_slice(TRAILING),
        }
        message
    }
}

fn flip(message: &mut [u8], at: usize, bits: u8) {
    if let Some(octet) = message.get_mut(at) {
        *octet ^= bits;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(fault: &WireFault, expected: &[u8]) {
        // An empty reply to `_A IN A`, id 2.
        let honest = b"\0\x02\x81\x80\0\x01\0\0\0\0\0\0\x02_A\0\0\x01\0\x01".to_vec();
        assert_eq!(fault.rewrite(honest), expected, "{fault:?}");
        for length in 0..HEADER + 4 {
            let _survived = fault.rewrite(vec![0; length]);
        }
    }

    #[test]
    fn each_fault() {
        check(&WireFault::WrongId, b"\0\x03\x81\x80\0\x01\0\0\0\0\0\0\x02_A\0\0\x01\0\x01");
        check(&WireFault::QrClear, b"\0\x02\x01\x80\0\x01\0\0\0\0\0\0\x02_A\0\0\x01\0\x01");
        check(&WireFault::WrongQuestion, b"\0\x02\x81\x80\0\x01\0\0\0\0\0\0\x02^A\0\0\x01\0\x01");
        check(&WireFault::LowerCaseQuestion, b"\0\x02\x81\x80\0\x01\0\0\0\0\0\0\x02_a\0\0\x01\0\x01");
        check(&WireFault::Malformed, b"\0\x02\x81\x80\0\x01\0\0\0\0\0\0\x02_A\0");
        check(&WireFault::WrongCount, b"\0\x02\x81\x80\0\x01\0\x01\0\0\0\0\x02_A\0\0\x01\0\x01");
        check(&WireFault::PointerLoop, b"\0\x02\x81\x80\0\x01\0\0\0\0\0\0\xc0\x0cA\0\0\x01\0\x01");
        check(&WireFault::TrailingBytes, b"\0\x02\x81\x80\0\x01\0\0\0\0\0\0\x02_A\0\0\x01\0\x01\xde\xad\xbe\xef");
    }
}
