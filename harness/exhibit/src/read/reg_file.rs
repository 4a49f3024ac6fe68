//! `.reg` files: what `reg export` and regedit write. The layout is general knowledge.
//!
//! Values that are no text, number or list are passed over with a word; so are entries that delete.

use evidence::registry::{Data, RegistryValue, ValueType};

use crate::claim::Says;
use crate::read::Why;
use crate::read::page::Line;
use crate::read::recognise::{Mark, Piece};
use crate::read::registry::path;
use crate::read::sink::Sink;
use crate::tool::Tool;

/// Octets of one value.
const VALUE_MAX: usize = 1 << 20;

pub(super) fn mark(lines: &[Line<'_>]) -> Option<Mark> {
    let words = lines.first()?.words();
    let head = words.starts_with("Windows Registry Editor Version") || words == "REGEDIT4";
    let key = words.starts_with("[HKEY_") || words.starts_with("[-HKEY_");
    (head || key).then_some(Mark::Body)
}

pub(super) fn read(piece: Piece<'_>, sink: &mut Sink<'_>) {
    let mut key: Option<String> = None;
    let mut open: Option<(Line<'_>, String)> = None;
    for line in piece.lines.iter().filter(|line| !line.is_blank()) {
        let words = line.words();
        // A backslash at the end goes on with the value on the next line.
        if let Some((first, mut text)) = open.take() {
            text.push_str(words.trim_end_matches('\\'));
            if text.len() > VALUE_MAX {
                sink.unread(first.number, Why::Bound { what: "octets of a value", bound: VALUE_MAX });
            } else if words.ends_with('\\') {
                open = Some((first, text));
            } else {
                entry(first, key.as_deref(), &text, sink);
            }
        } else if words == "REGEDIT4" {
            sink.doubt(line.number, "this is the form of Windows 95 and NT 4: texts are in an ANSI code page");
        } else if words.starts_with("Windows Registry Editor Version") || words.starts_with(';') {
        } else if let Some(inner) = words.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            key = path(inner);
            if key.is_none() {
                sink.unread(line.number, Why::value("key of a hive that is read", inner));
            }
        } else if words.starts_with(['"', '@']) {
            if words.ends_with('\\') && words.contains("=hex") {
                open = Some((*line, words.trim_end_matches('\\').to_owned()));
            } else {
                entry(*line, key.as_deref(), words, sink);
            }
        } else {
            sink.unread(line.number, Why::Unknown(Tool::RegExport));
        }
    }
    if let Some((line, _)) = open {
        sink.unread(line.number, Why::Incomplete("a value that goes on"));
    }
}

fn entry(line: Line<'_>, key: Option<&str>, words: &str, sink: &mut Sink<'_>) {
    let Some(key) = key else {
        sink.unread(line.number, Why::Incomplete("a value without its key"));
        return;
    };
    let named = match words.strip_prefix('@') {
        Some(rest) => Some((String::new(), rest)),
        None => words.strip_prefix('"').and_then(quoted),
    };
    let Some((name, text)) = named.and_then(|(name, rest)| Some((name, rest.strip_prefix('=')?))) else {
        sink.unread(line.number, Why::Unknown(Tool::RegExport));
        return;
    };
    match data(text) {
        Ok((kind, data)) => {
            let value = RegistryValue { path: key.to_owned(), name, kind, data };
            sink.claim(line.number, Tool::RegExport, Says::Registry(value));
        }
        Err(why) => sink.unread(line.number, why),
    }
}

/// A text up to its closing quote, and what follows; the opening one is already gone.
fn quoted(text: &str) -> Option<(String, &str)> {
    let mut found = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((found, text.get(at + 1..)?)),
            '\\' => found.push(chars.next()?.1),
            _ => found.push(c),
        }
    }
    None
}

fn data(text: &str) -> Result<(ValueType, Data), Why> {
    if let Some(rest) = text.strip_prefix('"') {
        let (text, _) = quoted(rest).ok_or(Why::Incomplete("a text without its closing quote"))?;
        return Ok((ValueType::Sz, Data::Text(text)));
    }
    if let Some(digits) = text.strip_prefix("dword:") {
        let number = u32::from_str_radix(digits.trim(), 16).map_err(|_| Why::value("number", digits))?;
        return Ok((ValueType::Dword, Data::Number(number)));
    }
    let (kind, octets) = text.split_once(':').ok_or_else(|| Why::value("value", text))?;
    let list = match kind {
        "hex(7)" => true,
        // A text that an unquoted form was used for, and one with variables in it.
        "hex(1)" | "hex(2)" => false,
        _ => return Err(Why::value("type that is read", kind)),
    };
    let octets = octets.split(',').map(|octet| u8::from_str_radix(octet.trim(), 16)).collect::<Result<Vec<_>, _>>();
    let octets = octets.map_err(|_| Why::value("list of octets", text))?;
    let wide = octets.chunks_exact(2).filter_map(|pair| Some(u16::from_le_bytes(pair.try_into().ok()?)));
    let decoded = String::from_utf16_lossy(&wide.collect::<Vec<_>>());
    let items = || decoded.split('\0').filter(|item| !item.is_empty()).map(str::to_owned);
    Ok(if list {
        (ValueType::MultiSz, Data::List(items().collect()))
    } else {
        (ValueType::Sz, Data::Text(items().next().unwrap_or_default()))
    })
}
