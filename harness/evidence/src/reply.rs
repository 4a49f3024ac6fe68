//! Whether octets are the reply to a DNS question: the one rule by which a client and an investigation believe a reply.
//!
//! It stands apart because whoever asks must hold the same to be a reply. Where a reply came from is the caller's affair: it knows whom
//! it asked.

use mock_dns::message::{Message, Question};
use mock_dns::name::DomainName;
use mock_dns::rcode::Rcode;
use mock_dns::record::RecordType;

use crate::timeline::NoReplyBecause;

/// The message, if id, kind and question are those of a reply to the question (RFC 5452 9.1).
///
/// # Errors
/// Why it is none.
pub fn believe(bytes: &[u8], id: u16, name: &DomainName, kind: RecordType) -> Result<Message, NoReplyBecause> {
    let message = Message::read(bytes).map_err(|_| NoReplyBecause::Unreadable)?;
    if message.id != id {
        return Err(NoReplyBecause::WrongId);
    }
    if !message.is_reply {
        return Err(NoReplyBecause::NotAResponse);
    }
    let fits = |question: &Question| question.name == *name && question.record_type == kind;
    // A FORMERR comes with the header alone: there is no question to compare.
    let headless = message.question.is_none() && message.rcode == Rcode::FORMERR;
    if !headless && !message.question.as_ref().is_some_and(fits) {
        return Err(NoReplyBecause::WrongQuestion);
    }
    Ok(message)
}
