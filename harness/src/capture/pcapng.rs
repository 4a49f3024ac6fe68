//! Blocks of a pcapng file (draft-ietf-opsawg-pcapng), little-endian.
//!
//! It knows no protocols: octets, moments, names and comments go in. Four kinds of blocks are enough.
//!
//! ```text
//!  0  block type
//!  4  total length
//!  8  body, options at its end, each padded to 4 octets
//!     total length
//! ```

use std::net::IpAddr;

/// Types of blocks (4.1 to 4.5).
const SECTION_HEADER: u32 = 0x0A0D_0D0A;
const INTERFACE_DESCRIPTION: u32 = 1;
const NAME_RESOLUTION: u32 = 4;
const ENHANCED_PACKET: u32 = 6;

/// What tells a reader the order of octets (4.1).
const BYTE_ORDER: u32 = 0x1A2B_3C4D;

/// Options (3.5.1, 4.1, 4.2).
const COMMENT: u16 = 1;
const INTERFACE_NAME: u16 = 2;
const APPLICATION: u16 = 4;

/// Records of names (4.5).
const NAME_V4: u16 = 1;
const NAME_V6: u16 = 2;

/// Packets begin with an IPv4 or IPv6 header: LINKTYPE_RAW. So no hardware addresses have to be invented.
const LINK_TYPE: u16 = 101;

/// Begins a section, in which interfaces are counted anew.
pub(super) fn section(application: &str, comments: &[String]) -> Vec<u8> {
    let mut body = Vec::new();
    body.extend(BYTE_ORDER.to_le_bytes());
    // Version 1.0; how long the section is, nobody says.
    body.extend([1, 0, 0, 0]);
    body.extend((-1_i64).to_le_bytes());
    comments.iter().for_each(|comment| option(&mut body, COMMENT, comment.as_bytes()));
    option(&mut body, APPLICATION, application.as_bytes());
    block(SECTION_HEADER, body)
}

/// Describes the next interface; moments are in microseconds, as by default.
pub(super) fn interface(name: &str) -> Vec<u8> {
    let mut body = LINK_TYPE.to_le_bytes().to_vec();
    // Reserved; packets are never cut.
    body.extend([0; 6]);
    option(&mut body, INTERFACE_NAME, name.as_bytes());
    block(INTERFACE_DESCRIPTION, body)
}

/// Tells what machines are called.
pub(super) fn names<'a>(names: impl Iterator<Item = (IpAddr, &'a str)>) -> Vec<u8> {
    let mut body = Vec::new();
    for (address, name) in names {
        let (kind, mut value) = match address {
            IpAddr::V4(address) => (NAME_V4, address.octets().to_vec()),
            IpAddr::V6(address) => (NAME_V6, address.octets().to_vec()),
        };
        value.extend(name.bytes().filter(|byte| *byte != 0));
        value.push(0);
        field(&mut body, kind, &value);
    }
    field(&mut body, 0, &[]);
    block(NAME_RESOLUTION, body)
}

/// A packet at an interface of the section.
pub(super) fn packet(interface: u32, unix_us: u64, octets: &[u8], comments: &[String]) -> Vec<u8> {
    let mut body = interface.to_le_bytes().to_vec();
    body.extend(u32::try_from(unix_us >> 32).unwrap_or(u32::MAX).to_le_bytes());
    body.extend(u32::try_from(unix_us & u64::from(u32::MAX)).unwrap_or(u32::MAX).to_le_bytes());
    let length = u32::try_from(octets.len()).unwrap_or(u32::MAX);
    body.extend(length.to_le_bytes());
    body.extend(length.to_le_bytes());
    body.extend(octets);
    pad(&mut body);
    comments.iter().for_each(|comment| option(&mut body, COMMENT, comment.as_bytes()));
    block(ENHANCED_PACKET, body)
}

fn block(kind: u32, mut body: Vec<u8>) -> Vec<u8> {
    // Every option list is ended, also an empty one; a list of names has one too.
    body.extend([0; 4]);
    let total = u32::try_from(body.len() + 12).unwrap_or(u32::MAX).to_le_bytes();
    [&kind.to_le_bytes()[..], &total, &body, &total].concat()
}

/// An option; what is longer than its length can say is cut, at a character.
fn option(body: &mut Vec<u8>, code: u16, value: &[u8]) {
    let cut = value.get(..value.len().min(usize::from(u16::MAX))).unwrap_or_default();
    let whole = match std::str::from_utf8(cut) {
        Ok(_) => cut,
        Err(error) => cut.get(..error.valid_up_to()).unwrap_or_default(),
    };
    field(body, code, whole);
}

fn field(body: &mut Vec<u8>, code: u16, value: &[u8]) {
    body.extend(code.to_le_bytes());
    body.extend(u16::try_from(value.len()).unwrap_or(u16::MAX).to_le_bytes());
    body.extend(value);
    pad(body);
}

fn pad(body: &mut Vec<u8>) {
    body.resize(body.len().next_multiple_of(4), 0);
}

#[cfg(test)]
mod tests {
    use super::{interface, names, packet, section};

    #[track_caller]
    fn check(block: &[u8], expected: &[&[u8]]) {
        assert_eq!(block, expected.concat());
    }

    #[test]
    fn blocks_as_the_draft_draws_them() {
        let end: &[u8] = &[0, 0, 0, 0];
        check(
            &section("k", &["so".to_owned()]),
            &[
                b"\x0A\x0D\x0D\x0A\x30\0\0\0\x4D\x3C\x2B\x1A\x01\0\0\0",
                &[0xFF; 8],
                b"\x01\0\x02\0so\0\0",
                b"\x04\0\x01\0k\0\0\0",
                end,
                b"\x30\0\0\0",
            ],
        );
        check(&interface("lab"), &[b"\x01\0\0\0\x20\0\0\0\x65\0\0\0\0\0\0\0\x02\0\x03\0lab\0", end, b"\x20\0\0\0"]);
        check(
            &names([("10.0.0.53".parse().unwrap(), "dns1")].into_iter()),
            &[b"\x04\0\0\0\x24\0\0\0\x01\0\x09\0\x0A\0\0\x35dns1\0\0\0\0", end, end, b"\x24\0\0\0"],
        );
        check(
            &packet(0, 0x0001_0000_0002, b"abc", &[]),
            &[b"\x06\0\0\0\x28\0\0\0\0\0\0\0\x01\0\0\0\x02\0\0\0\x03\0\0\0\x03\0\0\0abc\0", end, b"\x28\0\0\0"],
        );
    }

    #[test]
    fn a_comment_is_cut_at_a_character() {
        let block = packet(0, 0, b"", &["ä".repeat(40_000)]);
        assert_eq!(u16::from_le_bytes([block[30], block[31]]), 65_534);
        assert_eq!(block.len() % 4, 0);
    }
}
