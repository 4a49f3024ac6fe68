//! `nslookup`: really asked over the network of the desk, as nslookup asks, and laid out as it prints.
//!
//! Layout of answers, of a start of authority in place of an answer, and of time-outs from public samples (kms-behaviour 5.2). From
//! general knowledge: each suffix is tried before the name as typed, one datagram a question, the words behind "can't find". A name
//! that exists without records of the type is told by the start of authority that came back; that it is preferred to the "no such name"
//! of a later candidate is inferred. The file is a console copy: tabs are blanks there, and what goes to the error stream
//! stands between the rest, as somebody sees it who does not redirect.
#![expect(clippy::wildcard_enum_match_arm, reason = "picks one kind of record out of many")]

mod print;

use std::net::IpAddr;

use evidence::network::Failure;
use evidence::question::NoReply;
use mock_dns::message::Message;
use mock_dns::name::DomainName;
use mock_dns::rcode::Rcode;
use mock_dns::record::{Record, RecordData, RecordType};

use super::NotShown;
use super::ask::{Asker, HOSTS_MAX, SERVICE, host_of};
use super::layout::PROMPT;
use crate::desk::Desk;
use crate::label::{Label, Language};

/// What nslookup calls a server without a name.
const NAMELESS: &str = "UnKnown";

/// Where nslookup turns to when no DNS server is configured (general knowledge).
const NO_SERVER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

/// What a question that nobody answers looks like; samples agree on it in every language.
const TIMED_OUT: &str = "DNS request timed out.\n    timeout was 2 seconds.\n";

/// For the ids of its queries.
const TOOL: &str = "nslookup";

/// What is said of a name that does not exist.
const NON_EXISTENT: &str = "Non-existent domain";

/// What is said when the network tells that nobody is there.
const NO_RESPONSE: &str = "No response from server";

/// What somebody typed behind `nslookup`.
#[derive(Clone, Debug, PartialEq)]
pub struct Typed {
    /// `-type=`; without it addresses are asked for.
    pub kind: Option<RecordType>,
    /// The name, or an address whose name is asked for.
    pub name: String,
    /// The server; without it the first of the machine.
    pub server: Option<String>,
}

impl Typed {
    /// The command line.
    #[must_use]
    pub fn command(&self) -> String {
        let kind = self.kind.map(|kind| {
            if kind == RecordType::ANY {
                "-type=all ".to_owned()
            } else {
                format!("-type={} ", kind.to_string().to_lowercase())
            }
        });
        let server = self.server.as_ref().map(|server| format!(" {server}"));
        format!("nslookup {}{}{}", kind.unwrap_or_default(), self.name, server.unwrap_or_default())
    }
}

/// What nslookup prints for a command.
///
/// # Errors
/// On a machine whose configuration cannot be read.
pub fn nslookup(desk: &Desk<'_>, language: Language, typed: &Typed) -> Result<String, NotShown> {
    let inquiry = Inquiry { asker: Asker::new(desk, TOOL)?, language };
    Ok(inquiry.answer(typed).text)
}

/// A console in which the guideline's command was typed, then the SRV record of each suffix was asked for, at every server, and the
/// address of each host that was named.
///
/// # Errors
/// On a machine whose configuration cannot be read.
pub fn console(desk: &Desk<'_>, language: Language) -> Result<String, NotShown> {
    let inquiry = Inquiry { asker: Asker::new(desk, TOOL)?, language };
    let ip = inquiry.asker.ip;
    let mut commands = vec![Typed { kind: Some(RecordType::ANY), name: SERVICE.to_owned(), server: None }];
    for (place, server) in ip.dns_servers().iter().enumerate() {
        // The first server is the one that is asked without being named.
        let server = (place > 0).then(|| server.to_string());
        let typed = |suffix: DomainName| Typed {
            kind: Some(RecordType::SRV),
            name: format!("{SERVICE}.{suffix}"),
            server: server.clone(),
        };
        commands.extend(ip.suffixes_tried().into_iter().map(typed));
    }
    let mut text = String::new();
    let mut hosts: Vec<String> = Vec::new();
    let mut at = 0;
    while let Some(typed) = commands.get(at).cloned() {
        let answer = inquiry.answer(&typed);
        text.push_str(&format!("{PROMPT}{}\n{}\n", typed.command(), answer.text));
        for (name, _) in answer.records.iter().filter_map(host_of) {
            if hosts.len() < HOSTS_MAX && !hosts.contains(&name) {
                hosts.push(name.clone());
                commands.push(Typed { kind: None, name, server: None });
            }
        }
        at += 1;
    }
    Ok(text)
}

/// Somebody asks at a desk.
struct Inquiry<'a> {
    asker: Asker<'a>,
    language: Language,
}

/// What was printed, and the records in it.
struct Answer {
    text: String,
    records: Vec<Record>,
}

/// What came back for one name.
enum Said {
    /// Messages that hold records of the name.
    Found(Vec<Message>),
    /// The name exists, without such records.
    Empty(Message),
    /// No such thing, in the words of nslookup.
    Not(&'static str),
    /// Nobody answered in time.
    Silence,
}

impl Inquiry<'_> {
    fn answer(&self, typed: &Typed) -> Answer {
        let mut text = String::new();
        let server = match &typed.server {
            None => self.asker.ip.dns_servers().first().copied(),
            Some(server) => server.parse().ok(),
        };
        let label = Label::NslookupServer.written(self.language);
        let address = Label::NslookupAddress.written(self.language);
        if server.is_none() {
            text.push_str("*** Default servers are not available\n");
        }
        let address_of = server.unwrap_or(NO_SERVER);
        let server_name = server.map_or_else(|| NAMELESS.to_owned(), |server| self.name_of(server, &mut text));
        // Both values begin in the same column, whatever the label is.
        text.push_str(&format!("{}{server_name}\n{address}:  {address_of}\n\n", print::headed(label)));
        let Some(server) = server else {
            text.push_str(&print::cannot_find(self.language, NAMELESS, &typed.name, NO_RESPONSE));
            return Answer { text, records: Vec::new() };
        };
        self.look_up(typed, server, &server_name, text)
    }

    fn look_up(&self, typed: &Typed, server: IpAddr, server_name: &str, mut text: String) -> Answer {
        let mut empty = None;
        let mut last = NON_EXISTENT;
        let mut silent = true;
        let kinds = typed.kind.map_or(vec![RecordType::A, RecordType::AAAA], |kind| vec![kind]);
        for name in self.candidates(&typed.name) {
            match self.all_of(&kinds, server, &name, &mut text) {
                Said::Found(messages) => {
                    let records =
                        messages.iter().flat_map(|message| message.answers.iter().chain(&message.additionals));
                    let records = records.cloned().collect();
                    text.push_str(&print::found(self.language, typed.kind, &name, &messages));
                    return Answer { text, records };
                }
                Said::Empty(message) => {
                    empty = empty.or(Some(message));
                    silent = false;
                }
                Said::Not(words) => {
                    last = words;
                    silent = false;
                }
                Said::Silence => {}
            }
        }
        match empty.as_ref().map(|message| message.soa()) {
            Some(Some((record, _))) => text.push_str(&print::record(record)),
            Some(None) => text.push_str(&print::none_of(typed.kind, &typed.name)),
            None if silent => text.push_str(&format!("*** Request to {server_name} timed-out\n")),
            None => text.push_str(&print::cannot_find(self.language, server_name, &typed.name, last)),
        }
        Answer { text, records: Vec::new() }
    }

    /// The names that are tried for what was typed: under each suffix, then as it stands; an absolute one alone.
    fn candidates(&self, typed: &str) -> Vec<DomainName> {
        if let Some(name) = typed.parse().ok().and_then(reverse) {
            return vec![name];
        }
        let suffixes = self.asker.ip.suffixes_tried();
        let under = suffixes.iter().filter(|_| !typed.ends_with('.')).filter_map(|suffix| suffix.child(typed).ok());
        under.chain(DomainName::parse(typed).ok()).collect()
    }

    /// Asks for each of the types.
    fn all_of(&self, kinds: &[RecordType], server: IpAddr, name: &DomainName, text: &mut String) -> Said {
        let mut found = Vec::new();
        let mut otherwise = Said::Silence;
        for kind in kinds {
            match self.one(*kind, server, name) {
                Ok(message) if message.rcode == Rcode::NOERROR => {
                    let wanted =
                        message.answers.iter().any(|record| *kind == RecordType::ANY || record.record_type() == *kind);
                    if wanted {
                        found.push(message);
                    } else {
                        otherwise = Said::Empty(message);
                    }
                }
                Ok(message) => otherwise = Said::Not(words_for(message.rcode)),
                Err(Some(words)) => otherwise = Said::Not(words),
                Err(None) => text.push_str(TIMED_OUT),
            }
        }
        if found.is_empty() { otherwise } else { Said::Found(found) }
    }

    /// One question; what nslookup says when there is no reply, or nothing when it times out.
    fn one(&self, kind: RecordType, server: IpAddr, name: &DomainName) -> Result<Message, Option<&'static str>> {
        self.asker.one(kind, server, name).map_err(|why| match why {
            NoReply::Nothing(Failure::TimedOut) | NoReply::Unusable(_) => None,
            NoReply::Nothing(_) => Some(NO_RESPONSE),
            NoReply::Truncated(_) => Some("Unspecified error"),
        })
    }

    /// The server's own name, as it answers itself.
    fn name_of(&self, server: IpAddr, text: &mut String) -> String {
        let Some(name) = reverse(server) else { return NAMELESS.to_owned() };
        let reply = self.one(RecordType::PTR, server, &name);
        if reply == Err(None) {
            text.push_str(TIMED_OUT);
        }
        let answers = reply.map(|message| message.answers).unwrap_or_default();
        let name = answers.iter().find_map(|record| match &record.data {
            RecordData::Ptr(name) => Some(name.to_string()),
            _ => None,
        });
        name.unwrap_or_else(|| NAMELESS.to_owned())
    }
}

/// The name under which the name of an address stands (RFC 1035 3.5, RFC 3596 2.5).
fn reverse(address: IpAddr) -> Option<DomainName> {
    let text = match address {
        IpAddr::V4(address) => {
            let [a, b, c, d] = address.octets();
            format!("{d}.{c}.{b}.{a}.in-addr.arpa")
        }
        IpAddr::V6(address) => {
            let octets = address.octets();
            let nibbles = octets.iter().rev().map(|octet| format!("{:x}.{:x}.", octet & 0xF, octet >> 4));
            format!("{}ip6.arpa", nibbles.collect::<String>())
        }
    };
    DomainName::parse(&text).ok()
}

/// The words for a response code.
fn words_for(code: Rcode) -> &'static str {
    match code {
        Rcode::NXDOMAIN => NON_EXISTENT,
        Rcode::SERVFAIL => "Server failed",
        Rcode::REFUSED => "Query refused",
        Rcode::NOTIMP => "Not implemented",
        Rcode::FORMERR => "Format error",
        _ => "Unspecified error",
    }
}
