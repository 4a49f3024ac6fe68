//! `ipconfig /all`: by its labels in the languages that are known, by the order of its lines in others.
//!
//! Lines that a mail has unindented, labels cut from their dots and lists whose second line stands anywhere are read; what
//! continues a list is a line without a label of its own. Claims are made only of lines that are there.

use std::net::IpAddr;

use mock_dns::name::DomainName;

use crate::claim::{AdapterClaim, Says};
use crate::label::{Label, Language};
use crate::read::Why;
use crate::read::field::{address, domain, has_leader, labelled};
use crate::read::page::Line;
use crate::read::recognise::{Mark, Piece};
use crate::read::sink::Sink;
use crate::tool::Tool;

/// Whether only `ipconfig` has this label: the table lists its labels first. Other tools have a description too.
fn is_own(label: Label) -> bool {
    (Label::Heading..=Label::Netbios).contains(&label) && label != Label::Description
}

pub(super) fn mark(lines: &[Line<'_>]) -> Option<Mark> {
    let line = lines.first()?;
    let words = line.words();
    if Label::Heading.languages_of(words).next().is_some() {
        return Some(Mark::Head);
    }
    let (label, _) = labelled(words)?;
    let known = || Label::recognise(label).is_some_and(is_own);
    (has_leader(words) || known()).then_some(Mark::Body)
}

pub(super) fn read(piece: Piece<'_>, sink: &mut Sink<'_>) {
    let mut reader = Reader { sink, adapter: None, list: None, search: None, foreign: Vec::new() };
    for line in piece.lines {
        reader.line(*line);
    }
    reader.end_block();
}

/// A field whose label nobody knows.
struct Foreign<'a> {
    line: Line<'a>,
    values: Vec<&'a str>,
}

struct Reader<'a, 's, 'f> {
    sink: &'s mut Sink<'f>,
    /// The adapter whose block this is, and where it begins; none in the global block.
    adapter: Option<(usize, AdapterClaim)>,
    /// The field that a line without a label continues.
    list: Option<Label>,
    search: Option<(usize, Vec<DomainName>)>,
    foreign: Vec<Foreign<'a>>,
}

impl<'a> Reader<'a, '_, '_> {
    fn line(&mut self, line: Line<'a>) {
        let words = line.words();
        if words.is_empty() || Label::Heading.languages_of(words).next().is_some() {
            return;
        }
        if self.continues(line, words) {
            return;
        }
        match labelled(words) {
            Some((label, value)) => match Label::recognise(label) {
                Some(label) => self.field(line, label, value),
                None if has_leader(words) => {
                    self.list = None;
                    self.foreign.push(Foreign { line, values: value.split_whitespace().next().into_iter().collect() });
                }
                None if value.is_empty() => self.begin(line, label),
                None => self.not_understood(line),
            },
            None => self.not_understood(line),
        }
    }

    /// Whether the line goes on with the list of the line before.
    fn continues(&mut self, line: Line<'a>, words: &'a str) -> bool {
        let value = address(words);
        let single = !words.split(['(', '%']).next().unwrap_or_default().trim_end().contains(char::is_whitespace);
        if !single || has_leader(words) || (value.is_none() && words.contains(':')) {
            return false;
        }
        match (self.list, value) {
            (Some(Label::SearchList), None) => self.field(line, Label::SearchList, words),
            (Some(list @ (Label::DnsServers | Label::Gateway)), Some(_)) => self.field(line, list, words),
            (Some(_), Some(_)) => {}
            (None, _) => match self.foreign.last_mut() {
                Some(last) => last.values.push(words),
                None => return false,
            },
            _ => return false,
        }
        true
    }

    fn not_understood(&mut self, line: Line<'_>) {
        self.list = None;
        self.sink.unread(line.number, Why::Unknown(Tool::Ipconfig));
    }

    fn begin(&mut self, line: Line<'_>, head: &str) {
        self.end_block();
        self.adapter = Some((line.number, AdapterClaim { name: adapter_name(head), ..AdapterClaim::default() }));
    }

    fn field(&mut self, line: Line<'_>, label: Label, value: &str) {
        self.list = Some(label);
        match (label, &mut self.adapter) {
            (Label::HostName, _) if !value.is_empty() => self.claim(line, Says::HostName(value.to_owned())),
            (Label::PrimarySuffix, _) if value.is_empty() => self.claim(line, Says::PrimarySuffix(None)),
            (Label::PrimarySuffix, _) => match domain(value) {
                Some(name) => self.claim(line, Says::PrimarySuffix(Some(name))),
                None => self.sink.unread(line.number, Why::value("domain name", value)),
            },
            (Label::SearchList, _) => self.search_suffix(line, value),
            (Label::ConnectionSuffix, Some((_, adapter))) => {
                adapter.suffix = domain(value);
                if adapter.suffix.is_none() && !value.is_empty() {
                    self.sink.unread(line.number, Why::value("domain name", value));
                }
            }
            (Label::MediaState, Some((_, adapter))) => adapter.disconnected = true,
            (Label::Dhcp, Some((_, adapter))) => adapter.dhcp = yes_or_no(value),
            (Label::SubnetMask, Some((_, adapter))) => match value.parse() {
                Ok(mask) => adapter.mask = Some(mask),
                Err(_) => self.sink.unread(line.number, Why::value("subnet mask", value)),
            },
            (label, Some((_, adapter))) => {
                let list = if is_address(label) {
                    &mut adapter.addresses
                } else if label == Label::Gateway {
                    &mut adapter.gateways
                } else if label == Label::DnsServers {
                    &mut adapter.dns
                } else {
                    return;
                };
                match address(value) {
                    Some(address) => list.push(address),
                    None if value.is_empty() => {}
                    None => self.sink.unread(line.number, Why::value("address", value)),
                }
            }
            (_, None) if is_of_adapter(label) => {
                // The head of its block is missing: what is said belongs to some adapter all the same.
                self.sink.doubt(line.number, "the name of the adapter is cut off");
                self.adapter = Some((line.number, AdapterClaim::default()));
                self.field(line, label, value);
            }
            (_, None) => {}
        }
    }

    fn search_suffix(&mut self, line: Line<'_>, value: &str) {
        let (_, list) = self.search.get_or_insert((line.number, Vec::new()));
        match domain(value) {
            Some(name) => list.push(name),
            None if value.is_empty() => {}
            None => self.sink.unread(line.number, Why::value("domain name", value)),
        }
    }

    fn claim(&mut self, line: Line<'_>, says: Says) {
        self.sink.claim(line.number, Tool::Ipconfig, says);
    }

    fn end_block(&mut self) {
        self.list = None;
        let foreign = std::mem::take(&mut self.foreign);
        if let Some((number, list)) = self.search.take() {
            self.sink.claim(number, Tool::Ipconfig, Says::SearchList(list));
        } else if self.adapter.is_none() {
            self.read_global_by_order(&foreign);
            return;
        }
        if let Some((number, mut adapter)) = self.adapter.take() {
            let nothing_known = adapter == AdapterClaim { name: adapter.name.clone(), ..AdapterClaim::default() };
            if nothing_known && !foreign.is_empty() {
                self.sink.doubt(number, "the labels are in a language that is not known here: read by their order");
                by_order(&mut adapter, &foreign);
            } else {
                self.say_unknown(&foreign);
            }
            self.sink.claim(number, Tool::Ipconfig, Says::Adapter(adapter));
        } else {
            self.say_unknown(&foreign);
        }
    }

    fn say_unknown(&mut self, foreign: &[Foreign<'_>]) {
        for field in foreign {
            self.sink.unread(field.line.number, Why::Unknown(Tool::Ipconfig));
        }
    }

    /// The global block in a language that is not known: computer name and primary suffix stand first, in this order.
    fn read_global_by_order(&mut self, foreign: &[Foreign<'_>]) {
        let ([host, suffix, _, ..], true) = (foreign, foreign.len() >= GLOBAL_FIELDS_MIN) else {
            self.say_unknown(foreign);
            return;
        };
        let Some(name) = host.values.first() else {
            self.say_unknown(foreign);
            return;
        };
        self.sink.doubt(host.line.number, "the labels are in a language that is not known here: read by their order");
        self.claim(host.line, Says::HostName((*name).to_owned()));
        self.claim(suffix.line, Says::PrimarySuffix(suffix.values.first().copied().and_then(domain)));
        let list = foreign.get(GLOBAL_FIELDS_MIN);
        if let Some(list) = list {
            let names = list.values.iter().copied().filter_map(domain).collect();
            self.claim(list.line, Says::SearchList(names));
        }
    }
}

/// Computer name, primary suffix, node type, routing, WINS proxy: the fields that `ipconfig /all` always shows.
const GLOBAL_FIELDS_MIN: usize = 5;

/// Whether this field holds an address of the adapter.
fn is_address(label: Label) -> bool {
    let labels = [Label::LinkLocal, Label::Ipv6Address, Label::TemporaryIpv6, Label::Ipv4Address, Label::AutoIpv4];
    labels.contains(&label) || label == Label::OldAddress
}

/// Whether this field stands in the block of an adapter.
fn is_of_adapter(label: Label) -> bool {
    let others = [Label::ConnectionSuffix, Label::MediaState, Label::Dhcp, Label::SubnetMask, Label::Gateway];
    is_address(label) || others.contains(&label) || label == Label::DnsServers
}

fn yes_or_no(value: &str) -> Option<bool> {
    if Label::Yes.languages_of(value).next().is_some() {
        return Some(true);
    }
    Label::No.languages_of(value).next().is_some().then_some(false)
}

/// The adapter's own name, without the kind in front of it.
fn adapter_name(head: &str) -> String {
    let head = head.trim();
    let known = Language::ALL.into_iter().filter_map(|language| Label::EthernetAdapter.text(language));
    let kinds =
        known.chain(["adapter", "Adapter", "어댑터", "适配器", "Carte Tunnel", "Carte réseau sans fil", "Carte"]);
    for kind in kinds {
        if let Some((_, name)) = head.split_once(kind).filter(|(_, name)| !name.trim().is_empty()) {
            return name.trim().to_owned();
        }
    }
    head.to_owned()
}

/// An adapter whose labels nobody knows. An address with a word in parentheses is its own; behind the mask come gateways, DHCP
/// servers and, last, DNS servers.
fn by_order(adapter: &mut AdapterClaim, foreign: &[Foreign<'_>]) {
    let addresses = |field: &Foreign<'_>| field.values.iter().copied().filter_map(address).collect::<Vec<IpAddr>>();
    let mut behind = Vec::new();
    for field in foreign {
        let found = addresses(field);
        let own = field.values.first().is_some_and(|value| value.contains('('));
        let masks = found.iter().find_map(|address| match address {
            IpAddr::V4(v4) if v4.octets().first() == Some(&255) => Some(*v4),
            IpAddr::V4(_) | IpAddr::V6(_) => None,
        });
        match masks {
            Some(mask) => adapter.mask = Some(mask),
            None if own => adapter.addresses.extend(found),
            None if !found.is_empty() => behind.push(found),
            None => {}
        }
    }
    if let Some(dns) = behind.pop() {
        adapter.dns = dns;
    }
    if let Some(gateways) = behind.into_iter().next() {
        adapter.gateways = gateways;
    }
}
