//! HRESULT values: the answer of a KMS host when it does not grant, and zero when it does.
//!
//! It stands apart because host, faults, journal and the client all name the same codes. What a code means to a user is
//! explained elsewhere.

use std::fmt;
use std::str::FromStr;

/// An HRESULT ([MS-ERREF] 2.1): severity bit 31, customer bit 29, facility, code.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hresult(
    /// The 32 bits as Windows prints them in hexadecimal.
    pub u32,
);

/// A text that is not an HRESULT.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an HRESULT: write 0x and eight hexadecimal digits, e.g. 0xC004F074")]
pub struct NotAnHresult;

impl Hresult {
    /// The request was granted.
    pub const OK: Self = Self(0);
    /// `ERROR_INVALID_DATA`: version or size of the request cannot be read.
    pub const INVALID_DATA: Self = Self(0x8007_000D);
    /// The laboratory's own code (customer bit set, so none of Microsoft's): the request reached the KMS host, and this
    /// KMS host is a simulation.
    pub const SIMULATION: Self = Self(0xA004_1688);
    /// `SL_E_GRACE_TIME_EXPIRED`. No host sends it: a client shows it beside its licence status.
    pub const GRACE_TIME_EXPIRED: Self = Self(0xC004_F009);
    /// `SL_E_VL_NOT_ENOUGH_COUNT`. A real host never sends it: the client decides on a granted answer.
    pub const NOT_ENOUGH_COUNT: Self = Self(0xC004_F038);
    /// `SL_E_VL_BINDING_SERVICE_NOT_ENABLED`.
    pub const NOT_ENABLED: Self = Self(0xC004_F039);
    /// `SL_E_VL_KEY_MANAGEMENT_SERVICE_NOT_ACTIVATED`.
    pub const NOT_ACTIVATED: Self = Self(0xC004_F041);
    /// `SL_E_VL_KEY_MANAGEMENT_SERVICE_ID_MISMATCH`: the host key does not cover the product.
    pub const ID_MISMATCH: Self = Self(0xC004_F042);
    /// `SL_E_VL_INVALID_TIMESTAMP`: the clocks are more than four hours apart.
    pub const INVALID_TIMESTAMP: Self = Self(0xC004_F06C);

    const SEVERITY: u32 = 1 << 31;

    /// Whether the severity bit says failure.
    #[must_use]
    pub const fn is_failure(self) -> bool {
        self.0 & Self::SEVERITY != 0
    }
}

impl fmt::Display for Hresult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{:08X}", self.0)
    }
}

impl fmt::Debug for Hresult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Hresult {
    type Err = NotAnHresult;

    fn from_str(text: &str) -> Result<Self, NotAnHresult> {
        let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")).ok_or(NotAnHresult)?;
        if digits.len() != 8 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(NotAnHresult);
        }
        u32::from_str_radix(digits, 16).map(Self).map_err(|_| NotAnHresult)
    }
}

notation::text_format!(
    Hresult,
    "an HRESULT, e.g. 0xC004F074",
    |text| text.parse().map_err(|error: NotAnHresult| error.to_string()),
    ToString::to_string
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_goes_both_ways() {
        assert_eq!("0xC004F041".parse(), Ok(Hresult::NOT_ACTIVATED));
        assert_eq!("0xc004f041".parse(), Ok(Hresult::NOT_ACTIVATED));
        assert_eq!(Hresult::INVALID_DATA.to_string(), "0x8007000D");
        for text in ["", "0x", "C004F041", "0xC004F04", "0xC004F0411", "0x+004F041"] {
            assert_eq!(text.parse::<Hresult>(), Err(NotAnHresult), "{text}");
        }
    }

    #[test]
    fn the_laboratory_code_is_a_failure_with_the_customer_bit() {
        assert!(Hresult::SIMULATION.is_failure());
        assert_eq!(Hresult::SIMULATION.0 >> 29 & 1, 1);
        assert!(!Hresult::OK.is_failure());
    }
}
