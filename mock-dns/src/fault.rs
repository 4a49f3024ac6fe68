//! Faults as pure rewrites in three stages: what is said, how it is encoded, whether and when it arrives.
//!
//! A rule says which queries it strikes and what it does to the honest answer, which was made before without knowing of it.
//! Reachability (a port that is closed or filtered) is no fault of this server but of the network or of the service.

pub mod delivery;
pub mod reply;
pub mod wire;

use double::Selector;
use notation::Id;

use crate::boundary::Transport;
use crate::fault::delivery::DeliveryFault;
use crate::fault::reply::ReplyFault;
use crate::fault::wire::WireFault;
use crate::name::DomainName;
use crate::record::RecordType;

notation::record! {
    /// A fault of a DNS server, and when it strikes. Without conditions it strikes every request.
    pub struct FaultRule("a fault of a DNS server") {
        /// What the journal's notes call it.
        "id" => id: Id,
        /// Only queries for names like this; `*` stands for any characters.
        "name" => name: Option<NamePattern>,
        /// Only queries for this type.
        "type" => record_type: Option<RecordType>,
        /// Only over this transport.
        "transport" => transport: Option<Transport>,
        /// Only queries with (or without) EDNS.
        "edns" => edns: Option<bool>,
        /// Which of the requests that fit all this.
        "when" => when: Selector = Selector::ALWAYS,
        /// What is said.
        "reply" => reply: Option<ReplyFault>,
        /// How it is encoded.
        "wire" => wire: Option<WireFault>,
        /// Whether, when and from where it is sent.
        "delivery" => delivery: Option<DeliveryFault>,
    }
}

/// What a rule is held against. Requests that are no queries have no name and no type.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// What is asked.
    pub asked: Option<(&'a DomainName, RecordType)>,
    /// How it came.
    pub transport: Transport,
    /// Whether it has an OPT record.
    pub edns: bool,
}

impl FaultRule {
    /// Whether the rule is about such requests; which of them it strikes is up to its selector.
    #[must_use]
    pub fn fits(&self, subject: &Subject<'_>) -> bool {
        let name = self.name.as_ref().is_none_or(|pattern| subject.asked.is_some_and(|(name, _)| pattern.fits(name)));
        let asked_type = subject.asked.map(|(_, record_type)| record_type);
        name && (self.record_type.is_none() || self.record_type == asked_type)
            && self.transport.is_none_or(|transport| transport == subject.transport)
            && self.edns.is_none_or(|edns| edns == subject.edns)
    }
}

/// A name in which `*` stands for any characters, dots too. Case does not count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamePattern(String);

impl NamePattern {
    /// Longer patterns fit no name that can be printed in fewer characters than this.
    const MAX: usize = 1024;

    /// Reads a pattern; a final dot is left out, as names are printed.
    ///
    /// # Errors
    /// Says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let bare = text.strip_suffix('.').unwrap_or(text);
        if bare.is_empty() || bare.len() > Self::MAX || !bare.chars().all(|character| matches!(character, '!'..='~')) {
            return Err("a pattern of names is plain ASCII without blanks, e.g. _vlmcs._tcp.*".to_owned());
        }
        Ok(Self(bare.to_ascii_lowercase()))
    }

    /// Whether a name is like this.
    #[must_use]
    pub fn fits(&self, name: &DomainName) -> bool {
        let name = name.to_string().to_ascii_lowercase();
        let Some((head, rest)) = self.0.split_once('*') else { return self.0 == name };
        let Some(mut left) = name.strip_prefix(head) else { return false };
        let Some((middle, tail)) = rest.rsplit_once('*') else { return left.ends_with(rest) };
        // The first place for each part leaves the most to those behind it.
        for part in middle.split('*') {
            let Some((_, behind)) = left.split_once(part) else { return false };
            left = behind;
        }
        left.ends_with(tail)
    }
}

notation::text_format!(NamePattern, "a pattern of names, e.g. _vlmcs._tcp.*", NamePattern::parse, |pattern| pattern
    .0
    .clone());

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, name: &str, expected: bool) {
        let name = DomainName::parse(name).unwrap();
        assert_eq!(NamePattern::parse(pattern).unwrap().fits(&name), expected, "{pattern} against {name}");
    }

    #[test]
    fn patterns() {
        check("_VLMCS._tcp.contoso.com.", "_vlmcs._TCP.contoso.com", true);
        check("_vlmcs._tcp.contoso.com", "x._vlmcs._tcp.contoso.com", false);
        check("*", "contoso.com", true);
        check("*.contoso.com", "contoso.com", false);
        check("_vlmcs.*", "_vlmcs._tcp.contoso.com", true);
        check("_vlmcs.*.com", "_vlmcs._tcp.contoso.com", true);
        check("*a*b*c", "aabbcc", true);
        check("*a*b*c", "acb", false);
        check("a**a", "aa", true);
        check("aa*aa", "aaa", false);
        assert!(NamePattern::parse("").is_err());
        assert!(NamePattern::parse("a b").is_err());
    }

    #[test]
    fn rules_fit_what_they_name() {
        let name = DomainName::parse("kms1.contoso.com").unwrap();
        let udp = Subject { asked: Some((&name, RecordType::A)), transport: Transport::Udp, edns: false };
        let update = Subject { asked: None, ..udp };
        let rule = FaultRule {
            id: Id::new("silent").unwrap(),
            name: None,
            record_type: None,
            transport: None,
            edns: None,
            when: Selector::ALWAYS,
            reply: None,
            wire: None,
            delivery: Some(DeliveryFault::Silent),
        };
        assert!(rule.fits(&udp) && rule.fits(&update));
        let srv = FaultRule { record_type: Some(RecordType::SRV), ..rule.clone() };
        assert!(!srv.fits(&udp) && !srv.fits(&update));
        let named = FaultRule { name: Some(NamePattern::parse("kms*").unwrap()), ..rule.clone() };
        assert!(named.fits(&udp) && !named.fits(&update));
        assert!(!FaultRule { transport: Some(Transport::Tcp), ..rule.clone() }.fits(&udp));
        assert!(!FaultRule { edns: Some(true), ..rule }.fits(&udp));
    }
}
