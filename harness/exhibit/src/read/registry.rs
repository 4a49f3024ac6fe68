//! Registry values as `reg query` and `Get-ItemProperty` show them. The layouts are general knowledge.
//!
//! PowerShell shows no types: a value is taken for the type that its form suggests, with a doubt. That a key or a value does not
//! exist is believed only when the command that says so is there to name it.

use evidence::registry::{Data, HOST_NAME, HOST_PORT, LOOKUP_DOMAIN, RegistryValue, ValueType};

use crate::claim::Says;
use crate::read::Why;
use crate::read::field::{labelled, number};
use crate::read::page::{Line, typed};
use crate::read::recognise::{Mark, Piece};
use crate::read::sink::Sink;
use crate::tool::Tool;

/// The long names of hives and the short ones that are used here.
const HIVES: [(&str, &str); 3] = [("HKEY_LOCAL_MACHINE", "HKLM"), ("HKEY_CURRENT_USER", "HKCU"), ("HKEY_USERS", "HKU")];

/// What `reg query` says when there is no such key or value. Korean: general knowledge.
const MISSING: [&str; 2] = ["unable to find the specified registry", "지정된 레지스트리 키 또는 값을 찾을 수 없습니다"];

/// Names with which PowerShell says where the values are.
const POWERSHELL: [&str; 5] = ["PSPath", "PSParentPath", "PSChildName", "PSDrive", "PSProvider"];

/// The key in the form that is used here; none when it begins with no hive.
pub(super) fn path(text: &str) -> Option<String> {
    let text = text.trim().trim_end_matches('\\');
    let (hive, rest) = text.split_once('\\').unwrap_or((text, ""));
    let (_, short) =
        HIVES.iter().find(|(long, short)| hive.eq_ignore_ascii_case(long) || hive.eq_ignore_ascii_case(short))?;
    Some(if rest.is_empty() { (*short).to_owned() } else { format!("{short}\\{rest}") })
}

pub(super) fn mark(lines: &[Line<'_>]) -> Option<Mark> {
    let line = lines.first()?;
    let words = line.words();
    let key = words.starts_with("HKEY_") && path(words).is_some();
    let listed = || labelled(words).is_some_and(|(label, _)| label == "PSPath");
    // PowerShell tells the key behind the values.
    let values = || {
        let ours = labelled(words).is_some_and(|(label, _)| [HOST_NAME, HOST_PORT, LOOKUP_DOMAIN].contains(&label));
        ours || labelled(words).is_some_and(|(label, _)| label == "DisableDnsPublishing")
    };
    (key || value_line(words).is_some() || listed() || values()).then_some(Mark::Body)
}

/// Name, type word and data of `    Name    REG_SZ    data`.
fn value_line(words: &str) -> Option<(&str, &str, &str)> {
    let at = words.find(" REG_").or_else(|| words.find("\tREG_"))?;
    let (name, rest) = words.split_at_checked(at)?;
    let rest = rest.trim_start();
    let (kind, data) = rest.split_once([' ', '\t']).unwrap_or((rest, ""));
    Some((name.trim(), kind, data.trim()))
}

pub(super) fn read(piece: Piece<'_>, sink: &mut Sink<'_>) {
    let mut key: Option<String> = None;
    let mut list: Vec<(Line<'_>, &str, &str)> = Vec::new();
    for line in piece.lines.iter().filter(|line| !line.is_blank()) {
        let words = line.words();
        if let Some((name, kind, data)) = value_line(words) {
            value(*line, key.as_deref(), (name, kind, data), sink);
        } else if let Some(found) = path(words) {
            key = Some(found);
        } else if MISSING.iter().any(|missing| words.contains(missing)) {
            missing(*line, piece.command, sink);
        } else if words.starts_with("End of search") {
        } else if let Some((label, value)) = labelled(words).filter(|(label, _)| !label.contains(' ')) {
            if label == "PSPath" {
                let found = value.rsplit("::").next().and_then(path);
                powershell(&std::mem::take(&mut list), found.as_deref(), sink);
            } else if !POWERSHELL.contains(&label) {
                list.push((*line, label, value));
            }
        } else {
            sink.unread(line.number, Why::Unknown(Tool::RegQuery));
        }
    }
    powershell(&list, key.as_deref(), sink);
}

fn value(line: Line<'_>, key: Option<&str>, (name, kind, data): (&str, &str, &str), sink: &mut Sink<'_>) {
    let Some(key) = key else {
        sink.unread(line.number, Why::Incomplete("a value without its key"));
        return;
    };
    let (kind, data) = match kind {
        "REG_SZ" | "REG_EXPAND_SZ" => (ValueType::Sz, Data::Text(data.to_owned())),
        "REG_MULTI_SZ" => {
            let items = data.split("\\0").filter(|item| !item.is_empty()).map(str::to_owned);
            (ValueType::MultiSz, Data::List(items.collect()))
        }
        "REG_DWORD" => match number(data) {
            Some(number) => (ValueType::Dword, Data::Number(number)),
            None => return sink.unread(line.number, Why::value("number", data)),
        },
        _ => return sink.unread(line.number, Why::value("type that is read", kind)),
    };
    let value = RegistryValue { path: key.to_owned(), name: default_name(name), kind, data };
    sink.claim(line.number, Tool::RegQuery, Says::Registry(value));
}

/// The value without a name is called so in English; elsewhere it stands in parentheses too.
fn default_name(name: &str) -> String {
    if name.starts_with('(') && name.ends_with(')') { String::new() } else { name.to_owned() }
}

/// Which key and value the command asked for.
fn missing(line: Line<'_>, command: Option<Line<'_>>, sink: &mut Sink<'_>) {
    let words = command.map(|command| typed(command.text).unwrap_or(command.words())).unwrap_or_default();
    let (head, option) = match words.find("/v ") {
        Some(at) => words.split_at(at),
        None => (words, ""),
    };
    let asked = head.find("HK").and_then(|at| head.get(at..)).map(|rest| rest.split('"').next().unwrap_or(rest));
    match asked.and_then(path) {
        Some(path) => {
            let name = option.strip_prefix("/v ").and_then(|rest| rest.split_whitespace().next());
            let name = name.map(|name| name.trim_matches('"').to_owned());
            sink.claim(line.number, Tool::RegQuery, Says::NoRegistryValue { path, name });
        }
        None => sink.unread(line.number, Why::Incomplete("which key or value is missing is not shown")),
    }
}

/// The values of PowerShell's list.
fn powershell(list: &[(Line<'_>, &str, &str)], key: Option<&str>, sink: &mut Sink<'_>) {
    for (line, name, text) in list {
        let Some(key) = key else {
            sink.unread(line.number, Why::Incomplete("a value without its key"));
            continue;
        };
        let items = text.strip_prefix('{').and_then(|text| text.strip_suffix('}'));
        // The port is a text, although it holds a number.
        let numeric = text.parse::<u32>().ok().filter(|_| !name.eq_ignore_ascii_case(HOST_PORT));
        let (kind, data) = match (items, numeric) {
            (Some(items), _) => {
                let items = items.split(',').map(|item| item.trim().to_owned()).filter(|item| !item.is_empty());
                (ValueType::MultiSz, Data::List(items.collect()))
            }
            (None, Some(number)) => (ValueType::Dword, Data::Number(number)),
            (None, None) => (ValueType::Sz, Data::Text((*text).to_owned())),
        };
        sink.doubt(line.number, "PowerShell does not show the type of a registry value: taken for what it looks like");
        let value = RegistryValue { path: key.to_owned(), name: (*name).to_owned(), kind, data };
        sink.claim(line.number, Tool::RegQuery, Says::Registry(value));
    }
}
