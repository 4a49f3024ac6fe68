//! Second stage: how an answer is encoded.
//!
//! It stands apart because what the octets mean was decided before: it can spoil a granted answer and has none to make one of. Octets that a rewrite wants to change and
//! that are not there are left alone.

use super::saying::Refusal;
use crate::host::association::{Reply, Said};
use crate::host::{Answer, Granted};
use crate::laboratory::flaw::{Flaw, spoil};
use crate::wire::Hresult;
use crate::wire::call::{Response, write_response};
use crate::wire::ndr::{self, Returned, TransferSyntax};
use crate::wire::pdu::{Flags, Header};

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
        /// A response comes in this many fragments, none of which is the last.
        "endless-fragments" => EndlessFragments(u8),
        /// A response or fault tells this many cancels.
        "cancel-count" => CancelCount(u8),
        /// This many zeros are part of the PDU, and of the length in its header.
        "over-long" => OverLong(u16),
        /// Every PDU comes twice.
        "duplicated" => Duplicated,
        /// The stub of a response claims this size for the message.
        "stub-size" => StubSize(u32),
        /// The stub of a granted answer claims this many elements for the array with the message.
        "stub-count" => StubCount(u32),
        /// A granted answer has the result of a success and no message.
        "no-message" => NoMessage,
        /// A granted answer has its message and the result of a failure.
        "message-with-hresult" => MessageWith(Refusal),
        /// The message in a granted answer has a wrong authentication code.
        "wrong-mac" => WrongMac,
        /// The message in a granted answer of version 5 or 6 is padded wrongly.
        "bad-padding" => BadPadding,
    }
}

/// Where the fields of the common header and of the body stand (C706 12.6.3.1, 12.6.4.10).
mod place {
    use std::ops::Range;

    pub(super) const VERSION: Range<usize> = 0..1;
    pub(super) const PACKET_TYPE: Range<usize> = 2..3;
    pub(super) const FLAGS: usize = 3;
    pub(super) const FRAGMENT_LENGTH: Range<usize> = 8..10;
    pub(super) const CALL_ID: Range<usize> = 12..16;
    pub(super) const CONTEXT: Range<usize> = 20..22;
    pub(super) const CANCEL_COUNT: Range<usize> = 22..23;
    /// The size in front of a stub, and the conformance in NDR32 and in NDR64 (its low half).
    pub(super) const STUB_SIZE: Range<usize> = 24..28;
    pub(super) const COUNT_NDR32: Range<usize> = 32..36;
    pub(super) const COUNT_NDR64: Range<usize> = 40..44;
}

impl WireFault {
    /// Whether there is something in the PDU that this fault changes.
    pub(super) const fn touches(&self, said: &Said) -> bool {
        match self {
            Self::Fragments(_) | Self::EndlessFragments(_) | Self::StubSize(_) => {
                matches!(said, Said::Response { .. })
            }
            Self::StubCount(_) | Self::NoMessage | Self::MessageWith(_) | Self::WrongMac | Self::BadPadding => {
                matches!(said, Said::Response { answer: Answer::Granted(_), .. })
            }
            Self::WrongContext | Self::CancelCount(_) => matches!(said, Said::Response { .. } | Said::Fault(_)),
            Self::Truncate(_)
            | Self::WrongCallId
            | Self::WrongLength(_)
            | Self::WrongType(_)
            | Self::WrongVersion(_)
            | Self::Invert(_)
            | Self::ZerosAfter(_)
            | Self::OverLong(_)
            | Self::Duplicated => true,
        }
    }

    pub(super) fn rewrite(&self, reply: &Reply, octets: &mut Vec<u8>) {
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
            Self::EndlessFragments(count) => never_end(octets, *count),
            Self::CancelCount(count) => put(octets, place::CANCEL_COUNT, &[*count]),
            Self::OverLong(more) => {
                let length = Header::read(octets).map_or(0, |header| header.fragment_length.saturating_add(*more));
                put(octets, place::FRAGMENT_LENGTH, &length.to_le_bytes());
                octets.resize(octets.len() + usize::from(*more), 0);
            }
            Self::Duplicated => octets.extend_from_within(..),
            Self::StubSize(size) => put(octets, place::STUB_SIZE, &size.to_le_bytes()),
            Self::StubCount(count) => {
                let ndr64 = matches!(reply.said, Said::Response { syntax: TransferSyntax::Ndr64, .. });
                put(octets, if ndr64 { place::COUNT_NDR64 } else { place::COUNT_NDR32 }, &count.to_le_bytes());
            }
            Self::NoMessage => respell(reply, octets, |_| (None, Hresult::OK)),
            Self::MessageWith(refusal) => {
                respell(reply, octets, |granted| (Some(granted.seal()), refusal.hresult()));
            }
            Self::WrongMac => respell(reply, octets, |granted| (Some(spoilt(granted, Flaw::Mac)), Hresult::OK)),
            Self::BadPadding => respell(reply, octets, |granted| (Some(spoilt(granted, Flaw::Padding)), Hresult::OK)),
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

/// Makes of one fragment as many as are wanted, and none of them the last.
fn never_end(octets: &mut Vec<u8>, count: u8) {
    let mut fragment = std::mem::take(octets);
    for nth in 0..count {
        if let Some(flags) = fragment.get_mut(place::FLAGS) {
            *flags = if nth == 0 { Flags::FIRST.0 } else { 0 };
        }
        octets.extend_from_slice(&fragment);
    }
}

/// The message of a granted answer, with a flaw.
fn spoilt(granted: &Granted, flaw: Flaw) -> Vec<u8> {
    let mut message = granted.seal();
    spoil(&mut message, flaw);
    message
}

/// Writes a granted answer anew, with another message or result. Nothing else than a granted answer is touched.
fn respell(reply: &Reply, octets: &mut Vec<u8>, returned: impl FnOnce(&Granted) -> (Option<Vec<u8>>, Hresult)) {
    let Said::Response { context, syntax, max_fragment, answer: Answer::Granted(granted) } = &reply.said else {
        return;
    };
    let (message, hresult) = returned(granted);
    let mut stub = Vec::new();
    ndr::write_response(*syntax, &Returned { message: message.as_deref(), hresult }, &mut stub);
    octets.clear();
    write_response(reply.call_id, *context, &stub, *max_fragment, octets);
}
