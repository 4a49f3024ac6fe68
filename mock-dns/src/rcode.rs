//! Response codes under the names that `dig` and the RFCs print.
//!
//! It stands apart because server, client and journal all speak of them. What a client makes of a code is not known here.

use std::fmt;

/// A response code, with the high bits that EDNS adds (RFC 6895 2.3).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rcode(pub u16);

impl Rcode {
    /// Answered, perhaps with nothing.
    pub const NOERROR: Self = Self(0);
    /// The query cannot be read.
    pub const FORMERR: Self = Self(1);
    /// The server failed.
    pub const SERVFAIL: Self = Self(2);
    /// The name does not exist.
    pub const NXDOMAIN: Self = Self(3);
    /// The server does not do that.
    pub const NOTIMP: Self = Self(4);
    /// The server does not want to.
    pub const REFUSED: Self = Self(5);
    /// A name exists that must not (RFC 2136).
    pub const YXDOMAIN: Self = Self(6);
    /// Records exist that must not (RFC 2136).
    pub const YXRRSET: Self = Self(7);
    /// Records do not exist that must (RFC 2136).
    pub const NXRRSET: Self = Self(8);
    /// The server has no authority for the zone (RFC 2136).
    pub const NOTAUTH: Self = Self(9);
    /// A name is not in the zone (RFC 2136).
    pub const NOTZONE: Self = Self(10);
    /// The EDNS version is unknown (RFC 6891); needs the bits of an OPT record.
    pub const BADVERS: Self = Self(16);

    const NAMES: [&'static str; 11] = [
        "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN", "YXRRSET", "NXRRSET", "NOTAUTH",
        "NOTZONE",
    ];

    /// The four bits in the header.
    #[must_use]
    pub fn low(self) -> u8 {
        u8::try_from(self.0 & 0x0F).unwrap_or_default()
    }

    /// The eight bits in the OPT record.
    #[must_use]
    pub fn high(self) -> u8 {
        u8::try_from((self.0 >> 4) & 0xFF).unwrap_or_default()
    }
}

impl fmt::Display for Rcode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (*self, Self::NAMES.get(usize::from(self.0))) {
            (Self::BADVERS, _) => f.write_str("BADVERS"),
            (_, Some(name)) => f.write_str(name),
            (_, None) => write!(f, "RCODE{}", self.0),
        }
    }
}

impl fmt::Debug for Rcode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_bits() {
        let names: Vec<String> = [0, 3, 10, 11, 16].into_iter().map(|code| Rcode(code).to_string()).collect();
        assert_eq!(names, ["NOERROR", "NXDOMAIN", "NOTZONE", "RCODE11", "BADVERS"]);
        assert_eq!((Rcode::BADVERS.low(), Rcode::BADVERS.high()), (0, 1));
    }
}
