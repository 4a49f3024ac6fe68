//! GUIDs (UUIDs) as KMS and RPC carry them.
//!
//! It stands apart because a GUID has two spellings (octets and text) and confusing them is the classical mistake. It knows
//! no particular identifier.

use std::fmt::{self, Write as _};
use std::str::FromStr;

/// A GUID in its little-endian wire form ([MS-DTYP] 2.3.4.2, C706 App. A).
///
/// ```text
///  0               4       6       8                              16
///  +---------------+-------+-------+-------------------------------+
///  | time_low LE   | mid LE| hi LE | eight octets in text order    |
///  +---------------+-------+-------+-------------------------------+
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Guid(
    /// The sixteen octets as they stand in a little-endian message.
    pub [u8; 16],
);

/// A text that is not a GUID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a GUID: write it as 8-4-4-4-12 hexadecimal digits")]
pub struct NotAGuid;

impl Guid {
    /// All zero: "none".
    pub const NIL: Self = Self([0; 16]);

    /// From the groups of the text form; the fourth and fifth group together are `tail`.
    #[must_use]
    pub const fn from_fields(low: u32, mid: u16, high: u16, tail: [u8; 8]) -> Self {
        let [a, b, c, d] = low.to_le_bytes();
        let [e, f] = mid.to_le_bytes();
        let [g, h] = high.to_le_bytes();
        let [i, j, k, l, m, n, o, p] = tail;
        Self([a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p])
    }

    /// From the octets of a big-endian message, which are also in the order of the text.
    #[must_use]
    pub const fn from_big_endian(octets: [u8; 16]) -> Self {
        let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = octets;
        Self([d, c, b, a, f, e, h, g, i, j, k, l, m, n, o, p])
    }

    /// Octets in the order of the text.
    #[must_use]
    pub const fn to_big_endian(self) -> [u8; 16] {
        // Swapping is its own inverse.
        Self::from_big_endian(self.0).0
    }
}

impl fmt::Display for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, octet) in self.to_big_endian().into_iter().enumerate() {
            if matches!(index, 4 | 6 | 8 | 10) {
                f.write_str("-")?;
            }
            // A GUID stands in every event; formatting each octet as a number takes ten times as long.
            for digit in [octet >> 4, octet & 0x0F] {
                f.write_char(char::from_digit(u32::from(digit), 16).unwrap_or('?'))?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Guid {
    type Err = NotAGuid;

    fn from_str(text: &str) -> Result<Self, NotAGuid> {
        if text.len() != 36 {
            return Err(NotAGuid);
        }
        let mut octets = [0_u8; 16];
        let mut digits = 0_usize;
        for (index, character) in text.chars().enumerate() {
            if matches!(index, 8 | 13 | 18 | 23) {
                if character != '-' {
                    return Err(NotAGuid);
                }
                continue;
            }
            let digit = character.to_digit(16).and_then(|digit| u8::try_from(digit).ok()).ok_or(NotAGuid)?;
            let octet = octets.get_mut(digits / 2).ok_or(NotAGuid)?;
            *octet = *octet << 4 | digit;
            digits += 1;
        }
        Ok(Self::from_big_endian(octets))
    }
}

notation::text_format!(
    Guid,
    "a GUID, e.g. 55c92734-d682-4d71-983e-d6ec3f16059f",
    |text| text.parse().map_err(|error: NotAGuid| error.to_string()),
    ToString::to_string
);

#[cfg(test)]
mod tests {
    use super::*;

    const KMS: &str = "51c82175-844e-4750-b0d8-ec255555bc06";
    const KMS_WIRE: [u8; 16] =
        [0x75, 0x21, 0xc8, 0x51, 0x4e, 0x84, 0x50, 0x47, 0xb0, 0xd8, 0xec, 0x25, 0x55, 0x55, 0xbc, 0x06];

    #[test]
    fn text_and_wire_form_agree() {
        let guid: Guid = KMS.parse().unwrap();
        assert_eq!(guid.0, KMS_WIRE);
        assert_eq!(guid.to_string(), KMS);
        assert_eq!(guid, Guid::from_fields(0x51c8_2175, 0x844e, 0x4750, [0xb0, 0xd8, 0xec, 0x25, 0x55, 0x55, 0xbc, 6]));
        assert_eq!(Guid::from_big_endian(guid.to_big_endian()), guid);
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "",
            "51c82175",
            "{51c82175-844e-4750-b0d8-ec255555bc06}",
            "51c82175-844e-4750-b0d8_ec255555bc06",
            "51c82175-844e-4750-b0d8-ec255555bc0g",
            "éééééééééééééééééé",
        ] {
            assert_eq!(text.parse::<Guid>(), Err(NotAGuid), "{text}");
        }
    }
}
