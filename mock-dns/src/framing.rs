//! Messages on a stream: each has its length in two octets before it (RFC 1035 4.2.2, RFC 7766 8).
//!
//! It stands apart because servers, clients and captures all need it, and knows nothing of what a message says.
//!
//! ```text
//! +--------+--------+---------- - -
//! |     length      | message
//! +--------+--------+---------- - -
//! ```

/// Octets of the length before a message.
pub const PREFIX: usize = 2;

/// Octets of the longest message.
pub const LENGTH_MAX: usize = u16::MAX as usize;

/// A message with its length before it; none when it is longer than the length can say.
#[must_use]
pub fn frame(message: &[u8]) -> Option<Vec<u8>> {
    let length = u16::try_from(message.len()).ok()?;
    Some([&length.to_be_bytes()[..], message].concat())
}

/// The length that a message claims, once it can be read.
#[must_use]
pub fn claimed(stream: &[u8]) -> Option<usize> {
    stream.first_chunk::<PREFIX>().map(|length| usize::from(u16::from_be_bytes(*length)))
}

/// The first message of a stream, once all of it has come.
#[must_use]
pub fn first(stream: &[u8]) -> Option<&[u8]> {
    stream.get(PREFIX..)?.get(..claimed(stream)?)
}

#[cfg(test)]
mod tests {
    use super::{LENGTH_MAX, claimed, first, frame};

    #[track_caller]
    fn check(stream: &[u8], length: Option<usize>, message: Option<&[u8]>) {
        assert_eq!((claimed(stream), first(stream)), (length, message));
    }

    #[test]
    fn a_message_is_there_when_all_of_it_has_come() {
        check(b"", None, None);
        check(b"\0", None, None);
        check(b"\0\x03", Some(3), None);
        check(b"\0\x03ab", Some(3), None);
        check(b"\0\x03abc", Some(3), Some(b"abc"));
        check(b"\0\x03abcd", Some(3), Some(b"abc"));
        check(b"\0\0", Some(0), Some(b""));
    }

    #[test]
    fn a_message_says_its_length_or_is_none() {
        assert_eq!(frame(b"abc").as_deref(), Some(&b"\0\x03abc"[..]));
        let longest = vec![0; LENGTH_MAX];
        assert_eq!(frame(&longest).map(|framed| framed[..2].to_vec()), Some(vec![0xFF, 0xFF]));
        assert_eq!(frame(&[&longest[..], b"\0"].concat()), None);
    }
}
