//! dnscmd: zones and records of a DNS server.

use mock_dns::record::RecordType;

use super::{Act, Command, Look, Trouble, ZoneAct, domain, usage};

/// Time to live of a record that is added without one, in seconds: that of a zone of Microsoft's server.
const TTL: u32 = 3600;

pub(super) fn read(words: &[&str]) -> Result<Command, Trouble> {
    // The server may stand first; it is the machine at which one sits.
    let words = if words.first().is_some_and(|word| !word.starts_with('/')) { &words[1..] } else { words };
    let wrong = || usage("dnscmd");
    let verb = words.first().map(|word| word.to_ascii_lowercase()).unwrap_or_default();
    let zone = || words.get(1).and_then(|zone| domain(zone)).ok_or_else(wrong);
    let rest: Vec<&str> = words.iter().skip(2).copied().collect();
    match verb.as_str() {
        "/enumzones" => Ok(Command::Look(Look::Zones)),
        "/zoneprint" | "/enumrecords" | "/zoneexport" => Ok(Command::Look(Look::Zone(zone()?))),
        "/recordadd" => record_add(zone()?, &rest),
        "/recorddelete" => record_remove(zone()?, &rest),
        "/zoneadd" => Ok(Command::Act(Act::Zone(ZoneAct::Add(zone()?)))),
        "/zonedelete" => Ok(Command::Act(Act::Zone(ZoneAct::Remove(zone()?)))),
        "/config" if rest.first().is_some_and(|word| word.eq_ignore_ascii_case("/allowupdate")) => {
            let number = rest.get(1).and_then(|number| number.parse().ok()).filter(|number| *number <= 2);
            number.map(|number| Command::Act(Act::AllowUpdate(number))).ok_or_else(wrong)
        }
        _ => Err(wrong()),
    }
}

fn record_add(zone: mock_dns::name::DomainName, words: &[&str]) -> Result<Command, Trouble> {
    let mut words = words.iter().filter(|word| !word.starts_with('/')).copied().peekable();
    let wrong = || usage("dnscmd");
    let node = words.next().ok_or_else(wrong)?;
    let ttl = words.peek().and_then(|word| word.parse::<u32>().ok());
    if ttl.is_some() {
        words.next();
    }
    let kind = words.next().and_then(kind).ok_or_else(wrong)?;
    let data: Vec<&str> = words.collect();
    if data.is_empty() {
        return Err(wrong());
    }
    let line = format!("{node} {} IN {kind} {}", ttl.unwrap_or(TTL), data.join(" "));
    Ok(Command::Act(Act::Zone(ZoneAct::RecordAdd { zone, line })))
}

fn record_remove(zone: mock_dns::name::DomainName, words: &[&str]) -> Result<Command, Trouble> {
    let words: Vec<&str> = words.iter().filter(|word| !word.starts_with('/')).copied().collect();
    let [node, kind_word, data @ ..] = words.as_slice() else { return Err(usage("dnscmd")) };
    let kind = kind(kind_word).ok_or_else(|| usage("dnscmd"))?;
    let data = (!data.is_empty()).then(|| data.join(" "));
    Ok(Command::Act(Act::Zone(ZoneAct::RecordRemove { zone, node: (*node).to_owned(), kind, data })))
}

/// A record type by its name.
pub(super) fn kind(word: &str) -> Option<RecordType> {
    RecordType::parse(&word.to_ascii_uppercase())
}
