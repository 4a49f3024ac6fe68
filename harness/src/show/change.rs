//! Operations of a change as sentences that an engineer would say.
//!
//! Made from the vocabulary of changes alone, without an environment: what is said is what the file says. A key or fault that has no
//! sentence of its own is told by its name and value, so that a new one needs nothing here.

use double::escape::Untrusted;
use evidence::Change;
use evidence::change::{AddRecord, Addition, Clearing, Operation, Removal, RemoveRecords, SetValue, Setting, Thing};
use mock_dns::fault as dns;
use mock_kms::fault as kms;
use notation::{Format, Kind, Tree};

use super::map::rule_words;
use crate::environment::Rule;

/// A sentence for each operation, in order.
#[must_use]
pub fn sentences(change: &Change) -> Vec<String> {
    change.0.iter().map(|operation| Untrusted(&sentence(operation)).to_string()).collect()
}

fn sentence(operation: &Operation) -> String {
    match operation {
        Operation::Add(addition) => added(addition),
        Operation::Remove(removal) => removed(removal),
        Operation::Set(Setting::Value(set)) => set_value(set),
        Operation::Set(Setting::Registry(thing)) => {
            let [path, name] = ["path", "name"].map(|key| text_of(thing, key));
            let data = find(&thing.body, "data").map(told).unwrap_or_default();
            let kind = find(&thing.body, "type").map(|kind| format!(" ({})", told(kind))).unwrap_or_default();
            format!("{}: registry value {} is set to {data}{kind}", place(thing), short_path(&path, &name))
        }
        Operation::Clear(Clearing::Value(clear)) => {
            format!("{}: {} is not set any more", clear.at.value, words_of(&clear.key.value))
        }
        Operation::Clear(Clearing::Registry(clear)) => {
            let value = short_path(&clear.path.value, &clear.name.value);
            format!("{}: registry value {value} is taken away", clear.at.value)
        }
    }
}

fn added(addition: &Addition) -> String {
    match addition {
        Addition::Record(AddRecord { at, text, zone, .. }) => {
            let zone = zone.as_ref().map(|zone| format!(" (in zone {})", zone.value)).unwrap_or_default();
            format!("{}: record added: {}{zone}", at.value, text.value)
        }
        Addition::Zone(thing) => format!("{}: zone {} added", place(thing), text_of(thing, "origin")),
        Addition::Rule(thing) => {
            let rule = Rule::read(&thing.body, &mut notation::Problems::default());
            rule.map_or_else(|| format!("rule {}", text_of(thing, "id")), |rule| rule_words(&rule))
        }
        Addition::Fault(thing) => fault(thing),
        Addition::DnsServer(thing) => format!("DNS server {} is there too{}", text_of(thing, "id"), addresses(thing)),
        Addition::KmsHost(thing) => format!("KMS host {} is there too{}", text_of(thing, "id"), addresses(thing)),
        Addition::Client(thing) => format!("client {} is there too{}", text_of(thing, "id"), addresses(thing)),
    }
}

fn removed(removal: &Removal) -> String {
    match removal {
        Removal::Records(RemoveRecords { at, name, kind, data, zone, .. }) => {
            let what = match (kind, data) {
                (Some(kind), Some(data)) => format!("the record {} {kind} {}", name.value, data.value),
                (None, Some(data)) => format!("the record of {} with {}", name.value, data.value),
                (Some(kind), None) => format!("every {kind} record of {}", name.value),
                (None, None) => format!("every record of {}", name.value),
            };
            let zone = zone.as_ref().map(|zone| format!(" (in zone {})", zone.value)).unwrap_or_default();
            format!("{}: {what} removed{zone}", at.value)
        }
        Removal::Zone(zone) => format!("{}: zone {} removed", zone.at.value, zone.origin.value),
        Removal::Rule(rule) => format!("rule {} removed", rule.id.value),
        Removal::Fault(fault) => format!("{}: fault {} removed", fault.at.value, fault.id.value),
        Removal::Machine(machine) => format!("{} is taken off the network", machine.id.value),
    }
}

fn set_value(set: &SetValue) -> String {
    let at = &set.at.value;
    let flag = if let Kind::Flag(flag) = set.to.kind { Some(flag) } else { None };
    match (set.key.value.as_str(), flag) {
        ("running", Some(false)) => format!("{at}: the service is stopped"),
        ("running", Some(true)) => format!("{at}: the service is started"),
        ("stealth", Some(false)) => format!("{at}: closed ports refuse; no firewall swallows what comes for them"),
        ("stealth", Some(true)) => format!("{at}: the firewall swallows what comes for closed ports"),
        ("adba", Some(true)) => format!("{at}: Active Directory-based activation takes care of it"),
        (key, _) => format!("{at}: {} is now {}", words_of(key), told(&set.to)),
    }
}

/// What a key of a machine is called; its last part where nothing better is known.
fn words_of(key: &str) -> String {
    let last = key.rsplit('.').next().unwrap_or(key);
    let words = match key {
        "ip.primary_suffix" => "the primary DNS suffix",
        "ip.ad_domain" => "the Active Directory domain",
        "ip.search_list" => "the suffix search list",
        "ip.adapter" => "the network adapter",
        "ip.nrpt" => "the name resolution policy table",
        "ip.hosts" => "the hosts file",
        "ip.netbios" => "what NetBIOS resolves",
        "key" => "the kind of product key",
        "profile" => "the Windows generation",
        "cmid" => "the client machine id",
        "discovered" => "the KMS host found before",
        "service.outside" => "the answer for names outside its zones",
        "service.order" => "the order of records",
        "service.aging" => "the list of zones that age",
        "service.scavenging_h" => "the scavenging period in hours",
        "service.tcp" => "DNS over TCP",
        "service.serves" => "the list of products that its key covers",
        "clock_offset_s" => "the clock's lead in seconds",
        _ => return last.replace('_', " "),
    };
    words.to_owned()
}

/// A fault, with what its words mean where the mocks say it.
fn fault(thing: &Thing) -> String {
    let mut parts = Vec::new();
    let mut meanings = Vec::new();
    for (key, value) in thing.body.as_table().into_iter().flat_map(|table| &table.0) {
        if key.text == "id" {
            continue;
        }
        parts.push(format!("{} {}", key.text, told(value)));
        meanings.extend(meaning(value));
    }
    let meanings: String = meanings.iter().map(|meaning| format!(" ({meaning})")).collect();
    format!("{}: fault {}: {}{meanings}", place(thing), text_of(thing, "id"), parts.join(", "))
}

/// What the mocks say that the word of a fault means.
fn meaning(value: &Tree) -> Option<&'static str> {
    let word = match &value.kind {
        Kind::Text(word) => word,
        Kind::Table(table) => &table.0.first()?.0.text,
        Kind::Integer(_) | Kind::Float(_) | Kind::Flag(_) | Kind::List(_) | Kind::Moment(_) => return None,
    };
    let lists = [
        dns::reply::ReplyFault::WORDS,
        dns::wire::WireFault::WORDS,
        dns::delivery::DeliveryFault::WORDS,
        kms::ReplyFault::WORDS,
        kms::WireFault::WORDS,
        kms::DeliveryFault::WORDS,
    ];
    let mut all = lists.iter().flat_map(|list| list.iter());
    let (_, meaning) = all.find(|(known, _)| known == word)?;
    // Its first sentence; what follows is for those who write files.
    let capital = |at: &usize| meaning.get(at + 2..).is_some_and(|rest| rest.starts_with(char::is_uppercase));
    let end = meaning.match_indices(". ").map(|(at, _)| at).find(capital).unwrap_or(meaning.len());
    meaning.get(..end).map(|meaning| meaning.trim().trim_end_matches('.'))
}

/// A value in words: no brackets where one key or one item says it.
fn told(tree: &Tree) -> String {
    match &tree.kind {
        Kind::Text(text) | Kind::Moment(text) => text.clone(),
        Kind::Integer(number) => number.to_string(),
        Kind::Float(number) => number.to_string(),
        Kind::Flag(flag) => if *flag { "yes" } else { "no" }.to_owned(),
        Kind::List(items) if items.is_empty() => "nothing".to_owned(),
        Kind::List(items) => items.iter().map(told).collect::<Vec<_>>().join(", "),
        Kind::Table(table) => {
            let parts = table.0.iter().map(|(key, value)| format!("{} {}", key.text, told(value)));
            parts.collect::<Vec<_>>().join(", ")
        }
    }
}

/// A registry value by the last part of its key: the first parts are the same for all that matter here.
fn short_path(path: &str, name: &str) -> String {
    let last: Vec<&str> = path.rsplit('\\').take_while(|part| *part != "CurrentVersion").collect();
    let last: Vec<&str> = last.into_iter().rev().collect();
    format!(r"...\{}\{name}", last.join(r"\"))
}

fn place(thing: &Thing) -> String {
    thing.at.as_ref().map(|at| at.value.to_string()).unwrap_or_default()
}

fn find<'a>(tree: &'a Tree, key: &str) -> Option<&'a Tree> {
    tree.as_table().and_then(|table| table.find(key))
}

fn text_of(thing: &Thing, key: &str) -> String {
    find(&thing.body, key).map(told).unwrap_or_default()
}

/// Where a machine that is added can be reached, if the operation says so.
fn addresses(thing: &Thing) -> String {
    let own = find(&thing.body, "addresses").map(told);
    let adapters = find(&thing.body, "ip").and_then(|ip| find(ip, "adapter"));
    let of_adapters = adapters.and_then(|list| if let Kind::List(items) = &list.kind { items.first() } else { None });
    let place = own.or_else(|| of_adapters.and_then(|adapter| find(adapter, "address")).map(told));
    place.map(|place| format!(", at {place}")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::tests_support::scenario;
    use super::sentences;

    #[track_caller]
    fn check(operation: &str, expected: &str) {
        let scenario = scenario(&format!("change = [{{ {operation} }}]"));
        assert_eq!(sentences(&scenario.steps[0].change), [expected]);
    }

    #[test]
    fn operations_are_sentences() {
        check(
            r#"remove.records = { at = "dns1", name = "_vlmcs._tcp.contoso.com", type = "SRV" }"#,
            "dns1: every SRV record of _vlmcs._tcp.contoso.com removed",
        );
        check(
            r#"add.record = { at = "dns1", text = "x.contoso.com. 3600 IN A 10.0.0.9" }"#,
            "dns1: record added: x.contoso.com. 3600 IN A 10.0.0.9",
        );
        check(r#"set.value = { at = "kms1", key = "running", to = false }"#, "kms1: the service is stopped");
        check(
            r#"set.value = { at = "pc7", key = "ip.search_list", to = ["a.example", "b.example"] }"#,
            "pc7: the suffix search list is now a.example, b.example",
        );
        check(r#"set.value = { at = "kms1", key = "service.current_count", to = 3 }"#, "kms1: current count is now 3");
        check(
            r#"set.registry = { at = "pc7", path = 'HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\SL', name = "KeyManagementServiceName", data = "old" }"#,
            r"pc7: registry value ...\SL\KeyManagementServiceName is set to old",
        );
        check(
            r#"add.rule = { id = "wall", from = ["pc7"], to = ["kms1"], protocol = "tcp", port = 1688, where = "client-outbound", how = "silent" }"#,
            "rule wall: TCP 1688 from pc7 to kms1 is silent (in the client's outbound firewall)",
        );
        check(
            r#"add.fault = { at = "dns1", id = "broken", reply = "servfail", when = { first = 1 } }"#,
            "dns1: fault broken: reply servfail, when first 1 (SERVFAIL: the server failed, e.g. because its forwarder is dead \
             or the zone is not loaded)",
        );
    }
}
