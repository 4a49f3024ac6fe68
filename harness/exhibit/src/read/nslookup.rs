//! `nslookup`: which server was asked for what, and what came of it.
//!
//! The blocks of records and most error phrases are English in every language of Windows; only a few labels are translated. What
//! was asked for stands in the command, at the prompt of the interactive form, or in the error sentence; where it stands
//! nowhere, it is not claimed. The error sentences are from general knowledge. BIND's program of the same name is read too,
//! and said to be another.

use std::net::IpAddr;

use mock_dns::name::DomainName;
use mock_dns::record::RecordType;

use crate::claim::{Lookup, LookupResult, Says};
use crate::label::Label;
use crate::read::Why;
use crate::read::field::{address, address_in, domain, labelled};
use crate::read::nslookup_reply::Reply;
use crate::read::page::{Line, typed};
use crate::read::recognise::{Mark, Piece};
use crate::read::sink::Sink;
use crate::tool::Tool;

/// Error phrases and what they mean; Windows shows them in English after the colon, BIND's program as the name of the RCODE.
const PHRASES: [(&str, LookupResult); 13] = [
    ("Non-existent domain", LookupResult::NoSuchName),
    ("NXDOMAIN", LookupResult::NoSuchName),
    ("Server failed", LookupResult::ServerFailure),
    ("SERVFAIL", LookupResult::ServerFailure),
    ("Query refused", LookupResult::Refused),
    ("REFUSED", LookupResult::Refused),
    ("No response from server", LookupResult::NoAnswer),
    ("no servers could be reached", LookupResult::NoAnswer),
    ("timed-out", LookupResult::NoAnswer),
    ("records available for", LookupResult::NoData),
    ("No answer", LookupResult::NoData),
    ("No records", LookupResult::NoData),
    ("no data", LookupResult::NoData),
];

pub(super) fn mark(lines: &[Line<'_>]) -> Option<Mark> {
    let line = lines.first()?;
    let words = line.words();
    let (head, value) = labelled(words).unwrap_or(("", ""));
    let next = lines.iter().skip(1).take(3).find(|line| !line.is_blank());
    let address_follows =
        || next.and_then(|line| labelled(line.words())).is_some_and(|(_, value)| address(hash_cut(value)).is_some());
    let server = Label::NslookupServer.languages_of(head).next().is_some() || head == "Default Server";
    let trouble = is_trouble(words) && (phrase(words).is_some() || words.starts_with("*** "));
    let record = words.contains("SRV service location:") || words.contains("svr hostname") && words.contains('=');
    let waiting = words.starts_with("DNS request timed out");
    let server = server && !value.is_empty() && address_follows();
    (server || trouble || record || waiting).then_some(Mark::Body)
}

pub(super) fn read(piece: Piece<'_>, sink: &mut Sink<'_>) {
    let mut reader = Reader { sink, question: Question::default(), server: Server::default(), block: None };
    if let Some(command) = piece.command {
        let words = typed(command.text).unwrap_or(command.words());
        reader.question = Question::of_command(words);
    }
    for line in piece.lines {
        reader.line(*line);
    }
    reader.flush();
}

/// What was asked for, as far as the text tells.
#[derive(Clone, Debug, Default)]
struct Question {
    name: Option<DomainName>,
    kind: Option<RecordType>,
    /// Typed at the prompt: the type then holds until another is set.
    interactive: bool,
}

impl Question {
    /// From `nslookup [-option]... name [server]`.
    fn of_command(command: &str) -> Self {
        let mut question = Self::default();
        for word in command.split_whitespace().skip(1) {
            match word.strip_prefix(['-', '/']) {
                Some(option) => question.option(option),
                None if question.name.is_none() => question.name = domain(word.split('>').next().unwrap_or_default()),
                None => {}
            }
        }
        question
    }

    /// An option such as `type=srv`, also behind `set`.
    fn option(&mut self, option: &str) {
        let Some((key, value)) = option.split_once('=') else { return };
        if ["type", "q", "ty", "querytype", "query"].contains(&key.trim().to_lowercase().as_str()) {
            let value = value.trim().split('>').next().unwrap_or_default();
            self.kind =
                if value.eq_ignore_ascii_case("all") { Some(RecordType::ANY) } else { RecordType::parse(value) };
        }
    }
}

/// The server that is asked.
#[derive(Clone, Debug, Default)]
struct Server {
    name: Option<String>,
    address: Option<IpAddr>,
    /// Its name was read and its address comes next.
    open: bool,
}

/// What is said about one question.
struct Block {
    line: usize,
    reply: Reply,
    error: Option<LookupResult>,
    timeouts: usize,
    name: Option<DomainName>,
}

struct Reader<'s, 'f> {
    sink: &'s mut Sink<'f>,
    question: Question,
    server: Server,
    block: Option<Block>,
}

impl Reader<'_, '_> {
    fn line(&mut self, line: Line<'_>) {
        let words = line.words();
        if words.is_empty() {
            return;
        }
        if let Some(input) = words.strip_prefix('>') {
            self.flush();
            self.input(input.trim());
            return;
        }
        if self.server_line(line, words) {
            return;
        }
        if words.starts_with("DNS request timed out") || words.starts_with("timeout was") {
            // Before the server's lines it is the question for the server's own name that waits.
            if let Some(block) = &mut self.block {
                block.timeouts += 1;
            }
            return;
        }
        if is_trouble(words) {
            self.trouble(line, words);
            return;
        }
        let block = self.open(line.number);
        if !block.reply.line(line) {
            self.sink.unread(line.number, Why::Unknown(Tool::Nslookup));
        }
    }

    /// What was typed at the prompt of the interactive form.
    fn input(&mut self, input: &str) {
        self.question.interactive = true;
        match input.split_once(' ') {
            Some(("set", option)) => self.question.option(option),
            Some(("server" | "lserver", _)) => {}
            _ if ["exit", "quit", ""].contains(&input) => {}
            _ => self.question.name = input.split_whitespace().next().and_then(domain),
        }
    }

    fn server_line(&mut self, line: Line<'_>, words: &str) -> bool {
        let Some((head, value)) = labelled(words) else { return false };
        let is_server = Label::NslookupServer.languages_of(head).next().is_some();
        let is_default = head == "Default Server";
        if is_server || is_default {
            self.flush();
            let bind = address(hash_cut(value));
            if bind.is_some() {
                self.sink.doubt(
                    line.number,
                    "this is the nslookup of BIND, which chooses servers and suffixes otherwise than Windows",
                );
            }
            let name = (bind.is_none() && !value.eq_ignore_ascii_case("unknown") && !value.is_empty())
                .then(|| value.to_owned());
            self.server = Server { name, address: bind, open: true };
            if is_server {
                self.open(line.number);
            }
            return true;
        }
        if self.server.open
            && let Some(address) = address(hash_cut(value))
            && (head.starts_with("Address") || self.server.address.is_none())
        {
            self.server.address = Some(address);
            self.server.open = false;
            return true;
        }
        false
    }

    /// A line of stars: an error about the question, or about the server's own name.
    fn trouble(&mut self, line: Line<'_>, words: &str) {
        let about_server = words.contains("server name for address") || words.contains("Default servers");
        let of_server = self.block.is_none() && self.server.address.is_none() && address_in(words).is_some();
        if about_server || of_server && phrase(words) != Some(LookupResult::NoAnswer) {
            return;
        }
        let Some(error) = phrase(words) else {
            self.sink.unread(line.number, Why::Unknown(Tool::Nslookup));
            return;
        };
        let server = self.server.name.clone();
        let name = name_in(words, server.as_deref());
        let block = self.open(line.number);
        block.error = Some(error);
        block.name = name;
    }

    fn open(&mut self, line: usize) -> &mut Block {
        self.block.get_or_insert_with(|| Block { line, reply: Reply::default(), error: None, timeouts: 0, name: None })
    }

    /// The block is complete.
    fn flush(&mut self) {
        let Some(block) = self.block.take() else { return };
        let asked = self.question.name.clone().or(block.name);
        let reply = block.reply.end(asked.as_ref(), self.sink);
        let result = match (block.error, reply) {
            (Some(error), _) => error,
            (None, Some(reply)) => reply,
            (None, None) if block.timeouts > 0 => LookupResult::NoAnswer,
            (None, None) => {
                self.sink.unread(block.line, Why::Incomplete("a server was asked, and what came of it is missing"));
                return;
            }
        };
        let server = self.server.clone();
        let lookup =
            Lookup { server: server.address, server_name: server.name, name: asked, kind: self.question.kind, result };
        self.sink.claim(block.line, Tool::Nslookup, Says::Lookup(lookup));
        // A question is answered once; what follows without a prompt is the answer to another.
        let kind = self.question.kind.filter(|_| self.question.interactive);
        self.question = Question { name: None, kind, interactive: self.question.interactive };
    }
}

/// `10.0.0.53#53` of BIND's program, without the port.
fn hash_cut(value: &str) -> &str {
    value.split('#').next().unwrap_or_default().trim()
}

fn is_trouble(words: &str) -> bool {
    words.starts_with("***") || words.starts_with("** ") || words.starts_with(";; ") && phrase(words).is_some()
}

fn phrase(words: &str) -> Option<LookupResult> {
    PHRASES.iter().find(|(phrase, _)| words.contains(phrase)).map(|(_, result)| result.clone())
}

/// The name that an error sentence is about: the last word with a dot that is not the server's name.
fn name_in(words: &str, server: Option<&str>) -> Option<DomainName> {
    let parts = words.split(|c: char| c.is_whitespace() || matches!(c, ':' | ',' | '\'' | '"') || !c.is_ascii());
    let candidates = parts.filter(|part| part.trim_end_matches('.').contains('.') && Some(*part) != server);
    candidates.filter_map(domain).next_back()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_come_from_commands() {
        let check = |command: &str, name: &str, kind: Option<RecordType>| {
            let question = Question::of_command(command);
            assert_eq!(question.name.map(|name| name.to_string()).unwrap_or_default(), name, "{command}");
            assert_eq!(question.kind, kind, "{command}");
        };
        check("nslookup -type=all _vlmcs._tcp>kms.txt", "_vlmcs._tcp", Some(RecordType::ANY));
        check("nslookup -q=SRV _vlmcs._tcp.contoso.com 10.0.0.53", "_vlmcs._tcp.contoso.com", Some(RecordType::SRV));
        check("nslookup kms1.contoso.com.", "kms1.contoso.com", None);
    }

    #[test]
    fn error_sentences_name_what_was_asked() {
        let check = |words: &str, expected: &str| {
            let name = name_in(words, Some("dns1.contoso.com"));
            assert_eq!(name.map(|name| name.to_string()).unwrap_or_default(), expected, "{words}");
        };
        check(
            "*** dns1.contoso.com can't find _vlmcs._tcp.contoso.com: Non-existent domain",
            "_vlmcs._tcp.contoso.com",
        );
        check("*** dns1.contoso.com에서 _vlmcs._tcp을(를) 찾을 수 없습니다. Non-existent domain", "_vlmcs._tcp");
        check("*** Request to UnKnown timed-out", "");
    }
}
