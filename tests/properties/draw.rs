//! Operations drawn from a seed: each fits the environment that it is drawn for, most of the time.
//!
//! Drawn from what is there (its machines, records, rules), because an operation on things that do not exist is only refused.
//! A list of seeds shrinks to the operations that matter.

use double::Seed;
use evidence::change::Operation;
use kmslab::environment::Environment;
use mock_dns::record::Record;
use mock_dns::zone::Zone;
use notation::{Format, Problems, Tree};

/// Draws that a seed decides, one after another.
pub(crate) struct Draw {
    seed: Seed,
    drawn: u64,
}

impl Draw {
    pub(crate) fn new(number: u64) -> Self {
        Self { seed: Seed::new(number), drawn: 0 }
    }

    /// A number below `end`, which is not 0.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.drawn += 1;
        let drawn = u64::from_le_bytes(self.seed.nth(self.drawn).bytes16()[..8].try_into().expect("eight octets"));
        usize::try_from(drawn % end as u64).expect("below a usize")
    }

    pub(crate) fn pick<'a, T>(&mut self, list: &'a [T]) -> Option<&'a T> {
        if list.is_empty() { None } else { list.get(self.below(list.len())) }
    }

    fn word<'a>(&mut self, words: &[&'a str]) -> &'a str {
        self.pick(words).copied().expect("the list is not empty")
    }

    /// `key = value` or nothing.
    fn sometimes(&mut self, key: &str, value: String) -> String {
        if self.below(2) == 0 { String::new() } else { format!("{key} = {value}\n") }
    }
}

/// The kinds of operation, as verb and thing.
pub(crate) const KINDS: [(&str, &str); 16] = [
    ("add", "record"),
    ("add", "zone"),
    ("add", "rule"),
    ("add", "fault"),
    ("add", "dns_server"),
    ("add", "kms_host"),
    ("add", "client"),
    ("remove", "records"),
    ("remove", "zone"),
    ("remove", "rule"),
    ("remove", "fault"),
    ("remove", "machine"),
    ("set", "value"),
    ("set", "registry"),
    ("clear", "value"),
    ("clear", "registry"),
];

/// An operation and its kind; none where there is nothing to do it to.
pub(crate) fn operation(draw: &mut Draw, environment: &Environment) -> Option<(usize, Operation)> {
    let kind = draw.below(KINDS.len());
    let (verb, thing) = KINDS[kind];
    let body = match (verb, thing) {
        ("add", "record") => add_record(draw, environment),
        ("remove", "records") => remove_records(draw, environment),
        ("add", "zone") => {
            let at = dns_server(draw, environment)?;
            let origin = draw.word(&["fabrikam.com", "corp.contoso.com", "."]);
            let text = "@ IN SOA dns1.contoso.com. h 1 2 3 4 5\\n@ 60 TXT \\\"a b\\\" c\\nKMS1 IN A 10.0.0.60\\n";
            Some(format!("at = '{at}'\norigin = '{origin}'\ntext = \"{text}\"\n{}", position(draw)))
        }
        ("remove", "zone") => {
            let server = draw.pick(&environment.dns_servers)?;
            let zone = draw.pick(&server.service.zones)?;
            Some(format!("at = '{}'\norigin = '{}'\n", server.id, zone.origin()))
        }
        ("add" | "remove", "rule" | "fault") => rule_or_fault(draw, environment, verb, thing),
        ("add", machine) => Some(add_machine(draw, machine)),
        ("remove", _) => {
            let ids: Vec<String> = environment.machines().map(|(id, _)| id.to_string()).collect();
            draw.pick(&ids).map(|id| format!("id = '{id}'\n"))
        }
        (_, "value") => value(draw, environment, verb),
        (_, _) => registry(draw, environment, verb),
    };
    let mut problems = Problems::default();
    let body = notation::parse::parse(&body?, &mut problems);
    let tree = Tree::table([(verb, Tree::table([(thing, body)]))]);
    let read = Operation::read(&tree, &mut problems);
    assert!(problems.is_empty(), "{verb}.{thing}: {problems:?}");
    read.map(|operation| (kind, operation))
}

fn position(draw: &mut Draw) -> String {
    let position = draw.below(4).to_string();
    draw.sometimes("position", position)
}

fn dns_server(draw: &mut Draw, environment: &Environment) -> Option<String> {
    draw.pick(&environment.dns_servers).map(|server| server.id.to_string())
}

fn add_record(draw: &mut Draw, environment: &Environment) -> Option<String> {
    let server = draw.pick(&environment.dns_servers)?;
    let zone = draw.pick(&server.service.zones)?;
    let origin = zone.origin().absolute();
    let owner = draw.word(&["_vlmcs._tcp", "kms1", "Kms1", "*", "new.below"]);
    let data = draw.word(&[
        "60 IN SRV 0 0 1688 kms1.contoso.com.",
        "IN A 10.0.0.60",
        "0 IN AAAA fd00::60",
        "IN CNAME kms2.contoso.com.",
        "3600 IN TXT \"two words\" \"\\200\"",
        "IN MX 10 mail.contoso.com.",
    ]);
    let dot = if origin == "." { "" } else { "." };
    let text = format!("text = '{owner}{dot}{origin} {data}'\n");
    let within = draw.sometimes("zone", format!("'{origin}'"));
    Some(format!("at = '{}'\n{text}{within}{}", server.id, position(draw)))
}

fn remove_records(draw: &mut Draw, environment: &Environment) -> Option<String> {
    let server = draw.pick(&environment.dns_servers)?;
    let records: Vec<&Record> = server.service.zones.iter().flat_map(Zone::records).collect();
    let record = draw.pick(&records)?;
    let line = record.to_string();
    let kind = record.record_type();
    let data = line.split_once(&format!(" IN {kind} ")).map(|(_, data)| data)?;
    let name = record.name.absolute();
    let narrowed = match draw.below(3) {
        0 => String::new(),
        1 => format!("type = '{kind}'\n"),
        _ => format!("type = '{kind}'\ndata = '{data}'\n"),
    };
    Some(format!("at = '{}'\nname = '{name}'\n{narrowed}", server.id))
}

fn rule_or_fault(draw: &mut Draw, environment: &Environment, verb: &str, thing: &str) -> Option<String> {
    let id = draw.word(&["a", "b", "c", "d"]).to_owned();
    if thing == "rule" {
        let known: Vec<String> = environment.rules.iter().map(|rule| rule.id.to_string()).collect();
        if verb == "remove" {
            return draw.pick(&known).map(|id| format!("id = '{id}'\n"));
        }
        let how = draw.word(&["'silent'", "{ lossy = 0.25 }", "{ delayed = 900 }", "'listen-queue-full'"]);
        let to = draw.sometimes("to", "['kms1']".to_owned());
        let port = draw.sometimes("port", "1688".to_owned());
        return Some(format!("id = '{id}'\nhow = {how}\n{to}{port}{}", position(draw)));
    }
    let at_host = draw.below(2) == 0;
    let (at, known): (String, Vec<String>) = if at_host {
        let host = draw.pick(&environment.kms_hosts)?;
        (host.id.to_string(), host.faults.iter().map(|fault| fault.id.to_string()).collect())
    } else {
        let server = draw.pick(&environment.dns_servers)?;
        (server.id.to_string(), server.service.faults.iter().map(|fault| fault.id.to_string()).collect())
    };
    if verb == "remove" {
        return draw.pick(&known).map(|id| format!("at = '{at}'\nid = '{id}'\n"));
    }
    let fault = if at_host {
        draw.word(&["reply = 'wrong-client'", "wire = { invert = 7 }", "delivery = { slow = {} }"])
    } else {
        draw.word(&["reply = 'servfail'", "wire = 'wrong-id'", "delivery = { delayed = 5 }"])
    };
    let when = draw.word(&["", "when = { first = 2, every = 3 }\n", "when = { chance = 0.5 }\n"]);
    Some(format!("at = '{at}'\nid = '{id}'\n{fault}\n{when}{}", position(draw)))
}

fn add_machine(draw: &mut Draw, machine: &str) -> String {
    let number = 200 + draw.below(20);
    let id = format!("id = 'new{number}'\n{}", position(draw));
    match machine {
        "client" => format!(
            "{id}name = 'NEW{number}'\nprofile = 'windows-10'\nip.adapter = [{{ address = '10.0.0.{number}' }}]\n\
             registry = [{{ path = 'HKLM\\A', name = 'b', type = 'REG_MULTI_SZ', data = ['c', ''] }}]\n"
        ),
        "kms_host" => {
            format!("{id}addresses = ['10.0.0.{number}', 'fd00::{number}']\nservice.state = 'not-activated'\n")
        }
        _ => format!("{id}addresses = ['10.0.0.{number}']\nservice.zones = [{{ origin = 'contoso.com' }}]\n"),
    }
}

/// Keys with values that they can hold; the last two are there by default.
const CLIENT_KEYS: [(&str, &str); 7] = [
    ("ip.primary_suffix", "'Fabrikam.com'"),
    ("ip.ad_domain", "'contoso.com'"),
    ("key", "'mak'"),
    ("discovered", "{ name = 'kms9', port = 1689 }"),
    ("resolver_cache", "[{ name = 'a.b', type = 'A', records = ['a.b. 60 IN A 10.0.0.1'], until_ms = 9 }]"),
    ("adba", "false"),
    ("clock_offset_s", "-90"),
];
const HOST_KEYS: [(&str, &str); 5] = [
    ("service.state", "'not-enabled'"),
    ("service.current_count", "3"),
    ("running", "false"),
    ("service.cached", "[{ cmid = '33333333-3333-3333-3333-333333333333', seen = '2026-02-28T00:00:00Z' }]"),
    ("stealth", "true"),
];
const DNS_KEYS: [(&str, &str); 4] =
    [("running", "false"), ("stealth", "true"), ("service.tcp", "'refused'"), ("service.outside", "'refused'")];

fn value(draw: &mut Draw, environment: &Environment, verb: &str) -> Option<String> {
    let (at, keys): (String, &[(&str, &str)]) = match draw.below(3) {
        0 => (draw.pick(&environment.clients)?.id.to_string(), &CLIENT_KEYS),
        1 => (draw.pick(&environment.kms_hosts)?.id.to_string(), &HOST_KEYS),
        _ => (draw.pick(&environment.dns_servers)?.id.to_string(), &DNS_KEYS),
    };
    let (key, to) = draw.pick(keys)?;
    let to = if verb == "set" { format!("to = {to}\n") } else { String::new() };
    Some(format!("at = '{at}'\nkey = '{key}'\n{to}"))
}

fn registry(draw: &mut Draw, environment: &Environment, verb: &str) -> Option<String> {
    let clients = environment.clients.iter().map(|client| (client.id.to_string(), &client.registry));
    let hosts = environment.kms_hosts.iter().map(|host| (host.id.to_string(), &host.registry));
    let machines: Vec<_> = clients.chain(hosts).collect();
    let (at, values) = draw.pick(&machines)?;
    if verb == "clear" {
        let value = draw.pick(values)?;
        return Some(format!("at = '{at}'\npath = '{}'\nname = '{}'\n", value.path, value.name));
    }
    let path = draw.word(&["HKLM\\SOFTWARE\\A", "hklm\\software\\a", "HKU\\S-1-5-20\\B"]);
    let name = draw.word(&["one", "ONE", "two"]);
    let data =
        draw.word(&["data = 'text'", "type = 'REG_DWORD'\ndata = 4294967295", "type = 'REG_MULTI_SZ'\ndata = []"]);
    // The hive stands in capitals, as Windows writes it.
    let path = path.replacen("hklm", "HKLM", 1);
    Some(format!("at = '{at}'\npath = '{path}'\nname = '{name}'\n{data}\n{}", position(draw)))
}
