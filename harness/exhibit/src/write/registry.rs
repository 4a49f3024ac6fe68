//! `reg export` and `reg query`: the licensing keys of a machine, with whatever stands in them.
//!
//! Both formats are general knowledge; no export of these keys was found in public. The key that the machine's generation reads is shown
//! even when it holds nothing that is known here; other keys are shown when something stands there. What else a real key
//! holds is left out.

use evidence::registry::{Data, RegistryValue, SOFTWARE_PROTECTION};

use super::NotShown;
use super::layout::PROMPT;
use crate::desk::Desk;
use crate::label::Language;

/// The hives, as `reg` writes them out.
const HIVES: [(&str, &str); 3] = [("HKLM", "HKEY_LOCAL_MACHINE"), ("HKU", "HKEY_USERS"), ("HKCU", "HKEY_CURRENT_USER")];

/// Longest line of an export before it is continued in the next.
const LINE_MAX: usize = 80;

/// A key and its values.
type Key<'a> = (String, Vec<&'a RegistryValue>);

/// `reg export`, as the text of the file.
///
/// # Errors
/// On a machine whose registry cannot be read.
pub fn export(desk: &Desk<'_>, _: Language) -> Result<String, NotShown> {
    let mut text = "Windows Registry Editor Version 5.00\n\n".to_owned();
    for (key, values) in keys(desk)? {
        text.push_str(&format!("[{key}]\n"));
        for value in values {
            text.push_str(&exported(value));
        }
        text.push('\n');
    }
    Ok(text)
}

/// A console in which `reg query` was typed for each of the keys.
///
/// # Errors
/// On a machine whose registry cannot be read.
pub fn query(desk: &Desk<'_>, _: Language) -> Result<String, NotShown> {
    let pages = keys(desk)?.into_iter().map(|(key, values)| {
        let short = HIVES.iter().find_map(|(short, long)| Some(format!("{short}{}", key.strip_prefix(long)?)));
        format!("{PROMPT}reg query \"{}\"\n{}\n", short.unwrap_or_else(|| key.clone()), queried(&key, &values))
    });
    Ok(pages.collect())
}

/// What `reg query KEY` prints, with `/v` of one value: the values of the key, then the keys right below it in which something stands.
/// A key or value that does not exist is an error.
///
/// # Errors
/// On a machine whose registry cannot be read.
pub fn query_key(desk: &Desk<'_>, key: &str, name: Option<&str>) -> Result<String, NotShown> {
    let wanted = long(key.trim_matches('"').trim_end_matches('\\'));
    let mut text = String::new();
    let mut below: Vec<String> = Vec::new();
    for (key, mut values) in keys(desk)? {
        if let Some(child) = child_of(&wanted, &key) {
            below.extend(Some(child).filter(|child| name.is_none() && !below.contains(child)));
        } else if key.eq_ignore_ascii_case(&wanted) {
            values.retain(|value| name.is_none_or(|name| value.name.eq_ignore_ascii_case(name)));
            if name.is_none() || !values.is_empty() {
                text.push_str(&queried(&key, &values));
            }
        }
    }
    if !below.is_empty() {
        text.push_str(&format!("\n{}\n", below.join("\n")));
    }
    Ok(if text.is_empty() {
        "ERROR: The system was unable to find the specified registry key or value.\n".to_owned()
    } else {
        text
    })
}

/// The key right below another on the way to a third.
fn child_of(parent: &str, key: &str) -> Option<String> {
    let front = key.get(..parent.len()).filter(|front| front.eq_ignore_ascii_case(parent))?;
    let rest = key.get(parent.len()..)?.strip_prefix('\\')?;
    Some(format!(r"{front}\{}", rest.split('\\').next().unwrap_or(rest)))
}

fn queried(key: &str, values: &[&RegistryValue]) -> String {
    let lines = values.iter().map(|value| {
        let data = match &value.data {
            Data::Text(text) => text.clone(),
            Data::Number(number) => format!("{number:#x}"),
            Data::List(list) => list.join(r"\0"),
        };
        format!("    {}    {}    {data}\n", value.name, value.kind.word())
    });
    format!("\n{key}\n{}", lines.collect::<String>())
}

/// The key that this machine's generation reads, then every other one in which something stands.
fn keys<'a>(desk: &'a Desk<'_>) -> Result<Vec<Key<'a>>, NotShown> {
    let values = desk.vantage.registry()?;
    let own = desk.vantage.licensing().map_or(SOFTWARE_PROTECTION, |licensing| licensing.registry_root);
    let mut keys: Vec<Key<'_>> = vec![(long(own), Vec::new())];
    for value in values {
        let path = long(&value.path);
        match keys.iter_mut().find(|(key, _)| key.eq_ignore_ascii_case(&path)) {
            Some((_, known)) => known.push(value),
            None => keys.push((path, vec![value])),
        }
    }
    Ok(keys)
}

/// A path with its hive written out.
fn long(path: &str) -> String {
    let (hive, rest) = path.split_at(path.find('\\').unwrap_or(path.len()));
    let long = HIVES.iter().find(|(short, _)| hive.eq_ignore_ascii_case(short)).map_or(hive, |(_, long)| long);
    format!("{long}{rest}")
}

/// A value in an export.
fn exported(value: &RegistryValue) -> String {
    let name = quoted(&value.name);
    match &value.data {
        Data::Text(text) => format!("{name}={}\n", quoted(text)),
        Data::Number(number) => format!("{name}=dword:{number:08x}\n"),
        // REG_MULTI_SZ: the texts, each with its zero, and one more zero, in UTF-16LE.
        Data::List(list) => {
            let units = list.iter().flat_map(|text| text.encode_utf16().chain([0])).chain([0]);
            let octets: Vec<String> = units.flat_map(u16::to_le_bytes).map(|octet| format!("{octet:02x}")).collect();
            continued(&format!("{name}=hex(7):"), &octets)
        }
    }
}

/// Octets behind a head; lines that grow too long end in a backslash and go on, indented by two.
fn continued(head: &str, octets: &[String]) -> String {
    let mut text = String::new();
    let mut line = head.to_owned();
    for (place, octet) in octets.iter().enumerate() {
        line.push_str(octet);
        if place + 1 == octets.len() {
            break;
        }
        line.push(',');
        if line.len() + "00,\\".len() > LINE_MAX {
            text.push_str(&format!("{line}\\\n"));
            line = "  ".to_owned();
        }
    }
    format!("{text}{line}\n")
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', r"\\").replace('"', "\\\""))
}
