//! The two KMS messages before protection: the base request and the base response.
//!
//! It stands apart because these are the fields that a person reads in a report; how they are protected on the wire is the
//! business of `laboratory`. Field table: Microsoft, Volume Activation 2.0 Operations Guide (2008), "KMS RPC Messages".
//! All integers are little-endian, nothing is aligned.

use std::fmt;
use std::sync::Arc;

use double::WallTime;

use super::cursor::{Reader, Writer, length_u32};
use super::{ByteOrder, DecodeError, Guid};

/// Octets of a base request.
pub const BASE_REQUEST_LENGTH: usize = 236;

/// Octets of the ePID in a response, its NUL included: 64 UTF-16 units.
pub const MAX_EPID_OCTETS: usize = 128;

/// UTF-16 units of an ePID without its NUL.
const MAX_EPID_UNITS: usize = MAX_EPID_OCTETS / 2 - 1;

/// Octets of a base response around its ePID.
const RESPONSE_AROUND_EPID: usize = 44;

/// A version of the protocol. On the wire the minor half comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// 4.0: Windows Vista to 7 and their servers, Office 2010.
    V4,
    /// 5.0: Windows 8 and Server 2012.
    V5,
    /// 6.0: Windows 8.1 and later.
    V6,
}

impl Version {
    /// All of them, oldest first.
    pub const ALL: [Self; 3] = [Self::V4, Self::V5, Self::V6];

    /// The version that the first four octets of a message name, if it is one.
    #[must_use]
    pub fn from_dword(dword: u32) -> Option<Self> {
        Self::ALL.into_iter().find(|version| version.dword() == dword)
    }

    /// The first four octets of a message: minor in the low half, major in the high half.
    #[must_use]
    pub const fn dword(self) -> u32 {
        (self.major() as u32) << 16
    }

    /// 4, 5 or 6.
    #[must_use]
    pub const fn major(self) -> u16 {
        match self {
            Self::V4 => 4,
            Self::V5 => 5,
            Self::V6 => 6,
        }
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.0", self.major())
    }
}

/// The name of the client in a request: 64 UTF-16 units, the rest after the first NUL unused.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct WorkstationName(
    /// The units as they stand on the wire.
    pub [u16; 64],
);

impl WorkstationName {
    /// Units of a name at most; one is left for the NUL.
    const MAX_UNITS: usize = 63;

    /// The name, cut after 63 UTF-16 units.
    #[must_use]
    pub fn new(name: &str) -> Self {
        let mut units = [0; 64];
        for (place, unit) in units.iter_mut().zip(name.encode_utf16().take(Self::MAX_UNITS)) {
            *place = unit;
        }
        Self(units)
    }
}

impl fmt::Display for WorkstationName {
    /// The name up to its NUL, lone surrogates replaced; not escaped.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = self.0.into_iter().take_while(|unit| *unit != 0);
        char::decode_utf16(units)
            .try_for_each(|unit| fmt::Write::write_char(f, unit.unwrap_or(char::REPLACEMENT_CHARACTER)))
    }
}

impl fmt::Debug for WorkstationName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.to_string(), f)
    }
}

/// What a client tells its KMS host: 236 octets.
///
/// ```text
///   0 version u32         4 VM u32              8 licence status u32  12 minutes left u32
///  16 application 16     32 SKU 16             48 counted id 16       64 CMID 16
///  80 required u32       84 client time u64    92 previous CMID 16   108 workstation name, 64 x u16
/// 236
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseRequest {
    /// The version, as the dword that also stands in front of the message.
    pub version: u32,
    /// 1 on a virtual machine. A host does not decide on it.
    pub virtual_machine: u32,
    /// 0 unlicensed, 1 licensed, 2 initial grace, 3 out-of-tolerance grace, 4 non-genuine grace, 5 notification,
    /// 6 extended grace.
    pub license_status: u32,
    /// Minutes until the licence status changes.
    pub minutes_left: u32,
    /// Windows or Office, and which Office.
    pub application: Guid,
    /// The edition that wants activation. A host does not decide on it.
    pub sku: Guid,
    /// The product group on which a host decides.
    pub counted: Guid,
    /// The client machine id (CMID); a host counts different ones.
    pub client: Guid,
    /// How many clients the product wants to see counted (the N policy).
    pub required_clients: u32,
    /// The clock of the client, UTC.
    pub client_time: WallTime,
    /// The CMID before the last re-creation; normally zero.
    pub previous_client: Guid,
    /// The name of the client machine.
    pub workstation: WorkstationName,
}

impl BaseRequest {
    /// Reads a base request, which is all of `message`.
    ///
    /// # Errors
    /// Another length than 236.
    pub fn read(message: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(message, 0, ByteOrder::Little);
        let request = Self {
            version: reader.u32("version")?,
            virtual_machine: reader.u32("VM flag")?,
            license_status: reader.u32("licence status")?,
            minutes_left: reader.u32("minutes left")?,
            application: reader.guid("application id")?,
            sku: reader.guid("SKU id")?,
            counted: reader.guid("counted id")?,
            client: reader.guid("CMID")?,
            required_clients: reader.u32("required clients")?,
            client_time: WallTime(reader.u64("client time")?),
            previous_client: reader.guid("previous CMID")?,
            workstation: {
                let octets: [u8; 128] = reader.array("workstation name")?;
                let mut units = [0; 64];
                for (unit, pair) in units.iter_mut().zip(octets.as_chunks().0) {
                    *unit = u16::from_le_bytes(*pair);
                }
                WorkstationName(units)
            },
        };
        finish(&reader)?;
        Ok(request)
    }

    /// Appends the 236 octets.
    pub fn write(&self, out: &mut Vec<u8>) {
        let mut message = Writer::new(out);
        message.u32(self.version).u32(self.virtual_machine).u32(self.license_status).u32(self.minutes_left);
        message.guid(self.application).guid(self.sku).guid(self.counted).guid(self.client);
        message.u32(self.required_clients).u64(self.client_time.0).guid(self.previous_client);
        let mut octets = [0; 128];
        for (pair, unit) in octets.as_chunks_mut().0.iter_mut().zip(self.workstation.0) {
            *pair = unit.to_le_bytes();
        }
        message.bytes(&octets);
    }
}

/// What a KMS host grants: 44 octets and the ePID.
///
/// ```text
///  0 version u32       4 ePID octets u32    8 ePID, UTF-16 and NUL
///  then  CMID 16, client time u64, current count u32, activation interval u32, renewal interval u32
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseResponse {
    /// The version of the request.
    pub version: u32,
    /// The extended product id of the host; ours start with `LAB-`.
    pub epid: Arc<str>,
    /// The CMID of the request.
    pub client: Guid,
    /// The client time of the request.
    pub client_time: WallTime,
    /// How many clients the host has counted.
    pub current_count: u32,
    /// Minutes between attempts of a client that is not activated.
    pub activation_interval: u32,
    /// Minutes between renewals.
    pub renewal_interval: u32,
}

impl BaseResponse {
    /// Reads a base response, which is all of `message`.
    ///
    /// # Errors
    /// The message ends early or goes on, or the ePID has an odd length or more than 128 octets.
    pub fn read(message: &[u8]) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(message, 0, ByteOrder::Little);
        let response = Self::read_from(&mut reader)?;
        finish(&reader)?;
        Ok(response)
    }

    /// Reads a base response that opens `message`, and says where it ends.
    pub(crate) fn read_front(message: &[u8]) -> Result<(Self, usize), DecodeError> {
        let mut reader = Reader::new(message, 0, ByteOrder::Little);
        Ok((Self::read_from(&mut reader)?, reader.offset()))
    }

    /// Appends it.
    pub fn write(&self, out: &mut Vec<u8>) {
        // Zeros behind: the last place stays for the NUL.
        let mut epid = [0; MAX_EPID_OCTETS];
        let mut octets = size_of::<u16>();
        for (place, unit) in epid.as_chunks_mut().0.iter_mut().zip(self.epid.encode_utf16().take(MAX_EPID_UNITS)) {
            *place = unit.to_le_bytes();
            octets += place.len();
        }
        out.reserve(RESPONSE_AROUND_EPID + MAX_EPID_OCTETS);
        let mut message = Writer::new(out);
        message.u32(self.version).u32(length_u32(octets)).bytes(epid.get(..octets).unwrap_or_default());
        message.guid(self.client).u64(self.client_time.0);
        message.u32(self.current_count).u32(self.activation_interval).u32(self.renewal_interval);
    }

    fn read_from(reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let version = reader.u32("version")?;
        let offset = reader.offset();
        let length = reader.u32("ePID length")?;
        let octets = usize::try_from(length).unwrap_or(usize::MAX);
        if octets > MAX_EPID_OCTETS || octets % 2 != 0 {
            return Err(DecodeError::value(offset, "ePID length", length.into(), "even and at most 128"));
        }
        let pairs = reader.take(octets, "ePID")?.as_chunks().0.iter();
        let units = pairs.map(|pair| u16::from_le_bytes(*pair)).take_while(|unit| *unit != 0);
        let mut epid = String::with_capacity(octets);
        epid.extend(char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)));
        Ok(Self {
            version,
            epid: epid.into(),
            client: reader.guid("CMID")?,
            client_time: WallTime(reader.u64("client time")?),
            current_count: reader.u32("current count")?,
            activation_interval: reader.u32("activation interval")?,
            renewal_interval: reader.u32("renewal interval")?,
        })
    }
}

/// The version dword in front of a message, known or not.
pub(crate) fn front_dword(message: &[u8]) -> Result<u32, DecodeError> {
    Reader::new(message, 0, ByteOrder::Little).u32("version")
}

/// Nothing may follow.
fn finish(reader: &Reader<'_>) -> Result<(), DecodeError> {
    match reader.rest().len() {
        0 => Ok(()),
        more => {
            let more = u64::try_from(more).unwrap_or(u64::MAX);
            Err(DecodeError::value(reader.offset(), "octets after the message", more, "0"))
        }
    }
}
