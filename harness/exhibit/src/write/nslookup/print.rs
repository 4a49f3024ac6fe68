//! How nslookup prints records and failures. It stands apart from the asking: this is layout alone.
#![expect(clippy::wildcard_enum_match_arm, reason = "picks one kind of record out of many")]

use mock_dns::message::Message;
use mock_dns::name::DomainName;
use mock_dns::record::{Record, RecordData, RecordType, Soa};

use crate::label::{Label, Language};
use crate::write::layout::{columns, tabbed};

/// The column of a value behind a label.
const VALUE: usize = 9;

/// A label, a colon and blanks up to the column of its value.
pub(super) fn headed(label: &str) -> String {
    let own = columns(label) + 1;
    format!("{label}:{}", " ".repeat(VALUE.saturating_sub(own).max(1)))
}

/// The failure of a name.
pub(super) fn cannot_find(language: Language, server: &str, name: &str, words: &str) -> String {
    match language {
        // The reason stays English (samples).
        Language::Korean => format!("*** {server}이(가) {name}을(를) 찾을 수 없습니다. {words}\n"),
        Language::English | Language::German | Language::French | Language::Chinese => {
            format!("*** {server} can't find {name}: {words}\n")
        }
    }
}

/// A name without records of the type, and no start of authority to show (general knowledge).
pub(super) fn none_of(kind: Option<RecordType>, name: &str) -> String {
    let kind = match kind {
        Some(RecordType::SRV) => "service location (SRV)".to_owned(),
        Some(RecordType::ANY) => "all".to_owned(),
        Some(kind) => kind.to_string(),
        None => "internet address".to_owned(),
    };
    format!("*** No {kind} records available for {name}\n")
}

/// An answer.
pub(super) fn found(language: Language, kind: Option<RecordType>, name: &DomainName, messages: &[Message]) -> String {
    let mut text = String::new();
    if messages.iter().any(|message| !message.authoritative) {
        text.push_str(&format!("{}:\n", Label::NonAuthoritative.written(language)));
    }
    let answers = messages.iter().flat_map(|message| &message.answers);
    if kind.is_none_or(|kind| kind == RecordType::A || kind == RecordType::AAAA) {
        text.push_str(&addresses(language, name, answers));
        return text;
    }
    let additionals = messages.iter().flat_map(|message| &message.additionals);
    answers.chain(additionals).for_each(|shown| text.push_str(&record(shown)));
    text
}

/// A name with its addresses, those of IPv6 first, and the aliases that led to it.
fn addresses<'a>(language: Language, name: &DomainName, answers: impl Iterator<Item = &'a Record> + Clone) -> String {
    let owner = answers.clone().find(|record| matches!(record.data, RecordData::A(_) | RecordData::Aaaa(_)));
    let owner = owner.map_or_else(|| name.to_string(), |record| record.name.to_string());
    let six = answers.clone().filter_map(|record| match &record.data {
        RecordData::Aaaa(address) => Some(address.to_string()),
        _ => None,
    });
    let four = answers.clone().filter_map(|record| match &record.data {
        RecordData::A(address) => Some(address.to_string()),
        _ => None,
    });
    let aliases = answers.filter(|record| matches!(record.data, RecordData::Cname(_)));
    let mut aliases: Vec<String> = aliases.map(|record| record.name.to_string()).collect();
    aliases.dedup();
    let mut text = format!("{}{owner}\n", headed(Label::NslookupName.written(language)));
    let all: Vec<String> = six.chain(four).collect();
    let label = Label::NslookupAddress.written(language);
    let label = if all.len() > 1 { format!("{label}es") } else { label.to_owned() };
    text.push_str(&listed(&label, &all));
    text.push_str(&listed(Label::NslookupAliases.written(language), &aliases));
    text.push('\n');
    text
}

/// A label with one value a line.
fn listed(label: &str, values: &[String]) -> String {
    values
        .iter()
        .enumerate()
        .map(|(place, value)| match place {
            0 => format!("{label}:  {value}\n"),
            _ => format!("{}{value}\n", " ".repeat("          ".len())),
        })
        .collect()
}

/// A record as it stands in an answer of any other type.
pub(super) fn record(record: &Record) -> String {
    let name = record.name.to_string();
    let line = |rest: String| format!("{}{rest}\n", tabbed(&name));
    match &record.data {
        RecordData::A(address) => line(format!("internet address = {address}")),
        RecordData::Aaaa(address) => line(format!("AAAA IPv6 address = {address}")),
        RecordData::Cname(target) => line(format!("canonical name = {target}")),
        RecordData::Ns(target) => line(format!("nameserver = {target}")),
        RecordData::Ptr(target) => line(format!("name = {target}")),
        RecordData::Mx { preference, exchange } => {
            line(format!("MX preference = {preference}, mail exchanger = {exchange}"))
        }
        RecordData::Srv(srv) => format!(
            "{}SRV service location:\n          priority       = {}\n          weight         = {}\n          port           = {}\n          svr hostname   = {}\n",
            tabbed(&name),
            srv.priority,
            srv.weight,
            srv.port,
            srv.target
        ),
        RecordData::Txt(texts) => {
            let texts =
                texts.iter().map(|text| format!("\n        \"{}\"\n", String::from_utf8_lossy(text).escape_debug()));
            line(format!("text =\n{}", texts.collect::<String>()))
        }
        RecordData::Soa(soa) => start_of_authority(&name, soa),
        RecordData::Other { record_type, bytes } => {
            line(format!("??? unknown type {} ???, {} bytes", record_type.0, bytes.len()))
        }
    }
}

fn start_of_authority(zone: &str, soa: &Soa) -> String {
    let value = |label: &str, value: String| format!("        {label} = {value}\n");
    let spanned = |label: &str, seconds: u32| value(label, format!("{seconds} ({})", span(seconds)));
    [
        format!("{zone}\n"),
        value("primary name server", soa.primary.to_string()),
        value("responsible mail addr", soa.mailbox.to_string()),
        value("serial ", soa.serial.to_string()),
        spanned("refresh", soa.refresh),
        spanned("retry  ", soa.retry),
        spanned("expire ", soa.expire),
        spanned("default TTL", soa.minimum),
    ]
    .concat()
}

/// Seconds as nslookup spells them: "15 mins", "2 hours 46 mins 40 secs".
fn span(seconds: u32) -> String {
    let parts =
        [(seconds / 86_400, "day"), (seconds / 3600 % 24, "hour"), (seconds / 60 % 60, "min"), (seconds % 60, "sec")];
    let parts: Vec<String> = parts
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, unit)| format!("{number} {unit}{}", if number == 1 { "" } else { "s" }))
        .collect();
    if parts.is_empty() { "0 secs".to_owned() } else { parts.join(" ") }
}

#[cfg(test)]
mod tests {
    use super::{headed, span};

    #[test]
    fn spans_are_spelt_as_samples_show_them() {
        let check = |seconds, expected: &str| assert_eq!(span(seconds), expected);
        check(900, "15 mins");
        check(10_000, "2 hours 46 mins 40 secs");
        check(2_592_000, "30 days");
        check(3600, "1 hour");
        check(86_400, "1 day");
        check(0, "0 secs");
    }

    #[test]
    fn values_begin_in_one_column_in_every_language() {
        assert_eq!(headed("Server"), "Server:  ");
        assert_eq!(headed("서버"), "서버:    ");
    }
}
