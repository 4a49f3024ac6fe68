//! Zones as text: BIND's files, `dnscmd /zoneprint`, `/zoneexport` and `/enumrecords`, and the lines of unbound and dnsmasq that
//! stand for records. A mark of ageing is passed over: `[Aging:HOURS]` since 1601 stands before the TTL of a dynamic record, and static
//! ones carry none.
//!
//! The zone crate reads a whole file or says everything that is wrong with it; here a record that cannot be read must not take
//! the others with it, and each needs its line. So a file is cut into entries here, and each entry is read by the zone crate.
//! A missing final dot is not mended: the record says what the server makes of it. Where the origin is not shown, relative names
//! are claimed as if it were the root, with a doubt.

use mock_dns::name::DomainName;
use mock_dns::record::{Record, RecordData, RecordType, Srv};
use mock_dns::zone::text::parse_record;

use crate::claim::Says;
use crate::read::Why;
use crate::read::field::{address, domain};
use crate::read::nslookup_reply::IntoData;
use crate::read::page::{Line, typed};
use crate::read::recognise::{Mark, Piece};
use crate::read::sink::Sink;
use crate::tool::Tool;

/// Octets of an entry that parentheses stretch over lines.
const ENTRY_MAX: usize = 64 << 10;

/// What `dnscmd /enumrecords` writes above its records.
const RETURNED: &str = "Returned records:";

/// What dnscmd writes at the end.
const DONE: &str = "Command completed successfully.";

pub(super) fn mark(lines: &[Line<'_>]) -> Option<Mark> {
    let words = lines.first()?.words();
    let directive = words.starts_with("$ORIGIN") || words.starts_with("$TTL");
    let before = words == ";" && lines.get(1).is_some_and(|next| dnscmd_comment(next.words()));
    (directive || before || words == RETURNED || is_dig(words) || dnscmd_comment(words) || is_entry(words))
        .then_some(Mark::Body)
}

/// The comments with which DNS Server of Windows heads its files.
fn dnscmd_comment(words: &str) -> bool {
    words.strip_prefix(';').is_some_and(|comment| {
        let comment = comment.trim_start();
        comment.starts_with("Database file ")
            || comment.starts_with("Zone version:")
            || zone_of_comment(words).is_some()
    })
}

/// Whether this is the output of dig, which is not read.
fn is_dig(words: &str) -> bool {
    words.starts_with("; <<>> DiG") || words.starts_with(";; ->>HEADER<<-") || words.starts_with(";; ANSWER SECTION:")
}

/// The zone that a comment of DNS Server names.
fn zone_of_comment(words: &str) -> Option<DomainName> {
    let comment = words.strip_prefix(';')?.trim();
    if let Some(zone) = comment.strip_prefix("Zone:") {
        return domain(zone.trim());
    }
    let at = comment.starts_with("Database file ").then(|| comment.rfind("zone "))??;
    domain(comment.get(at + "zone ".len()..)?.trim_end_matches('.'))
}

/// The zone and the node of `dnscmd [SERVER] /enumrecords ZONE NODE`: owner names are relative to the node, `@` is the node itself.
fn enumerated(command: &str) -> Option<(DomainName, DomainName)> {
    let mut words = command.split_whitespace().skip_while(|word| !word.eq_ignore_ascii_case("/enumrecords")).skip(1);
    let zone = domain(words.next()?.trim_end_matches('.'))?;
    let node =
        DomainName::parse_under(words.next().filter(|word| !word.starts_with('/')).unwrap_or("@"), &zone).ok()?;
    Some((zone, node))
}

/// Whether a line is a record: a type among its first words, and content that fits it.
fn is_entry(words: &str) -> bool {
    let parts: Vec<&str> = words.split_whitespace().take(8).collect();
    let at = parts.iter().take(5).position(|part| ["SRV", "SOA", "NS", "A", "AAAA", "CNAME"].contains(part));
    let Some(at) = at.filter(|at| *at > 0) else { return false };
    // Table rows of other tools have words behind the type too: what leads to it must be a name, a TTL, a class.
    let leads =
        parts.iter().take(at).skip(1).all(|part| *part == "IN" || part.parse::<u32>().is_ok() || part.starts_with('['));
    let content = parts.get(at + 1..).unwrap_or_default();
    let numbers = content.iter().take(3).filter(|part| part.parse::<u16>().is_ok()).count();
    leads
        && match parts.get(at).copied() {
            Some("SRV") => numbers == 3 && content.len() == 4,
            Some("SOA") => {
                let named = content.first().is_some_and(|name| name.contains('.'));
                let number =
                    |at: usize| content.get(at).is_some_and(|part| part.contains('(') || part.parse::<u32>().is_ok());
                named && (number(1) || number(2))
            }
            Some("A" | "AAAA") => content.len() == 1 && content.first().is_some_and(|text| address(text).is_some()),
            Some("NS" | "CNAME") => content.len() == 1 && content.first().is_some_and(|text| text.contains('.')),
            _ => false,
        }
}

pub(super) fn read(piece: Piece<'_>, sink: &mut Sink<'_>) {
    if piece.lines.iter().any(|line| is_dig(line.words())) {
        // Its lines look like those of a zone, and are an answer: another server's, perhaps an old one.
        for line in piece.lines.iter().filter(|line| !line.is_blank()) {
            sink.unread(line.number, Why::NoTool);
        }
        return;
    }
    let windows = piece.lines.iter().any(|line| dnscmd_comment(line.words()) || line.words() == RETURNED);
    let tool = if windows { Tool::Dnscmd } else { Tool::BindZone };
    sink.seen(tool);
    let (zone, origin) =
        piece.command.and_then(|command| enumerated(typed(command.text).unwrap_or(command.words()))).unzip();
    let mut reader = Reader { tool, zone, origin, owner: None, ttl: None, doubted: false };
    let mut open: Option<(Line<'_>, String, usize)> = None;
    for line in piece.lines.iter().filter(|line| !line.is_blank() && ![RETURNED, DONE].contains(&line.words())) {
        if let Some(zone) = zone_of_comment(line.words()) {
            (reader.zone, reader.origin) = (Some(zone.clone()), Some(zone));
        }
        let bare = without_comment(line.text);
        let (first, text, depth) = match open.take() {
            Some((first, mut text, depth)) => {
                text.push(' ');
                text.push_str(bare);
                (first, text, depth)
            }
            None => (*line, bare.to_owned(), 0),
        };
        let depth = (depth + bare.matches('(').count()).saturating_sub(bare.matches(')').count());
        if depth > 0 && text.len() < ENTRY_MAX {
            open = Some((first, text, depth));
        } else if !text.trim().is_empty() {
            reader.entry(first, &text, sink);
        }
    }
    if let Some((line, ..)) = open {
        sink.unread(line.number, Why::Incomplete("an entry whose parenthesis is not closed"));
    }
}

/// The line up to a semicolon outside quotes.
fn without_comment(text: &str) -> &str {
    let mut quoted = false;
    let end = text.find(|c: char| {
        quoted ^= c == '"';
        c == ';' && !quoted
    });
    end.and_then(|end| text.get(..end)).unwrap_or(text)
}

struct Reader {
    tool: Tool,
    zone: Option<DomainName>,
    origin: Option<DomainName>,
    owner: Option<String>,
    ttl: Option<u32>,
    doubted: bool,
}

impl Reader {
    fn entry(&mut self, line: Line<'_>, text: &str, sink: &mut Sink<'_>) {
        let indented = text.starts_with([' ', '\t']);
        let mut words: Vec<&str> = text.split_whitespace().filter(|word| !is_age(word)).collect();
        match words.first().copied() {
            Some("$ORIGIN") => {
                let under = self.origin.clone().unwrap_or_else(DomainName::root);
                self.origin = words.get(1).and_then(|name| DomainName::parse_under(name, &under).ok());
                return;
            }
            Some("$TTL") => {
                self.ttl = words.get(1).and_then(|ttl| ttl.parse().ok());
                return;
            }
            _ => {}
        }
        // Indentation that a mail has taken away shows when the first word is already a type or a class.
        let inherits = indented || words.first().is_some_and(|word| *word == "IN" || is_type(word));
        let owner = if inherits { self.owner.clone() } else { Some(words.remove(0).to_owned()) };
        let Some(owner) = owner else {
            sink.unread(line.number, Why::Incomplete("a record without its owner"));
            return;
        };
        self.owner = Some(owner.clone());
        let shown = words.iter().take_while(|word| !is_type(word)).any(|word| word.parse::<u32>().is_ok());
        self.find_origin(&owner, &words);
        if self.origin.is_none() && !owner.ends_with('.') && !self.doubted {
            sink.doubt(line.number, "the origin of the zone is not shown: relative names are taken as they stand");
            self.doubted = true;
        }
        let root = DomainName::root();
        let origin = self.origin.as_ref().unwrap_or(&root);
        match parse_record(&format!("{owner} {}", words.join(" ")), origin) {
            Ok(mut record) => {
                if let (false, Some(ttl)) = (shown, self.ttl) {
                    record.ttl = ttl;
                }
                sink.claim(line.number, self.tool, Says::Record { zone: self.zone.clone(), record });
            }
            Err(problems) => {
                let first = problems.0.first().map(|problem| problem.reason.to_string()).unwrap_or_default();
                sink.unread(line.number, Why::Broken(first.chars().take(crate::read::SHOWN).collect()));
            }
        }
    }

    /// The owner of the SOA is the zone, where it is absolute; the first `$ORIGIN` is, where the SOA stands at it.
    fn find_origin(&mut self, owner: &str, words: &[&str]) {
        if self.zone.is_some() || !words.contains(&"SOA") {
            return;
        }
        self.zone = if owner.ends_with('.') { domain(owner) } else { self.origin.clone().filter(|_| owner == "@") };
        self.origin = self.origin.take().or_else(|| self.zone.clone());
    }
}

fn is_type(word: &str) -> bool {
    RecordType::zone_words().contains(&word)
}

/// A mark of ageing that DNS Server puts before the TTL.
fn is_age(word: &str) -> bool {
    word.starts_with('[') && word.ends_with(']') && word.to_ascii_lowercase().starts_with("[ag")
}

pub(super) fn unbound_mark(lines: &[Line<'_>]) -> Option<Mark> {
    let words = lines.first()?.words();
    let own = ["local-data:", "local-data-ptr:", "local-zone:"];
    own.iter().any(|key| words.starts_with(key)).then_some(Mark::Body)
}

pub(super) fn read_unbound(piece: Piece<'_>, sink: &mut Sink<'_>) {
    for line in piece.lines.iter().filter(|line| !line.is_blank()) {
        let words = line.words();
        if let Some(text) = words.strip_prefix("local-data:") {
            let text = text.trim();
            let text = text.strip_prefix(['"', '\'']).and_then(|text| text.strip_suffix(['"', '\''])).unwrap_or(text);
            match parse_record(text, &DomainName::root()) {
                Ok(record) => sink.claim(line.number, Tool::Unbound, Says::Record { zone: None, record }),
                Err(_) => sink.unread(line.number, Why::value("record", text)),
            }
        } else if !words.starts_with('#') && !words.split_once(':').is_some_and(|(key, _)| is_key(key)) {
            sink.unread(line.number, Why::Unknown(Tool::Unbound));
        }
    }
}

fn is_key(key: &str) -> bool {
    !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
}

pub(super) fn dnsmasq_mark(lines: &[Line<'_>]) -> Option<Mark> {
    let words = lines.first()?.words();
    let own =
        ["srv-host=", "host-record=", "dhcp-option=", "dhcp-range=", "address=/", "server=/", "local=/", "domain="];
    let switches = ["domain-needed", "bogus-priv", "expand-hosts"];
    (own.iter().any(|key| words.starts_with(key)) || switches.contains(&words)).then_some(Mark::Body)
}

pub(super) fn read_dnsmasq(piece: Piece<'_>, sink: &mut Sink<'_>) {
    for line in piece.lines.iter().filter(|line| !line.is_blank()) {
        let words = line.words();
        let found = match words.split_once('=') {
            Some(("srv-host", value)) => srv_host(value).map(|record| vec![record]),
            Some(("address", value)) => value.strip_prefix('/').and_then(|value| {
                let (name, target) = value.rsplit_once('/')?;
                Some(vec![Record { name: domain(name)?, ttl: 0, data: address(target)?.into_data() }])
            }),
            Some(("host-record", value)) => host_record(value),
            Some((key, _)) if is_key(key) => continue,
            None if words.starts_with('#') || is_key(words) => continue,
            _ => None,
        };
        match found {
            Some(records) => {
                for record in records {
                    sink.claim(line.number, Tool::Dnsmasq, Says::Record { zone: None, record });
                }
            }
            None => sink.unread(line.number, Why::value("line of dnsmasq", words)),
        }
    }
}

/// `name,target,port,priority,weight`: unlike the record, the target comes first. What is left out is 0, the port 1.
fn srv_host(value: &str) -> Option<Record> {
    let mut parts = value.split(',').map(str::trim);
    let name = domain(parts.next()?)?;
    let target = parts.next().filter(|target| !target.is_empty()).map_or_else(|| Some(DomainName::root()), domain)?;
    let mut number = |missing: u16| match parts.next() {
        None | Some("") => Some(missing),
        Some(text) => text.parse().ok(),
    };
    let (port, priority, weight) = (number(1)?, number(0)?, number(0)?);
    Some(Record { name, ttl: 0, data: RecordData::Srv(Srv { priority, weight, port, target }) })
}

/// `name[,name...],address[,address]`.
fn host_record(value: &str) -> Option<Vec<Record>> {
    let (addresses, names): (Vec<&str>, Vec<&str>) =
        value.split(',').map(str::trim).partition(|part| address(part).is_some());
    let names: Vec<DomainName> = names.into_iter().filter_map(domain).collect();
    let records = names.iter().flat_map(|name| {
        addresses.iter().filter_map(|text| address(text)).map(|address| Record {
            name: name.clone(),
            ttl: 0,
            data: address.into_data(),
        })
    });
    let records: Vec<Record> = records.collect();
    (!records.is_empty()).then_some(records)
}
