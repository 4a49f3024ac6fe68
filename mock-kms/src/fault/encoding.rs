//! Second stage: how an answer is encoded.
//!
//! It stands apart because it sees octets only: what they mean was decided before. Octets that a rewrite wants to change and
//! that are not there are left alone.

use crate::host::association::Said;
use crate::wire::call::{Response, write_response};
use crate::wire::pdu::Header;

notation::choice! {
    /// How an answer is encoded wrongly, or at least in an unusual way.
    pub enum WireFault("wire fault") {
        /// Only the first N octets are sent; the length in the header stays.
        "truncate" => Truncate(u32),
        /// The call id is that of the next call.
        "wrong-call-id" => WrongCallId,
        /// The presentation context of a response or fault is another.
        "wrong-context" => WrongContext,
        /// The header claims this length.
        "wrong-length" => WrongLength(u16),
        /// The header has this packet type.
        "wrong-type" => WrongType(u8),
        /// The header has this major version of RPC.
        "wrong-version" => WrongVersion(u8),
        /// All bits of the octet at this place are inverted.
        "invert" => Invert(u32),
        /// This many zeros follow the PDU.
        "zeros-after" => ZerosAfter(u16),
        /// A response comes in fragments of at most this many octets: legal, and rarely seen.
        "fragments" => Fragments(u16),
    }
}

/// Where the fields of the common header and of the body stand (C706 12.6.3.1, 12.6.4.10).
mod place {
    use std::ops::Range;

    pub(super) const VERSION: Range<usize> = 0..1;
    pub(super) const PACKET_TYPE: Range<usize> = 2..3;
    pub(super) const FRAGMENT_LENGTH: Range<usize> = 8..10;
    pub(super) const CALL_ID: Range<usize> = 12..16;
    pub(super) const CONTEXT: Range<usize> = 20..22;
}

impl WireFault {
    /// Whether there is something in the PDU that this fault changes.
    pub(super) const fn touches(&self, said: &Said) -> bool {
        match self {
            Self::Fragments(_) => matches!(said, Said::Response { .. }),
            Self::WrongContext => matches!(said, Said::Response { .. } | Said::Fault(_)),
            Self::Truncate(_)
            | Self::WrongCallId
            | Self::WrongLength(_)
            | Self::WrongType(_)
            | Self::WrongVersion(_)
            | Self::Invert(_)
            | Self::ZerosAfter(_) => true,
        }
    }

    pub(super) fn rewrite(&self, octets: &mut Vec<u8>) {
        match self {
            Self::Truncate(length) => octets.truncate(usize::try_from(*length).unwrap_or(usize::MAX)),
            Self::WrongCallId => {
                let call_id = Header::read(octets).map_or(0, |header| header.call_id);
                put(octets, place::CALL_ID, &call_id.wrapping_add(1).to_le_bytes());
            }
            Self::WrongContext => {
                if let Some(octet) = octets.get_mut(place::CONTEXT.start) {
                    *octet = octet.wrapping_add(1);
                }
            }
            Self::WrongLength(length) => put(octets, place::FRAGMENT_LENGTH, &length.to_le_bytes()),
            Self::WrongType(packet_type) => put(octets, place::PACKET_TYPE, &[*packet_type]),
            Self::WrongVersion(version) => put(octets, place::VERSION, &[*version]),
            Self::Invert(at) => {
                let at = usize::try_from(*at).unwrap_or(usize::MAX);
                if let Some(octet) = octets.get_mut(at) {
                    *octet = !*octet;
                }
            }
            Self::ZerosAfter(count) => octets.resize(octets.len() + usize::from(*count), 0),
            Self::Fragments(most) => cut(octets, *most),
        }
    }
}

fn put(octets: &mut [u8], place: std::ops::Range<usize>, value: &[u8]) {
    if let Some(place) = octets.get_mut(place).filter(|place| place.len() == value.len()) {
        place.copy_from_slice(value);
    }
}

/// Cuts a response of one fragment into several.
fn cut(octets: &mut Vec<u8>, most: u16) {
    let Ok(header) = Header::read(octets) else { return };
    let Ok(response) = Response::read(&header, octets) else { return };
    let mut fragments = Vec::new();
    write_response(header.call_id, response.context, response.stub, most, &mut fragments);
    *octets = fragments;
}
