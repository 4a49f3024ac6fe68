//! From the bytes of a connection to PDUs, and from fragments to whole calls.
//!
//! It stands apart because this is where a peer decides how much memory we hold: both steps have their limits here. Where
//! the peer cuts its writes makes no difference to what comes out. It does not know what a PDU means.

use super::DecodeError;
use super::pdu::{Flags, HEADER_LENGTH, Header};

/// Most fragments of one call. A KMS request is one of 300 octets; a client that cuts it into stubs of eight needs 33.
pub const MAX_FRAGMENTS: usize = 64;

/// Octets of a reassembled stub at most.
pub const MAX_STUB: usize = 64 * 1024;

/// Octets of memory that a connection keeps between two PDUs: one of a KMS conversation fits.
const KEPT: usize = 512;

/// Cuts the bytes of one direction of a connection into PDUs.
///
/// It holds what has arrived and nothing more: a length that a header claims allocates nothing.
#[derive(Debug, Default)]
pub struct PduStream {
    bytes: Vec<u8>,
    /// Where the next PDU starts in `bytes`.
    next: usize,
}

impl PduStream {
    /// Adds what arrived.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.next > 0 {
            self.bytes.drain(..self.next);
            self.next = 0;
            // What one long PDU needed is not kept for the rest of the connection.
            self.bytes.shrink_to(KEPT);
        }
        self.bytes.extend_from_slice(bytes);
    }

    /// The next whole PDU and its header, once it has arrived.
    ///
    /// # Errors
    /// The header cannot be honoured ([`Header::check`]). The stream cannot go on after that: where the next PDU starts is
    /// not known.
    pub fn next_pdu(&mut self) -> Result<Option<(Header, &[u8])>, BadHeader> {
        let rest = self.bytes.get(self.next..).unwrap_or_default();
        let Some(octets) = rest.first_chunk() else { return Ok(None) };
        let Ok(header) = Header::read(octets) else { return Ok(None) };
        header.check().map_err(|problem| BadHeader { octets: *octets, header, problem })?;
        let Some(pdu) = rest.get(..header.fragment_length.into()) else { return Ok(None) };
        self.next += pdu.len();
        Ok(Some((header, pdu)))
    }

    /// Whether the bytes so far end inside a PDU.
    #[must_use]
    pub fn is_inside_pdu(&self) -> bool {
        self.next < self.bytes.len()
    }

    /// The bytes that no PDU was made of yet.
    #[must_use]
    pub fn rest(&self) -> &[u8] {
        self.bytes.get(self.next..).unwrap_or_default()
    }
}

/// A PDU whose header cannot be honoured, with the header as it was found, so that the peer can be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub struct BadHeader {
    /// The octets of the header.
    pub octets: [u8; HEADER_LENGTH],
    /// What they say.
    pub header: Header,
    /// The field that cannot be honoured.
    pub problem: DecodeError,
}

/// A call whose fragments are still arriving.
#[derive(Debug)]
struct Partial {
    call_id: u32,
    context: u16,
    opnum: u16,
    fragments: usize,
    stub: Vec<u8>,
}

/// Puts the fragments of calls together.
#[derive(Debug, Default)]
pub struct Reassembly {
    partial: Option<Partial>,
}

/// Why fragments do not make a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FragmentError {
    /// The first fragment of a call that comes while another is incomplete.
    #[error("a call starts while another is incomplete")]
    Interleaved,
    /// A later fragment that belongs to no call, or to another than the one in progress.
    #[error("a fragment belongs to no call in progress")]
    Orphan,
    /// More than [`MAX_FRAGMENTS`].
    #[error("a call has more than 64 fragments")]
    TooMany,
    /// More than [`MAX_STUB`].
    #[error("a call has a stub of more than 64 KiB")]
    TooLong,
}

/// A whole stub: borrowed from the PDU where it came in one fragment.
pub type WholeStub<'a> = std::borrow::Cow<'a, [u8]>;

impl Reassembly {
    /// Adds a fragment; gives the whole stub when it was the last one.
    ///
    /// # Errors
    /// The fragment has no place, or the call is too long.
    pub fn add<'a>(
        &mut self,
        header: &Header,
        (context, opnum): (u16, u16),
        stub: &'a [u8],
    ) -> Result<Option<WholeStub<'a>>, FragmentError> {
        let first = header.flags.has(Flags::FIRST);
        let last = header.flags.has(Flags::LAST);
        match (&mut self.partial, first) {
            (Some(_), true) => return Err(FragmentError::Interleaved),
            (None, true) if last => return Ok(Some(stub.into())),
            (None, true) => {
                self.partial =
                    Some(Partial { call_id: header.call_id, context, opnum, fragments: 1, stub: stub.to_vec() });
                return Ok(None);
            }
            (None, false) => return Err(FragmentError::Orphan),
            (Some(partial), false) => partial.add(header, (context, opnum), stub)?,
        }
        if !last {
            return Ok(None);
        }
        Ok(self.partial.take().map(|partial| partial.stub.into()))
    }

    /// Call id and context of the call whose fragments are still arriving.
    #[must_use]
    pub fn pending(&self) -> Option<(u32, u16)> {
        self.partial.as_ref().map(|partial| (partial.call_id, partial.context))
    }

    /// Whether a call is incomplete.
    #[must_use]
    pub const fn is_inside_call(&self) -> bool {
        self.partial.is_some()
    }
}

impl Partial {
    fn add(&mut self, header: &Header, (context, opnum): (u16, u16), stub: &[u8]) -> Result<(), FragmentError> {
        if (self.call_id, self.context, self.opnum) != (header.call_id, context, opnum) {
            return Err(FragmentError::Orphan);
        }
        if self.fragments >= MAX_FRAGMENTS {
            return Err(FragmentError::TooMany);
        }
        if self.stub.len() + stub.len() > MAX_STUB {
            return Err(FragmentError::TooLong);
        }
        self.fragments += 1;
        self.stub.extend_from_slice(stub);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::call::{Request, write_request};
    use super::*;

    /// All calls in `bytes`, handed over in the given pieces: (call id, stub), or the error as text.
    fn calls(pieces: &[&[u8]]) -> Vec<String> {
        let mut stream = PduStream::default();
        let mut reassembly = Reassembly::default();
        let mut found = Vec::new();
        for piece in pieces {
            stream.push(piece);
            loop {
                match stream.next_pdu() {
                    Ok(None) => break,
                    Err(bad) => {
                        found.push(bad.to_string());
                        return found;
                    }
                    Ok(Some((header, pdu))) => {
                        let request = Request::read(&header, pdu).unwrap();
                        match reassembly.add(&header, (request.context, request.opnum), request.stub) {
                            Ok(None) => {}
                            Ok(Some(stub)) => found.push(format!("{} {stub:?}", header.call_id)),
                            Err(error) => found.push(error.to_string()),
                        }
                    }
                }
            }
        }
        found
    }

    #[test]
    fn where_the_bytes_are_cut_makes_no_difference() {
        let mut bytes = Vec::new();
        write_request(2, 0, 0, &[7; 40], 32, &mut bytes);
        write_request(3, 0, 0, &[8; 5], 5840, &mut bytes);
        let expected = [format!("2 {:?}", [7; 40]), format!("3 {:?}", [8; 5])];
        assert_eq!(calls(&[&bytes]), expected);
        for cut in 0..=bytes.len() {
            let (left, right) = bytes.split_at(cut);
            assert_eq!(calls(&[left, right]), expected, "cut at {cut}");
        }
        let octets: Vec<&[u8]> = bytes.chunks(1).collect();
        assert_eq!(calls(&octets), expected);
    }

    #[track_caller]
    fn check(fragments: &[(u8, u32)], expected: &[&str]) {
        let mut bytes = Vec::new();
        for (flags, call_id) in fragments {
            let from = bytes.len();
            write_request(*call_id, 0, 0, &[], 5840, &mut bytes);
            bytes[from + 3] = *flags;
        }
        assert_eq!(calls(&[&bytes]), expected);
    }

    #[test]
    fn fragments_without_a_place_are_refused() {
        check(&[(0, 2)], &["a fragment belongs to no call in progress"]);
        check(&[(2, 2)], &["a fragment belongs to no call in progress"]);
        check(&[(1, 2), (1, 2)], &["a call starts while another is incomplete"]);
        check(&[(1, 2), (3, 3)], &["a call starts while another is incomplete"]);
        check(&[(1, 2), (2, 3)], &["a fragment belongs to no call in progress"]);
        check(&[(1, 2), (0, 2), (2, 2)], &["2 []"]);
    }

    #[test]
    fn endless_fragments_come_to_an_end() {
        let mut fragments = vec![(1, 2)];
        fragments.resize(MAX_FRAGMENTS + 1, (0, 2));
        check(&fragments, &["a call has more than 64 fragments"]);
    }

    #[test]
    fn a_length_that_is_claimed_allocates_nothing() {
        let mut stream = PduStream::default();
        stream.push(&[5, 0, 0, 3, 0x10, 0, 0, 0, 0xd0, 0x16, 0, 0, 2, 0, 0, 0]);
        assert_eq!(stream.next_pdu(), Ok(None));
        assert!(stream.is_inside_pdu());
        assert!(stream.bytes.capacity() < 64);
    }
}
